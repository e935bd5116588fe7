package musika

import "time"

// PromotionKind is how a promotion's value counts.
type PromotionKind string

const (
	PromotionPercent PromotionKind = "percent" // Value is basis points of what it applies to
	PromotionFixed   PromotionKind = "fixed"   // Value is minor units
)

// Promotion is a discount that a code brings. A promotion without a merchant
// is the platform's and holds in every store with its currency.
type Promotion struct {
	ID         PromotionID   `json:"id"`
	MerchantID MerchantID    `json:"merchant_id,omitempty"`
	Code       string        `json:"code"` // upper case, unique
	Title      string        `json:"title"`
	Kind       PromotionKind `json:"kind"`
	Value      int64         `json:"value"`
	Currency   Currency      `json:"currency"`    // of Value when fixed, of Cap and Minimum
	Cap        int64         `json:"cap"`         // most it takes off, minor units; 0 for no cap
	Minimum    int64         `json:"minimum"`     // least subtotal, minor units; 0 for none
	Category   string        `json:"category"`    // only lines of this product category; "" for all
	Weekdays   int           `json:"weekdays"`    // bit n set: valid on time.Weekday(n); 0 for every day
	FirstOrder bool          `json:"first_order"` // only for a customer's first order on the platform
	Premium    bool          `json:"premium"`     // only for premium customers
	MaxUses    int           `json:"max_uses"`    // per customer; 0 for no limit
	StartsAt   time.Time     `json:"starts_at"`
	EndsAt     time.Time     `json:"ends_at"`
	Active     bool          `json:"active"`
}
