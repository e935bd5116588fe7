package simulator_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika/simulator"
)

func TestInfoAndPeople(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	a := w.do("GET", "/_sim/info", nil).ok()
	if a.at("numbers.0.id") != phoneP || a.at("numbers.0.display_phone_number") != "+263 77 000 0000" ||
		a.at("numbers.0.verified_name") != "Mbare Fresh" || a.at("people.0.wa_id") != tendai || a.at("now") == nil {
		t.Errorf("info: %s", a.raw)
	}
	a = w.do("POST", "/_sim/people", object{"wa_id": "+27 82 123 4567", "name": "Naledi", "username": "naledi.k", "hide_phone": true}).ok()
	if a.at("wa_id") != "27821234567" || a.at("on_whatsapp") != true || !strings.HasPrefix(a.at("user_id").(string), "ZA.") {
		t.Errorf("person: %s", a.raw)
	}
	again := w.do("POST", "/_sim/people", object{"wa_id": "27821234567", "name": "Naledi K", "on_whatsapp": false}).ok()
	if again.at("user_id") != a.at("user_id") || again.at("on_whatsapp") != false {
		t.Errorf("changed: %s", again.raw)
	}
	if rows := w.do("GET", "/_sim/people", nil).ok().at("people").([]any); len(rows) != 3 {
		t.Errorf("people: %v", rows)
	}
	for _, bad := range []object{{"wa_id": "12"}, {"wa_id": "263770000055", "username": "no such name"},
		{"wa_id": "263770000055", "user_id": again.at("user_id")}, {"wa_id": "263770000055", "fail_code": 5}} {
		if a := w.do("POST", "/_sim/people", bad); a.status != 400 {
			t.Errorf("%v: HTTP %d", bad, a.status)
		}
	}
	if a := w.do("GET", "/_sim/people/999999999", nil); a.status != 404 {
		t.Errorf("unknown person: HTTP %d", a.status)
	}
	if a := w.do("GET", "/_sim/nonsense", nil); a.status != 404 || a.at("error.message") == nil {
		t.Errorf("unknown path: %d %s", a.status, a.raw)
	}
	if a := w.do("POST", "/_sim/people", object{"wa_id": "263770000056"}, "Sec-Fetch-Site", "cross-site"); a.status != 403 {
		t.Errorf("a request for another site: HTTP %d", a.status)
	}
}

func TestThread(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	first := w.do("POST", "/_sim/people/"+tendai+"/messages", object{"type": "text", "text": object{"body": "a menu please"}}).ok().at("id").(string)
	menu := w.sent(message("interactive", with(buttons(button("yes", "Yes")), "header", object{"type": "image", "image": object{"id": w.media("image/png", png)}}),
		"context", object{"message_id": first}))
	answer := w.do("POST", "/_sim/people/"+tendai+"/tap", object{"message_id": menu, "option_id": "yes"}).ok().at("id").(string)
	w.settle()
	a := w.do("GET", "/_sim/people/"+tendai+"/thread?phone_number_id="+phoneP+"&after="+first, nil).ok()
	rows := a.at("messages").([]any)
	if len(rows) != 2 || a.at("typing") != false {
		t.Fatalf("thread: %s", a.raw)
	}
	if m := rows[0]; at(m, "id") != menu || at(m, "direction") != "out" || at(m, "status") != "delivered" || at(m, "context.message_id") != first ||
		at(m, "interactive.body.text") != "Choose" || !strings.HasPrefix(at(m, "interactive.header.image.url").(string), "/_sim/media/") {
		t.Errorf("menu: %v", m)
	}
	if m := rows[1]; at(m, "id") != answer || at(m, "direction") != "in" || at(m, "interactive.button_reply.id") != "yes" || at(m, "context.message_id") != menu {
		t.Errorf("answer: %v", m)
	}
	if at(rows[0], "timestamp").(string) == "" {
		t.Errorf("timestamp: %v", rows[0])
	}
	var back simulator.ThreadMessage
	raw, _ := json.Marshal(rows[0])
	if err := json.Unmarshal(raw, &back); err != nil || back.ID != menu || back.Type != "interactive" || back.ReplyTo != first {
		t.Errorf("read back: %+v %v", back, err)
	}
	for body, want := range map[string]int{
		`{"message_id":"` + menu + `","option_id":"no such"}`:                     404,
		`{"message_id":"` + first + `","option_id":"yes"}`:                        404,
		`{"message_id":"wamid.none","option_id":"yes"}`:                           404,
		`{"message_id":"` + w.sent(textMessage("plain")) + `","option_id":"yes"}`: 400,
		`nonsense`: 400,
	} {
		if a := w.do("POST", "/_sim/people/"+tendai+"/tap", body); a.status != want {
			t.Errorf("tap %s: HTTP %d, want %d", body, a.status, want)
		}
	}
}

func TestFailedInThread(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	w.move(25 * time.Hour)
	w.sent(textMessage("too late"))
	w.settle()
	rows := w.do("GET", "/_sim/people/"+tendai+"/thread", nil).ok().at("messages").([]any)
	if m := rows[len(rows)-1]; at(m, "status") != "failed" || at(m, "error.code") != 131047.0 || at(m, "error.title") != "Re-engagement message" {
		t.Errorf("message: %v", m)
	}
}

func TestThreadIsTrimmed(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *simulator.Config) { c.ThreadSize = 8 })
	var ids []string
	for range 40 {
		ids = append(ids, w.say(tendai, simulator.Text("x")))
	}
	thread := w.sim.Thread(tendai, "")
	if len(thread) < 8 || len(thread) > 9 || thread[len(thread)-1].ID != ids[39] {
		t.Errorf("%d messages", len(thread))
	}
	w.send(object{"messaging_product": "whatsapp", "status": "read", "message_id": ids[0]}).fails(400, 131009)
	if got, _, err := w.sim.ThreadAfter(tendai, "", ids[38]); err != nil || len(got) != 1 {
		t.Errorf("after: %v %v", got, err)
	}
}

func TestInboundTypes(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	data := base64.StdEncoding.EncodeToString([]byte("OggS...."))
	post := func(body object) answer { t.Helper(); return w.do("POST", "/_sim/people/"+tendai+"/messages", body) }
	for _, c := range []struct {
		body object
		path string
		want any
	}{
		{object{"type": "location", "location": object{"latitude": -17.8, "longitude": 31.05}}, "location.latitude", -17.8},
		{object{"type": "audio", "audio": object{"data_base64": data, "mime_type": "audio/ogg; codecs=opus", "voice": true}}, "audio.voice", true},
		{object{"type": "document", "document": object{"data_base64": data, "mime_type": "application/pdf", "filename": "a.pdf"}}, "document.filename", "a.pdf"},
		{object{"type": "sticker", "sticker": object{"data_base64": data, "mime_type": "image/webp"}}, "sticker.animated", false},
		{object{"type": "contacts", "contacts": []object{{"name": object{"formatted_name": "Rudo"}}}}, "contacts.0.name.formatted_name", "Rudo"},
		{object{"type": "order", "order": object{"catalog_id": "1", "product_items": []object{{"product_retailer_id": "p", "quantity": 2, "item_price": 1.5, "currency": "USD"}}}}, "order.product_items.0.item_price", 1.5},
		{object{"type": "text", "text": object{"body": "x"}, "context": object{"forwarded": true}}, "context.forwarded", true},
		{object{"type": "text", "text": object{"body": "x"}, "context": object{"referred_product": object{"catalog_id": "1"}}}, "context.referred_product.catalog_id", "1"},
		{object{"type": "text", "text": object{"body": "x"}, "referral": object{"source_type": "ad", "source_url": "https://fb.me/1"}}, "referral.source_url", "https://fb.me/1"},
		{object{"type": "edit", "edit": object{"original_message_id": "wamid.x"}}, "edit.original_message_id", "wamid.x"},
	} {
		m := w.inbound(post(c.body).ok().at("id").(string))
		if got := at(m, c.path); got != c.want {
			t.Errorf("%s is %v, want %v: %v", c.path, got, c.want, m)
		}
	}
	target := w.say(tendai, simulator.Text("hi"))
	if m := w.inbound(post(object{"type": "reaction", "reaction": object{"message_id": target, "emoji": ""}}).ok().at("id").(string)); at(m, "reaction.emoji") != nil {
		t.Errorf("removed reaction: %v", m)
	}
	if m := w.inbound(post(object{"type": "text", "text": object{"body": "x"}, "context": object{"message_id": target}}).ok().at("id").(string)); at(m, "context.id") != target || at(m, "context.from") != tendai {
		t.Errorf("reply: %v", m)
	}
	for _, bad := range []object{
		{"text": object{"body": "no type"}}, {"type": "text"}, {"type": "text", "text": object{}}, {"type": "Bad Type"},
		{"type": "image", "image": object{"data_base64": "%%", "mime_type": "image/png"}}, {"type": "image", "image": object{}},
		{"type": "location", "location": object{"latitude": 91, "longitude": 0}}, {"type": "order", "order": object{}},
		{"type": "interactive", "interactive": object{"type": "button_reply"}},
	} {
		if a := post(bad); a.status != 400 {
			t.Errorf("%v: HTTP %d", bad, a.status)
		}
	}
	if a := post(object{"type": "text", "text": object{"body": "x"}, "phone_number_id": "1"}); a.status != 404 {
		t.Errorf("unknown number: HTTP %d", a.status)
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	w := setup(t, frozen)
	a := w.do("POST", "/_sim/clock", object{"advance": "25h"}).ok()
	if a.at("now") != "2026-09-16T10:00:00Z" || a.at("offset") != "25h0m0s" {
		t.Errorf("advance: %s", a.raw)
	}
	if a := w.do("POST", "/_sim/clock", object{"set": "2026-09-20T00:00:00Z"}).ok(); a.at("now") != "2026-09-20T00:00:00Z" {
		t.Errorf("set: %s", a.raw)
	}
	for _, bad := range []object{{"set": "2026-09-01T00:00:00Z"}, {"advance": "-1h"}, {"advance": "soon"}, {}} {
		if a := w.do("POST", "/_sim/clock", bad); a.status != 400 {
			t.Errorf("%v: HTTP %d", bad, a.status)
		}
	}
	if err := w.sim.MoveClock(-1); !errors.Is(err, simulator.ErrClockBackwards) {
		t.Errorf("backwards: %v", err)
	}
}

// stream reads Server-Sent Events.
type stream struct {
	t    *testing.T
	body *bufio.Reader
}

func (w *world) stream(query string) *stream {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	w.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/_sim/people/"+tendai+"/events"+query, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { resp.Body.Close() })
	if ct := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || ct != "text/event-stream" {
		w.t.Fatalf("HTTP %d %s", resp.StatusCode, ct)
	}
	return &stream{w.t, bufio.NewReader(resp.Body)}
}

// next reads the next event of a kind.
func (s *stream) next(kind string) object {
	s.t.Helper()
	name := ""
	for {
		line, err := s.body.ReadString('\n')
		if err != nil {
			s.t.Fatalf("waiting for %s: %v", kind, err)
		}
		if v, ok := strings.CutPrefix(line, "event: "); ok {
			name = strings.TrimSpace(v)
		}
		if v, ok := strings.CutPrefix(line, "data: "); ok && name == kind {
			var data object
			if err := json.Unmarshal([]byte(v), &data); err != nil {
				s.t.Fatal(err)
			}
			return data
		}
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	early := w.sent(textMessage("before the chat was opened"))
	w.settle()
	s := w.stream("?phone_number_id=" + phoneP)
	if st := s.next("status"); st["id"] != early || st["status"] != "read" {
		t.Errorf("opening the chat: %v", st)
	}
	in := w.say(tendai, simulator.Text("hi"))
	if m := s.next("message"); m["id"] != in || m["direction"] != "in" || m["status"] != "sent" || at(m, "text.body") != "hi" {
		t.Errorf("message: %v", m)
	}
	w.send(object{"messaging_product": "whatsapp", "status": "read", "message_id": in, "typing_indicator": object{"type": "text"}}).ok()
	for { // the hello of the setup is marked as well
		if st := s.next("status"); st["id"] == in {
			break
		}
	}
	if e := s.next("typing"); e["on"] != true {
		t.Errorf("typing: %v", e)
	}
	id := w.sent(textMessage("answer"))
	if e := s.next("typing"); e["on"] != false {
		t.Errorf("typing: %v", e)
	}
	if m := s.next("message"); m["id"] != id || m["direction"] != "out" {
		t.Errorf("answer: %v", m)
	}
	for _, want := range []string{"sent", "delivered", "read"} { // the page is open, so it is read
		if st := s.next("status"); st["id"] != id || st["status"] != want {
			t.Errorf("status: %v, want %s", st, want)
		}
	}
	w.wantFate(id, "sent delivered read")
	if a := w.do("GET", "/_sim/people/1/events", nil); a.status != 404 {
		t.Errorf("unknown person: HTTP %d", a.status)
	}
}

func TestEventsLookingOn(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	s := w.stream("?open=0")
	id := w.sent(textMessage("hi"))
	for s.next("status")["status"] != "delivered" {
		continue
	}
	w.wantFate(id, "sent delivered")
	w.do("POST", "/_sim/people/"+tendai+"/read", object{"phone_number_id": phoneP}).ok()
	w.wantFate(id, "sent delivered read")
}

func TestSubscribe(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	events, cancel := w.sim.Subscribe(tendai)
	w.say(tendai, simulator.Text("hi"))
	if e := <-events; e.Kind != "message" || e.PhoneNumberID != phoneP || e.Message.Type != "text" {
		t.Errorf("event: %+v", e)
	}
	cancel()
	cancel()
	if _, open := <-events; open {
		t.Error("not closed by cancel")
	}
	slow, cancel := w.sim.Subscribe(tendai)
	defer cancel()
	for range 400 {
		w.say(tendai, simulator.Text("x"))
	}
	n := 0
	for range slow {
		n++
	}
	if n != 256 {
		t.Errorf("cut off after %d events", n)
	}
	unknown, cancel := w.sim.Subscribe("1234567")
	defer cancel()
	if _, open := <-unknown; open {
		t.Error("events of nobody")
	}
}

func TestShownMedia(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	a := w.do("GET", "/_sim/media/"+w.media("image/png", png), nil, "Authorization", "").ok()
	if a.header.Get("Content-Type") != "image/png" || a.header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(a.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("headers: %v", a.header)
	}
	if a := w.do("GET", "/_sim/media/1", nil); a.status != 404 {
		t.Errorf("unknown: HTTP %d", a.status)
	}
}

func TestAppAndTokens(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	if a := w.do("GET", "/_sim/app", nil).ok(); a.at("app_secret") != secret || a.at("access_token") != token || a.at("callback_url") != w.hook.srv.URL {
		t.Errorf("app: %s", a.raw)
	}
	other := newReceiver(t, "another-secret")
	w.do("POST", "/_sim/app", object{"callback_url": other.srv.URL, "app_secret": "another-secret"}).ok()
	w.say(tendai, simulator.Text("signed anew"))
	w.settle()
	if other.count() != 1 {
		t.Errorf("%d POSTs", other.count())
	}
	if a := w.do("POST", "/_sim/app", object{"callback_url": "ftp://x"}); a.status != 400 {
		t.Errorf("bad URL: HTTP %d", a.status)
	}
	if a := w.do("POST", "/_sim/app", object{"callback_url": ""}).ok(); a.at("callback_url") != "" {
		t.Errorf("switched off: %s", a.raw)
	}
	issued := w.do("POST", "/_sim/tokens", object{"expires_in": "1h"}).ok().at("access_token").(string)
	w.do("GET", "/v26.0/"+phoneP+"?access_token="+issued, nil, "Authorization", "").ok()
	if a := w.do("POST", "/_sim/tokens", object{"expires_in": "-1h"}); a.status != 400 {
		t.Errorf("bad duration: HTTP %d", a.status)
	}
}

func TestPhonePage(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	if a := w.do("GET", "/", nil, "Authorization", "").ok(); !strings.Contains(strings.ToLower(string(a.raw)), "<!doctype html") {
		t.Errorf("page: %.80s", a.raw)
	}
	if a := w.do("POST", "/", nil); a.status != 405 {
		t.Errorf("POST: HTTP %d", a.status)
	}
	if a := w.do("GET", "/no-such-file", nil); a.status != 404 {
		t.Errorf("missing: HTTP %d", a.status)
	}
}
