package app

import (
	"context"
	"net/http"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/api"
	"github.com/musika/musika/internal/config"
	"github.com/musika/musika/internal/transport/cloudapi"
)

// transport is a musika.Transport and what of it the program must wire.
type transport struct {
	musika.Transport
	// webhook makes the handler of /webhooks/<name>; nil when the network does
	// not call us over HTTP. sink returns when the updates are stored.
	webhook func(sink func(context.Context, []musika.Update) error) http.Handler
	// channels are the network's ids of our numbers.
	channels []string
}

// transports lists the transports that are set up. A new one is one entry here.
func transports(cfg *config.Config, clock musika.Clock, m *api.Metrics) ([]transport, error) {
	var list []transport
	if w := cfg.CloudAPI; w.Configured() {
		client, err := cloudapi.New(cloudConfig(w, clock, m))
		if err != nil {
			return nil, err
		}
		list = append(list, transport{Transport: client, webhook: client.Webhook, channels: w.Numbers})
	}
	return list, nil
}

func cloudConfig(w config.CloudAPI, clock musika.Clock, m *api.Metrics) cloudapi.Config {
	return cloudapi.Config{
		BaseURL:      w.BaseURL,
		Version:      w.Version,
		Token:        w.Token.Reveal(),
		AppSecret:    w.AppSecret.Reveal(),
		VerifyToken:  w.VerifyToken.Reveal(),
		NumberRate:   float64(w.Rate),
		PairInterval: w.PairInterval,
		PairBurst:    w.PairBurst,
		Clock:        clock,
		Observe:      func(outcome string) { m.Webhook(cloudapi.Name, outcome) },
	}
}
