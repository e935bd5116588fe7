package bot

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// WhatsApp's limits on what a message shows (cloud-api.md section 2). Whether
// the network counts code points or UTF-16 units is known for the former only,
// so lengths here are UTF-16 units, which are never fewer.
const (
	maxBody        = 1024
	maxHeader      = 60
	maxFooter      = 60
	maxButtons     = 3
	maxButtonTitle = 20
	maxRows        = 10
	maxRowTitle    = 24
	maxRowText     = 72
	maxSection     = 24
	maxListButton  = 20
)

// units is the length of s as the limits above count it.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// cut shortens s to at most limit units, ending in "…" when something was
// dropped. It cuts between characters as a reader sees them: never inside a
// flag, an emoji with its modifiers, or a letter with its marks.
func cut(s string, limit int) string {
	if s = strings.ToValidUTF8(s, ""); units(s) <= limit {
		return s
	}
	end, n := 0, 0
	for at, r := range s {
		if n+units(string(r)) > limit-1 {
			break
		}
		n += units(string(r))
		end = at + utf8.RuneLen(r)
	}
	for end > 0 && !boundary(s, end) {
		_, size := utf8.DecodeLastRuneInString(s[:end])
		end -= size
	}
	return strings.TrimRightFunc(s[:end], unicode.IsSpace) + "…"
}

const (
	joiner       = '\u200d'
	keycap       = '\u20e3'
	firstSkin    = '\U0001F3FB'
	lastSkin     = '\U0001F3FF'
	firstFlag    = '\U0001F1E6'
	lastFlag     = '\U0001F1FF'
	firstTag     = '\U000E0020'
	lastTag      = '\U000E007F'
	rightToLeft  = '\u202e'
	firstEmbed   = '\u202a'
	firstIsolate = '\u2066'
	lastIsolate  = '\u2069'
)

// boundary reports whether s may be cut before byte at. It is a practical
// subset of Unicode's grapheme rules (UAX 29): marks, joiners, skin tones,
// keycaps, tags and pairs of flag letters.
func boundary(s string, at int) bool {
	next, _ := utf8.DecodeRuneInString(s[at:])
	last, _ := utf8.DecodeLastRuneInString(s[:at])
	switch {
	case last == joiner, next == joiner, next == keycap, unicode.In(next, unicode.Mn, unicode.Me, unicode.Mc):
		return false
	case next >= firstSkin && next <= lastSkin, next >= firstTag && next <= lastTag:
		return false
	case isFlag(next):
		letters := 0
		for rest := s[:at]; rest != ""; letters++ {
			r, size := utf8.DecodeLastRuneInString(rest)
			if !isFlag(r) {
				break
			}
			rest = rest[:len(rest)-size]
		}
		return letters%2 == 0
	}
	return true
}

func isFlag(r rune) bool { return r >= firstFlag && r <= lastFlag }

// clean makes one safe line of what somebody else typed: control characters
// and line breaks become spaces, runs of space become one, and the characters
// that turn the direction of text around for all that follows are dropped.
// Right-to-left letters and emoji stay as they are.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= firstEmbed && r <= rightToLeft, r >= firstIsolate && r <= lastIsolate, r == '\ufeff', r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// look-alikes of the characters that WhatsApp reads as formatting.
var plainMarks = strings.NewReplacer("*", "∗", "_", "＿", "~", "∼", "`", "ˋ")

// plain cleans s for a message's body, where *, _, ~ and ` would otherwise
// start bold, italic, struck or fixed-width text.
func plain(s string) string { return plainMarks.Replace(clean(s)) }

// plainLines is plain for a text of several lines.
func plainLines(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		lines = append(lines, plain(line))
	}
	return strings.Join(lines, "\n")
}

// bold makes a plain text bold.
func bold(s string) string {
	if s = plain(s); s == "" {
		return ""
	}
	return "*" + s + "*"
}

// fill puts values into the {name}s of a text, in one pass: a value that
// itself contains braces stays as it is.
func fill(text string, args []any) string {
	if len(args) == 0 {
		return text
	}
	pairs := make([]string, len(args))
	for i, a := range args {
		pairs[i] = toText(a)
		if i%2 == 0 {
			pairs[i] = "{" + pairs[i] + "}"
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// fitLines joins lines while they fit into limit units; when they do not, the
// rest is replaced by what more says of their number.
func fitLines(lines []string, limit int, more func(n int) string) string {
	all := strings.Join(lines, "\n")
	if units(all) <= limit {
		return all
	}
	used := 0
	for i, line := range lines {
		tail := more(len(lines) - i)
		next := used + units(line) + 1
		if next+units(tail) > limit {
			return strings.Join(append(lines[:i:i], tail), "\n")
		}
		used = next
	}
	return cut(all, limit)
}

// paragraphs joins the parts that are not empty with an empty line between.
func paragraphs(parts ...string) string {
	kept := parts[:0:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "\n\n")
}

// dots joins the parts that are not empty with " · ".
func dots(parts ...string) string {
	kept := parts[:0:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " · ")
}
