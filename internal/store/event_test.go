package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
	"github.com/musika/musika/internal/store"
)

// TestEventsHaveNoGaps: many transactions emit for two owners in opposite
// order, some are undone; each owner's sequence has no gap.
func TestEventsHaveNoGaps(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		undone := errors.New("undone")
		const workers, rounds = 8, 12
		var wg sync.WaitGroup
		for i := range workers {
			wg.Go(func() {
				for j := range rounds {
					err := b.try(func(ctx context.Context, tx db.Tx) error {
						owners := []musika.MerchantID{b.mine.ID, "", b.theirs.ID}
						if (i+j)%2 == 0 {
							owners = []musika.MerchantID{b.theirs.ID, "", b.mine.ID}
						}
						for _, o := range owners {
							store.Emit(ctx, tx, o, musika.BotConnected{ChannelID: b.channel.ID})
							store.Emit(ctx, tx, o, musika.BotDisconnected{ChannelID: b.channel.ID, Reason: "r"})
						}
						if j%3 == 0 {
							tx.BeforeCommit("zzz", func(context.Context, db.Tx) error { return undone })
						}
						return nil
					})
					if err != nil && !errors.Is(err, undone) {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		want := workers * rounds * 2 / 3 * 2
		for _, owner := range []musika.MerchantID{b.mine.ID, "", b.theirs.ID} {
			events := value(b, func(ctx context.Context, tx db.Tx) ([]musika.Event, error) {
				return store.EventsAfter(ctx, tx, owner, 0, 1000)
			})
			if len(events) != want {
				t.Errorf("%q has %d events, want %d", owner, len(events), want)
			}
			for i, e := range events {
				kind := []musika.EventKind{musika.EventBotConnected, musika.EventBotDisconnected}[i%2]
				if e.Seq != int64(i+1) || e.Kind != kind || e.Payload.EventKind() != kind || e.At.IsZero() {
					t.Fatalf("event %d of %q: %+v", i, owner, e)
				}
			}
			var data musika.BotDisconnected
			raw, err := json.Marshal(events[1].Payload)
			if err := errors.Join(err, json.Unmarshal(raw, &data)); err != nil || data.ChannelID != b.channel.ID || data.Reason != "r" {
				t.Errorf("payload %s: %v", raw, err)
			}
			tail := value(b, func(ctx context.Context, tx db.Tx) ([]musika.Event, error) {
				return store.EventsAfter(ctx, tx, owner, int64(want-1), 10)
			})
			if len(tail) != 1 || tail[0].Seq != int64(want) {
				t.Errorf("tail %+v", tail)
			}
		}
	})
}

// TestTenantClause: what acts for a merchant does not reach another's rows.
func TestTenantClause(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		var o musika.Order
		b.write(func(ctx context.Context, tx db.Tx) error {
			o = b.order(tx.Now())
			return errors.Join(
				store.InsertOrder(ctx, tx, o, "k"),
				store.InsertPayment(ctx, tx, musika.Payment{ID: "pay_1", OrderID: o.ID, MerchantID: b.mine.ID, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}),
				store.InsertDelivery(ctx, tx, musika.DeliveryTask{ID: "dlv_1", OrderID: o.ID, MerchantID: b.mine.ID, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}),
				store.InsertPromotion(ctx, tx, musika.Promotion{ID: "prm_1", MerchantID: b.mine.ID, Code: "TEN", StartsAt: tx.Now(), EndsAt: tx.Now()}),
			)
		})
		them := b.theirs.ID
		for name, f := range map[string]func(context.Context, db.Tx) error{
			"update product": func(ctx context.Context, tx db.Tx) error {
				p := b.bread
				p.MerchantID = them
				return store.UpdateProduct(ctx, tx, p)
			},
			"return stock": func(ctx context.Context, tx db.Tx) error {
				_, err := store.ReturnStock(ctx, tx, them, b.bread.ID, 1)
				return err
			},
			"take stock": func(ctx context.Context, tx db.Tx) error {
				_, ok, err := store.TakeStock(ctx, tx, them, b.bread.ID, 1)
				if err == nil && !ok {
					return musika.Errorf(musika.CodeNotFound, "none")
				}
				return err
			},
			"product by SKU": func(ctx context.Context, tx db.Tx) error {
				p, err := store.ProductBySKU(ctx, tx, them, "SKU-1")
				if p.ID == b.bread.ID {
					t.Error("another merchant's product")
				}
				if err == nil {
					return musika.Errorf(musika.CodeNotFound, "own")
				}
				return err
			},
			"order status": func(ctx context.Context, tx db.Tx) error {
				x := o
				x.MerchantID = them
				return store.SetOrderStatus(ctx, tx, x)
			},
			"payment status": func(ctx context.Context, tx db.Tx) error {
				return store.SetPaymentStatus(ctx, tx, musika.Payment{ID: "pay_1", MerchantID: them})
			},
			"delivery": func(ctx context.Context, tx db.Tx) error {
				return store.UpdateDelivery(ctx, tx, musika.DeliveryTask{ID: "dlv_1", MerchantID: them})
			},
			"promotion": func(ctx context.Context, tx db.Tx) error {
				return store.SetPromotionActive(ctx, tx, them, "prm_1", true)
			},
			"rate another's order": func(ctx context.Context, tx db.Tx) error {
				return store.MarkRated(ctx, tx, "cus_other", o.ID)
			},
			"delete another's address": func(ctx context.Context, tx db.Tx) error {
				return store.DeleteDeliveryAddress(ctx, tx, "cus_other", "adr_1")
			},
		} {
			if err := b.try(f); musika.CodeOf(err) != musika.CodeNotFound {
				t.Errorf("%s: %v, want not found", name, err)
			}
		}
		b.write(func(ctx context.Context, tx db.Tx) error {
			orders, err := store.MerchantOrders(ctx, tx, them, store.OrderFilter{Limit: 10})
			_, ok, err2 := store.OrderByKey(ctx, tx, them, "k")
			feedback, err3 := store.MerchantFeedback(ctx, tx, them, 10)
			promotions, err4 := store.MerchantPromotions(ctx, tx, them)
			if len(orders)+len(feedback)+len(promotions) > 0 || ok {
				t.Errorf("seen: %v %v %v %v", orders, ok, feedback, promotions)
			}
			return errors.Join(err, err2, err3, err4)
		})
	})
}

func TestSearchName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Café-Crème 2L!": "cafe creme 2l", "  Sadza & Beef ": "sadza beef", "7UP": "7up", "Mom's": "moms", "½ loaf": "1 2 loaf", "": "", "Ｃｏｋｅ": "coke",
	} {
		if got := store.SearchName(name); got != want {
			t.Errorf("SearchName(%q) = %q, want %q", name, got, want)
		}
	}
}
