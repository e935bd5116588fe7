package app

import (
	"context"
	"os"
	"path/filepath"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/config"
	"github.com/musika/musika/internal/db"
)

// OpenDatabase opens the database that cfg names and brings its schema up to
// date. The caller closes it.
func OpenDatabase(ctx context.Context, cfg *config.Config, o Options) (*db.DB, error) {
	d, _, err := openDatabase(ctx, cfg, o)
	return d, err
}

// Migrate brings the schema up to date and returns what it applied.
func Migrate(ctx context.Context, cfg *config.Config, o Options) ([]string, error) {
	d, applied, err := openDatabase(ctx, cfg, o)
	if err != nil {
		return nil, err
	}
	d.Close()
	return applied, nil
}

func openDatabase(ctx context.Context, cfg *config.Config, o Options) (*db.DB, []string, error) {
	if s := cfg.Storage; s.DatabaseURL == "" {
		if err := os.MkdirAll(s.DataDir, 0o700); err != nil {
			return nil, nil, musika.Errorf(musika.CodeUnavailable,
				"The data folder %s cannot be made. Set MUSIKA_DATA_DIR to a folder that this program may write to.", s.DataDir).Wrap(err)
		}
	}
	d, err := db.Open(ctx, databaseOptions(cfg, o))
	if err != nil {
		return nil, nil, err
	}
	applied, err := d.Migrate(ctx)
	if err != nil {
		d.Close()
		return nil, nil, err
	}
	return d, applied, nil
}

func databaseOptions(cfg *config.Config, o Options) db.Options {
	s := cfg.Storage
	options := db.Options{
		URL: s.DatabaseURL, Path: databasePath(cfg), Synchronous: s.SQLiteSynchronous, Logger: o.Logger, Clock: o.Clock,
	}
	if s.DatabaseURL != "" {
		options.MaxConns = s.Connections
	}
	return options
}

// databasePath is the embedded database's file.
func databasePath(cfg *config.Config) string { return filepath.Join(cfg.Storage.DataDir, "musika.db") }
