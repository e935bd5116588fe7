package simulator

import (
	"context"
	"encoding/json"
	"strconv"
	"time"
)

// pricing says what a message costs, on "sent" and one of delivered or read.
type pricing struct {
	Billable bool   `json:"billable"`
	Model    string `json:"pricing_model"`
	Type     string `json:"type"`
	Category string `json:"category"`
}

type statusObject struct {
	ID              string         `json:"id"`
	Status          string         `json:"status"`
	Timestamp       string         `json:"timestamp"`
	RecipientID     string         `json:"recipient_id,omitempty"`
	RecipientUserID string         `json:"recipient_user_id,omitempty"`
	Conversation    *conversation  `json:"conversation,omitempty"`
	Pricing         *pricing       `json:"pricing,omitempty"`
	Callback        *string        `json:"biz_opaque_callback_data,omitempty"`
	Errors          []webhookError `json:"errors,omitempty"`
}

type conversation struct {
	ID      string            `json:"id"`
	Expires string            `json:"expiration_timestamp,omitempty"`
	Origin  map[string]string `json:"origin"`
}

// statusRank orders the statuses; a message never goes back.
var statusRank = map[string]int{"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "played": 4, "failed": 5}

func (sp Span) draw() time.Duration {
	if sp.Max <= sp.Min {
		return sp.Min
	}
	return sp.Min + time.Duration(randomN(int64(sp.Max-sp.Min)+1))
}

// launch starts the life of an accepted message: failure nil means that it will
// arrive.
func (s *Simulator) launch(m *message, failure *graphError) {
	s.later(s.cfg.StatusDelay.Sent, func() { s.leave(m, failure) })
}

// later schedules a step of a message and keeps the simulator from being idle
// until it is done.
func (s *Simulator) later(d Span, step func()) {
	s.out.hold()
	s.sched.after(d.draw(), func() {
		step()
		s.out.release()
	})
}

// leave is the step from accepted to sent or failed.
func (s *Simulator) leave(m *message, failure *graphError) {
	th := m.th
	th.mu.Lock()
	defer th.mu.Unlock()
	now := s.clock.now()
	if failure != nil {
		m.failure = failure
		s.setStatus(m, "failed", now)
		return
	}
	if m.kind == "reaction" {
		s.setStatus(m, "sent", now)
		return
	}
	if th.person.info.Load().Offline {
		m.reordered = false
		s.setStatus(m, "sent", now)
		th.held = s.trimmed(append(th.held, m))
		return
	}
	if !m.reordered {
		s.setStatus(m, "sent", now)
	} else {
		m.status = "sent"
		s.publishStatus(th, m)
	}
	s.later(s.cfg.StatusDelay.Delivered, func() { s.arrive(m, now) })
}

// arrive is the step from sent, at the given time, to delivered.
func (s *Simulator) arrive(m *message, sentAt time.Time) {
	th := m.th
	th.mu.Lock()
	defer th.mu.Unlock()
	now := s.clock.now()
	willRead := s.cfg.AutoRead || th.person.watching(th.number.id)
	if statusRank[m.status] < statusRank["delivered"] {
		if willRead && s.draws(faultSkipDelivered) {
			m.status = "delivered"
			s.publishStatus(th, m)
		} else {
			s.setStatus(m, "delivered", now)
		}
		th.unread = s.trimmed(append(th.unread, m))
	}
	if m.reordered {
		s.emitStatus(m, "sent", sentAt)
	}
	if willRead {
		s.later(s.cfg.StatusDelay.Read, func() {
			th.mu.Lock()
			defer th.mu.Unlock()
			s.readAll(th)
		})
	}
}

// trimmed forgets the oldest of a thread's messages when there are too many.
func (s *Simulator) trimmed(list []*message) []*message {
	if over := len(list) - s.cfg.ThreadSize; over > s.cfg.ThreadSize/8 {
		return append(make([]*message, 0, len(list)), list[over:]...)
	}
	return list
}

// deliverHeld delivers what waited for a person to be online.
func (s *Simulator) deliverHeld(p *person) {
	for _, th := range p.allThreads() {
		th.mu.Lock()
		held := th.held
		th.held = nil
		th.mu.Unlock()
		for _, m := range held {
			s.later(s.cfg.StatusDelay.Delivered, func() { s.arrive(m, m.at) })
		}
	}
}

// readAll marks what was delivered as read. th.mu is held.
func (s *Simulator) readAll(th *thread) {
	now := s.clock.now()
	for _, m := range th.unread {
		s.setStatus(m, "read", now)
	}
	th.unread = nil
}

// Read marks everything delivered from a number to a person as read, as
// opening the chat does.
func (s *Simulator) Read(_ context.Context, waID, numberID string) error {
	p, n, err := s.pair(waID, numberID)
	if err != nil {
		return err
	}
	th := s.thread(p, n)
	th.mu.Lock()
	defer th.mu.Unlock()
	s.readAll(th)
	return nil
}

// Play makes a person listen to a voice note of the business: status "played".
func (s *Simulator) Play(_ context.Context, waID, messageID string) error {
	p, err := s.person(waID)
	if err != nil {
		return err
	}
	m := s.index.get(messageID)
	if m == nil || m.th.person != p {
		return unknownf("message %q", messageID)
	}
	m.th.mu.Lock()
	defer m.th.mu.Unlock()
	if !m.out || !m.voice {
		return invalidf("message %s is not a voice note of the business", messageID)
	}
	if statusRank[m.status] < statusRank["delivered"] || m.status == "failed" {
		return invalidf("message %s has not been delivered", messageID)
	}
	s.setStatus(m, "played", s.clock.now())
	return nil
}

// setStatus moves a message on, tells who watches the thread, and the business.
// th.mu is held.
func (s *Simulator) setStatus(m *message, status string, at time.Time) {
	if statusRank[status] <= statusRank[m.status] {
		return
	}
	m.status = status
	s.publishStatus(m.th, m)
	s.emitStatus(m, status, at)
}

// emitStatus queues the webhook of a status. th.mu is held.
func (s *Simulator) emitStatus(m *message, status string, at time.Time) {
	th := m.th
	info := th.person.info.Load()
	obj := statusObject{ID: m.id, Status: status, Timestamp: strconv.FormatInt(at.Unix(), 10), Callback: m.callback}
	shared := m.byPhone || th.phoneShared(info, at)
	if shared {
		obj.RecipientID = info.WaID
	}
	var contact json.RawMessage
	if status == "failed" {
		obj.Errors = []webhookError{m.failure.webhook()}
		if !m.byPhone {
			obj.RecipientUserID = info.UserID
		}
	} else {
		obj.RecipientUserID = info.UserID
		c := contactObject{Profile: profileObject{info.Name, info.Username}, UserID: info.UserID}
		if shared {
			c.WaID = info.WaID
		}
		contact = marshalPHP(c)
		obj.Conversation = s.conversationOf(m, status, at)
		switch {
		case status == "sent":
			obj.Pricing = m.pricing
		case !m.priced && (status == "delivered" || status == "read"):
			obj.Pricing, m.priced = m.pricing, true
		}
	}
	s.out.add(&th.outbox, event{
		account: th.number.account, number: th.number, kind: eventStatus,
		contact: contact, body: marshalPHP(obj), ref: m.id + " " + status,
	})
}

// conversationOf is the conversation object, which v24.0 and later leave out
// except within a free entry point.
func (s *Simulator) conversationOf(m *message, status string, at time.Time) *conversation {
	if m.pricing == nil {
		return nil
	}
	free := m.pricing.Type == "free_entry_point"
	if !free && !olderThan24(s.cfg.APIVersion) {
		return nil
	}
	c := &conversation{ID: conversationID(m.id), Origin: map[string]string{"type": m.pricing.Category}}
	if status == "sent" {
		expires := at.Add(serviceWindow)
		if free {
			expires = m.th.entryOpen
		}
		c.Expires = strconv.FormatInt(expires.Unix(), 10)
	}
	return c
}
