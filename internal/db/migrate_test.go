package db_test

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
)

// eachEmpty is dbtest.Each with databases that were never migrated.
func eachEmpty(t *testing.T, f func(t *testing.T, o db.Options)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, db.Options{Path: t.TempDir() + "/empty.db", Synchronous: "OFF"})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, db.Options{URL: dbtest.EmptyPostgresURL(t), MaxConns: 8})
	})
}

func opened(t *testing.T, o db.Options) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// copyOf returns the migrations with the changes to their files; nil removes.
func copyOf(t *testing.T, changes map[string]*fstest.MapFile) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(db.MigrationFiles, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(db.MigrationFiles, name)
		files[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range changes {
		for _, engine := range []string{"sqlite", "postgres"} {
			if file == nil {
				delete(files, path.Join("migrations", engine, name))
			} else {
				files[path.Join("migrations", engine, name)] = file
			}
		}
	}
	return files
}

func TestMigrate(t *testing.T) {
	eachEmpty(t, func(t *testing.T, o db.Options) {
		ctx := t.Context()
		d := opened(t, o)
		state, err := d.MigrationState(ctx)
		if err != nil || len(state.Applied) != 0 || len(state.Pending) == 0 {
			t.Fatalf("before: %+v, %v", state, err)
		}
		applied, err := d.Migrate(ctx)
		if err != nil || !slices.Contains(applied, "0001_core") || !strings.HasPrefix(applied[0], "river") {
			t.Fatalf("applied %v, %v", applied, err)
		}
		if again, err := d.Migrate(ctx); err != nil || len(again) != 0 {
			t.Fatalf("again: %v, %v", again, err)
		}
		if state, err = d.MigrationState(ctx); err != nil || len(state.Pending) != 0 {
			t.Fatalf("after: %+v, %v", state, err)
		}
		// A failing step leaves nothing of itself, and nothing before it undone.
		next := len(state.Applied) + 1
		name := db.Migration{Version: next, Name: "next"}.String() + ".sql"
		bad := &fstest.MapFile{Data: []byte("CREATE TABLE half (id TEXT); CREATE TABLE half (id TEXT);")}
		if _, err := d.MigrateFrom(ctx, copyOf(t, map[string]*fstest.MapFile{name: bad})); err == nil || !strings.Contains(err.Error(), "next") {
			t.Fatalf("a bad step: %v", err)
		}
		good := &fstest.MapFile{Data: []byte("CREATE TABLE half (id TEXT); ALTER TABLE users ADD COLUMN nickname TEXT;")}
		files := copyOf(t, map[string]*fstest.MapFile{name: good})
		if applied, err := d.MigrateFrom(ctx, files); err != nil || !slices.Equal(applied, []string{strings.TrimSuffix(name, ".sql")}) {
			t.Fatalf("a good step: %v, %v", applied, err)
		}
		// The new column is under audit.
		write(t, d, service, func(ctx context.Context, tx db.Tx) error { return addUser(ctx, tx, "a", musika.RoleAdmin, "") })
		run(t, d, service, `UPDATE users SET nickname = $1`, "Tee")
		if got := value[string](t, d, service, `SELECT after ->> 'nickname' FROM audit_logs WHERE action = 'update'`); got != "Tee" {
			t.Errorf("audited nickname %q", got)
		}
		// The program without that step refuses the database.
		for name, err := range map[string]error{
			"migrate": func() error { _, err := d.Migrate(ctx); return err }(),
			"state":   func() error { _, err := d.MigrationState(ctx); return err }(),
		} {
			if musika.CodeOf(err) != musika.CodeUnsupported || !strings.Contains(musika.MessageOf(err), "newer version of Musika") {
				t.Errorf("%s of a newer database: %v", name, err)
			}
		}
		// A step that was changed after it was applied is refused.
		changed := copyOf(t, map[string]*fstest.MapFile{name: {Data: append(good.Data, "-- changed"...)}})
		if _, err := d.MigrateFrom(ctx, changed); musika.CodeOf(err) != musika.CodeUnsupported || !strings.Contains(err.Error(), "another form") {
			t.Errorf("a changed step: %v", err)
		}
		// Line ends do not count.
		crlf := copyOf(t, map[string]*fstest.MapFile{name: good, "0001_core.sql": nil})
		for _, engine := range []string{"sqlite", "postgres"} {
			f := "migrations/" + engine + "/0001_core.sql"
			crlf[f] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(string(files[f].Data), "\n", "\r\n"))}
		}
		if applied, err := d.MigrateFrom(ctx, crlf); err != nil || len(applied) != 0 {
			t.Errorf("other line ends: %v, %v", applied, err)
		}
	})
}

func TestMigrateAtOnce(t *testing.T) {
	eachEmpty(t, func(t *testing.T, o db.Options) {
		// On SQLite one process at a time: the others are told so.
		var wg sync.WaitGroup
		var mu sync.Mutex
		total := 0
		for range 3 {
			d := opened(t, o)
			wg.Go(func() {
				applied, err := d.Migrate(t.Context())
				if err != nil && (d.Engine() != "sqlite" || musika.CodeOf(err) != musika.CodeConflict) {
					t.Errorf("migrate: %v", err)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, a := range applied {
					if a == "0001_core" {
						total++
					}
				}
			})
		}
		wg.Wait()
		if total != 1 {
			t.Errorf("0001_core was applied %d times", total)
		}
	})
}

func TestMigrationNumbersHaveNoGaps(t *testing.T) {
	t.Parallel()
	sql := &fstest.MapFile{Data: []byte("SELECT 1")}
	for name, files := range map[string]fstest.MapFS{
		"gap":      {"m/0001_a.sql": sql, "m/0003_b.sql": sql},
		"first":    {"m/0002_a.sql": sql},
		"twice":    {"m/0001_a.sql": sql, "m/0001_b.sql": sql},
		"no name":  {"m/0001.sql": sql},
		"no digit": {"m/a.sql": sql},
	} {
		if _, err := db.ReadMigrations(files, "m"); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	a, err1 := db.ReadMigrations(db.MigrationFiles, "migrations/sqlite")
	b, err2 := db.ReadMigrations(db.MigrationFiles, "migrations/postgres")
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	same := slices.EqualFunc(a, b, func(x, y db.Migration) bool { return x.Version == y.Version && x.Name == y.Name })
	if !same {
		t.Errorf("the engines' migrations differ: %v and %v", a, b)
	}
}
