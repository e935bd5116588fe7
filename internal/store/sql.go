package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

// where builds the conditions of a query with optional filters.
type where struct {
	sql  strings.Builder
	args []any
}

// and adds a condition. Each "?" in it takes the next of args.
func (w *where) and(condition string, args ...any) {
	w.sql.WriteString([]string{" WHERE ", " AND "}[min(w.sql.Len(), 1)])
	for _, part := range strings.SplitAfter(condition, "?") {
		cut, holds := strings.CutSuffix(part, "?")
		w.sql.WriteString(cut)
		if holds {
			w.sql.WriteString(w.arg(args[0]))
			args = args[1:]
		}
	}
}

// arg adds an argument and returns its placeholder.
func (w *where) arg(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
}

// in adds "column IN (values)"; no values match no row.
func in[T any](w *where, column string, values []T) {
	if len(values) == 0 {
		w.and("1 = 0")
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	w.and(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}

// maxParameters is how many arguments one statement carries: SQLite takes
// 32,766, Postgres 65,535.
const maxParameters = 30_000

// insertRows runs one INSERT for many rows of equal width, in as few
// statements as the engines allow. head ends with VALUES.
func insertRows(ctx context.Context, tx db.Tx, head string, rows [][]any) error {
	for len(rows) > 0 {
		n := min(len(rows), max(1, maxParameters/len(rows[0])))
		var w where
		w.sql.WriteString(head)
		for i, row := range rows[:n] {
			w.sql.WriteString([]string{" (", ", ("}[min(i, 1)])
			for j, v := range row {
				if j > 0 {
					w.sql.WriteString(", ")
				}
				w.sql.WriteString(w.arg(v))
			}
			w.sql.WriteString(")")
		}
		if _, err := tx.Exec(ctx, w.sql.String(), w.args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// changed turns "no row was changed" into a CodeNotFound error that names what.
func changed(n int64, err error, what string) error {
	if err == nil && n == 0 {
		return musika.Errorf(musika.CodeNotFound, "There is no such %s.", what)
	}
	return err
}

// nullPoint returns the two arguments for a place that may be absent.
func nullPoint(p *musika.Point) (latitude, longitude any) {
	if p == nil {
		return nil, nil
	}
	return p.Latitude, p.Longitude
}

// point returns the place of two columns that may be NULL.
func point(latitude, longitude *float64) *musika.Point {
	if latitude == nil || longitude == nil {
		return nil
	}
	return &musika.Point{Latitude: *latitude, Longitude: *longitude}
}

// microseconds is n of the smallest steps of time that both engines keep.
func microseconds(n int) time.Duration { return time.Duration(n) * time.Microsecond }
