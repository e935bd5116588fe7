package cloudapi

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/musika/musika"
)

// envelope is the body of a call that sends a message (Meta's Cloud API:
// sending messages). Exactly one part after Type is set.
type envelope struct {
	Product       string `json:"messaging_product"`
	RecipientType string `json:"recipient_type"`
	To            string `json:"to,omitempty"`        // +E.164: without the plus Meta would add our own country code
	Recipient     string `json:"recipient,omitempty"` // a BSUID, when there is no phone
	Type          string `json:"type"`

	Context  *contextPart `json:"context,omitempty"`
	Callback string       `json:"biz_opaque_callback_data,omitempty"`

	Text        *textPart        `json:"text,omitempty"`
	Image       *mediaPart       `json:"image,omitempty"`
	Audio       *mediaPart       `json:"audio,omitempty"`
	Video       *mediaPart       `json:"video,omitempty"`
	Document    *mediaPart       `json:"document,omitempty"`
	Sticker     *mediaPart       `json:"sticker,omitempty"`
	Location    *locationPart    `json:"location,omitempty"`
	Contacts    []cardPart       `json:"contacts,omitempty"`
	Reaction    *reactionPart    `json:"reaction,omitempty"`
	Interactive *interactivePart `json:"interactive,omitempty"`
	Template    *templatePart    `json:"template,omitempty"`
}

type contextPart struct {
	MessageID string `json:"message_id"`
}

type textPart struct {
	Body    string `json:"body"`
	Preview bool   `json:"preview_url,omitempty"`
}

type mediaPart struct {
	ID       string `json:"id,omitempty"`
	Link     string `json:"link,omitempty"`
	Caption  string `json:"caption,omitempty"`
	Filename string `json:"filename,omitempty"`
	Voice    bool   `json:"voice,omitempty"`
}

type locationPart struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
}

type cardPart struct {
	Name   cardName    `json:"name"`
	Phones []cardPhone `json:"phones,omitempty"`
	Emails []cardEmail `json:"emails,omitempty"`
}

// cardName carries the whole name twice: Meta wants one more part beside the
// formatted name, and where a name splits is not ours to guess.
type cardName struct {
	Formatted string `json:"formatted_name"`
	First     string `json:"first_name"`
}

type cardPhone struct {
	Phone string `json:"phone"`
	WaID  string `json:"wa_id"` // makes the card's "Message" button work
}

type cardEmail struct {
	Email string `json:"email"`
}

type reactionPart struct {
	MessageID string `json:"message_id"`
	Emoji     string `json:"emoji"` // empty: takes the reaction away
}

// build checks out against Meta's rules and writes the call's body. person is
// the address that it goes to, the key of the pace.
func build(out *musika.Outgoing) (body []byte, person string, refusal *musika.SendError) {
	var c check
	c.That(objectID.MatchString(out.ChannelExternalID), "channel", "must be the phone number id that Meta shows for our number")
	c.chars("callback", out.Callback, 0, maxCallback)
	env := &envelope{Product: "whatsapp", RecipientType: "individual", Callback: out.Callback}
	person = c.recipient(env, out.To)

	m := &out.Message
	c.chars("reply_to", m.ReplyTo, 0, maxMessageID)
	// A reaction names its message itself and cannot be a reply (Meta's Cloud
	// API: contextual replies).
	if m.ReplyTo != "" && m.Kind != musika.KindReaction {
		env.Context = &contextPart{MessageID: m.ReplyTo}
	}
	switch m.Kind {
	case musika.KindText:
		c.text(env, m)
	case musika.KindButtons:
		c.buttons(env, m)
	case musika.KindList:
		c.list(env, m)
	case musika.KindLink:
		c.link(env, m)
	case musika.KindLocationRequest:
		c.locationRequest(env, m)
	case musika.KindMedia:
		c.file(env, m)
	case musika.KindLocation:
		c.location(env, m)
	case musika.KindContacts:
		c.contacts(env, m)
	case musika.KindReaction:
		c.reaction(env, m)
	case musika.KindTemplate:
		c.template(env, m)
	default:
		c.That(false, "kind", "is %q, which WhatsApp cannot show", m.Kind)
	}
	if refusal := c.err(); refusal != nil {
		return nil, "", refusal
	}
	body, err := encode(env)
	if err != nil {
		return nil, "", &musika.SendError{Disposition: musika.SendRefused, Title: "the message cannot be written as JSON",
			Advice: "Change the message and send it again.", Err: err}
	}
	return body, person, nil
}

// encode writes v as JSON without escaping <, > and &.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// recipient picks the address to send to: a phone, else a business-scoped id.
func (c *check) recipient(env *envelope, to []musika.Address) string {
	for _, a := range to {
		if a.Kind != musika.AddressPhone {
			continue
		}
		phone, err := musika.ParsePhone(a.Value)
		if err == nil {
			env.To = string(phone)
			return env.To
		}
	}
	for _, a := range to {
		if a.Kind == musika.AddressBSUID && bsuidForm.MatchString(a.Value) {
			env.Recipient = a.Value
			return a.Value
		}
	}
	c.That(false, "to", "must hold a phone number with its country code or a business-scoped user id")
	return ""
}

var linkForm = regexp.MustCompile(`(?i)\bhttps?://[^\s]`)

func (c *check) text(env *envelope, m *musika.Message) {
	c.empty("header", m.Header, m.Kind)
	c.empty("footer", m.Footer, m.Kind)
	c.chars("body", m.Body, 1, maxText)
	env.Type, env.Text = "text", &textPart{Body: m.Body, Preview: linkForm.MatchString(m.Body)}
}

func (c *check) file(env *envelope, m *musika.Message) {
	c.empty("header", m.Header, m.Kind)
	c.empty("footer", m.Footer, m.Kind)
	c.media("media", m.Media, musika.MediaImage, musika.MediaAudio, musika.MediaVideo, musika.MediaDocument, musika.MediaSticker)
	if m.Media == nil {
		return
	}
	if m.Media.Type == musika.MediaAudio || m.Media.Type == musika.MediaSticker {
		c.That(m.Body == "", "body", "cannot be the caption of %s: send it as a message of its own", m.Media.Type)
	}
	c.chars("body", m.Body, 0, maxCaption)
	part := &mediaPart{ID: m.Media.ID, Link: m.Media.Link, Caption: m.Body}
	env.Type = string(m.Media.Type)
	switch m.Media.Type {
	case musika.MediaImage:
		env.Image = part
	case musika.MediaVideo:
		env.Video = part
	case musika.MediaSticker:
		env.Sticker = part
	case musika.MediaAudio:
		part.Voice = m.Media.Voice
		env.Audio = part
	case musika.MediaDocument:
		part.Filename = m.Media.Filename
		env.Document = part
	}
}

// bare records whatever text stands beside a part that has no place for it.
func (c *check) bare(m *musika.Message) {
	c.empty("header", m.Header, m.Kind)
	c.empty("body", m.Body, m.Kind)
	c.empty("footer", m.Footer, m.Kind)
}

func (c *check) location(env *envelope, m *musika.Message) {
	c.bare(m)
	if m.Location == nil {
		c.That(false, "location", "must be set")
		return
	}
	c.That(m.Location.Valid(), "location", "must lie between -90 and 90 degrees of latitude and -180 and 180 of longitude")
	env.Type, env.Location = "location", &locationPart{
		Latitude: m.Location.Latitude, Longitude: m.Location.Longitude,
		Name: m.Location.Name, Address: m.Location.Address,
	}
}

func (c *check) contacts(env *envelope, m *musika.Message) {
	c.bare(m)
	c.That(len(m.Contacts) >= 1 && len(m.Contacts) <= maxContacts, "contacts", "must hold 1 to %d cards, and holds %d", maxContacts, len(m.Contacts))
	env.Type = "contacts"
	for i, card := range m.Contacts {
		c.chars(at("contacts", i, "name"), card.Name, 1, maxBody)
		part := cardPart{Name: cardName{Formatted: card.Name, First: card.Name}}
		if card.Phone != "" {
			phone, err := musika.ParsePhone(string(card.Phone))
			c.That(err == nil, at("contacts", i, "phone"), "must be a phone number with its country code")
			part.Phones = []cardPhone{{Phone: string(phone), WaID: phone.Digits()}}
		}
		if card.Email != "" {
			part.Emails = []cardEmail{{Email: card.Email}}
		}
		env.Contacts = append(env.Contacts, part)
	}
}

func (c *check) reaction(env *envelope, m *musika.Message) {
	c.bare(m)
	if m.Reaction == nil {
		c.That(false, "reaction", "must be set")
		return
	}
	c.chars("reaction.message_id", m.Reaction.MessageID, 1, maxMessageID)
	emoji := m.Reaction.Emoji
	ascii := strings.IndexFunc(emoji, func(r rune) bool { return r > unicode.MaxASCII }) < 0
	plain := slices.ContainsFunc([]rune(emoji), unicode.IsSpace) || (emoji != "" && ascii)
	c.That(!plain && utf8.RuneCountInString(emoji) <= maxEmoji, "reaction.emoji", "must be one emoji, or empty to take the reaction away")
	env.Type, env.Reaction = "reaction", &reactionPart{MessageID: m.Reaction.MessageID, Emoji: emoji}
}
