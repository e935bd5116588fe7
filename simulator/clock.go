package simulator

import (
	"container/heap"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// clock is the base clock plus an offset that only grows.
type clock struct {
	base   func() time.Time
	offset atomic.Int64 // nanoseconds
}

func (c *clock) now() time.Time { return c.base().Add(time.Duration(c.offset.Load())) }

// scheduler runs functions when the simulated clock reaches their time: one
// heap, one goroutine. The functions run one after another and must be short.
type scheduler struct {
	clock *clock
	mu    sync.Mutex
	heap  timerHeap
	seq   uint64
	wake  chan struct{}
}

type timer struct {
	at  time.Time
	seq uint64 // keeps timers of the same instant in the order they were set
	fn  func()
}

func newScheduler(c *clock) *scheduler {
	return &scheduler{clock: c, wake: make(chan struct{}, 1)}
}

// after runs fn once d has passed on the simulated clock.
func (s *scheduler) after(d time.Duration, fn func()) { s.at(s.clock.now().Add(d), fn) }

func (s *scheduler) at(t time.Time, fn func()) {
	s.mu.Lock()
	s.seq++
	mine := s.seq
	heap.Push(&s.heap, timer{at: t, seq: mine, fn: fn})
	first := s.heap[0].seq == mine
	s.mu.Unlock()
	if first {
		s.poke()
	}
}

// poke makes the loop look at the clock again.
func (s *scheduler) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *scheduler) run(ctx context.Context) {
	wait := time.NewTimer(time.Hour)
	defer wait.Stop()
	for {
		fn, gap := s.next()
		if fn != nil {
			fn()
			continue
		}
		wait.Reset(gap)
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-wait.C:
		}
	}
}

// next pops the timer that is due, or says how long to wait for one.
func (s *scheduler) next() (func(), time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.heap) == 0 {
		return nil, time.Hour
	}
	gap := s.heap[0].at.Sub(s.clock.now())
	if gap > 0 {
		// The base clock need not run like the wall clock: look again at least every minute.
		return nil, min(max(gap, 50*time.Microsecond), time.Minute)
	}
	return heap.Pop(&s.heap).(timer).fn, 0
}

type timerHeap []timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(x any)   { *h = append(*h, x.(timer)) }
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = timer{}
	*h = old[:len(old)-1]
	return t
}

// ErrClockBackwards is returned when the clock would run backwards: messages
// and windows already have later times.
var ErrClockBackwards = errors.New("simulator: the clock only moves forward")

// Now is the simulated time.
func (s *Simulator) Now() time.Time { return s.clock.now() }

// ClockOffset is how far the simulated clock is ahead of the base clock.
func (s *Simulator) ClockOffset() time.Duration { return time.Duration(s.clock.offset.Load()) }

// MoveClock moves the simulated clock forward by d: windows close, media and
// tokens expire, retries and scheduled statuses become due. A d below zero is
// refused with ErrClockBackwards.
func (s *Simulator) MoveClock(d time.Duration) error {
	if d < 0 {
		return ErrClockBackwards
	}
	s.clock.offset.Add(int64(d))
	// Whatever became due runs before this, so that nobody is told that the
	// simulator is idle before it has.
	s.out.hold()
	s.sched.after(0, s.out.release)
	s.sched.poke()
	return nil
}
