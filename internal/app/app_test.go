package app_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/app"
	"github.com/musika/musika/internal/config"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
	"github.com/musika/musika/internal/play"
	"github.com/musika/musika/internal/seed"
	"github.com/musika/musika/internal/store"
	"github.com/musika/musika/simulator"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const number = "106000000000001"

// shop is a running program and a simulator in WhatsApp's place.
type shop struct {
	*app.App
	sim  *simulator.Simulator
	stop context.CancelFunc
	done chan error // what Run returned
}

// eachEngine runs f on the settings of either engine.
func eachEngine(t *testing.T, f func(t *testing.T, cfg *config.Config)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		cfg := config.Default()
		cfg.Storage.DataDir = t.TempDir()
		f(t, cfg)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		cfg := config.Default()
		cfg.Storage.DatabaseURL = dbtest.PostgresURL(t)
		f(t, cfg)
	})
}

func open(t *testing.T, cfg *config.Config) *shop {
	t.Helper()
	sim, err := simulator.New(simulator.Config{Addr: "127.0.0.1:0", Numbers: []simulator.Number{{ID: number, WABAID: "1", DisplayPhone: "+263 77 000 0000"}}})
	if err != nil {
		t.Fatal(err)
	}
	life, end := context.WithCancel(context.Background())
	simulated := make(chan error, 1)
	go func() { simulated <- sim.Run(life) }()
	t.Cleanup(func() {
		end()
		if err := <-simulated; err != nil {
			t.Errorf("the simulator ended with %v", err)
		}
	})
	await(t, sim.Ready(), "the simulator")
	who := sim.Credentials()
	cfg.HTTP.Addr = "127.0.0.1:0"
	cfg.CloudAPI.BaseURL, cfg.CloudAPI.Numbers = sim.URL(), []string{number}
	cfg.CloudAPI.Token, cfg.CloudAPI.AppSecret, cfg.CloudAPI.VerifyToken = config.Secret(who.AccessToken), config.Secret(who.AppSecret), config.Secret(who.VerifyToken)
	cfg.Bot.Admins = []musika.Phone{"+263770000099"}
	a, err := app.New(t.Context(), cfg, app.Options{Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.DB().Write(t.Context(), db.Service(musika.System), func(tx db.Tx) error {
		_, err := seed.Seed(t.Context(), tx, seed.Options{NoHistory: true})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &shop{App: a, sim: sim, stop: stop, done: make(chan error, 1)}
	go func() { s.done <- a.Run(ctx) }()
	t.Cleanup(s.stop)
	await(t, a.Ready(), "the program")
	if err := sim.SetApp(t.Context(), a.URL()+"/webhooks/cloudapi", "", ""); err != nil {
		t.Fatal(err)
	}
	return s
}

const patience = 30 * time.Second

func await(t *testing.T, ready <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-ready:
	case <-time.After(patience):
		t.Fatalf("%s is not ready after %s", what, patience)
	}
}

// close stops the program and returns how that went.
func (s *shop) close(t *testing.T) error {
	t.Helper()
	s.stop()
	select {
	case err := <-s.done:
		return err
	case <-time.After(patience):
		t.Fatalf("the program did not stop within %s", patience)
		return nil
	}
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestItServesAndStops(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, cfg *config.Config) {
		s := open(t, cfg)
		p, err := play.Join(s.sim, simulator.Person{WaID: "263770000001", Name: "Tendai"}, number, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Leave()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if err := p.Say(ctx, "hi"); err != nil {
			t.Fatal(err)
		}
		m, err := p.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !m.Says("Welcome to Musika") {
			t.Errorf("the greeting is %s", m)
		}
		if code, body := get(t, s.URL()+"/readyz"); code != http.StatusOK || !strings.Contains(body, `{"name":"queue","status":"ok"}`) {
			t.Errorf("/readyz: %d %s", code, body)
		}
		for _, line := range []string{
			`musika_webhooks_total{outcome="ok",transport="cloudapi"}`, `musika_messages_total{direction="in",state="received"}`,
			`musika_messages_total{direction="out",state="sent"}`, `musika_jobs{queue="message_sending"`,
		} {
			awaitMetric(ctx, t, s.URL(), line)
		}
		if err := s.close(t); err != nil {
			t.Errorf("stopping: %v", err)
		}
		if _, err := http.Get(s.URL() + "/healthz"); err == nil {
			t.Error("it answers after it has stopped")
		}
	})
}

// awaitMetric waits until the metrics have a line: the answer reaches the phone
// before the program has written down that it did.
func awaitMetric(ctx context.Context, t *testing.T, url, line string) {
	t.Helper()
	for {
		_, metrics := get(t, url+"/metrics")
		if strings.Contains(metrics, line) {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the metrics lack %s:\n%s", line, metrics)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func waID(i int) string { return fmt.Sprintf("2637700001%02d", i) }

// TestWhatIsUnderWayIsFinished stops the program while many people write. Who
// was told that their message arrived has it stored, and all of them are
// answered after the next start.
func TestWhatIsUnderWayIsFinished(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, cfg *config.Config) {
		const people = 20
		s := open(t, cfg)
		phones := make([]*play.Person, people)
		for i := range phones {
			p, err := play.Join(s.sim, simulator.Person{WaID: waID(i)}, number, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Leave()
			if err := p.Say(t.Context(), "hi"); err != nil {
				t.Fatal(err)
			}
			phones[i] = p
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
		defer cancel()
		if _, err := phones[0].Next(ctx); err != nil { // under way
			t.Fatal(err)
		}
		if err := s.close(t); err != nil {
			t.Fatalf("stopping: %v", err)
		}

		again, err := app.New(t.Context(), cfg, app.Options{Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
		if err != nil {
			t.Fatal(err)
		}
		life, stop := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- again.Run(life) }()
		await(t, again.Ready(), "the second program")
		if err := s.sim.SetApp(t.Context(), again.URL()+"/webhooks/cloudapi", "", ""); err != nil {
			t.Fatal(err)
		}
		for i, p := range phones[1:] {
			if _, err := p.Next(ctx); err != nil {
				t.Errorf("person %d was not answered: %v", i+1, err)
			}
		}
		stop()
		if err := <-done; err != nil {
			t.Errorf("stopping again: %v", err)
		}
		for i := range phones {
			if n := len(s.sim.Thread(waID(i), number)); n != 2 {
				t.Errorf("person %d has %d messages in the thread, want the greeting and one answer", i, n)
			}
		}
	})
}

func TestAdminsAreKnown(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, cfg *config.Config) {
		s := open(t, cfg)
		err := s.DB().Read(t.Context(), db.Service(musika.System), func(tx db.Tx) error {
			u, ok, err := store.UserByPhone(t.Context(), tx, "+263770000099")
			if !ok || u.Role != musika.RoleAdmin {
				t.Errorf("the admin is %+v, %v", u, ok)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.close(t); err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
}

func TestStartFailures(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() }) // after the subtests, which run in parallel
	t.Run("address taken", func(t *testing.T) {
		t.Parallel()
		cfg := config.Default()
		cfg.Storage.DataDir, cfg.HTTP.Addr = t.TempDir(), taken.Addr().String()
		a, err := app.New(t.Context(), cfg, app.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "MUSIKA_ADDR") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("database away", func(t *testing.T) {
		t.Parallel()
		cfg := config.Default()
		cfg.Storage.DatabaseURL = "postgres://musika:hunter2@" + taken.Addr().String() + "/musika?connect_timeout=1"
		_, err := app.New(t.Context(), cfg, app.Options{})
		if musika.CodeOf(err) != musika.CodeUnavailable || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("data folder cannot be made", func(t *testing.T) {
		t.Parallel()
		cfg := config.Default()
		cfg.Storage.DataDir = "/dev/null/data"
		if _, err := app.New(t.Context(), cfg, app.Options{}); musika.CodeOf(err) != musika.CodeUnavailable || !strings.Contains(err.Error(), "MUSIKA_DATA_DIR") {
			t.Errorf("got %v", err)
		}
	})
}
