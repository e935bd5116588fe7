package bot

import (
	"context"
	"strings"

	"github.com/musika/musika"
)

func rejectCommand() *Command {
	return &Command{
		Name: "reject", Aliases: []string{"decline"}, Role: musika.RoleStaff, Group: ForMerchants,
		Usage: "<order> [reason]", Help: "cmd.reject", Example: "K7F2QP \"out of chicken\"",
		Run: func(ctx context.Context, c *Ctx, args []string) error {
			if len(args) == 0 {
				return c.showSales(ctx, "new", 0)
			}
			o, ok, err := c.sale(ctx, args[0])
			if !ok || err != nil {
				return err
			}
			if len(args) == 1 {
				return c.startReject(ctx, o)
			}
			return c.moveSale(ctx, args[0], refusalOf(o), cut(clean(strings.Join(args[1:], " ")), maxNote))
		},
	}
}
