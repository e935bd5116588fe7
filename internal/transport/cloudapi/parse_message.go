package cloudapi

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/musika/musika"
)

// maxInbound is the most that is kept of any text that came in, in characters.
// WhatsApp's own limit is a sixteenth of it.
const maxInbound = 65_536

// message reads one element of messages.
func (p *parser) message(raw json.RawMessage, contacts []wireContact, at time.Time) {
	var w wireMessage
	_ = json.Unmarshal(raw, &w) // valid JSON: what does not fit is left out
	r := reading{w: &w, in: &musika.Inbound{ExternalID: string(w.ID), At: at, Group: w.GroupID != ""}}
	if w.Timestamp != "" {
		r.in.At = p.time(w.Timestamp)
	}
	r.sender(contacts)
	if w.ID == "" || len(w.ID) > maxMessageID || len(r.in.From) == 0 {
		p.notice(NoticeMessage, raw, at)
		return
	}
	if w.Context != nil {
		r.in.ReplyTo = clip(w.Context.ID, maxMessageID)
	}
	if w.Type == "system" {
		if !r.system() { // nobody's address changed: for the log, not for the bot
			p.notice(NoticeMessage, raw, r.in.At)
			return
		}
	} else {
		r.content()
		r.origin()
	}
	r.in.Note, _ = cut(strings.Join(r.notes, "; "), maxInbound)
	p.out = append(p.out, musika.Update{ChannelExternalID: p.channel, Inbound: r.in})
}

// reading turns one message of Meta's into an Inbound.
type reading struct {
	w     *wireMessage
	in    *musika.Inbound
	notes []string
}

// note adds to the Inbound's note.
func (r *reading) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// str returns t, cut to what is kept; what names it in the note.
func (r *reading) str(what string, t text) string {
	s, shorter := cut(string(t), maxInbound)
	if shorter {
		r.note("%s was cut at %d characters", what, maxInbound)
	}
	return s
}

// unsupported ends a message that cannot be read.
func (r *reading) unsupported(format string, args ...any) {
	r.in.Kind = musika.InboundUnsupported
	r.note(format, args...)
}

// sender fills From and Profile. The message and its contact name the same
// person: a phone, a business-scoped id, or both; the contact is matched by
// either.
func (r *reading) sender(contacts []wireContact) {
	phone, user := r.w.From, r.w.FromUserID
	var match *wireContact
	for i, c := range contacts {
		if c.WaID != "" && c.WaID == phone || c.UserID != "" && c.UserID == user {
			match = &contacts[i]
			break
		}
	}
	if match == nil && phone == "" && user == "" && len(contacts) == 1 {
		match = &contacts[0]
	}
	if match != nil {
		setDefault(&phone, match.WaID)
		setDefault(&user, match.UserID)
		r.in.Profile = r.str("the profile name", match.Profile.Name)
	}
	r.in.From = addresses(phone, user)
}

// content reads the part that the message's type names.
func (r *reading) content() {
	w := r.w
	switch w.Type {
	case "text":
		r.text(w.Text)
	case "image":
		r.media(musika.MediaImage, w.Image)
	case "video":
		r.media(musika.MediaVideo, w.Video)
	case "audio", "voice":
		if w.Audio == nil {
			w.Audio = w.Voice
		}
		r.media(musika.MediaAudio, w.Audio)
	case "document":
		r.media(musika.MediaDocument, w.Document)
	case "sticker":
		r.media(musika.MediaSticker, w.Sticker)
	case "location":
		r.location(w.Location)
	case "contacts":
		r.contacts(w.Contacts)
	case "reaction":
		r.reaction(w.Reaction)
	case "interactive":
		r.interactive(w.Interactive)
	case "button":
		r.button(w.Button)
	case "order":
		r.order(w.Order)
	case "edit":
		r.edit(w.Edit)
	case "revoke":
		r.revoke(w.Revoke)
	default: // "unsupported", "unknown", and what Meta adds tomorrow
		r.unknown()
	}
}

func (r *reading) text(w *wireText) {
	if w == nil || w.Body == "" {
		r.unsupported("a text without a body")
		return
	}
	r.in.Kind, r.in.Text = musika.InboundText, r.str("the text", w.Body)
}

// media keeps Meta's id; the address that comes with it needs our token and
// lives five minutes, so it is no Link.
func (r *reading) media(kind musika.MediaType, w *wireMedia) {
	if w == nil || !objectID.MatchString(string(w.ID)) {
		r.unsupported("%s without an id", kind)
		return
	}
	r.in.Kind = musika.InboundMedia
	r.in.Text = r.str("the caption", w.Caption)
	r.in.Media = &musika.Media{
		Type: kind, ID: string(w.ID), MIME: r.str("the MIME type", w.MIME), Filename: r.str("the file's name", w.Filename),
		SHA256: hexHash(string(w.SHA256)), Voice: kind == musika.MediaAudio && (bool(w.IsVoice) || r.w.Type == "voice"),
	}
}

func (r *reading) location(w *wireLocation) {
	if w == nil {
		r.unsupported("a location without a point")
		return
	}
	latitude, err1 := strconv.ParseFloat(string(w.Latitude), 64)
	longitude, err2 := strconv.ParseFloat(string(w.Longitude), 64)
	point := musika.Point{Latitude: latitude, Longitude: longitude}
	if err1 != nil || err2 != nil || !point.Valid() {
		r.unsupported("a location off the Earth")
		return
	}
	r.in.Kind = musika.InboundLocation
	r.in.Location = &musika.Place{Point: point, Name: r.str("the place's name", w.Name), Address: r.str("the address", w.Address)}
}

// contacts keeps the first phone and email of each card.
func (r *reading) contacts(cards []wireCard) {
	for _, w := range cards {
		card := musika.ContactCard{Name: r.str("a card's name", w.Name.Formatted)}
		for _, t := range w.Phones {
			for _, s := range []text{t.WaID, t.Phone} {
				if phone, err := musika.ParsePhone(string(s)); err == nil && card.Phone == "" {
					card.Phone = phone
				}
			}
		}
		if len(w.Emails) > 0 {
			card.Email = r.str("an email", w.Emails[0].Email)
		}
		if card != (musika.ContactCard{}) {
			r.in.Contacts = append(r.in.Contacts, card)
		}
	}
	r.in.Kind = musika.InboundContacts
	if len(r.in.Contacts) == 0 {
		r.unsupported("contacts without a card")
	}
}

// reaction reads an emoji; one taken away has an empty emoji or none.
func (r *reading) reaction(w *wireReaction) {
	if w == nil || w.MessageID == "" {
		r.unsupported("a reaction to no message")
		return
	}
	r.in.Kind = musika.InboundReaction
	r.in.Reaction = &musika.Reaction{MessageID: clip(w.MessageID, maxMessageID), Emoji: r.str("the emoji", w.Emoji)}
}

// reply fills in an option chosen.
func (r *reading) reply(id, title text) {
	r.in.Kind = musika.InboundReply
	r.in.Text = r.str("the title", title)
	r.in.Reply = &musika.Option{ID: r.str("the reply's id", id), Title: r.in.Text}
}

func (r *reading) interactive(w *wireInteractive) {
	switch {
	case w == nil:
		r.unsupported("interactive without a choice")
	case w.ButtonReply != nil && w.ButtonReply.ID != "":
		r.reply(w.ButtonReply.ID, w.ButtonReply.Title)
	case w.ListReply != nil && w.ListReply.ID != "":
		r.reply(w.ListReply.ID, w.ListReply.Title)
	case w.Form != nil:
		r.reply("flow:"+w.Form.Name, w.Form.Body)
		r.in.Text = r.str("the form's answer", formAnswer(w.Form.Response))
	default:
		r.unsupported("interactive of type %q", clip(w.Type, 100))
	}
}

// formAnswer returns the JSON of a form's answer, which is written as a string
// of JSON; as plain JSON it is kept as it is.
func formAnswer(raw json.RawMessage) text {
	var s text
	if _ = json.Unmarshal(raw, &s); s != "" || absent(raw) {
		return s
	}
	return text(cleanRaw(raw))
}

// button reads a tap on a template's quick reply; without a payload of ours
// Meta repeats the label.
func (r *reading) button(w *wireButton) {
	if w == nil || w.Payload == "" && w.Text == "" {
		r.unsupported("a button without a payload")
		return
	}
	setDefault(&w.Payload, w.Text)
	setDefault(&w.Text, w.Payload)
	r.reply(w.Payload, w.Text)
}

// order reads a cart. Its prices are the sender's and are left behind.
func (r *reading) order(w *wireOrder) {
	if w == nil {
		r.unsupported("an order without items")
		return
	}
	o := &musika.NativeOrder{CatalogID: clip(w.CatalogID, maxMessageID), Text: r.str("the order's text", w.Text)}
	for _, item := range w.Items {
		n, err := strconv.ParseFloat(string(item.Quantity), 64)
		if item.SKU == "" || err != nil || n != math.Trunc(n) || n < 1 || n > 1e6 {
			r.note("an item %q with quantity %q was left out", clip(item.SKU, 100), clip(item.Quantity, 100))
			continue
		}
		o.Items = append(o.Items, musika.NativeItem{SKU: r.str("a product's id", item.SKU), Quantity: int(n)})
	}
	if len(o.Items) == 0 {
		r.unsupported("an order without items")
		return
	}
	r.in.Kind, r.in.Order, r.in.Text = musika.InboundOrder, o, o.Text
}

// system reads the change of a person's number or id, and reports whether
// there is one. From is where the person was.
func (r *reading) system() bool {
	w := r.w.System
	if w == nil || w.Type == "customer_identity_changed" { // a new key, at the same address
		return false
	}
	setDefault(&w.WaID, w.NewWaID)
	to := addresses(w.WaID, w.UserID)
	r.in.Kind, r.in.Text = musika.InboundSystem, r.str("the system text", w.Body)
	// A number is told with its new id at times: the pair of the kind that both
	// sides have is the change, numbers first.
	for _, now := range to {
		for _, was := range r.in.From {
			if now.Kind == was.Kind && now != was {
				r.in.System = &musika.SystemChange{Old: was, New: now}
				return true
			}
		}
	}
	if len(to) > 0 && to[0] != r.in.From[0] && to[0].Kind != r.in.From[0].Kind {
		r.in.System = &musika.SystemChange{Old: r.in.From[0], New: to[0]}
		return true
	}
	return false
}

// edit reads a message that its writer changed.
func (r *reading) edit(w *wireEdit) {
	r.unsupported("edit")
	if w == nil {
		return
	}
	r.in.ReplyTo = clip(w.OriginalID, maxMessageID)
	if w.Message == nil {
		return
	}
	m := w.Message
	if m.Text != nil {
		r.in.Text = r.str("the text", m.Text.Body)
	}
	for _, file := range []*wireMedia{m.Image, m.Video, m.Document} {
		if file != nil && file.Caption != "" {
			r.in.Text = r.str("the caption", file.Caption)
		}
	}
}

// revoke reads that a writer took a message back.
func (r *reading) revoke(w *wireRevoke) {
	r.unsupported("revoke")
	if w != nil {
		r.in.ReplyTo = clip(w.OriginalID, maxMessageID)
	}
}

// unknown keeps what Meta says about a message that it does not pass on.
func (r *reading) unknown() {
	r.unsupported("type %q", clip(r.w.Type, 100))
	if r.w.Unsupported.Type != "" {
		r.note("%s", clip(r.w.Unsupported.Type, 100))
	}
	for _, e := range r.w.Errors {
		r.note("%s %s", clip(e.Code, 20), e.words())
	}
}

// origin notes what led to the message.
func (r *reading) origin() {
	if c := r.w.Context; c != nil {
		if c.Product.SKU != "" {
			r.note("about product %s of catalogue %s", clip(c.Product.SKU, 200), clip(c.Product.CatalogID, 200))
		}
		switch {
		case bool(c.Frequently):
			r.note("forwarded many times")
		case bool(c.Forwarded):
			r.note("forwarded")
		}
	}
	if a := r.w.Referral; a != nil && a.SourceType+a.SourceID+a.SourceURL != "" {
		r.note("from %s %s %s %q", clip(a.SourceType, 100), clip(a.SourceID, 200), clip(a.SourceURL, maxURL), clip(a.Headline, 500))
	}
}
