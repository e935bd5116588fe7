package store

import (
	"context"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

// UnitsSold is how many units of a product were ordered.
type UnitsSold struct {
	ProductID musika.ProductID
	Units     int
}

const bestSellersSQL = `SELECT l.product_id, CAST(SUM(l.quantity) AS BIGINT)
	FROM order_lines l
	JOIN orders o ON o.id = l.order_id
	JOIN products p ON p.id = l.product_id
	JOIN merchants m ON m.id = p.merchant_id
	WHERE o.created_at >= $1 AND o.status <> 'rejected' AND o.status <> 'cancelled' AND p.active AND m.state = 'approved'
	GROUP BY l.product_id ORDER BY 2 DESC, 1 LIMIT $2`

// BestSellers returns the products that customers may see by units ordered
// since a time, most first. Orders that came to nothing do not count.
func BestSellers(ctx context.Context, tx db.Tx, since time.Time, limit int) ([]UnitsSold, error) {
	return db.All(ctx, tx, func(scan func(...any) error) (UnitsSold, error) {
		var u UnitsSold
		err := scan(&u.ProductID, &u.Units)
		return u, err
	}, bestSellersSQL, musika.Instant(since), limit)
}
