package simulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/musika/musika/simulator"
)

func s52OwnNumber(_ *testing.T, w *world) {
	w.send(textMessage("hi", "to", "+"+display)).fails(400, 131021)
}

func s53NotOnWhatsApp(_ *testing.T, w *world) {
	w.wantFate(w.sent(textMessage("hi", "to", "+263779999999")), "failed:131026")
	w.person(simulator.Person{WaID: "263771234567", NotOnWhatsApp: true})
	w.wantFate(w.sent(textMessage("hi", "to", "+263771234567")), "failed:131026")
	w.faults(simulator.Faults{SyncErrors: true})
	w.send(textMessage("hi", "to", "+263779999999")).fails(400, 131026)
}

func s54PairBurst(_ *testing.T, w *world) {
	for i := range 45 {
		if a := w.send(textMessage(fmt.Sprint(i))); a.status != 200 {
			w.t.Fatalf("send %d: %s", i+1, a.raw)
		}
	}
	w.send(textMessage("46")).fails(400, 131056).says("(#131056) (Business Account, Consumer Account) pair rate limit hit")
	w.send(textMessage("to another", "to", "+"+rudo)).ok()
}

func s55BurstDebt(_ *testing.T, w *world) {
	for range 20 {
		w.send(textMessage("burst")).ok()
	}
	for range 11 {
		w.move(10 * time.Second)
		w.send(textMessage("too early")).fails(400, 131056)
	}
	w.move(10 * time.Second)
	w.send(textMessage("after two minutes")).ok()
}

func s56Throughput(_ *testing.T, w *world) {
	w.move(time.Second) // past the messages that opened the windows
	for i := range 80 {
		to := fmt.Sprintf("+26377100%04d", i)
		if a := w.send(textMessage("hi", "to", to)); a.status != 200 {
			w.t.Fatalf("send %d: %s", i+1, a.raw)
		}
	}
	w.send(textMessage("81")).fails(400, 130429)
	w.move(time.Second)
	w.send(textMessage("next second")).ok()
}

func s57Upgrade(t *testing.T, w *world) {
	w.do("POST", "/_sim/numbers/"+phoneP, object{"upgrading": true}).ok()
	if a := w.send(textMessage("hi")); a.at("error.code") != 131057.0 {
		t.Errorf("during the upgrade: %s", a.raw)
	}
	w.move(time.Minute)
	w.settle()
	w.sent(textMessage("hi"))
	if a := w.get(phoneP + "?fields=throughput").ok(); a.at("throughput.level") != "HIGH" {
		t.Errorf("level: %s", a.raw)
	}
}

func s58Unregistered(_ *testing.T, w *world) {
	w.post(phoneP+"/deregister", object{}).ok()
	w.send(textMessage("hi")).fails(400, 133010)
	w.post(phoneP+"/register", object{"messaging_product": "whatsapp", "pin": "123456"}).ok()
	w.send(textMessage("hi")).ok()
}

func s59RegisterLimit(_ *testing.T, w *world) {
	register := func() answer {
		w.t.Helper()
		return w.post(phoneP+"/register", object{"messaging_product": "whatsapp", "pin": "123456"})
	}
	for range 10 {
		register().ok()
	}
	register().fails(400, 133016)
	w.move(72 * time.Hour)
	register().ok()
}

func s60Verification(t *testing.T, w *world) {
	w.settle()
	other := newReceiver(t, secret)
	save := func(url string) answer { return w.do("POST", "/_sim/app", object{"callback_url": url}) }
	for name, answer := range map[string]http.HandlerFunc{
		"a wrong body": func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("ok")) },
		"a newline more": func(rw http.ResponseWriter, r *http.Request) {
			_, _ = rw.Write([]byte(r.URL.Query().Get("hub.challenge") + "\n"))
		},
		"not 200": func(rw http.ResponseWriter, r *http.Request) {
			rw.WriteHeader(http.StatusAccepted)
			_, _ = rw.Write([]byte(r.URL.Query().Get("hub.challenge")))
		},
		"refused": func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusForbidden) },
	} {
		other.mu.Lock()
		other.verify = answer
		other.mu.Unlock()
		if a := save(other.srv.URL); a.status == 200 {
			t.Errorf("%s is taken: %s", name, a.raw)
		}
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	if a := save(gone.URL); a.status == 200 {
		t.Error("a receiver that is gone is taken")
	}
	w.say(tendai, simulator.Text("to the old one"))
	w.settle()
	if other.count() != 0 {
		t.Error("webhooks went to an unverified address")
	}
	other.mu.Lock()
	other.verify = nil
	other.mu.Unlock()
	save(other.srv.URL).ok()
	w.say(tendai, simulator.Text("to the new one"))
	w.settle()
	if other.count() != 1 {
		t.Errorf("%d webhooks at the new address", other.count())
	}
	q := other.gets[len(other.gets)-1]
	if !contains([]byte(q), "hub.mode=subscribe") || !contains([]byte(q), "hub.challenge=") || !contains([]byte(q), "hub.verify_token="+verify) {
		t.Errorf("query: %s", q)
	}
}
