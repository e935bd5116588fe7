package cloudapi

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/musika/musika"
)

// SignatureHeader carries the signature of a webhook's body.
const SignatureHeader = "X-Hub-Signature-256"

// MaxWebhook is the most that is read of a webhook's body, in bytes. Meta's
// stay below 3 MB (Meta's Cloud API: webhooks overview).
const MaxWebhook = 3 << 20

// Outcomes of a webhook, as Config.Observe is told.
const (
	OutcomeOK           = "ok"            // kept, answered 200
	OutcomeUnsigned     = "unsigned"      // no signature, answered 401
	OutcomeBadSignature = "bad_signature" // a wrong signature, answered 401
	OutcomeTooLarge     = "too_large"     // over MaxWebhook, answered 413
	OutcomeMalformed    = "malformed"     // not a webhook of WhatsApp's, answered 400
	OutcomeIgnored      = "ignored"       // nothing in it, answered 200
	OutcomeFailed       = "failed"        // could not be kept, answered 503: Meta sends it again
)

// Outcomes lists every outcome, for metrics that want them known beforehand.
var Outcomes = []string{OutcomeOK, OutcomeUnsigned, OutcomeBadSignature, OutcomeTooLarge, OutcomeMalformed, OutcomeIgnored, OutcomeFailed}

// VerifySubscription answers the handshake that Meta makes when the webhook's
// address or token is saved: it returns the challenge to send back as the whole
// body, or CodeForbidden (Meta's Cloud API: webhook verification).
func (c *Client) VerifySubscription(q url.Values) (challenge string, err error) {
	given := []byte(q.Get("hub.verify_token"))
	same := subtle.ConstantTimeCompare(given, c.verifyToken) == 1
	if q.Get("hub.mode") != "subscribe" || len(c.verifyToken) == 0 || !same {
		return "", musika.Errorf(musika.CodeForbidden,
			"The webhook's verify token does not match. Enter the same token in Musika's settings and in the app's dashboard at developers.facebook.com.")
	}
	challenge = q.Get("hub.challenge")
	if challenge == "" {
		return "", musika.Errorf(musika.CodeInvalid, "The handshake carries no challenge.")
	}
	return challenge, nil
}

var (
	errUnsigned     = errors.New("no signature")
	errBadSignature = errors.New("the signature does not match")
)

// VerifySignature checks header, the value of SignatureHeader, against the
// bytes received: HMAC-SHA256 under the app's secret. body must be exactly what
// came over the wire; the same JSON written anew fails (Meta's Cloud API:
// webhook signatures). The error is CodeUnauthorized.
func (c *Client) VerifySignature(body []byte, header string) error {
	if header == "" {
		return musika.Errorf(musika.CodeUnauthorized, "The webhook is not signed.").Wrap(errUnsigned)
	}
	digits, prefixed := strings.CutPrefix(header, "sha256=")
	given, err := hex.DecodeString(digits)
	if !prefixed || err != nil || len(c.appSecret) == 0 || !hmac.Equal(given, c.sign(body)) {
		return musika.Errorf(musika.CodeUnauthorized,
			"The webhook's signature does not match. Check the app secret in Musika's settings.").Wrap(errBadSignature)
	}
	return nil
}

// sign returns the HMAC of body under the app's secret.
func (c *Client) sign(body []byte) []byte {
	mac := hmac.New(sha256.New, c.appSecret)
	_, _ = mac.Write(body) // a hash never fails
	return mac.Sum(nil)
}

// Webhook returns the handler for the webhook's address. GET answers Meta's
// handshake. POST reads the body, checks its signature before anything else is
// made of it, and gives what it says to sink; 200 goes out only when sink
// returned nil, which must mean that the updates are stored. On any other
// answer Meta sends the same bytes again, for days, so sink must know an update
// that it has seen. The updates may come in any order, and twice.
//
// sink's error is not logged here: whoever makes sink knows what failed.
func (c *Client) Webhook(sink func(context.Context, []musika.Update) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/plain; charset=utf-8")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		switch r.Method {
		case http.MethodGet:
			challenge, err := c.VerifySubscription(r.URL.Query())
			if err != nil {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			_, _ = io.WriteString(w, challenge)
		case http.MethodPost:
			outcome := c.receive(w, r, sink)
			c.observe(outcome)
			w.WriteHeader(outcomeStatus[outcome])
		default:
			h.Set("Allow", "GET, POST")
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	})
}

var outcomeStatus = map[string]int{
	OutcomeOK:           http.StatusOK,
	OutcomeIgnored:      http.StatusOK,
	OutcomeUnsigned:     http.StatusUnauthorized,
	OutcomeBadSignature: http.StatusUnauthorized,
	OutcomeTooLarge:     http.StatusRequestEntityTooLarge,
	OutcomeMalformed:    http.StatusBadRequest,
	OutcomeFailed:       http.StatusServiceUnavailable,
}

// receive handles one POST and returns its outcome.
func (c *Client) receive(w http.ResponseWriter, r *http.Request, sink func(context.Context, []musika.Update) error) string {
	signature := r.Header.Get(SignatureHeader)
	if signature == "" {
		return OutcomeUnsigned // before a byte of the body is read
	}
	if r.ContentLength > MaxWebhook {
		return OutcomeTooLarge
	}
	body, err := readBody(w, r)
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return OutcomeTooLarge
	}
	if err != nil {
		return OutcomeMalformed
	}
	if c.VerifySignature(body, signature) != nil {
		return OutcomeBadSignature
	}
	updates, err := c.Parse(body)
	switch {
	case err != nil:
		return OutcomeMalformed
	case len(updates) == 0:
		return OutcomeIgnored
	case sink(r.Context(), updates) != nil:
		return OutcomeFailed
	}
	return OutcomeOK
}

// readBody reads the body in one piece when its length is announced.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limit := http.MaxBytesReader(w, r.Body, MaxWebhook)
	if r.ContentLength <= 0 {
		return io.ReadAll(limit)
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(limit, body)
	return body, err
}
