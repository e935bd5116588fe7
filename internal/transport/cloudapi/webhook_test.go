package cloudapi

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/musika/musika"
)

// vector is Meta's form of a small webhook and its signature, computed apart
// with two other programs.
const (
	vectorBody      = `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"text":"caf\u00e9 \ud83d\ude00 a\/b"}}]}]}`
	vectorSignature = "sha256=7edc8a4c10b82f53730e86a071e8647989a8323710022135a08d3040fcea4d1a"
)

func TestVerifySignature(t *testing.T) {
	t.Parallel()
	c := parserClient(t)
	if len(vectorBody) != 139 {
		t.Fatalf("the vector has %d bytes", len(vectorBody))
	}
	if err := c.VerifySignature([]byte(vectorBody), vectorSignature); err != nil {
		t.Error(err)
	}
	rewritten := `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"text":"café 😀 a/b"}}]}]}`
	if err := c.VerifySignature([]byte(rewritten), "sha256=eff2f5edcbfed1324306e2bac03649c54e98a0c9d977dd5da4a4a06b04d896a7"); err != nil {
		t.Error(err)
	}
	keyless, err := New(Config{Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		c            *Client
		body, header string
	}{
		"none":              {c, vectorBody, ""},
		"same JSON anew":    {c, rewritten, vectorSignature},
		"one byte more":     {c, vectorBody + "\n", vectorSignature},
		"no prefix":         {c, vectorBody, strings.TrimPrefix(vectorSignature, "sha256=")},
		"sha1":              {c, vectorBody, "sha1=" + strings.Repeat("0", 40)},
		"cut":               {c, vectorBody, vectorSignature[:40]},
		"empty digits":      {c, vectorBody, "sha256="},
		"not hex":           {c, vectorBody, "sha256=" + strings.Repeat("z", 64)},
		"no secret of ours": {keyless, "", "sha256=" + hex.EncodeToString(keyless.sign(nil))},
	} {
		if err := tt.c.VerifySignature([]byte(tt.body), tt.header); musika.CodeOf(err) != musika.CodeUnauthorized {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerifySubscription(t *testing.T) {
	t.Parallel()
	c := parserClient(t)
	keyless, err := New(Config{Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		c     *Client
		query string
		want  string
		code  musika.Code
	}{
		{c, "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=word", "1158201444", ""},
		{c, "hub.mode=subscribe&hub.challenge=1&hub.verify_token=other", "", musika.CodeForbidden},
		{c, "hub.mode=subscribe&hub.challenge=1", "", musika.CodeForbidden},
		{c, "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=word", "", musika.CodeForbidden},
		{c, "hub.mode=subscribe&hub.verify_token=word", "", musika.CodeInvalid},
		{keyless, "hub.mode=subscribe&hub.challenge=1&hub.verify_token=", "", musika.CodeForbidden},
	} {
		q, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tt.c.VerifySubscription(q)
		if got != tt.want || musika.CodeOf(err) != tt.code {
			t.Errorf("%s: %q %v", tt.query, got, err)
		}
	}
}

// TestWebhook posts to the handler and looks at answer, outcome and sink.
func TestWebhook(t *testing.T) {
	t.Parallel()
	text := payloads(t)["text"]
	sinkError := errors.New("the database is away")
	for name, tt := range map[string]struct {
		body    []byte
		header  string // "": signed well; "-": none
		chunked bool
		err     error
		status  int
		outcome string
		sunk    int
	}{
		"good":               {body: text, status: 200, outcome: OutcomeOK, sunk: 1},
		"good, chunked":      {body: text, chunked: true, status: 200, outcome: OutcomeOK, sunk: 1},
		"unsigned":           {body: text, header: "-", status: 401, outcome: OutcomeUnsigned},
		"bad signature":      {body: text, header: vectorSignature, status: 401, outcome: OutcomeBadSignature},
		"malformed":          {body: []byte(`{"object":`), status: 400, outcome: OutcomeMalformed},
		"other object":       {body: []byte(`{"object":"page","entry":[]}`), status: 400, outcome: OutcomeMalformed},
		"empty":              {body: nil, status: 400, outcome: OutcomeMalformed},
		"nothing in it":      {body: []byte(`{"object":"whatsapp_business_account","entry":[]}`), status: 200, outcome: OutcomeIgnored},
		"sink fails":         {body: text, err: sinkError, status: 503, outcome: OutcomeFailed, sunk: 1},
		"too large":          {body: bytes.Repeat([]byte(" "), MaxWebhook+1), status: 413, outcome: OutcomeTooLarge},
		"too large, chunked": {body: bytes.Repeat([]byte(" "), MaxWebhook+1), chunked: true, status: 413, outcome: OutcomeTooLarge},
		"as large as may be": {body: append(bytes.Repeat([]byte(" "), MaxWebhook-len(text)), text...), status: 200, outcome: OutcomeOK, sunk: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var outcomes []string
			c, err := New(Config{Token: "t", AppSecret: secret, Observe: func(o string) { outcomes = append(outcomes, o) }})
			if err != nil {
				t.Fatal(err)
			}
			sunk := 0
			h := c.Webhook(func(_ context.Context, u []musika.Update) error {
				sunk += len(u)
				return tt.err
			})
			var body io.Reader = bytes.NewReader(tt.body)
			if tt.chunked {
				body = io.MultiReader(body) // hides the length
			}
			r := httptest.NewRequest(http.MethodPost, "/webhook", body)
			switch tt.header {
			case "":
				r.Header.Set(SignatureHeader, "sha256="+hex.EncodeToString(c.sign(tt.body)))
			case "-":
			default:
				r.Header.Set(SignatureHeader, tt.header)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.status || len(outcomes) != 1 || outcomes[0] != tt.outcome || sunk != tt.sunk {
				t.Errorf("HTTP %d, outcomes %v, %d updates", w.Code, outcomes, sunk)
			}
		})
	}
	for _, o := range Outcomes {
		if outcomeStatus[o] == 0 {
			t.Errorf("outcome %s has no status", o)
		}
	}
}

func TestWebhookHandshake(t *testing.T) {
	t.Parallel()
	h := parserClient(t).Webhook(nil)
	for target, want := range map[string]int{
		"/?hub.mode=subscribe&hub.challenge=%3Cb%3E42&hub.verify_token=word": 200,
		"/?hub.mode=subscribe&hub.challenge=42&hub.verify_token=no":          403,
		"/": 403,
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
		if w.Code != want || want == 200 && w.Body.String() != "<b>42" || want != 200 && w.Body.Len() != 0 {
			t.Errorf("%s: %d %q", target, w.Code, w.Body)
		}
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("headers %v", w.Header())
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPut, "/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %d", w.Code)
	}
}

// TestWebhookCutShort: a body shorter than announced is not taken.
func TestWebhookCutShort(t *testing.T) {
	t.Parallel()
	c := parserClient(t)
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(vectorBody[:50]))
	r.ContentLength = int64(len(vectorBody))
	r.Header.Set(SignatureHeader, vectorSignature)
	w := httptest.NewRecorder()
	c.Webhook(nil).ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest {
		t.Errorf("HTTP %d", w.Code)
	}
}

func FuzzWebhook(f *testing.F) {
	for _, body := range payloads(f) {
		f.Add(body, true, "sha256=00")
	}
	f.Add([]byte(vectorBody), false, vectorSignature)
	c := parserClient(f)
	f.Fuzz(func(t *testing.T, body []byte, signed bool, header string) {
		sunk := false
		h := c.Webhook(func(_ context.Context, updates []musika.Update) error {
			sunk = true
			checkUpdates(t, "fuzz", updates)
			return nil
		})
		valid := "sha256=" + hex.EncodeToString(c.sign(body))
		if signed {
			header = valid
		}
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set(SignatureHeader, header)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if sunk && (w.Code != 200 || !strings.EqualFold(header, valid)) {
			t.Errorf("sunk with HTTP %d and header %q", w.Code, header)
		}
		if w.Code >= 500 {
			t.Errorf("HTTP %d", w.Code)
		}
	})
}

func BenchmarkWebhook(b *testing.B) {
	c := parserClient(b)
	body := payloads(b)["button_reply"]
	header := "sha256=" + hex.EncodeToString(c.sign(body))
	h := c.Webhook(func(context.Context, []musika.Update) error { return nil })
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set(SignatureHeader, header)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}
