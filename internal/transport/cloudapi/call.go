package cloudapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/musika/musika"
)

// maxAnswer bounds what is read of an answer; Meta's are a few hundred bytes.
const maxAnswer = 1 << 20

// call makes one call of the Graph API and returns the body of a 2xx answer.
// Failures say whether the request may have been taken:
//
//   - The request never left, or left without the end of its headers: not
//     taken, retry.
//   - It may have left whole and no answer came back: unknown.
//   - Meta's own error came back, with whatever status: not taken; its code
//     says what to do.
//   - Some other answer came back: see noEnvelope.
func (c *Client) call(req *http.Request) ([]byte, *musika.SendError) {
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("User-Agent", "musika")
	req.Header.Set("Accept", "application/json")

	// net/http repeats a request by itself only while nothing of it was
	// written; GetConn marks the start of each try.
	var left atomic.Bool
	trace := &httptrace.ClientTrace{
		GetConn:      func(string) { left.Store(false) },
		WroteHeaders: func() { left.Store(true) },
	}
	resp, err := c.http.Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil {
		if !left.Load() {
			return nil, notSent(err)
		}
		return nil, unknown("no answer came back", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		if err != nil {
			return nil, unknown("the answer broke off", err)
		}
		return body, nil
	}
	return nil, refusal(resp.StatusCode, resp.Header.Get("Retry-After"), body)
}

// refusal reads an answer that is not 2xx.
func refusal(status int, retryAfter string, body []byte) *musika.SendError {
	var envelope struct {
		Error *metaError `json:"error"`
	}
	var out *musika.SendError
	// A field of an unforeseen type is left out; only bad JSON is no envelope.
	var typeErr *json.UnmarshalTypeError
	if err := json.Unmarshal(body, &envelope); err != nil && !errors.As(err, &typeErr) {
		envelope.Error = nil
	}
	if envelope.Error == nil {
		out = noEnvelope(status)
	} else if _, ok := envelope.Error.code(); !ok {
		out = noEnvelope(status)
		out.Title = envelope.Error.words()
	} else {
		out = classify(envelope.Error, status)
	}
	if out.Disposition == retry || out.Disposition == wait {
		if s, err := strconv.Atoi(retryAfter); err == nil && s > 0 && s <= 7*24*3600 {
			out.After = max(out.After, time.Duration(s)*time.Second)
		}
	}
	return out
}

// notSent is a failure before the request was out.
func notSent(err error) *musika.SendError {
	return &musika.SendError{Disposition: retry, Title: "the request did not leave", Advice: adviceNetwork, Err: err}
}

// unknown is a failure after which the request may have been taken.
func unknown(title string, err error) *musika.SendError {
	return &musika.SendError{Disposition: musika.SendUnknown, Title: title, Advice: adviceUnknown, Err: err}
}

// checkRedirect lets a file's address lead elsewhere, but never from https to
// http. net/http keeps the token from other hosts.
func (c *Client) checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) >= 4 {
		return errors.New("too many redirects")
	}
	return c.checkFileURL(req)
}

// checkFileURL refuses to take the token to an address that is not encrypted,
// unless the API itself is spoken to in the clear.
func (c *Client) checkFileURL(req *http.Request) error {
	if req.URL.Scheme == "https" || c.plainHTTP && req.URL.Scheme == "http" {
		return nil
	}
	return fmt.Errorf("a file's address must be https, and is %s", req.URL.Scheme)
}

// channelOK refuses an id that must not become part of a path.
func channelOK(field, id string) error {
	var c musika.Check
	c.That(objectID.MatchString(id), field, "must be an id as WhatsApp gives them")
	return c.Err("the call to WhatsApp")
}

// bounded returns ctx with the client's time limit for plain calls.
func (c *Client) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.timeout)
}
