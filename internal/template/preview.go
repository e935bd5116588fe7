package template

import (
	"slices"

	"github.com/musika/musika"
)

// PriceClass is what a message counts as at Meta (Meta: pricing).
type PriceClass string

const (
	PriceService        PriceClass = "service" // a session message: free
	PriceUtility        PriceClass = "utility"
	PriceMarketing      PriceClass = "marketing"
	PriceAuthentication PriceClass = "authentication"
)

// Price is what a message costs, as a class.
type Price struct {
	Class PriceClass `json:"class"`
	Free  bool       `json:"free"`
}

// SessionPrice is the price of a session message.
func SessionPrice() Price { return Price{Class: PriceService, Free: true} }

// TemplatePrice is the price of a template at Meta. Utility templates are free
// while the person's 24-hour window is open (Meta: pricing, from July 2025).
func TemplatePrice(c musika.TemplateCategory, windowOpen bool) Price {
	return Price{Class: PriceClass(c), Free: c == musika.TemplateUtility && windowOpen}
}

// Preview is what becomes of a template with some values: what a person sees
// on each transport, and what Meta gets.
type Preview struct {
	Variables []string     `json:"variables"` // in the order a person meets them
	Shown     []Shown      `json:"shown"`     // one per target
	Text      string       `json:"text"`      // where no buttons can be shown
	Session   Price        `json:"session_price"`
	Problems  Problems     `json:"problems"`
	Meta      *MetaPreview `json:"meta,omitempty"` // absent when Meta has no form for it
}

// MetaPreview is the template at Meta.
type MetaPreview struct {
	Submission   Submission             `json:"submission"`
	Mapping      musika.TemplateMapping `json:"mapping"`
	Send         musika.TemplateSend    `json:"send"`
	Price        Price                  `json:"price"`         // outside the 24-hour window
	PriceSession Price                  `json:"price_session"` // within it
	Fields       []Room                 `json:"fields"`
}

// NewPreview renders a template that need not be saved, and need not be right:
// what is wrong is in Problems. Values that are missing are taken from the
// examples. The error is a *musika.Error when nothing can be shown: a text
// that cannot be read, or values missing with no example, or of the wrong
// kind.
func NewPreview(t musika.Template, content musika.TemplateContent, format musika.ParameterFormat, in Input, targets ...Target) (Preview, error) {
	c, err := Compile(t.Type, content)
	if err != nil {
		return Preview{}, err
	}
	problems := Check(t, content, targets...)
	var given Values
	for _, v := range in.Values {
		if !v.missing() {
			given = append(given, v)
		}
	}
	in.Values = slices.Concat(given, Examples(content.Variables))
	m, err := c.Message(in)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Variables: c.Names(), Text: m.AsText().Body, Session: SessionPrice(), Problems: append(Problems{}, problems...)}
	for _, target := range targets {
		p.Shown = append(p.Shown, show(m, target))
	}
	for _, problem := range problems {
		if problem.MetaOnly && problem.Rule != RuleMetaLanguage || !problem.MetaOnly {
			return p, nil
		}
	}
	code, ok := MetaLanguage(t.Language)
	if !ok {
		return p, nil
	}
	meta := &MetaPreview{Mapping: musika.TemplateMapping{Format: format},
		Price: TemplatePrice(t.Category, false), PriceSession: TemplatePrice(t.Category, true)}
	meta.Submission = c.submission(t, in.Env, &meta.Mapping, exampleHandle)
	send, err := c.TemplateMessage(t.Name, code, meta.Mapping, in)
	if err != nil {
		return Preview{}, err
	}
	meta.Send = *send.Template
	meta.Fields = c.metaRooms(&in)
	p.Meta = meta
	return p, nil
}

// exampleHandle stands for the example file's handle, which only an upload
// gives.
const exampleHandle = "4::…"

// metaRooms measures the fields of the template at Meta as the person sees it.
func (c *Compiled) metaRooms(in *Input) []Room {
	form := c.metaForm()
	var f faults
	var out []Room
	add := func(at string, t *Text, limit int) {
		if s := t.render(in.Values, &in.Env, param, &f); s != "" {
			n := units(s)
			out = append(out, Room{At: at, Length: n, Limit: limit, Left: limit - n})
		}
	}
	k := checker{content: &c.content}
	add("/header", form.header, maxMetaHeader)
	add("/body", form.body, maxMetaBody)
	for i, b := range form.buttons {
		at := k.choice(i) + "/text"
		if c.list != nil {
			at = k.choice(i) + "/title"
		}
		add(at, b.label, maxLabel)
	}
	add("/footer", form.footer, maxMetaFooter)
	return out
}
