package inbox

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// Dependencies is what the inbox needs from outside.
type Dependencies struct {
	DB *db.DB
	// Transports by their Name.
	Transports map[string]musika.Transport
	// Handler answers inbound messages.
	Handler Handler
	Logger  *slog.Logger
	// SettleAfter is how long a send may take, and how long one with unknown
	// outcome then waits for the status that would settle it before the message
	// is sent again. Defaults to 15 s.
	SettleAfter time.Duration
	// ReadReceipts marks inbound messages read once they are answered.
	ReadReceipts bool
	// Observe is called once for every message that changed state, for
	// metrics: direction is "in" or "out". May be nil.
	Observe func(direction string, state musika.MessageState)
}

// Service is the inbox. Make one with New, register its workers, and Run it.
type Service struct {
	Dependencies

	writes   *batcher
	started  time.Time
	sending  sync.Map // ids of messages that this process is sending
	receipts chan receipt

	mu       sync.Mutex
	channels map[channelKey]musika.Channel
	byID     map[musika.ChannelID]musika.Channel
}

type channelKey struct{ kind, externalID string }

// New returns an inbox that is not running yet.
func New(d Dependencies) *Service {
	if d.SettleAfter == 0 {
		d.SettleAfter = 15 * time.Second
	}
	if d.Observe == nil {
		d.Observe = func(string, musika.MessageState) {}
	}
	return &Service{
		Dependencies: d,
		writes:       newBatcher(d.DB),
		started:      time.Now(),
		receipts:     make(chan receipt, 256),
		channels:     map[channelKey]musika.Channel{},
		byID:         map[musika.ChannelID]musika.Channel{},
	}
}

// Run serves Ingest and the send jobs until ctx ends, then finishes what was
// handed in. It must run before the first Ingest and outlive the job queue.
func (s *Service) Run(ctx context.Context) error {
	var group sync.WaitGroup
	group.Go(func() { s.writes.Run(ctx) })
	for range receiptWorkers {
		group.Go(func() { s.sendReceipts(ctx) })
	}
	group.Wait()
	return nil
}

// AddWorkers registers the inbox's jobs.
func (s *Service) AddWorkers(w *river.Workers) {
	river.AddWorker(w, &handleWorker{inbox: s})
	river.AddWorker(w, &sendWorker{inbox: s})
}

// channel returns our channel by the transport's id of it. Channels do not
// change while the program runs, so they are kept.
func (s *Service) channel(ctx context.Context, tx db.Tx, kind, externalID string) (musika.Channel, bool, error) {
	key := channelKey{kind, externalID}
	s.mu.Lock()
	c, ok := s.channels[key]
	s.mu.Unlock()
	if ok {
		return c, true, nil
	}
	c, ok, err := store.ChannelByExternalID(ctx, tx, kind, externalID)
	if ok && err == nil {
		s.remember(c)
	}
	return c, ok, err
}

// channelByID is channel by our own id.
func (s *Service) channelByID(ctx context.Context, tx db.Tx, id musika.ChannelID) (musika.Channel, error) {
	s.mu.Lock()
	c, ok := s.byID[id]
	s.mu.Unlock()
	if ok {
		return c, nil
	}
	c, err := store.Channel(ctx, tx, id)
	if err == nil {
		s.remember(c)
	}
	return c, err
}

func (s *Service) remember(c musika.Channel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channels[channelKey{c.Kind, c.ExternalID}] = c
	s.byID[c.ID] = c
}
