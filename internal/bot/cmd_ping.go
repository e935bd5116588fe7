package bot

import (
	"context"
)

func pingCommand() *Command {
	return &Command{
		Name: "ping", Aliases: []string{"status", "uptime"}, Group: ForEveryone,
		Help: "cmd.ping",
		Run: func(ctx context.Context, c *Ctx, _ []string) error {
			// That stores could be read is the proof that the database answers.
			stores, err := c.shop.Stores(ctx, c.tx)
			if err != nil {
				return err
			}
			return c.say(c.T("ping", "platform", c.bot.deps.Platform) + " " + c.N("about.stores", len(stores)) + ".")
		},
	}
}
