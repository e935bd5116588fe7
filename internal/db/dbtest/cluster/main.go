//go:build unix

// Command cluster runs a command with a private Postgres server beside it and
// passes its exit code on:
//
//	go run ./internal/db/dbtest/cluster -- go test ./...
//
// The server's URL is in MUSIKA_TEST_POSTGRES_URL while the command runs. With
// -durable the server writes every commit to the disk, for benchmarks.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/musika/musika/internal/db/dbtest"
)

func main() {
	durable := flag.Bool("durable", false, "write every commit to the disk")
	dir := flag.String("dir", "", "keep the data in this directory (default: temporary)")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: cluster [-durable] [-dir DIR] -- command arguments…")
		os.Exit(2)
	}
	code, err := run(*dir, *durable, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
	}
	os.Exit(code)
}

func run(dir string, durable bool, args []string) (int, error) {
	// Signals of the terminal reach the command too; it decides when to end.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	c, err := dbtest.StartCluster(dir, durable)
	if err != nil {
		return 1, err
	}
	defer c.Stop()
	cmd := exec.CommandContext(context.Background(), args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), dbtest.URLVariable+"="+c.URL)
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	go func() {
		for s := range signals {
			if s == syscall.SIGTERM {
				_ = cmd.Process.Signal(s)
			}
		}
	}()
	err = cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		if code := exit.ExitCode(); code > 0 {
			return code, nil
		}
		return 1, nil // ended by a signal
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
