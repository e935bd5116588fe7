package store

import (
	"context"
	"slices"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

// MessageHead says where a message belongs.
type MessageHead struct {
	ID             musika.MessageID
	ConversationID musika.ConversationID
	ChannelID      musika.ChannelID
	CustomerID     musika.CustomerID
	MerchantID     musika.MerchantID // the store in hand at the time
}

const insertMessageSQL = `INSERT INTO bot_messages
	(id, conversation_id, channel_id, customer_id, merchant_id, direction, external_id, state, kind, content,
	 attempts, error_code, error_text, price_category, billable, created_at, updated_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, '', '', '', $11, $12, $12)
	ON CONFLICT (channel_id, external_id) DO NOTHING`

// InsertInbound stores a message that a person sent; false means that it was
// stored before.
func InsertInbound(ctx context.Context, tx db.Tx, h MessageHead, in musika.Inbound) (bool, error) {
	content, err := db.JSON(in)
	if err != nil {
		return false, err
	}
	s := insertMessage(tx, h, "in", in.ExternalID, musika.StateReceived, string(in.Kind), content)
	n, err := tx.Exec(ctx, s.SQL, s.Args...)
	return n == 1, err
}

// InsertOutbound is the statement that queues a message to a person.
func InsertOutbound(tx db.Tx, h MessageHead, m musika.Message) (db.Statement, error) {
	content, err := db.JSON(m)
	return insertMessage(tx, h, "out", "", musika.StateQueued, string(m.Kind), content), err
}

func insertMessage(tx db.Tx, h MessageHead, direction, externalID string, state musika.MessageState, kind, content string) db.Statement {
	return db.Statement{SQL: insertMessageSQL, Args: []any{h.ID, h.ConversationID, h.ChannelID, h.CustomerID,
		db.NullIfZero(h.MerchantID), direction, db.NullIfZero(externalID), state, kind, content, false, tx.Now()}}
}

const knownInboundSQL = `SELECT 1 FROM bot_messages WHERE channel_id = $1 AND external_id = $2`

// KnownInbound reports whether a message of a channel is stored already.
func KnownInbound(ctx context.Context, tx db.Tx, channel musika.ChannelID, externalID string) (bool, error) {
	_, known, err := db.Maybe(ctx, tx, db.Value[int64], knownInboundSQL, channel, externalID)
	return known, err
}

// PendingInbound is an inbound message that waits for its answer.
type PendingInbound struct {
	ID       musika.MessageID
	Attempts int
	Message  musika.Inbound
}

// The list of states repeats the partial index's condition word for word:
// SQLite uses the index for nothing else.
const pendingInboundSQL = `SELECT id, attempts, content FROM bot_messages
	WHERE conversation_id = $1 AND direction = 'in' AND state = 'received'
	AND state IN ('received', 'queued', 'sending') ORDER BY seq LIMIT 1`

// NextInbound returns the oldest message of a conversation that waits for its
// answer, and false when there is none.
func NextInbound(ctx context.Context, tx db.Tx, id musika.ConversationID) (PendingInbound, bool, error) {
	return db.Maybe(ctx, tx, func(scan func(...any) error) (PendingInbound, error) {
		var p PendingInbound
		err := scan(&p.ID, &p.Attempts, db.FromJSON(&p.Message))
		return p, err
	}, pendingInboundSQL, id)
}

const finishInboundSQL = `UPDATE bot_messages SET state = $2, error_text = $3, attempts = attempts + 1, updated_at = $4
	WHERE id = $1`

// FinishInbound is the statement that records how an inbound message ended:
// handled, or failed with a reason. Received keeps it waiting and counts the
// attempt.
func FinishInbound(tx db.Tx, id musika.MessageID, state musika.MessageState, reason string) db.Statement {
	return db.Statement{SQL: finishInboundSQL, Args: []any{id, state, reason, tx.Now()}}
}

const latestOutboundSQL = `SELECT content FROM bot_messages
	WHERE conversation_id = $1 AND direction = 'out' ORDER BY seq DESC LIMIT $2`

// LatestOutbound returns the last messages said in a conversation, newest first.
func LatestOutbound(ctx context.Context, tx db.Tx, id musika.ConversationID, limit int) ([]musika.Message, error) {
	return db.All(ctx, tx, func(scan func(...any) error) (musika.Message, error) {
		var m musika.Message
		err := scan(db.FromJSON(&m))
		return m, err
	}, latestOutboundSQL, id, limit)
}

// Outbound is a message on its way to a person.
type Outbound struct {
	MessageHead
	State         musika.MessageState
	Attempts      int
	ClaimedAt     time.Time
	NextAttemptAt time.Time
	ExternalID    string
	CreatedAt     time.Time
	Message       musika.Message
}

const outboundColumns = `id, conversation_id, channel_id, customer_id, merchant_id, state, attempts, claimed_at,
	next_attempt_at, external_id, created_at, content`

func scanOutbound(scan func(...any) error) (Outbound, error) {
	var o Outbound
	err := scan(&o.ID, &o.ConversationID, &o.ChannelID, &o.CustomerID, db.OrZero(&o.MerchantID), &o.State,
		&o.Attempts, db.OrZero(&o.ClaimedAt), db.OrZero(&o.NextAttemptAt), db.OrZero(&o.ExternalID),
		&o.CreatedAt, db.FromJSON(&o.Message))
	return o, err
}

const nextOutboundSQL = `SELECT ` + outboundColumns + ` FROM bot_messages
	WHERE conversation_id = $1 AND direction = 'out' AND state IN ('received', 'queued', 'sending')
	ORDER BY seq LIMIT 1`

// NextOutbound returns the first message of a conversation that is not sent
// yet, locked, and false when all are.
func NextOutbound(ctx context.Context, tx db.Tx, id musika.ConversationID) (Outbound, bool, error) {
	return db.Maybe(ctx, tx, scanOutbound, nextOutboundSQL+tx.ForUpdate(), id)
}

const claimOutboundSQL = `UPDATE bot_messages
	SET state = 'sending', claimed_at = $2, attempts = attempts + 1, next_attempt_at = NULL, updated_at = $2
	WHERE id = $1`

// ClaimOutbound marks a message as handed to the transport. Call it only on a
// message that NextOutbound returned in the same transaction.
func ClaimOutbound(ctx context.Context, tx db.Tx, id musika.MessageID) error {
	_, err := tx.Exec(ctx, claimOutboundSQL, id, tx.Now())
	return err
}

const markSentSQL = `UPDATE bot_messages SET state = 'sent', external_id = $2, sent_at = $3, error_code = '', error_text = '', updated_at = $3
	WHERE id = $1 AND state = 'sending' RETURNING ` + outboundColumns

// MarkSent records that the transport took a message, and returns it; false
// when a status has told of it already.
func MarkSent(ctx context.Context, tx db.Tx, id musika.MessageID, externalID string) (Outbound, bool, error) {
	return db.Maybe(ctx, tx, scanOutbound, markSentSQL, id, externalID, tx.Now())
}

const requeueOutboundSQL = `UPDATE bot_messages
	SET state = 'queued', next_attempt_at = $2, error_code = $3, error_text = $4, attempts = attempts - $5, updated_at = $6
	WHERE id = $1 AND state = 'sending'`

// RequeueOutbound puts a message back that the transport did not take, to be
// tried again at next. A wait that was asked for (counted false) is no failure
// of the message's: the attempt is not counted.
func RequeueOutbound(ctx context.Context, tx db.Tx, id musika.MessageID, next time.Time, counted bool, code, text string) error {
	uncount := 1
	if counted {
		uncount = 0
	}
	_, err := tx.Exec(ctx, requeueOutboundSQL, id, next, code, text, uncount, tx.Now())
	return err
}

const outboundByIDSQL = `SELECT ` + outboundColumns + ` FROM bot_messages
	WHERE direction = 'out' AND channel_id = $1 AND id = $2`

// OutboundByExternalIDs finds messages by the transport's ids, locked in the
// order of their sequence.
func OutboundByExternalIDs(ctx context.Context, tx db.Tx, channel musika.ChannelID, externalIDs []string) (map[string]Outbound, error) {
	// Statements are prepared by their text: few different lengths of the
	// list keep that worth its while.
	ids := slices.Clone(externalIDs)
	for len(ids)&(len(ids)-1) != 0 {
		ids = append(ids, ids[0])
	}
	var w where
	w.and("direction = 'out'")
	w.and("channel_id = ?", channel)
	in(&w, "external_id", ids)
	found, err := db.All(ctx, tx, scanOutbound, `SELECT `+outboundColumns+` FROM bot_messages`+w.sql.String()+` ORDER BY seq`+tx.ForUpdate(), w.args...)
	out := make(map[string]Outbound, len(found))
	for _, o := range found {
		out[o.ExternalID] = o
	}
	return out, err
}

// OutboundByID finds a message by our own id, locked.
func OutboundByID(ctx context.Context, tx db.Tx, channel musika.ChannelID, id musika.MessageID) (Outbound, bool, error) {
	return db.Maybe(ctx, tx, scanOutbound, outboundByIDSQL+tx.ForUpdate(), channel, id)
}

// Progress is what became known about a message that was sent. Zero times and
// an empty category are not known, and leave what is stored.
type Progress struct {
	State       musika.MessageState
	ExternalID  string
	SentAt      time.Time
	DeliveredAt time.Time
	ReadAt      time.Time
	ErrorCode   string
	ErrorText   string
	Category    string // price category
	Billable    bool
}

const progressSQL = `UPDATE bot_messages
	SET state = $2, external_id = $3, error_code = $4, error_text = $5,
	    price_category = CASE WHEN $6 = '' THEN price_category ELSE $6 END,
	    billable = CASE WHEN $6 = '' THEN billable ELSE $7 END,
	    sent_at = COALESCE(sent_at, $8), delivered_at = COALESCE(delivered_at, $9), read_at = COALESCE(read_at, $10),
	    updated_at = $11
	WHERE id = $1`

// Advance is the statement that records progress of a message. The caller has
// locked it and checked that the new state outranks the old one.
func Advance(tx db.Tx, id musika.MessageID, p Progress) db.Statement {
	return db.Statement{SQL: progressSQL, Args: []any{id, p.State, db.NullIfZero(p.ExternalID), p.ErrorCode, p.ErrorText,
		p.Category, p.Billable, db.NullIfZero(p.SentAt), db.NullIfZero(p.DeliveredAt), db.NullIfZero(p.ReadAt), tx.Now()}}
}
