package commerce

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestParseItems(t *testing.T) {
	t.Parallel()
	one := func(words string, n int) []Request { return []Request{{Words: words, Quantity: n}} }
	for text, want := range map[string][]Request{
		"I want 2 sadza and a coke":      {{"sadza", 2, false}, {"coke", 1, false}},
		"sadza x2, chicken":              {{"sadza", 2, false}, {"chicken", 1, false}},
		"2 x sadza":                      one("sadza", 2),
		"2x sadza":                       one("sadza", 2),
		"2xsadza":                        one("2xsadza", 1),
		"sadza 2":                        one("sadza", 2),
		"sadza x 2":                      one("sadza", 2),
		"sadza ×3":                       one("sadza", 3),
		"x4 sadza":                       one("sadza", 4),
		"two pizzas please":              one("pizzas", 2),
		"Can I get three cokes, please?": one("cokes", 3),
		"a dozen eggs":                   one("eggs", 12),
		"half a dozen buns":              one("buns", 6),
		"2 dozen of eggs":                one("eggs", 24),
		"a couple of pies":               one("pies", 2),
		"2 plates of sadza":              one("sadza", 2),
		"two bottles of coke and three loaves of bread": {{"coke", 2, false}, {"bread", 3, false}},
		"7up":                                   one("7up", 1),
		"7 up":                                  one("7 up", 1),
		"2 7up":                                 one("7up", 2),
		"7up x2":                                one("7up", 2),
		"2l milk":                               one("2l milk", 1),
		"2 l milk":                              one("2 l milk", 1),
		"coke 500ml":                            one("coke 500ml", 1),
		"coke 500 ml":                           one("coke 500 ml", 1),
		"coke 500ml x2":                         one("coke 500ml", 2),
		"3 x coke 500ml":                        one("coke 500ml", 3),
		"2 2l milk":                             one("2l milk", 2),
		"2 piece chicken":                       one("2 piece chicken", 1),
		"1.5l water":                            one("1.5l water", 1),
		"2 sadza 3 coke":                        {{"sadza", 2, false}, {"coke", 3, false}},
		"sadza 2 coke 3":                        {{"sadza", 2, false}, {"coke", 3, false}},
		"sadza x2 chicken":                      {{"sadza", 2, false}, {"chicken", 1, false}},
		"sadza 2 coke":                          {{"sadza", 1, false}, {"coke", 2, false}},
		"2 sadza\n1 coke\n- fanta":              {{"sadza", 2, false}, {"coke", 1, false}, {"fanta", 1, false}},
		"sadza + coke & chips":                  {{"sadza", 1, false}, {"coke", 1, false}, {"chips", 1, false}},
		"sadza and beef":                        {{"sadza", 1, false}, {"beef", 1, true}},
		"2 sadza and beef":                      {{"sadza", 2, false}, {"beef", 1, true}},
		"sadza, 2":                              one("sadza", 2),
		"ndinoda sadza mbiri ne coke imwe":      {{"sadza", 2, false}, {"coke", 1, false}},
		"Ndipeiwo chingwa chimwe":               one("chingwa", 1),
		"sadza tatu nekoki shanu":               {{"sadza", 3, false}, {"nekoki", 5, false}},
		"Ngicela izinkwa ezimbili no 2 coke":    {{"izinkwa", 2, false}, {"coke", 2, false}},
		"ngifuna isinkwa kunye ne coke kuhlanu": {{"isinkwa", 1, false}, {"coke", 5, false}},
		"burger no onions":                      one("burger no onions", 1),
		"ek wil twee pizzas en 'n coke hê asseblief": {{"pizzas", 2, false}, {"coke", 1, false}},
		"Ek soek vyf brode":                          one("brode", 5),
		"'n dosyn eiers":                             one("eiers", 12),
		"twenty five buns":                           one("buns", 25),
		"twenty-five buns":                           one("buns", 25),
		"crème brûlée":                               one("creme brulee", 1),
		"2️⃣ cokes":                                  one("cokes", 2),
		"0 sadza":                                    one("sadza", 0),
		"-3 sadza":                                   one("sadza", -3),
		"1000 coke":                                  one("coke", 1000),
		"99999999999999999999 coke":                  one("coke", math.MaxInt),
		"-99999999999999999999 coke":                 one("coke", math.MinInt),
		"hello":                                      nil,
		"":                                           nil,
		"2":                                          nil,
		"please, thanks!":                            nil,
	} {
		if got := ParseItems(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q:\n got %+v\nwant %+v", text, got, want)
		}
	}
}

// TestParseItemsWritten: however a list of items is written down, it is read
// back.
func TestParseItemsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"sadza", "beef stew", "coke 500ml", "7up", "fresh milk 2l", "margherita pizza", "buns"}
		var want []Request
		var parts []string
		for range rapid.IntRange(1, 8).Draw(t, "items") {
			name := rapid.SampledFrom(names).Draw(t, "name")
			n := rapid.IntRange(1, 99).Draw(t, "quantity")
			parts = append(parts, fmt.Sprintf(rapid.SampledFrom([]string{
				"%[1]d %[2]s", "%[1]dx %[2]s", "%[1]d x %[2]s", "%[2]s x%[1]d", "%[2]s x %[1]d", "%[2]s %[1]d", "%[1]d of %[2]s", " %[1]d   %[2]s.",
			}).Draw(t, "form"), n, name))
			want = append(want, Request{Words: name, Quantity: n})
		}
		text := rapid.SampledFrom([]string{"", "I want ", "please ", "Can I have ", "Ndinoda ", "ngifuna ", "ek wil "}).Draw(t, "before") +
			strings.Join(parts, rapid.SampledFrom([]string{", ", "\n", " and ", " + ", "; ", " & ", " ne ", " en "}).Draw(t, "between")) +
			rapid.SampledFrom([]string{"", " please", " thanks!", "."}).Draw(t, "after")
		if got := ParseItems(text); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q:\n got %+v\nwant %+v", text, got, want)
		}
	})
}

func FuzzParseItems(f *testing.F) {
	for _, s := range []string{"I want 2 sadza and a coke", "x2x2x2 2 2 2", "half a half a dozen dozen", "-'-.2,3.x", "no no no 2", "\xff\xfe2 a", "'n dosyn, and and"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := ParseItems(text)
		if len(got) > mostItems {
			t.Fatalf("%d items", len(got))
		}
		for i, r := range got {
			if r.Words == "" || !utf8.ValidString(r.Words) || r.Words != strings.Join(strings.Fields(r.Words), " ") || strings.ContainsAny(r.Words, "\n,;+&") && !strings.ContainsAny(r.Words, "0123456789") {
				t.Fatalf("words %q of %q", r.Words, text)
			}
			if r.And && i == 0 {
				t.Fatalf("the first item of %q is joined to none", text)
			}
		}
	})
}
