package bot

import (
	"context"

	"github.com/musika/musika"
)

func merchantCommand() *Command {
	return &Command{
		Name: "merchant", Role: musika.RoleStaff, Group: ForMerchants,
		Usage: "<command>", Help: "cmd.merchant", Example: "orders",
		Run: func(_ context.Context, c *Ctx, _ []string) error { return c.showGroup(ForMerchants) },
	}
}
