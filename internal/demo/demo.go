// Package demo runs the whole of Musika on one machine for people who want to
// see it: sample shops in an embedded database, the simulator in WhatsApp's
// place, and two people with phones. The program talks to the simulator over
// HTTP, with the client and the webhook that it has for WhatsApp.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/app"
	"github.com/musika/musika/internal/config"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/play"
	"github.com/musika/musika/internal/seed"
	"github.com/musika/musika/internal/transport/cloudapi"
	"github.com/musika/musika/simulator"
)

// Number is the shop's number: what Meta calls the phone number id.
const Number = "106000000000001"

// People are those who hold the two phones. The merchant owns the first of the
// sample shops.
var (
	customer = simulator.Person{WaID: seed.CustomerPhone.Digits(), Name: "Tendai"}
	merchant = simulator.Person{WaID: seed.OwnerPhone.Digits(), Name: "Rudo Chikafu"}
)

// Options say how to run the demo.
type Options struct {
	// DataDir is the folder of the database. Required.
	DataDir string
	// Fresh throws away what an earlier demo left in DataDir.
	Fresh bool
	// Addr and PhoneAddr are where the program and the phones are served.
	// Empty: the usual port, or a free one when it is taken.
	Addr, PhoneAddr string
	// Bot is what the bot says of itself.
	Bot config.Bot
	// Logger defaults to none.
	Logger *slog.Logger
}

// anyPort is an address with whatever port is free.
const anyPort = "127.0.0.1:0"

// The usual addresses.
const (
	usualAddr      = "127.0.0.1:8080"
	usualPhoneAddr = "127.0.0.1:8900"
)

// Demo is a running demo. Stop ends it.
type Demo struct {
	App *app.App
	Sim *simulator.Simulator

	parts []*part // in the order of their start
}

// operator stands on the contact card when none is configured.
var operator = config.Bot{OperatorName: "Musika Demo", OperatorPhone: "+263770000009"}

// Start starts everything and returns when both phones can be used: the shops
// are there, the webhook is verified, and the merchant has written once, so
// that messages may be sent to them (the 24-hour window). ctx bounds the start
// only.
func Start(ctx context.Context, o Options) (*Demo, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Bot.OperatorPhone == "" {
		o.Bot.OperatorName, o.Bot.OperatorPhone = operator.OperatorName, operator.OperatorPhone
	}
	if err := prepare(o.DataDir, o.Fresh); err != nil {
		return nil, err
	}
	sim, err := simulator.New(simulator.Config{
		Addr: choose(ctx, o.PhoneAddr, usualPhoneAddr), Logger: o.Logger,
		// Who tries the demo goes through an order in seconds. WhatsApp would
		// make the answers wait after a while (10 a minute to one person).
		PairInterval: -1,
		Numbers:      []simulator.Number{{ID: Number, WABAID: "102000000000001", DisplayPhone: "+263 77 000 0000", VerifiedName: o.Bot.PlatformName}},
	})
	if err != nil {
		return nil, err
	}
	d := &Demo{Sim: sim}
	if err := d.start(ctx, o); err != nil {
		return nil, errors.Join(err, d.Stop())
	}
	return d, nil
}

func (d *Demo) start(ctx context.Context, o Options) (err error) {
	if err := d.launch(ctx, "simulator", d.Sim.Run, d.Sim.Ready()); err != nil {
		return err
	}
	if d.App, err = app.New(ctx, settings(ctx, o, d.Sim), app.Options{Logger: o.Logger}); err != nil {
		return err
	}
	if err := d.App.DB().Write(ctx, db.Service(musika.System), func(tx db.Tx) error {
		_, err := seed.Seed(ctx, tx, seed.Options{AdminPhone: o.Bot.OperatorPhone, AdminName: o.Bot.OperatorName})
		return err
	}); err != nil {
		d.App.DB().Close()
		return err
	}
	if err := d.launch(ctx, "musika", d.App.Run, d.App.Ready()); err != nil {
		return err
	}
	if err := d.Sim.SetApp(ctx, d.App.URL()+"/webhooks/"+cloudapi.Name, "", ""); err != nil {
		return err
	}
	if _, err := d.Sim.AddPerson(customer); err != nil {
		return err
	}
	shop, err := play.Join(d.Sim, merchant, Number, nil)
	if err != nil {
		return err
	}
	defer shop.Leave()
	if err := shop.Say(ctx, "hi"); err != nil {
		return err
	}
	_, err = shop.Next(ctx)
	return err
}

// settings are the program's: those of an empty environment, pointed at the
// simulator. What the environment says of a real shop does not count here.
func settings(ctx context.Context, o Options, sim *simulator.Simulator) *config.Config {
	who := sim.Credentials()
	cfg := config.Default()
	cfg.HTTP.Addr = choose(ctx, o.Addr, usualAddr)
	cfg.Storage.DataDir = o.DataDir
	cfg.Bot = o.Bot
	cfg.CloudAPI.BaseURL = sim.URL()
	cfg.CloudAPI.Token = config.Secret(who.AccessToken)
	cfg.CloudAPI.AppSecret = config.Secret(who.AppSecret)
	cfg.CloudAPI.VerifyToken = config.Secret(who.VerifyToken)
	cfg.CloudAPI.Numbers = []string{Number}
	return cfg
}

// choose returns the address asked for, or the usual one, or any when that is
// taken.
func choose(ctx context.Context, asked, usual string) string {
	if asked != "" {
		return asked
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", usual)
	if err != nil {
		return anyPort
	}
	_ = ln.Close() // it was opened to see whether it can be
	return usual
}

// part is something that runs until it is stopped.
type part struct {
	name string
	stop context.CancelFunc
	done chan struct{}
	err  error // once done
}

// launch runs a part and waits until it is ready.
func (d *Demo) launch(ctx context.Context, name string, run func(context.Context) error, ready <-chan struct{}) error {
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	p := &part{name: name, stop: stop, done: make(chan struct{})}
	d.parts = append(d.parts, p)
	go func() {
		defer close(p.done)
		if err := run(life); err != nil {
			p.err = fmt.Errorf("%s: %w", name, err)
		}
	}()
	select {
	case <-ready:
		return nil
	case <-p.done:
		return errors.New(name + " ended at once")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Wait returns when ctx ends, or with the reason why a part ended before.
func (d *Demo) Wait(ctx context.Context) error {
	simulator, program := d.parts[0], d.parts[1]
	select {
	case <-ctx.Done():
		return nil
	case <-simulator.done:
		return simulator.err
	case <-program.done:
		return program.err
	}
}

// Stop ends the program, then the simulator.
func (d *Demo) Stop() error {
	var err error
	for _, p := range slices.Backward(d.parts) {
		p.stop()
		<-p.done
		err = errors.Join(err, p.err)
	}
	d.parts = nil
	return err
}

// marker is a file that tells a demo's folder from a real shop's, whose data
// must not be played with.
const marker = "demo"

// prepare makes the data folder and, for a fresh start, empties it.
func prepare(dir string, fresh bool) error {
	database := filepath.Join(dir, "musika.db")
	_, noMarker := os.Stat(filepath.Join(dir, marker))
	if _, err := os.Stat(database); err == nil && noMarker != nil {
		return musika.Errorf(musika.CodeConflict, "The folder %s holds a database that the demo did not make. Name another folder with --data.", dir)
	}
	if fresh && noMarker == nil {
		for _, suffix := range []string{"", "-wal", "-shm", "-journal", ".lock"} {
			if err := os.Remove(database + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
				return musika.Errorf(musika.CodeUnavailable, "What an earlier demo left in %s cannot be removed.", dir).Wrap(err)
			}
		}
	}
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, marker), []byte("This folder was made by `musika demo`. It may be removed.\n"), 0o600)
	}
	if err != nil {
		return musika.Errorf(musika.CodeUnavailable, "The folder %s cannot be written to. Name another one with --data.", dir).Wrap(err)
	}
	return nil
}
