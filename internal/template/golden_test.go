package template_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/template"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata with what is rendered now")

// golden compares got with a file of testdata; -update rewrites it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is otherwise now (-update rewrites it):\n%s", path, got)
	}
}

func pretty(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func text(name, example string) musika.TemplateVariable {
	return musika.TemplateVariable{Name: name, Kind: musika.VariableText, Example: example}
}

// samples have one of each kind of template, with everything it can hold.
var samples = map[string]struct {
	kind    musika.TemplateType
	content musika.TemplateContent
	values  template.Values
	replies map[string]string
}{
	"text": {musika.TemplateText, musika.TemplateContent{
		Header: "For {{name}}", Body: "Hello {{name|friend}}, you owe {{sum}} since {{since}}. Call {{phone}} or see {{page}} for the {{count}} invoices, {{name|dear customer}}. Thank you.",
		Footer: "Mama Tendai",
		Variables: []musika.TemplateVariable{
			text("name", "Nokuthula Ndlovu"), {Name: "sum", Kind: musika.VariableMoney, Example: "1250.00"},
			{Name: "since", Kind: musika.VariableDate, Example: "2026-11-23"}, {Name: "phone", Kind: musika.VariablePhone, Example: "+263771234567"},
			{Name: "page", Kind: musika.VariableURL, Example: "https://example.com/pay"}, {Name: "count", Kind: musika.VariableNumber, Example: "1200", Default: "2"},
		},
	}, template.Values{template.String("name", "*Rudo*\n{{sum}}"), template.Day("since", time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))}, nil},
	"replies": {musika.TemplateButtons, musika.TemplateContent{
		Media: &musika.Media{Type: musika.MediaImage, Link: "https://example.com/shop.jpg"},
		Body:  "Your order *{{order}}* is ready.\nCome and get it.", Footer: "Mama Tendai",
		Buttons: []musika.TemplateAction{
			{Kind: musika.ActionQuickReply, ID: "track", Text: "Track"}, {Kind: musika.ActionQuickReply, ID: "help", Text: "Help"},
		},
		Variables: []musika.TemplateVariable{text("order", "K7M2QX")},
	}, nil, map[string]string{"track": "track:ord_1"}},
	"link": {musika.TemplateButtons, musika.TemplateContent{
		Header: "Order {{order}}", Body: "Pay {{sum}} for your order here.",
		Buttons:   []musika.TemplateAction{{Kind: musika.ActionURL, Text: "Pay", URL: "https://example.com/pay/{{order}}"}},
		Variables: []musika.TemplateVariable{text("order", "K7M2QX"), {Name: "sum", Kind: musika.VariableMoney, Example: "1250.00"}},
	}, template.Values{template.String("order", "a/b?c")}, nil},
	"links": {musika.TemplateButtons, musika.TemplateContent{
		Body: "Your order {{order}} is on its way.", Footer: "Mama Tendai",
		Buttons: []musika.TemplateAction{
			{Kind: musika.ActionURL, Text: "Follow", URL: "https://example.com/t/{{order}}"}, {Kind: musika.ActionURL, Text: "Menu", URL: "https://example.com/menu"},
			{Kind: musika.ActionPhone, Text: "Call us", Phone: "+263771234567"},
		},
		Variables: []musika.TemplateVariable{text("order", "K7M2QX")},
	}, nil, nil},
	"list": {musika.TemplateList, musika.TemplateContent{
		Header: "Today", Body: "What would you like, {{name}}? Choose from the list.", Footer: "Mama Tendai",
		List: &musika.List{Button: "See menu", Sections: []musika.Section{
			{Title: "Food", Rows: []musika.Row{{ID: "sadza", Title: "Sadza", Description: "With beef, {{price}}"}, {ID: "rice", Title: "Rice"}}},
			{Title: "Drinks", Rows: []musika.Row{{ID: "coke", Title: "Coke", Description: "500 ml"}}},
		}},
		Variables: []musika.TemplateVariable{text("name", "Nokuthula"), {Name: "price", Kind: musika.VariableMoney, Example: "12.50"}},
	}, nil, map[string]string{"coke": "add:prd_1"}},
	"media": {musika.TemplateMedia, musika.TemplateContent{
		Media: &musika.Media{Type: musika.MediaDocument, Link: "{{invoice}}", Filename: "invoice.pdf"},
		Body:  "Here is the invoice of your order {{order}}. Thank you.", Footer: "Mama Tendai",
		Variables: []musika.TemplateVariable{text("order", "K7M2QX"), {Name: "invoice", Kind: musika.VariableURL, Example: "https://example.com/i/1.pdf"}},
	}, nil, nil},
}

// TestGoldenPayloads keeps what each transport is given, and what Meta is
// given, with named and with positional parameters.
func TestGoldenPayloads(t *testing.T) {
	t.Parallel()
	for name, s := range samples {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tpl := musika.Template{Name: "sample_" + name, Language: musika.English, Type: s.kind, Category: musika.TemplateUtility}
			in := template.Input{Values: s.values, Env: env(musika.English), Replies: s.replies}
			both := map[musika.ParameterFormat]any{}
			for _, format := range []musika.ParameterFormat{musika.ParametersNamed, musika.ParametersPositional} {
				p, err := template.NewPreview(tpl, s.content, format, in, cloud(t), plain)
				if err != nil {
					t.Fatal(err)
				}
				if len(p.Problems) > 0 || p.Meta == nil {
					t.Errorf("the sample is not sound: %+v", p.Problems)
				}
				if format == musika.ParametersNamed {
					both[format] = p
				} else {
					both[format] = p.Meta
				}
			}
			golden(t, name+".json", pretty(t, both))
		})
	}
}

// TestGoldenDefaults keeps how the default templates read in each language,
// where no buttons can be shown.
func TestGoldenDefaults(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, d := range template.Defaults() {
		in := template.Input{Values: template.Examples(d.Content.Variables), Env: env(d.Template.Language)}
		c, err := template.Compile(d.Template.Type, d.Content)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := c.Show(in, plain)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "=== %s, %s\n%s\n\n", d.Template.Name, d.Template.Language, shown.Message.Body)
	}
	golden(t, "defaults.txt", []byte(b.String()))
}

func TestDiff(t *testing.T) {
	t.Parallel()
	a, b := samples["links"].content, samples["links"].content
	b.Body = "Your order {{order}} is ready and on its way, {{name}}."
	b.Header, b.Footer = "News", ""
	b.Buttons = b.Buttons[:1:1]
	b.Variables = append([]musika.TemplateVariable{text("name", "Rudo")}, b.Variables...)
	changes := template.Diff(a, b)
	golden(t, "diff.txt", []byte(template.DiffText(changes)+"\n"+string(pretty(t, changes))))
	if got := template.Diff(a, a); len(got) != 0 {
		t.Errorf("a content differs from itself: %+v", got)
	}
	moved := samples["replies"].content
	moved.Buttons = []musika.TemplateAction{moved.Buttons[1], moved.Buttons[0]}
	got := template.Diff(samples["replies"].content, moved)
	if len(got) != 1 || got[0].At != "/buttons" || got[0].Before != "track, help" || got[0].After != "help, track" {
		t.Errorf("two buttons that changed places: %+v", got)
	}
}
