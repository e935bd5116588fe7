package bot

import (
	"context"
	"slices"
	"strings"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
)

// intent is something meant in plain words. Its keywords are those under its
// name in the lexicons of all languages together: people mix them.
type intent struct {
	name string
	// leads marks an intent whose keywords may be followed by what it is about.
	leads bool
	run   func(ctx context.Context, c *Ctx, rest string) error
}

// intents lists them; where a text could mean two, the first is taken.
func intents() []*intent {
	return []*intent{
		{name: "greet", run: func(ctx context.Context, c *Ctx, _ string) error { return c.greet(ctx) }},
		{name: "help", run: func(_ context.Context, c *Ctx, _ string) error { return c.showHelp("") }},
		{name: "browse", run: func(ctx context.Context, c *Ctx, _ string) error { return c.browse(ctx) }},
		{name: "more", run: func(ctx context.Context, c *Ctx, _ string) error { return c.more(ctx) }},
		{name: "stores", run: func(ctx context.Context, c *Ctx, _ string) error { return c.showStores(ctx, 0) }},
		{name: "cart", run: func(ctx context.Context, c *Ctx, _ string) error { return c.showCart(ctx, "") }},
		{name: "checkout", run: func(ctx context.Context, c *Ctx, _ string) error { return c.startCheckout(ctx, "") }},
		{name: "orders", run: func(ctx context.Context, c *Ctx, _ string) error { return c.showOrders(ctx) }},
		{name: "track", leads: true, run: intentTrack},
		{name: "profile", run: func(ctx context.Context, c *Ctx, _ string) error { return c.showProfile(ctx) }},
		{name: "promotions", run: func(ctx context.Context, c *Ctx, _ string) error { return c.showDeals(ctx) }},
		{name: "analytics", run: intentAnalytics},
		{name: "thanks", run: func(_ context.Context, c *Ctx, _ string) error { return c.say(c.T("thanks")) }},
		{name: "stop", run: func(_ context.Context, c *Ctx, _ string) error { return c.say(c.T("stop")) }},
		{name: "undo", run: intentUndo},
		{name: "clear", run: func(ctx context.Context, c *Ctx, _ string) error { return c.clearCart(ctx, "") }},
		{name: "remove", leads: true, run: func(ctx context.Context, c *Ctx, rest string) error { return c.removeWords(ctx, rest) }},
		{name: "search", leads: true, run: intentSearch},
		{name: "order", leads: true, run: func(ctx context.Context, c *Ctx, rest string) error {
			if rest == "" {
				return c.browse(ctx)
			}
			return c.orderWords(ctx, c.turn.Message.Text, true)
		}},
	}
}

// isWord reports whether folded words are among those of a key.
func (c *Ctx) isWord(key, folded string) bool { return slices.Contains(keywords(key), folded) }

// exactIntent finds the intent that folded words are a keyword of; nil for none.
func (b *Bot) exactIntent(folded string) *intent {
	for _, i := range b.intents {
		if slices.Contains(keywords(i.name), folded) {
			return i
		}
	}
	return nil
}

// leadingIntent finds the intent that folded words begin with a keyword of,
// and what follows it.
func (b *Bot) leadingIntent(folded string) (*intent, string) {
	for _, i := range b.intents {
		if !i.leads {
			continue
		}
		for _, word := range keywords(i.name) {
			if rest, ok := strings.CutPrefix(folded, word+" "); ok {
				return i, rest
			}
		}
	}
	return nil, ""
}

// plainLanguage answers text that is neither a command nor an answer.
func (c *Ctx) plainLanguage(ctx context.Context, text string) error {
	folded := fold(text)
	if folded == "" {
		return c.shrug()
	}
	if i := c.bot.exactIntent(folded); i != nil {
		return i.run(ctx, c, "")
	}
	if looksLikeCode(folded) && strings.ContainsAny(folded, "23456789") {
		return c.showOrderCode(ctx, folded)
	}
	if i, rest := c.bot.leadingIntent(folded); i != nil {
		return i.run(ctx, c, rest)
	}
	if o, ok, err := c.orderNamed(ctx, folded); ok || err != nil {
		if err != nil {
			return err
		}
		return c.trackOrder(ctx, o)
	}
	if strings.HasSuffix(strings.TrimSpace(text), "?") || len(strings.Fields(folded)) > maxItemWords {
		return c.shrugOrSearch(ctx, folded)
	}
	return c.orderWords(ctx, text, false)
}

// orderNamed finds the person's order whose code is among the words. What only
// looks like a code ("hmmmmm") is none.
func (c *Ctx) orderNamed(ctx context.Context, folded string) (musika.Order, bool, error) {
	tries := 0
	for word := range strings.FieldsSeq(cut(folded, 200)) {
		if !looksLikeCode(word) || tries == 3 {
			continue
		}
		tries++
		o, err := c.shop.OrderByCode(ctx, c.tx, orderCode(word))
		if err != nil && musika.CodeOf(err) != musika.CodeNotFound {
			return o, false, err
		}
		if c.sees(o) {
			return o, true, nil
		}
	}
	return musika.Order{}, false, nil
}

// maxItemWords is the most words that are taken for names of products when
// nothing says that something is wanted.
const maxItemWords = 20

// shrug says in one short line how to get on, at most once in ten minutes;
// otherwise nothing.
func (c *Ctx) shrug() error {
	if c.now.Sub(c.state.Helped) < helpGap {
		return nil
	}
	c.state.Helped = c.now
	return c.say(c.T("shrug"))
}

// shrugOrSearch answers a question about a product with what is found.
func (c *Ctx) shrugOrSearch(ctx context.Context, folded string) error {
	if len(strings.Fields(folded)) > maxItemWords {
		return c.shrug()
	}
	requests := commerce.ParseItems(folded)
	if len(requests) != 1 {
		return c.shrug()
	}
	found, err := c.shop.Search(ctx, c.tx, c.turn.Store, requests[0].Words, maxRows)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return c.shrug()
	}
	c.listMatches(found, requests[0].Words, c.turn.Store, 0)
	return nil
}

func intentTrack(ctx context.Context, c *Ctx, rest string) error {
	for word := range strings.FieldsSeq(rest) {
		if looksLikeCode(word) {
			return c.showOrderCode(ctx, word)
		}
	}
	return c.trackLatest(ctx)
}

func intentSearch(ctx context.Context, c *Ctx, rest string) error {
	if rest == "" {
		return c.say(c.T("search.what"), c.menuButton(), c.storesButton())
	}
	return c.search(ctx, c.turn.Store, rest, 0)
}

func intentAnalytics(ctx context.Context, c *Ctx, _ string) error {
	if c.ownStore() != "" {
		return c.showSales(ctx, "today", 0)
	}
	return c.showAbout(ctx)
}

func intentUndo(ctx context.Context, c *Ctx, _ string) error {
	if c.state.Undo == nil {
		return c.undo(ctx, "")
	}
	return c.undo(ctx, c.state.Undo.ID)
}

// browse shows the menu in hand, or the stores.
func (c *Ctx) browse(ctx context.Context) error {
	if c.turn.Store != "" {
		return c.showMenu(ctx, c.turn.Store, 0)
	}
	return c.showStores(ctx, 0)
}

// greet says hello. After a while it offers a cart that ran out of time.
func (c *Ctx) greet(ctx context.Context) error {
	name := plain(cut(c.turn.Customer.Name, 40))
	hello := c.T("greet", "platform", c.bot.deps.Platform)
	if name != "" {
		hello = c.T("greet.name", "name", name, "platform", c.bot.deps.Platform)
	}
	if c.away {
		old, err := c.shop.Expired(ctx, c.tx, c.customer())
		if err != nil {
			return err
		}
		if len(old) > 0 && len(old[0].Lines) > 0 && !c.elsewhere(old[0].MerchantID) {
			c.note(hello)
			return c.offerRestore(ctx, old[0])
		}
	}
	if c.turn.Store == "" {
		return c.say(hello+"\n\n"+c.T("greet.body"), c.storesButton(), c.ordersButton(), c.helpButton())
	}
	m, err := c.store(ctx, c.turn.Store)
	switch {
	case err != nil && musika.CodeOf(err) != musika.CodeNotFound:
		return err
	case (err != nil || m.State != musika.MerchantApproved) && c.turn.Channel.MerchantID == "":
		c.turn.Store = ""
		return c.greet(ctx)
	}
	return c.say(paragraphs(hello, c.storeCard(m), c.T("greet.store")), c.menuButton(), c.cartButton(), c.helpButton())
}
