package simulator

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Faults are what goes wrong on purpose. Each rate is a probability from 0
// (never, the zero value) to 1 (always).
type Faults struct {
	// Seed makes the draws repeatable; the same calls in the same order meet
	// the same faults. 0 is a seed like any other.
	Seed uint64 `json:"seed"`

	// Rate5xx refuses Graph requests with HTTP 500 or 503 (codes 131000, 131016,
	// 2) before anything is done.
	Rate5xx float64 `json:"rate_5xx"`
	// RateSlow holds Graph requests up for SlowMS milliseconds of real time.
	RateSlow float64 `json:"rate_slow"`
	// SlowMS is the delay of a slow request; 1000 when 0.
	SlowMS int `json:"slow_ms"`
	// LostResponses does the work of a Graph request and then cuts the
	// connection: the message is sent, the caller cannot know.
	LostResponses float64 `json:"lost_responses"`
	// Throttle429 refuses Graph requests with HTTP 429, code 130429.
	Throttle429 float64 `json:"throttle_429"`
	// LateResponses answers a send only after its "sent" webhook was queued.
	LateResponses float64 `json:"late_responses"`

	// DuplicateWebhooks posts a webhook again after it was answered 200.
	DuplicateWebhooks float64 `json:"duplicate_webhooks"`
	// ReorderStatuses tells of "sent" only after "delivered".
	ReorderStatuses float64 `json:"reorder_statuses"`
	// SkipDelivered leaves "delivered" out when "read" follows at once.
	SkipDelivered float64 `json:"skip_delivered"`
	// FailMessages fails accepted messages with FailCode.
	FailMessages float64 `json:"fail_messages"`
	// FailCode is the error of FailMessages; 131026 when 0.
	FailCode int `json:"fail_code"`

	// SyncErrors answers 400 to sends that Meta usually accepts and fails later
	// by webhook: closed window, not on WhatsApp, stopped marketing and the like.
	SyncErrors bool `json:"sync_errors"`

	// Next are faults that happen once each, in order, to the next requests they
	// fit, whatever the rates say.
	Next []OneFault `json:"next"`
}

// OneFault is a fault that happens once.
type OneFault struct {
	// Kind is "error" (refused with Code, HTTP status Status), "slow" (held up
	// MS milliseconds), "lost_response", "late_response", "fail_message" (accepted,
	// then failed with Code), "duplicate_webhook", "reorder_statuses" or
	// "skip_delivered".
	Kind string `json:"kind"`
	// Edge is the Graph edge that request faults wait for: "messages" when
	// empty, "*" for any.
	Edge string `json:"edge,omitempty"`
	// Code is the error code; 131000 when 0, 131026 for fail_message.
	Code int `json:"code,omitempty"`
	// Status is the HTTP status of an error; that of the code when 0.
	Status int `json:"status,omitempty"`
	// MS is the delay of "slow"; 1000 when 0.
	MS int `json:"ms,omitempty"`
}

const (
	faultError         = "error"
	faultSlow          = "slow"
	faultLost          = "lost_response"
	faultLate          = "late_response"
	faultFail          = "fail_message"
	faultDuplicate     = "duplicate_webhook"
	faultReorder       = "reorder_statuses"
	faultSkipDelivered = "skip_delivered"

	anyEdge = "*" // of faults that are not about a request
)

var faultKinds = []string{faultError, faultSlow, faultLost, faultLate, faultFail, faultDuplicate, faultReorder, faultSkipDelivered}

func (f Faults) rates() map[string]float64 {
	return map[string]float64{"rate_5xx": f.Rate5xx, "rate_slow": f.RateSlow, "lost_responses": f.LostResponses,
		"throttle_429": f.Throttle429, "late_responses": f.LateResponses, "duplicate_webhooks": f.DuplicateWebhooks,
		"reorder_statuses": f.ReorderStatuses, "skip_delivered": f.SkipDelivered, "fail_messages": f.FailMessages}
}

func (f Faults) validate() error {
	var errs []error
	for name, rate := range f.rates() {
		if !(rate >= 0 && rate <= 1) { // NaN as well
			errs = append(errs, fmt.Errorf("%s must be within 0..1", name))
		}
	}
	if f.SlowMS < 0 || f.SlowMS > 600_000 {
		errs = append(errs, errors.New("slow_ms must be within 0..600000"))
	}
	if f.FailCode != 0 && errorKinds[f.FailCode].title == "" {
		errs = append(errs, fmt.Errorf("fail_code %d is not a code known here", f.FailCode))
	}
	for i, n := range f.Next {
		switch {
		case !slices.Contains(faultKinds, n.Kind):
			errs = append(errs, fmt.Errorf("next[%d]: kind %q is none of %v", i, n.Kind, faultKinds))
		case n.Code != 0 && errorKinds[n.Code].title == "":
			errs = append(errs, fmt.Errorf("next[%d]: code %d is not a code known here", i, n.Code))
		case n.Status != 0 && (n.Status < 400 || n.Status > 599):
			errs = append(errs, fmt.Errorf("next[%d]: status %d is not an error", i, n.Status))
		case n.MS < 0 || n.MS > 600_000:
			errs = append(errs, fmt.Errorf("next[%d]: ms must be within 0..600000", i))
		}
	}
	return errors.Join(errs...)
}

// faultState is the Faults in force with their source of chance.
type faultState struct {
	quiet bool // nothing can go wrong: no lock needed

	mu   sync.Mutex
	cfg  Faults
	rand *rand.Rand
}

// SetFaults replaces the faults. The error wraps ErrInvalid.
func (s *Simulator) SetFaults(f Faults) error {
	if err := f.validate(); err != nil {
		return invalidf("%v", err)
	}
	f.Next = slices.Clone(f.Next)
	st := &faultState{cfg: f, quiet: len(f.Next) == 0,
		rand: rand.New(rand.NewPCG(f.Seed, 0x6d7573696b61)),
	}
	for _, r := range f.rates() {
		st.quiet = st.quiet && r == 0
	}
	s.faults.Store(st)
	return nil
}

// Faults are those in force; Next holds what has not happened yet.
func (s *Simulator) Faults() Faults {
	st := s.faults.Load()
	st.mu.Lock()
	defer st.mu.Unlock()
	f := st.cfg
	f.Next = append([]OneFault{}, f.Next...)
	return f
}

// once takes the next fault of a kind that fits the edge. st.mu is held.
func (st *faultState) once(edge string, kinds ...string) (OneFault, bool) {
	for i, n := range st.cfg.Next {
		want := n.Edge
		if want == "" {
			want = "messages"
		}
		if slices.Contains(kinds, n.Kind) && (edge == anyEdge || want == anyEdge || want == edge) {
			st.cfg.Next = slices.Delete(st.cfg.Next, i, i+1)
			return n, true
		}
	}
	return OneFault{}, false
}

func (st *faultState) hit(rate float64) bool { return rate > 0 && st.rand.Float64() < rate }

// requestFault is what happens to one Graph request.
type requestFault struct {
	err   *graphError
	delay time.Duration
	lost  bool
}

func (f requestFault) wait(ctx context.Context) {
	if f.delay > 0 {
		select {
		case <-time.After(f.delay):
		case <-ctx.Done():
		}
	}
}

func (s *Simulator) requestFault(edge string) requestFault {
	st := s.faults.Load()
	if st.quiet {
		return requestFault{}
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	var out requestFault
	if n, ok := st.once(edge, faultError, faultSlow, faultLost); ok {
		switch n.Kind {
		case faultError:
			out.err = faultAnswer(n.Code, n.Status)
		case faultSlow:
			out.delay = milliseconds(n.MS)
		case faultLost:
			out.lost = true
		}
		return out
	}
	if st.hit(st.cfg.RateSlow) {
		out.delay = milliseconds(st.cfg.SlowMS)
	}
	switch {
	case st.hit(st.cfg.Throttle429):
		out.err = faultAnswer(130429, http.StatusTooManyRequests)
	case st.hit(st.cfg.Rate5xx):
		out.err = faultAnswer([]int{131000, 131016, 2}[st.rand.IntN(3)], 0)
	default:
		out.lost = st.hit(st.cfg.LostResponses)
	}
	return out
}

// draws says whether a fault of a kind happens now.
func (s *Simulator) draws(kind string) bool {
	_, hit := s.draw(kind)
	return hit
}

func (s *Simulator) draw(kind string) (OneFault, bool) {
	st := s.faults.Load()
	if st.quiet {
		return OneFault{}, false
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if n, ok := st.once(anyEdge, kind); ok {
		return n, true
	}
	var rate float64
	switch kind {
	case faultDuplicate:
		rate = st.cfg.DuplicateWebhooks
	case faultReorder:
		rate = st.cfg.ReorderStatuses
	case faultSkipDelivered:
		rate = st.cfg.SkipDelivered
	case faultLate:
		rate = st.cfg.LateResponses
	case faultFail:
		rate = st.cfg.FailMessages
	}
	return OneFault{Kind: kind, Code: st.cfg.FailCode}, st.hit(rate)
}

func (s *Simulator) syncErrors() bool {
	st := s.faults.Load()
	return st.cfg.SyncErrors // never changes within a state
}

func faultAnswer(code, status int) *graphError {
	if code == 0 {
		code = 131000
	}
	e := fail(code, "A fault of the simulator, on request")
	if status != 0 {
		e.Status = status
	}
	return e
}

func milliseconds(ms int) time.Duration {
	if ms == 0 {
		ms = 1000
	}
	return time.Duration(ms) * time.Millisecond
}
