package commerce

import (
	"context"
	"slices"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// paymentMoves is the payment state machine.
var paymentMoves = map[musika.PaymentStatus][]musika.PaymentStatus{
	musika.PaymentPending: {musika.PaymentPaid, musika.PaymentFailed},
	musika.PaymentPaid:    {musika.PaymentRefunded},
}

// Payment returns the money owed for an order.
func (s *Service) Payment(ctx context.Context, tx db.Tx, order musika.OrderID) (musika.Payment, error) {
	return store.PaymentOf(ctx, tx, order)
}

// MovePayment marks the payment of a merchant's order paid, failed or
// refunded. One that is so already is returned unchanged; a move that is not
// allowed is a CodeConflict.
func (s *Service) MovePayment(ctx context.Context, tx db.Tx, merchant musika.MerchantID, order musika.OrderID, to musika.PaymentStatus) (musika.Payment, error) {
	// The order is locked first, as by every move of it.
	o, err := store.LockOrder(ctx, tx, order)
	if err != nil {
		return musika.Payment{}, err
	}
	if o.MerchantID != merchant {
		return musika.Payment{}, musika.Errorf(musika.CodeNotFound, "There is no such order.")
	}
	p, err := store.LockPaymentOf(ctx, tx, order)
	if err != nil || p.Status == to {
		return p, err
	}
	if !slices.Contains(paymentMoves[p.Status], to) {
		return p, musika.Errorf(musika.CodeConflict, "The payment of order %s is %s and cannot become %s.", o.Code, p.Status, to)
	}
	return setPayment(ctx, tx, p, to)
}

func setPayment(ctx context.Context, tx db.Tx, p musika.Payment, to musika.PaymentStatus) (musika.Payment, error) {
	p.Status, p.UpdatedAt = to, tx.Now()
	if to == musika.PaymentPaid {
		store.Emit(ctx, tx, p.MerchantID, musika.PaymentReceived{PaymentID: p.ID, OrderID: p.OrderID, Method: p.Method, Amount: p.Amount})
	}
	return p, store.SetPaymentStatus(ctx, tx, p)
}
