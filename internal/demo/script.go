package demo

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/musika/musika/internal/config"
	"github.com/musika/musika/internal/play"
	"github.com/musika/musika/simulator"
)

// step is one turn of a person: something said or tapped, what the answer has,
// and what the other person's phone shows at once.
type step struct {
	by       string // a person's name
	say, tap string // one of them; neither only reads what was written before
	hears    string // words of the answer; empty when there is none
	other    string // words of what the other person gets; empty when nothing
}

const (
	buyer  = "Tendai"
	seller = "Rudo"
	where  = "12 King George Road, Avondale"
	wish   = "Extra spicy please"
)

// script is a whole order, from greeting to rating.
var script = []step{
	{by: seller, hears: "Welcome"}, // to the greeting of the start
	{by: buyer, say: "hi", hears: "Welcome"},
	{by: buyer, tap: "Stores", hears: "Mambo Pizza & Grill"},
	{by: buyer, tap: "Mambo Pizza & Grill", hears: "Sadza & Beef Stew"},
	{by: buyer, tap: "Sadza & Beef Stew", hears: "How many?"},
	{by: buyer, tap: "2", hears: "Added 2 × Sadza & Beef Stew"},
	{by: buyer, say: "I want 2 sadza and a coke", hears: "Added 2 × Sadza"},
	{by: buyer, say: "!cart", hears: "Total: $15.00"},
	{by: buyer, tap: "Checkout", hears: "shall we bring it"},
	{by: buyer, tap: "Delivery", hears: "Write the address"},
	{by: buyer, say: where, hears: "How will you pay?"},
	{by: buyer, tap: "Cash", hears: "anything the store should know"},
	{by: buyer, say: wish, hears: "Total: $15.00"},
	{by: buyer, tap: "Confirm", hears: "Thank you!", other: "New order"},
	{by: seller, tap: "Accept", hears: "accepted", other: "Accepted by the store"},
	{by: seller, tap: "Start preparing", hears: "being prepared", other: "Being prepared"},
	{by: seller, tap: "Ready", hears: "is now ready", other: "Ready"},
	{by: seller, tap: "Send out", hears: "on its way", other: "On its way to you"},
	{by: buyer, say: "!track", hears: "On its way to you"},
	{by: seller, tap: "Handed over", hears: "is now delivered", other: "How was it?"},
	{by: buyer, tap: "★★★★★", hears: "★★★★★"},
	{by: buyer, tap: "No words", hears: "Thank you"},
}

// patience is how long one answer may take. It is far more than one takes; a
// machine under load must not fail the script.
const patience = 20 * time.Second

// Script plays a whole order on throw-away data, writes down what was said,
// and checks the order that came of it. It returns an error that says what
// differs from what should be.
func Script(ctx context.Context, w io.Writer, log *slog.Logger) error {
	dir, err := os.MkdirTemp("", "musika-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder is cleared away anyhow
	d, err := Start(ctx, Options{DataDir: dir, Addr: anyPort, PhoneAddr: anyPort, Bot: config.Default().Bot, Logger: log})
	if err != nil {
		return err
	}
	err = d.play(ctx, w)
	if err == nil {
		err = d.checkOrder(ctx, w)
	}
	if stopErr := d.Stop(); err == nil {
		err = stopErr
	}
	return err
}

// play plays the script on both phones.
func (d *Demo) play(ctx context.Context, w io.Writer) error {
	phones := map[string]*play.Person{}
	for name, who := range map[string]simulator.Person{buyer: customer, seller: merchant} {
		p, err := play.Join(d.Sim, who, Number, func(m play.Shown) { transcribe(w, name, m) })
		if err != nil {
			return err
		}
		defer p.Leave()
		phones[name] = p
	}
	for i, s := range script {
		me, they := phones[s.by], phones[other(s.by)]
		var err error
		switch {
		case s.say != "":
			err = me.Say(ctx, s.say)
		case s.tap != "":
			err = me.Tap(ctx, s.tap)
		}
		if err == nil {
			err = expect(ctx, me, s.hears)
		}
		if err == nil && s.other != "" {
			err = expect(ctx, they, s.other)
		}
		if err != nil {
			return fmt.Errorf("step %d, %s %s: %w", i+1, s.by, strings.TrimSpace(s.say+" "+s.tap), err)
		}
	}
	return nil
}

func other(name string) string {
	if name == buyer {
		return seller
	}
	return buyer
}

// expect waits for the next message on a phone, which must contain words.
func expect(ctx context.Context, p *play.Person, words string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	m, err := p.Next(ctx)
	if err != nil {
		return fmt.Errorf("expected a message with %q: %w", words, err)
	}
	if !m.Says(words) {
		return fmt.Errorf("expected a message with %q, got:\n%s", words, m)
	}
	return nil
}

// transcribe writes a message down: what a person writes after "Tendai:", what
// they get after "→ Tendai".
func transcribe(w io.Writer, name string, m play.Shown) {
	head := "→ " + name
	if m.Mine {
		head = name
	}
	lines := slices.Collect(strings.Lines(m.String()))
	for i, line := range lines {
		if i > 0 {
			head = ""
		}
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%-9s│ %s", head, line), " \n"))
	}
	fmt.Fprintln(w)
}
