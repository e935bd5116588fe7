package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/musika/musika/internal/config"
	"github.com/musika/musika/internal/demo"
)

type demoCommand struct {
	Data      string `help:"Folder of the demo's data." default:"./musika-data"`
	Fresh     bool   `help:"Throw away what an earlier demo left, and start over."`
	Script    bool   `help:"Play a whole order without a browser, on throw-away data, and check that it comes out right."`
	Addr      string `help:"Address of the program. Without it 127.0.0.1:8080, or a free port when that is taken."`
	PhoneAddr string `help:"Address of the phones. Without it 127.0.0.1:8900, or a free port when that is taken."`
	NoOpen    bool   `help:"Do not open the phones in the browser."`
}

// startLimit is far more than a start takes.
const startLimit = 30 * time.Second

// Run runs the demo until ctx ends, or plays the script.
func (c demoCommand) Run(ctx context.Context, s surroundings) error {
	cfg, err := config.Load(s.environ)
	if err != nil {
		return err
	}
	log := cfg.Log
	if log.Level == config.Default().Log.Level {
		log.Level++ // the banner says what the log's first lines would
	}
	if c.Script {
		return demo.Script(ctx, s.out, s.logger(log))
	}
	begun := time.Now()
	starting, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	d, err := demo.Start(starting, demo.Options{
		DataDir: c.Data, Fresh: c.Fresh, Addr: c.Addr, PhoneAddr: c.PhoneAddr, Bot: cfg.Bot, Logger: s.logger(log),
	})
	if err != nil {
		return err
	}
	program := os.Args[0]
	fmt.Fprintf(s.out, `
  Musika is ready (%.1f s).

  Phones         %s
                 Type hi on the customer's phone. The merchant's is beside it.
  API reference  %s/docs
  Health         %s/health
  Data           %s (--fresh starts over)
  API key        %s apikey create

  Ctrl-C stops it.

`, time.Since(begun).Seconds(), d.Sim.URL(), d.App.URL(), d.App.URL(), c.Data, program)
	if !c.NoOpen {
		openBrowser(ctx, d.Sim.URL())
	}
	err = d.Wait(ctx)
	if stopErr := d.Stop(); err == nil {
		err = stopErr
	}
	return err
}

// openBrowser opens a page where there is a screen to show it on.
func openBrowser(ctx context.Context, page string) {
	opener := "xdg-open"
	switch {
	case runtime.GOOS == "darwin":
		opener = "open"
	case os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "":
		return
	}
	if path, err := exec.LookPath(opener); err == nil {
		_ = exec.CommandContext(context.WithoutCancel(ctx), path, page).Start() // the banner has the address too
	}
}
