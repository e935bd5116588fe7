package db_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
)

// onlyOn names the tables that one engine has for itself.
var onlyOn = map[string]string{
	"audit_context": "sqlite", // Postgres keeps the actor in its session
}

// bookkeepers are the tables of River and of the migrations themselves.
func bookkeeper(table string) bool {
	return strings.HasPrefix(table, "river_") || strings.HasPrefix(table, "sqlite_") || table == "schema_migrations"
}

// portable is what each type of either engine stands for.
var portable = map[string]string{
	"text": "text", "bigint": "integer", "integer": "integer", "double precision": "real", "real": "real", "boolean": "boolean",
	"timestamp with time zone": "time", "timestamp": "time", "jsonb": "json", "json": "json", "bytea": "bytes", "blob": "bytes",
}

const postgresFacts = `
SELECT c.table_name::text, 'column ' || c.column_name, c.data_type || CASE c.is_nullable WHEN 'YES' THEN ' null' ELSE '' END
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
UNION ALL
SELECT i.indrelid::regclass::text, CASE WHEN i.indisunique THEN 'unique' ELSE 'index ' || i.indexrelid::regclass::text END
	|| ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY k.ord) FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, ord)
		JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) || ')',
	CASE WHEN i.indpred IS NULL THEN '' ELSE 'partial' END
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace
UNION ALL
SELECT k.conrelid::regclass::text, 'reference (' || (SELECT string_agg(a.attname, ', ') FROM pg_attribute a
		WHERE a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey)) || ')',
	k.confrelid::regclass::text || CASE k.confdeltype WHEN 'c' THEN ' cascade' ELSE '' END
FROM pg_constraint k WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace`

const sqliteFacts = `
SELECT m.name, 'column ' || c.name,
	CASE WHEN instr(m.sql, 'json_valid(' || c.name || ')') > 0 THEN 'json' ELSE lower(c.type) END
	|| CASE WHEN c."notnull" = 0 AND c.pk = 0 THEN ' null' ELSE '' END
FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'
UNION ALL
SELECT m.name, CASE WHEN i."unique" THEN 'unique' ELSE 'index ' || i.name END
	|| ' (' || (SELECT group_concat(x.name, ', ' ORDER BY x.seqno) FROM pragma_index_info(i.name) x) || ')',
	CASE WHEN i.partial THEN 'partial' ELSE '' END
FROM sqlite_master m, pragma_index_list(m.name) i WHERE m.type = 'table'
UNION ALL
SELECT m.name, 'unique (' || c.name || ')', '' FROM sqlite_master m, pragma_table_info(m.name) c
WHERE m.type = 'table' AND c.pk = 1 AND c.type = 'INTEGER' AND NOT EXISTS (SELECT 1 FROM pragma_table_info(m.name) o WHERE o.pk = 2)
UNION ALL
SELECT m.name, 'reference (' || f."from" || ')', f."table" || CASE f.on_delete WHEN 'CASCADE' THEN ' cascade' ELSE '' END
FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`

// facts returns what is true of each table: its columns, keys and indexes.
func facts(t *testing.T, d *db.DB, query string) map[string]map[string]string {
	t.Helper()
	out := map[string]map[string]string{}
	err := d.Read(t.Context(), service, func(tx db.Tx) error {
		_, err := db.All(t.Context(), tx, func(scan func(...any) error) (struct{}, error) {
			var table, what, how string
			err := scan(&table, &what, &how)
			if bookkeeper(table) || onlyOn[table] == d.Engine() {
				return struct{}{}, err
			}
			if strings.HasPrefix(what, "column ") {
				kind, null := strings.CutSuffix(how, " null")
				if how = portable[kind]; how == "" {
					t.Errorf("%s: %s has a type of one engine only: %s", table, what, kind)
				}
				if null {
					how += " null"
				}
			}
			if out[table] == nil {
				out[table] = map[string]string{}
			}
			out[table][what] = how
			return struct{}{}, err
		}, query)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Both engines have the same tables, columns, kinds, NULLs, keys, references
// and indexes.
func TestSchemasAreAlike(t *testing.T) {
	t.Parallel()
	pg := facts(t, dbtest.Postgres(t), postgresFacts)
	lite := facts(t, dbtest.SQLite(t), sqliteFacts)
	if len(pg) < 20 {
		t.Fatalf("only %d tables were found", len(pg))
	}
	tables := slices.Sorted(maps.Keys(pg))
	for table := range lite {
		if pg[table] == nil {
			tables = append(tables, table)
		}
	}
	for _, table := range tables {
		all := maps.Clone(pg[table])
		if all == nil {
			all = map[string]string{}
		}
		maps.Copy(all, lite[table])
		for _, what := range slices.Sorted(maps.Keys(all)) {
			a, inPostgres := pg[table][what]
			b, inSQLite := lite[table][what]
			switch {
			case !inPostgres:
				t.Errorf("%s: %s is missing on Postgres", table, what)
			case !inSQLite:
				t.Errorf("%s: %s is missing on SQLite", table, what)
			case a != b:
				t.Errorf("%s: %s is %q on Postgres, %q on SQLite", table, what, a, b)
			}
		}
	}
}

// What every table here keeps to: rows of a tenant name it, and their foreign
// keys have an index to be found by.
func TestReferencesHaveAnIndex(t *testing.T) {
	t.Parallel()
	for table, about := range facts(t, dbtest.Postgres(t), postgresFacts) {
		for what := range about {
			columns, ok := strings.CutPrefix(what, "reference ")
			if !ok {
				continue
			}
			column := strings.Trim(columns, "()")
			found := slices.ContainsFunc(slices.Collect(maps.Keys(about)), func(other string) bool {
				_, list, ok := strings.Cut(other, " (")
				return ok && !strings.HasPrefix(other, "reference") && (list == column+")" || strings.HasPrefix(list, column+", "))
			})
			if !found {
				t.Errorf("%s.%s refers to %s and has no index", table, column, about[what])
			}
		}
	}
}

// Both engines refuse the same values.
func TestChecksAreAlike(t *testing.T) {
	t.Parallel()
	counts := map[string]map[string]int{}
	dbs := []*db.DB{dbtest.SQLite(t), dbtest.Postgres(t)}
	for _, d := range dbs {
		query := `SELECT name, sql FROM sqlite_master WHERE type = 'table'`
		if d.Engine() == "postgres" {
			query = `SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
				WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND conrelid <> 0`
		}
		counts[d.Engine()] = map[string]int{}
		err := d.Read(t.Context(), service, func(tx db.Tx) error {
			_, err := db.All(context.Background(), tx, func(scan func(...any) error) (struct{}, error) {
				var table, text string
				err := scan(&table, &text)
				if !bookkeeper(table) && onlyOn[table] == "" {
					n := strings.Count(text, "CHECK (") - strings.Count(text, "json_valid(")
					counts[d.Engine()][table] += n
				}
				return struct{}{}, err
			}, query)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for table, n := range counts["sqlite"] {
		if m := counts["postgres"][table]; m != n {
			t.Errorf("%s has %d checks on SQLite (JSON apart), %d on Postgres", table, n, m)
		}
	}
	if len(counts["sqlite"]) < 20 {
		t.Errorf("only these tables were found: %v", counts)
	}
}
