package simulator

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// ThreadMessage is a message as both sides of a conversation see it.
type ThreadMessage struct {
	ID            string
	PhoneNumberID string
	// Direction is seen by the business: "in" from the person, "out" to them.
	Direction string
	Timestamp time.Time
	// Status is accepted, sent, delivered, read, played or failed for "out";
	// sent, and read once the business marked it, for "in".
	Status string
	Error  *MessageError
	// Type is Meta's message type; Content is the node under that name. Of a
	// template it is the text as the person reads it, of media it has a url that
	// the control interface serves.
	Type    string
	Content json.RawMessage
	// ReplyTo is the id of the message that this one answers.
	ReplyTo string
}

// MessageError is why a message failed.
type MessageError struct {
	Code    int    `json:"code"`
	Title   string `json:"title"`
	Details string `json:"details,omitempty"`
}

// MarshalJSON writes the message with its content under the name of its type
// and the timestamp as Meta does, a string of Unix seconds.
func (m ThreadMessage) MarshalJSON() ([]byte, error) {
	out := map[string]any{
		"id": m.ID, "phone_number_id": m.PhoneNumberID, "direction": m.Direction,
		"timestamp": unix(m.Timestamp), "status": m.Status, "type": m.Type,
	}
	if m.Error != nil {
		out["error"] = m.Error
	}
	if len(m.Content) > 0 {
		out[m.Type] = m.Content
	}
	if m.ReplyTo != "" {
		out["context"] = map[string]string{"message_id": m.ReplyTo}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *ThreadMessage) UnmarshalJSON(b []byte) error {
	var known struct {
		ID            string        `json:"id"`
		PhoneNumberID string        `json:"phone_number_id"`
		Direction     string        `json:"direction"`
		Timestamp     json.Number   `json:"timestamp"`
		Status        string        `json:"status"`
		Type          string        `json:"type"`
		Error         *MessageError `json:"error"`
		Context       struct {
			MessageID string `json:"message_id"`
		} `json:"context"`
	}
	if err := json.Unmarshal(b, &known); err != nil {
		return err
	}
	var nodes map[string]json.RawMessage
	if err := json.Unmarshal(b, &nodes); err != nil {
		return err
	}
	sec, err := known.Timestamp.Int64()
	if err != nil {
		return err
	}
	*m = ThreadMessage{ID: known.ID, PhoneNumberID: known.PhoneNumberID, Direction: known.Direction,
		Timestamp: time.Unix(sec, 0), Status: known.Status, Error: known.Error, Type: known.Type,
		Content: nodes[known.Type], ReplyTo: known.Context.MessageID}
	return nil
}

// view renders a message. th.mu is held.
func (m *message) view() *ThreadMessage {
	v := &ThreadMessage{ID: m.id, PhoneNumberID: m.th.number.id, Direction: "in", Timestamp: m.at.UTC(), Status: m.status,
		Error: m.problem(), Type: m.kind, Content: m.node, ReplyTo: m.context}
	if m.out {
		v.Direction = "out"
	}
	if strings.Contains(string(m.node), `"id"`) || strings.Contains(string(m.node), `"link"`) {
		v.Content = withURLs(m.kind, m.node)
	}
	return v
}

func (m *message) problem() *MessageError {
	if m.failure == nil {
		return nil
	}
	return &MessageError{Code: m.failure.Code, Title: m.failure.Title, Details: m.failure.Details}
}

// withURLs adds to each media object of a node the url it can be shown from.
func withURLs(kind string, node json.RawMessage) json.RawMessage {
	var v any
	if json.Unmarshal(node, &v) != nil {
		return node
	}
	addURLs(kind, v)
	out, err := json.Marshal(v)
	if err != nil {
		return node
	}
	return out
}

func addURLs(name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		if mediaRules[name].kinds != nil {
			if link, ok := v["link"].(string); ok {
				v["url"] = link
			} else if id, ok := v["id"].(string); ok {
				v["url"] = "/_sim/media/" + id
			}
			return
		}
		for k, child := range v {
			addURLs(k, child)
		}
	case []any:
		for _, child := range v {
			addURLs(name, child)
		}
	}
}

// Thread lists the messages between a person and a number, oldest first; the
// first number when numberID is "". Nil when either does not exist.
func (s *Simulator) Thread(waID, numberID string) []ThreadMessage {
	msgs, _, err := s.ThreadAfter(waID, numberID, "")
	if err != nil {
		return nil
	}
	return msgs
}

// ThreadAfter lists the messages that came after the one with the given id, all
// when it is "" or not in the thread any more, and whether the business is typing.
func (s *Simulator) ThreadAfter(waID, numberID, after string) ([]ThreadMessage, bool, error) {
	p, n, err := s.pair(waID, numberID)
	if err != nil {
		return nil, false, err
	}
	th := s.thread(p, n)
	th.mu.Lock()
	defer th.mu.Unlock()
	from := 0
	if after != "" {
		for i, m := range slices.Backward(th.msgs) {
			if m.id == after {
				from = i + 1
				break
			}
		}
	}
	out := make([]ThreadMessage, 0, len(th.msgs)-from)
	for _, m := range th.msgs[from:] {
		out = append(out, *m.view())
	}
	return out, s.clock.now().Before(th.typingUntil), nil
}

// ThreadEvent is something that happened in a conversation of a person.
type ThreadEvent struct {
	// Kind is "message", "status" or "typing"; it says which field counts.
	Kind          string
	PhoneNumberID string
	Message       *ThreadMessage
	Status        *StatusChange
	Typing        bool
}

// StatusChange is the new status of a message.
type StatusChange struct {
	ID            string        `json:"id"`
	PhoneNumberID string        `json:"phone_number_id"`
	Status        string        `json:"status"`
	Error         *MessageError `json:"error,omitempty"`
}

// subscriberBacklog is how many events a subscriber may be behind.
const subscriberBacklog = 256

type subscriber struct {
	events chan ThreadEvent
	number string // only this number's events; "" for all
	open   bool   // a phone with the chat open: what is delivered gets read
	gone   bool
}

// Subscribe tells of what happens in the conversations of a person, with all
// numbers. The channel is closed by cancel, and for a subscriber that falls 256
// events behind, who should then read the Thread anew. For a person who does
// not exist it is closed from the start. Subscribing alone reads no messages.
func (s *Simulator) Subscribe(waID string) (<-chan ThreadEvent, func()) {
	p := s.people.get(digitsOf(waID))
	if p == nil {
		closed := make(chan ThreadEvent)
		close(closed)
		return closed, func() {}
	}
	return p.subscribe("", false)
}

func (p *person) subscribe(numberID string, open bool) (<-chan ThreadEvent, func()) {
	sub := &subscriber{events: make(chan ThreadEvent, subscriberBacklog), number: numberID, open: open}
	p.mu.Lock()
	p.subs = append(p.subs, sub)
	p.mu.Unlock()
	return sub.events, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.unsubscribe(sub)
	}
}

// unsubscribe removes a subscriber once. p.mu is held.
func (p *person) unsubscribe(sub *subscriber) {
	if !sub.gone {
		sub.gone = true
		close(sub.events)
		p.subs = slices.DeleteFunc(p.subs, func(x *subscriber) bool { return x == sub })
	}
}

// watching says whether a phone has the chat with a number open.
func (p *person) watching(numberID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.subs, func(x *subscriber) bool { return x.open && (x.number == "" || x.number == numberID) })
}

// publish hands an event, made only when someone listens, to the subscribers.
// th.mu is held, so that events come in order.
func (th *thread) publish(event func() ThreadEvent) {
	p := th.person
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.subs) == 0 {
		return
	}
	e := event()
	e.PhoneNumberID = th.number.id
	for _, sub := range slices.Clone(p.subs) {
		if sub.number != "" && sub.number != th.number.id {
			continue
		}
		select {
		case sub.events <- e:
		default:
			p.unsubscribe(sub)
		}
	}
}

func (s *Simulator) publishMessage(th *thread, m *message) {
	th.publish(func() ThreadEvent { return ThreadEvent{Kind: "message", Message: m.view()} })
}

func (s *Simulator) publishStatus(th *thread, m *message) {
	th.publish(func() ThreadEvent {
		return ThreadEvent{Kind: "status", Status: &StatusChange{ID: m.id, PhoneNumberID: th.number.id, Status: m.status, Error: m.problem()}}
	})
}

func (s *Simulator) publishTyping(th *thread, on bool) {
	th.publish(func() ThreadEvent { return ThreadEvent{Kind: "typing", Typing: on} })
}
