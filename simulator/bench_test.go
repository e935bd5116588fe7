package simulator_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/musika/musika/simulator"
)

// BenchmarkTurn is one turn of a conversation: an inbound webhook, a send over
// HTTP and its three statuses, all delivered.
func BenchmarkTurn(b *testing.B) {
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer hook.Close()
	sim, err := simulator.New(simulator.Config{AccessToken: token, CallbackURL: hook.URL, PairInterval: -1, AutoRead: true,
		ThreadSize: 100,
		Numbers:    []simulator.Number{{ID: phoneP, WABAID: wabaW, DisplayPhone: "+263 77 000 0000", Throughput: "HIGH"}},
		Now:        fastClock()})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	go func() { _ = sim.Run(ctx) }()
	const people = 1000
	bodies := make([]string, people)
	for i := range people {
		waID := fmt.Sprintf("26377100%04d", i)
		if _, err := sim.AddPerson(simulator.Person{WaID: waID}); err != nil {
			b.Fatal(err)
		}
		bodies[i] = `{"messaging_product":"whatsapp","to":"+` + waID + `","type":"interactive","biz_opaque_callback_data":"job-1",` +
			`"interactive":{"type":"button","body":{"text":"What next?"},"action":{"buttons":[{"type":"reply","reply":{"id":"a","title":"Menu"}},{"type":"reply","reply":{"id":"b","title":"Cart"}}]}}}`
	}
	srv := httptest.NewServer(sim.Handler())
	defer srv.Close()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		i := n % people
		n++
		if _, err := sim.Say(ctx, fmt.Sprintf("26377100%04d", i), simulator.Text("menu")); err != nil {
			b.Fatal(err)
		}
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/v26.0/106000000000001/messages", stringBody(bodies[i]))
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		if resp.StatusCode != http.StatusOK {
			raw, _ := io.ReadAll(resp.Body)
			b.Fatalf("%s", raw)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	if err := sim.WaitIdle(ctx); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	totals := sim.DeliveryTotals()
	b.ReportMetric(float64(totals.Delivered)/float64(n), "updates/turn")
	b.ReportMetric(float64(totals.Posts)/float64(n), "posts/turn")
}

// fastClock runs a hundred times as fast as the wall clock, so that no limit of
// messages a second is met.
func fastClock() func() time.Time {
	start := time.Now()
	return func() time.Time { return start.Add(100 * time.Since(start)) }
}
