package template_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/musika/musika/internal/template"
)

func TestParse(t *testing.T) {
	t.Parallel()
	values := template.Values{template.String("name", "Rudo"), template.String("code", "K7")}
	for source, want := range map[string]string{
		"Hello":                              "Hello",
		"Hello {{name}}!":                    "Hello Rudo!",
		"{{ name }} and {{name}}":            "Rudo and Rudo",
		"Dear {{friend|our friend}},":        "Dear our friend,",
		"Dear {{name|our friend}},":          "Dear Rudo,",
		`Write \{{name}} for {{name}}`:       "Write {{name}} for Rudo",
		`\{{ alone`:                          "{{ alone",
		`C:\temp\{x} {one} }`:                `C:\temp\{x} {one} }`,
		`\\{{name}}`:                         `\Rudo`,
		`\\\{{name}}`:                        `\{{name}}`,
		`\{{{{name}}}}`:                      "{{Rudo}}",
		`{\{{{{code}}`:                       "{{{K7",
		"{{name}}{{code}}":                   "RudoK7",
		"emoji 🎉 {{code}} ñ":                 "emoji 🎉 K7 ñ",
		"two\nlines {{code|a|b}}":            "two\nlines K7",
		"{{friend|a|b}} {{friend| spaces }}": "a|b spaces",
	} {
		parsed, err := template.Parse(source)
		if err != nil {
			t.Errorf("%q: %v", source, err)
			continue
		}
		if again, err := template.Parse(parsed.String()); err != nil || again.String() != parsed.String() {
			t.Errorf("%q is printed as %q: %v", source, parsed, err)
		}
		if got, err := parsed.Render(values, template.Env{}); err != nil || got != want {
			t.Errorf("%q renders %q (%v), want %q", source, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		source       string
		rule         template.Rule
		line, column int
	}{
		{"Hello {{name", template.RuleBraces, 1, 7},
		{"Hello name}}", template.RuleBraces, 1, 11},
		{"a\nbé {{x {{y}}", template.RuleBraces, 2, 8},
		{"{{{name}}}", template.RuleBraces, 1, 3},
		{"{{Name}}", template.RuleVariableName, 1, 1},
		{"{{1}}", template.RuleVariableName, 1, 1},
		{"{{}}", template.RuleVariableName, 1, 1},
		{"{{a/b}}", template.RuleVariableName, 1, 1},
		{"{{../etc/passwd}}", template.RuleVariableName, 1, 1},
		{"{{" + strings.Repeat("a", 41) + "}}", template.RuleVariableName, 1, 1},
		{"x {{name|}}", template.RuleDefault, 1, 3},
		{"x {{name|a\nb}}", template.RuleDefault, 1, 3},
		{"ok \xff", template.RuleEncoding, 1, 4},
		{"ok\x00", template.RuleControl, 1, 3},
		{"tab\t", template.RuleControl, 1, 4},
		{"cr\r\n", template.RuleControl, 1, 3},
		{"turned \u202e", template.RuleControl, 1, 8},
		{strings.Repeat("x", 1<<20), template.RuleTooLarge, 1, 1},
		{strings.Repeat("{{a}} ", 51), template.RuleTooManyVariables, 1, 301},
		{strings.Repeat("{{a}} ", 10_000), template.RuleTooLarge, 1, 1},
	} {
		_, err := template.Parse(tt.source)
		e, ok := errors.AsType[*template.SyntaxError](err)
		if !ok || e.Rule != tt.rule || e.Line != tt.line || e.Column != tt.column {
			t.Errorf("%.60q: %v, want %s at %d:%d", tt.source, err, tt.rule, tt.line, tt.column)
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	const source = "Hé {{b}},\n{{a|x}} and {{b}}"
	parsed, err := template.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	if got := parsed.Names(); !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("names %v", got)
	}
	want := []template.Place{{"b", "", 4, 1, 4}, {"a", "x", 11, 2, 1}, {"b", "", 23, 2, 13}}
	if got := parsed.Places(source); !slices.Equal(got, want) {
		t.Errorf("places %+v, want %+v", got, want)
	}
}

// pieces make sources with many braces and backslashes in them.
var pieces = rapid.SliceOfN(rapid.OneOf(
	rapid.SampledFrom([]string{"{{a}}", "{{b|x}}", "{{ c | y z }}", `\{{`, "}}", "{", "}", `\`, "\n", " ", "é", "🎉", "{{", "word"}),
	rapid.StringN(0, 5, 20),
), 0, 12)

// TestPrintAndParseAgain: what was read is printed so that it reads the same,
// and printing that changes nothing.
func TestPrintAndParseAgain(t *testing.T) {
	t.Parallel()
	values := template.Values{template.String("a", "1"), template.String("b", "2"), template.String("c", "3")}
	parsed := 0
	rapid.Check(t, func(t *rapid.T) {
		source := strings.Join(pieces.Draw(t, "source"), "")
		first, err := template.Parse(source)
		if err != nil {
			return
		}
		parsed++
		printed := first.String()
		second, err := template.Parse(printed)
		if err != nil {
			t.Fatalf("%q is printed as %q, which does not parse: %v", source, printed, err)
		}
		if again := second.String(); again != printed {
			t.Fatalf("%q is printed as %q, then as %q", source, printed, again)
		}
		for _, v := range []template.Values{values, {template.String("a", "1"), template.String("c", "0")}} {
			one, errOne := first.Render(v, template.Env{})
			two, errTwo := second.Render(v, template.Env{})
			if one != two || (errOne == nil) != (errTwo == nil) {
				t.Fatalf("%q renders %q, printed as %q it renders %q", source, one, printed, two)
			}
		}
	})
	if parsed == 0 {
		t.Error("no source parsed: the property was not looked at")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"Hello {{name}}", `\{{x}} {{y|z}}`, "{{{{", `\\\{{}}`, "}}", "\xff{{a}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		parsed, err := template.Parse(source)
		if err != nil {
			if e, ok := errors.AsType[*template.SyntaxError](err); !ok || e.Line < 1 || e.Column < 1 || e.Offset > len(source) {
				t.Fatalf("%#v", err)
			}
			return
		}
		again, err := template.Parse(parsed.String())
		if err != nil || again.String() != parsed.String() {
			t.Fatalf("%q is printed as %q: %v", source, parsed, err)
		}
	})
}
