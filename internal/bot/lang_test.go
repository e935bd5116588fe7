package bot

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/musika/musika"
)

var gapPattern = regexp.MustCompile(`\{[a-z]+\}`)

// gaps returns the sorted {name}s of a text, {p} aside: any text may use it.
func gaps(text string) []string {
	found := gapPattern.FindAllString(text, -1)
	slices.Sort(found)
	return slices.DeleteFunc(slices.Compact(found), func(s string) bool { return s == "{p}" })
}

// TestCatalogues checks every text against English, which is complete, and
// lists what each language lacks and so says in English.
func TestCatalogues(t *testing.T) {
	t.Parallel()
	for _, lang := range musika.Languages {
		texts := catalogues[lang]
		for key, text := range texts {
			reference, ok := english[key]
			if !ok && !strings.HasPrefix(key, "refused.") {
				t.Errorf("%s: English has no %q", lang, key)
			}
			// A plural may do without its number ("one store").
			if ok && !slices.Equal(gaps(text), gaps(reference)) {
				t.Errorf("%s: %q has the gaps %v, English %v", lang, key, gaps(text), gaps(reference))
			}
			if most := titleLimit(key); most > 0 && units(text) > most {
				t.Errorf("%s: %q has %d characters, at most %d: %q", lang, key, units(text), most, text)
			}
			if text == "" || strings.TrimSpace(text) != text {
				t.Errorf("%s: %q is empty or has space around it", lang, key)
			}
		}
		var missing []string
		for key := range english {
			if _, ok := texts[key]; !ok {
				missing = append(missing, key)
			}
		}
		slices.Sort(missing)
		t.Logf("%s (%s): %d of %d texts; said in English: %s", lang, languageNames[lang],
			len(english)-len(missing), len(english), strings.Join(missing, " "))
	}
}

// titleLimit is the room of texts that are used as titles; 0 for others.
func titleLimit(key string) int {
	switch {
	case strings.HasSuffix(key, ".text"):
		return maxRowText
	case strings.HasPrefix(key, "button."), strings.HasPrefix(key, "list."):
		return maxButtonTitle
	case strings.HasPrefix(key, "row."), strings.HasPrefix(key, "section."), strings.HasPrefix(key, "pay."):
		return maxRowTitle
	case strings.HasPrefix(key, "stars."):
		return maxButtonTitle - 6
	case key == "flow.footer", key == "footer":
		return maxFooter
	}
	for _, row := range []string{"shopping", "commands", "stores", "cart", "orders", "profile", "sales", "everyone", "customers", "merchants"} {
		if key == "help."+row {
			return maxRowTitle
		}
	}
	return 0
}

// TestTextsAreUsed reads the package's source: every text that code asks for
// exists with the gaps that the code fills, and every text is asked for.
func TestTextsAreUsed(t *testing.T) {
	t.Parallel()
	used, prefixes := map[string]bool{}, map[string]bool{}
	used["footer"] = true
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "lang_") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if n.Kind == token.STRING {
					s, _ := strconv.Unquote(n.Value)
					used[s] = true
					if strings.HasSuffix(s, ".") {
						prefixes[s] = true
					}
				}
			case *ast.CallExpr:
				checkCall(t, name, n)
			}
			return true
		})
	}
	for _, f := range flows() {
		used[f.Title] = true
	}
	for key := range english {
		base := strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".other")
		text := strings.TrimSuffix(key, ".text")
		ok := used[key] || used[base] || used[text]
		for p := range prefixes {
			ok = ok || strings.HasPrefix(key, p)
		}
		if !ok {
			t.Errorf("nothing says %q", key)
		}
	}
}

// checkCall checks a call of T, N or button with a literal key.
func checkCall(t *testing.T, file string, call *ast.CallExpr) {
	t.Helper()
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	args := call.Args
	given := []string{}
	suffix := ""
	switch method.Sel.Name {
	case "T":
	case "N":
		suffix = ".other"
		given = append(given, "{n}")
		if len(args) > 1 {
			args = append(args[:1:1], args[2:]...)
		}
	case "button":
		args = args[1:]
	default:
		return
	}
	if len(args) == 0 {
		return
	}
	literal, ok := args[0].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return
	}
	key, _ := strconv.Unquote(literal.Value)
	text, ok := english[key+suffix]
	if !ok {
		t.Errorf("%s says %q, which English has not", file, key+suffix)
		return
	}
	for i := 1; i < len(args); i += 2 {
		if name, ok := args[i].(*ast.BasicLit); ok {
			s, _ := strconv.Unquote(name.Value)
			given = append(given, "{"+s+"}")
		}
	}
	slices.Sort(given)
	for _, gap := range gaps(text) {
		if !slices.Contains(given, gap) {
			t.Errorf("%s says %q without its %s", file, key, gap)
		}
	}
	for _, g := range given {
		if !slices.Contains(gaps(text), g) && g != "{n}" {
			t.Errorf("%s gives %q a %s that it has no place for", file, key, g)
		}
	}
}

// TestKeywords checks that a keyword means one thing.
func TestKeywords(t *testing.T) {
	t.Parallel()
	owner := map[string]string{}
	known := map[string]bool{"yes": true, "no": true, "back": true}
	for _, i := range intents() {
		known[i.name] = true
		for _, w := range keywords(i.name) {
			if other := owner[w]; other != "" {
				t.Errorf("%q means both %s and %s", w, other, i.name)
			}
			owner[w] = i.name
		}
		if len(keywords(i.name)) == 0 {
			t.Errorf("no word means %s", i.name)
		}
	}
	numbers := map[string]string{}
	for n := 1; n <= 10; n++ {
		known[toText(n)] = true
		for _, w := range keywords(toText(n)) {
			if other := numbers[w]; other != "" {
				t.Errorf("%q is both %s and %d", w, other, n)
			}
			numbers[w] = toText(n)
		}
	}
	for lang, words := range lexicons {
		for key := range words {
			if !known[key] && !strings.HasPrefix(key, "lang.") {
				t.Errorf("%s has words for %q, which nothing asks for", lang, key)
			}
		}
	}
	if got := slices.Sorted(maps.Keys(lexicons)); len(got) != len(musika.Languages) {
		t.Errorf("lexicons for %v", got)
	}
}
