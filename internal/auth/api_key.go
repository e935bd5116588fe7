// Package auth says who is asking, and for whom they may ask.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// KeyPrefix starts every API key, so that people and secret scanners know one
// when they see it.
const KeyPrefix = "msk_live_"

const hintLength = 4

// Principal is who asks.
type Principal struct {
	Key      musika.APIKeyID
	Merchant musika.MerchantID // empty: the operator, who sees every merchant
}

// Operator reports whether p sees every merchant.
func (p Principal) Operator() bool { return p.Merchant == "" }

// Scope is what a transaction on behalf of p runs in; address is where the
// request came from.
func (p Principal) Scope(address string) db.Scope {
	actor := musika.Actor{Kind: "apikey", ID: string(p.Key), Role: musika.RoleAdmin, Address: address}
	if p.Operator() {
		return db.Service(actor)
	}
	actor.Role = musika.RoleOwner
	return db.Tenant(p.Merchant, actor)
}

// CreateKey makes a key for a merchant, or for the operator when merchant is
// empty, and returns its text: the only time that it is known. The database
// keeps a SHA-256 of it, which is enough for a secret of 130 random bits.
func CreateKey(ctx context.Context, tx db.Tx, merchant musika.MerchantID, name string) (string, store.APIKey, error) {
	text := KeyPrefix + strings.ToLower(rand.Text())
	k := store.APIKey{
		ID:         musika.APIKeyID(musika.NewID("key", tx.Now())),
		MerchantID: merchant,
		Name:       name,
		Hint:       text[len(text)-hintLength:],
		CreatedAt:  tx.Now(),
	}
	return text, k, store.InsertAPIKey(ctx, tx, k, hash(text))
}

// ByKey returns whose key text is. CodeUnauthorized when it is nobody's, or
// was revoked.
func ByKey(ctx context.Context, d *db.DB, text string) (Principal, error) {
	refused := musika.Errorf(musika.CodeUnauthorized, "This API key is not valid. Make one with `musika apikey create`.")
	if !strings.HasPrefix(text, KeyPrefix) || len(text) > 100 {
		return Principal{}, refused
	}
	var k store.APIKey
	var ok bool
	err := d.Read(ctx, db.Service(musika.System), func(tx db.Tx) (err error) {
		k, ok, err = store.APIKeyByHash(ctx, tx, hash(text))
		return err
	})
	switch {
	case err != nil:
		return Principal{}, err
	case !ok:
		return Principal{}, refused
	}
	return Principal{Key: k.ID, Merchant: k.MerchantID}, nil
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
