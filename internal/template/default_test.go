package template_test

import (
	"slices"
	"testing"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/template"
)

// TestDefaultsAreSound: what the platform comes with passes every check, in
// every language, on every transport.
func TestDefaultsAreSound(t *testing.T) {
	t.Parallel()
	seen := map[string][]string{}
	for _, d := range template.Defaults() {
		for _, p := range template.Check(d.Template, d.Content, cloud(t), plain) {
			if d.Template.Language == musika.Shona && p.Rule == template.RuleMetaLanguage {
				continue // Meta has no Shona
			}
			t.Errorf("%s in %s: %+v", d.Template.Name, d.Template.Language, p)
		}
		c, err := template.Compile(d.Template.Type, d.Content)
		if err != nil {
			t.Fatal(err)
		}
		names := c.Names()
		slices.Sort(names)
		if known, ok := seen[d.Template.Name]; ok && !slices.Equal(known, names) {
			t.Errorf("%s in %s has the variables %v, in English %v", d.Template.Name, d.Template.Language, names, known)
		}
		seen[d.Template.Name] = names
		if c.Content().Body == "" || d.Template.State != musika.TemplateActive {
			t.Errorf("%s in %s: %+v", d.Template.Name, d.Template.Language, d)
		}
	}
	for _, name := range []string{"order_confirmation", "payment_request", "order_status", "delivery_update", "feedback_request", "low_stock"} {
		if seen[name] == nil {
			t.Errorf("there is no template %s", name)
		}
	}
	if got := len(template.Defaults()); got != 6*len(musika.Languages) {
		t.Errorf("%d defaults", got)
	}
}
