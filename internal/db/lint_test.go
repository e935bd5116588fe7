package db_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// notPortable is what only one engine understands, or both in another way.
var notPortable = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`::\s*\w`), "CAST(x AS t)"},
	{regexp.MustCompile(`(?i)\b(NOT\s+)?I?LIKE\b`), "a column prepared for searching: LIKE minds case on Postgres only"},
	{regexp.MustCompile(`(?i)\b(ANY|ALL|SOME)\s*\(\s*(\$|SELECT|ARRAY)`), "IN (…)"},
	{regexp.MustCompile(`(?i)\bARRAY\s*\[|\bunnest\s*\(`), "a list of placeholders"},
	{regexp.MustCompile(`(?i)\bnow\s*\(|\bCURRENT_(TIMESTAMP|DATE|TIME)\b|\b(datetime|strftime|julianday|unixepoch|date_trunc|to_char|age)\s*\(|\bINTERVAL\b|\bEXTRACT\s*\(`), "tx.Now(), computed in Go and passed in"},
	{regexp.MustCompile(`(?i)(SELECT|RETURNING|,)\s+(\w+\.)?\*`), "the columns by name"},
	{regexp.MustCompile(`\?`), "$1, $2, …"},
	{regexp.MustCompile(`(?i)\bFOR\s+(UPDATE|SHARE|NO\s+KEY|KEY\s+SHARE)\b`), "tx.ForUpdate()"},
	{regexp.MustCompile(`(?i)\bINSERT\s+OR\s+\w+|\bREPLACE\s+INTO\b|\bMERGE\s+INTO\b`), "INSERT … ON CONFLICT"},
	{regexp.MustCompile(`(?i)\$\d+\s+IS\s+(NOT\s+)?NULL`), "a condition that is left out when it is not wanted (42P08)"},
	{regexp.MustCompile(`(?i)\b(json_\w+|jsonb_\w+|to_jsonb?)\s*\(|#>|@>|<@|\bjson_each\b`), "->> on one key"},
	{regexp.MustCompile(`(?i)\b(greatest|least|ifnull|nvl|iif|instr|strpos|position|group_concat|string_agg|array_agg|printf|to_timestamp|random|gen_random_uuid|regexp_\w+)\s*\(`), "Go, or CASE and COALESCE"},
	{regexp.MustCompile(`(?i)\b(MAX|MIN)\s*\([^()]*,`), "CASE: with two arguments it is no aggregate on SQLite, and an error on Postgres"},
	{regexp.MustCompile(`(?i)\bDISTINCT\s+ON\b|\bLATERAL\b|\bTABLESAMPLE\b|\bGLOB\b|\bREGEXP\b|\bSIMILAR\s+TO\b|!?~\*?\s*[$']`), "plain SQL"},
	{regexp.MustCompile(`(?i)\b(pg_\w+|sqlite_\w+|pragma_\w+|information_schema|rowid|ctid|xmin)\b`), "nothing that belongs to one engine"},
	{regexp.MustCompile(`(?i)^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|PRAGMA|SET|LOCK|VACUUM|ANALYZE)\b`), "db.Write, which owns the transaction"},
	{regexp.MustCompile(`(?i)\bE'|\bX'|\$\$`), "an argument"},
}

var (
	sum      = regexp.MustCompile(`(?i)\bSUM\s*\(`)
	castSum  = regexp.MustCompile(`(?i)\bCAST\s*\(\s*(COALESCE\s*\(\s*)?SUM\s*\(`)
	quoted   = regexp.MustCompile(`'(?:[^']|'')*'`)
	comment  = regexp.MustCompile(`--[^\n]*`)
	sqlStart = regexp.MustCompile(`^\s*(SELECT\s|INSERT\s+(INTO|OR)\s|UPDATE\s+\w+\s+(AS\s+\w+\s+)?SET\s|DELETE\s+FROM\s|WITH\s+(RECURSIVE\s+)?\w+\s*(\([^)]*\)\s*)?AS\s|REPLACE\s+INTO|MERGE\s+INTO|CREATE\s+(TABLE|INDEX)\s|PRAGMA\s)`)
	sqlPart  = regexp.MustCompile(`^\s*,?\s*(AND|OR|WHERE|ORDER BY|GROUP BY|HAVING|LIMIT|FROM|JOIN|LEFT JOIN|ON CONFLICT|RETURNING|VALUES|FOR UPDATE|SET)\s|\$[1-9]\d*\b`)
)

// lintSQL returns what is wrong with a text if it is SQL.
func lintSQL(text string) (wrong []string) {
	if !sqlStart.MatchString(text) && !sqlPart.MatchString(text) {
		return nil
	}
	text = quoted.ReplaceAllString(comment.ReplaceAllString(text, ""), "'…'")
	for _, rule := range notPortable {
		if m := rule.pattern.FindString(text); m != "" {
			wrong = append(wrong, fmt.Sprintf("%q: use %s", strings.TrimSpace(m), rule.instead))
		}
	}
	if len(sum.FindAllString(text, -1)) != len(castSum.FindAllString(text, -1)) {
		wrong = append(wrong, `"SUM(": use CAST(SUM(…) AS BIGINT); Postgres makes a numeric of it`)
	}
	return wrong
}

// lintGo returns the same for every string in a Go file, with its place.
func lintGo(t *testing.T, path string, source []byte) (wrong []string) {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, source, parser.SkipObjectResolution)
	if err != nil {
		t.Errorf("%v", err)
		return nil
	}
	ast.Inspect(file, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(lit.Value)
		if err != nil {
			return true
		}
		for _, w := range lintSQL(text) {
			wrong = append(wrong, fmt.Sprintf("%s: %s", files.Position(lit.Pos()), w))
		}
		return true
	})
	return wrong
}

// All SQL outside of this package runs on both engines. What this package
// itself writes for one of them is in the files of that engine.
func TestSQLIsPortable(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && (path == filepath.Join(root, "db") || e.Name() == "testdata" || e.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, w := range lintGo(t, path, source) {
			t.Error(w)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLintFindsWhatIsNotPortable(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"SELECT id::text FROM users",
		"SELECT id FROM users WHERE name ILIKE $1",
		"SELECT id FROM users WHERE id = ANY($1)",
		"UPDATE users SET created_at = now() WHERE id = $1",
		"SELECT * FROM users",
		"SELECT u.* FROM users u",
		"INSERT INTO users (id) VALUES ($1) RETURNING *",
		"SELECT id FROM users WHERE id = ?",
		"SELECT id FROM users WHERE id = $1 FOR UPDATE",
		" FOR UPDATE ",
		"SELECT id FROM users WHERE ($1 IS NULL OR id = $1)",
		"SELECT SUM(total) FROM orders",
		"SELECT MAX(a, b) FROM orders",
		"INSERT OR IGNORE INTO users (id) VALUES ($1)",
		" AND name LIKE $2",
		"SELECT datetime('now')",
	} {
		if len(lintSQL(bad)) == 0 {
			t.Errorf("nothing was found wrong with %q", bad)
		}
	}
	for _, good := range []string{
		"SELECT CAST(COALESCE(SUM(total), 0) AS BIGINT), COUNT(*), MAX(created_at) FROM orders WHERE note <> 'what? now()'",
		"INSERT INTO events (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET kind = excluded.kind RETURNING id",
		"SELECT payload ->> 'name' FROM events WHERE payload ->> 'a' = $1 ORDER BY seq LIMIT $2",
		"Select a product. Is it this one?",
		"Write from SELECT* to here? now()",
		"[::1]:8080",
	} {
		if wrong := lintSQL(good); len(wrong) > 0 {
			t.Errorf("%q: %v", good, wrong)
		}
	}
	found := lintGo(t, "x.go", []byte("package x\n\nconst q = `\nSELECT id::text FROM users`\n"))
	if !slices.ContainsFunc(found, func(s string) bool { return strings.HasPrefix(s, "x.go:3:11: ") }) {
		t.Errorf("found %q", found)
	}
}
