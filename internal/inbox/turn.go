// Package inbox takes messages in and sends messages out: contacts,
// conversations, the inbound pipeline and the outbound queue. It keeps the
// promises on loss, repetition and order; what is said is the bot's business.
package inbox

import (
	"context"
	"encoding/json"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

// Handler answers one inbound message. It runs inside the transaction that
// marks the message handled, so what it changes and what it replies become
// true together, once. It must make no network call. An error undoes all of it
// and the message is tried again.
type Handler func(ctx context.Context, turn *Turn) error

// Turn is one inbound message and what a Handler needs to answer it.
type Turn struct {
	Tx        db.Tx
	Channel   musika.Channel
	Customer  musika.Customer // who wrote; a Handler that changes it stores it itself
	User      *musika.User    // their role beyond customer; nil for most
	MessageID musika.MessageID
	Message   musika.Inbound // a typed answer to an offered option has become an InboundReply

	// Store is the store in hand. The Handler may change it; it is saved.
	Store musika.MerchantID
	// State is the Handler's own memory of the conversation, JSON, null at
	// first. The Handler may change it; it is saved.
	State json.RawMessage

	replies []musika.Message
}

// Reply queues m to the person who wrote. Replies are sent in order, after the
// transaction commits.
func (t *Turn) Reply(m musika.Message) { t.replies = append(t.replies, m) }

// Replies returns what has been replied so far.
func (t *Turn) Replies() []musika.Message { return t.replies }
