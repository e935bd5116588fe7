package store

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

// ConversationQuery narrows ListConversations. Empty fields do not.
type ConversationQuery struct {
	Owner    musika.MerchantID // who asks: sees its own only; empty for the operator
	Merchant musika.MerchantID
	Customer musika.CustomerID
	After    Position // of the last entry seen
	Limit    int
}

// ConversationEntry is a conversation with the person's name.
type ConversationEntry struct {
	musika.Conversation
	CustomerName  string
	CustomerPhone musika.Phone
}

const listConversationsSQL = `SELECT s.id, s.channel_id, s.customer_id, s.merchant_id, s.last_inbound_at,
	s.created_at, s.updated_at, c.name, c.phone
	FROM conversation_sessions s LEFT JOIN customers c ON c.id = s.customer_id`

// ListConversations returns conversations, newest first.
func ListConversations(ctx context.Context, tx db.Tx, q ConversationQuery) ([]ConversationEntry, error) {
	var w where
	is(&w, "s.merchant_id", q.Owner)
	is(&w, "s.merchant_id", q.Merchant)
	is(&w, "s.customer_id", q.Customer)
	if q.After.ID != "" {
		w.and("(s.created_at, s.id) < (?, ?)", q.After.At, q.After.ID)
	}
	return db.All(ctx, tx, func(scan func(...any) error) (ConversationEntry, error) {
		var c ConversationEntry
		err := scan(&c.ID, &c.ChannelID, &c.CustomerID, db.OrZero(&c.MerchantID), db.OrZero(&c.LastInboundAt),
			&c.CreatedAt, &c.UpdatedAt, db.OrZero(&c.CustomerName), db.OrZero(&c.CustomerPhone))
		return c, err
	}, listConversationsSQL+w.sql.String()+` ORDER BY s.created_at DESC, s.id DESC LIMIT `+w.arg(q.Limit), w.args...)
}

// MessageQuery narrows ListMessages.
type MessageQuery struct {
	Owner        musika.MerchantID // who asks: sees its own only; empty for the operator
	Conversation musika.ConversationID
	After        Position // ID is the sequence number of the last entry seen
	Limit        int
}

// MessageEntry is a message with what became of it.
type MessageEntry struct {
	Seq         int64
	ID          musika.MessageID
	Direction   string // "in" or "out"
	Kind        string
	State       musika.MessageState
	Content     json.RawMessage
	ErrorCode   string
	ErrorText   string
	CreatedAt   time.Time
	SentAt      time.Time
	DeliveredAt time.Time
	ReadAt      time.Time
}

const listMessagesSQL = `SELECT seq, id, direction, kind, state, content, error_code, error_text,
	created_at, sent_at, delivered_at, read_at FROM bot_messages`

// ListMessages returns the messages of a conversation, newest first. Of a
// conversation that q.Owner has no part in it returns CodeNotFound.
func ListMessages(ctx context.Context, tx db.Tx, q MessageQuery) ([]MessageEntry, error) {
	var w where
	w.and("conversation_id = ?", q.Conversation)
	is(&w, "merchant_id", q.Owner)
	if q.After.ID != "" {
		seq, err := strconv.ParseInt(q.After.ID, 10, 64)
		if err != nil {
			return nil, musika.Errorf(musika.CodeInvalid, "This cursor does not belong to this list.")
		}
		w.and("seq < ?", seq)
	}
	found, err := db.All(ctx, tx, func(scan func(...any) error) (MessageEntry, error) {
		var m MessageEntry
		err := scan(&m.Seq, &m.ID, &m.Direction, &m.Kind, &m.State, db.FromJSON(&m.Content), &m.ErrorCode, &m.ErrorText,
			&m.CreatedAt, db.OrZero(&m.SentAt), db.OrZero(&m.DeliveredAt), db.OrZero(&m.ReadAt))
		return m, err
	}, listMessagesSQL+w.sql.String()+` ORDER BY seq DESC LIMIT `+w.arg(q.Limit), w.args...)
	if err != nil || len(found) > 0 {
		return found, err
	}
	var of where
	of.and("id = ?", q.Conversation)
	is(&of, "merchant_id", q.Owner)
	_, err = db.One(ctx, tx, "conversation", db.Value[string], `SELECT id FROM conversation_sessions`+of.sql.String(), of.args...)
	return nil, err
}
