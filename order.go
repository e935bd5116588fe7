package musika

import (
	"slices"
	"time"
)

// OrderStatus is where an order is on its way.
type OrderStatus string

const (
	OrderPending        OrderStatus = "pending"   // placed; the merchant has not answered
	OrderConfirmed      OrderStatus = "confirmed" // accepted by the merchant
	OrderPreparing      OrderStatus = "preparing"
	OrderReady          OrderStatus = "ready"
	OrderOutForDelivery OrderStatus = "out_for_delivery"
	OrderDelivered      OrderStatus = "delivered" // handed over, also for pick-up
	OrderRejected       OrderStatus = "rejected"  // by the merchant, while pending
	OrderCancelled      OrderStatus = "cancelled" // by the customer while pending, by the merchant until it leaves
)

// Fulfilment is how the goods reach the customer.
type Fulfilment string

const (
	Delivery Fulfilment = "delivery"
	Pickup   Fulfilment = "pickup"
)

// Order is what a customer bought from one merchant, at the prices of the
// moment it was placed.
type Order struct {
	ID         OrderID       `json:"id"`
	Code       string        `json:"code"` // what people type: six characters, unique
	MerchantID MerchantID    `json:"merchant_id"`
	CustomerID CustomerID    `json:"customer_id"`
	Status     OrderStatus   `json:"status"`
	Fulfilment Fulfilment    `json:"fulfilment"`
	Address    string        `json:"address,omitempty"`
	Location   *Point        `json:"location,omitempty"`
	Payment    PaymentMethod `json:"payment_method"`
	Note       string        `json:"note,omitempty"`
	Promotion  string        `json:"promotion,omitempty"` // code applied
	Lines      []OrderLine   `json:"lines"`
	Totals     Totals        `json:"totals"`
	Reason     string        `json:"reason,omitempty"` // of a rejection or cancellation
	ExpectedAt time.Time     `json:"expected_at"`      // when it should be with the customer, by the merchant's usual time
	Rated      bool          `json:"rated"`
	CreatedAt  time.Time     `json:"created_at"`
	UpdatedAt  time.Time     `json:"updated_at"`
}

// OrderLine is a product, as it was named and priced when ordered.
type OrderLine struct {
	ProductID ProductID `json:"product_id"`
	Name      string    `json:"name"`
	Price     Money     `json:"price"` // of one unit
	Quantity  int       `json:"quantity"`
}

// Total returns price × quantity.
func (l OrderLine) Total() Money { return l.Price.Times(l.Quantity) }

// Totals is how an order's sum comes about; all in one currency.
type Totals struct {
	Subtotal Money `json:"subtotal"`
	Discount Money `json:"discount"` // positive, taken off
	Delivery Money `json:"delivery"`
	Tax      Money `json:"tax"`
	Total    Money `json:"total"`
}

// StatusChange is one step in an order's history.
type StatusChange struct {
	From   OrderStatus `json:"from,omitempty"`
	To     OrderStatus `json:"to"`
	Actor  Actor       `json:"actor"`
	Reason string      `json:"reason,omitempty"`
	At     time.Time   `json:"at"`
}

// Side is who asks for a move of an order.
type Side string

const (
	CustomerSide Side = "customer"
	MerchantSide Side = "merchant"
)

// moves is the order state machine. Delivery orders leave ready through
// out_for_delivery, pick-up orders go straight to delivered.
var moves = map[Side]map[OrderStatus][]OrderStatus{
	CustomerSide: {
		OrderPending: {OrderCancelled},
	},
	MerchantSide: {
		OrderPending:        {OrderConfirmed, OrderRejected, OrderCancelled},
		OrderConfirmed:      {OrderPreparing, OrderCancelled},
		OrderPreparing:      {OrderReady, OrderCancelled},
		OrderReady:          {OrderOutForDelivery, OrderDelivered, OrderCancelled},
		OrderOutForDelivery: {OrderDelivered},
	},
}

// Next returns the statuses that side may move o to, the usual next step first.
func (o *Order) Next(side Side) []OrderStatus {
	next := slices.Clone(moves[side][o.Status])
	skip := OrderDelivered
	if o.Fulfilment == Pickup {
		skip = OrderOutForDelivery
	}
	if o.Status == OrderReady {
		next = slices.DeleteFunc(next, func(s OrderStatus) bool { return s == skip })
	}
	return next
}

// Final reports whether no move leads out of s.
func (s OrderStatus) Final() bool {
	return s == OrderDelivered || s == OrderRejected || s == OrderCancelled
}

// Feedback is a customer's rating of a delivered order.
type Feedback struct {
	OrderID    OrderID    `json:"order_id"`
	MerchantID MerchantID `json:"merchant_id"`
	CustomerID CustomerID `json:"customer_id"`
	Stars      int        `json:"stars"` // 1 to 5
	Text       string     `json:"text,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
}
