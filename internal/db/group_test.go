package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
)

const insertCounter = `INSERT INTO event_counters (owner, last_seq) VALUES ($1, 1)`

// Transactions at the same time share commits on SQLite; what one undoes or
// gives up must stay its own affair.
func TestWritesAtOnceStandOrFallAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const writers = 60
		refused := errors.New("refused")
		given := map[int]func(context.Context, db.Tx) error{
			1: func(context.Context, db.Tx) error { return refused },
			2: func(ctx context.Context, tx db.Tx) error { // a statement that fails
				_, err := tx.Exec(ctx, insertCounter, nil)
				return err
			},
			3: func(context.Context, db.Tx) error { panic("on purpose") },
		}
		var group sync.WaitGroup
		for n := range writers {
			group.Go(func() {
				ctx := t.Context()
				if n%5 == 4 { // gives up while it waits or works
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, time.Duration(n)*time.Millisecond/4)
					defer cancel()
				}
				defer func() {
					if r := recover(); r != nil && n%5 != 3 {
						t.Errorf("writer %d panicked: %v", n, r)
					}
				}()
				err := d.Write(ctx, db.Service(musika.System), func(tx db.Tx) error {
					if _, err := tx.Exec(ctx, insertCounter, fmt.Sprintf("w%02d-%d", n, n%5)); err != nil {
						return err
					}
					if f := given[n%5]; f != nil {
						return f(ctx, tx)
					}
					return nil
				})
				if fails := n%5 == 1 || n%5 == 2; fails != (err != nil) && n%5 != 4 {
					t.Errorf("writer %d: %v", n, err)
				}
				if n%5 == 1 && !errors.Is(err, refused) {
					t.Errorf("writer %d got another's error: %v", n, err)
				}
			})
		}
		group.Wait()
		var stored []string
		err := d.Read(t.Context(), db.Service(musika.System), func(tx db.Tx) (err error) {
			stored, err = db.All(t.Context(), tx, db.Value[string], `SELECT owner FROM event_counters WHERE owner LIKE 'w%'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		well := 0
		for _, owner := range stored {
			switch owner[len(owner)-1] {
			case '0':
				well++
			case '1', '2', '3':
				t.Errorf("%s was undone and is stored", owner)
			}
		}
		if well != writers/5 {
			t.Errorf("%d of %d writes that ended well are stored", well, writers/5)
		}
	})
}
