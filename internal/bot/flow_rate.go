package bot

import (
	"context"
	"strconv"
	"strings"

	"github.com/musika/musika"
)

// rateFlow asks for stars and words about an order. Its data: order, stars.
func rateFlow() *Flow {
	return &Flow{
		Name: "rate", Title: "flow.rate",
		Steps: []Step{
			{Name: "stars", Prompt: askStars, Parse: parseStars, Next: then("words")},
			{Name: "words", Prompt: askWords, Parse: parseWords, Next: then("")},
		},
		Done: func(ctx context.Context, c *Ctx, f *flowState) error { return c.rate(ctx, f, true) },
		Left: func(ctx context.Context, c *Ctx, f *flowState) error {
			if f.Data["stars"] == "" {
				return nil
			}
			return c.rate(ctx, f, false) // the stars were given: words were only a wish
		},
		Offer: func(c *Ctx) []musika.Button { return []musika.Button{c.ordersButton(), c.menuButton(), c.helpButton()} },
	}
}

func (c *Ctx) starChoices() []musika.Button {
	var out []musika.Button
	for n := 5; n >= 1; n-- {
		out = append(out, musika.Button{ID: strconv.Itoa(n), Title: starRow(n) + " " + c.T("stars."+strconv.Itoa(n))})
	}
	return out
}

func starRow(n int) string { return strings.Repeat("★", n) }

func askStars(ctx context.Context, c *Ctx, f *flowState) (musika.Message, error) {
	o, err := c.shop.Order(ctx, c.tx, musika.OrderID(f.Data["order"]))
	if err != nil {
		return musika.Message{}, err
	}
	m, err := c.store(ctx, o.MerchantID)
	if err != nil {
		return musika.Message{}, err
	}
	var rows []musika.Row
	for _, b := range f.options(c.starChoices()) {
		rows = append(rows, musika.Row{ID: b.ID, Title: b.Title})
	}
	q := c.list(c.T("rate.stars", "code", o.Code, "name", plain(m.Name)), c.T("list.stars"), musika.Section{Rows: rows})
	q.Footer = c.T("flow.footer")
	return q, nil
}

func parseStars(_ context.Context, c *Ctx, f *flowState, a answer) error {
	n, ok := number(a.value)
	if !ok {
		if n, ok = number(a.text); !ok {
			n = strings.Count(a.text, "★") + strings.Count(a.text, "⭐")
		}
	}
	if n < 1 || n > 5 {
		return wrong(c.T("rate.stars.wrong"))
	}
	f.Data["stars"] = strconv.Itoa(n)
	return nil
}

func askWords(_ context.Context, c *Ctx, f *flowState) (musika.Message, error) {
	n, _ := strconv.Atoi(f.Data["stars"])
	return c.question(f, c.T("rate.words", "stars", starRow(n)), c.button("none", "button.nowords"), c.button("back", "button.back"), c.button("cancel", "button.cancel")), nil
}

func parseWords(_ context.Context, c *Ctx, f *flowState, a answer) error {
	text := clean(a.text)
	switch {
	case a.value == "none", c.isWord("no", fold(text)):
		f.Data["words"] = ""
	case a.value != "" || text == "":
		return wrong(c.T("flow.text"))
	case units(text) > maxNote:
		return wrong(c.T("checkout.note.long", "n", maxNote))
	default:
		f.Data["words"] = text
	}
	return nil
}

// rate stores a rating. aloud replies; otherwise a line goes before the reply
// to what the person turned to.
func (c *Ctx) rate(ctx context.Context, f *flowState, aloud bool) error {
	o, err := c.shop.Order(ctx, c.tx, musika.OrderID(f.Data["order"]))
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(f.Data["stars"])
	err = c.shop.Rate(ctx, c.tx, musika.Feedback{OrderID: o.ID, MerchantID: o.MerchantID, CustomerID: c.customer(), Stars: n, Text: f.Data["words"]})
	if err != nil && !refusal(err) {
		return err
	}
	text := c.T("rate.done", "stars", starRow(n), "code", o.Code)
	if err != nil {
		text = c.explain(err)
	}
	if !aloud {
		c.note(text)
		return nil
	}
	return c.say(text, c.button(replyID("reorder", string(o.ID)), "button.reorder"), c.menuButton(), c.ordersButton())
}

func verbRate(ctx context.Context, c *Ctx, args []string) error {
	return c.startRating(ctx, arg(args, 0), arg(args, 1), "")
}

// startRating asks for what a rating lacks: stars, then words.
func (c *Ctx) startRating(ctx context.Context, idOrCode, stars, words string) error {
	o, ok, err := c.findOrder(ctx, idOrCode)
	if !ok || err != nil {
		return err
	}
	switch {
	case o.CustomerID != c.customer():
		return c.say(c.T("rate.notyours"), c.ordersButton())
	case o.Status != musika.OrderDelivered:
		c.note(c.T("rate.early"))
		return c.trackOrder(ctx, o)
	case o.Rated:
		c.note(c.T("rate.twice"))
		return c.trackOrder(ctx, o)
	}
	data := map[string]string{"order": string(o.ID)}
	n, ok := number(stars)
	switch {
	case stars == "":
		return c.begin(ctx, "rate", "stars", data)
	case !ok || n < 1 || n > 5:
		c.note(c.T("rate.stars.wrong"))
		return c.begin(ctx, "rate", "stars", data)
	}
	data["stars"] = strconv.Itoa(n)
	if words = cut(clean(words), maxNote); words == "" {
		if err := c.begin(ctx, "rate", "words", data); err != nil {
			return err
		}
		c.state.Flow.Trail = []string{"stars"}
		return nil
	}
	data["words"] = words
	return c.rate(ctx, &flowState{Data: data}, true)
}
