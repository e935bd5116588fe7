package bot

import (
	"context"
)

func aboutCommand() *Command {
	return &Command{
		Name: "about", Group: ForEveryone,
		Help: "cmd.about",
		Run:  func(ctx context.Context, c *Ctx, _ []string) error { return c.showAbout(ctx) },
	}
}

// showAbout says what this is, in figures counted now.
func (c *Ctx) showAbout(ctx context.Context) error {
	stores, err := c.shop.Stores(ctx, c.tx)
	if err != nil {
		return err
	}
	categories, err := c.shop.Categories(ctx, c.tx, "")
	if err != nil {
		return err
	}
	open, products := 0, 0
	for _, m := range stores {
		if m.OpenAt(c.now) {
			open++
		}
	}
	for _, cat := range categories {
		products += cat.Count
	}
	figures := dots(c.N("about.stores", len(stores)), c.N("about.open", open), c.N("products", products))
	return c.say(c.T("about", "platform", c.bot.deps.Platform)+"\n\n"+figures, c.storesButton(), c.button(replyID("cmd", "owner"), "button.contact"), c.helpButton())
}
