package api_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/api"
	"github.com/musika/musika/internal/auth"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
	"github.com/musika/musika/internal/store"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// world is two merchants, A and B, with one customer, four products, three
// orders and one conversation of three messages each. Ids end in the
// merchant's letter.
type world struct {
	*httptest.Server
	keys map[string]string // "a", "b", "operator", "revoked", "none"
}

var day = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func setup(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{keys: map[string]string{"none": ""}}
	err := d.Write(context.Background(), db.Service(musika.System), func(tx db.Tx) error {
		ctx := context.Background()
		for _, letter := range []string{"a", "b"} {
			if err := fill(ctx, tx, letter); err != nil {
				return err
			}
		}
		for name, merchant := range map[string]musika.MerchantID{"a": "mer_a", "b": "mer_b", "operator": "", "revoked": "mer_a"} {
			text, k, err := auth.CreateKey(ctx, tx, merchant, "test")
			if err != nil {
				return err
			}
			w.keys[name] = text
			if name == "revoked" {
				if err := store.RevokeAPIKey(ctx, tx, k.ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Server = httptest.NewServer(api.New(api.Dependencies{
		DB: d, Version: "test", Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), Checks: []api.Check{{Name: "database", Run: d.Ping}},
	}).Handler())
	t.Cleanup(w.Close)
	return w
}

func fill(ctx context.Context, tx db.Tx, letter string) error {
	merchant := musika.Merchant{
		ID: musika.MerchantID("mer_" + letter), Slug: "shop-" + letter, Name: "Shop " + letter, Category: "Bakery",
		State: musika.MerchantApproved, StoreState: musika.StoreOpen, Currency: musika.USD, TimeZone: "Africa/Harare",
		CreatedAt: day, UpdatedAt: day,
	}
	customer := musika.Customer{
		ID: musika.CustomerID("cus_" + letter), Name: "Customer " + letter, Phone: musika.Phone("+26377000000" + map[string]string{"a": "1", "b": "2"}[letter]),
		Language: musika.English, CreatedAt: day, UpdatedAt: day,
	}
	if err := store.InsertMerchant(ctx, tx, merchant); err != nil {
		return err
	}
	if err := store.InsertCustomer(ctx, tx, customer); err != nil {
		return err
	}
	price := musika.Money{Amount: 250, Currency: musika.USD}
	for i := range 4 {
		p := musika.Product{
			ID: musika.ProductID(fmt.Sprintf("prd_%d%s", i, letter)), MerchantID: merchant.ID, Name: fmt.Sprintf("Bread %d %s", i, letter),
			Category: []string{"Bread", "Cakes"}[i%2], Price: price, Stock: 10, Active: i != 3, CreatedAt: day, UpdatedAt: day,
		}
		if err := store.InsertProduct(ctx, tx, p); err != nil {
			return err
		}
	}
	for i, status := range []musika.OrderStatus{musika.OrderDelivered, musika.OrderPending, musika.OrderPending} {
		at := day.Add(time.Duration(i/2) * time.Hour) // the first two are of one instant
		o := musika.Order{
			ID: musika.OrderID(fmt.Sprintf("ord_%d%s", i, letter)), Code: fmt.Sprintf("CODE%d%s", i, letter), MerchantID: merchant.ID,
			CustomerID: customer.ID, Status: status, Fulfilment: musika.Pickup, Payment: musika.PayCash, ExpectedAt: at,
			Lines:     []musika.OrderLine{{ProductID: musika.ProductID("prd_0" + letter), Name: "Bread", Price: price, Quantity: 2}},
			Totals:    musika.Totals{Subtotal: price.Times(2), Total: price.Times(2)},
			CreatedAt: at, UpdatedAt: at,
		}
		if err := store.InsertOrder(ctx, tx, o, "key-"+o.Code); err != nil {
			return err
		}
		if err := store.AppendHistory(ctx, tx, o, musika.StatusChange{To: status, Actor: musika.System, At: at}); err != nil {
			return err
		}
	}
	channel, err := store.EnsureChannel(ctx, tx, musika.Channel{Kind: "cloudapi", ExternalID: "1", Name: "Musika"})
	if err != nil {
		return err
	}
	c, err := store.EnsureConversation(ctx, tx, channel, customer.ID)
	if err != nil {
		return err
	}
	c.MerchantID, c.LastInboundAt = merchant.ID, day
	if err := tx.ExecAll(ctx, []db.Statement{store.SaveConversation(tx, c)}); err != nil {
		return err
	}
	for i, body := range []string{"hi", "menu", "2 bread"} {
		head := store.MessageHead{
			ID: musika.MessageID(fmt.Sprintf("msg_%d%s", i, letter)), ConversationID: c.ID, ChannelID: channel.ID,
			CustomerID: customer.ID, MerchantID: merchant.ID,
		}
		if i == 1 {
			var insert db.Statement
			if insert, err = store.InsertOutbound(tx, head, musika.Text(body+" "+letter)); err == nil {
				err = tx.ExecAll(ctx, []db.Statement{insert})
			}
		} else {
			_, err = store.InsertInbound(ctx, tx, head, musika.Inbound{ExternalID: string(head.ID), Kind: musika.InboundText, Text: body + " " + letter})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// get asks as who for path.
func (w *world) get(t *testing.T, who, path string) (*http.Response, string) {
	t.Helper()
	return w.do(t, http.MethodGet, who, path)
}

func (w *world) do(t *testing.T, method, who, path string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, w.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if key := w.keys[who]; key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}
