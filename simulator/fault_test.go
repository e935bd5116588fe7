package simulator_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/musika/musika/simulator"
)

// try posts a text and returns the HTTP status, 0 when there was no answer.
func (w *world) try(body string) int {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+"/v26.0/"+phoneP+"/messages",
		bytes.NewReader([]byte(`{"messaging_product":"whatsapp","to":"+263770000001","text":{"body":"`+body+`"}}`)))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		if !errors.Is(err, io.EOF) {
			w.t.Logf("no answer: %v", err)
		}
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// outgoing are the texts that the business got into the thread.
func (w *world) outgoing() []string {
	var out []string
	for _, m := range w.sim.Thread(tendai, phoneP) {
		if m.Direction == "out" {
			out = append(out, string(m.Content))
		}
	}
	return out
}

func TestFaultRates(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	w.faults(simulator.Faults{Rate5xx: 1})
	if got := w.try("a"); got != 500 && got != 503 {
		t.Errorf("rate_5xx: HTTP %d", got)
	}
	w.faults(simulator.Faults{Throttle429: 1})
	w.send(textMessage("a")).fails(429, 130429)
	if out := w.outgoing(); len(out) != 0 {
		t.Errorf("refused requests did something: %v", out)
	}
	w.faults(simulator.Faults{LostResponses: 1})
	if got := w.try("lost"); got != 0 {
		t.Errorf("lost_responses: HTTP %d", got)
	}
	if out := w.outgoing(); len(out) != 1 || out[0] != `{"body":"lost"}` {
		t.Errorf("the lost message: %v", out)
	}
	w.faults(simulator.Faults{RateSlow: 1, SlowMS: 60})
	start := time.Now()
	if got := w.try("slow"); got != 200 || time.Since(start) < 60*time.Millisecond {
		t.Errorf("rate_slow: HTTP %d after %s", got, time.Since(start))
	}
	w.faults(simulator.Faults{LateResponses: 1})
	id := w.send(textMessage("late")).ok().at("messages.0.id")
	found := false
	for _, st := range w.hook.items("statuses") {
		found = found || st["id"] == id
	}
	if !found {
		t.Error("late_responses: the answer came before the webhook")
	}
	w.faults(simulator.Faults{FailMessages: 1, FailCode: 131049})
	w.wantFate(w.sent(textMessage("fails")), "failed:131049")
	w.faults(simulator.Faults{})
	w.wantFate(w.sent(textMessage("fine")), "sent delivered")
}

func TestFaultSkipDelivered(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *simulator.Config) { c.AutoRead = true })
	w.wantFate(w.sent(textMessage("hi")), "sent delivered read")
	w.faults(simulator.Faults{SkipDelivered: 1})
	id := w.sent(textMessage("hi"))
	w.wantFate(id, "sent read")
	if w.statuses(id)[1]["pricing"] == nil {
		t.Error("read without pricing, though delivered was left out")
	}
}

func TestFaultNext(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	w.do("PUT", "/_sim/faults", object{"next": []object{
		{"kind": "error", "code": 131056}, {"kind": "error", "code": 131016, "status": 502}, {"kind": "lost_response"},
		{"kind": "fail_message", "code": 130472}, {"kind": "reorder_statuses"}, {"kind": "duplicate_webhook"},
		{"kind": "error", "edge": "media"},
	}}).ok()
	w.get(phoneP).ok() // not a send: the list waits
	w.send(textMessage("1")).fails(400, 131056)
	w.send(textMessage("2")).fails(502, 131016)
	if got := w.try("3"); got != 0 {
		t.Errorf("third: HTTP %d", got)
	}
	w.upload("image/png", png, "whatsapp").fails(500, 131000)
	left := w.do("GET", "/_sim/faults", nil).ok().at("next").([]any)
	if len(left) > 3 {
		t.Errorf("left: %v", left)
	}
	w.settle()
	w.sent(textMessage("4"))
	w.settle()
	if left := w.sim.Faults().Next; len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestFaultSeed(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) (out []int) {
		w := setup(t, func(c *simulator.Config) { c.PairInterval = -1 })
		w.faults(simulator.Faults{Seed: seed, Rate5xx: 0.3, Throttle429: 0.3})
		for range 40 {
			out = append(out, w.try("x"))
		}
		return out
	}
	a, b, c := run(7), run(7), run(8)
	same := func(x, y []int) bool {
		for i := range x {
			if x[i] != y[i] {
				return false
			}
		}
		return true
	}
	if !same(a, b) {
		t.Errorf("one seed, two runs:\n%v\n%v", a, b)
	}
	if same(a, c) {
		t.Error("another seed, the same run")
	}
}

func TestFaultsRefused(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	for _, body := range []string{
		`{"rate_5xx":1.5}`, `{"rate_slow":-1}`, `{"slow_ms":-5}`, `{"fail_code":77}`, `{"next":[{"kind":"nonsense"}]}`,
		`{"next":[{"kind":"error","status":200}]}`, `{"rate_5xx":"x"}`, `[`,
	} {
		if a := w.do("PUT", "/_sim/faults", body); a.status != 400 {
			t.Errorf("%s: HTTP %d", body, a.status)
		}
	}
}
