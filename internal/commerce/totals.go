package commerce

import (
	"context"
	"fmt"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// Totals returns what a cart costs now, and what the customer should know
// before ordering it: prices that changed since they saw them, lines that
// cannot be had, a code that does not hold. Lines that are gone do not count.
func (s *Service) Totals(ctx context.Context, tx db.Tx, customer musika.CustomerID, cart musika.Cart, fulfilment musika.Fulfilment) (musika.Totals, []Problem, error) {
	m, err := store.Merchant(ctx, tx, cart.MerchantID)
	if err != nil {
		return musika.Totals{}, nil, err
	}
	return s.reckon(ctx, tx, customer, m, cart, fulfilment)
}

// reckon computes the totals of a cart whose lines carry the products of now.
func (s *Service) reckon(ctx context.Context, tx db.Tx, customer musika.CustomerID, m musika.Merchant, cart musika.Cart, fulfilment musika.Fulfilment) (musika.Totals, []Problem, error) {
	none := musika.Money{Currency: m.Currency}
	t := musika.Totals{Subtotal: none, Discount: none, Delivery: none, Tax: none, Total: none}
	var lines []musika.CartLine
	var problems []Problem
	for _, l := range cart.Lines {
		p, counts := lineProblem(l, m)
		if p != nil {
			problems = append(problems, *p)
		}
		if counts {
			lines = append(lines, l)
			t.Subtotal = t.Subtotal.Add(l.Total())
		}
	}
	if len(lines) > 0 && t.Subtotal.Amount < m.MinimumOrder {
		least := musika.Money{Amount: m.MinimumOrder, Currency: m.Currency}
		problems = append(problems, Problem{
			Kind: BelowMinimum, Was: t.Subtotal, Now: least, Blocks: true,
			Message: fmt.Sprintf("%s takes orders of %s or more; add %s.", m.Name, least, least.Sub(t.Subtotal)),
		})
	}
	if cart.Promotion != "" && len(lines) > 0 {
		_, off, err := s.checkPromotion(ctx, tx, customer, m, lines, cart.Promotion)
		switch musika.CodeOf(err) {
		case "":
			t.Discount = off
		case musika.CodeConflict, musika.CodeNotFound:
			problems = append(problems, Problem{Kind: NoPromotion, Name: cart.Promotion, Message: musika.MessageOf(err)})
		default:
			return t, nil, err
		}
	}
	goods := t.Subtotal.Sub(t.Discount)
	t.Tax = goods.BasisPoints(m.TaxBasisPoints)
	if fulfilment == musika.Delivery && len(lines) > 0 {
		t.Delivery.Amount = m.DeliveryFee
	}
	t.Total = goods.Add(t.Tax).Add(t.Delivery)
	if t.Total.Amount > musika.MaxAmount {
		problems = append(problems, Problem{
			Kind: TooMuch, Blocks: true,
			Message: "This is more than one order can hold. Split it into smaller orders.",
		})
	}
	return t, problems, nil
}

// lineProblem returns what is the matter with a line, nil for nothing, and
// whether the line counts.
func lineProblem(l musika.CartLine, m musika.Merchant) (*Problem, bool) {
	p := Problem{ProductID: l.ProductID, Name: l.Name, Left: l.Stock, Was: l.SeenPrice, Now: l.Price}
	switch {
	case !l.Active || l.Price.Currency != m.Currency:
		p.Kind, p.Left, p.Blocks = Gone, 0, true
		p.Message = fmt.Sprintf("%s is no longer sold. Take it out to go on.", l.Name)
		return &p, false
	case l.Stock == 0:
		p.Kind, p.Blocks = ShortStock, true
		p.Message = fmt.Sprintf("%s is sold out. Take it out to go on.", l.Name)
	case l.Quantity > l.Stock:
		p.Kind, p.Blocks = ShortStock, true
		p.Message = fmt.Sprintf("Only %d %s left. Take %d or fewer to go on.", l.Stock, l.Name, l.Stock)
	case l.SeenPrice != l.Price:
		p.Kind = PriceChanged
		p.Message = fmt.Sprintf("%s costs %s now, %s before.", l.Name, l.Price, l.SeenPrice)
	default:
		return nil, true
	}
	return &p, true
}
