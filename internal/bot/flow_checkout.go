package bot

import (
	"context"

	"strconv"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
	"github.com/musika/musika/internal/store"
)

// checkoutFlow turns a cart into an order. Its data: store, fulfilment,
// address (text), lat and lon, payment, note, and total, the sum last shown.
// The order's idempotency key is the flow's id: however often the confirmation
// arrives, there is one order.
func checkoutFlow() *Flow {
	return &Flow{
		Name: "checkout", Title: "flow.checkout",
		Steps: []Step{
			{Name: "fulfilment", Prompt: askFulfilment, Parse: parseFulfilment, Next: func(f *flowState) string {
				if f.Data["fulfilment"] == string(musika.Pickup) {
					return "payment"
				}
				return "address"
			}},
			{Name: "address", Prompt: askAddress, Parse: parseAddress, Next: func(f *flowState) string {
				if f.Data["address"] == "" && f.Data["lat"] == "" {
					return "address" // asked to share a location: the question stays
				}
				return "payment"
			}},
			{Name: "payment", Prompt: askPayment, Parse: parsePayment, Next: then("note")},
			{Name: "note", Prompt: askNote, Parse: parseNote, Next: then("confirm")},
			{Name: "confirm", Prompt: askConfirm, Parse: parseConfirm, Next: then("")},
		},
		Done: func(context.Context, *Ctx, *flowState) error { return nil }, // parseConfirm has replied
		Offer: func(c *Ctx) []musika.Button {
			return []musika.Button{c.cartButton(), c.checkoutButton(), c.menuButton()}
		},
	}
}

// startCheckout begins the flow for a cart that can be ordered, and says what
// is in the way of one that cannot.
func (c *Ctx) startCheckout(ctx context.Context, id musika.MerchantID) error {
	cart, _, err := c.cartOf(ctx, id)
	if err != nil {
		return err
	}
	if len(cart.Lines) == 0 || id != "" && cart.MerchantID != id {
		return c.emptyCart(ctx)
	}
	m, err := c.store(ctx, cart.MerchantID)
	if err != nil {
		return err
	}
	_, problems, err := c.shop.Totals(ctx, c.tx, c.customer(), cart, musika.Pickup)
	if err != nil {
		return err
	}
	if !m.OpenAt(c.now) || blocked(problems) {
		c.note(c.T("checkout.blocked"))
		return c.showCart(ctx, cart.MerchantID)
	}
	c.takeStore(m)
	return c.begin(ctx, "checkout", "", map[string]string{"store": string(m.ID)})
}

func verbCheckout(ctx context.Context, c *Ctx, args []string) error {
	return c.startCheckout(ctx, musika.MerchantID(arg(args, 0)))
}

func (c *Ctx) fulfilments() []musika.Button {
	return []musika.Button{c.button(string(musika.Delivery), "button.delivery"), c.button(string(musika.Pickup), "button.pickup")}
}

func askFulfilment(ctx context.Context, c *Ctx, f *flowState) (musika.Message, error) {
	m, err := c.store(ctx, musika.MerchantID(f.Data["store"]))
	if err != nil {
		return musika.Message{}, err
	}
	body := c.T("checkout.fulfilment", "name", plain(m.Name), "fee", c.feeText(m), "n", m.DeliveryMinutes, "area", plain(m.Area))
	return c.question(f, body, append(c.fulfilments(), c.button("cancel", "button.cancel"))...), nil
}

// question makes a message whose buttons answer the step that f is at.
func (c *Ctx) question(f *flowState, body string, choices ...musika.Button) musika.Message {
	m := c.buttons(body, f.options(choices)...)
	m.Footer = c.T("flow.footer")
	return m
}

func parseFulfilment(_ context.Context, c *Ctx, f *flowState, a answer) error {
	v, ok := c.pick(a, c.fulfilments())
	if !ok {
		return wrong(c.T("checkout.fulfilment.wrong"))
	}
	f.Data["fulfilment"] = v
	return nil
}

// maxAddress is the longest address in UTF-16 units.
const maxAddress = 250

func askAddress(ctx context.Context, c *Ctx, f *flowState) (musika.Message, error) {
	delete(f.Data, "address")
	delete(f.Data, "lat")
	delete(f.Data, "lon")
	if f.Data["share"] != "" {
		delete(f.Data, "share")
		return musika.Message{Kind: musika.KindLocationRequest, Body: c.T("checkout.share")}, nil
	}
	saved, err := store.DeliveryAddresses(ctx, c.tx, c.customer())
	if err != nil {
		return musika.Message{}, err
	}
	if len(saved) == 0 {
		return musika.Message{Kind: musika.KindLocationRequest, Body: c.T("checkout.address.first")}, nil
	}
	var rows []musika.Row
	for _, a := range saved[:min(len(saved), maxRows-1)] {
		rows = append(rows, addressRow(f, a))
	}
	rows = append(rows, musika.Row{ID: f.option("share"), Title: c.T("row.share"), Description: c.T("row.share.text")})
	m := c.list(c.T("checkout.address"), c.T("list.addresses"), musika.Section{Rows: rows})
	m.Footer = c.T("flow.footer")
	return m, nil
}

// addressRow shows a saved address: its label, or as much of it as fits.
func addressRow(f *flowState, a musika.DeliveryAddress) musika.Row {
	row := musika.Row{ID: f.option(string(a.ID)), Title: a.Label, Description: a.Text}
	if row.Title == "" {
		if row.Title = clean(a.Text); units(row.Title) <= maxRowTitle {
			row.Description = ""
		}
	}
	return row
}

func parseAddress(ctx context.Context, c *Ctx, f *flowState, a answer) error {
	switch text := clean(a.text); {
	case a.place != nil:
		f.setPoint(&a.place.Point)
		f.Data["address"] = cut(clean(dots(a.place.Name, a.place.Address)), maxAddress)
	case a.value == "share":
		f.Data["share"] = "1"
	case a.value != "":
		saved, err := store.DeliveryAddresses(ctx, c.tx, c.customer())
		if err != nil {
			return err
		}
		for _, s := range saved {
			if string(s.ID) == a.value {
				f.Data["address"] = s.Text
				f.setPoint(s.Location)
				return nil
			}
		}
		return again(c.T("checkout.address.gone"))
	case units(text) < 4:
		return wrong(c.T("checkout.address.short"))
	case units(text) > maxAddress:
		return wrong(c.T("checkout.address.long", "n", maxAddress))
	default:
		f.Data["address"] = text
	}
	return nil
}

func (f *flowState) setPoint(p *musika.Point) {
	if p == nil {
		return
	}
	f.Data["lat"] = strconv.FormatFloat(p.Latitude, 'f', 6, 64)
	f.Data["lon"] = strconv.FormatFloat(p.Longitude, 'f', 6, 64)
}

func (f *flowState) point() *musika.Point {
	lat, err1 := strconv.ParseFloat(f.Data["lat"], 64)
	lon, err2 := strconv.ParseFloat(f.Data["lon"], 64)
	p := musika.Point{Latitude: lat, Longitude: lon}
	if err1 != nil || err2 != nil || !p.Valid() {
		return nil
	}
	return &p
}

func (c *Ctx) paymentMethods() []musika.Button {
	var out []musika.Button
	for _, m := range musika.PaymentMethods {
		out = append(out, c.button(string(m), "pay."+string(m)))
	}
	return out
}

func askPayment(_ context.Context, c *Ctx, f *flowState) (musika.Message, error) {
	var rows []musika.Row
	for _, b := range f.options(c.paymentMethods()) {
		rows = append(rows, musika.Row{ID: b.ID, Title: b.Title})
	}
	rows = append(rows,
		musika.Row{ID: f.option("back"), Title: c.T("button.back")},
		musika.Row{ID: f.option("cancel"), Title: c.T("button.cancel")})
	m := c.list(c.T("checkout.payment"), c.T("list.payment"), musika.Section{Rows: rows})
	m.Footer = c.T("flow.footer")
	return m, nil
}

func parsePayment(_ context.Context, c *Ctx, f *flowState, a answer) error {
	v, ok := c.pick(a, c.paymentMethods())
	if !ok {
		return wrong(c.T("checkout.payment.wrong"))
	}
	f.Data["payment"] = v
	return nil
}

// maxNote is the longest note or reason in UTF-16 units.
const maxNote = 200

func askNote(_ context.Context, c *Ctx, f *flowState) (musika.Message, error) {
	return c.question(f, c.T("checkout.note"), c.button("none", "button.nonote"), c.button("back", "button.back"), c.button("cancel", "button.cancel")), nil
}

func parseNote(_ context.Context, c *Ctx, f *flowState, a answer) error {
	text := clean(a.text)
	switch {
	case a.value == "none", c.isWord("no", fold(text)):
		f.Data["note"] = ""
	case a.value != "" || text == "":
		return wrong(c.T("flow.text"))
	case units(text) > maxNote:
		return wrong(c.T("checkout.note.long", "n", maxNote))
	default:
		f.Data["note"] = text
	}
	return nil
}

func askConfirm(ctx context.Context, c *Ctx, f *flowState) (musika.Message, error) {
	cart, m, problems, totals, err := c.checkoutCart(ctx, f)
	if err != nil {
		return musika.Message{}, err
	}
	if len(cart.Lines) == 0 || blocked(problems) || !m.OpenAt(c.now) {
		c.state.Flow = nil
		c.note(c.T("checkout.blocked"))
		return musika.Message{}, c.showCart(ctx, m.ID)
	}
	f.Data["total"] = strconv.FormatInt(totals.Total.Amount, 10)
	f.Data["currency"] = string(totals.Total.Currency)
	o := musika.Order{Fulfilment: musika.Fulfilment(f.Data["fulfilment"]), Address: f.Data["address"]}
	details := c.whereTo(o) + "\n" + c.T("sale.pay", "method", c.T("pay."+f.Data["payment"]))
	if f.Data["note"] != "" {
		details += "\n" + c.T("sale.note", "note", plain(cut(f.Data["note"], 120)))
	}
	head := c.T("checkout.confirm", "name", plain(m.Name))
	tail := paragraphs(c.totalLines(totals, cart.Promotion), details, c.problemLines(problems))
	lines := c.cartLines(cart, maxBody-units(head)-units(tail)-c.noteUnits()-8)
	return c.question(f, paragraphs(head, lines, tail),
		c.button("yes", "button.confirm"), c.button("back", "button.back"), c.button("cancel", "button.cancel")), nil
}

// checkoutCart reads what the confirmation is about.
func (c *Ctx) checkoutCart(ctx context.Context, f *flowState) (cart musika.Cart, m musika.Merchant, problems []commerce.Problem, t musika.Totals, err error) {
	if m, err = c.store(ctx, musika.MerchantID(f.Data["store"])); err != nil {
		return
	}
	if cart, err = c.shop.Cart(ctx, c.tx, c.customer(), m.ID); err != nil || len(cart.Lines) == 0 {
		return
	}
	t, problems, err = c.shop.Totals(ctx, c.tx, c.customer(), cart, musika.Fulfilment(f.Data["fulfilment"]))
	return
}

// parseConfirm places the order. When the cart is not any more what was
// confirmed, nothing is ordered: the difference is said and asked about.
func parseConfirm(ctx context.Context, c *Ctx, f *flowState, a answer) error {
	if a.value != "yes" && !c.isWord("yes", fold(a.text)) {
		return wrong(c.T("checkout.confirm.wrong"))
	}
	total, _ := strconv.ParseInt(f.Data["total"], 10, 64)
	order, _, err := c.shop.Place(ctx, c.tx, commerce.Placement{
		Customer: c.customer(), Merchant: musika.MerchantID(f.Data["store"]),
		Fulfilment: musika.Fulfilment(f.Data["fulfilment"]), Address: f.Data["address"], Location: f.point(),
		Payment: musika.PaymentMethod(f.Data["payment"]), Note: f.Data["note"], Key: "chat:" + f.ID,
		Expected: musika.Money{Amount: total, Currency: musika.Currency(f.Data["currency"])}, Actor: c.actor(),
	})
	if refusal(err) {
		return again(c.T("checkout.changed") + "\n" + c.explain(err))
	}
	if err != nil {
		return err
	}
	if err := c.rememberAddress(ctx, f); err != nil {
		return err
	}
	c.state.Flow = nil
	c.state.Undo = nil
	c.state.Placed = &placed{Flow: f.ID, Order: order.ID}
	m, err := c.store(ctx, order.MerchantID)
	if err != nil {
		return err
	}
	body := paragraphs(
		c.T("checkout.placed", "code", order.Code, "name", plain(m.Name)),
		c.T("total.total", "sum", order.Totals.Total)+"\n"+c.whereTo(order),
		c.T("checkout.expected", "time", c.when(order.ExpectedAt, c.now, m.Zone())))
	id := string(order.ID)
	return c.say(body, c.button(replyID("track", id), "button.track"), c.button(replyID("cancel", id), "button.cancelorder"), c.menuButton())
}

// maxAddresses is how many places are kept per customer.
const maxAddresses = 20

// rememberAddress saves where an order goes, unless it is saved already.
func (c *Ctx) rememberAddress(ctx context.Context, f *flowState) error {
	text, at := f.Data["address"], f.point()
	if f.Data["fulfilment"] != string(musika.Delivery) || text == "" && at == nil {
		return nil
	}
	if text == "" {
		text = c.T("address.shared", "lat", f.Data["lat"], "lon", f.Data["lon"])
	}
	saved, err := store.DeliveryAddresses(ctx, c.tx, c.customer())
	if err != nil || len(saved) >= maxAddresses {
		return err
	}
	for _, s := range saved {
		if fold(s.Text) == fold(text) {
			return nil
		}
	}
	return store.InsertDeliveryAddress(ctx, c.tx, musika.DeliveryAddress{
		ID: musika.AddressID(musika.NewID("adr", c.now)), CustomerID: c.customer(), Text: text, Location: at, CreatedAt: c.now,
	})
}
