package db

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/musika/musika"
)

// Options say which database to open and how.
type Options struct {
	// URL of a Postgres database, postgres://user:password@host:5432/name.
	// Empty means the SQLite file at Path.
	URL string
	// Path of the SQLite file; it is created when missing. Used when URL is
	// empty. Beside it live its -wal and -shm files and, while jobs are
	// worked, a .lock file.
	Path string
	// Synchronous is how SQLite makes a commit durable: "FULL" survives a
	// power cut, "NORMAL" survives only a kill of the process, "OFF" is for
	// tests. Defaults to "FULL".
	Synchronous string
	// MaxConns is the most connections to Postgres, or of readers to SQLite.
	// Defaults to 20 and 8. Jobs keep one Postgres connection to listen on;
	// the one that holds the job lock is not counted.
	MaxConns int
	// Logger receives what an operator should know. Defaults to none.
	Logger *slog.Logger
	// Clock tells the time of transactions. Defaults to musika.SystemClock.
	Clock musika.Clock
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	engine engine
	clock  musika.Clock
	log    *slog.Logger
	wake   *wake
	inTx   sync.Map // goroutine id → struct{}: who is inside a transaction
}

// engine is what differs between the two databases. Errors come back as the
// driver made them; translate is applied once, by DB and tx.
type engine interface {
	name() string
	begin(ctx context.Context, scope Scope, readOnly bool) (conn, error)
	ping(ctx context.Context) error
	close()
	translate(err error) error
	// lockMigrations keeps other processes from migrating until unlock.
	lockMigrations(ctx context.Context) (unlock func(), err error)
	migrateRiver(ctx context.Context) (applied []string, err error)
	// listTables is the query for the names of all tables.
	listTables() string
	// auditScript returns the statements that make the audit triggers.
	auditScript(ctx context.Context, tx Tx) (string, error)
	// schemaChanged drops whatever was cached about the schema.
	schemaChanged()
	startQueue(ctx context.Context, d *DB, q *Queue, config *river.Config) error
	// riverPending reports whether River's tables are behind.
	riverPending(ctx context.Context) (bool, error)
}

// conn is one open transaction of an engine.
type conn interface {
	exec(ctx context.Context, sql string, args []any) (int64, error)
	execAll(ctx context.Context, statements []Statement) error
	query(ctx context.Context, sql string, args []any) (Rows, error)
	enqueue(ctx context.Context, jobs []job) error
	forUpdate() string
	// commit reports whether the outcome is unknown beside the error.
	commit(ctx context.Context) (unknown bool, err error)
	rollback()
}

// Open opens the database that o names and checks that it answers. The schema
// is left as it is; see Migrate.
func Open(ctx context.Context, o Options) (*DB, error) {
	d := &DB{clock: o.Clock, log: o.Logger, wake: newWake()}
	if d.clock == nil {
		d.clock = musika.SystemClock
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if o.URL != "" {
		d.engine, err = openPostgres(ctx, o)
	} else {
		d.engine, err = openSQLite(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Engine names the engine, "postgres" or "sqlite", for people to read. No
// behaviour may depend on it.
func (d *DB) Engine() string { return d.engine.name() }

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error { return d.engine.translate(d.engine.ping(ctx)) }

// Close closes all connections. Stop the queue first.
func (d *DB) Close() { d.engine.close() }

const (
	maxAttempts = 6 // of one transaction that keeps losing races
	firstDelay  = 5 * time.Millisecond
)

// Write runs f in a transaction for scope and commits when f returns nil;
// otherwise, and on a panic, nothing of it remains. A transaction that lost a
// race inside the database is run again from the start, up to six times, so f
// must have no effect but through its Tx.
//
// Write must not be called from inside another Write or Read: one writer at a
// time is all SQLite has, and neither would see the other. It is refused on
// the goroutine that would wait for itself; f must not wait for another
// goroutine that calls Write either.
//
// Errors: what f returned; CodeSerialization when every run lost its race;
// CodeUnavailable when the database cannot be reached or written;
// CodeUnknownResult when the connection was lost while committing.
func (d *DB) Write(ctx context.Context, scope Scope, f func(Tx) error) error {
	return d.run(ctx, scope, false, f)
}

// Read runs f in a transaction that cannot write and sees one state of the
// database throughout. The rules of Write hold.
func (d *DB) Read(ctx context.Context, scope Scope, f func(Tx) error) error {
	return d.run(ctx, scope, true, f)
}

func (d *DB) run(ctx context.Context, scope Scope, readOnly bool, f func(Tx) error) error {
	after, err := d.retry(ctx, scope, readOnly, f)
	if err != nil {
		return err
	}
	for _, f := range after {
		f()
	}
	return nil
}

func (d *DB) retry(ctx context.Context, scope Scope, readOnly bool, f func(Tx) error) ([]func(), error) {
	id := goroutineID()
	if _, nested := d.inTx.LoadOrStore(id, struct{}{}); nested {
		return nil, musika.Errorf(musika.CodeInternal, "A transaction was opened inside another; pass the Tx on instead.")
	}
	defer d.inTx.Delete(id)
	for attempt, delay := 1, firstDelay; ; attempt, delay = attempt+1, delay*2 {
		after, err := d.attempt(ctx, scope, readOnly, f)
		if err == nil || musika.CodeOf(err) != musika.CodeSerialization || attempt == maxAttempts {
			return after, err
		}
		pause := time.NewTimer(delay/2 + rand.N(delay))
		select {
		case <-ctx.Done():
			pause.Stop()
			return nil, d.engine.translate(ctx.Err())
		case <-pause.C:
		}
	}
}

// attempt runs f once. The deferred rollback also serves panics.
func (d *DB) attempt(ctx context.Context, scope Scope, readOnly bool, f func(Tx) error) ([]func(), error) {
	if err := ctx.Err(); err != nil {
		return nil, d.engine.translate(err)
	}
	if err := checkScope(scope); err != nil {
		return nil, err
	}
	c, err := d.engine.begin(ctx, scope, readOnly)
	if err != nil {
		return nil, d.engine.translate(err)
	}
	t := &tx{db: d, conn: c, scope: scope, now: musika.Instant(d.clock()), readOnly: readOnly}
	defer func() {
		if t.open != nil {
			t.open.inner.Close()
		}
		if !t.over {
			t.over = true
			c.rollback()
		}
	}()
	if err := f(t); err != nil {
		// What the database said decides whether to run again, whatever f
		// made of it.
		if musika.CodeOf(t.err) == musika.CodeSerialization {
			return nil, t.err
		}
		return nil, err
	}
	if readOnly {
		return t.after, t.check()
	}
	if err := t.commit(ctx); err != nil {
		return nil, err
	}
	return t.after, nil
}

// checkScope refuses what could not be written into the session.
func checkScope(s Scope) error {
	for _, part := range []string{string(s.Merchant), string(s.Customer), s.Actor.Kind, s.Actor.ID, string(s.Actor.Role), s.Actor.Address} {
		if strings.ContainsRune(part, 0) || !validText(part) {
			return musika.Errorf(musika.CodeInvalid, "The actor's details contain characters that cannot be stored.")
		}
	}
	return nil
}
