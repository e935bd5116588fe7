package bot

import (
	"context"

	"github.com/musika/musika"
)

func acceptCommand() *Command {
	return &Command{
		Name: "accept", Role: musika.RoleStaff, Group: ForMerchants,
		Usage: "<order>", Help: "cmd.accept", Example: "K7F2QP",
		Run: func(ctx context.Context, c *Ctx, args []string) error {
			if len(args) == 0 {
				return c.showSales(ctx, "new", 0)
			}
			return c.moveSale(ctx, args[0], musika.OrderConfirmed, "")
		},
	}
}
