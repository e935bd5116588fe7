package inbox

import (
	"context"
	"time"

	"github.com/musika/musika"
)

// receipt asks for one inbound message to be marked read.
type receipt struct {
	channel    musika.Channel
	externalID string
}

const (
	receiptWorkers = 2
	receiptTimeout = 5 * time.Second
)

// markRead shows the person that their message was read. It is a courtesy: a
// full queue or a failed call loses it and nothing else.
func (s *Service) markRead(channel musika.Channel, externalID string) {
	if !s.ReadReceipts {
		return
	}
	select {
	case s.receipts <- receipt{channel, externalID}:
	default:
	}
}

func (s *Service) sendReceipts(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case r := <-s.receipts:
			reader, ok := s.Transports[r.channel.Kind].(musika.Reader)
			if !ok {
				continue
			}
			call, cancel := context.WithTimeout(ctx, receiptTimeout)
			if err := reader.MarkRead(call, r.channel.ExternalID, r.externalID, false); err != nil {
				s.Logger.Debug("a message could not be marked read", "error", err)
			}
			cancel()
		}
	}
}
