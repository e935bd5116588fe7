package cloudapi

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/musika/musika"
)

func parserClient(t testing.TB) *Client {
	t.Helper()
	c, err := New(Config{Token: "t", AppSecret: secret, VerifyToken: "word", Clock: func() time.Time { return epoch }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// payloads returns the webhooks in testdata/webhook by name.
func payloads(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/webhook/*.json")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d payloads, %v", len(files), err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".json")] = body
	}
	return out
}

// TestParseGolden reads every payload in testdata/webhook and compares the
// updates with testdata/updates.
func TestParseGolden(t *testing.T) {
	t.Parallel()
	c := parserClient(t)
	for name, body := range payloads(t) {
		updates, err := c.Parse(body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		golden(t, "updates/"+name+".json", updates)
	}
}

// inbound parses a webhook with one text message.
func inbound(t *testing.T, c *Client, body string) *musika.Inbound {
	t.Helper()
	updates, err := c.Parse([]byte(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"1"},"messages":[` +
		`{"from":"263770000001","id":"wamid.1","timestamp":"1790000000","type":"text","text":{"body":"` + body + `"}}]}}]}]}`))
	if err != nil || len(updates) != 1 || updates[0].Inbound == nil {
		t.Fatalf("%+v %v", updates, err)
	}
	return updates[0].Inbound
}

func TestParseUntrustedText(t *testing.T) {
	t.Parallel()
	c := parserClient(t)
	for body, want := range map[string]string{
		"caf\xe9 \xff":         "caf\uFFFD \uFFFD",
		`caf\u00e9`:            "café",
		`\ud83d\ude00 a\/b`:    "😀 a/b",
		`lone \ud800 half`:     "lone \uFFFD half",
		`nul \u0000 here`:      "nul \uFFFD here",
		`{{1}} <b>&amp;\"'`:    `{{1}} <b>&amp;"'`,
		"\u202e right to left": "\u202e right to left",
	} {
		if got := inbound(t, c, body); got.Text != want || got.Note != "" {
			t.Errorf("%q: %q, note %q", body, got.Text, got.Note)
		}
	}
	whole := strings.Repeat("ç", maxInbound)
	if got := inbound(t, c, whole); got.Text != whole || got.Note != "" {
		t.Errorf("%d characters, note %q", utf8.RuneCountInString(got.Text), got.Note)
	}
	if got := inbound(t, c, whole+"ç"); got.Text != whole || !strings.Contains(got.Note, "cut at 65536") {
		t.Errorf("%d characters, note %q", utf8.RuneCountInString(got.Text), got.Note)
	}
}

func TestParseRefusals(t *testing.T) {
	t.Parallel()
	c := parserClient(t)
	for _, body := range []string{
		``, `null`, `[]`, `"x"`, `{}`, `{`, `{"object":"page","entry":[]}`, `{"object":["whatsapp_business_account"]}`,
		`{"object":"whatsapp_business_account","entry":{"a":1}}`, `{"object":"whatsapp_business_account","entry":[{}]} trailing`,
		strings.Repeat("[", 20_000),
	} {
		if updates, err := c.Parse([]byte(body)); musika.CodeOf(err) != musika.CodeInvalid || updates != nil {
			t.Errorf("%.60s: %v %v", body, updates, err)
		}
	}
	for _, body := range []string{
		`{"object":"whatsapp_business_account"}`, `{"object":"whatsapp_business_account","entry":null}`,
		`{"object":"whatsapp_business_account","entry":[{"changes":null},null,{"changes":[{"field":"messages","value":null}]}]}`,
	} {
		if updates, err := c.Parse([]byte(body)); err != nil || len(updates) != 0 {
			t.Errorf("%s: %v %v", body, updates, err)
		}
	}
}

func TestParseLargeBatch(t *testing.T) {
	t.Parallel()
	c := parserClient(t)
	one := `{"from":"263770000001","id":"wamid.1","timestamp":"1790000000","type":"text","text":{"body":"hi"}},`
	body := `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"messages":[` + strings.Repeat(one, 999) + strings.TrimSuffix(one, ",") + `]}}]}]}`
	updates, err := c.Parse([]byte(body))
	if err != nil || len(updates) != 1000 {
		t.Fatalf("%d %v", len(updates), err)
	}
}

func TestOneAnswerPerUpdate(t *testing.T) {
	t.Parallel()
	c := parserClient(t)
	for name, body := range payloads(t) {
		updates, _ := c.Parse(body)
		checkUpdates(t, name, updates)
	}
}

// checkUpdates holds updates to what musika.Update promises.
func checkUpdates(t *testing.T, name string, updates []musika.Update) {
	t.Helper()
	kinds := []musika.InboundKind{musika.InboundText, musika.InboundReply, musika.InboundMedia, musika.InboundLocation, musika.InboundContacts,
		musika.InboundReaction, musika.InboundOrder, musika.InboundSystem, musika.InboundUnsupported}
	for _, u := range updates {
		set := 0
		if in := u.Inbound; in != nil {
			set++
			part := map[musika.InboundKind]bool{
				musika.InboundReply: in.Reply != nil, musika.InboundMedia: in.Media != nil, musika.InboundLocation: in.Location != nil,
				musika.InboundReaction: in.Reaction != nil, musika.InboundOrder: in.Order != nil, musika.InboundSystem: in.System != nil,
				musika.InboundContacts: len(in.Contacts) > 0,
			}
			if there, needed := part[in.Kind]; needed && !there || !slices.Contains(kinds, in.Kind) {
				t.Errorf("%s: %s without its part", name, in.Kind)
			}
			if in.ExternalID == "" || len(in.From) == 0 || in.At.IsZero() {
				t.Errorf("%s: incomplete %+v", name, in)
			}
			if utf8.RuneCountInString(in.Text) > maxInbound || !utf8.ValidString(in.Text) || strings.Contains(in.Text, "\x00") {
				t.Errorf("%s: text %q", name, in.Text)
			}
			if in.Kind == musika.InboundUnsupported && in.Note == "" {
				t.Errorf("%s: unsupported, and no note why", name)
			}
		}
		if s := u.Status; s != nil {
			set++
			if s.ExternalID == "" || s.State.Rank() < 0 || s.At.IsZero() || (s.State == musika.StateFailed) != (s.Error != nil) {
				t.Errorf("%s: %+v", name, s)
			}
		}
		if n := u.Notice; n != nil {
			set++
			if n.Field == "" || len(n.Value) == 0 || n.At.IsZero() || !utf8.Valid(n.Value) {
				t.Errorf("%s: %+v", name, n)
			}
		}
		if set != 1 {
			t.Errorf("%s: %d parts set", name, set)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, body := range payloads(f) {
		f.Add(body)
	}
	c := parserClient(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		updates, err := c.Parse(body)
		if err != nil && (musika.CodeOf(err) != musika.CodeInvalid || updates != nil) {
			t.Errorf("%v with %d updates", err, len(updates))
		}
		checkUpdates(t, "fuzz", updates)
	})
}

func BenchmarkParse(b *testing.B) {
	c := parserClient(b)
	body := payloads(b)["button_reply"]
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Parse(body); err != nil {
			b.Fatal(err)
		}
	}
}
