package simulator

import (
	"encoding/json"
	"testing"
	"time"
)

// The vector was made with Python's hmac and with openssl.
func TestSignatureVector(t *testing.T) {
	t.Parallel()
	body := `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"text":"caf\u00e9 \ud83d\ude00 a\/b"}}]}]}`
	if len(body) != 139 {
		t.Fatalf("%d bytes", len(body))
	}
	if got, want := signature("musika-test-secret", []byte(body)), "sha256=7edc8a4c10b82f53730e86a071e8647989a8323710022135a08d3040fcea4d1a"; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
	if got := string(marshalPHP(map[string]string{"text": "café 😀 a/b"})); got != `{"text":"caf\u00e9 \ud83d\ude00 a\/b"}` {
		t.Errorf("encoded: %s", got)
	}
}

func TestMarshalPHP(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain":          `"plain"`,
		"a/b":            `"a\/b"`,
		`back\slash`:     `"back\\slash"`,
		`\/`:             `"\\\/"`,
		"<b>&'\"":        `"<b>&'\""`,
		"é":              `"\u00e9"`,
		"\u2028":         `"\u2028"`,
		"😀":              `"\ud83d\ude00"`,
		"\x00\x1f\x7f":   "\"\\u0000\\u001f\x7f\"",
		"bad\xffutf":     `"bad\ufffdutf"`,
		"中文 / ΑΒ":        `"\u4e2d\u6587 \/ \u0391\u0392"`,
		"\n\t\r":         `"\n\t\r"`,
		"\U0010ffff end": `"\udbff\udfff end"`,
	} {
		got := marshalPHP(in)
		if string(got) != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
		// Encoding what was encoded before changes nothing.
		if again := marshalPHP(json.RawMessage(got)); string(again) != want {
			t.Errorf("%q again: %s, want %s", in, again, want)
		}
	}
}

func TestReencode(t *testing.T) {
	t.Parallel()
	got, err := reencode(json.RawMessage(`{"a":"\u00E9\/é","n":10.50,"big":12345678901234567890}`))
	if err != nil || string(got) != `{"a":"\u00e9\/\u00e9","big":12345678901234567890,"n":10.50}` {
		t.Errorf("%s %v", got, err)
	}
}

// FuzzMarshalPHP: the encoded text is ASCII and reads back as it was.
func FuzzMarshalPHP(f *testing.F) {
	for _, s := range []string{"", "a/b", `\`, `\\/`, "é😀", "\x00\xff", "</script>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := marshalPHP(s)
		for _, b := range got {
			if b > 0x7f {
				t.Fatalf("not ASCII: %q", got)
			}
		}
		var back, plain string
		viaGo, _ := json.Marshal(s)
		if json.Unmarshal(got, &back) != nil || json.Unmarshal(viaGo, &plain) != nil || back != plain {
			t.Fatalf("%q reads back as %q", s, back)
		}
	})
}

func TestPairQuota(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_780_000_000, 0)
	every := 6 * time.Second
	var q pairQuota
	for i := range 600 { // an hour at the documented rate
		if !q.take(start.Add(time.Duration(i)*every), every) {
			t.Fatalf("message %d of the steady rate is refused", i)
		}
	}
	q = pairQuota{}
	for i := range 10 { // a conversation: ten in a minute, in twos
		if !q.take(start.Add(time.Duration(i/2)*12*time.Second), every) {
			t.Fatalf("message %d of the conversation is refused", i)
		}
	}
	q = pairQuota{}
	passed := 0
	for range 60 {
		if q.take(start, every) {
			passed++
		}
	}
	if passed != pairBurst {
		t.Errorf("a burst of %d, want %d", passed, pairBurst)
	}
	if q.take(start.Add(pairBurst*every-time.Second), every) {
		t.Error("the burst is not paid off yet")
	}
	if !q.take(start.Add(pairBurst*every), every) {
		t.Error("the burst is paid off")
	}
	if q = (pairQuota{}); !q.take(start, -1) || q.burst != 0 {
		t.Error("a negative interval switches the limit off")
	}
}

func TestUsernames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"tendai.m": true, "abc": true, "a_1": true, "ab": false, "123": false, ".abc": false,
		"abc.": false, "a..b": false, "wwwshop": false, "shop.com": false, "Tendai": false, "ten dai": false} {
		if validUsername(name) != want {
			t.Errorf("%q: %v, want %v", name, !want, want)
		}
	}
}
