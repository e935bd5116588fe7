package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
	"github.com/musika/musika/internal/store"
)

// saleText is an order as the merchant's people see it.
func (v voice) saleText(o musika.Order, who musika.Customer, zone *time.Location, now time.Time, room int) string {
	name := plain(cut(who.Name, 60))
	if name == "" {
		name = v.T("sale.someone")
	}
	head := v.T("sale.head", "code", o.Code, "status", v.T("short."+string(o.Status))) + "\n" + dots(name, string(who.Phone), v.when(o.CreatedAt, now, zone))
	tail := v.T("total.total", "sum", o.Totals.Total) + "\n" + v.T("sale.pay", "method", v.T("pay."+string(o.Payment))) + "\n" + v.whereTo(o)
	if o.Location != nil {
		tail += "\n" + mapLink(*o.Location)
	}
	if o.Note != "" {
		tail += "\n" + v.T("sale.note", "note", plain(cut(o.Note, 160)))
	}
	if o.Reason != "" {
		tail += "\n" + v.T("order.reason", "reason", plain(cut(o.Reason, 160)))
	}
	return paragraphs(head, v.orderLines(o, room-units(head)-units(tail)-4), tail)
}

func mapLink(p musika.Point) string {
	at := func(f float64) string { return strconv.FormatFloat(f, 'f', 5, 64) }
	return "https://maps.google.com/?q=" + at(p.Latitude) + "," + at(p.Longitude)
}

// saleButtons is what the merchant's people can do next about an order: the
// usual next step first.
func (v voice) saleButtons(o musika.Order) []musika.Button {
	var out []musika.Button
	for _, to := range o.Next(musika.MerchantSide) {
		switch {
		case to == musika.OrderConfirmed:
			out = append(out, v.button(replyID("accept", string(o.ID)), "button.accept"))
		case to == musika.OrderRejected || to == musika.OrderCancelled && o.Status != musika.OrderPending:
			out = append(out, v.button(replyID("reject", string(o.ID)), "button."+string(to)))
		case to != musika.OrderCancelled:
			out = append(out, v.button(replyID("move", string(o.ID), string(to)), "button."+string(to)))
		}
	}
	return append(out, v.button(replyID("sales", "new"), "button.sales"))
}

// showSale shows an order of the store that the person works for.
func (c *Ctx) showSale(ctx context.Context, o musika.Order) error {
	c.business = true
	who, err := store.Customer(ctx, c.tx, o.CustomerID)
	if err != nil {
		return err
	}
	zone := c.zone(ctx, o.MerchantID)
	return c.say(c.saleText(o, who, zone, c.now, maxBody-c.noteUnits()), c.saleButtons(o)...)
}

// sale finds an order of the person's own store by id or code. false means
// that they were answered.
func (c *Ctx) sale(ctx context.Context, idOrCode string) (musika.Order, bool, error) {
	c.business = true
	o, ok, err := c.findOrder(ctx, idOrCode)
	if ok && err == nil && o.MerchantID != c.ownStore() {
		return o, false, c.say(c.T("refused.merchants"))
	}
	return o, ok, err
}

// moveSale moves an order of the person's own store and shows it as it is
// then. A move that the order's state does not allow is explained, and the
// order shown with what it does allow.
func (c *Ctx) moveSale(ctx context.Context, idOrCode string, to musika.OrderStatus, reason string) error {
	o, ok, err := c.sale(ctx, idOrCode)
	if !ok || err != nil {
		return err
	}
	if o.Status == to {
		c.note(c.T("sale.already", "status", c.T("short."+string(to))))
		return c.showSale(ctx, o)
	}
	if next := o.Next(musika.MerchantSide); !slices.Contains(next, to) {
		c.note(c.T("sale.notnow", "from", c.T("short."+string(o.Status)), "to", c.T("short."+string(to))))
		return c.showSale(ctx, o)
	}
	moved, err := c.shop.Move(ctx, c.tx, commerce.Move{
		Order: o.ID, To: to, Side: musika.MerchantSide, Actor: c.actor(), Reason: reason, Merchant: c.ownStore(),
	})
	if refusal(err) {
		c.note(c.explain(err))
		return c.showSale(ctx, o)
	}
	if err != nil {
		return err
	}
	c.note(c.T("sale.moved", "code", o.Code, "status", c.T("short."+string(to))))
	return c.showSale(ctx, moved)
}

// saleFilters are the words of "merchant orders".
var saleFilters = []string{"new", "today", "week", "all"}

// maxSales is the most orders that are listed, page by page.
const maxSales = 100

// showSales lists the orders of the person's own store.
func (c *Ctx) showSales(ctx context.Context, filter string, page int) error {
	c.business = true
	zone := c.zone(ctx, c.ownStore())
	f := commerce.OrderFilter{Limit: maxSales}
	local := c.now.In(zone)
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, zone)
	switch filter {
	case "today":
		f.Since = midnight.UTC()
	case "week":
		f.Since = midnight.AddDate(0, 0, -6).UTC()
	case "all":
	default:
		filter = "new"
		f.Statuses = []musika.OrderStatus{musika.OrderPending}
	}
	orders, err := c.shop.MerchantOrders(ctx, c.tx, c.ownStore(), f)
	if err != nil {
		return err
	}
	if len(orders) == 0 {
		return c.say(c.T("sales.none."+filter), c.saleFilterButtons(filter)...)
	}
	body := c.N("sales.body."+filter, len(orders))
	if filter != "new" {
		body = strings.TrimSpace(body + "\n" + c.salesSum(orders))
	}
	c.listSales(orders, filter, page, body, zone)
	return nil
}

// salesSum adds up what was sold: orders that were not turned down.
func (c *Ctx) salesSum(orders []musika.Order) string {
	var all []musika.Money
	for _, o := range orders {
		if o.Status != musika.OrderRejected && o.Status != musika.OrderCancelled {
			all = append(all, o.Totals.Total)
		}
	}
	if len(all) == 0 {
		return ""
	}
	return c.N("sales.sum", len(all), "sum", c.sum(all))
}

func (c *Ctx) listSales(orders []musika.Order, filter string, page int, body string, zone *time.Location) {
	var rows []musika.Row
	for _, o := range orders {
		n := 0
		for _, l := range o.Lines {
			n += l.Quantity
		}
		rows = append(rows, musika.Row{
			ID: replyID("open", string(o.ID)), Title: statusIcon(o.Status) + " " + o.Code + " " + o.Totals.Total.Format(c.lang),
			Description: dots(c.T("short."+string(o.Status)), c.when(o.CreatedAt, c.now, zone), c.N("items", n), c.T("short."+string(o.Fulfilment))),
		})
	}
	rows = c.page(rows, page, func(p int) string { return replyID("sales", filter, strconv.Itoa(p)) })
	c.reply(c.list(body, c.T("list.orders"), musika.Section{Rows: rows}))
}

// saleFilterButtons offers the other lists.
func (c *Ctx) saleFilterButtons(not string) []musika.Button {
	var out []musika.Button
	for _, f := range saleFilters {
		if f != not {
			out = append(out, c.button(replyID("sales", f), "button.sales."+f))
		}
	}
	return out
}

// remindMerchant shows pending orders to a person of the store who writes
// about something else: WhatsApp lets us tell them of an order only within a
// day of their last message, so one that came later was never announced.
func (c *Ctx) remindMerchant(ctx context.Context) error {
	if c.ownStore() == "" || c.business || c.state.Flow != nil || c.turn.Message.Group || c.now.Sub(c.state.Reminded) < reminderGap {
		return nil
	}
	c.state.Reminded = c.now
	orders, err := c.shop.MerchantOrders(ctx, c.tx, c.ownStore(), commerce.OrderFilter{Statuses: []musika.OrderStatus{musika.OrderPending}, Limit: maxRows + 1})
	if err != nil || len(orders) == 0 {
		return err
	}
	c.listSales(orders, "new", 0, c.N("sales.waiting", len(orders)), c.zone(ctx, c.ownStore()))
	return nil
}

func verbSales(ctx context.Context, c *Ctx, args []string) error {
	return c.showSales(ctx, arg(args, 0), pageArg(args, 1))
}

func verbOpen(ctx context.Context, c *Ctx, args []string) error {
	o, ok, err := c.sale(ctx, arg(args, 0))
	if !ok || err != nil {
		return err
	}
	return c.showSale(ctx, o)
}

func verbAccept(ctx context.Context, c *Ctx, args []string) error {
	return c.moveSale(ctx, arg(args, 0), musika.OrderConfirmed, "")
}

func verbMove(ctx context.Context, c *Ctx, args []string) error {
	return c.moveSale(ctx, arg(args, 0), musika.OrderStatus(arg(args, 1)), "")
}
