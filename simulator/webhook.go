package simulator

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

type eventKind uint8

const (
	eventMessage eventKind = iota // an item of value.messages
	eventStatus                   // an item of value.statuses
	eventValue                    // a whole value of some field
)

// event is one update on its way to a webhook, already encoded.
type event struct {
	account *account
	number  *number // whose override counts; nil for events of the account alone
	kind    eventKind
	field   string          // of an eventValue; the others are "messages"
	contact json.RawMessage // joins value.contacts; nil for none
	body    json.RawMessage
	ref     string // what the delivery log shows
	at      int64  // entry.time of an eventValue
}

// maxUpdateBytes keeps a POST below Meta's 3 MB.
const maxUpdateBytes = 2 << 20

// assemble builds the body of a POST: entries by account, within them one
// change per run of updates that fit into the same value.
func assemble(events []event) []byte {
	size := 256
	for i := range events {
		size += len(events[i].body) + len(events[i].contact) + 64
	}
	b := bytes.NewBuffer(make([]byte, 0, size))
	b.WriteString(`{"object":"whatsapp_business_account","entry":[`)
	for i := 0; i < len(events); {
		if i > 0 {
			b.WriteByte(',')
		}
		i = writeEntry(b, events, i)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

func writeEntry(b *bytes.Buffer, events []event, i int) int {
	first := events[i]
	b.WriteString(`{"id":"` + first.account.id + `"`)
	if first.kind == eventValue {
		b.WriteString(`,"time":` + strconv.FormatInt(first.at, 10))
	}
	b.WriteString(`,"changes":[`)
	for start := i; i < len(events) && events[i].account == first.account && (events[i].kind == eventValue) == (first.kind == eventValue) && events[i].at == first.at; {
		if i > start {
			b.WriteByte(',')
		}
		i = writeChange(b, events, i)
	}
	b.WriteString(`]}`)
	return i
}

func writeChange(b *bytes.Buffer, events []event, i int) int {
	first := events[i]
	if first.kind == eventValue {
		b.WriteString(`{"value":`)
		b.Write(first.body)
		b.WriteString(`,"field":"` + first.field + `"}`)
		return i + 1
	}
	end := i
	var contacts []json.RawMessage
	for end < len(events) && events[end].kind == first.kind && events[end].number == first.number {
		c := events[end].contact
		if end > i && (c == nil || first.contact == nil) {
			break // what carries no contacts (a failed status, a number change) stands in a value without them
		}
		if c != nil && !slices.ContainsFunc(contacts, func(x json.RawMessage) bool { return bytes.Equal(x, c) }) {
			if len(contacts) == 64 {
				break // keeps the search for equal contacts short
			}
			contacts = append(contacts, c)
		}
		end++
	}
	b.WriteString(`{"value":{"messaging_product":"whatsapp","metadata":`)
	b.Write(first.number.metadata)
	if len(contacts) > 0 {
		b.WriteString(`,"contacts":`)
		writeArray(b, contacts)
	}
	bodies := make([]json.RawMessage, 0, end-i)
	for _, e := range events[i:end] {
		bodies = append(bodies, e.body)
	}
	if first.kind == eventMessage {
		b.WriteString(`,"messages":`)
	} else {
		b.WriteString(`,"statuses":`)
	}
	writeArray(b, bodies)
	b.WriteString(`},"field":"messages"}`)
	return end
}

func writeArray(b *bytes.Buffer, items []json.RawMessage) {
	b.WriteByte('[')
	for i, it := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(it)
	}
	b.WriteByte(']')
}

// signature is the value of X-Hub-Signature-256 for exactly these bytes.
func signature(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// emitAccount queues an event of an account that is not about a message.
func (s *Simulator) emitAccount(a *account, n *number, field string, value any) {
	s.emitAccountOn(&a.outbox, a, n, field, value)
}

// emitAccountOn does so in the order of the given outbox.
func (s *Simulator) emitAccountOn(box *outbox, a *account, n *number, field string, value any) {
	s.out.add(box, event{account: a, number: n, kind: eventValue, field: field,
		body: marshalPHP(value), ref: field, at: s.clock.now().Unix()})
}

// EmitEvent sends a webhook of any field with any value, for what the simulator
// does not bring about by itself: account_update, account_alerts,
// template_category_update and so on. The number may be "", then the first.
func (s *Simulator) EmitEvent(numberID, field string, value json.RawMessage) error {
	n, err := s.numberOr(numberID)
	if err != nil {
		return err
	}
	if field == "" || strings.Trim(field, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return invalidf("field %q is not a webhook field", field)
	}
	body, err := reencode(value)
	if err != nil {
		return invalidf("value is not JSON: %v", err)
	}
	s.out.add(&n.account.outbox, event{account: n.account, number: n, kind: eventValue, field: field,
		body: body, ref: field, at: s.clock.now().Unix()})
	return nil
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// olderThan24 says whether webhooks of this version carry conversations.
func olderThan24(version string) bool {
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	v, _ := strconv.Atoi(major)
	return v < 24
}

func conversationID(wamid string) string {
	sum := sha256.Sum256([]byte(wamid))
	return hex.EncodeToString(sum[:16])
}
