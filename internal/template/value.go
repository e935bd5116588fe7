package template

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/musika/musika"
)

// Value is what one variable stands for. It knows its kind, so that a date is
// never put where an amount belongs.
type Value struct {
	name string
	kind musika.VariableKind
	text string // words, digits, currency, address; dayOnly of a date without a time
	n    int64  // minor units; microseconds since 1970
}

// Values are what is filled in, each variable once; of several of one name the
// first counts. A slice, as templates have few variables and are rendered often.
type Values []Value

// get returns the value of a variable, nil when there is none.
func (v Values) get(name string) *Value {
	for i := range v {
		if v[i].name == name {
			return &v[i]
		}
	}
	return nil
}

// String gives variable name a text.
func String(name, s string) Value {
	return Value{name: name, kind: musika.VariableText, text: s}
}

// Number gives variable name a whole number.
func Number(name string, n int64) Value {
	return Value{name: name, kind: musika.VariableNumber, text: strconv.FormatInt(n, 10)}
}

// Money gives variable name an amount; without a currency it is in the
// merchant's.
func Money(name string, m musika.Money) Value {
	return Value{name: name, kind: musika.VariableMoney, text: string(m.Currency), n: m.Amount}
}

// Time gives variable name a moment, written with its time of day.
func Time(name string, t time.Time) Value {
	return Value{name: name, kind: musika.VariableDate, n: t.UnixMicro()}
}

const dayOnly = "day"

// Day gives variable name a day of the calendar, t's in t's own zone, written
// without a time.
func Day(name string, t time.Time) Value {
	y, m, d := t.Date()
	return Value{name: name, kind: musika.VariableDate, text: dayOnly, n: time.Date(y, m, d, 0, 0, 0, 0, time.UTC).UnixMicro()}
}

// URL gives variable name a full web address, or the variable end of one.
func URL(name, s string) Value { return Value{name: name, kind: musika.VariableURL, text: s} }

// Phone gives variable name a telephone number.
func Phone(name string, p musika.Phone) Value {
	return Value{name: name, kind: musika.VariablePhone, text: string(p)}
}

// Name is the variable's name.
func (v Value) Name() string { return v.name }

// Kind is the value's kind.
func (v Value) Kind() musika.VariableKind { return v.kind }

// missing reports whether there is no value, or nothing to show: Meta refuses an empty
// parameter, and a hole in a sentence helps nobody.
func (v *Value) missing() bool {
	switch {
	case v == nil:
		return true
	case v.text != "" && v.text[0] > ' ' && v.text[0] < 0x7f: // nearly always: a letter, a digit, a currency
		return false
	case v.kind == musika.VariableMoney || v.kind == musika.VariableDate:
		return false
	}
	return v.kind == "" || blank(v.text)
}

// blank reports whether s has nothing that can be seen.
func blank(s string) bool {
	for _, r := range s {
		if !invisible(r) {
			return false
		}
	}
	return true
}

var decimal = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,6})?$`)

// kindForm says how a kind is written in examples, defaults and JSON.
var kindForm = map[musika.VariableKind]string{
	musika.VariableText:   "a text",
	musika.VariableNumber: "a number such as 3 or 1250.5",
	musika.VariableMoney:  `an amount such as "12.50", or {"amount": 1250, "currency": "USD"} in cents`,
	musika.VariableDate:   "a day such as 2026-11-23, or a moment such as 2026-11-23T15:04:00+02:00",
	musika.VariableURL:    "a full address that starts with https://, or the end of one in a button's address",
	musika.VariablePhone:  "a number such as +263771234567",
}

// ParseValue reads a value of a kind that is written as text, as examples,
// defaults and the values of an API call are. Amounts are in major units of
// the merchant's currency. The error is a *musika.Error with CodeInvalid.
func ParseValue(name string, kind musika.VariableKind, s string) (Value, error) {
	bad := musika.Errorf(musika.CodeInvalid, "%q is not %s.", shorten(s), kindForm[kind])
	trimmed := strings.TrimSpace(s)
	switch kind {
	case musika.VariableText:
		if len(s) > MaxSource {
			return Value{}, musika.Errorf(musika.CodeTooLarge, "A value may have %d bytes at most.", MaxSource)
		}
		return String(name, s), nil
	case musika.VariableNumber:
		if decimal.MatchString(trimmed) {
			return Value{name: name, kind: kind, text: trimmed}, nil
		}
	case musika.VariableMoney:
		if cents, ok := parseCents(trimmed); ok {
			return Money(name, musika.Money{Amount: cents}), nil
		}
	case musika.VariableDate:
		if t, err := time.Parse(time.DateOnly, trimmed); err == nil && shownYear(t) {
			return Day(name, t), nil
		}
		if t, err := time.Parse(time.RFC3339, trimmed); err == nil && shownYear(t) {
			return Time(name, t), nil
		}
	case musika.VariableURL:
		if trimmed != "" && len(trimmed) <= maxAddress && !strings.ContainsFunc(trimmed, func(r rune) bool { return r <= ' ' || invisible(r) }) {
			return URL(name, trimmed), nil
		}
	case musika.VariablePhone:
		if p, err := musika.ParsePhone(trimmed); err == nil {
			return Phone(name, p), nil
		}
	default:
		return Value{}, musika.Errorf(musika.CodeInvalid, "There is no kind of variable %q.", shorten(string(kind)))
	}
	return Value{}, bad
}

// shownYear keeps dates within what four digits write.
func shownYear(t time.Time) bool { return t.Year() >= 1000 && t.Year() <= 9999 }

// parseCents reads an amount in major units with at most two decimals.
func parseCents(s string) (int64, bool) {
	if !decimal.MatchString(s) {
		return 0, false
	}
	whole, fraction, _ := strings.Cut(s, ".")
	if len(fraction) > 2 {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+fraction+"00"[len(fraction):], 10, 64)
	return n, err == nil && n <= musika.MaxAmount && n >= -musika.MaxAmount
}

// webAddress reports whether s is a full http or https address.
func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// ParseValues reads the values of an API call, by the kinds that declared
// gives. Names that are not declared are refused. The error is a *musika.Error
// that names everything wrong, each at /variables/<name>; values that are
// missing are told by rendering.
func ParseValues(declared []musika.TemplateVariable, raw map[string]json.RawMessage) (Values, error) {
	if len(raw) > MaxDeclared {
		return nil, musika.Errorf(musika.CodeTooLarge, "There are %d values, and a template has %d variables at most.", len(raw), MaxDeclared)
	}
	out := make(Values, 0, len(raw))
	var f faults
	kinds := make(map[string]musika.VariableKind, len(declared))
	for _, d := range declared {
		kinds[d.Name] = d.Kind
	}
	for name, value := range raw {
		kind, ok := kinds[name]
		if !ok {
			f.add(shorten(name), "is no variable of this template; leave it out")
			continue
		}
		v, err := parseJSON(name, kind, value)
		if err != nil {
			f.add(name, "is not %s", kindForm[kind])
			continue
		}
		out = append(out, v)
	}
	return out, f.err()
}

func parseJSON(name string, kind musika.VariableKind, raw json.RawMessage) (Value, error) {
	raw = bytes.TrimSpace(raw)
	if bytes.Equal(raw, []byte("null")) {
		return Value{}, nil // as if it were left out
	}
	if kind == musika.VariableMoney && len(raw) > 0 && raw[0] == '{' {
		var m musika.Money
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(&m); err != nil {
			return Value{}, err
		}
		if m.Currency != "" && !m.Currency.Valid() && m.Currency != musika.ZWL || m.Amount > musika.MaxAmount || m.Amount < -musika.MaxAmount {
			return Value{}, musika.Errorf(musika.CodeInvalid, "The amount cannot be shown.")
		}
		return Money(name, m), nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		if kind != musika.VariableNumber && kind != musika.VariableMoney {
			return Value{}, err
		}
		s = string(raw) // a JSON number, as it is written
	}
	return ParseValue(name, kind, s)
}

// faults collects what is wrong with values, each variable once.
type faults struct{ list []musika.FieldError }

func (f *faults) add(name, format string, args ...any) {
	field := "/variables/" + name
	for _, e := range f.list {
		if e.Field == field {
			return
		}
	}
	f.list = append(f.list, musika.FieldError{Field: field, Message: fmt.Sprintf(format, args...)})
}

// err is one error that names every variable at fault, or nil.
func (f *faults) err() error {
	if f == nil || len(f.list) == 0 {
		return nil
	}
	slices.SortFunc(f.list, func(a, b musika.FieldError) int { return strings.Compare(a.Field, b.Field) })
	all := make([]string, len(f.list))
	for i, e := range f.list {
		all[i] = strings.TrimPrefix(e.Field, "/variables/") + " " + e.Message
	}
	return &musika.Error{Code: musika.CodeInvalid, Fields: f.list,
		Message: "The template cannot be filled in: " + strings.Join(all, "; ") + "."}
}
