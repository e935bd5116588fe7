package bot

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/musika/musika"
)

// catalogue holds the texts of one language by key. {name}s are filled in by
// T; a text keeps its limits whatever is filled in, because messages are cut
// to size afterwards.
type catalogue map[string]string

// catalogues has one entry per language. English is complete; what another
// lacks is said in English, and a test lists what that is.
var catalogues = map[musika.Language]catalogue{
	musika.English:   english,
	musika.Shona:     shona,
	musika.Zulu:      zulu,
	musika.Afrikaans: afrikaans,
}

// joined is all of several parts of a catalogue.
func joined(parts ...catalogue) catalogue {
	all := catalogue{}
	for _, p := range parts {
		maps.Copy(all, p)
	}
	return all
}

// languageNames is what each language calls itself.
var languageNames = map[musika.Language]string{
	musika.English:   "English",
	musika.Shona:     "chiShona",
	musika.Zulu:      "isiZulu",
	musika.Afrikaans: "Afrikaans",
}

// voice says things in one language, through one channel.
type voice struct {
	lang   musika.Language
	prefix string // of commands, for texts that name one
	footer string // last line of every message
}

// T returns the text of key with args, pairs of name and value, filled in.
// Amounts are written as the language writes them.
func (v voice) T(key string, args ...any) string {
	text, ok := catalogues[v.lang][key]
	if !ok {
		if text, ok = english[key]; !ok {
			return key
		}
	}
	filled := make([]any, 0, len(args)+2)
	for _, a := range args {
		if m, ok := a.(musika.Money); ok {
			a = m.Format(v.lang)
		}
		filled = append(filled, a)
	}
	return fill(text, append(filled, "p", v.prefix))
}

// N returns the text of key for a number of things: key.one or key.other,
// with {n} filled in.
func (v voice) N(key string, n int, args ...any) string {
	form := ".other"
	if n == 1 {
		form = ".one"
	}
	return v.T(key+form, append([]any{"n", n}, args...)...)
}

// sum adds amounts up, each currency by itself: a store may have changed its
// own since.
func (v voice) sum(all []musika.Money) string {
	var sums []musika.Money
	for _, m := range all {
		i := slices.IndexFunc(sums, func(s musika.Money) bool { return s.Currency == m.Currency })
		if i < 0 {
			sums = append(sums, m)
			continue
		}
		sums[i] = sums[i].Add(m)
	}
	parts := make([]string, len(sums))
	for i, m := range sums {
		parts[i] = m.Format(v.lang)
	}
	return strings.Join(parts, " + ")
}

func toText(a any) string {
	switch a := a.(type) {
	case string:
		return a
	case int:
		return strconv.Itoa(a)
	}
	return fmt.Sprint(a)
}

// hour writes the time of day in a place.
func (v voice) hour(t time.Time, zone *time.Location) string { return t.In(zone).Format("15:04") }

// date writes a day, and the year when it is not this one.
func (v voice) date(t, now time.Time, zone *time.Location) string {
	local := t.In(zone)
	s := strconv.Itoa(local.Day()) + " " + v.lang.Month(local.Month())
	if local.Year() != now.In(zone).Year() {
		s += " " + strconv.Itoa(local.Year())
	}
	return s
}

// when writes a moment: the time of day if it is today, else the date too.
func (v voice) when(t, now time.Time, zone *time.Location) string {
	a, b := t.In(zone), now.In(zone)
	if a.YearDay() == b.YearDay() && a.Year() == b.Year() {
		return v.hour(t, zone)
	}
	return v.date(t, now, zone) + ", " + v.hour(t, zone)
}

// minuteOfDay writes minutes after midnight as a time of day.
func minuteOfDay(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }

// stars writes a rating with one decimal.
func (v voice) stars(rating float64) string {
	s := strconv.FormatFloat(rating, 'f', 1, 64)
	if v.lang == musika.Afrikaans {
		s = strings.Replace(s, ".", ",", 1)
	}
	return "★ " + s
}
