package db

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/musika/musika"
)

// bind brings arguments to the few types that both drivers take alike: nil,
// string, int64, float64, bool, []byte and time.Time. Pointers are followed,
// named types lose their name, times become musika.Instant. Text that
// Postgres could not store is refused on both engines.
func bind(args []any) ([]any, error) {
	if len(args) == 0 {
		return nil, nil
	}
	out := make([]any, len(args))
	for i, a := range args {
		v, err := bindOne(a)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func bindOne(a any) (any, error) {
	switch v := a.(type) {
	case nil, bool, int64, float64:
		return v, nil
	case string:
		return bindText(v)
	case int:
		return int64(v), nil
	case []byte:
		if v == nil {
			return nil, nil
		}
		return v, nil
	case json.RawMessage:
		if v == nil {
			return nil, nil
		}
		return bindText(string(v))
	case time.Time:
		return musika.Instant(v), nil
	case *time.Time:
		if v == nil {
			return nil, nil
		}
		return musika.Instant(*v), nil
	}
	r := reflect.ValueOf(a)
	if r.Kind() == reflect.Pointer && r.IsNil() {
		return nil, nil
	}
	if v, ok := a.(driver.Valuer); ok {
		inner, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("binding an argument: %w", err)
		}
		return bindOne(inner)
	}
	switch r.Kind() {
	case reflect.Pointer:
		return bindOne(r.Elem().Interface())
	case reflect.String:
		return bindText(r.String())
	case reflect.Bool:
		return r.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if u := r.Uint(); u <= 1<<63-1 {
			return int64(u), nil
		}
		return nil, musika.Errorf(musika.CodeInvalid, "A number is larger than can be stored.")
	case reflect.Float32, reflect.Float64:
		return r.Float(), nil
	case reflect.Slice:
		if r.Type().Elem().Kind() == reflect.Uint8 {
			return bindOne(r.Bytes())
		}
	}
	return nil, fmt.Errorf("an argument of type %T cannot be bound; encode it with db.JSON or convert it", a)
}

func bindText(s string) (any, error) {
	if !validText(s) {
		return nil, musika.Errorf(musika.CodeInvalid, "The text contains characters that cannot be stored.")
	}
	return s, nil
}

// validText reports whether both engines can hold s: UTF-8 without NUL.
func validText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// sqliteTimes are the forms in which SQLite expressions give times back.
var sqliteTimes = []string{"2006-01-02 15:04:05.999999999-07:00", time.RFC3339Nano, "2006-01-02 15:04:05.999999999"}

// timeFrom reads what a driver delivers for a time. SQLite knows the type of
// a column but not of an expression such as MAX(created_at), which is text.
func timeFrom(src any) (time.Time, error) {
	switch v := src.(type) {
	case time.Time:
		return musika.Instant(v), nil
	case string:
		for _, layout := range sqliteTimes {
			if t, err := time.Parse(layout, v); err == nil {
				return musika.Instant(t), nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("a time column came as %T", src)
}

// timeScanner scans into a *time.Time, nullTimeScanner into a **time.Time.
type timeScanner struct{ dest *time.Time }

func (s timeScanner) Scan(src any) (err error) {
	*s.dest, err = timeFrom(src)
	return err
}

type nullTimeScanner struct{ dest **time.Time }

func (s nullTimeScanner) Scan(src any) error {
	if src == nil {
		*s.dest = nil
		return nil
	}
	t, err := timeFrom(src)
	*s.dest = &t
	return err
}

// scanTimes replaces the destinations of times by scanners that read them
// alike on both engines.
func scanTimes(dest []any) []any {
	for i, d := range dest {
		switch p := d.(type) {
		case *time.Time:
			dest[i] = timeScanner{p}
		case **time.Time:
			dest[i] = nullTimeScanner{p}
		}
	}
	return dest
}
