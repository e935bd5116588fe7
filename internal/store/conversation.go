package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

const conversationColumns = `id, channel_id, customer_id, merchant_id, last_inbound_at, state, created_at, updated_at`

func scanConversation(scan func(...any) error) (musika.Conversation, error) {
	var c musika.Conversation
	var state string
	err := scan(&c.ID, &c.ChannelID, &c.CustomerID, db.OrZero(&c.MerchantID), db.OrZero(&c.LastInboundAt),
		&state, &c.CreatedAt, &c.UpdatedAt)
	c.State = []byte(state)
	return c, err
}

const conversationByIDSQL = `SELECT ` + conversationColumns + ` FROM conversation_sessions WHERE id = $1`

// Conversation returns the conversation with this id.
func Conversation(ctx context.Context, tx db.Tx, id musika.ConversationID) (musika.Conversation, error) {
	return db.One(ctx, tx, "conversation", scanConversation, conversationByIDSQL, id)
}

// LockConversation returns the conversation and keeps others from changing it
// until the transaction ends.
func LockConversation(ctx context.Context, tx db.Tx, id musika.ConversationID) (musika.Conversation, error) {
	return db.One(ctx, tx, "conversation", scanConversation, conversationByIDSQL+tx.ForUpdate(), id)
}

const conversationOfSQL = `SELECT ` + conversationColumns + ` FROM conversation_sessions
	WHERE channel_id = $1 AND customer_id = $2`

const insertConversationSQL = `INSERT INTO conversation_sessions
	(id, channel_id, customer_id, merchant_id, last_inbound_at, state, created_at, updated_at)
	VALUES ($1, $2, $3, $4, NULL, '{}', $5, $5) ON CONFLICT (channel_id, customer_id) DO NOTHING`

// EnsureConversation returns the conversation between a channel and a
// customer, and makes it when there is none. A merchant's own channel has its
// store in hand from the start.
func EnsureConversation(ctx context.Context, tx db.Tx, channel musika.Channel, customer musika.CustomerID) (musika.Conversation, error) {
	c, ok, err := db.Maybe(ctx, tx, scanConversation, conversationOfSQL, channel.ID, customer)
	if ok || err != nil {
		return c, err
	}
	id := musika.NewID("cnv", tx.Now())
	if _, err := tx.Exec(ctx, insertConversationSQL, id, channel.ID, customer,
		db.NullIfZero(channel.MerchantID), tx.Now()); err != nil {
		return c, err
	}
	return db.One(ctx, tx, "conversation", scanConversation, conversationOfSQL, channel.ID, customer)
}

const latestConversationSQL = `SELECT ` + conversationColumns + ` FROM conversation_sessions
	WHERE customer_id = $1 AND last_inbound_at IS NOT NULL ORDER BY last_inbound_at DESC LIMIT 1`

// LatestConversation returns the conversation in which a customer wrote last,
// and false when they never wrote.
func LatestConversation(ctx context.Context, tx db.Tx, customer musika.CustomerID) (musika.Conversation, bool, error) {
	return db.Maybe(ctx, tx, scanConversation, latestConversationSQL, customer)
}

const saveConversationSQL = `UPDATE conversation_sessions
	SET merchant_id = $2, last_inbound_at = $3, state = $4, updated_at = $5 WHERE id = $1`

// SaveConversation is the statement that stores the store in hand, the state
// and the time of the last inbound message.
func SaveConversation(tx db.Tx, c musika.Conversation) db.Statement {
	return db.Statement{SQL: saveConversationSQL, Args: []any{
		c.ID, db.NullIfZero(c.MerchantID), c.LastInboundAt, string(c.State), tx.Now()}}
}

// Sender is who wrote to a channel, as one look-up finds it.
type Sender struct {
	CustomerID   musika.CustomerID
	Conversation musika.ConversationID // empty when they never wrote to this channel
	Store        musika.MerchantID     // in hand there
	Role         musika.Role           // empty for people without a role
}

// senderSQL is followed by the addresses.
const senderSQL = `SELECT a.customer_id, s.id, s.merchant_id, u.role
	FROM contact_addresses a
	JOIN customers c ON c.id = a.customer_id
	LEFT JOIN conversation_sessions s ON s.customer_id = a.customer_id AND s.channel_id = $1
	LEFT JOIN users u ON u.phone = c.phone
	WHERE `

// SendersAt looks up who addresses belong to and their conversation with a
// channel: one for each address that is known.
func SendersAt(ctx context.Context, tx db.Tx, channel musika.ChannelID, addresses []musika.Address) ([]Sender, error) {
	if len(addresses) == 0 {
		return nil, nil
	}
	args := []any{channel}
	var either []string
	for _, a := range addresses {
		either = append(either, fmt.Sprintf("a.kind = $%d AND a.value = $%d", len(args)+1, len(args)+2))
		args = append(args, a.Kind, a.Value)
	}
	return db.All(ctx, tx, func(scan func(...any) error) (Sender, error) {
		var s Sender
		err := scan(&s.CustomerID, db.OrZero(&s.Conversation), db.OrZero(&s.Store), db.OrZero(&s.Role))
		return s, err
	}, senderSQL+strings.Join(either, " OR "), args...)
}

// Reach is what sending in a conversation needs to know.
type Reach struct {
	ChannelID     musika.ChannelID
	LastInboundAt time.Time
	Addresses     []musika.Address
}

const reachSQL = `SELECT s.channel_id, s.last_inbound_at, a.kind, a.value
	FROM conversation_sessions s JOIN contact_addresses a ON a.customer_id = s.customer_id
	WHERE s.id = $1 ORDER BY a.kind, a.created_at DESC`

// ReachOf returns how to reach the person of a conversation, newest address of
// a kind first.
func ReachOf(ctx context.Context, tx db.Tx, id musika.ConversationID) (Reach, error) {
	var r Reach
	_, err := db.All(ctx, tx, func(scan func(...any) error) (struct{}, error) {
		var a musika.Address
		err := scan(&r.ChannelID, db.OrZero(&r.LastInboundAt), &a.Kind, &a.Value)
		r.Addresses = append(r.Addresses, a)
		return struct{}{}, err
	}, reachSQL, id)
	if err == nil && len(r.Addresses) == 0 {
		err = musika.Errorf(musika.CodeNotFound, "There is no way to reach this person.")
	}
	return r, err
}
