// Package lab runs the program as a child process against the simulator in
// this one, so that it can be killed, started again and measured from outside.
// The crash test and the benchmark stand on it.
package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/musika/musika/simulator"
)

// Number is the business number that the program serves.
const Number = "106000000000001"

// Options say what to run.
type Options struct {
	// Binary is the program's file.
	Binary string
	// Dir is an empty folder for the program's data.
	Dir string
	// DatabaseURL of an empty Postgres database; empty for SQLite in Dir.
	DatabaseURL string
	// Env is added to the program's settings, NAME=value.
	Env []string
	// Simulator is how Meta behaves. Addr, Numbers and the webhook are filled in.
	Simulator simulator.Config
}

// Lab is a simulator and a program that can be started and killed.
type Lab struct {
	Sim *simulator.Simulator
	// URL is the program's address; the same after each start.
	URL string

	options Options
	env     []string
	output  output
	stopSim context.CancelFunc
	simDone chan struct{} // closed when the simulator has ended, with simErr
	simErr  error

	mu    sync.Mutex
	child *exec.Cmd
	ended chan struct{} // closed when child has ended
}

// New starts the simulator and fills the program's database with the sample
// shops. The program itself is not running yet.
func New(ctx context.Context, o Options) (*Lab, error) {
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	l := &Lab{options: o, URL: "http://" + addr, simDone: make(chan struct{})}
	config := o.Simulator
	config.Addr = "127.0.0.1:0"
	config.CallbackURL = l.URL + "/webhooks/cloudapi"
	config.Numbers = []simulator.Number{{
		ID: Number, WABAID: "102000000000001", DisplayPhone: "+263 77 000 0000", VerifiedName: "Musika", Throughput: "HIGH",
	}}
	if l.Sim, err = simulator.New(config); err != nil {
		return nil, err
	}
	simCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stopSim = stop
	go func() {
		l.simErr = l.Sim.Run(simCtx)
		close(l.simDone)
	}()
	select {
	case <-l.Sim.Ready():
	case <-l.simDone:
		stop()
		return nil, l.simErr
	}
	who := l.Sim.Credentials()
	l.env = append(cleanEnv(),
		"MUSIKA_ADDR="+addr, "MUSIKA_DATA_DIR="+o.Dir, "DATABASE_URL="+o.DatabaseURL,
		"MUSIKA_CLOUDAPI_URL="+l.Sim.URL(), "MUSIKA_CLOUDAPI_TOKEN="+who.AccessToken,
		"MUSIKA_CLOUDAPI_APP_SECRET="+who.AppSecret, "MUSIKA_CLOUDAPI_VERIFY_TOKEN="+who.VerifyToken,
		"MUSIKA_CLOUDAPI_NUMBERS="+Number, "MUSIKA_CLOUDAPI_RATE=1000")
	l.env = append(l.env, o.Env...)
	if err := l.run(ctx, "seed"); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// cleanEnv is this process's environment without the program's settings.
func cleanEnv() []string {
	var out []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "MUSIKA_") && !strings.HasPrefix(kv, "DATABASE_URL=") {
			out = append(out, kv)
		}
	}
	return out
}

func freeAddr(ctx context.Context) (string, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

// run runs a command of the program to its end.
func (l *Lab) run(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, l.options.Binary, args...)
	cmd.Env = l.env
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("musika %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// readyWithin bounds how long a start may take.
const readyWithin = 30 * time.Second

// Start starts the program and returns how long it took until it was ready.
func (l *Lab) Start(ctx context.Context) (time.Duration, error) {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), l.options.Binary, "serve")
	cmd.Env = l.env
	cmd.Stdout, cmd.Stderr = &l.output, &l.output
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	l.mu.Lock()
	l.child, l.ended = cmd, ended
	l.mu.Unlock()
	for time.Since(begun) < readyWithin {
		select {
		case <-ended:
			return 0, fmt.Errorf("the program ended at once:\n%s", l.output.String())
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
		if l.answers(ctx) {
			return time.Since(begun), nil
		}
	}
	return 0, fmt.Errorf("the program was not ready after %s:\n%s", readyWithin, l.output.String())
}

func (l *Lab) answers(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.URL+"/readyz", nil)
	if err != nil {
		return false
	}
	res, err := (&http.Client{Timeout: time.Second}).Do(req)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, res.Body)
	return res.Body.Close() == nil && res.StatusCode == http.StatusOK
}

// Kill ends the program with SIGKILL, at once and without warning.
func (l *Lab) Kill() { l.signal(os.Kill) }

// Stop asks the program to stop and waits until it has.
func (l *Lab) Stop() { l.signal(os.Interrupt) }

func (l *Lab) signal(s os.Signal) {
	l.mu.Lock()
	child, ended := l.child, l.ended
	l.child = nil
	l.mu.Unlock()
	if child == nil {
		return
	}
	_ = child.Process.Signal(s)
	select {
	case <-ended:
	case <-time.After(readyWithin):
		_ = child.Process.Kill()
		<-ended
	}
}

// Memory returns the program's resident memory in bytes (Linux).
func (l *Lab) Memory() (int64, error) {
	l.mu.Lock()
	child := l.child
	l.mu.Unlock()
	if child == nil {
		return 0, errors.New("the program is not running")
	}
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(child.Process.Pid), "status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb * 1024, err
		}
	}
	return 0, errors.New("no VmRSS in /proc")
}

// Output returns the last of what the program wrote.
func (l *Lab) Output() string { return l.output.String() }

// Close stops the program and the simulator.
func (l *Lab) Close() {
	l.Stop()
	l.stopSim()
	<-l.simDone
}

// output keeps the end of what is written to it.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

const outputKept = 64 << 10

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, _ = o.buf.Write(p) // a bytes.Buffer takes everything
	if over := o.buf.Len() - outputKept; over > 0 {
		o.buf.Next(over)
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
