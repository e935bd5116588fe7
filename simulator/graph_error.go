package simulator

import (
	"fmt"
	"net/http"
)

// graphError is Meta's error, both as an HTTP answer and as errors[0] of a
// failed status.
type graphError struct {
	Status    int // HTTP status
	Code      int
	Subcode   int
	Type      string
	Title     string // without the "(#code) " in front
	Bare      bool   // message is Title alone, without "(#code) "
	Details   string
	UserTitle string
	UserMsg   string
	Transient bool
}

func (e *graphError) Error() string { return e.message() + ": " + e.Details }

func (e *graphError) message() string {
	if e.Bare {
		return e.Title
	}
	return fmt.Sprintf("(#%d) %s", e.Code, e.Title)
}

type errorBody struct {
	Message   string     `json:"message"`
	Type      string     `json:"type"`
	Code      int        `json:"code"`
	Data      *errorData `json:"error_data,omitempty"`
	Subcode   int        `json:"error_subcode,omitempty"`
	Transient *bool      `json:"is_transient,omitempty"`
	UserTitle string     `json:"error_user_title,omitempty"`
	UserMsg   string     `json:"error_user_msg,omitempty"`
	TraceID   string     `json:"fbtrace_id"`
}

type errorData struct {
	Product string `json:"messaging_product"`
	Details string `json:"details"`
}

// envelope is the body of the HTTP answer.
func (e *graphError) envelope(traceID string) any {
	body := errorBody{Message: e.message(), Type: e.Type, Code: e.Code, Subcode: e.Subcode,
		UserTitle: e.UserTitle, UserMsg: e.UserMsg, TraceID: traceID}
	if e.Details != "" {
		body.Data = &errorData{Product: "whatsapp", Details: e.Details}
	}
	if e.Transient || e.UserTitle != "" {
		body.Transient = &e.Transient
	}
	return map[string]any{"error": body}
}

// webhookError is an item of errors[] in a webhook.
type webhookError struct {
	Code    int               `json:"code"`
	Title   string            `json:"title"`
	Message string            `json:"message"`
	Data    map[string]string `json:"error_data,omitempty"`
	Href    string            `json:"href,omitempty"`
}

const errorCodesURL = "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes"

func (e *graphError) webhook() webhookError {
	w := webhookError{Code: e.Code, Title: e.Title, Message: e.Title, Href: errorCodesURL}
	if e.Details != "" {
		w.Data = map[string]string{"details": e.Details}
	}
	return w
}

// errorKinds are the codes the simulator answers with: Meta's title and HTTP
// status. Meta tells programs to key on the code, never on the HTTP status.
var errorKinds = map[int]struct {
	status int
	title  string
}{
	0:      {401, "AuthException"},
	1:      {400, "API Unknown"},
	2:      {503, "API Service"},
	4:      {400, "API Too Many Calls"},
	10:     {403, "Permission Denied"},
	100:    {400, "Invalid parameter"},
	104:    {401, "An access token is required to request this resource."},
	190:    {401, "Invalid OAuth access token"},
	368:    {403, "Temporarily blocked for policies violations"},
	2200:   {400, "Callback verification failed"},
	80007:  {400, "Rate limit issues"},
	130403: {400, "User is blocked"},
	130429: {400, "Rate limit hit"},
	130472: {400, "User's number is part of an experiment"},
	130497: {403, "Business account is restricted from messaging users in this country"},
	131000: {500, "Something went wrong"},
	131005: {403, "Access denied"},
	131008: {400, "Required parameter is missing"},
	131009: {400, "Parameter value is not valid"},
	131016: {500, "Service unavailable"},
	131021: {400, "Recipient cannot be sender"},
	131026: {400, "Message undeliverable"},
	131030: {400, "Recipient phone number not in allowed list"},
	131031: {403, "Account has been locked"},
	131037: {400, "Phone number needs display name approval before message can be sent"},
	131042: {400, "Business eligibility payment issue"},
	131045: {500, "Message failed to send due to phone number registration error"},
	131047: {400, "Re-engagement message"},
	131048: {400, "Spam rate limit hit"},
	131049: {400, "This message was not delivered to maintain healthy ecosystem engagement"},
	131050: {400, "User has stopped marketing messages"},
	131051: {400, "Message type unknown"},
	131052: {400, "Media download error"},
	131053: {400, "Media upload error"},
	131056: {400, "(Business Account, Consumer Account) pair rate limit hit"},
	131057: {500, "Account in maintenance mode"},
	131059: {400, "Invalid template pagination cursor"},
	131062: {400, "Business-scoped user ID is not supported for this message"},
	131063: {400, "Marketing templates are disabled on Cloud API"},
	131064: {400, "Template misclassification limit reached"},
	132000: {400, "Number of parameters does not match the expected number of params"},
	132001: {404, "Template name does not exist in the translation"},
	132005: {400, "Template hydrated text too long"},
	132007: {400, "Template format character policy violated"},
	132008: {400, "Template parameter format is invalid"},
	132012: {400, "Parameter format does not match format in the created template"},
	132015: {400, "Template is paused"},
	132016: {400, "Template is disabled"},
	132018: {400, "There was an issue with the parameters in your template"},
	132068: {400, "Flow in blocked state"},
	132069: {400, "Flow in throttled state"},
	133000: {500, "Incomplete deregistration"},
	133004: {503, "Server temporarily unavailable"},
	133005: {400, "Two step verification PIN mismatch"},
	133006: {400, "Phone number needs to be verified before registering"},
	133008: {400, "Too many two step verification PIN guesses"},
	133009: {400, "Two step verification PIN guessed too fast"},
	133010: {400, "Account not registered"},
	133016: {400, "Account register deregister rate limit exceeded"},
	135000: {400, "Generic user error"},
	136025: {400, "Verify code failed"},
	137000: {400, "Recipient identity key hash mismatch"},
}

// fail makes the error of a code with Meta's title and the given details.
func fail(code int, format string, args ...any) *graphError {
	kind, ok := errorKinds[code]
	if !ok {
		kind.status, kind.title = http.StatusBadRequest, "Error"
	}
	e := &graphError{Status: kind.status, Code: code, Title: kind.title, Type: "OAuthException", Details: format}
	if len(args) > 0 {
		e.Details = fmt.Sprintf(format, args...)
	}
	switch code {
	case 1, 2, 131000, 131016, 131057, 133004:
		e.Transient = true
	case 104, 190:
		e.Bare = true
	}
	return e
}

// failParam is code 100 with a message of its own, as Graph words its checks
// of parameters before they reach the messaging layer.
func failParam(format string, args ...any) *graphError {
	e := fail(100, "")
	e.Title = fmt.Sprintf(format, args...)
	return e
}

// failTemplate is code 100 with the subcode and texts that template checks have.
func failTemplate(subcode int, title, msg string) *graphError {
	e := fail(100, "")
	e.Subcode, e.UserTitle, e.UserMsg, e.Bare = subcode, title, msg, true
	return e
}

// failMissing is the answer for an id that does not exist or does not take
// this request.
func failMissing(method, id string) *graphError {
	verb := "post"
	switch method {
	case http.MethodGet, http.MethodHead:
		verb = "get"
	case http.MethodDelete:
		verb = "delete"
	}
	return &graphError{
		Status: http.StatusBadRequest, Code: 100, Subcode: 33, Type: "GraphMethodException", Bare: true,
		Title: fmt.Sprintf("Unsupported %s request. Object with ID '%s' does not exist, cannot be loaded due to missing "+
			"permissions, or does not support this operation. Please read the Graph API documentation at "+
			"https://developers.facebook.com/docs/graph-api", verb, id),
	}
}
