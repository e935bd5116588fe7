package main

import (
	"context"
	"fmt"

	"github.com/musika/musika/internal/config"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/seed"
)

type seedCommand struct {
	NoHistory bool `help:"Leave out past orders and the people who placed them."`
}

// Run adds what is missing of the sample data.
func (c seedCommand) Run(ctx context.Context, s surroundings) error {
	return s.database(ctx, func(cfg *config.Config, d *db.DB) error {
		var r seed.Result
		err := d.Write(ctx, cli, func(tx db.Tx) (err error) {
			r, err = seed.Seed(ctx, tx, seed.Options{
				AdminPhone: cfg.Bot.OperatorPhone, AdminName: cfg.Bot.OperatorName, NoHistory: c.NoHistory,
			})
			return err
		})
		if err == nil {
			fmt.Fprintf(s.out, "Added %d stores, %d products, %d promotions, %d people with a role, %d customers and %d past orders.\n",
				r.Merchants, r.Products, r.Promotions, r.Users, r.Customers, r.Orders)
		}
		return err
	})
}
