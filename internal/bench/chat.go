// Package bench measures the program from outside: customers on simulated
// phones order from it over HTTP, on the same machine.
package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/lab"
	"github.com/musika/musika/internal/play"
	"github.com/musika/musika/simulator"
)

// scripts are what customers do, in turn: each of the sample stores gets its
// share, and several of its products.
var scripts = [][]play.Step{
	play.OrderingFrom("mambo", "I want 2 sadza and a coke"),
	play.OrderingFrom("crispy", "hot wings and 2 large chips"),
	play.OrderingFrom("mbare", "3 tomatoes, 2 bananas and a fresh milk"),
	play.OrderingFrom("sunrise", "2 brown bread and a beef pie"),
	play.OrderingFrom("thula", "a chocolate cake"),
	play.OrderingFrom("mambo", "margherita pizza and a fanta"),
	play.OrderingFrom("crispy", "chicken burger, 2 mazoe"),
	play.OrderingFrom("mbare", "eggs and mealie meal"),
	play.OrderingFrom("sunrise", "white bread, 2 scones"),
	play.OrderingFrom("thula", "2 carrot cake slice, fruit salad"),
}

// ChatOptions say what to measure and how hard to drive it.
type ChatOptions struct {
	// Binary is the program's file, Dir an empty folder for its data.
	Binary, Dir string
	// DatabaseURL of an empty Postgres database; empty for SQLite, whose file
	// in Dir is SQLite.
	DatabaseURL, SQLite string
	// Customers who write at the same time, each waiting for the answer.
	Customers int
	// Duration of each of the two measurements.
	Duration time.Duration
}

// Chat is what a run measured.
type Chat struct {
	Engine     string
	Ready      time.Duration // start to ready
	IdleMemory int64         // bytes resident, ready and idle
	PeakMemory int64         // bytes resident after the sustained load
	Turns      int           // in the sustained measurement
	Rate       float64       // turns a second, sustained, all statuses taken in
	HalfRate   float64       // turns a second of the measurement at half load
	Ack        Quantiles     // webhook acknowledgement at half load
	Reply      Quantiles     // message to answer at half load
}

// Quantiles of a set of durations.
type Quantiles struct{ P50, P95, P99, Max time.Duration }

func quantiles(d []time.Duration) Quantiles {
	if len(d) == 0 {
		return Quantiles{}
	}
	slices.Sort(d)
	at := func(q float64) time.Duration { return d[min(len(d)-1, int(q*float64(len(d))))] }
	return Quantiles{P50: at(0.50), P95: at(0.95), P99: at(0.99), Max: d[len(d)-1]}
}

// simulated is how Meta behaves in the benchmark: no pair limit, since each
// customer orders in seconds, and webhooks grouped for a moment as under load.
func simulated() simulator.Config {
	return simulator.Config{
		AutoRead: true, PairInterval: -1, DeliveryLog: 100_000, ThreadSize: 40,
		Batch: simulator.Batch{Max: 200, Linger: 5 * time.Millisecond},
	}
}

// settings are those that differ from the defaults: enough workers that the
// queues are not the limit, and sends that are not held to Meta's pace.
var settings = []string{
	"MUSIKA_WORKERS_ORDER_PROCESSING=16", "MUSIKA_WORKERS_MESSAGE_SENDING=32", "MUSIKA_QUEUE_FETCH_COOLDOWN=5ms",
	"MUSIKA_CLOUDAPI_PAIR_BURST=1000",
}

// RunChat starts the program and measures it: first as fast as it goes, then
// at half that rate.
func RunChat(ctx context.Context, o ChatOptions) (Chat, error) {
	c := Chat{Engine: "SQLite, synchronous=FULL"}
	stored := db.Options{Path: o.SQLite}
	if o.DatabaseURL != "" {
		c.Engine, stored = "Postgres", db.Options{URL: o.DatabaseURL}
	}
	l, err := lab.New(ctx, lab.Options{Binary: o.Binary, Dir: o.Dir, DatabaseURL: o.DatabaseURL, Env: settings, Simulator: simulated()})
	if err != nil {
		return c, err
	}
	defer l.Close()
	if err := stockUp(ctx, stored); err != nil {
		return c, err
	}
	if c.Ready, err = l.Start(ctx); err != nil {
		return c, err
	}
	if err := sleep(ctx, 2*time.Second); err != nil { // settle: what remains is idle
		return c, err
	}
	if c.IdleMemory, err = l.Memory(); err != nil {
		return c, err
	}
	crowd := &crowd{lab: l}

	begun := time.Now()
	if c.Turns, err = crowd.rush(ctx, o.Customers, o.Duration); err != nil {
		return c, err
	}
	if err := l.Sim.WaitIdle(ctx); err != nil {
		return c, err
	}
	c.Rate = float64(c.Turns) / time.Since(begun).Seconds()
	if c.PeakMemory, err = l.Memory(); err != nil {
		return c, err
	}

	c.HalfRate = c.Rate / 2
	before := l.Sim.Deliveries()
	replies, err := crowd.pace(ctx, o.Customers, o.Duration, c.HalfRate)
	if err != nil {
		return c, err
	}
	if err := l.Sim.WaitIdle(ctx); err != nil {
		return c, err
	}
	c.Reply = quantiles(replies)
	var acks []time.Duration
	for _, d := range l.Sim.DeliveriesAfter(lastSeq(before)) {
		for _, a := range d.Attempts {
			if a.Code != 200 {
				return c, fmt.Errorf("a webhook was answered %d: %s", a.Code, a.Error)
			}
			acks = append(acks, a.Duration)
		}
	}
	c.Ack = quantiles(acks)
	return c, nil
}

// stockUp gives the sample stores enough to sell for the whole run, at any hour.
func stockUp(ctx context.Context, o db.Options) error {
	d, err := db.Open(ctx, o)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Write(ctx, db.Service(musika.System), func(tx db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE products SET stock = 1000000`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE merchants SET open_minute = 0, close_minute = 0`)
		return err
	})
}

func lastSeq(d []simulator.Delivery) uint64 {
	if len(d) == 0 {
		return 0
	}
	return d[len(d)-1].Seq
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// crowd makes customers, each new to the program.
type crowd struct {
	lab  *lab.Lab
	made atomic.Int64
}

// customer is one person going through the script.
type customer struct {
	*play.Person
	script []play.Step // what is left of it
}

func (c *crowd) join() (*customer, error) {
	n := c.made.Add(1)
	p, err := play.Join(c.lab.Sim, simulator.Person{WaID: fmt.Sprintf("26378%07d", n), Name: fmt.Sprintf("Customer %d", n)}, lab.Number, nil)
	return &customer{Person: p, script: scripts[n%int64(len(scripts))]}, err
}

// answerWithin bounds one turn; past it the run has failed.
const answerWithin = 30 * time.Second

// turn does the customer's next step and waits for the answer.
func (c *customer) turn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	_, err := c.Do(ctx, c.script[0])
	c.script = c.script[1:]
	return err
}

// work runs customers through the script, one after the other, for as long as
// more says so, and calls each with what a turn took.
func (c *crowd) work(ctx context.Context, more func() bool, each func(time.Duration)) error {
	for {
		who, err := c.join()
		if err != nil {
			return err
		}
		for len(who.script) > 0 {
			if !more() {
				who.Leave()
				return nil
			}
			begun := time.Now()
			if err := who.turn(ctx); err != nil {
				who.Leave()
				return err
			}
			each(time.Since(begun))
		}
		who.Leave()
	}
}

// rush has customers write as fast as they are answered.
func (c *crowd) rush(ctx context.Context, customers int, d time.Duration) (int, error) {
	end := time.Now().Add(d)
	var turns atomic.Int64
	err := c.side(customers, func() error {
		return c.work(ctx, func() bool { return time.Now().Before(end) }, func(time.Duration) { turns.Add(1) })
	})
	return int(turns.Load()), err
}

// pace has turns begin at a fixed rate, whatever the answers take, and returns
// what each took. Five times the customers wait for their turn to begin one.
func (c *crowd) pace(ctx context.Context, customers int, d time.Duration, rate float64) ([]time.Duration, error) {
	tokens := make(chan struct{}, int(rate*d.Seconds())+1)
	go func() {
		defer close(tokens)
		begun := time.Now()
		for n := 0; time.Since(begun) < d; n++ {
			due := begun.Add(time.Duration(float64(n) / rate * float64(time.Second)))
			if sleep(ctx, time.Until(due)) != nil {
				return
			}
			tokens <- struct{}{}
		}
	}()
	var mu sync.Mutex
	var took []time.Duration
	err := c.side(5*customers, func() error {
		return c.work(ctx, func() bool { _, ok := <-tokens; return ok }, func(t time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			took = append(took, t)
		})
	})
	return took, err
}

// side runs f n times side by side and returns the first errors.
func (c *crowd) side(n int, f func() error) error {
	errs := make(chan error, n)
	for range n {
		go func() { errs <- f() }()
	}
	var all []error
	for range n {
		if err := <-errs; err != nil && len(all) < 3 {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}
