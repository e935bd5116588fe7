package db_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
)

// shops has two approved merchants with a customer each, and a pending one.
func shops(ctx context.Context, tx db.Tx) error {
	var err error
	do := func(sql string, args ...any) {
		if err == nil {
			if _, err = tx.Exec(ctx, sql, args...); err != nil {
				err = fmt.Errorf("%w in %s", err, sql)
			}
		}
	}
	now := tx.Now()
	for m, state := range map[musika.MerchantID]musika.MerchantState{"m1": musika.MerchantApproved, "m2": musika.MerchantApproved, "m3": musika.MerchantPending} {
		err = errors.Join(err, addMerchant(ctx, tx, m, state), addUser(ctx, tx, "owner_"+string(m), musika.RoleOwner, m),
			addProduct(ctx, tx, "prod_"+musika.ProductID(m), m, true), addProduct(ctx, tx, "gone_"+musika.ProductID(m), m, false))
		do(`INSERT INTO channels (id, kind, external_id, phone, name, merchant_id, prefix, created_at) VALUES ('ch_' || $1, 'x', $1, '', '', $1, '!', $2)`, m, now)
		do(`INSERT INTO customers (id, name, registered, phone, language, blocked, created_at, updated_at) VALUES ('cus_' || $1, '', $2, '', 'en', $2, $3, $3)`, m, false, now)
		do(`INSERT INTO contact_addresses (kind, value, customer_id, created_at) VALUES ('phone', $1, 'cus_' || $1, $2)`, m, now)
		do(`INSERT INTO customer_addresses (id, customer_id, label, body, created_at) VALUES ('adr_' || $1, 'cus_' || $1, '', '', $2)`, m, now)
		do(`INSERT INTO conversation_sessions (id, channel_id, customer_id, merchant_id, state, created_at, updated_at) VALUES ('con_' || $1, 'ch_' || $1, 'cus_' || $1, $1, '{}', $2, $2)`, m, now)
		do(`INSERT INTO bot_messages (id, conversation_id, channel_id, customer_id, merchant_id, direction, state, kind, content, attempts, error_code, error_text, price_category, billable, created_at, updated_at)
			VALUES ('msg_' || $1, 'con_' || $1, 'ch_' || $1, 'cus_' || $1, $1, 'in', 'done', 'text', '{}', 0, '', '', '', $2, $3, $3)`, m, false, now)
		do(`INSERT INTO carts (id, customer_id, merchant_id, promotion, created_at, updated_at) VALUES ('car_' || $1, 'cus_' || $1, $1, '', $2, $2)`, m, now)
		do(`INSERT INTO cart_lines (cart_id, product_id, quantity, seen_price, added_at) VALUES ('car_' || $1, 'prod_' || $1, 1, 500, $2)`, m, now)
		do(`INSERT INTO orders (id, code, merchant_id, customer_id, status, fulfilment, address, payment_method, note, promotion, currency, subtotal, discount, delivery, tax, total, reason, expected_at, rated, idempotency_key, created_at, updated_at)
			VALUES ('ord_' || $1, $1, $1, 'cus_' || $1, 'pending', 'delivery', '', 'cash', '', '', 'USD', 500, 0, 0, 0, 500, '', $2, $3, 'k', $2, $2)`, m, now, false)
		do(`INSERT INTO order_lines (order_id, position, merchant_id, product_id, name, price, quantity) VALUES ('ord_' || $1, 1, $1, 'prod_' || $1, '', 500, 1)`, m)
		do(`INSERT INTO order_history (order_id, position, merchant_id, from_status, to_status, actor, reason, at) VALUES ('ord_' || $1, 1, $1, '', 'pending', '{}', '', $2)`, m, now)
		do(`INSERT INTO payments (id, order_id, merchant_id, method, status, amount, currency, created_at, updated_at) VALUES ('pay_' || $1, 'ord_' || $1, $1, 'cash', 'pending', 500, 'USD', $2, $2)`, m, now)
		do(`INSERT INTO delivery_tasks (id, order_id, merchant_id, driver_id, status, created_at, updated_at) VALUES ('del_' || $1, 'ord_' || $1, $1, 'usr_owner_' || $1, 'pending', $2, $2)`, m, now)
		do(`INSERT INTO promotions (id, merchant_id, code, title, kind, value, currency, cap, minimum, category, weekdays, first_order, premium, max_uses, starts_at, ends_at, active, created_at)
			VALUES ('pro_' || $1, $1, $1, '', 'fixed', 1, 'USD', 0, 0, '', 0, $3, $3, 0, $2, $2, $4, $2)`, m, now, false, m != "m3")
		do(`INSERT INTO order_feedback (order_id, merchant_id, customer_id, stars, body, created_at) VALUES ('ord_' || $1, $1, 'cus_' || $1, 5, '', $2)`, m, now)
		do(`INSERT INTO event_counters (owner, last_seq) VALUES ($1, 1)`, m)
		do(`INSERT INTO events (id, owner, seq, merchant_id, kind, payload, created_at) VALUES ('evt_' || $1, $1, 1, $1, 'x', '{}', $2)`, m, now)
		do(`INSERT INTO api_keys (id, merchant_id, name, hash, hint, created_at) VALUES ('key_' || $1, $1, '', $1, '', $2)`, m, now)
	}
	return err
}

// as runs f on a plain connection under a role of Supabase with the claims of
// a token, and undoes what it did.
func as(t *testing.T, c *pgx.Conn, role, claims string, f func(tx pgx.Tx)) {
	t.Helper()
	tx, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	if _, err := tx.Exec(t.Context(), `SELECT set_config('request.jwt.claims', $1, true)`, claims); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SET LOCAL ROLE `+role); err != nil {
		t.Fatal(err)
	}
	f(tx)
}

// ids returns what a query gives, joined; an error as its code.
func ids(t *testing.T, tx pgx.Tx, sql string) string {
	t.Helper()
	sub, err := tx.Begin(t.Context()) // a failed query must not end the rest
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sub.Rollback(context.Background()) }()
	rows, err := sub.Query(t.Context(), sql)
	if err != nil {
		return err.Error()
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err.Error()
	}
	return strings.Join(list, " ")
}

const denied = "denied"

func TestRowLevelSecurity(t *testing.T) {
	t.Parallel()
	url := dbtest.PostgresURL(t)
	d, err := db.Open(t.Context(), db.Options{URL: url, MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	write(t, d, service, shops)
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })

	owner := `{"sub":"usr_owner_m1","role":"authenticated","app_role":"owner","merchant_id":"m1"}`
	who := map[string]struct{ role, claims string }{
		"anon":     {"anon", ""},
		"stranger": {"authenticated", `{"sub":"usr_x"}`},
		"owner":    {"authenticated", owner},
		"staff":    {"authenticated", `{"sub":"usr_s","app_metadata":{"app_role":"staff","merchant_id":"m1"}}`},
		"looked":   {"authenticated", `{"sub":"usr_owner_m1"}`},
		"customer": {"authenticated", `{"sub":"cus_m1","app_role":"customer","customer_id":"cus_m1"}`},
		"liar":     {"authenticated", `{"sub":"cus_m1","app_role":"customer","customer_id":"cus_m1","merchant_id":"m2","user_metadata":{"app_role":"admin"}}`},
		"driver":   {"authenticated", `{"sub":"usr_owner_m1","app_role":"driver"}`},
		"admin":    {"authenticated", `{"sub":"usr_a","app_role":"admin"}`},
		"service":  {"service_role", `{"role":"service_role"}`},
	}
	everyone := map[string]string{"anon": denied, "stranger": "", "customer": "", "liar": "", "driver": "", "owner": "1", "staff": "1", "looked": "1", "admin": "123", "service": "123"}
	with := func(changes map[string]string) map[string]string {
		out := maps.Clone(everyone)
		maps.Copy(out, changes)
		return out
	}
	mine := with(map[string]string{"customer": "1", "liar": "1"})
	ordered := with(map[string]string{"customer": "1", "liar": "1", "driver": "1"})
	offered := map[string]string{"anon": "12", "stranger": "12", "customer": "12", "liar": "12", "driver": "12", "owner": "12", "staff": "12", "looked": "12", "admin": "123", "service": "123"}
	// Which merchant's rows each sees, as the last letter of the key.
	for table, expect := range map[string]map[string]string{
		"merchants":                 offered,
		"products WHERE active":     offered,
		"products WHERE NOT active": with(map[string]string{"anon": ""}),
		"promotions":                offered,
		"users":                     with(map[string]string{"driver": "1"}),
		"customers":                 mine,
		"contact_addresses":         mine,
		"customer_addresses":        with(map[string]string{"owner": "", "staff": "", "looked": "", "customer": "1", "liar": "1"}),
		"channels":                  everyone,
		"conversation_sessions":     mine,
		"bot_messages":              mine,
		"carts":                     mine,
		"cart_lines":                mine,
		"orders":                    ordered,
		"order_lines":               mine,
		"order_history":             mine,
		"payments":                  mine,
		"delivery_tasks":            ordered,
		"order_feedback":            mine,
		"events":                    everyone,
		"event_counters":            with(map[string]string{"owner": "", "staff": "", "looked": ""}),
		"api_keys":                  with(map[string]string{"staff": ""}),
	} {
		name, _, _ := strings.Cut(table, " ")
		key := map[string]string{"contact_addresses": "value", "cart_lines": "cart_id", "order_lines": "order_id", "order_history": "order_id", "order_feedback": "order_id", "event_counters": "owner"}[name]
		if key == "" {
			key = "id"
		}
		for label, w := range who {
			as(t, c, w.role, w.claims, func(tx pgx.Tx) {
				got := ids(t, tx, `SELECT right(`+key+`, 1) FROM `+table+` ORDER BY 1`)
				if strings.Contains(got, "permission denied") {
					got = denied
				}
				if got = strings.ReplaceAll(got, " ", ""); got != expect[label] {
					t.Errorf("%s sees %q of %s, want %q", label, got, table, expect[label])
				}
			})
		}
	}

	for _, w := range []struct{ who, sql, want string }{
		{"owner", `UPDATE products SET stock = 1 WHERE merchant_id = 'm1' RETURNING id`, "2"},
		{"owner", `UPDATE products SET stock = 1 WHERE merchant_id = 'm2' RETURNING id`, "0"},
		{"owner", `UPDATE products SET merchant_id = 'm2' WHERE id = 'prod_m1' RETURNING id`, "policy"},
		{"owner", `UPDATE merchants SET name = 'New' RETURNING id`, "1"},
		{"owner", `UPDATE merchants SET state = 'suspended' RETURNING id`, "operator"},
		{"owner", `UPDATE merchants SET featured = NOT featured RETURNING id`, "operator"},
		{"owner", `UPDATE users SET role = 'admin' WHERE id = 'usr_owner_m1' RETURNING id`, "policy"},
		{"owner", `INSERT INTO users (id, phone, name, role, merchant_id, created_at) VALUES ('s', '1', '', 'staff', 'm1', now()) RETURNING id`, "1"},
		{"owner", `INSERT INTO users (id, phone, name, role, merchant_id, created_at) VALUES ('s', '1', '', 'staff', 'm2', now()) RETURNING id`, "policy"},
		{"staff", `INSERT INTO users (id, phone, name, role, merchant_id, created_at) VALUES ('s', '1', '', 'staff', 'm1', now()) RETURNING id`, "policy"},
		{"owner", `INSERT INTO events (id, owner, seq, merchant_id, kind, payload, created_at) VALUES ('e', 'm1', 2, 'm1', 'x', '{}', now()) RETURNING id`, "policy"},
		{"admin", `INSERT INTO audit_logs (table_name, row_id, action, actor_kind, actor_id, actor_role, actor_address, created_at) VALUES ('', '', '', '', '', '', '', now()) RETURNING 'x'`, "denied"},
		{"admin", `DELETE FROM audit_logs RETURNING 'x'`, "denied"},
		{"service", `DELETE FROM audit_logs RETURNING 'x'`, "denied"},
		{"customer", `UPDATE customers SET blocked = false RETURNING id`, "0"},
		{"customer", `UPDATE orders SET status = 'delivered' RETURNING id`, "0"},
		{"customer", `DELETE FROM customer_addresses RETURNING id`, "1"},
		{"customer", `UPDATE cart_lines SET quantity = 2 RETURNING cart_id`, "1"},
		{"customer", `UPDATE carts SET customer_id = 'cus_m2' RETURNING id`, "policy"},
		{"anon", `UPDATE products SET stock = 1 RETURNING id`, "denied"},
		{"anon", `DELETE FROM merchants RETURNING id`, "denied"},
		{"owner", `SELECT id::text FROM river_job`, "denied"},
		{"admin", `SELECT name FROM schema_migrations`, "denied"},
		{"anon", `SELECT kind FROM river_job`, "denied"},
		{"owner", `CALL musika.protect('public.users')`, "denied"},
	} {
		as(t, c, who[w.who].role, who[w.who].claims, func(tx pgx.Tx) {
			got := ids(t, tx, w.sql)
			switch {
			case w.want >= "0" && w.want <= "9":
				if n := len(strings.Fields(got)); fmt.Sprint(n) != w.want || strings.Contains(got, "ERROR") {
					t.Errorf("%s: %s gave %q, want %s rows", w.who, w.sql, got, w.want)
				}
			case !strings.Contains(got, w.want):
				t.Errorf("%s: %s gave %q, want an error with %q", w.who, w.sql, got, w.want)
			}
		})
	}
	for label, want := range map[string]bool{"owner": false, "customer": false, "anon": false, "admin": true} {
		as(t, c, who[label].role, who[label].claims, func(tx pgx.Tx) {
			if got := ids(t, tx, `SELECT row_id FROM audit_logs LIMIT 1`); (got != "" && !strings.Contains(got, "denied")) != want {
				t.Errorf("%s reads the audit log: %q", label, got)
			}
		})
	}
}

// The program's own tenant transactions pass under the same policies.
func TestTenantScope(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	write(t, d, service, shops)
	owner := musika.Actor{Kind: "user", ID: "o'wner\\", Role: musika.RoleOwner, Address: `'; RESET ROLE; --`}
	tenant := db.Tenant("m1", owner)
	for scope, want := range map[db.Scope]string{
		tenant: "m1",
		db.Tenant("m1", musika.Actor{Kind: "apikey", ID: "key_m1"}):                              "m1",
		db.Tenant("m2", musika.Actor{Kind: "user", ID: "usr_owner_m1", Role: musika.RoleAdmin}):  "m1 m2 m3",
		{Customer: "cus_m1", Actor: musika.Actor{Kind: "customer", ID: "cus_m1"}}:                "m1",
		db.Tenant("m1", musika.Actor{Kind: "customer", ID: "cus_m2", Role: musika.RoleCustomer}): "",
		service: "m1 m2 m3",
	} {
		for _, open := range []func(context.Context, db.Scope, func(db.Tx) error) error{d.Read, d.Write} {
			var got []string
			err := open(t.Context(), scope, func(tx db.Tx) (err error) {
				got, err = db.All(t.Context(), tx, db.Value[string], `SELECT merchant_id FROM orders ORDER BY merchant_id`)
				return err
			})
			if err != nil || strings.Join(got, " ") != want {
				t.Errorf("%+v sees orders of %v (%v), want %q", scope, got, err, want)
			}
		}
	}
	// What the program does for a tenant: events, counters, stock.
	write(t, d, tenant, func(ctx context.Context, tx db.Tx) error {
		seq, err := db.One(ctx, tx, "counter", db.Value[int64], `INSERT INTO event_counters (owner, last_seq) VALUES ($1, 1)
			ON CONFLICT (owner) DO UPDATE SET last_seq = event_counters.last_seq + 1 RETURNING last_seq`, "m1")
		if err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, `INSERT INTO events (id, owner, seq, merchant_id, kind, payload, created_at) VALUES ('evt_new', 'm1', $1, 'm1', 'x', '{}', $2)`, seq, tx.Now()); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE products SET stock = stock - 1`)
		if n != 2 {
			t.Errorf("%d products changed, want the merchant's 2", n)
		}
		return err
	})
	err := d.Write(t.Context(), tenant, func(tx db.Tx) error {
		return addProduct(t.Context(), tx, "new", "m2", true)
	})
	if musika.CodeOf(err) != musika.CodeForbidden {
		t.Errorf("a product for another merchant: %v", err)
	}
	if got := value[string](t, d, service, `SELECT actor_id FROM audit_logs WHERE action = 'update' AND table_name = 'products' LIMIT 1`); got != owner.ID {
		t.Errorf("audited actor %q", got)
	}
	// The connection is the service's again afterwards.
	if n := value[int](t, d, service, `SELECT COUNT(*) FROM orders`); n != 3 {
		t.Errorf("the service sees %d orders", n)
	}
}

// Every table is under row-level security, and but for the program's own each
// has a policy.
func TestEveryTableIsProtected(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	tables := 0
	err := d.Read(t.Context(), service, func(tx db.Tx) error {
		_, err := db.All(t.Context(), tx, func(scan func(...any) error) (struct{}, error) {
			var table string
			var on, open bool
			var policies int
			err := scan(&table, &on, &policies, &open)
			tables++
			switch {
			case !on:
				t.Errorf("%s has no row-level security: CALL musika.protect or protect_merchant in its migration", table)
			case bookkeeper(table) && open:
				t.Errorf("%s is the program's own, but tenants have rights on it", table)
			case !bookkeeper(table) && policies == 0:
				t.Errorf("%s has no policy", table)
			}
			return struct{}{}, err
		}, `SELECT CAST(c.relname AS TEXT), c.relrowsecurity,
				(SELECT COUNT(*) FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname),
				has_table_privilege('authenticated', c.oid, 'SELECT, INSERT, UPDATE, DELETE') OR has_table_privilege('anon', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
			FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')`)
		return err
	})
	if err != nil || tables < 20 {
		t.Errorf("%d tables, %v", tables, err)
	}
}
