package template

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/musika/musika"
)

// checkEnv writes amounts and dates as long as they get.
func checkEnv(l musika.Language) Env {
	return Env{Language: l, Currency: musika.ZWG, Zone: time.UTC}
}

// Check looks for everything that can be wrong with a template before it is
// sent: its name, what its type needs and has no place for, the limits of the
// transports given, with the examples and the defaults in place of variables,
// and what Meta's review refuses. Nothing is changed. Of t, name, language,
// type and category are read.
//
// Problems that only concern a submission to Meta are marked MetaOnly and do
// not keep the template from being saved; a merchant without the Cloud API has
// no use for them.
func Check(t musika.Template, content musika.TemplateContent, targets ...Target) Problems {
	c, problems := compile(t.Type, content)
	k := &checker{c: c, t: t, content: &content, Problems: problems}
	k.identity()
	if c.body == nil {
		return k.Problems // too much to be read
	}
	k.shape()
	k.words()
	if k.Sendable() {
		k.lengths(targets)
	}
	k.meta()
	return k.Problems
}

type checker struct {
	Problems
	c       *Compiled
	t       musika.Template
	content *musika.TemplateContent
}

// templateName reports whether s is what Meta takes as a template's name,
// within our length.
func templateName(s string) bool {
	if s == "" || len(s) > maxTemplateName {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

func (k *checker) identity() {
	if !templateName(k.t.Name) {
		k.add("/name", RuleName, "The name must be 1 to %d small letters, digits and _, such as order_confirmation.", maxTemplateName)
	}
	if !k.t.Language.Valid() {
		k.add("/language", RuleLanguage, "The language must be en, sn, zu or af.")
	}
	if !k.t.Category.Valid() {
		k.add("/category", RuleCategory, "The category must be utility, marketing or authentication.")
	}
}

// shape checks what the type needs and has no place for.
func (k *checker) shape() {
	c := k.content
	refuse := func(there bool, at, what string) {
		if there {
			k.add(at, RuleNotAllowed, "A template of type %s has no place for %s; remove it, or change the type.", k.t.Type, what)
		}
	}
	if strings.TrimSpace(c.Body) == "" {
		k.add("/body", RuleRequired, "Write what the message says.")
	}
	refuse(len(c.Buttons) > 0 && k.t.Type != musika.TemplateButtons, "/buttons", "buttons")
	refuse(c.List != nil && k.t.Type != musika.TemplateList, "/list", "a list")
	refuse(c.Media != nil && (k.t.Type == musika.TemplateText || k.t.Type == musika.TemplateList), "/media", "a file")
	refuse(c.Header != "" && k.t.Type == musika.TemplateMedia, "/header", "a header; the file is at the top")
	switch k.t.Type {
	case musika.TemplateButtons:
		k.buttons()
		if c.Media != nil && c.Header != "" {
			k.add("/header", RuleNotAllowed, "A header cannot stand beside a picture; keep one of them.")
		}
	case musika.TemplateList:
		k.list()
	case musika.TemplateMedia:
		if c.Media == nil {
			k.add("/media", RuleRequired, "Add the image, the video or the document.")
		}
	}
	if c.Media != nil {
		k.media()
	}
}

func (k *checker) media() {
	m := k.content.Media
	switch m.Type {
	case musika.MediaImage, musika.MediaVideo, musika.MediaDocument:
	default:
		k.add("/media/type", RuleMedia, "A template shows an image, a video or a document, not %q.", shorten(string(m.Type)))
	}
	if (m.ID == "") == (m.Link == "") {
		k.add("/media", RuleMedia, "Give the file's link or its id, and not both.")
	}
	if m.Link != "" {
		k.address("/media/link", k.c.media)
	}
}

// address wants a text to make a web address with its examples.
func (k *checker) address(at string, t *Text) {
	var f faults
	in := k.example()
	s := addressStyle(t.String())
	out := t.render(in.Values, &in.Env, s, &f)
	switch {
	case len(f.list) > 0: // a missing example, told where the variable is declared
	case len(t.parts) == 0 && !k.Sendable(): // it cannot be read, which is told already
	case !webAddress(out):
		k.add(at, RuleAddress, "Write a full address that starts with https://. With the examples it is %q.", shorten(out))
	case units(out) > maxAddress:
		k.add(at, RuleLength, "The address has %d characters, and may have %d.", units(out), maxAddress)
	}
}

func (k *checker) example() *Input {
	return &Input{Values: Examples(k.content.Variables), Env: checkEnv(k.t.Language)}
}

// buttons: 1 to 3 quick replies, or up to 2 links and 1 telephone number.
func (k *checker) buttons() {
	count := map[musika.TemplateActionKind]int{}
	ids, labels := map[string]bool{}, map[string]bool{}
	for i, b := range k.content.Buttons {
		at := "/buttons/" + strconv.Itoa(i)
		count[b.Kind]++
		k.label(at+"/text", b.Text, labels)
		none := func(s, field string) {
			if s != "" {
				k.add(at+"/"+field, RuleNotAllowed, "A button of kind %s has no %s; remove it.", b.Kind, field)
			}
		}
		switch b.Kind {
		case musika.ActionQuickReply:
			k.replyID(at+"/id", b.ID, ids)
			none(b.URL, "url")
			none(b.Phone, "phone")
		case musika.ActionURL:
			none(b.ID, "id")
			none(b.Phone, "phone")
			k.address(at+"/url", k.c.buttons[i].url)
		case musika.ActionPhone:
			none(b.ID, "id")
			none(b.URL, "url")
			if p, err := musika.ParsePhone(b.Phone); err != nil || string(p) != b.Phone || len(b.Phone) > maxPhone {
				k.add(at+"/phone", RulePhone, "Write the number with its country code, such as +263771234567.")
			}
		default:
			k.add(at+"/kind", RuleKind, "There is no kind of button %q; use quick_reply, url or phone.", shorten(string(b.Kind)))
		}
	}
	replies := count[musika.ActionQuickReply]
	switch {
	case len(k.content.Buttons) == 0:
		k.add("/buttons", RuleRequired, "Add a button, or make the type text.")
	case replies > 0 && replies < len(k.content.Buttons):
		k.add("/buttons", RuleButtonMix, "Quick replies cannot stand among links and telephone numbers; keep the one or the other.")
	case replies > maxReplies:
		k.add("/buttons", RuleCount, "There are %d quick replies, and %d fit; for more choices make a list.", replies, maxReplies)
	case count[musika.ActionURL] > maxLinks:
		k.add("/buttons", RuleCount, "There are %d links, and %d fit.", count[musika.ActionURL], maxLinks)
	case count[musika.ActionPhone] > maxPhones:
		k.add("/buttons", RuleCount, "There are %d telephone numbers, and %d fits.", count[musika.ActionPhone], maxPhones)
	}
}

// label checks what a choice is called: choices that are called the same
// cannot be told apart when they are typed.
func (k *checker) label(at, s string, seen map[string]bool) {
	key := strings.ToLower(strings.TrimSpace(s))
	switch {
	case key == "":
		k.add(at, RuleRequired, "Write what the choice is called.")
	case seen[key]:
		k.add(at, RuleDuplicate, "%q is there twice; call one of them something else.", shorten(s))
	}
	seen[key] = true
}

func (k *checker) replyID(at, id string, seen map[string]bool) {
	switch {
	case id == "" || id != strings.TrimSpace(id) || !utf8.ValidString(id) || strings.ContainsFunc(id, func(r rune) bool { return invisible(r) && r != ' ' }):
		k.add(at, RuleID, "Give the choice an id without spaces around it, such as track.")
	case len(id) > maxPayload:
		k.add(at, RuleLength, "The id has %d characters, and may have %d.", len(id), maxPayload)
	case seen[id]:
		k.add(at, RuleDuplicate, "The id %q is there twice; each choice needs its own.", shorten(id))
	}
	seen[id] = true
}

func (k *checker) list() {
	l := k.content.List
	if l == nil {
		k.add("/list", RuleRequired, "Add the list's sections and rows.")
		return
	}
	if strings.TrimSpace(l.Button) == "" {
		k.add("/list/button", RuleRequired, "Write the words of the button that opens the list.")
	}
	ids, labels, rows := map[string]bool{}, map[string]bool{}, 0
	for i, s := range l.Sections {
		at := "/list/sections/" + strconv.Itoa(i)
		if len(l.Sections) > 1 && strings.TrimSpace(s.Title) == "" {
			k.add(at+"/title", RuleRequired, "Give the section a title: with several sections each needs one.")
		}
		if len(s.Rows) == 0 {
			k.add(at+"/rows", RuleCount, "The section has no rows; add one, or remove the section.")
		}
		for j, r := range s.Rows {
			rows++
			at := at + "/rows/" + strconv.Itoa(j)
			k.replyID(at+"/id", r.ID, ids)
			k.label(at+"/title", r.Title, labels)
		}
	}
	if rows == 0 {
		k.add("/list/sections", RuleCount, "The list has no rows; add at least one.")
	}
	if rows > maxRows {
		k.add("/list/sections", RuleCount, "The list has %d rows, and %d fit over all sections.", rows, maxRows)
	}
}

// words checks each text for what its place cannot show, and each variable for
// an example.
func (k *checker) words() {
	for _, f := range k.c.fields {
		if f.style != lines && strings.Contains(f.source, "\n") {
			k.add(f.at, RuleLineBreak, "This is one line; remove the line break.")
		}
	}
	for i, v := range k.content.Variables {
		if v.Example == "" {
			k.add("/variables/"+strconv.Itoa(i)+"/example", RuleExample, "Give {{%s}} a long example that may well occur: limits are checked with it, and Meta wants one.", v.Name)
		}
	}
	if k.content.Header != "" && strings.TrimSpace(k.content.Header) == "" {
		k.add("/header", RuleRequired, "The header is blank; write it, or leave it out.")
	}
}

// lengths renders the template for each target with its examples, and with its
// defaults, and measures the fields as they are then: a target without buttons
// shows one long text.
func (k *checker) lengths(targets []Target) {
	example := k.example()
	defaults := *example
	defaults.Values = nil
	for _, f := range k.c.fields {
		for i := range f.text.parts {
			if p := &f.text.parts[i]; p.name != "" && p.inline == "" && p.fallback == nil {
				if v := example.Values.get(p.name); v != nil && defaults.Values.get(p.name) == nil {
					defaults.Values = append(defaults.Values, *v)
				}
			}
		}
	}
	reported := map[string]bool{}
	for _, in := range []*Input{example, &defaults} {
		m, err := k.c.Message(*in)
		if err != nil {
			continue // examples that do not fit their places are told by shape
		}
		for _, target := range targets {
			for _, r := range show(m, target).Fields {
				if key := target.Name + r.At; r.Left < 0 && !reported[key] {
					reported[key] = true
					k.add(r.At, RuleLength, "It %s with the examples; shorten it by %d.", tooLong(r, target.Name), -r.Left)
				}
			}
		}
	}
}
