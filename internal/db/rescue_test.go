package db_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
)

// child is the process that is killed in the middle of a job. target is a URL
// or a path.
func child(target string) {
	o := db.Options{Path: target, Synchronous: "OFF"}
	if strings.Contains(target, "://") {
		o = db.Options{URL: target, MaxConns: 8}
	}
	ctx := context.Background()
	d, err := db.Open(ctx, o)
	if err != nil {
		fmt.Println("open:", err)
		os.Exit(1)
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[noteArgs]) error {
		fmt.Println("started")
		select {}
	}))
	if _, err := d.StartQueue(ctx, workers, db.QueueOptions{}); err != nil {
		fmt.Println("queue:", err)
		os.Exit(1)
	}
	select {}
}

func TestJobOfAKilledProcessIsWorkedAgain(t *testing.T) {
	for engine, target := range map[string]func(testing.TB) (string, db.Options){
		"sqlite": func(t testing.TB) (string, db.Options) {
			path := dbtest.SQLitePath(t)
			return path, db.Options{Path: path, Synchronous: "OFF"}
		},
		"postgres": func(t testing.TB) (string, db.Options) {
			url := dbtest.PostgresURL(t)
			return url, db.Options{URL: url, MaxConns: 8}
		},
	} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			name, options := target(t)
			d, err := db.Open(t.Context(), options)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(d.Close)
			enqueue(t, d, noteArgs{N: 7})

			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "MUSIKA_TEST_CHILD="+name)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(out).ReadString('\n')
			if line != "started\n" {
				_ = cmd.Process.Kill()
				t.Fatalf("the child said %q (%v)", line, err)
			}
			if engine == "sqlite" {
				// While it lives nobody else may work the file.
				_, err := d.StartQueue(t.Context(), river.NewWorkers(), db.QueueOptions{})
				if musika.CodeOf(err) != musika.CodeConflict {
					t.Errorf("a second process on the file: %v", err)
				}
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()

			killed := time.Now()
			again := make(chan int, 1)
			q := work(t, d, db.QueueOptions{}, func(_ context.Context, j *river.Job[noteArgs]) error {
				if j.Args.N == 7 {
					again <- j.Attempt
				}
				return nil
			})
			attempt := receive(t, again, 15*time.Second)
			t.Logf("worked again %s after the kill", time.Since(killed).Round(time.Millisecond))
			if attempt != 1 {
				t.Errorf("being killed cost an attempt: this is attempt %d", attempt)
			}
			if n := q.Stats().Rescued; n != 1 {
				t.Errorf("%d rescued, want 1", n)
			}
		})
	}
}

// A job is not taken from a process that lives.
func TestLivingProcessKeepsItsJob(t *testing.T) {
	t.Parallel()
	url := dbtest.PostgresURL(t)
	var starts [2]chan int
	var dbs [2]*db.DB
	for i := range dbs {
		d, err := db.Open(t.Context(), db.Options{URL: url, MaxConns: 8})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.Close)
		dbs[i], starts[i] = d, make(chan int, 4)
	}
	finish := make(chan struct{})
	for i, d := range dbs {
		work(t, d, db.QueueOptions{}, func(_ context.Context, j *river.Job[noteArgs]) error {
			starts[i] <- j.Args.N
			<-finish
			return nil
		})
	}
	enqueue(t, dbs[0], noteArgs{N: 1})
	select {
	case <-starts[0]:
	case <-starts[1]:
	case <-time.After(5 * time.Second):
		t.Fatal("nobody started the job")
	}
	for _, lost := range []bool{false, true} {
		if lost {
			// The connections that hold the locks break; they are made anew.
			n := value[int](t, dbs[0], service, `SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
				WHERE application_name = 'musika presence' AND datname = current_database()`)
			if n != 2 {
				t.Fatalf("%d processes show that they live, want 2", n)
			}
		}
		select {
		case <-starts[0]:
			t.Error("the job was started again")
		case <-starts[1]:
			t.Error("the job was taken over")
		case <-time.After(4500 * time.Millisecond): // two sweeps
		}
	}
	close(finish)
}

// What has seen five processes die is given up like any job that failed.
func TestJobThatKillsItsProcessIsGivenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		enqueue(t, d, noteArgs{})
		stuck := `UPDATE river_job SET state = 'running', attempt = 3, attempted_by = '{dead}', attempted_at = created_at,
			metadata = '{"musika_rescued": 5}'`
		if d.Engine() == "sqlite" {
			stuck = `UPDATE river_job SET state = 'running', attempt = 3, attempted_by = jsonb('["dead"]'), attempted_at = created_at,
				metadata = jsonb('{"musika_rescued": 5}')`
		}
		execOne(t, d, stuck)
		work(t, d, db.QueueOptions{}, func(context.Context, *river.Job[noteArgs]) error {
			t.Error("the job was worked")
			return nil
		})
		eventually(t, 10*time.Second, func() bool { return count(t, d, db.QueueMessages, "discarded") == 1 })
	})
}

func execOne(t testing.TB, d *db.DB, sql string) {
	t.Helper()
	write(t, d, service, func(ctx context.Context, tx db.Tx) error {
		n, err := tx.Exec(ctx, sql)
		if err == nil && n != 1 {
			return fmt.Errorf("changed %d rows, want 1", n)
		}
		return err
	})
}
