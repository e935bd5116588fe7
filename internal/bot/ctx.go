package bot

import (
	"context"
	"strings"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/inbox"
)

// Ctx is one turn as a command, a reply or a step of a flow sees it.
type Ctx struct {
	voice
	bot   *Bot
	turn  *inbox.Turn
	tx    db.Tx
	shop  *commerce.Service
	state *state
	now   time.Time

	notes    []string                              // lines to say before the next reply
	stores   map[musika.MerchantID]musika.Merchant // looked up in this turn
	away     bool                                  // the last message was longer ago than a cart lives
	business bool                                  // the turn was about the merchant's own orders
}

func (b *Bot) newCtx(turn *inbox.Turn) *Ctx {
	now := turn.Tx.Now()
	s, fresh := b.loadState(turn.State, now)
	if fresh {
		turn.Store = turn.Channel.MerchantID
	}
	c := &Ctx{
		bot: b, turn: turn, tx: turn.Tx, shop: b.deps.Commerce, state: s, now: now,
		stores: map[musika.MerchantID]musika.Merchant{},
		away:   fresh || now.Sub(s.At) > musika.CartLifetime,
	}
	c.voice = b.voiceOf(turn.Customer.Language, turn.Channel.Prefix)
	return c
}

// voiceOf returns how to speak to a person.
func (b *Bot) voiceOf(lang musika.Language, prefix string) voice {
	if !lang.Valid() {
		lang = musika.English
	}
	if prefix == "" {
		prefix = "!"
	}
	v := voice{lang: lang, prefix: prefix}
	v.footer = v.T("footer", "name", b.deps.Platform)
	return v
}

// note keeps a line to be said at the start of the next reply.
func (c *Ctx) note(line string) {
	if line != "" {
		c.notes = append(c.notes, line)
	}
}

// reply sends m, with the notes in front of its body.
func (c *Ctx) reply(m musika.Message) {
	if len(c.notes) > 0 {
		m.Body = strings.Join(append(c.notes, m.Body), "\n\n")
		c.notes = nil
	}
	m = c.fit(m)
	c.state.More = ""
	for _, o := range m.Options() {
		if o.Title == c.T("row.more") {
			c.state.More = o.ID
		}
	}
	c.turn.Reply(m)
}

// say replies with a text and what to tap next; without buttons, with what is
// always possible.
func (c *Ctx) say(body string, buttons ...musika.Button) error {
	if len(buttons) == 0 {
		buttons = c.home()
	}
	c.reply(c.buttons(body, buttons...))
	return nil
}

// home is what can be done from anywhere.
func (c *Ctx) home() []musika.Button {
	if c.turn.Store != "" {
		return []musika.Button{c.menuButton(), c.cartButton(), c.helpButton()}
	}
	return []musika.Button{c.storesButton(), c.cartButton(), c.helpButton()}
}

func (c *Ctx) menuButton() musika.Button {
	if c.turn.Store == "" {
		return c.storesButton()
	}
	return c.button(replyID("menu", string(c.turn.Store)), "button.menu")
}

// storesButton leads to the stores; on a store's own number to its menu.
func (c *Ctx) storesButton() musika.Button {
	if own := c.turn.Channel.MerchantID; own != "" {
		return c.button(replyID("menu", string(own)), "button.menu")
	}
	return c.button(replyID("stores"), "button.stores")
}

func (c *Ctx) helpButton() musika.Button     { return c.button(replyID("help"), "button.help") }
func (c *Ctx) ordersButton() musika.Button   { return c.button(replyID("orders"), "button.orders") }
func (c *Ctx) cartButton() musika.Button     { return c.button(replyID("cart"), "button.cart") }
func (c *Ctx) checkoutButton() musika.Button { return c.button(replyID("checkout"), "button.checkout") }

// elsewhere reports whether a store is not one that this number speaks for: a
// store's own number sells its goods only.
func (c *Ctx) elsewhere(id musika.MerchantID) bool {
	own := c.turn.Channel.MerchantID
	return own != "" && id != own
}

// customer is who wrote.
func (c *Ctx) customer() musika.CustomerID { return c.turn.Customer.ID }

// actor is who wrote, as the audit log keeps it.
func (c *Ctx) actor() musika.Actor {
	a := musika.Actor{Kind: "customer", ID: string(c.customer()), Role: musika.RoleCustomer, Address: string(c.turn.Customer.Phone)}
	if u := c.turn.User; u != nil {
		a.Role = u.Role
	}
	return a
}

// ownStore is the store that the person works for, "" for most.
func (c *Ctx) ownStore() musika.MerchantID {
	if u := c.turn.User; u != nil && u.RunsMerchant(u.MerchantID) {
		return u.MerchantID
	}
	return ""
}

// may reports whether the person may use cmd.
func (c *Ctx) may(cmd *Command) bool {
	switch cmd.Role {
	case "", musika.RoleCustomer:
		return true
	case musika.RoleStaff, musika.RoleOwner:
		u := c.turn.User
		return c.ownStore() != "" && (cmd.Role == musika.RoleStaff || u.Role == musika.RoleOwner)
	}
	return c.turn.User != nil && c.turn.User.Role == cmd.Role
}

// store looks a store up once per turn.
func (c *Ctx) store(ctx context.Context, id musika.MerchantID) (musika.Merchant, error) {
	if m, ok := c.stores[id]; ok {
		return m, nil
	}
	m, err := c.shop.Merchant(ctx, c.tx, id)
	if err == nil {
		c.stores[id] = m
	}
	return m, err
}

// zone is where the times of a store are told; UTC when it is not known.
func (c *Ctx) zone(ctx context.Context, id musika.MerchantID) *time.Location {
	if m, err := c.store(ctx, id); err == nil {
		return m.Zone()
	}
	return time.UTC
}

// explain says why err refused. Commerce explains in English; other languages
// have a sentence per code where English would not be understood.
func (c *Ctx) explain(err error) string {
	key := "refused." + string(musika.CodeOf(err))
	if _, ok := catalogues[c.lang][key]; ok && c.lang != musika.English {
		return c.T(key)
	}
	return plainLines(musika.MessageOf(err))
}

// tooFast is the one notice of a person over a limit.
func (c *Ctx) tooFast() {
	c.reply(c.buttons(c.T("limit.notice"), c.helpButton()))
}
