package commerce_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

func TestPromotions(t *testing.T) {
	each(t, func(b *bundle) {
		percent := func(points int64) musika.Promotion {
			return musika.Promotion{Kind: musika.PromotionPercent, Value: points}
		}
		fixed := func(cents int64) musika.Promotion {
			return musika.Promotion{Kind: musika.PromotionFixed, Value: cents}
		}
		with := func(p musika.Promotion, f func(*musika.Promotion)) musika.Promotion { f(&p); return p }
		// The cart: two sadza ($3.00) and a pizza ($7.00).
		for _, c := range []struct {
			code    string
			p       musika.Promotion
			off     int64
			refusal string
		}{
			{"PERCENT", percent(1500), 150, ""},
			{"CAPPED", with(percent(5000), func(p *musika.Promotion) { p.Cap = 300 }), 300, ""},
			{"FIXED", fixed(250), 250, ""},
			{"LARGE", fixed(5000), 1000, ""},
			{"CATEGORY", with(percent(5000), func(p *musika.Promotion) { p.Category = "pizza" }), 350, ""},
			{"CATEGORYFIX", with(fixed(900), func(p *musika.Promotion) { p.Category = "Pizza" }), 700, ""},
			{"NOCATEGORY", with(percent(5000), func(p *musika.Promotion) { p.Category = "Drinks" }), 0, "for Drinks only"},
			{"MINIMUM", with(fixed(100), func(p *musika.Promotion) { p.Minimum = 1000 }), 100, ""},
			{"MORE", with(fixed(100), func(p *musika.Promotion) { p.Minimum = 1001 }), 0, "add $0.01"},
			{"CATEGORYMIN", with(fixed(100), func(p *musika.Promotion) { p.Minimum, p.Category = 1000, "Pizza" }), 0, "Pizza of $10.00"},
			{"WEDNESDAY", with(percent(1000), func(p *musika.Promotion) { p.Weekdays = 1 << time.Wednesday }), 100, ""},
			{"WEEKEND", with(percent(1000), func(p *musika.Promotion) { p.Weekdays = 1<<time.Saturday | 1<<time.Sunday }), 0, "Saturday and Sunday only"},
			{"PAST", with(percent(1000), func(p *musika.Promotion) { p.EndsAt = noon }), 0, "ended on 4 March"},
			{"FUTURE", with(percent(1000), func(p *musika.Promotion) { p.StartsAt = noon.Add(time.Hour) }), 0, "starts on 4 March"},
			{"STOPPED", with(percent(1000), func(p *musika.Promotion) { p.Active = true }), 0, "There is no promotion"},
			{"PREMIUM", with(percent(1000), func(p *musika.Promotion) { p.Premium = true }), 0, "premium customers"},
			{"RAND", with(fixed(100), func(p *musika.Promotion) { p.Currency = musika.ZAR }), 0, "prices in ZAR"},
			{"RANDPERCENT", with(percent(1000), func(p *musika.Promotion) { p.Currency = musika.ZAR }), 100, ""},
			{"THEIRS", with(percent(1000), func(p *musika.Promotion) { p.MerchantID = b.other.ID }), 0, "another store's"},
			{"FIRST", with(percent(1000), func(p *musika.Promotion) { p.FirstOrder = true }), 100, ""},
		} {
			b.insertPromotion(c.code, c.p)
			if c.code == "STOPPED" {
				b.stop(c.code)
			}
			var cart musika.Cart
			b.write(func(ctx context.Context, tx db.Tx) error {
				var err error
				cart, err = b.shop.PutLines(ctx, tx, b.customer, b.store.ID, []musika.CartLine{{ProductID: b.id("Sadza"), Quantity: 2}, {ProductID: b.id("Margherita Pizza"), Quantity: 1}})
				if err != nil {
					return err
				}
				_, off, err := b.shop.CheckPromotion(ctx, tx, b.customer, cart, " "+strings.ToLower(c.code)+" ")
				switch {
				case c.refusal != "" && (err == nil || !strings.Contains(musika.MessageOf(err), c.refusal)):
					b.Errorf("%s: %v, want %q", c.code, err, c.refusal)
				case c.refusal == "" && (err != nil || off != usd(c.off)):
					b.Errorf("%s: %v off, %v, want %d", c.code, off, err, c.off)
				}
				return nil
			})
		}
	})
}

func (b *bundle) insertPromotion(code string, p musika.Promotion) {
	b.Helper()
	b.write(func(ctx context.Context, tx db.Tx) error {
		p.ID, p.Code, p.Title, p.Active = musika.PromotionID(musika.NewID("prm", tx.Now())), code, code, true
		if p.Currency == "" {
			p.Currency = musika.USD
		}
		if p.StartsAt.IsZero() {
			p.StartsAt = noon.Add(-time.Hour)
		}
		if p.EndsAt.IsZero() {
			p.EndsAt = noon.Add(30 * 24 * time.Hour)
		}
		return store.InsertPromotion(ctx, tx, p)
	})
}

func (b *bundle) stop(code string) {
	b.write(func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE promotions SET active = $1 WHERE code = $2`, false, code)
		return err
	})
}

func TestPromotionUses(t *testing.T) {
	each(t, func(b *bundle) {
		b.insertPromotion("TWICE", musika.Promotion{Kind: musika.PromotionFixed, Value: 100, MaxUses: 2})
		b.insertPromotion("FIRST", musika.Promotion{Kind: musika.PromotionFixed, Value: 100, FirstOrder: true})
		b.insertPromotion("VIP", musika.Promotion{Kind: musika.PromotionFixed, Value: 100, Premium: true})
		usable := func() string {
			running := value(b, func(ctx context.Context, tx db.Tx) ([]musika.Promotion, error) {
				return b.shop.Promotions(ctx, tx, b.customer, b.store.ID)
			})
			everywhere := value(b, func(ctx context.Context, tx db.Tx) ([]musika.Promotion, error) {
				return b.shop.Promotions(ctx, tx, b.customer, "")
			})
			var codes []string
			for _, p := range running {
				codes = append(codes, p.Code)
			}
			if len(everywhere) != len(running) {
				b.Errorf("%v everywhere, %v here", everywhere, running)
			}
			return strings.Join(codes, " ")
		}
		apply := func(code string) func(ctx context.Context, tx db.Tx) error {
			return func(ctx context.Context, tx db.Tx) error {
				_, _, err := b.shop.ApplyPromotion(ctx, tx, b.customer, b.store.ID, code)
				return err
			}
		}
		if got := usable(); got != "FIRST TWICE" {
			b.Errorf("usable at first: %s", got)
		}
		b.refused(musika.CodeConflict, apply("TWICE")) // the cart is empty
		b.add(b.customer, "Sadza", 2)
		b.refused(musika.CodeNotFound, apply("NONE"))
		b.write(apply("first"))
		first := b.place(b.placement(b.customer, "1"))
		if first.Promotion != "FIRST" || first.Totals.Discount != usd(100) || first.Totals.Total != usd(200+20+200) {
			b.Errorf("order: %+v", first)
		}
		for _, key := range []string{"2", "3"} {
			b.add(b.customer, "Sadza", 2)
			b.refused(musika.CodeConflict, apply("FIRST"))
			b.write(apply("TWICE"))
			b.place(b.placement(b.customer, key))
		}
		if got := usable(); got != "" {
			b.Errorf("usable in the end: %s", got)
		}
		b.add(b.customer, "Sadza", 2)
		b.refused(musika.CodeConflict, apply("TWICE"))
		// A cancelled order gives the use back.
		b.write(func(ctx context.Context, tx db.Tx) error {
			o, _, err := store.OrderByKey(ctx, tx, b.store.ID, "3")
			if err != nil {
				return err
			}
			_, err = b.shop.Move(ctx, tx, commerce.Move{Order: o.ID, To: musika.OrderCancelled, Side: musika.CustomerSide, Customer: b.customer})
			return err
		})
		b.write(apply("TWICE"))
		b.write(apply("")) // and off again
		if o := b.place(b.placement(b.customer, "4")); o.Promotion != "" || !o.Totals.Discount.IsZero() {
			b.Errorf("order without: %+v", o)
		}
		// A code that holds no more is left out, and the total says so.
		b.add(b.customer, "Sadza", 2)
		b.write(apply("TWICE"))
		b.stop("TWICE")
		p := b.placement(b.customer, "5")
		p.Expected = usd(200 + 20 + 200)
		b.refused(musika.CodeConflict, func(ctx context.Context, tx db.Tx) error {
			_, _, err := b.shop.Place(ctx, tx, p)
			return err
		})
		p.Expected = usd(300 + 30 + 200)
		if o := b.place(p); o.Promotion != "" {
			b.Errorf("order: %+v", o)
		}
	})
}
