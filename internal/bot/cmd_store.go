package bot

import (
	"context"
	"strings"

	"github.com/musika/musika"
)

func storeCommand() *Command {
	return &Command{
		Name: "store", Aliases: []string{"stores", "shop", "shops"}, Group: ForCustomers,
		Usage: "[name]", Help: "cmd.store", Example: "pizza",
		Run: func(ctx context.Context, c *Ctx, args []string) error {
			words := cut(clean(strings.Join(args, " ")), 80)
			if words == "" || c.turn.Channel.MerchantID != "" {
				return c.showStores(ctx, 0)
			}
			found, err := c.shop.FindStores(ctx, c.tx, words)
			if err != nil {
				return err
			}
			switch len(found) {
			case 0:
				c.note(c.T("store.unknown", "words", plain(cut(words, 40))))
				return c.showStores(ctx, 0)
			case 1:
				c.takeStore(found[0])
				return c.showMenu(ctx, found[0].ID, 0)
			}
			c.listStores(found[:min(len(found), maxRows)], 0, c.T("stores.which"))
			return nil
		},
	}
}

func verbStores(ctx context.Context, c *Ctx, args []string) error {
	return c.showStores(ctx, pageArg(args, 0))
}

func verbStore(ctx context.Context, c *Ctx, args []string) error {
	return c.showMenu(ctx, musika.MerchantID(arg(args, 0)), 0)
}
