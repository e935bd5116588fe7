package cloudapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/musika/musika"
)

// object is the only kind of webhook that is WhatsApp's.
const object = "whatsapp_business_account"

// wireEnvelope is a webhook (Meta's Cloud API: webhook payloads). Entries,
// changes, messages and statuses each come in any number.
type wireEnvelope struct {
	Object text `json:"object"`
	Entry  []struct {
		Time    text `json:"time"` // a number; absent from messages
		Changes []struct {
			Field text            `json:"field"`
			Value json.RawMessage `json:"value"`
		} `json:"changes"`
	} `json:"entry"`
}

// wireValue is the value of a change in the field "messages".
type wireValue struct {
	Metadata struct {
		PhoneNumberID text `json:"phone_number_id"`
	} `json:"metadata"`
	Contacts []wireContact     `json:"contacts"`
	Messages []json.RawMessage `json:"messages"`
	Statuses []json.RawMessage `json:"statuses"`
	Errors   json.RawMessage   `json:"errors"`
}

// wireContact says who wrote. Since usernames came wa_id may be absent.
type wireContact struct {
	Profile struct {
		Name text `json:"name"`
	} `json:"profile"`
	WaID   text `json:"wa_id"`
	UserID text `json:"user_id"`
}

// Fields of the notices made of what is not a message or status that we know.
// Any other Notice.Field is Meta's name of the webhook's field.
const (
	NoticeMessage = "messages.message" // an element of messages without an id or sender, or about an account's key
	NoticeStatus  = "messages.status"  // an element of statuses of unknown kind
	NoticeErrors  = "messages.errors"  // errors about the number or app rather than a message
)

// Parse reads a webhook's body. Updates come in the order written. body must
// have passed VerifySignature; it is untrusted all the same:
//
//   - Bytes that are not JSON, or another object's webhook: CodeInvalid.
//   - An element that makes no sense becomes a Notice with its raw value; its
//     neighbours are read.
//   - A message of unknown type is InboundUnsupported, with the type in Note.
//   - Invalid UTF-8 and NUL become U+FFFD; a text above 65,536 characters is
//     cut, and Note says so.
//
// What has no place of its own in musika.Inbound is mapped so: a form's answer
// (nfm_reply) is InboundReply with the id "flow:" and the form's name, and its
// JSON as Text; an edited message and a withdrawn one are InboundUnsupported
// with the note "edit" or "revoke", ReplyTo naming the message concerned and, for
// an edit, Text holding the new words; what led to a message (an ad, a product,
// forwarding) is told in Note.
func (c *Client) Parse(body []byte) ([]musika.Update, error) {
	var env wireEnvelope
	err := json.Unmarshal(body, &env)
	// Where a value has an unforeseen type the rest has been read all the same.
	if _, lenient := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !lenient {
		return nil, musika.Errorf(musika.CodeInvalid, "The webhook is not JSON.").Wrap(err)
	}
	if env.Object != object {
		return nil, musika.Errorf(musika.CodeInvalid, "The webhook is not about a WhatsApp account but %q.", clip(env.Object, 100))
	}
	if err != nil && len(env.Entry) == 0 {
		return nil, musika.Errorf(musika.CodeInvalid, "The webhook has no entries.").Wrap(err)
	}
	p := &parser{now: c.clock()}
	for _, entry := range env.Entry {
		for _, change := range entry.Changes {
			p.change(string(change.Field), change.Value, entry.Time)
		}
	}
	return p.out, nil
}

// parser gathers the updates of one webhook.
type parser struct {
	now     time.Time // stands in for a time that is absent
	channel string    // the number that the present change is about
	out     []musika.Update
}

// absent reports whether raw holds no value.
func absent(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || string(raw) == "null"
}

func (p *parser) change(field string, raw json.RawMessage, sent text) {
	if absent(raw) || field == "" {
		return
	}
	var v wireValue
	_ = json.Unmarshal(raw, &v) // valid JSON: what does not fit is left out
	p.channel = clip(v.Metadata.PhoneNumberID, maxMessageID)
	at := p.time(sent)
	if field != "messages" {
		p.notice(clip(text(field), maxMessageID), raw, at)
		return
	}
	before := len(p.out)
	for _, m := range v.Messages {
		p.message(m, v.Contacts, at)
	}
	for _, s := range v.Statuses {
		p.status(s, at)
	}
	if !absent(v.Errors) {
		p.notice(NoticeErrors, v.Errors, at)
	}
	if len(p.out) == before && v.Messages == nil && v.Statuses == nil {
		p.notice(field, raw, at) // a shape not known: kept rather than lost
	}
}

func (p *parser) notice(field string, raw json.RawMessage, at time.Time) {
	if absent(raw) {
		return
	}
	p.out = append(p.out, musika.Update{ChannelExternalID: p.channel,
		Notice: &musika.Notice{Field: field, Value: cleanRaw(raw), At: at}})
}

// time reads unix seconds, written as a string in messages and as a number in
// entries. What cannot be a time is now.
func (p *parser) time(t text) time.Time {
	s, err := strconv.ParseInt(string(t), 10, 64)
	if err != nil || s <= 0 || s > 253_402_300_799 { // the end of the year 9999
		return p.now
	}
	return musika.Instant(time.Unix(s, 0))
}

// wireStatus reports on a message of ours (Meta's Cloud API: status webhooks).
type wireStatus struct {
	ID          text `json:"id"`
	Status      text `json:"status"`
	Timestamp   text `json:"timestamp"`
	RecipientID text `json:"recipient_id"`
	UserID      text `json:"recipient_user_id"`
	Kind        text `json:"recipient_type"`
	Participant text `json:"recipient_participant_id"` // of a group
	Callback    text `json:"biz_opaque_callback_data"`
	Pricing     struct {
		Billable truth `json:"billable"`
		Category text  `json:"category"`
	} `json:"pricing"`
	Errors []metaError `json:"errors"`
}

// states maps Meta's statuses; "played" is a voice note's "read".
var states = map[text]musika.MessageState{
	"sent":      musika.StateSent,
	"delivered": musika.StateDelivered,
	"read":      musika.StateRead,
	"played":    musika.StateRead,
	"failed":    musika.StateFailed,
}

func (p *parser) status(raw json.RawMessage, at time.Time) {
	var w wireStatus
	_ = json.Unmarshal(raw, &w)
	state, known := states[w.Status]
	if !known || w.ID == "" || len(w.ID) > maxMessageID {
		p.notice(NoticeStatus, raw, at)
		return
	}
	s := &musika.Status{
		ExternalID: string(w.ID),
		Callback:   clip(w.Callback, maxCallback),
		State:      state,
		At:         at,
		Category:   clip(w.Pricing.Category, maxMessageID),
		Billable:   bool(w.Pricing.Billable),
	}
	if w.Timestamp != "" {
		s.At = p.time(w.Timestamp)
	}
	phone := w.RecipientID
	if w.Kind == "group" {
		phone = w.Participant
	}
	s.Recipient = addresses(phone, w.UserID)
	if state == musika.StateFailed {
		var first metaError
		if len(w.Errors) > 0 {
			first = w.Errors[0]
		}
		s.Error = classify(&first, 0)
	}
	p.out = append(p.out, musika.Update{ChannelExternalID: p.channel, Status: s})
}

// clip returns t, at most n characters of it.
func clip(t text, n int) string {
	s, _ := cut(string(t), n)
	return s
}
