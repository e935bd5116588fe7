package commerce_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
	"github.com/musika/musika/internal/store"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// noon is a Wednesday, 12:00 in Harare.
var noon = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)

// bundle is a store with a few products, a customer, and a clock to move.
type bundle struct {
	*testing.T
	db       *db.DB
	shop     *commerce.Service
	store    musika.Merchant
	other    musika.Merchant
	products map[string]musika.Product // by name
	customer musika.CustomerID

	mu      sync.Mutex
	now     time.Time
	changes []musika.StatusChange // told through OrderChanged
}

// each runs f on both engines.
func each(t *testing.T, f func(b *bundle)) {
	t.Helper()
	t.Parallel()
	var clocks sync.Map // a test's name to its bundle: the clock is needed before the database
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v, _ := clocks.Load(d.Engine())
		b := v.(*bundle)
		b.T, b.db = t, d
		b.fill()
		f(b)
	}, func(o *db.Options) {
		b := &bundle{now: noon, products: map[string]musika.Product{}}
		engine := "sqlite"
		if o.URL != "" {
			engine = "postgres"
		}
		clocks.Store(engine, b)
		o.Clock = b.clock
	})
}

func (b *bundle) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(time.Microsecond) // no two transactions at the same instant
	return b.now
}

func (b *bundle) sleep(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func (b *bundle) fill() {
	b.Helper()
	b.shop = commerce.New(commerce.Dependencies{OrderChanged: func(_ context.Context, _ db.Tx, _ musika.Order, ch musika.StatusChange) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.changes = append(b.changes, ch)
		return nil
	}})
	b.store = musika.Merchant{
		ID: "mer_mambo", Slug: "mambo", Name: "Mambo Grill", Category: "Restaurant", State: musika.MerchantApproved, StoreState: musika.StoreOpen,
		Currency: musika.USD, TimeZone: "Africa/Harare", Hours: musika.Hours{Open: 8 * 60, Close: 20 * 60}, Area: "Avondale",
		DeliveryFee: 200, DeliveryMinutes: 30, TaxBasisPoints: 1000, CreatedAt: noon, UpdatedAt: noon,
	}
	b.other = b.store
	b.other.ID, b.other.Slug, b.other.Name, b.other.Currency = "mer_jozi", "jozi", "Jozi Kitchen", musika.ZAR
	b.other.Hours, b.other.Category = musika.Hours{}, "Kitchen"
	b.write(func(ctx context.Context, tx db.Tx) error {
		for _, m := range []musika.Merchant{b.store, b.other} {
			if err := store.InsertMerchant(ctx, tx, m); err != nil {
				return err
			}
		}
		for _, p := range []struct {
			m        musika.Merchant
			name     string
			category string
			cents    int64
			stock    int
		}{
			{b.store, "Sadza", "Meals", 150, 100},
			{b.store, "Sadza & Beef Stew", "Meals", 450, 10},
			{b.store, "Sadza & Chicken Combo", "Meals", 500, 10},
			{b.store, "Margherita Pizza", "Pizza", 700, 10},
			{b.store, "Pepperoni Pizza", "Pizza", 900, 10},
			{b.store, "Coke 500ml", "Drinks", 100, 50},
			{b.store, "7up 500ml", "Drinks", 100, 50},
			{b.store, "Fresh Milk 2L", "Dairy", 320, 3},
			{b.other, "Bunny Chow", "Meals", 6000, 10},
			{b.other, "Coke 500ml", "Drinks", 1500, 10},
		} {
			x := musika.Product{
				ID: musika.ProductID(musika.NewID("prd", tx.Now())), MerchantID: p.m.ID, SKU: "S-" + p.name, Name: p.name, Category: p.category,
				Price: musika.Money{Amount: p.cents, Currency: p.m.Currency}, Stock: p.stock, Active: true, CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
			}
			if err := store.InsertProduct(ctx, tx, x); err != nil {
				return err
			}
			name := p.name
			if p.m.ID == b.other.ID {
				name = "jozi " + name
			}
			b.products[name] = x
		}
		return nil
	})
	b.customer = b.newCustomer("+263771000001")
}

func (b *bundle) newCustomer(phone string) musika.CustomerID {
	b.Helper()
	return value(b, func(ctx context.Context, tx db.Tx) (musika.CustomerID, error) {
		c, err := store.CustomerAt(ctx, tx, []musika.Address{{Kind: musika.AddressPhone, Value: phone}}, "Rudo")
		return c.ID, err
	})
}

func (b *bundle) id(name string) musika.ProductID {
	b.Helper()
	p, ok := b.products[name]
	if !ok {
		b.Fatalf("no product %q", name)
	}
	return p.ID
}

func (b *bundle) try(f func(context.Context, db.Tx) error) error {
	ctx := context.Background()
	return b.db.Write(ctx, db.Service(musika.System), func(tx db.Tx) error { return f(ctx, tx) })
}

func (b *bundle) write(f func(context.Context, db.Tx) error) {
	b.Helper()
	if err := b.try(f); err != nil {
		b.Fatal(err)
	}
}

func value[T any](b *bundle, f func(context.Context, db.Tx) (T, error)) T {
	b.Helper()
	var v T
	b.write(func(ctx context.Context, tx db.Tx) error {
		var err error
		v, err = f(ctx, tx)
		return err
	})
	return v
}

// refused fails unless f ends with code and leaves the transaction usable.
func (b *bundle) refused(code musika.Code, f func(context.Context, db.Tx) error) error {
	b.Helper()
	var refusal error
	err := b.try(func(ctx context.Context, tx db.Tx) error {
		refusal = f(ctx, tx)
		_, err := store.Merchant(ctx, tx, b.store.ID)
		return err
	})
	if err != nil {
		b.Errorf("the transaction is over after %v: %v", refusal, err)
	}
	if musika.CodeOf(refusal) != code {
		b.Errorf("got %v, want %s", refusal, code)
	}
	return refusal
}

func (b *bundle) add(customer musika.CustomerID, name string, quantity int) musika.Cart {
	b.Helper()
	return value(b, func(ctx context.Context, tx db.Tx) (musika.Cart, error) {
		return b.shop.AddToCart(ctx, tx, customer, b.id(name), quantity)
	})
}

func (b *bundle) placement(customer musika.CustomerID, key string) commerce.Placement {
	return commerce.Placement{
		Customer: customer, Merchant: b.store.ID, Fulfilment: musika.Delivery, Address: "12 King George Road",
		Payment: musika.PayCash, Key: key,
	}
}

// place orders what is in the customer's cart.
func (b *bundle) place(p commerce.Placement) musika.Order {
	b.Helper()
	return value(b, func(ctx context.Context, tx db.Tx) (musika.Order, error) {
		o, created, err := b.shop.Place(ctx, tx, p)
		if err == nil && !created {
			b.Error("the order was there already")
		}
		return o, err
	})
}

func (b *bundle) stock(name string) int {
	b.Helper()
	return value(b, func(ctx context.Context, tx db.Tx) (int, error) {
		p, err := b.shop.Product(ctx, tx, b.id(name))
		return p.Stock, err
	})
}

// edit changes a product as its merchant would.
func (b *bundle) edit(name string, f func(*musika.Product)) {
	b.Helper()
	b.write(func(ctx context.Context, tx db.Tx) error {
		p, err := store.Product(ctx, tx, b.id(name))
		if err != nil {
			return err
		}
		f(&p)
		return store.UpdateProduct(ctx, tx, p)
	})
}

// events returns the kinds of the store's events after the first n.
func (b *bundle) events(n int64) []musika.EventKind {
	b.Helper()
	return value(b, func(ctx context.Context, tx db.Tx) ([]musika.EventKind, error) {
		events, err := store.EventsAfter(ctx, tx, b.store.ID, n, 1000)
		var kinds []musika.EventKind
		for _, e := range events {
			kinds = append(kinds, e.Kind)
		}
		return kinds, err
	})
}

func usd(cents int64) musika.Money { return musika.Money{Amount: cents, Currency: musika.USD} }
