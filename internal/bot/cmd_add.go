package bot

import (
	"context"
	"strings"

	"github.com/musika/musika/internal/commerce"
)

func addCommand() *Command {
	return &Command{
		Name: "add", Group: ForCustomers,
		Usage: "<product> [quantity]", Help: "cmd.add", Example: "\"sadza and chicken\" 2",
		Run: addWords,
	}
}

// addWords puts a product into the cart whose quantity, if any, is the last
// word. Words that name no product as a whole are read as plain words are.
func addWords(ctx context.Context, c *Ctx, args []string) error {
	if len(args) == 0 {
		return c.browse(ctx)
	}
	count, last := 1, len(args)-1
	n, counted := number(args[last])
	if counted && last > 0 {
		args, count = args[:last], n
	}
	if strings.HasPrefix(args[0], "prd_") {
		return c.addProduct(ctx, args[0], count)
	}
	words := strings.Join(args, " ")
	whole := []commerce.Request{{Words: words, Quantity: count}}
	found, err := c.shop.Resolve(ctx, c.tx, c.turn.Store, whole)
	if err != nil {
		return err
	}
	if len(found) == 1 && (found[0].Clear || counted && last > 0 && len(found[0].Matches) > 0) {
		return c.addResolved(ctx, found)
	}
	return c.orderWords(ctx, strings.Join(append([]string{toText(count)}, args...), " "), true)
}

func verbProduct(ctx context.Context, c *Ctx, args []string) error {
	return c.showProduct(ctx, arg(args, 0))
}
