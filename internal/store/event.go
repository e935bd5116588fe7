package store

import (
	"context"
	"encoding/json"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

const nextEventSeqSQL = `INSERT INTO event_counters (owner, last_seq) VALUES ($1, 1)
	ON CONFLICT (owner) DO UPDATE SET last_seq = event_counters.last_seq + 1 RETURNING last_seq`

const insertEventSQL = `INSERT INTO events (id, owner, seq, merchant_id, kind, payload, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7)`

// Emit writes an event of merchant (empty: the platform) as the last part of
// the transaction. The owner's counter is locked from then to the commit, so
// sequence numbers have no gaps and follow the order of commits.
func Emit(_ context.Context, tx db.Tx, merchant musika.MerchantID, payload musika.Payload) {
	tx.BeforeCommit("event:"+string(merchant), func(ctx context.Context, tx db.Tx) error {
		data, err := db.JSON(payload)
		if err != nil {
			return err
		}
		seq, err := db.One(ctx, tx, "event counter", db.Value[int64], nextEventSeqSQL, merchant)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, insertEventSQL, musika.NewID("evt", tx.Now()), merchant, seq,
			db.NullIfZero(merchant), payload.EventKind(), data, tx.Now())
		return err
	})
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
