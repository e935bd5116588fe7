package bot

import (
	"context"
	"strings"

	"github.com/musika/musika/internal/store"
)

func profileCommand() *Command {
	return &Command{
		Name: "profile", Aliases: []string{"me"}, Group: ForEveryone,
		Help: "cmd.profile",
		Run:  func(ctx context.Context, c *Ctx, _ []string) error { return c.showProfile(ctx) },
	}
}

// showProfile shows what is kept of a person, and where to change it.
func (c *Ctx) showProfile(ctx context.Context) error {
	saved, err := store.DeliveryAddresses(ctx, c.tx, c.customer())
	if err != nil {
		return err
	}
	p := c.turn.Customer
	name := plain(cut(p.Name, 60))
	if name == "" {
		name = c.T("profile.noname")
	}
	lines := []string{c.T("profile.name", "name", name)}
	if p.Phone != "" {
		lines = append(lines, c.T("profile.phone", "phone", string(p.Phone)))
	}
	lines = append(lines, c.T("profile.language", "language", languageNames[c.lang]))
	if m := c.ownStore(); m != "" {
		own, err := c.store(ctx, m)
		if err != nil {
			return err
		}
		lines = append(lines, c.T("profile.store", "name", plain(own.Name)))
	}
	var places []string
	for _, a := range saved[:min(len(saved), 5)] {
		places = append(places, "• "+plain(cut(dots(a.Label, a.Text), 90)))
	}
	if len(places) > 0 {
		places = append([]string{c.T("profile.addresses")}, places...)
	}
	name2 := "button.name"
	if !p.Registered {
		name2 = "button.register"
	}
	return c.say(paragraphs(strings.Join(lines, "\n"), strings.Join(places, "\n")),
		c.button(replyID("register"), name2), c.button(replyID("language"), "button.language"), c.ordersButton())
}

func verbProfile(ctx context.Context, c *Ctx, _ []string) error { return c.showProfile(ctx) }
