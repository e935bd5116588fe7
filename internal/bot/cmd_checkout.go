package bot

import (
	"context"
)

func checkoutCommand() *Command {
	return &Command{
		Name: "checkout", Aliases: []string{"pay"}, Group: ForCustomers,
		Help: "cmd.checkout",
		Run:  func(ctx context.Context, c *Ctx, _ []string) error { return c.startCheckout(ctx, "") },
	}
}
