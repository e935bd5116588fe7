package musika

import (
	"time"
	"unicode/utf8"
)

// MerchantState is where a merchant stands with the operator.
type MerchantState string

const (
	MerchantPending   MerchantState = "pending"
	MerchantApproved  MerchantState = "approved"
	MerchantRejected  MerchantState = "rejected"
	MerchantSuspended MerchantState = "suspended"
)

// StoreState is what the merchant says of the store, on top of its hours.
type StoreState string

const (
	StoreOpen   StoreState = "open"   // takes orders within its hours
	StoreClosed StoreState = "closed" // takes none until the merchant opens it
	StoreBusy   StoreState = "busy"   // takes orders, and warns that they take longer
)

// Valid reports whether s is one of the states above.
func (s StoreState) Valid() bool { return s == StoreOpen || s == StoreClosed || s == StoreBusy }

// Merchant is a shop: the tenant that owns products, orders and conversations.
type Merchant struct {
	ID              MerchantID    `json:"id"`
	Slug            string        `json:"slug"` // short name that customers may type, unique
	Name            string        `json:"name"`
	Category        string        `json:"category"` // "Pizza", "Groceries", …
	Description     string        `json:"description,omitempty"`
	Phone           Phone         `json:"phone,omitempty"` // the shop's contact for customers
	State           MerchantState `json:"state"`
	StoreState      StoreState    `json:"store_state"`
	Currency        Currency      `json:"currency"`
	TimeZone        string        `json:"time_zone"` // IANA name
	Hours           Hours         `json:"hours"`
	Location        Point         `json:"location"`
	Area            string        `json:"area"`             // "Avondale, Harare"
	DeliveryFee     int64         `json:"delivery_fee"`     // minor units of Currency
	DeliveryMinutes int           `json:"delivery_minutes"` // usual time from order to door
	TaxBasisPoints  int           `json:"tax_basis_points"` // 1550 is 15.5 %, added to the subtotal after discount
	MinimumOrder    int64         `json:"minimum_order"`    // minor units of Currency; 0 for none
	Featured        bool          `json:"featured"`
	RatingSum       int64         `json:"-"`
	RatingCount     int64         `json:"rating_count"`
	CreatedAt       time.Time     `json:"created_at"`
	UpdatedAt       time.Time     `json:"updated_at"`
}

// Hours is when a store is open, in its own time zone, the same every day.
// Open and Close are minutes after midnight. Close before Open runs past
// midnight; equal means around the clock.
type Hours struct {
	Open  int `json:"open"`
	Close int `json:"close"`
}

// Zone returns the merchant's time zone, UTC when its name is not known here.
func (m *Merchant) Zone() *time.Location {
	if loc, err := time.LoadLocation(m.TimeZone); err == nil {
		return loc
	}
	return time.UTC
}

// OpenAt reports whether the store takes orders at t.
func (m *Merchant) OpenAt(t time.Time) bool {
	if m.State != MerchantApproved || m.StoreState == StoreClosed {
		return false
	}
	local := t.In(m.Zone())
	minute := local.Hour()*60 + local.Minute()
	switch {
	case m.Hours.Open == m.Hours.Close:
		return true
	case m.Hours.Open < m.Hours.Close:
		return minute >= m.Hours.Open && minute < m.Hours.Close
	default:
		return minute >= m.Hours.Open || minute < m.Hours.Close
	}
}

// Rating returns the average of one to five stars, 0 when there is none.
func (m *Merchant) Rating() float64 {
	if m.RatingCount == 0 {
		return 0
	}
	return float64(m.RatingSum) / float64(m.RatingCount)
}

// Validate checks what can be checked without the database.
func (m *Merchant) Validate() error {
	var c Check
	c.That(validName(m.Name, 80), "name", "must have 1 to 80 characters on one line")
	c.That(validSlug(m.Slug), "slug", "must be 2 to 40 of a-z, 0-9 and -")
	c.That(m.Currency.Valid(), "currency", "must be USD, ZWG or ZAR")
	_, err := time.LoadLocation(m.TimeZone)
	c.That(err == nil && m.TimeZone != "", "time_zone", "must be an IANA name like Africa/Harare")
	c.That(m.StoreState.Valid(), "store_state", "must be open, closed or busy")
	c.That(inDay(m.Hours.Open) && inDay(m.Hours.Close), "hours", "must be minutes of a day, 0 to 1439")
	c.That(m.DeliveryFee >= 0 && m.DeliveryFee <= MaxAmount, "delivery_fee", "must be 0 to %d", int64(MaxAmount))
	c.That(m.TaxBasisPoints >= 0 && m.TaxBasisPoints <= 10000, "tax_basis_points", "must be 0 to 10000")
	c.That(m.Location.Valid(), "location", "must be degrees on Earth")
	return c.Err("The merchant")
}

func inDay(minute int) bool { return minute >= 0 && minute < 24*60 }

// validName reports whether s is 1 to limit characters of valid UTF-8 without
// control characters.
func validName(s string, limit int) bool {
	n := utf8.RuneCountInString(s)
	if n == 0 || n > limit || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r < ' ' || r == 0x7f {
			return false
		}
	}
	return true
}

func validSlug(s string) bool {
	if len(s) < 2 || len(s) > 40 {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return true
}
