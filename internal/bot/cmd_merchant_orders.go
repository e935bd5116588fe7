package bot

import (
	"context"

	"github.com/musika/musika"
)

func merchantOrdersCommand() *Command {
	return &Command{
		Name: "orders", Aliases: []string{"sales"}, Role: musika.RoleStaff, Group: ForMerchants,
		Usage: "[new|today|week|all]", Help: "cmd.sales", Example: "today",
		Run: func(ctx context.Context, c *Ctx, args []string) error {
			return c.showSales(ctx, fold(arg(args, 0)), 0)
		},
	}
}
