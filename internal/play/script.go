package play

import (
	"context"
	"fmt"
)

// Step is one turn of a conversation: something said or tapped, and words that
// the answer must contain.
type Step struct{ Say, Tap, Want string }

// Do takes the step, waits for the answer and checks it.
func (p *Person) Do(ctx context.Context, s Step) (Shown, error) {
	var err error
	if s.Tap != "" {
		err = p.Tap(ctx, s.Tap)
	} else {
		err = p.Say(ctx, s.Say)
	}
	if err != nil {
		return Shown{}, fmt.Errorf("at %q: %w", s.Say+s.Tap, err)
	}
	answer, err := p.Next(ctx)
	if err != nil {
		return answer, fmt.Errorf("after %q: %w", s.Say+s.Tap, err)
	}
	if !answer.Says(s.Want) {
		return answer, fmt.Errorf("after %q the answer does not say %q:\n%s", s.Say+s.Tap, s.Want, answer)
	}
	return answer, nil
}

// Ordering is a customer's way from the greeting to an order that is picked
// up, in the sample store that is always open. Each step has one answer.
func Ordering() []Step { return OrderingFrom("mambo", "I want 2 sadza and a coke") }

// OrderingFrom is Ordering in the store with this name, of these items, each
// of which must fit one product only.
func OrderingFrom(store, items string) []Step {
	return []Step{
		{Say: "hi", Want: "Welcome"},
		{Say: "!store " + store, Want: store},
		{Say: "!menu", Want: "Tap a product"},
		{Say: items, Want: "Your cart"},
		{Say: "!cart", Want: "Total"},
		{Say: "!checkout", Want: "pick it up"},
		{Tap: "Pick-up", Want: "How will you pay"},
		{Tap: "Cash", Want: "No note"},
		{Tap: "No note", Want: "check your order"},
		{Tap: "Confirm", Want: "Thank you! Your order"},
		{Say: "!track", Want: "Waiting for the store"},
	}
}
