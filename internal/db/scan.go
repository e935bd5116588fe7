package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/musika/musika"
)

// ScanFunc reads one row through scan.
type ScanFunc[T any] func(scan func(dest ...any) error) (T, error)

// All returns every row of a query.
func All[T any](ctx context.Context, tx Tx, scan ScanFunc[T], query string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("scanning a row: %w", err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// Maybe returns the first row of a query, and false when there is none.
func Maybe[T any](ctx context.Context, tx Tx, scan ScanFunc[T], query string, args ...any) (T, bool, error) {
	all, err := All(ctx, tx, scan, query, args...)
	if err != nil || len(all) == 0 {
		var zero T
		return zero, false, err
	}
	return all[0], true, nil
}

// One returns the first row of a query; when there is none it returns a
// CodeNotFound error that names what.
func One[T any](ctx context.Context, tx Tx, what string, scan ScanFunc[T], query string, args ...any) (T, error) {
	v, ok, err := Maybe(ctx, tx, scan, query, args...)
	if err == nil && !ok {
		err = musika.Errorf(musika.CodeNotFound, "There is no such %s.", what)
	}
	return v, err
}

// Value scans a row of one column.
func Value[T any](scan func(dest ...any) error) (T, error) {
	var v T
	err := scan(&v)
	return v, err
}

// OrZero scans a column that may be NULL: NULL becomes T's zero value.
func OrZero[T any](dest *T) sql.Scanner { return &orZero[T]{dest} }

type orZero[T any] struct{ dest *T }

func (o *orZero[T]) Scan(src any) error {
	if at, ok := any(o.dest).(*time.Time); ok && src != nil {
		return timeScanner{at}.Scan(src)
	}
	var n sql.Null[T]
	if err := n.Scan(src); err != nil {
		return err
	}
	*o.dest = n.V
	return nil
}

// NullIfZero is the argument for a column that may be NULL: T's zero value
// becomes NULL.
func NullIfZero[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// JSON is the argument for a JSON column. Both engines take it as text.
func JSON(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encoding a JSON column: %w", err)
	}
	return string(b), nil
}

// FromJSON scans a JSON column into dest; NULL leaves it as it is.
func FromJSON(dest any) sql.Scanner { return fromJSON{dest} }

type fromJSON struct{ dest any }

func (f fromJSON) Scan(src any) error {
	switch s := src.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(s), f.dest)
	case []byte:
		return json.Unmarshal(s, f.dest)
	}
	return fmt.Errorf("a JSON column came as %T", src)
}
