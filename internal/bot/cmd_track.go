package bot

import (
	"context"
)

func trackCommand() *Command {
	return &Command{
		Name: "track", Aliases: []string{"check"}, Group: ForCustomers,
		Usage: "[order]", Help: "cmd.track", Example: "K7F2QP",
		Run: func(ctx context.Context, c *Ctx, args []string) error {
			if len(args) == 0 {
				return c.trackLatest(ctx)
			}
			return c.showOrderCode(ctx, args[0])
		},
	}
}

// trackLatest shows the newest order that is on its way, else the newest.
func (c *Ctx) trackLatest(ctx context.Context) error {
	orders, err := c.shop.CustomerOrders(ctx, c.tx, c.customer(), maxRows)
	if err != nil {
		return err
	}
	if len(orders) == 0 {
		return c.say(c.T("orders.none"), c.menuButton(), c.storesButton(), c.helpButton())
	}
	for _, o := range orders {
		if !o.Status.Final() {
			return c.trackOrder(ctx, o)
		}
	}
	return c.trackOrder(ctx, orders[0])
}

// showOrderCode shows the order with the code that was typed.
func (c *Ctx) showOrderCode(ctx context.Context, code string) error {
	o, ok, err := c.findOrder(ctx, code)
	if !ok || err != nil {
		return err
	}
	return c.trackOrder(ctx, o)
}
