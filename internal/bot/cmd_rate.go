package bot

import (
	"context"
	"strings"
)

func rateCommand() *Command {
	return &Command{
		Name: "rate", Aliases: []string{"review"}, Group: ForCustomers,
		Usage: "[order] [1-5] [text]", Help: "cmd.rate", Example: "K7F2QP 5 \"hot and quick\"",
		Run: func(ctx context.Context, c *Ctx, args []string) error {
			if len(args) > 0 && !isStars(args[0]) {
				return c.startRating(ctx, args[0], arg(args, 1), strings.Join(args[min(len(args), 2):], " "))
			}
			orders, err := c.shop.Unrated(ctx, c.tx, c.customer())
			if err != nil {
				return err
			}
			switch {
			case len(orders) == 0:
				return c.say(c.T("rate.none"), c.ordersButton(), c.menuButton(), c.helpButton())
			case len(orders) == 1 || len(args) > 0:
				return c.startRating(ctx, string(orders[0].ID), arg(args, 0), strings.Join(args[min(len(args), 1):], " "))
			}
			return c.listOrders(ctx, orders, "rate", c.T("rate.which"))
		},
	}
}

// isStars reports whether a word is a number of stars rather than an order.
func isStars(s string) bool {
	_, ok := number(s)
	return ok && !looksLikeCode(s)
}
