package cloudapi

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/musika/musika"
)

// paceConfig is the part of Config that the pace needs, with defaults filled.
type paceConfig struct {
	numberRate   float64
	pairInterval time.Duration
	pairBurst    int
	maxWait      time.Duration
	clock        musika.Clock
}

// pace keeps our numbers within Meta's throughput: a token bucket per number
// and one per (number, person). Meta is the judge: when it says that we were
// too fast the bucket is held for 4^X s, X growing with each refusal in a row
// (Meta's Cloud API: throughput, pair rate limits).
//
// Meta's text can be read more strictly than a bucket of PairBurst (a burst
// "borrows" from the time after it). The bucket is the reading that lets a
// lively chat flow; where Meta is stricter the hold makes up for it.
//
// Memory is bounded: the buckets of people live in two generations, and one
// that was not used for a whole generation is dropped. By then it is full
// again and any hold on it has passed.
type pace struct {
	cfg        paceConfig
	generation time.Duration // how long an unused bucket is kept at least

	mu      sync.Mutex
	numbers map[string]*lane
	young   map[pair]*lane
	old     map[pair]*lane
	turned  time.Time // when old was dropped last
}

// pair names the bucket of one person at one of our numbers.
type pair struct{ number, person string }

// lane is one bucket and what Meta taught us about it.
type lane struct {
	bucket *rate.Limiter
	strain int       // refusals in a row: X in 4^X
	raised time.Time // when strain last grew
	held   time.Time // nothing goes before
}

const (
	maxStrain = 4      // 4^4 s = 256 s
	maxPairs  = 50_000 // per generation: at 80 messages a second one number fills half of it
)

func newPace(cfg paceConfig) *pace {
	return &pace{
		cfg: cfg,
		generation: max(cfg.pairInterval*time.Duration(cfg.pairBurst), backOff(maxStrain)) +
			time.Second,
		numbers: map[string]*lane{},
		young:   map[pair]*lane{},
	}
}

// backOff returns 4^strain seconds.
func backOff(strain int) time.Duration { return time.Second << (2 * min(strain, maxStrain)) }

// number returns the bucket of one of our numbers. Burst and refill together
// stay within the rate, so that no second of the clock sees more.
func (p *pace) number(id string) *lane {
	l := p.numbers[id]
	if l == nil {
		burst := max(1, int(p.cfg.numberRate/20))
		refill := p.cfg.numberRate
		if refill > float64(2*burst) {
			refill -= float64(burst)
		}
		l = &lane{bucket: rate.NewLimiter(rate.Limit(refill), burst)}
		p.numbers[id] = l
	}
	return l
}

// pair returns the bucket of a person and turns the generations when it is
// time.
func (p *pace) pair(key pair, now time.Time) *lane {
	if now.Sub(p.turned) >= p.generation || len(p.young) >= maxPairs {
		p.old, p.young, p.turned = p.young, make(map[pair]*lane), now
	}
	if l := p.young[key]; l != nil {
		return l
	}
	l := p.old[key]
	if l == nil {
		l = &lane{bucket: rate.NewLimiter(rate.Every(p.cfg.pairInterval), p.cfg.pairBurst)}
	}
	p.young[key] = l
	return l
}

// take waits for the turn of a message. It returns nil when the message may
// go, SendWait when its turn is further off than maxWait or ctx's deadline, and
// SendRetry when ctx ends first; the turn is then given back.
func (p *pace) take(ctx context.Context, key pair) *musika.SendError {
	now := p.cfg.clock()
	p.mu.Lock()
	n, q := p.number(key.number), p.pair(key, now)
	byNumber, byPair := n.bucket.ReserveN(now, 1), q.bucket.ReserveN(now, 1)
	delay := max(byNumber.DelayFrom(now), byPair.DelayFrom(now))
	p.mu.Unlock()
	giveBack := func() {
		byNumber.CancelAt(now)
		byPair.CancelAt(now)
	}

	for left := p.cfg.maxWait; ; {
		p.mu.Lock() // a refusal may have come while we waited
		now := p.cfg.clock()
		delay = max(delay, n.held.Sub(now), q.held.Sub(now))
		p.mu.Unlock()
		if delay <= 0 {
			return nil
		}
		if deadline, ok := ctx.Deadline(); delay > left || ok && time.Until(deadline) < delay {
			giveBack()
			return &musika.SendError{Disposition: wait, Title: "too fast for WhatsApp's limits", After: delay, Advice: adviceBusy}
		}
		timer := time.NewTimer(delay)
		select {
		case <-timer.C:
			left -= delay
			delay = 0
		case <-ctx.Done():
			timer.Stop()
			giveBack()
			return notSent(ctx.Err())
		}
	}
}

// learn takes in what Meta said to a message that was sent at started, and
// returns how long the next one must wait.
func (p *pace) learn(key pair, started time.Time, e *musika.SendError) time.Duration {
	now := p.cfg.clock()
	p.mu.Lock()
	defer p.mu.Unlock()
	n, q := p.number(key.number), p.pair(key, now)
	if e == nil {
		n.relax(started)
		q.relax(started)
		return 0
	}
	switch e.Code {
	case "131056": // pair rate limit
		// One message may go when the hold is over, the rest at PairInterval.
		if spare := int(q.bucket.TokensAt(now)) - 1; spare > 0 {
			q.bucket.AllowN(now, spare)
		}
		return q.strainMore(started, now)
	case "130429", "4", "80007": // throughput; calls per app; calls per account
		return n.strainMore(started, now)
	}
	return 0
}

// strainMore holds the lane. Messages that were already under way when it was
// held tell nothing new.
func (l *lane) strainMore(started, now time.Time) time.Duration {
	if !started.After(l.raised) && !l.raised.IsZero() {
		return max(l.held.Sub(now), time.Second)
	}
	hold := backOff(l.strain)
	l.strain = min(l.strain+1, maxStrain)
	l.raised, l.held = now, now.Add(hold)
	return hold
}

// relax ends the strain once a message that left after the last refusal got
// through.
func (l *lane) relax(started time.Time) {
	if started.After(l.raised) {
		l.strain = 0
	}
}

// size returns how many people's buckets are kept.
func (p *pace) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.young)
	for k := range p.old {
		if p.young[k] == nil {
			n++
		}
	}
	return n
}
