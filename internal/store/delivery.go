package store

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

const deliveryColumns = `id, order_id, merchant_id, driver_id, status, created_at, updated_at`

func scanDelivery(scan func(...any) error) (musika.DeliveryTask, error) {
	var d musika.DeliveryTask
	err := scan(&d.ID, &d.OrderID, &d.MerchantID, db.OrZero(&d.DriverID), &d.Status, &d.CreatedAt, &d.UpdatedAt)
	return d, err
}

const insertDeliverySQL = `INSERT INTO delivery_tasks (` + deliveryColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7)`

// InsertDelivery stores the errand of a new order.
func InsertDelivery(ctx context.Context, tx db.Tx, d musika.DeliveryTask) error {
	_, err := tx.Exec(ctx, insertDeliverySQL, d.ID, d.OrderID, d.MerchantID, db.NullIfZero(d.DriverID), d.Status, d.CreatedAt, d.UpdatedAt)
	return err
}

const deliveryByIDSQL = `SELECT ` + deliveryColumns + ` FROM delivery_tasks WHERE id = $1`

// Delivery returns the task with this id.
func Delivery(ctx context.Context, tx db.Tx, id musika.DeliveryID) (musika.DeliveryTask, error) {
	return db.One(ctx, tx, "delivery", scanDelivery, deliveryByIDSQL, id)
}

const deliveryOfSQL = `SELECT ` + deliveryColumns + ` FROM delivery_tasks WHERE order_id = $1`

// DeliveryOf returns an order's task, and false for a pick-up order.
func DeliveryOf(ctx context.Context, tx db.Tx, order musika.OrderID) (musika.DeliveryTask, bool, error) {
	return db.Maybe(ctx, tx, scanDelivery, deliveryOfSQL, order)
}

// LockDeliveryOf returns an order's task and keeps others from changing it
// until the transaction ends; false for a pick-up order.
func LockDeliveryOf(ctx context.Context, tx db.Tx, order musika.OrderID) (musika.DeliveryTask, bool, error) {
	return db.Maybe(ctx, tx, scanDelivery, deliveryOfSQL+tx.ForUpdate(), order)
}

const updateDeliverySQL = `UPDATE delivery_tasks SET driver_id = $3, status = $4, updated_at = $5
	WHERE id = $1 AND merchant_id = $2`

// UpdateDelivery stores a task's driver and status. Whether the move is
// allowed is the caller's to know, with the task locked.
func UpdateDelivery(ctx context.Context, tx db.Tx, d musika.DeliveryTask) error {
	n, err := tx.Exec(ctx, updateDeliverySQL, d.ID, d.MerchantID, db.NullIfZero(d.DriverID), d.Status, tx.Now())
	return changed(n, err, "delivery")
}

const driverDeliveriesSQL = `SELECT d.id, d.order_id, d.merchant_id, d.driver_id, d.status, d.created_at, d.updated_at
	FROM delivery_tasks d JOIN orders o ON o.id = d.order_id
	WHERE d.driver_id = $1 AND d.status IN ('accepted', 'arrived', 'in_transit')
	OR d.status = 'pending' AND o.status IN ('confirmed', 'preparing', 'ready')
	ORDER BY d.created_at, d.id LIMIT $2`

// DriverDeliveries returns the tasks that a driver has under way and those of
// accepted orders that nobody has taken, oldest first.
func DriverDeliveries(ctx context.Context, tx db.Tx, driver musika.UserID, limit int) ([]musika.DeliveryTask, error) {
	return db.All(ctx, tx, scanDelivery, driverDeliveriesSQL, driver, limit)
}
