package template

import (
	"strconv"
	"strings"

	"github.com/musika/musika"
)

// Input is what differs from one message of a template to the next.
type Input struct {
	Values Values
	Env    Env
	// Replies gives the reply that comes back for the id of a button or a row.
	// Ids that are not in it come back as they are.
	Replies map[string]string
}

// reply returns what comes back for id.
func (in *Input) reply(id string) string {
	if r, ok := in.Replies[id]; ok {
		return r
	}
	return id
}

// Message renders c as a session message: what may be sent within 24 hours of
// the person's last message. A transport that cannot show its buttons, rows or
// link turns it into numbered text (musika.Message.Fallback).
//
// Links and telephone numbers have no session message but that with one link.
// So one link alone becomes that; several, or a telephone number, become lines
// at the end of the text, "Label: address", which WhatsApp makes tappable.
//
// The error is a *musika.Error that names every variable that is missing or of
// the wrong kind.
func (c *Compiled) Message(in Input) (musika.Message, error) {
	var f faults
	m := c.message(&in, &f)
	if err := f.err(); err != nil {
		return musika.Message{}, err
	}
	return m, nil
}

func (c *Compiled) message(in *Input, f *faults) musika.Message {
	write := func(t *Text, s style) string { return t.render(in.Values, &in.Env, s, f) }
	m := musika.Message{
		Kind:   musika.KindText,
		Header: write(c.header, oneLine),
		Body:   write(c.body, lines),
		Footer: write(c.footer, oneLine),
	}
	media := c.renderMedia(in, f)
	switch {
	case c.kind == musika.TemplateList && c.list != nil:
		m.Kind, m.List = musika.KindList, c.list.render(in, write)
		return m
	case c.kind == musika.TemplateButtons && c.allReplies():
		m.Kind, m.Image = musika.KindButtons, media
		for _, b := range c.buttons {
			m.Buttons = append(m.Buttons, musika.Button{ID: in.reply(b.ID), Title: write(b.label, oneLine)})
		}
		return m
	case c.kind == musika.TemplateButtons && len(c.buttons) == 1 && c.buttons[0].Kind == musika.ActionURL:
		m.Kind, m.Image = musika.KindLink, media
		m.Link = &musika.Link{Title: write(c.buttons[0].label, oneLine), URL: c.buttons[0].address(in, f)}
		return m
	}
	var calls []string
	for _, b := range c.buttons {
		target := b.Phone
		if b.Kind == musika.ActionURL {
			target = b.address(in, f)
		}
		calls = append(calls, write(b.label, oneLine)+": "+target)
	}
	if len(calls) > 0 {
		m.Body += "\n\n" + strings.Join(calls, "\n")
	}
	m = m.AsText()
	if media != nil {
		m.Kind, m.Media = musika.KindMedia, media
	}
	return m
}

// allReplies reports whether the buttons are quick replies.
func (c *Compiled) allReplies() bool {
	for _, b := range c.buttons {
		if b.Kind != musika.ActionQuickReply {
			return false
		}
	}
	return true
}

// address renders the button's web address.
func (b *button) address(in *Input, f *faults) string {
	return fullAddress(b.url, in, addressStyle(b.URL), f)
}

// fullAddress renders a web address and wants it to be one: values may break
// what the template had right.
func fullAddress(t *Text, in *Input, s style, f *faults) string {
	before := len(f.list)
	out := t.render(in.Values, &in.Env, s, f)
	if len(f.list) == before && len(t.parts) > 0 && (!webAddress(out) || units(out) > maxAddress) {
		for _, name := range t.Names() {
			f.add(name, "must make a full address that starts with https:// and has %d characters at most", maxAddress)
		}
	}
	return out
}

func (c *Compiled) renderMedia(in *Input, f *faults) *musika.Media {
	if c.content.Media == nil {
		return nil
	}
	m := *c.content.Media
	if c.media != nil && len(c.media.parts) > 0 {
		m.Link = fullAddress(c.media, in, addressStyle(m.Link), f)
	}
	return &m
}

func (l *list) render(in *Input, write func(*Text, style) string) *musika.List {
	out := &musika.List{Button: write(l.button, oneLine)}
	for _, s := range l.sections {
		section := musika.Section{Title: write(s.title, oneLine)}
		for _, r := range s.rows {
			section.Rows = append(section.Rows, musika.Row{ID: in.reply(r.id), Title: write(r.title, oneLine), Description: write(r.description, oneLine)})
		}
		out.Sections = append(out.Sections, section)
	}
	return out
}

// Room is how much of a field's limit a rendering takes, in characters; those
// beyond Unicode's first plane, such as emoji, count twice.
type Room struct {
	At     string `json:"at"` // JSON pointer into the content
	Length int    `json:"length"`
	Limit  int    `json:"limit"`
	Left   int    `json:"left"` // below zero: too long
}

// Shown is what a person sees through one transport.
type Shown struct {
	Target  string          `json:"target"`
	Message musika.Message  `json:"message"`
	Options []musika.Option `json:"options,omitempty"` // replies, in the order in which numbers name them
	Fields  []Room          `json:"fields"`
}

// Show renders c for one transport, as text where it cannot show more. The
// error is a *musika.Error: CodeInvalid as of Message, CodeTooLarge when values
// make a field longer than the transport takes, each with its place.
func (c *Compiled) Show(in Input, target Target) (Shown, error) {
	m, err := c.Message(in)
	if err != nil {
		return Shown{}, err
	}
	shown := show(m, target)
	return shown, overflow(shown.Fields, target.Name)
}

// overflow is the refusal of a message that has too long fields, or nil.
func overflow(rooms []Room, target string) error {
	var fields []musika.FieldError
	for _, r := range rooms {
		if r.Left < 0 {
			fields = append(fields, musika.FieldError{Field: r.At, Message: tooLong(r, target)})
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return &musika.Error{Code: musika.CodeTooLarge, Fields: fields,
		Message: "With these values the message is too long: " + fields[0].Field + " " + fields[0].Message + "."}
}

func tooLong(r Room, target string) string {
	s := "has " + strconv.Itoa(r.Length) + " characters, and may have " + strconv.Itoa(r.Limit)
	if target != "" {
		s += " in " + target
	}
	return s
}

func show(m musika.Message, target Target) Shown {
	shown, options := m.Fallback(target.Capabilities)
	return Shown{Target: target.Name, Message: shown, Options: options, Fields: rooms(&shown, target.Capabilities)}
}

// rooms measures the fields of a message as a transport is given it.
func rooms(m *musika.Message, caps musika.Capabilities) []Room {
	var out []Room
	add := func(at, s string, limit int) {
		if limit > 0 && (s != "" || at == "/body") {
			n := units(s)
			out = append(out, Room{At: at, Length: n, Limit: limit, Left: limit - n})
		}
	}
	body := caps.BodyLength
	switch m.Kind {
	case musika.KindText:
		body = caps.TextLength
	case musika.KindMedia:
		body = caps.CaptionLength
	}
	add("/header", m.Header, caps.HeaderLength)
	add("/body", m.Body, body)
	for i, b := range m.Buttons {
		add("/buttons/"+strconv.Itoa(i)+"/text", b.Title, caps.ButtonTitle)
		add("/buttons/"+strconv.Itoa(i)+"/id", b.ID, caps.OptionID)
	}
	if m.Link != nil {
		add("/buttons/0/text", m.Link.Title, caps.ButtonTitle)
	}
	if m.List != nil {
		add("/list/button", m.List.Button, min(caps.ButtonTitle, maxListButton))
		for i, s := range m.List.Sections {
			at := "/list/sections/" + strconv.Itoa(i)
			add(at+"/title", s.Title, maxSectionTitle)
			for j, r := range s.Rows {
				at := at + "/rows/" + strconv.Itoa(j)
				add(at+"/id", r.ID, caps.OptionID)
				add(at+"/title", r.Title, caps.RowTitle)
				add(at+"/description", r.Description, caps.RowText)
			}
		}
	}
	add("/footer", m.Footer, caps.FooterLength)
	return out
}
