package bot

import (
	"context"

	"github.com/musika/musika"
)

func ownerCommand() *Command {
	return &Command{
		Name: "owner", Aliases: []string{"contact", "support"}, Group: ForEveryone,
		Help: "cmd.owner",
		Run: func(_ context.Context, c *Ctx, _ []string) error {
			o := c.bot.deps.Operator
			if o.Phone == "" {
				return c.say(c.T("owner.none"))
			}
			name := clean(o.Name)
			if name == "" {
				name = c.bot.deps.Platform
			}
			if err := c.say(c.T("owner", "name", plain(name), "platform", c.bot.deps.Platform)); err != nil {
				return err
			}
			// A card carries no buttons, so it is the one reply of two messages.
			c.reply(musika.Message{Kind: musika.KindContacts, Contacts: []musika.ContactCard{{Name: name, Phone: o.Phone}}})
			return nil
		},
	}
}
