package inbox

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// Ingest stores what a transport reports. When it returns nil everything is
// committed and the transport may be told so; after an error nothing of it is
// stored and the transport should report again. Reports that were stored
// before change nothing.
func (s *Service) Ingest(ctx context.Context, transport string, updates []musika.Update) error {
	return s.writes.Do(ctx, func(ctx context.Context, tx db.Tx) error {
		for _, u := range updates {
			if err := s.ingestOne(ctx, tx, transport, u); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) ingestOne(ctx context.Context, tx db.Tx, transport string, u musika.Update) error {
	if u.Notice != nil {
		s.Logger.Info("transport notice", "transport", transport, "field", u.Notice.Field, "value", string(u.Notice.Value))
		return nil
	}
	channel, ok, err := s.channel(ctx, tx, transport, u.ChannelExternalID)
	if err != nil {
		return err
	}
	if !ok {
		s.Logger.Warn("report for a number that is not ours: add it with MUSIKA_CLOUDAPI_NUMBERS or unsubscribe it",
			"transport", transport, "number", u.ChannelExternalID)
		return nil
	}
	switch {
	case u.Inbound != nil:
		return s.ingestMessage(ctx, tx, channel, *u.Inbound)
	case u.Status != nil:
		return s.ingestStatus(ctx, tx, channel, *u.Status)
	}
	return nil
}

func (s *Service) ingestMessage(ctx context.Context, tx db.Tx, channel musika.Channel, in musika.Inbound) error {
	if err := clean(&in); err != nil {
		return err
	}
	known, err := store.KnownInbound(ctx, tx, channel.ID, []string{in.ExternalID})
	if err != nil || known[in.ExternalID] {
		return err
	}
	if change := in.System; change != nil && change.Old.Value != "" && change.New.Value != "" {
		if err := store.ChangeAddress(ctx, tx, change.Old, change.New); err != nil {
			return err
		}
	}
	sender, err := s.sender(ctx, tx, channel, in)
	if err != nil {
		return err
	}
	head := store.MessageHead{
		ID: musika.MessageID(musika.NewID("msg", tx.Now())), ConversationID: sender.Conversation,
		ChannelID: channel.ID, CustomerID: sender.CustomerID, MerchantID: sender.Store,
	}
	fresh, err := store.InsertInbound(ctx, tx, head, in)
	if err != nil || !fresh {
		return err
	}
	store.Emit(ctx, tx, sender.Store, musika.MessageReceived{
		MessageID: head.ID, ConversationID: sender.Conversation, CustomerID: sender.CustomerID,
		Kind: in.Kind, Text: in.Text,
	})
	tx.AfterCommit(func() { s.Observe("in", musika.StateReceived) })
	return tx.Enqueue(ctx, handleArgs{Conversation: sender.Conversation, Customer: sender.CustomerID, Role: sender.Role}, nil)
}

// sender finds who wrote, and makes the customer and the conversation when
// they are new. Addresses that came together belong to one person.
func (s *Service) sender(ctx context.Context, tx db.Tx, channel musika.Channel, in musika.Inbound) (store.Sender, error) {
	if len(in.From) == 0 {
		return store.Sender{}, musika.Errorf(musika.CodeInvalid, "A message came without a sender.")
	}
	var found store.Sender
	complete := true
	for i, a := range in.From {
		one, ok, err := store.SenderAt(ctx, tx, channel.ID, a)
		if err != nil {
			return found, err
		}
		complete = complete && ok && (i == 0 || one.CustomerID == found.CustomerID)
		if i == 0 || !complete {
			found = one
		}
	}
	if complete && found.Conversation != "" {
		return found, nil
	}
	customer, err := store.CustomerAt(ctx, tx, in.From, in.Profile)
	if err != nil {
		return found, err
	}
	conversation, err := store.EnsureConversation(ctx, tx, channel, customer.ID)
	if err != nil {
		return found, err
	}
	found, _, err = store.SenderAt(ctx, tx, channel.ID, in.From[0])
	found.Conversation, found.Store = conversation.ID, conversation.MerchantID
	return found, err
}

// clean removes what the databases cannot keep: Postgres refuses the NUL
// character in JSON and text.
func clean(in *musika.Inbound) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if !bytes.Contains(b, []byte(`\u0000`)) {
		return nil
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			out = append(out, b[i])
			continue
		}
		if bytes.HasPrefix(b[i:], []byte(`\u0000`)) {
			out = append(out, "\ufffd"...)
			i += 5
			continue
		}
		out = append(out, b[i], b[i+1]) // an escape is at least two bytes
		i++
	}
	*in = musika.Inbound{}
	return json.Unmarshal(out, in)
}
