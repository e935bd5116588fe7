package simulator_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"
)

func repeat(n int) string { return strings.Repeat("a", n) }

func button(id, title string) object {
	return object{"type": "reply", "reply": object{"id": id, "title": title}}
}

// buttons is an interactive message with reply buttons.
func buttons(list ...object) object {
	if list == nil {
		list = []object{}
	}
	return object{"type": "button", "body": object{"text": "Choose"}, "action": object{"buttons": list}}
}

func row(id, title string) object { return object{"id": id, "title": title} }

func section(title string, rows ...object) object { return object{"title": title, "rows": rows} }

func list(sections ...object) object {
	return object{"type": "list", "body": object{"text": "Choose"}, "action": object{"button": "Menu", "sections": sections}}
}

func (w *world) interactive(node object) answer {
	w.t.Helper()
	return w.send(message("interactive", node))
}

// pair wants the first accepted and the second refused with a code.
func (w *world) pair(what string, pass, refuse object, code int) {
	w.t.Helper()
	if a := w.send(pass); a.status != 200 {
		w.t.Errorf("%s at the limit is refused: %s", what, a.raw)
	}
	if a := w.send(refuse); a.status != 400 || a.at("error.code") != float64(code) {
		w.t.Errorf("%s over the limit: HTTP %d, want 400/%d: %s", what, a.status, code, a.raw)
	}
}

func (w *world) interactivePair(what string, pass, refuse object) {
	w.t.Helper()
	w.pair(what, message("interactive", pass), message("interactive", refuse), 131009)
}

func with(node object, more ...any) object {
	out := maps.Clone(node)
	for i := 0; i+1 < len(more); i += 2 {
		out[more[i].(string)] = more[i+1]
	}
	return out
}

func s01ValidText(t *testing.T, w *world) {
	a := w.send(message("text", object{"body": "hi"}, "to", "+263 (77) 000-0001")).ok()
	if a.at("contacts.0.input") != "+263 (77) 000-0001" || a.at("contacts.0.wa_id") != tendai || a.at("messaging_product") != "whatsapp" {
		t.Errorf("contacts: %s", a.raw)
	}
	if ids := a.at("messages").([]any); len(ids) != 1 || !strings.HasPrefix(a.at("messages.0.id").(string), "wamid.") {
		t.Errorf("messages: %s", a.raw)
	}
	w.wantFate(a.at("messages.0.id").(string), "sent delivered")
}

func s02AnyVersion(_ *testing.T, w *world) {
	for _, v := range []string{"v16.0", "v23.0", "v26.0", "v31.2"} {
		w.do("POST", "/"+v+"/"+phoneP+"/messages", textMessage("hi")).ok()
	}
}

func s03NoIdempotency(t *testing.T, w *world) {
	m := textMessage("the same", "biz_opaque_callback_data", "same")
	if a, b := w.sent(m), w.sent(m); a == b {
		t.Errorf("both are %s", a)
	}
}

func s04NoAuthorization(t *testing.T, w *world) {
	a := w.do("POST", "/v26.0/"+phoneP+"/messages", textMessage("hi"), "Authorization", "").fails(401, 104, 190)
	if a.at("error.type") != "OAuthException" {
		t.Errorf("type: %s", a.raw)
	}
	w.do("POST", "/v26.0/"+phoneP+"/messages", textMessage("hi"), "Authorization", "Bearer wrong").fails(401, 190)
}

func s05ExpiredToken(t *testing.T, w *world) {
	bearer := "Bearer " + w.sim.IssueToken(time.Hour)
	w.do("GET", "/v26.0/"+phoneP, nil, "Authorization", bearer).ok()
	w.move(time.Hour)
	a := w.do("GET", "/v26.0/"+phoneP, nil, "Authorization", bearer).fails(401, 190)
	if a.at("error.error_subcode") != 463.0 {
		t.Errorf("subcode: %s", a.raw)
	}
}

func s06UnknownID(t *testing.T, w *world) {
	for _, a := range []answer{w.post("999/messages", textMessage("hi")), w.get("999"), w.post(phoneP+"/nosuchedge", object{})} {
		a.fails(400, 100)
		if a.at("error.error_subcode") != 33.0 || a.at("error.type") != "GraphMethodException" {
			t.Errorf("subcode or type: %s", a.raw)
		}
	}
}

func s07NoProduct(_ *testing.T, w *world) {
	w.send(object{"to": "+" + tendai, "type": "text", "text": object{"body": "hi"}}).fails(400, 100).
		says(`"(#100) The parameter messaging_product is required."`)
}

func s08TextLength(_ *testing.T, w *world) {
	w.pair("text", textMessage(repeat(4096)), textMessage(repeat(4097)), 100)
	w.send(textMessage(repeat(4097))).says("(#100) Param text['body'] must be at most 4096 characters long.")
	w.send(textMessage(strings.Repeat("é", 4096))).ok()
}

func s09EmptyText(_ *testing.T, w *world) {
	w.send(textMessage("")).fails(400, 100, 131008)
	w.send(message("text", object{})).fails(400, 100, 131008)
}

func s10FourButtons(_ *testing.T, w *world) {
	four := []object{button("1", "A"), button("2", "B"), button("3", "C"), button("4", "D")}
	w.interactive(buttons(four[:3]...)).ok()
	w.interactive(buttons(four...)).fails(400, 131009).
		says("Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3").
		says(`"(#131009) Parameter value is not valid"`).says(`"messaging_product":"whatsapp"`)
}

func s11NoButtons(_ *testing.T, w *world) {
	w.interactive(buttons()).fails(400, 131009).says("Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3")
}

func s12ButtonTitle(_ *testing.T, w *world) {
	w.interactivePair("button title", buttons(button("1", repeat(20))), buttons(button("1", repeat(21))))
	w.interactive(buttons(button("1", repeat(21)))).says("Button title length invalid. Min length: 1, Max length: 20")
}

func s13Characters(_ *testing.T, w *world) {
	w.interactivePair("two-byte title", buttons(button("1", strings.Repeat("ç", 20))), buttons(button("1", strings.Repeat("ç", 21))))
}

func s14EmptyTitle(_ *testing.T, w *world) {
	w.interactive(buttons(button("1", ""))).fails(400, 131009).says("Button title length invalid")
}

func s15SameButtons(_ *testing.T, w *world) {
	w.interactive(buttons(button("1", "A"), button("2", "A"))).fails(400, 131009)
	w.interactive(buttons(button("1", "A"), button("1", "B"))).fails(400, 131009)
}

func s16ButtonID(_ *testing.T, w *world) {
	w.interactivePair("button id", buttons(button(repeat(256), "A")), buttons(button(repeat(257), "A")))
	w.interactive(buttons(button(" a", "A"))).fails(400, 131009)
}

func s17Texts(_ *testing.T, w *world) {
	base := buttons(button("1", "A"))
	body := func(n int) object { return with(base, "body", object{"text": repeat(n)}) }
	footer := func(n int) object { return with(base, "footer", object{"text": repeat(n)}) }
	head := func(n int) object { return with(base, "header", object{"type": "text", "text": repeat(n)}) }
	w.interactivePair("body", body(1024), body(1025))
	w.interactivePair("footer", footer(60), footer(61))
	w.interactivePair("header", head(60), head(61))
	w.interactive(with(base, "body", nil)).fails(400, 100, 131009)
}

func rows(from, n int) []object {
	var out []object
	for i := range n {
		out = append(out, row(fmt.Sprint("r", from+i), fmt.Sprint("Row ", from+i)))
	}
	return out
}

func s18ElevenRows(_ *testing.T, w *world) {
	w.interactive(list(section("One", rows(0, 5)...), section("Two", rows(5, 5)...))).ok()
	w.interactive(list(section("One", rows(0, 6)...), section("Two", rows(6, 5)...))).fails(400, 131009).
		says("Total row count exceed max allowed count: 10")
}

func s19Sections(_ *testing.T, w *world) {
	var ten, eleven []object
	for i := range 11 {
		s := section(fmt.Sprint("S", i), row(fmt.Sprint(i), "Row"))
		if i < 10 {
			ten = append(ten, s)
		}
		eleven = append(eleven, s)
	}
	w.interactivePair("sections", list(ten...), list(eleven...))
}

func s20ListTexts(_ *testing.T, w *world) {
	one := func(id, title, description, sec string) object {
		return list(section(sec, object{"id": id, "title": title, "description": description}))
	}
	w.interactivePair("row title", one("1", repeat(24), "d", "s"), one("1", repeat(25), "d", "s"))
	w.interactivePair("row description", one("1", "t", repeat(72), "s"), one("1", "t", repeat(73), "s"))
	w.interactivePair("row id", one(repeat(200), "t", "d", "s"), one(repeat(201), "t", "d", "s"))
	w.interactivePair("section title", one("1", "t", "d", repeat(24)), one("1", "t", "d", repeat(25)))
	label := func(n int) object {
		return with(list(), "action", object{"button": repeat(n), "sections": []object{section("s", row("1", "t"))}})
	}
	w.interactivePair("list button", label(20), label(21))
	w.interactive(one("1", repeat(25), "d", "s")).says("Row title is too long. Max length is 24")
}

func s21ListHeader(_ *testing.T, w *world) {
	base := list(section("s", row("1", "t")))
	w.interactive(with(base, "header", object{"type": "text", "text": "Menu"})).ok()
	w.interactive(with(base, "header", object{"type": "image", "image": object{"id": w.media("image/png", png)}})).fails(400, 131009)
}

func s22URLButton(_ *testing.T, w *world) {
	cta := func(label string) object {
		return object{"type": "cta_url", "body": object{"text": "See"}, "action": object{"name": "cta_url",
			"parameters": object{"display_text": label, "url": "https://example.com/x"}}}
	}
	w.interactivePair("display_text", cta(repeat(20)), cta(repeat(21)))
}

func products(sections, each int) object {
	var secs []object
	for i := range sections {
		items := []object{}
		for j := range each {
			items = append(items, object{"product_retailer_id": fmt.Sprint("p", i, "-", j)})
		}
		secs = append(secs, object{"title": fmt.Sprint("S", i), "product_items": items})
	}
	return object{"type": "product_list", "header": object{"type": "text", "text": "Shop"}, "body": object{"text": "Look"},
		"action": object{"catalog_id": "1", "sections": secs}}
}

func s23ProductHeaders(_ *testing.T, w *world) {
	w.interactive(products(1, 1)).ok()
	w.interactive(with(products(1, 1), "header", nil)).fails(400, 131009)
	one := object{"type": "product", "action": object{"catalog_id": "1", "product_retailer_id": "p"}}
	w.interactive(one).ok()
	w.interactive(with(one, "header", object{"type": "text", "text": "x"})).fails(400, 131009)
}

func s24Products(_ *testing.T, w *world) {
	w.interactivePair("products", products(10, 3), with(products(10, 3), "action", products(1, 31)["action"]))
	w.interactivePair("sections", products(10, 1), products(11, 1))
}

func s25IDAndLink(_ *testing.T, w *world) {
	id := w.media("image/png", png)
	w.send(message("image", object{"id": id})).ok()
	w.send(message("image", object{"link": "https://example.com/a.png"})).ok()
	w.send(message("image", object{"id": id, "link": "https://example.com/a.png"})).fails(400, 100, 131009)
	w.send(message("image", object{"caption": "x"})).fails(400, 100, 131009)
}

func s26ForeignMedia(t *testing.T, w *world) {
	id := w.media("image/png", png)
	for _, a := range []answer{
		w.send(message("image", object{"id": "12345"})),
		w.post(phoneQ+"/messages", message("image", object{"id": id})),
	} {
		if a.fails(400, 100); a.at("error.error_subcode") != 33.0 {
			t.Errorf("subcode: %s", a.raw)
		}
	}
}

func s27Caption(_ *testing.T, w *world) {
	id := w.media("image/png", png)
	caption := func(n int) object { return message("image", object{"id": id, "caption": repeat(n)}) }
	w.pair("caption", caption(1024), caption(1025), 100)
}
