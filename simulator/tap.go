package simulator

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Tap makes a person tap an option of a message of the business: a reply
// button, a list row, a template's quick reply, or "share contact info". The
// option is named by its id (the payload of a quick reply) or, failing that, by
// its label. Of a flow message the option is the response, a JSON object, or the
// flow's token for a response with nothing else. It returns the id of the answer. Errors wrap ErrUnknown or ErrInvalid.
func (s *Simulator) Tap(_ context.Context, waID, messageID, optionID string) (string, error) {
	p, err := s.person(waID)
	if err != nil {
		return "", err
	}
	m := s.index.get(messageID)
	if m == nil || m.th.person != p || !m.out {
		return "", unknownf("message %q of a business to %s", messageID, waID)
	}
	if len(m.options) == 0 {
		return "", invalidf("message %s has nothing to tap that answers", messageID)
	}
	opt, ok := m.option(optionID)
	if !ok {
		return "", unknownf("option %q of message %s", optionID, messageID)
	}
	obj := inboundObject{context: contextOf(m)}
	switch opt.reply {
	case "button":
		obj.kind, obj.node = "button", map[string]string{"payload": opt.id, "text": opt.title}
	case "flow":
		response := json.RawMessage(optionID)
		if optionID == opt.id || optionID == opt.title {
			response, _ = json.Marshal(map[string]string{"flow_token": opt.id})
		}
		node, err := flowReply(response)
		if err != nil {
			return "", invalidf("%v", err)
		}
		obj.kind, obj.node = "interactive", node
	case "contact":
		info := p.info.Load()
		m.th.sharePhone()
		obj.kind, obj.node = "contacts", []any{map[string]any{
			"name":   map[string]string{"formatted_name": info.Name, "first_name": info.Name},
			"phones": []any{map[string]string{"phone": "+" + info.WaID, "wa_id": info.WaID, "type": "CELL"}},
		}}
	default:
		reply := map[string]string{"id": opt.id, "title": opt.title}
		if opt.description != "" {
			reply["description"] = opt.description
		}
		obj.kind, obj.node = "interactive", map[string]any{"type": opt.reply, opt.reply: reply}
	}
	return s.receive(m.th, obj, m.id), nil
}

// option finds what a tap means: by id, else by label; a flow or contact
// request has but one.
func (m *message) option(id string) (option, bool) {
	if m.options[0].reply == "flow" || m.options[0].reply == "contact" {
		return m.options[0], true
	}
	by := func(same func(option) bool) (option, bool) {
		if i := slices.IndexFunc(m.options, same); i >= 0 {
			return m.options[i], true
		}
		return option{}, false
	}
	if o, ok := by(func(o option) bool { return o.id == id }); ok {
		return o, true
	}
	return by(func(o option) bool { return o.title == id })
}

// Call makes a person call a number and hang up: webhooks of field "calls", and
// the service window opens as by a message. It returns the call's id.
func (s *Simulator) Call(_ context.Context, waID, numberID string) (string, error) {
	p, n, err := s.pair(waID, numberID)
	if err != nil {
		return "", err
	}
	th := s.thread(p, n)
	info := p.info.Load()
	th.mu.Lock()
	defer th.mu.Unlock()
	if n.blocks(p) {
		return "", invalidf("the business has blocked %s", waID)
	}
	now := s.clock.now()
	th.lastIn = now
	id := "wacid." + newWamid(info.WaID, false)[len("wamid."):]
	end := now.Add(time.Duration(5+randomN(20)) * time.Second)
	for _, step := range []map[string]any{
		{"event": "connect", "timestamp": unix(now)},
		{"event": "terminate", "timestamp": unix(now), "status": "COMPLETED", "start_time": unix(now), "end_time": unix(end),
			"duration": int(end.Sub(now) / time.Second)},
	} {
		step["id"], step["to"], step["direction"], step["from_user_id"] = id, n.digits, "USER_INITIATED", info.UserID
		if th.phoneShared(info, now) {
			step["from"] = info.WaID
		}
		s.emitAccountOn(&th.outbox, n.account, n, "calls", map[string]any{
			"messaging_product": "whatsapp", "metadata": n.metadata,
			"contacts": []any{th.contact(info, now)}, "calls": []any{step},
		})
	}
	return id, nil
}

// emitNumberChange tells a business that a person has a new number: a system
// message without contacts, then a user_id_update.
func (s *Simulator) emitNumberChange(th *thread, before, after Person) {
	th.mu.Lock()
	defer th.mu.Unlock()
	now := s.clock.now()
	n := th.number
	id := newWamid(before.WaID, false)
	node := map[string]string{"body": fmt.Sprintf("User %s changed from %s to %s", after.Name, before.WaID, after.WaID),
		"wa_id": after.WaID, "user_id": after.UserID, "type": "user_changed_number"}
	m := &message{th: th, id: id, kind: "system", at: now, node: marshalPHP(node), status: "sent"}
	s.add(th, m)
	s.out.add(&th.outbox, event{account: n.account, number: n, kind: eventMessage, ref: id, body: marshalPHP(map[string]any{
		"from": before.WaID, "from_user_id": before.UserID, "id": id, "timestamp": strconv.FormatInt(now.Unix(), 10),
		"type": "system", "system": m.node,
	})})
	s.emitAccountOn(&th.outbox, n.account, n, "user_id_update", map[string]any{
		"messaging_product": "whatsapp", "metadata": n.metadata,
		"user_id_update": []any{map[string]any{
			"wa_id": after.WaID, "detail": "The user changed the phone number", "timestamp": now.Unix(),
			"user_id": map[string]string{"previous": before.UserID, "current": after.UserID},
		}},
	})
}
