package simulator

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"
)

// Inbound is a message that a person sends.
type Inbound struct {
	// PhoneNumberID is the business number written to; the first when empty.
	PhoneNumberID string
	// Type is Meta's inbound message type: text, image, video, audio, document,
	// sticker, location, contacts, reaction, interactive (nfm_reply), order.
	// Any other type arrives as "unsupported", code 131051, as a poll does.
	Type string
	// Content is the node under the type's name, as Meta's webhook has it. Media
	// is given as data_base64 and mime_type beside caption, filename, voice and
	// animated; id and sha256 are added.
	Content json.RawMessage
	// ReplyTo is the id of the message quoted.
	ReplyTo string
	// Forwarded and FrequentlyForwarded mark a forwarded message.
	Forwarded, FrequentlyForwarded bool
	// ReferredProduct is {catalog_id, product_retailer_id} of a product enquiry.
	ReferredProduct json.RawMessage
	// Referral is the ad or post that the person came from; it opens the free
	// entry point window once the business answers within 24 hours.
	Referral json.RawMessage
}

// Text is an inbound text message.
func Text(body string) Inbound {
	return Content("text", map[string]string{"body": body})
}

// Content is an inbound message of a type with the node given. A node that is
// not JSON gives a message that Say refuses.
func Content(kind string, node any) Inbound {
	raw, err := json.Marshal(node)
	if err != nil {
		raw = nil
	}
	return Inbound{Type: kind, Content: raw}
}

// UnmarshalJSON reads a message the way Meta's webhook writes one: the node
// under the name of the type, context{message_id or id, forwarded, ...}, referral.
func (in *Inbound) UnmarshalJSON(b []byte) error {
	var known struct {
		PhoneNumberID string          `json:"phone_number_id"`
		Type          string          `json:"type"`
		Referral      json.RawMessage `json:"referral"`
		Context       struct {
			MessageID           string          `json:"message_id"`
			ID                  string          `json:"id"`
			Forwarded           bool            `json:"forwarded"`
			FrequentlyForwarded bool            `json:"frequently_forwarded"`
			ReferredProduct     json.RawMessage `json:"referred_product"`
		} `json:"context"`
	}
	if err := json.Unmarshal(b, &known); err != nil {
		return err
	}
	var nodes map[string]json.RawMessage
	if err := json.Unmarshal(b, &nodes); err != nil {
		return err
	}
	if known.Type == "" {
		return errors.New("type is required")
	}
	*in = Inbound{PhoneNumberID: known.PhoneNumberID, Type: known.Type, Content: nodes[known.Type],
		ReplyTo: known.Context.MessageID, Forwarded: known.Context.Forwarded,
		FrequentlyForwarded: known.Context.FrequentlyForwarded, ReferredProduct: known.Context.ReferredProduct,
		Referral: known.Referral}
	if in.ReplyTo == "" {
		in.ReplyTo = known.Context.ID
	}
	return nil
}

// inboundObject is an item of value.messages.
type inboundObject struct {
	kind    string
	node    any
	errors  []webhookError
	context map[string]any
	extra   map[string]any // referral
}

// Say sends a message from a person to a business number: it opens or refreshes
// the service window and queues the webhook. It returns the message's id. A
// business that blocked the person never hears of it. Errors wrap ErrUnknown or
// ErrInvalid.
func (s *Simulator) Say(_ context.Context, waID string, in Inbound) (string, error) {
	p, n, err := s.pair(waID, in.PhoneNumberID)
	if err != nil {
		return "", err
	}
	obj := inboundObject{kind: in.Type, extra: map[string]any{}}
	if err := s.inboundNode(n, in, &obj); err != nil {
		return "", err
	}
	if len(in.Referral) > 0 {
		if obj.extra["referral"], err = reencode(in.Referral); err != nil {
			return "", invalidf("referral: %v", err)
		}
	}
	obj.context = map[string]any{}
	if in.ReplyTo != "" {
		target := s.index.get(in.ReplyTo)
		if target == nil || target.th.person != p || target.th.number != n {
			return "", unknownf("message %q in this conversation", in.ReplyTo)
		}
		obj.context = contextOf(target)
		if in.Type == "contacts" && len(target.options) > 0 && target.options[0].reply == "contact" {
			target.th.sharePhone()
		}
	}
	if in.Forwarded {
		obj.context["forwarded"] = true
	}
	if in.FrequentlyForwarded {
		obj.context["frequently_forwarded"] = true
	}
	if len(in.ReferredProduct) > 0 {
		if obj.context["referred_product"], err = reencode(in.ReferredProduct); err != nil {
			return "", invalidf("referred_product: %v", err)
		}
	}
	return s.receive(s.thread(p, n), obj, in.ReplyTo), nil
}

// contextOf is the context of an answer to a message: whose it was and its id.
func contextOf(m *message) map[string]any {
	ctx := map[string]any{"id": m.id}
	if m.out {
		ctx["from"] = m.th.number.digits
	} else if info := m.th.person.info.Load(); !info.HidePhone {
		ctx["from"] = info.WaID
	}
	return ctx
}

// receive puts an inbound message into the thread and queues its webhook.
func (s *Simulator) receive(th *thread, obj inboundObject, replyTo string) string {
	info := th.person.info.Load()
	id := newWamid(info.WaID, false)
	th.mu.Lock()
	defer th.mu.Unlock()
	now := s.clock.now()
	th.number.load.take(now, true)
	m := &message{th: th, id: id, kind: obj.kind, at: now, context: replyTo, status: "sent"}
	var node json.RawMessage
	if obj.node != nil {
		node = marshalPHP(obj.node)
		m.node = node
	}
	s.add(th, m)
	if th.number.blocks(th.person) {
		return id
	}
	th.lastIn = now
	if obj.extra["referral"] != nil {
		th.entryAt = now
		if !th.freeEntry(now) {
			th.entryOpen = time.Time{} // the next answer opens it
		}
	}
	msg := map[string]any{"from_user_id": info.UserID, "id": id, "timestamp": unix(now), "type": obj.kind}
	if th.phoneShared(info, now) {
		msg["from"] = info.WaID
	}
	if node != nil {
		msg[obj.kind] = node
	}
	if len(obj.context) > 0 {
		msg["context"] = obj.context
	}
	if obj.errors != nil {
		msg["errors"] = obj.errors
	}
	maps.Copy(msg, obj.extra)
	s.out.add(&th.outbox, event{account: th.number.account, number: th.number, kind: eventMessage,
		contact: marshalPHP(th.contact(info, now)), body: marshalPHP(msg), ref: id})
	return id
}

// inboundNode makes the node of a webhook from what a person sends.
func (s *Simulator) inboundNode(n *number, in Inbound, obj *inboundObject) error {
	if strings.Trim(in.Type, "abcdefghijklmnopqrstuvwxyz_") != "" || in.Type == "" {
		return invalidf("type %q is not a message type", in.Type)
	}
	if _, media := mediaRules[in.Type]; media {
		return s.inboundMedia(n, in, obj)
	}
	rule, ok := inboundRules[in.Type]
	if !ok {
		e := fail(131051, "Message type is not currently supported")
		obj.kind = "unsupported"
		obj.errors = []webhookError{e.webhook()}
		if in.Type != "unsupported" {
			obj.node = map[string]string{"type": in.Type}
		}
		return nil
	}
	if isNull(in.Content) {
		return invalidf("%s is missing", in.Type)
	}
	node, err := rule(in.Content)
	if err != nil {
		return invalidf("%s: %v", in.Type, err)
	}
	obj.node = node
	return nil
}

func (s *Simulator) inboundMedia(n *number, in Inbound, obj *inboundObject) error {
	var m struct {
		Data     string `json:"data_base64"`
		Mime     string `json:"mime_type"`
		Caption  string `json:"caption"`
		Filename string `json:"filename"`
		Voice    bool   `json:"voice"`
		Animated bool   `json:"animated"`
	}
	if err := json.Unmarshal(in.Content, &m); err != nil {
		return invalidf("%s: %v", in.Type, err)
	}
	data, err := base64.StdEncoding.DecodeString(m.Data)
	if err != nil {
		return invalidf("%s.data_base64: %v", in.Type, err)
	}
	if len(data) == 0 || m.Mime == "" {
		return invalidf("%s needs data_base64 and mime_type", in.Type)
	}
	if len(data) > 100<<20 {
		obj.kind = "unsupported"
		e := fail(131052, "Failed to download the media because it is larger than 100 MB")
		obj.errors = []webhookError{e.webhook()}
		return nil
	}
	f := s.storeMedia(n, m.Mime, data, inboundLife)
	node := map[string]any{"mime_type": m.Mime, "sha256": f.base64Sum(), "id": f.id}
	if base := s.URL(); base != "" {
		node["url"] = s.mediaURL(base, f)
	}
	if m.Caption != "" && in.Type != "audio" && in.Type != "sticker" {
		node["caption"] = m.Caption
	}
	switch in.Type {
	case "document":
		node["filename"] = m.Filename
		if m.Filename == "" {
			node["filename"] = fmt.Sprintf("document-%s", f.id)
		}
	case "audio":
		node["voice"] = m.Voice
	case "sticker":
		node["animated"] = m.Animated
	}
	obj.node = node
	return nil
}
