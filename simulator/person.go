package simulator

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Person is someone with a phone who may talk to the business numbers.
type Person struct {
	// WaID is the phone number as WhatsApp writes it: digits, country code
	// first. Required; it is how the person is named in every call here.
	WaID string
	// Name is the profile name. Defaults to the WaID.
	Name string
	// Username is the WhatsApp username, if the person has one.
	Username string
	// UserID is the business-scoped user id ("ZW.13491208..."). Given by the
	// simulator when empty.
	UserID string
	// HidePhone leaves the phone number out of webhooks unless the business
	// wrote to the number itself within 30 days, or was given it.
	HidePhone bool
	// NotOnWhatsApp makes messages to the person fail with 131026.
	NotOnWhatsApp bool
	// Offline keeps messages at "sent" until the person is online again.
	Offline bool
	// FailCode, when not 0, is the error with which every message to the person
	// fails after it was accepted, such as 131049.
	FailCode int
	// NoMarketing is set when the person stopped marketing messages (131050).
	NoMarketing bool
}

type personJSON struct {
	WaID        string `json:"wa_id"`
	Name        string `json:"name"`
	Username    string `json:"username,omitempty"`
	UserID      string `json:"user_id,omitempty"`
	HidePhone   bool   `json:"hide_phone"`
	OnWhatsApp  *bool  `json:"on_whatsapp"`
	Offline     bool   `json:"offline"`
	FailCode    int    `json:"fail_code,omitempty"`
	NoMarketing bool   `json:"no_marketing"`
}

// MarshalJSON writes the person as the control interface does.
func (p Person) MarshalJSON() ([]byte, error) {
	on := !p.NotOnWhatsApp
	return json.Marshal(personJSON{p.WaID, p.Name, p.Username, p.UserID, p.HidePhone, &on, p.Offline, p.FailCode, p.NoMarketing})
}

// UnmarshalJSON reads what MarshalJSON writes; on_whatsapp is true when absent.
func (p *Person) UnmarshalJSON(b []byte) error {
	var j personJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*p = Person{j.WaID, j.Name, j.Username, j.UserID, j.HidePhone, j.OnWhatsApp != nil && !*j.OnWhatsApp, j.Offline, j.FailCode, j.NoMarketing}
	return nil
}

// person is a Person with its conversations. The Person is replaced as a whole.
type person struct {
	info atomic.Pointer[Person]

	mu      sync.Mutex
	threads map[string]*thread // by phone number id
	subs    []*subscriber
}

// directory finds people by phone number and by user id.
type directory struct {
	mu     sync.RWMutex
	byWaID map[string]*person
	byUser map[string]*person
	order  []*person
}

func (d *directory) init() {
	d.byWaID, d.byUser = map[string]*person{}, map[string]*person{}
}

func (d *directory) get(waID string) *person {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.byWaID[waID]
}

func (d *directory) user(userID string) *person {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.byUser[userID]
}

var (
	waIDPattern     = regexp.MustCompile(`^[1-9]\d{5,14}$`)
	userIDPattern   = regexp.MustCompile(`^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$`)
	usernamePattern = regexp.MustCompile(`^[a-z0-9._]{3,35}$`)
	domainEnding    = regexp.MustCompile(`\.(com|org|net|co|io|info|biz|app|edu|gov|int|mil|dev|shop)$`)
)

// validUsername is Meta's rule for usernames: 3 to 35 of [a-z0-9._] with a
// letter, no dot at either end or doubled, not starting with www, not ending
// like a domain.
func validUsername(u string) bool {
	return usernamePattern.MatchString(u) && strings.ContainsAny(u, "abcdefghijklmnopqrstuvwxyz") &&
		!strings.HasPrefix(u, ".") && !strings.HasSuffix(u, ".") && !strings.Contains(u, "..") &&
		!strings.HasPrefix(u, "www") && !domainEnding.MatchString(u)
}

// AddPerson adds a person, or replaces what is known about one with the same
// WaID (the user id stays unless a new one is given). It returns the person as
// kept. Errors wrap ErrInvalid.
func (s *Simulator) AddPerson(p Person) (Person, error) {
	p.WaID = digitsOf(p.WaID)
	switch {
	case !waIDPattern.MatchString(p.WaID):
		return Person{}, invalidf("wa_id must be 6 to 15 digits with the country code")
	case p.Username != "" && !validUsername(p.Username):
		return Person{}, invalidf("username %q: 3 to 35 of a-z, 0-9, dot and underscore, at least one letter", p.Username)
	case p.UserID != "" && !userIDPattern.MatchString(p.UserID):
		return Person{}, invalidf("user_id %q is not like ZW.1349120865530274", p.UserID)
	case p.FailCode != 0 && errorKinds[p.FailCode].title == "":
		return Person{}, invalidf("fail_code %d is not a code known here", p.FailCode)
	}
	if p.Name == "" {
		p.Name = p.WaID
	}
	d := &s.people
	d.mu.Lock()
	known := d.byWaID[p.WaID]
	if known != nil && p.UserID == "" {
		p.UserID = known.info.Load().UserID
	}
	if p.UserID == "" {
		p.UserID = newUserID(p.WaID)
	}
	if other := d.byUser[p.UserID]; other != nil && other != known {
		d.mu.Unlock()
		return Person{}, invalidf("user_id %s belongs to %s", p.UserID, other.info.Load().WaID)
	}
	if known == nil {
		known = &person{threads: map[string]*thread{}}
		d.byWaID[p.WaID] = known
		d.order = append(d.order, known)
	} else {
		delete(d.byUser, known.info.Load().UserID)
	}
	d.byUser[p.UserID] = known
	known.info.Store(&p)
	d.mu.Unlock()
	if !p.Offline {
		s.deliverHeld(known)
	}
	return p, nil
}

// People lists everyone, in the order they were added.
func (s *Simulator) People() []Person {
	s.people.mu.RLock()
	defer s.people.mu.RUnlock()
	out := make([]Person, len(s.people.order))
	for i, p := range s.people.order {
		out[i] = *p.info.Load()
	}
	return out
}

// Person returns one person. The error wraps ErrUnknown.
func (s *Simulator) Person(waID string) (Person, error) {
	p, err := s.person(waID)
	if err != nil {
		return Person{}, err
	}
	return *p.info.Load(), nil
}

func (s *Simulator) person(waID string) (*person, error) {
	if p := s.people.get(digitsOf(waID)); p != nil {
		return p, nil
	}
	return nil, unknownf("person %q", waID)
}

// ChangeNumber gives a person a new phone number and with it a new user id.
// Every business the person has talked to learns of it by a system message
// (type user_changed_number) from the old number and a user_id_update event.
// The old number is no longer on WhatsApp.
func (s *Simulator) ChangeNumber(_ context.Context, waID, newWaID string) (Person, error) {
	newWaID = digitsOf(newWaID)
	if !waIDPattern.MatchString(newWaID) {
		return Person{}, invalidf("wa_id must be 6 to 15 digits with the country code")
	}
	p, err := s.person(waID)
	if err != nil {
		return Person{}, err
	}
	d := &s.people
	d.mu.Lock()
	if d.byWaID[newWaID] != nil {
		d.mu.Unlock()
		return Person{}, invalidf("%s is someone's number already", newWaID)
	}
	before := *p.info.Load()
	after := before
	after.WaID, after.UserID = newWaID, newUserID(newWaID)
	delete(d.byWaID, before.WaID)
	delete(d.byUser, before.UserID)
	d.byWaID[after.WaID], d.byUser[after.UserID] = p, p
	p.info.Store(&after)
	d.mu.Unlock()
	for _, th := range p.allThreads() {
		s.emitNumberChange(th, before, after)
	}
	return after, nil
}

// SetMarketing records that a person stopped ("stop") or resumed ("resume")
// marketing messages of a number and tells the business by a user_preferences
// event.
func (s *Simulator) SetMarketing(waID, numberID, value string) error {
	if value != "stop" && value != "resume" {
		return invalidf("value must be stop or resume")
	}
	p, n, err := s.pair(waID, numberID)
	if err != nil {
		return err
	}
	s.people.mu.Lock()
	info := *p.info.Load()
	info.NoMarketing = value == "stop"
	p.info.Store(&info)
	s.people.mu.Unlock()
	detail := "User requested to stop marketing messages"
	if value == "resume" {
		detail = "User requested to resume marketing messages"
	}
	th := s.thread(p, n)
	pref := map[string]any{
		"user_id": info.UserID, "detail": detail, "category": "marketing_messages", "value": value,
		"timestamp": s.clock.now().Unix(),
	}
	th.mu.Lock()
	if th.phoneShared(&info, s.clock.now()) {
		pref["wa_id"] = info.WaID
	}
	contact := th.contact(&info, s.clock.now())
	th.mu.Unlock()
	s.emitAccountOn(&th.outbox, n.account, n, "user_preferences", map[string]any{
		"messaging_product": "whatsapp", "metadata": n.metadata, "contacts": []any{contact},
		"user_preferences": []any{pref},
	})
	return nil
}

// pair finds a person and a number, the first number when numberID is "".
func (s *Simulator) pair(waID, numberID string) (*person, *number, error) {
	p, err := s.person(waID)
	if err != nil {
		return nil, nil, err
	}
	n, err := s.numberOr(numberID)
	return p, n, err
}

func (p *person) allThreads() []*thread {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]*thread, 0, len(p.threads))
	for _, th := range p.threads {
		out = append(out, th)
	}
	slices.SortFunc(out, func(a, b *thread) int { return strings.Compare(a.number.id, b.number.id) })
	return out
}
