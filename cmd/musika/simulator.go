package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/musika/musika/internal/config"
	"github.com/musika/musika/simulator"
)

type simulatorCommand struct {
	Addr        string `help:"Address to listen on." default:"127.0.0.1:8900"`
	Webhook     string `help:"Address that messages are told to, such as http://127.0.0.1:8080/webhooks/cloudapi. It is verified as Meta does."`
	Token       string `help:"Access token that callers must send. Random when not given."`
	AppSecret   string `help:"Secret that signs webhooks. Random when not given."`
	VerifyToken string `help:"Word sent when the webhook is verified. Random when not given."`
}

// Run simulates until ctx ends.
func (c simulatorCommand) Run(ctx context.Context, s surroundings) error {
	sim, err := simulator.New(simulator.Config{
		Addr: c.Addr, AccessToken: c.Token, AppSecret: c.AppSecret, VerifyToken: c.VerifyToken,
		Logger: s.logger(config.Default().Log),
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- sim.Run(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-sim.Ready():
	}
	who := sim.Credentials()
	fmt.Fprintf(s.out, `The phones are at %s

Settings for musika serve:
  MUSIKA_CLOUDAPI_URL=%s
  MUSIKA_CLOUDAPI_TOKEN=%s
  MUSIKA_CLOUDAPI_APP_SECRET=%s
  MUSIKA_CLOUDAPI_VERIFY_TOKEN=%s
  MUSIKA_CLOUDAPI_NUMBERS=106000000000001
`, sim.URL(), sim.URL(), who.AccessToken, who.AppSecret, who.VerifyToken)
	if c.Webhook != "" {
		if err := sim.SetApp(ctx, c.Webhook, "", ""); err != nil {
			stop()
			return errors.Join(err, <-ended)
		}
		fmt.Fprintf(s.out, "\nMessages are told to %s\n", c.Webhook)
	}
	return <-ended
}
