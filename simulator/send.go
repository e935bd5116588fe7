package simulator

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
)

// outgoing is a message on its way in, filled by the check of its type.
type outgoing struct {
	kind     string
	node     json.RawMessage // the node as sent, or what the thread shows
	context  string
	callback *string
	byPhone  bool

	options  []option
	voice    bool
	category string // of a template: UTILITY and so on; "" otherwise
	link     *linked
	failure  *graphError // why it will fail after it was accepted
}

// linked is media given by a link, to be fetched.
type linked struct{ kind, url string }

// option is what a person can tap on a message.
type option struct {
	reply       string // button_reply, list_reply, button, flow or contact
	id          string
	title       string
	description string
}

// checker validates the node of one message type.
type checker func(s *Simulator, n *number, node json.RawMessage, o *outgoing) *graphError

var checkers = map[string]checker{
	"text": checkText, "image": checkMedia, "audio": checkMedia, "video": checkMedia, "document": checkMedia,
	"sticker": checkMedia, "location": checkLocation, "contacts": checkContacts, "reaction": checkReaction,
	"interactive": checkInteractive, "template": checkTemplate,
}

type sendResponse struct {
	Product  string        `json:"messaging_product"`
	Contacts []sendContact `json:"contacts"`
	Messages []sentMessage `json:"messages"`
}

type sendContact struct {
	Input  string `json:"input"`
	WaID   string `json:"wa_id,omitempty"`
	UserID string `json:"user_id,omitempty"`
}

type sentMessage struct {
	ID     string `json:"id"`
	Status string `json:"message_status,omitempty"`
}

// postMessage is POST /{phone-number-id}/messages: a message, or a read receipt.
func postMessage(s *Simulator, c *call) (any, *graphError) {
	params, gerr := c.params()
	if gerr != nil {
		return nil, gerr
	}
	if gerr := wantProduct(params); gerr != nil {
		return nil, gerr
	}
	if _, ok := params["status"]; ok {
		return s.markRead(c.number, params)
	}
	dest, gerr := s.recipient(c.number, params)
	if gerr != nil {
		return nil, gerr
	}
	o := &outgoing{byPhone: dest.byPhone}
	if gerr := o.common(params); gerr != nil {
		return nil, gerr
	}
	check := checkers[o.kind]
	if check == nil {
		return nil, failParam("Param type must be one of {AUDIO, CONTACTS, DOCUMENT, IMAGE, INTERACTIVE, LOCATION, REACTION, STICKER, TEMPLATE, TEXT, VIDEO} - got \"%s\".", o.kind)
	}
	node := params[o.kind]
	if isNull(node) {
		return nil, fail(131008, "Parameter '%s' is mandatory for type '%s'", o.kind, o.kind)
	}
	o.node = node
	if gerr := check(s, c.number, node, o); gerr != nil {
		return nil, gerr
	}
	if o.category == "AUTHENTICATION" && !o.byPhone {
		return nil, fail(131062, "Authentication templates can only be sent to a phone number")
	}
	if gerr := c.number.maySend(s.clock.now(), dest); gerr != nil {
		return nil, gerr
	}
	m, gerr := s.accept(c.number, dest, o)
	if gerr != nil {
		return nil, gerr
	}
	resp := sendResponse{Product: "whatsapp", Contacts: []sendContact{dest.contact}, Messages: []sentMessage{{ID: m.id}}}
	if o.kind == "template" {
		resp.Messages[0].Status = "accepted"
	}
	return resp, nil
}

// common reads what any type may carry.
func (o *outgoing) common(params map[string]json.RawMessage) *graphError {
	kind, gerr := str(params, "type")
	if gerr != nil {
		return gerr
	}
	if o.kind = strings.ToLower(kind); o.kind == "" {
		o.kind = "text"
	}
	if rt, gerr := str(params, "recipient_type"); gerr != nil {
		return gerr
	} else if rt != "" && !strings.EqualFold(rt, "individual") {
		return failParam("Param recipient_type must be one of {INDIVIDUAL} - got \"%s\". Groups are not simulated.", rt)
	}
	if raw, ok := params["context"]; ok && !isNull(raw) {
		var ctx struct {
			MessageID text `json:"message_id"`
		}
		if gerr := decode(raw, "context", &ctx); gerr != nil {
			return gerr
		}
		if ctx.MessageID == "" {
			return failParam("The parameter context['message_id'] is required.")
		}
		o.context = string(ctx.MessageID)
	}
	if raw, ok := params["biz_opaque_callback_data"]; ok && !isNull(raw) {
		data, gerr := str(params, "biz_opaque_callback_data")
		if gerr != nil {
			return gerr
		}
		if runes(data) > callbackDataSize {
			return failParam("Param biz_opaque_callback_data must be at most %d characters long.", callbackDataSize)
		}
		o.callback = &data
	}
	return nil
}

// recipient is who a send goes to. A number that nobody here has gives a person
// who is not on WhatsApp and in no directory.
type recipient struct {
	person  *person
	ghost   bool
	byPhone bool
	waID    string
	contact sendContact
}

var phonePattern = regexp.MustCompile(`^[+\-() 0-9]+$`)

// recipient reads "to" (a phone number) or "recipient" (a user id); "to" wins.
func (s *Simulator) recipient(n *number, params map[string]json.RawMessage) (recipient, *graphError) {
	to, gerr := str(params, "to")
	if gerr != nil {
		return recipient{}, gerr
	}
	user, gerr := str(params, "recipient")
	if gerr != nil {
		return recipient{}, gerr
	}
	switch {
	case to == "" && user == "":
		return recipient{}, failParam("The parameter to is required.")
	case to == "":
		if !userIDPattern.MatchString(user) {
			return recipient{}, fail(131009, "Param recipient is not a business-scoped user ID")
		}
		r := recipient{person: s.people.user(user), contact: sendContact{Input: user, UserID: user}}
		if r.person == nil {
			r.ghost, r.person = true, ghost("", user)
		}
		r.waID = r.person.info.Load().WaID
		return r, nil
	}
	if digits := digitsOf(to); !phonePattern.MatchString(to) || len(digits) < 5 || len(digits) > 15 {
		return recipient{}, fail(131009, "Param to is not a valid phone number")
	}
	p, waID := s.findPhone(n, to)
	r := recipient{person: p, byPhone: true, waID: waID, contact: sendContact{Input: to, WaID: waID}}
	if p == nil {
		r.ghost, r.person = true, ghost(waID, newUserID(waID))
	}
	return r, nil
}

func ghost(waID, userID string) *person {
	p := &person{threads: map[string]*thread{}}
	p.info.Store(&Person{WaID: waID, UserID: userID, NotOnWhatsApp: true})
	return p
}

// findPhone normalises a number as WhatsApp does and finds who has it. Without
// "+" the country code of the business is put in front, unless the digits are
// somebody's number or begin with that code already. Brazil's ninth digit and
// Mexico's 1 may be there or not.
func (s *Simulator) findPhone(n *number, to string) (*person, string) {
	digits := digitsOf(to)
	tries := []string{digits}
	code := callingCode(n.digits)
	if !strings.HasPrefix(strings.TrimSpace(to), "+") && !strings.HasPrefix(digits, code) {
		tries = append(tries, code+strings.TrimLeft(digits, "0"))
	}
	for _, t := range slices.Clone(tries) {
		switch {
		case strings.HasPrefix(t, "521") && len(t) == 13:
			tries = append(tries, "52"+t[3:])
		case strings.HasPrefix(t, "52") && len(t) == 12:
			tries = append(tries, "521"+t[2:])
		case strings.HasPrefix(t, "55") && len(t) == 13 && t[4] == '9':
			tries = append(tries, t[:4]+t[5:])
		case strings.HasPrefix(t, "55") && len(t) == 12:
			tries = append(tries, t[:4]+"9"+t[4:])
		}
	}
	for _, t := range tries {
		if p := s.people.get(t); p != nil {
			return p, t
		}
	}
	if len(tries) > 1 && len(digits) < 11 {
		return nil, tries[1]
	}
	return nil, digits
}

// maySend checks the state of the number.
func (n *number) maySend(now time.Time, to recipient) *graphError {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case !n.registered:
		return fail(133010, "The business phone number is not registered on the WhatsApp Business Platform")
	case now.Before(n.upgradeUntil):
		return fail(131057, "Business account is in maintenance mode, its throughput is being upgraded")
	case to.waID != "" && to.waID == n.digits:
		return fail(131021, "Sender and recipient phone number is the same")
	case len(n.cfg.TestRecipients) > 0 && !slices.ContainsFunc(n.cfg.TestRecipients, func(r string) bool { return digitsOf(r) == to.waID }):
		return fail(131030, "Recipient phone number not in allowed list: Add recipient phone number to recipient list and try again.")
	}
	return nil
}

// accept counts a valid message against the limits, puts it into the thread and
// starts its life.
func (s *Simulator) accept(n *number, dest recipient, o *outgoing) (*message, *graphError) {
	th := s.thread(dest.person, n)
	th.mu.Lock()
	now := s.clock.now()
	if !n.load.take(now, false) {
		th.mu.Unlock()
		return nil, fail(130429, "Message failed to send because there were too many messages sent from this phone number in a short period of time")
	}
	if !th.pair.take(now, s.cfg.PairInterval) {
		th.mu.Unlock()
		return nil, fail(131056, "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time")
	}
	failure := s.outcome(th, o, now)
	if failure != nil && s.syncErrors() {
		th.mu.Unlock()
		return nil, failure
	}
	if dest.byPhone {
		th.phoneUsed = now
	}
	if !th.entryAt.IsZero() && th.entryOpen.IsZero() && now.Sub(th.entryAt) < serviceWindow {
		th.entryOpen = now.Add(freeEntryWindow)
	}
	m := &message{
		th: th, id: newWamid(dest.waID, true), out: true, kind: o.kind, node: o.node, context: o.context, at: now,
		callback: o.callback, byPhone: o.byPhone, options: o.options, voice: o.voice, status: "accepted",
		pricing: th.price(o, now), reordered: s.draws(faultReorder),
	}
	s.setTyping(th, false)
	if !dest.ghost {
		s.add(th, m)
	}
	th.mu.Unlock()

	switch {
	case failure == nil && o.link != nil && !s.cfg.NoLinkFetch:
		s.out.hold()
		go func() {
			defer s.out.release()
			s.launch(m, s.fetchLink(o.link.kind, o.link.url))
		}()
	case s.draws(faultLate):
		s.leave(m, failure)
		s.out.flush(&th.outbox, time.Second)
	default:
		s.launch(m, failure)
	}
	return m, nil
}

// outcome says why an accepted message will not arrive. th.mu is held.
func (s *Simulator) outcome(th *thread, o *outgoing, now time.Time) *graphError {
	info := th.person.info.Load()
	open := th.windowOpen(now)
	switch {
	case info.NotOnWhatsApp:
		return fail(131026, "Message Undeliverable.")
	case th.number.blocks(th.person):
		return fail(130403, "The business has blocked this user")
	case info.FailCode != 0:
		return fail(info.FailCode, "")
	case o.kind != "template" && !open:
		return fail(131047, "Message failed to send because more than 24 hours have passed since the customer last replied to this number.")
	case o.category == "MARKETING" && info.NoMarketing:
		return fail(131050, "Unable to deliver the message. This recipient has chosen to stop receiving marketing messages on WhatsApp from your business")
	case o.category == "MARKETING" && countryOf(info.WaID) == "US":
		return fail(131049, "Marketing messages to the United States are not delivered")
	case !open && !s.reach.take(th.person, now, th.number.messagingLimit()):
		return fail(131048, "Message failed to send because the messaging limit of this business has been reached")
	}
	if f, hit := s.draw(faultFail); hit {
		if f.Code == 0 {
			f.Code = 131026
		}
		return fail(f.Code, "A fault of the simulator, on request")
	}
	return o.failure
}

// price is what Meta would charge for. th.mu is held.
func (th *thread) price(o *outgoing, now time.Time) *pricing {
	p := &pricing{Billable: true, Model: "PMP", Type: "regular", Category: strings.ToLower(o.category)}
	switch {
	case th.freeEntry(now):
		*p = pricing{Model: "PMP", Type: "free_entry_point", Category: "referral_conversion"}
	case o.category == "":
		*p = pricing{Model: "PMP", Type: "free_customer_service", Category: "service"}
	case o.category == "UTILITY" && th.windowOpen(now):
		p.Billable, p.Type = false, "free_customer_service"
	}
	return p
}

func (n *number) messagingLimit() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return messagingLimits[n.cfg.MessagingLimit]
}
