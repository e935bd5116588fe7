package inbox

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// ingestStatus moves a message that we sent along. A status that echoes our
// own id settles a send whose outcome was unknown. Late and repeated statuses
// change nothing.
func (s *Service) ingestStatus(ctx context.Context, tx db.Tx, channel musika.Channel, st musika.Status) error {
	m, ok, err := store.OutboundByExternalID(ctx, tx, channel.ID, st.ExternalID)
	if err == nil && !ok && st.Callback != "" {
		m, ok, err = store.OutboundByID(ctx, tx, channel.ID, musika.MessageID(st.Callback))
	}
	if err != nil {
		return err
	}
	if !ok {
		s.Logger.Debug("status of a message that is not ours", "external_id", st.ExternalID)
		return nil
	}
	if m.ExternalID != "" && m.ExternalID != st.ExternalID {
		// The message went out twice: once before a crash, with an outcome that
		// stayed unknown past the settling time, and once after it.
		s.Logger.Warn("status of an earlier copy of a message", "message", m.ID, "external_id", st.ExternalID)
		return nil
	}
	if m.State == musika.StateSending {
		// Whoever sent it may be gone; what waits behind it need not.
		if err := tx.Enqueue(ctx, sendArgs{Conversation: m.ConversationID}, nil); err != nil {
			return err
		}
	}
	return s.advance(ctx, tx, m, progressOf(st))
}

func progressOf(st musika.Status) store.Progress {
	p := store.Progress{State: st.State, ExternalID: st.ExternalID, At: musika.Instant(st.At), Category: st.Category, Billable: st.Billable}
	if st.Error != nil {
		p.ErrorCode, p.ErrorText = st.Error.Code, st.Error.Title+" "+st.Error.Advice
	}
	return p
}

// advance records progress p of message m unless m is further already. m is
// locked by the transaction.
func (s *Service) advance(ctx context.Context, tx db.Tx, m store.Outbound, p store.Progress) error {
	if p.State.Rank() <= m.State.Rank() {
		return nil
	}
	if err := store.Advance(ctx, tx, m.ID, p); err != nil {
		return err
	}
	waiting := m.State.Rank() < musika.StateSent.Rank()
	if waiting && p.ExternalID != "" {
		store.Emit(ctx, tx, m.MerchantID, musika.MessageSent{
			MessageID: m.ID, ConversationID: m.ConversationID, CustomerID: m.CustomerID,
			Kind: m.Message.Kind, ExternalID: p.ExternalID,
		})
	}
	tx.AfterCommit(func() { s.Observe("out", p.State) })
	return nil
}
