package commerce

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// OrderFilter narrows a merchant's orders. No Statuses means all, a zero Since
// the beginning. Limit defaults to 20.
type OrderFilter = store.OrderFilter

// Order returns the order with this id, whoever's it is.
func (s *Service) Order(ctx context.Context, tx db.Tx, id musika.OrderID) (musika.Order, error) {
	return store.Order(ctx, tx, id)
}

// OrderByCode returns the order with this code as people type it, whoever's it
// is: in any case, with or without a #.
func (s *Service) OrderByCode(ctx context.Context, tx db.Tx, code string) (musika.Order, error) {
	code = strings.ToUpper(strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(code), "#")))
	return store.OrderByCode(ctx, tx, code)
}

// CustomerOrders returns a customer's latest orders, newest first. Limit
// defaults to 10.
func (s *Service) CustomerOrders(ctx context.Context, tx db.Tx, customer musika.CustomerID, limit int) ([]musika.Order, error) {
	return store.CustomerOrders(ctx, tx, customer, cmp.Or(max(limit, 0), 10))
}

// MerchantOrders returns a page of a merchant's orders, newest first.
func (s *Service) MerchantOrders(ctx context.Context, tx db.Tx, merchant musika.MerchantID, f OrderFilter) ([]musika.Order, error) {
	f.Limit = cmp.Or(max(f.Limit, 0), 20)
	f.Offset = max(f.Offset, 0)
	return store.MerchantOrders(ctx, tx, merchant, f)
}

// History returns an order's steps, its creation first.
func (s *Service) History(ctx context.Context, tx db.Tx, order musika.OrderID) ([]musika.StatusChange, error) {
	return store.OrderHistory(ctx, tx, order)
}

// Reorder puts the lines of a customer's earlier order into their cart at
// today's prices, beside what is there, and returns the cart and what is
// different now: things gone are left out, of things short as many as there
// are go in. Doing it twice is doing it once.
func (s *Service) Reorder(ctx context.Context, tx db.Tx, customer musika.CustomerID, order musika.OrderID) (musika.Cart, []Problem, error) {
	o, err := store.Order(ctx, tx, order)
	if err != nil {
		return musika.Cart{}, nil, err
	}
	if o.CustomerID != customer {
		return musika.Cart{}, nil, musika.Errorf(musika.CodeNotFound, "There is no such order.")
	}
	m, err := store.Merchant(ctx, tx, o.MerchantID)
	if err != nil {
		return musika.Cart{}, nil, err
	}
	if err := refuseClosed(m, tx.Now()); err != nil {
		return musika.Cart{}, nil, err
	}
	cart, err := s.Cart(ctx, tx, customer, o.MerchantID)
	if err != nil {
		return cart, nil, err
	}
	ids := make([]musika.ProductID, len(o.Lines))
	for i, l := range o.Lines {
		ids[i] = l.ProductID
	}
	products, err := store.Products(ctx, tx, ids)
	if err != nil {
		return cart, nil, err
	}
	lines := slices.Clone(cart.Lines)
	var problems []Problem
	for _, p := range products {
		was := o.Lines[slices.IndexFunc(o.Lines, func(l musika.OrderLine) bool { return l.ProductID == p.ID })]
		lines = slices.DeleteFunc(lines, func(l musika.CartLine) bool { return l.ProductID == p.ID })
		line, problem := again(p, was, m)
		if problem != nil {
			problems = append(problems, *problem)
		}
		if line.Quantity > 0 {
			lines = append(lines, line)
		}
	}
	cart, err = s.PutLines(ctx, tx, customer, o.MerchantID, lines)
	return cart, problems, err
}

// again returns the cart line for a product that was ordered before, and what
// is different now.
func again(p musika.Product, was musika.OrderLine, m musika.Merchant) (musika.CartLine, *Problem) {
	line := musika.CartLine{ProductID: p.ID, Quantity: min(was.Quantity, p.Stock, musika.MaxQuantity), SeenPrice: p.Price}
	problem := Problem{ProductID: p.ID, Name: p.Name, Left: p.Stock, Was: was.Price, Now: p.Price}
	switch {
	case !p.Active || p.Price.Currency != m.Currency:
		line.Quantity = 0
		problem.Kind, problem.Left = Gone, 0
		problem.Message = fmt.Sprintf("%s is no longer sold and was left out.", p.Name)
	case p.Stock == 0:
		problem.Kind = ShortStock
		problem.Message = fmt.Sprintf("%s is sold out and was left out.", p.Name)
	case p.Stock < was.Quantity:
		problem.Kind = ShortStock
		problem.Message = fmt.Sprintf("Only %d %s left; %d in your cart.", p.Stock, p.Name, line.Quantity)
	case p.Price != was.Price:
		problem.Kind = PriceChanged
		problem.Message = fmt.Sprintf("%s costs %s now, %s then.", p.Name, p.Price, was.Price)
	default:
		return line, nil
	}
	return line, &problem
}

const longestReview = 1000 // characters

// Rate stores a customer's rating of their own delivered order and counts it
// towards the merchant's average. f.MerchantID and f.CreatedAt are filled in.
// An order that is not theirs is not found; one that is not delivered or has a
// rating already is a CodeConflict.
func (s *Service) Rate(ctx context.Context, tx db.Tx, f musika.Feedback) error {
	f.Text = strings.TrimSpace(f.Text)
	var c musika.Check
	c.That(f.Stars >= 1 && f.Stars <= 5, "stars", "must be 1 to 5")
	c.That(utf8.ValidString(f.Text) && utf8.RuneCountInString(f.Text) <= longestReview, "text", "must have at most %d characters", longestReview)
	if err := c.Err("The rating"); err != nil {
		return err
	}
	o, err := store.LockOrder(ctx, tx, f.OrderID)
	if err != nil {
		return err
	}
	switch {
	case o.CustomerID != f.CustomerID:
		return musika.Errorf(musika.CodeNotFound, "There is no such order.")
	case o.Rated:
		return musika.Errorf(musika.CodeConflict, "You have already rated order %s. Thank you!", o.Code)
	case o.Status != musika.OrderDelivered:
		return musika.Errorf(musika.CodeConflict, "Order %s is %s. You can rate it once it is delivered.", o.Code, statusName(o.Status))
	}
	f.MerchantID, f.CreatedAt = o.MerchantID, tx.Now()
	if _, err := store.InsertFeedback(ctx, tx, f); err != nil {
		return err
	}
	if err := store.MarkRated(ctx, tx, o.CustomerID, o.ID); err != nil {
		return err
	}
	return store.AddRating(ctx, tx, o.MerchantID, f.Stars, 1)
}

// Unrated returns a customer's delivered orders that have no rating, newest
// first, at most ten.
func (s *Service) Unrated(ctx context.Context, tx db.Tx, customer musika.CustomerID) ([]musika.Order, error) {
	return store.UnratedOrders(ctx, tx, customer, 10)
}
