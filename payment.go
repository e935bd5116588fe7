package musika

import "time"

// PaymentMethod is how the customer means to pay.
type PaymentMethod string

const (
	PayCash     PaymentMethod = "cash" // on delivery or at pick-up
	PayEcoCash  PaymentMethod = "ecocash"
	PayCard     PaymentMethod = "card" // the shop's machine
	PayTransfer PaymentMethod = "transfer"
)

// PaymentMethods lists the methods in the order they are offered.
var PaymentMethods = []PaymentMethod{PayCash, PayEcoCash, PayCard, PayTransfer}

// PaymentStatus follows pending → paid | failed, paid → refunded.
type PaymentStatus string

const (
	PaymentPending  PaymentStatus = "pending"
	PaymentPaid     PaymentStatus = "paid"
	PaymentFailed   PaymentStatus = "failed"
	PaymentRefunded PaymentStatus = "refunded"
)

// Payment is the money owed for one order.
type Payment struct {
	ID         PaymentID     `json:"id"`
	OrderID    OrderID       `json:"order_id"`
	MerchantID MerchantID    `json:"merchant_id"`
	Method     PaymentMethod `json:"method"`
	Status     PaymentStatus `json:"status"`
	Amount     Money         `json:"amount"`
	CreatedAt  time.Time     `json:"created_at"`
	UpdatedAt  time.Time     `json:"updated_at"`
}

// DeliveryStatus follows pending → accepted → arrived → in_transit →
// delivered, or failed or cancelled on the way.
type DeliveryStatus string

const (
	DeliveryPending   DeliveryStatus = "pending"
	DeliveryAccepted  DeliveryStatus = "accepted"
	DeliveryArrived   DeliveryStatus = "arrived"
	DeliveryInTransit DeliveryStatus = "in_transit"
	DeliveryDone      DeliveryStatus = "delivered"
	DeliveryFailed    DeliveryStatus = "failed"
	DeliveryCancelled DeliveryStatus = "cancelled"
)

// DeliveryTask is the errand of bringing one order to its customer.
type DeliveryTask struct {
	ID         DeliveryID     `json:"id"`
	OrderID    OrderID        `json:"order_id"`
	MerchantID MerchantID     `json:"merchant_id"`
	DriverID   UserID         `json:"driver_id,omitempty"`
	Status     DeliveryStatus `json:"status"`
	CreatedAt  time.Time      `json:"created_at"`
	UpdatedAt  time.Time      `json:"updated_at"`
}
