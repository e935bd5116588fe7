package bot

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/store"
)

func languageCommand() *Command {
	return &Command{
		Name: "language", Aliases: []string{"lang"}, Group: ForEveryone,
		Usage: "[en|sn|zu|af]", Help: "cmd.language", Example: "sn",
		Run: func(ctx context.Context, c *Ctx, args []string) error { return c.setLanguage(ctx, arg(args, 0)) },
	}
}

// setLanguage speaks the language that word names from now on, and lists the
// languages for a word that names none.
func (c *Ctx) setLanguage(ctx context.Context, word string) error {
	for _, l := range musika.Languages {
		if word != "" && (string(l) == fold(word) || fold(languageNames[l]) == fold(word) || c.isWord("lang."+string(l), fold(word))) {
			p := c.turn.Customer
			p.Language = l
			if err := store.UpdateCustomer(ctx, c.tx, p); err != nil {
				return err
			}
			c.turn.Customer = p
			c.voice = c.bot.voiceOf(l, c.prefix)
			return c.say(c.T("language.done", "language", languageNames[l]))
		}
	}
	var rows []musika.Row
	for _, l := range musika.Languages {
		rows = append(rows, musika.Row{ID: replyID("language", string(l)), Title: languageNames[l]})
	}
	c.reply(c.list(c.T("language.ask"), c.T("list.choose"), musika.Section{Rows: rows}))
	return nil
}

func verbLanguage(ctx context.Context, c *Ctx, args []string) error {
	return c.setLanguage(ctx, arg(args, 0))
}
