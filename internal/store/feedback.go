package store

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

const insertFeedbackSQL = `INSERT INTO order_feedback (order_id, merchant_id, customer_id, stars, body, created_at)
	VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (order_id) DO NOTHING`

// InsertFeedback stores the rating of an order; false when it has one already,
// which stays.
func InsertFeedback(ctx context.Context, tx db.Tx, f musika.Feedback) (bool, error) {
	n, err := tx.Exec(ctx, insertFeedbackSQL, f.OrderID, f.MerchantID, f.CustomerID, f.Stars, f.Text, f.CreatedAt)
	return n > 0, err
}

const merchantFeedbackSQL = `SELECT order_id, merchant_id, customer_id, stars, body, created_at FROM order_feedback
	WHERE merchant_id = $1 ORDER BY created_at DESC, order_id DESC LIMIT $2`

// MerchantFeedback returns a merchant's latest ratings, newest first.
func MerchantFeedback(ctx context.Context, tx db.Tx, merchant musika.MerchantID, limit int) ([]musika.Feedback, error) {
	return db.All(ctx, tx, func(scan func(...any) error) (musika.Feedback, error) {
		var f musika.Feedback
		err := scan(&f.OrderID, &f.MerchantID, &f.CustomerID, &f.Stars, &f.Text, &f.CreatedAt)
		return f, err
	}, merchantFeedbackSQL, merchant, limit)
}
