package cloudapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika"
)

// send sends a plain text and returns its failure.
func (b *bundle) send(t *testing.T) *musika.SendError {
	t.Helper()
	_, err := b.client.Send(t.Context(), to(musika.Text("hi")))
	if err == nil {
		t.Fatal("the send succeeded")
	}
	return musika.AsSendError(err)
}

// TestErrorTable sends against every code that the reference lists and looks
// at the disposition, with the HTTP status that misleads most.
func TestErrorTable(t *testing.T) {
	t.Parallel()
	want := map[musika.Disposition][]int{
		retry:   {1, 2, 4, 80007, 131000, 131016, 133004},
		wait:    {130429, 131049, 131056, 131057, 131064, 132015, 132069, 133008, 133009, 133015, 133016, 2494100},
		refused: {100, 130403, 130472, 131008, 131009, 131021, 131026, 131030, 131047, 131050, 131051, 131052, 131053, 131055, 131059, 131062, 132000, 132001, 132005, 132007, 132008, 132012, 132018, 135000},
		blocked: {0, 3, 10, 33, 104, 190, 200, 299, 368, 130497, 131005, 131031, 131037, 131042, 131045, 131048, 131063, 132016, 132068, 133000, 133005, 133006, 133010, 134011, 137000},
	}
	seen := 0
	for disposition, codes := range want {
		for _, code := range codes {
			seen++
			for _, status := range []int{0, 400, 401, 429, 500, 503} {
				e := classify(&metaError{Code: text(fmt.Sprint(code)), Message: text(fmt.Sprintf("(#%d) A title", code))}, status)
				if e.Disposition != disposition || e.Code != fmt.Sprint(code) || e.Title != "A title" {
					t.Errorf("%d with HTTP %d: %+v", code, status, e)
				}
				if e.Advice == "" || !strings.HasSuffix(e.Advice, ".") {
					t.Errorf("%d: advice %q", code, e.Advice)
				}
				if (disposition == wait) != (e.After > 0) && disposition != retry {
					t.Errorf("%d: after %v", code, e.After)
				}
			}
		}
	}
	if seen != len(verdicts)+2 { // 200 and 299 stand for a range
		t.Errorf("%d codes tested, the table has %d", seen, len(verdicts))
	}
	if e := classify(&metaError{Code: "131047"}, 0); e.Advice != "The 24-hour window is closed: send a template." {
		t.Error(e.Advice)
	}
}

func TestUnknownCodes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		e      metaError
		status int
		want   musika.Disposition
	}{
		{metaError{Code: "999999"}, 400, refused},
		{metaError{Code: "999999"}, 401, blocked},
		{metaError{Code: "999999"}, 403, blocked},
		{metaError{Code: "999999"}, 429, wait},
		{metaError{Code: "999999"}, 500, retry},
		{metaError{Code: "999999", Transient: true}, 400, retry},
		{metaError{Code: "999999"}, 0, refused},
		{metaError{}, 0, refused},
	} {
		if e := classify(&tt.e, tt.status); e.Disposition != tt.want {
			t.Errorf("%+v with HTTP %d: %s, want %s", tt.e, tt.status, e.Disposition, tt.want)
		}
	}
}

// TestAnswers tells what each answer of the API makes of a send.
func TestAnswers(t *testing.T) {
	t.Parallel()
	const envelope = `{"error":{"message":"(#%d) T","type":"OAuthException","code":%d,"error_subcode":%d,"error_data":%s,"fbtrace_id":"Ax"}}`
	meta := func(code, sub int, data string) string { return fmt.Sprintf(envelope, code, code, sub, data) }
	for name, tt := range map[string]struct {
		status      int
		body        string
		disposition musika.Disposition
		code, title string
	}{
		"details":           {400, meta(131009, 0, `{"messaging_product":"whatsapp","details":"Invalid buttons count."}`), refused, "131009", "T: Invalid buttons count."},
		"plain details":     {400, meta(131009, 0, `"why"`), refused, "131009", "T: why"},
		"no details":        {400, meta(131009, 0, `null`), refused, "131009", "T"},
		"code as string":    {400, `{"error":{"code":"131047","message":"x"}}`, refused, "131047", "x"},
		"user title":        {400, `{"error":{"code":100,"message":"Invalid","error_user_title":"Exists.","error_user_msg":"Rename it."}}`, refused, "100", "Invalid: Exists. Rename it."},
		"odd field":         {400, `{"error":{"code":131047,"message":["x"],"is_transient":"no"}}`, refused, "131047", "no reason given"},
		"5xx by Meta":       {500, meta(131000, 0, `null`), retry, "131000", "T"},
		"unknown by Meta":   {503, meta(987654, 0, `null`), retry, "987654", "T"},
		"our number":        {400, `{"error":{"code":100,"error_subcode":33,"message":"Unsupported post request. Object with ID '` + number + `' does not exist"}}`, blocked, "100", ""},
		"other object":      {400, `{"error":{"code":100,"error_subcode":33,"message":"Unsupported post request. Object with ID '9001' does not exist"}}`, refused, "100", ""},
		"bare 502":          {502, `<html>Bad Gateway</html>`, musika.SendUnknown, "http 502", ""},
		"bare 503":          {503, ``, musika.SendUnknown, "http 503", ""},
		"bare 504":          {504, `{}`, musika.SendUnknown, "http 504", ""},
		"envelope, no code": {500, `{"error":{"message":"boom"}}`, musika.SendUnknown, "http 500", "boom"},
		"bare 404":          {404, `not found`, blocked, "http 404", ""},
		"bare 408":          {408, ``, retry, "http 408", ""},
		"bare 429":          {429, ``, wait, "http 429", ""},
		"redirect":          {307, ``, blocked, "http 307", ""},
		"no id":             {200, `{"messages":[]}`, musika.SendUnknown, "", ""},
		"no JSON":           {200, `<html>`, musika.SendUnknown, "", ""},
		"empty":             {200, ``, musika.SendUnknown, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.answers(tt.status, tt.body)
			e := b.send(t)
			if e.Disposition != tt.disposition || e.Code != tt.code || tt.title != "" && e.Title != tt.title {
				t.Errorf("got %+v", e)
			}
			if e.Title == "" || e.Advice == "" {
				t.Errorf("no words: %+v", e)
			}
			if b.count() != 1 {
				t.Errorf("%d requests", b.count())
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "90")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"error":{"code":2,"message":"x"}}`)
	}
	if e := b.send(t); e.Disposition != retry || e.After != 90*time.Second {
		t.Errorf("%+v", e)
	}
}

func TestSendResult(t *testing.T) {
	t.Parallel()
	phone := musika.Address{Kind: musika.AddressPhone, Value: "+263770000001"}
	user := musika.Address{Kind: musika.AddressBSUID, Value: "ZW.1"}
	for body, want := range map[string][]musika.Address{
		`{"contacts":[{"wa_id":"263770000001","user_id":"ZW.1"}],"messages":[{"id":"wamid.1"}]}`:              {phone, user},
		`{"contacts":[{"input":"ZW.1","user_id":"ZW.1"}],"messages":[{"id":"wamid.1"}]}`:                      {user},
		`{"messages":[{"id":"wamid.1","message_status":"held_for_quality_assessment"}],"contacts":"strange"}`: nil,
	} {
		b := setup(t)
		b.answers(200, body)
		got, err := b.client.Send(t.Context(), to(musika.Text("hi")))
		if err != nil || got.ExternalID != "wamid.1" || fmt.Sprint(got.Recipient) != fmt.Sprint(want) {
			t.Errorf("%s: %+v %v", body, got, err)
		}
	}
}

// TestNetworkFailures tells what did not leave from what may have arrived.
func TestNetworkFailures(t *testing.T) {
	t.Parallel()
	dial := func(err error) func(*Config) {
		return func(c *Config) {
			c.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, err }}}
		}
	}
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.server.Close()
		if e := b.send(t); e.Disposition != retry {
			t.Errorf("%+v", e)
		}
	})
	t.Run("no such host", func(t *testing.T) {
		t.Parallel()
		b := setup(t, dial(&net.DNSError{Err: "no such host", IsNotFound: true}))
		if e := b.send(t); e.Disposition != retry {
			t.Errorf("%+v", e)
		}
	})
	t.Run("not TLS", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		c, err := New(Config{BaseURL: "https" + strings.TrimPrefix(b.server.URL, "http"), Token: "t"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Send(t.Context(), to(musika.Text("hi")))
		if e := musika.AsSendError(err); e.Disposition != retry {
			t.Errorf("%+v", e)
		}
	})
	t.Run("closed after reading", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.answer = func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		}
		if e := b.send(t); e.Disposition != musika.SendUnknown {
			t.Errorf("%+v", e)
		}
		if b.count() != 1 {
			t.Errorf("posted %d times", b.count())
		}
	})
	t.Run("a second send on a dead connection", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		if _, err := b.client.Send(t.Context(), to(musika.Text("hi"))); err != nil {
			t.Fatal(err)
		}
		b.server.CloseClientConnections()
		b.server.Close()
		if e := b.send(t); e.Disposition != retry && e.Disposition != musika.SendUnknown {
			t.Errorf("%+v", e)
		}
	})
	t.Run("no answer in time", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(c *Config) { c.Timeout = 50 * time.Millisecond })
		release := make(chan struct{})
		t.Cleanup(func() { close(release) })
		b.answer = func(http.ResponseWriter, *http.Request) { <-release }
		if e := b.send(t); e.Disposition != musika.SendUnknown || !errors.Is(e, context.DeadlineExceeded) {
			t.Errorf("%+v", e)
		}
	})
	t.Run("an answer that breaks off", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.answer = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500")
			_, _ = io.WriteString(w, `{"messages":[{"id":"wamid.1"`)
		}
		if e := b.send(t); e.Disposition != musika.SendUnknown {
			t.Errorf("%+v", e)
		}
	})
	t.Run("cancelled before", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := b.client.Send(ctx, to(musika.Text("hi")))
		if e := musika.AsSendError(err); e.Disposition != retry || b.count() != 0 {
			t.Errorf("%+v after %d requests", e, b.count())
		}
	})
}

func TestMarkRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.answers(200, `{"success":true}`)
	for _, typing := range []bool{false, true} {
		if err := b.client.MarkRead(t.Context(), number, "wamid.IN1", typing); err != nil {
			t.Fatal(err)
		}
		golden(t, fmt.Sprintf("send/read_typing_%v.json", typing), b.last(t).body)
	}
	if err := b.client.MarkRead(t.Context(), "../x", "wamid.IN1", false); musika.CodeOf(err) != musika.CodeInvalid {
		t.Error(err)
	}
	if err := b.client.MarkRead(t.Context(), number, "", false); musika.CodeOf(err) != musika.CodeInvalid {
		t.Error(err)
	}
	for body, want := range map[string]musika.Code{
		`{"success":false}`:      musika.CodeUnavailable,
		`{"error":{"code":100}}`: musika.CodeInvalid,
		`{"error":{"code":190}}`: musika.CodeForbidden,
		`{"error":{"code":2}}`:   musika.CodeUnavailable,
		`gateway`:                musika.CodeUnavailable,
	} {
		status := 500
		if strings.Contains(body, "success") {
			status = 200
		}
		b.answers(status, body)
		err := b.client.MarkRead(t.Context(), number, "wamid.IN1", false)
		if musika.CodeOf(err) != want {
			t.Errorf("%s: %v", body, err)
		}
	}
}
