package demo

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/config"
	"github.com/musika/musika/internal/play"
)

func TestScript(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := Script(t.Context(), &out, slog.New(slog.NewTextHandler(t.Output(), nil))); err != nil {
		t.Fatalf("%v\n\n%s", err, out.String())
	}
	for _, words := range []string{
		"Tendai   │ hi", "→ Rudo   │ 🔔 *New order*", "Rudo     │ [tap Accept]", "total       $15.00", "Everything is as it should be.",
	} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("the transcript lacks %q", words)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

func TestDifference(t *testing.T) {
	t.Parallel()
	want := []string{"status delivered", "total $15.00"}
	for name, test := range map[string]struct {
		got  []string
		diff string
	}{
		"the same":   {want, ""},
		"another":    {[]string{"status pending", "total $15.00"}, "- status delivered\n+ status pending\n"},
		"missing":    {want[:1], "- total $15.00\n"},
		"one more":   {append([]string{"line 1 × Coke"}, want...), "+ line 1 × Coke\n"},
		"twice over": {append([]string{want[0]}, want...), "a line is there twice\n"},
	} {
		if diff := difference(want, test.got); diff != test.diff {
			t.Errorf("%s: got %q, want %q", name, diff, test.diff)
		}
	}
}

// start starts a demo that ends with the test.
func start(t *testing.T, dir string, fresh bool) *Demo {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	d, err := Start(ctx, Options{DataDir: dir, Fresh: fresh, Addr: anyPort, PhoneAddr: anyPort, Bot: config.Default().Bot, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
	return d
}

func TestDataIsKeptUnlessFresh(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	orders := func(fresh bool) int {
		d := start(t, dir, fresh)
		key, err := d.merchantKey(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var list struct {
			Data []struct {
				Note string `json:"note"`
			} `json:"data"`
		}
		if err := d.get(t.Context(), key, "/api/orders?limit=100&status=pending", &list); err != nil {
			t.Fatal(err)
		}
		p, err := play.Join(d.Sim, customer, Number, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Leave()
		for _, text := range []string{"!store mambo", "2 sadza", "!checkout", "pick-up", "cash", "skip", "confirm"} {
			if err := p.Say(t.Context(), text); err != nil {
				t.Fatal(err)
			}
			if _, err := p.Next(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Stop(); err != nil {
			t.Fatal(err)
		}
		return len(list.Data)
	}
	before, after, fresh := orders(false), orders(false), orders(true)
	if after != before+1 || fresh != before {
		t.Errorf("open orders: %d at first, %d after one was placed, %d when started over", before, after, fresh)
	}
}

func TestARealShopsDataIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	database := filepath.Join(dir, "musika.db")
	if err := os.WriteFile(database, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Options{DataDir: dir, Fresh: true, Addr: anyPort, PhoneAddr: anyPort})
	if musika.CodeOf(err) != musika.CodeConflict {
		t.Errorf("got %v", err)
	}
	if content, err := os.ReadFile(database); err != nil || string(content) != "precious" {
		t.Errorf("the database is %q, %v", content, err)
	}
}

func TestWaitTellsWhenAPartEnds(t *testing.T) {
	t.Parallel()
	d := start(t, t.TempDir(), false)
	res, err := http.Get(d.App.URL() + "/readyz")
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", res, err)
	}
	res.Body.Close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Wait(ended); err != nil {
		t.Errorf("the end of the wait is no error: %v", err)
	}
}

// TestPhonesInBrowser has a browser play an order by clicking, and keeps a
// picture in e2e/out. `make test` asks for it; it needs what
// scripts/setup-test.sh installs.
func TestPhonesInBrowser(t *testing.T) {
	if os.Getenv("MUSIKA_TEST_BROWSER") == "" {
		t.Skip("MUSIKA_TEST_BROWSER is not set")
	}
	d := start(t, t.TempDir(), false)
	picture := filepath.Join("..", "..", "e2e", "out", "phone.png")
	if err := os.Remove(picture); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "npm", "test", "--silent")
	cmd.Dir = filepath.Join("..", "..", "e2e")
	cmd.Env = append(os.Environ(), "MUSIKA_PHONE_URL="+d.Sim.URL(), "MUSIKA_STEP_MS=60000")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if info, err := os.Stat(picture); err != nil || info.Size() < 10_000 {
		t.Errorf("there is no picture worth the name: %v, %v", info, err)
	}
}
