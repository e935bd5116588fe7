package cloudapi

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/musika/musika"
)

// templatePart is a template with its values (Meta's Cloud API: template
// messages). The indexes of buttons are sent as strings.
type templatePart struct {
	Name       string          `json:"name"`
	Language   languagePart    `json:"language"`
	Components []componentPart `json:"components,omitempty"`
}

type languagePart struct {
	Code string `json:"code"`
}

type componentPart struct {
	Type       string          `json:"type"`
	SubType    string          `json:"sub_type,omitempty"`
	Index      string          `json:"index,omitempty"`
	Parameters []parameterPart `json:"parameters"`
}

type parameterPart struct {
	Type     string     `json:"type"`
	Name     string     `json:"parameter_name,omitempty"`
	Text     string     `json:"text,omitempty"`
	Payload  string     `json:"payload,omitempty"`
	Image    *mediaPart `json:"image,omitempty"`
	Video    *mediaPart `json:"video,omitempty"`
	Document *mediaPart `json:"document,omitempty"`
}

var (
	templateName = regexp.MustCompile(`^[a-z0-9_]+$`)
	languageCode = regexp.MustCompile(`^[a-z]{2,3}(_[A-Za-z]{2,4})?$`)
	paramName    = regexp.MustCompile(`^[a-z0-9_]+$`)
)

// template writes m.Template. The message's Body, when set, is our own record
// of how the template reads; the words that the person sees are Meta's copy.
func (c *check) template(env *envelope, m *musika.Message) {
	t := m.Template
	if t == nil {
		c.That(false, "template", "must be set")
		return
	}
	c.chars("template.name", t.Name, 1, maxTemplateName)
	c.That(templateName.MatchString(t.Name), "template.name", "may have small letters, digits and _ only")
	c.That(languageCode.MatchString(t.Language), "template.language", "must be a code such as en or en_US")
	part := &templatePart{Name: t.Name, Language: languagePart{t.Language}}
	env.Type, env.Template = "template", part

	c.That(t.Header == nil || len(t.HeaderParams) == 0, "template.header_params", "cannot stand beside a header file")
	if t.Header != nil {
		file := *t.Header
		setDefault(&file.Type, musika.MediaImage)
		c.media("template.header", &file, musika.MediaImage, musika.MediaVideo, musika.MediaDocument)
		h := mediaHeader(&file)
		part.Components = append(part.Components, componentPart{Type: "header",
			Parameters: []parameterPart{{Type: h.Type, Image: h.Image, Video: h.Video, Document: h.Document}}})
	}
	c.That(len(t.HeaderParams) <= 1, "template.header_params", "may hold one value, and holds %d", len(t.HeaderParams))
	c.params(part, "header", "template.header_params", t.HeaderParams, maxHeader)
	c.params(part, "body", "template.body", t.Body, maxTemplateBody)
	c.templateButtons(part, t.Buttons)
}

// params adds a component with the values of text. They are all named or all
// in order. Meta refuses line breaks, tabs and more than four spaces in a row
// inside a value.
func (c *check) params(part *templatePart, component, field string, params []musika.TemplateParam, limit int) {
	if len(params) == 0 {
		return
	}
	out := componentPart{Type: component}
	names := map[string]bool{}
	for i, p := range params {
		c.chars(at(field, i, "text"), p.Text, 1, limit)
		c.That(!strings.ContainsAny(p.Text, "\n\r\t") && !strings.Contains(p.Text, "     "), at(field, i, "text"),
			"may not hold line breaks, tabs or more than four spaces in a row")
		c.That((p.Name == "") == (params[0].Name == ""), at(field, i, "name"), "must be set for all values or for none")
		if p.Name != "" {
			c.That(paramName.MatchString(p.Name), at(field, i, "name"), "may have small letters, digits and _ only")
			c.unique(names, at(field, i, "name"), p.Name)
		}
		out.Parameters = append(out.Parameters, parameterPart{Type: "text", Name: p.Name, Text: p.Text})
	}
	part.Components = append(part.Components, out)
}

func (c *check) templateButtons(part *templatePart, buttons []musika.TemplateButton) {
	seen := map[string]bool{}
	for i, b := range buttons {
		where := at("template.buttons", i, "")
		index := strconv.Itoa(b.Index)
		c.That(b.Index >= 0 && b.Index < maxTemplateButtons, where+".index", "must be 0 to %d", maxTemplateButtons-1)
		c.unique(seen, where+".index", index)
		c.That((b.Payload == "") != (b.URL == ""), where, "must have a payload or the end of an address, and not both")
		out := componentPart{Type: "button", Index: index}
		if b.URL != "" {
			c.chars(where+".url", b.URL, 1, maxURL)
			out.SubType, out.Parameters = "url", []parameterPart{{Type: "text", Text: b.URL}}
		} else {
			c.chars(where+".payload", b.Payload, 0, maxTemplatePayload)
			out.SubType, out.Parameters = "quick_reply", []parameterPart{{Type: "payload", Payload: b.Payload}}
		}
		part.Components = append(part.Components, out)
	}
}
