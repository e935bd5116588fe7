//go:build unix

// Package dbtest lends tests a migrated database of each engine: an SQLite
// file, and a Postgres database of a private server. A test that has no
// Postgres to run on fails; it is never skipped.
package dbtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musika/musika/internal/db"
)

// URLVariable names the environment variable with the superuser's URL of a
// running server. Without it the first test that needs a server starts one.
const URLVariable = "MUSIKA_TEST_POSTGRES_URL"

// Option changes how a test's database is opened.
type Option func(*db.Options)

// Each runs f as a parallel subtest on a fresh database of every engine.
func Each(t *testing.T, f func(t *testing.T, d *db.DB), opts ...Option) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, SQLite(t, opts...))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, Postgres(t, opts...))
	})
}

// SQLite returns a fresh, migrated database in a temporary file. Its commits
// do not wait for the disk unless an option says so.
func SQLite(t testing.TB, opts ...Option) *db.DB {
	t.Helper()
	return open(t, db.Options{Path: SQLitePath(t), Synchronous: "OFF"}, opts)
}

// SQLitePath returns the path of a fresh, migrated file.
func SQLitePath(t testing.TB) string {
	t.Helper()
	content, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("making the SQLite template: %v", err)
	}
	path := filepath.Join(t.TempDir(), "musika.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Postgres returns a fresh, migrated database.
func Postgres(t testing.TB, opts ...Option) *db.DB {
	t.Helper()
	return open(t, db.Options{URL: PostgresURL(t), MaxConns: 8}, opts)
}

func open(t testing.TB, o db.Options, opts []Option) *db.DB {
	t.Helper()
	for _, opt := range opts {
		opt(&o)
	}
	d, err := db.Open(context.Background(), o)
	if err != nil {
		t.Fatalf("opening the test database: %v", err)
	}
	t.Cleanup(d.Close)
	return d
}

// PostgresURL returns the superuser's URL of a fresh, migrated database.
func PostgresURL(t testing.TB) string {
	t.Helper()
	s, err := running()
	if err == nil {
		err = s.prepare()
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
	return s.create(t, s.template)
}

// EmptyPostgresURL returns the superuser's URL of a fresh database without
// any table.
func EmptyPostgresURL(t testing.TB) string {
	t.Helper()
	s, err := running()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return s.create(t, "template0")
}

var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "musika-sqlite-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if err := migrate(db.Options{Path: path, Synchronous: "OFF"}); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrate(o db.Options) error {
	ctx := context.Background()
	d, err := db.Open(ctx, o)
	if err != nil {
		return err
	}
	defer d.Close()
	_, err = d.Migrate(ctx)
	return err
}

// server is the Postgres server of this test binary.
type server struct {
	url      string
	cluster  *Cluster // nil when it is not ours
	template string
	prepare  func() error
}

var (
	runningOnce sync.Once
	theServer   *server
	serverError error
	serial      atomic.Int64
)

func running() (*server, error) {
	runningOnce.Do(func() {
		s := &server{url: os.Getenv(URLVariable), template: "musika_" + db.SchemaFingerprint()[:16]}
		s.prepare = sync.OnceValue(s.makeTemplate)
		if s.url == "" {
			if s.cluster, serverError = StartCluster("", false); serverError != nil {
				return
			}
			s.url = s.cluster.URL
		}
		theServer = s
	})
	return theServer, serverError
}

// Main runs a package's tests and stops the server they started:
//
//	func TestMain(m *testing.M) { dbtest.Main(m) }
//
// Without it, and after a panic, the server stops by itself a moment later.
func Main(m *testing.M) {
	code := m.Run()
	if theServer != nil && theServer.cluster != nil {
		theServer.cluster.Stop()
	}
	os.Exit(code)
}

// admin runs statements in the server's first database, one after another.
func (s *server) admin(f func(ctx context.Context, c *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return fmt.Errorf("connecting to the test server: %w", err)
	}
	defer c.Close(ctx)
	return f(ctx, c)
}

// named returns the URL of another database of the server.
func (s *server) named(name string) string {
	u, err := url.Parse(s.url)
	if err != nil {
		panic(err) // it has been connected to
	}
	u.Path = "/" + name
	return u.String()
}

// makeTemplate makes the migrated database that tests' own are copies of.
// Test binaries that share a server make it once.
func (s *server) makeTemplate() error {
	return s.admin(func(ctx context.Context, c *pgx.Conn) error {
		if _, err := c.Exec(ctx, "SELECT pg_advisory_lock(7301)"); err != nil {
			return err
		}
		var exists bool
		if err := c.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", s.template).Scan(&exists); err != nil || exists {
			return err
		}
		draft := s.template + "_draft"
		for _, sql := range []string{"DROP DATABASE IF EXISTS " + draft + " WITH (FORCE)", "CREATE DATABASE " + draft + " TEMPLATE template0"} {
			if _, err := c.Exec(ctx, sql); err != nil {
				return err
			}
		}
		if err := migrate(db.Options{URL: s.named(draft), MaxConns: 4}); err != nil {
			return fmt.Errorf("migrating the template: %w", err)
		}
		_, err := c.Exec(ctx, "ALTER DATABASE "+draft+" RENAME TO "+s.template)
		return err
	})
}

// create makes a database that lives as long as the test.
func (s *server) create(t testing.TB, template string) string {
	t.Helper()
	name := fmt.Sprintf("t_%d_%d", os.Getpid(), serial.Add(1))
	err := s.admin(func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template)
		return err
	})
	if err != nil {
		t.Fatalf("making a test database: %v", err)
	}
	t.Cleanup(func() {
		err := s.admin(func(ctx context.Context, c *pgx.Conn) error {
			_, err := c.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
			return err
		})
		if err != nil {
			t.Logf("dropping a test database: %v", err)
		}
	})
	return s.named(name)
}
