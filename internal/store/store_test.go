package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
	"github.com/musika/musika/internal/store"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// bundle is a database with two merchants, a product of each, a customer and a
// channel.
type bundle struct {
	*testing.T
	db               *db.DB
	mine, theirs     musika.Merchant
	bread, pizza     musika.Product // of mine, of theirs
	customer         musika.Customer
	channel, another musika.Channel
}

func setup(t *testing.T, d *db.DB) *bundle {
	t.Helper()
	b := &bundle{T: t, db: d}
	b.write(func(ctx context.Context, tx db.Tx) error {
		b.mine = merchant("mine", tx.Now())
		b.theirs = merchant("theirs", tx.Now())
		b.bread = product(b.mine, "Brown Bread", "Bread", 120, tx.Now())
		b.pizza = product(b.theirs, "Pizza", "Pizza", 900, tx.Now())
		for _, m := range []musika.Merchant{b.mine, b.theirs} {
			if err := store.InsertMerchant(ctx, tx, m); err != nil {
				return err
			}
		}
		for _, p := range []musika.Product{b.bread, b.pizza} {
			if err := store.InsertProduct(ctx, tx, p); err != nil {
				return err
			}
		}
		var err error
		if b.customer, err = store.CustomerAt(ctx, tx, []musika.Address{phone("+263771000001")}, "Rudo"); err != nil {
			return err
		}
		if b.channel, err = store.EnsureChannel(ctx, tx, musika.Channel{Kind: "cloudapi", ExternalID: "1", Name: "Musika"}); err != nil {
			return err
		}
		b.another, err = store.EnsureChannel(ctx, tx, musika.Channel{Kind: "cloudapi", ExternalID: "2", Name: "Mine", MerchantID: b.mine.ID})
		return err
	})
	return b
}

func merchant(slug string, now time.Time) musika.Merchant {
	return musika.Merchant{
		ID: musika.MerchantID(musika.NewID("mer", now)), Slug: slug, Name: "Store " + slug, Category: "Food", Description: "d",
		Phone: "+263770000099", State: musika.MerchantApproved, StoreState: musika.StoreOpen, Currency: musika.USD,
		TimeZone: "Africa/Harare", Hours: musika.Hours{Open: 60, Close: 120}, Location: musika.Point{Latitude: -17.8, Longitude: 31},
		Area: "Avondale", DeliveryFee: 150, DeliveryMinutes: 30, TaxBasisPoints: 1550, MinimumOrder: 100, Featured: true,
		CreatedAt: now, UpdatedAt: now,
	}
}

func product(m musika.Merchant, name, category string, cents int64, now time.Time) musika.Product {
	return musika.Product{
		ID: musika.ProductID(musika.NewID("prd", now)), MerchantID: m.ID, SKU: "SKU-1", Name: name, Description: "d", Category: category,
		Price: musika.Money{Amount: cents, Currency: m.Currency}, Stock: 10, LowStock: 2, Active: true, CreatedAt: now, UpdatedAt: now,
	}
}

func phone(p string) musika.Address { return musika.Address{Kind: musika.AddressPhone, Value: p} }
func lid(v string) musika.Address   { return musika.Address{Kind: musika.AddressLID, Value: v} }

// order returns an order of one bread by the bundle's customer.
func (b *bundle) order(now time.Time) musika.Order {
	usd := func(n int64) musika.Money { return musika.Money{Amount: n, Currency: musika.USD} }
	return musika.Order{
		ID: musika.OrderID(musika.NewID("ord", now)), Code: musika.NewCode(), MerchantID: b.mine.ID, CustomerID: b.customer.ID,
		Status: musika.OrderPending, Fulfilment: musika.Delivery, Address: "12 King George", Location: &musika.Point{Latitude: -17.5, Longitude: 31.25},
		Payment: musika.PayCash, Note: "ring", Promotion: "TEN",
		Lines: []musika.OrderLine{
			{ProductID: b.bread.ID, Name: "Brown Bread", Price: usd(120), Quantity: 2},
			{ProductID: b.bread.ID, Name: "Bread again", Price: usd(100), Quantity: 1},
		},
		Totals:     musika.Totals{Subtotal: usd(340), Discount: usd(34), Delivery: usd(150), Tax: usd(47), Total: usd(503)},
		ExpectedAt: now.Add(time.Hour), CreatedAt: now, UpdatedAt: now,
	}
}

func (b *bundle) write(f func(context.Context, db.Tx) error) {
	b.Helper()
	if err := b.try(f); err != nil {
		b.Fatal(err)
	}
}

func (b *bundle) try(f func(context.Context, db.Tx) error) error {
	ctx := context.Background()
	return b.db.Write(ctx, db.Service(musika.System), func(tx db.Tx) error { return f(ctx, tx) })
}

// refused fails unless f ends with code.
func (b *bundle) refused(code musika.Code, f func(context.Context, db.Tx) error) {
	b.Helper()
	if err := b.try(f); musika.CodeOf(err) != code {
		b.Errorf("got %v, want %s", err, code)
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
