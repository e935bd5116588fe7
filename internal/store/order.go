package store

import (
	"context"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

const orderColumns = `id, code, merchant_id, customer_id, status, fulfilment, address, latitude, longitude,
	payment_method, note, promotion, currency, subtotal, discount, delivery, tax, total, reason, expected_at, rated,
	created_at, updated_at`

func scanOrder(scan func(...any) error) (musika.Order, error) {
	var o musika.Order
	var latitude, longitude *float64
	var currency musika.Currency
	t := &o.Totals
	err := scan(&o.ID, &o.Code, &o.MerchantID, &o.CustomerID, &o.Status, &o.Fulfilment, &o.Address, &latitude, &longitude,
		&o.Payment, &o.Note, &o.Promotion, &currency, &t.Subtotal.Amount, &t.Discount.Amount, &t.Delivery.Amount,
		&t.Tax.Amount, &t.Total.Amount, &o.Reason, &o.ExpectedAt, &o.Rated, &o.CreatedAt, &o.UpdatedAt)
	o.Location = point(latitude, longitude)
	for _, m := range []*musika.Money{&t.Subtotal, &t.Discount, &t.Delivery, &t.Tax, &t.Total} {
		m.Currency = currency
	}
	return o, err
}

const insertOrderSQL = `INSERT INTO orders (` + orderColumns + `, idempotency_key)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`

const insertOrderLinesSQL = `INSERT INTO order_lines (order_id, position, merchant_id, product_id, name, price, quantity) VALUES`

// InsertOrder stores a new order and its lines under an idempotency key that
// is unique per merchant.
func InsertOrder(ctx context.Context, tx db.Tx, o musika.Order, key string) error {
	latitude, longitude := nullPoint(o.Location)
	t := o.Totals
	_, err := tx.Exec(ctx, insertOrderSQL, o.ID, o.Code, o.MerchantID, o.CustomerID, o.Status, o.Fulfilment, o.Address,
		latitude, longitude, o.Payment, o.Note, o.Promotion, t.Total.Currency, t.Subtotal.Amount, t.Discount.Amount,
		t.Delivery.Amount, t.Tax.Amount, t.Total.Amount, o.Reason, o.ExpectedAt, o.Rated, o.CreatedAt, o.UpdatedAt, key)
	if err != nil {
		return err
	}
	rows := make([][]any, len(o.Lines))
	for i, l := range o.Lines {
		rows[i] = []any{o.ID, i + 1, o.MerchantID, l.ProductID, l.Name, l.Price.Amount, l.Quantity}
	}
	return insertRows(ctx, tx, insertOrderLinesSQL, rows)
}

const orderByIDSQL = `SELECT ` + orderColumns + ` FROM orders WHERE id = $1`

// Order returns the order with this id and its lines.
func Order(ctx context.Context, tx db.Tx, id musika.OrderID) (musika.Order, error) {
	return oneOrder(ctx, tx, orderByIDSQL, id)
}

// LockOrder returns the order and keeps others from moving it until the
// transaction ends.
func LockOrder(ctx context.Context, tx db.Tx, id musika.OrderID) (musika.Order, error) {
	return oneOrder(ctx, tx, orderByIDSQL+tx.ForUpdate(), id)
}

const orderByCodeSQL = `SELECT ` + orderColumns + ` FROM orders WHERE code = $1`

// OrderByCode returns the order with this code (upper case) and its lines.
func OrderByCode(ctx context.Context, tx db.Tx, code string) (musika.Order, error) {
	return oneOrder(ctx, tx, orderByCodeSQL, code)
}

const codeTakenSQL = `SELECT COUNT(*) FROM orders WHERE code = $1`

// OrderCodeTaken reports whether an order has this code.
func OrderCodeTaken(ctx context.Context, tx db.Tx, code string) (bool, error) {
	n, err := db.One(ctx, tx, "order", db.Value[int], codeTakenSQL, code)
	return n > 0, err
}

const orderByKeySQL = `SELECT ` + orderColumns + ` FROM orders WHERE merchant_id = $1 AND idempotency_key = $2`

// OrderByKey returns the order that was placed at a merchant under an
// idempotency key, and false when there is none.
func OrderByKey(ctx context.Context, tx db.Tx, merchant musika.MerchantID, key string) (musika.Order, bool, error) {
	orders, err := withLines(ctx, tx, orderByKeySQL, merchant, key)
	if err != nil || len(orders) == 0 {
		return musika.Order{}, false, err
	}
	return orders[0], true, nil
}

const customerOrdersSQL = `SELECT ` + orderColumns + ` FROM orders
	WHERE customer_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2`

// CustomerOrders returns a customer's latest orders, newest first.
func CustomerOrders(ctx context.Context, tx db.Tx, customer musika.CustomerID, limit int) ([]musika.Order, error) {
	return withLines(ctx, tx, customerOrdersSQL, customer, limit)
}

const unratedOrdersSQL = `SELECT ` + orderColumns + ` FROM orders
	WHERE customer_id = $1 AND status = 'delivered' AND rated = $2 ORDER BY created_at DESC, id DESC LIMIT $3`

// UnratedOrders returns a customer's delivered orders without a rating, newest
// first.
func UnratedOrders(ctx context.Context, tx db.Tx, customer musika.CustomerID, limit int) ([]musika.Order, error) {
	return withLines(ctx, tx, unratedOrdersSQL, customer, false, limit)
}

// OrderFilter narrows a merchant's orders.
type OrderFilter struct {
	Statuses []musika.OrderStatus // empty: all
	Since    time.Time            // zero: from the beginning
	Limit    int
	Offset   int
}

// MerchantOrders returns a page of a merchant's orders, newest first.
func MerchantOrders(ctx context.Context, tx db.Tx, merchant musika.MerchantID, f OrderFilter) ([]musika.Order, error) {
	var w where
	w.and("merchant_id = ?", merchant)
	if len(f.Statuses) > 0 {
		in(&w, "status", f.Statuses)
	}
	if !f.Since.IsZero() {
		w.and("created_at >= ?", musika.Instant(f.Since))
	}
	page := ` ORDER BY created_at DESC, id DESC LIMIT ` + w.arg(f.Limit) + ` OFFSET ` + w.arg(f.Offset)
	return withLines(ctx, tx, `SELECT `+orderColumns+` FROM orders`+w.sql.String()+page, w.args...)
}

const setOrderStatusSQL = `UPDATE orders SET status = $3, reason = $4, updated_at = $5 WHERE id = $1 AND merchant_id = $2`

// SetOrderStatus stores an order's status and reason. Whether the move is
// allowed is the caller's to know, with the order locked.
func SetOrderStatus(ctx context.Context, tx db.Tx, o musika.Order) error {
	n, err := tx.Exec(ctx, setOrderStatusSQL, o.ID, o.MerchantID, o.Status, o.Reason, tx.Now())
	return changed(n, err, "order")
}

const markRatedSQL = `UPDATE orders SET rated = $3 WHERE id = $1 AND customer_id = $2`

// MarkRated stores that a customer has rated their order.
func MarkRated(ctx context.Context, tx db.Tx, customer musika.CustomerID, id musika.OrderID) error {
	n, err := tx.Exec(ctx, markRatedSQL, id, customer, true)
	return changed(n, err, "order")
}

const countCustomerOrdersSQL = `SELECT COUNT(*) FROM orders
	WHERE customer_id = $1 AND status <> 'rejected' AND status <> 'cancelled'`

// CountCustomerOrders counts a customer's orders on the platform, without
// those that came to nothing; with a code, only those that used it.
func CountCustomerOrders(ctx context.Context, tx db.Tx, customer musika.CustomerID, code string) (int, error) {
	if code == "" {
		return db.One(ctx, tx, "order", db.Value[int], countCustomerOrdersSQL, customer)
	}
	return db.One(ctx, tx, "order", db.Value[int], countCustomerOrdersSQL+` AND promotion = $2`, customer, code)
}

func oneOrder(ctx context.Context, tx db.Tx, query string, arg any) (musika.Order, error) {
	orders, err := withLines(ctx, tx, query, arg)
	if err == nil && len(orders) == 0 {
		err = musika.Errorf(musika.CodeNotFound, "There is no such order.")
	}
	if err != nil {
		return musika.Order{}, err
	}
	return orders[0], nil
}

// withLines runs a query for orders and adds their lines.
func withLines(ctx context.Context, tx db.Tx, query string, args ...any) ([]musika.Order, error) {
	orders, err := db.All(ctx, tx, scanOrder, query, args...)
	if err != nil || len(orders) == 0 {
		return nil, err
	}
	at := make(map[musika.OrderID]*musika.Order, len(orders))
	ids := make([]musika.OrderID, len(orders))
	for i := range orders {
		ids[i] = orders[i].ID
		at[orders[i].ID] = &orders[i]
	}
	var w where
	in(&w, "order_id", ids)
	_, err = db.All(ctx, tx, func(scan func(...any) error) (struct{}, error) {
		var id musika.OrderID
		var l musika.OrderLine
		if err := scan(&id, &l.ProductID, &l.Name, &l.Price.Amount, &l.Quantity); err != nil {
			return struct{}{}, err
		}
		o := at[id]
		l.Price.Currency = o.Totals.Total.Currency
		o.Lines = append(o.Lines, l)
		return struct{}{}, nil
	}, `SELECT order_id, product_id, name, price, quantity FROM order_lines`+w.sql.String()+` ORDER BY order_id, position`, w.args...)
	return orders, err
}
