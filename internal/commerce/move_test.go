package commerce_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

var statuses = []musika.OrderStatus{
	musika.OrderPending, musika.OrderConfirmed, musika.OrderPreparing, musika.OrderReady, musika.OrderOutForDelivery,
	musika.OrderDelivered, musika.OrderRejected, musika.OrderCancelled,
}

func (b *bundle) move(m commerce.Move) (o musika.Order, err error) {
	err = b.try(func(ctx context.Context, tx db.Tx) error {
		o, err = b.shop.Move(ctx, tx, m)
		return err
	})
	return o, err
}

// TestMoves: whatever is asked of an order, by whom and in what order, the
// state machine, the stock, the payment and the delivery task stay true.
func TestMoves(t *testing.T) {
	each(t, func(b *bundle) {
		n := 0
		rapid.Check(b.T, func(t *rapid.T) {
			n++
			fulfilment := rapid.SampledFrom([]musika.Fulfilment{musika.Delivery, musika.Pickup}).Draw(t, "fulfilment")
			method := rapid.SampledFrom([]musika.PaymentMethod{musika.PayCash, musika.PayEcoCash}).Draw(t, "method")
			before := b.stock("Sadza")
			b.add(b.customer, "Sadza", 2)
			p := b.placement(b.customer, fmt.Sprint("k", n))
			p.Fulfilment, p.Payment = fulfilment, method
			o := b.place(p)
			steps := 1
			for range rapid.IntRange(1, 12).Draw(t, "moves") {
				side := rapid.SampledFrom([]musika.Side{musika.MerchantSide, musika.MerchantSide, musika.CustomerSide}).Draw(t, "side")
				to := rapid.SampledFrom(append(slices.Clone(o.Next(side)), statuses...)).Draw(t, "to")
				allowed := slices.Contains(o.Next(side), to)
				moved, err := b.move(commerce.Move{Order: o.ID, To: to, Side: side, Reason: "because"})
				switch {
				case o.Status == to:
					if err != nil {
						t.Fatalf("%s again: %v", to, err)
					}
				case allowed:
					if err != nil || moved.Status != to {
						t.Fatalf("%s → %s by %s: %v %s", o.Status, to, side, err, moved.Status)
					}
					o = moved
					steps++
				case musika.CodeOf(err) != musika.CodeConflict:
					t.Fatalf("%s → %s by %s: %v, want a conflict", o.Status, to, side, err)
				default:
					for _, next := range o.Next(side) {
						if !strings.Contains(musika.MessageOf(err), strings.ReplaceAll(string(next), "_", " ")) {
							t.Fatalf("%q does not name %s", musika.MessageOf(err), next)
						}
					}
				}
			}
			b.holds(t, o, method, steps, before)
		})
	})
}

// holds checks what must be true of an order of two sadza.
func (b *bundle) holds(t *rapid.T, o musika.Order, method musika.PaymentMethod, steps, before int) {
	undone := o.Status == musika.OrderCancelled || o.Status == musika.OrderRejected
	left := before - 2
	if undone {
		left = before
	}
	if got := b.stock("Sadza"); got != left {
		t.Fatalf("%s: %d in stock, want %d", o.Status, got, left)
	}
	b.write(func(ctx context.Context, tx db.Tx) error {
		read, err := b.shop.Order(ctx, tx, o.ID)
		payment, err2 := b.shop.Payment(ctx, tx, o.ID)
		task, ok, err3 := b.shop.DeliveryTask(ctx, tx, o.ID)
		history, err4 := b.shop.History(ctx, tx, o.ID)
		wantPayment, wantTask := musika.PaymentPending, musika.DeliveryPending
		switch {
		case undone:
			wantPayment, wantTask = musika.PaymentFailed, musika.DeliveryCancelled
		case o.Status == musika.OrderOutForDelivery:
			wantTask = musika.DeliveryInTransit
		case o.Status == musika.OrderDelivered:
			wantTask = musika.DeliveryDone
			if method == musika.PayCash {
				wantPayment = musika.PaymentPaid
			}
		}
		if read.Status != o.Status || payment.Status != wantPayment || ok != (o.Fulfilment == musika.Delivery) || ok && task.Status != wantTask {
			t.Fatalf("%s: read %s, payment %s, task %v %s", o.Status, read.Status, payment.Status, ok, task.Status)
		}
		if len(history) != steps || history[steps-1].To != o.Status {
			t.Fatalf("%d steps, want %d: %+v", len(history), steps, history)
		}
		return errors.Join(err, err2, err3, err4)
	})
}

func TestMoveTellsOnce(t *testing.T) {
	each(t, func(b *bundle) {
		b.add(b.customer, "Sadza", 2)
		o := b.place(b.placement(b.customer, "k"))
		for _, to := range []musika.OrderStatus{musika.OrderConfirmed, musika.OrderPreparing, musika.OrderReady, musika.OrderOutForDelivery, musika.OrderDelivered} {
			for range 2 {
				if _, err := b.move(commerce.Move{Order: o.ID, To: to, Side: musika.MerchantSide, Merchant: b.store.ID}); err != nil {
					b.Fatal(err)
				}
			}
		}
		changed := musika.EventOrderStatusChanged
		want := []musika.EventKind{changed, changed, changed, changed, musika.EventDeliveryStarted, changed, musika.EventDeliveryCompleted, musika.EventPaymentReceived}
		if got := b.events(2); !slices.Equal(got, want) {
			b.Errorf("events: %v", got)
		}
		if len(b.changes) != 6 {
			b.Errorf("told %d times", len(b.changes))
		}
	})
}

// TestMovesAtOnce: the customer cancels and the store rejects, again and again
// at the same moment; one of them wins, once.
func TestMovesAtOnce(t *testing.T) {
	each(t, func(b *bundle) {
		b.add(b.customer, "Sadza", 5)
		o := b.place(b.placement(b.customer, "k"))
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				m := commerce.Move{Order: o.ID, To: musika.OrderCancelled, Side: musika.CustomerSide}
				if i%2 == 0 {
					m.To, m.Side = musika.OrderRejected, musika.MerchantSide
				}
				if _, err := b.move(m); err != nil && musika.CodeOf(err) != musika.CodeConflict {
					b.Error(err)
				}
			})
		}
		wg.Wait()
		want := []musika.EventKind{musika.EventOrderStatusChanged, musika.EventProductUpdated}
		if got := b.events(2); b.stock("Sadza") != 100 || !slices.Equal(got, want) {
			b.Errorf("%d in stock, events %v", b.stock("Sadza"), got)
		}
	})
}

// TestMerchantScope: under its own scope, with row-level security on Postgres,
// a merchant can do all that follows from a move, and nothing to others.
func TestMerchantScope(t *testing.T) {
	each(t, func(b *bundle) {
		ctx := context.Background()
		as := func(m musika.MerchantID, o musika.OrderID, to musika.OrderStatus) error {
			return b.db.Write(ctx, db.Tenant(m, musika.Actor{Kind: "user", ID: "usr_1", Role: musika.RoleOwner}), func(tx db.Tx) error {
				_, err := b.shop.Move(ctx, tx, commerce.Move{Order: o, To: to, Side: musika.MerchantSide, Merchant: m, Reason: "r"})
				return err
			})
		}
		for i, path := range [][]musika.OrderStatus{
			{musika.OrderRejected},
			{musika.OrderConfirmed, musika.OrderPreparing, musika.OrderReady, musika.OrderOutForDelivery, musika.OrderDelivered},
		} {
			b.add(b.customer, "Sadza", 1)
			o := b.place(b.placement(b.customer, fmt.Sprint(i)))
			if err := as(b.other.ID, o.ID, path[0]); musika.CodeOf(err) != musika.CodeNotFound {
				b.Errorf("another store: %v", err)
			}
			for _, to := range path {
				if err := as(b.store.ID, o.ID, to); err != nil {
					b.Errorf("%s: %v", to, err)
				}
			}
			steps := value(b, func(ctx context.Context, tx db.Tx) ([]musika.StatusChange, error) {
				return b.shop.History(ctx, tx, o.ID)
			})
			if last := steps[len(steps)-1]; last.To != path[len(path)-1] || last.Actor.ID != "usr_1" {
				b.Errorf("history: %+v", steps)
			}
		}
	})
}

func TestMoveOwners(t *testing.T) {
	each(t, func(b *bundle) {
		b.add(b.customer, "Sadza", 1)
		o := b.place(b.placement(b.customer, "k"))
		for _, m := range []commerce.Move{
			{Order: o.ID, To: musika.OrderConfirmed, Side: musika.MerchantSide, Merchant: b.other.ID},
			{Order: o.ID, To: musika.OrderCancelled, Side: musika.CustomerSide, Customer: "cus_other"},
			{Order: "ord_none", To: musika.OrderConfirmed, Side: musika.MerchantSide},
		} {
			if _, err := b.move(m); musika.CodeOf(err) != musika.CodeNotFound {
				b.Errorf("%+v: %v", m, err)
			}
		}
		if _, err := b.move(commerce.Move{Order: o.ID, To: musika.OrderCancelled, Side: musika.MerchantSide}); musika.CodeOf(err) != musika.CodeInvalid {
			b.Errorf("cancelled without a reason: %v", err)
		}
		b.refused(musika.CodeNotFound, func(ctx context.Context, tx db.Tx) error {
			_, err := b.shop.MovePayment(ctx, tx, b.other.ID, o.ID, musika.PaymentPaid)
			return err
		})
		pay := func(to musika.PaymentStatus) error {
			return b.try(func(ctx context.Context, tx db.Tx) error {
				_, err := b.shop.MovePayment(ctx, tx, b.store.ID, o.ID, to)
				return err
			})
		}
		if err := errors.Join(pay(musika.PaymentPaid), pay(musika.PaymentPaid), pay(musika.PaymentRefunded)); err != nil {
			b.Error(err)
		}
		if err := pay(musika.PaymentFailed); musika.CodeOf(err) != musika.CodeConflict {
			b.Errorf("refunded → failed: %v", err)
		}
	})
}

func TestDriver(t *testing.T) {
	each(t, func(b *bundle) {
		b.write(func(ctx context.Context, tx db.Tx) error {
			return errors.Join(
				store.InsertUser(ctx, tx, musika.User{ID: "usr_a", Phone: "+263771111111", Name: "A", Role: musika.RoleDriver, CreatedAt: tx.Now()}),
				store.InsertUser(ctx, tx, musika.User{ID: "usr_b", Phone: "+263772222222", Name: "B", Role: musika.RoleDriver, CreatedAt: tx.Now()}))
		})
		b.add(b.customer, "Sadza", 1)
		o := b.place(b.placement(b.customer, "k"))
		task := value(b, func(ctx context.Context, tx db.Tx) (musika.DeliveryTask, error) {
			task, _, err := b.shop.DeliveryTask(ctx, tx, o.ID)
			return task, err
		})
		step := func(driver musika.UserID, to musika.DeliveryStatus, want musika.Code) {
			b.Helper()
			err := b.try(func(ctx context.Context, tx db.Tx) error {
				moved, err := b.shop.MoveDelivery(ctx, tx, commerce.DeliveryMove{Task: task.ID, Driver: driver, To: to})
				if err == nil && (moved.Status != to || moved.DriverID != driver) {
					b.Errorf("moved: %+v", moved)
				}
				return err
			})
			if musika.CodeOf(err) != want {
				b.Errorf("%s to %s: %v, want %q", driver, to, err, want)
			}
		}
		open := func() int {
			return len(value(b, func(ctx context.Context, tx db.Tx) ([]musika.DeliveryTask, error) {
				return b.shop.Deliveries(ctx, tx, "usr_a")
			}))
		}
		step("usr_a", musika.DeliveryAccepted, musika.CodeConflict) // the store has not accepted
		for _, to := range []musika.OrderStatus{musika.OrderConfirmed, musika.OrderPreparing} {
			if _, err := b.move(commerce.Move{Order: o.ID, To: to, Side: musika.MerchantSide}); err != nil {
				b.Fatal(err)
			}
		}
		if open() != 1 {
			b.Error("the task is not offered")
		}
		step("usr_b", musika.DeliveryAccepted, "")
		step("usr_b", musika.DeliveryAccepted, "")
		step("usr_a", musika.DeliveryAccepted, musika.CodeForbidden)
		if open() != 0 {
			b.Error("a taken task is offered")
		}
		step("usr_b", musika.DeliveryDone, musika.CodeConflict)
		step("usr_b", musika.DeliveryArrived, "")
		step("usr_b", musika.DeliveryInTransit, musika.CodeConflict) // not ready
		if _, err := b.move(commerce.Move{Order: o.ID, To: musika.OrderReady, Side: musika.MerchantSide}); err != nil {
			b.Fatal(err)
		}
		step("usr_b", musika.DeliveryInTransit, "")
		step("usr_b", musika.DeliveryDone, "")
		got := value(b, func(ctx context.Context, tx db.Tx) (musika.Order, error) { return b.shop.Order(ctx, tx, o.ID) })
		if got.Status != musika.OrderDelivered {
			b.Errorf("the order is %s", got.Status)
		}
	})
}

func TestRate(t *testing.T) {
	each(t, func(b *bundle) {
		b.add(b.customer, "Sadza", 1)
		p := b.placement(b.customer, "k")
		p.Fulfilment = musika.Pickup
		o := b.place(p)
		rate := func(f musika.Feedback) func(context.Context, db.Tx) error {
			return func(ctx context.Context, tx db.Tx) error { return b.shop.Rate(ctx, tx, f) }
		}
		good := musika.Feedback{OrderID: o.ID, CustomerID: b.customer, Stars: 4, Text: " nice "}
		b.refused(musika.CodeConflict, rate(good)) // not delivered
		for _, to := range []musika.OrderStatus{musika.OrderConfirmed, musika.OrderPreparing, musika.OrderReady, musika.OrderDelivered} {
			if _, err := b.move(commerce.Move{Order: o.ID, To: to, Side: musika.MerchantSide}); err != nil {
				b.Fatal(err)
			}
		}
		unrated := func() int {
			return len(value(b, func(ctx context.Context, tx db.Tx) ([]musika.Order, error) {
				return b.shop.Unrated(ctx, tx, b.customer)
			}))
		}
		if unrated() != 1 {
			b.Error("nothing to rate")
		}
		b.refused(musika.CodeInvalid, rate(musika.Feedback{OrderID: o.ID, CustomerID: b.customer, Stars: 6}))
		b.refused(musika.CodeNotFound, rate(musika.Feedback{OrderID: o.ID, CustomerID: "cus_other", Stars: 1}))
		b.write(rate(good))
		b.refused(musika.CodeConflict, rate(good))
		b.write(func(ctx context.Context, tx db.Tx) error {
			m, err := b.shop.Merchant(ctx, tx, b.store.ID)
			said, err2 := store.MerchantFeedback(ctx, tx, b.store.ID, 5)
			if m.Rating() != 4 || m.RatingCount != 1 || len(said) != 1 || said[0].Text != "nice" || said[0].MerchantID != b.store.ID {
				b.Errorf("rating %v of %d: %+v", m.Rating(), m.RatingCount, said)
			}
			return errors.Join(err, err2)
		})
		if unrated() != 0 {
			b.Error("still to rate")
		}
	})
}
