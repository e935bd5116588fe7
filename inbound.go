package musika

import (
	"encoding/json"
	"time"
)

// InboundKind says which part of an Inbound carries it.
type InboundKind string

const (
	InboundText        InboundKind = "text"
	InboundReply       InboundKind = "reply" // a button, row or template quick reply was chosen
	InboundMedia       InboundKind = "media"
	InboundLocation    InboundKind = "location"
	InboundContacts    InboundKind = "contacts"
	InboundReaction    InboundKind = "reaction"
	InboundOrder       InboundKind = "order"  // a native cart
	InboundSystem      InboundKind = "system" // the person's number or id changed
	InboundUnsupported InboundKind = "unsupported"
)

// Inbound is a message from a person, as a transport read it.
type Inbound struct {
	ExternalID string        `json:"external_id"` // unique per channel
	From       []Address     `json:"from"`        // all addresses that the transport gave; at least one
	Profile    string        `json:"profile,omitempty"`
	At         time.Time     `json:"at"`
	Kind       InboundKind   `json:"kind"`
	Text       string        `json:"text,omitempty"` // body, caption, or the title of the option chosen
	Reply      *Option       `json:"reply,omitempty"`
	ReplyTo    string        `json:"reply_to,omitempty"` // the transport's id of the message answered
	Media      *Media        `json:"media,omitempty"`
	Location   *Place        `json:"location,omitempty"`
	Contacts   []ContactCard `json:"contacts,omitempty"`
	Reaction   *Reaction     `json:"reaction,omitempty"`
	Order      *NativeOrder  `json:"order,omitempty"`
	System     *SystemChange `json:"system,omitempty"`
	Note       string        `json:"note,omitempty"` // why it is unsupported, for the log
	Group      bool          `json:"group,omitempty"`
}

// NativeOrder is a cart filled in WhatsApp's own catalogue. Its prices are the
// sender's and are not used.
type NativeOrder struct {
	CatalogID string       `json:"catalog_id,omitempty"`
	Text      string       `json:"text,omitempty"`
	Items     []NativeItem `json:"items"`
}

// NativeItem is a line of a NativeOrder; SKU is Product.SKU.
type NativeItem struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

// SystemChange says that a person is now reached at New.
type SystemChange struct {
	Old Address `json:"old"`
	New Address `json:"new"`
}

// MessageState is how far a message got. Outbound: queued → sending → sent →
// delivered → read, or failed; a late lower state never replaces a higher one.
// Inbound: received → handled, or failed when the bot could not handle it.
type MessageState string

const (
	StateReceived  MessageState = "received"
	StateHandled   MessageState = "handled"
	StateQueued    MessageState = "queued"
	StateSending   MessageState = "sending" // handed to the transport, which has not answered
	StateSent      MessageState = "sent"
	StateDelivered MessageState = "delivered"
	StateRead      MessageState = "read"
	StateFailed    MessageState = "failed"
)

// Rank orders the outbound states; a status of lower rank than the message's
// present state is ignored. Failed outranks sent only: what was delivered did
// not fail.
func (s MessageState) Rank() int {
	switch s {
	case StateQueued:
		return 0
	case StateSending:
		return 1
	case StateSent:
		return 2
	case StateFailed:
		return 3
	case StateDelivered:
		return 4
	case StateRead:
		return 5
	}
	return -1
}

// Status is a transport's report about a message that we sent.
type Status struct {
	ExternalID string       `json:"external_id"`
	Callback   string       `json:"callback,omitempty"` // Outgoing.Callback, echoed
	State      MessageState `json:"state"`
	At         time.Time    `json:"at"`
	Recipient  []Address    `json:"recipient,omitempty"`
	Error      *SendError   `json:"error,omitempty"`
	Category   string       `json:"category,omitempty"` // price category
	Billable   bool         `json:"billable,omitempty"`
}

// Notice is any other report of a transport: a template's review, an account's
// limits. Field is the transport's name for it.
type Notice struct {
	Field string          `json:"field"`
	Value json.RawMessage `json:"value"`
	At    time.Time       `json:"at"`
}

// Update is one thing a transport reports; exactly one part is set.
type Update struct {
	ChannelExternalID string // the transport's id of our number
	Inbound           *Inbound
	Status            *Status
	Notice            *Notice
}
