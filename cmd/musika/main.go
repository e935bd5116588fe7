// Command musika lets a small shop sell over WhatsApp.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/musika/musika"
)

// commands is what the program can do; each has a file of its own.
type commands struct {
	Demo      demoCommand      `cmd:"" help:"Try everything on this machine: sample shops, and two phones in the browser."`
	Serve     serveCommand     `cmd:"" help:"Run the shop: webhook, bot, jobs and API, until it is told to stop."`
	Migrate   migrateCommand   `cmd:"" help:"Bring the database's schema up to date. serve does it as well."`
	Seed      seedCommand      `cmd:"" help:"Fill an empty database with the sample shops."`
	Doctor    doctorCommand    `cmd:"" help:"Check settings, database, jobs, channel and webhook, and say what to do."`
	Apikey    apikeyCommand    `cmd:"" name:"apikey" help:"Make, list and revoke keys of the REST API."`
	Bench     benchCommand     `cmd:"" help:"Measure the program on this machine."`
	Simulator simulatorCommand `cmd:"" help:"Run a stand-in for WhatsApp's Cloud API, with phones in the browser."`
	Openapi   openapiCommand   `cmd:"" name:"openapi" help:"Print the OpenAPI document of the REST API."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

// surroundings is what a command may use of the world around it.
type surroundings struct {
	out, err io.Writer
	environ  []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks for a clean stop; after it they work as usual, so
	// a second one kills.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], surroundings{out: os.Stdout, err: os.Stderr, environ: os.Environ()})
	stop()
	os.Exit(code)
}

// errReported ends the program with a failure that was told already.
var errReported = errors.New("reported")

func run(ctx context.Context, args []string, s surroundings) int {
	parser, err := kong.New(&commands{}, kong.Name("musika"), kong.Writers(s.out, s.err),
		kong.Description("Sell over WhatsApp: customers order by chat, the shop answers by chat.\n\nStart with: musika demo"),
		kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s), kong.Exit(func(code int) { panic(exit(code)) }))
	if err != nil {
		panic(err) // the commands above are not well formed
	}
	return parse(parser, args, s)
}

// exit is how kong ends the program after it printed help.
type exit int

func parse(parser *kong.Kong, args []string, s surroundings) (code int) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case exit:
			code = int(v)
		default:
			panic(v)
		}
	}()
	command, err := parser.Parse(args)
	parser.FatalIfErrorf(err)
	err = command.Run()
	switch {
	case err == nil:
		return 0
	case !errors.Is(err, errReported):
		explain(s.err, err)
	}
	return 1
}

// explain tells an error: the words for people, each field on its line, and
// the cause for who has to look into it.
func explain(w io.Writer, err error) {
	e, ok := errors.AsType[*musika.Error](err)
	if !ok {
		fmt.Fprintf(w, "musika: %v\n", err)
		return
	}
	fmt.Fprintf(w, "musika: %s\n", e.Message)
	for _, f := range e.Fields {
		fmt.Fprintf(w, "  %s: %s\n", f.Field, f.Message)
	}
	if e.Err != nil {
		fmt.Fprintf(w, "  cause: %v\n", e.Err)
	}
}
