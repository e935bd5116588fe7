package bot

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
	"github.com/musika/musika/internal/store"
)

// FuzzHandle sends the bot a made-up reply id and a text, from a person with
// a made-up name: it answers within limits, or is silent; it never fails.
func FuzzHandle(f *testing.F) {
	b := New(Dependencies{})
	for _, v := range b.verbs {
		f.Add(v.Name+":prd_coke:2", "2 coke", "{name} *x*")
		f.Add(v.Name+":mer_0sadza:0:Drinks", "!"+v.Name+" coke", "نور")
	}
	f.Add("add:prd_coke:\x00", "\x00\xff", "\u202e")
	f.Add("ans:msg:confirm:yes", "yes", "{p}")
	var mu sync.Mutex
	w := newWorld(f, dbtest.SQLite)
	f.Fuzz(func(t *testing.T, id, text, name string) {
		mu.Lock()
		defer mu.Unlock()
		w.t = t
		w.advance(time.Minute)
		me := w.people["me"]
		me.screen, me.fresh = nil, 0
		w.write(func(ctx context.Context, tx db.Tx) error {
			c, err := store.Customer(ctx, tx, me.id)
			if err != nil {
				return err
			}
			c.Name = readable(name)
			return store.UpdateCustomer(ctx, tx, c)
		})
		w.say(me, musika.Inbound{Kind: musika.InboundText, Text: text})
		w.raw("me", id, text)
		w.text("me", text)
		w.text("me", "!profile")
	})
}

// TestEveryOfferIsUnderstood taps each option of each message that a walk
// through the shop leads to: no button leads nowhere.
func TestEveryOfferIsUnderstood(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		seen := map[string]bool{}
		walk := func(who string, first ...string) {
			p := w.people[who]
			for _, text := range first {
				w.text(who, text)
			}
			for at := 0; at < len(p.screen) && len(seen) < 600; at++ {
				for _, o := range p.screen[at].Options() {
					verb, _, ok := w.bot.findVerb(o.ID)
					if !ok || verb.Role != "" && who == "me" {
						t.Errorf("%s was offered %q", who, o.ID)
					}
					if seen[who+verb.Name] && len(seen) > 300 || seen[o.ID] {
						continue
					}
					seen[who+verb.Name], seen[o.ID] = true, true
					w.advance(time.Minute)
					before := len(p.screen)
					w.raw(who, o.ID, o.Title)
					if len(p.screen) == before {
						t.Errorf("tapping %q (%s) was not answered", o.Title, o.ID)
					} else if p.screen[before].Body == english["reply.unknown"] {
						t.Errorf("tapping %q (%s) was not understood", o.Title, o.ID)
					}
				}
			}
		}
		walk("me", "hi", "2 sadza and chicken", "!help", "!cart", "!promo", "!orders", "!categories")
		walk("merchant", "!merchant orders", "!store-status", "!help")
		if len(seen) < 80 {
			t.Errorf("only %d options were seen", len(seen))
		}
	})
}

// TestStaffVerbsAreGuarded sends every reply id of the store's people from a
// customer, with the id of their own real order: none moves it.
func TestStaffVerbsAreGuarded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for _, text := range []string{"!store sadza", "2 sadza and chicken", "checkout", "pick-up", "cash", "no", "yes"} {
			w.text("me", text)
		}
		order := func() (o musika.Order) {
			w.write(func(ctx context.Context, tx db.Tx) error {
				all, err := w.bot.deps.Commerce.CustomerOrders(ctx, tx, w.people["me"].id, 1)
				if err == nil {
					o = all[0]
				}
				return err
			})
			return o
		}
		placed := order()
		if placed.Status != musika.OrderPending {
			t.Fatalf("the order is %s", placed.Status)
		}
		for _, who := range []string{"me", "friend", "pizza"} {
			for _, v := range w.bot.verbs {
				if v.Role == "" {
					continue
				}
				for _, args := range []string{"", ":confirmed", ":delivered"} {
					w.advance(time.Minute)
					w.raw(who, v.Name+":"+string(placed.ID)+args, "")
				}
			}
			for _, v := range []string{"cancel", "track", "rate", "reorder"} {
				if who != "me" {
					w.raw(who, v+":"+string(placed.ID), "")
				}
			}
		}
		if now := order(); now.Status != musika.OrderPending {
			t.Errorf("the order is %s", now.Status)
		}
	})
}
