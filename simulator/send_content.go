package simulator

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
)

const maxTextBody = 4096

func checkText(_ *Simulator, _ *number, node json.RawMessage, _ *outgoing) *graphError {
	var t struct {
		Body    text `json:"body"`
		Preview flag `json:"preview_url"`
	}
	if gerr := decode(node, "text", &t); gerr != nil {
		return gerr
	}
	if t.Body == "" {
		return failParam("The parameter text['body'] is required.")
	}
	if runes(string(t.Body)) > maxTextBody {
		return failParam("Param text['body'] must be at most %d characters long.", maxTextBody)
	}
	return nil
}

// coordinate is a latitude or longitude; Meta's samples write it as a string,
// and a number is taken as well.
type coordinate struct {
	set   bool
	value float64
}

// UnmarshalJSON accepts a JSON number or a string that holds one.
func (c *coordinate) UnmarshalJSON(b []byte) error {
	var t text
	if err := t.UnmarshalJSON(b); err != nil || t == "" {
		return err
	}
	v, err := strconv.ParseFloat(string(t), 64)
	if err != nil {
		v = math.NaN()
	}
	c.set, c.value = true, v
	return nil
}

func (c coordinate) check(name string, limit float64) *graphError {
	if !c.set {
		return fail(131008, "Parameter 'location['%s']' is mandatory for type 'location'", name)
	}
	if !(math.Abs(c.value) <= limit) {
		return fail(131009, "Param location['%s'] must be a number between -%g and %g", name, limit, limit)
	}
	return nil
}

func checkLocation(_ *Simulator, _ *number, node json.RawMessage, o *outgoing) *graphError {
	var l struct {
		Latitude  coordinate `json:"latitude"`
		Longitude coordinate `json:"longitude"`
		Name      text       `json:"name"`
		Address   text       `json:"address"`
	}
	if gerr := decode(node, "location", &l); gerr != nil {
		return gerr
	}
	if gerr := l.Latitude.check("latitude", 90); gerr != nil {
		return gerr
	}
	if gerr := l.Longitude.check("longitude", 180); gerr != nil {
		return gerr
	}
	shown := map[string]any{"latitude": l.Latitude.value, "longitude": l.Longitude.value}
	if l.Name != "" {
		shown["name"] = l.Name
	}
	if l.Address != "" {
		shown["address"] = l.Address
	}
	o.node, _ = json.Marshal(shown)
	return nil
}

// maxContacts is the documented count; Meta's OpenAPI says 5.
const maxContacts = 257

var birthdayPattern = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

func checkContacts(_ *Simulator, _ *number, node json.RawMessage, _ *outgoing) *graphError {
	var list []struct {
		Name *struct {
			Formatted text `json:"formatted_name"`
		} `json:"name"`
		Birthday text `json:"birthday"`
		Phones   []struct {
			Phone text `json:"phone"`
			WaID  text `json:"wa_id"`
			Type  text `json:"type"`
		} `json:"phones"`
		Emails []struct {
			Email text `json:"email"`
		} `json:"emails"`
		Addresses []map[string]any `json:"addresses"`
		URLs      []map[string]any `json:"urls"`
		Org       map[string]any   `json:"org"`
	}
	if gerr := decode(node, "contacts", &list); gerr != nil {
		return gerr
	}
	if len(list) == 0 {
		return fail(131008, "Parameter 'contacts' is mandatory for type 'contacts'")
	}
	if len(list) > maxContacts {
		return fail(131009, "Total contacts count exceed max allowed count: %d", maxContacts)
	}
	for i, c := range list {
		if c.Name == nil || c.Name.Formatted == "" {
			return fail(131008, "Parameter 'contacts[%d]['name']['formatted_name']' is mandatory for type 'contacts'", i)
		}
		if c.Birthday != "" && !birthdayPattern.MatchString(string(c.Birthday)) {
			return fail(131009, "Param contacts[%d]['birthday'] must be formatted YYYY-MM-DD", i)
		}
	}
	return nil
}

// checkReaction takes any reaction; one that cannot be placed fails later, by
// webhook.
func checkReaction(s *Simulator, n *number, node json.RawMessage, o *outgoing) *graphError {
	var r struct {
		MessageID text  `json:"message_id"`
		Emoji     *text `json:"emoji"`
	}
	if gerr := decode(node, "reaction", &r); gerr != nil {
		return gerr
	}
	if r.MessageID == "" {
		return fail(131008, "Parameter 'reaction['message_id']' is mandatory for type 'reaction'")
	}
	if r.Emoji == nil {
		return fail(131008, "Parameter 'reaction['emoji']' is mandatory for type 'reaction'")
	}
	if e := string(*r.Emoji); e != "" && !isEmoji(e) {
		return fail(131009, "Param reaction['emoji'] must be an emoji")
	}
	target := s.index.get(string(r.MessageID))
	switch {
	case target == nil || target.th.number != n:
		o.failure = fail(131009, "The message to react to does not exist")
	case target.kind == "reaction":
		o.failure = fail(131009, "A reaction cannot be reacted to")
	case s.clock.now().Sub(target.at) > reactionSpan:
		o.failure = fail(131009, "The message to react to is older than 30 days")
	}
	o.context = ""
	return nil
}

// isEmoji is a loose test: short, and not made of letters and digits alone.
func isEmoji(s string) bool {
	if runes(s) > 16 {
		return false
	}
	for _, r := range s {
		if r > 0xa8 {
			return true
		}
	}
	return false
}
