package bot

import (
	"context"
)

func reorderCommand() *Command {
	return &Command{
		Name: "reorder", Aliases: []string{"again"}, Group: ForCustomers,
		Usage: "[order]", Help: "cmd.reorder", Example: "K7F2QP",
		Run: func(ctx context.Context, c *Ctx, args []string) error {
			if len(args) > 0 {
				return c.reorder(ctx, args[0])
			}
			orders, err := c.shop.CustomerOrders(ctx, c.tx, c.customer(), 1)
			if err != nil {
				return err
			}
			if len(orders) == 0 {
				return c.say(c.T("orders.none"), c.menuButton(), c.storesButton(), c.helpButton())
			}
			return c.reorder(ctx, string(orders[0].ID))
		},
	}
}

// reorder puts an order's lines into the cart at today's prices.
func (c *Ctx) reorder(ctx context.Context, idOrCode string) error {
	o, ok, err := c.findOrder(ctx, idOrCode)
	if !ok || err != nil {
		return err
	}
	if o.CustomerID != c.customer() {
		return c.say(c.T("rate.notyours"), c.ordersButton())
	}
	if c.elsewhere(o.MerchantID) {
		return c.say(c.T("reorder.nothing"), c.menuButton(), c.ordersButton())
	}
	cart, problems, err := c.shop.Reorder(ctx, c.tx, c.customer(), o.ID)
	if refusal(err) {
		return c.say(c.explain(err), c.storesButton(), c.ordersButton())
	}
	if err != nil {
		return err
	}
	c.turn.Store = o.MerchantID
	if len(cart.Lines) == 0 {
		return c.say(c.T("reorder.nothing")+"\n"+c.problemLines(problems), c.menuButton(), c.storesButton())
	}
	c.note(paragraphs(c.T("reorder.done", "code", o.Code), c.problemLines(problems)))
	return c.showCart(ctx, o.MerchantID)
}

func verbReorder(ctx context.Context, c *Ctx, args []string) error {
	return c.reorder(ctx, arg(args, 0))
}
