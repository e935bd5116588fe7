package bot

import (
	"context"
	"strings"
)

func registerCommand() *Command {
	return &Command{
		Name: "register", Aliases: []string{"signup"}, Group: ForEveryone,
		Usage: "[name]", Help: "cmd.register", Example: "Tendai Moyo",
		Run: func(ctx context.Context, c *Ctx, args []string) error {
			text := strings.Join(args, " ")
			if strings.EqualFold(text, "merchant") {
				return c.say(c.T("register.merchant"), c.button(replyID("cmd", "owner"), "button.contact"), c.helpButton())
			}
			if text == "" {
				return c.begin(ctx, "register", "", nil)
			}
			name, why := c.checkName(text)
			if why != "" {
				c.note(why)
				return c.begin(ctx, "register", "", nil)
			}
			return c.register(ctx, name)
		},
	}
}
