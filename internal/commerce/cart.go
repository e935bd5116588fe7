package commerce

import (
	"context"
	"slices"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// RestorePeriod is how long after its last change an expired cart can be
// restored.
const RestorePeriod = 7 * 24 * time.Hour

// Cart returns a customer's cart at a merchant. There always is one: it has no
// lines when nothing is in it or when it has expired.
func (s *Service) Cart(ctx context.Context, tx db.Tx, customer musika.CustomerID, merchant musika.MerchantID) (musika.Cart, error) {
	cart, ok, err := store.CartOf(ctx, tx, customer, merchant)
	if err != nil || !ok || cart.Expired(tx.Now()) {
		return musika.Cart{ID: cart.ID, CustomerID: customer, MerchantID: merchant, UpdatedAt: tx.Now()}, err
	}
	return cart, nil
}

// Carts returns a customer's carts that have lines and have not expired, the
// one changed last first.
func (s *Service) Carts(ctx context.Context, tx db.Tx, customer musika.CustomerID) ([]musika.Cart, error) {
	carts, err := store.CartsOf(ctx, tx, customer)
	return slices.DeleteFunc(carts, func(c musika.Cart) bool { return c.Expired(tx.Now()) }), err
}

// Expired returns a customer's carts that have expired and can be restored:
// hand their lines to PutLines. Adding to an expired cart starts a new one.
func (s *Service) Expired(ctx context.Context, tx db.Tx, customer musika.CustomerID) ([]musika.Cart, error) {
	carts, err := store.CartsOf(ctx, tx, customer)
	return slices.DeleteFunc(carts, func(c musika.Cart) bool {
		return !c.Expired(tx.Now()) || tx.Now().Sub(c.UpdatedAt) > RestorePeriod
	}), err
}

// AddToCart puts quantity units more of a product into the customer's cart at
// its merchant and returns the cart. It refuses a quantity that is not 1 to
// 99 in all (CodeInvalid), a product that is not sold (CodeNotFound), a closed
// store (CodeStoreClosed, the message says when it opens) and more than is in
// stock (CodeOutOfStock, the message says how many are left).
func (s *Service) AddToCart(ctx context.Context, tx db.Tx, customer musika.CustomerID, product musika.ProductID, quantity int) (musika.Cart, error) {
	if quantity < 1 || quantity > musika.MaxQuantity {
		return musika.Cart{}, refuseQuantity()
	}
	p, m, err := sellable(ctx, tx, product)
	if err != nil {
		return musika.Cart{}, err
	}
	if err := refuseClosed(m, tx.Now()); err != nil {
		return musika.Cart{}, err
	}
	if err := store.LockCarts(ctx, tx, customer); err != nil { // what is read below is added to
		return musika.Cart{}, err
	}
	cart, err := s.Cart(ctx, tx, customer, m.ID)
	if err != nil {
		return cart, err
	}
	had := 0
	if i := lineOf(cart, product); i >= 0 {
		had = cart.Lines[i].Quantity
	}
	switch {
	case had+quantity > musika.MaxQuantity:
		return cart, musika.Errorf(musika.CodeInvalid, "You have %d %s in your cart, and %d is the most. Order the rest separately.", had, p.Name, musika.MaxQuantity)
	case had+quantity > p.Stock:
		return cart, refuseStock(p, had)
	}
	return s.setLine(ctx, tx, cart, p, had+quantity)
}

// SetQuantity makes quantity the units of a product that is in the customer's
// cart; 0 takes it out. It refuses what AddToCart refuses, but taking away is
// always possible.
func (s *Service) SetQuantity(ctx context.Context, tx db.Tx, customer musika.CustomerID, product musika.ProductID, quantity int) (musika.Cart, error) {
	if quantity < 0 || quantity > musika.MaxQuantity {
		return musika.Cart{}, refuseQuantity()
	}
	p, err := store.Product(ctx, tx, product)
	if err != nil {
		return musika.Cart{}, err
	}
	if err := store.LockCarts(ctx, tx, customer); err != nil { // what is read below is added to
		return musika.Cart{}, err
	}
	cart, err := s.Cart(ctx, tx, customer, p.MerchantID)
	if err != nil {
		return cart, err
	}
	i := lineOf(cart, product)
	if i < 0 {
		return cart, musika.Errorf(musika.CodeNotFound, "%s is not in your cart.", p.Name)
	}
	if quantity == 0 {
		if _, err := store.TouchCart(ctx, tx, customer, p.MerchantID); err != nil {
			return cart, err
		}
		if err := store.DeleteCartLine(ctx, tx, cart.ID, product); err != nil {
			return cart, err
		}
		return s.Cart(ctx, tx, customer, p.MerchantID)
	}
	if quantity > cart.Lines[i].Quantity {
		_, m, err := sellable(ctx, tx, product)
		if err != nil {
			return cart, err
		}
		if err := refuseClosed(m, tx.Now()); err != nil {
			return cart, err
		}
		if quantity > p.Stock {
			return cart, refuseStock(p, 0)
		}
	}
	return s.setLine(ctx, tx, cart, p, quantity)
}

// ClearCart empties a customer's cart and returns it as it was, for PutLines
// to undo.
func (s *Service) ClearCart(ctx context.Context, tx db.Tx, customer musika.CustomerID, merchant musika.MerchantID) (was musika.Cart, err error) {
	was, err = s.Cart(ctx, tx, customer, merchant)
	if err != nil || was.ID == "" {
		return was, err
	}
	return was, store.EmptyCart(ctx, tx, was.ID)
}

// PutLines makes lines all that is in a customer's cart, to undo a change or
// restore an expired cart. Of each line ProductID, Quantity and SeenPrice are
// used. What the merchant does not have at all is left out; whether the rest
// can still be bought is for Totals to say.
func (s *Service) PutLines(ctx context.Context, tx db.Tx, customer musika.CustomerID, merchant musika.MerchantID, lines []musika.CartLine) (musika.Cart, error) {
	ids := make([]musika.ProductID, len(lines))
	for i, l := range lines {
		if l.Quantity < 1 || l.Quantity > musika.MaxQuantity {
			return musika.Cart{}, refuseQuantity()
		}
		ids[i] = l.ProductID
	}
	products, err := store.Products(ctx, tx, ids)
	if err != nil {
		return musika.Cart{}, err
	}
	var keep []musika.CartLine
	for _, p := range products {
		if p.MerchantID != merchant {
			continue
		}
		l := lines[slices.IndexFunc(lines, func(l musika.CartLine) bool { return l.ProductID == p.ID })]
		if l.SeenPrice.Amount <= 0 {
			l.SeenPrice = p.Price
		}
		keep = append(keep, l)
	}
	id, err := store.TouchCart(ctx, tx, customer, merchant)
	if err != nil {
		return musika.Cart{}, err
	}
	was, _, err := store.CartOf(ctx, tx, customer, merchant)
	if err != nil {
		return was, err
	}
	if err := store.EmptyCart(ctx, tx, id); err != nil {
		return was, err
	}
	if err := store.InsertCartLines(ctx, tx, id, keep); err != nil {
		return was, err
	}
	if was.Promotion != "" {
		if err := store.SetCartPromotion(ctx, tx, id, was.Promotion); err != nil {
			return was, err
		}
	}
	return s.Cart(ctx, tx, customer, merchant)
}

// setLine stores a line and returns the cart. What an expired cart still holds
// is dropped.
func (s *Service) setLine(ctx context.Context, tx db.Tx, cart musika.Cart, p musika.Product, quantity int) (musika.Cart, error) {
	if len(cart.Lines) == 0 && cart.ID != "" {
		if err := store.EmptyCart(ctx, tx, cart.ID); err != nil {
			return cart, err
		}
	}
	id, err := store.TouchCart(ctx, tx, cart.CustomerID, cart.MerchantID)
	if err != nil {
		return cart, err
	}
	if err := store.SetCartLine(ctx, tx, id, p.ID, quantity, p.Price); err != nil {
		return cart, err
	}
	return s.Cart(ctx, tx, cart.CustomerID, cart.MerchantID)
}

func lineOf(cart musika.Cart, product musika.ProductID) int {
	return slices.IndexFunc(cart.Lines, func(l musika.CartLine) bool { return l.ProductID == product })
}

// sellable returns a product that customers may buy and its merchant.
func sellable(ctx context.Context, tx db.Tx, id musika.ProductID) (musika.Product, musika.Merchant, error) {
	p, err := store.Product(ctx, tx, id)
	if err != nil {
		return p, musika.Merchant{}, err
	}
	m, err := store.Merchant(ctx, tx, p.MerchantID)
	if err != nil {
		return p, m, err
	}
	if !p.Active || m.State != musika.MerchantApproved || p.Price.Currency != m.Currency {
		return p, m, musika.Errorf(musika.CodeNotFound, "%s is no longer sold. Search for something like it.", p.Name)
	}
	return p, m, nil
}
