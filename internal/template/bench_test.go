package template_test

import (
	"runtime"
	"strings"
	"testing"
	texttemplate "text/template"
	"time"

	"github.com/cbroglie/mustache"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/template"
)

// subject is a default template as each engine takes it, with the same words
// and the same values.
type subject struct {
	name, body string
	typed      template.Values // amounts and dates, written for the person
	values     template.Values // the same, as texts
	data       map[string]string
}

func subjects(t testing.TB) []subject {
	t.Helper()
	at := time.Date(2026, 11, 24, 13, 30, 0, 0, time.UTC)
	typed := template.Values{
		template.String("order", "K7M2QX"), template.String("status", "Being prepared"), template.Time("expected", at),
		template.Money("total", musika.Money{Amount: 125000}), template.Money("amount", musika.Money{Amount: 125000}),
	}
	data := map[string]string{"order": "K7M2QX", "status": "Being prepared", "expected": "24 Nov, 15:30", "total": "$1,250.00", "amount": "$1,250.00"}
	var values template.Values
	for name, v := range data {
		values = append(values, template.String(name, v))
	}
	var out []subject
	for _, d := range template.Defaults() {
		switch d.Template.Name {
		case template.OrderConfirmation, template.PaymentRequest, template.OrderStatus:
			if d.Template.Language == musika.English {
				out = append(out, subject{d.Template.Name, d.Content.Body, typed, values, data})
			}
		}
	}
	if len(out) != 3 {
		t.Fatalf("%d subjects", len(out))
	}
	return out
}

// plainBody is the body without defaults, which mustache does not know.
func (s *subject) plainBody() string {
	return strings.ReplaceAll(s.body, "{{expected|the store will tell you}}", "{{expected}}")
}

// goBody is the body as text/template wants it; {{or}} is its default.
func (s *subject) goBody() string {
	return strings.NewReplacer("{{expected|the store will tell you}}", `{{or .expected "the store will tell you"}}`, "{{", "{{.").Replace(s.body)
}

func (s *subject) declared() []musika.TemplateVariable {
	var out []musika.TemplateVariable
	for _, d := range template.Defaults() {
		if d.Template.Name == s.name && d.Template.Language == musika.English {
			out = d.Content.Variables
		}
	}
	return out
}

func (s *subject) musika(t testing.TB) (untyped, typed *template.Text, goText *texttemplate.Template, stache *mustache.Template) {
	t.Helper()
	untyped, err := template.Parse(s.body)
	if err != nil {
		t.Fatal(err)
	}
	typed = compile(t, s.body, s.declared()...).Body()
	if goText, err = texttemplate.New(s.name).Parse(s.goBody()); err != nil {
		t.Fatal(err)
	}
	if stache, err = mustache.ParseString(s.plainBody()); err != nil {
		t.Fatal(err)
	}
	return untyped, typed, goText, stache
}

// TestEnginesAgree: the benchmarks compare engines that write the same.
func TestEnginesAgree(t *testing.T) {
	t.Parallel()
	for _, s := range subjects(t) {
		untyped, typed, goText, stache := s.musika(t)
		want, err := untyped.Render(s.values, env(musika.English))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := typed.Render(s.typed, env(musika.English)); err != nil || got != want {
			t.Errorf("%s with typed values: %q (%v), want %q", s.name, got, err, want)
		}
		var b strings.Builder
		if err := goText.Execute(&b, s.data); err != nil || b.String() != want {
			t.Errorf("%s by text/template: %q (%v), want %q", s.name, b.String(), err, want)
		}
		if got, err := stache.Render(s.data); err != nil || got != want {
			t.Errorf("%s by mustache: %q (%v), want %q", s.name, got, err, want)
		}
	}
}

// TestRenderingAllocatesItsResultOnly is not parallel: AllocsPerRun counts what
// all goroutines allocate.
func TestRenderingAllocatesItsResultOnly(t *testing.T) {
	e := env(musika.English)
	for _, s := range subjects(t) {
		untyped, typed, _, _ := s.musika(t)
		for name, render := range map[string]func() (string, error){
			"texts": func() (string, error) { return untyped.Render(s.values, e) },
			"typed": func() (string, error) { return typed.Render(s.typed, e) },
		} {
			if n := testing.AllocsPerRun(200, func() {
				if _, err := render(); err != nil {
					t.Fatal(err)
				}
			}); n != 1 {
				t.Errorf("%s with %s: %v allocations, want 1", s.name, name, n)
			}
		}
	}
}

// heap is what a serving program's heap looks like to the collector. Beside a
// test's few kilobytes it would run all the time, and be what is measured.
func heap(b *testing.B) {
	ballast := make([]byte, 64<<20)
	b.Cleanup(func() { runtime.KeepAlive(ballast) })
}

func BenchmarkParse(b *testing.B) {
	heap(b)
	for _, s := range subjects(b) {
		goBody, plainBody := s.goBody(), s.plainBody()
		b.Run(s.name+"/musika", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := template.Parse(s.body); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(s.name+"/text-template", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := texttemplate.New("x").Parse(goBody); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(s.name+"/mustache", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := mustache.ParseString(plainBody); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRender gives every engine ready texts; musika-typed also writes the
// amount and the date, in the person's language and the merchant's zone.
func BenchmarkRender(b *testing.B) {
	heap(b)
	e := env(musika.English)
	for _, s := range subjects(b) {
		untyped, typed, goText, stache := s.musika(b)
		b.Run(s.name+"/musika", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := untyped.Render(s.values, e); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(s.name+"/musika-typed", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := typed.Render(s.typed, e); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(s.name+"/text-template", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var out strings.Builder
				if err := goText.Execute(&out, s.data); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(s.name+"/mustache", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := stache.Render(s.data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
