package bot

import (
	"context"
	"strconv"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
)

func categoriesCommand() *Command {
	return &Command{
		Name: "categories", Aliases: []string{"cats", "category"}, Group: ForCustomers,
		Help: "cmd.categories",
		Run: func(ctx context.Context, c *Ctx, _ []string) error {
			return c.showCategories(ctx, c.turn.Store)
		},
	}
}

// showCategories lists a store's categories, of all stores for "".
func (c *Ctx) showCategories(ctx context.Context, id musika.MerchantID) error {
	if c.elsewhere(id) {
		id = c.turn.Channel.MerchantID
	}
	all, err := c.shop.Categories(ctx, c.tx, id)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return c.say(c.T("menu.empty"), c.storesButton(), c.helpButton())
	}
	var rows []musika.Row
	for _, cat := range all[:min(len(all), maxRows)] {
		rows = append(rows, musika.Row{
			ID: replyID("cat", string(id), "0", cat.Name), Title: cat.Name, Description: c.N("products", cat.Count),
		})
	}
	body := c.N("categories.body", len(all))
	if len(all) > maxRows {
		body += " " + c.T("categories.more", "n", len(all)-maxRows)
	}
	c.reply(c.list(body, c.T("list.choose"), musika.Section{Rows: rows}))
	return nil
}

// showCategory lists the products of one category.
func (c *Ctx) showCategory(ctx context.Context, id musika.MerchantID, name string, page int) error {
	if c.elsewhere(id) {
		id = c.turn.Channel.MerchantID
	}
	products, total, err := c.productPage(ctx, commerce.ProductFilter{Merchant: id, Category: name}, page)
	if err != nil {
		return err
	}
	if total == 0 {
		c.note(c.T("category.gone", "name", plain(cut(name, 40))))
		return c.showCategories(ctx, id)
	}
	sections := c.productSections(products, total, page, func(p int) string {
		return replyID("cat", string(id), strconv.Itoa(p), name)
	})
	c.reply(c.list(c.T("category.body", "name", plain(cut(name, 40))), c.T("list.choose"), sections...))
	return nil
}

func verbCategories(ctx context.Context, c *Ctx, args []string) error {
	return c.showCategories(ctx, musika.MerchantID(arg(args, 0)))
}

func verbCategory(ctx context.Context, c *Ctx, args []string) error {
	return c.showCategory(ctx, musika.MerchantID(arg(args, 0)), arg(args, 2), pageArg(args, 1))
}
