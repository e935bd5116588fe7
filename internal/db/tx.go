// Package db opens the database, whichever of the two engines it is, and lends
// it out one transaction at a time. Write and Read are the only doors. Nothing
// outside this package knows which engine runs.
//
// SQL is written once, portable, with $1 placeholders; lint_test.go refuses
// what only one engine understands.
package db

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"github.com/musika/musika"
)

// Tx is one transaction. It is lent to the function passed to Write or Read
// and must not be used after that function returns, nor by two goroutines at
// once, nor after one of its statements failed: the transaction is over then.
// No network call may be made while one is open.
type Tx interface {
	// Exec runs a statement and returns the number of rows it changed.
	Exec(ctx context.Context, sql string, args ...any) (int64, error)
	// ExecAll runs statements whose row counts are not needed, in order: one
	// round trip to a database behind a network.
	ExecAll(ctx context.Context, statements []Statement) error
	// Query runs a query. Read all rows and close them before the next
	// statement; use All, One or Maybe, which do.
	Query(ctx context.Context, sql string, args ...any) (Rows, error)
	// Enqueue adds a job that becomes runnable when the transaction commits.
	// It is the only way to add one. A nil opts takes the job's own; one of
	// the two must name one of Queues. The jobs are inserted together, after
	// the functions of BeforeCommit, so a statement cannot see them.
	Enqueue(ctx context.Context, job river.JobArgs, opts *river.InsertOpts) error
	// BeforeCommit registers f to run as the last part of the transaction.
	// Functions run in the order of their keys, so that transactions which
	// lock several counters lock them in the same order.
	BeforeCommit(key string, f func(context.Context, Tx) error)
	// Local returns what is kept under key until the transaction ends, made by
	// first at the start. Use a key of an unexported type.
	Local(key any, first func() any) any
	// AfterCommit registers f to run once the commit is durable; it does not
	// run when the transaction is undone.
	AfterCommit(f func())
	// Now is the time of the transaction: one instant for all its rows.
	Now() time.Time
	// Scope says for whom the transaction runs.
	Scope() Scope
	// ForUpdate returns the clause that locks selected rows until commit:
	// " FOR UPDATE" on Postgres, "" on SQLite, which has one writer.
	ForUpdate() string
}

// Statement is SQL with its arguments.
type Statement struct {
	SQL  string
	Args []any
}

// Rows is a query's result, read row by row.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// Scope says for whom a transaction runs. On Postgres a tenant's transaction
// runs under row-level security with the scope as its JWT claims; on both
// engines audit triggers record the actor.
type Scope struct {
	// Merchant is the tenant; empty for the service, which sees all rows.
	Merchant musika.MerchantID
	// Customer narrows a service-less scope to one customer's own rows.
	Customer musika.CustomerID
	// Actor is who caused the changes.
	Actor musika.Actor
}

// Service is the scope of the inbound pipeline, jobs and start-up: all rows,
// on behalf of actor.
func Service(actor musika.Actor) Scope { return Scope{Actor: actor} }

// Tenant is the scope of one merchant, for its owner and staff, an admin, or
// an API key (an actor without a role counts as the owner). Other roles have
// no rights there: Postgres shows them nothing.
func Tenant(id musika.MerchantID, actor musika.Actor) Scope {
	return Scope{Merchant: id, Actor: actor}
}
