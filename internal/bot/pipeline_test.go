package bot

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/commerce"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/inbox"
)

// plainPhone is a transport that shows text only, so that every menu is
// numbered, and keeps what was sent by phone.
type plainPhone struct {
	mu   sync.Mutex
	sent map[string][]string
	more chan struct{}
}

func (p *plainPhone) Name() string { return "cloudapi" }

func (p *plainPhone) Capabilities() musika.Capabilities {
	return musika.Capabilities{Window: 24 * time.Hour}
}

func (p *plainPhone) Send(_ context.Context, out musika.Outgoing) (musika.SendResult, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, a := range out.To {
		p.sent[a.Value] = append(p.sent[a.Value], out.Message.Body)
		n += len(p.sent[a.Value])
	}
	p.more <- struct{}{}
	return musika.SendResult{ExternalID: fmt.Sprintf("out-%s-%d", out.Callback, n)}, nil
}

// wait returns what phone shows once there are count messages.
func (p *plainPhone) wait(t *testing.T, phone string, count int) []string {
	t.Helper()
	for {
		p.mu.Lock()
		sent := p.sent[phone]
		p.mu.Unlock()
		if len(sent) >= count {
			return sent
		}
		select {
		case <-p.more:
		case <-time.After(30 * time.Second):
			t.Fatalf("%s shows %d messages, want %d: %q", phone, len(sent), count, sent)
		}
	}
}

// TestThroughTheInbox orders by numbers alone, through the real pipeline: jobs,
// the numbered text that stands in for menus, and notices to the store.
func TestThroughTheInbox(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.mu.Lock()
		w.real = true
		w.mu.Unlock()
		net := &plainPhone{sent: map[string][]string{}, more: make(chan struct{}, 1000)}
		var assistant *Bot
		shop := commerce.New(commerce.Dependencies{
			OrderChanged: func(ctx context.Context, tx db.Tx, o musika.Order, ch musika.StatusChange) error {
				return assistant.OrderChanged(ctx, tx, o, ch)
			},
		})
		var in *inbox.Service
		assistant = New(Dependencies{Commerce: shop, Notify: func(ctx context.Context, tx db.Tx, channel musika.ChannelID, to musika.CustomerID, m musika.Message) error {
			return in.Notify(ctx, tx, channel, to, m)
		}})
		in = inbox.New(inbox.Dependencies{
			DB: w.db, Transports: map[string]musika.Transport{"cloudapi": net}, Handler: assistant.Handle, Logger: slog.New(slog.DiscardHandler),
		})
		runInbox(t, w.db, in)

		serial, expected := 0, map[string]int{}
		// says returns the reply; more is how many messages it brings to others.
		says := func(phone, text string) string {
			t.Helper()
			serial++
			expected[phone]++
			m := musika.Inbound{
				ExternalID: fmt.Sprintf("wamid-%d", serial), Kind: musika.InboundText, Text: text, At: musika.SystemClock(),
				From: []musika.Address{{Kind: musika.AddressPhone, Value: phone}},
			}
			if err := in.Ingest(t.Context(), "cloudapi", []musika.Update{{ChannelExternalID: w.channel.ExternalID, Inbound: &m}}); err != nil {
				t.Fatal(err)
			}
			return net.wait(t, phone, expected[phone])[expected[phone]-1]
		}
		const me, owner = "+263770000001", "+263770000104"
		w.write(func(ctx context.Context, tx db.Tx) error { return addOwner(ctx, tx, bigStore, owner) })
		says(owner, "hi")
		says(me, "!store everything")
		if got := says(me, "2"); !strings.Contains(got, "How many?") {
			t.Fatalf("2 from the menu: %q", got)
		}
		if got := says(me, "two"); !strings.Contains(got, "Added 2 ×") {
			t.Fatalf("two: %q", got)
		}
		if got := says(me, "1"); !strings.Contains(got, "1. Delivery") {
			t.Fatalf("checkout: %q", got)
		}
		says(me, "2")         // pick-up
		says(me, "Cash")      // by its title
		says(me, "Be quick")  // the note
		got := says(me, "1.") // confirm
		if !strings.Contains(got, "Thank you! Your order") {
			t.Fatalf("confirming: %q", got)
		}
		expected[owner]++
		notice := net.wait(t, owner, expected[owner])[expected[owner]-1]
		if !strings.Contains(notice, "New order") || !strings.Contains(notice, "1. Accept") {
			t.Fatalf("the notice: %q", notice)
		}
		if got := says(owner, "1"); !strings.Contains(got, "is now accepted") {
			t.Fatalf("accepting: %q", got)
		}
		expected[me]++
		if told := net.wait(t, me, expected[me])[expected[me]-1]; !strings.Contains(told, "Accepted by the store") {
			t.Fatalf("the customer was told %q", told)
		}
	})
}

// runInbox works in's jobs until the test ends.
func runInbox(t *testing.T, d *db.DB, in *inbox.Service) {
	t.Helper()
	workers := river.NewWorkers()
	in.AddWorkers(workers)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- in.Run(ctx) }()
	queue, err := d.StartQueue(ctx, workers, db.QueueOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stopping, done := context.WithTimeout(context.Background(), 20*time.Second)
		defer done()
		if err := queue.Stop(stopping); err != nil {
			t.Error("stopping the queue:", err)
		}
		cancel()
		if err := <-stopped; err != nil {
			t.Error("the inbox:", err)
		}
	})
}
