package simulator

import (
	"encoding/json"
	"slices"
)

// markRead is the read receipt: it marks an inbound message and those before it
// as read and can show the typing indicator for 25 seconds. No webhook follows.
func (s *Simulator) markRead(n *number, params map[string]json.RawMessage) (any, *graphError) {
	status, gerr := str(params, "status")
	if gerr != nil {
		return nil, gerr
	}
	if status != "read" {
		return nil, failParam("Param status must be one of {READ} - got \"%s\".", status)
	}
	id, gerr := str(params, "message_id")
	if gerr != nil {
		return nil, gerr
	}
	if id == "" {
		return nil, failParam("The parameter message_id is required.")
	}
	typing := false
	if raw := params["typing_indicator"]; !isNull(raw) {
		var t struct {
			Type text `json:"type"`
		}
		if gerr := decode(raw, "typing_indicator", &t); gerr != nil {
			return nil, gerr
		}
		if t.Type != "text" {
			return nil, failParam("Param typing_indicator['type'] must be one of {TEXT} - got \"%s\".", t.Type)
		}
		typing = true
	}
	m := s.index.get(id)
	if m == nil || m.out || m.th.number != n {
		return nil, fail(131009, "Message id %s is not a message that this number received", id)
	}
	th := m.th
	th.mu.Lock()
	defer th.mu.Unlock()
	if s.clock.now().Sub(m.at) > readReceiptSpan {
		return nil, fail(131009, "Message id %s is older than 30 days", id)
	}
	reached := false
	for _, x := range slices.Backward(th.msgs) {
		reached = reached || x == m
		if !reached || x.out {
			continue
		}
		if x.status == "read" {
			break // and so are all before it
		}
		x.status = "read"
		s.publishStatus(th, x)
	}
	if typing {
		s.setTyping(th, true)
	}
	return success, nil
}
