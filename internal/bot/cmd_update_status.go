package bot

import (
	"context"
	"strings"

	"github.com/musika/musika"
)

func updateStatusCommand() *Command {
	return &Command{
		Name: "update-status", Aliases: []string{"move", "next"}, Role: musika.RoleStaff, Group: ForMerchants,
		Usage: "<order> <status>", Help: "cmd.update-status", Example: "K7F2QP ready",
		Run: func(ctx context.Context, c *Ctx, args []string) error {
			if len(args) == 0 {
				return c.showSales(ctx, "today", 0)
			}
			o, ok, err := c.sale(ctx, args[0])
			if !ok || err != nil {
				return err
			}
			if len(args) == 1 {
				return c.showSale(ctx, o)
			}
			to, ok := statusNamed(strings.Join(args[1:], "_"))
			if !ok {
				var names []string
				for _, s := range o.Next(musika.MerchantSide) {
					names = append(names, string(s))
				}
				c.note(c.T("sale.nostatus", "word", plain(cut(strings.Join(args[1:], " "), 30)), "names", strings.Join(names, ", ")))
				return c.showSale(ctx, o)
			}
			return c.moveSale(ctx, string(o.ID), to, "")
		},
	}
}

// statusNamed reads a status as typed: "out for delivery", "out-for-delivery".
func statusNamed(s string) (musika.OrderStatus, bool) {
	to := musika.OrderStatus(strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(s)))
	switch to {
	case "accepted":
		return musika.OrderConfirmed, true
	case "out":
		return musika.OrderOutForDelivery, true
	case musika.OrderPending, musika.OrderConfirmed, musika.OrderPreparing, musika.OrderReady, musika.OrderOutForDelivery,
		musika.OrderDelivered, musika.OrderRejected, musika.OrderCancelled:
		return to, true
	}
	return "", false
}
