package template_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/template"
)

const shield = "\ufeff"

var harare = time.FixedZone("CAT", 2*60*60)

func env(l musika.Language) template.Env {
	return template.Env{Language: l, Currency: musika.USD, Zone: harare, Now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
}

// compile makes a text template of body with the variables that kinds declare.
func compile(t testing.TB, body string, variables ...musika.TemplateVariable) *template.Compiled {
	t.Helper()
	c, err := template.Compile(musika.TemplateText, musika.TemplateContent{Body: body, Variables: variables})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestKindsAreWrittenForThePerson(t *testing.T) {
	t.Parallel()
	moment := time.Date(2026, 11, 23, 13, 4, 0, 0, time.UTC)
	for _, tt := range []struct {
		value template.Value
		lang  musika.Language
		want  string
	}{
		{template.Money("v", musika.Money{Amount: 123456}), musika.English, "$1,234.56"},
		{template.Money("v", musika.Money{Amount: 123456, Currency: musika.ZAR}), musika.Afrikaans, "R1\u00a0234,56"},
		{template.Money("v", musika.Money{Amount: -5, Currency: musika.ZWG}), musika.Shona, "-ZWG 0.05"},
		{template.Number("v", 1234567), musika.Zulu, "1,234,567"},
		{template.Number("v", -1234), musika.Afrikaans, "-1\u00a0234"},
		{template.Time("v", moment), musika.English, "15:04"},
		{template.Time("v", moment.AddDate(0, 0, -1)), musika.English, "22 Nov, 15:04"},
		{template.Time("v", moment.AddDate(1, -1, 0)), musika.Afrikaans, "23 Okt 2027, 15:04"},
		{template.Time("v", time.Date(2026, 11, 23, 22, 30, 0, 0, time.UTC)), musika.Shona, "24 Mbu, 00:30"},
		{template.Day("v", time.Date(2026, 3, 1, 23, 59, 0, 0, time.FixedZone("", -12*3600))), musika.Zulu, "1 Mas"},
		{template.Day("v", time.Date(2025, 12, 31, 0, 0, 0, 0, harare)), musika.Afrikaans, "31 Des 2025"},
		{template.Phone("v", "+263771234567"), musika.English, "+263771234567"},
		{template.URL("v", "https://x.co/a_b/_c_?q=*1*"), musika.English, "https://x.co/a_b/%5Fc%5F?q=%2A1%2A"},
	} {
		c := compile(t, "It is {{v}}.", musika.TemplateVariable{Name: "v", Kind: tt.value.Kind()})
		got, err := c.Body().Render(template.Values{tt.value}, env(tt.lang))
		if want := "It is " + tt.want + "."; err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", tt.lang, got, err, want)
		}
	}
}

func TestParseValue(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind musika.VariableKind
		in   string
		want string // empty: refused
	}{
		{musika.VariableText, "any", "any"},
		{musika.VariableNumber, " 1250.5 ", "1,250.5"},
		{musika.VariableNumber, "1e9", ""},
		{musika.VariableNumber, "NaN", ""},
		{musika.VariableNumber, "12345678901234567890", ""},
		{musika.VariableMoney, "12.5", "$12.50"},
		{musika.VariableMoney, "-0.05", "-$0.05"},
		{musika.VariableMoney, "12", "$12.00"},
		{musika.VariableMoney, "12.345", ""},
		{musika.VariableMoney, "99999999999", ""},
		{musika.VariableMoney, "$12", ""},
		{musika.VariableDate, "2026-11-23", "23 Nov"},
		{musika.VariableDate, "2026-11-23T23:30:00Z", "24 Nov, 01:30"},
		{musika.VariableDate, "23/11/2026", ""},
		{musika.VariableDate, "0000-01-01", ""},
		{musika.VariableURL, "https://x.co/", "https://x.co/"},
		{musika.VariableURL, "a b", ""},
		{musika.VariableURL, "", ""},
		{musika.VariablePhone, "+263 77 123 4567", "+263771234567"},
		{musika.VariablePhone, "call me", ""},
		{"colour", "red", ""},
	} {
		v, err := template.ParseValue("v", tt.kind, tt.in)
		if tt.want == "" {
			if musika.CodeOf(err) != musika.CodeInvalid {
				t.Errorf("%s %q: %v, want a refusal", tt.kind, tt.in, err)
			}
			continue
		}
		text, _ := template.Parse("{{v}}")
		if got, renderErr := text.Render(template.Values{v}, env(musika.English)); err != nil || renderErr != nil || got != tt.want {
			t.Errorf("%s %q: %q (%v, %v), want %q", tt.kind, tt.in, got, err, renderErr, tt.want)
		}
	}
}

// TestEveryFaultyVariableIsNamed: one error tells all that is missing or of the
// wrong kind, over all parts of a template.
func TestEveryFaultyVariableIsNamed(t *testing.T) {
	t.Parallel()
	c, err := template.Compile(musika.TemplateButtons, musika.TemplateContent{
		Header: "For {{name}}", Body: "Pay {{total}} by {{day}}. {{blank}} {{fine}} {{spare|x}}", Footer: "{{total}}",
		Buttons: []musika.TemplateAction{{Kind: musika.ActionURL, Text: "Pay", URL: "https://x.co/{{link}}"}},
		Variables: []musika.TemplateVariable{
			{Name: "name", Kind: musika.VariableText}, {Name: "total", Kind: musika.VariableMoney}, {Name: "day", Kind: musika.VariableDate},
			{Name: "link", Kind: musika.VariableURL}, {Name: "blank", Kind: musika.VariableText}, {Name: "fine", Kind: musika.VariableText, Default: "ok"},
			{Name: "spare", Kind: musika.VariableText},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Message(template.Input{Env: env(musika.English), Values: template.Values{
		template.String("total", "12.50"), template.Number("day", 3), template.String("blank", " \u200b\n"),
	}})
	e, ok := errors.AsType[*musika.Error](err)
	if !ok || e.Code != musika.CodeInvalid {
		t.Fatal(err)
	}
	var got []string
	for _, f := range e.Fields {
		got = append(got, f.Field+" "+f.Message)
		if name := strings.TrimPrefix(f.Field, "/variables/"); !strings.Contains(e.Message, name+" "+f.Message) {
			t.Errorf("the message does not tell of %s: %s", f.Field, e.Message)
		}
	}
	want := []string{
		"/variables/blank is missing",
		"/variables/day must be a day such as 2026-11-23, or a moment such as 2026-11-23T15:04:00+02:00, and is a number",
		"/variables/link is missing",
		"/variables/name is missing",
		`/variables/total must be an amount such as "12.50", or {"amount": 1250, "currency": "USD"} in cents, and is a text`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestValuesAreData(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"{{total}} {{x":             "{{total}} {{x",
		"*bold*":                    "#*#bold#*#",
		"snake_case 2*3 a~b":        "snake_case 2*3 a~b",
		"_it_ ~no~":                 "#_#it#_# #~#no#~#",
		"`code` a`b":                "#`#code#`# a#`#b",
		"one\r\ntwo\rthree\u2028x":  "one\ntwo\nthree\nx",
		"x\n> quote\n- item\n12. n": "x\n#> quote\n#- item\n#12. n",
		"> quote":                   "> quote", // not at the start of a line here
		"bell\x07 null\x00 \u0085":  "bell null ",
		"bad \xff utf":              "bad \uFFFD utf",
		"turn\u202eed\u2066":        "turned",
		"tab\there":                 "tab here",
		"é* 🎉*":                     "é#*# 🎉#*#",
		"$1 %s \\n <b>&amp;</b>":    "$1 %s \\n <b>&amp;</b>",
	} {
		c := compile(t, "Say {{v}}!", musika.TemplateVariable{Name: "v", Kind: musika.VariableText})
		got, err := c.Body().Render(template.Values{template.String("v", in)}, template.Env{})
		if want := "Say " + strings.ReplaceAll(want, "#", shield) + "!"; err != nil || got != want {
			t.Errorf("%q: %q (%v), want %q", in, got, err, want)
		}
	}
	c := compile(t, "Say:\n{{v}}!", musika.TemplateVariable{Name: "v", Kind: musika.VariableText})
	if got, _ := c.Body().Render(template.Values{template.String("v", "> q")}, template.Env{}); got != "Say:\n"+shield+"> q!" {
		t.Errorf("a value at the start of a line makes a quote: %q", got)
	}
}

// formats reports whether a mark at s[i] may open or close formatting: marks
// count at a word's edge, opening before a character that is no space and
// closing after one. space is what the reader takes for a space.
func formats(s []rune, i int, space func(rune) bool) bool {
	word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	at := func(i int) rune {
		if i < 0 || i >= len(s) {
			return ' '
		}
		return s[i]
	}
	before, after := at(i-1), at(i+1)
	opens := !word(before) && !space(after)
	closes := !space(before) && !word(after)
	return opens || closes
}

// ecmaSpace is ECMAScript's \s.
func ecmaSpace(r rune) bool { return unicode.IsSpace(r) && r != 0x85 || r == '\ufeff' }

// TestRendering: it never panics, never leaves braces of ours, shows the
// characters typed, formats nothing, and no value moves another.
func TestRendering(t *testing.T) {
	t.Parallel()
	kinds := musika.TemplateVariable{Name: "a", Kind: musika.VariableText}
	other := musika.TemplateVariable{Name: "b", Kind: musika.VariableText}
	text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("*_~`{}|\\ \n\r\tab1.->é\u202e\u2028\ufeff"))))
	c := compile(t, "Dear {{a}} — {{b}} — end", kinds, other)
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		got, err := c.Body().Render(template.Values{template.String("a", a), template.String("b", b)}, template.Env{})
		if err != nil {
			if strings.TrimFunc(a, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) || r == 0xad }) != "" &&
				strings.TrimFunc(b, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) || r == 0xad }) != "" {
				t.Fatalf("%q %q: %v", a, b, err)
			}
			return
		}
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not valid UTF-8", got)
		}
		// The same value stands where it stood whatever the other is.
		alone, err := c.Body().Render(template.Values{template.String("a", a), template.String("b", "B")}, template.Env{})
		if err != nil {
			t.Fatal(err)
		}
		prefix := strings.TrimSuffix(alone, "B — end")
		if !strings.HasPrefix(got, prefix) || !strings.HasSuffix(got, " — end") {
			t.Fatalf("%q does not begin with %q", got, prefix)
		}
		if n := strings.Count(a+b, "{"); strings.Count(got, "{") != n {
			t.Fatalf("%q has braces that %q and %q have not", got, a, b)
		}
		// What was typed is there, in order, but for what cannot be shown.
		keep := func(s string) string {
			s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\t", " ").Replace(strings.ToValidUTF8(s, "\uFFFD"))
			return strings.Map(func(r rune) rune {
				if r == '\ufeff' || r != '\n' && unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
					return -1
				}
				return r
			}, s)
		}
		if plain := strings.ReplaceAll(got, shield, ""); plain != "Dear "+keep(a)+" — "+keep(b)+" — end" {
			t.Fatalf("%q was made of %q and %q", plain, keep(a), keep(b))
		}
		runes := []rune(got)
		for i, r := range runes {
			if strings.ContainsRune("*_~`", r) && formats(runes, i, ecmaSpace) {
				t.Fatalf("the %c at %d of %q formats", r, i, got)
			}
		}
	})
}

func FuzzRender(f *testing.F) {
	f.Add("Hello {{a}} and {{b|x}}", "*x*", "{{a}}")
	f.Add("https://x.co/{{a}}", "a/b?c", "\xff")
	f.Fuzz(func(t *testing.T, source, a, b string) {
		content := musika.TemplateContent{
			Header: source, Body: source, Footer: source,
			Buttons:   []musika.TemplateAction{{Kind: musika.ActionURL, Text: source, URL: source}, {Kind: musika.ActionPhone, Text: source, Phone: a}},
			Variables: []musika.TemplateVariable{{Name: "a", Kind: musika.VariableText, Example: a, Default: b}, {Name: "b", Kind: musika.VariableURL, Example: b}},
		}
		tpl := musika.Template{Name: "x", Language: musika.English, Type: musika.TemplateButtons, Category: musika.TemplateUtility}
		for _, kind := range []musika.TemplateType{musika.TemplateText, musika.TemplateButtons, musika.TemplateList, musika.TemplateMedia} {
			tpl.Type = kind
			for _, p := range template.Check(tpl, content, cloud(t), plain) {
				if p.At == "" || p.Rule == "" || p.Message == "" {
					t.Fatalf("%+v", p)
				}
			}
			in := template.Input{Env: env(musika.English), Values: template.Values{template.String("a", a), template.URL("b", b)}}
			if p, err := template.NewPreview(tpl, content, musika.ParametersNamed, in, cloud(t), plain); err == nil && !utf8.ValidString(fmt.Sprint(p.Text)) {
				t.Fatalf("%q", p.Text)
			}
		}
		template.Diff(content, musika.TemplateContent{Body: a, Footer: b})
	})
}

func TestParseValues(t *testing.T) {
	t.Parallel()
	declared := []musika.TemplateVariable{
		{Name: "order", Kind: musika.VariableText}, {Name: "total", Kind: musika.VariableMoney}, {Name: "fee", Kind: musika.VariableMoney},
		{Name: "n", Kind: musika.VariableNumber}, {Name: "day", Kind: musika.VariableDate}, {Name: "spare", Kind: musika.VariableText},
	}
	read := func(s string) (template.Values, error) {
		var raw map[string]json.RawMessage
		if err := json.Unmarshal([]byte(s), &raw); err != nil {
			t.Fatal(err)
		}
		return template.ParseValues(declared, raw)
	}
	values, err := read(`{"order":"K7","total":{"amount":1250,"currency":"ZAR"},"fee":2.5,"n":1200,"day":"2026-11-24","spare":null}`)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := template.Parse("{{order}} {{total}} {{fee}} {{n}} {{day}} {{spare|none}}")
	if got, err := text.Render(values, env(musika.English)); err != nil || got != "K7 R12.50 $2.50 1,200 24 Nov none" {
		t.Errorf("%q %v", got, err)
	}
	_, err = read(`{"order":7,"total":{"amount":1,"currency":"EUR"},"fee":"free","n":"many","day":true,"other":"x"}`)
	e, ok := errors.AsType[*musika.Error](err)
	if !ok || len(e.Fields) != 6 || e.Code != musika.CodeInvalid {
		t.Errorf("%v", err)
	}
	many := map[string]json.RawMessage{}
	for i := range 10_000 {
		many[fmt.Sprint("v", i)] = json.RawMessage(`"x"`)
	}
	if _, err := template.ParseValues(declared, many); musika.CodeOf(err) != musika.CodeTooLarge {
		t.Errorf("10,000 values: %v", err)
	}
}

// TestPreviewOfWhatIsNotSound: a template in the making is shown with what is
// wrong; one that cannot be read, or be filled in, is refused.
func TestPreviewOfWhatIsNotSound(t *testing.T) {
	t.Parallel()
	tpl := musika.Template{Name: "x", Language: musika.English, Type: musika.TemplateText, Category: musika.TemplateMarketing}
	name := musika.TemplateVariable{Name: "name", Kind: musika.VariableText, Example: "Rudo"}
	in := template.Input{Env: env(musika.English)}
	p, err := template.NewPreview(tpl, musika.TemplateContent{Body: "{{name}}, come back!", Variables: []musika.TemplateVariable{name}}, musika.ParametersNamed, in, plain)
	if err != nil || p.Text != "Rudo, come back!" || p.Meta != nil || len(p.Problems) == 0 || p.Problems[0].Rule != template.RuleVariableEdge {
		t.Errorf("%+v %v", p, err)
	}
	if _, err := template.NewPreview(tpl, musika.TemplateContent{Body: "{{name"}, musika.ParametersNamed, in, plain); musika.CodeOf(err) != musika.CodeInvalid {
		t.Errorf("unreadable: %v", err)
	}
	name.Example = ""
	if _, err := template.NewPreview(tpl, musika.TemplateContent{Body: "Hi {{name}} there", Variables: []musika.TemplateVariable{name}}, musika.ParametersNamed, in, plain); musika.CodeOf(err) != musika.CodeInvalid {
		t.Errorf("nothing to fill in: %v", err)
	}
	for category, want := range map[musika.TemplateCategory][2]template.Price{
		musika.TemplateUtility:   {{Class: template.PriceUtility}, {Class: template.PriceUtility, Free: true}},
		musika.TemplateMarketing: {{Class: template.PriceMarketing}, {Class: template.PriceMarketing}},
	} {
		if got := [2]template.Price{template.TemplatePrice(category, false), template.TemplatePrice(category, true)}; got != want {
			t.Errorf("%s: %+v", category, got)
		}
	}
}

// TestParametersAreWhatMetaTakes: whatever is typed, no line breaks, tabs or
// long runs of spaces get into a parameter, and none is empty.
func TestParametersAreWhatMetaTakes(t *testing.T) {
	t.Parallel()
	c := compile(t, "Dear {{a|our      friend}} we write of {{b}} today.", musika.TemplateVariable{Name: "a", Kind: musika.VariableText}, musika.TemplateVariable{Name: "b", Kind: musika.VariableText})
	mapping := c.Mapping(musika.ParametersPositional)
	sent := 0
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringOf(rapid.SampledFrom([]rune(" \n\r\t\u2028*_x1.>é")))
		a, b := words.Draw(t, "a"), words.Draw(t, "b")
		m, err := c.TemplateMessage("x", "en", mapping, template.Input{Values: template.Values{template.String("a", a), template.String("b", b)}})
		if err != nil {
			return
		}
		sent++
		for _, p := range m.Template.Body {
			if strings.ContainsAny(p.Text, "\n\r\t\u2028") || strings.Contains(p.Text, "     ") || strings.TrimSpace(p.Text) == "" {
				t.Fatalf("%q and %q give the parameter %q", a, b, p.Text)
			}
		}
	})
	if sent == 0 {
		t.Error("nothing was sent: the property was not looked at")
	}
}
