package bot

import (
	"context"
	"slices"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// OrderChanged tells people of an order's step: the customer of what somebody
// else did with it, the store's people of a new order and of one that the
// customer cancelled. It is commerce's hook, called in the transaction of the
// change.
//
// A person is told in the conversation where they wrote last. Who never wrote
// cannot be told: WhatsApp opens a conversation only to who wrote first, or by
// an approved template, which is the operator's to set up. The store's people
// see such orders when they write (see remindMerchant).
func (b *Bot) OrderChanged(ctx context.Context, tx db.Tx, o musika.Order, ch musika.StatusChange) error {
	own := ch.Actor.Kind == "customer" && ch.Actor.ID == string(o.CustomerID) // they see the reply
	if !own {
		if err := b.tellCustomer(ctx, tx, o, ch); err != nil {
			return err
		}
	}
	if ch.From == "" || own && ch.To == musika.OrderCancelled {
		return b.tellStore(ctx, tx, o, ch)
	}
	return nil
}

// tell queues a message to a customer in the conversation where they wrote
// last; nothing when they never did, or are blocked.
func (b *Bot) tell(ctx context.Context, tx db.Tx, to musika.Customer, write func(v voice) musika.Message) error {
	if to.Blocked {
		return nil
	}
	conversation, ok, err := store.LatestConversation(ctx, tx, to.ID)
	if err != nil || !ok {
		return err
	}
	v := b.voiceOf(to.Language, "")
	v.footer = b.deps.Platform
	return b.deps.Notify(ctx, tx, conversation.ChannelID, to.ID, v.fit(write(v)))
}

func (b *Bot) tellCustomer(ctx context.Context, tx db.Tx, o musika.Order, ch musika.StatusChange) error {
	who, err := store.Customer(ctx, tx, o.CustomerID)
	if err != nil {
		return err
	}
	m, err := b.deps.Commerce.Merchant(ctx, tx, o.MerchantID)
	if err != nil {
		return err
	}
	return b.tell(ctx, tx, who, func(v voice) musika.Message {
		body := v.T("order.head", "code", o.Code, "name", plain(m.Name)) + "\n" + statusIcon(o.Status) + " " + v.statusText(o)
		if ch.Reason != "" {
			body += "\n" + v.T("order.reason", "reason", plain(cut(ch.Reason, 200)))
		}
		if !o.Status.Final() && !o.ExpectedAt.IsZero() {
			body += "\n" + v.T("order.expected", "time", v.when(o.ExpectedAt, tx.Now(), m.Zone()))
		}
		id := string(o.ID)
		switch o.Status {
		case musika.OrderDelivered:
			return v.buttons(body+"\n\n"+v.T("rate.ask"),
				musika.Button{ID: replyID("rate", id, "5"), Title: starRow(5) + " " + v.T("stars.5")},
				musika.Button{ID: replyID("rate", id, "3"), Title: starRow(3) + " " + v.T("stars.3")},
				musika.Button{ID: replyID("rate", id, "1"), Title: starRow(1) + " " + v.T("stars.1")})
		case musika.OrderRejected, musika.OrderCancelled:
			return v.buttons(body, v.button(replyID("reorder", id), "button.reorder"), v.button(replyID("stores"), "button.stores"), v.button(replyID("help"), "button.help"))
		}
		return v.buttons(body, v.button(replyID("track", id), "button.track"), v.button(replyID("orders"), "button.orders"), v.button(replyID("help"), "button.help"))
	})
}

// tellStore tells the owner and the staff.
func (b *Bot) tellStore(ctx context.Context, tx db.Tx, o musika.Order, ch musika.StatusChange) error {
	users, err := store.MerchantUsers(ctx, tx, o.MerchantID)
	if err != nil || len(users) == 0 {
		return err
	}
	who, err := store.Customer(ctx, tx, o.CustomerID)
	if err != nil {
		return err
	}
	m, err := b.deps.Commerce.Merchant(ctx, tx, o.MerchantID)
	if err != nil {
		return err
	}
	var told []musika.CustomerID
	for _, u := range users {
		to, ok, err := store.CustomerByAddress(ctx, tx, musika.Address{Kind: musika.AddressPhone, Value: string(u.Phone)})
		if err != nil {
			return err
		}
		if !ok || slices.Contains(told, to.ID) || !u.RunsMerchant(o.MerchantID) {
			continue
		}
		told = append(told, to.ID)
		if err := b.tell(ctx, tx, to, func(v voice) musika.Message {
			title := v.T("notice.new")
			if ch.To == musika.OrderCancelled {
				title = v.T("notice.cancelled", "code", o.Code)
			}
			return v.buttons(title+"\n\n"+v.saleText(o, who, m.Zone(), tx.Now(), maxBody-units(title)-2), v.saleButtons(o)...)
		}); err != nil {
			return err
		}
	}
	return nil
}
