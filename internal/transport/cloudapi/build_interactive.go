package cloudapi

import (
	"strconv"

	"github.com/musika/musika"
)

// interactivePart is the frame of buttons, lists, links and requests (Meta's
// Cloud API: interactive messages).
type interactivePart struct {
	Type   string      `json:"type"`
	Header *headerPart `json:"header,omitempty"`
	Body   wordsPart   `json:"body"`
	Footer *wordsPart  `json:"footer,omitempty"`
	Action actionPart  `json:"action"`
}

type wordsPart struct {
	Text string `json:"text"`
}

type headerPart struct {
	Type     string     `json:"type"`
	Text     string     `json:"text,omitempty"`
	Image    *mediaPart `json:"image,omitempty"`
	Video    *mediaPart `json:"video,omitempty"`
	Document *mediaPart `json:"document,omitempty"`
}

type actionPart struct {
	Name       string        `json:"name,omitempty"`
	Parameters *linkPart     `json:"parameters,omitempty"`
	Buttons    []buttonPart  `json:"buttons,omitempty"`
	Button     string        `json:"button,omitempty"`
	Sections   []sectionPart `json:"sections,omitempty"`
}

type linkPart struct {
	Title string `json:"display_text"`
	URL   string `json:"url"`
}

type buttonPart struct {
	Type  string    `json:"type"`
	Reply replyPart `json:"reply"`
}

type replyPart struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type sectionPart struct {
	Title string    `json:"title,omitempty"`
	Rows  []rowPart `json:"rows"`
}

type rowPart struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
}

// at returns the path of a part of a list, such as buttons[2].title.
func at(list string, i int, part string) string {
	s := list + "[" + strconv.Itoa(i) + "]"
	if part != "" {
		s += "." + part
	}
	return s
}

// frame writes what all interactive messages share.
func (c *check) frame(env *envelope, m *musika.Message, kind string) *interactivePart {
	c.chars("body", m.Body, 1, maxBody)
	c.chars("footer", m.Footer, 0, maxFooter)
	c.chars("header", m.Header, 0, maxHeader)
	part := &interactivePart{Type: kind, Body: wordsPart{m.Body}}
	if m.Footer != "" {
		part.Footer = &wordsPart{m.Footer}
	}
	if m.Header != "" {
		part.Header = &headerPart{Type: "text", Text: m.Header}
	}
	env.Type, env.Interactive = "interactive", part
	return part
}

// picture puts m.Image at the head of part. Its type defaults to image; Meta
// takes a video or a document there as well.
func (c *check) picture(part *interactivePart, m *musika.Message) {
	if m.Image == nil {
		return
	}
	c.That(m.Header == "", "image", "cannot stand beside a header text: keep one of them")
	image := *m.Image
	setDefault(&image.Type, musika.MediaImage)
	c.media("image", &image, musika.MediaImage, musika.MediaVideo, musika.MediaDocument)
	part.Header = mediaHeader(&image)
}

// mediaHeader returns the header that shows m.
func mediaHeader(m *musika.Media) *headerPart {
	file := &mediaPart{ID: m.ID, Link: m.Link}
	h := &headerPart{Type: string(m.Type)}
	switch m.Type {
	case musika.MediaVideo:
		h.Video = file
	case musika.MediaDocument:
		file.Filename = m.Filename
		h.Document = file
	default:
		h.Image = file
	}
	return h
}

func (c *check) buttons(env *envelope, m *musika.Message) {
	part := c.frame(env, m, "button")
	c.picture(part, m)
	c.That(len(m.Buttons) >= 1 && len(m.Buttons) <= maxButtons, "buttons", "must hold 1 to %d buttons, and holds %d", maxButtons, len(m.Buttons))
	ids, titles := map[string]bool{}, map[string]bool{}
	for i, b := range m.Buttons {
		c.replyID(at("buttons", i, "id"), b.ID, maxButtonID)
		c.chars(at("buttons", i, "title"), b.Title, 1, maxButtonTitle)
		c.unique(ids, at("buttons", i, "id"), b.ID)
		c.unique(titles, at("buttons", i, "title"), b.Title)
		part.Action.Buttons = append(part.Action.Buttons, buttonPart{Type: "reply", Reply: replyPart{ID: b.ID, Title: b.Title}})
	}
}

func (c *check) list(env *envelope, m *musika.Message) {
	part := c.frame(env, m, "list")
	c.That(m.Image == nil, "image", "cannot stand above a list: its header is text only")
	if m.List == nil {
		c.That(false, "list", "must be set")
		return
	}
	c.chars("list.button", m.List.Button, 1, maxListButton)
	part.Action.Button = m.List.Button
	sections := m.List.Sections
	c.That(len(sections) >= 1 && len(sections) <= maxSections, "list.sections", "must hold 1 to %d sections, and holds %d", maxSections, len(sections))
	ids, total := map[string]bool{}, 0
	for i, s := range sections {
		where := at("list.sections", i, "")
		need := 0
		if len(sections) > 1 {
			need = 1
		}
		c.chars(where+".title", s.Title, need, maxSectionName)
		c.That(len(s.Rows) > 0, where+".rows", "must hold a row: leave the section out")
		total += len(s.Rows)
		out := sectionPart{Title: s.Title}
		for j, r := range s.Rows {
			row := at(where+".rows", j, "")
			c.replyID(row+".id", r.ID, maxRowID)
			c.unique(ids, row+".id", r.ID)
			c.chars(row+".title", r.Title, 1, maxRowTitle)
			c.chars(row+".description", r.Description, 0, maxRowText)
			out.Rows = append(out.Rows, rowPart(r))
		}
		part.Action.Sections = append(part.Action.Sections, out)
	}
	c.That(total <= maxRows, "list.sections", "may hold %d rows in all, and hold %d", maxRows, total)
}

func (c *check) link(env *envelope, m *musika.Message) {
	part := c.frame(env, m, "cta_url")
	c.picture(part, m)
	if m.Link == nil {
		c.That(false, "link", "must be set")
		return
	}
	c.chars("link.title", m.Link.Title, 1, maxLinkTitle)
	c.webAddress("link.url", m.Link.URL)
	part.Action.Name = "cta_url"
	part.Action.Parameters = &linkPart{Title: m.Link.Title, URL: m.Link.URL}
}

// locationRequest has a body and nothing else.
func (c *check) locationRequest(env *envelope, m *musika.Message) {
	c.empty("header", m.Header, m.Kind)
	c.empty("footer", m.Footer, m.Kind)
	part := c.frame(env, m, "location_request_message")
	part.Action.Name = "send_location"
}
