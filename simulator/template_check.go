package simulator

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Limits of templates, in characters and counts.
const (
	maxTemplateBody   = 1024
	maxTemplateHeader = 60
	maxTemplateFooter = 60
	maxTemplateButton = 10
	maxButtonLabel    = 25
	maxButtonURL      = 2000
	maxButtonPhone    = 20
)

// buttonLimits are how many buttons of a type a template may have.
var buttonLimits = map[string]int{"QUICK_REPLY": 10, "URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1, "FLOW": 1, "CATALOG": 1,
	"MPM": 1, "VOICE_CALL": 1, "REQUEST_CONTACT_INFO": 1}

var (
	variablePattern   = regexp.MustCompile(`\{\{([^{}]*)\}\}`)
	adjacentVariables = regexp.MustCompile(`\}\}\s*\{\{`)
	namedVariable     = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// variables lists the variables of a text in order of first appearance.
func variables(s string) []string {
	var out []string
	for _, m := range variablePattern.FindAllStringSubmatch(s, -1) {
		if v := strings.TrimSpace(m[1]); !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

type example struct {
	HeaderText   []string     `json:"header_text"`
	HeaderNamed  []namedParam `json:"header_text_named_params"`
	HeaderHandle []string     `json:"header_handle"`
	BodyText     [][]string   `json:"body_text"`
	BodyNamed    []namedParam `json:"body_text_named_params"`
}

type namedParam struct {
	Name    string `json:"param_name"`
	Example text   `json:"example"`
}

var missingExample = failTemplate(2388043, "Message template \"components\" param is missing expected field(s)",
	"A component with variables must have an example for each of them.")

// checkComponents applies Meta's review rules to a template's parts.
func checkComponents(list []component, named bool) *graphError {
	seen := map[string]bool{}
	for _, c := range list {
		if seen[c.Type] {
			return failParam("A template has at most one component of type %s.", c.Type)
		}
		seen[c.Type] = true
		if gerr := checkComponent(c, named); gerr != nil {
			return gerr
		}
	}
	if !seen["BODY"] {
		return failTemplate(2388043, "Message template \"components\" param is missing expected field(s)", "A template must have a component of type BODY.")
	}
	return nil
}

func checkComponent(c component, named bool) *graphError {
	var ex example
	if !isNull(c.Example) {
		if gerr := decode(c.Example, "example", &ex); gerr != nil {
			return gerr
		}
	}
	switch c.Type {
	case "HEADER":
		return checkTemplateHeader(c, ex, named)
	case "BODY":
		return checkTemplateBody(c, ex, named)
	case "FOOTER":
		if n := runes(c.Text); n < 1 || n > maxTemplateFooter {
			return failTemplate(2388040, "Character Limit Exceeded", "The footer must be 1 to 60 characters long.")
		}
		if len(variables(c.Text)) > 0 {
			return failTemplate(2388073, "Footer Format Is Incorrect", "The footer cannot have variables.")
		}
		return nil
	case "BUTTONS":
		return checkTemplateButtons(c.Buttons)
	case "CAROUSEL":
		return checkTemplateCards(c.Cards, named)
	}
	return failParam("Param type must be one of {BODY, BUTTONS, CAROUSEL, FOOTER, HEADER} - got \"%s\".", c.Type)
}

func checkTemplateHeader(c component, ex example, named bool) *graphError {
	switch c.Format {
	case "IMAGE", "VIDEO", "GIF", "DOCUMENT":
		if len(ex.HeaderHandle) == 0 || !strings.HasPrefix(ex.HeaderHandle[0], "4:") {
			return failTemplate(2388043, missingExample.UserTitle, "A media header must have an example.header_handle from the Resumable Upload API.")
		}
		return nil
	case "LOCATION":
		return nil
	case "TEXT", "":
	default:
		return failParam("Param format must be one of {TEXT, IMAGE, VIDEO, GIF, DOCUMENT, LOCATION} - got \"%s\".", c.Format)
	}
	if n := runes(c.Text); n < 1 || n > maxTemplateHeader {
		return failTemplate(2388040, "Character Limit Exceeded", "The header must be 1 to 60 characters long.")
	}
	vars := variables(c.Text)
	if len(vars) > 1 || strings.Contains(c.Text, "\n") {
		return failTemplate(2388047, "Header Format Is Incorrect", "The header can have one variable and no line break.")
	}
	if gerr := checkVariables(vars, named, 2388047, "Header Format Is Incorrect"); gerr != nil {
		return gerr
	}
	if named && !hasNamed(ex.HeaderNamed, vars) || !named && len(ex.HeaderText) < len(vars) {
		return missingExample
	}
	return nil
}

func checkTemplateBody(c component, ex example, named bool) *graphError {
	if n := runes(c.Text); n < 1 || n > maxTemplateBody {
		return failTemplate(2388040, "Character Limit Exceeded", "The body must be 1 to 1024 characters long.")
	}
	vars := variables(c.Text)
	if len(vars) == 0 {
		return nil
	}
	if gerr := checkVariables(vars, named, 2388072, "Body Format Is Incorrect"); gerr != nil {
		return gerr
	}
	trimmed := strings.TrimSpace(c.Text)
	if strings.HasPrefix(trimmed, "{{") || strings.HasSuffix(trimmed, "}}") {
		return failTemplate(2388299, "Leading or Trailing Params Not Allowed", "Variables can't be at the start or end of the template.")
	}
	if adjacentVariables.MatchString(c.Text) {
		return failTemplate(2388072, "Body Format Is Incorrect", "Variables can't stand next to each other.")
	}
	// As providers describe the rule: x variables want 2x+1 other words.
	if words := len(strings.Fields(variablePattern.ReplaceAllString(c.Text, " "))); words < 2*len(vars)+1 {
		return failTemplate(2388293, "Parameters-Words Ratio Exceeds Limit", "This template has too many variables for its length. Reduce the number of variables or increase the message length.")
	}
	if named && !hasNamed(ex.BodyNamed, vars) || !named && (len(ex.BodyText) == 0 || len(ex.BodyText[0]) != len(vars)) {
		return missingExample
	}
	return nil
}

// checkVariables wants {{1}} to {{n}}, or names in a template of named parameters.
func checkVariables(vars []string, named bool, subcode int, title string) *graphError {
	for i, v := range vars {
		if named && !namedVariable.MatchString(v) {
			return failTemplate(subcode, title, "Variable names are lower-case letters, digits and underscores.")
		}
		if !named && v != strconv.Itoa(i+1) {
			return failTemplate(subcode, title, "Variables must be numbered {{1}}, {{2}} and so on, in order.")
		}
	}
	return nil
}

func hasNamed(params []namedParam, vars []string) bool {
	return !slices.ContainsFunc(vars, func(v string) bool {
		return !slices.ContainsFunc(params, func(p namedParam) bool { return p.Name == v && p.Example != "" })
	})
}

func checkTemplateButtons(buttons []templateButton) *graphError {
	if len(buttons) < 1 || len(buttons) > maxTemplateButton {
		return failParam("A template can have 1 to %d buttons.", maxTemplateButton)
	}
	count := map[string]int{}
	quickRuns := 0
	for i, b := range buttons {
		limit, ok := buttonLimits[b.Type]
		if !ok {
			return failParam("Param type of buttons[%d] is not valid - got \"%s\".", i, b.Type)
		}
		if count[b.Type]++; count[b.Type] > limit {
			return failParam("A template can have at most %d buttons of type %s.", limit, b.Type)
		}
		if b.Type == "QUICK_REPLY" && (i == 0 || buttons[i-1].Type != "QUICK_REPLY") {
			quickRuns++
		}
		if gerr := b.check(i); gerr != nil {
			return gerr
		}
	}
	if quickRuns > 1 {
		return failParam("Quick reply buttons must be grouped together, before or after the other buttons.")
	}
	return nil
}

func (b templateButton) check(i int) *graphError {
	if n := runes(b.Text); b.Type != "COPY_CODE" && (n < 1 || n > maxButtonLabel) {
		return failParam("Param text of buttons[%d] must be 1 to %d characters long.", i, maxButtonLabel)
	}
	switch b.Type {
	case "URL":
		vars := variables(b.URL)
		static := variablePattern.ReplaceAllString(b.URL, "x")
		if runes(b.URL) > maxButtonURL || checkLink(static) != nil {
			return failParam("Param url of buttons[%d] must be a URL of at most %d characters.", i, maxButtonURL)
		}
		if len(vars) > 1 || len(vars) == 1 && !strings.HasSuffix(b.URL, "}}") {
			return failParam("Param url of buttons[%d] can have one variable, at its end.", i)
		}
		if len(vars) == 1 && !hasExample(b.Example) {
			return missingExample
		}
	case "PHONE_NUMBER":
		if n := runes(b.Phone); n < 1 || n > maxButtonPhone || digitsOf(b.Phone) == "" {
			return failParam("Param phone_number of buttons[%d] must be 1 to %d characters long.", i, maxButtonPhone)
		}
	case "COPY_CODE":
		if !hasExample(b.Example) {
			return missingExample
		}
	case "FLOW":
		if b.FlowID == "" && b.FlowName == "" {
			return failParam("buttons[%d] of type FLOW needs flow_id or flow_name.", i)
		}
	}
	return nil
}

// hasExample accepts an example as a string or as a list of one.
func hasExample(raw json.RawMessage) bool {
	var one text
	if json.Unmarshal(raw, &one) == nil && !isNull(raw) {
		return one != ""
	}
	var list []text
	return json.Unmarshal(raw, &list) == nil && len(list) > 0 && list[0] != ""
}

func checkTemplateCards(cards []templateCard, named bool) *graphError {
	if len(cards) < 2 || len(cards) > maxCards {
		return failParam("A carousel has 2 to %d cards.", maxCards)
	}
	for _, c := range cards {
		for _, part := range c.Components {
			if part.Type == "CAROUSEL" || part.Type == "FOOTER" {
				return failParam("A card has no component of type %s.", part.Type)
			}
			if gerr := checkComponent(part, named); gerr != nil {
				return gerr
			}
		}
	}
	return nil
}
