package store

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

// OrderQuery narrows ListOrders. Empty fields do not.
type OrderQuery struct {
	Owner    musika.MerchantID // who asks: sees its own only; empty for the operator
	Merchant musika.MerchantID
	Customer musika.CustomerID
	Status   musika.OrderStatus
	After    Position // of the last entry seen
	Limit    int
}

// ListOrders returns orders with their lines, newest first.
func ListOrders(ctx context.Context, tx db.Tx, q OrderQuery) ([]musika.Order, error) {
	var w where
	is(&w, "merchant_id", q.Owner)
	is(&w, "merchant_id", q.Merchant)
	is(&w, "customer_id", q.Customer)
	is(&w, "status", q.Status)
	if q.After.ID != "" {
		w.and("(created_at, id) < (?, ?)", q.After.At, q.After.ID)
	}
	return withLines(ctx, tx, `SELECT `+orderColumns+` FROM orders`+w.sql.String()+
		` ORDER BY created_at DESC, id DESC LIMIT `+w.arg(q.Limit), w.args...)
}
