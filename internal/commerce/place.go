package commerce

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// Placement is a customer's wish to order what is in their cart at a merchant.
type Placement struct {
	Customer   musika.CustomerID
	Merchant   musika.MerchantID
	Fulfilment musika.Fulfilment
	Address    string        // for a delivery: where to; may be empty when Location is set
	Location   *musika.Point // for a delivery: where to
	Payment    musika.PaymentMethod
	Note       string // for the merchant
	// Key makes the placement happen once: the same merchant and key again
	// return the order that is there. Required.
	Key string
	// Expected is the total that the customer confirmed. When it is another
	// now, the order is refused with a *TotalChanged. The zero value is not
	// compared.
	Expected musika.Money
	// Actor is who places the order. Defaults to the customer.
	Actor musika.Actor
}

const (
	longestAddress = 300  // characters
	longestNote    = 1000 // characters
	longestKey     = 200  // bytes
)

// Validate checks what can be checked without the database.
func (p *Placement) Validate() error {
	var c musika.Check
	c.That(p.Customer != "", "customer", "is missing")
	c.That(p.Merchant != "", "merchant", "is missing")
	c.That(p.Key != "" && len(p.Key) <= longestKey, "key", "must have 1 to %d bytes", longestKey)
	c.That(p.Fulfilment == musika.Delivery || p.Fulfilment == musika.Pickup, "fulfilment", "must be delivery or pickup")
	c.That(slices.Contains(musika.PaymentMethods, p.Payment), "payment", "must be cash, ecocash, card or transfer")
	c.That(p.Fulfilment != musika.Delivery || strings.TrimSpace(p.Address) != "" || p.Location != nil, "address", "is needed for a delivery")
	c.That(utf8.ValidString(p.Address) && utf8.RuneCountInString(p.Address) <= longestAddress, "address", "must have at most %d characters", longestAddress)
	c.That(utf8.ValidString(p.Note) && utf8.RuneCountInString(p.Note) <= longestNote, "note", "must have at most %d characters", longestNote)
	c.That(p.Location == nil || p.Location.Valid(), "location", "must be degrees on Earth")
	return c.Err("The order")
}

// TotalChanged is the cause of a CodeConflict error: the order costs Totals
// now, not what the customer confirmed. Ask them again.
type TotalChanged struct {
	Expected musika.Money
	Totals   musika.Totals
	Problems []Problem // why, where it is known
}

// Error says what changed.
func (e *TotalChanged) Error() string {
	return fmt.Sprintf("the total is %s, not %s", e.Totals.Total, e.Expected)
}

// Place makes an order of what is in a customer's cart at a merchant, takes
// its stock, and empties the cart. The same merchant and key again return the
// first order with created false.
//
// Refusals, decided before anything is written: CodeInvalid, CodeStoreClosed,
// CodeOutOfStock, and CodeConflict for an empty cart, for a line that is no
// longer sold, for a total below the store's minimum, for a key that another
// customer used, and for a total other than the one expected (*TotalChanged).
func (s *Service) Place(ctx context.Context, tx db.Tx, p Placement) (order musika.Order, created bool, err error) {
	if err := p.Validate(); err != nil {
		return order, false, err
	}
	// From here on this customer's other orders wait: their number is counted
	// below, and a second order under the same key finds the first.
	if err := store.LockCarts(ctx, tx, p.Customer); err != nil {
		return order, false, err
	}
	if order, ok, err := store.OrderByKey(ctx, tx, p.Merchant, p.Key); err != nil || ok {
		if ok && order.CustomerID != p.Customer {
			return musika.Order{}, false, musika.Errorf(musika.CodeConflict, "This idempotency key belongs to another order. Use a new one.")
		}
		return order, false, err
	}
	m, err := store.Merchant(ctx, tx, p.Merchant)
	if err != nil {
		return order, false, err
	}
	cart, err := s.Cart(ctx, tx, p.Customer, p.Merchant)
	if err != nil {
		return order, false, err
	}
	if len(cart.Lines) == 0 {
		return order, false, musika.Errorf(musika.CodeConflict, "Your cart at %s is empty. Add something first.", m.Name)
	}
	if err := refuseClosed(m, tx.Now()); err != nil {
		return order, false, err
	}
	if err := lockLines(ctx, tx, &cart); err != nil {
		return order, false, err
	}
	totals, problems, err := s.reckon(ctx, tx, p.Customer, m, cart, p.Fulfilment)
	if err != nil {
		return order, false, err
	}
	if err := refuseProblems(p.Expected, totals, problems); err != nil {
		return order, false, err
	}
	if hasProblem(problems, NoPromotion) {
		cart.Promotion = ""
	}
	order, err = s.write(ctx, tx, p, m, cart, totals)
	return order, err == nil, err
}

// lockLines locks the products of a cart and brings its lines up to date.
func lockLines(ctx context.Context, tx db.Tx, cart *musika.Cart) error {
	ids := make([]musika.ProductID, len(cart.Lines))
	for i, l := range cart.Lines {
		ids[i] = l.ProductID
	}
	products, err := store.LockProducts(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, p := range products {
		l := &cart.Lines[lineOf(*cart, p.ID)]
		l.Name, l.Category, l.Price, l.Stock, l.Active = p.Name, p.Category, p.Price, p.Stock, p.Active
	}
	return nil
}

// refuseProblems turns what keeps a cart from being ordered into an error.
func refuseProblems(expected musika.Money, totals musika.Totals, problems []Problem) error {
	var refusal *musika.Error
	for _, p := range problems {
		if !p.Blocks {
			continue
		}
		if refusal == nil {
			code := musika.CodeConflict
			if p.Kind == ShortStock {
				code = musika.CodeOutOfStock
			}
			refusal = musika.Errorf(code, "%s", p.Message)
		}
		refusal.Fields = append(refusal.Fields, musika.FieldError{Field: string(p.ProductID), Message: p.Message})
	}
	if refusal != nil {
		return refusal
	}
	if expected != (musika.Money{}) && expected != totals.Total {
		return musika.Errorf(musika.CodeConflict, "The total is %s now, not %s. Please confirm again.", totals.Total, expected).
			Wrap(&TotalChanged{Expected: expected, Totals: totals, Problems: problems})
	}
	return nil
}

func hasProblem(problems []Problem, kind ProblemKind) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Kind == kind })
}

// write stores an order that nothing stands against.
func (s *Service) write(ctx context.Context, tx db.Tx, p Placement, m musika.Merchant, cart musika.Cart, totals musika.Totals) (musika.Order, error) {
	now := tx.Now()
	code, err := freeCode(ctx, tx)
	if err != nil {
		return musika.Order{}, err
	}
	o := musika.Order{
		ID: musika.OrderID(musika.NewID("ord", now)), Code: code, MerchantID: m.ID, CustomerID: p.Customer,
		Status: musika.OrderPending, Fulfilment: p.Fulfilment, Payment: p.Payment, Note: strings.TrimSpace(p.Note),
		Promotion: cart.Promotion, Totals: totals, CreatedAt: now, UpdatedAt: now,
		ExpectedAt: now.Add(time.Duration(m.DeliveryMinutes) * time.Minute),
	}
	if p.Fulfilment == musika.Delivery {
		o.Address, o.Location = strings.TrimSpace(p.Address), p.Location
	}
	for _, l := range cart.Lines {
		o.Lines = append(o.Lines, musika.OrderLine{ProductID: l.ProductID, Name: l.Name, Price: l.Price, Quantity: l.Quantity})
	}
	store.Emit(ctx, tx, m.ID, musika.OrderCreated{Order: o})
	for _, l := range o.Lines {
		left, ok, err := store.TakeStock(ctx, tx, m.ID, l.ProductID, l.Quantity)
		if err != nil {
			return o, err
		}
		if !ok { // the row is locked and was looked at: a defect, and nothing may be kept
			return o, musika.Errorf(musika.CodeInternal, "The stock of %s changed under its lock.", l.ProductID)
		}
		emitProduct(ctx, tx, left)
	}
	if err := store.InsertOrder(ctx, tx, o, p.Key); err != nil {
		return o, err
	}
	if err := store.InsertPayment(ctx, tx, musika.Payment{
		ID: musika.PaymentID(musika.NewID("pay", now)), OrderID: o.ID, MerchantID: m.ID, Method: o.Payment,
		Status: musika.PaymentPending, Amount: totals.Total, CreatedAt: now, UpdatedAt: now,
	}); err != nil {
		return o, err
	}
	if o.Fulfilment == musika.Delivery {
		if err := store.InsertDelivery(ctx, tx, musika.DeliveryTask{
			ID: musika.DeliveryID(musika.NewID("dlv", now)), OrderID: o.ID, MerchantID: m.ID,
			Status: musika.DeliveryPending, CreatedAt: now, UpdatedAt: now,
		}); err != nil {
			return o, err
		}
	}
	if p.Actor == (musika.Actor{}) {
		p.Actor = musika.Actor{Kind: "customer", ID: string(p.Customer), Role: musika.RoleCustomer}
	}
	change := musika.StatusChange{To: o.Status, Actor: p.Actor, At: now}
	if err := store.AppendHistory(ctx, tx, o, change); err != nil {
		return o, err
	}
	if err := store.EmptyCart(ctx, tx, cart.ID); err != nil {
		return o, err
	}
	return o, s.orderChanged(ctx, tx, o, change)
}

// freeCode returns a code that no order has. Two transactions that draw the
// same one of 481 million at once are told apart by the unique index.
func freeCode(ctx context.Context, tx db.Tx) (string, error) {
	for range 10 {
		code := musika.NewCode()
		if taken, err := store.OrderCodeTaken(ctx, tx, code); err != nil || !taken {
			return code, err
		}
	}
	return "", musika.Errorf(musika.CodeInternal, "Ten order codes in a row were taken.")
}

func emitProduct(ctx context.Context, tx db.Tx, p musika.Product) {
	store.Emit(ctx, tx, p.MerchantID, musika.ProductUpdated{
		ProductID: p.ID, Name: p.Name, Stock: p.Stock, Price: p.Price, Active: p.Active,
	})
}
