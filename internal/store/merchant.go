package store

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

const merchantColumns = `id, slug, name, category, description, phone, state, store_state, currency, time_zone,
	open_minute, close_minute, latitude, longitude, area, delivery_fee, delivery_minutes, tax_basis_points,
	minimum_order, featured, rating_sum, rating_count, created_at, updated_at`

func scanMerchant(scan func(...any) error) (musika.Merchant, error) {
	var m musika.Merchant
	err := scan(&m.ID, &m.Slug, &m.Name, &m.Category, &m.Description, &m.Phone, &m.State, &m.StoreState, &m.Currency,
		&m.TimeZone, &m.Hours.Open, &m.Hours.Close, &m.Location.Latitude, &m.Location.Longitude, &m.Area,
		&m.DeliveryFee, &m.DeliveryMinutes, &m.TaxBasisPoints, &m.MinimumOrder, &m.Featured,
		&m.RatingSum, &m.RatingCount, &m.CreatedAt, &m.UpdatedAt)
	return m, err
}

const insertMerchantSQL = `INSERT INTO merchants (` + merchantColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`

// InsertMerchant stores a new merchant. A slug that is taken is a CodeConflict.
func InsertMerchant(ctx context.Context, tx db.Tx, m musika.Merchant) error {
	if _, taken, err := MerchantBySlug(ctx, tx, m.Slug); err != nil {
		return err
	} else if taken {
		return musika.Errorf(musika.CodeConflict, "The short name %q is taken. Choose another.", m.Slug)
	}
	_, err := tx.Exec(ctx, insertMerchantSQL, m.ID, m.Slug, m.Name, m.Category, m.Description, m.Phone, m.State,
		m.StoreState, m.Currency, m.TimeZone, m.Hours.Open, m.Hours.Close, m.Location.Latitude, m.Location.Longitude,
		m.Area, m.DeliveryFee, m.DeliveryMinutes, m.TaxBasisPoints, m.MinimumOrder, m.Featured,
		m.RatingSum, m.RatingCount, m.CreatedAt, m.UpdatedAt)
	return err
}

const merchantByIDSQL = `SELECT ` + merchantColumns + ` FROM merchants WHERE id = $1`

// Merchant returns the merchant with this id.
func Merchant(ctx context.Context, tx db.Tx, id musika.MerchantID) (musika.Merchant, error) {
	return db.One(ctx, tx, "store", scanMerchant, merchantByIDSQL, id)
}

const merchantBySlugSQL = `SELECT ` + merchantColumns + ` FROM merchants WHERE slug = $1`

// MerchantBySlug returns the merchant with this short name, and false when
// there is none.
func MerchantBySlug(ctx context.Context, tx db.Tx, slug string) (musika.Merchant, bool, error) {
	return db.Maybe(ctx, tx, scanMerchant, merchantBySlugSQL, slug)
}

const merchantsByStateSQL = `SELECT ` + merchantColumns + ` FROM merchants WHERE state = $1 ORDER BY name, id`

// Merchants returns the merchants in a state, by name.
func Merchants(ctx context.Context, tx db.Tx, state musika.MerchantState) ([]musika.Merchant, error) {
	return db.All(ctx, tx, scanMerchant, merchantsByStateSQL, state)
}

const updateMerchantSQL = `UPDATE merchants SET name = $2, category = $3, description = $4, phone = $5, state = $6,
	store_state = $7, time_zone = $8, open_minute = $9, close_minute = $10, latitude = $11, longitude = $12,
	area = $13, delivery_fee = $14, delivery_minutes = $15, tax_basis_points = $16, minimum_order = $17,
	featured = $18, updated_at = $19 WHERE id = $1`

// UpdateMerchant stores all of a merchant but its slug, currency and rating,
// which do not change or change by their own functions.
func UpdateMerchant(ctx context.Context, tx db.Tx, m musika.Merchant) error {
	n, err := tx.Exec(ctx, updateMerchantSQL, m.ID, m.Name, m.Category, m.Description, m.Phone, m.State, m.StoreState,
		m.TimeZone, m.Hours.Open, m.Hours.Close, m.Location.Latitude, m.Location.Longitude, m.Area, m.DeliveryFee,
		m.DeliveryMinutes, m.TaxBasisPoints, m.MinimumOrder, m.Featured, tx.Now())
	return changed(n, err, "store")
}

const addRatingSQL = `UPDATE merchants SET rating_sum = rating_sum + $2, rating_count = rating_count + $3 WHERE id = $1`

// AddRating counts stars given in count ratings towards a merchant's average.
func AddRating(ctx context.Context, tx db.Tx, id musika.MerchantID, stars, count int) error {
	n, err := tx.Exec(ctx, addRatingSQL, id, stars, count)
	return changed(n, err, "store")
}
