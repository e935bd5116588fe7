package commerce

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// Move is the wish to bring an order to another status.
type Move struct {
	Order  musika.OrderID
	To     musika.OrderStatus
	Side   musika.Side
	Actor  musika.Actor
	Reason string // of a rejection or cancellation; the merchant must give one to cancel

	// Merchant and Customer say on whose behalf: an order that is not theirs
	// is not found. Empty is not checked.
	Merchant musika.MerchantID
	Customer musika.CustomerID
}

const longestReason = 300 // characters

// Move brings an order to another status, with all that follows from it: a
// rejection or cancellation puts the stock back, a departure or hand-over
// moves the delivery task, a hand-over makes a cash payment paid. An order
// that is in m.To already is returned unchanged. A move that the order's state
// machine does not allow is a CodeConflict that says which are.
func (s *Service) Move(ctx context.Context, tx db.Tx, m Move) (musika.Order, error) {
	o, err := store.LockOrder(ctx, tx, m.Order)
	if err != nil {
		return o, err
	}
	if m.Merchant != "" && o.MerchantID != m.Merchant || m.Customer != "" && o.CustomerID != m.Customer {
		return musika.Order{}, musika.Errorf(musika.CodeNotFound, "There is no such order.")
	}
	if o.Status == m.To {
		return o, nil
	}
	if next := o.Next(m.Side); !slices.Contains(next, m.To) {
		return o, refuseMove(o, m, next)
	}
	m.Reason = strings.TrimSpace(m.Reason)
	if utf8.RuneCountInString(m.Reason) > longestReason || !utf8.ValidString(m.Reason) {
		return o, musika.Errorf(musika.CodeInvalid, "The reason is too long. Say it in %d characters.", longestReason)
	}
	if m.To == musika.OrderCancelled && m.Side == musika.MerchantSide && m.Reason == "" {
		return o, musika.Errorf(musika.CodeInvalid, "Say why you cancel order %s; the customer is told.", o.Code)
	}
	return s.advance(ctx, tx, o, m)
}

// refuseMove says which moves are allowed.
func refuseMove(o musika.Order, m Move, next []musika.OrderStatus) error {
	switch {
	case len(next) > 0:
		names := make([]string, len(next))
		for i, n := range next {
			names[i] = statusName(n)
		}
		return musika.Errorf(musika.CodeConflict, "Order %s is %s and cannot become %s. It can become: %s.",
			o.Code, statusName(o.Status), statusName(m.To), strings.Join(names, ", "))
	case m.Side == musika.CustomerSide && !o.Status.Final():
		return musika.Errorf(musika.CodeConflict, "Order %s is %s; only the store can change it now. Write to the store.", o.Code, statusName(o.Status))
	}
	return musika.Errorf(musika.CodeConflict, "Order %s is %s, and that is final.", o.Code, statusName(o.Status))
}

// statusName is a status as people read it.
func statusName(s musika.OrderStatus) string { return strings.ReplaceAll(string(s), "_", " ") }

// advance makes a move that is allowed. The order is locked.
func (s *Service) advance(ctx context.Context, tx db.Tx, o musika.Order, m Move) (musika.Order, error) {
	change := musika.StatusChange{From: o.Status, To: m.To, Actor: m.Actor, Reason: m.Reason, At: tx.Now()}
	if change.Actor == (musika.Actor{}) {
		change.Actor = tx.Scope().Actor
	}
	o.Status, o.Reason, o.UpdatedAt = m.To, cmp.Or(m.Reason, o.Reason), tx.Now()
	if err := store.SetOrderStatus(ctx, tx, o); err != nil {
		return o, err
	}
	if err := store.AppendHistory(ctx, tx, o, change); err != nil {
		return o, err
	}
	store.Emit(ctx, tx, o.MerchantID, musika.OrderStatusChanged{
		OrderID: o.ID, Code: o.Code, From: change.From, To: change.To, Reason: change.Reason,
	})
	if err := s.follow(ctx, tx, o); err != nil {
		return o, err
	}
	return o, s.orderChanged(ctx, tx, o, change)
}

// follow does what an order's new status brings with it.
func (s *Service) follow(ctx context.Context, tx db.Tx, o musika.Order) error {
	switch o.Status {
	case musika.OrderOutForDelivery:
		return followDelivery(ctx, tx, o.ID, musika.DeliveryInTransit)
	case musika.OrderDelivered:
		if err := followDelivery(ctx, tx, o.ID, musika.DeliveryDone); err != nil {
			return err
		}
		return settle(ctx, tx, o, musika.PaymentPaid)
	case musika.OrderRejected, musika.OrderCancelled:
		if err := followDelivery(ctx, tx, o.ID, musika.DeliveryCancelled); err != nil {
			return err
		}
		if err := settle(ctx, tx, o, musika.PaymentFailed); err != nil {
			return err
		}
		return returnStock(ctx, tx, o)
	}
	return nil
}

// settle moves a payment that is pending to where the order's end brings it.
// Only cash is known to be paid when the goods change hands; a payment that
// was made already is for the merchant to give back.
func settle(ctx context.Context, tx db.Tx, o musika.Order, to musika.PaymentStatus) error {
	p, err := store.LockPaymentOf(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	if p.Status != musika.PaymentPending || to == musika.PaymentPaid && p.Method != musika.PayCash {
		return nil
	}
	_, err = setPayment(ctx, tx, p, to)
	return err
}

// returnStock puts the units of an order back, in the order of product ids as
// all who lock several products do.
func returnStock(ctx context.Context, tx db.Tx, o musika.Order) error {
	lines := slices.SortedFunc(slices.Values(o.Lines), func(a, b musika.OrderLine) int { return cmp.Compare(a.ProductID, b.ProductID) })
	for _, l := range lines {
		p, err := store.ReturnStock(ctx, tx, o.MerchantID, l.ProductID, l.Quantity)
		if err != nil {
			return err
		}
		emitProduct(ctx, tx, p)
	}
	return nil
}
