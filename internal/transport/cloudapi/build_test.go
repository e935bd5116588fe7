package cloudapi

import (
	"strings"
	"testing"

	"github.com/musika/musika"
)

// samples holds a message of every kind, by the name of its golden file. The
// values are made up.
func samples() map[string]musika.Outgoing {
	image := func() *musika.Media { return &musika.Media{Type: musika.MediaImage, ID: "9001"} }
	place := &musika.Place{Point: musika.Point{Latitude: -17.8292, Longitude: 31.0522}, Name: "Stall 12", Address: "Mbare Musika, Harare"}
	out := map[string]musika.Message{
		"text":         musika.Text("Mangwanani, Tendai & family <3"),
		"text_link":    musika.Text("See HTTPS://example.com/menu"),
		"text_reply":   {Kind: musika.KindText, Body: "Yes", ReplyTo: "wamid.IN1"},
		"buttons":      {Kind: musika.KindButtons, Header: "Order A-104", Body: "Confirm?", Footer: "Musika", Buttons: []musika.Button{{ID: "ok:A-104", Title: "Confirm"}, {ID: "no:A-104", Title: "Cancel"}}},
		"buttons_pic":  {Kind: musika.KindButtons, Image: image(), Body: "Maheu 500 ml", Buttons: []musika.Button{{ID: "add:1", Title: "Add"}}},
		"buttons_link": {Kind: musika.KindButtons, Image: &musika.Media{Link: "https://example.com/a.jpg"}, Body: "Maheu", Buttons: []musika.Button{{ID: "add:1", Title: "Add"}}},
		"list": {Kind: musika.KindList, Header: "Menu", Body: "Choose", Footer: "Prices in USD", List: &musika.List{Button: "Products", Sections: []musika.Section{
			{Title: "Drinks", Rows: []musika.Row{{ID: "p:1", Title: "Maheu", Description: "500 ml, $1.00"}}},
			{Title: "Bread", Rows: []musika.Row{{ID: "p:2", Title: "Chingwa"}}},
		}}},
		"list_one":         {Kind: musika.KindList, Body: "Choose", List: &musika.List{Button: "Open", Sections: []musika.Section{{Rows: []musika.Row{{ID: "1", Title: "One"}}}}}},
		"link":             {Kind: musika.KindLink, Header: "Pay", Body: "Pay for A-104", Footer: "Musika", Link: &musika.Link{Title: "Pay now", URL: "https://example.com/pay?a=1&b=2"}},
		"link_doc":         {Kind: musika.KindLink, Body: "Invoice", Image: &musika.Media{Type: musika.MediaDocument, ID: "9002", Filename: "invoice.pdf"}, Link: &musika.Link{Title: "Pay now", URL: "https://example.com/pay"}},
		"location_request": {Kind: musika.KindLocationRequest, Body: "Where shall we bring it?"},
		"media_image":      {Kind: musika.KindMedia, Body: "Fresh today", Media: image()},
		"media_link":       {Kind: musika.KindMedia, Media: &musika.Media{Type: musika.MediaVideo, Link: "https://example.com/v.mp4"}},
		"media_document":   {Kind: musika.KindMedia, Body: "Your invoice", Media: &musika.Media{Type: musika.MediaDocument, ID: "9003", Filename: "A-104.pdf"}},
		"media_voice":      {Kind: musika.KindMedia, Media: &musika.Media{Type: musika.MediaAudio, ID: "9004", MIME: "audio/ogg; codecs=opus", Voice: true}},
		"media_sticker":    {Kind: musika.KindMedia, Media: &musika.Media{Type: musika.MediaSticker, ID: "9005"}},
		"location":         {Kind: musika.KindLocation, Location: place},
		"contacts":         {Kind: musika.KindContacts, Contacts: []musika.ContactCard{{Name: "Rudo Driver", Phone: "+263770000009", Email: "rudo@example.com"}}},
		"reaction":         {Kind: musika.KindReaction, ReplyTo: "wamid.IN1", Reaction: &musika.Reaction{MessageID: "wamid.IN1", Emoji: "👍🏾"}},
		"reaction_removal": {Kind: musika.KindReaction, Reaction: &musika.Reaction{MessageID: "wamid.IN1"}},
		"template_plain":   {Kind: musika.KindTemplate, Template: &musika.TemplateSend{Name: "hello", Language: "en"}},
		"template_positional": {Kind: musika.KindTemplate, Body: "our record", Template: &musika.TemplateSend{Name: "order_ready", Language: "en_US",
			Header: image(), Body: []musika.TemplateParam{{Text: "Tendai"}, {Text: "A-104"}},
			Buttons: []musika.TemplateButton{{Index: 0, Payload: "track:A-104"}, {Index: 1, URL: "A-104"}}}},
		"template_named": {Kind: musika.KindTemplate, Template: &musika.TemplateSend{Name: "order_ready", Language: "sn",
			HeaderParams: []musika.TemplateParam{{Name: "shop", Text: "Stall 12"}}, Body: []musika.TemplateParam{{Name: "first_name", Text: "Tendai"}, {Name: "code", Text: "A-104"}}}},
	}
	all := map[string]musika.Outgoing{}
	for name, m := range out {
		all[name] = to(m)
	}
	everything := to(musika.Text("hi"))
	everything.Callback = "msg_1"
	all["callback"] = everything
	bsuid := to(musika.Text("hi"))
	bsuid.To = []musika.Address{{Kind: musika.AddressLID, Value: "1@lid"}, {Kind: musika.AddressBSUID, Value: "ZW.1349120865530274"}}
	all["bsuid"] = bsuid
	both := to(musika.Text("hi"))
	both.To = append([]musika.Address{{Kind: musika.AddressBSUID, Value: "ZW.1349120865530274"}}, both.To...)
	all["phone_before_bsuid"] = both
	return all
}

// TestSendGolden sends a message of every kind and compares what reached the
// API with testdata/send.
func TestSendGolden(t *testing.T) {
	t.Parallel()
	for name, out := range samples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			got, err := b.client.Send(t.Context(), out)
			if err != nil {
				t.Fatal(err)
			}
			if got.ExternalID != "wamid.OUT1" || len(got.Recipient) != 1 || got.Recipient[0].Value != "+263770000001" {
				t.Errorf("result is %+v", got)
			}
			call := b.last(t)
			if call.path != "/v26.0/"+number+"/messages" || call.auth != "Bearer "+testToken || call.contentType != "application/json" {
				t.Errorf("call is %+v", call)
			}
			golden(t, "send/"+name+".json", call.body)
		})
	}
}

func TestBuildLeavesHTMLAlone(t *testing.T) {
	t.Parallel()
	out := to(musika.Text("a <b> & c"))
	body, _, refused := build(&out)
	if refused != nil || !strings.Contains(string(body), "a <b> & c") {
		t.Errorf("%s %v", body, refused)
	}
}

// TestLimits walks every limit at its edge: the first value passes, the second
// is refused with the field named, and nothing is sent.
func TestLimits(t *testing.T) {
	t.Parallel()
	c := func(n int) string { return strings.Repeat("ç", n) } // two bytes each: characters count
	buttons := func(change func(*musika.Message)) musika.Message {
		m := musika.Message{Kind: musika.KindButtons, Body: "b", Buttons: []musika.Button{{ID: "1", Title: "One"}}}
		change(&m)
		return m
	}
	list := func(change func(*musika.Message)) musika.Message {
		m := musika.Message{Kind: musika.KindList, Body: "b", List: &musika.List{Button: "Open", Sections: []musika.Section{{Rows: []musika.Row{{ID: "1", Title: "One"}}}}}}
		change(&m)
		return m
	}
	rows := func(from, n int) (out []musika.Row) {
		for i := range n {
			out = append(out, musika.Row{ID: string(rune('a' + from + i)), Title: "row"})
		}
		return out
	}
	sections := func(n int) musika.Message {
		return list(func(m *musika.Message) {
			m.List.Sections = nil
			for i := range n {
				m.List.Sections = append(m.List.Sections, musika.Section{Title: "s", Rows: rows(i, 1)})
			}
		})
	}
	options := func(n int) (out []musika.Button) {
		for i := range n {
			s := string(rune('a' + i))
			out = append(out, musika.Button{ID: s, Title: s})
		}
		return out
	}
	link := func(title, url string) musika.Message {
		return musika.Message{Kind: musika.KindLink, Body: "b", Link: &musika.Link{Title: title, URL: url}}
	}
	media := func(m musika.Media, caption string) musika.Message {
		return musika.Message{Kind: musika.KindMedia, Media: &m, Body: caption}
	}
	image := musika.Media{Type: musika.MediaImage, ID: "1"}
	template := func(change func(*musika.TemplateSend)) musika.Message {
		s := &musika.TemplateSend{Name: "n", Language: "en"}
		change(s)
		return musika.Message{Kind: musika.KindTemplate, Template: s}
	}
	body := func(p ...musika.TemplateParam) musika.Message {
		return template(func(s *musika.TemplateSend) { s.Body = p })
	}
	react := func(emoji string) musika.Message {
		return musika.Message{Kind: musika.KindReaction, Reaction: &musika.Reaction{MessageID: "w", Emoji: emoji}}
	}
	for _, tt := range []struct {
		field     string
		good, bad musika.Message
	}{
		{"body", musika.Text(c(4096)), musika.Text(c(4097))},
		{"body", musika.Text("x"), musika.Text(" \n")},
		{"header", musika.Text("x"), musika.Message{Kind: musika.KindText, Body: "b", Header: "h"}},
		{"kind", musika.Text("x"), musika.Message{Kind: "poll", Body: "b"}},
		{"reply_to", musika.Message{Kind: musika.KindText, Body: "b", ReplyTo: c(512)}, musika.Message{Kind: musika.KindText, Body: "b", ReplyTo: c(513)}},

		{"body", buttons(func(m *musika.Message) { m.Body = c(1024) }), buttons(func(m *musika.Message) { m.Body = c(1025) })},
		{"header", buttons(func(m *musika.Message) { m.Header = c(60) }), buttons(func(m *musika.Message) { m.Header = c(61) })},
		{"footer", buttons(func(m *musika.Message) { m.Footer = c(60) }), buttons(func(m *musika.Message) { m.Footer = c(61) })},
		{"buttons", buttons(func(m *musika.Message) { m.Buttons = options(3) }), buttons(func(m *musika.Message) { m.Buttons = options(4) })},
		{"buttons", buttons(func(m *musika.Message) { m.Buttons = options(1) }), buttons(func(m *musika.Message) { m.Buttons = nil })},
		{"buttons[0].title", buttons(func(m *musika.Message) { m.Buttons[0].Title = c(20) }), buttons(func(m *musika.Message) { m.Buttons[0].Title = c(21) })},
		{"buttons[0].title", buttons(func(m *musika.Message) { m.Buttons[0].Title = "x" }), buttons(func(m *musika.Message) { m.Buttons[0].Title = "" })},
		{"buttons[0].id", buttons(func(m *musika.Message) { m.Buttons[0].ID = c(256) }), buttons(func(m *musika.Message) { m.Buttons[0].ID = c(257) })},
		{"buttons[0].id", buttons(func(m *musika.Message) { m.Buttons[0].ID = "a b" }), buttons(func(m *musika.Message) { m.Buttons[0].ID = "a " })},
		{"buttons[1].id", buttons(func(m *musika.Message) { m.Buttons = options(2) }), buttons(func(m *musika.Message) { m.Buttons = []musika.Button{{ID: "1", Title: "a"}, {ID: "1", Title: "b"}} })},
		{"buttons[1].title", buttons(func(m *musika.Message) { m.Buttons = options(2) }), buttons(func(m *musika.Message) { m.Buttons = []musika.Button{{ID: "1", Title: "a"}, {ID: "2", Title: "a"}} })},
		{"image", buttons(func(m *musika.Message) { m.Image = &image }), buttons(func(m *musika.Message) { m.Image, m.Header = &image, "h" })},
		{"image.type", buttons(func(m *musika.Message) { m.Image = &image }), buttons(func(m *musika.Message) { m.Image = &musika.Media{Type: musika.MediaSticker, ID: "1"} })},

		{"body", list(func(m *musika.Message) { m.Body = c(1024) }), list(func(m *musika.Message) { m.Body = c(1025) })},
		{"image", list(func(m *musika.Message) {}), list(func(m *musika.Message) { m.Image = &image })},
		{"list", list(func(m *musika.Message) {}), list(func(m *musika.Message) { m.List = nil })},
		{"list.button", list(func(m *musika.Message) { m.List.Button = c(20) }), list(func(m *musika.Message) { m.List.Button = c(21) })},
		{"list.sections", sections(10), sections(11)},
		{"list.sections", sections(1), list(func(m *musika.Message) { m.List.Sections = nil })},
		{"list.sections", list(func(m *musika.Message) { m.List.Sections[0].Rows = rows(0, 10) }), list(func(m *musika.Message) {
			m.List.Sections = []musika.Section{{Title: "a", Rows: rows(0, 6)}, {Title: "b", Rows: rows(6, 5)}}
		})},
		{"list.sections[1].rows", sections(2), list(func(m *musika.Message) {
			m.List.Sections = []musika.Section{{Title: "a", Rows: rows(0, 1)}, {Title: "b"}}
		})},
		{"list.sections[0].title", sections(2), list(func(m *musika.Message) {
			m.List.Sections = []musika.Section{{Rows: rows(0, 1)}, {Title: "b", Rows: rows(1, 1)}}
		})},
		{"list.sections[0].title", list(func(m *musika.Message) { m.List.Sections[0].Title = c(24) }), list(func(m *musika.Message) { m.List.Sections[0].Title = c(25) })},
		{"list.sections[0].rows[0].title", list(func(m *musika.Message) { m.List.Sections[0].Rows[0].Title = c(24) }), list(func(m *musika.Message) { m.List.Sections[0].Rows[0].Title = c(25) })},
		{"list.sections[0].rows[0].description", list(func(m *musika.Message) { m.List.Sections[0].Rows[0].Description = c(72) }), list(func(m *musika.Message) { m.List.Sections[0].Rows[0].Description = c(73) })},
		{"list.sections[0].rows[0].id", list(func(m *musika.Message) { m.List.Sections[0].Rows[0].ID = c(200) }), list(func(m *musika.Message) { m.List.Sections[0].Rows[0].ID = c(201) })},
		{"list.sections[1].rows[0].id", sections(2), list(func(m *musika.Message) {
			m.List.Sections = []musika.Section{{Title: "a", Rows: rows(0, 1)}, {Title: "b", Rows: rows(0, 1)}}
		})},

		{"link.title", link(c(20), "https://x.example"), link(c(21), "https://x.example")},
		{"link.url", link("t", "http://x.example/a"), link("t", "x.example/a")},
		{"link.url", link("t", "https://x.example"), link("t", "javascript:alert(1)")},
		{"link.url", link("t", "https://x.example/"+strings.Repeat("a", 1982)), link("t", "https://x.example/"+strings.Repeat("a", 1983))},
		{"link", link("t", "https://x.example"), musika.Message{Kind: musika.KindLink, Body: "b"}},
		{"header", musika.Message{Kind: musika.KindLocationRequest, Body: "b"}, musika.Message{Kind: musika.KindLocationRequest, Body: "b", Header: "h"}},
		{"body", musika.Message{Kind: musika.KindLocationRequest, Body: c(1024)}, musika.Message{Kind: musika.KindLocationRequest, Body: c(1025)}},

		{"body", media(image, c(1024)), media(image, c(1025))},
		{"media", media(image, ""), media(musika.Media{Type: musika.MediaImage, ID: "1", Link: "https://x.example/a"}, "")},
		{"media", media(image, ""), media(musika.Media{Type: musika.MediaImage}, "")},
		{"media", media(image, ""), musika.Message{Kind: musika.KindMedia}},
		{"media.type", media(image, ""), media(musika.Media{Type: "gif", ID: "1"}, "")},
		{"media.id", media(image, ""), media(musika.Media{Type: musika.MediaImage, ID: "1/../2"}, "")},
		{"media.link", media(musika.Media{Type: musika.MediaImage, Link: "https://x.example"}, ""), media(musika.Media{Type: musika.MediaImage, Link: "file:///etc/passwd"}, "")},
		{"media.mime", media(musika.Media{Type: musika.MediaImage, ID: "1", MIME: "image/jpeg"}, ""), media(musika.Media{Type: musika.MediaImage, ID: "1", MIME: "image/gif"}, "")},
		{"media.mime", media(musika.Media{Type: musika.MediaAudio, ID: "1", MIME: "audio/mpeg"}, ""), media(musika.Media{Type: musika.MediaAudio, ID: "1", MIME: "audio/mpeg", Voice: true}, "")},
		{"media.size", media(musika.Media{Type: musika.MediaImage, ID: "1", Size: 5 << 20}, ""), media(musika.Media{Type: musika.MediaImage, ID: "1", Size: 5<<20 + 1}, "")},
		{"body", media(musika.Media{Type: musika.MediaAudio, ID: "1"}, ""), media(musika.Media{Type: musika.MediaAudio, ID: "1"}, "caption")},

		{"location", musika.Message{Kind: musika.KindLocation, Location: &musika.Place{Point: musika.Point{Latitude: 90, Longitude: -180}}}, musika.Message{Kind: musika.KindLocation, Location: &musika.Place{Point: musika.Point{Latitude: 90.1}}}},
		{"location", musika.Message{Kind: musika.KindLocation, Location: &musika.Place{}}, musika.Message{Kind: musika.KindLocation}},
		{"body", musika.Message{Kind: musika.KindLocation, Location: &musika.Place{}}, musika.Message{Kind: musika.KindLocation, Location: &musika.Place{}, Body: "lost"}},
		{"contacts", musika.Message{Kind: musika.KindContacts, Contacts: []musika.ContactCard{{Name: "n"}}}, musika.Message{Kind: musika.KindContacts}},
		{"contacts[0].name", musika.Message{Kind: musika.KindContacts, Contacts: []musika.ContactCard{{Name: "n"}}}, musika.Message{Kind: musika.KindContacts, Contacts: []musika.ContactCard{{Phone: "+263770000001"}}}},
		{"contacts[0].phone", musika.Message{Kind: musika.KindContacts, Contacts: []musika.ContactCard{{Name: "n", Phone: "+263770000001"}}}, musika.Message{Kind: musika.KindContacts, Contacts: []musika.ContactCard{{Name: "n", Phone: "0770"}}}},
		{"reaction", react("❤️"), musika.Message{Kind: musika.KindReaction}},
		{"reaction.emoji", react("1️⃣"), react("ok")},
		{"reaction.emoji", react("👨‍👩‍👧‍👦"), react(strings.Repeat("👍", 17))},
		{"reaction.message_id", react("👍"), musika.Message{Kind: musika.KindReaction, Reaction: &musika.Reaction{Emoji: "👍"}}},

		{"template", template(func(*musika.TemplateSend) {}), musika.Message{Kind: musika.KindTemplate}},
		{"template.name", template(func(s *musika.TemplateSend) { s.Name = strings.Repeat("a", 512) }), template(func(s *musika.TemplateSend) { s.Name = strings.Repeat("a", 513) })},
		{"template.name", template(func(s *musika.TemplateSend) { s.Name = "a_1" }), template(func(s *musika.TemplateSend) { s.Name = "A-1" })},
		{"template.language", template(func(s *musika.TemplateSend) { s.Language = "pt_BR" }), template(func(s *musika.TemplateSend) { s.Language = "english" })},
		{"template.header_params", template(func(s *musika.TemplateSend) { s.Header = &image }), template(func(s *musika.TemplateSend) { s.Header, s.HeaderParams = &image, []musika.TemplateParam{{Text: "x"}} })},
		{"template.body[0].text", body(musika.TemplateParam{Text: c(1024)}), body(musika.TemplateParam{Text: c(1025)})},
		{"template.body[0].text", body(musika.TemplateParam{Text: "a    b"}), body(musika.TemplateParam{Text: "a     b"})},
		{"template.body[0].text", body(musika.TemplateParam{Text: "a b"}), body(musika.TemplateParam{Text: "a\nb"})},
		{"template.body[0].text", body(musika.TemplateParam{Text: "a"}), body(musika.TemplateParam{})},
		{"template.body[1].name", body(musika.TemplateParam{Name: "a", Text: "a"}, musika.TemplateParam{Name: "b", Text: "b"}), body(musika.TemplateParam{Name: "a", Text: "a"}, musika.TemplateParam{Text: "b"})},
		{"template.body[1].name", body(musika.TemplateParam{Text: "a"}), body(musika.TemplateParam{Name: "a", Text: "a"}, musika.TemplateParam{Name: "a", Text: "b"})},
		{"template.buttons[0].index", template(func(s *musika.TemplateSend) { s.Buttons = []musika.TemplateButton{{Index: 9, Payload: "p"}} }), template(func(s *musika.TemplateSend) { s.Buttons = []musika.TemplateButton{{Index: 10, Payload: "p"}} })},
		{"template.buttons[1].index", template(func(s *musika.TemplateSend) {}), template(func(s *musika.TemplateSend) {
			s.Buttons = []musika.TemplateButton{{Index: 1, Payload: "p"}, {Index: 1, URL: "u"}}
		})},
		{"template.buttons[0]", template(func(s *musika.TemplateSend) { s.Buttons = []musika.TemplateButton{{URL: "u"}} }), template(func(s *musika.TemplateSend) { s.Buttons = []musika.TemplateButton{{URL: "u", Payload: "p"}} })},
	} {
		out := to(tt.good)
		if _, _, refused := build(&out); refused != nil {
			t.Errorf("%s: the good one is refused: %v", tt.field, refused)
		}
		out = to(tt.bad)
		_, _, refused := build(&out)
		if refused == nil {
			t.Errorf("%s: the bad one passes: %+v", tt.field, tt.bad)
			continue
		}
		if refused.Disposition != musika.SendRefused || !strings.HasPrefix(refused.Title, tt.field+" ") ||
			!strings.Contains(refused.Advice, tt.field) || musika.CodeOf(refused) != musika.CodeInvalid {
			t.Errorf("%s: refused with %+v", tt.field, refused)
		}
	}
}

func TestRefusedNeverLeaves(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, change := range map[string]func(*musika.Outgoing){
		"channel":  func(o *musika.Outgoing) { o.ChannelExternalID = "1/../2" },
		"channel ": func(o *musika.Outgoing) { o.ChannelExternalID = "" },
		"callback": func(o *musika.Outgoing) { o.Callback = strings.Repeat("x", 513) },
		"to":       func(o *musika.Outgoing) { o.To = nil },
		"to ":      func(o *musika.Outgoing) { o.To = []musika.Address{{Kind: musika.AddressBSUID, Value: "zw.1"}} },
		"to  ":     func(o *musika.Outgoing) { o.To = []musika.Address{{Kind: musika.AddressPhone, Value: "0771"}} },
	} {
		out := to(musika.Text("hi"))
		change(&out)
		_, err := b.client.Send(t.Context(), out)
		if e := musika.AsSendError(err); e.Disposition != musika.SendRefused || !strings.HasPrefix(e.Title, strings.TrimSpace(name)+" ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if b.count() != 0 {
		t.Errorf("%d requests left", b.count())
	}
}
