package template

import "github.com/musika/musika"

// Names of the templates that the platform comes with.
const (
	OrderConfirmation = "order_confirmation" // order, total, expected
	PaymentRequest    = "payment_request"    // order, amount
	OrderStatus       = "order_status"       // order, status, expected
	DeliveryUpdate    = "delivery_update"    // order, driver, expected
	FeedbackRequest   = "feedback_request"   // order, store
	LowStock          = "low_stock"          // product, count; to the merchant
)

// Ids of the replies that the default templates offer. Input.Replies says what
// comes back for them.
const (
	ReplyTrack  = "track"
	ReplyHelp   = "help"
	ReplyPay    = "pay"
	ReplyCancel = "cancel"
	ReplyRate   = "rate"
)

// Default is a template that the platform comes with, in one language.
type Default struct {
	Template musika.Template // without ids and times
	Content  musika.TemplateContent
}

// shape is what the languages of a default template share.
type shape struct {
	name      string
	replies   []string
	variables []musika.TemplateVariable
}

var (
	orderVariable    = musika.TemplateVariable{Name: "order", Kind: musika.VariableText, Example: "K7M2QX"}
	expectedVariable = musika.TemplateVariable{Name: "expected", Kind: musika.VariableDate, Example: "2026-11-23T15:30:00+02:00"}
	storeVariable    = musika.TemplateVariable{Name: "store", Kind: musika.VariableText, Example: "Mama Tendai’s Kitchen Avondale"}
)

var shapes = []shape{
	{OrderConfirmation, []string{ReplyTrack, ReplyHelp}, []musika.TemplateVariable{
		orderVariable, {Name: "total", Kind: musika.VariableMoney, Example: "1250.00"}, expectedVariable,
	}},
	{PaymentRequest, []string{ReplyPay, ReplyCancel}, []musika.TemplateVariable{
		{Name: "amount", Kind: musika.VariableMoney, Example: "1250.00"}, orderVariable,
	}},
	{OrderStatus, []string{ReplyTrack, ReplyHelp}, []musika.TemplateVariable{
		orderVariable, {Name: "status", Kind: musika.VariableText, Example: "Ready, waiting for the driver"}, expectedVariable,
	}},
	{DeliveryUpdate, []string{ReplyTrack, ReplyHelp}, []musika.TemplateVariable{
		orderVariable, {Name: "driver", Kind: musika.VariableText, Example: "Tatenda Moyo"}, expectedVariable,
	}},
	{FeedbackRequest, []string{ReplyRate}, []musika.TemplateVariable{orderVariable, storeVariable}},
	{LowStock, nil, []musika.TemplateVariable{
		{Name: "count", Kind: musika.VariableNumber, Example: "3"},
		{Name: "product", Kind: musika.VariableText, Example: "Chicken and chips, large, with salad"},
	}},
}

// words are the bodies, by template, and the labels, by reply, of one language.
type words struct {
	bodies, labels map[string]string
}

// Defaults returns the templates that the platform comes with, in each
// language that the bot speaks.
func Defaults() []Default {
	var out []Default
	for _, s := range shapes {
		for _, language := range musika.Languages {
			w := defaultWords[language]
			d := Default{Template: musika.Template{
				Name: s.name, Language: language, Type: musika.TemplateText,
				State: musika.TemplateActive, Category: musika.TemplateUtility,
			}}
			d.Content.Body = w.bodies[s.name]
			d.Content.Variables = append(d.Content.Variables, s.variables...)
			for _, id := range s.replies {
				d.Template.Type = musika.TemplateButtons
				d.Content.Buttons = append(d.Content.Buttons, musika.TemplateAction{Kind: musika.ActionQuickReply, ID: id, Text: w.labels[id]})
			}
			out = append(out, d)
		}
	}
	return out
}
