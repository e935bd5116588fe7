package musika

import "time"

// EventKind names a change that other systems may follow.
type EventKind string

const (
	EventMessageReceived    EventKind = "message_received"
	EventMessageSent        EventKind = "message_sent"
	EventOrderCreated       EventKind = "order_created"
	EventOrderStatusChanged EventKind = "order_status_changed"
	EventProductUpdated     EventKind = "product_updated"
	EventPaymentReceived    EventKind = "payment_received"
	EventDeliveryStarted    EventKind = "delivery_started"
	EventDeliveryCompleted  EventKind = "delivery_completed"
	EventBotConnected       EventKind = "bot_connected"
	EventBotDisconnected    EventKind = "bot_disconnected"
)

// Event is one change, written in the transaction that made it. Seq counts per
// merchant without gaps, in commit order. Events of the platform itself (a
// message while no store is in hand, a channel's state) have no merchant and a
// sequence of their own.
type Event struct {
	ID         EventID    `json:"id"`
	MerchantID MerchantID `json:"merchant_id,omitempty"`
	Seq        int64      `json:"seq"`
	Kind       EventKind  `json:"type"`
	Payload    Payload    `json:"data"`
	At         time.Time  `json:"timestamp"`
}

// Payload is the data of an event; each kind has its own struct.
type Payload interface{ EventKind() EventKind }

// MessageReceived tells that a person wrote to a channel.
type MessageReceived struct {
	MessageID      MessageID      `json:"message_id"`
	ConversationID ConversationID `json:"conversation_id"`
	CustomerID     CustomerID     `json:"customer_id"`
	Kind           InboundKind    `json:"kind"`
	Text           string         `json:"text,omitempty"`
}

// MessageSent tells that a transport accepted a message.
type MessageSent struct {
	MessageID      MessageID      `json:"message_id"`
	ConversationID ConversationID `json:"conversation_id"`
	CustomerID     CustomerID     `json:"customer_id"`
	Kind           MessageKind    `json:"kind"`
	ExternalID     string         `json:"external_id"`
}

// OrderCreated tells of a new order.
type OrderCreated struct {
	Order Order `json:"order"`
}

// OrderStatusChanged tells of an order's move.
type OrderStatusChanged struct {
	OrderID OrderID     `json:"order_id"`
	Code    string      `json:"code"`
	From    OrderStatus `json:"from"`
	To      OrderStatus `json:"to"`
	Reason  string      `json:"reason,omitempty"`
}

// ProductUpdated tells of a change to a product, its stock included.
type ProductUpdated struct {
	ProductID ProductID `json:"product_id"`
	Name      string    `json:"name"`
	Stock     int       `json:"stock"`
	Price     Money     `json:"price"`
	Active    bool      `json:"active"`
}

// PaymentReceived tells that an order is paid.
type PaymentReceived struct {
	PaymentID PaymentID     `json:"payment_id"`
	OrderID   OrderID       `json:"order_id"`
	Method    PaymentMethod `json:"method"`
	Amount    Money         `json:"amount"`
}

// DeliveryStarted tells that an order is on its way.
type DeliveryStarted struct {
	DeliveryID DeliveryID `json:"delivery_id"`
	OrderID    OrderID    `json:"order_id"`
}

// DeliveryCompleted tells that an order was handed over.
type DeliveryCompleted struct {
	DeliveryID DeliveryID `json:"delivery_id"`
	OrderID    OrderID    `json:"order_id"`
}

// BotConnected tells that a channel can send and receive.
type BotConnected struct {
	ChannelID ChannelID `json:"channel_id"`
}

// BotDisconnected tells that a channel cannot, and why.
type BotDisconnected struct {
	ChannelID ChannelID `json:"channel_id"`
	Reason    string    `json:"reason"`
}

func (MessageReceived) EventKind() EventKind    { return EventMessageReceived }
func (MessageSent) EventKind() EventKind        { return EventMessageSent }
func (OrderCreated) EventKind() EventKind       { return EventOrderCreated }
func (OrderStatusChanged) EventKind() EventKind { return EventOrderStatusChanged }
func (ProductUpdated) EventKind() EventKind     { return EventProductUpdated }
func (PaymentReceived) EventKind() EventKind    { return EventPaymentReceived }
func (DeliveryStarted) EventKind() EventKind    { return EventDeliveryStarted }
func (DeliveryCompleted) EventKind() EventKind  { return EventDeliveryCompleted }
func (BotConnected) EventKind() EventKind       { return EventBotConnected }
func (BotDisconnected) EventKind() EventKind    { return EventBotDisconnected }
