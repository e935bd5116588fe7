package db

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"

	"github.com/musika/musika"
)

// QueueLimits bound one queue in one process.
type QueueLimits struct {
	// Workers is how many of its jobs run at once. Defaults to 3 for
	// media_processing, 5 for message_sending and webhook_delivery, 2 for
	// order_processing.
	Workers int
	// FetchCooldown is the least time between two fetches of jobs. A queue of
	// short jobs does at most Workers ÷ FetchCooldown per second. Defaults to
	// 2 ms.
	FetchCooldown time.Duration
}

// QueueOptions say how jobs are worked.
type QueueOptions struct {
	// Limits by queue; what is not set takes its default.
	Limits map[string]QueueLimits
	// JobTimeout ends the context of a job whose worker names no Timeout.
	// Defaults to 30 seconds.
	JobTimeout time.Duration
	// Poll is how often each queue looks for jobs that nothing told it of:
	// those that a retry or a time set has made due. Defaults to 500 ms.
	Poll time.Duration
	// Periodic jobs are enqueued by one process, the leader.
	Periodic []*river.PeriodicJob
}

const (
	defaultCooldown   = 2 * time.Millisecond
	defaultPoll       = 500 * time.Millisecond
	defaultJobTimeout = 30 * time.Second

	// completedRetention is short: the table of jobs stays small.
	completedRetention = time.Hour
	discardedRetention = 14 * 24 * time.Hour

	// rescueBackstop is after how long River itself takes a running job for
	// lost. Jobs of a dead process are found much earlier, see rescue.go.
	rescueBackstop = 90 * time.Second
)

var defaultWorkers = map[string]int{QueueMedia: 3, QueueMessages: 5, QueueOrders: 2, QueueWebhooks: 5}

// Queue works jobs in this process until it is stopped.
type Queue struct {
	runner   runner
	cleanup  func() // gives back the locks; after the runner has stopped
	stopOnce sync.Once
	stopErr  error
	stats    *queueCounters
}

// runner is a River client of either engine.
type runner interface {
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
}

// queueCounters count since the queue was started.
type queueCounters struct{ errors, panics, rescued atomic.Int64 }

// QueueStats is what happened in this process since the queue was started.
type QueueStats struct {
	Errors  int64 // attempts that ended in an error
	Panics  int64 // attempts that panicked
	Rescued int64 // jobs of dead processes that were made available again
}

// StartQueue begins to work jobs in the four queues. The jobs that a process
// left behind when it died are worked again: on SQLite at once, on Postgres
// within about four seconds. Every worker must bear that its job is run again.
//
// Workers run until Stop; the end of ctx does not stop them. On SQLite one
// process at a time may work a file: a second is refused with CodeConflict.
func (d *DB) StartQueue(ctx context.Context, workers *river.Workers, o QueueOptions) (*Queue, error) {
	q := &Queue{stats: &queueCounters{}}
	config := d.workConfig(workers, o, q.stats)
	if err := d.engine.startQueue(ctx, d, q, config); err != nil {
		return nil, d.engine.translate(err)
	}
	return q, nil
}

// Stop takes no new jobs and returns when the running ones are done. When ctx
// ends first their contexts are cancelled and Stop waits five seconds more; a
// job that still runs then is worked again by the next process.
func (q *Queue) Stop(ctx context.Context) error {
	q.stopOnce.Do(func() {
		q.stopErr = q.runner.Stop(ctx)
		if q.stopErr != nil {
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			q.stopErr = q.runner.StopAndCancel(last)
		}
		q.cleanup()
		if q.stopErr != nil {
			q.stopErr = musika.Errorf(musika.CodeUnavailable, "Some jobs did not end in time; they will be worked again at the next start.").Wrap(q.stopErr)
		}
	})
	return q.stopErr
}

// Stats returns what happened since the queue was started.
func (q *Queue) Stats() QueueStats {
	return QueueStats{Errors: q.stats.errors.Load(), Panics: q.stats.panics.Load(), Rescued: q.stats.rescued.Load()}
}

// QueueCount is how many jobs of a queue are in a state, and since when the
// oldest has been due.
type QueueCount struct {
	Queue  string
	State  string // River's: available, running, retryable, scheduled, completed, cancelled, discarded
	Count  int64
	Oldest time.Time
}

const countJobs = `SELECT queue, CAST(state AS TEXT), COUNT(*), MIN(scheduled_at) FROM river_job
	GROUP BY queue, state ORDER BY queue, CAST(state AS TEXT)`

// QueueCounts counts the jobs in the database, of all processes.
func (d *DB) QueueCounts(ctx context.Context) ([]QueueCount, error) {
	var out []QueueCount
	err := d.Read(ctx, Service(musika.System), func(tx Tx) (err error) {
		out, err = All(ctx, tx, func(scan func(...any) error) (c QueueCount, err error) {
			err = scan(&c.Queue, &c.State, &c.Count, &c.Oldest)
			return c, err
		}, countJobs)
		return err
	})
	return out, err
}

var silent = slog.New(slog.DiscardHandler)

// insertConfig is for the client that only adds jobs; it exists before and
// without a running queue. Its cooldown limits River's notifications only.
func insertConfig(notify time.Duration) *river.Config {
	return &river.Config{Logger: silent, MaxAttempts: JobAttempts, FetchCooldown: notify, FetchPollInterval: time.Second}
}

func (d *DB) workConfig(workers *river.Workers, o QueueOptions, stats *queueCounters) *river.Config {
	if o.JobTimeout <= 0 {
		o.JobTimeout = defaultJobTimeout
	}
	if o.Poll <= 0 {
		o.Poll = defaultPoll
	}
	queues := map[string]river.QueueConfig{}
	for _, name := range Queues {
		limits := o.Limits[name]
		if limits.Workers <= 0 {
			limits.Workers = defaultWorkers[name]
		}
		if limits.FetchCooldown <= 0 {
			limits.FetchCooldown = defaultCooldown
		}
		queues[name] = river.QueueConfig{
			MaxWorkers:        limits.Workers,
			FetchCooldown:     limits.FetchCooldown,
			FetchPollInterval: max(o.Poll, limits.FetchCooldown),
		}
	}
	log := slog.New(quietHandler{d.log.Handler()})
	return &river.Config{
		ID:                          clientID(),
		Queues:                      queues,
		Workers:                     workers,
		PeriodicJobs:                o.Periodic,
		MaxAttempts:                 JobAttempts,
		RetryPolicy:                 retryPolicy{},
		JobTimeout:                  o.JobTimeout,
		FetchCooldown:               time.Millisecond, // of notifications; see insertConfig
		RescueStuckJobsAfter:        max(rescueBackstop, 3*o.JobTimeout),
		CompletedJobRetentionPeriod: completedRetention,
		CancelledJobRetentionPeriod: discardedRetention,
		DiscardedJobRetentionPeriod: discardedRetention,
		ErrorHandler:                &errorHandler{log: d.log, stats: stats},
		Logger:                      log,
	}
}

// clientID names this process among all that ever worked the database.
func clientID() string {
	host, _ := os.Hostname()
	if len(host) > 40 {
		host = host[:40]
	}
	return fmt.Sprintf("musika_%s_%d_%s", host, os.Getpid(), rand.Text()[:10])
}

// startClient starts a River client that Stop alone ends.
func startClient[T any](ctx context.Context, driver riverdriver.Driver[T], config *river.Config) (runner, error) {
	c, err := river.NewClient(driver, config)
	if err != nil {
		return nil, err
	}
	if err := c.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	return c, nil
}
