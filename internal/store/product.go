package store

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

const productColumns = `id, merchant_id, sku, name, description, category, price, currency, stock, low_stock, active, created_at, updated_at`

func scanProduct(scan func(...any) error) (musika.Product, error) {
	var p musika.Product
	err := scan(&p.ID, &p.MerchantID, &p.SKU, &p.Name, &p.Description, &p.Category, &p.Price.Amount, &p.Price.Currency,
		&p.Stock, &p.LowStock, &p.Active, &p.CreatedAt, &p.UpdatedAt)
	return p, err
}

const insertProductSQL = `INSERT INTO products (` + productColumns + `, search_name)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`

// InsertProduct stores a new product.
func InsertProduct(ctx context.Context, tx db.Tx, p musika.Product) error {
	_, err := tx.Exec(ctx, insertProductSQL, p.ID, p.MerchantID, p.SKU, p.Name, p.Description, p.Category,
		p.Price.Amount, p.Price.Currency, p.Stock, p.LowStock, p.Active, p.CreatedAt, p.UpdatedAt, SearchName(p.Name))
	return err
}

const updateProductSQL = `UPDATE products SET sku = $3, name = $4, description = $5, category = $6, price = $7,
	currency = $8, stock = $9, low_stock = $10, active = $11, updated_at = $12, search_name = $13
	WHERE id = $1 AND merchant_id = $2`

// UpdateProduct stores all of a merchant's product. Lock it first
// (LockProducts): the stock is overwritten.
func UpdateProduct(ctx context.Context, tx db.Tx, p musika.Product) error {
	n, err := tx.Exec(ctx, updateProductSQL, p.ID, p.MerchantID, p.SKU, p.Name, p.Description, p.Category,
		p.Price.Amount, p.Price.Currency, p.Stock, p.LowStock, p.Active, tx.Now(), SearchName(p.Name))
	return changed(n, err, "product")
}

const productByIDSQL = `SELECT ` + productColumns + ` FROM products WHERE id = $1`

// Product returns the product with this id.
func Product(ctx context.Context, tx db.Tx, id musika.ProductID) (musika.Product, error) {
	return db.One(ctx, tx, "product", scanProduct, productByIDSQL, id)
}

const productBySKUSQL = `SELECT ` + productColumns + ` FROM products
	WHERE merchant_id = $1 AND sku = $2 ORDER BY active DESC, id LIMIT 1`

// ProductBySKU returns a merchant's product with this retailer id, an active
// one first.
func ProductBySKU(ctx context.Context, tx db.Tx, merchant musika.MerchantID, sku string) (musika.Product, error) {
	return db.One(ctx, tx, "product", scanProduct, productBySKUSQL, merchant, sku)
}

// Products returns those of ids that exist, in the order of ids.
func Products(ctx context.Context, tx db.Tx, ids []musika.ProductID) ([]musika.Product, error) {
	return productsIn(ctx, tx, ids, "")
}

// LockProducts returns those of ids that exist and keeps others from changing
// them until the transaction ends. Rows are locked in the order of their ids,
// so that two transactions never wait for each other.
func LockProducts(ctx context.Context, tx db.Tx, ids []musika.ProductID) ([]musika.Product, error) {
	return productsIn(ctx, tx, ids, tx.ForUpdate())
}

func productsIn(ctx context.Context, tx db.Tx, ids []musika.ProductID, lock string) ([]musika.Product, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var w where
	in(&w, "id", ids)
	found, err := db.All(ctx, tx, scanProduct, `SELECT `+productColumns+` FROM products`+w.sql.String()+` ORDER BY id`+lock, w.args...)
	if err != nil {
		return nil, err
	}
	byID := make(map[musika.ProductID]musika.Product, len(found))
	for _, p := range found {
		byID[p.ID] = p
	}
	out := found[:0]
	for _, id := range ids {
		if p, ok := byID[id]; ok {
			out = append(out, p)
			delete(byID, id)
		}
	}
	return out, nil
}

// ProductFilter narrows a list of active products of approved stores.
type ProductFilter struct {
	Merchant musika.MerchantID // empty: all stores
	Category string            // empty: all
	Offset   int
	Limit    int
}

func (f ProductFilter) where() *where {
	var w where
	w.and("p.active AND m.state = ?", musika.MerchantApproved)
	if f.Merchant != "" {
		w.and("p.merchant_id = ?", f.Merchant)
	}
	if f.Category != "" {
		w.and("p.category = ?", f.Category)
	}
	return &w
}

const sellableSQL = ` FROM products p JOIN merchants m ON m.id = p.merchant_id`

// SellableProducts returns a page of what customers may see, by category and
// name, and how many there are in all.
func SellableProducts(ctx context.Context, tx db.Tx, f ProductFilter) ([]musika.Product, int, error) {
	w := f.where()
	total, err := db.One(ctx, tx, "product", db.Value[int], `SELECT COUNT(*)`+sellableSQL+w.sql.String(), w.args...)
	if err != nil || total == 0 {
		return nil, total, err
	}
	page := ` ORDER BY p.category, p.name, p.id LIMIT ` + w.arg(f.Limit) + ` OFFSET ` + w.arg(f.Offset)
	products, err := db.All(ctx, tx, scanProduct, `SELECT p.id, p.merchant_id, p.sku, p.name, p.description, p.category,
		p.price, p.currency, p.stock, p.low_stock, p.active, p.created_at, p.updated_at`+sellableSQL+w.sql.String()+page, w.args...)
	return products, total, err
}

// CategoryCount is a product category and how many products customers see in it.
type CategoryCount struct {
	Name  string
	Count int
}

// SellableCategories returns the categories that customers see, by name.
func SellableCategories(ctx context.Context, tx db.Tx, merchant musika.MerchantID) ([]CategoryCount, error) {
	w := ProductFilter{Merchant: merchant}.where()
	return db.All(ctx, tx, func(scan func(...any) error) (CategoryCount, error) {
		var c CategoryCount
		err := scan(&c.Name, &c.Count)
		return c, err
	}, `SELECT p.category, COUNT(*)`+sellableSQL+w.sql.String()+` GROUP BY p.category ORDER BY p.category`, w.args...)
}

// Searchable is what matching words needs to know of a product.
type Searchable struct {
	ID         musika.ProductID
	SearchName string
	Category   string
	Store      string
}

// SellableNames returns what customers may find by words.
func SellableNames(ctx context.Context, tx db.Tx, merchant musika.MerchantID) ([]Searchable, error) {
	w := ProductFilter{Merchant: merchant}.where()
	return db.All(ctx, tx, func(scan func(...any) error) (Searchable, error) {
		var s Searchable
		err := scan(&s.ID, &s.SearchName, &s.Category, &s.Store)
		return s, err
	}, `SELECT p.id, p.search_name, p.category, m.name`+sellableSQL+w.sql.String()+` ORDER BY p.id`, w.args...)
}

const merchantProductsSQL = `SELECT ` + productColumns + ` FROM products WHERE merchant_id = $1 ORDER BY category, name, id`

// MerchantProducts returns all of a merchant's products, inactive ones too.
func MerchantProducts(ctx context.Context, tx db.Tx, merchant musika.MerchantID) ([]musika.Product, error) {
	return db.All(ctx, tx, scanProduct, merchantProductsSQL, merchant)
}

const lowStockSQL = `SELECT ` + productColumns + ` FROM products
	WHERE merchant_id = $1 AND active AND stock <= low_stock ORDER BY stock, name, id`

// LowStock returns a merchant's active products at or below their threshold.
func LowStock(ctx context.Context, tx db.Tx, merchant musika.MerchantID) ([]musika.Product, error) {
	return db.All(ctx, tx, scanProduct, lowStockSQL, merchant)
}

const takeStockSQL = `UPDATE products SET stock = stock - $3, updated_at = $4
	WHERE id = $1 AND merchant_id = $2 AND stock >= $3 RETURNING ` + productColumns

// TakeStock takes quantity units off a merchant's product and returns it as it
// is then; false when fewer are left, and nothing is taken.
func TakeStock(ctx context.Context, tx db.Tx, merchant musika.MerchantID, id musika.ProductID, quantity int) (musika.Product, bool, error) {
	return db.Maybe(ctx, tx, scanProduct, takeStockSQL, id, merchant, quantity, tx.Now())
}

const returnStockSQL = `UPDATE products SET stock = stock + $3, updated_at = $4
	WHERE id = $1 AND merchant_id = $2 RETURNING ` + productColumns

// ReturnStock puts quantity units back and returns the product as it is then.
func ReturnStock(ctx context.Context, tx db.Tx, merchant musika.MerchantID, id musika.ProductID, quantity int) (musika.Product, error) {
	return db.One(ctx, tx, "product", scanProduct, returnStockSQL, id, merchant, quantity, tx.Now())
}
