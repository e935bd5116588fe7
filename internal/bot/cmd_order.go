package bot

import (
	"context"
	"strings"
)

func orderCommand() *Command {
	return &Command{
		Name: "order", Aliases: []string{"buy"}, Group: ForCustomers,
		Usage: "<items>", Help: "cmd.order", Example: "2 sadza and a coke",
		Run: func(ctx context.Context, c *Ctx, args []string) error {
			return c.orderWords(ctx, strings.Join(args, " "), true)
		},
	}
}
