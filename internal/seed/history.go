package seed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

const (
	historyDays  = 60
	ordersPerDay = 6 // about; growing over time
)

// history makes the past. Its random numbers come from a fixed seed: the same
// stores and the same hour of the day give the same orders.
type history struct {
	tx        db.Tx
	rng       *rand.Rand
	customers []musika.Customer
	driver    musika.User
	codes     map[string]bool
	stars     map[musika.MerchantID][]int
	orders    int
}

func (r *Result) addHistory(ctx context.Context, tx db.Tx, shops []shop) error {
	h := &history{tx: tx, rng: rand.New(rand.NewPCG(2024, 60)), codes: map[string]bool{}, stars: map[musika.MerchantID][]int{}}
	var err error
	if h.driver, _, err = store.UserByPhone(ctx, tx, DriverPhone); err != nil {
		return err
	}
	if err := h.addCustomers(ctx, r); err != nil {
		return err
	}
	zone := shops[0].merchant.Zone()
	today := tx.Now().In(zone)
	for back := historyDays; back >= 0; back-- {
		day := time.Date(today.Year(), today.Month(), today.Day()-back, 0, 0, 0, 0, zone)
		n := ordersPerDay*3/4 + h.rng.IntN(4) + (historyDays-back)/20
		if day.Weekday() == time.Saturday || day.Weekday() == time.Friday {
			n += 3
		}
		for range n {
			// Drawn before they may be dropped, so that the hour at which the
			// seed runs changes today's orders only.
			s := shops[h.rng.IntN(len(shops))]
			at := day.Add(h.hour())
			if o := h.draw(s, at); at.Before(tx.Now().Add(-3*time.Hour)) && s.merchant.OpenAt(at) {
				if err := h.add(ctx, o); err != nil {
					return err
				}
			}
		}
	}
	for id, stars := range h.stars {
		sum := 0
		for _, n := range stars {
			sum += n
		}
		if err := store.AddRating(ctx, tx, id, sum, len(stars)); err != nil {
			return err
		}
	}
	r.Orders = h.orders
	return nil
}

// addCustomers makes the people who ordered, or finds them.
func (h *history) addCustomers(ctx context.Context, r *Result) error {
	since := h.tx.Now().Add(-(historyDays + 5) * 24 * time.Hour)
	for i, name := range customerNames {
		phone := musika.Phone(fmt.Sprintf("+2637721%05d", i+1))
		at := musika.Address{Kind: musika.AddressPhone, Value: string(phone)}
		c, known, err := store.CustomerByAddress(ctx, h.tx, at)
		if err != nil {
			return err
		}
		if !known {
			if c, err = store.CustomerAt(ctx, h.tx, []musika.Address{at}, name); err != nil {
				return err
			}
			c.Registered = true
			c.Language = musika.Languages[[]int{0, 0, 1, 1, 0, 2, 0, 3}[i%8]]
			if err := store.UpdateCustomer(ctx, h.tx, c); err != nil {
				return err
			}
			r.Customers++
		}
		c.CreatedAt = since
		h.customers = append(h.customers, c)
	}
	return nil
}

// hour draws a time of day: lunch and supper are busy.
func (h *history) hour() time.Duration {
	peaks := []int{8, 9, 10, 11, 12, 12, 12, 13, 13, 14, 15, 16, 17, 18, 18, 18, 19, 19, 19, 20, 20, 21}
	return time.Duration(peaks[h.rng.IntN(len(peaks))])*time.Hour + time.Duration(h.rng.IntN(3600))*time.Second
}

// past is an order with all that belongs to it.
type past struct {
	order    musika.Order
	steps    []musika.StatusChange
	feedback *musika.Feedback
}

// draw makes up an order of a store at a time.
func (h *history) draw(s shop, at time.Time) past {
	rng := h.rng
	at = musika.Instant(at)
	usd := musika.Money{Currency: s.merchant.Currency}
	o := musika.Order{
		MerchantID: s.merchant.ID, CustomerID: h.customers[min(rng.IntN(len(h.customers)), rng.IntN(len(h.customers)))].ID,
		Fulfilment: musika.Delivery, Payment: musika.PaymentMethods[min(rng.IntN(4), rng.IntN(4))], CreatedAt: at,
		ExpectedAt: at.Add(time.Duration(s.merchant.DeliveryMinutes) * time.Minute),
		Totals:     musika.Totals{Subtotal: usd, Discount: usd, Delivery: usd, Tax: usd},
	}
	place := places[rng.IntN(len(places))]
	if rng.IntN(4) == 0 {
		o.Fulfilment = musika.Pickup
	} else {
		o.Address, o.Location = place.address, &place.at
		o.Totals.Delivery.Amount = s.merchant.DeliveryFee
	}
	for _, i := range rng.Perm(len(s.products))[:1+rng.IntN(3)] {
		// The first products of a store are its favourites.
		p := s.products[min(i, rng.IntN(len(s.products)))]
		if slices.ContainsFunc(o.Lines, func(l musika.OrderLine) bool { return l.ProductID == p.ID }) {
			continue
		}
		l := musika.OrderLine{ProductID: p.ID, Name: p.Name, Price: p.Price, Quantity: 1 + rng.IntN(3)}
		o.Lines = append(o.Lines, l)
		o.Totals.Subtotal = o.Totals.Subtotal.Add(l.Total())
	}
	o.Totals.Total = o.Totals.Subtotal.Add(o.Totals.Delivery)
	p := past{order: o}
	h.drawSteps(&p)
	if stars := 5 - min(rng.IntN(6), rng.IntN(6), 4); rng.IntN(10) < 6 && p.order.Status == musika.OrderDelivered {
		p.order.Rated = true
		words := reviews[stars]
		p.feedback = &musika.Feedback{
			MerchantID: o.MerchantID, CustomerID: o.CustomerID, Stars: stars,
			Text: words[rng.IntN(len(words))], CreatedAt: p.order.UpdatedAt.Add(time.Duration(5+rng.IntN(40)) * time.Minute),
		}
	}
	return p
}

// drawSteps makes up how an order went: most are delivered.
func (h *history) drawSteps(p *past) {
	o := &p.order
	customer := musika.Actor{Kind: "customer", ID: string(o.CustomerID), Role: musika.RoleCustomer}
	at, status := o.CreatedAt, musika.OrderPending
	p.steps = []musika.StatusChange{{To: status, Actor: customer, At: at}}
	step := func(to musika.OrderStatus, minutes int, by musika.Actor, reason string) {
		at = at.Add(time.Duration(minutes)*time.Minute + time.Duration(h.rng.IntN(60))*time.Second)
		p.steps = append(p.steps, musika.StatusChange{From: status, To: to, Actor: by, Reason: reason, At: at})
		status = to
	}
	merchant := musika.Actor{Kind: "user", Role: musika.RoleOwner}
	switch luck := h.rng.IntN(100); {
	case luck < 4:
		step(musika.OrderRejected, 4+h.rng.IntN(8), merchant, "Too busy right now")
		o.Reason = "Too busy right now"
	case luck < 9:
		step(musika.OrderCancelled, 2+h.rng.IntN(5), customer, "")
	default:
		step(musika.OrderConfirmed, 1+h.rng.IntN(9), merchant, "")
		step(musika.OrderPreparing, 1+h.rng.IntN(4), merchant, "")
		step(musika.OrderReady, 8+h.rng.IntN(18), merchant, "")
		if o.Fulfilment == musika.Delivery {
			step(musika.OrderOutForDelivery, 1+h.rng.IntN(8), merchant, "")
		}
		step(musika.OrderDelivered, 7+h.rng.IntN(25), merchant, "")
	}
	o.Status, o.UpdatedAt = status, at
}

// add stores an order of the past. Stock is left as it is: it is what is left
// today.
func (h *history) add(ctx context.Context, p past) error {
	tx, o := h.tx, &p.order
	o.ID = musika.OrderID(musika.NewID("ord", o.CreatedAt))
	for o.Code = musika.NewCode(); h.codes[o.Code]; o.Code = musika.NewCode() {
	}
	h.codes[o.Code] = true
	if err := store.InsertOrder(ctx, tx, *o, "seed:"+string(o.ID)); err != nil {
		return err
	}
	if err := store.AppendHistory(ctx, tx, *o, p.steps...); err != nil {
		return err
	}
	payment := musika.Payment{
		ID: musika.PaymentID(musika.NewID("pay", o.CreatedAt)), OrderID: o.ID, MerchantID: o.MerchantID, Method: o.Payment,
		Status: musika.PaymentFailed, Amount: o.Totals.Total, CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt,
	}
	task := musika.DeliveryTask{
		ID: musika.DeliveryID(musika.NewID("dlv", o.CreatedAt)), OrderID: o.ID, MerchantID: o.MerchantID,
		Status: musika.DeliveryCancelled, CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt,
	}
	if o.Status == musika.OrderDelivered {
		payment.Status = musika.PaymentPaid
		task.Status, task.DriverID = musika.DeliveryDone, h.driver.ID
	}
	if err := store.InsertPayment(ctx, tx, payment); err != nil {
		return err
	}
	if o.Fulfilment == musika.Delivery {
		if err := store.InsertDelivery(ctx, tx, task); err != nil {
			return err
		}
	}
	h.orders++
	if p.feedback == nil {
		return nil
	}
	p.feedback.OrderID = o.ID
	h.stars[o.MerchantID] = append(h.stars[o.MerchantID], p.feedback.Stars)
	_, err := store.InsertFeedback(ctx, tx, *p.feedback)
	return err
}
