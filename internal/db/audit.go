package db

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/musika/musika"
)

// audited is a table whose every change is kept in audit_logs.
type audited struct {
	table    string
	merchant string   // the column that holds the tenant
	omit     []string // columns that are not copied: secrets
}

// auditedTables lists the tables under audit. Each has a primary key id. All
// columns are copied, those of later migrations too: Migrate makes the
// triggers anew whenever they would come out differently.
var auditedTables = []audited{
	{table: "merchants", merchant: "id"},
	{table: "users", merchant: "merchant_id"},
	{table: "products", merchant: "merchant_id"},
	{table: "promotions", merchant: "merchant_id"},
	{table: "channels", merchant: "merchant_id"},
	{table: "orders", merchant: "merchant_id"},
	{table: "payments", merchant: "merchant_id"},
	{table: "api_keys", merchant: "merchant_id", omit: []string{"hash"}},
}

const findAudit = `SELECT checksum FROM schema_migrations WHERE version = $1`

// auditCurrent reports whether the triggers are those that would be made now.
func (d *DB) auditCurrent(ctx context.Context, tx Tx) (bool, error) {
	script, err := d.engine.auditScript(ctx, tx)
	if err != nil {
		return false, err
	}
	found, _, err := Maybe(ctx, tx, Value[string], findAudit, auditVersion)
	return found == checksum(script), err
}

const recordAudit = `INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)
	ON CONFLICT (version) DO UPDATE SET checksum = excluded.checksum, applied_at = excluded.applied_at`

// refreshAudit makes the triggers anew when they would differ.
func (d *DB) refreshAudit(ctx context.Context, tx Tx) error {
	current, err := d.auditCurrent(ctx, tx)
	if err != nil || current {
		return err
	}
	script, err := d.engine.auditScript(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, script); err != nil {
		return fmt.Errorf("making the audit triggers: %w", err)
	}
	_, err = tx.Exec(ctx, recordAudit, auditVersion, "audit_triggers", checksum(script), musika.Instant(time.Now()))
	return err
}

// postgresAudit is the one function behind all triggers on Postgres. A row
// becomes JSON as a whole there, so it knows no columns. The program names
// its actor; a Supabase client is its token's subject; anyone else is the
// database role.
const postgresAudit = `
CREATE OR REPLACE FUNCTION musika.audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    actor jsonb := NULLIF(current_setting('musika.actor', true), '');
    old_row jsonb;
    new_row jsonb;
BEGIN
    IF TG_OP <> 'INSERT' THEN old_row := to_jsonb(OLD) - string_to_array(TG_ARGV[1], ','); END IF;
    IF TG_OP <> 'DELETE' THEN new_row := to_jsonb(NEW) - string_to_array(TG_ARGV[1], ','); END IF;
    IF actor IS NULL AND musika.subject() IS NOT NULL THEN
        actor := jsonb_build_object('kind', 'user', 'id', musika.subject(), 'role', musika.app_role());
    ELSIF actor IS NULL THEN
        actor := jsonb_build_object('kind', 'database', 'id', session_user);
    END IF;
    INSERT INTO public.audit_logs (merchant_id, table_name, row_id, action,
        actor_kind, actor_id, actor_role, actor_address, before, after, created_at)
    VALUES (COALESCE(new_row, old_row) ->> TG_ARGV[0], TG_TABLE_NAME, COALESCE(new_row, old_row) ->> 'id', lower(TG_OP),
        COALESCE(actor ->> 'kind', ''), COALESCE(actor ->> 'id', ''), COALESCE(actor ->> 'role', ''), COALESCE(actor ->> 'address', ''),
        old_row, new_row, now());
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION musika.refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE insufficient_privilege USING MESSAGE = 'the audit log cannot be changed';
END $$;
CREATE OR REPLACE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON public.audit_logs
    FOR EACH STATEMENT EXECUTE FUNCTION musika.refuse_change();

-- River's tables and the bookkeeping are the program's own. Supabase would
-- grant them to everyone who has a token.
DO $$
DECLARE
    t regclass;
BEGIN
    FOR t IN SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
        AND (c.relname LIKE 'river\_%' OR c.relname = 'schema_migrations')
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, anon, authenticated', t);
    END LOOP;
END $$;
`

func (e *postgresEngine) auditScript(context.Context, Tx) (string, error) {
	var b strings.Builder
	b.WriteString(postgresAudit)
	for _, a := range auditedTables {
		args := quote(a.merchant) + ", " + quote(strings.Join(a.omit, ","))
		fmt.Fprintf(&b, `
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR DELETE ON public.%[1]s
    FOR EACH ROW EXECUTE FUNCTION musika.audit(%[2]s);
CREATE OR REPLACE TRIGGER audit_update AFTER UPDATE ON public.%[1]s
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION musika.audit(%[2]s);
`, a.table, args)
	}
	return b.String(), nil
}

const tableColumns = `SELECT name, type FROM pragma_table_info($1) ORDER BY cid`

const tableSource = `SELECT sql FROM sqlite_master WHERE type = 'table' AND name = $1`

var jsonCheck = regexp.MustCompile(`json_valid\((\w+)\)`)

// sqliteColumn is a column and the SQL that makes a JSON value of it, the same
// that Postgres makes of its row.
type sqliteColumn struct{ name, kind string }

func (c sqliteColumn) json(row string) string {
	value := row + "." + c.name
	switch c.kind {
	case "BOOLEAN":
		return "json(CASE " + value + " WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END)"
	case "TIMESTAMP":
		return "replace(" + value + ", ' ', 'T')"
	case "JSON":
		return "json(" + value + ")"
	}
	return value
}

func (e *sqliteEngine) auditScript(ctx context.Context, tx Tx) (string, error) {
	var b strings.Builder
	for _, action := range []string{"UPDATE", "DELETE"} {
		fmt.Fprintf(&b, `
DROP TRIGGER IF EXISTS audit_logs_no_%[1]s;
CREATE TRIGGER audit_logs_no_%[1]s BEFORE %[2]s ON audit_logs
BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
`, strings.ToLower(action), action)
	}
	for _, a := range auditedTables {
		source, err := One(ctx, tx, "table "+a.table, Value[string], tableSource, a.table)
		if err != nil {
			return "", err
		}
		var jsonColumns []string
		for _, m := range jsonCheck.FindAllStringSubmatch(source, -1) {
			jsonColumns = append(jsonColumns, m[1])
		}
		columns, err := All(ctx, tx, func(scan func(...any) error) (c sqliteColumn, err error) {
			err = scan(&c.name, &c.kind)
			if slices.Contains(jsonColumns, c.name) {
				c.kind = "JSON"
			}
			return c, err
		}, tableColumns, a.table)
		if err != nil {
			return "", err
		}
		b.WriteString(a.sqliteTriggers(columns))
	}
	return b.String(), nil
}

// sqliteTriggers writes the three triggers of a table.
func (a audited) sqliteTriggers(columns []sqliteColumn) string {
	object := func(row string) string {
		var parts []string
		for _, c := range columns {
			if !slices.Contains(a.omit, c.name) {
				parts = append(parts, quote(c.name)+", "+c.json(row))
			}
		}
		return "json_object(" + strings.Join(parts, ", ") + ")"
	}
	var changed []string
	for _, c := range columns {
		changed = append(changed, "OLD."+c.name+" IS NOT NEW."+c.name)
	}
	var b strings.Builder
	for _, t := range []struct{ action, row, when, before, after string }{
		{"insert", "NEW", "", "NULL", object("NEW")},
		{"update", "NEW", "\nWHEN " + strings.Join(changed, " OR "), object("OLD"), object("NEW")},
		{"delete", "OLD", "", object("OLD"), "NULL"},
	} {
		fmt.Fprintf(&b, `
DROP TRIGGER IF EXISTS audit_%[1]s_%[2]s;
CREATE TRIGGER audit_%[1]s_%[2]s AFTER %[3]s ON %[1]s FOR EACH ROW%[4]s
BEGIN
    INSERT INTO audit_logs (merchant_id, table_name, row_id, action,
        actor_kind, actor_id, actor_role, actor_address, before, after, created_at)
    SELECT %[5]s.%[6]s, '%[1]s', %[5]s.id, '%[2]s', kind, actor_id, role, address, %[7]s, %[8]s,
        strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now') || '+00:00'
    FROM audit_context WHERE audit_context.id = 1;
END;
`, a.table, t.action, strings.ToUpper(t.action), t.when, t.row, a.merchant, t.before, t.after)
	}
	return b.String()
}
