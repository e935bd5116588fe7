package db

import (
	"slices"
	"sync"
)

// wake tells the listeners of this process, at the moment of commit, in which
// queues there is something to do. River's own notifications (LISTEN/NOTIFY,
// or an outbox polled every 50 ms on SQLite) reach other processes; they are
// slower, and River leaves out those that follow another within the fetch
// cooldown, though the earlier one may have been acted upon by then.
type wake struct {
	mu   sync.Mutex
	subs []*wakeup
}

// wakeup is one listener's side. ready holds a token while queues wait.
type wakeup struct {
	ready  chan struct{}
	mu     sync.Mutex
	queues []string
}

func newWake() *wake { return &wake{} }

func (w *wake) subscribe() *wakeup {
	s := &wakeup{ready: make(chan struct{}, 1)}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.subs = append(w.subs, s)
	return s
}

func (w *wake) unsubscribe(s *wakeup) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.subs = slices.DeleteFunc(w.subs, func(x *wakeup) bool { return x == s })
}

func (w *wake) signal(queues []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.subs {
		s.add(queues)
	}
}

func (s *wakeup) add(queues []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range queues {
		if !slices.Contains(s.queues, q) {
			s.queues = append(s.queues, q)
		}
	}
	s.arm()
}

// next takes one queue; false when none waits.
func (s *wakeup) next() (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queues) == 0 {
		return "", false
	}
	q := s.queues[0]
	s.queues = s.queues[1:]
	s.arm()
	return q, true
}

func (s *wakeup) arm() {
	if len(s.queues) == 0 {
		return
	}
	select {
	case s.ready <- struct{}{}:
	default:
	}
}
