package inbox

import (
	"cmp"
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// reports gathers the statuses of one delivery by message, in the order in
// which the messages came: what is told of a message together is stored at once.
type reports struct {
	order []*report
	by    map[reportKey]*report
}

type reportKey struct {
	channel    musika.ChannelID
	externalID string
}

type report struct {
	reportKey
	callback string
	progress store.Progress
}

func newReports() *reports { return &reports{by: map[reportKey]*report{}} }

func (r *reports) add(channel musika.ChannelID, st musika.Status) {
	key := reportKey{channel, st.ExternalID}
	one := r.by[key]
	if one == nil {
		one = &report{reportKey: key, progress: store.Progress{ExternalID: st.ExternalID}}
		r.by[key] = one
		r.order = append(r.order, one)
	}
	one.callback = cmp.Or(st.Callback, one.callback)
	p, at := &one.progress, musika.Instant(st.At)
	switch st.State {
	case musika.StateSent:
		p.SentAt = at
	case musika.StateDelivered:
		p.DeliveredAt = at
	case musika.StateRead:
		p.ReadAt = at
	}
	if st.Category != "" {
		p.Category, p.Billable = st.Category, st.Billable
	}
	if st.State.Rank() > p.State.Rank() {
		p.State, p.ErrorCode, p.ErrorText = st.State, "", ""
		if st.Error != nil {
			p.ErrorCode, p.ErrorText = st.Error.Code, st.Error.Title+". "+st.Error.Advice
		}
	}
}

// ingestStatuses moves messages that we sent along. A status that echoes our
// own id settles a send whose outcome was unknown. Late and repeated statuses
// change nothing.
func (s *Service) ingestStatuses(ctx context.Context, tx db.Tx, r *reports) error {
	byChannel := map[musika.ChannelID][]string{}
	for _, one := range r.order {
		byChannel[one.channel] = append(byChannel[one.channel], one.externalID)
	}
	var statements []db.Statement
	for channel, ids := range byChannel {
		known, err := store.OutboundByExternalIDs(ctx, tx, channel, ids)
		if err != nil {
			return err
		}
		for _, one := range r.order {
			if one.channel != channel {
				continue
			}
			m, ok := known[one.externalID]
			if !ok && one.callback != "" {
				if m, ok, err = store.OutboundByID(ctx, tx, channel, musika.MessageID(one.callback)); err != nil {
					return err
				}
			}
			if !ok {
				s.Logger.Debug("status of a message that is not ours", "external_id", one.externalID)
				continue
			}
			next, err := s.applyReport(ctx, tx, m, one)
			if err != nil {
				return err
			}
			statements = append(statements, next...)
		}
	}
	return tx.ExecAll(ctx, statements)
}

func (s *Service) applyReport(ctx context.Context, tx db.Tx, m store.Outbound, r *report) ([]db.Statement, error) {
	if m.ExternalID != "" && m.ExternalID != r.externalID {
		// The message went out twice: once before a crash, with an outcome that
		// stayed unknown past the settling time, and once after it.
		s.Logger.Warn("status of an earlier copy of a message", "message", m.ID, "external_id", r.externalID)
		return nil, nil
	}
	if m.State == musika.StateSending {
		// Whoever sent it may be gone; what waits behind it need not.
		if err := tx.Enqueue(ctx, sendArgs{Conversation: m.ConversationID}, nil); err != nil {
			return nil, err
		}
	}
	return s.advance(ctx, tx, m, r.progress), nil
}

// advance returns what records progress p of message m: nothing when m is
// further already. m is locked by the transaction.
func (s *Service) advance(ctx context.Context, tx db.Tx, m store.Outbound, p store.Progress) []db.Statement {
	if p.State.Rank() <= m.State.Rank() {
		return nil
	}
	if m.State.Rank() < musika.StateSent.Rank() && p.ExternalID != "" {
		s.emitSent(ctx, tx, m, p.ExternalID)
	}
	tx.AfterCommit(func() { s.Observe("out", p.State) })
	return []db.Statement{store.Advance(tx, m.ID, p)}
}

// emitSent tells that the transport took m.
func (s *Service) emitSent(ctx context.Context, tx db.Tx, m store.Outbound, externalID string) {
	store.Emit(ctx, tx, m.MerchantID, musika.MessageSent{
		MessageID: m.ID, ConversationID: m.ConversationID, CustomerID: m.CustomerID,
		Kind: m.Message.Kind, ExternalID: externalID,
	})
}
