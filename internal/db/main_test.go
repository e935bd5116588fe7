package db_test

import (
	"context"
	"os"
	"testing"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
)

func TestMain(m *testing.M) {
	if role := os.Getenv("MUSIKA_TEST_CHILD"); role != "" {
		child(role) // see rescue_test.go
		return
	}
	dbtest.Main(m)
}

var service = db.Service(musika.System)

// write runs f in a transaction and fails the test when it does not commit.
func write(t testing.TB, d *db.DB, scope db.Scope, f func(ctx context.Context, tx db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), scope, func(tx db.Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// run runs one statement in a transaction of its own.
func run(t testing.TB, d *db.DB, scope db.Scope, sql string, args ...any) {
	t.Helper()
	write(t, d, scope, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	})
}

// value reads one value.
func value[T any](t testing.TB, d *db.DB, scope db.Scope, sql string, args ...any) (v T) {
	t.Helper()
	err := d.Read(t.Context(), scope, func(tx db.Tx) (err error) {
		v, err = db.One(t.Context(), tx, "row", db.Value[T], sql, args...)
		return err
	})
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return v
}

const insertUser = `INSERT INTO users (id, phone, name, role, merchant_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)`

// addUser adds a user whose id and phone follow from name.
func addUser(ctx context.Context, tx db.Tx, name string, role musika.Role, merchant musika.MerchantID) error {
	_, err := tx.Exec(ctx, insertUser, "usr_"+name, "+2637"+name, name, role, db.NullIfZero(merchant), tx.Now())
	return err
}

const insertMerchant = `INSERT INTO merchants (id, slug, name, category, description, phone, state, store_state, currency,
	time_zone, open_minute, close_minute, latitude, longitude, area, delivery_fee, delivery_minutes, tax_basis_points,
	minimum_order, featured, rating_sum, rating_count, created_at, updated_at)
	VALUES ($1, $1, $1, 'Pizza', '', '', $2, 'open', 'USD', 'Africa/Harare', 0, 0, -17.8, 31.05, '', 100, 30, 0, 0, $3, 0, 0, $4, $4)`

func addMerchant(ctx context.Context, tx db.Tx, id musika.MerchantID, state musika.MerchantState) error {
	_, err := tx.Exec(ctx, insertMerchant, id, state, true, tx.Now())
	return err
}

const insertProduct = `INSERT INTO products (id, merchant_id, sku, name, search_name, description, category, price, currency,
	stock, low_stock, active, created_at, updated_at)
	VALUES ($1, $2, '', $1, $1, '', 'Pizza', 500, 'USD', 10, 2, $3, $4, $4)`

func addProduct(ctx context.Context, tx db.Tx, id musika.ProductID, merchant musika.MerchantID, active bool) error {
	_, err := tx.Exec(ctx, insertProduct, id, merchant, active, tx.Now())
	return err
}
