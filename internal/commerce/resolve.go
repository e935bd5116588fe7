package commerce

import (
	"cmp"
	"context"
	"slices"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// Match is a product found by words.
type Match struct {
	Product musika.Product
	Store   string  // its store's name
	Score   float64 // above 0, up to 1 for the very name
}

// Resolution is what a Request was found to mean.
type Resolution struct {
	Request
	Matches []Match // best first, at most ten
	Clear   bool    // Matches[0] is what is meant
}

const (
	leastScore  = 0.4  // below this a likeness is chance
	clearScore  = 0.7  // above this a likeness may be meant
	clearLead   = 0.12 // by which the best must lead the next to be meant
	exactScore  = 0.999
	mostMatches = 10 // rows in a list
)

// hit is a candidate with its score, before the product is read.
type hit struct {
	store.Searchable
	score float64
}

// Search returns the products that words mean, best first, at most limit (10
// when it is not positive); an empty merchant means all stores. Names count
// most, a product's category less.
func (s *Service) Search(ctx context.Context, tx db.Tx, merchant musika.MerchantID, words string, limit int) ([]Match, error) {
	names, err := store.SellableNames(ctx, tx, merchant)
	if err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = mostMatches
	}
	matches, err := s.matches(ctx, tx, [][]hit{s.rank(names, query(words), limit)})
	if err != nil {
		return nil, err
	}
	return matches[0], nil
}

// Resolve finds what each request means among what customers may buy; an empty
// merchant means all stores. A request joined to the one before by "and" is
// taken as the rest of its name when there is a product of exactly that name
// ("sadza and beef"), so there may be fewer resolutions than requests.
func (s *Service) Resolve(ctx context.Context, tx db.Tx, merchant musika.MerchantID, requests []Request) ([]Resolution, error) {
	if len(requests) == 0 {
		return nil, nil
	}
	names, err := store.SellableNames(ctx, tx, merchant)
	if err != nil {
		return nil, err
	}
	var out []Resolution
	var hits [][]hit
	for _, r := range requests {
		if r.And && len(out) > 0 {
			whole := out[len(out)-1].Words + " and " + r.Words
			if found := s.rank(names, query(whole), mostMatches); len(found) > 0 && found[0].score >= exactScore {
				out[len(out)-1].Words = whole
				hits[len(hits)-1] = found
				continue
			}
		}
		out = append(out, Resolution{Request: r})
		hits = append(hits, s.rank(names, query(r.Words), mostMatches))
	}
	matches, err := s.matches(ctx, tx, hits)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Matches = matches[i]
		out[i].Clear = isClear(matches[i])
	}
	return out, nil
}

// isClear reports whether the first match is meant: nothing else comes near,
// or it alone has the very name.
func isClear(m []Match) bool {
	switch {
	case len(m) == 0 || m[0].Score < clearScore:
		return false
	case len(m) == 1:
		return true
	case m[0].Score >= exactScore:
		return m[1].Score < exactScore
	}
	return m[0].Score-m[1].Score >= clearLead
}

// rank returns the best of names for a query.
func (s *Service) rank(names []store.Searchable, q terms, limit int) []hit {
	var hits []hit
	for _, n := range names {
		likeness := score(q, s.words.of(n.SearchName))
		if likeness < leastScore && n.Category != "" {
			likeness = max(likeness, 0.55*score(q, s.words.of(store.SearchName(n.Category))))
		}
		if likeness >= leastScore {
			hits = append(hits, hit{n, likeness})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.SearchName, b.SearchName), cmp.Compare(a.ID, b.ID))
	})
	return hits[:min(len(hits), limit)]
}

// matches reads the products of several rankings at once.
func (s *Service) matches(ctx context.Context, tx db.Tx, hits [][]hit) ([][]Match, error) {
	var ids []musika.ProductID
	for _, ranking := range hits {
		for _, h := range ranking {
			ids = append(ids, h.ID)
		}
	}
	products, err := store.Products(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[musika.ProductID]musika.Product, len(products))
	for _, p := range products {
		byID[p.ID] = p
	}
	out := make([][]Match, len(hits))
	for i, ranking := range hits {
		for _, h := range ranking {
			// On Postgres a product may change between the two statements.
			if p, ok := byID[h.ID]; ok && p.Active {
				out[i] = append(out[i], Match{Product: p, Store: h.Store, Score: h.score})
			}
		}
	}
	return out, nil
}
