package template_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/template"
)

func reply(id, text string) musika.TemplateAction {
	return musika.TemplateAction{Kind: musika.ActionQuickReply, ID: id, Text: text}
}

func link(text, url string) musika.TemplateAction {
	return musika.TemplateAction{Kind: musika.ActionURL, Text: text, URL: url}
}

func call(text, phone string) musika.TemplateAction {
	return musika.TemplateAction{Kind: musika.ActionPhone, Text: text, Phone: phone}
}

func rowsOf(n int) *musika.List {
	l := &musika.List{Button: "Choose", Sections: []musika.Section{{}}}
	for i := range n {
		l.Sections[0].Rows = append(l.Sections[0].Rows, musika.Row{ID: fmt.Sprint("r", i), Title: fmt.Sprint("Row ", i)})
	}
	return l
}

// TestCheck has a row for each rule: a sound template, what is done to it, and
// the place and the rule of each problem; those that concern Meta alone begin
// with "meta".
func TestCheck(t *testing.T) {
	t.Parallel()
	type content = musika.TemplateContent
	name, order := text("name", "Nokuthula"), text("order", "K7M2QX")
	buttons, list, media := musika.TemplateButtons, musika.TemplateList, musika.TemplateMedia
	const body = "Hello {{name}}, your order {{order}} is ready now."
	said := []musika.TemplateVariable{name, order}
	image := &musika.Media{Type: musika.MediaImage, Link: "https://example.com/a.jpg"}
	for _, tt := range []struct {
		name string
		kind musika.TemplateType
		tpl  func(*musika.Template)
		c    content
		want []string
	}{
		{name: "sound", c: content{Body: body, Variables: said}},
		{name: "no variables", c: content{Body: "Hello."}},
		{name: "name with a slash", tpl: func(t *musika.Template) { t.Name = "a/b" }, c: content{Body: "Hi."}, want: []string{"/name name"}},
		{name: "name with capitals", tpl: func(t *musika.Template) { t.Name = "Order" }, c: content{Body: "Hi."}, want: []string{"/name name"}},
		{name: "long name", tpl: func(t *musika.Template) { t.Name = strings.Repeat("a", 65) }, c: content{Body: "Hi."}, want: []string{"/name name"}},
		{name: "language", tpl: func(t *musika.Template) { t.Language = "fr" }, c: content{Body: "Hi."}, want: []string{"/language language"}},
		{name: "Shona", tpl: func(t *musika.Template) { t.Language = musika.Shona }, c: content{Body: "Mhoro."}, want: []string{"meta /language meta_language"}},
		{name: "category", tpl: func(t *musika.Template) { t.Category = "news" }, c: content{Body: "Hi."}, want: []string{"/category category"}},
		{name: "one-time codes", tpl: func(t *musika.Template) { t.Category = musika.TemplateAuthentication }, c: content{Body: "Hi."}, want: []string{"meta /category authentication"}},
		{name: "type", kind: "poem", c: content{Body: "Hi."}, want: []string{"/type type"}},
		{name: "no body", c: content{}, want: []string{"/body required"}},
		{name: "blank body", c: content{Body: " \n "}, want: []string{"/body required"}},
		{name: "undeclared", c: content{Body: "Hello {{nobody}} and {{nobody}}, how is it going?"}, want: []string{"/body variable_undeclared"}},
		{name: "unused", c: content{Body: "Hello.", Variables: said[:1]}, want: []string{"/variables/0 variable_unused"}},
		{name: "declared twice", c: content{Body: body, Variables: append(said[:2:2], name)}, want: []string{"/variables/2/name duplicate"}},
		{name: "kind", c: content{Body: "Hello {{x}}, how are you?", Variables: []musika.TemplateVariable{{Name: "x", Kind: "colour", Example: "red"}}}, want: []string{"/variables/0/kind kind"}},
		{name: "no example", c: content{Body: "Hello {{x}}, how are you?", Variables: []musika.TemplateVariable{text("x", "")}}, want: []string{"/variables/0/example example"}},
		{name: "wrong example and default", c: content{Body: "Pay {{x}} to us please.", Variables: []musika.TemplateVariable{{Name: "x", Kind: musika.VariableMoney, Example: "much", Default: "more"}}},
			want: []string{"/variables/0/default default", "/variables/0/example example"}},
		{name: "variable's name", c: content{Body: "Hi.", Variables: []musika.TemplateVariable{text("a/b", "x")}}, want: []string{"/variables/0/name variable_name"}},
		{name: "braces", c: content{Body: "Hello {{name", Footer: "a }}"}, want: []string{"/body braces", "/footer braces"}},
		{name: "invalid UTF-8", c: content{Body: "Hello \xff"}, want: []string{"/body encoding"}},
		{name: "control character", c: content{Body: "Hello\x1b[0m"}, want: []string{"/body control_character"}},
		{name: "a megabyte", c: content{Body: strings.Repeat("word ", 200_000)}, want: []string{"/body too_large"}},
		{name: "10,000 places", c: content{Body: strings.Repeat("{{a}}", 10_000)}, want: []string{"/body too_large"}},
		{name: "51 places", c: content{Body: strings.Repeat("{{a}} b ", 51)}, want: []string{"/body too_many_variables"}},
		{name: "10,000 variables", c: content{Body: "Hi.", Variables: slices.Repeat([]musika.TemplateVariable{name}, 10_000)}, want: []string{"/variables too_many_variables"}},
		{name: "10,000 buttons", kind: buttons, c: content{Body: "Hi.", Buttons: slices.Repeat([]musika.TemplateAction{reply("a", "A")}, 10_000)}, want: []string{"/buttons too_large"}},
		{name: "10,000 rows", kind: list, c: content{Body: "Hi.", List: rowsOf(10_000)}, want: []string{"/list/sections/0/rows too_large", "/list/sections count"}},
		{name: "too long for text", c: content{Body: strings.Repeat("word ", 820)}, want: []string{"/body length", "/body length", "meta /body length"}},
		{name: "too long for Meta", c: content{Body: strings.Repeat("word ", 300)}, want: []string{"meta /body length"}},
		{name: "too long with the example", kind: buttons, c: content{Body: "Hello {{x}}, how are you?", Buttons: []musika.TemplateAction{reply("a", "A")},
			Variables: []musika.TemplateVariable{text("x", strings.Repeat("ab", 510))}}, want: []string{"/body length", "meta /body length"}},
		{name: "too long with the default", kind: buttons, c: content{Body: "Hello.", Buttons: []musika.TemplateAction{reply("a", "{{x|a long default of a label}}")},
			Variables: []musika.TemplateVariable{text("x", "short")}}, want: []string{"/buttons/0/text length", "meta /buttons/0/text label_variables"}},
		{name: "buttons on a text", c: content{Body: "Hi.", Buttons: []musika.TemplateAction{reply("a", "A")}, List: rowsOf(1), Media: image},
			want: []string{"/buttons not_allowed", "/list not_allowed", "/media not_allowed"}},
		{name: "no buttons", kind: buttons, c: content{Body: "Hi."}, want: []string{"/buttons required"}},
		{name: "four replies", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{reply("a", "A"), reply("b", "B"), reply("c", "C"), reply("d", "D")}}, want: []string{"/buttons count"}},
		{name: "the same id and label", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{reply("a", "Yes"), reply("a", "yes ")}},
			want: []string{"/buttons/1/text duplicate", "/buttons/1/id duplicate"}},
		{name: "ids", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{reply("", "A"), reply(" b", "B"), reply(strings.Repeat("x", 257), "C")}},
			want: []string{"/buttons/0/id id", "/buttons/1/id id", "/buttons/2/id length"}},
		{name: "long label", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{reply("a", "123456789012345678901")}}, want: []string{"/buttons/0/text length"}},
		{name: "blank label", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{reply("a", " ")}}, want: []string{"/buttons/0/text required"}},
		{name: "label of two lines", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{reply("a", "A\nB")}}, want: []string{"/buttons/0/text line_break"}},
		{name: "mixed", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{reply("a", "A"), link("B", "https://x.co"), reply("c", "C")}}, want: []string{"/buttons button_mix"}},
		{name: "links and a number", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{link("A", "https://x.co"), call("C", "+263771234567"), link("B", "https://x.co/b")}}},
		{name: "three links", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{link("A", "https://x.co"), link("B", "https://x.co"), link("C", "https://x.co")}}, want: []string{"/buttons count"}},
		{name: "two numbers", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{call("A", "+263771234567"), call("B", "+263771234567")}}, want: []string{"/buttons count"}},
		{name: "bad number", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{call("A", "077 123")}}, want: []string{"/buttons/0/phone phone"}},
		{name: "bad link", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{link("A", "javascript:alert(1)")}}, want: []string{"/buttons/0/url address"}},
		{name: "link with an id", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{{Kind: musika.ActionURL, ID: "x", Text: "A", URL: "https://x.co", Phone: "+263771234567"}}},
			want: []string{"/buttons/0/id not_allowed", "/buttons/0/phone not_allowed"}},
		{name: "kind of button", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{{Kind: "flow", Text: "A"}}}, want: []string{"/buttons/0/kind kind"}},
		{name: "variable amid a link", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{link("A", "https://x.co/{{order}}/pay")}, Variables: said[1:]}, want: []string{"meta /buttons/0/url url_variable"}},
		{name: "link that is a variable", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{link("A", "{{u}}")}, Variables: []musika.TemplateVariable{{Name: "u", Kind: musika.VariableURL, Example: "https://x.co/1"}}},
			want: []string{"meta /buttons/0/url url_variable"}},
		{name: "link into WhatsApp", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{link("A", "https://wa.me/{{order}}")}, Variables: said[1:]}, want: []string{"meta /buttons/0/url whatsapp_link"}},
		{name: "header and picture", kind: buttons, c: content{Header: "Hi", Body: "Hi.", Media: image, Buttons: []musika.TemplateAction{reply("a", "A")}}, want: []string{"/header not_allowed"}},
		{name: "no list", kind: list, c: content{Body: "Hi."}, want: []string{"/list required"}},
		{name: "list with no rows", kind: list, c: content{Body: "Hi.", List: &musika.List{Button: "Open"}}, want: []string{"/list/sections count"}},
		{name: "section with no rows", kind: list, c: content{Body: "Hi.", List: &musika.List{Button: "Open", Sections: []musika.Section{{Title: "A"}, {Rows: rowsOf(1).Sections[0].Rows}}}},
			want: []string{"/list/sections/0/rows count", "/list/sections/1/title required"}},
		{name: "eleven rows", kind: list, c: content{Body: "Hi.", List: rowsOf(11)}, want: []string{"/list/sections count"}},
		{name: "ten rows", kind: list, c: content{Body: "Hi.", List: rowsOf(10)}},
		{name: "rows", kind: list, c: content{Body: "Hi.", List: &musika.List{Button: "", Sections: []musika.Section{{Rows: []musika.Row{{ID: "a", Title: "A"}, {ID: "a", Title: "A"}}}}}},
			want: []string{"/list/button required", "/list/sections/0/rows/1/id duplicate", "/list/sections/0/rows/1/title duplicate"}},
		{name: "long row", kind: list, c: content{Body: "Hi.", List: &musika.List{Button: strings.Repeat("x", 21), Sections: []musika.Section{{Title: strings.Repeat("x", 25),
			Rows: []musika.Row{{ID: strings.Repeat("x", 201), Title: strings.Repeat("x", 25), Description: strings.Repeat("x", 73)}}}}}},
			want: []string{"/list/button length", "/list/sections/0/title length", "/list/sections/0/rows/0/id length", "/list/sections/0/rows/0/title length", "/list/sections/0/rows/0/description length"}},
		{name: "row that ends with a variable", kind: list, c: content{Body: "Choose.", List: &musika.List{Button: "Open", Sections: []musika.Section{{Rows: []musika.Row{{ID: "a", Title: "A", Description: "For the order {{order}}"}}}}}, Variables: said[1:]},
			want: []string{"meta /list variable_edge"}},
		{name: "no file", kind: media, c: content{Body: "Hi."}, want: []string{"/media required"}},
		{name: "sound file", kind: media, c: content{Body: "Hi.", Media: image}},
		{name: "audio", kind: media, c: content{Header: "H", Body: "Hi.", Media: &musika.Media{Type: musika.MediaAudio, ID: "1", Link: "https://x.co/a"}},
			want: []string{"/header not_allowed", "/media/type media", "/media media"}},
		{name: "file from nowhere", kind: media, c: content{Body: "Hi.", Media: &musika.Media{Type: musika.MediaImage, Link: "/etc/passwd"}}, want: []string{"/media/link address"}},
		{name: "variable first", c: content{Body: "{{name}}, your order is ready now.", Variables: said[:1]}, want: []string{"/body variable_edge"}},
		{name: "mark first", c: content{Body: "🎉 {{name}}, your order is ready now.", Variables: said[:1]}, want: []string{"/body variable_edge"}},
		{name: "variable last", c: content{Body: "Your order is ready now, {{name}}!", Variables: said[:1]}, want: []string{"/body variable_edge"}},
		{name: "adjacent", c: content{Body: "Hello {{name}} {{order}} is your order and it is ready.", Variables: said}, want: []string{"/body variable_adjacent"}},
		{name: "few words", c: content{Body: "Hello {{name}}, {{order}} done.", Variables: said}, want: []string{"/body variable_ratio"}},
		{name: "blank lines", c: content{Body: "Hello.\n\n\nBye."}, want: []string{"/body blank_lines"}},
		{name: "header and footer at Meta", c: content{Header: "{{name}} and {{order}} *now*", Body: body, Footer: "🎉 {{name}}", Variables: said},
			want: []string{"meta /header header_variables", "meta /header markup", "meta /footer footer_variables", "meta /footer markup"}},
		{name: "header of two lines", c: content{Header: "a\nb", Body: "Hi."}, want: []string{"/header line_break"}},
		{name: "literal braces", c: content{Body: `Write \{{name}} to us.`}, want: []string{"meta /body literal_braces"}},
		{name: "label with a variable", kind: buttons, c: content{Body: "Hi.", Buttons: []musika.TemplateAction{reply("a", "Track {{order}}")}, Variables: said[1:]}, want: []string{"meta /buttons/0/text label_variables"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tpl := musika.Template{Name: "order_ready", Language: musika.English, Type: musika.TemplateText, Category: musika.TemplateUtility}
			if tt.kind != "" {
				tpl.Type = tt.kind
			}
			if tt.tpl != nil {
				tt.tpl(&tpl)
			}
			problems := template.Check(tpl, tt.c, cloud(t), plain)
			var got []string
			refused := false
			for _, p := range problems {
				s := p.At + " " + string(p.Rule)
				if p.MetaOnly {
					s = "meta " + s
				} else {
					refused = true
				}
				got = append(got, s)
				if len(p.Message) < 10 || len(p.Message) > 400 || !strings.HasSuffix(p.Message, ".") {
					t.Errorf("message of %s: %q", s, p.Message)
				}
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q\n%+v", got, tt.want, problems)
			}
			if err := problems.Err(); (err != nil) != refused || refused && musika.CodeOf(err) != musika.CodeInvalid {
				t.Errorf("Err is %v", err)
			}
			if err := problems.SubmitErr(); (err != nil) != (len(problems) > 0) {
				t.Errorf("SubmitErr is %v", err)
			}
		})
	}
}

// TestTooLongValues: values that no example foretold are refused with the field
// and by how much, on the transport that cannot take them.
func TestTooLongValues(t *testing.T) {
	t.Parallel()
	s := samples["replies"]
	c, err := template.Compile(s.kind, s.content)
	if err != nil {
		t.Fatal(err)
	}
	in := template.Input{Values: template.Values{template.String("order", strings.Repeat("x", 1000))}, Env: env(musika.English)}
	_, err = c.Show(in, cloud(t))
	if musika.CodeOf(err) != musika.CodeTooLarge || !strings.Contains(err.Error(), "/body has 1040 characters, and may have 1024 in cloudapi") {
		t.Errorf("the Cloud API: %v", err)
	}
	if _, err := c.Show(in, plain); err != nil {
		t.Errorf("plain text has room: %v", err)
	}
	if _, err := c.TemplateMessage("x", "en", c.Mapping(musika.ParametersNamed), in); musika.CodeOf(err) != musika.CodeTooLarge || !strings.Contains(err.Error(), "/body has 1040 characters") {
		t.Errorf("as a template at Meta: %v", err)
	}
}
