package simulator

import (
	"sync"
	"time"
)

// throughputLevels are messages a second per number, sent and received together.
var throughputLevels = map[string]int{"STANDARD": 80, "HIGH": 1000}

// throughput remembers when the last messages passed: one more than limit
// within a second is too many.
type throughput struct {
	mu   sync.Mutex
	ring []time.Time
	next int
}

func (t *throughput) setLimit(perSecond int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.ring) != perSecond {
		t.ring, t.next = make([]time.Time, perSecond), 0
	}
}

// take counts a message at now, or says that the second is full. An inbound
// message counts but is never refused: force it.
func (t *throughput) take(now time.Time, force bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if oldest := t.ring[t.next]; !force && !oldest.IsZero() && now.Sub(oldest) < time.Second {
		return false
	}
	t.ring[t.next] = now
	t.next = (t.next + 1) % len(t.ring)
	return true
}

// The pair limit: how much a business may send to one user.
const (
	pairBurst     = 45              // messages ...
	pairBurstSpan = 6 * time.Second // ... within this span at most
	pairCredit    = 10              // intervals that may be spent ahead: a minute's worth at 6 s
)

// pairQuota is the pair limit of one thread. Meta states a rate of one message
// per 6 s ("10 a minute, 600 an hour") and bursts of up to 45 within 6 s that
// are borrowed from it, so that a burst of 20 is followed by about two minutes
// of silence. Here each message costs one interval. Up to a minute's worth may
// be owed at any time, which is the 10 a minute; whoever goes beyond that may
// finish the burst and then waits until the whole debt is gone.
type pairQuota struct {
	owedUntil  time.Time // when all that was sent is paid off
	burstStart time.Time
	burst      int // messages since burstStart
	borrowing  bool
}

// take counts a message at now, or refuses it.
func (q *pairQuota) take(now time.Time, interval time.Duration) bool {
	if interval < 0 {
		return true
	}
	if !now.Before(q.owedUntil) {
		q.owedUntil, q.borrowing = now, false
	}
	if now.Sub(q.burstStart) >= pairBurstSpan {
		if q.borrowing {
			return false
		}
		q.burstStart, q.burst = now, 0
	}
	if q.burst >= pairBurst {
		return false
	}
	q.burst++
	q.owedUntil = q.owedUntil.Add(interval)
	if q.owedUntil.Sub(now) > pairCredit*interval {
		q.borrowing = true
	}
	return true
}

// messagingLimits are the people a business portfolio may write to outside the
// service window within 24 hours.
var messagingLimits = map[string]int{"TIER_250": 250, "TIER_2K": 2000, "TIER_10K": 10_000, "TIER_100K": 100_000,
	"TIER_UNLIMITED": 1 << 40}

const reachSpan = 24 * time.Hour

// reachLog counts those people. All numbers here belong to one portfolio.
type reachLog struct {
	mu    sync.Mutex
	when  map[*person]time.Time
	queue []reached // oldest first
}

type reached struct {
	who *person
	at  time.Time
}

func (l *reachLog) init() { l.when = map[*person]time.Time{} }

// take notes that the business writes to a person, or refuses the one too many.
func (l *reachLog) take(p *person, now time.Time, limit int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) > 0 && now.Sub(l.queue[0].at) >= reachSpan {
		delete(l.when, l.queue[0].who)
		l.queue = l.queue[1:]
	}
	if _, ok := l.when[p]; ok {
		return true
	}
	if len(l.when) >= limit {
		return false
	}
	l.when[p] = now
	l.queue = append(l.queue, reached{p, now})
	return true
}

// managementLimit is the hourly limit of management calls per account that has
// a registered number; without one it is managementLimitNew.
const (
	managementLimit    = 5000
	managementLimitNew = 200
)

func (a *account) allowManagement(now time.Time) bool {
	limit := managementLimitNew
	for _, n := range a.numbers {
		n.mu.Lock()
		if n.registered {
			limit = managementLimit
		}
		n.mu.Unlock()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(a.manageHour) >= time.Hour {
		a.manageHour, a.manageUsed = now, 0
	}
	a.manageUsed++
	return a.manageUsed <= limit
}
