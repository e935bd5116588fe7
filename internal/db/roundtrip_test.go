package db_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
)

// Values of every type that the schema has go in and come out alike.
func TestValuesRoundTrip(t *testing.T) {
	harare := time.FixedZone("CAT", 2*60*60)
	at := time.Date(2026, 3, 1, 12, 30, 15, 123456789, harare)
	want := time.Date(2026, 3, 1, 10, 30, 15, 123456000, time.UTC)
	half := 0.5
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const insert = `INSERT INTO orders (id, code, merchant_id, customer_id, status, fulfilment, address, latitude, longitude,
			payment_method, note, promotion, currency, subtotal, discount, delivery, tax, total, reason, expected_at, rated,
			idempotency_key, created_at, updated_at)
			VALUES ($1, $1, 'm1', 'cus_1', $2, 'delivery', $3, $4, $5, 'cash', $3, '', 'USD', $6, 0, 0, 0, $6, '', $7, $8, $1, $7, $9)`
		write(t, d, service, func(ctx context.Context, tx db.Tx) error {
			if err := addMerchant(ctx, tx, "m1", musika.MerchantApproved); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO customers (id, name, registered, phone, language, blocked, created_at, updated_at)
				VALUES ('cus_1', '', $1, '', 'en', $2, $3, $3)`, true, false, &at); err != nil {
				return err
			}
			for _, o := range []struct {
				id        musika.OrderID
				lat, long *float64
				rated     bool
				note      string
			}{{"ord_1", &half, nil, true, "2026-01-01"}, {"ord_2", nil, nil, false, "it's \\ \"ü\" 🍕"}} {
				n, err := tx.Exec(ctx, insert, o.id, musika.OrderPending, o.note, o.lat, o.long, int64(1)<<40, at, o.rated, time.Unix(0, 0))
				if err != nil || n != 1 {
					t.Errorf("inserted %d rows: %v", n, err)
				}
			}
			return nil
		})

		type order struct {
			id        musika.OrderID
			status    musika.OrderStatus
			lat, long *float64
			total     int
			total64   int64
			at        time.Time
			maybe     *time.Time
			zero      time.Time
			rated     bool
			note      string
			known     bool
			latest    time.Time
			latestOr  time.Time
			upper     string
			null      sql.Null[string]
			none      musika.Phone
			noTime    *time.Time
		}
		read := func(id musika.OrderID) (o order) {
			err := d.Read(t.Context(), service, func(tx db.Tx) error {
				var err error
				o, err = db.One(t.Context(), tx, "order", func(scan func(...any) error) (o order, err error) {
					err = scan(&o.id, &o.status, &o.lat, &o.long, &o.total, &o.total64, &o.at, &o.maybe, &o.zero, &o.rated, &o.note,
						&o.known, &o.latest, db.OrZero(&o.latestOr), &o.upper, &o.null, db.OrZero(&o.none), &o.noTime)
					return o, err
				}, `SELECT id, status, latitude, longitude, total, total, created_at, created_at, updated_at, rated, note,
					EXISTS (SELECT 1 FROM merchants WHERE featured = $2),
					(SELECT MAX(created_at) FROM orders), (SELECT MIN(created_at) FROM orders), COALESCE(note, ''),
					(SELECT phone FROM users), (SELECT phone FROM users), (SELECT MAX(created_at) FROM users)
					FROM orders WHERE id = $1`, id, true)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		expect := order{
			id: "ord_1", status: musika.OrderPending, lat: &half, total: 1 << 40, total64: 1 << 40, at: want, maybe: &want,
			zero: time.Unix(0, 0).UTC(), rated: true, note: "2026-01-01", known: true, latest: want, latestOr: want, upper: "2026-01-01",
		}
		if got := read("ord_1"); !reflect.DeepEqual(got, expect) {
			t.Errorf("got  %+v\nwant %+v", got, expect)
		}
		expect.id, expect.lat, expect.rated, expect.note, expect.upper = "ord_2", nil, false, "it's \\ \"ü\" 🍕", "it's \\ \"ü\" 🍕"
		if got := read("ord_2"); !reflect.DeepEqual(got, expect) {
			t.Errorf("got  %+v\nwant %+v", got, expect)
		}
		// Conditions compare as they should.
		if n := value[int](t, d, service, `SELECT COUNT(*) FROM orders WHERE created_at = $1 AND rated = $2 AND latitude = $3 AND status = $4`,
			at, true, &half, musika.OrderPending); n != 1 {
			t.Errorf("%d rows match, want 1", n)
		}
		if n := value[int](t, d, service, `SELECT COUNT(*) FROM orders WHERE created_at < $1`, at.Add(time.Microsecond)); n != 2 {
			t.Errorf("%d rows are before, want 2", n)
		}
	})
}

func TestJSONRoundTrip(t *testing.T) {
	type payload struct {
		Name string   `json:"name"`
		Tags []string `json:"tags"`
		N    int64    `json:"n"`
	}
	in := payload{Name: "Sunrise \"Bakery\" ü", Tags: []string{"a", "b"}, N: 1 << 50}
	const insert = `INSERT INTO events (id, owner, seq, merchant_id, kind, payload, created_at) VALUES ($1, '', $2, NULL, 'x', $3, $4)`
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		text, err := db.JSON(in)
		if err != nil {
			t.Fatal(err)
		}
		write(t, d, service, func(ctx context.Context, tx db.Tx) error {
			if _, err := tx.Exec(ctx, insert, "evt_1", 1, text, tx.Now()); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, insert, "evt_2", 2, json.RawMessage(text), tx.Now())
			return err
		})
		err = d.Read(t.Context(), service, func(tx db.Tx) error {
			out, err := db.All(t.Context(), tx, func(scan func(...any) error) (p payload, err error) {
				var name string
				var raw []byte
				err = scan(db.FromJSON(&p), &raw, &name)
				if name != in.Name || !json.Valid(raw) {
					t.Errorf("name %q, raw %q", name, raw)
				}
				return p, err
			}, `SELECT payload, payload, payload ->> 'name' FROM events WHERE payload ->> 'name' = $1 ORDER BY seq`, in.Name)
			if len(out) != 2 || !reflect.DeepEqual(out[0], in) || !reflect.DeepEqual(out[1], in) {
				t.Errorf("got %+v", out)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		for _, bad := range []string{"", "{", "hello"} {
			err := d.Write(t.Context(), service, func(tx db.Tx) error {
				_, err := tx.Exec(t.Context(), insert, "evt_3", 3, bad, tx.Now())
				return err
			})
			if musika.CodeOf(err) != musika.CodeInvalid {
				t.Errorf("%q was taken as JSON: %v", bad, err)
			}
		}
	})
}

func TestOneAndMaybe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Read(t.Context(), service, func(tx db.Tx) error {
			_, ok, err := db.Maybe(t.Context(), tx, db.Value[string], `SELECT name FROM users WHERE id = $1`, "usr_x")
			if ok || err != nil {
				t.Errorf("Maybe: %v, %v", ok, err)
			}
			_, err = db.One(t.Context(), tx, "user", db.Value[string], `SELECT name FROM users WHERE id = $1`, "usr_x")
			return err
		})
		if musika.CodeOf(err) != musika.CodeNotFound || musika.MessageOf(err) != "There is no such user." {
			t.Errorf("One: %v", err)
		}
		// NULL into what cannot hold it is an error on both, not a zero.
		err = d.Read(t.Context(), service, func(tx db.Tx) error {
			_, err := db.One(t.Context(), tx, "user", db.Value[string], `SELECT MAX(name) FROM users`)
			return err
		})
		if err == nil {
			t.Error("NULL was read as a string")
		}
	})
}
