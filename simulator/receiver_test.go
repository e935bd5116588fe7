package simulator_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// receiver is a webhook that verifies signatures and keeps what it got.
type receiver struct {
	t      *testing.T
	srv    *httptest.Server
	secret string

	mu     sync.Mutex
	bodies [][]byte
	answer func(n int) int // HTTP status for the n-th POST, 200 when nil
	posts  int
	gets   []string
	verify func(w http.ResponseWriter, r *http.Request)
	got    chan struct{}
}

func newReceiver(t *testing.T, secret string) *receiver {
	r := &receiver{t: t, secret: secret, got: make(chan struct{}, 1)}
	r.srv = httptest.NewServer(r)
	t.Cleanup(r.srv.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method == http.MethodGet {
		r.mu.Lock()
		r.gets = append(r.gets, req.URL.RawQuery)
		answer := r.verify
		r.mu.Unlock()
		if answer != nil {
			answer(w, req)
			return
		}
		if req.URL.Query().Get("hub.verify_token") != verify {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, req.URL.Query().Get("hub.challenge"))
		return
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	mac := hmac.New(sha256.New, []byte(r.secret))
	mac.Write(body)
	if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); req.Header.Get("X-Hub-Signature-256") != want {
		r.t.Errorf("signature %q, want %q", req.Header.Get("X-Hub-Signature-256"), want)
	}
	r.mu.Lock()
	r.posts++
	status := http.StatusOK
	if r.answer != nil {
		status = r.answer(r.posts)
	}
	if status == http.StatusOK {
		r.bodies = append(r.bodies, body)
	}
	r.mu.Unlock()
	w.WriteHeader(status)
	select {
	case r.got <- struct{}{}:
	default:
	}
}

// answers sets what POSTs are answered from now on, counted from 1 again.
func (r *receiver) answers(f func(n int) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posts, r.answer = 0, f
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.posts
}

// accepted are the bodies answered 200.
func (r *receiver) accepted() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([][]byte{}, r.bodies...)
}

func (r *receiver) changes() []object {
	var out []object
	for _, b := range r.accepted() {
		var post object
		if err := json.Unmarshal(b, &post); err != nil {
			r.t.Errorf("webhook is not JSON: %s", b)
			continue
		}
		for _, e := range post["entry"].([]any) {
			for _, c := range e.(object)["changes"].([]any) {
				out = append(out, c.(object))
			}
		}
	}
	return out
}

// items are the messages[] or statuses[] of all changes.
func (r *receiver) items(list string) []object {
	var out []object
	for _, c := range r.changes() {
		items, _ := at(c, "value."+list).([]any)
		for _, it := range items {
			out = append(out, it.(object))
		}
	}
	return out
}

// await waits until at least n POSTs came.
func (r *receiver) await(n int) {
	r.t.Helper()
	limit := time.After(20 * time.Second)
	for r.count() < n {
		select {
		case <-r.got:
		case <-limit:
			r.t.Fatalf("%d webhook POSTs, want %d", r.count(), n)
		}
	}
}
