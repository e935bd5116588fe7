package db

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// firstRetry is the pause before a job's second attempt; it doubles with each
// further one up to longestRetry. A worker with a NextRetry of its own decides
// for itself.
const (
	firstRetry   = 2 * time.Second
	longestRetry = time.Hour
)

type retryPolicy struct{}

// NextRetry adds up to a tenth, so that jobs that failed together do not come
// back together.
func (retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	delay := longestRetry
	if n := max(job.Attempt-1, 0); n < 11 {
		delay = min(firstRetry<<n, longestRetry)
	}
	return time.Now().Add(delay + rand.N(delay/10))
}

// errorHandler tells the operator of jobs that fail. What a job is about stays
// out of the log: its arguments may hold what people wrote.
type errorHandler struct {
	log   *slog.Logger
	stats *queueCounters
}

func (h *errorHandler) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	h.stats.errors.Add(1)
	if job.Attempt >= job.MaxAttempts {
		h.log.ErrorContext(ctx, "job given up after its last attempt", append(describe(job), "error", err)...)
	} else {
		h.log.WarnContext(ctx, "job failed and will be tried again", append(describe(job), "error", err)...)
	}
	return nil
}

func (h *errorHandler) HandlePanic(ctx context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	h.stats.panics.Add(1)
	h.log.ErrorContext(ctx, "job panicked", append(describe(job), "panic", value, "trace", trace)...)
	return nil
}

func describe(job *rivertype.JobRow) []any {
	return []any{"kind", job.Kind, "queue", job.Queue, "job", job.ID, "attempt", job.Attempt, "of", job.MaxAttempts}
}

// quietHandler takes River's log down: what it tells is for debugging, and its
// errors are mostly a database that went away, which others report.
type quietHandler struct{ slog.Handler }

func quieter(l slog.Level) slog.Level {
	if l >= slog.LevelError {
		return slog.LevelWarn
	}
	return slog.LevelDebug
}

func (h quietHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return h.Handler.Enabled(ctx, quieter(l))
}

func (h quietHandler) Handle(ctx context.Context, r slog.Record) error {
	r.Level = quieter(r.Level)
	return h.Handler.Handle(ctx, r)
}

func (h quietHandler) WithAttrs(a []slog.Attr) slog.Handler {
	return quietHandler{h.Handler.WithAttrs(a)}
}
func (h quietHandler) WithGroup(name string) slog.Handler {
	return quietHandler{h.Handler.WithGroup(name)}
}
