package template

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/musika/musika"
)

// Env is for whom and where something is written.
type Env struct {
	Language musika.Language
	Currency musika.Currency // of amounts that name none: the merchant's
	Zone     *time.Location  // of moments: the merchant's; nil is UTC
	Now      time.Time       // today's moments are written without the day, this year's days without the year; zero: always in full
}

// style is what may stand in the place that a value goes to.
type style int

const (
	lines   style = iota // words with line breaks: bodies and captions
	oneLine              // words without: headers, labels, rows
	param                // a parameter of Meta's: one line, and no long runs of spaces
	address              // inside a web address: percent-encoded
	whole                // a web address as a whole
)

// shield stands beside WhatsApp's formatting marks in values. A mark formats
// when it opens before a character that is no space, outside a word, and
// closes the same way round; U+FEFF takes no width, is not part of a word, and
// is a space to programs that go by ECMAScript's \s. So a mark between two of
// them neither opens nor closes: as no word and no space it is not at a word's
// edge, as a space it has one on its inner side. The mark itself stays the
// character typed.
const shield = "\ufeff"

// special are the bytes that need a look when a value is written: marks,
// control characters, and the first bytes of characters that cannot be seen or
// turn the direction of the text.
var special = func() (t [256]bool) {
	for c := range 0x20 {
		t[c] = true
	}
	for _, c := range []byte{'*', '_', '~', '`', 0x7f, 0xc2, 0xe2, 0xef} {
		t[c] = true
	}
	return t
}()

// turns reports whether r changes the direction of all text after it.
func turns(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// invisible reports whether r shows nothing.
func invisible(r rune) bool {
	switch {
	case r <= ' ', r >= 0x7f && r <= 0xa0, r == 0xad, r == '\ufeff', r == '\u3000', r == '\u1680', r == '\u180e', turns(r):
		return true
	}
	return r >= '\u2000' && r <= '\u200f' || r == '\u2028' || r == '\u2029' || r == '\u202f' || r == '\u205f' || r >= '\u2060' && r <= '\u2064'
}

// appendValue writes v into b.
func (e *Env) appendValue(b []byte, v *Value, s style) []byte {
	if v.kind == musika.VariableText && s < address { // most values
		return appendWords(b, v.text, s)
	}
	switch v.kind {
	case musika.VariableMoney:
		m := musika.Money{Amount: v.n, Currency: musika.Currency(v.text)}
		if m.Currency == "" {
			m.Currency = e.Currency
		}
		return m.AppendFormat(b, e.Language)
	case musika.VariableNumber:
		var digits [32]byte
		return e.Language.AppendNumber(b, append(digits[:0], v.text...))
	case musika.VariableDate:
		return e.appendDate(b, v)
	case musika.VariablePhone:
		return append(b, v.text...)
	case musika.VariableURL:
		return appendAddress(b, v.text)
	}
	if s == address {
		return appendEscaped(b, v.text)
	}
	return append(b, v.text...)
}

// appendDate writes a day as "23 Nov" and a moment of another day than today
// as "23 Nov, 15:04".
func (e *Env) appendDate(b []byte, v *Value) []byte {
	zone := e.Zone
	if zone == nil {
		zone = time.UTC
	}
	t, now := time.UnixMicro(v.n), e.Now.In(zone)
	if v.text == dayOnly {
		t = t.UTC()
	} else {
		t = t.In(zone)
		if !e.Now.IsZero() && t.YearDay() == now.YearDay() && t.Year() == now.Year() {
			return appendClock(b, t)
		}
	}
	b = strconv.AppendInt(b, int64(t.Day()), 10)
	b = append(b, ' ')
	b = append(b, e.Language.Month(t.Month())...)
	if e.Now.IsZero() || t.Year() != now.Year() {
		b = append(b, ' ')
		b = strconv.AppendInt(b, int64(t.Year()), 10)
	}
	if v.text != dayOnly {
		b = append(b, ", "...)
		b = appendClock(b, t)
	}
	return b
}

// appendClock writes the time of day, as 15:04.
func appendClock(b []byte, t time.Time) []byte {
	hour, minute, _ := t.Clock()
	return append(b, byte('0'+hour/10), byte('0'+hour%10), ':', byte('0'+minute/10), byte('0'+minute%10))
}

// appendWords writes words that somebody else typed, as they were typed:
// marks are shielded, invalid bytes become U+FFFD, control characters and those
// that turn the direction of text are dropped, and line breaks become spaces
// where they cannot be shown.
func appendWords(b []byte, s string, st style) []byte {
	if harmless(s) && !lineStart(b) && (st != param || !strings.Contains(s, "  ")) {
		return append(b, s...)
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	start := len(b)
	if lineStart(b) && block(s) > 0 {
		b = append(b, shield...)
	}
	for at := 0; at < len(s); {
		c := s[at]
		if !special[c] {
			from := at
			for at++; at < len(s) && !special[s[at]]; at++ {
			}
			b = append(b, s[from:at]...)
			continue
		}
		switch {
		case c == '*' || c == '_' || c == '~' || c == '`':
			if inWord(s, at) {
				b = append(b, c)
			} else {
				b = append(append(append(b, shield...), c), shield...)
			}
			at++
		case c == '\n' || c == '\r' || strings.HasPrefix(s[at:], "\u2028") || strings.HasPrefix(s[at:], "\u2029"):
			_, size := utf8.DecodeRuneInString(s[at:])
			if strings.HasPrefix(s[at:], "\r\n") {
				size = 2
			}
			at += size
			if st != lines {
				b = append(b, ' ')
				continue
			}
			b = append(b, '\n')
			if block(s[at:]) > 0 {
				b = append(b, shield...)
			}
		case c == '\t':
			b = append(b, ' ')
			at++
		default:
			r, size := utf8.DecodeRuneInString(s[at:])
			if r >= ' ' && r != 0x7f && (r < 0x80 || r >= 0xa0) && !turns(r) {
				b = append(b, s[at:at+size]...)
			}
			at += size
		}
	}
	if st == param {
		return squeeze(b, start)
	}
	return b
}

// harmless reports whether s is ASCII without anything that needs a look, as
// most values are.
func harmless(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || special[c] {
			return false
		}
	}
	return true
}

// squeeze makes each run of spaces in b[start:] one: Meta refuses values with
// more than four in a row.
func squeeze(b []byte, start int) []byte {
	if !bytes.Contains(b[start:], []byte("  ")) {
		return b
	}
	out := b[:start]
	for i, c := range b[start:] {
		if c != ' ' || i == 0 || b[start+i-1] != ' ' {
			out = append(out, c)
		}
	}
	return out
}

// inWord reports whether the mark at s[at] stands between two letters or
// digits, where it formats nothing. Letters beyond ASCII count as none: they
// get a shield they may not need.
func inWord(s string, at int) bool {
	return s[at] != '`' && at > 0 && at+1 < len(s) && alphanumeric(s[at-1]) && alphanumeric(s[at+1])
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func lineStart(b []byte) bool { return len(b) == 0 || b[len(b)-1] == '\n' }

// block returns the length of what makes s a quote, a bullet or a numbered
// line at the start of a line, 0 when it is none.
func block(s string) int {
	digits := 0
	for digits < len(s) && digits < 4 && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	switch {
	case digits > 0 && strings.HasPrefix(s[digits:], ". "):
		return digits + 2
	case digits == 0 && (strings.HasPrefix(s, "> ") || strings.HasPrefix(s, "- ")):
		return 2
	}
	return 0
}

const hexDigits = "0123456789ABCDEF"

// appendEscaped writes s into an address so that it is one piece of it, as RFC
// 3986 section 2 percent-encodes.
func appendEscaped(b []byte, s string) []byte {
	s = strings.ToValidUTF8(s, "\uFFFD")
	for i := range len(s) {
		if c := s[i]; alphanumeric(c) || c == '-' || c == '.' {
			b = append(b, c)
		} else {
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return b
}

// appendAddress writes a web address, or an end of one. Marks at the edge of a
// word are percent-encoded, which names the same thing (RFC 3986 section 6.2.2.2)
// and formats nothing; so is what no address may hold.
func appendAddress(b []byte, s string) []byte {
	s = strings.ToValidUTF8(s, "\uFFFD")
	for i := range len(s) {
		c := s[i]
		mark := c == '*' || c == '_' || c == '~' || c == '`'
		if mark && !inWord(s, i) || c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '{' || c == '}' || c == '\\' || c == '^' || c == '|' {
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
		} else {
			b = append(b, c)
		}
	}
	return b
}
