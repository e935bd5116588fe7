package db

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"
)

// SQLite has one writer, and a durable commit waits for the disk. Transactions
// that wait for the writer therefore share a commit: each runs on its own, in a
// savepoint, one after the other; the last one of the group commits for all,
// and only then does any of them return. Undoing one undoes its savepoint.
const (
	groupMost = 64                    // transactions in a group
	groupSpan = 15 * time.Millisecond // from the first statement to the commit, or little more
)

// errGroupUndone is returned to transactions whose group could not be
// committed through no fault of theirs: run again, they meet what was wrong, if
// it still is.
var errGroupUndone = errors.New("the commit shared with other transactions failed")

// writeGroup hands the writer from transaction to transaction.
type writeGroup struct {
	writer  *sql.DB
	turn    chan struct{} // holds a token while nobody runs
	waiting atomic.Int64  // for the turn

	// The rest belongs to whoever has the turn.
	tx    *sql.Tx // open; nil between groups
	begun time.Time
	done  []chan error // of those that ended well and wait for the commit
}

func newWriteGroup(writer *sql.DB) *writeGroup {
	g := &writeGroup{writer: writer, turn: make(chan struct{}, 1)}
	g.turn <- struct{}{}
	return g
}

// enter waits for the turn and opens a savepoint.
func (g *writeGroup) enter(ctx context.Context) error {
	g.waiting.Add(1)
	select {
	case <-g.turn:
		g.waiting.Add(-1)
	case <-ctx.Done():
		g.waiting.Add(-1)
		// Whoever had the turn may have left the commit to this transaction.
		go func() {
			<-g.turn
			g.pass()
		}()
		return ctx.Err()
	}
	if err := g.open(); err != nil {
		g.pass()
		return err
	}
	return nil
}

func (g *writeGroup) open() error {
	if g.tx == nil {
		// The group outlives each of its members' contexts.
		tx, err := g.writer.BeginTx(context.Background(), nil)
		if err != nil {
			return err
		}
		g.tx, g.begun = tx, time.Now()
	}
	if _, err := g.tx.ExecContext(context.Background(), "SAVEPOINT member"); err != nil {
		g.end(errGroupUndone)
		return err
	}
	return nil
}

// keep ends the transaction that has the turn well and returns when it is
// committed.
func (g *writeGroup) keep() error {
	if _, err := g.tx.ExecContext(context.Background(), "RELEASE member"); err != nil {
		g.end(errGroupUndone)
		g.pass()
		return err
	}
	done := make(chan error, 1)
	g.done = append(g.done, done)
	g.pass()
	return <-done
}

// drop undoes the transaction that has the turn.
func (g *writeGroup) drop() {
	// After some failures (disk full, say) SQLite has undone everything.
	if _, err := g.tx.ExecContext(context.Background(), "ROLLBACK TO member; RELEASE member"); err != nil {
		g.end(errGroupUndone)
	}
	g.pass()
}

// pass gives the turn away, and commits first when the group is full, old, or
// nobody waits to join it.
func (g *writeGroup) pass() {
	if g.tx != nil && (g.waiting.Load() == 0 || len(g.done) >= groupMost || time.Since(g.begun) >= groupSpan) {
		g.end(nil)
	}
	g.turn <- struct{}{}
}

// end commits the group, or rolls it back when failed says why.
func (g *writeGroup) end(failed error) {
	if failed == nil && len(g.done) > 0 {
		failed = g.tx.Commit()
	}
	if failed != nil || len(g.done) == 0 {
		_ = g.tx.Rollback()
	}
	for _, done := range g.done {
		done <- failed
	}
	g.tx, g.done = nil, nil
}
