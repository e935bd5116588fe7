package bot

import (
	"context"
	"slices"
	"strings"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
)

// orderWords puts what plain words name into the cart: what is clear at once,
// with undo; what could be several things becomes a list. sure says that the
// person said that they want something; otherwise words that name nothing are
// left alone.
func (c *Ctx) orderWords(ctx context.Context, text string, sure bool) error {
	requests := commerce.ParseItems(readable(text))
	if len(requests) == 0 {
		if sure {
			return c.browse(ctx)
		}
		return c.shrug()
	}
	found, err := c.shop.Resolve(ctx, c.tx, c.turn.Store, requests)
	if err != nil {
		return err
	}
	some := slices.ContainsFunc(found, func(r commerce.Resolution) bool { return len(r.Matches) > 0 })
	switch {
	case !some && !sure && requests[0].Quantity == 1:
		return c.shrug()
	case !some:
		return c.nothingFound(ctx, requests[0].Words)
	case !sure && !allFound(found):
		// Some word of what may be a mere remark fits a product: show, add nothing.
		i := slices.IndexFunc(found, func(r commerce.Resolution) bool { return len(r.Matches) > 0 })
		c.listMatches(found[i].Matches, found[i].Words, c.turn.Store, 0)
		return nil
	}
	return c.addResolved(ctx, found)
}

func allFound(found []commerce.Resolution) bool {
	return !slices.ContainsFunc(found, func(r commerce.Resolution) bool { return len(r.Matches) == 0 })
}

// nothingFound offers to look further for words that no product is like.
func (c *Ctx) nothingFound(ctx context.Context, words string) error {
	body := c.T("search.none", "words", plain(cut(words, 60)))
	if c.turn.Store != "" {
		m, err := c.store(ctx, c.turn.Store)
		if err != nil {
			return err
		}
		body = c.T("search.none.here", "words", plain(cut(words, 60)), "name", plain(m.Name))
	}
	if c.turn.Store == "" || c.turn.Channel.MerchantID != "" {
		return c.say(body, c.menuButton(), c.button(replyID("cats", string(c.turn.Store)), "button.categories"), c.helpButton())
	}
	all := c.button(replyID("search", "", "0", cut(words, 60)), "button.searchall")
	return c.say(body, all, c.menuButton(), c.storesButton())
}

// maxAdds is the most kinds of goods that one message puts into the cart.
const maxAdds = 15

// wanted is a product and how many of it a message asks for.
type wanted struct {
	product  musika.Product
	quantity int
}

// sortOut tells what is clear from what is not, and from what is not to be
// had. The same thing asked for twice counts together.
func sortOut(found []commerce.Resolution) (known []wanted, unclear []commerce.Resolution, missing []string) {
	for _, r := range found {
		switch {
		case len(r.Matches) == 0:
			missing = append(missing, plain(cut(r.Words, 40)))
			continue
		case !r.Clear:
			if !slices.ContainsFunc(unclear, func(u commerce.Resolution) bool { return u.Words == r.Words }) {
				unclear = append(unclear, r)
			}
			continue
		}
		p := r.Matches[0].Product
		at := slices.IndexFunc(known, func(w wanted) bool { return w.product.ID == p.ID })
		switch {
		case at < 0:
			known = append(known, wanted{p, r.Quantity})
		case r.Quantity > 0 && r.Quantity <= musika.MaxQuantity && known[at].quantity <= musika.MaxQuantity:
			known[at].quantity += r.Quantity
		}
	}
	return known, unclear, slices.Compact(missing)
}

// addResolved puts the clear ones of found into the cart and asks about the
// others, all in one message.
func (c *Ctx) addResolved(ctx context.Context, found []commerce.Resolution) error {
	if err := c.keepExpired(ctx); err != nil {
		return err
	}
	known, unclear, missing := sortOut(found)
	var said []string
	var cart musika.Cart
	var undone []undoLine
	for _, w := range known[:min(len(known), maxAdds)] {
		name := plain(cut(w.product.Name, 60))
		got, err := c.shop.AddToCart(ctx, c.tx, c.customer(), w.product.ID, w.quantity)
		if err != nil && !refusal(err) {
			return err
		}
		if err != nil {
			why := c.explain(err)
			if !strings.Contains(why, name) {
				why = name + ": " + why
			}
			said = append(said, why)
			continue
		}
		if cart.MerchantID != got.MerchantID {
			undone = nil // carts of two stores: undo covers the last
		}
		cart = got
		undone = append(undone, undoLine{w.product.ID, lineOf(got, w.product.ID).Quantity - w.quantity})
		said = append(said, c.T("cart.added", "n", w.quantity, "name", name, "sum", w.product.Price.Times(w.quantity)))
	}
	if n := len(known) - maxAdds; n > 0 {
		said = append(said, c.T("cart.toomany", "n", maxAdds))
	}
	if len(missing) > 0 {
		said = append(said, c.T("search.none", "words", cut(strings.Join(missing, ", "), 200)))
	}
	if len(undone) > 0 {
		c.turn.Store = cart.MerchantID
		c.canUndo(cart, undone...)
		said = append(said, c.cartLine(cart))
	}
	body := fitLines(said, 800-c.noteUnits(), func(n int) string { return c.N("lines.more", n) })
	switch {
	case len(unclear) > 0:
		c.askWhich(body, unclear, len(undone) > 0)
		return nil
	case len(undone) > 0:
		return c.say(body, c.afterAdd(cart.MerchantID, c.cartButton())...)
	}
	return c.say(body, c.menuButton(), c.cartButton(), c.storesButton())
}

// askWhich lists what unclear words may mean, a section for each; a pick puts
// as many as were asked for into the cart.
func (c *Ctx) askWhich(body string, unclear []commerce.Resolution, added bool) {
	var sections []musika.Section
	var asked []string
	room := maxRows - 1
	if added {
		room = maxRows - 2
	}
	unclear = unclear[:min(len(unclear), room)]
	share := max(1, room/len(unclear))
	for _, r := range unclear {
		s := musika.Section{Title: r.Words}
		for _, m := range r.Matches[:min(len(r.Matches), share)] {
			where := ""
			if c.turn.Store != m.Product.MerchantID {
				where = m.Store
			}
			row := c.productRow(m.Product, clean(where))
			if r.Quantity > 0 && r.Quantity <= musika.MaxQuantity {
				row.ID = replyID("add", string(m.Product.ID), toText(r.Quantity))
			}
			s.Rows = append(s.Rows, row)
		}
		sections = append(sections, s)
		asked = append(asked, "“"+plain(cut(r.Words, 40))+"”")
	}
	next := musika.Section{Title: c.T("section.next")}
	if added {
		next.Rows = append(next.Rows, musika.Row{ID: replyID("undo", string(c.turn.MessageID)), Title: c.T("button.undo")})
	}
	next.Rows = append(next.Rows, musika.Row{ID: replyID("cart"), Title: c.T("button.cart")})
	sections = append(sections, next)
	question := c.T("which", "words", cut(strings.Join(asked, ", "), 150))
	c.reply(c.list(paragraphs(body, question), c.T("list.choose"), sections...))
}

// search shows the products that words are like.
func (c *Ctx) search(ctx context.Context, store musika.MerchantID, words string, page int) error {
	if c.elsewhere(store) {
		store = c.turn.Channel.MerchantID
	}
	found, err := c.shop.Search(ctx, c.tx, store, cut(clean(words), 100), maxFound)
	if err != nil {
		return err
	}
	switch {
	case len(found) == 0 && store == "":
		return c.say(c.T("search.none", "words", plain(cut(words, 60))), c.menuButton(), c.storesButton(), c.helpButton())
	case len(found) == 0:
		return c.nothingFound(ctx, words)
	}
	c.listMatches(found, words, store, page)
	return nil
}

// maxFound is the most products that a search pages through.
const maxFound = 60

// listMatches makes rows of found products.
func (c *Ctx) listMatches(found []commerce.Match, words string, store musika.MerchantID, page int) {
	var rows []musika.Row
	for _, m := range found {
		where := ""
		if store == "" {
			where = clean(m.Store)
		}
		rows = append(rows, c.productRow(m.Product, where))
	}
	words = cut(clean(words), 60)
	rows = c.page(rows, page, func(p int) string { return replyID("search", string(store), toText(p), words) })
	c.reply(c.list(c.N("search.found", len(found), "words", plain(words)), c.T("list.choose"), musika.Section{Rows: rows}))
}

// removeWords takes what words name out of the cart: a line's number or a
// product's name.
func (c *Ctx) removeWords(ctx context.Context, words string) error {
	cart, _, err := c.cartOf(ctx, "")
	if err != nil {
		return err
	}
	if len(cart.Lines) == 0 {
		return c.emptyCart(ctx)
	}
	if words == "" {
		return c.showEdit(ctx, 0)
	}
	if n, ok := number(strings.TrimPrefix(words, "#")); ok {
		if n < 1 || n > len(cart.Lines) {
			c.note(c.N("remove.range", len(cart.Lines)))
			return c.showEdit(ctx, 0)
		}
		return c.setQuantity(ctx, string(cart.Lines[n-1].ProductID), 0)
	}
	var hits []musika.CartLine
	for _, l := range cart.Lines {
		if name := fold(clean(l.Name)); name == fold(words) {
			hits = []musika.CartLine{l}
			break
		} else if strings.Contains(name, fold(words)) {
			hits = append(hits, l)
		}
	}
	if len(hits) == 1 {
		return c.setQuantity(ctx, string(hits[0].ProductID), 0)
	}
	key := "remove.unknown"
	if len(hits) > 1 {
		key = "remove.several"
	}
	c.note(c.T(key, "words", plain(cut(words, 40))))
	return c.showEdit(ctx, 0)
}

func verbSearch(ctx context.Context, c *Ctx, args []string) error {
	return c.search(ctx, musika.MerchantID(arg(args, 0)), arg(args, 2), pageArg(args, 1))
}
