package simulator

import (
	"strings"
)

func getUsername(_ *Simulator, c *call) (any, *graphError) {
	c.number.mu.Lock()
	defer c.number.mu.Unlock()
	if c.number.username == "" {
		return map[string]any{"id": c.number.id}, nil
	}
	return map[string]any{"id": c.number.id, "username": c.number.username, "status": "approved"}, nil
}

// setUsername gives the number a username. One that another number here has
// needs a transfer: 147005.
func setUsername(s *Simulator, c *call) (any, *graphError) {
	params, gerr := c.params()
	if gerr != nil {
		return nil, gerr
	}
	name, gerr := str(params, "username")
	if gerr != nil {
		return nil, gerr
	}
	name = strings.TrimPrefix(strings.ToLower(name), "@")
	if !validUsername(name) {
		return nil, failParam("Param username must be 3 to 35 of a-z, 0-9, dot and underscore with at least one letter.")
	}
	for _, other := range s.order {
		other.mu.Lock()
		taken := other != c.number && other.username == name
		other.mu.Unlock()
		if taken {
			e := fail(147005, "The username belongs to another of your numbers and needs to be transferred")
			e.Title = "Username transfer required"
			return nil, e
		}
	}
	c.number.mu.Lock()
	c.number.username = name
	c.number.mu.Unlock()
	s.emitAccount(c.number.account, c.number, "business_username_updates", map[string]any{
		"display_phone_number": c.number.digits, "username": name, "status": "approved",
	})
	return map[string]any{"status": "approved"}, nil
}

func deleteUsername(s *Simulator, c *call) (any, *graphError) {
	c.number.mu.Lock()
	had := c.number.username != ""
	c.number.username = ""
	c.number.mu.Unlock()
	if had {
		s.emitAccount(c.number.account, c.number, "business_username_updates", map[string]any{
			"display_phone_number": c.number.digits, "status": "deleted",
		})
	}
	return success, nil
}

// suggestUsernames makes usernames of the verified name.
func suggestUsernames(_ *Simulator, c *call) (any, *graphError) {
	c.number.mu.Lock()
	name := c.number.cfg.VerifiedName
	c.number.mu.Unlock()
	base := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r == ' ', r == '-', r == '_':
			return '_'
		}
		return -1
	}, strings.ToLower(name))
	base = strings.Trim(base, "_")
	if len(base) > 24 {
		base = base[:24]
	}
	found := []string{}
	for _, u := range []string{base, base + "_official", base + "." + strings.ToLower(countryOf(c.number.digits)), "the_" + base} {
		if validUsername(u) {
			found = append(found, u)
		}
	}
	return map[string]any{"data": []any{map[string]any{"username_suggestions": found}}}, nil
}
