package musika

import "time"

// CartLifetime is how long a cart lives after its last change.
const CartLifetime = 2 * time.Hour

// Cart is what a customer means to buy from one merchant. A customer has at
// most one open cart per merchant.
type Cart struct {
	ID         CartID     `json:"id"`
	CustomerID CustomerID `json:"customer_id"`
	MerchantID MerchantID `json:"merchant_id"`
	Promotion  string     `json:"promotion,omitempty"` // code to apply at checkout
	Lines      []CartLine `json:"lines"`
	UpdatedAt  time.Time  `json:"updated_at"`
}

// CartLine is a product in a cart. Name, Category, Price, Stock and Active are
// the product's of now; SeenPrice is what the customer was shown when adding it.
type CartLine struct {
	ProductID ProductID `json:"product_id"`
	Name      string    `json:"name"`
	Category  string    `json:"category"`
	Price     Money     `json:"price"`
	SeenPrice Money     `json:"seen_price"`
	Quantity  int       `json:"quantity"`
	Stock     int       `json:"stock"`
	Active    bool      `json:"active"`
}

// Total returns today's price × quantity.
func (l CartLine) Total() Money { return l.Price.Times(l.Quantity) }

// Expired reports whether the cart's lifetime is over at t.
func (c *Cart) Expired(t time.Time) bool { return t.Sub(c.UpdatedAt) > CartLifetime }
