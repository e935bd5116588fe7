package bot

import (
	"context"
	"strings"
	"time"

	"github.com/musika/musika"
)

// statusText says where an order is on its way, in words for whoever ordered.
func (v voice) statusText(o musika.Order) string {
	key := "status." + string(o.Status)
	if o.Fulfilment == musika.Pickup && (o.Status == musika.OrderReady || o.Status == musika.OrderDelivered) {
		key += ".pickup"
	}
	return v.T(key)
}

// statusIcon marks a status in lists.
func statusIcon(s musika.OrderStatus) string {
	switch s {
	case musika.OrderPending:
		return "🕐"
	case musika.OrderRejected, musika.OrderCancelled:
		return "✖️"
	case musika.OrderDelivered:
		return "✅"
	case musika.OrderOutForDelivery:
		return "🛵"
	}
	return "👍"
}

// orderLines writes what was ordered, in at most room units.
func (v voice) orderLines(o musika.Order, room int) string {
	var lines []string
	for _, l := range o.Lines {
		lines = append(lines, v.T("line", "n", l.Quantity, "name", plain(cut(l.Name, 60)), "sum", l.Total()))
	}
	return fitLines(lines, room, func(n int) string { return v.N("lines.more", n) })
}

// whereTo says how the goods reach the customer.
func (v voice) whereTo(o musika.Order) string {
	if o.Fulfilment == musika.Pickup {
		return v.T("order.pickup")
	}
	if o.Address == "" {
		return v.T("order.delivery.point")
	}
	return v.T("order.delivery", "address", plain(cut(o.Address, 120)))
}

// findOrder looks an order up by its id or by its code as typed, for the
// person who ordered it or the store that sells it. false means that the
// person was answered. Somebody else's order is no order.
func (c *Ctx) findOrder(ctx context.Context, idOrCode string) (musika.Order, bool, error) {
	var o musika.Order
	var err error
	if strings.HasPrefix(idOrCode, "ord_") {
		o, err = c.shop.Order(ctx, c.tx, musika.OrderID(idOrCode))
	} else {
		o, err = c.shop.OrderByCode(ctx, c.tx, orderCode(idOrCode))
	}
	switch {
	case (musika.CodeOf(err) == musika.CodeNotFound || err == nil && !c.sees(o)) && (idOrCode == "" || strings.HasPrefix(idOrCode, "ord_")):
		return o, false, c.say(c.T("order.gone"), c.orderLists()...)
	case musika.CodeOf(err) == musika.CodeNotFound || err == nil && !c.sees(o):
		return o, false, c.say(c.T("order.unknown", "code", plain(cut(idOrCode, 20))), c.orderLists()...)
	case err != nil:
		return o, false, err
	}
	return o, true, nil
}

// sees reports whether o is the person's own order or one of their store.
func (c *Ctx) sees(o musika.Order) bool {
	return o.ID != "" && (o.CustomerID == c.customer() || o.MerchantID == c.ownStore())
}

// orderLists is where to look for an order.
func (c *Ctx) orderLists() []musika.Button {
	if c.ownStore() != "" {
		return []musika.Button{c.button(replyID("sales", "new"), "button.sales"), c.ordersButton(), c.helpButton()}
	}
	return []musika.Button{c.ordersButton(), c.menuButton(), c.helpButton()}
}

// orderCode reads a code as people type it: "#k7f2qp".
func orderCode(s string) string { return strings.ToUpper(strings.Trim(strings.TrimSpace(s), "#.")) }

// looksLikeCode reports whether a word can be an order's code: the right
// length, without the letters that codes leave out.
func looksLikeCode(s string) bool {
	s = orderCode(s)
	return len(s) == musika.CodeLength && strings.Trim(s, "23456789BCDFGHJKMNPQRSTVWXYZ") == ""
}

// showOrder shows an order to whoever may see it.
func (c *Ctx) showOrder(ctx context.Context, id musika.OrderID) error {
	o, ok, err := c.findOrder(ctx, string(id))
	if !ok || err != nil {
		return err
	}
	return c.trackOrder(ctx, o)
}

// trackOrder shows an order's way so far and what can be done about it.
func (c *Ctx) trackOrder(ctx context.Context, o musika.Order) error {
	if o.CustomerID != c.customer() {
		return c.showSale(ctx, o)
	}
	m, err := c.store(ctx, o.MerchantID)
	if err != nil {
		return err
	}
	history, err := c.shop.History(ctx, c.tx, o.ID)
	if err != nil {
		return err
	}
	zone := m.Zone()
	head := c.T("order.head", "code", o.Code, "name", plain(m.Name)) + "\n" + statusIcon(o.Status) + " " + c.statusText(o)
	if o.Reason != "" {
		head += "\n" + c.T("order.reason", "reason", plain(cut(o.Reason, 160)))
	}
	if o.Status.Final() {
		// nothing is expected any more
	} else if driver, err := c.driverText(ctx, o); err != nil {
		return err
	} else {
		head += driver
		if !o.ExpectedAt.IsZero() {
			head += "\n" + c.T("order.expected", "time", c.when(o.ExpectedAt, c.now, zone))
		}
	}
	tail := paragraphs(c.T("total.total", "sum", o.Totals.Total)+"\n"+c.whereTo(o), c.timeline(history, zone))
	return c.say(paragraphs(head, c.orderLines(o, maxBody-units(head)-units(tail)-c.noteUnits()-8), tail), c.orderButtons(o)...)
}

// driverText says what the driver does, on a line of its own.
func (c *Ctx) driverText(ctx context.Context, o musika.Order) (string, error) {
	task, ok, err := c.shop.DeliveryTask(ctx, c.tx, o.ID)
	if err != nil || !ok {
		return "", err
	}
	switch task.Status {
	case musika.DeliveryAccepted, musika.DeliveryArrived, musika.DeliveryInTransit, musika.DeliveryFailed:
		return "\n" + c.T("driver."+string(task.Status)), nil
	}
	return "", nil
}

// timeline says what happened when.
func (c *Ctx) timeline(history []musika.StatusChange, zone *time.Location) string {
	var lines []string
	for _, ch := range history {
		lines = append(lines, c.when(ch.At, c.now, zone)+" "+c.T("history."+string(ch.To)))
	}
	return strings.Join(lines, "\n")
}

// orderButtons is what a customer can do about an order.
func (v voice) orderButtons(o musika.Order) []musika.Button {
	id := string(o.ID)
	track := v.button(replyID("track", id), "button.refresh")
	switch {
	case o.Status == musika.OrderPending:
		return []musika.Button{track, v.button(replyID("cancel", id), "button.cancelorder"), v.button(replyID("orders"), "button.orders")}
	case o.Status == musika.OrderDelivered && !o.Rated:
		return []musika.Button{v.button(replyID("rate", id), "button.rate"), v.button(replyID("reorder", id), "button.reorder"), v.button(replyID("orders"), "button.orders")}
	case o.Status.Final():
		return []musika.Button{v.button(replyID("reorder", id), "button.reorder"), v.button(replyID("orders"), "button.orders"), v.button(replyID("stores"), "button.stores")}
	}
	return []musika.Button{track, v.button(replyID("orders"), "button.orders"), v.button(replyID("help"), "button.help")}
}

// showOrders lists a customer's last ten orders.
func (c *Ctx) showOrders(ctx context.Context) error {
	orders, err := c.shop.CustomerOrders(ctx, c.tx, c.customer(), maxRows)
	if err != nil {
		return err
	}
	if len(orders) == 0 {
		return c.say(c.T("orders.none"), c.menuButton(), c.storesButton(), c.helpButton())
	}
	return c.listOrders(ctx, orders, "track", c.N("orders.body", len(orders)))
}

// listOrders makes rows of a customer's orders; verb is what a pick does.
func (c *Ctx) listOrders(ctx context.Context, orders []musika.Order, verb, body string) error {
	if err := c.knowStores(ctx); err != nil {
		return err
	}
	var rows []musika.Row
	for _, o := range orders[:min(len(orders), maxRows)] {
		m, err := c.store(ctx, o.MerchantID)
		if err != nil {
			return err
		}
		rows = append(rows, musika.Row{
			ID:    replyID(verb, string(o.ID)),
			Title: statusIcon(o.Status) + " " + o.Code + " " + o.Totals.Total.Format(c.lang),
			Description: dots(c.T("short."+string(o.Status)), c.date(o.CreatedAt, c.now, m.Zone())+" "+c.hour(o.CreatedAt, m.Zone()),
				cut(clean(m.Name), 30)),
		})
	}
	c.reply(c.list(body, c.T("list.orders"), musika.Section{Rows: rows}))
	return nil
}

// knowStores reads all stores at once when a list will name several.
func (c *Ctx) knowStores(ctx context.Context) error {
	all, err := c.shop.Stores(ctx, c.tx)
	for _, m := range all {
		c.stores[m.ID] = m
	}
	return err
}

func verbOrders(ctx context.Context, c *Ctx, _ []string) error { return c.showOrders(ctx) }

func verbTrack(ctx context.Context, c *Ctx, args []string) error {
	return c.showOrder(ctx, musika.OrderID(arg(args, 0)))
}
