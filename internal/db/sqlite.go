package db

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/musika/musika"
)

// sqliteEngine is one file: a single connection that writes, shared with
// River, and a pool of connections that only read.
type sqliteEngine struct {
	path   string
	writer *sql.DB
	group  *writeGroup // how transactions take turns on writer
	reader *sql.DB
	insert *river.Client[*sql.Tx]
}

func openSQLite(ctx context.Context, o Options) (engine, error) {
	if o.Path == "" {
		return nil, musika.Errorf(musika.CodeInvalid, "No database is named. Give a Postgres URL or the path of an SQLite file.")
	}
	sync := strings.ToUpper(o.Synchronous)
	switch sync {
	case "":
		sync = "FULL"
	case "FULL", "NORMAL", "OFF":
	default:
		return nil, musika.Errorf(musika.CodeInvalid, "%q is not a way to write SQLite. Choose FULL, NORMAL or OFF.", o.Synchronous)
	}
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, musika.Errorf(musika.CodeInvalid, "%q is not a usable path.", o.Path).Wrap(err)
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return nil, musika.Errorf(musika.CodeUnavailable, "The directory of the database, %s, cannot be used. Create it or choose another path.", filepath.Dir(path)).Wrap(err)
	}
	e := &sqliteEngine{path: path}
	// Without _texttotime: it would also turn text that looks like a date,
	// such as COALESCE(name, ''), into a time. See timeFrom.
	if e.writer, err = sql.Open("sqlite", sqliteDSN(path, "immediate", sync)); err != nil {
		return nil, internal(err)
	}
	e.writer.SetMaxOpenConns(1)
	e.writer.SetMaxIdleConns(1)
	e.group = newWriteGroup(e.writer)
	if e.reader, err = sql.Open("sqlite", sqliteDSN(path, "deferred", sync)+"&_query_only=1"); err != nil {
		return nil, internal(err)
	}
	readers := o.MaxConns
	if readers <= 0 {
		readers = 8
	}
	e.reader.SetMaxOpenConns(readers)
	e.reader.SetMaxIdleConns(readers)
	e.reader.SetConnMaxIdleTime(5 * time.Minute)
	// Only other processes need the notification rows of this client.
	if e.insert, err = river.NewClient(riversqlite.New(e.writer), insertConfig(time.Second)); err == nil {
		// The writer first: it creates the file and turns WAL on.
		if err = e.writer.PingContext(ctx); err == nil {
			err = e.ping(ctx)
		}
	}
	if err != nil {
		e.close()
		return nil, e.translate(err)
	}
	return e, nil
}

func sqliteDSN(path, lock, sync string) string {
	q := url.Values{
		"_txlock":       {lock},
		"_time_format":  {"sqlite"},
		"_timezone":     {"UTC"},
		"_busy_timeout": {"5000"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {sync},
		"_foreign_keys": {"1"},
		"_dqs":          {"0"},
		"_pragma":       {"journal_size_limit(67108864)", "temp_store(2)"},
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

func (e *sqliteEngine) name() string { return "sqlite" }

func (e *sqliteEngine) ping(ctx context.Context) error {
	var n int
	return e.reader.QueryRowContext(ctx, "SELECT 1").Scan(&n)
}

func (e *sqliteEngine) close() {
	if e.reader != nil {
		_ = e.reader.Close()
	}
	if e.writer != nil {
		_ = e.writer.Close()
	}
}

func (e *sqliteEngine) schemaChanged() {}

func (e *sqliteEngine) listTables() string {
	return "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
}

// setActor runs at the start of every write: the actor lives in a table that
// audit triggers read, and is written only when it is another than before.
const setActor = `UPDATE audit_context SET kind = $1, actor_id = $2, role = $3, address = $4
	WHERE kind <> $1 OR actor_id <> $2 OR role <> $3 OR address <> $4`

func (e *sqliteEngine) begin(ctx context.Context, scope Scope, readOnly bool) (conn, error) {
	if readOnly {
		t, err := e.reader.BeginTx(ctx, nil)
		if err != nil {
			return nil, err
		}
		return &sqliteConn{engine: e, tx: t}, nil
	}
	if err := e.group.enter(ctx); err != nil {
		return nil, err
	}
	c := &sqliteConn{engine: e, tx: e.group.tx, member: true}
	if a := scope.Actor; a.Kind != migrationActor {
		if _, err := c.exec(ctx, setActor, []any{a.Kind, a.ID, string(a.Role), a.Address}); err != nil {
			c.rollback()
			return nil, err
		}
	}
	return c, nil
}

// sqliteConn adapts *sql.Tx to conn.
type sqliteConn struct {
	engine *sqliteEngine
	tx     *sql.Tx
	member bool // of the write group; otherwise it reads, by itself
}

// statementContext is the context that a statement runs under. A statement of
// a group is not interrupted, since SQLite would undo the whole group; it is
// not begun either once ctx has ended.
func (c *sqliteConn) statementContext(ctx context.Context) (context.Context, error) {
	if !c.member {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), ctx.Err()
}

func (c *sqliteConn) exec(ctx context.Context, query string, args []any) (int64, error) {
	ctx, err := c.statementContext(ctx)
	if err != nil {
		return 0, err
	}
	result, err := c.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (c *sqliteConn) execAll(ctx context.Context, statements []Statement) error {
	for _, s := range statements {
		if _, err := c.exec(ctx, s.SQL, s.Args); err != nil {
			return err
		}
	}
	return nil
}

func (c *sqliteConn) query(ctx context.Context, query string, args []any) (Rows, error) {
	ctx, err := c.statementContext(ctx)
	if err != nil {
		return nil, err
	}
	r, err := c.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return sqliteRows{r}, nil
}

func (c *sqliteConn) enqueue(ctx context.Context, jobs []job) error {
	ctx, err := c.statementContext(ctx)
	if err != nil {
		return err
	}
	_, err = c.engine.insert.InsertManyTx(ctx, c.tx, insertParams(jobs))
	return err
}

func (c *sqliteConn) forUpdate() string { return "" }

func (c *sqliteConn) commit(context.Context) (unknown bool, err error) {
	if c.member {
		return false, c.engine.group.keep()
	}
	return false, c.tx.Commit()
}

func (c *sqliteConn) rollback() {
	if c.member {
		c.engine.group.drop()
		return
	}
	_ = c.tx.Rollback()
}

type sqliteRows struct{ *sql.Rows }

func (r sqliteRows) Close()                 { _ = r.Rows.Close() }
func (r sqliteRows) Scan(dest ...any) error { return r.Rows.Scan(scanTimes(dest)...) }

func (e *sqliteEngine) translate(err error) error {
	if err, known := common(err); known {
		return err
	}
	if errors.Is(err, sql.ErrConnDone) || strings.Contains(err.Error(), "sql: database is closed") {
		return unavailable(err, "The database is closed; the program is stopping.")
	}
	if errors.Is(err, errGroupUndone) {
		return serialization(err)
	}
	s, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return internal(err)
	}
	switch s.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return constraint(sqliteConstraint("unique", s))
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return constraint(&ConstraintError{Kind: "foreign key", Err: s})
	case sqlite3.SQLITE_CONSTRAINT_NOTNULL:
		return constraint(sqliteConstraint("not null", s))
	case sqlite3.SQLITE_CONSTRAINT_CHECK:
		return constraint(&ConstraintError{Kind: "check", Name: sqliteDetail(s), Err: s})
	case sqlite3.SQLITE_CONSTRAINT_TRIGGER:
		return musika.Errorf(musika.CodeForbidden, "The audit log cannot be changed.").Wrap(s)
	}
	switch s.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return serialization(s)
	case sqlite3.SQLITE_INTERRUPT:
		return unavailable(s, "The request was given up before it was done.")
	case sqlite3.SQLITE_FULL:
		return unavailable(s, "The disk that holds the database is full. Free some space; nothing was saved.")
	case sqlite3.SQLITE_READONLY:
		return unavailable(s, "The database file %s cannot be written. Check its permissions and its disk.", e.path)
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return unavailable(s, "The database file %s cannot be opened. Check that its directory exists and may be written.", e.path)
	case sqlite3.SQLITE_IOERR:
		return unavailable(s, "The disk reported an error on the database file %s. Check the disk.", e.path)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return unavailable(s, "The file %s is not a sound database. Restore the last backup.", e.path)
	}
	return internal(s)
}

// sqliteDetail returns what follows the last "failed: " in SQLite's message,
// "users.phone" or a check's expression.
func sqliteDetail(s *sqlite.Error) string {
	text := s.Error()
	if i := strings.LastIndex(text, "failed: "); i >= 0 {
		text = text[i+len("failed: "):]
	}
	if i := strings.LastIndex(text, " ("); i >= 0 {
		text = text[:i]
	}
	return text
}

func sqliteConstraint(kind string, s *sqlite.Error) *ConstraintError {
	c := &ConstraintError{Kind: kind, Name: sqliteDetail(s), Err: s}
	for part := range strings.SplitSeq(c.Name, ", ") {
		if table, column, ok := strings.Cut(part, "."); ok {
			c.Table = table
			c.Columns = append(c.Columns, column)
		}
	}
	return c
}

// lockMigrations keeps a second process from migrating, or migrating under a
// running one.
func (e *sqliteEngine) lockMigrations(context.Context) (func(), error) {
	return lockFile(e.path + ".lock")
}

func (e *sqliteEngine) riverPending(ctx context.Context) (bool, error) {
	return riverPending(ctx, riversqlite.New(e.writer))
}

func (e *sqliteEngine) migrateRiver(ctx context.Context) ([]string, error) {
	return migrateRiver(ctx, riversqlite.New(e.writer))
}

// inUse is the refusal of a second process that wants the file for itself.
func inUse(lock string, err error) error {
	return musika.Errorf(musika.CodeConflict, "The database file %s is in use by another Musika process. Stop that one first, or give this one its own file.", strings.TrimSuffix(lock, ".lock")).Wrap(err)
}
