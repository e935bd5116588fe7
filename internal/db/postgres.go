package db

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/musika/musika"
)

// oldestPostgres is the oldest server this program is tested with.
const oldestPostgres = 150000

// postgresEngine is one pool, shared with River.
type postgresEngine struct {
	pool   *pgxpool.Pool
	insert *river.Client[pgx.Tx]
}

// notifyGap is the least time between two notifications of new jobs in a queue.
// They are for other processes; this one wakes itself. A commit that notifies
// holds a lock of the whole server until it is on the disk, so notifying on
// every commit would let only one commit at a time through.
const notifyGap = 100 * time.Millisecond

func openPostgres(ctx context.Context, o Options) (engine, error) {
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, musika.Errorf(musika.CodeInvalid, "The database URL is not one of Postgres, such as postgres://user:password@host:5432/name.").Wrap(err)
	}
	if config.MaxConns = 20; o.MaxConns > 0 {
		config.MaxConns = int32(min(o.MaxConns, 10_000))
	}
	config.MaxConnIdleTime = 5 * time.Minute
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "musika"
	}
	config.AfterConnect = preparePostgres
	e := &postgresEngine{}
	if e.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, e.translate(err)
	}
	if e.insert, err = river.NewClient(riverpgxv5.New(e.pool), insertConfig(notifyGap)); err == nil {
		var version int
		err = e.pool.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version)
		if err == nil && version < oldestPostgres {
			err = musika.Errorf(musika.CodeUnsupported, "The database server is Postgres %d. Musika needs Postgres 15 or newer.", version/10000)
		}
	}
	if err != nil {
		e.close()
		return nil, e.translate(err)
	}
	return e, nil
}

// preparePostgres makes a fresh connection one that this package can rely on:
// quoting without backslashes, times in UTC, no transaction left open for
// minutes.
func preparePostgres(ctx context.Context, c *pgx.Conn) error {
	c.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	_, err := c.Exec(ctx, "SET standard_conforming_strings = on; SET timezone = 'UTC'; SET idle_in_transaction_session_timeout = '60s'")
	return err
}

func (e *postgresEngine) name() string { return "postgres" }

func (e *postgresEngine) ping(ctx context.Context) error { return e.pool.Ping(ctx) }
func (e *postgresEngine) close()                         { e.pool.Close() }
func (e *postgresEngine) schemaChanged()                 { e.pool.Reset() }

func (e *postgresEngine) listTables() string {
	return "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
}

func (e *postgresEngine) begin(ctx context.Context, scope Scope, readOnly bool) (conn, error) {
	t, err := e.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: beginPostgres(scope, readOnly)})
	if err != nil {
		return nil, err
	}
	return &postgresConn{engine: e, tx: t, tenant: !scope.service()}, nil
}

// service reports whether s sees all rows.
func (s Scope) service() bool { return s.Merchant == "" && s.Customer == "" }

// claims are the JWT claims that row-level security reads, the same that
// Supabase's own clients bring.
type claims struct {
	Subject  string            `json:"sub"`
	Role     string            `json:"role"`
	Merchant musika.MerchantID `json:"merchant_id,omitempty"`
	Customer musika.CustomerID `json:"customer_id,omitempty"`
	AppRole  musika.Role       `json:"app_role"`
}

// beginPostgres returns everything that opens a transaction for scope, sent to
// the server at once. All settings end with the transaction.
func beginPostgres(scope Scope, readOnly bool) string {
	var b strings.Builder
	if readOnly {
		b.WriteString("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
	} else {
		b.WriteString("BEGIN")
		actor, _ := json.Marshal(scope.Actor) // strings only; checkScope has seen them
		b.WriteString("; SELECT set_config('musika.actor', " + quote(string(actor)) + ", true)")
	}
	if scope.service() {
		return b.String()
	}
	c := claims{Subject: scope.Actor.ID, Role: "authenticated", Merchant: scope.Merchant, Customer: scope.Customer, AppRole: scope.Actor.Role}
	if c.AppRole == "" {
		// An API key or the program itself acts for the merchant as its owner
		// would.
		c.AppRole = musika.RoleCustomer
		if scope.Merchant != "" {
			c.AppRole = musika.RoleOwner
		}
	}
	text, _ := json.Marshal(c)
	// The role comes last: what is set after it would run under it.
	b.WriteString("; SELECT set_config('request.jwt.claims', " + quote(string(text)) + ", true), set_config('musika.program', 'on', true)" +
		"; SET LOCAL ROLE authenticated")
	return b.String()
}

// quote makes a literal of s, which holds no NUL; preparePostgres has turned
// backslashes off.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// postgresConn adapts pgx.Tx to conn.
type postgresConn struct {
	engine *postgresEngine
	tx     pgx.Tx
	tenant bool
}

func (c *postgresConn) exec(ctx context.Context, query string, args []any) (int64, error) {
	tag, err := c.tx.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

func (c *postgresConn) execAll(ctx context.Context, statements []Statement) error {
	var batch pgx.Batch
	for _, s := range statements {
		batch.Queue(s.SQL, s.Args...)
	}
	return c.tx.SendBatch(ctx, &batch).Close()
}

func (c *postgresConn) query(ctx context.Context, query string, args []any) (Rows, error) {
	return c.tx.Query(ctx, query, args...)
}

// enqueue adds the jobs as the program's own role: tenants have no right to
// River's tables. It is the last statement of its transaction.
func (c *postgresConn) enqueue(ctx context.Context, jobs []job) error {
	if c.tenant {
		if _, err := c.tx.Exec(ctx, "SET LOCAL ROLE NONE"); err != nil {
			return err
		}
	}
	_, err := c.engine.insert.InsertManyTx(ctx, c.tx, insertParams(jobs))
	return err
}

func (c *postgresConn) forUpdate() string { return " FOR UPDATE" }

// commit is not given up half-way when ctx ends: whether it took place would
// be unknown then.
func (c *postgresConn) commit(ctx context.Context) (unknown bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	err = c.tx.Commit(ctx)
	if err == nil || errors.Is(err, pgx.ErrTxCommitRollback) {
		return false, err
	}
	_, answered := errors.AsType[*pgconn.PgError](err)
	return !answered, err
}

func (c *postgresConn) rollback() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = c.tx.Rollback(ctx)
}

func (e *postgresEngine) translate(err error) error {
	if err, known := common(err); known {
		return err
	}
	p, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
			return unavailable(err, "The database cannot be reached. Check the database URL and that the server runs.")
		}
		if pgconn.SafeToRetry(err) || pgconn.Timeout(err) || connectionLost(err) {
			return unavailable(err, "The connection to the database was lost. Please try again in a moment.")
		}
		return internal(err)
	}
	switch p.Code {
	case "23505":
		return constraint(postgresConstraint("unique", p))
	case "23503":
		return constraint(postgresConstraint("foreign key", p))
	case "23514":
		return constraint(postgresConstraint("check", p))
	case "23502":
		return constraint(postgresConstraint("not null", p))
	case "40001", "40P01":
		return serialization(p)
	case "55P03":
		return unavailable(p, "The database is busy with the same thing. Please try again in a moment.")
	case "57014":
		return unavailable(p, "The database took too long to answer. Please try again in a moment.")
	case "42501":
		if p.TableName == "audit_logs" || strings.Contains(p.Message, "audit log") {
			return musika.Errorf(musika.CodeForbidden, "The audit log cannot be changed.").Wrap(p)
		}
		return musika.Errorf(musika.CodeForbidden, "This is not yours to see or change.").Wrap(p)
	case "28P01", "28000", "3D000":
		return unavailable(p, "The database refused the login or does not exist. Check the database URL.")
	case "53100":
		return unavailable(p, "The disk that holds the database is full. Free some space; nothing was saved.")
	case "53300":
		return unavailable(p, "The database has no free connection. Lower the number of connections per process or raise the server's.")
	}
	switch p.Code[:2] {
	case "22":
		return musika.Errorf(musika.CodeInvalid, "A value is outside of what is allowed.").Wrap(p)
	case "08", "53", "57", "58":
		return unavailable(p, "The database is not ready. Please try again in a moment.")
	}
	return internal(p)
}

// connectionLost reports the errors of a broken connection that pgx passes on
// bare.
func connectionLost(err error) bool {
	for _, text := range []string{"conn closed", "closed pool", "unexpected EOF", "connection reset", "broken pipe", "connection refused"} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

var keyColumns = regexp.MustCompile(`^Key \(([^)]*)\)`)

func postgresConstraint(kind string, p *pgconn.PgError) *ConstraintError {
	c := &ConstraintError{Kind: kind, Table: p.TableName, Name: p.ConstraintName, Err: p}
	if p.ColumnName != "" {
		c.Columns = []string{p.ColumnName}
	} else if m := keyColumns.FindStringSubmatch(p.Detail); m != nil {
		c.Columns = strings.Split(m[1], ", ")
	}
	return c
}

// migrationLock is the key of the advisory lock held while migrating: "musika".
const migrationLock = 0x6d7573696b61

// lockMigrations waits for other processes that migrate the same database.
func (e *postgresEngine) lockMigrations(ctx context.Context) (func(), error) {
	c, err := e.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		c.Release()
		return nil, err
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if _, err := c.Exec(ctx, "SELECT pg_advisory_unlock($1)", int64(migrationLock)); err != nil {
			_ = c.Conn().Close(ctx) // ends the session and the lock with it
		}
		c.Release()
	}, nil
}

func (e *postgresEngine) riverPending(ctx context.Context) (bool, error) {
	return riverPending(ctx, riverpgxv5.New(e.pool))
}

func (e *postgresEngine) migrateRiver(ctx context.Context) ([]string, error) {
	return migrateRiver(ctx, riverpgxv5.New(e.pool))
}
