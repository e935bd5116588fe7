package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
	"github.com/musika/musika/internal/store"
)

func TestCustomerAt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		at := func(profile string, addresses ...musika.Address) musika.Customer {
			return value(b, func(ctx context.Context, tx db.Tx) (musika.Customer, error) {
				return store.CustomerAt(ctx, tx, addresses, profile)
			})
		}
		a := at("Ana", lid("1"))
		if a.Name != "Ana" || a.Phone != "" || a.Language != musika.English {
			t.Errorf("new: %+v", a)
		}
		if again := at("Ana B", lid("1"), phone("+263772222222")); again.ID != a.ID || again.Name != "Ana B" || again.Phone != "+263772222222" {
			t.Errorf("known with a new address: %+v", again)
		}
		if byPhone := at("", phone("+263772222222")); byPhone.ID != a.ID || byPhone.Name != "Ana B" {
			t.Errorf("by the new address: %+v", byPhone)
		}
		b.write(func(ctx context.Context, tx db.Tx) error {
			c, err := store.Customer(ctx, tx, a.ID)
			c.Name, c.Registered = "Anna Registered", true
			return errors.Join(err, store.UpdateCustomer(ctx, tx, c))
		})
		if named := at("profile", lid("1")); named.Name != "Anna Registered" {
			t.Errorf("a registered name was replaced: %+v", named)
		}
		b.write(func(ctx context.Context, tx db.Tx) error {
			if err := store.ChangeAddress(ctx, tx, phone("+263772222222"), phone("+263773333333")); err != nil {
				return err
			}
			c, ok, err := store.CustomerByAddress(ctx, tx, phone("+263773333333"))
			_, old, err2 := store.CustomerByAddress(ctx, tx, phone("+263772222222"))
			if !ok || old || c.ID != a.ID || c.Phone != "+263773333333" {
				t.Errorf("changed number: %v %v %+v", ok, old, c)
			}
			all, err3 := store.ContactAddresses(ctx, tx, a.ID)
			same(t, "addresses", all, []musika.Address{lid("1"), phone("+263773333333")})
			return errors.Join(err, err2, err3)
		})
		b.refused(musika.CodeInvalid, func(ctx context.Context, tx db.Tx) error {
			_, err := store.CustomerAt(ctx, tx, nil, "")
			return err
		})
	})
}

func TestDeliveryAddresses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.write(func(ctx context.Context, tx db.Tx) error {
			home := musika.DeliveryAddress{ID: "adr_1", CustomerID: b.customer.ID, Label: "Home", Text: "12 KG", Location: &musika.Point{Latitude: 1.5, Longitude: 2.5}, CreatedAt: tx.Now()}
			work := musika.DeliveryAddress{ID: "adr_2", CustomerID: b.customer.ID, Text: "Town", CreatedAt: tx.Now().Add(time.Second)}
			err := errors.Join(store.InsertDeliveryAddress(ctx, tx, home), store.InsertDeliveryAddress(ctx, tx, work))
			all, err2 := store.DeliveryAddresses(ctx, tx, b.customer.ID)
			same(t, "addresses", all, []musika.DeliveryAddress{work, home})
			err3 := store.DeleteDeliveryAddress(ctx, tx, b.customer.ID, work.ID)
			all, err4 := store.DeliveryAddresses(ctx, tx, b.customer.ID)
			same(t, "after removal", all, []musika.DeliveryAddress{home})
			return errors.Join(err, err2, err3, err4)
		})
	})
}

// TestMerge: what two transports knew as two people becomes one, with all that
// belonged to either.
func TestMerge(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		var older, younger musika.Customer
		var kept, gone musika.Conversation
		var o musika.Order
		b.write(func(ctx context.Context, tx db.Tx) error {
			older = b.customer
			var err error
			if younger, err = store.CustomerAt(ctx, tx, []musika.Address{lid("9")}, "Y"); err != nil {
				return err
			}
			younger.Registered, younger.Name, younger.Language = true, "Younger", musika.Shona
			if err := store.UpdateCustomer(ctx, tx, younger); err != nil {
				return err
			}
			// Both wrote on one channel, the younger also on another.
			if kept, err = store.EnsureConversation(ctx, tx, b.channel, older.ID); err != nil {
				return err
			}
			if gone, err = store.EnsureConversation(ctx, tx, b.channel, younger.ID); err != nil {
				return err
			}
			gone.LastInboundAt, gone.State, gone.MerchantID = tx.Now(), []byte(`{"a":1}`), b.theirs.ID
			if err := tx.ExecAll(ctx, []db.Statement{store.SaveConversation(tx, gone)}); err != nil {
				return err
			}
			if _, err := store.EnsureConversation(ctx, tx, b.another, younger.ID); err != nil {
				return err
			}
			for _, c := range []musika.Conversation{kept, gone} {
				head := store.MessageHead{ID: musika.MessageID(musika.NewID("msg", tx.Now())), ConversationID: c.ID, ChannelID: c.ChannelID, CustomerID: c.CustomerID}
				if _, err := store.InsertInbound(ctx, tx, head, musika.Inbound{ExternalID: string(c.ID), Kind: musika.InboundText, Text: "hi"}); err != nil {
					return err
				}
			}
			// Carts at one merchant in both, at another in the younger's only.
			for _, c := range []struct {
				customer musika.CustomerID
				product  musika.Product
			}{{older.ID, b.bread}, {younger.ID, b.bread}, {younger.ID, b.pizza}} {
				id, err := store.TouchCart(ctx, tx, c.customer, c.product.MerchantID)
				if err != nil {
					return err
				}
				if err := store.SetCartLine(ctx, tx, id, c.product.ID, 1, c.product.Price); err != nil {
					return err
				}
			}
			o = b.order(tx.Now())
			o.CustomerID = younger.ID
			return errors.Join(store.InsertOrder(ctx, tx, o, "k"),
				store.InsertDeliveryAddress(ctx, tx, musika.DeliveryAddress{ID: "adr_1", CustomerID: younger.ID, CreatedAt: tx.Now()}))
		})

		merged := value(b, func(ctx context.Context, tx db.Tx) (musika.Customer, error) {
			return store.CustomerAt(ctx, tx, []musika.Address{phone("+263771000001"), lid("9")}, "profile")
		})
		if merged.ID != older.ID || merged.Name != "Younger" || !merged.Registered || merged.Language != musika.Shona || merged.Phone != "+263771000001" {
			t.Errorf("merged: %+v", merged)
		}
		b.write(func(ctx context.Context, tx db.Tx) error {
			read, err := store.Customer(ctx, tx, older.ID)
			merged.UpdatedAt = read.UpdatedAt
			same(t, "stored", read, merged)
			got, err2 := store.Conversation(ctx, tx, kept.ID)
			if string(got.State) != `{"a":1}` && string(got.State) != `{"a": 1}` || got.MerchantID != b.theirs.ID || got.LastInboundAt.IsZero() {
				t.Errorf("conversation: %+v %s", got, got.State)
			}
			n, err3 := db.One(ctx, tx, "n", db.Value[int], `SELECT COUNT(*) FROM bot_messages WHERE conversation_id = $1 AND customer_id = $2`, kept.ID, older.ID)
			sessions, err4 := db.One(ctx, tx, "n", db.Value[int], `SELECT COUNT(*) FROM conversation_sessions WHERE customer_id = $1`, older.ID)
			carts, err5 := store.CartsOf(ctx, tx, older.ID)
			orders, err6 := store.CustomerOrders(ctx, tx, older.ID, 5)
			addresses, err7 := store.DeliveryAddresses(ctx, tx, older.ID)
			if n != 2 || sessions != 2 || len(carts) != 2 || len(orders) != 1 || len(addresses) != 1 {
				t.Errorf("messages %d, conversations %d, carts %d, orders %d, addresses %d", n, sessions, len(carts), len(orders), len(addresses))
			}
			return errors.Join(err, err2, err3, err4, err5, err6, err7)
		})
		b.refused(musika.CodeNotFound, func(ctx context.Context, tx db.Tx) error {
			_, err := store.Customer(ctx, tx, younger.ID)
			return err
		})
	})
}

// TestMergeKnowsEveryTable fails when a new table refers to customers and the
// merge does not move its rows.
func TestMergeKnowsEveryTable(t *testing.T) {
	t.Parallel()
	b := &bundle{T: t, db: dbtest.SQLite(t)}
	tables := value(b, func(ctx context.Context, tx db.Tx) ([]string, error) {
		return db.All(ctx, tx, db.Value[string], `SELECT DISTINCT s.name || '.' || f."from" FROM sqlite_schema s, pragma_foreign_key_list(s.name) f
			WHERE s.type = 'table' AND f."table" = 'customers'`)
	})
	if len(tables) < 7 {
		t.Fatalf("found only %v", tables)
	}
	for _, ref := range tables {
		table, column, _ := strings.Cut(ref, ".")
		moves := false
		for _, s := range store.MergeStatements {
			moves = moves || strings.HasPrefix(s, "UPDATE "+table+" SET "+column+" = $1")
		}
		if !moves {
			t.Errorf("MergeCustomers leaves %s behind: add it to mergeStatements", ref)
		}
	}
}

// TestFirstMessagesAtOnce: one person's first messages arrive at the same
// moment through several doors; they are one customer.
func TestFirstMessagesAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		both := []musika.Address{phone("+263775555555"), lid("5")}
		var wg sync.WaitGroup
		ids := make([]musika.CustomerID, 20)
		for i := range ids {
			wg.Go(func() {
				err := b.try(func(ctx context.Context, tx db.Tx) error {
					c, err := store.CustomerAt(ctx, tx, [][]musika.Address{both, both[:1], both[1:]}[i%3], "P")
					ids[i] = c.ID
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		// The two addresses may have been met apart: one message with both
		// settles it.
		c := value(b, func(ctx context.Context, tx db.Tx) (musika.Customer, error) {
			return store.CustomerAt(ctx, tx, both, "P")
		})
		n := value(b, func(ctx context.Context, tx db.Tx) (int, error) {
			return db.One(ctx, tx, "n", db.Value[int], `SELECT COUNT(*) FROM customers WHERE name = 'P'`)
		})
		if n != 1 {
			t.Errorf("%d customers, kept %s of %v", n, c.ID, ids)
		}
	})
}
