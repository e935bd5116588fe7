package cloudapi

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/musika/musika"
)

// Limits in characters, counted as Unicode code points: Meta counts 20
// two-byte letters as 20. Sources: Meta's Cloud API: text, interactive, list,
// media and template messages.
const (
	maxText        = 4096
	maxBody        = 1024 // of interactive messages; the list's page says 4096, its schema 1024: the smaller is safe
	maxCaption     = 1024
	maxHeader      = 60
	maxFooter      = 60
	maxButtons     = 3
	maxButtonTitle = 20
	maxButtonID    = 256
	maxListButton  = 20
	maxSections    = 10
	maxSectionName = 24
	maxRows        = 10 // over all sections
	maxRowID       = 200
	maxRowTitle    = 24
	maxRowText     = 72
	maxLinkTitle   = 20
	maxURL         = 2000
	maxContacts    = 257
	maxCallback    = 512
	maxMessageID   = 512 // ours: an id is opaque, and this is far above any seen
	maxEmoji       = 16  // ours: the longest emoji sequences have about ten code points

	maxTemplateName    = 512
	maxTemplateButtons = 10
	maxTemplateBody    = 1024
	maxTemplatePayload = 256
)

// check collects what is wrong with a message, by field.
type check struct{ musika.Check }

// chars records field unless s has from low to high characters. A required
// field of blanks alone counts as empty.
func (c *check) chars(field, s string, low, high int) {
	if low > 0 && strings.TrimSpace(s) == "" {
		c.That(false, field, "must not be empty")
		return
	}
	n := utf8.RuneCountInString(s)
	c.That(n >= low && n <= high, field, "may have %d characters at most, and has %d", high, n)
}

// empty records field unless s is empty: the kind has no place for it, and
// leaving it out in silence would lose words.
func (c *check) empty(field, s string, kind musika.MessageKind) {
	c.That(s == "", field, "cannot be shown with a message of kind %s", kind)
}

// replyID records field unless s can be the id of a reply.
func (c *check) replyID(field, s string, high int) {
	c.chars(field, s, 1, high)
	c.That(s == strings.TrimSpace(s), field, "must not begin or end with a space")
}

// unique records field when s was seen before, and remembers it.
func (c *check) unique(seen map[string]bool, field, s string) {
	c.That(!seen[s] || s == "", field, "must differ from the others, and %q is there twice", s)
	seen[s] = true
}

// webAddress records field unless s is a full http or https address.
func (c *check) webAddress(field, s string) {
	u, err := url.Parse(s)
	c.That(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "",
		field, "must be a full address that starts with https://")
	c.chars(field, s, 1, maxURL)
}

// err returns a refusal that names the first field at fault and carries all of
// them as its cause, or nil.
func (c *check) err() *musika.SendError {
	err := c.Err("the message")
	if err == nil {
		return nil
	}
	e, _ := errors.AsType[*musika.Error](err)
	first := e.Fields[0].Field + " " + e.Fields[0].Message
	return &musika.SendError{
		Disposition: musika.SendRefused,
		Title:       first,
		Advice:      "The message was not sent because it breaks a rule of WhatsApp: " + first + ". Change it and send it again.",
		Err:         e,
	}
}

// mediaRule is what Meta takes of one type of file.
type mediaRule struct {
	mimes []string
	max   int64 // bytes
}

// mediaRules: Meta's Cloud API: media, supported types.
var mediaRules = map[musika.MediaType]mediaRule{
	musika.MediaImage:   {[]string{"image/jpeg", "image/png"}, 5 << 20},
	musika.MediaSticker: {[]string{"image/webp"}, 500 << 10},
	musika.MediaAudio:   {[]string{"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus"}, 16 << 20},
	musika.MediaVideo:   {[]string{"video/mp4", "video/3gpp"}, 16 << 20},
	musika.MediaDocument: {[]string{
		"text/plain", "application/pdf", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"application/vnd.openxmlformats-officedocument.presentationml.presentation",
	}, 100 << 20},
}

// baseMIME returns a MIME type without its parameters, in lower case.
func baseMIME(s string) string {
	s, _, _ = strings.Cut(s, ";")
	return strings.ToLower(strings.TrimSpace(s))
}

// typeOfMIME returns the type under which Meta files a MIME type, and whether
// it takes it at all.
func typeOfMIME(mime string) (musika.MediaType, bool) {
	mime = baseMIME(mime)
	for t, r := range mediaRules {
		if slices.Contains(r.mimes, mime) {
			return t, true
		}
	}
	switch kind, _, _ := strings.Cut(mime, "/"); kind {
	case "image":
		return musika.MediaImage, false
	case "audio":
		return musika.MediaAudio, false
	case "video":
		return musika.MediaVideo, false
	}
	return musika.MediaDocument, false
}

// media records what is wrong with a file about to be sent as one of types.
// MIME type and size are checked when they are known. A document may be of any
// type that Meta stores, a picture too.
func (c *check) media(field string, m *musika.Media, types ...musika.MediaType) {
	if m == nil {
		c.That(false, field, "must be set")
		return
	}
	rule, known := mediaRules[m.Type]
	c.That(known && slices.Contains(types, m.Type), field+".type", "cannot be %q here", m.Type)
	c.That((m.ID == "") != (m.Link == ""), field, "must have an id or a link, and not both")
	if m.ID != "" {
		c.That(objectID.MatchString(m.ID), field+".id", "must be the id that WhatsApp gave on upload")
	}
	if m.Link != "" {
		c.webAddress(field+".link", m.Link)
	}
	if !known {
		return
	}
	if m.MIME != "" && m.Type != musika.MediaDocument {
		c.That(slices.Contains(rule.mimes, baseMIME(m.MIME)), field+".mime",
			"cannot be %s for %s: WhatsApp takes %s", baseMIME(m.MIME), m.Type, strings.Join(rule.mimes, ", "))
	}
	if m.Voice && m.MIME != "" && m.Type == musika.MediaAudio {
		c.That(baseMIME(m.MIME) == "audio/ogg", field+".mime", "must be audio/ogg (Opus, mono) for a voice note")
	}
	c.That(m.Size <= rule.max, field+".size", "may be %d bytes at most, and is %d", rule.max, m.Size)
}

// objectID is the form of an id of Meta's that becomes part of a path.
var objectID = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

// bsuidForm is the form of a business-scoped user id (Meta's Cloud API:
// business-scoped user ids).
var bsuidForm = regexp.MustCompile(`^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$`)
