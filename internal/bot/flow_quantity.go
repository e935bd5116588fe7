package bot

import (
	"context"
	"strconv"
	"strings"

	"github.com/musika/musika"
)

// quantityFlow asks how many of a product. With "set" in its data the number
// replaces what is in the cart, else it is added.
func quantityFlow() *Flow {
	return &Flow{
		Name: "quantity", Title: "flow.quantity", Soft: true,
		Steps: []Step{{Name: "count", Prompt: askQuantity, Parse: parseQuantity, Next: then("")}},
		Done:  doneQuantity,
		Offer: func(c *Ctx) []musika.Button { return c.home() },
	}
}

func askQuantity(ctx context.Context, c *Ctx, f *flowState) (musika.Message, error) {
	p, m, ok, err := c.product(ctx, f.Data["product"])
	if !ok || err != nil {
		c.state.Flow = nil
		return musika.Message{}, err
	}
	verb := "add"
	body := c.T("quantity.ask")
	if f.Data["set"] != "" {
		verb, body = "set", c.T("quantity.set")
	}
	var buttons []musika.Button
	for n := 1; n <= min(maxButtons, max(1, p.Stock)); n++ {
		buttons = append(buttons, musika.Button{ID: replyID(verb, string(p.ID), strconv.Itoa(n)), Title: strconv.Itoa(n)})
	}
	return c.buttons(c.productCard(p, m)+"\n\n"+body, buttons...), nil
}

func parseQuantity(_ context.Context, c *Ctx, f *flowState, a answer) error {
	n, ok := number(a.text + a.value)
	switch {
	case !ok:
		return wrong(c.T("quantity.nan"))
	case n < 1:
		return wrong(c.T("quantity.low"))
	case n > musika.MaxQuantity:
		return wrong(c.T("quantity.high", "n", musika.MaxQuantity))
	}
	f.Data["count"] = strconv.Itoa(n)
	return nil
}

func doneQuantity(ctx context.Context, c *Ctx, f *flowState) error {
	n, _ := strconv.Atoi(f.Data["count"])
	if f.Data["set"] != "" {
		return c.setQuantity(ctx, f.Data["product"], n)
	}
	return c.addProduct(ctx, f.Data["product"], n)
}

// number reads a whole number in digits or, up to ten, in words of any of the
// languages; "x2" and "2x" are two. Absurdly long digits are a large number.
func number(s string) (int, bool) {
	s = strings.Trim(fold(s), "x× ")
	if n, err := strconv.Atoi(s); err == nil {
		return n, true
	}
	digits := strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	if digits != "" && strings.Trim(digits, "0123456789") == "" {
		if strings.HasPrefix(s, "-") {
			return -1 << 31, true
		}
		return 1 << 31, true
	}
	n, ok := numberWords()[s]
	return n, ok
}
