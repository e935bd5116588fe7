package simulator

import (
	"slices"
	"strings"
)

// blocks says whether the business blocked a person.
func (n *number) blocks(p *person) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, blocked := n.blocked[p]
	return blocked
}

type blockRow struct {
	Input  string       `json:"input"`
	WaID   string       `json:"wa_id,omitempty"`
	UserID string       `json:"user_id,omitempty"`
	Errors []blockError `json:"errors,omitempty"`
}

type blockError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"error_data,omitempty"`
}

// blockUsers blocks people who wrote within the last 24 hours, which is Meta's
// condition. Their messages no longer come in, and sends to them fail.
func blockUsers(s *Simulator, c *call) (any, *graphError) {
	return s.changeBlocks(c, "added_users", func(p *person) *graphError {
		th := s.thread(p, c.number)
		now := s.clock.now()
		th.mu.Lock()
		open := th.windowOpen(now)
		th.mu.Unlock()
		if !open {
			return fail(131047, "The user has not written to this number within 24 hours")
		}
		c.number.mu.Lock()
		c.number.blocked[p] = now
		c.number.mu.Unlock()
		return nil
	})
}

func unblockUsers(s *Simulator, c *call) (any, *graphError) {
	return s.changeBlocks(c, "removed_users", func(p *person) *graphError {
		c.number.mu.Lock()
		delete(c.number.blocked, p)
		c.number.mu.Unlock()
		return nil
	})
}

func (s *Simulator) changeBlocks(c *call, done string, change func(*person) *graphError) (any, *graphError) {
	params, gerr := c.params()
	if gerr != nil {
		return nil, gerr
	}
	if gerr := wantProduct(params); gerr != nil {
		return nil, gerr
	}
	var users []struct {
		User   text `json:"user"`
		UserID text `json:"user_id"`
	}
	if gerr := decode(params["block_users"], "block_users", &users); gerr != nil {
		return nil, gerr
	}
	if len(users) == 0 {
		return nil, failParam("The parameter block_users is required.")
	}
	ok, failed := []blockRow{}, []blockRow{}
	for _, u := range users {
		row := blockRow{Input: string(u.User + u.UserID)}
		var p *person
		if userIDPattern.MatchString(row.Input) {
			p, row.UserID = s.people.user(row.Input), row.Input
		} else {
			p, row.WaID = s.findPhone(c.number, row.Input)
		}
		gerr := fail(131026, "The user is not on WhatsApp")
		if p != nil {
			gerr = change(p)
		}
		if gerr != nil {
			row.Errors = []blockError{{Code: gerr.Code, Message: gerr.Title, Data: map[string]string{"details": gerr.Details}}}
			failed = append(failed, row)
			continue
		}
		ok = append(ok, row)
	}
	result := map[string]any{done: ok}
	if len(failed) > 0 {
		result["failed_users"] = failed
	}
	out := map[string]any{"messaging_product": "whatsapp", "block_users": result}
	if len(failed) > 0 {
		// Meta reports the summary beside the result when some could not be changed.
		out["error"] = map[string]any{"message": "(#139100) Failed to block/unblock users", "type": "OAuthException", "code": 139100,
			"error_data": errorData{Product: "whatsapp", Details: "Failed to block/unblock some users, see the block_users response list"},
			"fbtrace_id": newTraceID()}
	}
	return out, nil
}

func listBlocked(s *Simulator, c *call) (any, *graphError) {
	c.number.mu.Lock()
	defer c.number.mu.Unlock()
	infos := make([]*Person, 0, len(c.number.blocked))
	for p := range c.number.blocked {
		infos = append(infos, p.info.Load())
	}
	slices.SortFunc(infos, func(a, b *Person) int { return strings.Compare(a.WaID, b.WaID) })
	rows, keys := []map[string]any{}, []string{}
	for _, p := range infos {
		row := map[string]any{"messaging_product": "whatsapp", "user_id": p.UserID}
		if !p.HidePhone {
			row["wa_id"] = p.WaID
		}
		rows, keys = append(rows, row), append(keys, p.UserID)
	}
	return c.page(s, rows, keys)
}
