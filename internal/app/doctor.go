package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/config"
	"github.com/musika/musika/internal/db"
)

// Verdict is what an examination came to.
type Verdict string

// Verdicts.
const (
	Fine    Verdict = "✔"
	Mind    Verdict = "!" // works, and could be better
	Broken  Verdict = "✘"
	Skipped Verdict = "–" // does not apply, or rests on what is broken
)

// Finding is one thing that doctor looked at.
type Finding struct {
	Verdict Verdict
	What    string // "database"
	Found   string // what is the case
	Do      string // what to do about it, "" when there is nothing to do
}

// examination is one doctor's visit.
type examination struct {
	cfg      *config.Config
	clock    musika.Clock
	findings []Finding
}

func (x *examination) add(v Verdict, what, do, format string, args ...any) {
	x.findings = append(x.findings, Finding{v, what, fmt.Sprintf(format, args...), do})
}

// Diagnose looks at everything that the program stands on. It changes nothing:
// a database file that is not there yet is not made.
func Diagnose(ctx context.Context, cfg *config.Config, clock musika.Clock) []Finding {
	if clock == nil {
		clock = musika.SystemClock
	}
	x := &examination{cfg: cfg, clock: clock}
	set := 0
	for _, s := range cfg.Settings() {
		if s.Source != "" && s.Source != "default" {
			set++
		}
	}
	x.add(Fine, "settings", "", "%d set, the others as they come", set)
	x.database(ctx)
	x.channel(ctx)
	x.webhook(ctx)
	return x.findings
}

func (x *examination) database(ctx context.Context) {
	s := x.cfg.Storage
	where := "PostgreSQL"
	if s.DatabaseURL == "" {
		where = "SQLite at " + databasePath(x.cfg)
		if _, err := os.Stat(databasePath(x.cfg)); errors.Is(err, os.ErrNotExist) {
			x.add(Fine, "database", "", "%s, which the first start makes", where)
			return
		}
		if s.SQLiteSynchronous != "FULL" {
			x.add(Mind, "durability", "Set MUSIKA_SQLITE_SYNCHRONOUS=FULL unless you can do without the last moments after a power cut.",
				"SQLite does not wait for the disk")
		}
	}
	d, err := db.Open(ctx, databaseOptions(x.cfg, Options{}))
	if err != nil {
		x.add(Broken, "database", "Check DATABASE_URL and that the server runs and lets this user in.", "%s: %s", where, plainly(err))
		return
	}
	defer d.Close()
	x.add(Fine, "database", "", "%s answers", where)
	state, err := d.MigrationState(ctx)
	switch {
	case err != nil:
		x.add(Broken, "schema", "", "%s", plainly(err))
		return
	case len(state.Pending) > 0:
		x.add(Mind, "schema", "Run `musika migrate`, or start `musika serve`, which does it.", "%d migrations to apply", len(state.Pending))
		return
	}
	x.add(Fine, "schema", "", "up to date (%s)", state.Applied[len(state.Applied)-1])
	x.jobs(ctx, d)
}

// lateJob is how long a job may wait before doctor says that nobody works.
const lateJob = time.Minute

func (x *examination) jobs(ctx context.Context, d *db.DB) {
	counts, err := d.QueueCounts(ctx)
	if err != nil {
		x.add(Broken, "jobs", "", "%s", plainly(err))
		return
	}
	var waiting, given int64
	var oldest time.Duration
	for _, c := range counts {
		switch c.State {
		case "available":
			waiting += c.Count
			oldest = max(oldest, x.clock().Sub(c.Oldest))
		case "discarded":
			given += c.Count
		}
	}
	switch {
	case oldest > lateJob:
		x.add(Mind, "jobs", "Start `musika serve`; if it runs, look at its log and at the number of workers.",
			"%d wait, one for %s already", waiting, oldest.Round(time.Second))
	case given > 0:
		x.add(Mind, "jobs", "Look for their errors in the log of `musika serve`.", "%d were given up in the last days", given)
	default:
		x.add(Fine, "jobs", "", "%d wait", waiting)
	}
}

// plainly is an error in the person's words with its cause, on one line.
func plainly(err error) string {
	text := err.Error()
	if e, ok := errors.AsType[*musika.Error](err); ok {
		text = e.Message
		if e.Err != nil {
			text += " (" + e.Err.Error() + ")"
		}
	}
	return strings.ReplaceAll(strings.TrimSpace(text), "\n", " ")
}

// WriteFindings prints findings for people and reports whether something is
// broken.
func WriteFindings(w io.Writer, findings []Finding) (broken bool) {
	for _, f := range findings {
		fmt.Fprintf(w, "%s %-11s %s\n", f.Verdict, f.What, f.Found)
		if f.Do != "" {
			fmt.Fprintf(w, "  %-11s → %s\n", "", f.Do)
		}
		broken = broken || f.Verdict == Broken
	}
	return broken
}
