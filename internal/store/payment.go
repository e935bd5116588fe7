package store

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

const paymentColumns = `id, order_id, merchant_id, method, status, amount, currency, created_at, updated_at`

func scanPayment(scan func(...any) error) (musika.Payment, error) {
	var p musika.Payment
	err := scan(&p.ID, &p.OrderID, &p.MerchantID, &p.Method, &p.Status, &p.Amount.Amount, &p.Amount.Currency, &p.CreatedAt, &p.UpdatedAt)
	return p, err
}

const insertPaymentSQL = `INSERT INTO payments (` + paymentColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

// InsertPayment stores the money owed for a new order.
func InsertPayment(ctx context.Context, tx db.Tx, p musika.Payment) error {
	_, err := tx.Exec(ctx, insertPaymentSQL, p.ID, p.OrderID, p.MerchantID, p.Method, p.Status,
		p.Amount.Amount, p.Amount.Currency, p.CreatedAt, p.UpdatedAt)
	return err
}

const paymentOfSQL = `SELECT ` + paymentColumns + ` FROM payments WHERE order_id = $1`

// PaymentOf returns an order's payment.
func PaymentOf(ctx context.Context, tx db.Tx, order musika.OrderID) (musika.Payment, error) {
	return db.One(ctx, tx, "payment", scanPayment, paymentOfSQL, order)
}

// LockPaymentOf returns an order's payment and keeps others from changing it
// until the transaction ends.
func LockPaymentOf(ctx context.Context, tx db.Tx, order musika.OrderID) (musika.Payment, error) {
	return db.One(ctx, tx, "payment", scanPayment, paymentOfSQL+tx.ForUpdate(), order)
}

const setPaymentStatusSQL = `UPDATE payments SET status = $3, updated_at = $4 WHERE id = $1 AND merchant_id = $2`

// SetPaymentStatus stores a payment's status. Whether the move is allowed is
// the caller's to know, with the payment locked.
func SetPaymentStatus(ctx context.Context, tx db.Tx, p musika.Payment) error {
	n, err := tx.Exec(ctx, setPaymentStatusSQL, p.ID, p.MerchantID, p.Status, tx.Now())
	return changed(n, err, "payment")
}
