package store

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

const cartColumns = `c.id, c.customer_id, c.merchant_id, c.promotion, c.updated_at`

func scanCart(scan func(...any) error) (musika.Cart, error) {
	var c musika.Cart
	err := scan(&c.ID, &c.CustomerID, &c.MerchantID, &c.Promotion, &c.UpdatedAt)
	return c, err
}

const cartOfSQL = `SELECT ` + cartColumns + ` FROM carts c WHERE c.customer_id = $1 AND c.merchant_id = $2`

// CartOf returns a customer's cart at a merchant with its lines, expired or
// not, and false when there has never been one.
func CartOf(ctx context.Context, tx db.Tx, customer musika.CustomerID, merchant musika.MerchantID) (musika.Cart, bool, error) {
	c, ok, err := db.Maybe(ctx, tx, scanCart, cartOfSQL, customer, merchant)
	if err != nil || !ok {
		return c, ok, err
	}
	c.Lines, err = db.All(ctx, tx, scanCartLine, cartLinesSQL, c.ID)
	return c, true, err
}

const cartLinesSQL = `SELECT p.id, p.name, p.category, p.price, p.currency, l.seen_price, l.quantity, p.stock, p.active
	FROM cart_lines l JOIN products p ON p.id = l.product_id
	WHERE l.cart_id = $1 ORDER BY l.added_at, p.name, p.id`

func scanCartLine(scan func(...any) error) (musika.CartLine, error) {
	var l musika.CartLine
	err := scan(&l.ProductID, &l.Name, &l.Category, &l.Price.Amount, &l.Price.Currency, &l.SeenPrice.Amount, &l.Quantity, &l.Stock, &l.Active)
	l.SeenPrice.Currency = l.Price.Currency
	return l, err
}

const cartsOfSQL = `SELECT ` + cartColumns + ` FROM carts c
	WHERE c.customer_id = $1 AND EXISTS (SELECT 1 FROM cart_lines l WHERE l.cart_id = c.id)
	ORDER BY c.updated_at DESC, c.id`

// CartsOf returns a customer's carts that have lines, expired or not, the one
// changed last first.
func CartsOf(ctx context.Context, tx db.Tx, customer musika.CustomerID) ([]musika.Cart, error) {
	carts, err := db.All(ctx, tx, scanCart, cartsOfSQL, customer)
	for i := range carts {
		if err != nil {
			break
		}
		carts[i].Lines, err = db.All(ctx, tx, scanCartLine, cartLinesSQL, carts[i].ID)
	}
	return carts, err
}

const lockCartsSQL = `SELECT id FROM carts WHERE customer_id = $1 ORDER BY id`

// LockCarts keeps other transactions from ordering for the customer until this
// one ends: what is counted per customer (a promotion's uses) holds.
func LockCarts(ctx context.Context, tx db.Tx, customer musika.CustomerID) error {
	_, err := db.All(ctx, tx, db.Value[string], lockCartsSQL+tx.ForUpdate(), customer)
	return err
}

const ensureCartSQL = `INSERT INTO carts (id, customer_id, merchant_id, promotion, created_at, updated_at)
	VALUES ($1, $2, $3, '', $4, $4)
	ON CONFLICT (customer_id, merchant_id) DO UPDATE SET updated_at = EXCLUDED.updated_at RETURNING id`

// TouchCart returns the id of a customer's cart at a merchant, made when there
// is none, and starts its lifetime again. The row is locked by it.
func TouchCart(ctx context.Context, tx db.Tx, customer musika.CustomerID, merchant musika.MerchantID) (musika.CartID, error) {
	return db.One(ctx, tx, "cart", db.Value[musika.CartID], ensureCartSQL, musika.NewID("crt", tx.Now()), customer, merchant, tx.Now())
}

const setCartLineSQL = `INSERT INTO cart_lines (cart_id, product_id, quantity, seen_price, added_at)
	VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = EXCLUDED.quantity, seen_price = EXCLUDED.seen_price`

// SetCartLine stores how many of a product are in a cart, and the price that
// the customer was shown.
func SetCartLine(ctx context.Context, tx db.Tx, cart musika.CartID, product musika.ProductID, quantity int, seen musika.Money) error {
	_, err := tx.Exec(ctx, setCartLineSQL, cart, product, quantity, seen.Amount, tx.Now())
	return err
}

const insertCartLinesSQL = `INSERT INTO cart_lines (cart_id, product_id, quantity, seen_price, added_at) VALUES`

// InsertCartLines stores the lines of an empty cart in their order.
func InsertCartLines(ctx context.Context, tx db.Tx, cart musika.CartID, lines []musika.CartLine) error {
	rows := make([][]any, len(lines))
	for i, l := range lines {
		// Lines are listed by time: a microsecond apart they keep their order.
		rows[i] = []any{cart, l.ProductID, l.Quantity, l.SeenPrice.Amount, tx.Now().Add(microseconds(i - len(lines)))}
	}
	return insertRows(ctx, tx, insertCartLinesSQL, rows)
}

const deleteCartLineSQL = `DELETE FROM cart_lines WHERE cart_id = $1 AND product_id = $2`

// DeleteCartLine takes a product out of a cart.
func DeleteCartLine(ctx context.Context, tx db.Tx, cart musika.CartID, product musika.ProductID) error {
	n, err := tx.Exec(ctx, deleteCartLineSQL, cart, product)
	return changed(n, err, "product in the cart")
}

const (
	deleteCartLinesSQL  = `DELETE FROM cart_lines WHERE cart_id = $1`
	setCartPromotionSQL = `UPDATE carts SET promotion = $2 WHERE id = $1`
)

// EmptyCart takes everything out of a cart, its promotion too. The cart's row
// stays: LockCarts needs it.
func EmptyCart(ctx context.Context, tx db.Tx, cart musika.CartID) error {
	if _, err := tx.Exec(ctx, deleteCartLinesSQL, cart); err != nil {
		return err
	}
	return SetCartPromotion(ctx, tx, cart, "")
}

// SetCartPromotion stores the code to apply at checkout; empty for none.
func SetCartPromotion(ctx context.Context, tx db.Tx, cart musika.CartID, code string) error {
	n, err := tx.Exec(ctx, setCartPromotionSQL, cart, code)
	return changed(n, err, "cart")
}

const openCartsSQL = `SELECT COUNT(*) FROM carts c
	WHERE c.merchant_id = $1 AND c.updated_at >= $2 AND EXISTS (SELECT 1 FROM cart_lines l WHERE l.cart_id = c.id)`

// OpenCarts counts a merchant's carts with lines that have not expired.
func OpenCarts(ctx context.Context, tx db.Tx, merchant musika.MerchantID) (int, error) {
	return db.One(ctx, tx, "cart", db.Value[int], openCartsSQL, merchant, tx.Now().Add(-musika.CartLifetime))
}
