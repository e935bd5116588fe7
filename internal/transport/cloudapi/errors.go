package cloudapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/musika/musika"
)

// metaError is an error as Meta writes it: the envelope of a refused call and
// an element of a failed status have the same form (Meta's Cloud API: error
// codes). Every part but the code may be absent.
type metaError struct {
	Code      text            `json:"code"`
	Subcode   text            `json:"error_subcode"`
	Title     text            `json:"title"`
	Message   text            `json:"message"`
	Data      json.RawMessage `json:"error_data"` // an object with details or, rarely, a string
	UserTitle text            `json:"error_user_title"`
	UserText  text            `json:"error_user_msg"`
	Transient truth           `json:"is_transient"`
	TraceID   text            `json:"fbtrace_id"`
}

// code returns the numeric code, and whether there is one.
func (e *metaError) code() (int, bool) {
	n, err := strconv.Atoi(string(e.Code))
	return n, err == nil
}

var codePrefix = regexp.MustCompile(`^\(#\d+\)\s*`)

// words returns what Meta says: its title, and the details where they add
// something.
func (e *metaError) words() string {
	title := string(e.Message)
	if title == "" {
		title = string(e.Title)
	}
	title = codePrefix.ReplaceAllString(title, "")
	details := e.details()
	switch {
	case title == "":
		title = details
	case details != "" && details != title:
		title += ": " + details
	}
	if title == "" {
		title = "no reason given"
	}
	title, _ = cut(title, 1000)
	return title
}

// details returns the part that says which parameter is meant.
func (e *metaError) details() string {
	var data struct {
		Details text `json:"details"`
	}
	var plain text
	switch {
	case json.Unmarshal(e.Data, &data) == nil && data.Details != "":
		return string(data.Details)
	case json.Unmarshal(e.Data, &plain) == nil && plain != "":
		return string(plain)
	case e.UserTitle != "" || e.UserText != "":
		return strings.TrimSpace(string(e.UserTitle) + " " + string(e.UserText))
	}
	return ""
}

// verdict is what to do about a code.
type verdict struct {
	do     musika.Disposition
	after  time.Duration // SendWait
	advice string
}

const (
	retry   = musika.SendRetry
	wait    = musika.SendWait
	refused = musika.SendRefused
	blocked = musika.SendBlocked
)

const (
	adviceLater   = "WhatsApp has a passing fault. The message is tried again by itself."
	adviceBusy    = "Too many messages at once. The message is sent by itself when WhatsApp allows it."
	adviceToken   = "WhatsApp refuses our access token. Make a new permanent token in Meta Business Settings and save it in Musika's settings."
	adviceRight   = "The access token lacks a permission. In Meta Business Settings give its system user the WhatsApp account and the permissions whatsapp_business_messaging and whatsapp_business_management."
	adviceAccount = "WhatsApp has restricted this business account. Open WhatsApp Manager, read the notice under Account Quality and follow it."
	adviceNumber  = "This number is not ready to send. Open WhatsApp Manager, choose Phone numbers and finish its registration."
	adviceContent = "WhatsApp does not accept the message as it is. Read the reason, change the message and send it again."
	adviceValues  = "The values do not fit the template. Compare them with the template's text in WhatsApp Manager and send it again."
	adviceMedia   = "WhatsApp cannot use the file. Check its type and size, upload it again and send it."
	adviceFlow    = "The form behind this message is not usable. Open it in WhatsApp Manager under Flows and repair it."
	advicePIN     = "The two-step PIN is wrong. Look it up or reset it in WhatsApp Manager, then register the number again."
)

// verdicts is keyed on Meta's code alone: the HTTP statuses have changed from
// year to year (Meta's Cloud API: error codes).
var verdicts = map[int]verdict{
	0:       {do: blocked, advice: adviceToken},
	1:       {do: retry, advice: adviceLater},
	2:       {do: retry, advice: adviceLater},
	3:       {do: blocked, advice: adviceRight},
	4:       {do: retry, after: time.Minute, advice: adviceBusy},
	10:      {do: blocked, advice: adviceRight},
	33:      {do: blocked, advice: "This business number was deleted at Meta. Choose another number in Musika's settings."},
	100:     {do: refused, advice: adviceContent},
	104:     {do: blocked, advice: adviceToken},
	190:     {do: blocked, advice: adviceToken},
	368:     {do: blocked, advice: adviceAccount},
	80007:   {do: retry, after: time.Minute, advice: adviceBusy},
	130403:  {do: refused, advice: "This customer is on the number's block list. Unblock them in WhatsApp Manager first."},
	130429:  {do: wait, after: time.Second, advice: adviceBusy},
	130472:  {do: refused, advice: "WhatsApp holds back marketing from this customer for an experiment. Wait until they write, then answer."},
	130497:  {do: blocked, advice: "This business account may not write to the customer's country. See WhatsApp's commerce policy, or reach the customer another way."},
	131000:  {do: retry, advice: adviceLater},
	131005:  {do: blocked, advice: adviceRight},
	131008:  {do: refused, advice: adviceContent},
	131009:  {do: refused, advice: adviceContent},
	131016:  {do: retry, advice: adviceLater},
	131021:  {do: refused, advice: "The message is addressed to our own number. Choose another recipient."},
	131026:  {do: refused, advice: "WhatsApp could not deliver it. The number may not be on WhatsApp, or its WhatsApp is very old: ask the customer by phone or SMS."},
	131030:  {do: refused, advice: "This is a test number, which writes to five listed people only. Add the customer under API Setup at developers.facebook.com, or use a real number."},
	131031:  {do: blocked, advice: adviceAccount},
	131037:  {do: blocked, advice: "The number's display name is not approved yet. Open WhatsApp Manager, choose Phone numbers and see to the name."},
	131042:  {do: blocked, advice: "WhatsApp cannot charge for messages. Open Billing in Meta Business Settings and add or repair the payment method."},
	131045:  {do: blocked, advice: adviceNumber},
	131047:  {do: refused, advice: "The 24-hour window is closed: send a template."},
	131048:  {do: blocked, advice: "Too many customers blocked or reported this number. Stop sending what they did not ask for, and look at its quality in WhatsApp Manager."},
	131049:  {do: wait, after: 24 * time.Hour, advice: "WhatsApp limits marketing to this customer. Wait a day before sending it again; do not send it over and over."},
	131050:  {do: refused, advice: "The customer has stopped marketing from you. Send them no more of it."},
	131051:  {do: refused, advice: adviceContent},
	131052:  {do: refused, advice: "The file that the customer sent could not be fetched. Ask them to send it again."},
	131053:  {do: refused, advice: adviceMedia},
	131055:  {do: refused, advice: adviceContent},
	131056:  {do: wait, after: time.Second, advice: "Too many messages to this customer in a short time. The message is sent by itself when WhatsApp allows it."},
	131057:  {do: wait, after: time.Minute, advice: "WhatsApp is raising this number's speed. The message is sent by itself in a minute."},
	131059:  {do: refused, advice: "The list has changed meanwhile. Start again from its first page."},
	131062:  {do: refused, advice: "This template needs the customer's phone number, and they have not shared it. Ask for the number first."},
	131063:  {do: blocked, advice: "Marketing templates are switched off for this account. Switch them on in WhatsApp Manager."},
	131064:  {do: wait, after: 24 * time.Hour, advice: "WhatsApp limits this account because templates are in the wrong category. Correct the category in WhatsApp Manager; it is tried again in a day."},
	132000:  {do: refused, advice: adviceValues},
	132001:  {do: refused, advice: "There is no approved template of this name in this language. Look in WhatsApp Manager whether it is approved, and in which language."},
	132005:  {do: refused, advice: "With its values the template becomes too long. Shorten the values."},
	132007:  {do: refused, advice: "The template breaks WhatsApp's content policy. Change it and have it approved again."},
	132008:  {do: refused, advice: adviceValues},
	132012:  {do: refused, advice: adviceValues},
	132015:  {do: wait, after: 3 * time.Hour, advice: "WhatsApp has paused this template because customers disliked it. It resumes in some hours; use another one, or change it."},
	132016:  {do: blocked, advice: "WhatsApp has disabled this template for good. Make a new one with other words."},
	132018:  {do: refused, advice: adviceValues},
	132068:  {do: blocked, advice: adviceFlow},
	132069:  {do: wait, after: time.Hour, advice: adviceFlow},
	133000:  {do: blocked, advice: adviceNumber},
	133004:  {do: retry, advice: adviceLater},
	133005:  {do: blocked, advice: advicePIN},
	133006:  {do: blocked, advice: adviceNumber},
	133008:  {do: wait, after: time.Hour, advice: advicePIN},
	133009:  {do: wait, after: time.Hour, advice: advicePIN},
	133010:  {do: blocked, advice: adviceNumber},
	133015:  {do: wait, after: 5 * time.Minute, advice: "This number was deleted a moment ago. It can be registered again in five minutes."},
	133016:  {do: wait, after: 72 * time.Hour, advice: "The number was registered too often. Wait three days, then register it once."},
	134011:  {do: blocked, advice: "The terms of WhatsApp payments are not accepted. Accept them in WhatsApp Manager."},
	135000:  {do: refused, advice: adviceContent},
	137000:  {do: blocked, advice: "The customer's WhatsApp has a new key. Make sure that it is still the same person before you write."},
	2494100: {do: wait, after: 5 * time.Minute, advice: "WhatsApp is working on this account. The message is sent by itself in a few minutes."},
}

// classify turns Meta's error into a SendError. An unknown code is judged by
// Meta's own is_transient, then by the class of the HTTP status (0 for an error
// that came by webhook).
func classify(e *metaError, status int) *musika.SendError {
	code, numbered := e.code()
	v, known := verdicts[code]
	switch {
	case numbered && known:
	case code >= 200 && code <= 299: // Meta's Cloud API: error codes, API permission
		v = verdict{do: blocked, advice: adviceRight}
	case bool(e.Transient), status >= 500:
		v = verdict{do: retry, advice: adviceLater}
	case status == http.StatusTooManyRequests:
		v = verdict{do: wait, after: time.Minute, advice: adviceBusy}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		v = verdict{do: blocked, advice: adviceRight}
	default:
		v = verdict{do: refused, advice: adviceContent}
	}
	out := &musika.SendError{Disposition: v.do, Code: string(e.Code), Title: e.words(), Advice: v.advice, After: v.after}
	if e.Subcode != "" || e.TraceID != "" {
		out.Err = fmt.Errorf("subcode %q, fbtrace_id %q, HTTP %d", string(e.Subcode), string(e.TraceID), status)
	}
	return out
}

// noEnvelope judges an answer that carries no error of Meta's: a proxy, a
// gateway or a wrong address answered. What a gateway says about the message's
// fate with a 5xx is not known.
func noEnvelope(status int) *musika.SendError {
	out := &musika.SendError{Code: "http " + strconv.Itoa(status), Title: "the answer is not the Cloud API's: HTTP " + strconv.Itoa(status)}
	switch {
	case status == http.StatusTooManyRequests:
		out.Disposition, out.After, out.Advice = wait, time.Minute, adviceBusy
	case status == http.StatusRequestTimeout: // the request did not arrive whole
		out.Disposition, out.Advice = retry, adviceLater
	case status >= 500:
		out.Disposition, out.Advice = musika.SendUnknown, adviceUnknown
	default:
		out.Disposition = blocked
		out.Advice = "Something other than WhatsApp answers. Check the Cloud API's address in Musika's settings, and any proxy on the way."
	}
	return out
}

const (
	adviceUnknown = "It is not certain whether WhatsApp took the message. Musika waits for its report before sending it again."
	adviceNetwork = "WhatsApp cannot be reached. Check this machine's connection; the message is tried again by itself."
)

// asError puts a SendError from a call other than Send into the form that all
// layers speak. Both *musika.Error and *musika.SendError are in its chain. The
// calls concerned can be repeated without harm, so an unknown outcome becomes
// one to retry.
func asError(e *musika.SendError) error {
	if already, ok := errors.AsType[*musika.Error](e.Err); ok {
		return already
	}
	if e.Disposition == musika.SendUnknown {
		e.Disposition, e.Advice = retry, adviceNetwork
	}
	out := &musika.Error{Message: e.Advice, RetryAfter: e.After, Err: e}
	switch e.Disposition {
	case retry:
		out.Code = musika.CodeUnavailable
	case wait:
		out.Code = musika.CodeRateLimited
	case blocked:
		out.Code = musika.CodeForbidden
	default:
		out.Code = musika.CodeInvalid
	}
	return out
}
