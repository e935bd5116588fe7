// Package play plays people against the program: it writes and taps on a
// simulated phone and reads what comes back. The demo's script, the crash test
// and the benchmark share it.
package play

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/musika/musika/simulator"
)

// Person is one simulated phone in a conversation with one number. It is used
// by one goroutine.
type Person struct {
	sim    *simulator.Simulator
	waID   string
	number string
	events <-chan simulator.ThreadEvent
	cancel func()
	last   string      // id of the last message read
	unread []Shown     // read from the thread, not yet returned by Next
	recent []Shown     // the latest messages with options, newest last
	said   func(Shown) // told of every message, either way
}

// Join puts a person on the phone. told, when not nil, is called with every
// message of the conversation as Next reaches it.
func Join(sim *simulator.Simulator, who simulator.Person, number string, told func(Shown)) (*Person, error) {
	if _, err := sim.AddPerson(who); err != nil {
		return nil, err
	}
	p := &Person{sim: sim, waID: who.WaID, number: number, said: told}
	p.events, p.cancel = sim.Subscribe(who.WaID)
	if told == nil {
		p.said = func(Shown) {}
	}
	return p, nil
}

// Leave puts the phone away.
func (p *Person) Leave() { p.cancel() }

// Say writes a text.
func (p *Person) Say(ctx context.Context, text string) error {
	_, err := p.sim.Say(ctx, p.waID, simulator.Inbound{
		PhoneNumberID: p.number, Type: "text", Content: encode(map[string]string{"body": text}),
	})
	if err == nil {
		p.said(Shown{Mine: true, Kind: "text", Body: text})
	}
	return err
}

// Share sends a location.
func (p *Person) Share(ctx context.Context, latitude, longitude float64, name string) error {
	_, err := p.sim.Say(ctx, p.waID, simulator.Inbound{
		PhoneNumberID: p.number, Type: "location",
		Content: encode(map[string]any{"latitude": latitude, "longitude": longitude, "name": name}),
	})
	if err == nil {
		p.said(Shown{Mine: true, Kind: "location", Body: name})
	}
	return err
}

// encode marshals what cannot fail to.
func encode(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// Tap chooses the option whose title contains the words, on the newest message
// that offers one.
func (p *Person) Tap(ctx context.Context, words string) error {
	for _, m := range slices.Backward(p.recent) {
		if o, ok := m.Find(words); ok {
			return p.TapOption(ctx, m.ID, o)
		}
	}
	var offered []string
	for _, m := range p.recent {
		for _, o := range m.Options {
			offered = append(offered, o.Title)
		}
	}
	return fmt.Errorf("nothing says %q; offered: %s", words, strings.Join(offered, ", "))
}

// TapOption chooses an option of the message with this id.
func (p *Person) TapOption(ctx context.Context, messageID string, o Option) error {
	if _, err := p.sim.Tap(ctx, p.waID, messageID, o.ID); err != nil {
		return err
	}
	p.said(Shown{Mine: true, Kind: "tap", Body: o.Title})
	return nil
}

// Next waits for the next message that was sent to the person.
func (p *Person) Next(ctx context.Context) (Shown, error) {
	for {
		if err := p.read(); err != nil {
			return Shown{}, err
		}
		if len(p.unread) > 0 {
			m := p.unread[0]
			p.unread = p.unread[1:]
			if len(m.Options) > 0 {
				p.recent = append(p.recent[max(0, len(p.recent)-4):], m)
			}
			p.said(m)
			return m, nil
		}
		select {
		case <-ctx.Done():
			return Shown{}, fmt.Errorf("waiting for a message to %s: %w", p.waID, ctx.Err())
		case _, open := <-p.events:
			if !open { // too far behind: the thread still has it all
				p.events, p.cancel = p.sim.Subscribe(p.waID)
			}
		}
	}
}

// read takes in what is new in the thread.
func (p *Person) read() error {
	messages, _, err := p.sim.ThreadAfter(p.waID, p.number, p.last)
	if err != nil {
		return err
	}
	for _, m := range messages {
		p.last = m.ID
		if m.Direction == "out" {
			p.unread = append(p.unread, Show(m))
		}
	}
	return nil
}
