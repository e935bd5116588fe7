// Package bot is the shop assistant that people chat with. It reads a message,
// decides what is meant, has commerce do it, and says what happened and what
// can be done next.
//
// Handle is called once per inbound message, inside the transaction that marks
// it handled; OrderChanged is called inside the transaction that moved an
// order. Neither makes a network call. The order in which a message is read,
// and every command, is described in the reference for the conversation
// (docs/COMMANDS.md); read.go follows it from top to bottom.
package bot

import (
	"context"
	"errors"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/inbox"
)

// Dependencies is what the bot needs from others.
type Dependencies struct {
	// Commerce does what people ask for. Required.
	Commerce *commerce.Service
	// Notify queues a message to a person other than the one who wrote, in
	// the transaction of the change that it tells of. Required.
	Notify func(ctx context.Context, tx db.Tx, channel musika.ChannelID, to musika.CustomerID, m musika.Message) error
	// Platform is the name in greetings and footers. Defaults to "Musika".
	Platform string
	// Operator is who answers for the platform; sent as a contact card. Both
	// parts empty: the owner command says that no contact is set.
	Operator Operator
}

// Operator is the person or firm that runs the platform.
type Operator struct {
	Name  string
	Phone musika.Phone
}

// Bot answers messages. It keeps nothing in memory between two of them and is
// safe for concurrent use.
type Bot struct {
	deps     Dependencies
	commands []*Command
	verbs    []Verb
	flows    []*Flow
	intents  []*intent
}

// New returns a Bot.
func New(d Dependencies) *Bot {
	if d.Platform == "" {
		d.Platform = "Musika"
	}
	return &Bot{deps: d, commands: commands(), verbs: verbs(), flows: flows(), intents: intents()}
}

// Handle answers one inbound message; it is an inbox.Handler. What the person
// got wrong is said to them and is no error. An error is a defect or a
// database that cannot go on: all of the turn is undone and tried again.
func (b *Bot) Handle(ctx context.Context, turn *inbox.Turn) error {
	if turn.Customer.Blocked {
		return nil
	}
	c := b.newCtx(turn)
	if err := c.answer(ctx); err != nil {
		return err
	}
	state, err := c.state.encode(c.now)
	if err != nil {
		return err
	}
	turn.State = state
	return nil
}

// answer reads the message unless the person is over a limit, and turns a
// refusal into words.
func (c *Ctx) answer(ctx context.Context) error {
	media := c.turn.Message.Kind == musika.InboundMedia
	switch c.state.Limits.message(c.now, media) {
	case silent:
		return nil
	case notice:
		c.tooFast()
		return nil
	}
	err := c.read(ctx)
	if refusal(err) {
		c.state.Flow = nil
		err = c.say(c.explain(err))
	}
	if err != nil {
		return err
	}
	return c.remindMerchant(ctx)
}

// refusal reports whether err is an answer to the person rather than a fault:
// commerce decides refusals before it writes, so the transaction is whole.
func refusal(err error) bool {
	if _, ok := errors.AsType[*musika.Error](err); !ok {
		return false
	}
	switch musika.CodeOf(err) {
	case musika.CodeInvalid, musika.CodeNotFound, musika.CodeConflict, musika.CodeOutOfStock,
		musika.CodeStoreClosed, musika.CodeForbidden, musika.CodeTooLarge:
		return true
	}
	return false
}
