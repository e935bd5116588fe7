package simulator

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// Delivery is one webhook POST and the attempts at it.
type Delivery struct {
	// Seq counts up from 1; the log keeps the latest of them.
	Seq uint64 `json:"seq"`
	URL string `json:"url"`
	// Updates are the ids carried: a wamid for a message, "wamid status" for a
	// status, the field's name for anything else.
	Updates  []string  `json:"updates"`
	Begun    time.Time `json:"begun"` // simulated time
	State    string    `json:"state"` // pending, retrying, delivered, dropped
	Attempts []Attempt `json:"attempts"`
	// NextAttempt is when a retrying POST is due, in simulated time.
	NextAttempt *time.Time `json:"next_attempt,omitempty"`
	// Duplicate is true for the second POST of the same bytes that the fault
	// duplicate_webhooks makes.
	Duplicate bool `json:"duplicate,omitempty"`
	// Body is what was posted; longer ones than 16 KiB are left out.
	Body string `json:"body,omitempty"`
}

// Attempt is one try at a webhook POST.
type Attempt struct {
	At time.Time `json:"at"` // simulated time
	// Code is the HTTP status, 0 when there was no answer; only 200 counts.
	Code     int           `json:"code"`
	Error    string        `json:"error,omitempty"`
	Duration time.Duration `json:"duration_ns"` // real time until the answer
}

// DeliveryTotals count what happened since the start.
type DeliveryTotals struct {
	Posts     int `json:"posts"`      // POSTs begun, duplicates included
	Attempts  int `json:"attempts"`   // HTTP requests made
	Delivered int `json:"delivered"`  // updates answered 200, duplicates included
	Failed    int `json:"failed"`     // attempts not answered 200
	GivenUp   int `json:"given_up"`   // updates dropped after seven days
	Dropped   int `json:"dropped"`    // updates dropped since too many waited
	NoWebhook int `json:"no_webhook"` // updates that no webhook was set for
	Pending   int `json:"pending"`    // updates waiting or being retried
}

const (
	loggedBody     = 16 << 10
	loggedAttempts = 32
)

// delivery is a POST in the making. All but the fields set in begin are guarded
// by dispatcher.mu.
type delivery struct {
	url      string
	body     []byte
	refs     []string
	begun    time.Time
	twin     bool
	boxes    []*outbox // held back until it is delivered
	attempts int
	entry    *Delivery // in the log, perhaps rolled out of it already
}

// deliveryLog is a ring of the latest deliveries, guarded by dispatcher.mu.
type deliveryLog struct {
	ring   []*Delivery
	seq    uint64
	totals DeliveryTotals
}

func (l *deliveryLog) init(size int) { l.ring = make([]*Delivery, size) }

func (l *deliveryLog) begin(url string, events []event, boxes []*outbox, now time.Time) *delivery {
	del := &delivery{url: url, body: assemble(events), boxes: boxes, begun: now, refs: make([]string, len(events))}
	for i := range events {
		del.refs[i] = events[i].ref
	}
	l.enter(del)
	return del
}

// repeat makes a twin of a delivery, to be posted once more.
func (l *deliveryLog) repeat(del *delivery, now time.Time) *delivery {
	twin := &delivery{url: del.url, body: del.body, refs: del.refs, begun: now, twin: true}
	l.enter(twin)
	return twin
}

func (l *deliveryLog) enter(del *delivery) {
	l.seq++
	l.totals.Posts++
	del.entry = &Delivery{Seq: l.seq, URL: del.url, Updates: del.refs, Begun: del.begun.UTC(), State: "pending", Duplicate: del.twin}
	if len(del.body) <= loggedBody {
		del.entry.Body = string(del.body)
	}
	l.ring[l.seq%uint64(len(l.ring))] = del.entry
}

func (l *deliveryLog) attempt(del *delivery, a Attempt, ok bool) {
	del.attempts++
	l.totals.Attempts++
	e := del.entry
	e.NextAttempt = nil
	if len(e.Attempts) < loggedAttempts {
		e.Attempts = append(e.Attempts, a)
	} else {
		e.Attempts[loggedAttempts-1] = a
	}
	if ok {
		e.State = "delivered"
		l.totals.Delivered += len(del.refs)
	} else {
		l.totals.Failed++
	}
}

func (l *deliveryLog) wait(del *delivery, next time.Time) {
	next = next.UTC()
	del.entry.State, del.entry.NextAttempt = "retrying", &next
}

func (l *deliveryLog) giveUp(del *delivery) {
	del.entry.State = "dropped"
	l.totals.GivenUp += len(del.refs)
}

// Deliveries is the log of webhook POSTs, oldest first.
func (s *Simulator) Deliveries() []Delivery { return s.DeliveriesAfter(0) }

// DeliveriesAfter leaves out those up to a sequence number.
func (s *Simulator) DeliveriesAfter(seq uint64) []Delivery {
	d := s.out
	d.mu.Lock()
	defer d.mu.Unlock()
	l := &d.log
	size := uint64(len(l.ring))
	first := max(seq+1, 1)
	if l.seq >= size {
		first = max(first, l.seq-size+1)
	}
	out := []Delivery{}
	for i := first; i <= l.seq; i++ {
		e := *l.ring[i%size]
		e.Attempts = append([]Attempt{}, e.Attempts...)
		out = append(out, e)
	}
	return out
}

// DeliveryTotals are the counters of the log.
func (s *Simulator) DeliveryTotals() DeliveryTotals {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	t := s.out.log.totals
	t.Pending = s.out.unsent
	return t
}

// sender makes the webhook POSTs over kept-alive connections.
type sender struct{ client *http.Client }

func newSender(cfg Config) *sender {
	return &sender{client: &http.Client{
		Timeout: cfg.WebhookTimeout,
		Transport: &http.Transport{
			// No proxy: webhooks of a simulator stay where they are sent.
			DialContext:         (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			MaxIdleConns:        cfg.Concurrency * 4,
			MaxIdleConnsPerHost: cfg.Concurrency,
			IdleConnTimeout:     time.Minute,
			DisableCompression:  true,
		},
		// A redirect is not a 200, so it is a failure.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (sd *sender) post(ctx context.Context, s *Simulator, del *delivery) (a Attempt) {
	a.At = s.clock.now().UTC()
	start := time.Now()
	defer func() { a.Duration = time.Since(start) }()
	// Not ended with ctx: a POST in flight may finish within its timeout.
	req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, del.url, bytes.NewReader(del.body))
	if err != nil {
		a.Error = err.Error()
		return a
	}
	_, _, secret := s.app.get()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "facebookexternalua")
	req.Header.Set("Accept", "*/*")
	req.Header.Set("X-Hub-Signature-256", signature(secret, del.body))
	resp, err := sd.client.Do(req)
	if err != nil {
		a.Error = err.Error()
		if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
			a.Error = "no answer within " + s.cfg.WebhookTimeout.String()
		}
		return a
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	a.Code = resp.StatusCode
	return a
}
