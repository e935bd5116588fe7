package template

import (
	"errors"
	"fmt"
	"strings"

	"github.com/musika/musika"
)

// Problem is one thing wrong with a template.
type Problem struct {
	At      string `json:"at"`             // JSON pointer into the template, such as /buttons/0/text
	Rule    Rule   `json:"rule"`           // stable name
	Message string `json:"message"`        // what is wrong and what to do
	Line    int    `json:"line,omitempty"` // of a syntax error, from 1
	Column  int    `json:"column,omitempty"`
	// MetaOnly says that the template works, but not as a template at Meta: it
	// reaches people within 24 hours of their last message only.
	MetaOnly bool `json:"meta_only,omitempty"`
}

// Problems are the things wrong with a template, in the order they were found.
type Problems []Problem

// maxProblems bounds what is reported of one template.
const maxProblems = 50

func (p *Problems) add(at string, rule Rule, format string, args ...any) {
	if len(*p) < maxProblems {
		*p = append(*p, Problem{At: at, Rule: rule, Message: fmt.Sprintf(format, args...)})
	}
}

// meta records what only keeps the template from being submitted to Meta.
func (p *Problems) meta(at string, rule Rule, format string, args ...any) {
	if len(*p) < maxProblems {
		*p = append(*p, Problem{At: at, Rule: rule, Message: fmt.Sprintf(format, args...), MetaOnly: true})
	}
}

func (p *Problems) syntax(at string, err error) {
	e, ok := errors.AsType[*SyntaxError](err)
	if !ok || len(*p) >= maxProblems {
		return
	}
	message := strings.ToUpper(e.Problem[:1]) + e.Problem[1:]
	*p = append(*p, Problem{At: at, Rule: e.Rule, Line: e.Line, Column: e.Column,
		Message: fmt.Sprintf("%s (line %d, column %d).", message, e.Line, e.Column)})
}

// first reports whether no problem of rule names the variable at this place.
func (p Problems) first(at string, rule Rule, name string) bool {
	for _, known := range p {
		if known.At == at && known.Rule == rule && strings.Contains(known.Message, "{{"+name+"}}") {
			return false
		}
	}
	return true
}

// Sendable reports whether nothing keeps the template from being saved.
func (p Problems) Sendable() bool {
	for _, one := range p {
		if !one.MetaOnly {
			return false
		}
	}
	return true
}

// Err returns a *musika.Error with CodeInvalid that names everything that
// keeps the template from being saved, each with its place, or nil.
func (p Problems) Err() error { return p.asError("The template cannot be saved", false) }

// SubmitErr is Err with what keeps the template from being submitted to Meta.
func (p Problems) SubmitErr() error {
	return p.asError("The template cannot be submitted to WhatsApp", true)
}

func (p Problems) asError(what string, meta bool) error {
	var fields []musika.FieldError
	for _, one := range p {
		if !one.MetaOnly || meta {
			fields = append(fields, musika.FieldError{Field: one.At, Message: one.Message})
		}
	}
	if len(fields) == 0 {
		return nil
	}
	message := what + ": " + fields[0].Message
	if more := len(fields) - 1; more > 0 {
		message += fmt.Sprintf(" There are %d more problems.", more)
	}
	return &musika.Error{Code: musika.CodeInvalid, Message: message, Fields: fields}
}
