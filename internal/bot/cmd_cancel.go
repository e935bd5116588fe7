package bot

import (
	"context"
	"slices"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
)

func cancelCommand() *Command {
	return &Command{
		Name: "cancel", Group: ForCustomers,
		Usage: "<order>", Help: "cmd.cancel", Example: "K7F2QP",
		Run: func(ctx context.Context, c *Ctx, args []string) error {
			if len(args) > 0 {
				return c.cancelOrder(ctx, args[0])
			}
			orders, err := c.shop.CustomerOrders(ctx, c.tx, c.customer(), maxRows)
			if err != nil {
				return err
			}
			orders = slices.DeleteFunc(orders, func(o musika.Order) bool { return o.Status != musika.OrderPending })
			if len(orders) == 0 {
				return c.say(c.T("cancel.none"), c.ordersButton(), c.menuButton(), c.helpButton())
			}
			return c.listOrders(ctx, orders, "cancel", c.T("cancel.which"))
		},
	}
}

// cancelOrder cancels the person's own order while the merchant has not
// accepted it, and shows how it stands.
func (c *Ctx) cancelOrder(ctx context.Context, idOrCode string) error {
	o, ok, err := c.findOrder(ctx, idOrCode)
	if !ok || err != nil {
		return err
	}
	if o.CustomerID != c.customer() {
		c.note(c.T("cancel.merchant"))
		return c.showSale(ctx, o)
	}
	if !slices.Contains(o.Next(musika.CustomerSide), musika.OrderCancelled) {
		key := "cancel.late"
		if o.Status.Final() {
			key = "cancel.over"
		}
		c.note(c.T(key, "status", c.T("short."+string(o.Status))))
		return c.trackOrder(ctx, o)
	}
	moved, err := c.shop.Move(ctx, c.tx, commerce.Move{
		Order: o.ID, To: musika.OrderCancelled, Side: musika.CustomerSide, Actor: c.actor(), Customer: c.customer(),
	})
	if err != nil {
		return err
	}
	return c.say(c.T("cancel.done", "code", moved.Code), c.orderButtons(moved)...)
}

func verbCancel(ctx context.Context, c *Ctx, args []string) error {
	return c.cancelOrder(ctx, arg(args, 0))
}
