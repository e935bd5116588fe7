package bot

import (
	"context"

	"github.com/musika/musika"
)

func menuCommand() *Command {
	return &Command{
		Name: "menu", Aliases: []string{"m"}, Group: ForEveryone,
		Help: "cmd.menu",
		Run:  func(ctx context.Context, c *Ctx, _ []string) error { return c.browse(ctx) },
	}
}

func verbMenu(ctx context.Context, c *Ctx, args []string) error {
	id := musika.MerchantID(arg(args, 0))
	if id == "" {
		return c.browse(ctx)
	}
	return c.showMenu(ctx, id, pageArg(args, 1))
}
