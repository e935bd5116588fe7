package simulator

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	maxTemplates       = 6000 // per account with a verified business
	templatesPerHour   = 100
	deletedNameBlocked = 30 * 24 * time.Hour
	maxEditsPerMonth   = 10
)

var (
	templateName     = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)
	templateLanguage = regexp.MustCompile(`^[a-z]{2,3}(_[A-Z]{2,3})?$`)
	categories       = []string{"AUTHENTICATION", "MARKETING", "UTILITY"}
)

type templateInput struct {
	Name       text        `json:"name"`
	Language   text        `json:"language"`
	Category   text        `json:"category"`
	Format     text        `json:"parameter_format"`
	Components []component `json:"components"`
	TTL        *int        `json:"message_send_ttl_seconds"`
}

// readTemplate reads the parameters of a create or edit.
func readTemplate(c *call) (templateInput, *graphError) {
	params, gerr := c.params()
	if gerr != nil {
		return templateInput{}, gerr
	}
	var in templateInput
	for name, dst := range map[string]any{"name": &in.Name, "language": &in.Language, "category": &in.Category,
		"parameter_format": &in.Format, "components": &in.Components, "message_send_ttl_seconds": &in.TTL} {
		if gerr := decode(params[name], name, dst); gerr != nil {
			return in, gerr
		}
	}
	in.Category = text(strings.ToUpper(string(in.Category)))
	normalise(in.Components)
	return in, nil
}

// normalise puts types and formats in upper case: Meta takes either.
func normalise(list []component) {
	for i := range list {
		list[i].Type, list[i].Format = strings.ToUpper(list[i].Type), strings.ToUpper(list[i].Format)
		for j := range list[i].Buttons {
			b := &list[i].Buttons[j]
			b.Type, b.OTPType = strings.ToUpper(b.Type), strings.ToUpper(b.OTPType)
		}
		for j := range list[i].Cards {
			normalise(list[i].Cards[j].Components)
		}
	}
}

func createTemplate(s *Simulator, c *call) (any, *graphError) {
	in, gerr := readTemplate(c)
	if gerr != nil {
		return nil, gerr
	}
	switch {
	case !templateName.MatchString(string(in.Name)):
		return nil, failParam("Param name must be 1 to 512 lower-case letters, digits and underscores.")
	case !templateLanguage.MatchString(string(in.Language)):
		return nil, failParam("Param language must be a supported locale, such as en_US - got \"%s\".", in.Language)
	case !slices.Contains(categories, string(in.Category)):
		return nil, failParam("Param category must be one of {%s} - got \"%s\".", strings.Join(categories, ", "), in.Category)
	}
	format := strings.ToUpper(string(in.Format))
	if format != "" && format != "NAMED" && format != "POSITIONAL" {
		return nil, failParam("Param parameter_format must be one of {NAMED, POSITIONAL} - got \"%s\".", in.Format)
	}
	t := &template{name: string(in.Name), language: string(in.Language), account: c.account,
		category: string(in.Category), named: format == "NAMED"}
	if gerr := t.fill(in); gerr != nil {
		return nil, gerr
	}
	a := c.account
	a.mu.Lock()
	defer a.mu.Unlock()
	if gerr := a.mayCreate(t, s.clock.now()); gerr != nil {
		return nil, gerr
	}
	t.id = s.ids.next()
	s.keep(a, t)
	s.submit(t)
	return map[string]string{"id": t.id, "status": t.status, "category": t.category}, nil
}

// fill takes over components and TTL after checking them.
func (t *template) fill(in templateInput) *graphError {
	if in.TTL != nil {
		if gerr := checkTTL(t.category, *in.TTL); gerr != nil {
			return gerr
		}
		t.ttl = *in.TTL
	}
	if t.category == "AUTHENTICATION" {
		built, gerr := authComponents(in.Components)
		if gerr != nil {
			return gerr
		}
		t.components = built
		return nil
	}
	if gerr := checkComponents(in.Components, t.named); gerr != nil {
		return gerr
	}
	t.components = in.Components
	return nil
}

// checkTTL checks how long an undelivered message is kept: -1 is 30 days.
func checkTTL(category string, ttl int) *graphError {
	span := map[string][2]int{"AUTHENTICATION": {30, 900}, "UTILITY": {30, 43_200}, "MARKETING": {43_200, 2_592_000}}[category]
	if ttl != -1 && (ttl < span[0] || ttl > span[1]) {
		return failParam("Param message_send_ttl_seconds must be -1 or between %d and %d for category %s.", span[0], span[1], category)
	}
	return nil
}

// mayCreate checks names and counts. a.mu is held.
func (a *account) mayCreate(t *template, now time.Time) *graphError {
	key := templateKey(t.name, t.language)
	if a.templates.byName[key] != nil {
		return failTemplate(2388024, "Content in This Language Already Exists",
			"There is already "+t.language+" content for this template. You can create a new template and try again.")
	}
	if at, ok := a.templates.deleted[key]; ok && now.Sub(at) < deletedNameBlocked {
		return failTemplate(2388023, "Message Template Language Is Being Deleted",
			"New "+t.language+" content can't be added while the existing "+t.language+" content is being deleted. Try again in 4 weeks or consider creating a new message template.")
	}
	if len(a.templates.order) >= maxTemplates {
		return failTemplate(2388019, "Message Templates Limit Exceeded", "The account has reached the limit of message templates.")
	}
	recent := slices.DeleteFunc(a.templates.created, func(at time.Time) bool { return now.Sub(at) >= time.Hour })
	if a.templates.created = recent; len(recent) >= templatesPerHour {
		return fail(80007, "More than %d templates were created within an hour", templatesPerHour)
	}
	a.templates.created = append(a.templates.created, now)
	return nil
}

// fields is the template as Graph shows it. account.mu is held.
func (t *template) fields() map[string]any {
	format, sub := "POSITIONAL", "CUSTOM"
	if t.named {
		format = "NAMED"
	}
	all := map[string]any{"id": t.id, "name": t.name, "parameter_format": format, "components": t.components,
		"language": t.language, "status": t.status, "category": t.category, "sub_category": sub, "previous_category": nil,
		"correct_category": nil, "rejected_reason": t.reason, "quality_score": map[string]any{"score": "UNKNOWN"},
		"last_updated_time": t.updated.UTC().Format("2006-01-02T15:04:05-0700"), "message_send_ttl_seconds": nil,
		"library_template_name": nil, "cta_url_link_tracking_opted_out": nil}
	if t.ttl != 0 {
		all["message_send_ttl_seconds"] = t.ttl
	}
	return all
}

var templateDefaults = []string{"name", "parameter_format", "components", "language", "status", "category"}

func listTemplates(s *Simulator, c *call) (any, *graphError) {
	q := c.query
	keep := func(t *template) bool {
		has := func(param, value string) bool {
			return q.Get(param) == "" || slices.Contains(strings.Split(q.Get(param), ","), value)
		}
		return has("status", t.status) && has("name", t.name) && has("language", t.language) && has("category", t.category) &&
			strings.Contains(t.name, q.Get("name_or_content"))
	}
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	rows, keys := []map[string]any{}, []string{}
	for _, t := range c.account.templates.order {
		if !keep(t) {
			continue
		}
		row, gerr := c.fieldsOf("WhatsAppMessageTemplate", t.fields(), templateDefaults...)
		if gerr != nil {
			return nil, gerr
		}
		rows, keys = append(rows, row), append(keys, t.id)
	}
	return c.page(s, rows, keys)
}

func getTemplate(_ *Simulator, c *call) (any, *graphError) {
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	return noError(c.fieldsOf("WhatsAppMessageTemplate", c.template.fields(), templateDefaults...))
}

// editTemplate replaces components, category or TTL of a template that is
// APPROVED, REJECTED or PAUSED and puts it under review again.
func editTemplate(s *Simulator, c *call) (any, *graphError) {
	in, gerr := readTemplate(c)
	if gerr != nil {
		return nil, gerr
	}
	now := s.clock.now()
	t := c.template
	t.account.mu.Lock()
	defer t.account.mu.Unlock()
	if !slices.Contains([]string{"APPROVED", "REJECTED", "PAUSED"}, t.status) {
		return nil, failTemplate(2388039, "Template status cannot change", "Only approved, rejected or paused templates can be edited.")
	}
	next := &template{category: t.category, named: t.named, components: t.components, ttl: t.ttl}
	if in.Category != "" && string(in.Category) != t.category {
		if !slices.Contains(categories, string(in.Category)) {
			return nil, failParam("Param category must be one of {%s} - got \"%s\".", strings.Join(categories, ", "), in.Category)
		}
		if t.status == "APPROVED" {
			return nil, failTemplate(2388039, "Template category cannot change", "The category of an approved template cannot be changed.")
		}
		next.category = string(in.Category)
	}
	if in.Components != nil {
		if gerr := next.fill(in); gerr != nil {
			return nil, gerr
		}
	} else if in.TTL != nil {
		if gerr := checkTTL(next.category, *in.TTL); gerr != nil {
			return nil, gerr
		}
		next.ttl = *in.TTL
	}
	if t.status == "APPROVED" {
		t.edits = slices.DeleteFunc(t.edits, func(at time.Time) bool { return now.Sub(at) >= 30*24*time.Hour })
		if n := len(t.edits); n >= maxEditsPerMonth || n > 0 && now.Sub(t.edits[n-1]) < 24*time.Hour {
			return nil, failTemplate(0, "Template edit limit reached", "An approved template can be edited once in 24 hours and 10 times in 30 days.")
		}
		t.edits = append(t.edits, now)
	}
	t.category, t.components, t.ttl = next.category, next.components, next.ttl
	s.submit(t)
	return success, nil
}

func unpauseTemplate(s *Simulator, c *call) (any, *graphError) {
	t := c.template
	t.account.mu.Lock()
	turn := t.review
	t.account.mu.Unlock()
	if !s.unpause(t, turn) {
		return nil, failTemplate(2388039, "Template status cannot change", "Only a paused template can be unpaused.")
	}
	return success, nil
}

// deleteTemplate deletes ?name= in all languages, or the one of ?hsm_id= as well.
func deleteTemplate(s *Simulator, c *call) (any, *graphError) {
	params, gerr := c.params()
	if gerr != nil {
		return nil, gerr
	}
	name, gerr := str(params, "name")
	if gerr != nil {
		return nil, gerr
	}
	id, gerr := str(params, "hsm_id")
	if gerr != nil {
		return nil, gerr
	}
	if name == "" {
		return nil, failParam("The parameter name is required.")
	}
	now := s.clock.now()
	a := c.account
	a.mu.Lock()
	var updates []map[string]any
	for _, t := range slices.Clone(a.templates.order) {
		if t.name != name || id != "" && t.id != id {
			continue
		}
		if t.status == "DISABLED" {
			a.mu.Unlock()
			return nil, failTemplate(2388039, "Template cannot be deleted", "A disabled template cannot be deleted.")
		}
		update := t.statusUpdate("DELETED", "NONE")
		updates = append(updates, update)
		s.forget(t, now)
	}
	a.mu.Unlock()
	if len(updates) == 0 {
		return nil, failTemplate(2593002, "Message Template Not Found", "There is no message template of this name.")
	}
	for _, u := range updates {
		s.emitAccount(a, nil, "message_template_status_update", u)
	}
	return success, nil
}

// authComponents turns the preset parts of an authentication template into what
// Meta stores: its own body with the code, and a URL button that copies it.
func authComponents(in []component) ([]component, *graphError) {
	body := component{Type: "BODY", Text: "*{{1}}* is your verification code.", Example: json.RawMessage(`{"body_text":[["123456"]]}`)}
	out := []component{body}
	found := false
	for _, c := range in {
		switch c.Type {
		case "BODY":
			if c.Text != "" {
				return nil, failTemplate(2388072, "Body Format Is Incorrect", "The body of an authentication template is preset and takes no text.")
			}
			if c.Security != nil && *c.Security {
				out[0].Text += " For your security, do not share this code."
				out[0].Security = c.Security
			}
		case "FOOTER":
			if c.Expiration == nil || *c.Expiration < 1 || *c.Expiration > 90 {
				return nil, failParam("Param code_expiration_minutes must be between 1 and 90.")
			}
			c.Text = "This code expires in " + jsonString(*c.Expiration) + " minutes."
			out = append(out, c)
		case "BUTTONS":
			if len(c.Buttons) != 1 || c.Buttons[0].Type != "OTP" || !slices.Contains([]string{"COPY_CODE", "ONE_TAP", "ZERO_TAP"}, c.Buttons[0].OTPType) {
				return nil, failParam("An authentication template has one OTP button of type COPY_CODE, ONE_TAP or ZERO_TAP.")
			}
			b := c.Buttons[0]
			if b.Text == "" {
				b.Text = "Copy code"
			}
			url := "https://www.whatsapp.com/otp/code/?otp_type=" + b.OTPType + "&code=otp"
			out = append(out, component{Type: "BUTTONS", Buttons: []templateButton{{Type: "URL", Text: b.Text, URL: url + "{{1}}",
				Example: json.RawMessage(`["` + url + `123456"]`)}}})
			found = true
		default:
			return nil, failParam("An authentication template has no component of type %s.", c.Type)
		}
	}
	if !found {
		return nil, failParam("An authentication template needs a BUTTONS component with an OTP button.")
	}
	return out, nil
}

func jsonString(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
