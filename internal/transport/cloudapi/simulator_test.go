package cloudapi

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/simulator"
)

// TestSimulatorTakesEveryKind sends every sample of TestSendGolden, and follows
// each to the person's phone.
func TestSimulatorTakesEveryKind(t *testing.T) {
	t.Parallel()
	w := simulated(t)
	w.makeTemplate(t, `{"name":"hello","language":"en","category":"UTILITY","components":[{"type":"BODY","text":"Your shop is open."}]}`)
	w.makeTemplate(t, `{"name":"order_ready","language":"en_US","category":"UTILITY","components":[
		{"type":"HEADER","format":"IMAGE","example":{"header_handle":["4::aW"]}},
		{"type":"BODY","text":"Dear {{1}}, your order with the number {{2}} is ready to be picked up.","example":{"body_text":[["Tendai","A-104"]]}},
		{"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Track"},{"type":"URL","text":"Open","url":"https://example.com/{{1}}","example":["https://example.com/A-104"]}]}]}`)
	w.makeTemplate(t, `{"name":"order_ready","language":"sn","category":"UTILITY","parameter_format":"named","components":[
		{"type":"HEADER","format":"TEXT","text":"From {{shop}} today","example":{"header_text_named_params":[{"param_name":"shop","example":"Stall"}]}},
		{"type":"BODY","text":"Dear {{first_name}}, your order with the number {{code}} is ready to be picked up.","example":{"body_text_named_params":[{"param_name":"first_name","example":"T"},{"param_name":"code","example":"A"}]}}]}`)

	person, err := w.sim.Person(tendai)
	if err != nil {
		t.Fatal(err)
	}
	upload := func(mime string) string {
		id, err := w.Upload(t.Context(), number, musika.Media{MIME: mime}, bytes.NewReader(fileOf(mime)))
		if err != nil {
			t.Fatalf("%s: %v", mime, err)
		}
		return id
	}
	ids := map[string]string{
		"9001": upload("image/png"), "9002": upload("application/pdf"), "9003": upload("application/pdf"),
		"9004": upload("audio/ogg"), "9005": upload("image/webp"),
	}
	quoted, err := w.Send(t.Context(), to(musika.Text("a message to answer")))
	if err != nil {
		t.Fatal(err)
	}
	for name, out := range samples() {
		for _, m := range []*musika.Media{out.Message.Media, out.Message.Image} {
			if m != nil && m.ID != "" {
				m.ID = ids[m.ID]
			}
		}
		if tpl := out.Message.Template; tpl != nil && tpl.Header != nil {
			tpl.Header.ID = ids[tpl.Header.ID]
		}
		if out.Message.ReplyTo != "" {
			out.Message.ReplyTo = quoted.ExternalID
		}
		if out.Message.Reaction != nil {
			out.Message.Reaction.MessageID = quoted.ExternalID
		}
		for i, a := range out.To {
			if a.Kind == musika.AddressBSUID {
				out.To[i].Value = person.UserID
			}
		}
		out.Callback = "msg_" + name
		got, err := w.Send(t.Context(), out)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !strings.HasPrefix(got.ExternalID, "wamid.") || len(got.Recipient) == 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	reached := map[string]musika.MessageState{}
	for _, u := range w.settle(t) {
		if s := u.Status; s != nil {
			if s.Error != nil {
				t.Errorf("%s failed: %v", s.Callback, s.Error)
			}
			if s.State.Rank() > reached[s.Callback].Rank() {
				reached[s.Callback] = s.State
			}
		}
	}
	for name := range samples() {
		want := musika.StateDelivered
		if strings.HasPrefix(name, "reaction") {
			want = musika.StateSent // nothing more is told of a reaction
		}
		if got := reached["msg_"+name]; got != want {
			t.Errorf("%s reached %q, want %q", name, got, want)
		}
	}
}

func TestSimulatorMedia(t *testing.T) {
	t.Parallel()
	w := simulated(t)
	file := fileOf("image/png")
	in := w.say(t, simulator.Content("image", map[string]string{
		"data_base64": base64.StdEncoding.EncodeToString(file), "mime_type": "image/png", "caption": "Paid"}))
	if in.Kind != musika.InboundMedia || in.Text != "Paid" || in.Media == nil {
		t.Fatalf("%+v", in)
	}
	r, m, err := w.Download(t.Context(), number, in.Media.ID)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, file) || m.SHA256 != in.Media.SHA256 || m.SHA256 == "" || m.Size != int64(len(file)) {
		t.Errorf("%d bytes, %+v, %v", len(got), m, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, _, err := w.Download(t.Context(), number, "1"); musika.CodeOf(err) != musika.CodeNotFound {
		t.Error(err)
	}
}

// TestSimulatorInbound: what a person can do arrives as what it is.
func TestSimulatorInbound(t *testing.T) {
	t.Parallel()
	w := simulated(t)
	for _, tt := range []struct {
		in   simulator.Inbound
		want musika.InboundKind
		text string
	}{
		{simulator.Text("Mhoro café 😀 <a/b>"), musika.InboundText, "Mhoro café 😀 <a/b>"},
		{simulator.Content("location", map[string]any{"latitude": -17.8, "longitude": 31.0, "name": "Stall"}), musika.InboundLocation, ""},
		{simulator.Content("contacts", []any{map[string]any{"name": map[string]string{"formatted_name": "Rudo"}, "phones": []any{map[string]string{"phone": "+263770000009"}}}}), musika.InboundContacts, ""},
		{simulator.Content("poll", map[string]string{}), musika.InboundUnsupported, ""},
		{simulator.Content("order", map[string]any{"catalog_id": "1", "text": "soon", "product_items": []any{map[string]any{"product_retailer_id": "A", "quantity": 2, "item_price": 1.5, "currency": "USD"}}}), musika.InboundOrder, "soon"},
	} {
		got := w.say(t, tt.in)
		if got.Kind != tt.want || got.Text != tt.text || got.Profile != "Tendai M" || len(got.From) != 2 {
			t.Errorf("%s: %+v", tt.in.Type, got)
		}
	}

	for name, option := range map[string]string{"buttons": "ok:A-104", "list": "p:2"} {
		sent, err := w.Send(t.Context(), samples()[name])
		if err != nil {
			t.Fatal(err)
		}
		w.settle(t)
		id, err := w.sim.Tap(t.Context(), tendai, sent.ExternalID, option)
		if err != nil {
			t.Fatal(err)
		}
		got := w.inbound(t, id)
		if got.Kind != musika.InboundReply || got.Reply.ID != option || got.ReplyTo != sent.ExternalID || got.Text == "" {
			t.Errorf("%s: %+v", name, got)
		}
		if err := w.MarkRead(t.Context(), number, id, true); err != nil {
			t.Error(err)
		}
	}

	if _, err := w.sim.AddPerson(simulator.Person{WaID: "263770000002", Name: "Rudo", HidePhone: true}); err != nil {
		t.Fatal(err)
	}
	id, err := w.sim.Say(t.Context(), "263770000002", simulator.Text("no phone"))
	if err != nil {
		t.Fatal(err)
	}
	hidden := w.inbound(t, id)
	if len(hidden.From) != 1 || hidden.From[0].Kind != musika.AddressBSUID || hidden.Profile != "Rudo" {
		t.Fatalf("%+v", hidden)
	}
	answer := musika.Outgoing{ChannelExternalID: number, To: hidden.From, Message: musika.Text("hello")}
	if got, err := w.Send(t.Context(), answer); err != nil || len(got.Recipient) != 1 || got.Recipient[0] != hidden.From[0] {
		t.Errorf("%+v %v", got, err)
	}

	if _, err := w.sim.ChangeNumber(t.Context(), tendai, "263770000005"); err != nil {
		t.Fatal(err)
	}
	changed := false
	for _, u := range w.settle(t) {
		if u.Inbound != nil && u.Inbound.Kind == musika.InboundSystem {
			s := u.Inbound.System
			changed = changed || s.Old.Value == "+263770000001" && s.New.Value == "+263770000005"
		}
	}
	if !changed {
		t.Error("the change of number did not come")
	}
}

// TestSimulatorFaults: what goes wrong is told apart.
func TestSimulatorFaults(t *testing.T) {
	t.Parallel()
	w := simulated(t)
	fault := func(f simulator.OneFault) *musika.SendError {
		t.Helper()
		if err := w.sim.SetFaults(simulator.Faults{Next: []simulator.OneFault{f}}); err != nil {
			t.Fatal(err)
		}
		_, err := w.Send(t.Context(), to(musika.Text("hi")))
		if err == nil {
			t.Fatalf("%+v: the send succeeded", f)
		}
		return musika.AsSendError(err)
	}
	for _, tt := range []struct {
		fault simulator.OneFault
		want  musika.Disposition
	}{
		{simulator.OneFault{Kind: "error", Code: 131000, Status: 500}, retry},
		{simulator.OneFault{Kind: "error", Code: 131026, Status: 429}, refused},
		{simulator.OneFault{Kind: "error", Code: 190}, blocked},
		{simulator.OneFault{Kind: "lost_response"}, musika.SendUnknown},
	} {
		if e := fault(tt.fault); e.Disposition != tt.want {
			t.Errorf("%+v: %+v", tt.fault, e)
		}
	}
	if err := w.sim.SetFaults(simulator.Faults{DuplicateWebhooks: 1, ReorderStatuses: 1}); err != nil {
		t.Fatal(err)
	}
	// The window closes: the message is accepted, and fails by webhook.
	if err := w.sim.MoveClock(25 * time.Hour); err != nil {
		t.Fatal(err)
	}
	out := to(musika.Text("too late"))
	out.Callback = "msg_late"
	if _, err := w.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, u := range w.settle(t) {
		if s := u.Status; s != nil && s.Callback == "msg_late" && s.State == musika.StateFailed {
			failed++
			if s.Error.Code != "131047" || s.Error.Disposition != refused {
				t.Errorf("%+v", s.Error)
			}
		}
	}
	if failed < 2 { // told twice, as the fault has it
		t.Errorf("the failure was told %d times", failed)
	}
	if e := fault(simulator.OneFault{Kind: "error", Code: 130429}); e.Disposition != wait || e.After != time.Second {
		t.Errorf("%+v", e)
	}
}

// TestSimulatorTakesTheLimits holds the edges of TestLimits against the
// simulator's own: what we let out it takes.
func TestSimulatorTakesTheLimits(t *testing.T) {
	t.Parallel()
	w := simulated(t)
	c := func(n int) string { return strings.Repeat("ç", n) }
	var rows []musika.Row
	for i := range 10 {
		rows = append(rows, musika.Row{ID: fmt.Sprint(i) + c(199), Title: c(24), Description: c(72)})
	}
	for name, m := range map[string]musika.Message{
		"text": musika.Text(c(4096)),
		"buttons": {Kind: musika.KindButtons, Header: c(60), Body: c(1024), Footer: c(60), Buttons: []musika.Button{
			{ID: "1" + c(255), Title: "1" + c(19)}, {ID: "2" + c(255), Title: "2" + c(19)}, {ID: "3" + c(255), Title: "3" + c(19)}}},
		"list": {Kind: musika.KindList, Header: c(60), Body: c(1024), Footer: c(60), List: &musika.List{Button: c(20), Sections: []musika.Section{
			{Title: c(24), Rows: rows[:5]}, {Title: c(24), Rows: rows[5:]}}}},
		"link": {Kind: musika.KindLink, Body: c(1024), Link: &musika.Link{Title: c(20), URL: "https://example.com"}},
	} {
		if _, err := w.Send(t.Context(), to(m)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
