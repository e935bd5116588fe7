package bot

import (
	"context"
	"strings"
)

func removeCommand() *Command {
	return &Command{
		Name: "remove", Aliases: []string{"rm"}, Group: ForCustomers,
		Usage: "<line or product>", Help: "cmd.remove", Example: "1",
		Run: func(ctx context.Context, c *Ctx, args []string) error {
			return c.removeWords(ctx, strings.Join(args, " "))
		},
	}
}
