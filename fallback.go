package musika

import (
	"fmt"
	"strings"
)

// Fallback returns m in a form that a transport with capabilities c can show,
// and the options that a typed answer may then name, in order. What fits is
// returned as it is. Buttons, lists and links that do not fit become text with
// numbered choices; no choice is dropped.
func (m Message) Fallback(c Capabilities) (Message, []Option) {
	options := m.Options()
	switch m.Kind {
	case KindButtons:
		if len(m.Buttons) <= c.Buttons {
			return m, options
		}
	case KindList:
		if len(options) <= c.ListRows {
			return m, options
		}
	case KindLink:
		if c.Links {
			return m, nil
		}
	case KindLocationRequest:
		if c.LocationAsk {
			return m, nil
		}
	default:
		return m, nil
	}
	return m.AsText(), options
}

// AsText writes m as one plain text: header, body, choices numbered, link and
// footer. A picture is left out.
func (m Message) AsText() Message {
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if m.Header != "" {
		add("*" + m.Header + "*")
	}
	add(m.Body)
	switch m.Kind {
	case KindButtons:
		var lines []string
		for i, b := range m.Buttons {
			lines = append(lines, fmt.Sprintf("%d. %s", i+1, b.Title))
		}
		add(strings.Join(lines, "\n"))
	case KindList:
		n := 0
		for _, s := range m.List.Sections {
			var lines []string
			if s.Title != "" {
				lines = append(lines, "*"+s.Title+"*")
			}
			for _, r := range s.Rows {
				n++
				line := fmt.Sprintf("%d. %s", n, r.Title)
				if r.Description != "" {
					line += " · " + r.Description
				}
				lines = append(lines, line)
			}
			add(strings.Join(lines, "\n"))
		}
	case KindLink:
		add(m.Link.Title + ": " + m.Link.URL)
	}
	if m.Footer != "" {
		add("_" + m.Footer + "_")
	}
	return Message{Kind: KindText, Body: strings.Join(parts, "\n\n"), ReplyTo: m.ReplyTo}
}
