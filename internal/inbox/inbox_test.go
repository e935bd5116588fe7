package inbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
	"github.com/musika/musika/internal/inbox"
	"github.com/musika/musika/internal/store"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const number = "106000000000001" // our number at the network

// network is a transport that keeps what it is given. A test decides each
// send's outcome with fail.
type network struct {
	caps musika.Capabilities

	mu   sync.Mutex
	sent []musika.Outgoing
	fail func(out musika.Outgoing) error
	more chan struct{} // a token per send
}

func (n *network) Name() string                      { return "network" }
func (n *network) Capabilities() musika.Capabilities { return n.caps }

func (n *network) Send(_ context.Context, out musika.Outgoing) (musika.SendResult, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail != nil {
		if err := n.fail(out); err != nil {
			return musika.SendResult{}, err
		}
	}
	n.sent = append(n.sent, out)
	n.more <- struct{}{}
	return musika.SendResult{ExternalID: fmt.Sprintf("out-%d", len(n.sent))}, nil
}

func (n *network) setFail(f func(musika.Outgoing) error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fail = f
}

// wait returns all sends once there are count.
func (n *network) wait(t *testing.T, count int) []musika.Outgoing {
	t.Helper()
	for {
		n.mu.Lock()
		sent := slices.Clone(n.sent)
		n.mu.Unlock()
		if len(sent) >= count {
			return sent
		}
		select {
		case <-n.more:
		case <-time.After(30 * time.Second):
			t.Fatalf("%d messages sent, want %d", len(sent), count)
		}
	}
}

type bundle struct {
	db      *db.DB
	net     *network
	inbox   *inbox.Service
	channel musika.Channel
	seen    int
}

var allCapable = musika.Capabilities{Buttons: 3, ListRows: 10, Links: true, LocationAsk: true, Window: 24 * time.Hour}

// setup runs an inbox with its jobs on d, answered by handler.
func setup(t *testing.T, d *db.DB, caps musika.Capabilities, handler inbox.Handler) *bundle {
	t.Helper()
	b := &bundle{db: d, net: &network{caps: caps, more: make(chan struct{}, 10_000)}}
	b.channel = musika.Channel{ID: "chn_test", Kind: "network", ExternalID: number, Name: "Test", Prefix: "!"}
	b.write(t, func(ctx context.Context, tx db.Tx) error {
		_, err := store.EnsureChannel(ctx, tx, b.channel)
		return err
	})
	b.inbox = inbox.New(inbox.Dependencies{
		DB: d, Transports: map[string]musika.Transport{"network": b.net}, Handler: handler,
		Logger: slog.New(slog.DiscardHandler), SettleAfter: 500 * time.Millisecond,
	})
	workers := river.NewWorkers()
	b.inbox.AddWorkers(workers)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- b.inbox.Run(ctx) }()
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
	return b
}

func (b *bundle) write(t *testing.T, f func(context.Context, db.Tx) error) {
	t.Helper()
	ctx := context.Background()
	if err := b.db.Write(ctx, db.Service(musika.System), func(tx db.Tx) error { return f(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
}

// hear hands in messages from the person at phone, as one report.
func (b *bundle) hear(t *testing.T, phone string, messages ...musika.Inbound) {
	t.Helper()
	var updates []musika.Update
	for _, m := range messages {
		b.seen++
		if m.ExternalID == "" {
			m.ExternalID = fmt.Sprintf("in-%s-%d", phone, b.seen)
		}
		m.From = []musika.Address{{Kind: musika.AddressPhone, Value: phone}}
		m.At = musika.SystemClock()
		updates = append(updates, musika.Update{ChannelExternalID: number, Inbound: &m})
	}
	if err := b.inbox.Ingest(context.Background(), "network", updates); err != nil {
		t.Fatal(err)
	}
}

func text(s string) musika.Inbound { return musika.Inbound{Kind: musika.InboundText, Text: s} }

// echo answers every text with itself and counts the turns in the state.
func echo(_ context.Context, turn *inbox.Turn) error {
	var count int
	if err := json.Unmarshal(turn.State, &count); err != nil {
		count = 0
	}
	count++
	turn.State = json.RawMessage(fmt.Sprint(count))
	turn.Reply(musika.Text(fmt.Sprintf("%d %s", count, turn.Message.Text)))
	return nil
}

func bodies(sent []musika.Outgoing, phone string) []string {
	var out []string
	for _, o := range sent {
		for _, a := range o.To {
			if a.Value == phone {
				out = append(out, o.Message.Body)
			}
		}
	}
	return out
}

func TestEveryMessageIsAnsweredOnceInOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d, allCapable, echo)
		const people, each = 8, 10
		var want []string
		for i := range each {
			want = append(want, fmt.Sprintf("%d m%d", i+1, i))
		}
		var group sync.WaitGroup
		for p := range people {
			phone := fmt.Sprintf("+2637700001%02d", p)
			group.Go(func() {
				for i := range each {
					m := text(fmt.Sprintf("m%d", i))
					m.ExternalID = fmt.Sprintf("in-%d-%d", p, i)
					m.From = []musika.Address{{Kind: musika.AddressPhone, Value: phone}}
					m.At = musika.SystemClock()
					report := []musika.Update{{ChannelExternalID: number, Inbound: &m}}
					for range 2 { // the network reports everything twice
						if err := b.inbox.Ingest(context.Background(), "network", report); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		group.Wait()
		sent := b.net.wait(t, people*each)
		if len(sent) != people*each {
			t.Fatalf("%d messages sent, want %d", len(sent), people*each)
		}
		for p := range people {
			if got := bodies(sent, fmt.Sprintf("+2637700001%02d", p)); !slices.Equal(got, want) {
				t.Errorf("person %d got %q, want %q", p, got, want)
			}
		}
	})
}

func TestPassingFailureHoldsBackItsOwnConversationOnly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d, allCapable, echo)
		failures := 1
		b.net.setFail(func(out musika.Outgoing) error {
			if out.To[0].Value == "+263770000001" && failures > 0 {
				failures--
				return &musika.SendError{Disposition: musika.SendRetry, Code: "131000", Title: "something went wrong"}
			}
			return nil
		})
		b.hear(t, "+263770000001", text("a"), text("b"))
		b.hear(t, "+263770000002", text("c"))
		first := b.net.wait(t, 1)
		if got := bodies(first, "+263770000002"); len(got) != 1 {
			t.Errorf("the other person waited: %v", first)
		}
		sent := b.net.wait(t, 3)
		if got := bodies(sent, "+263770000001"); !slices.Equal(got, []string{"1 a", "2 b"}) {
			t.Errorf("sent %q", got)
		}
	})
}

func TestAskedWaitsAreNoFailures(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d, allCapable, echo)
		waits := 2
		b.net.setFail(func(musika.Outgoing) error {
			if waits--; waits < 0 {
				return nil
			}
			return &musika.SendError{Disposition: musika.SendWait, Code: "131056", Title: "too fast", After: time.Second}
		})
		b.hear(t, "+263770000001", text("a"))
		sent := b.net.wait(t, 1)
		b.write(t, func(ctx context.Context, tx db.Tx) error {
			m, ok, err := store.OutboundByID(ctx, tx, b.channel.ID, musika.MessageID(sent[0].Callback))
			if !ok || m.Attempts != 1 {
				t.Errorf("%d attempts are counted, want the one that was made", m.Attempts)
			}
			return err
		})
	})
}

func TestUnknownOutcomeIsSettledByItsStatus(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d, allCapable, echo)
		lost := make(chan string, 1)
		b.net.setFail(func(out musika.Outgoing) error {
			if out.Message.Body != "1 a" {
				return nil
			}
			select {
			case lost <- out.Callback:
			default:
				t.Errorf("the message was sent again although a status settled it")
			}
			return &musika.SendError{Disposition: musika.SendUnknown, Title: "no answer", Err: errors.New("reset")}
		})
		b.hear(t, "+263770000001", text("a"))
		callback := <-lost
		if err := b.inbox.Ingest(context.Background(), "network", []musika.Update{{ChannelExternalID: number,
			Status: &musika.Status{ExternalID: "net-1", Callback: callback, State: musika.StateDelivered, At: time.Now()}}}); err != nil {
			t.Fatal(err)
		}
		b.hear(t, "+263770000001", text("b"))
		if sent := b.net.wait(t, 1); sent[0].Message.Body != "2 b" {
			t.Errorf("sent %q, want the second message only", sent[0].Message.Body)
		}
		b.write(t, func(ctx context.Context, tx db.Tx) error {
			found, err := store.OutboundByExternalIDs(ctx, tx, b.channel.ID, []string{"net-1"})
			if got := found["net-1"].State; got != musika.StateDelivered {
				t.Errorf("the message is %q, want delivered under the network's id", got)
			}
			return err
		})
	})
}

func TestUnknownOutcomeWithoutStatusIsSentAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d, allCapable, echo)
		var once sync.Once
		b.net.setFail(func(musika.Outgoing) error {
			var err error
			once.Do(func() { err = &musika.SendError{Disposition: musika.SendUnknown, Title: "no answer"} })
			return err
		})
		b.hear(t, "+263770000001", text("a"), text("b"))
		if got := bodies(b.net.wait(t, 2), "+263770000001"); !slices.Equal(got, []string{"1 a", "2 b"}) {
			t.Errorf("sent %q", got)
		}
	})
}

func TestHandlerThatFailsIsGivenUpWithAnApology(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d, allCapable, func(ctx context.Context, turn *inbox.Turn) error {
			if turn.Message.Text == "boom" {
				turn.Reply(musika.Text("never seen"))
				panic("boom")
			}
			return echo(ctx, turn)
		})
		b.hear(t, "+263770000001", text("boom"), text("after"))
		got := bodies(b.net.wait(t, 2), "+263770000001")
		if want := []string{musika.MessageOf(nil), "1 after"}; !slices.Equal(got, want) {
			t.Errorf("sent %q, want %q", got, want)
		}
	})
}

func TestTypedAnswers(t *testing.T) {
	t.Parallel()
	offer := func(ctx context.Context, turn *inbox.Turn) error {
		if turn.Message.Kind == musika.InboundReply {
			turn.Reply(musika.Text("chose " + turn.Message.Reply.ID))
			return nil
		}
		if turn.Message.Text == "menu" {
			turn.Reply(musika.Message{Kind: musika.KindButtons, Body: "What next?",
				Buttons: []musika.Button{{ID: "a", Title: "Cart"}, {ID: "b", Title: "Track"}}})
			return nil
		}
		return echo(ctx, turn)
	}
	for _, tt := range []struct {
		answer string
		caps   musika.Capabilities
		want   string
	}{
		{"2", musika.Capabilities{}, "chose b"},
		{"2.", musika.Capabilities{}, "chose b"},
		{"two", musika.Capabilities{}, "chose b"},
		{"TRACK ", musika.Capabilities{}, "chose b"},
		{"cart", allCapable, "chose a"},
		{"2", allCapable, "1 2"}, // buttons were shown: a number is a number
		{"3", musika.Capabilities{}, "1 3"},
	} {
		t.Run(tt.answer+"/"+tt.want, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				b := setup(t, d, tt.caps, offer)
				b.hear(t, "+263770000001", text("menu"))
				shown := b.net.wait(t, 1)[0].Message
				if numbered := "What next?\n\n1. Cart\n2. Track"; tt.caps.Buttons == 0 && shown.Body != numbered {
					t.Fatalf("shown %+v, want %q", shown, numbered)
				}
				b.hear(t, "+263770000001", text(tt.answer))
				if got := b.net.wait(t, 2)[1].Message.Body; got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestClosedWindowIsRefusedWithAdvice(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d, allCapable, echo)
		b.hear(t, "+263770000001", text("a"))
		b.net.wait(t, 1)
		b.write(t, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE conversation_sessions SET last_inbound_at = $1`, tx.Now().Add(-25*time.Hour))
			return err
		})
		var customer musika.CustomerID
		b.write(t, func(ctx context.Context, tx db.Tx) error {
			who, err := store.SendersAt(ctx, tx, b.channel.ID, []musika.Address{{Kind: musika.AddressPhone, Value: "+263770000001"}})
			if err != nil {
				return err
			}
			customer = who[0].CustomerID
			return b.inbox.Notify(ctx, tx, b.channel.ID, customer, musika.Text("late news"))
		})
		deadline := time.Now().Add(20 * time.Second)
		for {
			var state, advice string
			b.write(t, func(ctx context.Context, tx db.Tx) error {
				_, err := db.One(ctx, tx, "message", func(scan func(...any) error) (struct{}, error) {
					return struct{}{}, scan(&state, &advice)
				}, `SELECT state, error_text FROM bot_messages WHERE direction = 'out' ORDER BY seq DESC LIMIT 1`)
				return err
			})
			if state == "failed" {
				if want := "send a template"; !strings.Contains(advice, want) {
					t.Errorf("the advice is %q, want it to say %q", advice, want)
				}
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("the message is %q, want failed", state)
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
}

func TestNulCharactersAreStored(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d, allCapable, echo)
		b.hear(t, "+263770000001", text("a\x00b\\u0000c"))
		if got := b.net.wait(t, 1)[0].Message.Body; got != "1 a\ufffdb\\u0000c" {
			t.Errorf("got %q", got)
		}
	})
}
