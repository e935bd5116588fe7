package bot

import (
	"slices"
	"strings"
	"sync"

	"github.com/musika/musika"
)

// lexicon holds the words that a language has for what the bot understands:
// by intent, by answer ("yes", "back", …), by number ("1" to "10") and by
// language ("lang.en", …). Words of one key are set apart by |.
type lexicon map[string]string

var lexicons = map[musika.Language]lexicon{
	musika.English:   englishWords,
	musika.Shona:     shonaWords,
	musika.Zulu:      zuluWords,
	musika.Afrikaans: afrikaansWords,
}

// keywords returns the folded words under a key in all languages, long ones
// first, so that a long phrase is not taken for a short one it begins with.
func keywords(key string) []string { return keywordIndex()[key] }

var keywordIndex = sync.OnceValue(func() map[string][]string {
	index := map[string][]string{}
	for _, l := range musika.Languages {
		for key, text := range lexicons[l] {
			for word := range strings.SplitSeq(text, "|") {
				if word != "?" {
					word = fold(word)
				}
				if word != "" && !slices.Contains(index[key], word) {
					index[key] = append(index[key], word)
				}
			}
		}
	}
	for _, words := range index {
		slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	}
	return index
})

// numberWords are one to ten in all languages.
var numberWords = sync.OnceValue(func() map[string]int {
	out := map[string]int{}
	for n := 1; n <= 10; n++ {
		for _, w := range keywords(toText(n)) {
			out[w] = n
		}
	}
	return out
})
