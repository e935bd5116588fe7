package simulator

import (
	"encoding/json"
	"slices"
	"strings"
)

// Limits of interactive messages, in characters (code points) and counts.
const (
	maxInteractiveBody = 1024
	maxListBody        = 4096 // the page says 4096, the OpenAPI 1024; accepted up to 4096
	maxHeader          = 60
	maxFooter          = 60
	maxButtons         = 3
	maxButtonTitle     = 20
	maxButtonID        = 256
	maxSections        = 10
	maxRows            = 10
	maxRowID           = 200
	maxRowTitle        = 24
	maxRowDescription  = 72
	maxSectionTitle    = 24
	maxFlowCTA         = 30
	maxProducts        = 30
	maxCards           = 10
	maxCardBody        = 160
)

type interactive struct {
	Type   text            `json:"type"`
	Header *header         `json:"header"`
	Body   *bodyText       `json:"body"`
	Footer *bodyText       `json:"footer"`
	Action json.RawMessage `json:"action"`
}

type bodyText struct {
	Text text `json:"text"`
}

type header struct {
	Type     text            `json:"type"`
	Text     text            `json:"text"`
	Image    json.RawMessage `json:"image"`
	Video    json.RawMessage `json:"video"`
	Document json.RawMessage `json:"document"`
}

// interactiveRule is what a type allows around its action, and the check of the
// action itself.
type interactiveRule struct {
	headers  []string // allowed header types; nil: none
	header   bool     // a header is required
	body     bool     // a body is required
	maxBody  int
	noFooter bool
	action   func(s *Simulator, n *number, action json.RawMessage, o *outgoing) *graphError
}

var anyHeader = []string{"text", "image", "video", "document"}

var interactiveRules = map[string]interactiveRule{
	"button":                   {headers: anyHeader, body: true, maxBody: maxInteractiveBody, action: checkButtons},
	"list":                     {headers: []string{"text"}, body: true, maxBody: maxListBody, action: checkList},
	"cta_url":                  {headers: anyHeader, body: true, maxBody: maxInteractiveBody, action: checkURLButton},
	"flow":                     {headers: anyHeader, body: true, maxBody: maxInteractiveBody, action: checkFlow},
	"product":                  {maxBody: maxInteractiveBody, action: checkProductAction},
	"product_list":             {headers: []string{"text"}, header: true, body: true, maxBody: maxInteractiveBody, action: checkProductList},
	"catalog_message":          {body: true, maxBody: maxInteractiveBody, action: checkCatalog},
	"location_request_message": {body: true, maxBody: maxInteractiveBody, noFooter: true, action: checkLocationRequest},
	"carousel":                 {body: true, maxBody: maxInteractiveBody, noFooter: true, action: checkCarousel},
	"request_contact_info":     {body: true, maxBody: maxInteractiveBody, action: checkContactRequest},
}

func checkInteractive(s *Simulator, n *number, node json.RawMessage, o *outgoing) *graphError {
	var in interactive
	if gerr := decode(node, "interactive", &in); gerr != nil {
		return gerr
	}
	if in.Type == "" {
		return failParam("The parameter interactive['type'] is required.")
	}
	rule, ok := interactiveRules[string(in.Type)]
	if !ok {
		return fail(131009, "Interactive message type %q is not supported", in.Type)
	}
	if gerr := rule.checkHeader(s, n, in, o); gerr != nil {
		return gerr
	}
	if in.Body == nil && rule.body {
		return failParam("The parameter interactive['body'] is required.")
	}
	if in.Body != nil {
		if gerr := length("Body text", string(in.Body.Text), rule.maxBody); gerr != nil {
			return gerr
		}
	}
	if in.Footer != nil {
		if rule.noFooter {
			return fail(131009, "Footer is not allowed for interactive type %s", in.Type)
		}
		if gerr := length("Footer text", string(in.Footer.Text), maxFooter); gerr != nil {
			return gerr
		}
	}
	if isNull(in.Action) {
		return failParam("The parameter interactive['action'] is required.")
	}
	return rule.action(s, n, in.Action, o)
}

func (rule interactiveRule) checkHeader(s *Simulator, n *number, in interactive, o *outgoing) *graphError {
	if in.Header == nil {
		if rule.header {
			return fail(131009, "Header is required for interactive type %s", in.Type)
		}
		return nil
	}
	if len(rule.headers) == 0 {
		return fail(131009, "Header is not allowed for interactive type %s", in.Type)
	}
	return in.Header.check(s, n, string(in.Type), rule.headers, o)
}

func (h *header) check(s *Simulator, n *number, kind string, allowed []string, o *outgoing) *graphError {
	if !slices.Contains(allowed, string(h.Type)) {
		return fail(131009, "Header type %q is not allowed for interactive type %s. Allowed: %s", h.Type, kind, strings.Join(allowed, ", "))
	}
	if h.Type == "text" {
		return length("Header text", string(h.Text), maxHeader)
	}
	raw := map[text]json.RawMessage{"image": h.Image, "video": h.Video, "document": h.Document}[h.Type]
	if isNull(raw) {
		return fail(131008, "Parameter 'header['%s']' is mandatory for header type '%s'", h.Type, h.Type)
	}
	var m mediaNode
	if gerr := decode(raw, string(h.Type), &m); gerr != nil {
		return gerr
	}
	return s.checkMediaNode(n, string(h.Type), m, o)
}

// length refuses a text that is empty or too long, in code points.
func length(what, s string, high int) *graphError {
	if n := runes(s); n < 1 || n > high {
		return fail(131009, "%s length invalid. Min length: 1, Max length: %d", what, high)
	}
	return nil
}

func checkButtons(_ *Simulator, _ *number, action json.RawMessage, o *outgoing) *graphError {
	var a struct {
		Buttons []struct {
			Type  text `json:"type"`
			Reply *struct {
				ID    text `json:"id"`
				Title text `json:"title"`
			} `json:"reply"`
		} `json:"buttons"`
	}
	if gerr := decode(action, "action", &a); gerr != nil {
		return gerr
	}
	if len(a.Buttons) < 1 || len(a.Buttons) > maxButtons {
		return fail(131009, "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: %d", maxButtons)
	}
	ids, titles := map[text]bool{}, map[text]bool{}
	for i, b := range a.Buttons {
		if b.Type != "reply" {
			return fail(131009, "Button type %q is not valid. Allowed: reply", b.Type)
		}
		if b.Reply == nil {
			return fail(131008, "Parameter 'buttons[%d]['reply']' is mandatory", i)
		}
		if gerr := length("Button title", string(b.Reply.Title), maxButtonTitle); gerr != nil {
			return gerr
		}
		if gerr := length("Button id", string(b.Reply.ID), maxButtonID); gerr != nil {
			return gerr
		}
		if trimmed := strings.TrimSpace(string(b.Reply.ID)); trimmed != string(b.Reply.ID) {
			return fail(131009, "Button id must not begin or end with a space")
		}
		if ids[b.Reply.ID] || titles[b.Reply.Title] {
			return fail(131009, "Duplicate button id or title. Button ids and titles must be unique")
		}
		ids[b.Reply.ID], titles[b.Reply.Title] = true, true
		o.options = append(o.options, option{reply: "button_reply", id: string(b.Reply.ID), title: string(b.Reply.Title)})
	}
	return nil
}

type listSection struct {
	Title text `json:"title"`
	Rows  []struct {
		ID          text  `json:"id"`
		Title       text  `json:"title"`
		Description *text `json:"description"`
	} `json:"rows"`
}

func checkList(_ *Simulator, _ *number, action json.RawMessage, o *outgoing) *graphError {
	var a struct {
		Button   text          `json:"button"`
		Sections []listSection `json:"sections"`
	}
	if gerr := decode(action, "action", &a); gerr != nil {
		return gerr
	}
	if gerr := length("List button", string(a.Button), maxButtonTitle); gerr != nil {
		return gerr
	}
	if len(a.Sections) < 1 || len(a.Sections) > maxSections {
		return fail(131009, "Invalid sections count. Min allowed sections: 1, Max allowed sections: %d", maxSections)
	}
	total := 0
	for _, sec := range a.Sections {
		total += len(sec.Rows)
	}
	if total > maxRows {
		return fail(131009, "Total row count exceed max allowed count: %d", maxRows)
	}
	seen := map[text]bool{}
	for _, sec := range a.Sections {
		if gerr := checkSection(sec, len(a.Sections), seen, o); gerr != nil {
			return gerr
		}
	}
	return nil
}

func checkSection(sec listSection, sections int, seen map[text]bool, o *outgoing) *graphError {
	if sec.Title == "" && sections > 1 {
		return fail(131009, "Section title is required when there is more than one section")
	}
	if runes(string(sec.Title)) > maxSectionTitle {
		return fail(131009, "Section title is too long. Max length is %d", maxSectionTitle)
	}
	if len(sec.Rows) == 0 {
		return fail(131009, "Invalid rows count. Min allowed rows: 1 per section")
	}
	for _, r := range sec.Rows {
		switch {
		case r.Title == "":
			return fail(131009, "Row title is required")
		case runes(string(r.Title)) > maxRowTitle:
			return fail(131009, "Row title is too long. Max length is %d", maxRowTitle)
		case r.ID == "":
			return fail(131009, "Row id is required")
		case runes(string(r.ID)) > maxRowID:
			return fail(131009, "Row id is too long. Max length is %d", maxRowID)
		case seen[r.ID]:
			return fail(131009, "Duplicated row id %s. Row ids must be unique", r.ID)
		}
		seen[r.ID] = true
		opt := option{reply: "list_reply", id: string(r.ID), title: string(r.Title)}
		if r.Description != nil {
			if runes(string(*r.Description)) > maxRowDescription {
				return fail(131009, "Row description is too long. Max length is %d", maxRowDescription)
			}
			opt.description = string(*r.Description)
		}
		o.options = append(o.options, opt)
	}
	return nil
}
