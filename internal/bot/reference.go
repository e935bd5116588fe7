package bot

import (
	"fmt"
	"slices"
	"strings"
)

// Commands returns every command, in the order in which help shows them.
func (b *Bot) Commands() []*Command { return slices.Clone(b.commands) }

// Verbs returns every reply id that the bot understands.
func (b *Bot) Verbs() []Verb { return slices.Clone(b.verbs) }

// Reference writes the commands and the reply ids as Markdown tables, for the
// documentation that is made from them.
func (b *Bot) Reference() string {
	v := b.voiceOf("", "")
	var out strings.Builder
	for _, group := range []Group{ForEveryone, ForCustomers, ForMerchants} {
		fmt.Fprintf(&out, "### %s\n\n| Command | Also | Does |\n|---|---|---|\n", v.T("help."+string(group)))
		for _, cmd := range b.commands {
			if cmd.Group == group {
				typed := strings.TrimSpace(b.typed(cmd) + " " + cmd.Usage)
				fmt.Fprintf(&out, "| `%s` | %s | %s |\n", strings.ReplaceAll(typed, "|", "\\|"), strings.Join(cmd.Aliases, ", "), v.T(cmd.Help))
			}
		}
		out.WriteString("\n")
	}
	out.WriteString("### Reply ids\n\n| Id | For |\n|---|---|\n")
	for _, verb := range b.verbs {
		id, who := verb.Name, "everyone"
		if verb.Args != "" {
			id += ":" + verb.Args
		}
		if verb.Role != "" {
			who = "the store's people"
		}
		fmt.Fprintf(&out, "| `%s` | %s |\n", strings.ReplaceAll(id, "|", "\\|"), who)
	}
	return out.String()
}
