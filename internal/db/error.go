package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/musika/musika"
)

// ConstraintError is the cause inside the musika.Error of a statement that the
// schema refused. Both engines fill it alike, except for Name.
type ConstraintError struct {
	Kind    string   // "unique", "foreign key", "check" or "not null"
	Table   string   // empty where the engine does not tell
	Columns []string // of a unique or not-null constraint
	Name    string   // the engine's name of the constraint, for the log
	Err     error    // what the driver said
}

func (e *ConstraintError) Error() string {
	return fmt.Sprintf("%s constraint %s on %s(%s): %v", e.Kind, e.Name, e.Table, strings.Join(e.Columns, ", "), e.Err)
}

func (e *ConstraintError) Unwrap() error { return e.Err }

// IsUnique reports whether err says that a row of table with the same columns
// exists already.
func IsUnique(err error, table string, columns ...string) bool {
	e, ok := errors.AsType[*ConstraintError](err)
	return ok && e.Kind == "unique" && e.Table == table && slices.Equal(e.Columns, columns)
}

// constraint makes the error of a constraint for the person who asked.
func constraint(c *ConstraintError) error {
	switch c.Kind {
	case "unique":
		return musika.Errorf(musika.CodeConflict, "There is one with the same %s already.", plain(c.Columns)).Wrap(c)
	case "foreign key":
		return musika.Errorf(musika.CodeConflict, "Something it belongs to is gone, or something else still needs it.").Wrap(c)
	case "not null":
		return musika.Errorf(musika.CodeInvalid, "The %s is missing.", plain(c.Columns)).Wrap(c)
	}
	return musika.Errorf(musika.CodeInvalid, "A value is outside of what is allowed.").Wrap(c)
}

func plain(columns []string) string {
	if len(columns) == 0 {
		return "key"
	}
	return strings.ReplaceAll(strings.Join(columns, " and "), "_", " ")
}

// common translates the errors that do not come from a driver. It reports
// false for those that it does not know.
func common(err error) (translated error, known bool) { //nolint:revive // the error is the result here
	if err == nil {
		return nil, true
	}
	if _, ok := errors.AsType[*musika.Error](err); ok {
		return err, true
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return musika.Errorf(musika.CodeUnavailable, "The database took too long to answer. Please try again in a moment.").Wrap(err), true
	case errors.Is(err, context.Canceled):
		return musika.Errorf(musika.CodeUnavailable, "The request was given up before it was done.").Wrap(err), true
	}
	return err, false
}

func internal(err error) error {
	return musika.Errorf(musika.CodeInternal, "The database refused a statement.").Wrap(err)
}

func unavailable(err error, format string, args ...any) error {
	return musika.Errorf(musika.CodeUnavailable, format, args...).Wrap(err)
}

func serialization(err error) error {
	return musika.Errorf(musika.CodeSerialization, "Someone else changed the same thing at the same moment. Please try again.").Wrap(err)
}
