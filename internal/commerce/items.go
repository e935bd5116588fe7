package commerce

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Request is one item that a person asked for.
type Request struct {
	Words    string // what to look for, lower case, without accents
	Quantity int    // as said: zero, negative or absurdly large is for AddToCart to refuse with words
	And      bool   // joined to the item before by "and", without a quantity of its own
}

const (
	longestText = 2000 // bytes that are read of a message
	mostItems   = 50   // that are taken from one message
)

// ParseItems reads what a person wants to buy from plain words in English,
// Shona, isiZulu or Afrikaans: "I want 2 sadza and a coke", "sadza x2,
// chicken", "sadza mbiri". Whether it means anything to a store is for Resolve
// to say.
func ParseItems(text string) []Request {
	var out []Request
	for _, clause := range clauses(text) {
		for _, piece := range joinedPieces(clause) {
			for i, tokens := range splitAtQuantities(trimFillers(piece.tokens)) {
				r, quantified := readItem(tokens)
				switch {
				case r.Words == "" && quantified && len(out) > 0 && piece.alone:
					out[len(out)-1].Quantity = r.Quantity // "sadza, 2"
				case r.Words != "":
					r.And = piece.and && i == 0 && !quantified && len(out) > 0
					out = append(out, r)
				}
				if len(out) == mostItems {
					return out
				}
			}
		}
	}
	return out
}

// clauses splits a text at punctuation and line ends, and each part into
// words: lower case, without accents and outer punctuation. A dot or comma
// within a number stays.
func clauses(text string) [][]string {
	text = strings.ToValidUTF8(text[:min(len(text), longestText)], "")
	var out [][]string
	var words []string
	var word strings.Builder
	endWord := func() {
		w := strings.TrimRight(word.String(), "'-.")
		w = strings.TrimLeft(w, "'.")
		if cut, negative := strings.CutPrefix(w, "-"); negative && !isNumber(cut) {
			w = strings.TrimLeft(cut, "-'.")
		}
		if w != "" {
			words = append(words, w)
		}
		word.Reset()
	}
	endClause := func() {
		endWord()
		if len(words) > 0 {
			out = append(out, words)
			words = nil
		}
	}
	runes := []rune(strings.ToLower(norm.NFKD.String(text)))
	for i, r := range runes {
		inNumber := i > 0 && i+1 < len(runes) && isDigit(runes[i-1]) && isDigit(runes[i+1])
		switch {
		case unicode.Is(unicode.M, r): // an accent, or the frame of a digit emoji
		case r == '’' || r == '\'' || r == '`':
			word.WriteByte('\'')
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '.' && inNumber, r == ',' && inNumber:
			word.WriteRune(r)
		case r == '×' || r == '*':
			word.WriteByte('x')
		case strings.ContainsRune("\n\r,;+&.!?", r):
			endClause()
		default:
			endWord()
		}
	}
	endClause()
	return out
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// isNumber reports whether w is digits alone.
func isNumber(w string) bool {
	return w != "" && strings.Trim(w, "0123456789") == ""
}

// piece is a run of words between connectors.
type piece struct {
	tokens []string
	and    bool // a connecting word comes before it
	alone  bool // the only piece of its clause
}

// joinedPieces splits a clause at words for "and". "no" connects in isiZulu
// and denies in English ("no onions"): it connects before a quantity only.
func joinedPieces(tokens []string) []piece {
	var out []piece
	start := 0
	for i, w := range tokens {
		if !connectors[w] {
			continue
		}
		if _, used, _ := readQuantity(tokens[i+1:]); w == "no" && used == 0 {
			continue
		}
		if i > start {
			out = append(out, piece{tokens: tokens[start:i], and: start > 0})
		}
		start = i + 1
	}
	if start < len(tokens) {
		out = append(out, piece{tokens: tokens[start:], and: start > 0})
	}
	if len(out) == 1 {
		out[0].alone = true
	}
	return out
}

// trimFillers drops what surrounds the items: "can i get … please".
func trimFillers(tokens []string) []string {
	for again := true; again; {
		again = false
		for _, f := range fillersBefore {
			if hasPrefix(tokens, f) {
				tokens, again = tokens[len(f):], true
			}
		}
		for _, f := range fillersAfter {
			if len(tokens) >= len(f) && hasPrefix(tokens[len(tokens)-len(f):], f) {
				tokens, again = tokens[:len(tokens)-len(f)], true
			}
		}
	}
	return tokens
}

func hasPrefix(tokens, prefix []string) bool {
	if len(tokens) < len(prefix) {
		return false
	}
	for i, w := range prefix {
		if tokens[i] != w {
			return false
		}
	}
	return true
}

// splitAtQuantities splits "2 sadza 3 coke", "sadza 2 coke 3" and "sadza x2
// coke" into items.
func splitAtQuantities(tokens []string) [][]string {
	type mark struct{ from, to int }
	var marks []mark
	for i := 0; i < len(tokens); {
		_, used, strong := readQuantity(tokens[i:])
		if used == 0 {
			i++
			continue
		}
		if strong {
			marks = append(marks, mark{i, i + used})
		}
		i += used
	}
	if len(marks) == 0 {
		return [][]string{tokens}
	}
	first, last := marks[0], marks[len(marks)-1]
	behind := first.from > 0 && (last.to == len(tokens) || timesFirst(tokens[first.from]))
	var out [][]string
	start := 0
	for _, m := range marks {
		cut := m.from
		if behind {
			cut = m.to
		}
		// A number that ends what a number began belongs to the name.
		if cut > start && cut < len(tokens) && (behind || m.to < len(tokens)) {
			out = append(out, tokens[start:cut])
			start = cut
		}
	}
	return append(out, tokens[start:])
}

// timesFirst reports whether w is like "x2", which follows what it counts.
func timesFirst(w string) bool { return len(w) > 1 && w[0] == 'x' && isNumber(w[1:]) }

// readItem reads one item, and reports whether it says how many.
func readItem(tokens []string) (Request, bool) {
	if n, used, _ := readQuantity(tokens); used > 0 {
		return Request{Words: join(tokens[used:]), Quantity: n}, true
	}
	for i := 1; i < len(tokens); i++ {
		if n, used, strong := readQuantity(tokens[i:]); strong && i+used == len(tokens) {
			return Request{Words: join(tokens[:i]), Quantity: n}, true
		}
	}
	return Request{Words: join(tokens), Quantity: 1}, false
}

// join writes an item's words, without "bottles of" and the like before them.
func join(tokens []string) string {
	for len(tokens) > 1 {
		switch {
		case measures[tokens[0]] && len(tokens) > 2 && (tokens[1] == "of" || tokens[1] == "ye"):
			tokens = tokens[2:]
		case leftovers[tokens[0]]:
			tokens = tokens[1:]
		default:
			return strings.Join(tokens, " ")
		}
	}
	if len(tokens) == 1 && leftovers[tokens[0]] {
		return ""
	}
	return strings.Join(tokens, " ")
}

// readQuantity reads a quantity at the start of tokens and returns how many
// tokens it takes, zero for none. A strong one may also stand behind what it
// counts; "a" may not.
func readQuantity(tokens []string) (n, used int, strong bool) {
	if len(tokens) == 0 {
		return 0, 0, false
	}
	w := tokens[0]
	next := func(i int) string {
		if i < len(tokens) {
			return tokens[i]
		}
		return ""
	}
	switch {
	case w == "half" && next(1) == "a" && dozens[next(2)]:
		return 6, 3, true
	case w == "half" && dozens[next(1)]:
		return 6, 2, true
	case dozens[w]:
		return 12, 1, true
	case timesFirst(w):
		return atoi(w[1:]), 1, true
	case w == "x" && isNumber(next(1)) && !units[next(2)]:
		return atoi(next(1)), 2, true
	case isNumber(strings.TrimPrefix(w, "-")):
		if units[next(1)] || next(1) == "up" { // "500 ml", "7 up"
			return 0, 0, false
		}
		n, used = atoi(w), 1
	case len(w) > 1 && w[len(w)-1] == 'x' && isNumber(w[:len(w)-1]):
		return atoi(w[:len(w)-1]), 1, true
	case articles[w]:
		if dozens[next(1)] {
			return 12, 2, true
		}
		if next(1) == "couple" || next(1) == "pair" {
			return 2, 2, false
		}
		return 1, 1, false
	default:
		if n, used = readNumberWords(tokens); used == 0 {
			return 0, 0, false
		}
	}
	switch {
	case dozens[next(used)]:
		return times12(n), used + 1, true
	case next(used) == "x":
		used++
	}
	return n, used, true
}

// readNumberWords reads "two", "twenty five" or a number of another language.
func readNumberWords(tokens []string) (n, used int) {
	w := tokens[0]
	if ten, unit, ok := strings.Cut(w, "-"); ok && tens[ten] > 0 && numberWords[unit] > 0 && numberWords[unit] < 10 {
		return tens[ten] + numberWords[unit], 1
	}
	if n = tens[w]; n > 0 {
		if len(tokens) > 1 && numberWords[tokens[1]] > 0 && numberWords[tokens[1]] < 10 {
			return n + numberWords[tokens[1]], 2
		}
		return n, 1
	}
	if n, ok := numberWords[w]; ok {
		return n, 1
	}
	return 0, 0
}

// atoi reads digits, bounded to what an int holds.
func atoi(digits string) int {
	n, err := strconv.Atoi(digits)
	switch {
	case err == nil:
		return n
	case strings.HasPrefix(digits, "-"):
		return math.MinInt
	}
	return math.MaxInt
}

func times12(n int) int {
	if n > math.MaxInt/12 || n < math.MinInt/12 {
		return n
	}
	return 12 * n
}
