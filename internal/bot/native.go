package bot

import (
	"cmp"
	"context"
	"slices"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
)

// nativeOrder makes a cart filled in WhatsApp's own catalogue the cart here,
// at the prices here, ready for checkout.
func (c *Ctx) nativeOrder(ctx context.Context, order *musika.NativeOrder) error {
	order.Items = order.Items[:min(len(order.Items), maxNativeItems)]
	store, bySKU, err := c.catalogueOf(ctx, order.Items)
	if err != nil {
		return err
	}
	var lines []musika.CartLine
	missing := 0
	for _, item := range order.Items {
		p, ok := bySKU[item.SKU]
		if !ok || item.Quantity < 1 {
			missing++
			continue
		}
		n := min(item.Quantity, musika.MaxQuantity)
		if at := slices.IndexFunc(lines, func(l musika.CartLine) bool { return l.ProductID == p.ID }); at >= 0 {
			lines[at].Quantity = min(lines[at].Quantity+n, musika.MaxQuantity)
			continue
		}
		lines = append(lines, musika.CartLine{ProductID: p.ID, Quantity: n, SeenPrice: p.Price})
	}
	if len(lines) == 0 {
		return c.say(c.T("native.nothing"), c.menuButton(), c.storesButton())
	}
	if _, err := c.shop.PutLines(ctx, c.tx, c.customer(), store, lines); err != nil {
		return err
	}
	c.note(c.N("native.taken", len(lines)))
	if missing > 0 {
		c.note(c.N("native.missing", missing))
	}
	return c.showCart(ctx, store)
}

const (
	maxNativeItems = 100  // lines of a native cart that are read
	maxCatalogue   = 2000 // products that are read to find them
)

// catalogueOf finds the store that a native cart is for and its products: the
// channel's own store, else the one in hand, else the one that has most of the
// items. A SKU is unique within a store only.
func (c *Ctx) catalogueOf(ctx context.Context, items []musika.NativeItem) (musika.MerchantID, map[string]musika.Product, error) {
	own := c.turn.Channel.MerchantID
	for _, store := range []musika.MerchantID{cmp.Or(own, c.turn.Store), own} {
		products, _, err := c.shop.Products(ctx, c.tx, commerce.ProductFilter{Merchant: store, Limit: maxCatalogue})
		if err != nil {
			return "", nil, err
		}
		bySKU := map[musika.MerchantID]map[string]musika.Product{}
		for _, p := range products {
			if p.SKU == "" || !slices.ContainsFunc(items, func(i musika.NativeItem) bool { return i.SKU == p.SKU }) {
				continue
			}
			if bySKU[p.MerchantID] == nil {
				bySKU[p.MerchantID] = map[string]musika.Product{}
			}
			bySKU[p.MerchantID][p.SKU] = p
		}
		var best musika.MerchantID
		for id, found := range bySKU {
			if n, most := len(found), len(bySKU[best]); n > most || n == most && id < best {
				best = id
			}
		}
		if best != "" || store == own {
			return best, bySKU[best], nil
		}
	}
	return "", nil, nil
}
