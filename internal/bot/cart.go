package bot

import (
	"context"
	"slices"

	"github.com/musika/musika"
)

// addProduct puts n of a product into the cart and says so.
func (c *Ctx) addProduct(ctx context.Context, id string, n int) error {
	if c.turn.Channel.MerchantID != "" {
		if _, _, ok, err := c.product(ctx, id); !ok || err != nil {
			return err
		}
	}
	if err := c.keepExpired(ctx); err != nil {
		return err
	}
	cart, err := c.shop.AddToCart(ctx, c.tx, c.customer(), musika.ProductID(id), n)
	if musika.CodeOf(err) == musika.CodeNotFound {
		return c.goneProduct(ctx)
	}
	if refusal(err) {
		return c.say(c.explain(err), c.cartButton(), c.menuButton(), c.storesButton())
	}
	if err != nil {
		return err
	}
	line := lineOf(cart, musika.ProductID(id))
	c.turn.Store = cart.MerchantID
	c.canUndo(cart, undoLine{line.ProductID, line.Quantity - n})
	body := c.T("cart.added", "n", n, "name", plain(line.Name), "sum", line.Price.Times(n)) + "\n" + c.cartLine(cart)
	return c.say(body, c.afterAdd(cart.MerchantID, c.menuButton())...)
}

// afterAdd is what to do once something is in the cart. When that began a new
// cart in place of an expired one, the old one's lines can be had back.
func (c *Ctx) afterAdd(store musika.MerchantID, other musika.Button) []musika.Button {
	if old := c.state.Old; old != nil && old.Store == store && old.ID == string(c.turn.MessageID) {
		c.note(c.T("cart.old"))
		other = c.button(replyID("restore", string(store)), "button.restore")
	}
	return []musika.Button{c.checkoutButton(), other, c.undoButton()}
}

// keepExpired remembers what an expired cart holds, because adding to it
// starts a new one. Only a person who was away can have one.
func (c *Ctx) keepExpired(ctx context.Context) error {
	if !c.away {
		return nil
	}
	c.away = false
	old, err := c.shop.Expired(ctx, c.tx, c.customer())
	if err != nil || len(old) == 0 {
		return err
	}
	lines := make([]undoLine, 0, maxUndo)
	for _, l := range old[0].Lines[:min(len(old[0].Lines), maxUndo)] {
		lines = append(lines, undoLine{l.ProductID, l.Quantity})
	}
	c.state.Old = &undo{ID: string(c.turn.MessageID), Store: old[0].MerchantID, Until: c.now.Add(oldLife), Lines: lines}
	return nil
}

// setQuantity makes n of a product be in the cart; 0 takes it out.
func (c *Ctx) setQuantity(ctx context.Context, id string, n int) error {
	p, err := c.shop.Product(ctx, c.tx, musika.ProductID(id))
	if musika.CodeOf(err) == musika.CodeNotFound {
		return c.goneProduct(ctx)
	}
	if err != nil {
		return err
	}
	before, err := c.shop.Cart(ctx, c.tx, c.customer(), p.MerchantID)
	if err != nil {
		return err
	}
	was := lineOf(before, p.ID)
	if was.Quantity == 0 && n == 0 {
		c.note(c.T("cart.notin", "name", plain(p.Name)))
		return c.showCart(ctx, p.MerchantID)
	}
	cart, err := c.shop.SetQuantity(ctx, c.tx, c.customer(), p.ID, n)
	if refusal(err) {
		return c.say(c.explain(err), c.cartButton(), c.menuButton())
	}
	if err != nil {
		return err
	}
	c.turn.Store = p.MerchantID
	c.canUndo(before, undoLine{p.ID, was.Quantity})
	if n > 0 {
		body := c.T("cart.set", "n", n, "name", plain(p.Name)) + "\n" + c.cartLine(cart)
		return c.say(body, c.checkoutButton(), c.cartButton(), c.undoButton())
	}
	body := c.T("cart.removed", "n", was.Quantity, "name", plain(p.Name))
	if len(cart.Lines) == 0 {
		return c.say(body+"\n"+c.T("cart.empty"), c.undoButton(), c.menuButton(), c.storesButton())
	}
	return c.say(body+"\n"+c.cartLine(cart), c.undoButton(), c.cartButton(), c.checkoutButton())
}

// clearCart empties the cart of a store ("" for the one in hand).
func (c *Ctx) clearCart(ctx context.Context, store musika.MerchantID) error {
	cart, _, err := c.cartOf(ctx, store)
	if err != nil {
		return err
	}
	if len(cart.Lines) == 0 || store != "" && cart.MerchantID != store {
		return c.emptyCart(ctx)
	}
	was, err := c.shop.ClearCart(ctx, c.tx, c.customer(), cart.MerchantID)
	if err != nil {
		return err
	}
	lines := make([]undoLine, 0, maxUndo)
	for _, l := range was.Lines[:min(len(was.Lines), maxUndo)] {
		lines = append(lines, undoLine{l.ProductID, l.Quantity})
	}
	c.canUndo(was, lines...)
	return c.say(c.N("cart.cleared", len(was.Lines)), c.undoButton(), c.menuButton(), c.storesButton())
}

// canUndo remembers how lines of cart were before the change just made.
func (c *Ctx) canUndo(cart musika.Cart, lines ...undoLine) {
	c.state.Undo = &undo{
		ID: string(c.turn.MessageID), Store: cart.MerchantID, Until: c.now.Add(undoLife), Lines: lines, Code: cart.Promotion,
	}
}

func (c *Ctx) undoButton() musika.Button {
	return c.button(replyID("undo", string(c.turn.MessageID)), "button.undo")
}

// undo takes the last change of the cart back, within a minute of it.
func (c *Ctx) undo(ctx context.Context, id string) error {
	u := c.state.Undo
	if u == nil || u.ID != id {
		c.note(c.T("undo.late"))
		return c.showCart(ctx, "")
	}
	c.state.Undo = nil
	cart, err := c.putBack(ctx, u)
	if err != nil {
		return err
	}
	c.note(c.T("undo.done"))
	if len(cart.Lines) == 0 {
		return c.say(c.T("cart.empty"), c.menuButton(), c.storesButton())
	}
	return c.showCart(ctx, u.Store)
}

// putBack makes the lines of u as they were, and leaves all others alone.
func (c *Ctx) putBack(ctx context.Context, u *undo) (musika.Cart, error) {
	cart, err := c.shop.Cart(ctx, c.tx, c.customer(), u.Store)
	if err != nil {
		return cart, err
	}
	lines := slices.Clone(cart.Lines)
	for _, l := range u.Lines {
		at := slices.IndexFunc(lines, func(x musika.CartLine) bool { return x.ProductID == l.Product })
		switch {
		case at < 0 && l.Quantity > 0:
			lines = append(lines, musika.CartLine{ProductID: l.Product, Quantity: l.Quantity})
		case at >= 0 && l.Quantity > 0:
			lines[at].Quantity = l.Quantity
		case at >= 0:
			lines = slices.Delete(lines, at, at+1)
		}
	}
	if cart, err = c.putLines(ctx, u.Store, lines); err != nil || u.Code == "" || len(cart.Lines) == 0 || cart.Promotion == u.Code {
		return cart, err
	}
	// The code may not hold any more; the cart is back without it then.
	if _, _, err := c.shop.ApplyPromotion(ctx, c.tx, c.customer(), u.Store, u.Code); err != nil && !refusal(err) {
		return cart, err
	}
	return cart, nil
}

// putLines makes lines the cart's; no lines make it empty.
func (c *Ctx) putLines(ctx context.Context, store musika.MerchantID, lines []musika.CartLine) (musika.Cart, error) {
	if len(lines) == 0 {
		_, err := c.shop.ClearCart(ctx, c.tx, c.customer(), store)
		return musika.Cart{}, err
	}
	return c.shop.PutLines(ctx, c.tx, c.customer(), store, lines)
}

// restore brings a cart back whose time ran out.
func (c *Ctx) restore(ctx context.Context, store musika.MerchantID) error {
	if old := c.state.Old; old != nil && old.Store == store {
		c.state.Old = nil
		if _, err := c.putBack(ctx, old); err != nil {
			return err
		}
		c.note(c.T("cart.restored"))
		return c.showCart(ctx, store)
	}
	old, err := c.expiredCart(ctx, store)
	if err != nil || old == nil {
		return err
	}
	if _, err := c.shop.PutLines(ctx, c.tx, c.customer(), store, old.Lines); err != nil {
		return err
	}
	c.note(c.T("cart.restored"))
	return c.showCart(ctx, store)
}

// drop gives up a cart whose time ran out.
func (c *Ctx) drop(ctx context.Context, store musika.MerchantID) error {
	old, err := c.expiredCart(ctx, store)
	if err != nil || old == nil {
		return err
	}
	if _, err := c.shop.ClearCart(ctx, c.tx, c.customer(), store); err != nil {
		return err
	}
	return c.say(c.T("cart.dropped"), c.menuButton(), c.storesButton())
}

// expiredCart finds a store's cart whose time ran out; nil means that there is
// none any more and the person saw the present one.
func (c *Ctx) expiredCart(ctx context.Context, store musika.MerchantID) (*musika.Cart, error) {
	old, err := c.shop.Expired(ctx, c.tx, c.customer())
	if err != nil {
		return nil, err
	}
	for i := range old {
		if old[i].MerchantID == store && len(old[i].Lines) > 0 {
			return &old[i], nil
		}
	}
	c.note(c.T("cart.norestore"))
	return nil, c.showCart(ctx, store)
}

// fixCart takes out of a cart what cannot be had any more.
func (c *Ctx) fixCart(ctx context.Context, store musika.MerchantID) error {
	cart, err := c.shop.Cart(ctx, c.tx, c.customer(), store)
	if err != nil {
		return err
	}
	if len(cart.Lines) == 0 {
		return c.emptyCart(ctx)
	}
	var lines []musika.CartLine
	for _, l := range cart.Lines {
		if !l.Active || l.Stock == 0 {
			continue
		}
		l.Quantity, l.SeenPrice = min(l.Quantity, l.Stock), l.Price
		lines = append(lines, l)
	}
	if _, err := c.putLines(ctx, store, lines); err != nil {
		return err
	}
	c.note(c.T("cart.fixed"))
	return c.showCart(ctx, store)
}

// lineOf returns a product's line, without quantity when there is none.
func lineOf(cart musika.Cart, id musika.ProductID) musika.CartLine {
	for _, l := range cart.Lines {
		if l.ProductID == id {
			return l
		}
	}
	return musika.CartLine{ProductID: id}
}
