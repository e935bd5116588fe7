package bot

import (
	"context"
	"strings"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/store"
)

// maxName is the longest name of a person in UTF-16 units.
const maxName = 60

// registerFlow asks for a name. Its data: name.
func registerFlow() *Flow {
	return &Flow{
		Name: "register", Title: "flow.register",
		Steps: []Step{{
			Name: "name", Next: then(""),
			Prompt: func(_ context.Context, c *Ctx, f *flowState) (musika.Message, error) {
				known := clean(c.turn.Customer.Name)
				if known == "" || units(known) > maxButtonTitle {
					return c.question(f, c.T("register.name"), c.button("cancel", "button.cancel")), nil
				}
				return c.question(f, c.T("register.name"), musika.Button{ID: "keep", Title: known}, c.button("cancel", "button.cancel")), nil
			},
			Parse: func(_ context.Context, c *Ctx, f *flowState, a answer) error {
				if a.value == "keep" {
					a.text = c.turn.Customer.Name
				}
				name, why := c.checkName(a.text)
				f.Data["name"] = name
				if why != "" {
					return wrong(why)
				}
				return nil
			},
		}},
		Done: func(ctx context.Context, c *Ctx, f *flowState) error { return c.register(ctx, f.Data["name"]) },
		Offer: func(c *Ctx) []musika.Button {
			return []musika.Button{c.button(replyID("register"), "button.register"), c.menuButton(), c.helpButton()}
		},
	}
}

// checkName cleans a person's name; why says what is wrong with it.
func (c *Ctx) checkName(s string) (name, why string) {
	name = clean(s)
	switch {
	case name == "":
		return "", c.T("flow.text")
	case units(name) > maxName:
		return "", c.T("register.long", "n", maxName)
	case strings.Trim(name, "0123456789+-() ") == "":
		return "", c.T("register.digits")
	}
	return name, ""
}

// register stores the person's name.
func (c *Ctx) register(ctx context.Context, name string) error {
	p := c.turn.Customer
	p.Name, p.Registered = name, true
	if err := store.UpdateCustomer(ctx, c.tx, p); err != nil {
		return err
	}
	c.turn.Customer = p
	return c.say(c.T("register.done", "name", plain(name)), c.menuButton(), c.ordersButton(), c.button(replyID("profile"), "button.profile"))
}

func verbRegister(ctx context.Context, c *Ctx, _ []string) error {
	return c.begin(ctx, "register", "", nil)
}
