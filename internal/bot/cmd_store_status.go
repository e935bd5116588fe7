package bot

import (
	"context"

	"github.com/musika/musika"
)

func storeStatusCommand() *Command {
	return &Command{
		Name: "store-status", Role: musika.RoleStaff, Group: ForMerchants,
		Usage: "<open|closed|busy>", Help: "cmd.store-status", Example: "busy",
		Run: func(ctx context.Context, c *Ctx, args []string) error {
			return c.setStoreState(ctx, musika.StoreState(fold(arg(args, 0))))
		},
	}
}

// setStoreState opens, closes or marks busy the store that the person works
// for; for anything else it shows how the store stands.
func (c *Ctx) setStoreState(ctx context.Context, to musika.StoreState) error {
	c.business = true
	m, err := c.store(ctx, c.ownStore())
	if err != nil {
		return err
	}
	key := "state.is"
	if to.Valid() {
		if m, err = c.shop.SetStoreState(ctx, c.tx, m.ID, to); err != nil {
			return err
		}
		key = "state.set"
	} else if to != "" {
		c.note(c.T("state.unknown", "word", plain(cut(string(to), 20))))
	}
	body := c.T(key, "name", plain(m.Name), "state", c.openText(m))
	if m.StoreState != musika.StoreClosed && !m.OpenAt(c.now) {
		body += "\n" + c.T("state.hours", "open", minuteOfDay(m.Hours.Open), "close", minuteOfDay(m.Hours.Close))
	}
	var buttons []musika.Button
	for _, s := range []musika.StoreState{musika.StoreOpen, musika.StoreBusy, musika.StoreClosed} {
		if s != m.StoreState {
			buttons = append(buttons, c.button(replyID("state", string(s)), "button.state."+string(s)))
		}
	}
	return c.say(body, append(buttons, c.button(replyID("sales", "new"), "button.sales"))...)
}

func verbState(ctx context.Context, c *Ctx, args []string) error {
	return c.setStoreState(ctx, musika.StoreState(arg(args, 0)))
}
