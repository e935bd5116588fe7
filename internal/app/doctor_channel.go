package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/transport/cloudapi"
)

// doctorClient asks the network. It follows no redirect: neither Meta nor the
// webhook answers with one.
var doctorClient = &http.Client{
	Timeout:       10 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

const maxAnswer = 64 << 10

func (x *examination) get(ctx context.Context, address, token string) (status int, body []byte, header http.Header, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := doctorClient.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	_ = res.Body.Close() // all that is wanted was read
	return res.StatusCode, body, res.Header, err
}

// graphNumber is what the Graph API says of a number, or of what was wrong
// (Meta's Cloud API: phone numbers; error codes).
type graphNumber struct {
	DisplayPhone string `json:"display_phone_number"`
	Name         string `json:"verified_name"`
	Quality      string `json:"quality_rating"`
	Status       string `json:"status"`
	Error        *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func (x *examination) channel(ctx context.Context) {
	w := x.cfg.CloudAPI
	if !w.Configured() {
		x.add(Broken, "channel", "Set MUSIKA_CLOUDAPI_TOKEN, MUSIKA_CLOUDAPI_APP_SECRET, MUSIKA_CLOUDAPI_VERIFY_TOKEN and MUSIKA_CLOUDAPI_NUMBERS (docs/configuration.md), or try `musika demo`.",
			"no WhatsApp number is set up")
		return
	}
	for i, id := range w.Numbers {
		address := strings.TrimRight(w.BaseURL, "/") + "/" + w.Version + "/" + id +
			"?fields=display_phone_number,verified_name,quality_rating,status"
		status, body, header, err := x.get(ctx, address, w.Token.Reveal())
		if err != nil {
			x.add(Broken, "channel", "Check MUSIKA_CLOUDAPI_URL and this machine's way to the internet.", "%s does not answer: %s", w.BaseURL, plainly(err))
			return
		}
		if i == 0 {
			x.skew(header)
		}
		x.number(id, status, body)
	}
}

func (x *examination) number(id string, status int, body []byte) {
	var n graphNumber
	if err := json.Unmarshal(body, &n); err != nil {
		x.add(Broken, "channel", "Check MUSIKA_CLOUDAPI_URL.", "%s answers like something other than the Graph API (HTTP %d)", x.cfg.CloudAPI.BaseURL, status)
		return
	}
	switch {
	case n.Error != nil && (n.Error.Code == 190 || n.Error.Code == 0 && status == http.StatusUnauthorized):
		x.add(Broken, "channel", "Make a new access token for a system user at business.facebook.com and set MUSIKA_CLOUDAPI_TOKEN.", "the token is not accepted: %s", n.Error.Message)
	case n.Error != nil && (n.Error.Code == 100 || n.Error.Code == 33):
		x.add(Broken, "channel", "Set MUSIKA_CLOUDAPI_NUMBERS to phone number ids (not phone numbers) that the token's user may use.", "number %s is not there: %s", id, n.Error.Message)
	case n.Error != nil:
		x.add(Broken, "channel", "Look the code up in Meta's error codes of the Cloud API.", "number %s: code %d, %s", id, n.Error.Code, n.Error.Message)
	case status != http.StatusOK:
		x.add(Broken, "channel", "", "number %s: HTTP %d", id, status)
	case n.Status != "" && n.Status != "CONNECTED":
		x.add(Broken, "channel", "Register the number for the Cloud API in WhatsApp Manager.", "%s (%s) is %s and cannot send", n.DisplayPhone, n.Name, n.Status)
	case n.Quality == "RED" || n.Quality == "YELLOW":
		x.add(Mind, "channel", "People block or report the number: write less, and only what they asked for.", "%s (%s) works, its quality is %s", n.DisplayPhone, n.Name, n.Quality)
	default:
		x.add(Fine, "channel", "", "%s (%s), the token works", n.DisplayPhone, n.Name)
	}
}

// maxSkew is how far this machine's clock may be off: the 24-hour window and
// the order of messages are judged by it.
const maxSkew = 30 * time.Second

func (x *examination) skew(header http.Header) {
	theirs, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	if off := x.clock().Sub(theirs).Round(time.Second); off.Abs() > maxSkew {
		x.add(Mind, "clock", "Let this machine keep its clock by NTP.", "%s away from WhatsApp's", off)
		return
	}
	x.add(Fine, "clock", "", "agrees with WhatsApp's")
}

// webhook makes the handshake that Meta makes, from outside as far as this
// machine can tell (Meta's Cloud API: webhook verification).
func (x *examination) webhook(ctx context.Context) {
	public := strings.TrimRight(x.cfg.HTTP.PublicURL, "/")
	address := public + "/webhooks/" + cloudapi.Name
	switch {
	case !x.cfg.CloudAPI.Configured():
		x.add(Skipped, "webhook", "", "needs a channel first")
		return
	case public == "":
		x.add(Broken, "webhook", "Set MUSIKA_PUBLIC_URL to the https address that leads to this program, and type in its webhook's address at Meta.",
			"WhatsApp has no address to tell messages to")
		return
	}
	challenge := musika.NewID("doctor", x.clock())
	q := url.Values{"hub.mode": {"subscribe"}, "hub.verify_token": {x.cfg.CloudAPI.VerifyToken.Reveal()}, "hub.challenge": {challenge}}
	status, body, _, err := x.get(ctx, address+"?"+q.Encode(), "")
	do := fmt.Sprintf("Start `musika serve` with these settings and let %s lead to %s.", public, x.cfg.HTTP.Addr)
	switch {
	case err != nil:
		x.add(Broken, "webhook", do, "%s does not answer", address)
	case status == http.StatusForbidden:
		x.add(Broken, "webhook", "Start `musika serve` anew: it runs with another MUSIKA_CLOUDAPI_VERIFY_TOKEN.", "%s refuses the verify token", address)
	case status != http.StatusOK || string(body) != challenge:
		x.add(Broken, "webhook", do, "%s is answered by something else (HTTP %d)", address, status)
	case !strings.HasPrefix(public, "https://"):
		x.add(Mind, "webhook", "Meta calls https addresses only.", "%s answers, without encryption", address)
	default:
		x.add(Fine, "webhook", "", "%s answers; it is the callback URL to set at Meta", address)
	}
}
