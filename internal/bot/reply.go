package bot

import (
	"context"
	"strconv"
	"strings"

	"github.com/musika/musika"
)

// Verb is what a reply id asks for. Reply ids are "verb:arg:arg": they live in
// chats for years and come back from devices that nobody controls, so a verb
// keeps its name and its arguments, and checks them like anything typed.
type Verb struct {
	Name string
	Args string      // the arguments, for the reference: "<product>:<quantity>"
	Role musika.Role // least role that may use it; "" is everyone
	Flow bool        // goes on with the running flow; all others leave it
	Run  func(ctx context.Context, c *Ctx, args []string) error
}

// verbs lists every reply id there is.
func verbs() []Verb {
	return []Verb{
		{Name: "ans", Args: "<flow>:<step>:<value>", Flow: true, Run: verbAnswer},
		{Name: "cmd", Args: "<command>", Run: verbCommand},
		{Name: "help", Args: "[group]", Run: verbHelp},
		{Name: "stores", Args: "[page]", Run: verbStores},
		{Name: "store", Args: "<store>", Run: verbStore},
		{Name: "menu", Args: "[store]:[page]", Run: verbMenu},
		{Name: "cats", Args: "[store]", Run: verbCategories},
		{Name: "cat", Args: "[store]:<page>:<category>", Run: verbCategory},
		{Name: "search", Args: "[store]:<page>:<words>", Run: verbSearch},
		{Name: "product", Args: "<product>", Run: verbProduct},
		{Name: "add", Args: "<product>:<quantity>", Run: verbAdd},
		{Name: "set", Args: "<product>:<quantity>", Run: verbSet},
		{Name: "cart", Args: "[store]", Run: verbCart},
		{Name: "edit", Args: "[page]", Run: verbEdit},
		{Name: "line", Args: "<product>", Run: verbLine},
		{Name: "qty", Args: "<product>", Run: verbQuantity},
		{Name: "rm", Args: "<product>", Run: verbRemove},
		{Name: "clear", Args: "[store]", Run: verbClear},
		{Name: "undo", Args: "<change>", Run: verbUndo},
		{Name: "restore", Args: "<store>", Run: verbRestore},
		{Name: "drop", Args: "<store>", Run: verbDrop},
		{Name: "fix", Args: "<store>", Run: verbFix},
		{Name: "checkout", Args: "[store]", Run: verbCheckout},
		{Name: "orders", Run: verbOrders},
		{Name: "track", Args: "<order>", Run: verbTrack},
		{Name: "cancel", Args: "<order>", Run: verbCancel},
		{Name: "reorder", Args: "<order>", Run: verbReorder},
		{Name: "rate", Args: "<order>:[stars]", Run: verbRate},
		{Name: "register", Run: verbRegister},
		{Name: "profile", Run: verbProfile},
		{Name: "language", Args: "[language]", Run: verbLanguage},
		{Name: "sales", Args: "<filter>:[page]", Role: musika.RoleStaff, Run: verbSales},
		{Name: "open", Args: "<order>", Role: musika.RoleStaff, Run: verbOpen},
		{Name: "accept", Args: "<order>", Role: musika.RoleStaff, Run: verbAccept},
		{Name: "reject", Args: "<order>", Role: musika.RoleStaff, Run: verbReject},
		{Name: "move", Args: "<order>:<status>", Role: musika.RoleStaff, Run: verbMove},
		{Name: "state", Args: "<open|closed|busy>", Role: musika.RoleStaff, Run: verbState},
	}
}

// replyID makes the id of a button or a row.
func replyID(verb string, args ...string) string {
	return cut(strings.Join(append([]string{verb}, args...), ":"), 200)
}

// findVerb splits a reply id into its verb and as many arguments as the verb
// has; the last one keeps any further colons.
func (b *Bot) findVerb(id string) (Verb, []string, bool) {
	name, rest, some := strings.Cut(id, ":")
	for _, v := range b.verbs {
		if v.Name != name {
			continue
		}
		if !some || v.Args == "" {
			return v, nil, true
		}
		return v, strings.SplitN(rest, ":", strings.Count(v.Args, ":")+1), true
	}
	return Verb{}, nil, false
}

// arg returns the i-th argument, "" when there is none.
func arg(args []string, i int) string {
	if i < len(args) {
		return args[i]
	}
	return ""
}

// pageArg reads a page number; what is not one is the first page.
func pageArg(args []string, i int) int {
	n, err := strconv.Atoi(arg(args, i))
	if err != nil || n < 0 || n > 1000 {
		return 0
	}
	return n
}

// readReply does what a tapped option asks for.
func (c *Ctx) readReply(ctx context.Context, id string) error {
	verb, args, ok := c.bot.findVerb(id)
	if !ok {
		return c.unknownReply()
	}
	if !c.mayVerb(verb) {
		return c.say(c.T("refused.merchants"))
	}
	if !verb.Flow {
		if err := c.leaveFlow(ctx); err != nil {
			return err
		}
	}
	return verb.Run(ctx, c, args)
}

func (c *Ctx) mayVerb(v Verb) bool { return c.may(&Command{Role: v.Role}) }

// unknownReply answers an id that means nothing: from a far older version, or
// made up.
func (c *Ctx) unknownReply() error { return c.say(c.T("reply.unknown")) }

// verbCommand runs a command that was offered as a button.
func verbCommand(ctx context.Context, c *Ctx, args []string) error {
	cmd, rest := c.bot.findCommand(strings.Fields(arg(args, 0)))
	if cmd == nil {
		return c.unknownReply()
	}
	return c.run(ctx, cmd, rest)
}
