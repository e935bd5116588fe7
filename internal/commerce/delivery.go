package commerce

import (
	"context"
	"slices"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// deliveryMoves is what a driver may do with a task.
var deliveryMoves = map[musika.DeliveryStatus][]musika.DeliveryStatus{
	musika.DeliveryPending:   {musika.DeliveryAccepted},
	musika.DeliveryAccepted:  {musika.DeliveryArrived, musika.DeliveryFailed},
	musika.DeliveryArrived:   {musika.DeliveryInTransit, musika.DeliveryFailed},
	musika.DeliveryInTransit: {musika.DeliveryDone, musika.DeliveryFailed},
}

// DeliveryMove is a driver's step with a task.
type DeliveryMove struct {
	Task   musika.DeliveryID
	Driver musika.UserID
	To     musika.DeliveryStatus
	Actor  musika.Actor
}

// DeliveryTask returns the errand of an order, and false for a pick-up order.
func (s *Service) DeliveryTask(ctx context.Context, tx db.Tx, order musika.OrderID) (musika.DeliveryTask, bool, error) {
	return store.DeliveryOf(ctx, tx, order)
}

// Deliveries returns a driver's tasks under way and those that nobody has
// taken, oldest first, at most ten.
func (s *Service) Deliveries(ctx context.Context, tx db.Tx, driver musika.UserID) ([]musika.DeliveryTask, error) {
	return store.DriverDeliveries(ctx, tx, driver, 10)
}

// MoveDelivery makes a driver's step: accepted takes the task, arrived is at
// the store, in_transit and delivered move the order as well. A task that is
// where the driver wants it is returned unchanged. A task of another driver is
// CodeForbidden, a step that is not next a CodeConflict.
func (s *Service) MoveDelivery(ctx context.Context, tx db.Tx, m DeliveryMove) (musika.DeliveryTask, error) {
	t, err := store.Delivery(ctx, tx, m.Task)
	if err != nil {
		return t, err
	}
	// The order is locked before its task, as by every move of it.
	o, err := store.LockOrder(ctx, tx, t.OrderID)
	if err != nil {
		return t, err
	}
	if t, _, err = store.LockDeliveryOf(ctx, tx, o.ID); err != nil {
		return t, err
	}
	switch {
	case t.DriverID != "" && t.DriverID != m.Driver:
		return t, musika.Errorf(musika.CodeForbidden, "The delivery of order %s is another driver's. Send deliveries to see yours.", o.Code)
	case t.Status == m.To:
		return t, nil
	case !slices.Contains(deliveryMoves[t.Status], m.To):
		return t, musika.Errorf(musika.CodeConflict, "The delivery of order %s is %s and cannot become %s now.",
			o.Code, deliveryName(t.Status), deliveryName(m.To))
	}
	to := map[musika.DeliveryStatus]musika.OrderStatus{
		musika.DeliveryInTransit: musika.OrderOutForDelivery,
		musika.DeliveryDone:      musika.OrderDelivered,
	}[m.To]
	switch {
	case m.To == musika.DeliveryAccepted && (o.Status == musika.OrderPending || o.Status.Final()):
		return t, musika.Errorf(musika.CodeConflict, "Order %s is %s; there is nothing to deliver now.", o.Code, statusName(o.Status))
	case to == "" || o.Status == to:
		return setDelivery(ctx, tx, t, m.Driver, m.To)
	case !slices.Contains(o.Next(musika.MerchantSide), to):
		return t, musika.Errorf(musika.CodeConflict, "Order %s is %s. Wait until the store has marked it ready.", o.Code, statusName(o.Status))
	}
	// The order takes its task along.
	if _, err := s.advance(ctx, tx, o, Move{To: to, Side: musika.MerchantSide, Actor: m.Actor}); err != nil {
		return t, err
	}
	t, _, err = store.DeliveryOf(ctx, tx, o.ID)
	return t, err
}

func deliveryName(s musika.DeliveryStatus) string { return statusName(musika.OrderStatus(s)) }

// followDelivery moves an order's task, where there is one that has not ended,
// to where the order's move brings it.
func followDelivery(ctx context.Context, tx db.Tx, order musika.OrderID, to musika.DeliveryStatus) error {
	t, ok, err := store.LockDeliveryOf(ctx, tx, order)
	if err != nil || !ok || t.Status == to || ended(t.Status) {
		return err
	}
	_, err = setDelivery(ctx, tx, t, t.DriverID, to)
	return err
}

func ended(s musika.DeliveryStatus) bool {
	return s == musika.DeliveryDone || s == musika.DeliveryFailed || s == musika.DeliveryCancelled
}

func setDelivery(ctx context.Context, tx db.Tx, t musika.DeliveryTask, driver musika.UserID, to musika.DeliveryStatus) (musika.DeliveryTask, error) {
	t.DriverID, t.Status, t.UpdatedAt = driver, to, tx.Now()
	switch to {
	case musika.DeliveryInTransit:
		store.Emit(ctx, tx, t.MerchantID, musika.DeliveryStarted{DeliveryID: t.ID, OrderID: t.OrderID})
	case musika.DeliveryDone:
		store.Emit(ctx, tx, t.MerchantID, musika.DeliveryCompleted{DeliveryID: t.ID, OrderID: t.OrderID})
	}
	return t, store.UpdateDelivery(ctx, tx, t)
}
