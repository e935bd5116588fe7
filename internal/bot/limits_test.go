package bot

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/musika/musika"
)

// checkLimits reports where a message breaks WhatsApp's limits (cloud-api.md
// section 2) or our own rule that every reply says what to do next.
func checkLimits(t testing.TB, m musika.Message) {
	t.Helper()
	text := func(what, s string, least, most int) {
		t.Helper()
		switch n := utf8.RuneCountInString(s); {
		case !utf8.ValidString(s):
			t.Errorf("%s is not UTF-8: %q", what, s)
		case n < least || n > most || units(s) > most:
			t.Errorf("%s has %d characters, not %d to %d: %q", what, n, least, most, s)
		case strings.TrimSpace(s) != s:
			t.Errorf("%s has space around it: %q", what, s)
		case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }):
			t.Errorf("%s has a control character: %q", what, s)
		case what != "body" && strings.Contains(s, "\n"):
			t.Errorf("%s has more than one line: %q", what, s)
		}
	}
	ids, titles := map[string]bool{}, map[string]bool{}
	option := func(id, title string, most, idMost int) {
		t.Helper()
		text("title", title, 1, most)
		text("id", id, 1, idMost)
		if ids[id] || titles[title] {
			t.Errorf("id %q or title %q is offered twice", id, title)
		}
		ids[id], titles[title] = true, true
	}
	text("footer", m.Footer, 0, 60)
	text("header", m.Header, 0, 60)
	switch m.Kind {
	case musika.KindText:
		text("body", m.Body, 1, 4096)
		t.Errorf("the reply says nothing of what to do next: %q", m.Body)
	case musika.KindLocationRequest:
		text("body", m.Body, 1, 1024)
	case musika.KindContacts:
		text("name", m.Contacts[0].Name, 1, 100)
	case musika.KindButtons:
		text("body", m.Body, 1, 1024)
		if n := len(m.Buttons); n < 1 || n > 3 {
			t.Errorf("%d buttons", n)
		}
		for _, b := range m.Buttons {
			option(b.ID, b.Title, 20, 256)
		}
	case musika.KindList:
		text("body", m.Body, 1, 1024)
		text("list button", m.List.Button, 1, 20)
		rows := 0
		for _, s := range m.List.Sections {
			least := 0
			if len(m.List.Sections) > 1 {
				least = 1
			}
			text("section", s.Title, least, 24)
			if len(s.Rows) == 0 {
				t.Errorf("section %q is empty", s.Title)
			}
			for _, r := range s.Rows {
				option(r.ID, r.Title, 24, 200)
				text("description", r.Description, 0, 72)
				rows++
			}
		}
		if rows < 1 || rows > 10 {
			t.Errorf("%d rows", rows)
		}
	default:
		t.Errorf("a message of kind %q", m.Kind)
	}
	if (m.Kind == musika.KindButtons || m.Kind == musika.KindList) && m.Footer == "" {
		t.Errorf("no footer: %q", m.Body)
	}
}
