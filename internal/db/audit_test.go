package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
)

// auditRow is a row of audit_logs.
type auditRow struct {
	Merchant, Table, Row, Action string
	Actor                        musika.Actor
	Before, After                map[string]any
	At                           time.Time
}

func auditLog(t *testing.T, d *db.DB, table string) (out []auditRow) {
	t.Helper()
	err := d.Read(t.Context(), service, func(tx db.Tx) (err error) {
		out, err = db.All(t.Context(), tx, func(scan func(...any) error) (r auditRow, err error) {
			err = scan(db.OrZero(&r.Merchant), &r.Table, &r.Row, &r.Action, &r.Actor.Kind, &r.Actor.ID, &r.Actor.Role, &r.Actor.Address,
				db.FromJSON(&r.Before), db.FromJSON(&r.After), &r.At)
			return r, err
		}, `SELECT merchant_id, table_name, row_id, action, actor_kind, actor_id, actor_role, actor_address, before, after, created_at
			FROM audit_logs WHERE table_name = $1 ORDER BY id`, table)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestChangesAreAudited(t *testing.T) {
	owner := musika.Actor{Kind: "user", ID: "usr_1", Role: musika.RoleOwner, Address: "10.0.0.1"}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		at := time.Date(2026, 3, 1, 10, 30, 15, 120000000, time.UTC)
		const insert = `INSERT INTO products (id, merchant_id, sku, name, search_name, description, category, price, currency,
			stock, low_stock, active, created_at, updated_at) VALUES ($1, 'm1', '', $2, '', '', 'Pizza', 500, 'USD', 10, 2, $3, $4, $4)`
		write(t, d, service, func(ctx context.Context, tx db.Tx) error { return addMerchant(ctx, tx, "m1", musika.MerchantApproved) })
		begun := time.Now().Add(-time.Second)
		tenant := db.Tenant("m1", owner)
		run(t, d, tenant, insert, "p1", `Quo"te`, true, at)
		run(t, d, tenant, `UPDATE products SET stock = 9, active = $1 WHERE id = 'p1'`, false)
		run(t, d, tenant, `UPDATE products SET stock = 9, name = name WHERE id = 'p1'`) // changes nothing
		run(t, d, service, `DELETE FROM products WHERE id = 'p1'`)
		_ = d.Write(t.Context(), tenant, func(tx db.Tx) error { // undone
			return errors.Join(addProduct(t.Context(), tx, "p2", "m1", true), errors.New("undone"))
		})

		rows := auditLog(t, d, "products")
		if len(rows) != 3 {
			t.Fatalf("%d rows, want 3: %+v", len(rows), rows)
		}
		want := map[string]any{
			"id": "p1", "merchant_id": "m1", "sku": "", "name": `Quo"te`, "search_name": "", "description": "", "category": "Pizza", "price": 500.0,
			"currency": "USD", "stock": 10.0, "low_stock": 2.0, "active": true, "created_at": "2026-03-01T10:30:15.12+00:00", "updated_at": "2026-03-01T10:30:15.12+00:00",
		}
		changed := maps.Clone(want)
		changed["stock"], changed["active"] = 9.0, false
		for i, expect := range []auditRow{
			{Action: "insert", Actor: owner, After: want},
			{Action: "update", Actor: owner, Before: want, After: changed},
			{Action: "delete", Actor: musika.System, Before: changed},
		} {
			got := rows[i]
			if got.At.Before(begun) || got.At.After(time.Now().Add(time.Second)) || got.At.Location() != time.UTC {
				t.Errorf("%s is said to be of %s", expect.Action, got.At)
			}
			expect.Merchant, expect.Table, expect.Row, expect.At = "m1", "products", "p1", got.At
			if !reflect.DeepEqual(got, expect) {
				t.Errorf("got  %+v\nwant %+v", got, expect)
			}
		}
		if n := value[int](t, d, service, `SELECT COUNT(*) FROM audit_logs WHERE created_at > $1 AND created_at < $2`, begun, time.Now().Add(time.Second)); n < 3 {
			t.Errorf("%d rows are of now, want all", n)
		}
	})
}

func TestAuditLeavesSecretsOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		run(t, d, service, `INSERT INTO api_keys (id, name, hash, hint, created_at) VALUES ('key_1', 'till', 'topsecret', 'abc', $1)`, time.Now())
		run(t, d, service, `UPDATE api_keys SET hash = 'othersecret'`)
		rows := auditLog(t, d, "api_keys")
		if len(rows) != 2 || rows[0].After["name"] != "till" {
			t.Fatalf("%+v", rows)
		}
		text, _ := json.Marshal(rows)
		for _, row := range rows {
			if _, there := row.After["hash"]; there {
				t.Errorf("the hash is in %s", text)
			}
		}
	})
}

func TestAuditLogCannotBeChanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, service, func(ctx context.Context, tx db.Tx) error { return addUser(ctx, tx, "a", musika.RoleAdmin, "") })
		for _, sql := range []string{`UPDATE audit_logs SET actor_id = 'x'`, `DELETE FROM audit_logs`, `DELETE FROM audit_logs WHERE id = 1`} {
			err := d.Write(t.Context(), service, func(tx db.Tx) error {
				_, err := tx.Exec(t.Context(), sql)
				return err
			})
			if musika.CodeOf(err) != musika.CodeForbidden || musika.MessageOf(err) != "The audit log cannot be changed." {
				t.Errorf("%s: %v", sql, err)
			}
		}
		if n := len(auditLog(t, d, "users")); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	})
}

// Each listed table has its triggers, with every column but secrets.
func TestEveryAuditedTableIsWatched(t *testing.T) {
	for _, table := range []string{"merchants", "users", "products", "promotions", "channels", "orders", "payments", "api_keys"} {
		if !slices.Contains(db.AuditedTables(), table) {
			t.Errorf("%s is not under audit", table)
		}
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, service, shops)
		for _, table := range db.AuditedTables() {
			rows := auditLog(t, d, table)
			if len(rows) < 3 {
				t.Errorf("%s: %d rows", table, len(rows))
				continue
			}
			run(t, d, service, `UPDATE `+table+` SET created_at = $1`, time.Unix(1, 0))
			if n := len(auditLog(t, d, table)); n != 2*len(rows) {
				t.Errorf("%s: %d rows after an update of all %d", table, n, len(rows))
			}
			for _, r := range rows {
				if id, _ := r.After["id"].(string); r.Action != "insert" || id != r.Row || r.Merchant == "" {
					t.Errorf("%s: %+v", table, r)
				}
			}
		}
	})
}

// The actor is the transaction's own, whoever wrote before it, and whether
// that one committed or not.
func TestAuditActorIsTheTransactionsOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		actor := func(id string) db.Scope { return db.Service(musika.Actor{Kind: "user", ID: id}) }
		for i, id := range []string{"a", "a", "b", "a", "c"} {
			if i == 2 {
				_ = d.Write(t.Context(), actor("undone"), func(tx db.Tx) error {
					return errors.Join(addUser(t.Context(), tx, "z", musika.RoleAdmin, ""), errors.New("undone"))
				})
			}
			write(t, d, actor(id), func(ctx context.Context, tx db.Tx) error {
				return addUser(ctx, tx, id+string(rune('0'+i)), musika.RoleAdmin, "")
			})
		}
		var got []string
		for _, r := range auditLog(t, d, "users") {
			got = append(got, r.Actor.ID)
		}
		if want := []string{"a", "a", "b", "a", "c"}; !slices.Equal(got, want) {
			t.Errorf("actors %v, want %v", got, want)
		}
	})
}
