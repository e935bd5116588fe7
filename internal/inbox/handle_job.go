package inbox

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// handleArgs asks for the waiting messages of a conversation to be answered.
type handleArgs struct {
	Conversation musika.ConversationID `json:"conversation"`
	Customer     musika.CustomerID     `json:"customer"`
	Role         musika.Role           `json:"role,omitempty"`
}

func (handleArgs) Kind() string { return "inbox.handle" }

func (handleArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: db.QueueOrders}
}

// maxHandleAttempts is how often a message is handed to the Handler before it
// is given up with an apology, so that those after it are answered.
const maxHandleAttempts = 3

type handleWorker struct {
	river.WorkerDefaults[handleArgs]
	inbox *Service
}

// Work answers messages until none waits. Whichever job comes first takes the
// oldest message, so order does not depend on the order of jobs.
func (w *handleWorker) Work(ctx context.Context, job *river.Job[handleArgs]) error {
	for {
		more, err := w.inbox.handleNext(ctx, job.Args)
		if err != nil || !more {
			return err
		}
	}
}

// handleNext answers the oldest waiting message of a conversation, and returns
// false when there is none.
func (s *Service) handleNext(ctx context.Context, args handleArgs) (bool, error) {
	actor := musika.Actor{Kind: "customer", ID: string(args.Customer), Role: args.Role}
	if actor.Role == "" {
		actor.Role = musika.RoleCustomer
	}
	var pending store.PendingInbound
	var found bool
	err := s.DB.Write(ctx, db.Service(actor), func(tx db.Tx) error {
		conversation, err := store.LockConversation(ctx, tx, args.Conversation)
		if musika.CodeOf(err) == musika.CodeNotFound {
			// Its person turned out to be another one's; their conversation
			// has the messages now, and a job of its own.
			return nil
		}
		if err != nil {
			return err
		}
		pending, found, err = store.NextInbound(ctx, tx, args.Conversation)
		if err != nil || !found {
			return err
		}
		return s.answer(ctx, tx, conversation, pending)
	})
	if err == nil || !found {
		return found, err
	}
	if ctx.Err() != nil || musika.CodeOf(err) == musika.CodeUnavailable {
		return false, err // not the message's fault: it keeps its attempts
	}
	return true, s.handleFailed(ctx, args, pending, err)
}

// answer runs the Handler on one message and stores all that follows from it.
func (s *Service) answer(ctx context.Context, tx db.Tx, c musika.Conversation, pending store.PendingInbound) error {
	channel, err := s.channelByID(ctx, tx, c.ChannelID)
	if err != nil {
		return err
	}
	customer, user, err := store.Person(ctx, tx, c.CustomerID)
	if err != nil {
		return err
	}
	message, err := s.resolveReply(ctx, tx, c.ID, channel, pending.Message)
	if err != nil {
		return err
	}
	turn := &Turn{
		Tx: tx, Channel: channel, Customer: customer, User: user, MessageID: pending.ID, Message: message,
		Store: c.MerchantID, State: c.State,
	}
	if err := s.callHandler(ctx, turn); err != nil {
		return err
	}
	c.MerchantID, c.State = turn.Store, turn.State
	c.LastInboundAt = tx.Now()
	tx.AfterCommit(func() {
		s.Observe("in", musika.StateHandled)
		s.markRead(channel, pending.Message.ExternalID)
	})
	return s.queue(ctx, tx, c, turn.replies, store.SaveConversation(tx, c),
		store.FinishInbound(tx, pending.ID, musika.StateHandled, ""))
}

// callHandler turns a panic of the Handler into an error, so that one message
// cannot stop the others.
func (s *Service) callHandler(ctx context.Context, turn *Turn) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the handler panicked: %v\n%s", r, debug.Stack())
		}
	}()
	return s.Handler(ctx, turn)
}

// handleFailed counts a failed attempt. The last one gives the message up and
// tells the person. The error is returned while attempts are left, so that the
// job is tried again later.
func (s *Service) handleFailed(ctx context.Context, args handleArgs, pending store.PendingInbound, cause error) error {
	last := pending.Attempts+1 >= maxHandleAttempts
	state := musika.StateReceived
	if last {
		state = musika.StateFailed
	}
	err := s.DB.Write(ctx, db.Service(musika.System), func(tx db.Tx) error {
		c, err := store.LockConversation(ctx, tx, args.Conversation)
		if err != nil {
			return err
		}
		now, ok, err := store.NextInbound(ctx, tx, args.Conversation)
		if err != nil || !ok || now.ID != pending.ID || now.Attempts != pending.Attempts {
			return err // another job tried it at the same time and counted
		}
		finish := store.FinishInbound(tx, pending.ID, state, cause.Error())
		if !last {
			return tx.ExecAll(ctx, []db.Statement{finish})
		}
		c.LastInboundAt = tx.Now()
		tx.AfterCommit(func() {
			s.Observe("in", musika.StateFailed)
			s.Logger.Error("a message could not be handled and was given up", "message", pending.ID, "error", cause)
		})
		return s.queue(ctx, tx, c, []musika.Message{musika.Text(musika.MessageOf(nil))}, store.SaveConversation(tx, c), finish)
	})
	if err != nil || last {
		return err
	}
	return river.JobSnooze(time.Duration(2<<pending.Attempts) * time.Second)
}
