package seed_test

import (
	"context"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
	"github.com/musika/musika/internal/seed"
	"github.com/musika/musika/internal/store"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func run(t *testing.T, d *db.DB) seed.Result {
	t.Helper()
	var r seed.Result
	err := d.Write(context.Background(), db.Service(musika.System), func(tx db.Tx) error {
		var err error
		r, err = seed.Seed(context.Background(), tx, seed.Options{AdminPhone: "+263770000009"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// counts returns the number of rows of every table that the seed fills.
func counts(t *testing.T, d *db.DB) map[string]int {
	t.Helper()
	out := map[string]int{}
	err := d.Read(context.Background(), db.Service(musika.System), func(tx db.Tx) error {
		for _, table := range []string{"merchants", "users", "products", "customers", "contact_addresses", "orders",
			"order_lines", "order_history", "payments", "delivery_tasks", "promotions", "order_feedback", "events", "audit_logs"} {
			n, err := db.One(context.Background(), tx, table, db.Value[int], "SELECT COUNT(*) FROM "+table)
			if err != nil {
				return err
			}
			out[table] = n
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSeedTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		start := time.Now()
		first := run(t, d)
		t.Logf("%+v in %v", first, time.Since(start))
		if first.Merchants != 5 || first.Products < 20 || first.Promotions != 11 || first.Users != 7 || first.Orders < 300 {
			t.Fatalf("seeded %+v", first)
		}
		before := counts(t, d)
		if second := run(t, d); second != (seed.Result{}) {
			t.Fatalf("the second run added %+v", second)
		}
		for table, n := range counts(t, d) {
			if n != before[table] {
				t.Errorf("%s: %d rows, then %d", table, before[table], n)
			}
		}
	})
}

func TestSeedIsTrue(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		run(t, d)
		ctx := context.Background()
		shop := commerce.New(commerce.Dependencies{})
		err := d.Read(ctx, db.Service(musika.System), func(tx db.Tx) error {
			stores, err := shop.Stores(ctx, tx)
			if err != nil {
				return err
			}
			if !stores[0].OpenAt(tx.Now()) {
				t.Error("no store is open")
			}
			for _, m := range stores {
				feedback, err := store.MerchantFeedback(ctx, tx, m.ID, 1000)
				if err != nil {
					return err
				}
				sum := 0
				for _, f := range feedback {
					sum += f.Stars
				}
				if int64(sum) != m.RatingSum || int64(len(feedback)) != m.RatingCount || m.Rating() < 3 {
					t.Errorf("%s: rating %d of %d, but feedback says %d of %d", m.Name, m.RatingSum, m.RatingCount, sum, len(feedback))
				}
				orders, err := shop.MerchantOrders(ctx, tx, m.ID, commerce.OrderFilter{Limit: 1000})
				if err != nil {
					return err
				}
				for _, o := range orders {
					if o.UpdatedAt.After(tx.Now()) || !o.Status.Final() || !m.OpenAt(o.CreatedAt) {
						t.Errorf("order %s: %s at %v, updated %v", o.Code, o.Status, o.CreatedAt, o.UpdatedAt)
					}
				}
			}
			trends, err := shop.Trending(ctx, tx, 5)
			if err != nil {
				return err
			}
			if len(trends) != 5 || trends[0].Units < trends[4].Units || trends[4].Units == 0 || trends[0].Store.Name == "" {
				t.Errorf("trending: %+v", trends)
			}
			_, known, err := store.CustomerByAddress(ctx, tx, musika.Address{Kind: musika.AddressPhone, Value: string(seed.CustomerPhone)})
			if known {
				t.Error("the demo's customer exists already")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
