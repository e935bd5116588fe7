package simulator

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Simulator is the simulated platform. Its methods are safe for concurrent use.
type Simulator struct {
	cfg   Config
	log   *slog.Logger
	clock *clock
	sched *scheduler
	ids   ids

	numbers  map[string]*number // never changes after New
	accounts map[string]*account
	order    []*number // as configured

	app       appSettings
	tokens    tokenStore
	people    directory
	index     messageIndex
	media     mediaStore
	templates templateIndex
	links     linkCache
	faults    atomic.Pointer[faultState]
	reach     reachLog
	out       *dispatcher

	baseURL atomic.Pointer[string]
	ready   chan struct{}
	running atomic.Bool
	handler http.Handler
}

// New makes a simulator. It returns an error when the configuration cannot be
// right; it opens nothing.
func New(cfg Config) (*Simulator, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Simulator{
		cfg: cfg, log: cfg.Logger, clock: &clock{base: cfg.Now},
		numbers: map[string]*number{}, accounts: map[string]*account{},
		ready: make(chan struct{}),
	}
	s.sched = newScheduler(s.clock)
	s.out = newDispatcher(s)
	s.app.set(cfg.CallbackURL, cfg.VerifyToken, cfg.AppSecret)
	s.tokens.add(cfg.AccessToken, time.Time{})
	s.people.init()
	s.index.init()
	s.media.init(cfg.MediaBytes)
	s.templates.init()
	s.links.init()
	s.reach.init()
	if err := s.SetFaults(cfg.Faults); err != nil {
		return nil, err
	}
	for _, n := range cfg.Numbers {
		s.addNumber(n)
	}
	for _, a := range s.accounts {
		s.seedTemplates(a)
	}
	s.handler = s.routes()
	return s, nil
}

// Handler serves the Graph API under /v<major>.<minor>/, the control interface
// under /_sim/ and the phone page at /.
func (s *Simulator) Handler() http.Handler { return s.handler }

func (s *Simulator) routes() http.Handler {
	control := s.controlHandler()
	page := phoneHandler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.baseURL.Load() == nil && r.Host != "" {
			base := "http://" + r.Host
			s.baseURL.CompareAndSwap(nil, &base)
		}
		first, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		switch {
		case first == "_sim":
			control.ServeHTTP(w, r)
		case first == mediaPath:
			s.serveMedia(w, r)
		case versionPattern.MatchString(first):
			s.serveGraph(w, r, first, rest)
		default:
			page.ServeHTTP(w, r)
		}
	})
}

// Run delivers webhooks and moves messages along until ctx ends, and serves
// HTTP when Config.Addr is set. On the way out requests and webhook POSTs in
// flight are given a few seconds; what still waits is lost with the process.
// Run works once.
func (s *Simulator) Run(ctx context.Context) error {
	if !s.running.CompareAndSwap(false, true) {
		return errors.New("simulator: Run was called twice")
	}
	var wg sync.WaitGroup
	work, stop := context.WithCancel(ctx)
	defer wg.Wait()
	defer stop()
	wg.Go(func() { s.sched.run(work) })
	wg.Go(func() { s.out.run(work) })

	if s.cfg.Addr == "" {
		close(s.ready)
		<-ctx.Done()
		return nil
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.cfg.Addr)
	if err != nil {
		return fmt.Errorf("simulator: listen: %w", err)
	}
	base := "http://" + ln.Addr().String()
	s.baseURL.Store(&base)
	// Streams end when the work does, or Shutdown would wait for them.
	srv := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return work },
		ErrorLog:    slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	close(s.ready)
	s.log.Info("simulator is listening", "url", base)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return fmt.Errorf("simulator: serve: %w", err)
	case <-ctx.Done():
	}
	stop()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if err := srv.Shutdown(grace); err != nil {
		_ = srv.Close()
	}
	return nil
}

// Ready is closed when Run accepts requests.
func (s *Simulator) Ready() <-chan struct{} { return s.ready }

// URL is the base URL, such as http://127.0.0.1:8900, without a slash at the
// end. Before Run listens it is the host of the first request, or "".
func (s *Simulator) URL() string {
	if p := s.baseURL.Load(); p != nil {
		return *p
	}
	return ""
}

// Credentials are what a program needs to talk to the simulated app.
type Credentials struct {
	AppID       string `json:"app_id"`
	AppSecret   string `json:"app_secret"`
	VerifyToken string `json:"verify_token"`
	AccessToken string `json:"access_token"`
	CallbackURL string `json:"callback_url"`
}

// Credentials are the ids and secrets in force.
func (s *Simulator) Credentials() Credentials {
	callback, verify, secret := s.app.get()
	return Credentials{AppID: s.cfg.AppID, AppSecret: secret, VerifyToken: verify, AccessToken: s.cfg.AccessToken, CallbackURL: callback}
}

// messageIndex finds messages by wamid. It is sharded: each send, status and
// tap looks one up.
type messageIndex struct {
	seed   maphash.Seed
	shards [32]struct {
		sync.Mutex
		m map[string]*message
	}
}

func (x *messageIndex) init() {
	x.seed = maphash.MakeSeed()
	for i := range x.shards {
		x.shards[i].m = map[string]*message{}
	}
}

func (x *messageIndex) put(m *message) {
	sh := &x.shards[maphash.String(x.seed, m.id)%32]
	sh.Lock()
	sh.m[m.id] = m
	sh.Unlock()
}

func (x *messageIndex) get(id string) *message {
	sh := &x.shards[maphash.String(x.seed, id)%32]
	sh.Lock()
	defer sh.Unlock()
	return sh.m[id]
}

func (x *messageIndex) drop(list []*message) {
	for _, m := range list {
		sh := &x.shards[maphash.String(x.seed, m.id)%32]
		sh.Lock()
		delete(sh.m, m.id)
		sh.Unlock()
	}
}
