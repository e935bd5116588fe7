package simulator

import (
	"encoding/json"
	"slices"
)

const maxCaption = 1024

// mediaNode is how a message names media: exactly one of id and link.
type mediaNode struct {
	ID       text  `json:"id"`
	Link     text  `json:"link"`
	Caption  *text `json:"caption"`
	Filename text  `json:"filename"`
	Voice    flag  `json:"voice"`
}

// checkMedia validates the five media types, which o.kind tells apart.
func checkMedia(s *Simulator, n *number, node json.RawMessage, o *outgoing) *graphError {
	var m mediaNode
	if gerr := decode(node, o.kind, &m); gerr != nil {
		return gerr
	}
	if gerr := s.checkMediaNode(n, o.kind, m, o); gerr != nil {
		return gerr
	}
	if m.Caption != nil {
		if o.kind == "audio" || o.kind == "sticker" {
			return failParam("Unexpected key \"caption\" on param \"%s\".", o.kind)
		}
		if runes(string(*m.Caption)) > maxCaption {
			return failParam("Param %s['caption'] must be at most %d characters long.", o.kind, maxCaption)
		}
	}
	if m.Voice {
		if o.kind != "audio" {
			return failParam("Unexpected key \"voice\" on param \"%s\".", o.kind)
		}
		if f := s.media.get(string(m.ID), s.clock.now()); f != nil && baseType(f.mime) != "audio/ogg" {
			return fail(131009, "A voice message must be an ogg file with the opus codec")
		}
		o.voice = true
	}
	return nil
}

// checkMediaNode checks that a media object has exactly one of id and link, that
// the id is the number's own, and notes a link to be fetched.
func (s *Simulator) checkMediaNode(n *number, kind string, m mediaNode, o *outgoing) *graphError {
	if (m.ID == "") == (m.Link == "") {
		return failParam("Param %s must have exactly one of 'id' and 'link'.", kind)
	}
	if m.Link != "" {
		o.link = &linked{kind: kind, url: string(m.Link)}
		return checkLink(string(m.Link))
	}
	f := s.media.get(string(m.ID), s.clock.now())
	if f == nil || f.number != n {
		e := failMissing("POST", string(m.ID))
		e.Type = "OAuthException"
		return e
	}
	rule := mediaRules[kind]
	if kind != "document" && !slices.Contains(rule.kinds, baseType(f.mime)) {
		o.failure = fail(131053, "Media file has type %s, which %s messages do not take", baseType(f.mime), kind)
	}
	return nil
}
