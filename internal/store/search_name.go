package store

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// SearchName brings a name to the form in which words are compared: lower
// case, without accents, letters and digits only, words set apart by one
// space. "Café-Crème 2L!" is "cafe creme 2l".
func SearchName(name string) string {
	var b strings.Builder
	b.Grow(len(name))
	gap := false
	for _, r := range norm.NFKD.String(name) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(unicode.ToLower(r))
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’': // an accent, or within a word
		default:
			gap = true
		}
	}
	return b.String()
}
