package musika

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code is the stable name of a kind of failure. It never changes once
// published: programs decide by it, people read Error.Message.
type Code string

const (
	CodeInvalid       Code = "invalid"        // the input is wrong; Fields says where
	CodeNotFound      Code = "not_found"      // no such thing, or none that the asker may see
	CodeConflict      Code = "conflict"       // true of the input, not of the present state
	CodeOutOfStock    Code = "out_of_stock"   // fewer in stock than asked for
	CodeStoreClosed   Code = "store_closed"   // the store does not take orders now
	CodeWindowClosed  Code = "window_closed"  // 24 h since the customer's last message: only templates pass
	CodeUnauthorized  Code = "unauthorized"   // nobody known is asking
	CodeForbidden     Code = "forbidden"      // known, and not allowed
	CodeTooLarge      Code = "too_large"      // over a limit on size
	CodeRateLimited   Code = "rate_limited"   // too often; RetryAfter says when again
	CodeUnavailable   Code = "unavailable"    // a part it needs is down; worth trying again
	CodeUnsupported   Code = "unsupported"    // this transport or version cannot do it
	CodeInternal      Code = "internal"       // a defect here; the cause is logged, never shown
	CodeSerialization Code = "serialization"  // lost a race inside the database; run the transaction again
	CodeUnknownResult Code = "unknown_result" // it may or may not have happened; settle before trying again
)

// FieldError is one thing wrong with one part of the input.
type FieldError struct {
	Field   string `json:"field"`   // a path such as "lines[2].quantity"
	Message string `json:"message"` // what is wrong and what would be right
}

// Error is the one error type that crosses package borders. Message is for the
// person who asked and says what to do next; Err is the cause, for the log.
type Error struct {
	Code       Code
	Message    string
	Fields     []FieldError
	RetryAfter time.Duration // zero: not stated
	Err        error
}

// Errorf makes an Error with a message for the person who asked. A cause is
// attached with Wrap.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap attaches the cause err and returns e.
func (e *Error) Wrap(err error) *Error { e.Err = err; return e }

// Error returns the message, each field's message and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Code))
	b.WriteString(": ")
	b.WriteString(e.Message)
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s", f.Field, f.Message)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first Error in err's chain, CodeInternal for
// any other error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// MessageOf returns what a person may be told about err: the message of the
// first Error in its chain, or a general one that gives nothing away.
func MessageOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Code != CodeInternal {
		return e.Message
	}
	return "Something went wrong on our side. Please try again in a moment."
}

// Check collects field errors while a value is validated.
type Check struct{ fields []FieldError }

// That records message for field unless ok.
func (c *Check) That(ok bool, field, format string, args ...any) {
	if !ok {
		c.fields = append(c.fields, FieldError{Field: field, Message: fmt.Sprintf(format, args...)})
	}
}

// Err returns a CodeInvalid Error that names every field recorded, or nil.
func (c *Check) Err(what string) error {
	if len(c.fields) == 0 {
		return nil
	}
	return &Error{Code: CodeInvalid, Message: what + " is not valid: " + c.fields[0].Field + " " + c.fields[0].Message, Fields: c.fields}
}
