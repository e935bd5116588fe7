package simulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika/simulator"
)

func contains(b []byte, s string) bool { return bytes.Contains(b, []byte(s)) }

func number(s string) float64 {
	f, _ := json.Number(s).Float64()
	return f
}

func s61Signature(t *testing.T, w *world) {
	// The receiver checks the signature of every POST; the vector is in phpjson_test.go.
	w.say(tendai, simulator.Text("café 😀 a/b <&>"))
	w.settle()
	if len(w.hook.accepted()) == 0 {
		t.Fatal("no webhook")
	}
}

func s62Escapes(t *testing.T, w *world) {
	w.say(tendai, simulator.Text("café 😀 a/b <b>&"))
	w.settle()
	all := bytes.Join(w.hook.accepted(), nil)
	if i := bytes.IndexFunc(all, func(r rune) bool { return r > 0x7f }); i >= 0 {
		t.Errorf("not ASCII at %d: %q", i, all[i:min(i+20, len(all))])
	}
	if !contains(all, `"caf\u00e9 \ud83d\ude00 a\/b <b>&"`) {
		t.Errorf("escapes: %s", all)
	}
}

func s63Retry(t *testing.T, w *world) {
	w.settle()
	before := len(w.hook.accepted())
	w.hook.answers(func(n int) int { return []int{500, 202, 204, 200}[min(n, 4)-1] })
	id := w.say(tendai, simulator.Text("hello"))
	eventually(t, func() bool {
		log := w.sim.Deliveries()
		return len(log[len(log)-1].Attempts) == 3
	})
	if got := len(w.hook.accepted()); got != before {
		t.Errorf("%d accepted too early", got-before)
	}
	w.move(time.Hour) // the third gap of this world is an hour on the simulated clock
	w.hook.await(4)
	if m := w.inbound(id); at(m, "text.body") != "hello" {
		t.Errorf("retried: %v", m)
	}
	log := w.sim.Deliveries()
	last := log[len(log)-1]
	if len(last.Attempts) != 4 || last.State != "delivered" || !slices.Equal(last.Updates, []string{id}) {
		t.Errorf("log: %+v", last)
	}
}

func s64DuplicatesAndOrder(t *testing.T, w *world) {
	w.faults(simulator.Faults{DuplicateWebhooks: 1, ReorderStatuses: 1})
	id := w.sent(textMessage("hi"))
	fate := strings.Fields(w.fate(id))
	if len(fate) != 4 || slices.Index(fate, "sent") < slices.Index(fate, "delivered") {
		t.Errorf("statuses: %v", fate)
	}
}

func s65Batches(t *testing.T, w *world) {
	w.settle()
	// While the receiver hangs on to the first POST, more updates pile up.
	block := make(chan struct{})
	w.hook.answers(func(int) int { <-block; return 200 })
	w.say(tendai, simulator.Text("first"))
	for i := range 3 {
		w.say(tendai, simulator.Text(fmt.Sprint("more ", i)))
	}
	for _, id := range []string{phoneP2, phoneQ} {
		in := simulator.Text("to another number")
		in.PhoneNumberID = id
		w.say(tendai, in)
	}
	w.sent(textMessage("an answer"))
	close(block)
	w.settle()
	entries, changes, messages, statuses := 0, 0, 0, 0
	for _, b := range w.hook.accepted() {
		var post object
		if err := json.Unmarshal(b, &post); err != nil {
			t.Fatal(err)
		}
		list := post["entry"].([]any)
		entries = max(entries, len(list))
		for _, e := range list {
			cs := at(e, "changes").([]any)
			changes = max(changes, len(cs))
			for _, c := range cs {
				ms, _ := at(c, "value.messages").([]any)
				ss, _ := at(c, "value.statuses").([]any)
				messages, statuses = max(messages, len(ms)), max(statuses, len(ss))
			}
		}
	}
	if entries < 2 || changes < 2 || messages < 2 || statuses < 1 {
		t.Errorf("at most %d entries, %d changes, %d messages, %d statuses in one POST", entries, changes, messages, statuses)
	}
}

func s66Types(t *testing.T, w *world) {
	m := w.inbound(w.say(tendai, simulator.Text("hi")))
	if ts, ok := m["timestamp"].(string); !ok || number(ts) < 1e9 {
		t.Errorf("timestamp: %v", m["timestamp"])
	}
	w.template(orderTemplate("order_ready"))
	w.settle()
	posts := w.hook.accepted()
	var post object
	if err := json.Unmarshal(posts[len(posts)-1], &post); err != nil {
		t.Fatal(err)
	}
	if _, ok := at(post, "entry.0.time").(float64); !ok {
		t.Errorf("entry.time: %v", at(post, "entry.0"))
	}
	if _, ok := at(post, "entry.0.changes.0.value.message_template_id").(float64); !ok {
		t.Errorf("message_template_id: %v", post)
	}
}

func s67Taps(t *testing.T, w *world) {
	id := w.sent(message("interactive", buttons(button("yes", "Yes please"), button("no", "No"))))
	m := w.inbound(w.tap(id, "yes"))
	if m["type"] != "interactive" || at(m, "interactive.type") != "button_reply" || at(m, "interactive.button_reply.id") != "yes" ||
		at(m, "interactive.button_reply.title") != "Yes please" || at(m, "context.id") != id || at(m, "context.from") != display {
		t.Errorf("button: %v", m)
	}
	id = w.sent(message("interactive", list(section("s", object{"id": "a", "title": "A", "description": "about A"}, row("b", "B")))))
	m = w.inbound(w.tap(id, "a"))
	if at(m, "interactive.type") != "list_reply" || at(m, "interactive.list_reply.description") != "about A" || at(m, "context.id") != id {
		t.Errorf("list: %v", m)
	}
	reply := at(w.inbound(w.tap(id, "b")), "interactive.list_reply").(object)
	if _, has := reply["description"]; has {
		t.Errorf("list without description: %v", reply)
	}
}

func s68QuickReply(t *testing.T, w *world) {
	w.template(orderTemplate("order_ready"))
	payload := object{"type": "button", "sub_type": "quick_reply", "index": 0, "parameters": []object{{"type": "payload", "payload": "coming:A"}}}
	id := w.sent(templateMessage("order_ready", bodyParams("a", "b"), urlParam("x"), payload))
	m := w.inbound(w.tap(id, "coming:A"))
	if m["type"] != "button" || at(m, "button.payload") != "coming:A" || at(m, "button.text") != "On my way" || m["interactive"] != nil ||
		at(m, "context.id") != id {
		t.Errorf("with payload: %v", m)
	}
	id = w.sent(templateMessage("order_ready", bodyParams("a", "b"), urlParam("x")))
	if m := w.inbound(w.tap(id, "On my way")); at(m, "button.payload") != "On my way" {
		t.Errorf("without payload: %v", m)
	}
}

func s69Flow(t *testing.T, w *world) {
	id := w.sent(message("interactive", object{"type": "flow", "body": object{"text": "Fill in"}, "action": object{"name": "flow",
		"parameters": object{"flow_message_version": "3", "flow_id": "1", "flow_cta": "Open", "flow_token": "tok"}}}))
	m := w.inbound(w.tap(id, `{"flow_token":"tok","size":"L"}`))
	raw, ok := at(m, "interactive.nfm_reply.response_json").(string)
	var response object
	if !ok || json.Unmarshal([]byte(raw), &response) != nil || response["size"] != "L" {
		t.Errorf("response_json: %v", m)
	}
	if at(m, "interactive.type") != "nfm_reply" || at(m, "interactive.nfm_reply.name") != "flow" || at(m, "context.id") != id {
		t.Errorf("reply: %v", m)
	}
}

func s70Reaction(t *testing.T, w *world) {
	target := w.say(tendai, simulator.Text("hi"))
	w.person(simulator.Person{WaID: tendai, Name: "Tendai M"})
	id := w.sent(message("reaction", object{"message_id": target, "emoji": "👍"}))
	w.wantFate(id, "sent")
	if err := w.sim.Read(t.Context(), tendai, phoneP); err != nil {
		t.Fatal(err)
	}
	w.wantFate(id, "sent")
	w.wantFate(w.sent(message("reaction", object{"message_id": "wamid.unknown", "emoji": "👍"})), "failed:131009")
	w.wantFate(w.sent(message("reaction", object{"message_id": id, "emoji": "👍"})), "failed:131009")
}

func s71Played(t *testing.T, w *world) {
	id := w.sent(message("audio", object{"id": w.media("audio/ogg; codecs=opus", []byte("OggS....")), "voice": true}))
	w.settle()
	w.do("POST", "/_sim/people/"+tendai+"/play", object{"message_id": id}).ok()
	w.wantFate(id, "sent delivered played")
	if _, has := w.statuses(id)[2]["pricing"]; has {
		t.Error("played carries pricing")
	}
}

func s72Pricing(t *testing.T, w *world) {
	id := w.sent(textMessage("hi"))
	w.settle()
	if err := w.sim.Read(t.Context(), tendai, phoneP); err != nil {
		t.Fatal(err)
	}
	priced := []any{}
	for _, st := range w.statuses(id) {
		if _, has := st["conversation"]; has {
			t.Errorf("conversation on %v", st)
		}
		if st["pricing"] != nil {
			priced = append(priced, st["status"])
		}
	}
	if len(priced) != 2 || priced[0] != "sent" || priced[1] != "delivered" {
		t.Errorf("pricing on %v", priced)
	}
	if p := at(w.statuses(id)[0], "pricing").(object); p["billable"] != false || p["pricing_model"] != "PMP" ||
		p["type"] != "free_customer_service" || p["category"] != "service" {
		t.Errorf("pricing: %v", p)
	}

	ad := simulator.Text("saw your ad")
	ad.Referral = json.RawMessage(`{"source_type":"ad","source_id":"1","source_url":"https://fb.me/x"}`)
	w.say(tendai, ad)
	first := w.statuses(w.sent(textMessage("welcome")))[0]
	if at(first, "conversation.origin.type") != "referral_conversion" || at(first, "pricing.type") != "free_entry_point" {
		t.Errorf("free entry point: %v", first)
	}

	old := setup(t, func(c *simulator.Config) { c.APIVersion = "v23.0" })
	if st := old.statuses(old.sent(textMessage("hi")))[0]; at(st, "conversation.id") == nil || at(st, "conversation.expiration_timestamp") == nil {
		t.Errorf("v23.0: %v", st)
	}
}

func s73Failed(t *testing.T, w *world) {
	w.person(simulator.Person{WaID: tendai, Name: "Tendai M", FailCode: 131049})
	id := w.sent(textMessage("hi"))
	v := w.valueOf(id)
	if v["contacts"] != nil {
		t.Errorf("contacts: %v", v)
	}
	st := w.statuses(id)[0]
	if at(st, "errors.0.code") != 131049.0 || at(st, "errors.0.title") == nil || at(st, "errors.0.message") != at(st, "errors.0.title") ||
		st["pricing"] != nil || st["recipient_user_id"] != nil {
		t.Errorf("status: %v", st)
	}
	w.person(simulator.Person{WaID: tendai, Name: "Tendai M"})
	if v := w.valueOf(w.sent(textMessage("hi"))); at(v, "contacts.0.wa_id") != tendai {
		t.Errorf("contacts of a good one: %v", v)
	}
}

func s74Callback(t *testing.T, w *world) {
	a := w.send(textMessage("hi", "biz_opaque_callback_data", "order-104")).ok()
	if contains(a.raw, "order-104") {
		t.Errorf("in the answer: %s", a.raw)
	}
	id := a.at("messages.0.id").(string)
	w.settle()
	if err := w.sim.Read(t.Context(), tendai, phoneP); err != nil {
		t.Fatal(err)
	}
	list := w.statuses(id)
	if len(list) != 3 {
		t.Errorf("statuses: %v", list)
	}
	for _, st := range list {
		if st["biz_opaque_callback_data"] != "order-104" {
			t.Errorf("status: %v", st)
		}
	}
	for _, st := range w.statuses(w.sent(textMessage("without"))) {
		if _, has := st["biz_opaque_callback_data"]; has {
			t.Errorf("without: %v", st)
		}
	}
	w.send(textMessage("hi", "biz_opaque_callback_data", repeat(513))).fails(400, 100)
}

func s75Poll(t *testing.T, w *world) {
	a := w.do("POST", "/_sim/people/"+tendai+"/messages", object{"type": "poll", "poll": object{"question": "?"}}).ok()
	m := w.inbound(a.at("id").(string))
	if m["type"] != "unsupported" || at(m, "errors.0.code") != 131051.0 || at(m, "unsupported.type") != "poll" {
		t.Errorf("poll: %v", m)
	}
}

func s76Username(t *testing.T, w *world) {
	p := w.person(simulator.Person{WaID: "263770000077", Name: "Chipo", Username: "chipo.z", HidePhone: true})
	id := w.say(p.WaID, simulator.Text("hi"))
	m, contact := w.inbound(id), at(w.valueOf(id), "contacts.0").(object)
	if _, has := m["from"]; has {
		t.Errorf("from: %v", m)
	}
	if _, has := contact["wa_id"]; has {
		t.Errorf("wa_id: %v", contact)
	}
	if m["from_user_id"] != p.UserID || contact["user_id"] != p.UserID || at(contact, "profile.username") != "chipo.z" {
		t.Errorf("ids: %v %v", m, contact)
	}
	for _, b := range w.hook.accepted() {
		if contains(b, id) && contains(b, p.WaID) {
			t.Errorf("the phone number leaks: %s", b)
		}
	}
	// Once the business used the number itself, webhooks carry it for 30 days.
	w.statuses(w.sent(textMessage("hi", "to", "+"+p.WaID)))
	if m := w.inbound(w.say(p.WaID, simulator.Text("again"))); m["from"] != p.WaID {
		t.Errorf("after contact: %v", m)
	}
	w.move(31 * 24 * time.Hour)
	if m := w.inbound(w.say(p.WaID, simulator.Text("later"))); m["from"] != nil {
		t.Errorf("after 31 days: %v", m)
	}
}

func s77UserID(t *testing.T, w *world) {
	p := w.person(simulator.Person{WaID: "263770000077", Username: "chipo.z", HidePhone: true})
	w.say(p.WaID, simulator.Text("hi"))
	m := textMessage("hi", "recipient", p.UserID)
	delete(m, "to")
	a := w.send(m).ok()
	if a.at("contacts.0.user_id") != p.UserID || a.at("contacts.0.input") != p.UserID {
		t.Errorf("answer: %s", a.raw)
	}
	if _, has := a.at("contacts.0").(object)["wa_id"]; has {
		t.Errorf("wa_id: %s", a.raw)
	}
	for _, st := range w.statuses(a.at("messages.0.id").(string)) {
		if _, has := st["recipient_id"]; has || st["recipient_user_id"] != p.UserID {
			t.Errorf("status: %v", st)
		}
	}
	if a := w.send(textMessage("hi", "recipient", p.UserID)).ok(); a.at("contacts.0.wa_id") != tendai {
		t.Errorf("to does not win: %s", a.raw)
	}
}

func s78AuthUserID(t *testing.T, w *world) {
	w.template(object{"name": "code", "category": "AUTHENTICATION", "components": []object{
		{"type": "BODY", "add_security_recommendation": true},
		{"type": "BUTTONS", "buttons": []object{{"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy"}}},
	}})
	send := templateMessage("code", bodyParams("123456"),
		object{"type": "button", "sub_type": "url", "index": "0", "parameters": []object{{"type": "text", "text": "123456"}}})
	w.send(send).ok()
	w.send(templateMessage("code", object{"type": "button", "sub_type": "url", "index": "0", "parameters": []object{{"type": "text", "text": "1"}}})).fails(400, 132000)
	p, err := w.sim.Person(tendai)
	if err != nil {
		t.Fatal(err)
	}
	delete(send, "to")
	send["recipient"] = p.UserID
	w.send(send).fails(400, 131062)
}

func s79NumberChange(t *testing.T, w *world) {
	before, err := w.sim.Person(tendai)
	if err != nil {
		t.Fatal(err)
	}
	after := w.do("POST", "/_sim/people/"+tendai+"/number", object{"wa_id": "263771111111"}).ok()
	if after.at("user_id") == before.UserID || after.at("wa_id") != "263771111111" {
		t.Errorf("person: %s", after.raw)
	}
	w.settle()
	found := false
	for _, c := range w.hook.changes() {
		if at(c, "value.messages.0.type") != "system" {
			continue
		}
		found = true
		if at(c, "value.contacts") != nil || at(c, "value.messages.0.system.wa_id") != "263771111111" ||
			at(c, "value.messages.0.from") != tendai || at(c, "value.messages.0.system.type") != "user_changed_number" {
			t.Errorf("system message: %v", c)
		}
	}
	if !found {
		t.Error("no system message")
	}
	if u := w.field("user_id_update"); len(u) != 1 || at(u[0], "user_id_update.0.user_id.previous") != before.UserID {
		t.Errorf("user_id_update: %v", u)
	}
	w.wantFate(w.sent(textMessage("old number")), "failed:131026")
	w.wantFate(w.sent(textMessage("new number", "to", "+263771111111")), "sent delivered")
}

func s80Lists(t *testing.T, w *world) {
	if rows := w.get(wabaW + "/phone_numbers").ok().at("data").([]any); len(rows) != 2 || at(rows[0], "id") != phoneP {
		t.Errorf("phone_numbers: %v", rows)
	}
	w.post(phoneP+"/message_qrdls", object{"prefilled_message": "Hi"}).ok()
	if rows := w.get(phoneP + "/message_qrdls").ok().at("data").([]any); len(rows) != 1 {
		t.Errorf("message_qrdls: %v", rows)
	}
	for i := range 4 {
		w.create(body(fmt.Sprint("Hello ", i))).ok()
	}
	var names []any
	url := w.url + "/v26.0/" + wabaW + "/message_templates?limit=2&fields=name,status"
	for pages := 0; url != ""; pages++ {
		a := w.do("GET", url, nil).ok()
		rows := a.at("data").([]any)
		for _, r := range rows {
			names = append(names, at(r, "name"))
		}
		if a.at("paging.cursors.before") == nil || a.at("paging.cursors.after") == nil {
			t.Errorf("cursors: %s", a.raw)
		}
		url, _ = a.at("paging.next").(string)
		if pages > 3 {
			t.Fatal("no end")
		}
	}
	if len(names) != 5 {
		t.Errorf("names: %v", names)
	}
	w.get(wabaW+"/message_templates?after=nonsense").fails(400, 131059)
}
