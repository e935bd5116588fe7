// Package seed fills a database with sample data: five stores around Harare,
// their products and promotions, the people who run them, and sixty days of
// past orders, so that trending, statistics and ratings have something true to
// say.
package seed

import (
	"context"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

// Options say what is left open by the sample data.
type Options struct {
	// AdminPhone becomes an administrator. Empty means no administrator.
	AdminPhone musika.Phone
	// AdminName is shown to people. Defaults to "Operator".
	AdminName string
	// NoHistory leaves out customers and past orders.
	NoHistory bool
}

// Result counts what a run added; a second run adds nothing.
type Result struct {
	Merchants  int
	Products   int
	Promotions int
	Users      int
	Customers  int
	Orders     int
}

// Phones of people in the sample data. CustomerPhone is free: the person who
// tries the demo registers with it.
const (
	CustomerPhone musika.Phone = "+263770000001"
	OwnerPhone    musika.Phone = "+263770000002" // of the first store, Mambo Pizza & Grill
	DriverPhone   musika.Phone = "+263770000010"
)

// FirstStore is the slug of the store that is open around the clock.
const FirstStore = "mambo"

// Seed adds what is missing of the sample data. What is there, by slug, phone
// or code, stays as it is. A store's past orders come with the store: they are
// added when it is new.
func Seed(ctx context.Context, tx db.Tx, o Options) (Result, error) {
	var r Result
	var shops []shop
	for _, sample := range samples {
		if _, there, err := store.MerchantBySlug(ctx, tx, sample.merchant.Slug); err != nil {
			return r, err
		} else if there {
			continue
		}
		s, err := addShop(ctx, tx, sample)
		if err != nil {
			return r, err
		}
		shops = append(shops, s)
		r.Merchants++
		r.Products += len(s.products)
		if err := r.addUser(ctx, tx, musika.User{Phone: sample.owner, Name: sample.ownerName, Role: musika.RoleOwner, MerchantID: s.merchant.ID}); err != nil {
			return r, err
		}
		if err := r.addPromotion(ctx, tx, sample.deal, s.merchant.ID); err != nil {
			return r, err
		}
	}
	for _, p := range platformPromotions {
		if err := r.addPromotion(ctx, tx, p, ""); err != nil {
			return r, err
		}
	}
	if err := r.addUser(ctx, tx, musika.User{Phone: DriverPhone, Name: "Tendai Moyo", Role: musika.RoleDriver}); err != nil {
		return r, err
	}
	if o.AdminPhone != "" {
		name := o.AdminName
		if name == "" {
			name = "Operator"
		}
		if err := r.addUser(ctx, tx, musika.User{Phone: o.AdminPhone, Name: name, Role: musika.RoleAdmin}); err != nil {
			return r, err
		}
	}
	if o.NoHistory || len(shops) == 0 {
		return r, nil
	}
	return r, r.addHistory(ctx, tx, shops)
}

// shop is a store that this run added.
type shop struct {
	merchant musika.Merchant
	products []musika.Product
}

func addShop(ctx context.Context, tx db.Tx, sample sample) (shop, error) {
	opened := tx.Now().Add(-90 * 24 * time.Hour)
	s := shop{merchant: sample.merchant}
	m := &s.merchant
	m.ID = musika.MerchantID(musika.NewID("mer", opened))
	m.Phone = sample.owner
	m.State, m.StoreState = musika.MerchantApproved, musika.StoreOpen
	m.Currency, m.TimeZone = musika.USD, "Africa/Harare"
	m.CreatedAt, m.UpdatedAt = opened, opened
	if err := m.Validate(); err != nil {
		return s, err
	}
	if err := store.InsertMerchant(ctx, tx, *m); err != nil {
		return s, err
	}
	for _, p := range sample.products {
		p.ID = musika.ProductID(musika.NewID("prd", opened))
		p.MerchantID = m.ID
		p.Price.Currency = m.Currency
		p.Active = true
		p.CreatedAt, p.UpdatedAt = opened, opened
		if err := p.Validate(); err != nil {
			return s, err
		}
		if err := store.InsertProduct(ctx, tx, p); err != nil {
			return s, err
		}
		s.products = append(s.products, p)
	}
	return s, nil
}

func (r *Result) addUser(ctx context.Context, tx db.Tx, u musika.User) error {
	if _, there, err := store.UserByPhone(ctx, tx, u.Phone); err != nil || there {
		return err
	}
	u.ID = musika.UserID(musika.NewID("usr", tx.Now()))
	u.CreatedAt = tx.Now()
	r.Users++
	return store.InsertUser(ctx, tx, u)
}

func (r *Result) addPromotion(ctx context.Context, tx db.Tx, p musika.Promotion, merchant musika.MerchantID) error {
	if _, there, err := store.PromotionByCode(ctx, tx, p.Code); err != nil || there {
		return err
	}
	p.ID = musika.PromotionID(musika.NewID("prm", tx.Now()))
	p.MerchantID = merchant
	p.Currency = musika.USD
	p.StartsAt = tx.Now().Add(-30 * 24 * time.Hour)
	p.EndsAt = tx.Now().Add(180 * 24 * time.Hour)
	if merchant != "" {
		p.EndsAt = tx.Now().Add(14 * 24 * time.Hour)
	}
	p.Active = true
	r.Promotions++
	return store.InsertPromotion(ctx, tx, p)
}
