package bot

import (
	"context"
)

func clearCommand() *Command {
	return &Command{
		Name: "clear", Aliases: []string{"empty"}, Group: ForCustomers,
		Help: "cmd.clear",
		Run:  func(ctx context.Context, c *Ctx, _ []string) error { return c.clearCart(ctx, "") },
	}
}
