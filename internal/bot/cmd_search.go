package bot

import (
	"context"
	"strings"
)

func searchCommand() *Command {
	return &Command{
		Name: "search", Aliases: []string{"find", "s"}, Group: ForCustomers,
		Usage: "<words>", Help: "cmd.search", Example: "chicken",
		Run: func(ctx context.Context, c *Ctx, args []string) error {
			return intentSearch(ctx, c, strings.Join(args, " "))
		},
	}
}
