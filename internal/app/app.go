// Package app puts the program together and runs it: settings → database →
// features → API, started in that order and stopped in the reverse.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/api"
	"github.com/musika/musika/internal/bot"
	"github.com/musika/musika/internal/commerce"
	"github.com/musika/musika/internal/config"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/inbox"
	"github.com/musika/musika/internal/store"
)

// Options are what tests and the demo set beside the settings. The zero value
// is what `musika serve` uses.
type Options struct {
	// Logger defaults to none.
	Logger *slog.Logger
	// Clock defaults to musika.SystemClock.
	Clock musika.Clock
}

// App is the program, ready to Run.
type App struct {
	cfg     *config.Config
	log     *slog.Logger
	db      *db.DB
	inbox   *inbox.Service
	handler http.Handler
	queue   atomic.Pointer[db.Queue]
	ready   chan struct{}
	url     string // set before ready is closed
}

// New opens the database, brings its schema up to date and makes every part.
// Nothing runs yet. Run closes what New opened, and must be called.
func New(ctx context.Context, cfg *config.Config, o Options) (*App, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = musika.SystemClock
	}
	d, err := OpenDatabase(ctx, cfg, o)
	if err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, log: o.Logger, db: d, ready: make(chan struct{})}
	if err := a.wire(ctx, o); err != nil {
		d.Close()
		return nil, err
	}
	return a, nil
}

// wire makes the features and hands them to each other: they know each other's
// functions, not each other.
func (a *App) wire(ctx context.Context, o Options) error {
	metrics := api.NewMetrics()
	list, err := transports(a.cfg, o.Clock, metrics)
	if err != nil {
		return err
	}
	var assistant *bot.Bot
	shop := commerce.New(commerce.Dependencies{
		OrderChanged: func(ctx context.Context, tx db.Tx, order musika.Order, change musika.StatusChange) error {
			return assistant.OrderChanged(ctx, tx, order, change)
		},
	})
	byName := map[string]musika.Transport{}
	for _, t := range list {
		byName[t.Name()] = t.Transport
	}
	a.inbox = inbox.New(inbox.Dependencies{
		DB: a.db, Transports: byName, Logger: a.log, ReadReceipts: true,
		Handler:     func(ctx context.Context, turn *inbox.Turn) error { return assistant.Handle(ctx, turn) },
		SettleAfter: a.cfg.CloudAPI.SettleAfter, Observe: metrics.Message,
	})
	assistant = bot.New(bot.Dependencies{
		Commerce: shop, Notify: a.inbox.Notify, Platform: a.cfg.Bot.PlatformName,
		Operator: bot.Operator{Name: a.cfg.Bot.OperatorName, Phone: a.cfg.Bot.OperatorPhone},
	})
	webhooks := map[string]http.Handler{}
	for _, t := range list {
		name := t.Name()
		if err := a.ensureChannels(ctx, name, t.channels); err != nil {
			return err
		}
		if t.webhook != nil {
			webhooks[name] = t.webhook(func(ctx context.Context, updates []musika.Update) error {
				return a.ingest(ctx, name, updates)
			})
		}
	}
	if err := a.ensureAdmins(ctx); err != nil {
		return err
	}
	metrics.Jobs(a.countJobs)
	a.handler = api.New(api.Dependencies{
		DB: a.db, Webhooks: webhooks, Metrics: metrics, Logger: a.log, Version: Version(),
		Checks: []api.Check{{Name: "database", Run: a.db.Ping}, {Name: "queue", Run: a.checkQueue}},
	}).Handler()
	return nil
}

// ingest stores what a transport was told. A failure is logged here: the
// network is only told to send again.
func (a *App) ingest(ctx context.Context, transport string, updates []musika.Update) error {
	err := a.inbox.Ingest(ctx, transport, updates)
	if err != nil {
		a.log.ErrorContext(ctx, "updates were not stored and will be sent again", "transport", transport, "updates", len(updates), "error", err)
	}
	return err
}

// ensureChannels stores our numbers that are new. What is known of the others
// stays.
func (a *App) ensureChannels(ctx context.Context, kind string, externalIDs []string) error {
	return a.db.Write(ctx, db.Service(musika.System), func(tx db.Tx) error {
		for _, id := range externalIDs {
			_, known, err := store.ChannelByExternalID(ctx, tx, kind, id)
			if err != nil {
				return err
			}
			if known {
				continue
			}
			if _, err := store.EnsureChannel(ctx, tx, musika.Channel{
				Kind: kind, ExternalID: id, Name: a.cfg.Bot.PlatformName, Prefix: a.cfg.Bot.Prefix,
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// ensureAdmins makes the numbers in the settings administrators. A number that
// has another role keeps it: a shop's owner must not lose the shop to a slip.
func (a *App) ensureAdmins(ctx context.Context) error {
	return a.db.Write(ctx, db.Service(musika.System), func(tx db.Tx) error {
		for _, phone := range a.cfg.Bot.Admins {
			u, known, err := store.UserByPhone(ctx, tx, phone)
			switch {
			case err != nil:
				return err
			case known && u.Role != musika.RoleAdmin:
				a.log.WarnContext(ctx, "a number in MUSIKA_ADMINS has another role already and keeps it", "phone", phone.Masked(), "role", u.Role)
			case !known:
				if err := store.InsertUser(ctx, tx, musika.User{
					ID: musika.UserID(musika.NewID("usr", tx.Now())), Phone: phone, Role: musika.RoleAdmin, CreatedAt: tx.Now(),
				}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (a *App) countJobs(ctx context.Context) ([]api.JobCount, error) {
	counts, err := a.db.QueueCounts(ctx)
	out := make([]api.JobCount, len(counts))
	for i, c := range counts {
		out[i] = api.JobCount{Queue: c.Queue, State: c.State, Count: c.Count}
	}
	return out, err
}

func (a *App) checkQueue(context.Context) error {
	if a.queue.Load() == nil {
		return errors.New("the queue does not run")
	}
	return nil
}

// DB is the program's database.
func (a *App) DB() *db.DB { return a.db }

// Ready is closed when everything runs and requests are answered.
func (a *App) Ready() <-chan struct{} { return a.ready }

// URL is where the program answers, such as http://127.0.0.1:8080. It is known
// once Ready is closed.
func (a *App) URL() string { return a.url }

// Run serves until ctx ends, then stops: no new requests and jobs, what is
// under way is finished, the database is closed. It returns nil when all of
// that went well. Run works once.
func (a *App) Run(ctx context.Context) error {
	defer a.db.Close()
	// The inbox outlives the queue, whose jobs use it, and the queue outlives
	// HTTP: what a webhook was told to be stored is.
	err := supervise(ctx, a.log, a.cfg.HTTP.ShutdownTimeout, func() {
		a.log.InfoContext(ctx, "musika is ready", "url", a.url, "database", a.db.Engine())
		close(a.ready)
	},
		service{"inbox", a.runInbox},
		service{"queue", a.runQueue},
		service{"http", a.runHTTP},
	)
	a.log.InfoContext(ctx, "musika has stopped")
	return err
}

func (a *App) runInbox(ctx, _ context.Context, ready func()) error {
	ready()
	return a.inbox.Run(ctx)
}

func (a *App) runQueue(ctx, grace context.Context, ready func()) error {
	q := a.cfg.Queue
	limits := map[string]db.QueueLimits{}
	for name, workers := range map[string]int{
		db.QueueMedia: q.MediaProcessing, db.QueueMessages: q.MessageSending,
		db.QueueOrders: q.OrderProcessing, db.QueueWebhooks: q.WebhookDelivery,
	} {
		limits[name] = db.QueueLimits{Workers: workers, FetchCooldown: q.FetchCooldown}
	}
	queue, err := a.db.StartQueue(ctx, workers(a.inbox), db.QueueOptions{Limits: limits})
	if err != nil {
		return err
	}
	a.queue.Store(queue)
	ready()
	<-ctx.Done()
	a.queue.Store(nil)
	return queue.Stop(grace)
}

// Limits of the HTTP server: a client that is slow on purpose must not hold
// connections for long.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = time.Minute
	idleTimeout       = 2 * time.Minute
	maxHeader         = 64 << 10
)

func (a *App) runHTTP(ctx, grace context.Context, ready func()) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.HTTP.Addr)
	if err != nil {
		return musika.Errorf(musika.CodeUnavailable, "The address %s cannot be listened on. Set MUSIKA_ADDR to a free one.", a.cfg.HTTP.Addr).Wrap(err)
	}
	a.url = "http://" + reachable(ln.Addr())
	server := &http.Server{
		Handler: a.handler, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	ready()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	if err := server.Shutdown(grace); err != nil {
		_ = server.Close() // the deadline has passed: nothing more to wait for
		return fmt.Errorf("requests were cut off: %w", err)
	}
	return nil
}

// reachable writes an address as one would call it: a server that listens
// everywhere is called on this machine.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
