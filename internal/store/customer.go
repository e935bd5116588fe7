package store

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

const customerColumns = `id, name, registered, phone, language, blocked, created_at, updated_at`

func scanCustomer(scan func(...any) error) (musika.Customer, error) {
	var c musika.Customer
	err := scan(&c.ID, &c.Name, &c.Registered, &c.Phone, &c.Language, &c.Blocked, &c.CreatedAt, &c.UpdatedAt)
	return c, err
}

const insertCustomerSQL = `INSERT INTO customers (` + customerColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// InsertCustomer stores a new customer, without addresses.
func InsertCustomer(ctx context.Context, tx db.Tx, c musika.Customer) error {
	_, err := tx.Exec(ctx, insertCustomerSQL, c.ID, c.Name, c.Registered, c.Phone, c.Language, c.Blocked, c.CreatedAt, c.UpdatedAt)
	return err
}

const customerByIDSQL = `SELECT ` + customerColumns + ` FROM customers WHERE id = $1`

// Customer returns the customer with this id.
func Customer(ctx context.Context, tx db.Tx, id musika.CustomerID) (musika.Customer, error) {
	return db.One(ctx, tx, "customer", scanCustomer, customerByIDSQL, id)
}

const customerAtSQL = `SELECT c.id, c.name, c.registered, c.phone, c.language, c.blocked, c.created_at, c.updated_at
	FROM customers c JOIN contact_addresses a ON a.customer_id = c.id WHERE a.kind = $1 AND a.value = $2`

// CustomerByAddress returns whom an address belongs to, and false when nobody
// is known there. It changes nothing; see CustomerAt.
func CustomerByAddress(ctx context.Context, tx db.Tx, a musika.Address) (musika.Customer, bool, error) {
	return db.Maybe(ctx, tx, scanCustomer, customerAtSQL, a.Kind, a.Value)
}

const personSQL = `SELECT c.id, c.name, c.registered, c.phone, c.language, c.blocked, c.created_at, c.updated_at,
	u.id, u.phone, u.name, u.role, u.merchant_id, u.created_at
	FROM customers c LEFT JOIN users u ON u.phone = c.phone WHERE c.id = $1`

// Person returns a customer and their role beyond customer's, nil for most.
func Person(ctx context.Context, tx db.Tx, id musika.CustomerID) (musika.Customer, *musika.User, error) {
	type person struct {
		customer musika.Customer
		user     musika.User
	}
	p, err := db.One(ctx, tx, "customer", func(scan func(...any) error) (person, error) {
		var p person
		c, u := &p.customer, &p.user
		err := scan(&c.ID, &c.Name, &c.Registered, &c.Phone, &c.Language, &c.Blocked, &c.CreatedAt, &c.UpdatedAt,
			db.OrZero(&u.ID), db.OrZero(&u.Phone), db.OrZero(&u.Name), db.OrZero(&u.Role), db.OrZero(&u.MerchantID), db.OrZero(&u.CreatedAt))
		return p, err
	}, personSQL, id)
	if err != nil || p.user.ID == "" {
		return p.customer, nil, err
	}
	return p.customer, &p.user, nil
}

const updateCustomerSQL = `UPDATE customers
	SET name = $2, registered = $3, phone = $4, language = $5, blocked = $6, updated_at = $7 WHERE id = $1`

// UpdateCustomer stores a customer's name, phone, language and marks.
func UpdateCustomer(ctx context.Context, tx db.Tx, c musika.Customer) error {
	n, err := tx.Exec(ctx, updateCustomerSQL, c.ID, c.Name, c.Registered, c.Phone, c.Language, c.Blocked, tx.Now())
	return changed(n, err, "customer")
}

const contactAddressesSQL = `SELECT kind, value FROM contact_addresses WHERE customer_id = $1 ORDER BY kind, value`

// ContactAddresses returns how transports reach a customer.
func ContactAddresses(ctx context.Context, tx db.Tx, id musika.CustomerID) ([]musika.Address, error) {
	return db.All(ctx, tx, func(scan func(...any) error) (musika.Address, error) {
		var a musika.Address
		err := scan(&a.Kind, &a.Value)
		return a, err
	}, contactAddressesSQL, id)
}

const insertDeliveryAddressSQL = `INSERT INTO customer_addresses (id, customer_id, label, body, latitude, longitude, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7)`

// InsertDeliveryAddress stores a place that a customer has things brought to.
func InsertDeliveryAddress(ctx context.Context, tx db.Tx, a musika.DeliveryAddress) error {
	latitude, longitude := nullPoint(a.Location)
	_, err := tx.Exec(ctx, insertDeliveryAddressSQL, a.ID, a.CustomerID, a.Label, a.Text, latitude, longitude, a.CreatedAt)
	return err
}

const deliveryAddressesSQL = `SELECT id, customer_id, label, body, latitude, longitude, created_at
	FROM customer_addresses WHERE customer_id = $1 ORDER BY created_at DESC, id DESC`

// DeliveryAddresses returns a customer's places, newest first.
func DeliveryAddresses(ctx context.Context, tx db.Tx, customer musika.CustomerID) ([]musika.DeliveryAddress, error) {
	return db.All(ctx, tx, func(scan func(...any) error) (musika.DeliveryAddress, error) {
		var a musika.DeliveryAddress
		var latitude, longitude *float64
		err := scan(&a.ID, &a.CustomerID, &a.Label, &a.Text, &latitude, &longitude, &a.CreatedAt)
		a.Location = point(latitude, longitude)
		return a, err
	}, deliveryAddressesSQL, customer)
}

const deleteDeliveryAddressSQL = `DELETE FROM customer_addresses WHERE id = $1 AND customer_id = $2`

// DeleteDeliveryAddress removes one of a customer's places.
func DeleteDeliveryAddress(ctx context.Context, tx db.Tx, customer musika.CustomerID, id musika.AddressID) error {
	n, err := tx.Exec(ctx, deleteDeliveryAddressSQL, id, customer)
	return changed(n, err, "address")
}
