package simulator

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const maxCouponCode = 20

type templateSend struct {
	Name     text `json:"name"`
	Language struct {
		Code text `json:"code"`
	} `json:"language"`
	Components []sendComponent `json:"components"`
}

type sendComponent struct {
	Type       text        `json:"type"`
	SubType    text        `json:"sub_type"`
	Index      *text       `json:"index"` // Meta's samples write a string or a number
	Parameters []parameter `json:"parameters"`
	Cards      []struct {
		Index      int             `json:"card_index"`
		Components []sendComponent `json:"components"`
	} `json:"cards"`
}

type parameter struct {
	Type     text            `json:"type"`
	Name     text            `json:"parameter_name"`
	Text     text            `json:"text"`
	Payload  text            `json:"payload"`
	Coupon   text            `json:"coupon_code"`
	Currency *fallback       `json:"currency"`
	DateTime *fallback       `json:"date_time"`
	Image    json.RawMessage `json:"image"`
	Video    json.RawMessage `json:"video"`
	Document json.RawMessage `json:"document"`
	GIF      json.RawMessage `json:"gif"`
	Location json.RawMessage `json:"location"`
	Action   json.RawMessage `json:"action"`
}

type fallback struct {
	Value text `json:"fallback_value"`
}

// shownTemplate is a template message as the thread shows it.
type shownTemplate struct {
	Name     string            `json:"name"`
	Language string            `json:"language"`
	Category string            `json:"category"`
	Rendered *renderedTemplate `json:"rendered"`
}

// renderedTemplate is what the person sees of it.
type renderedTemplate struct {
	Header  map[string]any      `json:"header,omitempty"`
	Body    string              `json:"body"`
	Footer  string              `json:"footer,omitempty"`
	Buttons []renderedButton    `json:"buttons,omitempty"`
	Cards   []*renderedTemplate `json:"cards,omitempty"`
}

type renderedButton struct {
	Type  string `json:"type"`
	Text  string `json:"text"`
	ID    string `json:"id,omitempty"` // what to tap with
	URL   string `json:"url,omitempty"`
	Phone string `json:"phone_number,omitempty"`
	Code  string `json:"code,omitempty"`
}

// checkTemplate looks the template up, matches the parameters and renders it.
func checkTemplate(s *Simulator, n *number, node json.RawMessage, o *outgoing) *graphError {
	var in templateSend
	if gerr := decode(node, "template", &in); gerr != nil {
		return gerr
	}
	if in.Name == "" {
		return failParam("The parameter template['name'] is required.")
	}
	if in.Language.Code == "" {
		return failParam("The parameter template['language']['code'] is required.")
	}
	t, gerr := n.account.sendable(string(in.Name), string(in.Language.Code))
	if gerr != nil {
		return gerr
	}
	o.category = t.category
	f := filler{s: s, n: n, o: o, named: t.named, out: &renderedTemplate{}}
	if gerr := f.fill(t.components, in.Components); gerr != nil {
		return gerr
	}
	o.node, _ = json.Marshal(shownTemplate{t.name, t.language, t.category, f.out})
	return nil
}

// sendable finds an approved template; it returns a copy that may be read freely.
func (a *account) sendable(name, language string) (template, *graphError) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.templates.byName[templateKey(name, language)]
	if t == nil {
		return template{}, fail(132001, "template name (%s) does not exist in %s", name, language)
	}
	switch t.status {
	case "APPROVED":
		return *t, nil
	case "PAUSED":
		return template{}, fail(132015, "template name (%s) is paused due to low quality", name)
	case "DISABLED":
		return template{}, fail(132016, "template name (%s) is disabled due to low quality", name)
	}
	return template{}, fail(132001, "template name (%s) is not approved in %s", name, language)
}

// filler matches the parameters of a send with the parts of a template.
type filler struct {
	s     *Simulator
	n     *number
	o     *outgoing
	named bool
	out   *renderedTemplate
}

func (f filler) fill(parts []component, given []sendComponent) *graphError {
	for _, g := range given {
		if !slices.Contains([]string{"header", "body", "button", "footer", "carousel", "limited_time_offer"}, strings.ToLower(string(g.Type))) {
			return failParam("Param template['components'][0]['type'] must be one of {HEADER, BODY, BUTTON, CAROUSEL} - got \"%s\".", g.Type)
		}
	}
	for _, part := range parts {
		var gerr *graphError
		switch part.Type {
		case "HEADER":
			gerr = f.header(part, paramsOf(given, "header"))
		case "BODY":
			f.out.Body, gerr = f.text("body", part.Text, paramsOf(given, "body"))
			if gerr == nil && runes(f.out.Body) > maxTemplateBody {
				gerr = fail(132005, "body: the text with its parameters is longer than %d characters", maxTemplateBody)
			}
		case "FOOTER":
			f.out.Footer = part.Text
		case "BUTTONS":
			gerr = f.buttons(part.Buttons, given)
		case "CAROUSEL":
			gerr = f.cards(part.Cards, given)
		}
		if gerr != nil {
			return gerr
		}
	}
	return nil
}

func paramsOf(given []sendComponent, kind string) []parameter {
	for _, g := range given {
		if strings.EqualFold(string(g.Type), kind) {
			return g.Parameters
		}
	}
	return nil
}

func (f filler) header(part component, params []parameter) *graphError {
	if part.Format == "TEXT" || part.Format == "" {
		shown, gerr := f.text("header", part.Text, params)
		if gerr == nil && runes(shown) > maxTemplateHeader {
			gerr = fail(132005, "header: the text with its parameters is longer than %d characters", maxTemplateHeader)
		}
		f.out.Header = map[string]any{"type": "text", "text": shown}
		return gerr
	}
	kind := strings.ToLower(part.Format)
	if len(params) != 1 || string(params[0].Type) != kind {
		received := "UNKNOWN"
		if len(params) > 0 {
			received = strings.ToUpper(string(params[0].Type))
		}
		return fail(132012, "header: Format mismatch, expected %s, received %s", part.Format, received)
	}
	p := params[0]
	raw := map[string]json.RawMessage{"image": p.Image, "video": p.Video, "document": p.Document, "gif": p.GIF, "location": p.Location}[kind]
	if isNull(raw) {
		return fail(131008, "header: Parameter of type %s is missing its value", kind)
	}
	f.out.Header = map[string]any{"type": kind, kind: raw}
	if kind == "location" {
		return checkLocation(f.s, f.n, raw, &outgoing{})
	}
	if kind == "gif" {
		kind = "video"
	}
	var m mediaNode
	if gerr := decode(raw, kind, &m); gerr != nil {
		return gerr
	}
	return f.s.checkMediaNode(f.n, kind, m, f.o)
}

// text puts parameters into the variables of a text.
func (f filler) text(where, s string, params []parameter) (string, *graphError) {
	vars := variables(s)
	if len(params) != len(vars) {
		return "", fail(132000, "%s: number of localizable_params (%d) does not match the expected number of params (%d)", where, len(params), len(vars))
	}
	values := map[string]string{}
	for i, p := range params {
		v, gerr := p.value(where)
		if gerr != nil {
			return "", gerr
		}
		name := strconv.Itoa(i + 1)
		if f.named {
			if name = string(p.Name); name == "" {
				return "", fail(132012, "%s: Parameter name is missing or empty", where)
			}
		}
		if !slices.Contains(vars, name) {
			return "", fail(132012, "%s: Parameter %q is not a variable of the template", where, name)
		}
		values[name] = v
	}
	if len(values) != len(vars) {
		return "", fail(132000, "%s: number of localizable_params (%d) does not match the expected number of params (%d)", where, len(values), len(vars))
	}
	return variablePattern.ReplaceAllStringFunc(s, func(m string) string {
		return values[strings.TrimSpace(strings.Trim(m, "{}"))]
	}), nil
}

var unfitText = regexp.MustCompile(`[\n\r\t]| {5,}`)

// value is the text of a localizable parameter.
func (p parameter) value(where string) (string, *graphError) {
	v := string(p.Text)
	switch {
	case p.Type == "currency" && p.Currency != nil:
		v = string(p.Currency.Value)
	case p.Type == "date_time" && p.DateTime != nil:
		v = string(p.DateTime.Value)
	case p.Type != "text" && p.Type != "":
		return "", fail(132012, "%s: Parameter of type %s is not expected here", where, p.Type)
	}
	if v == "" {
		return "", fail(131008, "%s: Parameter of type text is missing text value", where)
	}
	if unfitText.MatchString(v) {
		return "", fail(132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
	}
	return v, nil
}

func (f filler) buttons(buttons []templateButton, given []sendComponent) *graphError {
	byIndex := map[int]sendComponent{}
	for _, g := range given {
		if !strings.EqualFold(string(g.Type), "button") {
			continue
		}
		i := 0
		if g.Index != nil {
			v, err := strconv.Atoi(string(*g.Index))
			if err != nil {
				return fail(131009, "buttons: index %q is not a number", *g.Index)
			}
			i = v
		}
		if i < 0 || i >= len(buttons) {
			return fail(132018, "buttons: Button at index %d does not exist in the template", i)
		}
		if want := subTypes[buttons[i].Type]; !strings.EqualFold(string(g.SubType), want) {
			return fail(132018, "buttons: Button at index %d is of sub_type %s", i, want)
		}
		byIndex[i] = g
	}
	for i, b := range buttons {
		if gerr := f.button(i, b, byIndex[i].Parameters); gerr != nil {
			return gerr
		}
	}
	return nil
}

// subTypes are the sub_type of the send for each type of button.
var subTypes = map[string]string{"QUICK_REPLY": "quick_reply", "URL": "url", "COPY_CODE": "copy_code", "FLOW": "flow",
	"CATALOG": "catalog", "MPM": "mpm", "VOICE_CALL": "voice_call", "PHONE_NUMBER": "phone_number",
	"REQUEST_CONTACT_INFO": "request_contact_info"}

func (f filler) button(i int, b templateButton, params []parameter) *graphError {
	var p parameter
	if len(params) > 0 {
		p = params[0]
	}
	shown := renderedButton{Type: b.Type, Text: b.Text, Phone: b.Phone}
	opt := option{title: b.Text}
	switch b.Type {
	case "QUICK_REPLY":
		opt.reply, opt.id = "button", string(p.Payload)
		if opt.id == "" {
			opt.id = b.Text
		}
	case "URL":
		shown.URL = b.URL
		if len(variables(b.URL)) > 0 {
			if p.Text == "" {
				return fail(131008, "buttons: Button at index %d of type Url requires a parameter", i)
			}
			shown.URL = variablePattern.ReplaceAllLiteralString(b.URL, string(p.Text))
		}
	case "COPY_CODE":
		if p.Coupon == "" {
			return fail(131008, "buttons: Button at index %d of type CopyCode requires a parameter", i)
		}
		if runes(string(p.Coupon)) > maxCouponCode {
			return fail(132005, "buttons: coupon code is longer than %d characters", maxCouponCode)
		}
		shown.Code = string(p.Coupon)
	case "FLOW":
		var a struct {
			Token text `json:"flow_token"`
		}
		if gerr := decode(p.Action, "action", &a); gerr != nil {
			return gerr
		}
		opt.reply, opt.id = "flow", string(a.Token)
		if opt.id == "" {
			opt.id = "unused"
		}
	case "REQUEST_CONTACT_INFO":
		opt.reply, opt.id = "contact", "share_contact_info"
	}
	if opt.reply != "" {
		shown.ID = opt.id
		f.o.options = append(f.o.options, opt)
	}
	f.out.Buttons = append(f.out.Buttons, shown)
	return nil
}

func (f filler) cards(cards []templateCard, given []sendComponent) *graphError {
	i := slices.IndexFunc(given, func(g sendComponent) bool { return strings.EqualFold(string(g.Type), "carousel") })
	if i < 0 || len(given[i].Cards) != len(cards) {
		return fail(132012, "carousel: number of cards does not match the template (%d)", len(cards))
	}
	for j, c := range cards {
		sub := f
		sub.out = &renderedTemplate{}
		if gerr := sub.fill(c.Components, given[i].Cards[j].Components); gerr != nil {
			return gerr
		}
		f.out.Cards = append(f.out.Cards, sub.out)
	}
	return nil
}
