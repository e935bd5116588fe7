package bot

import (
	"encoding/json"
	"time"

	"github.com/musika/musika"
)

const (
	stateVersion = 1
	maxState     = 4000 // bytes of JSON

	conversationLife = 24 * time.Hour
	flowLife         = 15 * time.Minute
	helpGap          = 10 * time.Minute // between two short help lines
	mediaGap         = 10 * time.Minute // between two acknowledgements of media
	reminderGap      = 10 * time.Minute // between two reminders of pending orders
	undoLife         = time.Minute
	oldLife          = time.Hour // of the offer to add an expired cart's lines
	maxUndo          = 40        // lines that can be put back
)

// state is what the bot remembers of a conversation between two messages.
type state struct {
	Version  int        `json:"v"`
	At       time.Time  `json:"at"` // of the last message
	Limits   limits     `json:"limits"`
	Flow     *flowState `json:"flow,omitempty"`
	Undo     *undo      `json:"undo,omitempty"`
	Old      *undo      `json:"old,omitempty"` // what an expired cart held when a new one began
	Placed   *placed    `json:"placed,omitempty"`
	More     string     `json:"more,omitempty"`    // reply id of the next page of the list shown last
	Helped   time.Time  `json:"helped,omitzero"`   // when the short help line was said last
	Media    time.Time  `json:"media,omitzero"`    // when media was acknowledged last
	Reminded time.Time  `json:"reminded,omitzero"` // when pending orders were shown last
}

// undo takes back one change of a cart.
type undo struct {
	ID    string            `json:"id"` // the message that made the change
	Store musika.MerchantID `json:"store"`
	Until time.Time         `json:"until"`
	Lines []undoLine        `json:"lines"`          // what each changed line was before
	Code  string            `json:"code,omitempty"` // of the promotion that the cart lost with its lines
}

type undoLine struct {
	Product  musika.ProductID `json:"p"`
	Quantity int              `json:"q"` // 0: was not in the cart
}

// placed is the last order that a checkout led to.
type placed struct {
	Flow  string         `json:"flow"`
	Order musika.OrderID `json:"order"`
}

// loadState reads what a turn carries. Anything that is not a state of this
// version, or older than a day, starts fresh.
func (b *Bot) loadState(raw json.RawMessage, now time.Time) (s *state, fresh bool) {
	s = &state{}
	if err := json.Unmarshal(raw, s); err != nil || s.Version != stateVersion || now.Sub(s.At) > conversationLife || s.At.After(now.Add(time.Hour)) {
		return &state{Version: stateVersion, At: now}, true
	}
	if s.Flow != nil && b.flow(s.Flow.Name).step(s.Flow.Step) == nil {
		s.Flow = nil
	}
	if s.Undo != nil && now.After(s.Undo.Until) {
		s.Undo = nil
	}
	if s.Old != nil && now.After(s.Old.Until) {
		s.Old = nil
	}
	return s, false
}

// encode writes s, leaving out what it can do without when it grew too big.
func (s *state) encode(now time.Time) (json.RawMessage, error) {
	s.At = now
	raw, err := json.Marshal(s)
	if err == nil && len(raw) > maxState {
		s.Undo, s.Old = nil, nil
		raw, err = json.Marshal(s)
	}
	if err == nil && len(raw) > maxState {
		s.Flow = nil
		raw, err = json.Marshal(s)
	}
	return raw, err
}
