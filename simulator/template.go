package simulator

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// template is a message template in one language. Its id, name and language
// never change; the rest is under account.mu.
type template struct {
	id       string
	name     string
	language string
	account  *account

	status     string
	category   string
	named      bool
	components []component
	ttl        int // seconds, 0 for the default
	reason     string
	pauses     int
	edits      []time.Time // of the approved template, the last 30 days
	updated    time.Time
	review     int // counts reviews, so that a late one of an older text is ignored
}

type component struct {
	Type       string           `json:"type"`
	Format     string           `json:"format,omitempty"`
	Text       string           `json:"text,omitempty"`
	Buttons    []templateButton `json:"buttons,omitempty"`
	Cards      []templateCard   `json:"cards,omitempty"`
	Example    json.RawMessage  `json:"example,omitempty"`
	Security   *bool            `json:"add_security_recommendation,omitempty"`
	Expiration *int             `json:"code_expiration_minutes,omitempty"`
}

type templateCard struct {
	Components []component `json:"components"`
}

type templateButton struct {
	Type           string          `json:"type"`
	Text           string          `json:"text,omitempty"`
	URL            string          `json:"url,omitempty"`
	Phone          string          `json:"phone_number,omitempty"`
	Example        json.RawMessage `json:"example,omitempty"`
	OTPType        string          `json:"otp_type,omitempty"`
	Autofill       string          `json:"autofill_text,omitempty"`
	SupportedApps  json.RawMessage `json:"supported_apps,omitempty"`
	FlowID         text            `json:"flow_id,omitempty"`
	FlowName       string          `json:"flow_name,omitempty"`
	FlowAction     string          `json:"flow_action,omitempty"`
	NavigateScreen string          `json:"navigate_screen,omitempty"`
}

// accountTemplates are the templates of an account, guarded by account.mu.
type accountTemplates struct {
	order   []*template
	byName  map[string]*template // by templateKey
	deleted map[string]time.Time // when an approved template of the key was deleted
	created []time.Time          // in the last hour
}

func (a *accountTemplates) init() {
	a.byName, a.deleted = map[string]*template{}, map[string]time.Time{}
}

func templateKey(name, language string) string { return name + "\x00" + language }

// templateIndex finds templates by id, over all accounts.
type templateIndex struct {
	mu sync.RWMutex
	m  map[string]*template
}

func (x *templateIndex) init() { x.m = map[string]*template{} }

func (s *Simulator) templateByID(id string) *template {
	s.templates.mu.RLock()
	defer s.templates.mu.RUnlock()
	return s.templates.m[id]
}

// keep enters a template. a.mu is held.
func (s *Simulator) keep(a *account, t *template) {
	a.templates.order = append(a.templates.order, t)
	a.templates.byName[templateKey(t.name, t.language)] = t
	s.templates.mu.Lock()
	s.templates.m[t.id] = t
	s.templates.mu.Unlock()
}

// forget removes a template; the name of an approved one stays blocked. a.mu is held.
func (s *Simulator) forget(t *template, now time.Time) {
	a := t.account
	a.templates.order = slices.DeleteFunc(a.templates.order, func(x *template) bool { return x == t })
	delete(a.templates.byName, templateKey(t.name, t.language))
	if t.status == "APPROVED" {
		a.templates.deleted[templateKey(t.name, t.language)] = now
	}
	s.templates.mu.Lock()
	delete(s.templates.m, t.id)
	s.templates.mu.Unlock()
}

// seedTemplates gives an account the hello_world template that Meta's test
// accounts come with.
func (s *Simulator) seedTemplates(a *account) {
	s.keep(a, &template{
		id: s.ids.next(), name: "hello_world", language: "en_US", account: a, status: "APPROVED", category: "UTILITY",
		components: []component{
			{Type: "HEADER", Format: "TEXT", Text: "Hello World"},
			{Type: "BODY", Text: "Welcome and congratulations!! This message demonstrates your ability to send a WhatsApp message notification from the Cloud API, hosted by Meta. Thank you for taking the time to test with us."},
			{Type: "FOOTER", Text: "WhatsApp Business Platform sample message"},
		},
		updated: s.clock.now(),
	})
}

// templateStatuses are the events of a review and the status each leads to; ""
// leaves the status as it is.
var templateStatuses = map[string]string{
	"APPROVED": "APPROVED", "REJECTED": "REJECTED", "PENDING": "PENDING", "PAUSED": "PAUSED", "DISABLED": "DISABLED",
	"IN_APPEAL": "IN_APPEAL", "FLAGGED": "", "REINSTATED": "APPROVED", "LOCKED": "LOCKED", "ARCHIVED": "ARCHIVED",
	"UNARCHIVED": "APPROVED", "LIMIT_EXCEEDED": "LIMIT_EXCEEDED", "PENDING_DELETION": "PENDING_DELETION",
}

var templateReasons = []string{"NONE", "ABUSIVE_CONTENT", "INVALID_FORMAT", "PROMOTIONAL", "SCAM", "TAG_CONTENT_MISMATCH", "INCORRECT_CATEGORY"}

// ReviewTemplate is Meta's decision on a template: its status, such as APPROVED,
// REJECTED, PAUSED or DISABLED, and the reason (NONE when empty). A pause lasts
// 3 hours, the second 6, the third disables. A message_template_status_update
// webhook follows. Errors wrap ErrUnknown or ErrInvalid.
func (s *Simulator) ReviewTemplate(id, status, reason string) error {
	t := s.templateByID(id)
	if t == nil {
		return unknownf("template %q", id)
	}
	status, reason = strings.ToUpper(status), strings.ToUpper(reason)
	if _, ok := templateStatuses[status]; !ok {
		return invalidf("status %q is not a template status", status)
	}
	if reason == "" {
		reason = "NONE"
		if status == "REJECTED" {
			reason = "INVALID_FORMAT"
		}
	}
	if !slices.Contains(templateReasons, reason) {
		return invalidf("reason %q is none of %s", reason, strings.Join(templateReasons, ", "))
	}
	s.decide(t, status, reason)
	return nil
}

var pauseSpans = []time.Duration{3 * time.Hour, 6 * time.Hour}

func (s *Simulator) decide(t *template, event, reason string) {
	now := s.clock.now()
	extra := map[string]any{}
	t.account.mu.Lock()
	t.review++
	if event == "PAUSED" {
		t.pauses++
		if t.pauses > len(pauseSpans) {
			event = "DISABLED"
		} else {
			turn, span := t.review, pauseSpans[t.pauses-1]
			extra["other_info"] = map[string]string{"title": []string{"FIRST_PAUSE", "SECOND_PAUSE"}[t.pauses-1],
				"description": "The template was paused for " + strconv.Itoa(int(span.Hours())) + " hours because of negative feedback"}
			s.sched.at(now.Add(span), func() { s.unpause(t, turn) })
		}
	}
	if to := templateStatuses[event]; to != "" {
		t.status = to
	}
	t.reason, t.updated = reason, now
	update := t.statusUpdate(event, reason)
	t.account.mu.Unlock()
	switch event {
	case "DISABLED":
		extra["disable_info"] = map[string]any{"disable_date": now.Unix()}
		extra["other_info"] = map[string]string{"title": "DISABLED", "description": "The template was disabled"}
	case "REJECTED":
		extra["rejection_info"] = map[string]string{"reason": reason, "recommendation": "Change the template and submit it again"}
	}
	maps.Copy(update, extra)
	s.emitAccount(t.account, nil, "message_template_status_update", update)
}

// unpause ends a pause, unless something else was decided since.
func (s *Simulator) unpause(t *template, turn int) bool {
	t.account.mu.Lock()
	if t.status != "PAUSED" || t.review != turn {
		t.account.mu.Unlock()
		return false
	}
	t.status, t.updated = "APPROVED", s.clock.now()
	update := t.statusUpdate("APPROVED", "NONE")
	t.account.mu.Unlock()
	update["other_info"] = map[string]string{"title": "UNPAUSE", "description": "The template is active again"}
	s.emitAccount(t.account, nil, "message_template_status_update", update)
	return true
}

// statusUpdate is the value of the webhook. account.mu is held.
func (t *template) statusUpdate(event, reason string) map[string]any {
	id, _ := strconv.ParseInt(t.id, 10, 64)
	return map[string]any{"event": event, "message_template_id": id, "message_template_name": t.name,
		"message_template_language": t.language, "message_template_category": t.category, "reason": reason}
}

// submit starts the review of a new or changed template. account.mu is held.
func (s *Simulator) submit(t *template) {
	t.status, t.reason, t.updated = "PENDING", "NONE", s.clock.now()
	t.review++
	if s.cfg.TemplateReview < 0 {
		return
	}
	turn := t.review
	s.sched.after(s.cfg.TemplateReview, func() {
		t.account.mu.Lock()
		due := t.status == "PENDING" && t.review == turn
		t.account.mu.Unlock()
		if due {
			s.decide(t, "APPROVED", "NONE")
		}
	})
}

// TemplateInfo is a template as the control interface lists it.
type TemplateInfo struct {
	ID       string `json:"id"`
	WABAID   string `json:"waba_id"`
	Name     string `json:"name"`
	Language string `json:"language"`
	Status   string `json:"status"`
	Category string `json:"category"`
}

// Templates lists the templates of all accounts.
func (s *Simulator) Templates() []TemplateInfo {
	out := []TemplateInfo{}
	seen := map[*account]bool{}
	for _, n := range s.order {
		a := n.account
		if seen[a] {
			continue
		}
		seen[a] = true
		a.mu.Lock()
		for _, t := range a.templates.order {
			out = append(out, TemplateInfo{t.id, a.id, t.name, t.language, t.status, t.category})
		}
		a.mu.Unlock()
	}
	return out
}
