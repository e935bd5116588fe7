package store

import (
	"context"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

// APIKey is a key of the REST API as it is kept: the key itself is not.
type APIKey struct {
	ID         musika.APIKeyID
	MerchantID musika.MerchantID // empty: the operator's, sees every merchant
	Name       string            // who uses it, for people
	Hint       string            // its last characters, to tell keys apart
	CreatedAt  time.Time
	RevokedAt  time.Time // zero while it is in force
}

const apiKeyColumns = `id, merchant_id, name, hint, created_at, revoked_at`

func scanAPIKey(scan func(...any) error) (APIKey, error) {
	var k APIKey
	err := scan(&k.ID, db.OrZero(&k.MerchantID), &k.Name, &k.Hint, &k.CreatedAt, db.OrZero(&k.RevokedAt))
	return k, err
}

const insertAPIKeySQL = `INSERT INTO api_keys (id, merchant_id, name, hash, hint, created_at)
	VALUES ($1, $2, $3, $4, $5, $6)`

// InsertAPIKey stores a key under the hash of its text.
func InsertAPIKey(ctx context.Context, tx db.Tx, k APIKey, hash string) error {
	_, err := tx.Exec(ctx, insertAPIKeySQL, k.ID, db.NullIfZero(k.MerchantID), k.Name, hash, k.Hint, k.CreatedAt)
	return err
}

const apiKeyByHashSQL = `SELECT ` + apiKeyColumns + ` FROM api_keys WHERE hash = $1 AND revoked_at IS NULL`

// APIKeyByHash returns the key in force with this hash, and false when there
// is none.
func APIKeyByHash(ctx context.Context, tx db.Tx, hash string) (APIKey, bool, error) {
	return db.Maybe(ctx, tx, scanAPIKey, apiKeyByHashSQL, hash)
}

const apiKeysSQL = `SELECT ` + apiKeyColumns + ` FROM api_keys ORDER BY created_at, id`

// APIKeys returns all keys, oldest first, revoked ones included.
func APIKeys(ctx context.Context, tx db.Tx) ([]APIKey, error) {
	return db.All(ctx, tx, scanAPIKey, apiKeysSQL)
}

const revokeAPIKeySQL = `UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL`

// RevokeAPIKey ends a key. It returns CodeNotFound when there is no such key
// in force.
func RevokeAPIKey(ctx context.Context, tx db.Tx, id musika.APIKeyID) error {
	n, err := tx.Exec(ctx, revokeAPIKeySQL, id, tx.Now())
	if err == nil && n == 0 {
		err = musika.Errorf(musika.CodeNotFound, "There is no such API key in force. `musika apikey list` shows them.")
	}
	return err
}
