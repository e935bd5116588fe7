package cloudapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/musika/musika"
)

// roundTrip is an API without a network, so that tests run in a bubble.
type roundTrip func(*http.Request) (int, string)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
	status, body := f(r)
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

const accepted = `{"messages":[{"id":"wamid.1"}]}`

func paced(t *testing.T, api roundTrip, change ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{Token: "t", HTTPClient: &http.Client{Transport: api}}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// hello sends a text to the n-th person.
func hello(ctx context.Context, c *Client, n int) *musika.SendError {
	out := to(musika.Text("hi"))
	out.To[0].Value = fmt.Sprintf("+26377%07d", n)
	if _, err := c.Send(ctx, out); err != nil {
		return musika.AsSendError(err)
	}
	return nil
}

func ok(*http.Request) (int, string) { return 200, accepted }

func TestPairBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := paced(t, ok)
		for i := range 45 {
			if e := hello(t.Context(), c, 1); e != nil {
				t.Fatalf("message %d: %v", i, e)
			}
		}
		e := hello(t.Context(), c, 1)
		if e == nil || e.Disposition != wait || e.After <= 2*time.Second || e.After > 6*time.Second {
			t.Fatalf("the 46th: %+v", e)
		}
		if e := hello(t.Context(), c, 2); e != nil {
			t.Fatalf("another person: %v", e)
		}
		time.Sleep(e.After)
		if e := hello(t.Context(), c, 1); e != nil {
			t.Fatalf("after the wait: %v", e)
		}
		if e := hello(t.Context(), c, 1); e == nil {
			t.Fatal("two messages in one interval")
		}
	})
}

func TestShortWaitIsWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := paced(t, ok, func(c *Config) { c.PairBurst, c.MaxWait = 1, 10*time.Second })
		start := time.Now()
		for range 3 {
			if e := hello(t.Context(), c, 1); e != nil {
				t.Fatal(e)
			}
		}
		if took := time.Since(start); took < 12*time.Second || took > 13*time.Second {
			t.Errorf("three messages took %v", took)
		}
		// A deadline before the turn: no use in waiting for it.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		before := time.Now()
		if e := hello(ctx, c, 1); e == nil || e.Disposition != wait || e.After < 5*time.Second || time.Since(before) > 0 {
			t.Errorf("with a deadline: %+v", e)
		}
	})
}

func TestWaitCancelledGivesTurnBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := paced(t, ok, func(c *Config) { c.PairBurst, c.MaxWait = 1, 10*time.Second })
		if e := hello(t.Context(), c, 1); e != nil {
			t.Fatal(e)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { time.Sleep(time.Second); cancel() }()
		if e := hello(ctx, c, 1); e == nil || e.Disposition != retry {
			t.Fatalf("cancelled: %+v", e)
		}
		start := time.Now()
		if e := hello(t.Context(), c, 1); e != nil {
			t.Fatal(e)
		}
		if took := time.Since(start); took > 6*time.Second {
			t.Errorf("the turn given back was lost: %v", took)
		}
	})
}

func TestNegativeMaxWaitNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := paced(t, ok, func(c *Config) { c.PairBurst, c.MaxWait, c.PairInterval = 1, -1, time.Millisecond })
		_ = hello(t.Context(), c, 1)
		if e := hello(t.Context(), c, 1); e == nil || e.Disposition != wait {
			t.Errorf("%+v", e)
		}
	})
}

// TestNumberRate: no second of the clock, however it is cut, sees more than
// the rate.
func TestNumberRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var sent []time.Time
		c := paced(t, func(*http.Request) (int, string) {
			mu.Lock()
			defer mu.Unlock()
			sent = append(sent, time.Now())
			return 200, accepted
		}, func(c *Config) { c.MaxWait = 10 * time.Second })
		var wg sync.WaitGroup
		for i := range 500 {
			wg.Go(func() {
				if e := hello(t.Context(), c, i); e != nil {
					t.Error(e)
				}
			})
		}
		wg.Wait()
		slices.SortFunc(sent, time.Time.Compare)
		for i := range sent {
			if i >= 80 && sent[i].Sub(sent[i-80]) < time.Second {
				t.Fatalf("81 messages within %v", sent[i].Sub(sent[i-80]))
			}
		}
		if total := sent[len(sent)-1].Sub(sent[0]); total > 7*time.Second {
			t.Errorf("500 messages took %v", total)
		}
	})
}

// TestPairLearns: each refusal in a row by Meta holds the person for 4^X s,
// and a success ends the row.
func TestPairLearns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fail := true
		calls := 0
		c := paced(t, func(*http.Request) (int, string) {
			calls++
			if fail {
				return 400, `{"error":{"code":131056,"message":"(#131056) pair rate limit hit"}}`
			}
			return 200, accepted
		}, func(c *Config) { c.MaxWait = -1 })
		for _, seconds := range []int{1, 4, 16, 64, 256, 256} {
			want := time.Duration(seconds) * time.Second
			e := hello(t.Context(), c, 1)
			if e == nil || e.Disposition != wait || e.After != want || e.Code != "131056" {
				t.Fatalf("want a hold of %v, got %+v", want, e)
			}
			before := calls
			if e := hello(t.Context(), c, 1); e == nil || e.Disposition != wait || e.After < want || calls != before {
				t.Fatalf("during the hold: %+v", e)
			}
			time.Sleep(want + 6*time.Second)
		}
		fail = false
		if e := hello(t.Context(), c, 1); e != nil {
			t.Fatal(e)
		}
		time.Sleep(6 * time.Second)
		fail = true
		if e := hello(t.Context(), c, 1); e == nil || e.After != time.Second {
			t.Fatalf("the row did not end: %+v", e)
		}
	})
}

// TestNumberLearns: a refusal for throughput holds all people of the number,
// and refusals of messages under way at once count as one.
func TestNumberLearns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c := paced(t, func(*http.Request) (int, string) {
			<-release
			return 400, `{"error":{"code":130429,"message":"x"}}`
		}, func(c *Config) { c.NumberRate = 1000; c.MaxWait = -1 })
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				if e := hello(t.Context(), c, i); e == nil || e.Disposition != wait || e.After != time.Second {
					t.Errorf("%+v", e)
				}
			})
		}
		synctest.Wait()
		time.Sleep(time.Millisecond)
		close(release)
		wg.Wait()
		if e := hello(t.Context(), c, 99); e == nil || e.Disposition != wait || e.Code != "" || e.After != time.Second {
			t.Errorf("another person: %+v", e)
		}
		time.Sleep(time.Second)
		if e := hello(t.Context(), c, 99); e == nil || e.Code != "130429" || e.After != 4*time.Second {
			t.Errorf("the second refusal: %+v", e)
		}
	})
}

// TestHoldWhileWaiting: a message that waits for its turn when Meta refuses
// another one does not go during the hold.
func TestHoldWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(paceConfig{numberRate: 80, pairInterval: 6 * time.Second, pairBurst: 1, maxWait: 10 * time.Second, clock: time.Now})
		key := pair{number, "a"}
		if e := p.take(t.Context(), key); e != nil {
			t.Fatal(e)
		}
		started := time.Now()
		go func() {
			time.Sleep(5 * time.Second)
			p.learn(key, started, &musika.SendError{Code: "131056"})
			p.learn(key, time.Now().Add(time.Second), &musika.SendError{Code: "131056"})
		}()
		if e := p.take(t.Context(), key); e != nil {
			t.Fatal(e)
		}
		if took := time.Since(started); took < 9*time.Second {
			t.Errorf("it went after %v, the hold lasts to 9s", took)
		}
	})
}

// TestPaceMemory: buckets that nobody uses go, however many people write.
func TestPaceMemory(t *testing.T) {
	t.Parallel()
	now := epoch
	p := newPace(paceConfig{numberRate: 1e9, pairInterval: 6 * time.Second, pairBurst: 45, clock: func() time.Time { return now }})
	for i := range 3 * maxPairs {
		if e := p.take(t.Context(), pair{number, fmt.Sprint(i)}); e != nil {
			t.Fatal(e)
		}
	}
	if n := p.size(); n > 2*maxPairs {
		t.Errorf("%d buckets are kept", n)
	}
	// A hold outlives the turn of a generation.
	key := pair{number, "held"}
	p.learn(key, now, nil)
	for range maxStrain {
		now = now.Add(time.Second)
		p.learn(key, now, &musika.SendError{Code: "131056"})
	}
	now = now.Add(time.Second)
	p.learn(key, now, &musika.SendError{Code: "131056"})
	now = now.Add(200 * time.Second)
	_ = p.take(t.Context(), pair{number, "x"})
	if e := p.take(t.Context(), key); e == nil || e.After != 56*time.Second {
		t.Errorf("the hold was forgotten: %+v", e)
	}
	for range 3 {
		now = now.Add(p.generation)
		_ = p.take(t.Context(), pair{number, "x"})
	}
	if n := p.size(); n != 1 {
		t.Errorf("%d idle buckets are kept", n)
	}
}
