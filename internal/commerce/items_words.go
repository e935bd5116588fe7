package commerce

import (
	"cmp"
	"slices"
	"strings"
)

func set(words string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		out[w] = true
	}
	return out
}

// phrases splits lines into phrases, long ones first.
func phrases(lines string) [][]string {
	var out [][]string
	for line := range strings.Lines(strings.TrimSpace(lines)) {
		for p := range strings.SplitSeq(line, ",") {
			out = append(out, strings.Fields(p))
		}
	}
	slices.SortStableFunc(out, func(a, b []string) int { return cmp.Compare(len(b), len(a)) })
	return out
}

var (
	// connectors stand between two items.
	connectors = set("and plus ne na no en kanye nanga")
	// articles count one, before an item only.
	articles = set("a an 'n n")
	dozens   = set("dozen dozens dosyn dazeni")
	// units after a number belong to a product's name: "500 ml", "2 piece".
	units = set("ml l lt ltr litre litres liter liters kg kgs kilo kilos g gram grams " + //nolint:misspell // as Americans type
		"inch inches cm pack packs piece pieces pc pcs")
	// measures before "of" say how a thing comes, not what it is.
	measures = set(`plate plates bottle bottles loaf loaves packet packets box boxes can cans cup cups bag bags
		tray trays glass glasses order orders portion portions piece pieces serving servings`)
	leftovers = set("of x some more the please")
)

// fillersBefore an item, without accents, in English, Shona, isiZulu and
// Afrikaans.
var fillersBefore = phrases(`
hi, hie, hello, hey, good morning, good afternoon, good evening, mhoro, mhoroi, makadii, sawubona, sanibona, hallo, goeie more
i want, i want to order, i want to buy, i want to have, i would like, i would like to order, i would like to buy
i would like to have, i'd like, i'd like to order, i'd like to buy, id like, i need, i will have, i'll have, ill have, i'll take
can i get, can i have, can i order, can i buy, could i get, could i have, may i have, may i get, can you send me
can we have, can we get, we want, we need, we would like, give me, get me, let me get, let me have, send me, bring me
please, pls, plz, order, add, buy, want, get, just, also, then, some, the, my, another
please give me, please send me, please add
ndinoda, ndinodawo, ndoda, ndodawo, ndipe, ndipei, ndipeiwo, ndipewo, ndokumbira, ndokumbirawo, ndiri kuda, tinoda, kutenga, ndapota
ngifuna, ngifuna ukuthenga, ngiyafuna, ngicela, ngicela ukuthenga, ngingathanda, ngidinga, sifuna, sicela, ukuthenga
ek wil, ek wil he, ek wil graag, ek wil graag he, ek wil bestel, ek wil koop, ek soek, ek neem, gee my, gee vir my, gee asseblief
kan ek kry, kan ek, mag ek, mag ek kry, ons wil, ons soek, bestel, koop, kry, asseblief, asb, die, nog`)

// fillersAfter an item.
var fillersAfter = phrases(`
please, pls, plz, thanks, thank you, thx, for me, to my cart, in my cart, to the cart, to cart, too, as well
ndapota, wo, maita basa, maita henyu, tatenda, ngiyabonga, siyabonga, asseblief, asb, dankie, he`)

var tens = map[string]int{
	"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}

// numberWords by language; Shona and isiZulu count with the noun's class in
// front.
var numberWords = numbers(map[int]string{
	0:  "zero",
	1:  "one single imwe rimwe chimwe motsi potsi kunye munye eyodwa elilodwa isisodwa owodwa een",
	2:  "two couple piri mbiri maviri zviviri vaviri kubili ezimbili amabili zimbili emibili mabili ababili twee",
	3:  "three tatu nhatu matatu zvitatu vatatu kuthathu ezintathu amathathu zintathu emithathu drie",
	4:  "four china ina mana zvina vana kune ezine amane zine emine vier",
	5:  "five shanu mashanu zvishanu vashanu kuhlanu ezinhlanu amahlanu zinhlanu emihlanu vyf",
	6:  "six tanhatu matanhatu zvitanhatu nhanhatu isithupha eziyisithupha ayisithupha ses",
	7:  "seven nomwe manomwe zvinomwe isikhombisa eziyisikhombisa ayisikhombisa sewe",
	8:  "eight sere masere zvisere tsere isishiyagalombili eziyisishiyagalombili agt",
	9:  "nine pfumbamwe mapfumbamwe zvipfumbamwe isishiyagalolunye eziyisishiyagalolunye nege",
	10: "ten gumi ishumi eziyishumi ayishumi tien",
	11: "eleven elf",
	12: "twelve twaalf",
	13: "thirteen dertien",
	14: "fourteen veertien",
	15: "fifteen vyftien",
	16: "sixteen sestien",
	17: "seventeen sewentien",
	18: "eighteen agtien",
	19: "nineteen negentien",
	20: "twintig",
})

func numbers(words map[int]string) map[string]int {
	out := map[string]int{}
	for n, list := range words {
		for w := range strings.FieldsSeq(list) {
			out[w] = n
		}
	}
	return out
}
