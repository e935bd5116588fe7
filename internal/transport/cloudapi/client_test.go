package cloudapi

import (
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/musika/musika"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

const (
	number    = "106000000000001"
	testToken = "test-token"
	secret    = "musika-test-secret"
)

var epoch = time.Date(2026, 9, 20, 8, 0, 0, 0, time.UTC)

// call is one request that the fake API got.
type call struct {
	method, path, query, auth, contentType string
	body                                   []byte
}

// bundle is a client and the API that it talks to.
type bundle struct {
	client *Client
	server *httptest.Server

	mu     sync.Mutex
	calls  []call
	answer http.HandlerFunc // when set, answers in place of "accepted"
}

// setup starts a fake API that accepts every message.
func setup(t *testing.T, change ...func(*Config)) *bundle {
	t.Helper()
	b := &bundle{}
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		b.calls = append(b.calls, call{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), body})
		answer := b.answer
		b.mu.Unlock()
		if answer != nil {
			answer(w, r)
			return
		}
		_, _ = io.WriteString(w, `{"messaging_product":"whatsapp","contacts":[{"input":"+263770000001","wa_id":"263770000001"}],"messages":[{"id":"wamid.OUT1"}]}`)
	}))
	t.Cleanup(b.server.Close)
	cfg := Config{BaseURL: b.server.URL, Token: testToken, AppSecret: secret, VerifyToken: "word"}
	for _, f := range change {
		f(&cfg)
	}
	client, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b.client = client
	return b
}

// answers makes the API give one status and body from now on.
func (b *bundle) answers(status int, body string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// last returns the latest request.
func (b *bundle) last(t *testing.T) call {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.calls) == 0 {
		t.Fatal("no request reached the API")
	}
	return b.calls[len(b.calls)-1]
}

// count returns how many requests came.
func (b *bundle) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.calls)
}

// to returns m on its way to a person with a phone.
func to(m musika.Message) musika.Outgoing {
	return musika.Outgoing{ChannelExternalID: number, To: []musika.Address{{Kind: musika.AddressPhone, Value: "+263770000001"}}, Message: m}
}

// golden compares v, written as JSON, with a file in testdata.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	if raw, ok := v.([]byte); ok {
		v = json.RawMessage(raw)
	}
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs\ngot  %s\nwant %s", path, got, want)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	good := Config{Token: "t"}
	c, err := New(good)
	if err != nil {
		t.Fatal(err)
	}
	if c.root != "https://graph.facebook.com/v26.0" {
		t.Errorf("root is %s", c.root)
	}
	if c.Name() != "cloudapi" || c.Capabilities() != Capabilities() {
		t.Error("name or capabilities")
	}
	for name, change := range map[string]func(*Config){
		"base_url":      func(c *Config) { c.BaseURL = "ftp://x" },
		"base_url host": func(c *Config) { c.BaseURL = "https://" },
		"base_url user": func(c *Config) { c.BaseURL = "https://a:b@x" },
		"version":       func(c *Config) { c.Version = "26" },
		"token":         func(c *Config) { c.Token = "" },
		"token line":    func(c *Config) { c.Token = "a\r\nHost: x" },
		"number_rate":   func(c *Config) { c.NumberRate = -1 },
		"pair_interval": func(c *Config) { c.PairInterval = -1 },
		"pair_burst":    func(c *Config) { c.PairBurst = -1 },
		"timeout":       func(c *Config) { c.Timeout = -1 },
		"media_timeout": func(c *Config) { c.MediaTimeout = -1 },
		"max_download":  func(c *Config) { c.MaxDownload = -1 },
	} {
		cfg := good
		change(&cfg)
		if _, err := New(cfg); musika.CodeOf(err) != musika.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
