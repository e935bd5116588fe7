package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/auth"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/seed"
	"github.com/musika/musika/internal/store"
)

// wantOrder is what must come of the script, line by line; see describe.
var wantOrder = []string{
	"status      delivered",
	"fulfilment  delivery",
	"address     " + where,
	"payment     cash",
	"note        " + wish,
	"line        1 × Coke 500ml at $1.00",
	"line        2 × Sadza at $1.50",
	"line        2 × Sadza & Beef Stew at $4.50",
	"subtotal    $13.00",
	"discount    $0.00",
	"delivery    $2.00",
	"tax         $0.00",
	"total       $15.00",
	"rated       true",
	"history     pending → confirmed → preparing → ready → out_for_delivery → delivered",
}

// order is what the API says of one.
type order struct {
	musika.Order
	History []musika.StatusChange `json:"history"`
}

// describe writes an order in lines that can be compared: nothing of it
// changes from one run to the next.
func describe(o order) []string {
	var lines []string
	add := func(name string, value any) { lines = append(lines, fmt.Sprintf("%-11s %v", name, value)) }
	add("status", o.Status)
	add("fulfilment", o.Fulfilment)
	add("address", o.Address)
	add("payment", o.Payment)
	add("note", o.Note)
	var bought []string
	for _, l := range o.Lines {
		bought = append(bought, fmt.Sprintf("%d × %s at %s", l.Quantity, l.Name, l.Price))
	}
	slices.Sort(bought)
	for _, l := range bought {
		add("line", l)
	}
	add("subtotal", o.Totals.Subtotal)
	add("discount", o.Totals.Discount)
	add("delivery", o.Totals.Delivery)
	add("tax", o.Totals.Tax)
	add("total", o.Totals.Total)
	add("rated", o.Rated)
	var moves []string
	for _, h := range o.History {
		moves = append(moves, string(h.To))
	}
	add("history", strings.Join(moves, " → "))
	return lines
}

// checkOrder reads the order over the API, as the merchant's own system would,
// writes it down and compares it with what it must be.
func (d *Demo) checkOrder(ctx context.Context, w io.Writer) error {
	key, err := d.merchantKey(ctx)
	if err != nil {
		return err
	}
	var list struct {
		Data []struct {
			ID      musika.OrderID `json:"id"`
			Created time.Time      `json:"created_at"`
		} `json:"data"`
	}
	if err := d.get(ctx, key, "/api/orders?limit=1", &list); err != nil {
		return err
	}
	if len(list.Data) == 0 {
		return errors.New("the API shows no order")
	}
	var o order
	if err := d.get(ctx, key, "/api/orders/"+string(list.Data[0].ID), &o); err != nil {
		return err
	}
	got := describe(o)
	fmt.Fprintf(w, "The order, as GET /api/orders/%s tells it:\n\n", o.ID)
	for _, line := range got {
		fmt.Fprintln(w, "  "+line)
	}
	fmt.Fprintln(w)
	if diff := difference(wantOrder, got); diff != "" {
		return fmt.Errorf("the order is not what it should be (- should be, + is):\n%s", diff)
	}
	fmt.Fprintln(w, "Everything is as it should be.")
	return nil
}

// merchantKey makes an API key of the shop that was bought from.
func (d *Demo) merchantKey(ctx context.Context) (key string, err error) {
	err = d.App.DB().Write(ctx, db.Service(musika.System), func(tx db.Tx) error {
		m, ok, err := store.MerchantBySlug(ctx, tx, seed.FirstStore)
		if err != nil || !ok {
			return errors.Join(err, errors.New("the sample shop is not there"))
		}
		key, _, err = auth.CreateKey(ctx, tx, m.ID, "demo")
		return err
	})
	return key, err
}

const apiLimit = 10 * time.Second

func (d *Demo) get(ctx context.Context, key, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, apiLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.App.URL()+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close() // it was read to the end
	switch {
	case err != nil:
		return err
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("GET %s: HTTP %d %s", path, res.StatusCode, body)
	}
	return json.Unmarshal(body, into)
}

// difference lists the lines that are missing and those that are too many, ""
// when there are none.
func difference(want, got []string) string {
	var b strings.Builder
	for _, line := range want {
		if !slices.Contains(got, line) {
			fmt.Fprintln(&b, "- "+line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			fmt.Fprintln(&b, "+ "+line)
		}
	}
	if b.Len() == 0 && len(want) != len(got) {
		return "a line is there twice\n"
	}
	return b.String()
}
