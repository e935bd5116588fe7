package bot

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/musika/musika"
)

func TestCut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"short", 5, "short"},
		{"longer", 5, "long…"},
		{"two words", 5, "two…"},
		{"", 5, ""},
		{"ñandú con papas", 6, "ñandú…"},
		{"e\u0301te\u0301", 3, "e\u0301…"},      // a letter keeps its mark
		{"abe\u0301", 3, "ab…"},                 // or goes with it
		{"👨‍👩‍👧‍👦 family", 8, "…"},              // a family is one character
		{"🇿🇼🇿🇦", 6, "🇿🇼…"},                      // flags are pairs
		{"👍🏽👍🏽", 6, "👍🏽…"},                      // a thumb has its tone
		{"مرحبا بكم في المتجر", 9, "مرحبا بك…"}, // right to left
		{"bad \xff bytes here", 9, "bad  byt…"},
	} {
		if got := cut(c.in, c.limit); got != c.want {
			t.Errorf("cut(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" a\n\nb\t c\x00 ":          "a b c",
		"نور\u202eabc\u202c":        "نور abc",
		"👩🏾‍🍳 cook":                 "👩🏾‍🍳 cook",
		"\u2067x\u2069 \ufeffy":     "x y",
		"ok\xffok":                  "okok",
		"a\u2028b":                  "a b",
		"*{name}* `x`":              "*{name}* `x`",
		strings.Repeat("\u0301", 2): "\u0301\u0301",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
	if got := bold("a *b* _c_"); got != "*a ∗b∗ ＿c＿*" {
		t.Errorf("bold: %q", got)
	}
	if got := bold("\n"); got != "" {
		t.Errorf("bold of nothing: %q", got)
	}
}

// TestFill checks that a value is never read as a text of ours.
func TestFill(t *testing.T) {
	t.Parallel()
	v := voice{lang: musika.English, prefix: "{n}"}
	got := fill("{name} has {n}", []any{"name", "{n}{name}", "n", 2})
	if got != "{n}{name} has 2" {
		t.Errorf("fill: %q", got)
	}
	if got := v.T("cart.added", "n", 1, "name", "{sum}{p}", "sum", musika.Money{Amount: 150, Currency: musika.ZAR}); got != "Added 1 × {sum}{p} (R1.50)." {
		t.Errorf("T: %q", got)
	}
	if got := v.T("no.such.key"); got != "no.such.key" {
		t.Errorf("T: %q", got)
	}
}

func TestFitLines(t *testing.T) {
	t.Parallel()
	v := voice{lang: musika.English}
	more := func(n int) string { return v.N("lines.more", n) }
	lines := strings.Split(strings.Repeat("0123456789\n", 30), "\n")
	got := fitLines(lines, 100, more)
	if units(got) > 100 || !strings.HasSuffix(got, "… and 24 more") {
		t.Errorf("fitLines: %q", got)
	}
	if got := fitLines([]string{strings.Repeat("x", 500)}, 100, more); units(got) > 100 {
		t.Errorf("fitLines of one long line: %d", units(got))
	}
	if got := fitLines(nil, 100, more); got != "" {
		t.Errorf("fitLines of nothing: %q", got)
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{
		"2": 2, " 12 ": 12, "x3": 3, "3x": 3, "× 4": 4, "two": 2, "Mbiri": 2, "kubili": 2, "twee": 2, "2.": 2,
		"-1": -1, "0": 0, "99999999999999999999": 1 << 31, "-99999999999999999999": -1 << 31, "+5": 5,
	} {
		if got, ok := number(in); !ok || got != want {
			t.Errorf("number(%q) = %d, %v, want %d", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "many", "1e9", "2.5", "two three", "½", "--2"} {
		if got, ok := number(in); ok {
			t.Errorf("number(%q) = %d", in, got)
		}
	}
}

// TestFit checks that a message keeps WhatsApp's limits whatever goes in.
func TestFit(t *testing.T) {
	t.Parallel()
	v := voice{lang: musika.English, footer: strings.Repeat("f", 100)}
	long := strings.Repeat("👨‍👩‍👧‍👦 long\n", 400)
	var rows []musika.Row
	for range 30 {
		rows = append(rows, musika.Row{ID: "same", Title: long, Description: long})
	}
	for i := range 30 {
		rows = append(rows, musika.Row{ID: toText(i), Title: long, Description: long})
	}
	checkLimits(t, v.fit(v.list(long, long, musika.Section{Title: long, Rows: rows}, musika.Section{Rows: rows[40:]})))
	buttons := []musika.Button{{ID: "1", Title: long}, {ID: "1", Title: "again"}, {ID: "2", Title: long}, {ID: "", Title: "none"}, {ID: "3"}, {ID: "4", Title: "over"}}
	m := v.fit(v.buttons(long, buttons...))
	checkLimits(t, m)
	if len(m.Buttons) != 3 || m.Buttons[2].ID != "3" {
		t.Errorf("buttons: %v", m.Buttons)
	}
	if m := v.fit(v.list("nothing", "x", musika.Section{Title: "empty"})); m.Kind != musika.KindText || m.List != nil {
		t.Errorf("a list without rows: %+v", m)
	}
}

func FuzzText(f *testing.F) {
	f.Add("👩🏾‍🍳 نور *N*\n{name}", 10)
	f.Add("\u202e\u0301\u200d\U0001F1FF", 3)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = 1 + (limit&0x7fffffff)%100
		got := cut(s, limit)
		if units(got) > limit || !utf8.ValidString(got) {
			t.Errorf("cut(%q, %d) = %q", s, limit, got)
		}
		one := plain(s)
		if strings.ContainsAny(one, "*_~`\n\r\t\x00\u202e") || !utf8.ValidString(one) {
			t.Errorf("plain(%q) = %q", s, one)
		}
		if clean(one) != one {
			t.Errorf("clean changes %q again", one)
		}
		v := voice{lang: musika.English, footer: "f", prefix: "!"}
		checkLimits(t, v.fit(v.buttons("b"+one, musika.Button{ID: "a", Title: s}, musika.Button{ID: "b", Title: s})))
	})
}
