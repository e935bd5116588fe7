package inbox

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// Notify queues m to a customer on a channel, in the transaction of the change
// that it tells of. It is sent after what is queued to them already.
func (s *Service) Notify(ctx context.Context, tx db.Tx, channel musika.ChannelID, to musika.CustomerID, m musika.Message) error {
	c, err := s.channelByID(ctx, tx, channel)
	if err != nil {
		return err
	}
	conversation, err := store.EnsureConversation(ctx, tx, c, to)
	if err != nil {
		return err
	}
	return s.queue(ctx, tx, conversation, []musika.Message{m})
}

// queue stores messages as queued, beside other statements, and adds one job
// that sends them.
func (s *Service) queue(ctx context.Context, tx db.Tx, c musika.Conversation, messages []musika.Message, others ...db.Statement) error {
	statements := others
	for _, m := range messages {
		insert, err := store.InsertOutbound(tx, store.MessageHead{
			ID: musika.MessageID(musika.NewID("msg", tx.Now())), ConversationID: c.ID, ChannelID: c.ChannelID,
			CustomerID: c.CustomerID, MerchantID: c.MerchantID,
		}, m)
		if err != nil {
			return err
		}
		statements = append(statements, insert)
	}
	if err := tx.ExecAll(ctx, statements); err != nil || len(messages) == 0 {
		return err
	}
	return tx.Enqueue(ctx, sendArgs{Conversation: c.ID}, nil)
}
