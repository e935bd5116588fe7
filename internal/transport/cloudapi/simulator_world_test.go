package cloudapi

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/simulator"
)

const tendai = "263770000001"

// world is the client, the simulator that it talks to, and what came back by
// webhook. Nothing but HTTP lies between them.
type world struct {
	*Client
	sim *simulator.Simulator

	mu       sync.Mutex
	updates  []musika.Update
	outcomes []string
}

// simulated starts a simulator with one person, whose window is open.
func simulated(t *testing.T) *world {
	t.Helper()
	w := &world{}
	var handler http.Handler
	hook := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	sim, err := simulator.New(simulator.Config{
		Addr: "127.0.0.1:0", AppSecret: secret, VerifyToken: "word", AccessToken: testToken,
		NoLinkFetch: true, PairInterval: -1, TemplateReview: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sim.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		hook.Close()
	})
	select {
	case <-sim.Ready():
	case err := <-done:
		t.Fatal(err)
	}
	w.sim = sim
	w.Client, err = New(Config{BaseURL: sim.URL(), Token: testToken, AppSecret: secret, VerifyToken: "word", Observe: func(o string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.outcomes = append(w.outcomes, o)
	}})
	if err != nil {
		t.Fatal(err)
	}
	handler = w.Webhook(func(_ context.Context, u []musika.Update) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.updates = append(w.updates, u...)
		return nil
	})
	// The simulator makes the handshake with our handler before it takes the address.
	if err := sim.SetApp(t.Context(), hook.URL, "word", secret); err != nil {
		t.Fatal(err)
	}
	if _, err := sim.AddPerson(simulator.Person{WaID: tendai, Name: "Tendai M"}); err != nil {
		t.Fatal(err)
	}
	w.say(t, simulator.Text("hello"))
	return w
}

// settle waits until every webhook has been taken, and returns what they said.
func (w *world) settle(t *testing.T) []musika.Update {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := w.sim.WaitIdle(ctx); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.outcomes {
		if o != OutcomeOK {
			t.Errorf("a webhook was %s", o)
		}
	}
	return slices.Clone(w.updates)
}

// say has Tendai write, and returns the message as we read it.
func (w *world) say(t *testing.T, in simulator.Inbound) *musika.Inbound {
	t.Helper()
	id, err := w.sim.Say(t.Context(), tendai, in)
	if err != nil {
		t.Fatal(err)
	}
	return w.inbound(t, id)
}

func (w *world) inbound(t *testing.T, id string) *musika.Inbound {
	t.Helper()
	for _, u := range w.settle(t) {
		if u.Inbound != nil && u.Inbound.ExternalID == id {
			if u.ChannelExternalID != number {
				t.Errorf("the channel is %s", u.ChannelExternalID)
			}
			return u.Inbound
		}
	}
	t.Fatalf("message %s did not come", id)
	return nil
}

// makeTemplate creates a template through the Graph API and approves it.
func (w *world) makeTemplate(t *testing.T, definition string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.sim.URL()+"/v26.0/102000000000001/message_templates", strings.NewReader(definition))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+testToken)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(resp.Body)
	var made struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(body, &made); err != nil || made.ID == "" {
		t.Fatalf("template: %s", body)
	}
	if err := w.sim.ReviewTemplate(made.ID, "APPROVED", ""); err != nil {
		t.Fatal(err)
	}
}

// fileOf returns the smallest file that passes for a type.
func fileOf(mime string) []byte {
	switch mime {
	case "image/png":
		b, _ := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
		return b
	case "image/webp":
		return []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")
	case "audio/ogg":
		return append([]byte("OggS\x00\x02"), make([]byte, 60)...)
	}
	return []byte("%PDF-1.4\n%%EOF\n")
}
