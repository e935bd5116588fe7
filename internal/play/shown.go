package play

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/musika/musika/simulator"
)

// Shown is a message as a person sees it.
type Shown struct {
	ID      string
	Mine    bool   // written by the person
	Kind    string // Meta's type; "tap" for a chosen option
	Header  string
	Body    string
	Footer  string
	Button  string // label that opens a list
	Options []Option
}

// Option is a button or a row of a list.
type Option struct {
	ID, Title, Description string
}

// Find returns the first option whose title contains words, in any case.
func (s Shown) Find(words string) (Option, bool) {
	for _, o := range s.Options {
		if strings.Contains(strings.ToLower(o.Title), strings.ToLower(words)) {
			return o, true
		}
	}
	return Option{}, false
}

// Show reads a message of a thread.
func Show(m simulator.ThreadMessage) Shown {
	s := Shown{ID: m.ID, Kind: m.Type}
	var c struct {
		Body   any `json:"body"` // a string in text, an object in interactive
		Header struct {
			Text string `json:"text"`
		} `json:"header"`
		Footer struct {
			Text string `json:"text"`
		} `json:"footer"`
		Caption string `json:"caption"`
		Name    string `json:"name"`
		Action  struct {
			Button  string `json:"button"`
			Buttons []struct {
				Reply Option `json:"reply"`
			} `json:"buttons"`
			Sections []struct {
				Rows []Option `json:"rows"`
			} `json:"sections"`
		} `json:"action"`
	}
	if err := json.Unmarshal(m.Content, &c); err != nil {
		s.Body = string(m.Content)
		return s
	}
	s.Header, s.Footer, s.Button = c.Header.Text, c.Footer.Text, c.Action.Button
	switch body := c.Body.(type) {
	case string:
		s.Body = body
	case map[string]any:
		s.Body, _ = body["text"].(string)
	default:
		s.Body = c.Caption + c.Name
	}
	for _, b := range c.Action.Buttons {
		s.Options = append(s.Options, b.Reply)
	}
	for _, section := range c.Action.Sections {
		s.Options = append(s.Options, section.Rows...)
	}
	return s
}

// String writes the message as a transcript shows it: the text, then its
// choices, buttons in brackets and rows as a list.
func (s Shown) String() string {
	if s.Mine {
		if s.Kind == "tap" {
			return "[tap " + s.Body + "]"
		}
		if s.Kind == "location" {
			return "[location " + s.Body + "]"
		}
		return s.Body
	}
	var parts []string
	if s.Header != "" {
		parts = append(parts, "*"+s.Header+"*")
	}
	if s.Body != "" {
		parts = append(parts, s.Body)
	}
	if s.Footer != "" {
		parts = append(parts, "_"+s.Footer+"_")
	}
	var buttons []string
	for _, o := range s.Options {
		if s.Button == "" {
			buttons = append(buttons, "["+o.Title+"]")
			continue
		}
		row := "- " + o.Title
		if o.Description != "" {
			row += " — " + o.Description
		}
		parts = append(parts, row)
	}
	if len(buttons) > 0 {
		parts = append(parts, strings.Join(buttons, " "))
	}
	if len(parts) == 0 {
		return fmt.Sprintf("(%s)", s.Kind)
	}
	return strings.Join(parts, "\n")
}

// Says reports whether the message contains words anywhere, in any case.
func (s Shown) Says(words string) bool {
	return strings.Contains(strings.ToLower(s.String()), strings.ToLower(words))
}
