package simulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/musika/musika/simulator"
)

func TestNumberFields(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	a := w.get(phoneP + "?fields=verified_name,status,throughput,whatsapp_business_manager_messaging_limit").ok()
	if len(a.body) != 5 || a.at("id") != phoneP || a.at("verified_name") != "Mbare Fresh" || a.at("status") != "CONNECTED" || a.at("throughput.level") != "STANDARD" {
		t.Errorf("fields: %s", a.raw)
	}
	w.get(phoneP+"?fields=nonsense").fails(400, 100).says("nonexisting field (nonsense)")
	if a := w.get(wabaW).ok(); a.at("id") != wabaW || a.at("name") == nil {
		t.Errorf("account: %s", a.raw)
	}
}

func TestRegistration(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	pin := func(p string) object { return object{"messaging_product": "whatsapp", "pin": p} }
	w.post(phoneP+"/register", object{"pin": "123456"}).fails(400, 100)
	w.post(phoneP+"/register", pin("12")).fails(400, 100)
	w.post(phoneP+"/register", pin("123456")).ok()
	w.post(phoneP+"/register", pin("654321")).fails(400, 133005)
	w.post(phoneP, object{"pin": "654321"}).ok()
	if got := w.field("security"); len(got) != 1 || got[0]["event"] != "PIN_CHANGED" {
		t.Errorf("security: %v", got)
	}
	w.do("POST", "/v26.0/"+phoneP+"/register", "messaging_product=whatsapp&pin=654321", "Content-Type", "application/x-www-form-urlencoded").ok()
	w.post(phoneP+"/request_code", object{"code_method": "PIGEON", "language": "en"}).fails(400, 100)
	w.post(phoneP+"/request_code", object{"code_method": "SMS", "language": "en"}).ok()
	w.post(phoneP+"/register", pin("654321")).fails(400, 133006)
	w.post(phoneP+"/verify_code", object{"code": "x"}).fails(400, 136025)
	code := w.do("GET", "/_sim/numbers/"+phoneP, nil).ok().at("verification_code")
	w.post(phoneP+"/verify_code", object{"code": code}).ok()
	w.post(phoneP+"/register", pin("654321")).ok()
	w.post(phoneP+"/deregister", object{}).ok()
	w.post(phoneP+"/deregister", object{}).fails(400, 133010)
}

func TestProfile(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	path := phoneP + "/whatsapp_business_profile"
	w.post(path, object{"messaging_product": "whatsapp", "about": "Fresh", "email": "a@example.com", "vertical": "GROCERY",
		"websites": []string{"https://example.com"}, "profile_picture_handle": "4::x"}).ok()
	a := w.get(path + "?fields=about,email,vertical,websites,address,profile_picture_url").ok()
	if a.at("data.0.about") != "Fresh" || a.at("data.0.websites.0") != "https://example.com" || a.at("data.0.address") != nil ||
		a.at("data.0.messaging_product") != "whatsapp" || a.at("data.0.profile_picture_url") == nil {
		t.Errorf("profile: %s", a.raw)
	}
	for _, bad := range []object{{"about": repeat(140)}, {"about": ""}, {"email": "none"}, {"vertical": "SPACE"},
		{"websites": []string{"https://a.io", "https://b.io", "https://c.io"}}, {"websites": []string{"nonsense"}}, {"profile_picture_handle": "x"}} {
		w.post(path, with(bad, "messaging_product", "whatsapp")).fails(400, 100)
	}
	w.post(path, object{"about": "no product"}).fails(400, 100)
	w.post(phoneP+"/whatsapp_commerce_settings?is_cart_enabled=false", nil).ok()
	if a := w.get(phoneP + "/whatsapp_commerce_settings").ok(); a.at("data.0.is_cart_enabled") != false {
		t.Errorf("commerce: %s", a.raw)
	}
}

func TestQRCodes(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	path := phoneP + "/message_qrdls"
	a := w.post(path, object{"prefilled_message": "Hi", "generate_qr_image": "SVG"}).ok()
	code := a.at("code").(string)
	if len(code) != 14 || a.at("deep_link_url") != "https://wa.me/message/"+code || a.at("qr_image_url") == nil {
		t.Errorf("code: %s", a.raw)
	}
	w.post(path, object{"prefilled_message": "Hello", "code": code}).ok()
	if a := w.get(path + "/" + code).ok(); a.at("data.0.prefilled_message") != "Hello" {
		t.Errorf("changed: %s", a.raw)
	}
	w.post(path, object{"prefilled_message": repeat(141)}).fails(400, 100)
	w.post(path, object{}).fails(400, 100)
	w.delete(path + "/" + code).ok()
	w.delete(path+"/"+code).fails(400, 100)
	w.get(path+"/"+code).fails(400, 100)
}

func TestBlockedUsers(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	users := func(list ...object) object {
		return object{"messaging_product": "whatsapp", "block_users": list}
	}
	a := w.post(phoneP+"/block_users", users(object{"user": "+" + tendai}, object{"user": "+263779999999"})).ok()
	if a.at("block_users.added_users.0.wa_id") != tendai || a.at("block_users.failed_users.0.errors.0.code") != 131026.0 || a.at("error.code") != 139100.0 {
		t.Errorf("blocked: %s", a.raw)
	}
	before := w.hook.count()
	w.say(tendai, simulator.Text("hello?"))
	w.settle()
	if w.hook.count() != before {
		t.Error("a blocked person is heard")
	}
	w.wantFate(w.sent(textMessage("hi")), "failed:130403")
	if a := w.get(phoneP + "/block_users").ok(); a.at("data.0.wa_id") != tendai {
		t.Errorf("list: %s", a.raw)
	}
	w.do("DELETE", "/v26.0/"+phoneP+"/block_users", users(object{"user": tendai})).ok()
	w.wantFate(w.sent(textMessage("hi")), "sent delivered")
	w.move(25 * time.Hour)
	if a := w.post(phoneP+"/block_users", users(object{"user": "+" + tendai})).ok(); a.at("block_users.failed_users.0.errors.0.code") != 131047.0 {
		t.Errorf("after the window: %s", a.raw)
	}
	w.post(phoneP+"/block_users", object{"messaging_product": "whatsapp"}).fails(400, 100)
}

func TestBusinessUsername(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	if a := w.get(phoneP + "/username_suggestions").ok(); !strings.Contains(string(a.raw), "mbare_fresh") {
		t.Errorf("suggestions: %s", a.raw)
	}
	w.post(phoneP+"/username", object{"username": "no good"}).fails(400, 100)
	w.post(phoneP+"/username", object{"username": "@mbare_fresh"}).ok()
	w.post(phoneP2+"/username", object{"username": "mbare_fresh"}).fails(400, 147005)
	if a := w.get(phoneP + "/username").ok(); a.at("username") != "mbare_fresh" {
		t.Errorf("username: %s", a.raw)
	}
	w.delete(phoneP + "/username").ok()
	if got := w.field("business_username_updates"); len(got) != 2 || got[1]["status"] != "deleted" {
		t.Errorf("updates: %v", got)
	}
}

func TestManagementLimit(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *simulator.Config) {
		frozen(c)
		for i := range c.Numbers {
			c.Numbers[i].Unregistered = true
		}
	})
	for range 200 {
		w.get(wabaW).ok()
	}
	w.get(wabaW).fails(400, 80007)
	w.move(time.Hour)
	w.get(wabaW).ok()
}

func TestNumberSettings(t *testing.T) {
	t.Parallel()
	w := setup(t, nil)
	set := func(body object) answer { return w.do("POST", "/_sim/numbers/"+phoneP, body) }
	if a := set(object{"throughput": "HIGH", "test_recipients": []string{"+" + rudo}}).ok(); a.at("throughput") != "HIGH" {
		t.Errorf("settings: %s", a.raw)
	}
	w.send(textMessage("hi")).fails(400, 131030).says("(#131030) Recipient phone number not in allowed list")
	w.send(textMessage("hi", "to", "+"+rudo)).ok()
	set(object{"test_recipients": []string{}, "registered": false}).ok()
	w.send(textMessage("hi")).fails(400, 133010)
	for _, bad := range []object{{"throughput": "LOW"}, {"messaging_limit": "TIER_1K"}, {"registered": "x"}} {
		if a := set(bad); a.status != 400 {
			t.Errorf("%v: HTTP %d", bad, a.status)
		}
	}
	if a := w.do("POST", "/_sim/numbers/1", object{}); a.status != 404 {
		t.Errorf("unknown number: HTTP %d", a.status)
	}
}

func TestMessagingLimit(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *simulator.Config) { c.Numbers[0].MessagingLimit = "TIER_250" })
	w.move(25 * time.Hour)
	for i := range 251 {
		w.person(simulator.Person{WaID: "2637720" + strings.Repeat("0", 2) + string(rune('0'+i/100)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10))})
	}
	fates := map[string]int{}
	for i, p := range w.sim.People()[2:] {
		if i%80 == 79 {
			w.move(time.Second)
		}
		m := templateMessage("hello_world")
		m["to"] = "+" + p.WaID
		fates[w.fate(w.sent(m))]++
	}
	if fates["sent delivered"] != 250 || fates["failed:131048"] != 1 {
		t.Errorf("fates: %v", fates)
	}
}
