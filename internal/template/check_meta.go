package template

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/musika/musika"
)

// meta checks what Meta's review refuses (Meta: message templates, components;
// template review; error codes 2388040 to 2388299).
func (k *checker) meta() {
	if _, ok := MetaLanguage(k.t.Language); !ok && k.t.Language.Valid() {
		k.Problems.meta("/language", RuleMetaLanguage, "Meta knows no templates in this language: outside the 24 hours after a message, people get the English one.")
	}
	if k.t.Category == musika.TemplateAuthentication {
		k.Problems.meta("/category", RuleAuthentication, "Meta writes the words of templates for one-time codes itself; submit as utility, or create this one in WhatsApp Manager.")
	}
	k.body()
	k.headAndFoot()
	for _, f := range k.c.fields {
		for i := range f.text.parts {
			if p := &f.text.parts[i]; strings.Contains(p.literal, "{{") || strings.Contains(p.literal, "}}") {
				k.Problems.meta(f.at, RuleLiteralBraces, "Meta would read these braces as a variable; write it without them.")
				break
			}
		}
		label := strings.HasPrefix(f.at, "/buttons/") && strings.HasSuffix(f.at, "/text") || strings.HasPrefix(f.at, "/list/sections/") && !strings.HasSuffix(f.at, "/description")
		if label && f.text.hasVariables() {
			k.Problems.meta(f.at, RuleLabelVariables, "The words of a choice are fixed at Meta; write them without variables.")
		}
	}
	form := k.c.metaForm()
	for i, b := range form.buttons {
		at := k.choice(i)
		label := at + "/text"
		if k.content.List != nil {
			label = at + "/title"
		}
		if !b.label.hasVariables() && units(b.label.String()) > maxLabel {
			k.Problems.meta(label, RuleLength, "It may have %d characters in a template at Meta.", maxLabel)
		}
		if b.Kind == musika.ActionURL {
			k.link(at+"/url", b)
		}
	}
}

// choice is the place of the i-th button, or of the i-th row.
func (k *checker) choice(i int) string {
	if k.content.List == nil {
		return "/buttons/" + strconv.Itoa(i)
	}
	for s, section := range k.content.List.Sections {
		if i < len(section.Rows) {
			return "/list/sections/" + strconv.Itoa(s) + "/rows/" + strconv.Itoa(i)
		}
		i -= len(section.Rows)
	}
	return "/list"
}

func (k *checker) link(at string, b button) {
	_, end := b.url.tail()
	variables := 0
	for _, p := range b.url.parts {
		if p.name != "" {
			variables++
		}
	}
	last := len(b.url.parts) - 1
	if variables > 1 || variables == 1 && (b.url.parts[0].name != "" || b.url.parts[last].name == "") {
		k.Problems.meta(at, RuleURLVariable, "At Meta the address may have one variable, at its end: https://example.com/orders/{{code}}.")
		return
	}
	fixed, _ := b.url.tail()
	if u, err := url.Parse(fixed); err == nil && end == nil || err == nil && u.Host != "" {
		host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
		if slices.Contains([]string{"wa.me", "whatsapp.com", "api.whatsapp.com", "chat.whatsapp.com"}, host) {
			k.Problems.meta(at, RuleWhatsAppLink, "Meta refuses links into WhatsApp; use a quick reply, or a link elsewhere.")
		}
	}
}

// isWord reports whether r makes a word: Meta takes punctuation beside a
// variable for nothing.
func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// body: words first and last, words between variables, enough of them. What a
// list adds to the body at Meta obeys the same rules.
func (k *checker) body() {
	k.review(k.c.body, func(rule Rule, format string, args ...any) { k.add("/body", rule, format, args...) })
	form := k.c.metaForm()
	if k.c.list != nil && k.Sendable() {
		k.review(form.body, func(rule Rule, format string, args ...any) {
			k.Problems.meta("/list", rule, "With the rows, which Meta shows in the text: "+format, args...)
		})
	}
	if strings.Contains(k.content.Body, "\n\n\n") {
		k.add("/body", RuleBlankLines, "There are two empty lines in a row; keep one.")
	}
	in := k.example()
	var f faults
	if long := max(units((&slots{format: musika.ParametersNamed}).text(form.body)), units(form.body.render(in.Values, &in.Env, param, &f))); long > maxMetaBody {
		k.Problems.meta("/body", RuleLength, "It has %d characters with the examples, and a template at Meta may have %d.", long, maxMetaBody)
	}
}

// review looks at one text as Meta's review does.
func (k *checker) review(t *Text, add func(rule Rule, format string, args ...any)) {
	names := t.Names()
	if len(names) == 0 {
		return
	}
	words, before := 0, "a word" // before is the words since the last variable
	for i, p := range t.parts {
		words += len(strings.Fields(p.literal))
		if p.name == "" {
			before += p.literal
			continue
		}
		switch {
		case i == 0 || i == 1 && !strings.ContainsFunc(t.parts[0].literal, isWord):
			add(RuleVariableEdge, "The message begins with {{%s}}; begin with words, such as “Hello {{%s}}”.", p.name, p.name)
		case strings.TrimSpace(before) == "":
			add(RuleVariableAdjacent, "{{%s}} follows another variable with nothing between; write words between them.", p.name)
		}
		before = ""
	}
	if !strings.ContainsFunc(before, isWord) {
		add(RuleVariableEdge, "The message ends with a variable; end with words: a full stop after it is not enough.")
	}
	// Meta does not publish the ratio; providers report it as 2 words for each
	// variable and one more.
	if least := 2*len(names) + 1; words < least {
		add(RuleVariableRatio, "There are %d words for %d variables, and Meta wants %d; say more, or use fewer variables.", words, len(names), least)
	}
}

func (k *checker) headAndFoot() {
	for _, f := range []struct {
		at, source string
		text       *Text
		variables  int
		limit      int
		rule       Rule
	}{
		{"/header", k.content.Header, k.c.header, 1, maxMetaHeader, RuleHeaderVariables},
		{"/footer", k.content.Footer, k.c.footer, 0, maxMetaFooter, RuleFooterVariables},
	} {
		if n := len(f.text.Names()); n > f.variables {
			k.Problems.meta(f.at, f.rule, "At Meta it may have %d variables, and it has %d.", f.variables, n)
		}
		for _, p := range f.text.parts {
			if strings.ContainsAny(p.literal, "*_~`") || strings.ContainsFunc(p.literal, pictograph) {
				k.Problems.meta(f.at, RuleMarkup, "Meta takes no formatting marks and no emoji here; write plain words.")
				break
			}
		}
		in := k.example()
		var faults faults
		if n := units(f.text.render(in.Values, &in.Env, param, &faults)); n > f.limit {
			k.Problems.meta(f.at, RuleLength, "It has %d characters with the examples, and a template at Meta may have %d.", n, f.limit)
		}
	}
}

// pictograph reports whether r is an emoji or another picture.
func pictograph(r rune) bool { return unicode.Is(unicode.So, r) || r >= 0x1f000 || r == 0xfe0f }
