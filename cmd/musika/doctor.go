package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/musika/musika/internal/app"
	"github.com/musika/musika/internal/config"
)

type doctorCommand struct {
	Settings bool `help:"List every setting, its value and where it comes from, instead."`
}

// Run looks at everything and fails when something must be done.
func (c doctorCommand) Run(ctx context.Context, s surroundings) error {
	cfg, err := config.Load(s.environ)
	if c.Settings {
		if cfg == nil {
			cfg = config.Default()
		}
		if listErr := listSettings(s, cfg); listErr != nil {
			return listErr
		}
	}
	if err != nil || c.Settings {
		return err
	}
	if app.WriteFindings(s.out, app.Diagnose(ctx, cfg, nil)) {
		return errReported
	}
	return nil
}

func listSettings(s surroundings, cfg *config.Config) error {
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, setting := range cfg.Settings() {
		from := setting.Source
		if from == "" {
			from = "not set"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", setting.Name, setting.Value, from)
	}
	return table.Flush()
}
