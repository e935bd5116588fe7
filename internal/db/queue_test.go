package db_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
)

// noteArgs is a job that does what its worker in the test says.
type noteArgs struct {
	N     int    `json:"n"`
	Queue string `json:"-"`
}

func (noteArgs) Kind() string { return "note" }
func (a noteArgs) InsertOpts() river.InsertOpts {
	if a.Queue == "" {
		return river.InsertOpts{Queue: db.QueueMessages}
	}
	return river.InsertOpts{Queue: a.Queue}
}

// work starts the queue with a worker for noteArgs and stops it at the end.
func work(t testing.TB, d *db.DB, o db.QueueOptions, f func(context.Context, *river.Job[noteArgs]) error) *db.Queue {
	t.Helper()
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(f))
	q, err := d.StartQueue(t.Context(), workers, o)
	if err != nil {
		t.Fatalf("StartQueue: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := q.Stop(ctx); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
	return q
}

func enqueue(t testing.TB, d *db.DB, args river.JobArgs) {
	t.Helper()
	write(t, d, service, func(ctx context.Context, tx db.Tx) error { return tx.Enqueue(ctx, args, nil) })
}

func receive[T any](t testing.TB, c <-chan T, within time.Duration) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(within):
		t.Fatalf("nothing came within %s", within)
	}
	return v
}

// eventually polls f, for what no signal tells of.
func eventually(t testing.TB, within time.Duration, f func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !f(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("did not come true within %s", within)
		}
	}
}

func count(t testing.TB, d *db.DB, queue, state string) (n int64) {
	t.Helper()
	counts, err := d.QueueCounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range counts {
		if c.Queue == queue && c.State == state {
			n += c.Count
		}
	}
	return n
}

func TestEnqueueCommitsWithItsTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		// Before any queue runs, and from a tenant's transaction, which has no
		// right to River's tables.
		write(t, d, service, func(ctx context.Context, tx db.Tx) error { return addMerchant(ctx, tx, "m1", musika.MerchantApproved) })
		tenant := db.Tenant("m1", musika.Actor{Kind: "user", ID: "usr_1", Role: musika.RoleOwner})
		undone := errors.New("undone")
		err := d.Write(t.Context(), tenant, func(tx db.Tx) error {
			if err := tx.Enqueue(t.Context(), noteArgs{N: 1}, nil); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatalf("got %v", err)
		}
		if n := count(t, d, db.QueueMessages, "available"); n != 0 {
			t.Fatalf("%d jobs of a transaction that was rolled back", n)
		}
		write(t, d, tenant, func(ctx context.Context, tx db.Tx) error {
			return errors.Join(tx.Enqueue(ctx, noteArgs{N: 2}, nil), tx.Enqueue(ctx, noteArgs{N: 3, Queue: db.QueueOrders}, nil))
		})
		if a, b := count(t, d, db.QueueMessages, "available"), count(t, d, db.QueueOrders, "available"); a != 1 || b != 1 {
			t.Fatalf("%d and %d jobs, want 1 and 1", a, b)
		}
		done := make(chan int, 2)
		work(t, d, db.QueueOptions{}, func(_ context.Context, j *river.Job[noteArgs]) error { done <- j.Args.N; return nil })
		got := []int{receive(t, done, 5*time.Second), receive(t, done, 5*time.Second)}
		slices.Sort(got)
		if !slices.Equal(got, []int{2, 3}) {
			t.Fatalf("worked %v", got)
		}
	})
}

type lostArgs struct{}

func (lostArgs) Kind() string { return "lost" }

func TestEnqueueRefusesWhatNobodyWorks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), service, func(tx db.Tx) error {
			_ = tx.Enqueue(t.Context(), lostArgs{}, nil) // even when the error is dropped
			return nil
		})
		if musika.CodeOf(err) != musika.CodeInternal {
			t.Errorf("a job without a queue: %v", err)
		}
		err = d.Read(t.Context(), service, func(tx db.Tx) error { return tx.Enqueue(t.Context(), noteArgs{}, nil) })
		if musika.CodeOf(err) != musika.CodeInternal {
			t.Errorf("a job in a read: %v", err)
		}
	})
}

func TestFailedJobsAreTriedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		type attempt struct {
			n  int
			at time.Time
		}
		tries := make(chan attempt, 5)
		q := work(t, d, db.QueueOptions{Poll: 50 * time.Millisecond}, func(_ context.Context, j *river.Job[noteArgs]) error {
			tries <- attempt{j.Attempt, time.Now()}
			if j.Attempt == 1 {
				panic("first")
			}
			return errors.New("second")
		})
		write(t, d, service, func(ctx context.Context, tx db.Tx) error {
			return tx.Enqueue(ctx, noteArgs{}, &river.InsertOpts{MaxAttempts: 2})
		})
		first := receive(t, tries, 5*time.Second)
		second := receive(t, tries, 5*time.Second)
		if pause := second.at.Sub(first.at); pause < 1900*time.Millisecond || pause > 3*time.Second {
			t.Errorf("second attempt after %s, want 2 to 2.2 s and a poll", pause)
		}
		eventually(t, 5*time.Second, func() bool { return count(t, d, db.QueueMessages, "discarded") == 1 })
		if s := q.Stats(); s.Panics != 1 || s.Errors != 1 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestStopFinishesRunningJobs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		started, finish := make(chan struct{}), make(chan struct{})
		q := work(t, d, db.QueueOptions{Limits: map[string]db.QueueLimits{db.QueueMessages: {Workers: 1}}}, func(context.Context, *river.Job[noteArgs]) error {
			close(started)
			<-finish
			return nil
		})
		enqueue(t, d, noteArgs{N: 1})
		receive(t, started, 5*time.Second)
		enqueue(t, d, noteArgs{N: 2})
		stopped := make(chan error)
		go func() { stopped <- q.Stop(context.Background()) }()
		select {
		case <-stopped:
			t.Fatal("stopped while a job ran")
		case <-time.After(100 * time.Millisecond):
		}
		close(finish)
		if err := receive(t, stopped, 5*time.Second); err != nil {
			t.Fatal(err)
		}
		if done, left := count(t, d, db.QueueMessages, "completed"), count(t, d, db.QueueMessages, "available"); done != 1 || left != 1 {
			t.Errorf("%d completed and %d left, want 1 and 1", done, left)
		}
	})
}

// A job committed while others are fetched must not wait for the next poll,
// though River leaves its notification out.
func TestPickup(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const jobs = 200
		var mu sync.Mutex
		committed := map[int]time.Time{}
		began := map[int]time.Time{}
		done := make(chan struct{}, jobs)
		work(t, d, db.QueueOptions{Poll: 10 * time.Second}, func(_ context.Context, j *river.Job[noteArgs]) error {
			mu.Lock()
			began[j.Args.N] = time.Now()
			mu.Unlock()
			done <- struct{}{}
			return nil
		})
		enqueue(t, d, noteArgs{N: -1})
		receive(t, done, 5*time.Second)
		for n := range jobs {
			write(t, d, service, func(ctx context.Context, tx db.Tx) error {
				tx.AfterCommit(func() { mu.Lock(); committed[n] = time.Now(); mu.Unlock() })
				return tx.Enqueue(ctx, noteArgs{N: n}, nil)
			})
			if n%2 == 0 { // pairs: alone, and on the heels of another
				time.Sleep(5 * time.Millisecond)
			}
		}
		for range jobs {
			receive(t, done, 5*time.Second)
		}
		var waits []time.Duration
		for n := range jobs {
			waits = append(waits, began[n].Sub(committed[n]))
		}
		slices.Sort(waits)
		t.Logf("commit to start of work: p50 %s, p95 %s, max %s", waits[jobs/2], waits[jobs*95/100], waits[jobs-1])
		if waits[jobs/2] > 100*time.Millisecond || waits[jobs-1] > 3*time.Second {
			t.Errorf("jobs waited for a poll: %v", waits[jobs-5:])
		}
	})
}

func TestRetryPolicy(t *testing.T) {
	t.Parallel()
	for attempt, want := range map[int]time.Duration{1: 2 * time.Second, 2: 4 * time.Second, 3: 8 * time.Second, 8: 256 * time.Second, 12: time.Hour, 99: time.Hour} {
		got := time.Until(db.RetryPolicy.NextRetry(&rivertype.JobRow{Attempt: attempt}))
		if got < want-time.Second || got > want+want/10 {
			t.Errorf("after attempt %d: %s, want %s and up to a tenth more", attempt, got, want)
		}
	}
}

// levels counts what is logged at each level.
type levels struct {
	slog.Handler
	mu   sync.Mutex
	seen map[slog.Level]int
}

func (l *levels) Enabled(context.Context, slog.Level) bool { return true }
func (l *levels) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *levels) WithGroup(string) slog.Handler            { return l }
func (l *levels) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen[r.Level]++
	return nil
}

func TestRiverIsQuiet(t *testing.T) {
	log := &levels{seen: map[slog.Level]int{}}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		done := make(chan struct{}, 1)
		q := work(t, d, db.QueueOptions{}, func(context.Context, *river.Job[noteArgs]) error { done <- struct{}{}; return nil })
		enqueue(t, d, noteArgs{})
		receive(t, done, 5*time.Second)
		if err := q.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		log.mu.Lock()
		defer log.mu.Unlock()
		if log.seen[slog.LevelDebug] == 0 || log.seen[slog.LevelInfo]+log.seen[slog.LevelWarn]+log.seen[slog.LevelError] > 0 {
			t.Errorf("logged by level: %v", log.seen)
		}
	}, func(o *db.Options) { o.Logger = slog.New(log) })
}
