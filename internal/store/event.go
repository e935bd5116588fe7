package store

import (
	"context"
	"encoding/json"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

const nextEventSeqSQL = `INSERT INTO event_counters (owner, last_seq) VALUES ($1, $2)
	ON CONFLICT (owner) DO UPDATE SET last_seq = event_counters.last_seq + $2 RETURNING last_seq`

const insertEventsSQL = `INSERT INTO events (id, owner, seq, merchant_id, kind, payload, created_at) VALUES`

// pendingEvents are the events of a transaction by their owner.
type pendingEvents map[musika.MerchantID][]musika.Payload

type pendingEventsKey struct{}

// Emit writes an event of merchant (empty: the platform) as the last part of
// the transaction. The owner's counter is locked from then to the commit, so
// sequence numbers have no gaps and follow the order of commits.
func Emit(_ context.Context, tx db.Tx, merchant musika.MerchantID, payload musika.Payload) {
	pending, _ := tx.Local(pendingEventsKey{}, func() any { return pendingEvents{} }).(pendingEvents)
	pending[merchant] = append(pending[merchant], payload)
	if len(pending[merchant]) > 1 {
		return // those before it take it along
	}
	tx.BeforeCommit("event:"+string(merchant), func(ctx context.Context, tx db.Tx) error {
		events := pending[merchant]
		delete(pending, merchant)
		return insertEvents(ctx, tx, merchant, events)
	})
}

func insertEvents(ctx context.Context, tx db.Tx, merchant musika.MerchantID, events []musika.Payload) error {
	last, err := db.One(ctx, tx, "event counter", db.Value[int64], nextEventSeqSQL, merchant, len(events))
	if err != nil {
		return err
	}
	rows := make([][]any, len(events))
	for i, payload := range events {
		data, err := db.JSON(payload)
		if err != nil {
			return err
		}
		rows[i] = []any{musika.NewID("evt", tx.Now()), merchant, last - int64(len(events)-1-i),
			db.NullIfZero(merchant), payload.EventKind(), data, tx.Now()}
	}
	return insertRows(ctx, tx, insertEventsSQL, rows)
}

// StoredPayload is an event's data as it was written.
type StoredPayload struct {
	Kind musika.EventKind
	Data json.RawMessage
}

// EventKind returns the kind.
func (p StoredPayload) EventKind() musika.EventKind { return p.Kind }

// MarshalJSON returns the data unchanged.
func (p StoredPayload) MarshalJSON() ([]byte, error) { return p.Data, nil }

var _ musika.Payload = StoredPayload{}

const eventsAfterSQL = `SELECT id, seq, kind, payload, created_at FROM events
	WHERE owner = $1 AND seq > $2 ORDER BY seq LIMIT $3`

// EventsAfter returns a merchant's events (empty: the platform's) that follow
// sequence number seq, in order, at most limit. Payloads are StoredPayloads.
func EventsAfter(ctx context.Context, tx db.Tx, merchant musika.MerchantID, seq int64, limit int) ([]musika.Event, error) {
	return db.All(ctx, tx, func(scan func(...any) error) (musika.Event, error) {
		e := musika.Event{MerchantID: merchant}
		var data json.RawMessage
		err := scan(&e.ID, &e.Seq, &e.Kind, db.FromJSON(&data), &e.At)
		e.Payload = StoredPayload{e.Kind, data}
		return e, err
	}, eventsAfterSQL, merchant, seq, limit)
}
