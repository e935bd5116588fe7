package bot

import (
	"context"

	"github.com/musika/musika"
)

func promoCommand() *Command {
	return &Command{
		Name: "promo", Aliases: []string{"code", "deals"}, Group: ForCustomers,
		Usage: "[code]", Help: "cmd.promo", Example: "WELCOME20",
		Run: func(ctx context.Context, c *Ctx, args []string) error {
			if len(args) == 0 {
				return c.showDeals(ctx)
			}
			return c.applyCode(ctx, args[0])
		},
	}
}

// applyCode puts a promotion's code on the cart.
func (c *Ctx) applyCode(ctx context.Context, code string) error {
	cart, _, err := c.cartOf(ctx, "")
	if err != nil {
		return err
	}
	if len(cart.Lines) == 0 {
		c.note(c.T("promo.nocart"))
		return c.emptyCart(ctx)
	}
	p, off, err := c.shop.ApplyPromotion(ctx, c.tx, c.customer(), cart.MerchantID, cut(clean(code), 40))
	if refusal(err) {
		return c.say(c.explain(err), c.button(replyID("cmd", "promo"), "button.codes"), c.cartButton(), c.menuButton())
	}
	if err != nil {
		return err
	}
	c.note(c.T("promo.applied", "code", plain(p.Code), "sum", off))
	return c.showCart(ctx, cart.MerchantID)
}

// showDeals lists the codes that the person can use now.
func (c *Ctx) showDeals(ctx context.Context) error {
	all, err := c.shop.Promotions(ctx, c.tx, c.customer(), c.turn.Store)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return c.say(c.T("promo.none"), c.menuButton(), c.cartButton(), c.helpButton())
	}
	var rows []musika.Row
	for _, p := range all[:min(len(all), maxRows)] {
		rows = append(rows, musika.Row{ID: replyID("cmd", "promo "+p.Code), Title: p.Code, Description: p.Title})
	}
	c.reply(c.list(c.N("promo.body", len(all)), c.T("list.choose"), musika.Section{Rows: rows}))
	return nil
}
