package template

import (
	"slices"
	"strconv"
	"strings"

	"github.com/musika/musika"
)

// MaxDeclared is the most variables that a template declares.
const MaxDeclared = 100

// Compiled is a content that is ready to be rendered. It never changes and may
// be used by several goroutines.
type Compiled struct {
	kind    musika.TemplateType
	content musika.TemplateContent
	fields  []*field // in the order a person reads them

	header, body, footer *Text
	media                *Text // its link
	buttons              []button
	list                 *list
}

// button is a TemplateAction with its texts parsed.
type button struct {
	musika.TemplateAction
	label, url *Text
}

type list struct {
	button   *Text
	sections []section
}

type section struct {
	title *Text
	rows  []row
}

type row struct {
	id                 string
	title, description *Text
}

// field is one text of a content and where it stands in it.
type field struct {
	at     string // JSON pointer
	source string
	style  style
	text   *Text
}

// Compile reads a content of a type. Only what cannot be rendered at all is
// refused here, as a *musika.Error with CodeInvalid and a place for each fault;
// Check has the limits.
func Compile(kind musika.TemplateType, c musika.TemplateContent) (*Compiled, error) {
	compiled, problems := compile(kind, c)
	return compiled, problems.Err()
}

// compiler collects what is wrong while a content is read.
type compiler struct {
	out      *Compiled
	declared map[string]*declaration
	problems Problems
	used     map[string]bool
}

type declaration struct {
	kind     musika.VariableKind
	fallback *Value
}

func compile(kind musika.TemplateType, c musika.TemplateContent) (*Compiled, Problems) {
	p := &compiler{out: &Compiled{kind: kind, content: c}, declared: map[string]*declaration{}, used: map[string]bool{}}
	if !kind.Valid() {
		p.problems.add("/type", RuleType, "There is no type %q; use text, buttons, list or media.", shorten(string(kind)))
		return p.out, p.problems
	}
	if len(c.Buttons) > maxButtons || c.List != nil && len(c.List.Sections) > maxSections {
		p.problems.add("/buttons", RuleTooLarge, "There are more buttons or sections than WhatsApp can show; use %d at most.", maxSections)
		return p.out, p.problems
	}
	if len(c.Variables) > MaxDeclared {
		p.problems.add("/variables", RuleTooManyVariables, "There are %d variables; declare %d at most.", len(c.Variables), MaxDeclared)
		return p.out, p.problems
	}
	p.declare(c.Variables)
	out := p.out
	out.header = p.text("/header", c.Header, oneLine)
	out.body = p.text("/body", c.Body, lines)
	if c.Media != nil {
		out.media = p.text("/media/link", c.Media.Link, addressStyle(c.Media.Link))
	}
	if c.List != nil {
		out.list = p.list(c.List)
	}
	for i, b := range c.Buttons {
		at := "/buttons/" + strconv.Itoa(i)
		out.buttons = append(out.buttons, button{b, p.text(at+"/text", b.Text, oneLine), p.text(at+"/url", b.URL, addressStyle(b.URL))})
	}
	out.footer = p.text("/footer", c.Footer, oneLine)
	for i, v := range c.Variables {
		if variableName(v.Name) && !p.used[v.Name] {
			p.problems.add("/variables/"+strconv.Itoa(i), RuleUnused, "{{%s}} is declared and used nowhere; use it, or remove it.", v.Name)
		}
	}
	return out, p.problems
}

// addressStyle is whole for an address that is nothing but a variable, which
// then must hold a full address.
func addressStyle(source string) style {
	if strings.HasPrefix(source, "{{") {
		return whole
	}
	return address
}

func (p *compiler) declare(variables []musika.TemplateVariable) {
	for i, v := range variables {
		at := "/variables/" + strconv.Itoa(i)
		switch {
		case !variableName(v.Name):
			p.problems.add(at+"/name", RuleVariableName, "%q is no variable's name: a small letter first, then small letters, digits and _, %d at most.", shorten(v.Name), MaxName)
			continue
		case p.declared[v.Name] != nil:
			p.problems.add(at+"/name", RuleDuplicate, "{{%s}} is declared twice; keep one.", v.Name)
			continue
		case !v.Kind.Valid():
			p.problems.add(at+"/kind", RuleKind, "There is no kind %q; use text, number, money, date, url or phone.", shorten(string(v.Kind)))
		}
		d := &declaration{kind: v.Kind}
		p.declared[v.Name] = d
		if !v.Kind.Valid() {
			continue
		}
		if v.Default != "" {
			value, err := ParseValue(v.Name, v.Kind, v.Default)
			if err != nil || value.missing() {
				p.problems.add(at+"/default", RuleDefault, "The default of {{%s}} must be %s.", v.Name, kindForm[v.Kind])
			} else {
				d.fallback = &value
			}
		}
		if v.Example != "" {
			if value, err := ParseValue(v.Name, v.Kind, v.Example); err != nil || value.missing() {
				p.problems.add(at+"/example", RuleExample, "The example of {{%s}} must be %s.", v.Name, kindForm[v.Kind])
			}
		}
	}
}

// text parses one text and ties its variables to their declarations.
func (p *compiler) text(at, source string, s style) *Text {
	t, err := Parse(source)
	if err != nil {
		p.problems.syntax(at, err)
		t = &Text{}
	}
	for i := range t.parts {
		v := &t.parts[i].variable
		if v.name == "" {
			continue
		}
		p.used[v.name] = true
		d := p.declared[v.name]
		if d == nil {
			if p.problems.first(at, RuleUndeclared, v.name) {
				p.problems.add(at, RuleUndeclared, "{{%s}} is not declared; add it to the variables with its kind and an example.", v.name)
			}
			continue
		}
		v.kind, v.fallback = d.kind, d.fallback
	}
	if source != "" {
		p.out.fields = append(p.out.fields, &field{at: at, source: source, style: s, text: t})
	}
	return t
}

func (p *compiler) list(l *musika.List) *list {
	out := &list{button: p.text("/list/button", l.Button, oneLine)}
	rows := 0
	for i, s := range l.Sections {
		at := "/list/sections/" + strconv.Itoa(i)
		sec := section{title: p.text(at+"/title", s.Title, oneLine)}
		for j, r := range s.Rows {
			if rows++; rows > 10*maxRows {
				p.problems.add(at+"/rows", RuleTooLarge, "There are more rows than WhatsApp can show; use %d at most.", maxRows)
				return out
			}
			at := at + "/rows/" + strconv.Itoa(j)
			sec.rows = append(sec.rows, row{r.ID, p.text(at+"/title", r.Title, oneLine), p.text(at+"/description", r.Description, oneLine)})
		}
		out.sections = append(out.sections, sec)
	}
	return out
}

// Names lists the variables in the order in which a person meets them.
func (c *Compiled) Names() []string {
	var out []string
	for _, f := range c.fields {
		for _, name := range f.text.Names() {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// Content is what c was made from.
func (c *Compiled) Content() musika.TemplateContent { return c.content }

// Body is the compiled body.
func (c *Compiled) Body() *Text { return c.body }

// Examples returns the values that the variables have as their examples; one
// without an example is missing unless it has a default.
func Examples(declared []musika.TemplateVariable) Values {
	out := make(Values, 0, len(declared))
	for _, d := range declared {
		if v, err := ParseValue(d.Name, d.Kind, d.Example); err == nil && d.Example != "" {
			out = append(out, v)
		}
	}
	return out
}
