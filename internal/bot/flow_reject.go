package bot

import (
	"context"
	"slices"

	"github.com/musika/musika"
)

// rejectFlow asks a merchant's person why an order is turned down. Its data:
// order, to.
func rejectFlow() *Flow {
	return &Flow{
		Name: "reject", Title: "flow.reject",
		Steps: []Step{{
			Name: "reason", Next: then(""),
			Prompt: func(_ context.Context, c *Ctx, f *flowState) (musika.Message, error) {
				return c.question(f, c.T("reject.reason", "code", f.Data["code"]), c.button("none", "button.noreason"), c.button("cancel", "button.keeporder")), nil
			},
			Parse: func(_ context.Context, c *Ctx, f *flowState, a answer) error {
				text := clean(a.text)
				switch {
				case a.value == "none", c.isWord("no", fold(text)):
					f.Data["reason"] = ""
				case a.value != "" || text == "":
					return wrong(c.T("flow.text"))
				case units(text) > maxNote:
					return wrong(c.T("checkout.note.long", "n", maxNote))
				default:
					f.Data["reason"] = text
				}
				return nil
			},
		}},
		Done: func(ctx context.Context, c *Ctx, f *flowState) error {
			return c.moveSale(ctx, f.Data["order"], musika.OrderStatus(f.Data["to"]), f.Data["reason"])
		},
		Offer: func(c *Ctx) []musika.Button {
			return []musika.Button{c.button(replyID("sales", "new"), "button.sales")}
		},
	}
}

// startReject asks why an order is turned down.
func (c *Ctx) startReject(ctx context.Context, o musika.Order) error {
	to := refusalOf(o)
	if o.Status.Final() {
		c.note(c.T("sale.already", "status", c.T("short."+string(o.Status))))
		return c.showSale(ctx, o)
	}
	if !slices.Contains(o.Next(musika.MerchantSide), to) {
		return c.moveSale(ctx, string(o.ID), to, "") // which explains
	}
	return c.begin(ctx, "reject", "", map[string]string{"order": string(o.ID), "code": o.Code, "to": string(to)})
}

// refusalOf is the status of o turned down: a pending order is rejected, one
// that was accepted is cancelled.
func refusalOf(o musika.Order) musika.OrderStatus {
	if o.Status == musika.OrderPending {
		return musika.OrderRejected
	}
	return musika.OrderCancelled
}

func verbReject(ctx context.Context, c *Ctx, args []string) error {
	o, ok, err := c.sale(ctx, arg(args, 0))
	if !ok || err != nil {
		return err
	}
	return c.startReject(ctx, o)
}
