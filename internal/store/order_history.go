package store

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

const countHistorySQL = `SELECT COUNT(*) FROM order_history WHERE order_id = $1`

const insertHistorySQL = `INSERT INTO order_history
	(order_id, position, merchant_id, from_status, to_status, actor, reason, at) VALUES`

// AppendHistory adds steps to an order's history. The order must be locked or
// new.
func AppendHistory(ctx context.Context, tx db.Tx, o musika.Order, steps ...musika.StatusChange) error {
	n, err := db.One(ctx, tx, "history", db.Value[int], countHistorySQL, o.ID)
	if err != nil {
		return err
	}
	rows := make([][]any, len(steps))
	for i, s := range steps {
		actor, err := db.JSON(s.Actor)
		if err != nil {
			return err
		}
		rows[i] = []any{o.ID, n + i + 1, o.MerchantID, s.From, s.To, actor, s.Reason, s.At}
	}
	return insertRows(ctx, tx, insertHistorySQL, rows)
}

const historySQL = `SELECT from_status, to_status, actor, reason, at FROM order_history
	WHERE order_id = $1 ORDER BY position`

// OrderHistory returns an order's steps, its creation first.
func OrderHistory(ctx context.Context, tx db.Tx, order musika.OrderID) ([]musika.StatusChange, error) {
	return db.All(ctx, tx, func(scan func(...any) error) (musika.StatusChange, error) {
		var s musika.StatusChange
		err := scan(&s.From, &s.To, db.FromJSON(&s.Actor), &s.Reason, &s.At)
		return s, err
	}, historySQL, order)
}
