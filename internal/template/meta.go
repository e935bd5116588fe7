package template

import (
	"strconv"
	"strings"
	"time"

	"github.com/musika/musika"
)

// Submission is what Meta wants posted to an account's message_templates
// (Meta: message templates, create).
type Submission struct {
	Name            string      `json:"name"`
	Language        string      `json:"language"`
	Category        string      `json:"category"`
	ParameterFormat string      `json:"parameter_format,omitempty"`
	Components      []Component `json:"components"`
}

// Component is a part of a Submission.
type Component struct {
	Type    string            `json:"type"`
	Format  string            `json:"format,omitempty"`
	Text    string            `json:"text,omitempty"`
	Example *ComponentExample `json:"example,omitempty"`
	Buttons []ButtonComponent `json:"buttons,omitempty"`
}

// ComponentExample has a value for each parameter: reviewers read the template
// with them.
type ComponentExample struct {
	HeaderText   []string       `json:"header_text,omitempty"`
	HeaderNamed  []NamedExample `json:"header_text_named_params,omitempty"`
	HeaderHandle []string       `json:"header_handle,omitempty"`
	BodyText     [][]string     `json:"body_text,omitempty"`
	BodyNamed    []NamedExample `json:"body_text_named_params,omitempty"`
}

// NamedExample is the example of a named parameter.
type NamedExample struct {
	Name    string `json:"param_name"`
	Example string `json:"example"`
}

// ButtonComponent is a button of a Submission.
type ButtonComponent struct {
	Type    string   `json:"type"`
	Text    string   `json:"text"`
	URL     string   `json:"url,omitempty"`
	Phone   string   `json:"phone_number,omitempty"`
	Example []string `json:"example,omitempty"`
}

// metaLanguages are Meta's codes of our languages. Meta has no Shona: outside
// the 24-hour window, Shona speakers get the English template.
var metaLanguages = map[musika.Language]string{musika.English: "en", musika.Zulu: "zu", musika.Afrikaans: "af"}

// MetaLanguage returns Meta's code of l, and false when Meta has none.
func MetaLanguage(l musika.Language) (string, bool) {
	code, ok := metaLanguages[l]
	return code, ok
}

// metaForm is a content in the parts that a template at Meta has. A list
// becomes quick replies, one per row, with what the rows say of themselves in
// the body.
type metaForm struct {
	header, body, footer *Text
	buttons              []button
}

func (c *Compiled) metaForm() metaForm {
	f := metaForm{header: c.header, body: c.body, footer: c.footer, buttons: c.buttons}
	if c.list == nil {
		return f
	}
	body := &Text{parts: append([]part(nil), c.body.parts...)}
	literal := func(s string) { body.parts = append(body.parts, part{literal: s}) }
	first := true
	for _, s := range c.list.sections {
		for _, r := range s.rows {
			f.buttons = append(f.buttons, button{musika.TemplateAction{Kind: musika.ActionQuickReply, ID: r.id}, r.title, &Text{}})
			if len(r.description.parts) == 0 {
				continue
			}
			if first {
				literal("\n")
				first = false
			}
			literal("\n")
			body.parts = append(body.parts, r.title.parts...)
			literal(": ")
			body.parts = append(body.parts, r.description.parts...)
		}
	}
	f.body = body
	return f
}

// slots gives each variable of a text a parameter at Meta. One variable with
// two defaults gets two, as Meta knows no defaults: we send them.
type slots struct {
	format musika.ParameterFormat
	list   []musika.TemplateSlot
}

// param returns the parameter of v, making it if need be.
func (s *slots) param(v *variable) string {
	taken := map[string]bool{}
	for _, known := range s.list {
		if known.Variable == v.name && known.Default == v.inline {
			return known.Param
		}
		taken[known.Param] = true
	}
	name := v.name
	if s.format == musika.ParametersPositional {
		name = strconv.Itoa(len(s.list) + 1)
	}
	for n := 2; taken[name]; n++ {
		name = v.name + "_" + strconv.Itoa(n)
	}
	s.list = append(s.list, musika.TemplateSlot{Param: name, Variable: v.name, Default: v.inline})
	return name
}

// text writes t with Meta's parameters in place of our variables.
func (s *slots) text(t *Text) string {
	var b strings.Builder
	for i := range t.parts {
		if p := &t.parts[i]; p.name == "" {
			b.WriteString(p.literal)
		} else {
			b.WriteString("{{" + s.param(&p.variable) + "}}")
		}
	}
	return b.String()
}

// Submit writes c as Meta wants it submitted, with the mapping that later
// sends need. The examples are written for env. handle names the example file
// of a media header, as Meta's Resumable Upload API gave it, and is empty
// otherwise. The error is a *musika.Error that names everything that keeps it
// from being submitted.
func (c *Compiled) Submit(t musika.Template, env Env, format musika.ParameterFormat, handle string) (Submission, musika.TemplateMapping, error) {
	mapping := musika.TemplateMapping{Format: format}
	problems := Check(t, c.content)
	if format != musika.ParametersNamed && format != musika.ParametersPositional {
		problems.add("/format", RuleKind, "Parameters are named or positional.")
	}
	if c.content.Media != nil && handle == "" {
		problems.meta("/media", RuleExample, "Meta wants an example of the file with the submission; upload one first.")
	}
	if err := problems.SubmitErr(); err != nil {
		return Submission{}, mapping, err
	}
	return c.submission(t, env, &mapping, handle), mapping, nil
}

// Mapping returns how the parameters of c are called at Meta.
func (c *Compiled) Mapping(format musika.ParameterFormat) musika.TemplateMapping {
	mapping := musika.TemplateMapping{Format: format}
	c.submission(musika.Template{}, Env{}, &mapping, "")
	return mapping
}

func (c *Compiled) submission(t musika.Template, env Env, mapping *musika.TemplateMapping, handle string) Submission {
	form := c.metaForm()
	env.Now = time.Time{} // a reviewer reads it another day
	examples := &Input{Values: Examples(c.content.Variables), Env: env}
	language, _ := MetaLanguage(t.Language)
	out := Submission{Name: t.Name, Language: language, Category: strings.ToUpper(string(t.Category))}

	if media := c.content.Media; media != nil {
		mapping.Media = true
		out.Components = append(out.Components, Component{Type: "HEADER", Format: strings.ToUpper(string(media.Type)),
			Example: &ComponentExample{HeaderHandle: []string{handle}}})
	} else if len(form.header.parts) > 0 {
		s := slots{format: mapping.Format}
		head := Component{Type: "HEADER", Format: "TEXT", Text: s.text(form.header)}
		mapping.Header = s.list
		if named, values := c.examples(s.list, examples); len(s.list) > 0 && mapping.Format == musika.ParametersNamed {
			head.Example = &ComponentExample{HeaderNamed: named}
		} else if len(s.list) > 0 {
			head.Example = &ComponentExample{HeaderText: values}
		}
		out.Components = append(out.Components, head)
	}

	s := slots{format: mapping.Format}
	body := Component{Type: "BODY", Text: s.text(form.body)}
	mapping.Body = s.list
	if named, values := c.examples(s.list, examples); len(s.list) > 0 && mapping.Format == musika.ParametersNamed {
		body.Example = &ComponentExample{BodyNamed: named}
	} else if len(s.list) > 0 {
		body.Example = &ComponentExample{BodyText: [][]string{values}}
	}
	out.Components = append(out.Components, body)
	if len(mapping.Header)+len(mapping.Body) > 0 {
		out.ParameterFormat = string(mapping.Format)
	}

	if len(form.footer.parts) > 0 {
		out.Components = append(out.Components, Component{Type: "FOOTER", Text: (&slots{format: mapping.Format}).text(form.footer)})
	}
	if len(form.buttons) > 0 {
		out.Components = append(out.Components, Component{Type: "BUTTONS", Buttons: metaButtons(form.buttons, mapping, examples)})
	}
	return out
}

// metaButtons writes buttons, and into mapping those that take a value. The
// parameter of an address is {{1}} in either format: its value is sent without
// a name.
func metaButtons(buttons []button, mapping *musika.TemplateMapping, examples *Input) []ButtonComponent {
	var out []ButtonComponent
	for i, b := range buttons {
		label := (&slots{format: mapping.Format}).text(b.label)
		switch b.Kind {
		case musika.ActionURL:
			address := ButtonComponent{Type: "URL", Text: label}
			if prefix, end := b.url.tail(); end != nil {
				var f faults
				address.URL = prefix + "{{1}}"
				address.Example = []string{b.url.render(examples.Values, &examples.Env, addressStyle(b.URL), &f)}
				mapping.Buttons = append(mapping.Buttons, musika.TemplateMappedButton{Index: i, URLEnd: end.source()})
			} else {
				address.URL = prefix
			}
			out = append(out, address)
		case musika.ActionPhone:
			out = append(out, ButtonComponent{Type: "PHONE_NUMBER", Text: label, Phone: b.Phone})
		default:
			out = append(out, ButtonComponent{Type: "QUICK_REPLY", Text: label})
			mapping.Buttons = append(mapping.Buttons, musika.TemplateMappedButton{Index: i, Payload: b.ID})
		}
	}
	return out
}

// tail splits an address into what is fixed and the variable at its end.
func (t *Text) tail() (string, *variable) {
	switch {
	case len(t.parts) == 0:
		return "", nil
	case t.parts[0].name != "":
		return "", &t.parts[0].variable
	case len(t.parts) > 1:
		return t.parts[0].literal, &t.parts[1].variable
	}
	return t.parts[0].literal, nil
}

// examples returns the example of each slot.
func (c *Compiled) examples(list []musika.TemplateSlot, in *Input) (named []NamedExample, values []string) {
	var f faults
	for _, s := range list {
		v := string(c.slot(s).appendTo(nil, in.Values, &in.Env, param, &f))
		named = append(named, NamedExample{Name: s.Param, Example: v})
		values = append(values, v)
	}
	return named, values
}

// slot is the variable that fills a parameter.
func (c *Compiled) slot(s musika.TemplateSlot) *variable {
	v := variable{name: s.Variable, inline: s.Default}
	for _, f := range c.fields {
		for i := range f.text.parts {
			if p := &f.text.parts[i]; p.name == s.Variable {
				v.kind, v.fallback = p.kind, p.fallback
				return &v
			}
		}
	}
	return &v
}

// TemplateMessage renders c, the version that was submitted, as a send of the
// approved template of that name, with the mapping that Submit gave. Line
// breaks, tabs and long runs of spaces in values become one space: Meta refuses
// them inside parameters. The message's Body is how it reads, for the record.
// Errors are those of Message, and CodeTooLarge when values make a field longer
// than Meta takes.
func (c *Compiled) TemplateMessage(name, language string, mapping musika.TemplateMapping, in Input) (musika.Message, error) {
	var f faults
	send := &musika.TemplateSend{Name: name, Language: language}
	if mapping.Media {
		send.Header = c.renderMedia(&in, &f)
	}
	send.HeaderParams = c.params(mapping.Header, mapping.Format, &in, &f)
	send.Body = c.params(mapping.Body, mapping.Format, &in, &f)
	for _, b := range mapping.Buttons {
		value := musika.TemplateButton{Index: b.Index}
		if b.URLEnd == "" {
			value.Payload = in.reply(b.Payload)
		} else if t, err := Parse(b.URLEnd); err == nil {
			for i := range t.parts {
				p := c.slot(musika.TemplateSlot{Variable: t.parts[i].name, Default: t.parts[i].inline})
				value.URL = string(p.appendTo([]byte(value.URL), in.Values, &in.Env, address, &f))
			}
		}
		send.Buttons = append(send.Buttons, value)
	}
	record := c.message(&in, &f)
	if err := f.err(); err != nil {
		return musika.Message{}, err
	}
	if err := overflow(c.metaRooms(&in), "a template at Meta"); err != nil {
		return musika.Message{}, err
	}
	return musika.Message{Kind: musika.KindTemplate, Body: record.AsText().Body, Template: send}, nil
}

func (c *Compiled) params(list []musika.TemplateSlot, format musika.ParameterFormat, in *Input, f *faults) []musika.TemplateParam {
	var out []musika.TemplateParam
	for _, s := range list {
		p := musika.TemplateParam{Text: string(c.slot(s).appendTo(nil, in.Values, &in.Env, param, f))}
		if format == musika.ParametersNamed {
			p.Name = s.Param
		}
		out = append(out, p)
	}
	return out
}
