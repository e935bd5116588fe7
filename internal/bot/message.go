package bot

import (
	"strconv"
	"strings"

	"github.com/musika/musika"
)

// button makes a quick reply whose label is the text of key.
func (v voice) button(id, key string) musika.Button {
	return musika.Button{ID: id, Title: v.T(key)}
}

// buttons makes a message with up to three quick replies.
func (v voice) buttons(body string, buttons ...musika.Button) musika.Message {
	return musika.Message{Kind: musika.KindButtons, Body: body, Buttons: buttons}
}

// list makes a message with a menu that opens from one button.
func (v voice) list(body, open string, sections ...musika.Section) musika.Message {
	return musika.Message{Kind: musika.KindList, Body: body, List: &musika.List{Button: open, Sections: sections}}
}

// fit brings m within WhatsApp's limits, whatever went into it, and gives it
// the footer. Names decide how long a text gets, so this is the one place that
// cuts. It copies what it changes.
func (v voice) fit(m musika.Message) musika.Message {
	m.Header = cut(clean(m.Header), maxHeader)
	m.Body = cut(strings.TrimSpace(m.Body), maxBody)
	if m.Footer == "" {
		m.Footer = v.footer
	}
	m.Footer = cut(clean(m.Footer), maxFooter)
	switch m.Kind {
	case musika.KindButtons:
		m.Buttons = fitButtons(m.Buttons)
		if len(m.Buttons) == 0 {
			m.Kind = musika.KindText
			m.Header, m.Footer = "", ""
		}
	case musika.KindList:
		m.List = fitList(*m.List)
		if len(m.List.Sections) == 0 {
			return v.fit(musika.Message{Kind: musika.KindText, Body: m.Body})
		}
	default:
		m.Header, m.Footer = "", ""
	}
	return m
}

// fitButtons keeps the first three with distinct ids, and tells apart titles
// that are the same.
func fitButtons(in []musika.Button) []musika.Button {
	var out []musika.Button
	ids, titles := map[string]bool{}, map[string]bool{}
	for _, b := range in {
		if ids[b.ID] || b.ID == "" || len(out) == maxButtons {
			continue
		}
		b.Title = distinct(clean(b.Title), maxButtonTitle, titles)
		ids[b.ID] = true
		out = append(out, b)
	}
	return out
}

// fitList keeps the first ten rows with distinct ids, and drops sections
// without rows.
func fitList(in musika.List) *musika.List {
	out := &musika.List{Button: cut(clean(in.Button), maxListButton)}
	ids, titles, n := map[string]bool{}, map[string]bool{}, 0
	for _, s := range in.Sections {
		s.Title = cut(clean(s.Title), maxSection)
		var rows []musika.Row
		for _, r := range s.Rows {
			if ids[r.ID] || r.ID == "" || n == maxRows {
				continue
			}
			r.Title = distinct(clean(r.Title), maxRowTitle, titles)
			r.Description = cut(clean(r.Description), maxRowText)
			ids[r.ID] = true
			rows = append(rows, r)
			n++
		}
		if len(rows) > 0 {
			s.Rows = rows
			out.Sections = append(out.Sections, s)
		}
	}
	if len(out.Sections) > 1 {
		for i := range out.Sections {
			if out.Sections[i].Title == "" {
				out.Sections[i].Title = "·"
			}
		}
	}
	return out
}

// distinct cuts title to limit and numbers it when it was used before, so that
// typing a title names one choice.
func distinct(title string, limit int, used map[string]bool) string {
	if title == "" {
		title = "·"
	}
	s := cut(title, limit)
	for n := 2; used[s]; n++ {
		tail := " " + strconv.Itoa(n)
		s = cut(title, limit-len(tail)) + tail
	}
	used[s] = true
	return s
}

// page cuts rows to the given page, counted from 0: nine rows and a row that
// leads to the next page, or up to ten on the last one. A page beyond the end
// is the last.
func (v voice) page(rows []musika.Row, page int, next func(page int) string) []musika.Row {
	const step = maxRows - 1
	page = max(0, page)
	for page > 0 && page*step >= len(rows) {
		page--
	}
	rest := rows[page*step:]
	if len(rest) <= maxRows {
		return rest
	}
	more := musika.Row{ID: next(page + 1), Title: v.T("row.more"), Description: v.T("row.more.text", "n", len(rest)-step)}
	return append(rest[:step:step], more)
}
