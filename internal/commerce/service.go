// Package commerce holds the rules of buying and selling: catalogue, cart,
// orders, promotions, payments and deliveries. Every method takes the
// transaction it works in; the caller owns it, so several of them, and what the
// bot replies, become true together or not at all.
//
// A refusal (a musika.Error) is decided before anything is written: after one,
// the transaction is still whole and may be used to answer the person.
package commerce

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

// Dependencies is what commerce needs from others.
type Dependencies struct {
	// OrderChanged is called in the transaction that creates or moves an
	// order, after the change is written; ch.From is empty when the order is
	// new. Its error undoes the change. Defaults to doing nothing.
	OrderChanged func(ctx context.Context, tx db.Tx, o musika.Order, ch musika.StatusChange) error
}

// Service is commerce with its dependencies. It keeps no state of its own
// beyond memoised pure functions, and is safe for concurrent use.
type Service struct {
	orderChanged func(ctx context.Context, tx db.Tx, o musika.Order, ch musika.StatusChange) error
	words        wordCache
}

// New returns the service.
func New(d Dependencies) *Service {
	s := &Service{orderChanged: d.OrderChanged}
	if s.orderChanged == nil {
		s.orderChanged = func(context.Context, db.Tx, musika.Order, musika.StatusChange) error { return nil }
	}
	return s
}
