package musika

import "time"

// Product is one thing a merchant sells.
type Product struct {
	ID          ProductID  `json:"id"`
	MerchantID  MerchantID `json:"merchant_id"`
	SKU         string     `json:"sku,omitempty"` // the retailer id of a WhatsApp catalogue
	Name        string     `json:"name"`
	Description string     `json:"description,omitempty"`
	Category    string     `json:"category"`
	Price       Money      `json:"price"`
	Stock       int        `json:"stock"`     // units that can still be sold; reserved units are already taken off
	LowStock    int        `json:"low_stock"` // at or below this the merchant is told
	Active      bool       `json:"active"`    // inactive products are not shown and cannot be bought
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
}

// Validate checks what can be checked without the database.
func (p *Product) Validate() error {
	var c Check
	c.That(validName(p.Name, 80), "name", "must have 1 to 80 characters on one line")
	c.That(validName(p.Category, 40), "category", "must have 1 to 40 characters on one line")
	c.That(p.Price.Currency.Valid(), "price.currency", "must be USD, ZWG or ZAR")
	c.That(p.Price.Amount > 0 && p.Price.Amount <= MaxAmount, "price.amount", "must be 1 to %d minor units", int64(MaxAmount))
	c.That(p.Stock >= 0 && p.Stock <= 1_000_000, "stock", "must be 0 to 1000000")
	return c.Err("The product")
}

// MaxQuantity is the most units of one product in a cart, WhatsApp's own limit
// for native carts.
const MaxQuantity = 99
