package commerce

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// CheckPromotion returns the promotion of a code and what it takes off the
// cart, or the reason why this customer cannot use it: CodeNotFound for no
// such code, CodeConflict with a message for any rule that it breaks.
func (s *Service) CheckPromotion(ctx context.Context, tx db.Tx, customer musika.CustomerID, cart musika.Cart, code string) (musika.Promotion, musika.Money, error) {
	m, err := store.Merchant(ctx, tx, cart.MerchantID)
	if err != nil {
		return musika.Promotion{}, musika.Money{}, err
	}
	return s.checkPromotion(ctx, tx, customer, m, cart.Lines, code)
}

func (s *Service) checkPromotion(ctx context.Context, tx db.Tx, customer musika.CustomerID, m musika.Merchant, lines []musika.CartLine, code string) (musika.Promotion, musika.Money, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	p, ok, err := store.PromotionByCode(ctx, tx, code)
	if err != nil {
		return p, musika.Money{}, err
	}
	if !ok || !p.Active {
		return p, musika.Money{}, musika.Errorf(musika.CodeNotFound, "There is no promotion %s. Send promo to see the codes that you can use.", code)
	}
	if err := refusePromotion(p, m, tx.Now()); err != nil {
		return p, musika.Money{}, err
	}
	if err := s.refuseUse(ctx, tx, p, customer); err != nil {
		return p, musika.Money{}, err
	}
	off, err := discount(p, m, lines)
	return p, off, err
}

// refusePromotion checks what depends on the store and the time.
func refusePromotion(p musika.Promotion, m musika.Merchant, now time.Time) error {
	switch {
	case p.MerchantID != "" && p.MerchantID != m.ID:
		return musika.Errorf(musika.CodeConflict, "%s is another store's code, not one of %s.", p.Code, m.Name)
	case now.Before(p.StartsAt):
		return musika.Errorf(musika.CodeConflict, "%s starts on %s.", p.Code, date(p.StartsAt, m))
	case !now.Before(p.EndsAt):
		return musika.Errorf(musika.CodeConflict, "%s ended on %s.", p.Code, date(p.EndsAt, m))
	case p.Weekdays != 0 && p.Weekdays&(1<<now.In(m.Zone()).Weekday()) == 0:
		return musika.Errorf(musika.CodeConflict, "%s holds on %s only.", p.Code, weekdays(p.Weekdays))
	case bound(p) && p.Currency != m.Currency:
		return musika.Errorf(musika.CodeConflict, "%s is for prices in %s; %s sells in %s.", p.Code, p.Currency, m.Name, m.Currency)
	case p.Premium: // customers have no premium plan
		return musika.Errorf(musika.CodeConflict, "%s is for premium customers only.", p.Code)
	}
	return nil
}

// bound reports whether p speaks of amounts, which hold in one currency.
func bound(p musika.Promotion) bool {
	return p.Kind == musika.PromotionFixed || p.Cap > 0 || p.Minimum > 0
}

// refuseUse checks what depends on the customer's orders.
func (s *Service) refuseUse(ctx context.Context, tx db.Tx, p musika.Promotion, customer musika.CustomerID) error {
	if p.FirstOrder {
		n, err := store.CountCustomerOrders(ctx, tx, customer, "")
		if err != nil {
			return err
		}
		if n > 0 {
			return musika.Errorf(musika.CodeConflict, "%s is for your first order only.", p.Code)
		}
	}
	if p.MaxUses > 0 {
		n, err := store.CountCustomerOrders(ctx, tx, customer, p.Code)
		if err != nil {
			return err
		}
		if n >= p.MaxUses {
			return musika.Errorf(musika.CodeConflict, "You have used %s %s, which is all.", p.Code, times(n))
		}
	}
	return nil
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// discount returns what p takes off lines at today's prices. The minimum is
// counted over what the promotion applies to.
func discount(p musika.Promotion, m musika.Merchant, lines []musika.CartLine) (musika.Money, error) {
	sum := musika.Money{Currency: m.Currency}
	for _, l := range lines {
		if p.Category == "" || strings.EqualFold(l.Category, p.Category) {
			sum = sum.Add(l.Total())
		}
	}
	if p.Category != "" && sum.IsZero() {
		return musika.Money{}, musika.Errorf(musika.CodeConflict, "%s is for %s only. Add some to use it.", p.Code, p.Category)
	}
	if sum.Amount < p.Minimum {
		least := musika.Money{Amount: p.Minimum, Currency: p.Currency}
		what := "an order"
		if p.Category != "" {
			what = p.Category
		}
		return musika.Money{}, musika.Errorf(musika.CodeConflict, "%s needs %s of %s or more; add %s.", p.Code, what, least, least.Sub(sum))
	}
	off := musika.Money{Amount: p.Value, Currency: m.Currency}
	if p.Kind == musika.PromotionPercent {
		off = sum.BasisPoints(int(p.Value))
	}
	if p.Cap > 0 {
		off.Amount = min(off.Amount, p.Cap)
	}
	off.Amount = max(0, min(off.Amount, sum.Amount))
	return off, nil
}

// ApplyPromotion checks a code against the customer's cart at a merchant,
// keeps it there for checkout, and returns it and what it takes off now. An
// empty code takes the one there off. A refusal leaves the cart as it is.
func (s *Service) ApplyPromotion(ctx context.Context, tx db.Tx, customer musika.CustomerID, merchant musika.MerchantID, code string) (musika.Promotion, musika.Money, error) {
	cart, err := s.Cart(ctx, tx, customer, merchant)
	if err != nil {
		return musika.Promotion{}, musika.Money{}, err
	}
	if strings.TrimSpace(code) == "" {
		if cart.Promotion == "" {
			return musika.Promotion{}, musika.Money{}, nil
		}
		return musika.Promotion{}, musika.Money{}, store.SetCartPromotion(ctx, tx, cart.ID, "")
	}
	if len(cart.Lines) == 0 {
		return musika.Promotion{}, musika.Money{}, musika.Errorf(musika.CodeConflict, "Your cart is empty. Add something first, then use the code.")
	}
	p, off, err := s.CheckPromotion(ctx, tx, customer, cart, code)
	if err != nil {
		return p, off, err
	}
	return p, off, store.SetCartPromotion(ctx, tx, cart.ID, p.Code)
}

// Promotions returns the promotions that a customer can use now, the one that
// ends soonest first; an empty merchant means in any store. Whether a cart is
// large enough or has the right things is not asked.
func (s *Service) Promotions(ctx context.Context, tx db.Tx, customer musika.CustomerID, merchant musika.MerchantID) ([]musika.Promotion, error) {
	running, err := store.RunningPromotions(ctx, tx, merchant)
	if err != nil {
		return nil, err
	}
	stores := map[musika.MerchantID]musika.Merchant{}
	var out []musika.Promotion
	for _, p := range running {
		at := merchant
		if at == "" {
			at = p.MerchantID
		}
		m, known := stores[at]
		switch {
		case at == "": // a platform's promotion and no store in hand: only currency and zone are open
			m = musika.Merchant{Currency: p.Currency, TimeZone: platformZone}
		case !known:
			if m, err = store.Merchant(ctx, tx, at); err != nil {
				return nil, err
			}
			stores[at] = m
		}
		if refusePromotion(p, m, tx.Now()) != nil {
			continue
		}
		err := s.refuseUse(ctx, tx, p, customer)
		if err == nil {
			out = append(out, p)
		} else if musika.CodeOf(err) != musika.CodeConflict {
			return nil, err
		}
	}
	return out, nil
}

// platformZone is where the platform's weekdays are counted.
const platformZone = "Africa/Harare"

// Deals returns the promotions that run now, whoever may use them, the one
// that ends soonest first; an empty merchant means in any store.
func (s *Service) Deals(ctx context.Context, tx db.Tx, merchant musika.MerchantID) ([]musika.Promotion, error) {
	return store.RunningPromotions(ctx, tx, merchant)
}

func date(t time.Time, m musika.Merchant) string {
	return t.In(m.Zone()).Format("2 January 2006 at 15:04")
}

// weekdays names the days of a mask, "Saturday and Sunday". The week starts on
// Monday.
func weekdays(mask int) string {
	var days []string
	for i := range 7 {
		if day := time.Weekday((i + 1) % 7); mask&(1<<day) != 0 {
			days = append(days, day.String())
		}
	}
	if len(days) < 2 {
		return strings.Join(days, "")
	}
	return strings.Join(days[:len(days)-1], ", ") + " and " + days[len(days)-1]
}
