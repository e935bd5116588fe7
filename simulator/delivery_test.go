package simulator_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika/simulator"
)

// last is the newest entry of the delivery log.
func (w *world) last() simulator.Delivery {
	w.t.Helper()
	log := w.sim.Deliveries()
	return log[len(log)-1]
}

// attempts waits until the newest delivery, which must carry an update, has
// been tried n times.
func (w *world) attempts(update string, n int) simulator.Delivery {
	w.t.Helper()
	var d simulator.Delivery
	eventually(w.t, func() bool {
		d = w.last()
		return slices.Contains(d.Updates, update) && len(d.Attempts) == n
	})
	return d
}

func TestRetryGapsGrowUntilSevenDays(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *simulator.Config) {
		frozen(c)
		c.RetryGaps = nil // those of production
	})
	w.hook.answers(func(int) int { return 500 })
	id := w.say(tendai, simulator.Text("nobody listens"))
	begun, gap := w.sim.Now(), time.Duration(0)
	for n := 1; ; n++ {
		d := w.attempts(id, n)
		if d.State == "dropped" {
			break
		}
		next := d.NextAttempt.Sub(w.sim.Now())
		if next < gap || next <= 0 {
			t.Fatalf("gap %d is %s after %s", n, next, gap)
		}
		gap = next
		w.move(next)
	}
	if total := w.sim.Now().Sub(begun); total > 7*24*time.Hour || total < 6*24*time.Hour {
		t.Errorf("given up after %s", total)
	}
	if totals := w.sim.DeliveryTotals(); totals.GivenUp != 1 || totals.Pending != 0 || !w.sim.Idle() {
		t.Errorf("totals: %+v", totals)
	}
}

// A receiver that is down for a moment gets everything, in order per person.
func TestRestartedReceiver(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	w.hook.answers(func(n int) int {
		if n <= 3 {
			return http.StatusServiceUnavailable
		}
		return 200
	})
	var want []string
	for i := range 20 {
		want = append(want, w.say(tendai, simulator.Text(fmt.Sprint(i))))
	}
	w.move(time.Second)
	w.settle()
	var got []string
	for _, m := range w.hook.items("messages") {
		if m["from"] == tendai {
			got = append(got, m["id"].(string))
		}
	}
	if got = got[1:]; strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("order: %v, want %v", got, want)
	}
}

// What a receiver never takes holds back the same person's later messages for
// some attempts, others' not at all.
func TestPoison(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *simulator.Config) {
		c.Batch.Max = 1
		c.RetryGaps = []time.Duration{time.Millisecond}
	})
	poison := w.person(simulator.Person{WaID: "263770000013"}).WaID
	bodies := newReceiver(t, secret)
	reject := func(rw http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		if contains(raw, "poison") {
			rw.WriteHeader(http.StatusInternalServerError)
			return
		}
		r.Body = http.NoBody
		bodies.mu.Lock()
		bodies.bodies = append(bodies.bodies, raw)
		bodies.mu.Unlock()
	}
	bodies.srv.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			bodies.ServeHTTP(rw, r)
			return
		}
		reject(rw, r)
	})
	if err := w.sim.SetApp(t.Context(), bodies.srv.URL, "", ""); err != nil {
		t.Fatal(err)
	}
	w.say(poison, simulator.Text("poison"))
	after := w.say(poison, simulator.Text("after it"))
	other := w.say(tendai, simulator.Text("someone else"))
	seen := func(id string) func() bool {
		return func() bool {
			for _, m := range bodies.items("messages") {
				if m["id"] == id {
					return true
				}
			}
			return false
		}
	}
	eventually(t, seen(other))
	eventually(t, seen(after))
	first := w.sim.Deliveries()
	for _, d := range first {
		if len(d.Attempts) > 1 && len(d.Attempts) < 7 && d.State == "delivered" {
			t.Errorf("delivered after %d attempts: %v", len(d.Attempts), d.Updates)
		}
	}
}

func TestBatchMaxAndLinger(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *simulator.Config) {
		frozen(c)
		c.Batch = simulator.Batch{Max: 5, Linger: time.Second}
	})
	before := w.hook.count()
	for i := range 4 {
		w.say(tendai, simulator.Text(fmt.Sprint(i)))
	}
	if n := w.hook.count() - before; n != 0 {
		t.Errorf("%d POSTs before the linger is over", n)
	}
	w.move(time.Second)
	w.settle()
	if n := w.hook.count() - before; n != 1 {
		t.Errorf("%d POSTs after the linger, want 1", n)
	}
	if d := w.last(); len(d.Updates) != 4 {
		t.Errorf("updates: %v", d.Updates)
	}
	for i := range 5 {
		w.say(rudo, simulator.Text(fmt.Sprint(i)))
	}
	w.settle() // a full batch does not wait
	if d := w.last(); len(d.Updates) != 5 {
		t.Errorf("updates: %v", d.Updates)
	}
}

func TestLargeBatchesSplit(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *simulator.Config) {
		c.Concurrency = 1
		c.Batch.Max = 1000
	})
	gate := make(chan struct{})
	w.hook.answers(func(int) int { <-gate; return 200 })
	w.say(tendai, simulator.Text("first"))
	w.hook.awaitEntered(w)
	for i := range 100 {
		w.say(tendai, simulator.Text(fmt.Sprint(i, strings.Repeat("é", 20_000))))
	}
	close(gate)
	w.settle()
	for _, b := range w.hook.accepted() {
		if len(b) > 3<<20 {
			t.Errorf("a POST of %d bytes", len(b))
		}
	}
	if n := len(w.hook.items("messages")); n != 103 {
		t.Errorf("%d messages", n)
	}
}

// awaitEntered waits until a POST is in flight.
func (r *receiver) awaitEntered(w *world) {
	eventually(w.t, func() bool { return w.sim.DeliveryTotals().Pending == 1 && w.last().State == "pending" })
}

func TestNoWebhookDropsEvents(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *simulator.Config) { c.CallbackURL = "" })
	w.say(tendai, simulator.Text("nobody"))
	w.settle()
	if totals := w.sim.DeliveryTotals(); totals.NoWebhook != 3 || totals.Posts != 0 {
		t.Errorf("totals: %+v", totals)
	}
}

func TestMaxPending(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *simulator.Config) { c.MaxPending = 3 })
	w.hook.answers(func(int) int { return 500 })
	for range 10 {
		w.say(tendai, simulator.Text("x"))
	}
	if totals := w.sim.DeliveryTotals(); totals.Dropped != 7 || totals.Pending != 3 {
		t.Errorf("totals: %+v", totals)
	}
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	onNumber, onAccount := newReceiver(t, secret), newReceiver(t, secret)
	hook := func(r *receiver, verifyToken string) object {
		return object{"override_callback_uri": r.srv.URL, "verify_token": verifyToken}
	}
	w.post(wabaW+"/subscribed_apps", hook(onAccount, "wrong")).fails(400, 2200)
	w.post(wabaW+"/subscribed_apps", hook(onAccount, verify)).ok()
	w.post(phoneP, object{"webhook_configuration": hook(onNumber, verify)}).ok()
	toP2 := simulator.Text("to the other number")
	toP2.PhoneNumberID = phoneP2
	w.say(tendai, simulator.Text("to P"))
	w.say(tendai, toP2)
	w.settle()
	if onNumber.count() != 1 || onAccount.count() != 1 {
		t.Errorf("%d at the number's, %d at the account's", onNumber.count(), onAccount.count())
	}
	if a := w.get(wabaW + "/subscribed_apps").ok(); at(a.at("data.0"), "override_callback_uri") != onAccount.srv.URL {
		t.Errorf("subscribed_apps: %s", a.raw)
	}
	if a := w.get(phoneP + "?fields=webhook_configuration").ok(); a.at("webhook_configuration.phone_number") != onNumber.srv.URL {
		t.Errorf("webhook_configuration: %s", a.raw)
	}
	w.post(phoneP, object{"webhook_configuration": object{"override_callback_uri": ""}}).ok()
	w.post(wabaW+"/subscribed_apps", object{}).ok()
	before := w.hook.count()
	w.say(tendai, simulator.Text("to the app"))
	w.settle()
	w.delete(wabaW + "/subscribed_apps").ok()
	w.say(tendai, simulator.Text("to nobody"))
	w.settle()
	if n := w.hook.count() - before; n != 1 {
		t.Errorf("%d at the app's", n)
	}
}

func TestWebhookTimeoutIsRetried(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *simulator.Config) { c.WebhookTimeout = 50 * time.Millisecond })
	slow := newReceiver(t, secret)
	hung := make(chan struct{}, 1)
	slow.srv.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			slow.ServeHTTP(rw, r)
			return
		}
		select {
		case hung <- struct{}{}:
			_, _ = io.Copy(io.Discard, r.Body) // or the server would not see the client leave
			<-r.Context().Done()
		default:
			slow.ServeHTTP(rw, r)
		}
	})
	if err := w.sim.SetApp(t.Context(), slow.srv.URL, "", ""); err != nil {
		t.Fatal(err)
	}
	w.say(tendai, simulator.Text("hi"))
	w.settle()
	d := w.last()
	if len(d.Attempts) != 2 || d.Attempts[0].Code != 0 || !strings.Contains(d.Attempts[0].Error, "no answer within") || d.Attempts[1].Code != 200 {
		t.Errorf("attempts: %+v", d.Attempts)
	}
}

func TestDeliveryLogIsARing(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *simulator.Config) { c.DeliveryLog = 4; c.Batch.Max = 1 })
	for range 10 {
		w.say(tendai, simulator.Text("x"))
	}
	w.settle()
	log := w.sim.Deliveries()
	if len(log) != 4 || log[0].Seq != 9 || log[3].Seq != 12 {
		t.Errorf("log: %+v", log)
	}
	a := w.do("GET", "/_sim/deliveries?after=11", nil).ok()
	if rows := a.at("deliveries").([]any); len(rows) != 1 || at(rows[0], "seq") != 12.0 || at(rows[0], "attempts.0.code") != 200.0 {
		t.Errorf("after 11: %s", a.raw)
	}
	if a.at("totals.delivered") != 12.0 || a.at("idle") != true {
		t.Errorf("totals: %s", a.raw)
	}
	if body := at(a.at("deliveries.0"), "body").(string); !json.Valid([]byte(body)) {
		t.Errorf("body: %s", body)
	}
}

func TestEmitEvent(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	w.do("POST", "/_sim/numbers/"+phoneP+"/events", object{"field": "account_update", "value": object{"event": "DISABLED_UPDATE", "note": "a/é"}}).ok()
	if got := w.field("account_update"); len(got) != 1 || got[0]["event"] != "DISABLED_UPDATE" || got[0]["note"] != "a/é" {
		t.Errorf("account_update: %v", got)
	}
	if a := w.do("POST", "/_sim/numbers/"+phoneP+"/events", object{"field": "Bad\"", "value": 1}); a.status != 400 {
		t.Errorf("bad field: HTTP %d", a.status)
	}
}
