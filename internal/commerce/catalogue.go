package commerce

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// Category is a product category and how many products customers see in it.
type Category = store.CategoryCount

// ProductFilter narrows a list of products that customers may see: active ones
// of approved stores. An empty Merchant means all stores, an empty Category
// all categories. Limit defaults to 10.
type ProductFilter = store.ProductFilter

// Stores returns the approved stores: those open now first, then featured
// ones, then the best rated.
func (s *Service) Stores(ctx context.Context, tx db.Tx) ([]musika.Merchant, error) {
	stores, err := store.Merchants(ctx, tx, musika.MerchantApproved)
	slices.SortStableFunc(stores, func(a, b musika.Merchant) int {
		return cmp.Or(
			-compareBool(a.OpenAt(tx.Now()), b.OpenAt(tx.Now())),
			-compareBool(a.Featured, b.Featured),
			-cmp.Compare(a.Rating(), b.Rating()),
		)
	})
	return stores, err
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// FindStores returns the approved stores that words mean: the one with this
// id, short name or name, else those whose name, category or area is like it,
// best first.
func (s *Service) FindStores(ctx context.Context, tx db.Tx, words string) ([]musika.Merchant, error) {
	stores, err := store.Merchants(ctx, tx, musika.MerchantApproved)
	if err != nil {
		return nil, err
	}
	words = strings.TrimSpace(words)
	name := store.SearchName(words)
	for _, same := range []func(musika.Merchant) bool{
		func(m musika.Merchant) bool { return string(m.ID) == words },
		func(m musika.Merchant) bool { return m.Slug == strings.ToLower(words) },
		func(m musika.Merchant) bool { return name != "" && store.SearchName(m.Name) == name },
	} {
		if i := slices.IndexFunc(stores, same); i >= 0 {
			return stores[i : i+1], nil
		}
	}
	type scored struct {
		store musika.Merchant
		score float64
	}
	var found []scored
	q := s.words.of(name)
	for _, m := range stores {
		likeness := max(
			score(q, s.words.of(store.SearchName(m.Name))),
			score(q, s.words.of(store.SearchName(m.Slug))),
			0.6*score(q, s.words.of(store.SearchName(m.Category))),
			0.6*score(q, s.words.of(store.SearchName(m.Area))),
		)
		if likeness >= leastScore {
			found = append(found, scored{m, likeness})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	out := make([]musika.Merchant, len(found))
	for i, f := range found {
		out[i] = f.store
	}
	return out, nil
}

// Merchant returns the merchant with this id, in any state.
func (s *Service) Merchant(ctx context.Context, tx db.Tx, id musika.MerchantID) (musika.Merchant, error) {
	return store.Merchant(ctx, tx, id)
}

// SetStoreState opens or closes a merchant's store, or marks it busy, and
// returns the merchant.
func (s *Service) SetStoreState(ctx context.Context, tx db.Tx, id musika.MerchantID, state musika.StoreState) (musika.Merchant, error) {
	if !state.Valid() {
		return musika.Merchant{}, musika.Errorf(musika.CodeInvalid, "A store is open, closed or busy. Choose one of these.")
	}
	m, err := store.Merchant(ctx, tx, id)
	if err != nil || m.StoreState == state {
		return m, err
	}
	m.StoreState, m.UpdatedAt = state, tx.Now()
	return m, store.UpdateMerchant(ctx, tx, m)
}

// Categories returns the categories that customers see, by name; an empty
// merchant means all stores.
func (s *Service) Categories(ctx context.Context, tx db.Tx, merchant musika.MerchantID) ([]Category, error) {
	return store.SellableCategories(ctx, tx, merchant)
}

// Products returns a page of what customers see, by category and name, and how
// many products there are in all.
func (s *Service) Products(ctx context.Context, tx db.Tx, f ProductFilter) (products []musika.Product, total int, err error) {
	f.Limit = cmp.Or(max(f.Limit, 0), 10)
	f.Offset = max(f.Offset, 0)
	return store.SellableProducts(ctx, tx, f)
}

// Product returns the product with this id, active or not.
func (s *Service) Product(ctx context.Context, tx db.Tx, id musika.ProductID) (musika.Product, error) {
	return store.Product(ctx, tx, id)
}

// ProductBySKU returns a merchant's product by the retailer id of its WhatsApp
// catalogue.
func (s *Service) ProductBySKU(ctx context.Context, tx db.Tx, merchant musika.MerchantID, sku string) (musika.Product, error) {
	if sku == "" {
		return musika.Product{}, musika.Errorf(musika.CodeNotFound, "There is no such product.")
	}
	return store.ProductBySKU(ctx, tx, merchant, sku)
}

// Trend is a product's place among the best sold.
type Trend struct {
	Product musika.Product
	Store   musika.Merchant
	Units   int // ordered within TrendPeriod
}

// TrendPeriod is how far back Trending looks.
const TrendPeriod = 7 * 24 * time.Hour

// Trending returns the products of which most units were ordered in the last
// seven days, most first.
func (s *Service) Trending(ctx context.Context, tx db.Tx, limit int) ([]Trend, error) {
	sold, err := store.BestSellers(ctx, tx, tx.Now().Add(-TrendPeriod), limit)
	if err != nil {
		return nil, err
	}
	ids := make([]musika.ProductID, len(sold))
	for i, u := range sold {
		ids[i] = u.ProductID
	}
	products, err := store.Products(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	stores, err := store.Merchants(ctx, tx, musika.MerchantApproved)
	if err != nil {
		return nil, err
	}
	trends := make([]Trend, len(products))
	for i, p := range products {
		trends[i] = Trend{Product: p, Units: sold[i].Units}
		if at := slices.IndexFunc(stores, func(m musika.Merchant) bool { return m.ID == p.MerchantID }); at >= 0 {
			trends[i].Store = stores[at]
		}
	}
	return trends, nil
}
