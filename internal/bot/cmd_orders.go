package bot

import (
	"context"
)

func ordersCommand() *Command {
	return &Command{
		Name: "orders", Aliases: []string{"history"}, Group: ForCustomers,
		Help: "cmd.orders",
		Run: func(ctx context.Context, c *Ctx, _ []string) error {
			if c.ownStore() != "" {
				// The bare name is what the person bought, whoever they are.
				c.note(c.T("orders.merchant"))
			}
			return c.showOrders(ctx)
		},
	}
}
