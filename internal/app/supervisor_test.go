package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// journal is what happened, in order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

// part is a service that takes a second to finish what is under way.
func (j *journal) part(name string, fail error) service {
	return service{name, func(ctx, grace context.Context, ready func()) error {
		if fail != nil {
			return fail
		}
		j.add(name + " up")
		ready()
		<-ctx.Done()
		select {
		case <-time.After(time.Second):
			j.add(name + " finished")
			return ctx.Err()
		case <-grace.Done():
			j.add(name + " cut off")
			return errors.New("cut off")
		}
	}}
}

func run(t *testing.T, ctx context.Context, j *journal, timeout time.Duration, services ...service) error {
	t.Helper()
	return supervise(ctx, slog.New(slog.DiscardHandler), timeout, func() { j.add("ready") }, services...)
}

func (j *journal) want(t *testing.T, lines ...string) {
	t.Helper()
	if !slices.Equal(j.lines, lines) {
		t.Errorf("got  %q\nwant %q", j.lines, lines)
	}
}

func TestStopsInReverseOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := run(t, ctx, &j, time.Minute, j.part("a", nil), j.part("b", nil), j.part("c", nil)); err != nil {
			t.Errorf("a clean stop returned %v", err)
		}
		j.want(t, "a up", "b up", "c up", "ready", "c finished", "b finished", "a finished")
	})
}

func TestStopsWhenOneCannotStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		broken := errors.New("no room")
		err := run(t, t.Context(), &j, time.Minute, j.part("a", nil), j.part("b", broken), j.part("c", nil))
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), "b: ") {
			t.Errorf("got %v", err)
		}
		j.want(t, "a up", "a finished")
	})
}

func TestStopsWhenOneFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		broken := errors.New("lost it")
		fails := service{"b", func(_, _ context.Context, ready func()) error {
			ready()
			time.Sleep(time.Minute)
			return broken
		}}
		if err := run(t, t.Context(), &j, time.Minute, j.part("a", nil), fails); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		j.want(t, "a up", "ready", "a finished")
	})
}

func TestEndingByItselfIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		ends := service{"b", func(_, _ context.Context, ready func()) error { ready(); return nil }}
		if err := run(t, t.Context(), &j, time.Minute, j.part("a", nil), ends); err == nil || !strings.Contains(err.Error(), "b: ended by itself") {
			t.Errorf("got %v", err)
		}
	})
}

func TestStopIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		release := make(chan struct{})
		hangs := service{"b", func(_, _ context.Context, ready func()) error { ready(); <-release; return nil }}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		err := run(t, ctx, &j, 2*time.Second, j.part("a", nil), hangs)
		if took := time.Since(start); took > 10*time.Second || err == nil || !strings.Contains(err.Error(), "b did not stop within 2s") {
			t.Errorf("after %s: %v", took, err)
		}
		close(release)
		synctest.Wait()
	})
}

func TestGraceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := run(t, ctx, &j, 1500*time.Millisecond, j.part("a", nil), j.part("b", nil)); err == nil {
			t.Error("a part was cut off and nobody says so")
		}
		j.want(t, "a up", "b up", "ready", "b finished", "a cut off")
	})
}
