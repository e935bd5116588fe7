package db

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// insertTopic is River's topic for new jobs.
const insertTopic = "river_insert"

// wokenPostgres and wokenSQLite are River's drivers with listeners that also
// hear of this process's own commits, at once.
type wokenPostgres struct {
	*riverpgxv5.Driver
	wake *wake
}

func (d wokenPostgres) GetListener(p *riverdriver.GetListenenerParams) riverdriver.Listener {
	return &listener{Listener: d.Driver.GetListener(p), wake: d.wake}
}

type wokenSQLite struct {
	*riversqlite.Driver
	wake *wake
}

func (d wokenSQLite) GetListener(p *riverdriver.GetListenenerParams) riverdriver.Listener {
	return &listener{Listener: d.Driver.GetListener(p), wake: d.wake}
}

var (
	_ riverdriver.Driver[pgx.Tx]  = wokenPostgres{}
	_ riverdriver.Driver[*sql.Tx] = wokenSQLite{}
)

// listener merges what another listener hears with the wake-ups of this
// process. River calls it from one goroutine at a time, and nothing else of it
// while it waits.
type listener struct {
	riverdriver.Listener
	wake   *wake
	wakeup *wakeup

	waiting chan heard // the other listener's wait that is under way, or nil
	cancel  context.CancelFunc
	kept    *riverdriver.Notification // heard while the wait was given up
}

type heard struct {
	notification *riverdriver.Notification
	err          error
}

func (l *listener) Connect(ctx context.Context) error {
	if err := l.Listener.Connect(ctx); err != nil {
		return err
	}
	l.wakeup = l.wake.subscribe()
	return nil
}

func (l *listener) Close(ctx context.Context) error {
	if l.wakeup != nil {
		l.wake.unsubscribe(l.wakeup)
		l.wakeup = nil
	}
	return l.Listener.Close(ctx)
}

// WaitForNotification returns when either has something to tell. The other
// listener's wait goes on meanwhile, and ends before an error is returned, as
// River then uses the connection.
func (l *listener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	for {
		if n := l.kept; n != nil {
			l.kept = nil
			return n, nil
		}
		if queue, ok := l.wakeup.next(); ok {
			return &riverdriver.Notification{Topic: insertTopic, Payload: fmt.Sprintf(`{"queue": %q}`, queue)}, nil
		}
		if l.waiting == nil {
			l.wait(ctx)
		}
		select {
		case h := <-l.waiting:
			l.waiting = nil
			l.cancel()
			return h.notification, h.err
		case <-l.wakeup.ready:
		case <-ctx.Done():
			l.cancel()
			l.kept = (<-l.waiting).notification
			l.waiting = nil
			return nil, ctx.Err()
		}
	}
}

func (l *listener) wait(ctx context.Context) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	result := make(chan heard, 1)
	l.cancel, l.waiting = cancel, result
	go func() {
		n, err := l.Listener.WaitForNotification(ctx)
		result <- heard{n, err}
	}()
}
