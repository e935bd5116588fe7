package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
	"github.com/musika/musika/internal/inbox"
	"github.com/musika/musika/internal/store"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// start is a Wednesday, 10:00 in Harare.
var start = time.Date(2026, 3, 4, 8, 0, 0, 0, time.UTC)

// world is a small town: stores, products, people with phones, a clock, and
// the bot that all of them write to.
type world struct {
	t       testing.TB
	db      *db.DB
	bot     *Bot
	channel musika.Channel

	mu     sync.Mutex
	clock  time.Time
	real   bool // the machine's clock instead
	people map[string]*person
	serial int
	most   int    // statements of the most expensive turn
	mostIn string // and what it answered
	spent  func(in musika.Inbound, statements int)
}

// person is somebody with a phone.
type person struct {
	name   string
	phone  musika.Phone
	id     musika.CustomerID
	screen []musika.Message // all that was sent to them
	fresh  int              // how much of it was shown before
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.real {
		return musika.SystemClock()
	}
	return w.clock
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

// openFunc opens a database of one engine.
type openFunc func(testing.TB, ...dbtest.Option) *db.DB

// each runs f in a new world on either engine.
func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	for name, open := range map[string]openFunc{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, newWorld(t, open))
		})
	}
}

func newWorld(t testing.TB, open openFunc) *world {
	t.Helper()
	w := &world{t: t, clock: start, people: map[string]*person{}}
	w.db = open(t, func(o *db.Options) { o.Clock = w.now })
	shop := commerce.New(commerce.Dependencies{
		OrderChanged: func(ctx context.Context, tx db.Tx, o musika.Order, ch musika.StatusChange) error {
			return w.bot.OrderChanged(ctx, tx, o, ch)
		},
	})
	w.bot = New(Dependencies{Commerce: shop, Notify: w.notify, Operator: Operator{Name: "Rudo Operator", Phone: "+263770000999"}})
	w.write(w.populate)
	return w
}

func (w *world) write(f func(ctx context.Context, tx db.Tx) error) {
	w.t.Helper()
	ctx := context.Background()
	if err := w.db.Write(ctx, db.Service(musika.System), func(tx db.Tx) error { return f(ctx, tx) }); err != nil {
		w.t.Fatal(err)
	}
}

// notify stands in for the inbox: what it is given appears on a screen.
func (w *world) notify(_ context.Context, _ db.Tx, channel musika.ChannelID, to musika.CustomerID, m musika.Message) error {
	if channel != w.channel.ID {
		return fmt.Errorf("a notice went to channel %q", channel)
	}
	for _, p := range w.people {
		if p.id == to {
			p.screen = append(p.screen, m)
			return nil
		}
	}
	return fmt.Errorf("a notice went to %q, who is nobody", to)
}

const (
	sadzaHouse = "mer_0sadza"
	pizzaPlace = "mer_1pizza"
	nightShop  = "mer_2night"
	bigStore   = "mer_3big"
)

func (w *world) populate(ctx context.Context, tx db.Tx) error {
	var err error
	w.channel, err = store.EnsureChannel(ctx, tx, musika.Channel{ID: "chn_test", Kind: "cloudapi", ExternalID: "1060001", Name: "Musika", Prefix: "!"})
	if err != nil {
		return err
	}
	shop := func(id, slug, name, category, area string, opens, closes int) musika.Merchant {
		return musika.Merchant{
			ID: musika.MerchantID(id), Slug: slug, Name: name, Category: category, State: musika.MerchantApproved,
			StoreState: musika.StoreOpen, Currency: musika.USD, TimeZone: "Africa/Harare", Hours: musika.Hours{Open: opens, Close: closes},
			Location: musika.Point{Latitude: -17.8, Longitude: 31.03}, Area: area, DeliveryFee: 200, DeliveryMinutes: 35,
			CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
		}
	}
	sadza := shop(sadzaHouse, "sadza-house", "Sadza House", "Restaurant", "Avondale, Harare", 8*60, 20*60)
	sadza.Description = "Home cooking, every day"
	sadza.RatingSum, sadza.RatingCount = 23, 5
	pizza := shop(pizzaPlace, "pizza-place", "Pizza Place", "Pizza", "Borrowdale, Harare", 9*60, 22*60)
	pizza.TaxBasisPoints, pizza.MinimumOrder = 1550, 1000
	night := shop(nightShop, "night-shop", "Night Shop", "Groceries", "CBD, Harare", 18*60, 6*60)
	big := shop(bigStore, "everything", "Everything Store \U0001F6D2 مرحبا بكم في المتجر الكبير جداً", "Groceries", "Mbare, Harare", 0, 0)
	big.DeliveryFee = 0
	for _, m := range []musika.Merchant{sadza, pizza, night, big} {
		if err := store.InsertMerchant(ctx, tx, m); err != nil {
			return err
		}
	}
	product := func(merchant, id, name, category string, price int64, stock int, description string) error {
		return store.InsertProduct(ctx, tx, musika.Product{
			ID: musika.ProductID("prd_" + id), MerchantID: musika.MerchantID(merchant), SKU: "SKU-" + id, Name: name, Category: category,
			Price: musika.Money{Amount: price, Currency: musika.USD}, Stock: stock, LowStock: 3, Active: true, Description: description,
			CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
		})
	}
	for _, p := range []struct {
		store, id, name, category string
		price                     int64
		stock                     int
		text                      string
	}{
		{sadzaHouse, "sadzachicken", "Sadza & chicken", "Combos", 450, 40, "With greens and gravy"},
		{sadzaHouse, "sadzabeef", "Sadza & beef stew", "Combos", 500, 40, "Slow cooked"},
		{sadzaHouse, "coke", "Coke 500 ml", "Drinks", 100, 50, ""},
		{sadzaHouse, "mazoe", "Mazoe orange", "Drinks", 80, 2, ""},
		{sadzaHouse, "water", "Still water", "Drinks", 50, 0, ""},
		{pizzaPlace, "margherita", "Margherita pizza", "Pizza", 800, 20, "Tomato, mozzarella, basil"},
		{pizzaPlace, "pepperoni", "Pepperoni pizza", "Pizza", 950, 20, ""},
		{pizzaPlace, "garlic", "Garlic bread", "Sides", 300, 20, ""},
		{nightShop, "bread", "Bread", "Bakery", 110, 30, ""},
	} {
		if err := product(p.store, p.id, p.name, p.category, p.price, p.stock, p.text); err != nil {
			return err
		}
	}
	for i := range 24 {
		name := fmt.Sprintf("Tin of beans number %02d", i+1)
		switch i {
		case 0:
			name = "{name} *bold* _x_ `y` ~z~ {n}"
		case 1:
			name = "👨‍👩‍👧‍👦 Family box \U0001F1FF\U0001F1FC with everything in it for a whole long week"
		case 2:
			name = "شاي أخضر بالنعناع الطازج"
		}
		if err := product(bigStore, fmt.Sprintf("big%02d", i), name, []string{"Tins and jars", "An extraordinarily long category"}[i/12], int64(100+i), 500, ""); err != nil {
			return err
		}
	}
	if err := w.promote(ctx, tx); err != nil {
		return err
	}
	for _, u := range []musika.User{
		{ID: "usr_owner", Phone: "+263770000101", Name: "Owner", Role: musika.RoleOwner, MerchantID: sadzaHouse},
		{ID: "usr_staff", Phone: "+263770000102", Name: "Staff", Role: musika.RoleStaff, MerchantID: sadzaHouse},
		{ID: "usr_pizza", Phone: "+263770000103", Name: "Pizza owner", Role: musika.RoleOwner, MerchantID: pizzaPlace},
	} {
		u.CreatedAt = tx.Now()
		if err := store.InsertUser(ctx, tx, u); err != nil {
			return err
		}
	}
	for name, phone := range map[string]musika.Phone{
		"me": "+263770000001", "friend": "+263770000002", "merchant": "+263770000101", "staff": "+263770000102", "pizza": "+263770000103",
	} {
		p := &person{name: name, phone: phone}
		profile := map[string]string{"me": "Tendai", "friend": "👩🏾‍🍳 نور *N*"}[name]
		c, err := store.CustomerAt(ctx, tx, []musika.Address{{Kind: musika.AddressPhone, Value: string(phone)}}, profile)
		if err != nil {
			return err
		}
		p.id = c.ID
		w.people[name] = p
	}
	return nil
}

func (w *world) promote(ctx context.Context, tx db.Tx) error {
	return store.InsertPromotion(ctx, tx, musika.Promotion{
		ID: "prm_welcome", Code: "WELCOME20", Title: "20 % off your first order", Kind: musika.PromotionPercent, Value: 2000,
		FirstOrder: true, StartsAt: tx.Now().AddDate(0, -1, 0), EndsAt: tx.Now().AddDate(0, 1, 0), Active: true,
	})
}

// say hands the bot a message from a person, as the inbox does: one
// transaction, the state and the store saved between turns.
func (w *world) say(p *person, in musika.Inbound) {
	w.t.Helper()
	w.advance(time.Second)
	w.serial++
	in.At, in.From = w.now(), []musika.Address{{Kind: musika.AddressPhone, Value: string(p.phone)}}
	in.ExternalID = fmt.Sprintf("in-%d", w.serial)
	if in.Kind == musika.InboundText {
		in = w.typedReply(p, in)
	}
	message := musika.MessageID(fmt.Sprintf("msg_%026d", w.serial))
	ctx := context.Background()
	before := len(p.screen)
	err := w.db.Write(ctx, db.Service(musika.Actor{Kind: "customer", ID: string(p.id)}), func(tx db.Tx) error {
		p.screen = p.screen[:before]
		conversation, err := store.EnsureConversation(ctx, tx, w.channel, p.id)
		if err != nil {
			return err
		}
		customer, user, err := store.Person(ctx, tx, p.id)
		if err != nil {
			return err
		}
		counted := &countedTx{Tx: tx}
		turn := &inbox.Turn{
			Tx: counted, Channel: w.channel, Customer: customer, User: user, MessageID: message, Message: in,
			Store: conversation.MerchantID, State: conversation.State,
		}
		if err := w.bot.Handle(ctx, turn); err != nil {
			return err
		}
		if w.spent != nil {
			w.spent(in, counted.n)
		}
		if counted.n > w.most {
			w.most, w.mostIn = counted.n, in.Text
			if in.Reply != nil {
				w.mostIn = in.Reply.ID
			}
		}
		if len(turn.State) > maxState {
			w.t.Errorf("the state has %d bytes", len(turn.State))
		}
		conversation.MerchantID, conversation.State, conversation.LastInboundAt = turn.Store, turn.State, tx.Now()
		p.screen = append(p.screen, turn.Replies()...)
		return tx.ExecAll(ctx, []db.Statement{store.SaveConversation(tx, conversation)})
	})
	if err != nil {
		w.t.Fatalf("answering %q: %v", in.Text, err)
	}
	for _, q := range w.people {
		for _, m := range q.screen[q.fresh:] {
			checkLimits(w.t, m)
		}
	}
}

// typedReply is the inbox's rule: the title of an option of the latest offer,
// typed, is that option.
func (w *world) typedReply(p *person, in musika.Inbound) musika.Inbound {
	for _, m := range slices.Backward(p.screen) {
		options := m.Options()
		for _, o := range options {
			if strings.EqualFold(o.Title, strings.TrimSpace(in.Text)) {
				in.Kind, in.Reply, in.Text = musika.InboundReply, &o, o.Title
				return in
			}
		}
		if len(options) > 0 {
			return in
		}
	}
	return in
}

func (w *world) text(who, text string) {
	w.t.Helper()
	w.say(w.people[who], musika.Inbound{Kind: musika.InboundText, Text: text})
}

// tap chooses the option with this title from the newest message that offers
// it; oldest takes the first such message instead.
func (w *world) tap(who, title string, oldest bool) {
	w.t.Helper()
	p := w.people[who]
	var found *musika.Option
	for _, m := range p.screen {
		for _, o := range m.Options() {
			if o.Title == title && (found == nil || !oldest) {
				found = &o
			}
		}
	}
	if found == nil {
		w.t.Errorf("nothing on %s's screen is called %q", who, title)
		return
	}
	w.raw(who, found.ID, found.Title)
}

// raw sends a reply id as a client may make one up.
func (w *world) raw(who, id, title string) {
	w.t.Helper()
	w.say(w.people[who], musika.Inbound{Kind: musika.InboundReply, Text: title, Reply: &musika.Option{ID: id, Title: title}})
}

// countedTx counts statements.
type countedTx struct {
	db.Tx
	n int
}

func (c *countedTx) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	c.n++
	return c.Tx.Exec(ctx, sql, args...)
}

func (c *countedTx) Query(ctx context.Context, sql string, args ...any) (db.Rows, error) {
	c.n++
	return c.Tx.Query(ctx, sql, args...)
}

// addOwner makes the person at phone the owner of a store.
func addOwner(ctx context.Context, tx db.Tx, merchant musika.MerchantID, phone musika.Phone) error {
	return store.InsertUser(ctx, tx, musika.User{
		ID: musika.UserID("usr_" + phone.Digits()), Phone: phone, Name: "Owner", Role: musika.RoleOwner, MerchantID: merchant, CreatedAt: tx.Now(),
	})
}
