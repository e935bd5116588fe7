package musika

import "time"

// Template is a message that is written once and sent many times, with
// variables for what differs. A template belongs to one merchant, or to the
// platform, whose templates every merchant sees and may override by one of the
// same name and language. What it says is in its versions; the template points
// to the current one.
type Template struct {
	ID         TemplateID       `json:"id"`
	MerchantID MerchantID       `json:"merchant_id,omitempty"` // empty: the platform's
	Name       string           `json:"name"`                  // a-z, 0-9 and _; unique per merchant and language
	Language   Language         `json:"language"`
	Type       TemplateType     `json:"type"`
	State      TemplateState    `json:"state"`
	Category   TemplateCategory `json:"category"`
	Version    int              `json:"version"` // number of the current version, from 1
	CreatedAt  time.Time        `json:"created_at"`
	UpdatedAt  time.Time        `json:"updated_at"`
}

// TemplateType says which parts a template has.
type TemplateType string

const (
	TemplateText    TemplateType = "text"    // words
	TemplateButtons TemplateType = "buttons" // words above 1 to 3 quick replies, or up to 2 links and 1 phone number
	TemplateList    TemplateType = "list"    // words above a menu
	TemplateMedia   TemplateType = "media"   // an image, a video or a document with the words as its caption
)

// Valid reports whether t is one of the types above.
func (t TemplateType) Valid() bool {
	return t == TemplateText || t == TemplateButtons || t == TemplateList || t == TemplateMedia
}

// TemplateState is where a template stands in its life. Only active ones are
// sent.
type TemplateState string

const (
	TemplateDraft    TemplateState = "draft"
	TemplateActive   TemplateState = "active"
	TemplateArchived TemplateState = "archived" // kept for what was sent with it
)

// Valid reports whether s is one of the states above.
func (s TemplateState) Valid() bool {
	return s == TemplateDraft || s == TemplateActive || s == TemplateArchived
}

// TemplateCategory is what a template is for. Meta reviews by it and sets the
// price by it.
type TemplateCategory string

const (
	TemplateUtility        TemplateCategory = "utility" // about something the person asked for, such as an order
	TemplateMarketing      TemplateCategory = "marketing"
	TemplateAuthentication TemplateCategory = "authentication" // one-time codes
)

// Valid reports whether c is one of the categories above.
func (c TemplateCategory) Valid() bool {
	return c == TemplateUtility || c == TemplateMarketing || c == TemplateAuthentication
}

// TemplateVersion is what a template said from At on. Versions never change:
// an edit or a roll-back makes the next one.
type TemplateVersion struct {
	TemplateID TemplateID       `json:"template_id"`
	Number     int              `json:"number"`           // from 1, without gaps
	Author     UserID           `json:"author,omitempty"` // empty: the program itself
	Note       string           `json:"note,omitempty"`   // why, in the author's words
	Content    TemplateContent  `json:"content"`
	Mapping    *TemplateMapping `json:"mapping,omitempty"` // absent when Meta has no form for the content
	At         time.Time        `json:"at"`
}

// TemplateContent is what a template says. Header, Body, Footer, the texts and
// addresses of buttons, the words of lists and the media's link may hold
// variables: {{name}}, {{name|default}}; \{{ stands for two braces.
type TemplateContent struct {
	Header    string             `json:"header,omitempty"` // a line above Body
	Body      string             `json:"body"`
	Footer    string             `json:"footer,omitempty"`
	Buttons   []TemplateAction   `json:"buttons,omitempty"`
	List      *List              `json:"list,omitempty"`
	Media     *Media             `json:"media,omitempty"` // of type media; of type buttons: the picture above them
	Variables []TemplateVariable `json:"variables,omitempty"`
}

// TemplateActionKind is what a button of a template does.
type TemplateActionKind string

const (
	ActionQuickReply TemplateActionKind = "quick_reply" // ID comes back when it is tapped
	ActionURL        TemplateActionKind = "url"         // opens URL
	ActionPhone      TemplateActionKind = "phone"       // calls Phone
)

// TemplateAction is a button of a template.
type TemplateAction struct {
	Kind  TemplateActionKind `json:"kind"`
	ID    string             `json:"id,omitempty"` // quick replies
	Text  string             `json:"text"`         // what the person sees
	URL   string             `json:"url,omitempty"`
	Phone string             `json:"phone,omitempty"` // E.164
}

// VariableKind says what a variable's value is, and so how it is written.
type VariableKind string

const (
	VariableText   VariableKind = "text"
	VariableNumber VariableKind = "number" // written with the language's separators
	VariableMoney  VariableKind = "money"  // written as Money.Format does
	VariableDate   VariableKind = "date"   // a day, or a moment, in the merchant's time zone
	VariableURL    VariableKind = "url"    // a full http or https address, or the end of one in a button's URL
	VariablePhone  VariableKind = "phone"  // E.164
)

// Valid reports whether k is one of the kinds above.
func (k VariableKind) Valid() bool {
	switch k {
	case VariableText, VariableNumber, VariableMoney, VariableDate, VariableURL, VariablePhone:
		return true
	}
	return false
}

// TemplateVariable declares a variable of a template.
type TemplateVariable struct {
	Name    string       `json:"name"` // a-z, 0-9 and _, a letter first
	Kind    VariableKind `json:"kind"`
	Example string       `json:"example,omitempty"` // a long value that may well occur: previews, limits and Meta's review go by it
	Default string       `json:"default,omitempty"` // stands in for a missing value where {{name|default}} says nothing else
}

// ParameterFormat is how a template at Meta names its parameters.
type ParameterFormat string

const (
	ParametersNamed      ParameterFormat = "named"      // {{order}}
	ParametersPositional ParameterFormat = "positional" // {{1}}
)

// TemplateMapping says which values fill the parameters of the template that
// was submitted to Meta. It is kept with the version that was submitted: later
// versions may have others.
type TemplateMapping struct {
	Format  ParameterFormat        `json:"format"`
	Header  []TemplateSlot         `json:"header,omitempty"` // one at most
	Body    []TemplateSlot         `json:"body,omitempty"`   // in order
	Media   bool                   `json:"media,omitempty"`  // the header is a file, handed over with each send
	Buttons []TemplateMappedButton `json:"buttons,omitempty"`
}

// TemplateSlot is one parameter of a text. A variable with two different
// defaults has two slots.
type TemplateSlot struct {
	Param    string `json:"param"` // name, or number from 1
	Variable string `json:"variable"`
	Default  string `json:"default,omitempty"` // of {{name|default}}
}

// TemplateMappedButton is a button that is given a value with each send.
type TemplateMappedButton struct {
	Index   int    `json:"index"`             // counted from 0
	Payload string `json:"payload,omitempty"` // quick replies: the reply's id
	URLEnd  string `json:"url_end,omitempty"` // URL buttons: the variable end of the address, as {{name}}
}
