// Package cloudapi carries messages over Meta's WhatsApp Cloud API. It
// implements musika.Transport, musika.Reader and musika.MediaCarrier, and the
// receiving side: the webhook's handshake, signature and parser.
//
// Every rule of Meta's is named where it is applied ("Meta's Cloud API:
// topic"). A message is checked against those rules before it leaves, so that
// a mistake is told at once and in words that name the field.
package cloudapi

import (
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/musika/musika"
)

// Name is the kind of the channels that this transport serves.
const Name = "cloudapi"

// Config tells a Client where the Cloud API is and who we are. The zero value
// of every field but Token is usable.
type Config struct {
	// BaseURL is the root of the Graph API, http or https, without a version.
	// Defaults to https://graph.facebook.com. Files are fetched over https
	// only, unless BaseURL itself is http, as the simulator's is.
	BaseURL string

	// Version is the path segment that pins the Graph API's version. Defaults
	// to v26.0.
	Version string

	// Token is the access token sent with every call. Required.
	Token string

	// AppSecret is the key of the webhook's signature. Without it every
	// webhook is refused.
	AppSecret string

	// VerifyToken is the shared word of the webhook's handshake. Without it
	// every handshake is refused.
	VerifyToken string

	// NumberRate is the most messages per second that leave one of our
	// numbers. Defaults to 80, Meta's standard throughput; 20 for a number
	// shared with the Business app, 1000 after Meta's upgrade.
	NumberRate float64

	// PairInterval is the time that Meta wants between two messages from one
	// number to the same person. Defaults to 6 s.
	PairInterval time.Duration

	// PairBurst is how many messages one person may get at once before
	// PairInterval rules. Defaults to 45.
	PairBurst int

	// MaxWait is the longest that Send itself waits for the pace. When the
	// wait would be longer Send returns SendWait, so that a job is put off
	// rather than a worker kept. Defaults to 2 s; negative: never waits.
	MaxWait time.Duration

	// Timeout bounds each call but those that move files. Defaults to 30 s.
	Timeout time.Duration

	// MediaTimeout bounds each upload, and each download up to the Close of
	// its reader. Defaults to 5 min.
	MediaTimeout time.Duration

	// MaxDownload is the largest file that Download hands out, in bytes.
	// Defaults to 100 MiB, the most that Meta passes on.
	MaxDownload int64

	// HTTPClient makes the calls. Its redirect policy is replaced. Defaults to
	// a client of its own, with enough idle connections for NumberRate.
	HTTPClient *http.Client

	// Clock times the pace, and stands in for a time that a webhook leaves
	// out. Defaults to musika.SystemClock.
	Clock musika.Clock

	// Observe, when set, is told the Outcome of every webhook, for metrics. It
	// is called before the answer is complete and must be quick.
	Observe func(outcome string)
}

const (
	defaultBaseURL = "https://graph.facebook.com"
	defaultVersion = "v26.0"
)

// Client is the Cloud API as a transport. It is safe for concurrent use and
// serves any number of channels that share one app and token.
type Client struct {
	root        string // base URL and version, without a closing slash
	plainHTTP   bool   // BaseURL is http, so files may come over http too
	token       string
	appSecret   []byte
	verifyToken []byte
	timeout     time.Duration
	fileTimeout time.Duration
	maxDownload int64
	http        *http.Client // never follows a redirect: a message is not posted twice
	files       *http.Client // follows redirects that keep the scheme
	clock       musika.Clock
	pace        *pace
	observe     func(outcome string)
}

var (
	_ musika.Transport    = (*Client)(nil)
	_ musika.Reader       = (*Client)(nil)
	_ musika.MediaCarrier = (*Client)(nil)
)

var versionForm = regexp.MustCompile(`^v[0-9]+\.[0-9]+$`)

// New returns a Client for cfg, or a CodeInvalid error that names every
// setting that is wrong. It makes no call.
func New(cfg Config) (*Client, error) {
	setDefault(&cfg.BaseURL, defaultBaseURL)
	setDefault(&cfg.Version, defaultVersion)
	setDefault(&cfg.NumberRate, 80)
	setDefault(&cfg.PairInterval, 6*time.Second)
	setDefault(&cfg.PairBurst, 45)
	setDefault(&cfg.MaxWait, 2*time.Second)
	setDefault(&cfg.Timeout, 30*time.Second)
	setDefault(&cfg.MediaTimeout, 5*time.Minute)
	setDefault(&cfg.MaxDownload, 100<<20)
	if cfg.Clock == nil {
		cfg.Clock = musika.SystemClock
	}
	if cfg.Observe == nil {
		cfg.Observe = func(string) {}
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = newHTTPClient()
	}

	var c musika.Check
	base, err := url.Parse(cfg.BaseURL)
	c.That(err == nil && (base.Scheme == "https" || base.Scheme == "http") && base.Host != "" &&
		base.User == nil && base.RawQuery == "" && base.Fragment == "",
		"base_url", "must be an http or https address such as %s", defaultBaseURL)
	c.That(versionForm.MatchString(cfg.Version), "version", "must look like %s", defaultVersion)
	c.That(cfg.Token != "" && !strings.ContainsAny(cfg.Token, " \t\r\n"), "token", "must be an access token, without spaces")
	c.That(cfg.NumberRate > 0, "number_rate", "must be above 0")
	c.That(cfg.PairInterval > 0, "pair_interval", "must be above 0")
	c.That(cfg.PairBurst > 0, "pair_burst", "must be above 0")
	c.That(cfg.Timeout > 0, "timeout", "must be above 0")
	c.That(cfg.MediaTimeout > 0, "media_timeout", "must be above 0")
	c.That(cfg.MaxDownload > 0, "max_download", "must be above 0")
	if err := c.Err("the Cloud API's configuration"); err != nil {
		return nil, err
	}

	client := &Client{
		root:        strings.TrimRight(cfg.BaseURL, "/") + "/" + cfg.Version,
		plainHTTP:   base.Scheme == "http",
		token:       cfg.Token,
		appSecret:   []byte(cfg.AppSecret),
		verifyToken: []byte(cfg.VerifyToken),
		timeout:     cfg.Timeout,
		fileTimeout: cfg.MediaTimeout,
		maxDownload: cfg.MaxDownload,
		clock:       cfg.Clock,
		observe:     cfg.Observe,
		pace: newPace(paceConfig{
			numberRate: cfg.NumberRate, pairInterval: cfg.PairInterval, pairBurst: cfg.PairBurst,
			maxWait: max(cfg.MaxWait, 0), clock: cfg.Clock,
		}),
	}
	api, files := *cfg.HTTPClient, *cfg.HTTPClient
	api.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	files.CheckRedirect = client.checkRedirect
	client.http, client.files = &api, &files
	return client, nil
}

// setDefault gives *v the value d when it is zero.
func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// newHTTPClient returns a client that keeps as many connections as a number
// sending at full pace uses; net/http keeps two.
func newHTTPClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          128,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}}
}

// Name returns Name.
func (c *Client) Name() string { return Name }

// Capabilities returns Capabilities.
func (c *Client) Capabilities() musika.Capabilities { return Capabilities() }

// Capabilities says what the Cloud API can show, in characters (Unicode code
// points). OptionID is the smaller of the two limits, 256 for buttons and 200
// for rows, so that an id fits wherever it is shown.
func Capabilities() musika.Capabilities {
	return musika.Capabilities{
		Buttons:       maxButtons,
		ListRows:      maxRows,
		Links:         true,
		LocationAsk:   true,
		Templates:     true,
		TextLength:    maxText,
		BodyLength:    maxBody,
		CaptionLength: maxCaption,
		HeaderLength:  maxHeader,
		FooterLength:  maxFooter,
		ButtonTitle:   maxButtonTitle,
		RowTitle:      maxRowTitle,
		RowText:       maxRowText,
		OptionID:      min(maxButtonID, maxRowID),
		Window:        24 * time.Hour,
	}
}
