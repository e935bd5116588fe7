package musika

// MessageKind says which part of a Message carries it.
type MessageKind string

const (
	KindText            MessageKind = "text"
	KindButtons         MessageKind = "buttons"          // Buttons: one to three quick replies
	KindList            MessageKind = "list"             // List: up to ten rows in sections
	KindLink            MessageKind = "link"             // Link: one button that opens an address
	KindLocationRequest MessageKind = "location_request" // asks for the person's location
	KindMedia           MessageKind = "media"            // Media, with Body as its caption
	KindLocation        MessageKind = "location"         // Location
	KindContacts        MessageKind = "contacts"         // Contacts: cards
	KindReaction        MessageKind = "reaction"         // Reaction to an earlier message
	KindTemplate        MessageKind = "template"         // Template: approved text, passes a closed window
)

// Message is what is said to a person, whatever the transport. What a
// transport cannot show is turned into text with the same replies before it is
// handed over (see Message.Fallback).
type Message struct {
	Kind     MessageKind   `json:"kind"`
	Header   string        `json:"header,omitempty"` // a line of text above Body; not with plain text
	Image    *Media        `json:"image,omitempty"`  // header picture of KindButtons and KindLink, instead of Header
	Body     string        `json:"body,omitempty"`
	Footer   string        `json:"footer,omitempty"`
	Buttons  []Button      `json:"buttons,omitempty"`
	List     *List         `json:"list,omitempty"`
	Link     *Link         `json:"link,omitempty"`
	Media    *Media        `json:"media,omitempty"`
	Location *Place        `json:"location,omitempty"`
	Contacts []ContactCard `json:"contacts,omitempty"`
	Reaction *Reaction     `json:"reaction,omitempty"`
	Template *TemplateSend `json:"template,omitempty"`
	ReplyTo  string        `json:"reply_to,omitempty"` // the transport's id of the message quoted
}

// Option is a reply offered with a message: a button or a row. ID comes back
// when it is chosen and decides what happens; Title is what the person sees.
type Option struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Button is a quick reply.
type Button = Option

// List is a menu that opens from one button.
type List struct {
	Button   string    `json:"button"` // label of the button that opens it
	Sections []Section `json:"sections"`
}

// Section groups rows of a list.
type Section struct {
	Title string `json:"title,omitempty"` // needed when there are several sections
	Rows  []Row  `json:"rows"`
}

// Row is one choice of a list.
type Row struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
}

// Link is a button that opens an address.
type Link struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// MediaType is WhatsApp's coarse type of a file.
type MediaType string

const (
	MediaImage    MediaType = "image"
	MediaAudio    MediaType = "audio"
	MediaVideo    MediaType = "video"
	MediaDocument MediaType = "document"
	MediaSticker  MediaType = "sticker"
)

// Media is a file, named by the transport's id or by a public link; never both.
type Media struct {
	Type     MediaType `json:"type"`
	ID       string    `json:"id,omitempty"`
	Link     string    `json:"link,omitempty"`
	MIME     string    `json:"mime,omitempty"`
	Filename string    `json:"filename,omitempty"` // documents
	SHA256   string    `json:"sha256,omitempty"`   // lower-case hex
	Size     int64     `json:"size,omitempty"`     // bytes
	Voice    bool      `json:"voice,omitempty"`    // audio recorded in the chat
}

// Place is a point with what it is called.
type Place struct {
	Point
	Name    string `json:"name,omitempty"`
	Address string `json:"address,omitempty"`
}

// ContactCard is a person's or business's card.
type ContactCard struct {
	Name  string `json:"name"`
	Phone Phone  `json:"phone,omitempty"`
	Email string `json:"email,omitempty"`
}

// Reaction is an emoji on a message; an empty one takes it away.
type Reaction struct {
	MessageID string `json:"message_id"` // the transport's id
	Emoji     string `json:"emoji"`
}

// TemplateSend is an approved template with its values.
type TemplateSend struct {
	Name         string           `json:"name"`
	Language     string           `json:"language"`         // the transport's code, such as en_US
	Header       *Media           `json:"header,omitempty"` // for a media header
	HeaderParams []TemplateParam  `json:"header_params,omitempty"`
	Body         []TemplateParam  `json:"body,omitempty"` // in order, or named
	Buttons      []TemplateButton `json:"buttons,omitempty"`
}

// TemplateParam is one value; Name is set for templates with named parameters.
type TemplateParam struct {
	Name string `json:"name,omitempty"`
	Text string `json:"text"`
}

// TemplateButton gives a template's button its value.
type TemplateButton struct {
	Index   int    `json:"index"`             // counted from 0
	Payload string `json:"payload,omitempty"` // quick reply: comes back when tapped
	URL     string `json:"url,omitempty"`     // URL button: the variable end of the address
}

// Text returns a plain text message.
func Text(body string) Message { return Message{Kind: KindText, Body: body} }

// Options returns the replies that m offers, in the order shown.
func (m *Message) Options() []Option {
	switch m.Kind {
	case KindButtons:
		return m.Buttons
	case KindList:
		var out []Option
		for _, s := range m.List.Sections {
			for _, r := range s.Rows {
				out = append(out, Option{ID: r.ID, Title: r.Title})
			}
		}
		return out
	}
	return nil
}
