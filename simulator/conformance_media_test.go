package simulator_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika/simulator"
)

func s28Upload(_ *testing.T, w *world) {
	w.upload("image/gif", []byte("GIF89a......"), "whatsapp").fails(400, 131053, 100)
	big := make([]byte, 5<<20+1)
	copy(big, png)
	w.upload("image/png", big, "whatsapp").fails(400, 131053, 100)
	w.upload("image/png", big[:5<<20], "whatsapp").ok()
	w.upload("image/jpeg", png, "whatsapp").fails(400, 131053)
}

func s29UploadProduct(_ *testing.T, w *world) {
	w.upload("image/png", png, "").fails(400, 100).says("(#100) The parameter messaging_product is required.")
}

func s30Describe(t *testing.T, w *world) {
	id := w.media("image/png", png)
	if strings.Trim(id, "0123456789") != "" {
		t.Errorf("id %q is not digits", id)
	}
	a := w.get(id).ok()
	sum := sha256.Sum256(png)
	for field, want := range map[string]any{"mime_type": "image/png", "sha256": hex.EncodeToString(sum[:]),
		"file_size": float64(len(png)), "id": id, "messaging_product": "whatsapp"} {
		if a.at(field) != want {
			t.Errorf("%s is %v, want %v", field, a.at(field), want)
		}
	}
	if u, _ := a.at("url").(string); !strings.HasPrefix(u, w.url) {
		t.Errorf("url: %s", a.raw)
	}
}

func s31Download(t *testing.T, w *world) {
	u := w.get(w.media("image/png", png)).at("url").(string)
	if a := w.do("GET", u, nil, "Authorization", ""); a.status < 400 {
		t.Errorf("without a token: HTTP %d", a.status)
	}
	a := w.do("GET", u, nil).ok()
	if !bytes.Equal(a.raw, png) || a.header.Get("Content-Type") != "image/png" {
		t.Errorf("%d bytes of %s", len(a.raw), a.header.Get("Content-Type"))
	}
}

func s32URLExpires(t *testing.T, w *world) {
	id := w.media("image/png", png)
	old := w.get(id).at("url").(string)
	w.move(5*time.Minute + time.Second)
	if a := w.do("GET", old, nil); a.status != 404 {
		t.Errorf("after five minutes: HTTP %d", a.status)
	}
	w.do("GET", w.get(id).ok().at("url").(string), nil).ok()
}

func s33MediaLife(_ *testing.T, w *world) {
	uploaded := w.media("image/png", png)
	m := w.inbound(w.say(tendai, simulator.Content("image", object{"data_base64": "iVBORw0KGgo=", "mime_type": "image/png"})))
	received := at(m, "image.id").(string)
	w.move(7*24*time.Hour - time.Minute)
	w.get(received).ok()
	w.move(2 * time.Minute)
	w.get(received).fails(400, 100)
	w.get(uploaded).ok()
	w.move(23 * 24 * time.Hour)
	w.get(uploaded).fails(400, 100)
	w.send(message("image", object{"id": uploaded})).fails(400, 100)
}

func s34DeleteMedia(t *testing.T, w *world) {
	id := w.media("image/png", png)
	if a := w.delete(id).ok(); a.at("success") != true {
		t.Errorf("answer: %s", a.raw)
	}
	if a := w.get(id).fails(400, 100); a.at("error.error_subcode") != 33.0 {
		t.Errorf("subcode: %s", a.raw)
	}
}

func s35MediaOwner(_ *testing.T, w *world) {
	id := w.media("image/png", png)
	w.get(id + "?phone_number_id=" + phoneP).ok()
	w.get(id+"?phone_number_id="+phoneP2).fails(400, 100)
}

func s36Read(t *testing.T, w *world) {
	first := w.say(tendai, simulator.Text("one"))
	second := w.say(tendai, simulator.Text("two"))
	w.settle()
	before := w.hook.count()
	if a := w.send(object{"messaging_product": "whatsapp", "status": "read", "message_id": second}).ok(); a.at("success") != true {
		t.Errorf("answer: %s", a.raw)
	}
	w.settle()
	if n := w.hook.count() - before; n != 0 {
		t.Errorf("%d webhooks followed", n)
	}
	for _, m := range w.sim.Thread(tendai, phoneP) {
		if (m.ID == first || m.ID == second) && m.Status != "read" {
			t.Errorf("%s is %s", m.ID, m.Status)
		}
	}
	w.send(object{"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.none"}).fails(400, 131009)
}

func s37Typing(t *testing.T, w *world) {
	typing := func() bool {
		t.Helper()
		return w.do("GET", "/_sim/people/"+tendai+"/thread", nil).ok().at("typing").(bool)
	}
	show := func() {
		t.Helper()
		w.send(object{"messaging_product": "whatsapp", "status": "read", "message_id": w.say(tendai, simulator.Text("?")),
			"typing_indicator": object{"type": "text"}}).ok()
		if !typing() {
			t.Error("no indicator")
		}
	}
	show()
	w.move(25 * time.Second)
	if typing() {
		t.Error("still typing after 25 s")
	}
	show()
	w.sent(textMessage("answer"))
	if typing() {
		t.Error("still typing after the answer")
	}
}
