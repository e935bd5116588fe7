package store

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

const promotionColumns = `id, merchant_id, code, title, kind, value, currency, cap, minimum, category, weekdays,
	first_order, premium, max_uses, starts_at, ends_at, active`

func scanPromotion(scan func(...any) error) (musika.Promotion, error) {
	var p musika.Promotion
	err := scan(&p.ID, db.OrZero(&p.MerchantID), &p.Code, &p.Title, &p.Kind, &p.Value, &p.Currency, &p.Cap, &p.Minimum,
		&p.Category, &p.Weekdays, &p.FirstOrder, &p.Premium, &p.MaxUses, &p.StartsAt, &p.EndsAt, &p.Active)
	return p, err
}

const insertPromotionSQL = `INSERT INTO promotions (` + promotionColumns + `, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`

// InsertPromotion stores a new promotion. A code that is taken is a
// CodeConflict.
func InsertPromotion(ctx context.Context, tx db.Tx, p musika.Promotion) error {
	if _, taken, err := PromotionByCode(ctx, tx, p.Code); err != nil {
		return err
	} else if taken {
		return musika.Errorf(musika.CodeConflict, "The code %s is taken. Choose another.", p.Code)
	}
	_, err := tx.Exec(ctx, insertPromotionSQL, p.ID, db.NullIfZero(p.MerchantID), p.Code, p.Title, p.Kind, p.Value,
		p.Currency, p.Cap, p.Minimum, p.Category, p.Weekdays, p.FirstOrder, p.Premium, p.MaxUses,
		p.StartsAt, p.EndsAt, p.Active, tx.Now())
	return err
}

const promotionByCodeSQL = `SELECT ` + promotionColumns + ` FROM promotions WHERE code = $1`

// PromotionByCode returns the promotion with this code (upper case), and false
// when there is none.
func PromotionByCode(ctx context.Context, tx db.Tx, code string) (musika.Promotion, bool, error) {
	return db.Maybe(ctx, tx, scanPromotion, promotionByCodeSQL, code)
}

// RunningPromotions returns the promotions that run now: with a merchant, its
// own and the platform's; without, all of approved stores and the platform's.
// Those that end soonest come first.
func RunningPromotions(ctx context.Context, tx db.Tx, merchant musika.MerchantID) ([]musika.Promotion, error) {
	var w where
	w.and("active AND starts_at <= ? AND ends_at > ?", tx.Now(), tx.Now())
	if merchant != "" {
		w.and("(merchant_id IS NULL OR merchant_id = ?)", merchant)
	} else {
		w.and("(merchant_id IS NULL OR merchant_id IN (SELECT m.id FROM merchants m WHERE m.state = ?))", musika.MerchantApproved)
	}
	return db.All(ctx, tx, scanPromotion, `SELECT `+promotionColumns+` FROM promotions`+w.sql.String()+` ORDER BY ends_at, code`, w.args...)
}

const merchantPromotionsSQL = `SELECT ` + promotionColumns + ` FROM promotions
	WHERE merchant_id = $1 ORDER BY active DESC, ends_at DESC, code`

// MerchantPromotions returns all of a merchant's own promotions, active ones
// first.
func MerchantPromotions(ctx context.Context, tx db.Tx, merchant musika.MerchantID) ([]musika.Promotion, error) {
	return db.All(ctx, tx, scanPromotion, merchantPromotionsSQL, merchant)
}

const setPromotionActiveSQL = `UPDATE promotions SET active = $3 WHERE id = $1 AND merchant_id = $2`

// SetPromotionActive starts or stops one of a merchant's promotions.
func SetPromotionActive(ctx context.Context, tx db.Tx, merchant musika.MerchantID, id musika.PromotionID, active bool) error {
	n, err := tx.Exec(ctx, setPromotionActiveSQL, id, merchant, active)
	return changed(n, err, "promotion")
}
