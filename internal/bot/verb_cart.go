package bot

import (
	"context"
	"strconv"

	"github.com/musika/musika"
)

func verbAdd(ctx context.Context, c *Ctx, args []string) error {
	n, ok := number(arg(args, 1))
	if !ok {
		return c.showProduct(ctx, arg(args, 0))
	}
	return c.addProduct(ctx, arg(args, 0), n)
}

func verbSet(ctx context.Context, c *Ctx, args []string) error {
	n, ok := number(arg(args, 1))
	if !ok {
		return c.showProduct(ctx, arg(args, 0))
	}
	return c.setQuantity(ctx, arg(args, 0), n)
}

func verbCart(ctx context.Context, c *Ctx, args []string) error {
	return c.showCart(ctx, musika.MerchantID(arg(args, 0)))
}

func verbEdit(ctx context.Context, c *Ctx, args []string) error {
	return c.showEdit(ctx, pageArg(args, 0))
}

// verbLine shows one line of the cart and what can be done with it.
func verbLine(ctx context.Context, c *Ctx, args []string) error {
	id := arg(args, 0)
	cart, _, err := c.cartOf(ctx, "")
	if err != nil {
		return err
	}
	l := lineOf(cart, musika.ProductID(id))
	if l.Quantity == 0 {
		c.note(c.T("edit.gone"))
		return c.showCart(ctx, "")
	}
	body := bold(l.Name) + "\n" + strconv.Itoa(l.Quantity) + " × " + l.Price.Format(c.lang) + " = " + l.Total().Format(c.lang)
	return c.say(body, c.button(replyID("qty", id), "button.quantity"), c.button(replyID("rm", id), "button.remove"), c.cartButton())
}

func verbQuantity(ctx context.Context, c *Ctx, args []string) error {
	return c.begin(ctx, "quantity", "", map[string]string{"product": arg(args, 0), "set": "1"})
}

func verbRemove(ctx context.Context, c *Ctx, args []string) error {
	return c.setQuantity(ctx, arg(args, 0), 0)
}

func verbClear(ctx context.Context, c *Ctx, args []string) error {
	return c.clearCart(ctx, musika.MerchantID(arg(args, 0)))
}

func verbUndo(ctx context.Context, c *Ctx, args []string) error { return c.undo(ctx, arg(args, 0)) }

func verbRestore(ctx context.Context, c *Ctx, args []string) error {
	return c.restore(ctx, musika.MerchantID(arg(args, 0)))
}

func verbDrop(ctx context.Context, c *Ctx, args []string) error {
	return c.drop(ctx, musika.MerchantID(arg(args, 0)))
}

func verbFix(ctx context.Context, c *Ctx, args []string) error {
	return c.fixCart(ctx, musika.MerchantID(arg(args, 0)))
}
