package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
)

const countUsers = `SELECT COUNT(*) FROM users`

func TestWriteCommitsOrLeavesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		told := 0
		undone := errors.New("undone")
		err := d.Write(ctx, service, func(tx db.Tx) error {
			tx.AfterCommit(func() { told++ })
			return errors.Join(addUser(ctx, tx, "a", musika.RoleAdmin, ""), undone)
		})
		if !errors.Is(err, undone) || value[int](t, d, service, countUsers) != 0 || told != 0 {
			t.Fatalf("after an error: %v, told %d", err, told)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = d.Write(ctx, service, func(tx db.Tx) error {
				_ = addUser(ctx, tx, "a", musika.RoleAdmin, "")
				panic("boom")
			})
		}()
		if value[int](t, d, service, countUsers) != 0 {
			t.Fatal("a panic left something behind")
		}
		var order []string
		write(t, d, service, func(ctx context.Context, tx db.Tx) error {
			tx.AfterCommit(func() {
				// The transaction is over: another may be opened.
				order = append(order, fmt.Sprint("after:", value[int](t, d, service, countUsers)))
			})
			note := func(key string) {
				tx.BeforeCommit(key, func(ctx context.Context, tx db.Tx) error {
					order = append(order, key)
					if key == "a" {
						tx.BeforeCommit("b", func(context.Context, db.Tx) error { order = append(order, "b"); return nil })
						return addUser(ctx, tx, "late", musika.RoleAdmin, "")
					}
					return nil
				})
			}
			note("c")
			note("a")
			note("c")
			return addUser(ctx, tx, "a", musika.RoleAdmin, "")
		})
		if want := []string{"a", "b", "c", "c", "after:2"}; !slices.Equal(order, want) {
			t.Errorf("order %v, want %v", order, want)
		}
	})
}

func TestFailedStatementFinishesTheTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		err := d.Write(ctx, service, func(tx db.Tx) error {
			if err := addUser(ctx, tx, "a", musika.RoleAdmin, ""); err != nil {
				return err
			}
			first := addUser(ctx, tx, "a", musika.RoleAdmin, "")
			if musika.CodeOf(first) != musika.CodeConflict {
				t.Errorf("a duplicate: %v", first)
			}
			if err := addUser(ctx, tx, "b", musika.RoleAdmin, ""); !errors.Is(err, first) {
				t.Errorf("after a failure: %v", err)
			}
			return nil // as if all were well
		})
		if musika.CodeOf(err) != musika.CodeConflict || value[int](t, d, service, countUsers) != 0 {
			t.Errorf("committed after a failure: %v", err)
		}
		// Rows must be read to the end before the next statement.
		err = d.Write(ctx, service, func(tx db.Tx) error {
			if _, err := tx.Query(ctx, countUsers); err != nil {
				return err
			}
			return addUser(ctx, tx, "a", musika.RoleAdmin, "")
		})
		if musika.CodeOf(err) != musika.CodeInternal || value[int](t, d, service, countUsers) != 0 {
			t.Errorf("a statement between rows: %v", err)
		}
		var kept db.Tx
		write(t, d, service, func(_ context.Context, tx db.Tx) error { kept = tx; return nil })
		if err := addUser(ctx, kept, "a", musika.RoleAdmin, ""); musika.CodeOf(err) != musika.CodeInternal {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestReadCannotWrite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, scope := range []db.Scope{service, db.Tenant("m1", musika.System)} {
			err := d.Read(t.Context(), scope, func(tx db.Tx) error { return addUser(t.Context(), tx, "a", musika.RoleAdmin, "") })
			if err == nil {
				t.Error("a read wrote")
			}
		}
		if value[int](t, d, service, countUsers) != 0 {
			t.Error("a read wrote")
		}
	})
}

func TestTransactionInsideATransactionIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		nothing := func(db.Tx) error { return nil }
		for name, err := range map[string]error{
			"write in write": d.Write(ctx, service, func(db.Tx) error { return d.Write(ctx, service, nothing) }),
			"read in write":  d.Write(ctx, service, func(db.Tx) error { return d.Read(ctx, service, nothing) }),
			"write in read":  d.Read(ctx, service, func(db.Tx) error { return d.Write(ctx, service, nothing) }),
		} {
			if musika.CodeOf(err) != musika.CodeInternal {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := d.Write(ctx, service, nothing); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestLostRacesAreRunAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		runs, told := 0, 0
		write(t, d, service, func(ctx context.Context, tx db.Tx) error {
			runs++
			tx.AfterCommit(func() { told++ })
			if err := addUser(ctx, tx, "a", musika.RoleAdmin, ""); err != nil {
				return err
			}
			if runs < 3 {
				return fmt.Errorf("wrapped: %w", musika.Errorf(musika.CodeSerialization, "again"))
			}
			return nil
		})
		if runs != 3 || told != 1 || value[int](t, d, service, countUsers) != 1 {
			t.Errorf("%d runs, told %d times", runs, told)
		}
		runs = 0
		err := d.Write(t.Context(), service, func(db.Tx) error {
			runs++
			return musika.Errorf(musika.CodeSerialization, "again")
		})
		if musika.CodeOf(err) != musika.CodeSerialization || runs != 6 {
			t.Errorf("gave up with %v after %d runs", err, runs)
		}
	})
}

// Two writers that lock the same rows in opposite order: Postgres breaks the
// deadlock by failing one, which is run again; SQLite has one writer.
func TestDeadlockIsRunAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, service, func(ctx context.Context, tx db.Tx) error {
			return errors.Join(addUser(ctx, tx, "a", musika.RoleAdmin, ""), addUser(ctx, tx, "b", musika.RoleAdmin, ""))
		})
		var wg sync.WaitGroup
		for _, ids := range [][2]string{{"usr_a", "usr_b"}, {"usr_b", "usr_a"}} {
			wg.Go(func() {
				for range 10 {
					err := d.Write(t.Context(), service, func(tx db.Tx) error {
						for _, id := range ids {
							if _, err := tx.Exec(t.Context(), `UPDATE users SET name = name || 'x' WHERE id = $1`, id); err != nil {
								return err
							}
							time.Sleep(time.Millisecond)
						}
						return nil
					})
					if err != nil {
						t.Errorf("write: %v", err)
					}
				}
			})
		}
		wg.Wait()
		if name := value[string](t, d, service, `SELECT name FROM users WHERE id = $1`, "usr_a"); len(name) != 21 {
			t.Errorf("%d changes, want 20", len(name)-1)
		}
	})
}

func TestContextEndsAWrite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := d.Write(ctx, service, func(tx db.Tx) error {
			err := addUser(t.Context(), tx, "a", musika.RoleAdmin, "")
			cancel()
			return err
		})
		if !errors.Is(err, context.Canceled) || musika.CodeOf(err) != musika.CodeUnavailable {
			t.Errorf("cancelled: %v", err)
		}
		if value[int](t, d, service, countUsers) != 0 {
			t.Error("committed after the context ended")
		}
		// Waiting for one's turn ends with the context too.
		hold, held := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = d.Write(t.Context(), service, func(tx db.Tx) error {
				_ = addUser(t.Context(), tx, "a", musika.RoleAdmin, "")
				close(held)
				<-hold
				return nil
			})
		})
		<-held
		short, done := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer done()
		err = d.Write(short, service, func(tx db.Tx) error { return addUser(short, tx, "a", musika.RoleAdmin, "") })
		if !errors.Is(err, context.DeadlineExceeded) || musika.CodeOf(err) != musika.CodeUnavailable {
			t.Errorf("waited: %v", err)
		}
		close(hold)
		wg.Wait()
		if value[int](t, d, service, countUsers) != 1 {
			t.Error("the first write was lost")
		}
	})
}

func TestConstraintsAreTranslatedAlike(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, service, func(ctx context.Context, tx db.Tx) error {
			return errors.Join(addUser(ctx, tx, "a", musika.RoleAdmin, ""), addMerchant(ctx, tx, "m1", musika.MerchantApproved),
				addProduct(ctx, tx, "p1", "m1", true))
		})
		now := time.Now()
		for _, c := range []struct {
			name, sql string
			args      []any
			code      musika.Code
			kind      string
		}{
			{"unique", insertUser, []any{"usr_b", "+2637a", "b", "admin", nil, now}, musika.CodeConflict, "unique"},
			{"primary key", insertUser, []any{"usr_a", "+1", "b", "admin", nil, now}, musika.CodeConflict, "unique"},
			{"parent", insertUser, []any{"usr_b", "+2", "b", "admin", "m9", now}, musika.CodeConflict, "foreign key"},
			{"null", insertUser, []any{"usr_b", "+2", nil, "admin", nil, now}, musika.CodeInvalid, "not null"},
			{"check", `UPDATE products SET stock = stock - $1`, []any{11}, musika.CodeInvalid, "check"},
			{"NUL", insertUser, []any{"usr_b", "+2", "a\x00b", "admin", nil, now}, musika.CodeInvalid, ""},
			{"not UTF-8", insertUser, []any{"usr_b", "+2", "a\xff", "admin", nil, now}, musika.CodeInvalid, ""},
			{"syntax", `SELEC 1`, nil, musika.CodeInternal, ""},
			{"no such table", `DELETE FROM nowhere`, nil, musika.CodeInternal, ""},
			{"argument", `UPDATE users SET name = $1`, []any{struct{}{}}, musika.CodeInternal, ""},
		} {
			err := d.Write(t.Context(), service, func(tx db.Tx) error {
				_, err := tx.Exec(t.Context(), c.sql, c.args...)
				return err
			})
			if musika.CodeOf(err) != c.code {
				t.Errorf("%s: %v", c.name, err)
			}
			if k, ok := errors.AsType[*db.ConstraintError](err); ok != (c.kind != "") || ok && k.Kind != c.kind {
				t.Errorf("%s: cause %v", c.name, err)
			}
			if c.name == "unique" && (!db.IsUnique(err, "users", "phone") || !strings.Contains(musika.MessageOf(err), "same phone")) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	})
}

func TestOpenSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]db.Options{
		"nothing":      {},
		"not a URL":    {URL: "mysql://x"},
		"no server":    {URL: "postgres://u:secret@127.0.0.1:1/x?connect_timeout=2"},
		"no directory": {Path: t.TempDir() + "/no/such/file.db"},
		"a directory":  {Path: t.TempDir()},
		"synchronous":  {Path: t.TempDir() + "/x.db", Synchronous: "SOMETIMES"},
	} {
		d, err := db.Open(t.Context(), o)
		if err == nil {
			d.Close()
		}
		if code := musika.CodeOf(err); code != musika.CodeInvalid && code != musika.CodeUnavailable {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the password is in %v", name, err)
		}
	}
}

func TestPathWithOddCharacters(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/a b?c%41#d.db"
	d, err := db.Open(t.Context(), db.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, err := db.Open(t.Context(), db.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if state, err := again.MigrationState(t.Context()); err != nil || len(state.Pending) > 0 || len(state.Applied) == 0 {
		t.Errorf("%v, %v", state, err)
	}
}

// A connection that breaks in a transaction undoes it; the next one works.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	err := d.Write(t.Context(), service, func(tx db.Tx) error {
		if err := addUser(t.Context(), tx, "a", musika.RoleAdmin, ""); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `SELECT pg_terminate_backend(pg_backend_pid())`)
		return err
	})
	if musika.CodeOf(err) != musika.CodeUnavailable {
		t.Errorf("got %v", err)
	}
	if n := value[int](t, d, service, countUsers); n != 0 {
		t.Errorf("%d users", n)
	}
}

// Two processes may write one SQLite file; they wait for each other.
func TestTwoHandlesOnOneFile(t *testing.T) {
	t.Parallel()
	path := dbtest.SQLitePath(t)
	var wg sync.WaitGroup
	for i := range 2 {
		d, err := db.Open(t.Context(), db.Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.Close)
		wg.Go(func() {
			for n := range 20 {
				err := d.Write(t.Context(), service, func(tx db.Tx) error {
					time.Sleep(time.Millisecond)
					return addUser(t.Context(), tx, fmt.Sprint(i, "-", n), musika.RoleAdmin, "")
				})
				if err != nil {
					t.Errorf("write: %v", err)
				}
			}
		})
	}
	wg.Wait()
}
