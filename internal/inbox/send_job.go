package inbox

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// sendArgs asks for the queued messages of a conversation to be sent.
type sendArgs struct {
	Conversation musika.ConversationID `json:"conversation"`
}

func (sendArgs) Kind() string { return "inbox.send" }

func (sendArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: db.QueueMessages}
}

const (
	// maxSendAttempts is how often a message is handed to the transport that
	// fails in passing, with gaps of 2, 4, 8 … 64 seconds.
	maxSendAttempts = 7
	// blockedPause is the gap between attempts while a person has to act
	// (token, account); queuedLifetime is when such a message is given up.
	blockedPause   = time.Minute
	queuedLifetime = 24 * time.Hour
)

type sendWorker struct {
	river.WorkerDefaults[sendArgs]
	inbox *Service
}

// Work sends the messages of a conversation one after the other until none is
// left or the first one has to wait; then the job comes back at that time.
func (w *sendWorker) Work(ctx context.Context, job *river.Job[sendArgs]) error {
	for {
		wait, more, err := w.inbox.sendNext(ctx, job.Args.Conversation)
		switch {
		case err != nil:
			return err
		case wait > 0:
			return river.JobSnooze(wait)
		case !more:
			return nil
		}
	}
}

// claim is a message that this job alone may send.
type claim struct {
	store.Outbound
	reach   store.Reach
	channel musika.Channel
}

// sendNext sends the first unsent message of a conversation. It returns how
// long the conversation must wait, and whether there may be more to send.
func (s *Service) sendNext(ctx context.Context, id musika.ConversationID) (wait time.Duration, more bool, err error) {
	var c claim
	var found bool
	err = s.DB.Write(ctx, db.Service(musika.System), func(tx db.Tx) error {
		first, ok, err := store.NextOutbound(ctx, tx, id)
		c, found, wait = claim{Outbound: first}, ok, 0
		if err != nil || !ok {
			return err
		}
		if wait = s.due(first, tx.Now()); wait > 0 {
			return nil
		}
		return s.claim(ctx, tx, &c)
	})
	if err != nil || !found || wait > 0 {
		return wait, false, err
	}
	s.sending.Store(c.ID, struct{}{})
	defer s.sending.Delete(c.ID)
	transport, ok := s.Transports[c.channel.Kind]
	if !ok {
		return blockedPause, false, s.settle(ctx, c, nil, &musika.SendError{Disposition: musika.SendBlocked,
			Title: "the channel's transport is not running", Advice: "Configure the " + c.channel.Kind + " transport.", After: blockedPause})
	}
	if refused := s.windowClosed(c, transport.Capabilities()); refused != nil {
		return 0, true, s.settle(ctx, c, nil, refused)
	}
	shown, _ := c.Message.Fallback(transport.Capabilities())
	call, cancel := context.WithTimeout(ctx, s.SettleAfter)
	result, err := transport.Send(call, musika.Outgoing{
		ChannelExternalID: c.channel.ExternalID, To: c.reach.Addresses, Message: shown, Callback: string(c.ID),
	})
	cancel()
	if err == nil {
		return 0, true, s.settle(ctx, c, &result, nil)
	}
	failed := musika.AsSendError(err)
	wait, gaveUp := s.pause(c, failed)
	if gaveUp {
		failed = &musika.SendError{Disposition: musika.SendRefused, Code: failed.Code, Title: failed.Title, Advice: failed.Advice, Err: failed.Err}
	}
	failed.After = wait
	return wait, gaveUp || wait == 0, s.settle(ctx, c, nil, failed)
}

// due returns how long message m has to wait at now. One that is being sent
// belongs to another job of this process, or to another process, which is done
// with it after SettleAfter or dead. Then a status may still settle it; the
// time for that counts from when this process could hear it.
func (s *Service) due(m store.Outbound, now time.Time) time.Duration {
	if m.State != musika.StateSending {
		return max(0, m.NextAttemptAt.Sub(now))
	}
	if _, mine := s.sending.Load(m.ID); mine {
		return time.Second
	}
	begin := m.ClaimedAt.Add(s.SettleAfter)
	if s.started.After(begin) {
		begin = s.started
	}
	return max(0, begin.Add(s.SettleAfter).Sub(now))
}

func (s *Service) claim(ctx context.Context, tx db.Tx, c *claim) error {
	if c.State == musika.StateSending {
		s.Logger.Warn("no status settled a send: sending again", "message", c.ID)
	}
	if err := store.ClaimOutbound(ctx, tx, c.ID); err != nil {
		return err
	}
	c.Attempts++
	var err error
	if c.reach, err = store.ReachOf(ctx, tx, c.ConversationID); err != nil {
		return err
	}
	c.channel, err = s.channelByID(ctx, tx, c.reach.ChannelID)
	return err
}

// windowClosed refuses what a transport would refuse later: anything but a
// template, once the window since the person's last message is over.
func (s *Service) windowClosed(c claim, caps musika.Capabilities) *musika.SendError {
	if caps.Window == 0 || c.Message.Kind == musika.KindTemplate || time.Since(c.reach.LastInboundAt) < caps.Window {
		return nil
	}
	return &musika.SendError{
		Disposition: musika.SendRefused, Code: string(musika.CodeWindowClosed),
		Title:  "more than 24 hours have passed since this person last wrote",
		Advice: "The 24-hour window is closed: send a template, or wait until they write.",
	}
}

// pause returns when a failed send is tried again, and whether it is given up.
func (s *Service) pause(c claim, e *musika.SendError) (wait time.Duration, gaveUp bool) {
	old := time.Since(c.CreatedAt) > queuedLifetime
	switch e.Disposition {
	case musika.SendRetry:
		return time.Duration(1<<min(c.Attempts, 10)) * time.Second, c.Attempts >= maxSendAttempts
	case musika.SendWait:
		return max(e.After, time.Second), old
	case musika.SendBlocked:
		return blockedPause, old
	case musika.SendUnknown:
		return s.SettleAfter, false
	default:
		return 0, true
	}
}

// settle records the outcome of a send. An unknown outcome is recorded by
// leaving the message as it is: being sent.
func (s *Service) settle(ctx context.Context, c claim, result *musika.SendResult, failed *musika.SendError) error {
	if failed != nil && failed.Disposition == musika.SendUnknown {
		s.Logger.Warn("the outcome of a send is unknown: waiting for its status", "message", c.ID, "error", failed)
		return nil
	}
	// The outcome is known and must not be lost because the program stops.
	return s.writes.Do(context.WithoutCancel(ctx), func(ctx context.Context, tx db.Tx) error {
		if result != nil {
			return s.markSent(ctx, tx, c.ID, result.ExternalID)
		}
		if failed.Disposition != musika.SendRefused {
			return store.RequeueOutbound(ctx, tx, c.ID, tx.Now().Add(failed.After),
				failed.Disposition == musika.SendRetry, failed.Code, failed.Title+". "+failed.Advice)
		}
		m, ok, err := store.OutboundByID(ctx, tx, c.ChannelID, c.ID)
		if err != nil || !ok {
			return err
		}
		s.Logger.Warn("a message was refused", "message", c.ID, "code", failed.Code, "title", failed.Title)
		return tx.ExecAll(ctx, s.advance(ctx, tx, m, store.Progress{State: musika.StateFailed,
			ErrorCode: failed.Code, ErrorText: failed.Title + ". " + failed.Advice}))
	})
}

func (s *Service) markSent(ctx context.Context, tx db.Tx, id musika.MessageID, externalID string) error {
	m, first, err := store.MarkSent(ctx, tx, id, externalID)
	if err != nil || !first {
		return err
	}
	s.emitSent(ctx, tx, m, externalID)
	tx.AfterCommit(func() { s.Observe("out", musika.StateSent) })
	return nil
}
