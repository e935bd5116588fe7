package bot

import (
	"context"
)

func cartCommand() *Command {
	return &Command{
		Name: "cart", Aliases: []string{"c", "basket"}, Group: ForCustomers,
		Help: "cmd.cart",
		Run:  func(ctx context.Context, c *Ctx, _ []string) error { return c.showCart(ctx, "") },
	}
}
