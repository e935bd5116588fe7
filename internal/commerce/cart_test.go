package commerce_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
	"github.com/musika/musika/internal/db"
)

func TestCartRules(t *testing.T) {
	each(t, func(b *bundle) {
		b.add(b.customer, "Sadza", 2)
		cart := b.add(b.customer, "Sadza", 1)
		if len(cart.Lines) != 1 || cart.Lines[0].Quantity != 3 || cart.Lines[0].SeenPrice != usd(150) || cart.Lines[0].Category != "Meals" {
			b.Errorf("cart: %+v", cart)
		}
		add := func(name string, n int) func(context.Context, db.Tx) error {
			return func(ctx context.Context, tx db.Tx) error {
				_, err := b.shop.AddToCart(ctx, tx, b.customer, b.id(name), n)
				return err
			}
		}
		set := func(name string, n int) func(context.Context, db.Tx) error {
			return func(ctx context.Context, tx db.Tx) error {
				_, err := b.shop.SetQuantity(ctx, tx, b.customer, b.id(name), n)
				return err
			}
		}
		for _, n := range []int{0, -1, 100, 1 << 40} {
			b.refused(musika.CodeInvalid, add("Sadza", n))
		}
		b.refused(musika.CodeInvalid, add("Sadza", 97))
		b.refused(musika.CodeInvalid, set("Sadza", -1))
		b.refused(musika.CodeNotFound, set("Coke 500ml", 1))
		b.refused(musika.CodeNotFound, func(ctx context.Context, tx db.Tx) error {
			_, err := b.shop.AddToCart(ctx, tx, b.customer, "prd_none", 1)
			return err
		})
		if err := b.refused(musika.CodeOutOfStock, add("Fresh Milk 2L", 4)); !strings.Contains(musika.MessageOf(err), "Only 3") {
			b.Errorf("message: %v", err)
		}
		b.add(b.customer, "Fresh Milk 2L", 2)
		b.refused(musika.CodeOutOfStock, add("Fresh Milk 2L", 2))
		b.refused(musika.CodeOutOfStock, set("Fresh Milk 2L", 4))
		b.edit("Pepperoni Pizza", func(p *musika.Product) { p.Active = false })
		b.refused(musika.CodeNotFound, add("Pepperoni Pizza", 1))

		b.sleep(12 * time.Hour) // to midnight
		if err := b.refused(musika.CodeStoreClosed, add("Sadza", 1)); !strings.Contains(musika.MessageOf(err), "08:00") {
			b.Errorf("message: %v", err)
		}
		b.add(b.customer, "jozi Coke 500ml", 1) // never closes
		b.write(func(ctx context.Context, tx db.Tx) error {
			_, err := b.shop.SetStoreState(ctx, tx, b.other.ID, musika.StoreClosed)
			return err
		})
		b.refused(musika.CodeStoreClosed, add("jozi Coke 500ml", 1))
		b.refused(musika.CodeStoreClosed, set("jozi Coke 500ml", 2))
		b.write(set("jozi Coke 500ml", 0)) // taking away is always possible
	})
}

func TestCartLife(t *testing.T) {
	each(t, func(b *bundle) {
		b.add(b.customer, "Sadza", 2)
		b.add(b.customer, "Coke 500ml", 1)
		b.add(b.customer, "jozi Bunny Chow", 1)
		get := func(f func(context.Context, db.Tx, musika.CustomerID) ([]musika.Cart, error)) []musika.Cart {
			return value(b, func(ctx context.Context, tx db.Tx) ([]musika.Cart, error) { return f(ctx, tx, b.customer) })
		}
		if open, expired := get(b.shop.Carts), get(b.shop.Expired); len(open) != 2 || len(expired) != 0 || open[0].MerchantID != b.other.ID {
			b.Errorf("carts: %v, expired %v", open, expired)
		}
		was := value(b, func(ctx context.Context, tx db.Tx) (musika.Cart, error) {
			return b.shop.ClearCart(ctx, tx, b.customer, b.store.ID)
		})
		if len(was.Lines) != 2 || len(get(b.shop.Carts)) != 1 {
			b.Errorf("cleared: %+v", was)
		}
		undo := value(b, func(ctx context.Context, tx db.Tx) (musika.Cart, error) {
			stray := musika.CartLine{ProductID: b.id("jozi Bunny Chow"), Quantity: 1}
			return b.shop.PutLines(ctx, tx, b.customer, b.store.ID, append(was.Lines, stray, musika.CartLine{ProductID: "prd_gone", Quantity: 1}))
		})
		if len(undo.Lines) != 2 || undo.Lines[0].Name != "Sadza" || undo.Lines[1].Name != "Coke 500ml" || undo.Lines[0].Quantity != 2 {
			b.Errorf("undone: %+v", undo)
		}
		b.refused(musika.CodeInvalid, func(ctx context.Context, tx db.Tx) error {
			_, err := b.shop.PutLines(ctx, tx, b.customer, b.store.ID, []musika.CartLine{{ProductID: b.id("Sadza"), Quantity: 100}})
			return err
		})
		b.sleep(musika.CartLifetime + time.Second)
		expired := get(b.shop.Expired)
		if len(expired) != 2 || len(get(b.shop.Carts)) != 0 {
			b.Fatalf("expired: %+v", expired)
		}
		empty := value(b, func(ctx context.Context, tx db.Tx) (musika.Cart, error) {
			return b.shop.Cart(ctx, tx, b.customer, b.store.ID)
		})
		if len(empty.Lines) != 0 {
			b.Errorf("an expired cart shows %v", empty.Lines)
		}
		restored := value(b, func(ctx context.Context, tx db.Tx) (musika.Cart, error) {
			i := 0
			if expired[i].MerchantID != b.store.ID {
				i = 1
			}
			return b.shop.PutLines(ctx, tx, b.customer, b.store.ID, expired[i].Lines)
		})
		if len(restored.Lines) != 2 {
			b.Errorf("restored: %+v", restored)
		}
		// Adding to an expired cart starts a new one.
		fresh := b.add(b.customer, "jozi Coke 500ml", 1)
		if len(fresh.Lines) != 1 {
			b.Errorf("new cart: %+v", fresh)
		}
		b.sleep(8 * 24 * time.Hour)
		if old := get(b.shop.Expired); len(old) != 0 {
			b.Errorf("restorable after eight days: %v", old)
		}
	})
}

func TestTotalsAndProblems(t *testing.T) {
	each(t, func(b *bundle) {
		b.add(b.customer, "Sadza", 2)
		b.add(b.customer, "Fresh Milk 2L", 3)
		cart := b.add(b.customer, "Margherita Pizza", 1)
		totals := func(f musika.Fulfilment) (musika.Totals, []commerce.Problem) {
			var totals musika.Totals
			var problems []commerce.Problem
			b.write(func(ctx context.Context, tx db.Tx) error {
				c, err := b.shop.Cart(ctx, tx, b.customer, b.store.ID)
				if err != nil {
					return err
				}
				totals, problems, err = b.shop.Totals(ctx, tx, b.customer, c, f)
				return err
			})
			return totals, problems
		}
		got, problems := totals(musika.Delivery)
		want := musika.Totals{Subtotal: usd(1960), Discount: usd(0), Delivery: usd(200), Tax: usd(196), Total: usd(2356)}
		if got != want || len(problems) != 0 || len(cart.Lines) != 3 {
			b.Errorf("totals %+v, problems %+v", got, problems)
		}
		if got, _ := totals(musika.Pickup); got.Total != usd(2156) {
			b.Errorf("pick-up: %+v", got)
		}
		b.edit("Sadza", func(p *musika.Product) { p.Price.Amount = 175 })
		b.edit("Fresh Milk 2L", func(p *musika.Product) { p.Stock = 1 })
		b.edit("Margherita Pizza", func(p *musika.Product) { p.Active = false })
		got, problems = totals(musika.Pickup)
		kinds := map[commerce.ProblemKind]commerce.Problem{}
		for _, p := range problems {
			kinds[p.Kind] = p
		}
		if len(problems) != 3 || kinds[commerce.PriceChanged].Was != usd(150) || kinds[commerce.PriceChanged].Now != usd(175) || kinds[commerce.PriceChanged].Blocks ||
			kinds[commerce.ShortStock].Left != 1 || !kinds[commerce.ShortStock].Blocks || kinds[commerce.Gone].Name != "Margherita Pizza" || got.Subtotal != usd(350+960) {
			b.Errorf("totals %+v, problems %+v", got, problems)
		}
	})
}

func TestReorder(t *testing.T) {
	each(t, func(b *bundle) {
		b.add(b.customer, "Sadza", 2)
		b.add(b.customer, "Fresh Milk 2L", 2)
		b.add(b.customer, "Margherita Pizza", 1)
		o := b.place(b.placement(b.customer, "k"))
		b.add(b.customer, "Coke 500ml", 1)
		b.edit("Sadza", func(p *musika.Product) { p.Price.Amount = 175 })
		b.edit("Margherita Pizza", func(p *musika.Product) { p.Active = false })
		for range 2 { // twice is once
			var cart musika.Cart
			var problems []commerce.Problem
			b.write(func(ctx context.Context, tx db.Tx) error {
				var err error
				cart, problems, err = b.shop.Reorder(ctx, tx, b.customer, o.ID)
				return err
			})
			units := map[string]int{}
			for _, l := range cart.Lines {
				units[l.Name] = l.Quantity
				if l.SeenPrice != l.Price {
					b.Errorf("%s was seen at %v", l.Name, l.SeenPrice)
				}
			}
			if len(cart.Lines) != 3 || units["Coke 500ml"] != 1 || units["Sadza"] != 2 || units["Fresh Milk 2L"] != 1 {
				b.Errorf("cart: %+v", cart.Lines)
			}
			var kinds []commerce.ProblemKind
			for _, p := range problems {
				kinds = append(kinds, p.Kind)
			}
			if len(kinds) != 3 || kinds[0] != commerce.PriceChanged || kinds[1] != commerce.ShortStock || kinds[2] != commerce.Gone {
				b.Errorf("problems: %+v", problems)
			}
		}
		b.refused(musika.CodeNotFound, func(ctx context.Context, tx db.Tx) error {
			_, _, err := b.shop.Reorder(ctx, tx, "cus_other", o.ID)
			return err
		})
	})
}

func TestCatalogue(t *testing.T) {
	each(t, func(b *bundle) {
		b.write(func(ctx context.Context, tx db.Tx) error {
			s := b.shop
			products, total, err := s.Products(ctx, tx, commerce.ProductFilter{Merchant: b.store.ID, Category: "Meals", Limit: 2})
			if len(products) != 2 || total != 3 {
				b.Errorf("products: %v of %d", products, total)
			}
			categories, err2 := s.Categories(ctx, tx, b.store.ID)
			if len(categories) != 4 || categories[2].Name != "Meals" || categories[2].Count != 3 {
				b.Errorf("categories: %v", categories)
			}
			stores, err3 := s.Stores(ctx, tx)
			if len(stores) != 2 {
				b.Errorf("stores: %v", stores)
			}
			for words, want := range map[string]musika.MerchantID{"mer_jozi": b.other.ID, "MAMBO": b.store.ID, "jozi kitchen!": b.other.ID, "mambo gril": b.store.ID, "restaurants": b.store.ID} {
				found, err := s.FindStores(ctx, tx, words)
				if err != nil {
					return err
				}
				if len(found) == 0 || found[0].ID != want {
					b.Errorf("FindStores(%q): %v", words, found)
				}
			}
			sku, err4 := s.ProductBySKU(ctx, tx, b.store.ID, "S-Sadza")
			if sku.ID != b.id("Sadza") {
				b.Errorf("by SKU: %v", sku)
			}
			matches, err5 := s.Search(ctx, tx, "", "coke", 5)
			if len(matches) != 2 || matches[0].Product.Name != "Coke 500ml" || matches[0].Store == matches[1].Store {
				b.Errorf("search: %+v", matches)
			}
			byCategory, err6 := s.Search(ctx, tx, b.store.ID, "dairy", 5)
			if len(byCategory) != 1 || byCategory[0].Product.Name != "Fresh Milk 2L" {
				b.Errorf("search by category: %+v", byCategory)
			}
			return errors.Join(err, err2, err3, err4, err5, err6)
		})
		resolve := func(merchant musika.MerchantID, text string) []commerce.Resolution {
			return value(b, func(ctx context.Context, tx db.Tx) ([]commerce.Resolution, error) {
				return b.shop.Resolve(ctx, tx, merchant, commerce.ParseItems(text))
			})
		}
		r := resolve(b.store.ID, "I want 2 sadza and a coke")
		if len(r) != 2 || !r[0].Clear || r[0].Matches[0].Product.Name != "Sadza" || r[0].Quantity != 2 || !r[1].Clear || r[1].Matches[0].Product.Name != "Coke 500ml" {
			b.Errorf("clear: %+v", r)
		}
		r = resolve(b.store.ID, "3 sadza and beef stew, pizza, 7 up, caviar")
		if len(r) != 4 || r[0].Matches[0].Product.Name != "Sadza & Beef Stew" || r[0].Quantity != 3 || !r[0].Clear ||
			r[1].Clear || len(r[1].Matches) != 2 || !r[2].Clear || r[2].Matches[0].Product.Name != "7up 500ml" || len(r[3].Matches) != 0 || r[3].Clear {
			b.Errorf("mixed: %+v", r)
		}
		if r = resolve("", "coke"); len(r) != 1 || r[0].Clear || len(r[0].Matches) != 2 {
			b.Errorf("across stores: %+v", r)
		}
	})
}
