package simulator_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika/simulator"
)

func TestRun(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New(simulator.Config{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- sim.Run(ctx) }()
	select {
	case <-sim.Ready():
	case err := <-done:
		t.Fatalf("Run: %v", err)
	}
	cred := sim.Credentials()
	if cred.AppSecret == "" || cred.AccessToken == "" || cred.VerifyToken == "" {
		t.Errorf("credentials: %+v", cred)
	}
	client := &http.Client{Timeout: 5 * time.Second}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, sim.URL()+"/v26.0/106000000000001", nil)
	req.Header.Set("Authorization", "Bearer "+cred.AccessToken)
	resp, err := client.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", resp, err)
	}
	resp.Body.Close()
	if err := sim.Run(ctx); err == nil {
		t.Error("Run runs twice")
	}
	// An open stream must not keep Run from ending.
	if _, err := sim.AddPerson(simulator.Person{WaID: tendai}); err != nil {
		t.Fatal(err)
	}
	req, _ = http.NewRequestWithContext(t.Context(), http.MethodGet, sim.URL()+"/_sim/people/"+tendai+"/events", nil)
	stream, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(2 * time.Second):
		t.Error("Run does not end")
	}
}

func TestRunAddressInUse(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	sim, err := simulator.New(simulator.Config{Addr: strings.TrimPrefix(w.url, "http://")})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Run(t.Context()); err == nil {
		t.Error("listens on an address in use")
	}
}

func TestConfigRefused(t *testing.T) {
	t.Parallel()
	one := simulator.Number{ID: "1", WABAID: "2", DisplayPhone: "+263"}
	for name, cfg := range map[string]simulator.Config{
		"version":         {APIVersion: "26"},
		"callback":        {CallbackURL: "localhost:80"},
		"batch":           {Batch: simulator.Batch{Max: 1001}},
		"negative":        {ThreadSize: -1},
		"number id":       {Numbers: []simulator.Number{{ID: "x", WABAID: "2", DisplayPhone: "+263"}}},
		"number twice":    {Numbers: []simulator.Number{one, one}},
		"no display":      {Numbers: []simulator.Number{{ID: "1", WABAID: "2"}}},
		"throughput":      {Numbers: []simulator.Number{{ID: "1", WABAID: "2", DisplayPhone: "+263", Throughput: "FAST"}}},
		"limit":           {Numbers: []simulator.Number{{ID: "1", WABAID: "2", DisplayPhone: "+263", MessagingLimit: "TIER_1K"}}},
		"account = phone": {Numbers: []simulator.Number{{ID: "1", WABAID: "1", DisplayPhone: "+263"}}},
		"faults":          {Faults: simulator.Faults{Rate5xx: 2}},
		"app id":          {AppID: "app"},
	} {
		if _, err := simulator.New(cfg); err == nil || !strings.HasPrefix(err.Error(), "simulator: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUndeliveredAtTheEnd(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	w.hook.answers(func(int) int { return 500 })
	w.say(tendai, simulator.Text("x"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.sim.WaitIdle(ctx); err == nil || w.sim.Idle() {
		t.Error("idle with a webhook pending")
	}
}
