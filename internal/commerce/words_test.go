package commerce

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/musika/musika/internal/store"
)

func TestScore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query, name string
		from, to    float64
	}{
		{"sadza", "Sadza", 1, 1},
		{"SADZA and beef stew", "Sadza & Beef Stew", 1, 1},
		{"pizzas", "Pizza", 1, 1},
		{"cherries", "Cherry", 1, 1},
		{"tomatoes 1kg", "Tomato 1kg", 1, 1},
		{"cocacola", "Coca Cola", 0.9, 1},
		{"coca cola", "Cocacola", 0.9, 1},
		{"coke", "Coke 500ml", clearScore, 0.95},
		{"chiken pizza", "Chicken & Mushroom Pizza", clearScore, 0.95},
		{"pizza chicken", "Chicken Pizza", 1, 1},
		{"sazda", "Sadza", clearScore, 0.9},
		{"marg", "Margherita Pizza", leastScore, 0.9},
		{"bread", "Butter Croissant", 0, 0},
		{"tea", "Ten", 0, 0},
		{"shoe polish", "Fish Polish", 0, 0.7},
		{"", "Sadza", 0, 0},
		{"the", "The", 1, 1},
	} {
		got := score(query(c.query), termsOf(store.SearchName(c.name)))
		if got < c.from || got > c.to {
			t.Errorf("score(%q, %q) = %.3f, want %.2f to %.2f", c.query, c.name, got, c.from, c.to)
		}
	}
}

// TestDistance compares with the definition, and checks what holds of every
// distance.
func TestDistance(t *testing.T) {
	t.Parallel()
	word := rapid.StringMatching(`[a-d]{0,7}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		want := plainDistance(a, b)
		for limit := range 9 {
			got := distance(a, b, limit)
			if want <= limit && got != want || want > limit && got <= limit {
				t.Fatalf("distance(%q, %q, %d) = %d, want %d", a, b, limit, got, want)
			}
		}
		if s := alike(a, b); s < 0 || s > 1 || (a == b) != (s == 1) {
			t.Fatalf("alike(%q, %q) = %v", a, b, s)
		}
	})
}

func plainDistance(a, b string) int {
	switch {
	case a == "":
		return len(b)
	case b == "":
		return len(a)
	}
	change := 1
	if a[len(a)-1] == b[len(b)-1] {
		change = 0
	}
	d := min(plainDistance(a[:len(a)-1], b)+1, plainDistance(a, b[:len(b)-1])+1, plainDistance(a[:len(a)-1], b[:len(b)-1])+change)
	if len(a) > 1 && len(b) > 1 && a[len(a)-1] == b[len(b)-2] && a[len(a)-2] == b[len(b)-1] {
		d = min(d, plainDistance(a[:len(a)-2], b[:len(b)-2])+1)
	}
	return d
}

func BenchmarkRank(b *testing.B) {
	var names []store.Searchable
	for i := range 3000 {
		names = append(names, store.Searchable{SearchName: store.SearchName(
			[]string{"Chicken", "Beef", "Fresh", "Large", "Brown"}[i%5] + " " + []string{"Burger", "Stew", "Milk", "Bread", "Pizza", "Chips"}[i%6] + " " + string(rune('a'+i%26)) + string(rune('a'+i/26%26)))})
	}
	s := New(Dependencies{})
	q := query("chiken piza")
	b.ResetTimer()
	for b.Loop() {
		s.rank(names, q, mostMatches)
	}
}
