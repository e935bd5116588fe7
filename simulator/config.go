package simulator

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Config says what the simulated world looks like at the start. The zero value
// is a usable demo: one registered number, random credentials, real time, no
// webhook, no faults.
type Config struct {
	// Addr is the TCP address that Run listens on. "127.0.0.1:0" picks a free
	// port, see Simulator.URL. Empty: Run serves no HTTP, mount Handler yourself.
	Addr string

	// AppID is the id of the Meta app. Defaults to "900000000000001".
	AppID string
	// AppSecret signs webhooks. Random when empty, see Simulator.Credentials.
	AppSecret string
	// VerifyToken is sent with the verification GET. Random when empty.
	VerifyToken string
	// AccessToken is the bearer token that never expires. Random when empty.
	// Tokens that do expire come from Simulator.IssueToken.
	AccessToken string
	// CallbackURL is the webhook of the app, taken as already verified. Empty:
	// events are dropped, as Meta drops them, until SetApp verifies one.
	CallbackURL string

	// APIVersion is the flavour of the webhooks, "v26.0" by default: up to v23.0
	// statuses carry a conversation object, later ones only within a free entry
	// point. Requests are served alike under any version.
	APIVersion string
	// Now is the base clock, time.Now by default; MoveClock adds to it. Delays
	// and gaps between retries are measured on the result, so a clock that
	// stands still delivers nothing until MoveClock is called.
	Now func() time.Time

	// Numbers are the business numbers that exist. Empty: one demo number,
	// 106000000000001 of account 102000000000001.
	Numbers []Number
	// Faults are the faults switched on at the start. Zero: none.
	Faults Faults

	// StatusDelay spaces the statuses of a message. Zero fields take defaults.
	StatusDelay StatusDelay
	// AutoRead makes every person read what was delivered. Otherwise a message
	// is read when the person's phone page is open or by an explicit Read.
	AutoRead bool
	// PairInterval is the quota of messages to the same user: one per interval
	// (a minute's worth may be spent at once, see the burst rule in limit.go).
	// Defaults to Meta's 6 s; negative switches the pair limit off.
	PairInterval time.Duration
	// TemplateReview is how long a new or edited template stays PENDING before
	// it is approved. Defaults to 1 s; negative: only ReviewTemplate decides.
	TemplateReview time.Duration
	// NoLinkFetch takes every media link as good. Otherwise a linked asset is
	// fetched as Meta does, cached for 10 minutes, and a message whose link
	// cannot be fetched fails with 131053.
	NoLinkFetch bool

	// Batch groups updates into webhook POSTs.
	Batch Batch
	// RetryGaps are the pauses before each further attempt at a POST that was
	// not answered 200; the last one repeats until 7 days have passed. Empty:
	// 100 ms, 500 ms, 1 s, 2 s, 3 s, 5 s, 10 s, 30 s, then minutes and hours.
	RetryGaps []time.Duration
	// HoldAttempts is how many attempts at a POST keep later updates of the same
	// person back. A receiver that is back within them sees everything in order;
	// one that refuses a certain update for good gets the rest all the same, out
	// of order, as Meta warns. Defaults to 7, about twelve seconds with the default gaps.
	HoldAttempts int
	// WebhookTimeout is how long the receiver may take to answer, in real time.
	// Defaults to 10 s.
	WebhookTimeout time.Duration
	// Concurrency is how many webhook POSTs are in flight at once. Defaults to 16.
	Concurrency int

	// ThreadSize is how many messages are kept per person and number, 1000 by
	// default; older ones are forgotten.
	ThreadSize int
	// DeliveryLog is how many webhook POSTs the log keeps, 1000 by default.
	DeliveryLog int
	// MaxPending is how many updates may wait for delivery, 200000 by default;
	// beyond it the newest are dropped and counted.
	MaxPending int
	// MediaBytes bounds the media kept, 256 MiB by default; the oldest go first.
	MediaBytes int64

	// Logger receives warnings and debug lines. Nil: discarded.
	Logger *slog.Logger
}

// Number is a business phone number and the account (WABA) it belongs to.
type Number struct {
	// ID is the phone number id, digits. Required.
	ID string `json:"id"`
	// WABAID is the WhatsApp Business Account's id, digits. Required.
	WABAID string `json:"waba_id"`
	// DisplayPhone is written as Meta shows it: "+263 77 000 0000". Required.
	DisplayPhone string `json:"display_phone_number"`
	// VerifiedName is the name that customers see. Defaults to "Demo Shop".
	VerifiedName string `json:"verified_name"`
	// Throughput is STANDARD (80 messages a second, in and out together; the
	// default) or HIGH (1000).
	Throughput string `json:"throughput"`
	// MessagingLimit caps the people written to outside the window in 24 h:
	// TIER_250, TIER_2K, TIER_10K, TIER_100K or TIER_UNLIMITED (the default).
	MessagingLimit string `json:"messaging_limit"`
	// Unregistered starts the number unregistered: sends answer 133010.
	Unregistered bool `json:"unregistered,omitempty"`
	// TestRecipients, when not empty, makes it a test number: anyone else is 131030.
	TestRecipients []string `json:"test_recipients,omitempty"`
}

// Batch bounds one webhook POST. Without a linger, updates are grouped only when
// they come faster than the receiver answers.
type Batch struct {
	// Max is the most updates in one POST: 1 to 1000, 100 by default.
	Max int
	// Linger is how long an update may wait for company. Defaults to 0.
	Linger time.Duration
}

// Span is a range of durations; a value is drawn evenly from it.
type Span struct{ Min, Max time.Duration }

// StatusDelay spaces the life of an outgoing message, each step counted from
// the one before. A zero Span takes the default; use Max 1 ns for "at once".
type StatusDelay struct {
	Sent      Span // accepted to sent or failed; 5–15 ms
	Delivered Span // sent to delivered; 10–30 ms
	Read      Span // delivered to read, where reading is automatic; 20–60 ms
}

var defaultRetryGaps = []time.Duration{
	100 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second,
	5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
	15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour,
}

var (
	versionPattern = regexp.MustCompile(`^v\d{1,3}\.\d{1,3}$`)
	digitsPattern  = regexp.MustCompile(`^\d{1,32}$`)
)

func (c Config) withDefaults() (Config, error) {
	def := func(p *string, v string) {
		if *p == "" {
			*p = v
		}
	}
	def(&c.AppID, "900000000000001")
	def(&c.AppSecret, rand.Text())
	def(&c.VerifyToken, rand.Text())
	def(&c.AccessToken, "EAA"+rand.Text()+rand.Text())
	def(&c.APIVersion, "v26.0")
	if c.Now == nil {
		c.Now = time.Now
	}
	if len(c.Numbers) == 0 {
		c.Numbers = []Number{{ID: "106000000000001", WABAID: "102000000000001", DisplayPhone: "+263 77 000 0000"}}
	}
	c.Numbers = slices.Clone(c.Numbers)
	span := func(p *Span, lo, hi time.Duration) {
		if *p == (Span{}) {
			*p = Span{lo, hi}
		}
		p.Max = max(p.Max, p.Min)
	}
	span(&c.StatusDelay.Sent, 5*time.Millisecond, 15*time.Millisecond)
	span(&c.StatusDelay.Delivered, 10*time.Millisecond, 30*time.Millisecond)
	span(&c.StatusDelay.Read, 20*time.Millisecond, 60*time.Millisecond)
	dur := func(p *time.Duration, v time.Duration) {
		if *p == 0 {
			*p = v
		}
	}
	dur(&c.PairInterval, 6*time.Second)
	dur(&c.TemplateReview, time.Second)
	dur(&c.WebhookTimeout, 10*time.Second)
	count := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	count(&c.Batch.Max, 100)
	count(&c.HoldAttempts, 7)
	count(&c.Concurrency, 16)
	count(&c.ThreadSize, 1000)
	count(&c.DeliveryLog, 1000)
	count(&c.MaxPending, 200_000)
	if c.MediaBytes == 0 {
		c.MediaBytes = 256 << 20
	}
	if len(c.RetryGaps) == 0 {
		c.RetryGaps = defaultRetryGaps
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, c.validate()
}

func (c Config) validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("simulator: "+format, args...)) }
	if !versionPattern.MatchString(c.APIVersion) {
		bad("APIVersion %q is not like v26.0", c.APIVersion)
	}
	if c.CallbackURL != "" {
		if err := checkCallback(c.CallbackURL); err != nil {
			bad("CallbackURL: %w", err)
		}
	}
	if c.Batch.Max < 1 || c.Batch.Max > 1000 {
		bad("Batch.Max %d is not within 1..1000", c.Batch.Max)
	}
	if c.Batch.Linger < 0 || c.HoldAttempts < 1 || c.Concurrency < 1 || c.ThreadSize < 1 || c.DeliveryLog < 1 || c.MaxPending < 1 {
		bad("Batch.Linger, HoldAttempts, Concurrency, ThreadSize, DeliveryLog and MaxPending must not be negative")
	}
	if !digitsPattern.MatchString(c.AppID) {
		bad("AppID %q is not digits", c.AppID)
	}
	seen := map[string]bool{c.AppID: true}
	wabas := map[string]bool{}
	for i, n := range c.Numbers {
		switch {
		case !digitsPattern.MatchString(n.ID) || !digitsPattern.MatchString(n.WABAID):
			bad("Numbers[%d]: ID and WABAID must be digits", i)
		case digitsOf(n.DisplayPhone) == "":
			bad("Numbers[%d]: DisplayPhone is required", i)
		case seen[n.ID]:
			bad("Numbers[%d]: id %s is used twice", i, n.ID)
		case n.Throughput != "" && throughputLevels[n.Throughput] == 0:
			bad("Numbers[%d]: Throughput %q is not STANDARD or HIGH", i, n.Throughput)
		case n.MessagingLimit != "" && messagingLimits[n.MessagingLimit] == 0:
			bad("Numbers[%d]: MessagingLimit %q is unknown", i, n.MessagingLimit)
		}
		seen[n.ID] = true
		wabas[n.WABAID] = true
	}
	for id := range wabas {
		if seen[id] {
			bad("id %s is both an account and a number or app", id)
		}
	}
	if err := c.Faults.validate(); err != nil {
		bad("Faults: %w", err)
	}
	return errors.Join(errs...)
}

// checkCallback refuses what cannot be a webhook's address. Meta wants https;
// the simulator takes http as well, since it calls programs on the same machine.
func checkCallback(raw string) error {
	u, err := url.Parse(raw)
	if err != nil {
		return err
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("%q is not an http or https URL", raw)
	}
	return nil
}

// digitsOf keeps the decimal digits of a phone number.
func digitsOf(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
	}
	return b.String()
}
