package simulator

import (
	"context"
	"sync"
	"time"
)

// outbox holds the updates of one thread or account that wait for their turn.
// At most one POST carries updates of an outbox at a time, so a receiver sees
// them in order. It belongs to the dispatcher and is guarded by its mutex.
type outbox struct {
	events []event
	state  outboxState
	since  time.Time       // when the first of the events came
	empty  []chan struct{} // closed once nothing waits any more
}

type outboxState uint8

const (
	boxIdle    outboxState = iota // nothing waits
	boxReady                      // in dispatcher.ready
	boxBlocked                    // updates are in flight or being retried
)

// retrySpan is how long a POST is tried.
const retrySpan = 7 * 24 * time.Hour

// dispatcher brings updates to the webhooks: several POSTs at a time, each with
// as many updates as have piled up.
type dispatcher struct {
	s *Simulator

	mu      sync.Mutex
	cond    *sync.Cond
	stopped bool
	ready   []*outbox
	waiting int         // updates in ready
	due     []*delivery // POSTs to try again now
	unsent  int         // updates not delivered or dropped yet
	steps   int         // scheduled steps that will add updates
	linger  bool        // a timer will wake a worker
	idlers  []chan struct{}
	log     deliveryLog
	sender  *sender
}

func newDispatcher(s *Simulator) *dispatcher {
	d := &dispatcher{s: s, sender: newSender(s.cfg)}
	d.cond = sync.NewCond(&d.mu)
	d.log.init(s.cfg.DeliveryLog)
	return d
}

// add queues an update. Without a webhook to go to it is dropped.
func (d *dispatcher) add(box *outbox, e event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.s.destination(e) == "" {
		d.log.totals.NoWebhook++
		return
	}
	if d.unsent >= d.s.cfg.MaxPending {
		d.log.totals.Dropped++
		return
	}
	box.events = append(box.events, e)
	d.unsent++
	switch box.state {
	case boxIdle:
		d.enqueue(box)
	case boxReady:
		d.waiting++
		d.wake()
	case boxBlocked: // its turn comes when the POST under way is settled
	}
}

// enqueue puts a box with updates in line. d.mu is held.
func (d *dispatcher) enqueue(box *outbox) {
	box.state = boxReady
	box.since = d.s.clock.now()
	d.ready = append(d.ready, box)
	d.waiting += len(box.events)
	d.wake()
}

// wake gets a worker going when there is something to do. d.mu is held.
func (d *dispatcher) wake() {
	if len(d.due) > 0 || len(d.ready) > 0 && d.ripe() {
		d.cond.Signal()
	}
}

// ripe says whether a POST should be made of what waits: it is full, or has
// waited long enough; otherwise a timer is set. d.mu is held.
func (d *dispatcher) ripe() bool {
	l := d.s.cfg.Batch.Linger
	if l == 0 || d.waiting >= d.s.cfg.Batch.Max {
		return true
	}
	left := l - d.s.clock.now().Sub(d.ready[0].since)
	if left <= 0 {
		return true
	}
	if !d.linger {
		d.linger = true
		d.s.sched.after(left, func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.linger = false
			d.wake()
		})
	}
	return false
}

func (d *dispatcher) run(ctx context.Context) {
	defer context.AfterFunc(ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.stopped = true
		d.cond.Broadcast()
	})()
	var wg sync.WaitGroup
	for range d.s.cfg.Concurrency {
		wg.Go(func() {
			for {
				del := d.take()
				if del == nil {
					return
				}
				d.finish(del, d.sender.post(ctx, d.s, del))
			}
		})
	}
	wg.Wait()
	d.sender.client.CloseIdleConnections()
}

// take waits for the next POST to make; nil means that the work is over.
func (d *dispatcher) take() *delivery {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		switch {
		case d.stopped:
			return nil
		case len(d.due) > 0:
			del := d.due[0]
			d.due = d.due[1:]
			d.wake()
			return del
		case len(d.ready) > 0 && d.ripe():
			if del := d.collect(); del != nil {
				d.wake() // more may wait than one POST takes
				return del
			}
		default:
			d.cond.Wait()
		}
	}
}

// collect makes a POST of the updates at the head of the line that go to the
// same address. It returns nil when they have nowhere to go any more. d.mu is held.
func (d *dispatcher) collect() *delivery {
	var (
		events []event
		boxes  []*outbox
		size   int
	)
	url := d.s.destination(d.ready[0].events[0])
	taken := 0
	for _, box := range d.ready {
		n := 0
		for n < len(box.events) && len(events)+n < d.s.cfg.Batch.Max && size < maxUpdateBytes &&
			d.s.destination(box.events[n]) == url {
			size += len(box.events[n].body) + len(box.events[n].contact)
			n++
		}
		if n == 0 {
			break
		}
		d.waiting -= len(box.events) // what is left of them waits behind this POST
		events = append(events, box.events[:n]...)
		if box.events = box.events[n:]; len(box.events) == 0 {
			box.events = nil
		}
		box.state = boxBlocked
		boxes = append(boxes, box)
		taken++
		if box.events != nil {
			break
		}
	}
	d.ready = d.ready[taken:]
	if url == "" {
		// The webhook was taken away while these waited.
		d.log.totals.NoWebhook += len(events)
		d.settle(len(events), boxes)
		return nil
	}
	return d.log.begin(url, events, boxes, d.s.clock.now())
}

// settle frees the boxes of a POST that is over. d.mu is held.
func (d *dispatcher) settle(events int, boxes []*outbox) {
	d.unsent -= events
	for _, box := range boxes {
		if len(box.events) > 0 {
			d.enqueue(box)
			continue
		}
		box.state, box.events = boxIdle, nil
		for _, c := range box.empty {
			close(c)
		}
		box.empty = nil
	}
	d.checkIdle()
}

// finish records how a POST went and settles it, or plans the next attempt.
func (d *dispatcher) finish(del *delivery, a Attempt) {
	ok := a.Code == 200
	again := ok && !del.twin && d.s.draws(faultDuplicate)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.log.attempt(del, a, ok)
	if ok {
		if again {
			// A twin of the POST follows; it is nobody's turn to wait for it.
			d.unsent += len(del.refs)
			d.due = append(d.due, d.log.repeat(del, d.s.clock.now()))
			d.cond.Signal()
		}
		boxes := del.boxes
		del.boxes, del.body = nil, nil
		d.settle(len(del.refs), boxes)
		return
	}
	gaps := d.s.cfg.RetryGaps
	now := d.s.clock.now()
	next := now.Add(gaps[min(del.attempts-1, len(gaps)-1)])
	if next.Sub(del.begun) > retrySpan || d.stopped {
		d.log.giveUp(del)
		boxes := del.boxes
		del.boxes, del.body = nil, nil
		d.settle(len(del.refs), boxes)
		return
	}
	d.log.wait(del, next)
	if del.attempts >= d.s.cfg.HoldAttempts && del.boxes != nil {
		boxes := del.boxes
		del.boxes = nil
		d.settle(0, boxes)
	}
	d.s.sched.at(next, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.due = append(d.due, del)
		d.cond.Signal()
	})
}

// flush waits until what is in a box was delivered, or for the given real time.
func (d *dispatcher) flush(box *outbox, limit time.Duration) {
	d.mu.Lock()
	if box.state == boxIdle {
		d.mu.Unlock()
		return
	}
	c := make(chan struct{})
	box.empty = append(box.empty, c)
	d.mu.Unlock()
	select {
	case <-c:
	case <-time.After(limit):
	}
}

// hold says that a scheduled step will still add updates; release that it ran.
func (d *dispatcher) hold() {
	d.mu.Lock()
	d.steps++
	d.mu.Unlock()
}

func (d *dispatcher) release() {
	d.mu.Lock()
	d.steps--
	d.checkIdle()
	d.mu.Unlock()
}

func (d *dispatcher) checkIdle() {
	if d.unsent == 0 && d.steps == 0 {
		for _, c := range d.idlers {
			close(c)
		}
		d.idlers = nil
	}
}

// Idle says that no webhook is pending or being retried and that no message is
// on its way to its next status.
func (s *Simulator) Idle() bool {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	return s.out.unsent == 0 && s.out.steps == 0
}

// WaitIdle waits until Idle, or returns the error of ctx. A message held back
// because its person is offline does not count.
func (s *Simulator) WaitIdle(ctx context.Context) error {
	d := s.out
	d.mu.Lock()
	if d.unsent == 0 && d.steps == 0 {
		d.mu.Unlock()
		return nil
	}
	c := make(chan struct{})
	d.idlers = append(d.idlers, c)
	d.mu.Unlock()
	select {
	case <-c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
