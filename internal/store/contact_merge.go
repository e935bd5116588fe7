package store

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

// Rows that are locked before a merge: conversations first, as whoever handles
// a message does.
const (
	lockConversationsOfSQL = `SELECT id FROM conversation_sessions WHERE customer_id = $1 OR customer_id = $2 ORDER BY id`
	lockCustomersSQL       = `SELECT ` + customerColumns + ` FROM customers WHERE id = $1 OR id = $2 ORDER BY id`
)

// mergeStatements give customer $2's rows to customer $1. Where each may have
// one row of a kind, the one that changed last stays.
var mergeStatements = []string{
	// A conversation per channel: the messages of the younger customer's go to
	// the older customer's, which keeps the later time of writing.
	`UPDATE bot_messages SET conversation_id = (
		SELECT o.id FROM conversation_sessions o JOIN conversation_sessions y ON y.channel_id = o.channel_id
		WHERE y.id = bot_messages.conversation_id AND o.customer_id = $1)
	WHERE conversation_id IN (
		SELECT y.id FROM conversation_sessions y JOIN conversation_sessions o ON o.channel_id = y.channel_id
		WHERE y.customer_id = $2 AND o.customer_id = $1)`,
	`UPDATE conversation_sessions SET
		last_inbound_at = (SELECT y.last_inbound_at FROM conversation_sessions y
			WHERE y.customer_id = $2 AND y.channel_id = conversation_sessions.channel_id),
		state = (SELECT y.state FROM conversation_sessions y
			WHERE y.customer_id = $2 AND y.channel_id = conversation_sessions.channel_id),
		merchant_id = (SELECT y.merchant_id FROM conversation_sessions y
			WHERE y.customer_id = $2 AND y.channel_id = conversation_sessions.channel_id)
	WHERE customer_id = $1 AND EXISTS (SELECT 1 FROM conversation_sessions y
		WHERE y.customer_id = $2 AND y.channel_id = conversation_sessions.channel_id AND y.last_inbound_at IS NOT NULL
		AND (conversation_sessions.last_inbound_at IS NULL OR y.last_inbound_at > conversation_sessions.last_inbound_at))`,
	`DELETE FROM conversation_sessions WHERE customer_id = $2 AND channel_id IN (
		SELECT o.channel_id FROM conversation_sessions o WHERE o.customer_id = $1)`,
	`UPDATE conversation_sessions SET customer_id = $1 WHERE customer_id = $2`,
	`UPDATE bot_messages SET customer_id = $1 WHERE customer_id = $2`,
	// A cart per merchant.
	`DELETE FROM carts WHERE customer_id = $2 AND EXISTS (SELECT 1 FROM carts o
		WHERE o.customer_id = $1 AND o.merchant_id = carts.merchant_id AND o.updated_at >= carts.updated_at)`,
	`DELETE FROM carts WHERE customer_id = $1 AND EXISTS (SELECT 1 FROM carts y
		WHERE y.customer_id = $2 AND y.merchant_id = carts.merchant_id)`,
	`UPDATE carts SET customer_id = $1 WHERE customer_id = $2`,
	`UPDATE orders SET customer_id = $1 WHERE customer_id = $2`,
	`UPDATE order_feedback SET customer_id = $1 WHERE customer_id = $2`,
	`UPDATE customer_addresses SET customer_id = $1 WHERE customer_id = $2`,
	`UPDATE contact_addresses SET customer_id = $1 WHERE customer_id = $2`,
}

// MergeCustomers makes two customers one: all that belongs to younger goes to
// older, and younger is no more. What one of them lacks (a phone, a registered
// name) the other gives; who was blocked stays blocked. Jobs that name a
// conversation of younger's find it gone when older had one on that channel.
func MergeCustomers(ctx context.Context, tx db.Tx, older, younger musika.CustomerID) (musika.Customer, error) {
	if older == younger {
		return Customer(ctx, tx, older)
	}
	if _, err := db.All(ctx, tx, db.Value[string], lockConversationsOfSQL+tx.ForUpdate(), older, younger); err != nil {
		return musika.Customer{}, err
	}
	both, err := db.All(ctx, tx, scanCustomer, lockCustomersSQL+tx.ForUpdate(), older, younger)
	if err != nil {
		return musika.Customer{}, err
	}
	if len(both) != 2 {
		return musika.Customer{}, musika.Errorf(musika.CodeNotFound, "There is no such customer.")
	}
	kept, given := both[0], both[1]
	if kept.ID != older {
		kept, given = given, kept
	}
	if given.Registered && !kept.Registered {
		kept.Name, kept.Registered, kept.Language = given.Name, true, given.Language
	}
	if kept.Name == "" {
		kept.Name = given.Name
	}
	if kept.Phone == "" {
		kept.Phone = given.Phone
	}
	kept.Blocked = kept.Blocked || given.Blocked
	for _, statement := range mergeStatements {
		if _, err := tx.Exec(ctx, statement, older, younger); err != nil {
			return kept, err
		}
	}
	if _, err := tx.Exec(ctx, deleteCustomerSQL, younger); err != nil {
		return kept, err
	}
	kept.UpdatedAt = tx.Now()
	return kept, UpdateCustomer(ctx, tx, kept)
}
