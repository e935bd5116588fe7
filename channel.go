package musika

import "time"

// Channel is one number (or linked device) through which people write to us.
type Channel struct {
	ID         ChannelID  `json:"id"`
	Kind       string     `json:"kind"`                  // the transport's Name
	ExternalID string     `json:"external_id"`           // the transport's id of the number
	Phone      Phone      `json:"phone,omitempty"`       // as people dial it
	Name       string     `json:"name"`                  // shown to people
	MerchantID MerchantID `json:"merchant_id,omitempty"` // empty: the platform's, shared by all stores
	Prefix     string     `json:"prefix"`                // of commands, default "!"
	CreatedAt  time.Time  `json:"created_at"`
}

// Conversation is the thread between one customer and one channel.
type Conversation struct {
	ID            ConversationID `json:"id"`
	ChannelID     ChannelID      `json:"channel_id"`
	CustomerID    CustomerID     `json:"customer_id"`
	MerchantID    MerchantID     `json:"merchant_id,omitempty"` // the store in hand
	LastInboundAt time.Time      `json:"last_inbound_at"`
	State         []byte         `json:"-"` // what the bot keeps between turns, JSON
	CreatedAt     time.Time      `json:"created_at"`
	UpdatedAt     time.Time      `json:"updated_at"`
}
