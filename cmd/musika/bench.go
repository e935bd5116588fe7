package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/musika/musika/internal/bench"
)

type benchCommand struct {
	Chat benchChatCommand `cmd:"" help:"Customers order by chat, simulator included, as fast as the program answers; then at half that rate."`
}

type benchChatCommand struct {
	Seconds     int    `default:"20" help:"Length of each of the two measurements."`
	Customers   int    `default:"48" help:"Customers who write at the same time."`
	DatabaseURL string `name:"database-url" env:"MUSIKA_TEST_POSTGRES_URL" help:"An empty Postgres database to measure beside SQLite. It is filled."`
	Write       string `help:"Write the results to this file as well." placeholder:"FILE"`
}

// Run measures each engine and prints a table.
func (c benchChatCommand) Run(ctx context.Context, s surroundings) error {
	binary, err := os.Executable()
	if err != nil {
		return err
	}
	var report bench.Report
	for _, url := range []string{"", c.DatabaseURL} {
		if url == "" && len(report.Chats) > 0 {
			continue
		}
		dir, err := os.MkdirTemp("", "musika-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		result, err := bench.RunChat(ctx, bench.ChatOptions{
			Binary: binary, Dir: dir, SQLite: filepath.Join(dir, "musika.db"), DatabaseURL: url,
			Customers: c.Customers, Duration: time.Duration(c.Seconds) * time.Second,
		})
		if err != nil {
			return err
		}
		report.Chats = append(report.Chats, result)
	}
	fmt.Fprint(s.out, report.Table())
	if c.Write == "" {
		return nil
	}
	page, err := report.Page()
	if err != nil {
		return err
	}
	return os.WriteFile(c.Write, []byte(page), 0o644) //nolint:gosec // a page of the documentation
}
