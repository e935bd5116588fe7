package db

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"github.com/musika/musika"
)

// tx implements Tx over one engine's conn: what both engines share.
type tx struct {
	db       *DB
	conn     conn
	scope    Scope
	now      time.Time
	readOnly bool

	err    error // the first failure; the transaction is finished then
	over   bool  // committed or rolled back
	open   *rows // a result not closed yet
	before []beforeCommit
	after  []func()
	jobs   []job
	local  map[any]any
}

type beforeCommit struct {
	key string
	f   func(context.Context, Tx) error
}

// check reports why no further statement may run.
func (t *tx) check() error {
	switch {
	case t.err != nil:
		return t.err
	case t.over:
		return musika.Errorf(musika.CodeInternal, "A transaction was used after its end.")
	case t.open != nil:
		t.err = musika.Errorf(musika.CodeInternal, "A statement was run before the rows of the one before were read to the end.")
		return t.err
	}
	return nil
}

// fail finishes the transaction: Postgres refuses all further statements,
// SQLite would go on and commit what came before.
func (t *tx) fail(err error) error {
	if err == nil {
		return nil
	}
	err = t.db.engine.translate(err)
	if t.err == nil {
		t.err = err
	}
	return err
}

func (t *tx) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	if err := t.check(); err != nil {
		return 0, err
	}
	args, err := bind(args)
	if err != nil {
		return 0, t.fail(err)
	}
	n, err := t.conn.exec(ctx, sql, args)
	return n, t.fail(err)
}

func (t *tx) ExecAll(ctx context.Context, statements []Statement) error {
	if err := t.check(); err != nil {
		return err
	}
	bound := make([]Statement, len(statements))
	for i, s := range statements {
		args, err := bind(s.Args)
		if err != nil {
			return t.fail(err)
		}
		bound[i] = Statement{SQL: s.SQL, Args: args}
	}
	return t.fail(t.conn.execAll(ctx, bound))
}

func (t *tx) Query(ctx context.Context, sql string, args ...any) (Rows, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	args, err := bind(args)
	if err != nil {
		return nil, t.fail(err)
	}
	inner, err := t.conn.query(ctx, sql, args)
	if err != nil {
		return nil, t.fail(err)
	}
	t.open = &rows{tx: t, inner: inner}
	return t.open, nil
}

func (t *tx) Enqueue(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) error {
	if err := t.check(); err != nil {
		return err
	}
	if t.readOnly {
		return t.fail(musika.Errorf(musika.CodeInternal, "A job was enqueued in a transaction that only reads."))
	}
	j, err := newJob(args, opts)
	if err != nil {
		return t.fail(err)
	}
	t.jobs = append(t.jobs, j)
	return nil
}

func (t *tx) BeforeCommit(key string, f func(context.Context, Tx) error) {
	t.before = append(t.before, beforeCommit{key, f})
}

func (t *tx) Local(key any, first func() any) any {
	v, ok := t.local[key]
	if !ok {
		v = first()
		if t.local == nil {
			t.local = map[any]any{}
		}
		t.local[key] = v
	}
	return v
}

func (t *tx) AfterCommit(f func()) { t.after = append(t.after, f) }
func (t *tx) Now() time.Time       { return t.now }
func (t *tx) Scope() Scope         { return t.scope }
func (t *tx) ForUpdate() string    { return t.conn.forUpdate() }

// commit runs what was registered for the end, adds the jobs and commits.
func (t *tx) commit(ctx context.Context) error {
	for len(t.before) > 0 {
		// Each may register more, which takes its place among those left.
		slices.SortStableFunc(t.before, func(a, b beforeCommit) int { return cmp.Compare(a.key, b.key) })
		next := t.before[0]
		t.before = t.before[1:]
		if err := next.f(ctx, t); err != nil {
			if musika.CodeOf(t.err) == musika.CodeSerialization {
				return t.err
			}
			return err
		}
	}
	if err := t.check(); err != nil {
		return err
	}
	if len(t.jobs) > 0 {
		// The jobs come last: they need another role on Postgres, and one
		// statement adds them all.
		if err := t.fail(t.conn.enqueue(ctx, t.jobs)); err != nil {
			return err
		}
		queues := queuesOf(t.jobs)
		t.after = append(t.after, func() { t.db.wake.signal(queues) })
	}
	if err := ctx.Err(); err != nil {
		return t.fail(err)
	}
	t.over = true
	unknown, err := t.conn.commit(ctx)
	if err == nil {
		return nil
	}
	err = t.fail(err)
	if unknown {
		return musika.Errorf(musika.CodeUnknownResult, "The database was lost while it was saving this. Look whether it is there before you try again.").Wrap(err)
	}
	return err
}

// rows passes an engine's rows on and tells the transaction of their end.
type rows struct {
	tx    *tx
	inner Rows
	err   error
}

func (r *rows) Next() bool {
	if r.inner.Next() {
		return true
	}
	r.Close()
	return false
}

func (r *rows) Scan(dest ...any) error {
	if err := r.inner.Scan(dest...); err != nil {
		err = r.tx.fail(err)
		r.err = cmp.Or(r.err, err)
		return err
	}
	return nil
}

func (r *rows) Err() error { return r.err }

func (r *rows) Close() {
	if r.tx.open != r {
		return
	}
	r.inner.Close()
	r.tx.open = nil
	if err := r.inner.Err(); err != nil && r.err == nil {
		r.err = r.tx.fail(err)
	}
}
