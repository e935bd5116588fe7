package lab_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
	"github.com/musika/musika/internal/lab"
	"github.com/musika/musika/internal/play"
	"github.com/musika/musika/simulator"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const (
	kills      = 30
	buyers     = 6
	chatters   = 6
	turnWithin = 2 * time.Minute // a turn outlives several kills
)

// burst is written without waiting for answers; each command has one answer,
// which says the word.
var burst = []play.Step{{Say: "!about", Want: "order from shops"}, {Say: "!ping", Want: "is up"}, {Say: "!profile", Want: "Name"}, {Say: "!cart", Want: "cart"}}

// TestNothingIsLostOrDoneTwiceUnderKill9 kills the program at random moments
// while people order from it, and counts what came of every message. Meta, too,
// misbehaves: it repeats webhooks, reorders statuses and loses answers.
func TestNothingIsLostOrDoneTwiceUnderKill9(t *testing.T) {
	t.Parallel()
	binary := buildProgram(t)
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		crash(t, lab.Options{Binary: binary, Dir: dir}, db.Options{Path: filepath.Join(dir, "musika.db")})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := dbtest.EmptyPostgresURL(t)
		crash(t, lab.Options{Binary: binary, Dir: t.TempDir(), DatabaseURL: url}, db.Options{URL: url})
	})
}

func buildProgram(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "musika")
	build := exec.Command("go", "build", "-o", file, "github.com/musika/musika/cmd/musika")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	return file
}

func crash(t *testing.T, o lab.Options, stored db.Options) {
	t.Helper()
	ctx := t.Context()
	o.Env = []string{"MUSIKA_SETTLE_AFTER=1500ms"}
	o.Simulator = simulator.Config{
		AutoRead: true, PairInterval: -1, HoldAttempts: 1000,
		RetryGaps: []time.Duration{50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond},
		Faults:    simulator.Faults{Seed: 1, DuplicateWebhooks: 0.05, ReorderStatuses: 0.05, LostResponses: 0.02},
	}
	l, err := lab.New(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()

	var orders atomic.Int64
	var killing atomic.Bool
	killing.Store(true)
	var people sync.WaitGroup
	for n := range buyers {
		people.Go(func() {
			for trip := 0; killing.Load(); trip++ { // a new person each time, as in a shop
				if err := buy(ctx, l, fmt.Sprintf("2637811%02d%03d", n, trip)); err != nil {
					t.Error(err)
					return
				}
				orders.Add(1)
			}
		})
	}
	for n := range chatters {
		people.Go(func() {
			for trip := 0; killing.Load(); trip++ {
				if err := chatter(ctx, l, fmt.Sprintf("2637822%02d%03d", n, trip)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range kills {
		if _, err := l.Start(ctx); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(50+rand.IntN(1200)) * time.Millisecond) // the random moment itself
		l.Kill()
	}
	killing.Store(false)
	if _, err := l.Start(ctx); err != nil {
		t.Fatal(err)
	}
	people.Wait()
	idle, cancel := context.WithTimeout(ctx, turnWithin)
	defer cancel()
	if err := l.Sim.WaitIdle(idle); err != nil {
		t.Fatalf("webhooks are still waiting: %v", err)
	}
	l.Stop()
	t.Logf("%d kills, %d orders, %d people", kills, orders.Load(), len(l.Sim.People()))
	audit(t, l, stored, int(orders.Load()))
}

// buy goes from greeting to order.
func buy(ctx context.Context, l *lab.Lab, waID string) error {
	p, err := play.Join(l.Sim, simulator.Person{WaID: waID, Name: "Buyer"}, lab.Number, nil)
	if err != nil {
		return err
	}
	defer p.Leave()
	for _, s := range play.Ordering() {
		turn, cancel := context.WithTimeout(ctx, turnWithin)
		_, err := p.Do(turn, s)
		cancel()
		if err != nil {
			return fmt.Errorf("buyer %s: %w", waID, err)
		}
	}
	return nil
}

// chatter writes several messages at once and checks that the answers come in
// their order.
func chatter(ctx context.Context, l *lab.Lab, waID string) error {
	ctx, cancel := context.WithTimeout(ctx, turnWithin)
	defer cancel()
	p, err := play.Join(l.Sim, simulator.Person{WaID: waID, Name: "Chatter"}, lab.Number, nil)
	if err != nil {
		return err
	}
	defer p.Leave()
	for _, s := range burst {
		if err := p.Say(ctx, s.Say); err != nil {
			return err
		}
	}
	for _, s := range burst {
		answer, err := p.Next(ctx)
		if err != nil {
			return fmt.Errorf("chatter %s waiting for the answer to %q: %w", waID, s.Say, err)
		}
		if !answer.Says(s.Want) {
			return fmt.Errorf("chatter %s: the answer to %q is:\n%s", waID, s.Say, answer)
		}
	}
	return nil
}

// row is a message as the program stored it.
type row struct {
	Direction  string
	State      musika.MessageState
	ExternalID string
}

// audit compares what the phones show with what the program stored.
func audit(t *testing.T, l *lab.Lab, stored db.Options, orders int) {
	t.Helper()
	ctx := t.Context()
	d, err := db.Open(ctx, stored)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	byPhone := map[string][]row{}
	var placed int64
	err = d.Read(ctx, db.Service(musika.System), func(tx db.Tx) error {
		_, err := db.All(ctx, tx, func(scan func(...any) error) (struct{}, error) {
			var phone string
			var r row
			err := scan(&phone, &r.Direction, &r.State, db.OrZero(&r.ExternalID))
			byPhone[phone] = append(byPhone[phone], r)
			return struct{}{}, err
		}, `SELECT c.phone, m.direction, m.state, m.external_id FROM bot_messages m
			JOIN customers c ON c.id = m.customer_id ORDER BY m.seq`)
		if err != nil {
			return err
		}
		placed, err = db.One(ctx, tx, "count", db.Value[int64],
			`SELECT COUNT(*) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.phone LIKE '+2637811%'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if int(placed) != orders {
		t.Errorf("%d orders are stored; people were told of %d", placed, orders)
	}
	for _, who := range l.Sim.People() {
		var in, out []string
		for _, m := range l.Sim.Thread(who.WaID, lab.Number) {
			if m.Direction == "in" {
				in = append(in, m.ID)
			} else {
				out = append(out, m.ID)
			}
		}
		var storedIn, storedOut []string
		for _, r := range byPhone["+"+who.WaID] {
			switch {
			case r.Direction == "in" && r.State == musika.StateHandled:
				storedIn = append(storedIn, r.ExternalID)
			case r.Direction == "out" && r.State.Rank() >= musika.StateDelivered.Rank():
				storedOut = append(storedOut, r.ExternalID)
			default:
				t.Errorf("%s: a message %s ended as %q", who.WaID, r.Direction, r.State)
			}
		}
		if !slices.Equal(in, storedIn) {
			t.Errorf("%s wrote %d messages, %d were handled, or in another order", who.WaID, len(in), len(storedIn))
		}
		if !slices.Equal(out, storedOut) {
			t.Errorf("%s got %d messages, %d are stored as delivered, or in another order", who.WaID, len(out), len(storedOut))
		}
	}
}
