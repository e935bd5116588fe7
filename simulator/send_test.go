package simulator_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/musika/musika/simulator"
)

// Shapes that are accepted, each with changes that are not.
func TestSendShapes(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *simulator.Config) { c.PairInterval = -1; c.Numbers[0].Throughput = "HIGH" })
	action := func(kind string, action any, more ...any) object {
		return message("interactive", with(object{"type": kind, "body": object{"text": "b"}, "action": action}, more...))
	}
	flow := func(change ...any) object {
		return action("flow", object{"name": "flow", "parameters": with(object{"flow_message_version": "3", "flow_id": "1", "flow_cta": "Open"}, change...)})
	}
	card := func(i int, change ...any) object {
		return with(object{"card_index": i, "type": "cta_url", "header": object{"type": "image", "image": object{"link": "https://example.com/a.png"}},
			"action": object{"name": "cta_url", "parameters": object{"display_text": "Go", "url": "https://example.com"}}}, change...)
	}
	carousel := func(cards ...object) object { return action("carousel", object{"cards": cards}) }
	for name, c := range map[string]struct {
		pass   []object
		refuse []object
	}{
		"location": {
			[]object{message("location", object{"latitude": "-17.8", "longitude": 31.05, "name": "Shop"})},
			[]object{message("location", object{"latitude": 1}), message("location", object{"latitude": "x", "longitude": 1}), message("location", object{"latitude": 91, "longitude": 1})},
		},
		"contacts": {
			[]object{message("contacts", []object{{"name": object{"formatted_name": "A"}, "phones": []object{{"phone": "+1"}}, "birthday": "1990-01-31"}})},
			[]object{message("contacts", []object{}), message("contacts", []object{{"name": object{}}}), message("contacts", []object{{"name": object{"formatted_name": "A"}, "birthday": "31.1.90"}}), message("contacts", object{})},
		},
		"reaction": {
			[]object{message("reaction", object{"message_id": "wamid.x", "emoji": ""})},
			[]object{message("reaction", object{"emoji": "👍"}), message("reaction", object{"message_id": "x"}), message("reaction", object{"message_id": "x", "emoji": "ok"})},
		},
		"flow": {
			[]object{flow(), flow("flow_id", nil, "flow_name", "order", "mode", "draft")},
			[]object{flow("flow_name", "both"), flow("flow_id", nil), flow("flow_cta", repeat(31)), flow("mode", "x"), flow("flow_message_version", "2"),
				flow("flow_action", "x"), flow("flow_action_payload", object{"screen": "A", "data": object{}}), flow("flow_action_payload", object{})},
		},
		"carousel": {
			[]object{carousel(card(0), card(1))},
			[]object{carousel(card(0)), carousel(card(0), card(0)), carousel(card(0), card(10)), carousel(card(0), card(1, "body", object{"text": repeat(161)})),
				carousel(card(0), card(1, "header", nil)), carousel(card(0), card(1, "type", "product")), with(carousel(card(0), card(1)), "interactive", object{"type": "carousel"})},
		},
		"location request": {
			[]object{action("location_request_message", object{"name": "send_location"})},
			[]object{action("location_request_message", object{"name": "x"}), action("location_request_message", object{"name": "send_location"}, "header", object{"type": "text", "text": "x"})},
		},
		"catalog":      {[]object{action("catalog_message", object{"name": "catalog_message"})}, []object{action("catalog_message", object{})}},
		"contact info": {[]object{action("request_contact_info", object{"name": "request_contact_info"})}, []object{action("request_contact_info", nil)}},
		"sticker": {
			[]object{message("sticker", object{"link": "https://example.com/a.webp"})},
			[]object{message("sticker", object{"link": "https://example.com/a.webp", "caption": "x"}), message("sticker", object{"link": "nonsense"})},
		},
		"audio": {[]object{message("audio", object{"link": "https://example.com/a.ogg", "voice": true})}, []object{message("audio", object{"link": "https://example.com/a.ogg", "caption": "x"})}},
		"list": {nil, []object{
			message("interactive", list()), message("interactive", list(section("s"))),
			message("interactive", list(section("", row("1", "A")), section("t", row("2", "B")))),
			message("interactive", list(section("s", row("1", "A"), row("1", "B")))), message("interactive", list(section("s", row("", "A")))),
		}},
		"frame": {
			[]object{textMessage("x", "recipient_type", "individual"), textMessage("x", "type", nil), textMessage("x", "context", object{"message_id": "wamid.unknown"})},
			[]object{textMessage("x", "recipient_type", "group"), textMessage("x", "type", "nonsense"), textMessage("x", "to", nil), textMessage("x", "to", "nobody"),
				textMessage("x", "context", object{}), textMessage("x", "context", "x"), textMessage("x", "messaging_product", "sms"), textMessage("x", "to", []string{"1"}),
				{"messaging_product": "whatsapp", "to": "+263770000001", "type": "image"}, message("interactive", object{}), message("interactive", object{"type": "x"}),
				message("text", "just a string"), message("text", object{"body": object{}})},
		},
	} {
		for _, m := range c.pass {
			if a := w.send(m); a.status != 200 {
				t.Errorf("%s: %v is refused: %s", name, m, a.raw)
			}
		}
		for _, m := range c.refuse {
			if a := w.send(m); a.status != 400 || a.at("error.fbtrace_id") == nil {
				t.Errorf("%s: %v: HTTP %d %s", name, m, a.status, a.raw)
			}
		}
	}
	for _, raw := range []string{"", "[]", "null", "nonsense", `"x"`, "{"} {
		w.send(raw).fails(400, 100)
	}
}

func TestLinksAreFetched(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	files := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		switch r.URL.Path {
		case "/a.png":
			rw.Header().Set("Content-Type", "image/png")
			_, _ = rw.Write(png)
		case "/page":
			rw.Header().Set("Content-Type", "text/html")
		default:
			rw.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(files.Close)
	w := setup(t, func(c *simulator.Config) { c.NoLinkFetch = false })
	image := func(path string) string { return w.sent(message("image", object{"link": files.URL + path})) }
	w.wantFate(image("/a.png"), "sent delivered")
	w.wantFate(image("/a.png"), "sent delivered")
	if n := hits.Load(); n != 1 {
		t.Errorf("fetched %d times within ten minutes", n)
	}
	w.move(10 * time.Minute)
	w.wantFate(image("/a.png"), "sent delivered")
	if n := hits.Load(); n != 2 {
		t.Errorf("fetched %d times after ten minutes", n)
	}
	missing := image("/missing.png")
	w.wantFate(missing, "failed:131053")
	if d := at(w.statuses(missing)[0], "errors.0.error_data.details"); d != "Downloading media from weblink failed with http code 404, status message Not Found" {
		t.Errorf("details: %v", d)
	}
	w.wantFate(image("/page"), "failed:131053")
	files.Close()
	w.wantFate(image("/gone.png"), "failed:131053")
}

func TestOffline(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	w.person(simulator.Person{WaID: tendai, Offline: true})
	id := w.sent(textMessage("hi"))
	w.wantFate(id, "sent")
	w.person(simulator.Person{WaID: tendai})
	w.wantFate(id, "sent delivered")
}

func TestMarketing(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	w.template(object{"name": "sale", "category": "MARKETING", "components": []object{body("Sale today")}})
	if st := w.statuses(w.sent(templateMessage("sale")))[0]; at(st, "pricing.category") != "marketing" || at(st, "pricing.billable") != true {
		t.Errorf("pricing: %v", st)
	}
	w.do("POST", "/_sim/people/"+tendai+"/marketing", object{"value": "stop"}).ok()
	if got := w.field("user_preferences"); len(got) != 1 || at(got[0], "user_preferences.0.value") != "stop" || at(got[0], "user_preferences.0.wa_id") != tendai {
		t.Errorf("user_preferences: %v", got)
	}
	w.wantFate(w.sent(templateMessage("sale")), "failed:131050")
	w.do("POST", "/_sim/people/"+tendai+"/marketing", object{"value": "resume"}).ok()
	w.wantFate(w.sent(templateMessage("sale")), "sent delivered")
	w.person(simulator.Person{WaID: "12025550123"})
	m := templateMessage("sale")
	m["to"] = "+12025550123"
	w.wantFate(w.sent(m), "failed:131049")
	if a := w.do("POST", "/_sim/people/"+tendai+"/marketing", object{"value": "x"}); a.status != 400 {
		t.Errorf("bad value: HTTP %d", a.status)
	}
}

func TestPhoneNumbersAreNormalised(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	for _, waID := range []string{"5215512345678", "551187654321"} {
		w.person(simulator.Person{WaID: waID})
	}
	for to, want := range map[string]string{"0770000001": tendai, "263770000001": tendai, "+263 77 000-0001": tendai,
		"+525512345678": "5215512345678", "+5511987654321": "551187654321", "+14155550100": "14155550100", "0771112222": "263771112222"} {
		if a := w.send(textMessage("hi", "to", to)).ok(); a.at("contacts.0.wa_id") != want {
			t.Errorf("%s: %s, want %s", to, a.raw, want)
		}
	}
}

func TestContactRequest(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	p := w.person(simulator.Person{WaID: "263770000077", Name: "Chipo", Username: "chipo.z", HidePhone: true})
	w.say(p.WaID, simulator.Text("hi"))
	m := message("interactive", object{"type": "request_contact_info", "body": object{"text": "Your number?"}, "action": object{"name": "request_contact_info"}}, "recipient", p.UserID)
	delete(m, "to")
	ask := w.sent(m)
	id, err := w.sim.Tap(t.Context(), p.WaID, ask, "")
	if err != nil {
		t.Fatal(err)
	}
	if m := w.inbound(id); at(m, "contacts.0.phones.0.wa_id") != p.WaID || at(m, "context.id") != ask || m["from"] != p.WaID {
		t.Errorf("shared: %v", m)
	}
}

func TestTemplateMedia(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	upload := w.post("900000000000001/uploads?file_length=8&file_type=image/png", nil).ok().at("id").(string)
	handle := w.do("POST", "/v26.0/"+upload, png, "Content-Type", "application/octet-stream", "file_offset", "0").ok().at("h")
	w.template(object{"name": "promo", "components": []object{
		{"type": "HEADER", "format": "IMAGE", "example": object{"header_handle": []any{handle}}},
		body("Look here"), templateButtons(object{"type": "COPY_CODE", "example": "SAVE10"}),
	}})
	head := func(params ...object) object { return object{"type": "header", "parameters": params} }
	image := head(object{"type": "image", "image": object{"id": w.media("image/png", png)}})
	code := object{"type": "button", "sub_type": "copy_code", "index": 0, "parameters": []object{{"type": "coupon_code", "coupon_code": "SAVE10"}}}
	w.sent(templateMessage("promo", image, code))
	thread := w.sim.Thread(tendai, "")
	if c := thread[len(thread)-1].Content; !contains(c, `"url":"/_sim/media/`) || !contains(c, `"body":"Look here"`) || !contains(c, "SAVE10") {
		t.Errorf("rendered: %s", c)
	}
	w.send(templateMessage("promo", code)).fails(400, 132012).says("header: Format mismatch, expected IMAGE, received UNKNOWN")
	w.send(templateMessage("promo", head(object{"type": "text", "text": "x"}), code)).fails(400, 132012)
	w.send(templateMessage("promo", head(object{"type": "image", "image": object{"id": "5"}}), code)).fails(400, 100)
	w.send(templateMessage("promo", image)).fails(400, 131008)
	w.send(templateMessage("promo", image, with(code, "index", 4))).fails(400, 132018)
	w.send(templateMessage("promo", image, with(code, "sub_type", "url"))).fails(400, 132018)
}

func TestTemplateTexts(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	w.template(orderTemplate("order_ready"))
	for text, code := range map[string]int{"a\nb": 132018, "a     b": 132018, "": 131008, repeat(1024): 132005} {
		w.send(templateMessage("order_ready", bodyParams(text, "b"), urlParam("x"))).fails(400, code)
	}
	money := object{"type": "body", "parameters": []object{
		{"type": "currency", "currency": object{"fallback_value": "$5", "code": "USD", "amount_1000": 5000}},
		{"type": "date_time", "date_time": object{"fallback_value": "today"}}}}
	w.send(templateMessage("order_ready", money, urlParam("x"))).ok()
}

func TestTemplateLife(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	id := w.template(orderTemplate("order_ready"))
	edit := object{"components": []object{body("Hello again")}}
	w.post(id, edit).ok()
	if a := w.get(id + "?fields=status").ok(); a.at("status") != "PENDING" {
		t.Errorf("after the edit: %s", a.raw)
	}
	w.post(id, edit).fails(400, 100) // only when approved, rejected or paused
	w.review(id, "APPROVED")
	w.post(id, edit).fails(400, 100) // once a day
	w.post(id, object{"category": "MARKETING"}).fails(400, 100)
	w.move(24 * time.Hour)
	w.post(id, edit).ok()
	w.review(id, "REJECTED")
	if a := w.get(wabaW + "/message_templates?status=REJECTED&fields=name,rejected_reason").ok(); a.at("data.0.rejected_reason") != "INVALID_FORMAT" {
		t.Errorf("rejected: %s", a.raw)
	}
	w.post(id, object{"category": "MARKETING"}).ok()
	w.review(id, "PAUSED")
	w.post(id+"/unpause", nil).ok()
	w.post(id+"/unpause", nil).fails(400, 100)
	for range 2 {
		w.review(id, "PAUSED")
	}
	if a := w.get(id + "?fields=status").ok(); a.at("status") != "DISABLED" {
		t.Errorf("after the third pause: %s", a.raw)
	}
	w.delete(wabaW+"/message_templates?name=order_ready").fails(400, 100)

	other := w.template(orderTemplate("order_sent"))
	w.delete(wabaW + "/message_templates?name=order_sent&hsm_id=" + other).ok()
	a := w.post(wabaW+"/message_templates", with(orderTemplate("order_sent"), "language", "en_US", "category", "UTILITY")).fails(400, 100)
	if a.at("error.error_subcode") != 2388023.0 {
		t.Errorf("deleted name: %s", a.raw)
	}
	w.move(30 * 24 * time.Hour)
	w.template(orderTemplate("order_sent"))
	w.delete(wabaW+"/message_templates?name=none").fails(400, 100)
	for _, bad := range []object{{"name": "Upper"}, {"language": "english"}, {"category": "NEWS"}, {"parameter_format": "x"},
		{"components": []object{}}, {"components": []object{{"type": "NONSENSE"}}}, {"message_send_ttl_seconds": 5}} {
		base := object{"name": "fine", "language": "en", "category": "UTILITY", "components": []object{body("Hi")}}
		maps.Copy(base, bad)
		w.post(wabaW+"/message_templates", base).fails(400, 100)
	}
}

func TestTemplateReviewByItself(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *simulator.Config) { frozen(c); c.TemplateReview = time.Minute })
	id := w.create(body("Hello there")).ok().at("id").(string)
	w.move(time.Minute)
	w.settle()
	if a := w.get(id).ok(); a.at("status") != "APPROVED" {
		t.Errorf("status: %s", a.raw)
	}
	if a := w.do("POST", "/_sim/templates/"+id, object{"status": "rejected", "reason": "scam"}).ok(); a.status != 200 {
		t.Error("review")
	}
	if got := w.field("message_template_status_update"); len(got) != 2 || got[1]["reason"] != "SCAM" || at(got[1], "rejection_info.reason") != "SCAM" {
		t.Errorf("updates: %v", got)
	}
	for body, want := range map[string]int{`{"status":"x"}`: 400, `{"status":"REJECTED","reason":"x"}`: 400} {
		if a := w.do("POST", "/_sim/templates/"+id, body); a.status != want {
			t.Errorf("%s: HTTP %d", body, a.status)
		}
	}
	if a := w.do("GET", "/_sim/templates", nil).ok(); !strings.Contains(string(a.raw), id) {
		t.Errorf("templates: %s", a.raw)
	}
}

func TestTemplateReviewRules(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	for text, subcode := range map[string]float64{
		"Hello {{2}}, how are you?":                   2388072,
		"Hello {{name}}, how are you?":                2388072,
		"Hello {{1}} {{2}} and some more words":       2388072,
		"Hello {{1}} and {{2}}!":                      2388293,
		"Hi {{1}} dear, are you well?" + repeat(1000): 2388040,
	} {
		if a := w.create(body(text, "a", "b")).fails(400, 100); a.at("error.error_subcode") != subcode {
			t.Errorf("%.40s: subcode %v, want %v", text, a.at("error.error_subcode"), subcode)
		}
	}
	if a := w.create(body("Hi"), object{"type": "FOOTER", "text": "By {{1}} now"}).fails(400, 100); a.at("error.error_subcode") != 2388073.0 {
		t.Errorf("footer: %s", a.raw)
	}
	if a := w.create(object{"type": "HEADER", "format": "TEXT", "text": "{{1}} to {{2}}"}, body("Hi")).fails(400, 100); a.at("error.error_subcode") != 2388047.0 {
		t.Errorf("header: %s", a.raw)
	}
	w.create(object{"type": "HEADER", "format": "IMAGE"}, body("Hi")).fails(400, 100)
	for range 100 {
		w.create(body("Hi"))
	}
	w.create(body("Hi")).fails(400, 80007)
}

// Sends from many people at once, for the race detector and the order per person.
func TestManyPeopleInOrder(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *simulator.Config) { c.PairInterval = -1; c.Numbers[0].Throughput = "HIGH" })
	w.faults(simulator.Faults{DuplicateWebhooks: 0})
	type result struct {
		who  string
		want []string
	}
	results := make(chan result)
	const people, each = 20, 15
	for i := range people {
		who := fmt.Sprintf("2637730000%02d", i)
		w.person(simulator.Person{WaID: who})
		go func() {
			r := result{who: who}
			for j := range each {
				id, err := w.sim.Say(t.Context(), who, simulator.Text(fmt.Sprint(j)))
				if err != nil {
					t.Error(err)
				}
				r.want = append(r.want, id)
			}
			results <- r
		}()
	}
	want := map[string]string{}
	for range people {
		r := <-results
		want[r.who] = strings.Join(r.want, " ")
	}
	w.settle()
	got := map[string][]string{}
	for _, m := range w.hook.items("messages") {
		got[m["from"].(string)] = append(got[m["from"].(string)], m["id"].(string))
	}
	for who, ids := range want {
		if strings.Join(got[who], " ") != ids {
			t.Errorf("%s: out of order", who)
		}
	}
}
