package inbox

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

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
		statuses := newReports()
		for _, u := range updates {
			if u.Notice != nil {
				s.Logger.Info("transport notice", "transport", transport, "field", u.Notice.Field, "value", string(u.Notice.Value))
				continue
			}
			channel, ok, err := s.channel(ctx, tx, transport, u.ChannelExternalID)
			if err != nil {
				return err
			}
			if !ok {
				s.Logger.Warn("report for a number that is not ours: add it to MUSIKA_CLOUDAPI_NUMBERS or unsubscribe it",
					"transport", transport, "number", u.ChannelExternalID)
				continue
			}
			if u.Status != nil {
				statuses.add(channel.ID, *u.Status)
				continue
			}
			if err := s.ingestMessage(ctx, tx, channel, *u.Inbound); err != nil {
				return err
			}
		}
		return s.ingestStatuses(ctx, tx, statuses)
	})
}

func (s *Service) ingestMessage(ctx context.Context, tx db.Tx, channel musika.Channel, in musika.Inbound) error {
	if err := clean(&in); err != nil {
		return err
	}
	known, err := store.KnownInbound(ctx, tx, channel.ID, in.ExternalID)
	if err != nil || known {
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
	known, err := store.SendersAt(ctx, tx, channel.ID, in.From)
	if err != nil {
		return store.Sender{}, err
	}
	if len(in.From) > 0 && len(known) == len(in.From) {
		first := known[0]
		if first.Conversation != "" && !slices.ContainsFunc(known, func(o store.Sender) bool { return o != first }) {
			return first, nil
		}
	}
	customer, err := store.CustomerAt(ctx, tx, in.From, in.Profile)
	if err != nil {
		return store.Sender{}, err
	}
	if _, err := store.EnsureConversation(ctx, tx, channel, customer.ID); err != nil {
		return store.Sender{}, err
	}
	known, err = store.SendersAt(ctx, tx, channel.ID, in.From)
	if err == nil && len(known) == 0 {
		err = musika.Errorf(musika.CodeInternal, "A sender was stored and is not found.")
	}
	if err != nil {
		return store.Sender{}, err
	}
	return known[0], nil
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
