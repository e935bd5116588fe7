package bot

import (
	"slices"
	"strings"
	"testing"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/inbox"
)

func TestCommandLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    string
		words []string
		sure  bool
		ok    bool
	}{
		{"!help", []string{"help"}, true, true},
		{"  !Help  Me ", []string{"Help", "Me"}, true, true},
		{`!add "sadza and chicken" 2`, []string{"add", "sadza and chicken", "2"}, true, true},
		{"!add “curly quotes” x", []string{"add", "curly quotes", "x"}, true, true},
		{`!add "never closed`, []string{"add", "never closed"}, true, true},
		{`!add "" x`, []string{"add", "", "x"}, true, true},
		{"!a\nb\tc\u00a0d", []string{"a", "b", "c", "d"}, true, true},
		{"/menu", []string{"menu"}, false, true},
		{".menu now", []string{"menu", "now"}, false, true},
		{"menu", nil, false, false},
		{"!", nil, false, false},
		{"! help", nil, false, false},
		{"!!!", nil, false, false},
		{"", nil, false, false},
		{"...", []string{".."}, false, true}, // no command is called so
	} {
		words, sure, ok := commandLine(c.in, "!")
		if !slices.Equal(words, c.words) || sure != c.sure || ok != c.ok {
			t.Errorf("commandLine(%q) = %q %v %v", c.in, words, sure, ok)
		}
	}
	if words, sure, ok := commandLine("#help", "#"); !ok || !sure || words[0] != "help" {
		t.Errorf("another prefix: %q %v %v", words, sure, ok)
	}
	if words := splitWords(strings.Repeat("a ", 1000), maxWords); len(words) != maxWords {
		t.Errorf("%d words", len(words))
	}
}

// TestCommandNames checks that a name means one command in its group, that
// what a button says can be typed, and that each is explained.
func TestCommandNames(t *testing.T) {
	t.Parallel()
	b := New(Dependencies{})
	seen := map[string]string{}
	for _, cmd := range b.Commands() {
		for _, name := range append([]string{cmd.Name}, cmd.Aliases...) {
			key := name
			if cmd.Group == ForMerchants {
				key = "merchant " + name
			}
			if other := seen[key]; other != "" {
				t.Errorf("%q is both %s and %s", key, other, cmd.Name)
			}
			seen[key] = cmd.Name
			if name != strings.ToLower(name) || strings.ContainsAny(name, " \"") {
				t.Errorf("%q cannot be typed", name)
			}
		}
		found, _ := b.findCommand(strings.Fields(b.typed(cmd)))
		if found != cmd {
			t.Errorf("typing %q does not find the command", b.typed(cmd))
		}
		if units("!"+b.typed(cmd)) > maxButtonTitle {
			t.Errorf("%q does not fit a button", b.typed(cmd))
		}
		if english[cmd.Help] == "" || cmd.Group == "" || cmd.Run == nil {
			t.Errorf("%s is not complete", cmd.Name)
		}
		if strings.Contains(cmd.Usage, "<") && cmd.Example == "" {
			t.Errorf("%s has arguments and no example", cmd.Name)
		}
	}
	// A bare name that customers have too is the customer's, whoever asks.
	if cmd, _ := b.findCommand([]string{"Orders"}); cmd.Group != ForCustomers {
		t.Error("bare orders is the merchant's")
	}
	if cmd, args := b.findCommand([]string{"MERCHANT", "Orders", "today"}); cmd.Group != ForMerchants || len(args) != 1 {
		t.Error("merchant orders is not the merchant's")
	}
	if cmd, _ := b.findCommand([]string{"merchant", "menu"}); cmd != nil {
		t.Error("merchant menu is a command")
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	b := New(Dependencies{})
	names := func(user *musika.User, word string) []string {
		c := &Ctx{bot: b, turn: &inbox.Turn{User: user}}
		var out []string
		for _, cmd := range c.nearest(word) {
			out = append(out, cmd.Name)
		}
		return out
	}
	for word, want := range map[string]string{"trak": "track", "chekout": "checkout", "hlep": "help", "MENUE": "menu", "cetagories": "categories"} {
		if got := names(nil, word); got[0] != want || len(got) != 3 {
			t.Errorf("nearest(%q) = %v", word, got)
		}
	}
	owner := &musika.User{Role: musika.RoleOwner, MerchantID: "mer_1"}
	if got := names(owner, "acept"); got[0] != "accept" {
		t.Errorf("the owner is offered %v", got)
	}
	if got := names(nil, "acept"); slices.Contains(got, "accept") {
		t.Errorf("a customer is offered %v", got)
	}
	if got := names(nil, strings.Repeat("x", 2000)); len(got) != 3 {
		t.Errorf("a long word: %v", got)
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"kitten", "sitting", 3}, {"hlep", "help", 1}, {"abc", "abc", 0}, {"ñ", "n", 1}} {
		if got := distance(c.a, c.b); got != c.want || distance(c.b, c.a) != got {
			t.Errorf("distance(%q, %q) = %d", c.a, c.b, got)
		}
	}
}

func FuzzCommandLine(f *testing.F) {
	for _, s := range []string{"!help", `!add "a b" 2`, "/x", ". .", "!“”", "!\"\"\"", "!\xff\xfe", "! ", "\u00a0!x"} {
		f.Add(s, "!")
	}
	b := New(Dependencies{})
	f.Fuzz(func(t *testing.T, text, prefix string) {
		text = readable(text) // as read does
		words, sure, ok := commandLine(text, prefix)
		if !ok {
			return
		}
		if len(words) == 0 || len(words) > maxWords {
			t.Fatalf("%q gives %d words", text, len(words))
		}
		if sure && !strings.HasPrefix(strings.TrimSpace(text), prefix) {
			t.Fatalf("%q is surely a command without %q", text, prefix)
		}
		for _, w := range words {
			if !strings.Contains(text, w) && !strings.ContainsAny(text, `"“”`) {
				t.Fatalf("%q has no word %q", text, w)
			}
		}
		if cmd, args := b.findCommand(words); cmd != nil && len(args) >= len(words) {
			t.Fatalf("%q keeps its name among %q", text, args)
		}
	})
}

// TestReference checks that the tables made from the commands name them all.
func TestReference(t *testing.T) {
	t.Parallel()
	b := New(Dependencies{})
	text := b.Reference()
	for _, cmd := range b.Commands() {
		if !strings.Contains(text, "| `"+b.typed(cmd)) {
			t.Errorf("the reference lacks %s", cmd.Name)
		}
	}
	for _, v := range b.Verbs() {
		if !strings.Contains(text, "| `"+v.Name) {
			t.Errorf("the reference lacks %s", v.Name)
		}
	}
}
