package commerce

import "github.com/musika/musika"

// ProblemKind says what is the matter with a cart or one of its lines.
type ProblemKind string

const (
	PriceChanged ProblemKind = "price_changed" // Was → Now
	ShortStock   ProblemKind = "short_stock"   // Left units can be had, fewer than the cart has
	Gone         ProblemKind = "gone"          // no longer sold
	BelowMinimum ProblemKind = "below_minimum" // subtotal Was is below the store's minimum order Now
	NoPromotion  ProblemKind = "no_promotion"  // the cart's code does not hold; totals are without it
	TooMuch      ProblemKind = "too_much"      // the sum is above musika.MaxAmount
)

// Problem is one thing that a customer should know before ordering a cart.
type Problem struct {
	Kind      ProblemKind
	ProductID musika.ProductID // of a line's problem
	Name      string           // the product's name, or the promotion's code
	Left      int              // units that can still be had
	Was, Now  musika.Money     // prices of one unit
	Blocks    bool             // no order can be placed until it is settled
	Message   string           // in English, one sentence and what to do next
}
