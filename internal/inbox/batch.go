package inbox

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

// batcher joins small writes that arrive at the same time into one
// transaction: while one commit is under way the next writes gather, so a
// commit's cost is shared when it matters and adds no wait when it does not.
// It serves what emits events: their counters are locked until the commit, and
// a commit each would let them through one at a time.
type batcher struct {
	db    *db.DB
	scope db.Scope
	queue chan *write

	stopped chan struct{} // closed when nothing in queue will be committed any more
}

type write struct {
	do   func(context.Context, db.Tx) error
	done chan error
}

// maxBatch bounds how many writes share a transaction, and with it how long
// the last of them waits.
const maxBatch = 128

func newBatcher(d *db.DB) *batcher {
	return &batcher{db: d, scope: db.Service(musika.System), queue: make(chan *write, maxBatch), stopped: make(chan struct{})}
}

// Do runs f in a transaction shared with others and returns once it is
// committed. An error of f undoes f alone: the writes it shared with are run
// again without it, so f must have no effect but through its Tx.
func (b *batcher) Do(ctx context.Context, f func(context.Context, db.Tx) error) error {
	w := &write{do: f, done: make(chan error, 1)}
	select {
	case b.queue <- w:
	case <-ctx.Done():
		return ctx.Err()
	}
	// Once queued it will be answered: giving up with ctx would leave the
	// caller not knowing whether it was committed.
	select {
	case err := <-w.done:
		return err
	case <-b.stopped:
	}
	select {
	case err := <-w.done: // committed just before the stop
		return err
	default:
		return musika.Errorf(musika.CodeUnavailable, "The program is stopping. Try again in a moment.")
	}
}

// Run commits until ctx ends, then what is queued. One transaction at a time:
// two that each lock many rows would lock them in different orders.
func (b *batcher) Run(ctx context.Context) {
	defer close(b.stopped)
	for {
		select {
		case w := <-b.queue:
			b.commit(context.WithoutCancel(ctx), b.gather(w))
		case <-ctx.Done():
			for {
				select {
				case w := <-b.queue:
					b.commit(context.WithoutCancel(ctx), b.gather(w))
				default:
					return
				}
			}
		}
	}
}

// gather returns first and whatever else waits.
func (b *batcher) gather(first *write) []*write {
	batch := []*write{first}
	for len(batch) < maxBatch {
		select {
		case w := <-b.queue:
			batch = append(batch, w)
		default:
			return batch
		}
	}
	return batch
}

func (b *batcher) commit(ctx context.Context, batch []*write) {
	err := b.db.Write(ctx, b.scope, func(tx db.Tx) error {
		for _, w := range batch {
			if err := w.do(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if len(batch) > 1 && err != nil {
		for _, w := range batch {
			b.commit(ctx, []*write{w})
		}
		return
	}
	for _, w := range batch {
		w.done <- err
	}
}
