package bot

import (
	"context"
	"strings"

	"github.com/musika/musika"
)

func helpCommand() *Command {
	return &Command{
		Name: "help", Aliases: []string{"?", "commands"}, Group: ForEveryone,
		Usage: "[command]", Help: "cmd.help", Example: "track",
		Run: func(_ context.Context, c *Ctx, args []string) error {
			if len(args) == 0 {
				return c.showHelp("")
			}
			args[0] = strings.TrimPrefix(args[0], c.prefix)
			cmd, _ := c.bot.findCommand(args)
			if cmd == nil || !c.may(cmd) {
				return c.unknownCommand(args)
			}
			return c.showUsage(cmd)
		},
	}
}

// showUsage explains one command.
func (c *Ctx) showUsage(cmd *Command) error {
	name := c.prefix + c.bot.typed(cmd)
	text := "*" + name + "* " + cmd.Usage + "\n" + c.T(cmd.Help)
	if cmd.Example != "" {
		text += "\n" + c.T("help.example", "example", name+" "+cmd.Example)
	}
	if len(cmd.Aliases) > 0 {
		text += "\n" + c.T("help.aliases", "names", strings.Join(cmd.Aliases, ", "))
	}
	return c.say(text, musika.Button{ID: replyID("cmd", c.bot.typed(cmd)), Title: name}, c.helpButton())
}

// showHelp lists what the person can do: the things people do most as rows to
// tap, and all commands by group in words.
func (c *Ctx) showHelp(group Group) error {
	if group != "" {
		return c.showGroup(group)
	}
	row := func(id, key string) musika.Row {
		return musika.Row{ID: id, Title: c.T(key), Description: c.T(key + ".text")}
	}
	sections := []musika.Section{
		{Title: c.T("help.shopping"), Rows: []musika.Row{
			row(replyID("stores"), "help.stores"), row(replyID("cart"), "help.cart"),
			row(replyID("orders"), "help.orders"), row(replyID("profile"), "help.profile"),
		}},
		{Title: c.T("help.commands"), Rows: []musika.Row{
			row(replyID("help", string(ForEveryone)), "help.everyone"),
			row(replyID("help", string(ForCustomers)), "help.customers"),
		}},
	}
	if c.ownStore() != "" {
		own := row(replyID("help", string(ForMerchants)), "help.merchants")
		sections[1].Rows = append(sections[1].Rows, own)
		sections[0].Rows = append([]musika.Row{row(replyID("sales", "new"), "help.sales")}, sections[0].Rows...)
	}
	c.reply(c.list(c.T("help.body"), c.T("list.help"), sections...))
	return nil
}

// showGroup writes the commands of a group that the person may use.
func (c *Ctx) showGroup(group Group) error {
	var lines []string
	for _, cmd := range c.bot.commands {
		if cmd.Group == group && c.may(cmd) {
			lines = append(lines, strings.TrimSpace(c.prefix+c.bot.typed(cmd)+" "+cmd.Usage)+" · "+c.T(cmd.Help))
		}
	}
	if len(lines) == 0 {
		return c.showHelp("")
	}
	head := c.T("help." + string(group))
	tail := c.T("help.more")
	body := fitLines(lines, maxBody-units(head)-units(tail)-c.noteUnits()-10, func(n int) string { return c.N("lines.more", n) })
	return c.say(paragraphs("*"+head+"*", body, tail), c.helpButton(), c.menuButton())
}

func verbHelp(_ context.Context, c *Ctx, args []string) error { return c.showHelp(Group(arg(args, 0))) }
