package simulator_test

import (
	"testing"
	"time"

	"github.com/musika/musika/simulator"
)

func s38WindowClosed(_ *testing.T, w *world) {
	w.move(24 * time.Hour)
	w.wantFate(w.sent(textMessage("hi")), "failed:131047")
	w.faults(simulator.Faults{SyncErrors: true})
	w.send(textMessage("hi")).fails(400, 131047).says("Re-engagement message").
		says("Message failed to send because more than 24 hours have passed since the customer last replied to this number.")
}

func s39TemplateOutside(t *testing.T, w *world) {
	w.move(25 * time.Hour)
	a := w.send(templateMessage("hello_world")).ok()
	if a.at("messages.0.message_status") != "accepted" {
		t.Errorf("message_status: %s", a.raw)
	}
	w.wantFate(a.at("messages.0.id").(string), "sent delivered")
}

func s40WindowOpens(t *testing.T, w *world) {
	w.move(25 * time.Hour)
	w.wantFate(w.sent(textMessage("closed")), "failed:131047")
	w.say(tendai, simulator.Text("hello again"))
	w.wantFate(w.sent(textMessage("open")), "sent delivered")
	w.move(24*time.Hour - time.Minute)
	w.say(tendai, simulator.Text("still here"))
	w.move(2 * time.Minute)
	w.wantFate(w.sent(textMessage("refreshed")), "sent delivered")
	w.move(25 * time.Hour)
	if _, err := w.sim.Call(t.Context(), tendai, phoneP); err != nil {
		t.Fatal(err)
	}
	w.wantFate(w.sent(textMessage("after a call")), "sent delivered")
	if calls := w.field("calls"); len(calls) != 2 || at(calls[0], "calls.0.event") != "connect" {
		t.Errorf("calls: %v", calls)
	}
}

// orderTemplate has two variables and three buttons.
func orderTemplate(name string) object {
	return object{"name": name, "components": []object{
		{"type": "body", "text": "Hello {{1}}, your order {{2}} is ready for you.", "example": object{"body_text": [][]string{{"Tendai", "A-104"}}}},
		{"type": "buttons", "buttons": []object{
			{"type": "quick_reply", "text": "On my way"},
			{"type": "url", "text": "Track", "url": "https://example.com/t/{{1}}", "example": []string{"https://example.com/t/A"}},
		}},
	}}
}

func urlParam(s string) object {
	return object{"type": "button", "sub_type": "url", "index": "1", "parameters": []object{{"type": "text", "text": s}}}
}

func s41UnknownTemplate(_ *testing.T, w *world) {
	w.send(templateMessage("no_such")).fails(404, 132001).says("template name (no_such) does not exist in en_US").
		says("(#132001) Template name does not exist in the translation")
	w.send(message("template", object{"name": "hello_world", "language": object{"code": "es"}})).fails(404, 132001)
	w.post(wabaW+"/message_templates", with(orderTemplate("pending"), "language", "en_US", "category", "UTILITY")).ok()
	w.send(templateMessage("pending", bodyParams("a", "b"), urlParam("x"))).fails(404, 132001)
}

func s42ParamCount(_ *testing.T, w *world) {
	w.template(orderTemplate("order_ready"))
	w.send(templateMessage("order_ready", bodyParams("a", "b"), urlParam("x"))).ok()
	w.send(templateMessage("order_ready", bodyParams("a"), urlParam("x"))).fails(400, 132000).
		says("(#132000) Number of parameters does not match the expected number of params").
		says("body: number of localizable_params (1) does not match the expected number of params (2)")
}

func s43URLParam(_ *testing.T, w *world) {
	w.template(orderTemplate("order_ready"))
	w.send(templateMessage("order_ready", bodyParams("a", "b"))).fails(400, 131008).
		says("buttons: Button at index 1 of type Url requires a parameter")
}

func s44Paused(t *testing.T, w *world) {
	id := w.template(orderTemplate("order_ready"))
	m := templateMessage("order_ready", bodyParams("a", "b"), urlParam("x"))
	w.review(id, "PAUSED")
	w.send(m).fails(400, 132015)
	w.move(3 * time.Hour)
	w.settle()
	w.review(id, "DISABLED")
	w.send(m).fails(400, 132016)
	var events []any
	for _, u := range w.field("message_template_status_update") {
		events = append(events, u["event"])
	}
	if len(events) != 4 || events[1] != "PAUSED" || events[2] != "APPROVED" || events[3] != "DISABLED" {
		t.Errorf("events: %v", events)
	}
}

func s45Named(_ *testing.T, w *world) {
	w.template(object{"name": "named", "parameter_format": "named", "components": []object{
		{"type": "BODY", "text": "Hello {{first_name}}, order {{order_id}} is ready now.", "example": object{"body_text_named_params": []object{
			{"param_name": "first_name", "example": "Tendai"}, {"param_name": "order_id", "example": "A-1"}}}},
	}})
	w.send(templateMessage("named", bodyParams("Tendai", "A-1"))).fails(400, 132000, 132012)
	w.send(templateMessage("named", object{"type": "body", "parameters": []object{
		{"type": "text", "parameter_name": "order_id", "text": "A-1"}, {"type": "text", "parameter_name": "first_name", "text": "Tendai"},
	}})).ok()
	if thread := w.sim.Thread(tendai, phoneP); len(thread) == 0 || !contains(thread[len(thread)-1].Content, "Hello Tendai, order A-1 is ready now.") {
		w.t.Errorf("thread: %s", thread[len(thread)-1].Content)
	}
}

func (w *world) create(components ...object) answer {
	w.t.Helper()
	return w.post(wabaW+"/message_templates", object{"name": "made_" + repeat(w.nextName()), "language": "en_US", "category": "UTILITY", "components": components})
}

func body(text string, examples ...string) object {
	c := object{"type": "BODY", "text": text}
	if len(examples) > 0 {
		c["example"] = object{"body_text": [][]string{examples}}
	}
	return c
}

func s46NoExample(_ *testing.T, w *world) {
	w.create(body("Hello {{1}}, how are you?")).fails(400, 100)
	w.create(body("Hello {{1}}, how are you?", "Tendai")).ok()
	w.create(object{"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"}, body("Hi")).fails(400, 100)
	w.create(body("Hi"), object{"type": "BUTTONS", "buttons": []object{{"type": "URL", "text": "Go", "url": "https://example.com/{{1}}"}}}).fails(400, 100)
}

func s47Create(t *testing.T, w *world) {
	a := w.create(body("Hello there")).ok()
	id, _ := a.at("id").(string)
	if id == "" || a.at("status") != "PENDING" || a.at("category") != "UTILITY" {
		t.Errorf("answer: %s", a.raw)
	}
	w.review(id, "APPROVED")
	updates := w.field("message_template_status_update")
	if len(updates) != 1 {
		t.Fatalf("updates: %v", updates)
	}
	u := updates[0]
	if n, ok := u["message_template_id"].(float64); !ok || n != number(id) || u["event"] != "APPROVED" || u["reason"] != "NONE" ||
		u["message_template_language"] != "en_US" {
		t.Errorf("update: %v", u)
	}
}

func s48SameTemplate(t *testing.T, w *world) {
	w.template(orderTemplate("order_ready"))
	a := w.post(wabaW+"/message_templates", with(orderTemplate("order_ready"), "language", "en_US", "category", "UTILITY")).fails(400, 100)
	if a.at("error.error_subcode") != 2388024.0 || a.at("error.error_user_title") != "Content in This Language Already Exists" {
		t.Errorf("subcode or title: %s", a.raw)
	}
	w.post(wabaW+"/message_templates", with(orderTemplate("order_ready"), "language", "es", "category", "UTILITY")).ok()
}

func templateButtons(list ...object) object { return object{"type": "BUTTONS", "buttons": list} }

func quick(text string) object { return object{"type": "QUICK_REPLY", "text": text} }

func link(text string) object {
	return object{"type": "URL", "text": text, "url": "https://example.com"}
}

func phone(text string) object {
	return object{"type": "PHONE_NUMBER", "text": text, "phone_number": "+263770000000"}
}

func s49TemplateLimits(_ *testing.T, w *world) {
	var ten []object
	for i := range 10 {
		ten = append(ten, quick(repeat(i+1)))
	}
	for _, c := range []struct{ pass, refuse []object }{
		{[]object{body(repeat(1024))}, []object{body(repeat(1025))}},
		{[]object{{"type": "HEADER", "format": "TEXT", "text": repeat(60)}, body("Hi")}, []object{{"type": "HEADER", "format": "TEXT", "text": repeat(61)}, body("Hi")}},
		{[]object{body("Hi"), {"type": "FOOTER", "text": repeat(60)}}, []object{body("Hi"), {"type": "FOOTER", "text": repeat(61)}}},
		{[]object{body("Hi"), templateButtons(quick(repeat(25)))}, []object{body("Hi"), templateButtons(quick(repeat(26)))}},
		{[]object{body("Hi"), templateButtons(ten...)}, []object{body("Hi"), templateButtons(append(ten, quick("eleven"))...)}},
		{[]object{body("Hi"), templateButtons(link("a"), link("b"))}, []object{body("Hi"), templateButtons(link("a"), link("b"), link("c"))}},
		{[]object{body("Hi"), templateButtons(phone("a"))}, []object{body("Hi"), templateButtons(phone("a"), phone("b"))}},
	} {
		w.create(c.pass...).ok()
		w.create(c.refuse...).fails(400, 100)
	}
}

func s50ButtonOrder(_ *testing.T, w *world) {
	w.create(body("Hi"), templateButtons(quick("a"), link("b"), quick("c"))).fails(400, 100)
	w.create(body("Hi"), templateButtons(quick("a"), quick("b"), link("c"))).ok()
}

func s51EdgeVariables(t *testing.T, w *world) {
	for _, text := range []string{"{{1}}, your order is ready", "Your order is number {{1}}"} {
		if a := w.create(body(text, "x")).fails(400, 100); a.at("error.error_subcode") != 2388299.0 {
			t.Errorf("subcode: %s", a.raw)
		}
	}
}
