package bot

import (
	"context"
	"strconv"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
)

// cartOf returns the cart that is meant: of store if that is named, else of
// the store in hand, else the one changed last. others counts the customer's
// further carts where it had to look.
func (c *Ctx) cartOf(ctx context.Context, store musika.MerchantID) (cart musika.Cart, others int, err error) {
	if store == "" || c.elsewhere(store) {
		store = c.turn.Store
	}
	if store != "" {
		cart, err = c.shop.Cart(ctx, c.tx, c.customer(), store)
		if err != nil && musika.CodeOf(err) != musika.CodeNotFound || len(cart.Lines) > 0 {
			return cart, 0, err
		}
	}
	carts, err := c.shop.Carts(ctx, c.tx, c.customer())
	if err != nil {
		return cart, 0, err
	}
	cart = musika.Cart{}
	for _, one := range carts {
		if len(one.Lines) == 0 || c.elsewhere(one.MerchantID) {
			continue
		}
		if others++; cart.UpdatedAt.Before(one.UpdatedAt) {
			cart = one
		}
	}
	return cart, max(0, others-1), nil
}

// showCart shows a cart with what it costs and what can be done with it.
func (c *Ctx) showCart(ctx context.Context, store musika.MerchantID) error {
	cart, others, err := c.cartOf(ctx, store)
	if err != nil {
		return err
	}
	if len(cart.Lines) == 0 {
		return c.emptyCart(ctx)
	}
	m, err := c.store(ctx, cart.MerchantID)
	if err != nil {
		return err
	}
	c.takeStore(m)
	totals, problems, err := c.shop.Totals(ctx, c.tx, c.customer(), cart, musika.Delivery)
	if err != nil {
		return err
	}
	tail := paragraphs(c.totalLines(totals, cart.Promotion), c.problemLines(problems))
	buttons := []musika.Button{c.checkoutButton()}
	switch {
	case !m.OpenAt(c.now):
		tail = paragraphs(tail, c.T("store.notnow", "name", plain(m.Name), "state", c.openText(m)))
		buttons[0] = c.menuButton()
	case blockedBy(problems, commerce.Gone, commerce.ShortStock):
		buttons[0] = c.button(replyID("fix", string(m.ID)), "button.fix")
	case blocked(problems):
		buttons[0] = c.menuButton()
	}
	if others > 0 {
		tail = paragraphs(tail, c.N("cart.others", others))
	}
	buttons = append(buttons, c.button(replyID("edit"), "button.edit"), c.button(replyID("clear", string(m.ID)), "button.clear"))
	head := bold(m.Name)
	c.reply(c.buttons(paragraphs(head, c.cartLines(cart, maxBody-units(head)-units(tail)-c.noteUnits()-8), tail), buttons...))
	return nil
}

// noteUnits is the room that the notes will take.
func (c *Ctx) noteUnits() int {
	n := 0
	for _, s := range c.notes {
		n += units(s) + 2
	}
	return n
}

// emptyCart answers that there is nothing in a cart, and offers to bring back
// one that ran out of time.
func (c *Ctx) emptyCart(ctx context.Context) error {
	old, err := c.shop.Expired(ctx, c.tx, c.customer())
	if err != nil {
		return err
	}
	for _, cart := range old {
		if len(cart.Lines) > 0 && !c.elsewhere(cart.MerchantID) {
			return c.offerRestore(ctx, cart)
		}
	}
	return c.say(c.T("cart.empty"), c.menuButton(), c.storesButton(), c.ordersButton())
}

// offerRestore shows a cart whose time ran out.
func (c *Ctx) offerRestore(ctx context.Context, cart musika.Cart) error {
	m, err := c.store(ctx, cart.MerchantID)
	if err != nil {
		return err
	}
	head := c.T("cart.expired", "name", plain(m.Name), "hours", int(musika.CartLifetime/time.Hour))
	return c.say(paragraphs(head, c.cartLines(cart, maxBody-units(head)-c.noteUnits()-8)),
		c.button(replyID("restore", string(m.ID)), "button.restore"),
		c.button(replyID("drop", string(m.ID)), "button.drop"),
		c.menuButton())
}

// cartLines writes one line per product, in at most room units.
func (c *Ctx) cartLines(cart musika.Cart, room int) string {
	var lines []string
	for _, l := range cart.Lines {
		lines = append(lines, c.T("line", "n", l.Quantity, "name", plain(cut(l.Name, 60)), "sum", l.Total()))
	}
	return fitLines(lines, room, func(n int) string { return c.N("lines.more", n) })
}

// totalLines writes how a sum comes about.
func (v voice) totalLines(t musika.Totals, promotion string) string {
	lines := v.T("total.subtotal", "sum", t.Subtotal)
	if !t.Discount.IsZero() {
		lines += "\n" + v.T("total.discount", "code", plain(cut(promotion, 20)), "sum", musika.Money{Currency: t.Discount.Currency}.Sub(t.Discount))
	}
	if !t.Delivery.IsZero() {
		lines += "\n" + v.T("total.delivery", "sum", t.Delivery)
	}
	if !t.Tax.IsZero() {
		lines += "\n" + v.T("total.tax", "sum", t.Tax)
	}
	return lines + "\n" + v.T("total.total", "sum", t.Total)
}

// problemLines says what is the matter with a cart.
func (v voice) problemLines(problems []commerce.Problem) string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, "⚠️ "+v.problemText(p))
	}
	return fitLines(lines, 400, func(n int) string { return v.N("lines.more", n) })
}

func (v voice) problemText(p commerce.Problem) string {
	name := plain(cut(p.Name, 60))
	switch {
	case p.Kind == commerce.PriceChanged:
		return v.T("problem.price", "name", name, "was", p.Was, "now", p.Now)
	case p.Kind == commerce.ShortStock && p.Left > 0:
		return v.N("problem.short", p.Left, "name", name)
	case p.Kind == commerce.ShortStock:
		return v.T("problem.soldout", "name", name)
	case p.Kind == commerce.Gone:
		return v.T("problem.gone", "name", name)
	case p.Kind == commerce.BelowMinimum:
		return v.T("problem.minimum", "min", p.Now, "more", p.Now.Sub(p.Was))
	case p.Kind == commerce.TooMuch:
		return v.T("problem.toomuch")
	case p.Kind == commerce.NoPromotion && v.lang != musika.English:
		return v.T("problem.promotion", "code", name)
	}
	return plain(p.Message)
}

// blocked reports whether a problem keeps an order from being placed.
func blocked(problems []commerce.Problem) bool {
	for _, p := range problems {
		if p.Blocks {
			return true
		}
	}
	return false
}

// blockedBy reports whether a problem of one of these kinds does.
func blockedBy(problems []commerce.Problem, kinds ...commerce.ProblemKind) bool {
	for _, p := range problems {
		for _, k := range kinds {
			if p.Blocks && p.Kind == k {
				return true
			}
		}
	}
	return false
}

// cartLine says in one line what is in a cart.
func (c *Ctx) cartLine(cart musika.Cart) string {
	var all []musika.Money
	n := 0
	for _, l := range cart.Lines {
		all, n = append(all, l.Total()), n+l.Quantity
	}
	return c.N("cart.summary", n, "sum", c.sum(all))
}

// showEdit lists the lines of the cart to pick one to change.
func (c *Ctx) showEdit(ctx context.Context, page int) error {
	cart, _, err := c.cartOf(ctx, "")
	if err != nil {
		return err
	}
	if len(cart.Lines) == 0 {
		return c.emptyCart(ctx)
	}
	var rows []musika.Row
	for i, l := range cart.Lines {
		rows = append(rows, musika.Row{
			ID: replyID("line", string(l.ProductID)), Title: strconv.Itoa(i+1) + ". " + l.Name,
			Description: strconv.Itoa(l.Quantity) + " × " + l.Price.Format(c.lang) + " = " + l.Total().Format(c.lang),
		})
	}
	rows = c.page(rows, page, func(p int) string { return replyID("edit", strconv.Itoa(p)) })
	c.reply(c.list(c.T("edit.body"), c.T("list.edit"), musika.Section{Rows: rows}))
	return nil
}
