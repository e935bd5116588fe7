package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// Conversation is the thread between one person and one channel.
type Conversation struct {
	ID            musika.ConversationID `json:"id"`
	ChannelID     musika.ChannelID      `json:"channel_id"`
	MerchantID    musika.MerchantID     `json:"merchant_id,omitempty" doc:"The store that the person has in hand."`
	CustomerID    musika.CustomerID     `json:"customer_id"`
	CustomerName  string                `json:"customer_name,omitempty"`
	CustomerPhone musika.Phone          `json:"customer_phone,omitempty" doc:"Absent for people who hide it."`
	LastInboundAt time.Time             `json:"last_inbound_at,omitzero" doc:"When the person last wrote: free text may be sent for 24 hours after it."`
	CreatedAt     time.Time             `json:"created_at"`
	UpdatedAt     time.Time             `json:"updated_at"`
}

// Message is one message of a conversation.
type Message struct {
	ID          musika.MessageID    `json:"id"`
	Direction   string              `json:"direction" enum:"in,out" doc:"in: from the person; out: to the person."`
	Kind        string              `json:"kind" doc:"Which part of the content carries it."`
	State       musika.MessageState `json:"state"`
	Content     json.RawMessage     `json:"content" doc:"The message itself, as it was received or handed to the transport."`
	ErrorCode   string              `json:"error_code,omitempty" doc:"The network's code of what went wrong."`
	Error       string              `json:"error,omitempty" doc:"What went wrong, for people."`
	CreatedAt   time.Time           `json:"created_at"`
	SentAt      time.Time           `json:"sent_at,omitzero"`
	DeliveredAt time.Time           `json:"delivered_at,omitzero"`
	ReadAt      time.Time           `json:"read_at,omitzero"`

	seq int64
}

type conversationListInput struct {
	PageInput
	Merchant musika.MerchantID `query:"merchant_id" maxLength:"40" doc:"Only with this merchant's store in hand."`
	Customer musika.CustomerID `query:"customer_id" maxLength:"40" doc:"Only this customer's."`
}

type messageListInput struct {
	PageInput
	ID musika.ConversationID `path:"id" maxLength:"40" doc:"The conversation's id." example:"cnv_01jd3r8k7m5xw2v9tq6ncz4yhb"`
}

func (a *API) registerConversations() {
	register(a, huma.Operation{
		OperationID: "list-conversations", Method: http.MethodGet, Path: "/api/conversations", Tags: []string{"Conversations"}, Security: withKey,
		Summary: "List conversations", Description: "Newest first. A merchant sees those in which its store is in hand.",
	}, a.listConversations)
	register(a, huma.Operation{
		OperationID: "list-messages", Method: http.MethodGet, Path: "/api/conversations/{id}/messages", Tags: []string{"Conversations"}, Security: withKey,
		Summary: "List the messages of a conversation", Description: "Newest first. A merchant sees those written while its store was in hand.",
	}, a.listMessages)
}

func (a *API) listConversations(ctx context.Context, in *conversationListInput) (*pageOutput[Conversation], error) {
	l := newList("/api/conversations", map[string]string{"merchant_id": string(in.Merchant), "customer_id": string(in.Customer)})
	after, err := in.position(l)
	if err != nil {
		return nil, err
	}
	var found []store.ConversationEntry
	err = a.read(ctx, func(tx db.Tx, own musika.MerchantID) (err error) {
		found, err = store.ListConversations(ctx, tx, store.ConversationQuery{
			Owner: own, Merchant: in.Merchant, Customer: in.Customer, After: after, Limit: in.Limit + 1,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]Conversation, len(found))
	for i, c := range found {
		out[i] = Conversation{
			ID: c.ID, ChannelID: c.ChannelID, MerchantID: c.MerchantID, CustomerID: c.CustomerID,
			CustomerName: c.CustomerName, CustomerPhone: c.CustomerPhone, LastInboundAt: c.LastInboundAt,
			CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
		}
	}
	return newPage(in.PageInput, l, out, func(c Conversation) store.Position {
		return store.Position{At: c.CreatedAt, ID: string(c.ID)}
	})
}

func (a *API) listMessages(ctx context.Context, in *messageListInput) (*pageOutput[Message], error) {
	l := newList("/api/conversations/"+string(in.ID)+"/messages", nil)
	after, err := in.position(l)
	if err != nil {
		return nil, err
	}
	var found []store.MessageEntry
	err = a.read(ctx, func(tx db.Tx, own musika.MerchantID) (err error) {
		found, err = store.ListMessages(ctx, tx, store.MessageQuery{
			Owner: own, Conversation: in.ID, After: after, Limit: in.Limit + 1,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]Message, len(found))
	for i, m := range found {
		out[i] = Message{
			ID: m.ID, Direction: m.Direction, Kind: m.Kind, State: m.State, Content: m.Content,
			ErrorCode: m.ErrorCode, Error: m.ErrorText, CreatedAt: m.CreatedAt,
			SentAt: m.SentAt, DeliveredAt: m.DeliveredAt, ReadAt: m.ReadAt, seq: m.Seq,
		}
	}
	return newPage(in.PageInput, l, out, func(m Message) store.Position {
		return store.Position{ID: strconv.FormatInt(m.seq, 10)}
	})
}
