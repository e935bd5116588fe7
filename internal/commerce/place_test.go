package commerce_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// TestNeverOversold: fifty people want the last ten at once.
func TestNeverOversold(t *testing.T) {
	each(t, func(b *bundle) {
		const buyers = 50
		customers := make([]musika.CustomerID, buyers)
		for i := range customers {
			customers[i] = b.newCustomer(fmt.Sprintf("+26377200%04d", i))
			b.add(customers[i], "Margherita Pizza", 1)
			if i%2 == 0 { // in another order than others
				b.add(customers[i], "Sadza", 1)
			}
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		placed, refused := 0, 0
		for _, c := range customers {
			wg.Go(func() {
				err := b.try(func(ctx context.Context, tx db.Tx) error {
					_, _, err := b.shop.Place(ctx, tx, b.placement(c, "key-"+string(c)))
					return err
				})
				mu.Lock()
				defer mu.Unlock()
				switch musika.CodeOf(err) {
				case "":
					placed++
				case musika.CodeOutOfStock:
					refused++
				default:
					b.Error(err)
				}
			})
		}
		wg.Wait()
		if left := b.stock("Margherita Pizza"); placed != 10 || refused != buyers-10 || left != 0 {
			b.Errorf("%d placed, %d refused, %d left", placed, refused, left)
		}
		if n := len(value(b, func(ctx context.Context, tx db.Tx) ([]musika.Order, error) {
			return b.shop.MerchantOrders(ctx, tx, b.store.ID, commerce.OrderFilter{Limit: 100})
		})); n != 10 {
			b.Errorf("%d orders", n)
		}
	})
}

// TestPlaceOnce: the same confirmation arrives twenty times at once.
func TestPlaceOnce(t *testing.T) {
	each(t, func(b *bundle) {
		b.add(b.customer, "Sadza", 3)
		var wg sync.WaitGroup
		var mu sync.Mutex
		made := 0
		codes := map[string]bool{}
		for range 20 {
			wg.Go(func() {
				var o musika.Order
				var created bool
				err := b.try(func(ctx context.Context, tx db.Tx) error {
					var err error
					o, created, err = b.shop.Place(ctx, tx, b.placement(b.customer, "same"))
					return err
				})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					b.Error(err)
				}
				if created {
					made++
				}
				codes[o.Code] = true
			})
		}
		wg.Wait()
		if left := b.stock("Sadza"); made != 1 || len(codes) != 1 || left != 97 {
			b.Errorf("%d made, codes %v, %d left", made, codes, left)
		}
		b.refused(musika.CodeConflict, func(ctx context.Context, tx db.Tx) error {
			_, _, err := b.shop.Place(ctx, tx, b.placement(b.newCustomerIn(ctx, tx), "same"))
			return err
		})
	})
}

func (b *bundle) newCustomerIn(ctx context.Context, tx db.Tx) musika.CustomerID {
	c, err := store.CustomerAt(ctx, tx, []musika.Address{{Kind: musika.AddressPhone, Value: "+263779999999"}}, "X")
	if err != nil {
		b.Error(err)
	}
	return c.ID
}

func TestPlaceWrites(t *testing.T) {
	each(t, func(b *bundle) {
		b.add(b.customer, "Sadza", 2)
		b.add(b.customer, "Coke 500ml", 1)
		p := b.placement(b.customer, "k")
		p.Expected, p.Note, p.Location = usd(400+40+200), " ring twice ", &musika.Point{Latitude: -17.8, Longitude: 31}
		o := b.place(p)
		if o.Status != musika.OrderPending || len(o.Code) != musika.CodeLength || len(o.Lines) != 2 || o.Note != "ring twice" || o.Totals.Total != usd(640) ||
			!o.ExpectedAt.Equal(o.CreatedAt.Add(30*time.Minute)) {
			b.Errorf("order: %+v", o)
		}
		b.write(func(ctx context.Context, tx db.Tx) error {
			read, err := b.shop.OrderByCode(ctx, tx, " #"+string([]byte{o.Code[0] | 0x20})+o.Code[1:])
			if fmt.Sprint(read.Lines, read.Totals, read.ID) != fmt.Sprint(o.Lines, o.Totals, o.ID) {
				b.Errorf("read back: %+v", read)
			}
			payment, err2 := b.shop.Payment(ctx, tx, o.ID)
			task, ok, err3 := b.shop.DeliveryTask(ctx, tx, o.ID)
			steps, err4 := b.shop.History(ctx, tx, o.ID)
			cart, err5 := b.shop.Cart(ctx, tx, b.customer, b.store.ID)
			if payment.Amount != usd(640) || payment.Status != musika.PaymentPending || !ok || task.Status != musika.DeliveryPending ||
				len(steps) != 1 || steps[0].Actor.ID != string(b.customer) || len(cart.Lines) != 0 {
				b.Errorf("payment %+v, task %+v, steps %+v, cart %+v", payment, task, steps, cart)
			}
			return errors.Join(err, err2, err3, err4, err5)
		})
		if got := b.events(0); !slices.Equal(got, []musika.EventKind{musika.EventOrderCreated, musika.EventProductUpdated, musika.EventProductUpdated}) {
			b.Errorf("events: %v", got)
		}
		if len(b.changes) != 1 || b.changes[0].From != "" || b.changes[0].To != musika.OrderPending {
			b.Errorf("told: %+v", b.changes)
		}
	})
}

func TestPlaceRefusals(t *testing.T) {
	each(t, func(b *bundle) {
		place := func(f func(*commerce.Placement)) func(context.Context, db.Tx) error {
			p := b.placement(b.customer, "k")
			f(&p)
			return func(ctx context.Context, tx db.Tx) error {
				_, _, err := b.shop.Place(ctx, tx, p)
				return err
			}
		}
		same := func(*commerce.Placement) {}
		b.refused(musika.CodeConflict, place(same)) // empty
		b.add(b.customer, "Sadza", 2)
		b.add(b.customer, "Fresh Milk 2L", 2)
		for _, f := range []func(*commerce.Placement){
			func(p *commerce.Placement) { p.Key = "" },
			func(p *commerce.Placement) { p.Address = " " },
			func(p *commerce.Placement) { p.Payment = "cowries" },
			func(p *commerce.Placement) { p.Fulfilment = "drone" },
			func(p *commerce.Placement) { p.Location = &musika.Point{Latitude: 99} },
		} {
			b.refused(musika.CodeInvalid, place(f))
		}
		err := b.refused(musika.CodeConflict, place(func(p *commerce.Placement) { p.Expected = usd(1) }))
		if changed, ok := errors.AsType[*commerce.TotalChanged](err); !ok || changed.Totals.Total != usd(940+94+200) {
			b.Errorf("total changed: %v", err)
		}
		b.edit("Fresh Milk 2L", func(p *musika.Product) { p.Stock = 1 })
		b.refused(musika.CodeOutOfStock, place(same))
		b.edit("Fresh Milk 2L", func(p *musika.Product) { p.Stock, p.Active = 5, false })
		b.refused(musika.CodeConflict, place(same))
		b.edit("Fresh Milk 2L", func(p *musika.Product) { p.Active = true })
		b.write(func(ctx context.Context, tx db.Tx) error {
			m := b.store
			m.MinimumOrder = 2000
			return store.UpdateMerchant(ctx, tx, m)
		})
		b.refused(musika.CodeConflict, place(same))
		b.write(func(ctx context.Context, tx db.Tx) error {
			m := b.store
			m.Hours = musika.Hours{Open: 60, Close: 120}
			return store.UpdateMerchant(ctx, tx, m)
		})
		b.refused(musika.CodeStoreClosed, place(same))
		if left := b.stock("Sadza"); left != 100 || len(b.events(0)) != 0 || len(b.changes) != 0 {
			b.Errorf("a refusal left traces: %d left, %v, %v", left, b.events(0), b.changes)
		}
	})
}
