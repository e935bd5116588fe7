package bot

import "context"

func moreCommand() *Command {
	return &Command{
		Name: "more", Aliases: []string{"next-page"}, Group: ForEveryone,
		Help: "cmd.more",
		Run:  func(ctx context.Context, c *Ctx, _ []string) error { return c.more(ctx) },
	}
}

// more shows the next page of the list shown last.
func (c *Ctx) more(ctx context.Context) error {
	if c.state.More == "" {
		return c.say(c.T("more.none"))
	}
	return c.readReply(ctx, c.state.More)
}
