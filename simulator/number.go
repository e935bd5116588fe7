package simulator

import (
	"encoding/json"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// number is a business phone number. Its account and digits never change.
type number struct {
	id       string
	digits   string // of the display number
	account  *account
	metadata json.RawMessage // value.metadata of every webhook
	load     throughput
	override atomic.Pointer[override]

	mu            sync.Mutex
	cfg           Number
	registered    bool
	pin           string
	code          string // last verification code asked for
	verified      bool
	upgradeUntil  time.Time
	registerCalls []time.Time // register and deregister in the last 72 h, see limit.go
	deregCalls    []time.Time
	profile       profile
	commerce      map[string]bool
	username      string
	qr            []qrCode
	blocked       map[*person]time.Time
}

// account is a WhatsApp Business Account.
type account struct {
	id      string
	numbers []*number // never changes after New
	outbox  outbox    // events that belong to no thread

	subscribed atomic.Bool
	override   atomic.Pointer[override]

	mu         sync.Mutex
	manageHour time.Time // start of the hour being counted
	manageUsed int
	templates  accountTemplates
}

// override is a webhook that takes the place of the app's.
type override struct{ URI string }

// uri is the address of an override, "" when there is none.
func (o *override) uri() string {
	if o == nil {
		return ""
	}
	return o.URI
}

func (s *Simulator) addNumber(cfg Number) {
	if cfg.VerifiedName == "" {
		cfg.VerifiedName = "Demo Shop"
	}
	if cfg.Throughput == "" {
		cfg.Throughput = "STANDARD"
	}
	if cfg.MessagingLimit == "" {
		cfg.MessagingLimit = "TIER_UNLIMITED"
	}
	a := s.accounts[cfg.WABAID]
	if a == nil {
		a = &account{id: cfg.WABAID}
		a.subscribed.Store(true)
		a.templates.init()
		s.accounts[a.id] = a
	}
	digits := digitsOf(cfg.DisplayPhone)
	n := &number{
		id: cfg.ID, digits: digits, account: a, cfg: cfg, registered: !cfg.Unregistered, verified: true,
		profile:  profile{Product: "whatsapp"},
		commerce: map[string]bool{"is_cart_enabled": true, "is_catalog_visible": false},
		blocked:  map[*person]time.Time{},
		metadata: marshalPHP(map[string]string{"display_phone_number": digits, "phone_number_id": cfg.ID}),
	}
	n.load.setLimit(throughputLevels[cfg.Throughput])
	a.numbers = append(a.numbers, n)
	s.numbers[n.id] = n
	s.order = append(s.order, n)
}

func (s *Simulator) number(id string) *number   { return s.numbers[id] }
func (s *Simulator) account(id string) *account { return s.accounts[id] }

// numberOr finds a number by id, the first one when id is "".
func (s *Simulator) numberOr(id string) (*number, error) {
	if id == "" {
		return s.order[0], nil
	}
	if n := s.numbers[id]; n != nil {
		return n, nil
	}
	return nil, unknownf("phone number id %q", id)
}

// NumberSettings changes a number while the simulator runs; nil leaves a
// setting as it is.
type NumberSettings struct {
	Registered     *bool     `json:"registered,omitempty"`
	Throughput     *string   `json:"throughput,omitempty"`      // STANDARD or HIGH, at once
	Upgrading      *bool     `json:"upgrading,omitempty"`       // true: 131057 for a minute, then HIGH
	MessagingLimit *string   `json:"messaging_limit,omitempty"` // TIER_...
	TestRecipients *[]string `json:"test_recipients,omitempty"`
}

// ConfigureNumber changes a number. Starting an upgrade answers sends with
// 131057 for a minute of simulated time, after which the number is HIGH and a
// phone_number_quality_update webhook says THROUGHPUT_UPGRADE.
func (s *Simulator) ConfigureNumber(id string, set NumberSettings) error {
	n, err := s.numberOr(id)
	if err != nil {
		return err
	}
	if set.Throughput != nil && throughputLevels[*set.Throughput] == 0 {
		return invalidf("throughput %q is not STANDARD or HIGH", *set.Throughput)
	}
	if set.MessagingLimit != nil && messagingLimits[*set.MessagingLimit] == 0 {
		return invalidf("messaging_limit %q is unknown", *set.MessagingLimit)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if set.Registered != nil {
		n.registered = *set.Registered
	}
	if set.Throughput != nil {
		n.cfg.Throughput = *set.Throughput
		n.load.setLimit(throughputLevels[*set.Throughput])
	}
	if set.MessagingLimit != nil {
		n.cfg.MessagingLimit = *set.MessagingLimit
	}
	if set.TestRecipients != nil {
		n.cfg.TestRecipients = slices.Clone(*set.TestRecipients)
	}
	switch {
	case set.Upgrading == nil:
	case !*set.Upgrading:
		n.upgradeUntil = time.Time{}
	default:
		until := s.clock.now().Add(time.Minute)
		n.upgradeUntil = until
		s.sched.at(until, func() { s.finishUpgrade(n, until) })
	}
	return nil
}

func (s *Simulator) finishUpgrade(n *number, until time.Time) {
	n.mu.Lock()
	due := n.upgradeUntil.Equal(until)
	if due {
		n.upgradeUntil = time.Time{}
		n.cfg.Throughput = "HIGH"
		n.load.setLimit(throughputLevels["HIGH"])
	}
	limit := n.cfg.MessagingLimit
	n.mu.Unlock()
	if due {
		s.emitAccount(n.account, n, "phone_number_quality_update", map[string]any{
			"display_phone_number": n.digits, "event": "THROUGHPUT_UPGRADE",
			"max_daily_conversations_per_business": limit, "current_limit": limit,
		})
	}
}

// NumberInfo is a number as the control interface shows it.
type NumberInfo struct {
	Number
	Registered       bool   `json:"registered"`
	Upgrading        bool   `json:"upgrading"`
	VerificationCode string `json:"verification_code,omitempty"` // what request_code "sent"
}

// NumberInfo describes a number and the verification code sent to it last.
func (s *Simulator) NumberInfo(id string) (NumberInfo, error) {
	n, err := s.numberOr(id)
	if err != nil {
		return NumberInfo{}, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	cfg := n.cfg
	cfg.TestRecipients = slices.Clone(cfg.TestRecipients)
	return NumberInfo{Number: cfg, Registered: n.registered,
		Upgrading: s.clock.now().Before(n.upgradeUntil), VerificationCode: n.code}, nil
}

// fields is the number as Graph shows it.
func (n *number) fields() map[string]any {
	n.mu.Lock()
	defer n.mu.Unlock()
	status, verification := "CONNECTED", "VERIFIED"
	if !n.registered {
		status = "PENDING"
	}
	if !n.verified {
		verification = "NOT_VERIFIED"
	}
	hooks := map[string]any{}
	if uri := n.override.Load().uri(); uri != "" {
		hooks["phone_number"] = uri
	}
	return map[string]any{
		"id": n.id, "verified_name": n.cfg.VerifiedName, "display_phone_number": n.cfg.DisplayPhone,
		"quality_rating": "GREEN", "quality_score": map[string]any{"score": "GREEN"}, "status": status,
		"code_verification_status": verification, "name_status": "APPROVED", "platform_type": "CLOUD_API",
		"account_mode": "LIVE", "is_official_business_account": false, "is_pin_enabled": n.pin != "",
		"throughput": map[string]string{"level": n.cfg.Throughput}, "messaging_limit_tier": n.cfg.MessagingLimit,
		"whatsapp_business_manager_messaging_limit": n.cfg.MessagingLimit,
		"webhook_configuration":                     hooks, "last_onboarded_time": nil,
	}
}

var numberDefaults = []string{"verified_name", "code_verification_status", "display_phone_number", "quality_rating",
	"platform_type", "throughput", "webhook_configuration"}

func getNumber(_ *Simulator, c *call) (any, *graphError) {
	return noError(c.fieldsOf("WhatsAppBusinessPhoneNumber", c.number.fields(), numberDefaults...))
}

func listNumbers(s *Simulator, c *call) (any, *graphError) {
	rows := make([]map[string]any, 0, len(c.account.numbers))
	keys := make([]string, 0, len(c.account.numbers))
	for _, n := range c.account.numbers {
		row, gerr := c.fieldsOf("WhatsAppBusinessPhoneNumber", n.fields(), numberDefaults...)
		if gerr != nil {
			return nil, gerr
		}
		rows, keys = append(rows, row), append(keys, n.id)
	}
	return c.page(s, rows, keys)
}

func getAccount(_ *Simulator, c *call) (any, *graphError) {
	return noError(c.fieldsOf("WhatsAppBusinessAccount", map[string]any{
		"id": c.account.id, "name": "Simulated account", "currency": "USD", "timezone_id": "1",
		"message_template_namespace": "sim_" + c.account.id, "account_review_status": "APPROVED",
		"business_verification_status": "verified", "country": countryOf(c.account.numbers[0].digits),
	}, "name", "timezone_id", "message_template_namespace"))
}

// noError turns a typed pair into what a handler returns.
func noError(v map[string]any, gerr *graphError) (any, *graphError) {
	if gerr != nil {
		return nil, gerr
	}
	return v, nil
}

var pinPattern = regexp.MustCompile(`^\d{6}$`)

// updateNumber sets the two-step PIN or the number's own webhook.
func updateNumber(s *Simulator, c *call) (any, *graphError) {
	params, gerr := c.params()
	if gerr != nil {
		return nil, gerr
	}
	if raw, ok := params["webhook_configuration"]; ok {
		var hook struct {
			URI   *text `json:"override_callback_uri"`
			Token text  `json:"verify_token"`
		}
		if gerr := decode(raw, "webhook_configuration", &hook); gerr != nil {
			return nil, gerr
		}
		if hook.URI == nil {
			return nil, failParam("The parameter webhook_configuration['override_callback_uri'] is required.")
		}
		if gerr := s.checkOverride(c.r.Context(), string(*hook.URI), string(hook.Token)); gerr != nil {
			return nil, gerr
		}
		c.number.override.Store(&override{URI: string(*hook.URI)})
		return success, nil
	}
	pin, gerr := str(params, "pin")
	if gerr != nil {
		return nil, gerr
	}
	if !pinPattern.MatchString(pin) {
		return nil, failParam("Param pin must be 6 digits.")
	}
	c.number.mu.Lock()
	c.number.pin = pin
	c.number.mu.Unlock()
	s.emitAccount(c.number.account, c.number, "security", map[string]any{
		"display_phone_number": c.number.digits, "event": "PIN_CHANGED",
	})
	return success, nil
}
