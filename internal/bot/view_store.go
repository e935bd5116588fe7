package bot

import (
	"context"
	"strconv"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
)

// openText says whether a store takes orders now.
func (c *Ctx) openText(m musika.Merchant) string {
	hours := m.Hours.Open != m.Hours.Close
	switch {
	case m.OpenAt(c.now) && m.StoreState == musika.StoreBusy:
		return c.T("store.busy")
	case m.OpenAt(c.now) && hours:
		return c.T("store.open.until", "time", minuteOfDay(m.Hours.Close))
	case m.OpenAt(c.now):
		return c.T("store.open")
	case m.StoreState != musika.StoreClosed && m.State == musika.MerchantApproved && hours:
		return c.T("store.opens", "time", minuteOfDay(m.Hours.Open))
	}
	return c.T("store.closed")
}

func (c *Ctx) ratingText(m musika.Merchant) string {
	if m.RatingCount == 0 {
		return ""
	}
	return c.stars(m.Rating())
}

// feeText says what delivery costs.
func (c *Ctx) feeText(m musika.Merchant) string {
	if m.DeliveryFee == 0 {
		return c.T("store.free")
	}
	return c.T("store.fee", "fee", musika.Money{Amount: m.DeliveryFee, Currency: m.Currency})
}

// showStores lists the stores; on a store's own number it shows the menu.
func (c *Ctx) showStores(ctx context.Context, page int) error {
	if own := c.turn.Channel.MerchantID; own != "" {
		return c.showMenu(ctx, own, 0)
	}
	all, err := c.shop.Stores(ctx, c.tx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return c.say(c.T("stores.none"), c.helpButton())
	}
	c.listStores(all, page, c.T("stores.body"))
	return nil
}

func (c *Ctx) listStores(all []musika.Merchant, page int, body string) {
	var rows []musika.Row
	for _, m := range all {
		c.stores[m.ID] = m
		rows = append(rows, musika.Row{
			ID: replyID("store", string(m.ID)), Title: m.Name,
			Description: dots(c.openText(m), c.ratingText(m), c.T("store.minutes", "n", m.DeliveryMinutes), m.Area),
		})
	}
	rows = c.page(rows, page, func(p int) string { return replyID("stores", strconv.Itoa(p)) })
	c.reply(c.list(body, c.T("list.stores"), musika.Section{Rows: rows}))
}

// takeStore makes m the store in hand.
func (c *Ctx) takeStore(m musika.Merchant) {
	c.stores[m.ID] = m
	c.turn.Store = m.ID
}

// storeCard describes a store, for the top of its menu.
func (c *Ctx) storeCard(m musika.Merchant) string {
	return bold(m.Name) + " · " + c.openText(m) + "\n" +
		dots(c.ratingText(m), plain(m.Area), c.T("store.minutes", "n", m.DeliveryMinutes), c.feeText(m))
}

// pageSize is how many rows a page takes when another follows.
const pageSize = maxRows - 1

// showMenu lists a store's products by category.
func (c *Ctx) showMenu(ctx context.Context, id musika.MerchantID, page int) error {
	if c.elsewhere(id) {
		id = c.turn.Channel.MerchantID
	}
	m, err := c.store(ctx, id)
	if err != nil || m.State != musika.MerchantApproved {
		return c.goneStore(ctx, err)
	}
	c.takeStore(m)
	products, total, err := c.productPage(ctx, commerce.ProductFilter{Merchant: id}, page)
	if err != nil {
		return err
	}
	if total == 0 {
		return c.say(c.storeCard(m)+"\n\n"+c.T("menu.empty"), c.storesButton(), c.helpButton())
	}
	body := c.storeCard(m)
	if page == 0 && m.Description != "" {
		body += "\n\n" + plain(m.Description)
	}
	sections := c.productSections(products, total, page, func(p int) string {
		return replyID("menu", string(id), strconv.Itoa(p))
	})
	c.reply(c.list(body+"\n\n"+c.T("menu.body"), c.T("list.menu"), sections...))
	return nil
}

// productPage reads one page of products, and how many there are in all.
func (c *Ctx) productPage(ctx context.Context, f commerce.ProductFilter, page int) ([]musika.Product, int, error) {
	f.Offset, f.Limit = page*pageSize, maxRows
	products, total, err := c.shop.Products(ctx, c.tx, f)
	if err != nil || len(products) > 0 || page == 0 {
		return products, total, err
	}
	f.Offset = 0 // the menu has become shorter since the tap was offered
	return c.shop.Products(ctx, c.tx, f)
}

// productSections makes rows of a page of products, in sections by category.
// products has up to ten; a row that leads on takes the place of the tenth
// when more follow.
func (c *Ctx) productSections(products []musika.Product, total, page int, next func(page int) string) []musika.Section {
	left := total - page*pageSize
	more := left > maxRows
	if more {
		products = products[:min(pageSize, len(products))]
	}
	var sections []musika.Section
	for _, p := range products {
		if n := len(sections); n == 0 || sections[n-1].Title != p.Category {
			sections = append(sections, musika.Section{Title: p.Category})
		}
		s := &sections[len(sections)-1]
		s.Rows = append(s.Rows, c.productRow(p, ""))
	}
	if more {
		row := musika.Row{ID: next(page + 1), Title: c.T("row.more"), Description: c.T("row.more.text", "n", left-pageSize)}
		sections = append(sections, musika.Section{Title: c.T("section.more"), Rows: []musika.Row{row}})
	}
	return sections
}

// productRow is a product as a row; where names its store when that is not
// plain from what is around it.
func (c *Ctx) productRow(p musika.Product, where string) musika.Row {
	return musika.Row{
		ID: replyID("product", string(p.ID)), Title: p.Name,
		Description: dots(p.Price.Format(c.lang), where, c.stockText(p), clean(p.Description)),
	}
}

// stockText warns when a product is gone or nearly so; else it is "".
func (c *Ctx) stockText(p musika.Product) string {
	switch {
	case p.Stock == 0:
		return c.T("stock.none")
	case p.Stock <= p.LowStock:
		return c.T("stock.low", "n", p.Stock)
	}
	return ""
}

// goneStore answers a store that cannot be shown.
func (c *Ctx) goneStore(ctx context.Context, err error) error {
	if err != nil && musika.CodeOf(err) != musika.CodeNotFound {
		return err
	}
	if c.turn.Channel.MerchantID != "" {
		return c.say(c.T("stores.none"), c.ordersButton(), c.helpButton())
	}
	c.turn.Store = ""
	c.note(c.T("store.gone"))
	return c.showStores(ctx, 0)
}

// goneProduct answers a product that is not sold any more with what is.
func (c *Ctx) goneProduct(ctx context.Context) error {
	c.note(c.T("product.gone"))
	if c.turn.Store != "" {
		return c.showMenu(ctx, c.turn.Store, 0)
	}
	return c.showStores(ctx, 0)
}

// product looks a product up that may still be bought. false means that the
// person was answered.
func (c *Ctx) product(ctx context.Context, id string) (musika.Product, musika.Merchant, bool, error) {
	p, err := c.shop.Product(ctx, c.tx, musika.ProductID(id))
	if musika.CodeOf(err) == musika.CodeNotFound || err == nil && (!p.Active || c.elsewhere(p.MerchantID)) {
		return p, musika.Merchant{}, false, c.goneProduct(ctx)
	}
	if err != nil {
		return p, musika.Merchant{}, false, err
	}
	m, err := c.store(ctx, p.MerchantID)
	if err == nil && m.State != musika.MerchantApproved {
		return p, m, false, c.goneStore(ctx, nil)
	}
	return p, m, err == nil, err
}

// productCard describes a product.
func (c *Ctx) productCard(p musika.Product, m musika.Merchant) string {
	return paragraphs(
		bold(p.Name)+"\n"+dots(p.Price.Format(c.lang), c.stockText(p), plain(m.Name)),
		plain(p.Description),
	)
}

// showProduct shows a product and asks how many.
func (c *Ctx) showProduct(ctx context.Context, id string) error {
	p, m, ok, err := c.product(ctx, id)
	if !ok || err != nil {
		return err
	}
	c.takeStore(m)
	switch {
	case !m.OpenAt(c.now):
		return c.say(c.productCard(p, m)+"\n\n"+c.T("store.notnow", "name", plain(m.Name), "state", c.openText(m)), c.menuButton(), c.storesButton())
	case p.Stock == 0:
		return c.say(c.productCard(p, m)+"\n\n"+c.T("product.soldout"), c.menuButton(), c.cartButton())
	}
	return c.begin(ctx, "quantity", "", map[string]string{"product": id})
}
