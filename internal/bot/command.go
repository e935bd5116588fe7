package bot

import (
	"context"
	"slices"
	"strings"

	"github.com/musika/musika"
)

// Command is something a person can type after the prefix. It is a value: to
// add one, write it in cmd_<name>.go and put it into commands.
type Command struct {
	Name    string      // lower case, as typed
	Aliases []string    // other names
	Role    musika.Role // least role that may use it; "" is everyone
	Group   Group
	Usage   string // arguments only: "<product> [quantity]"
	Help    string // catalogue key of one line that says what it does
	Example string // arguments of a use worth copying
	// Run answers. args are the words after the name; those in double quotes
	// are kept together.
	Run func(ctx context.Context, c *Ctx, args []string) error
}

// Group says where help lists a command, and whether it may need the word
// "merchant" before its name.
type Group string

const (
	ForEveryone  Group = "everyone"
	ForCustomers Group = "customers"
	ForMerchants Group = "merchants" // also typed as: merchant <name>
)

// called reports whether word names the command.
func (cmd *Command) called(word string) bool {
	return cmd.Name == word || slices.Contains(cmd.Aliases, word)
}

// findCommand resolves the words after the prefix to a command and its
// arguments. "merchant orders" looks among the merchants' commands only; a
// bare name that a customer's command has too is the customer's, whoever asks.
func (b *Bot) findCommand(words []string) (*Command, []string) {
	if len(words) == 0 {
		return nil, nil
	}
	all := b.commands
	name, args := strings.ToLower(words[0]), words[1:]
	if name == "merchant" && len(args) > 0 {
		name, args = strings.ToLower(args[0]), args[1:]
		for _, cmd := range all {
			if cmd.Group == ForMerchants && cmd.called(name) {
				return cmd, args
			}
		}
		return nil, words
	}
	for _, merchants := range []bool{false, true} {
		for _, cmd := range all {
			if (cmd.Group == ForMerchants) == merchants && cmd.called(name) {
				return cmd, args
			}
		}
	}
	return nil, words
}

// typed is how a person types cmd, without the prefix: with "merchant" before
// it where the bare name is a customer's command.
func (b *Bot) typed(cmd *Command) string {
	if cmd.Group == ForMerchants {
		if found, _ := b.findCommand([]string{cmd.Name}); found != cmd {
			return "merchant " + cmd.Name
		}
	}
	return cmd.Name
}

// otherPrefixes are accepted beside a channel's own when a known command
// follows.
const otherPrefixes = "/."

// commandLine splits a text into the words of a command. sure is false when
// the text only might be one: it starts with a prefix that is not the
// channel's, so that it is one only if a known command follows.
func commandLine(text, prefix string) (words []string, sure, ok bool) {
	text = strings.TrimSpace(text)
	switch {
	case prefix != "" && strings.HasPrefix(text, prefix):
		text, sure = text[len(prefix):], true
	case text != "" && strings.ContainsRune(otherPrefixes, rune(text[0])):
		text = text[1:]
	default:
		return nil, false, false
	}
	words = splitWords(text, maxWords)
	if len(words) == 0 || strings.HasPrefix(text, " ") {
		return nil, false, false
	}
	if sure && !strings.ContainsFunc(words[0], isWordRune) {
		return nil, false, words[0] == "?" // "!!!" is an exclamation; "!?" asks for help
	}
	return words, sure, true
}

func isWordRune(r rune) bool {
	return r == '?' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// maxWords is the most words read from one message; a message of 65,536
// characters costs no more than its scan.
const maxWords = 64

// splitWords splits on spaces; "double quotes", straight or curly, keep words
// together. A quote that is never closed reaches to the end.
func splitWords(s string, limit int) []string {
	var words []string
	var word strings.Builder
	quoted, started := false, false
	for _, r := range s {
		switch {
		case r == '"' || r == '“' || r == '”':
			quoted, started = !quoted, true
		case !quoted && (r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\u00a0'):
			if started {
				if words = append(words, word.String()); len(words) == limit {
					return words
				}
				word.Reset()
				started = false
			}
		default:
			word.WriteRune(r)
			started = true
		}
	}
	if started {
		words = append(words, word.String())
	}
	return words
}

// nearest returns the names of up to three commands that c's person may use
// and that differ least from word.
func (c *Ctx) nearest(word string) []*Command {
	type candidate struct {
		cmd  *Command
		away int
	}
	word = cut(strings.ToLower(word), 20)
	var all []candidate
	for _, cmd := range c.bot.commands {
		if !c.may(cmd) {
			continue
		}
		away := distance(word, cmd.Name)
		for _, alias := range cmd.Aliases {
			if len(alias) > 2 {
				away = min(away, distance(word, alias))
			}
		}
		all = append(all, candidate{cmd, away})
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return a.away - b.away })
	var out []*Command
	for _, x := range all[:min(3, len(all))] {
		out = append(out, x.cmd)
	}
	return out
}

// distance is the edit distance of two short words: insertions, deletions,
// replacements and swaps of neighbours.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(x)][len(y)]
}
