package simulator

import (
	"encoding/json"
	"sync"
	"time"
)

// The windows that a person's message opens.
const (
	serviceWindow    = 24 * time.Hour
	freeEntryWindow  = 72 * time.Hour
	phoneSharedSpan  = 30 * 24 * time.Hour
	readReceiptSpan  = 30 * 24 * time.Hour
	reactionSpan     = 30 * 24 * time.Hour
	typingSpan       = 25 * time.Second
	callbackDataSize = 512
)

// thread is the conversation of one person with one business number.
type thread struct {
	person *person
	number *number
	outbox outbox // webhooks of this thread, delivered in order

	mu          sync.Mutex
	msgs        []*message // oldest first, trimmed
	unread      []*message // outgoing, delivered, not read
	held        []*message // outgoing, sent while the person is offline
	lastIn      time.Time  // last message or call of the person
	entryAt     time.Time  // message that came from an ad; zero when none
	entryOpen   time.Time  // end of the free entry point window
	phoneUsed   time.Time  // when the business last used the phone number
	phoneGiven  bool       // the person shared the phone number
	pair        pairQuota
	typingUntil time.Time
}

// message is one message of a thread, either way. The fields up to voice never
// change; the rest is under thread.mu.
type message struct {
	th       *thread
	id       string
	out      bool // from the business
	kind     string
	node     json.RawMessage // as shown: under the type's name
	context  string          // id of the message replied to
	at       time.Time
	callback *string // biz_opaque_callback_data
	pricing  *pricing
	byPhone  bool // addressed by phone number
	options  []option
	voice    bool

	status    string
	priced    bool // the second status with pricing went out
	failure   *graphError
	reordered bool // fault: "sent" is told after "delivered"
}

// thread returns the conversation of a person with a number.
func (s *Simulator) thread(p *person, n *number) *thread {
	p.mu.Lock()
	defer p.mu.Unlock()
	th := p.threads[n.id]
	if th == nil {
		th = &thread{person: p, number: n}
		p.threads[n.id] = th
	}
	return th
}

// add appends a message and forgets the oldest when there are too many.
// th.mu is held.
func (s *Simulator) add(th *thread, m *message) {
	all := append(th.msgs, m) //nolint:gocritic // th.msgs is what is kept of it
	s.index.put(m)
	th.msgs = s.trimmed(all)
	s.index.drop(all[:len(all)-len(th.msgs)])
	s.publishMessage(th, m)
}

// windowOpen says whether free messages may be sent. th.mu is held.
func (th *thread) windowOpen(now time.Time) bool {
	return !th.lastIn.IsZero() && now.Sub(th.lastIn) < serviceWindow
}

// freeEntry says whether the window of an ad click is open. th.mu is held.
func (th *thread) freeEntry(now time.Time) bool { return now.Before(th.entryOpen) }

// phoneShared says whether webhooks carry the phone number. th.mu is held.
func (th *thread) phoneShared(p *Person, now time.Time) bool {
	return !p.HidePhone || th.phoneGiven || !th.phoneUsed.IsZero() && now.Sub(th.phoneUsed) < phoneSharedSpan
}

// sharePhone notes that the person gave the business the phone number.
func (th *thread) sharePhone() {
	th.mu.Lock()
	defer th.mu.Unlock()
	th.phoneGiven = true
}

// contactObject is an item of value.contacts.
type contactObject struct {
	Profile profileObject `json:"profile"`
	WaID    string        `json:"wa_id,omitempty"`
	UserID  string        `json:"user_id"`
}

type profileObject struct {
	Name     string `json:"name"`
	Username string `json:"username,omitempty"`
}

// contact describes the person as webhooks do. th.mu is held.
func (th *thread) contact(p *Person, now time.Time) contactObject {
	c := contactObject{Profile: profileObject{p.Name, p.Username}, UserID: p.UserID}
	if th.phoneShared(p, now) {
		c.WaID = p.WaID
	}
	return c
}

// setTyping turns the typing indicator on for 25 s, or off. th.mu is held.
func (s *Simulator) setTyping(th *thread, on bool) {
	now := s.clock.now()
	if !on {
		if now.Before(th.typingUntil) {
			th.typingUntil = time.Time{}
			s.publishTyping(th, false)
		}
		return
	}
	until := now.Add(typingSpan)
	th.typingUntil = until
	s.publishTyping(th, true)
	s.sched.at(until, func() {
		th.mu.Lock()
		defer th.mu.Unlock()
		if th.typingUntil.Equal(until) {
			th.typingUntil = time.Time{}
			s.publishTyping(th, false)
		}
	})
}
