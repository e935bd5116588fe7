package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/musika/musika/internal/app"
	"github.com/musika/musika/internal/config"
)

type serveCommand struct{}

// Run serves until ctx ends.
func (serveCommand) Run(ctx context.Context, s surroundings) error {
	cfg, err := config.Load(s.environ)
	if err != nil {
		return err
	}
	log := s.logger(cfg.Log)
	if !cfg.CloudAPI.Configured() {
		log.WarnContext(ctx, "no WhatsApp channel is set up: nobody can write to this shop. `musika doctor` says what to set")
	}
	a, err := app.New(ctx, cfg, app.Options{Logger: log})
	if err != nil {
		return err
	}
	return a.Run(ctx)
}

func (s surroundings) logger(cfg config.Log) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.Level}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(s.err, options))
	}
	return slog.New(slog.NewTextHandler(s.err, options))
}

type migrateCommand struct{}

// Run brings the schema up to date.
func (migrateCommand) Run(ctx context.Context, s surroundings) error {
	cfg, err := config.Load(s.environ)
	if err != nil {
		return err
	}
	applied, err := app.Migrate(ctx, cfg, app.Options{Logger: s.logger(cfg.Log)})
	if err != nil {
		return err
	}
	for _, name := range applied {
		fmt.Fprintln(s.out, "applied", name)
	}
	if len(applied) == 0 {
		fmt.Fprintln(s.out, "The schema is up to date.")
	}
	return nil
}
