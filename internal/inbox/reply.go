package inbox

import (
	"context"
	"strconv"
	"strings"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// lookBack is how many of our messages are searched for the offer that a typed
// answer names.
const lookBack = 3

// resolveReply turns a typed answer to something we offered into the reply it
// stands for: the option's title in any case, or, where the offer was shown as
// numbered text, its number. Everything else is returned as it came.
func (s *Service) resolveReply(ctx context.Context, tx db.Tx, id musika.ConversationID, channel musika.Channel, in musika.Inbound) (musika.Inbound, error) {
	if in.Kind != musika.InboundText || len(in.Text) > 200 {
		return in, nil
	}
	said, err := store.LatestOutbound(ctx, tx, id, lookBack)
	if err != nil {
		return in, err
	}
	answer := strings.TrimSpace(in.Text)
	for i, m := range said {
		options := m.Options()
		if len(options) == 0 {
			continue
		}
		numbered := i == 0 && s.numbered(channel, m)
		if o, ok := pick(options, answer, numbered); ok {
			in.Kind, in.Reply, in.Text = musika.InboundReply, &o, o.Title
		}
		return in, nil // only the latest offer counts
	}
	return in, nil
}

// numbered reports whether channel shows m's options as numbered text.
func (s *Service) numbered(channel musika.Channel, m musika.Message) bool {
	t, ok := s.Transports[channel.Kind]
	if !ok {
		return false
	}
	shown, _ := m.Fallback(t.Capabilities())
	return shown.Kind == musika.KindText
}

var numberWords = []string{"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}

// pick finds the option that answer names.
func pick(options []musika.Option, answer string, numbered bool) (musika.Option, bool) {
	for _, o := range options {
		if strings.EqualFold(strings.TrimSpace(o.Title), answer) {
			return o, true
		}
	}
	if !numbered {
		return musika.Option{}, false
	}
	n, err := strconv.Atoi(strings.TrimRight(answer, ".)"))
	if err != nil {
		for i, w := range numberWords {
			if strings.EqualFold(w, answer) {
				n = i + 1
			}
		}
	}
	if n < 1 || n > len(options) {
		return musika.Option{}, false
	}
	return options[n-1], true
}
