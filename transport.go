package musika

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Transport carries messages between us and a network. Implementations are
// safe for concurrent use. A transport that can also mark messages read or
// move media implements Reader or MediaCarrier.
type Transport interface {
	// Name is the kind of the channels it serves, such as "cloudapi".
	Name() string
	// Capabilities says what it can show.
	Capabilities() Capabilities
	// Send hands one message over. A nil error means the network accepted it.
	// Every other outcome is a *SendError; one with SendUnknown may have been
	// accepted. Send waits for the pace that the network asks for, as long as
	// ctx allows.
	Send(ctx context.Context, out Outgoing) (SendResult, error)
}

// Reader marks messages read.
type Reader interface {
	// MarkRead marks the person's message as read and, when typing is set,
	// shows that we are writing.
	MarkRead(ctx context.Context, channelExternalID, externalID string, typing bool) error
}

// MediaCarrier moves files. Upload returns the transport's id; Download calls
// for the file behind an id that came with a message and must be closed.
type MediaCarrier interface {
	Upload(ctx context.Context, channelExternalID string, m Media, body io.Reader) (id string, err error)
	Download(ctx context.Context, channelExternalID, id string) (io.ReadCloser, Media, error)
}

// Capabilities says what a transport can show and how much of it. A zero limit
// means that the thing cannot be shown.
type Capabilities struct {
	Buttons       int // most quick replies on a message
	ListRows      int // most rows in a list
	Links         bool
	LocationAsk   bool
	Templates     bool
	TextLength    int // characters of a plain text
	BodyLength    int // characters of the body of buttons and lists
	CaptionLength int
	HeaderLength  int
	FooterLength  int
	ButtonTitle   int
	RowTitle      int
	RowText       int
	OptionID      int
	Window        time.Duration // how long after a person's message anything may be sent; zero: always
}

// Outgoing is a message on its way to one person.
type Outgoing struct {
	ChannelExternalID string    // our number
	To                []Address // all that are known; the transport picks
	Message           Message
	Callback          string // our id of the message, echoed on its statuses
}

// SendResult is what the network said on accepting.
type SendResult struct {
	ExternalID string
	Recipient  []Address // what it told of the person, normalised
}

// Disposition is what to do about a failed send.
type Disposition string

const (
	SendRetry   Disposition = "retry"   // passing fault: again, with growing gaps
	SendWait    Disposition = "wait"    // again after SendError.After
	SendRefused Disposition = "refused" // never again unchanged
	SendBlocked Disposition = "blocked" // a person must act: token, account, payment
	SendUnknown Disposition = "unknown" // may have been accepted: wait for a status first
)

// SendError is a failed send.
type SendError struct {
	Disposition Disposition   `json:"disposition"`
	Code        string        `json:"code,omitempty"` // the network's own code, for the developer
	Title       string        `json:"title"`          // the network's words
	Advice      string        `json:"advice"`         // what to do next, for the person who runs the shop
	After       time.Duration `json:"after,omitempty"`
	Err         error         `json:"-"`
}

// Error joins code, title and cause.
func (e *SendError) Error() string {
	s := fmt.Sprintf("send %s: %s %s", e.Disposition, e.Code, e.Title)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// AsSendError returns the SendError in err's chain, or one that says the
// outcome is unknown.
func AsSendError(err error) *SendError {
	if e, ok := errors.AsType[*SendError](err); ok {
		return e
	}
	return &SendError{Disposition: SendUnknown, Title: "the transport gave no reason", Err: err}
}
