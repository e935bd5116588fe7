package commerce

import (
	"strings"
	"sync"

	"github.com/musika/musika/internal/store"
)

// terms is a name or a query ready to be compared: its words without endings
// and small words, and each two neighbours written as one.
type terms struct {
	words []string
	pairs []string
}

// smallWords say nothing about a product.
var smallWords = map[string]bool{
	"a": true, "an": true, "and": true, "with": true, "of": true, "the": true,
	"ne": true, "na": true, "en": true, "met": true, "nge": true,
}

// termsOf analyses a name in the form of store.SearchName.
func termsOf(searchName string) terms {
	var t terms
	for w := range strings.FieldsSeq(searchName) {
		if !smallWords[w] {
			t.words = append(t.words, stem(w))
		}
	}
	if len(t.words) == 0 { // all of them small: then they are what is meant
		t.words = strings.Fields(searchName)
	}
	for i := 1; i < len(t.words); i++ {
		t.pairs = append(t.pairs, t.words[i-1]+t.words[i])
	}
	return t
}

// stem drops what sets singular and plural apart, the same way on both sides
// of a comparison: pizzas and pizza, tomatoes and tomato, cherries and cherry.
func stem(w string) string {
	if len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") {
		w = w[:len(w)-1]
		for _, ending := range []string{"che", "she", "xe", "oe", "sse"} {
			if len(w) > 4 && strings.HasSuffix(w, ending) {
				return w[:len(w)-1]
			}
		}
	}
	if len(w) > 3 {
		if cut, ok := strings.CutSuffix(w, "ie"); ok {
			return cut + "i"
		}
		if cut, ok := strings.CutSuffix(w, "y"); ok {
			return cut + "i"
		}
	}
	return w
}

// wordCache remembers the analysis of names. It is a pure function, so what is
// remembered is right for ever and in every process.
type wordCache struct {
	mu    sync.RWMutex
	known map[string]terms
}

// wordCacheSize bounds the cache; some hundred bytes each.
const wordCacheSize = 50_000

func (c *wordCache) of(searchName string) terms {
	c.mu.RLock()
	t, ok := c.known[searchName]
	c.mu.RUnlock()
	if ok {
		return t
	}
	t = termsOf(searchName)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= wordCacheSize {
		c.known = make(map[string]terms)
	}
	c.known[searchName] = t
	return t
}

// query analyses what a person typed.
func query(words string) terms { return termsOf(store.SearchName(words)) }

// weight is how much a word tells: long ones more, up to six letters.
func weight(w string) float64 { return float64(min(len(w), 6)) }

// score compares a query with a name: 0 for nothing in common, 1 for the very
// name. Most of it is how much of the query the name has; the rest is how much
// of the name was asked for.
func score(q, name terms) float64 {
	if len(q.words) == 0 || len(name.words) == 0 {
		return 0
	}
	var asked, found float64
	for i, w := range q.words {
		best := bestOf(w, name.words)
		best = max(best, 0.95*bestOf(w, name.pairs))
		if i > 0 {
			best = max(best, 0.95*bestOf(q.pairs[i-1], name.words))
		}
		if i < len(q.pairs) {
			best = max(best, 0.95*bestOf(q.pairs[i], name.words))
		}
		asked += weight(w)
		found += best * weight(w)
	}
	share := found / asked
	if share < 0.5 {
		return 0
	}
	var all, covered float64
	for i, w := range name.words {
		all += weight(w)
		best := bestOf(w, q.words)
		best = max(best, bestOf(w, q.pairs))
		if i > 0 {
			best = max(best, bestOf(name.pairs[i-1], q.words))
		}
		if i < len(name.pairs) {
			best = max(best, bestOf(name.pairs[i], q.words))
		}
		if best >= 0.6 {
			covered += weight(w)
		}
	}
	return share * (0.8 + 0.2*covered/all)
}

// bestOf returns the likeness of w to the most alike of words.
func bestOf(w string, words []string) float64 {
	best := 0.0
	for _, other := range words {
		if best = max(best, alike(w, other)); best == 1 {
			return 1
		}
	}
	return best
}

// alike compares two words: 1 for the same, less for a beginning of the other
// or for a typing mistake or two, 0 for anything else.
func alike(a, b string) float64 {
	if a == b {
		return 1
	}
	if len(a) >= 3 && strings.HasPrefix(b, a) {
		return 0.7 + 0.25*float64(len(a))/float64(len(b))
	}
	limit := mistakes(min(len(a), len(b)))
	if limit == 0 {
		return 0
	}
	d := distance(a, b, limit)
	if d > limit {
		return 0
	}
	return 1 - 1.2*float64(d)/float64(max(len(a), len(b)))
}

// mistakes is how many are forgiven in a word of n letters.
func mistakes(n int) int {
	switch {
	case n < 4:
		return 0
	case n < 6:
		return 1
	default:
		return 2
	}
}

const longestWord = 32

// distance is how many letters must be added, dropped, changed or swapped with
// their neighbour to make b of a (optimal string alignment), or limit+1 when
// they are more than limit. Words above 31 bytes are not compared.
func distance(a, b string, limit int) int {
	if len(a) >= longestWord || len(b) >= longestWord || len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	var rows [3][longestWord]int
	before, above, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			d := min(above[j]+1, row[j-1]+1, above[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least > limit {
			return limit + 1
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
