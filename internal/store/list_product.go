package store

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

// ProductQuery narrows ListProducts. Empty fields do not.
type ProductQuery struct {
	Owner    musika.MerchantID // who asks: sees its own only; empty for the operator
	Merchant musika.MerchantID
	Category string
	Active   *bool
	After    Position // of the last entry seen
	Limit    int
}

// ListProducts returns products by id, which is by age, inactive ones too.
func ListProducts(ctx context.Context, tx db.Tx, q ProductQuery) ([]musika.Product, error) {
	var w where
	is(&w, "merchant_id", q.Owner)
	is(&w, "merchant_id", q.Merchant)
	is(&w, "category", q.Category)
	if q.Active != nil {
		w.and("active = ?", *q.Active)
	}
	if q.After.ID != "" {
		w.and("id > ?", q.After.ID)
	}
	return db.All(ctx, tx, scanProduct, `SELECT `+productColumns+` FROM products`+w.sql.String()+
		` ORDER BY id LIMIT `+w.arg(q.Limit), w.args...)
}
