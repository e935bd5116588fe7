package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

type productListInput struct {
	PageInput
	Merchant musika.MerchantID `query:"merchant_id" maxLength:"40" doc:"Only this merchant's."`
	Category string            `query:"category" maxLength:"40" doc:"Only of this category, written exactly as the product's."`
	Active   string            `query:"active" enum:"true,false" doc:"Only those that can be bought, or only those that cannot."`
}

type productInput struct {
	ID musika.ProductID `path:"id" maxLength:"40" doc:"The product's id." example:"prd_01jd3r8k7m5xw2v9tq6ncz4yhb"`
}

type productOutput struct{ Body musika.Product }

func (a *API) registerProducts() {
	register(a, huma.Operation{
		OperationID: "list-products", Method: http.MethodGet, Path: "/api/products", Tags: []string{"Products"}, Security: withKey,
		Summary: "List products", Description: "Oldest first.",
	}, a.listProducts)
	register(a, huma.Operation{
		OperationID: "get-product", Method: http.MethodGet, Path: "/api/products/{id}", Tags: []string{"Products"}, Security: withKey,
		Summary: "Get a product",
	}, a.getProduct)
}

func (a *API) listProducts(ctx context.Context, in *productListInput) (*pageOutput[musika.Product], error) {
	l := newList("/api/products", map[string]string{
		"merchant_id": string(in.Merchant), "category": in.Category, "active": in.Active,
	})
	after, err := in.position(l)
	if err != nil {
		return nil, err
	}
	f := store.ProductQuery{Merchant: in.Merchant, Category: in.Category, After: after, Limit: in.Limit + 1}
	if in.Active != "" {
		active := in.Active == "true"
		f.Active = &active
	}
	var products []musika.Product
	err = a.read(ctx, func(tx db.Tx, own musika.MerchantID) (err error) {
		f.Owner = own
		products, err = store.ListProducts(ctx, tx, f)
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(in.PageInput, l, products, func(p musika.Product) store.Position {
		return store.Position{ID: string(p.ID)}
	})
}

func (a *API) getProduct(ctx context.Context, in *productInput) (*productOutput, error) {
	out := &productOutput{}
	err := a.read(ctx, func(tx db.Tx, own musika.MerchantID) (err error) {
		out.Body, err = store.Product(ctx, tx, in.ID)
		if err == nil && own != "" && out.Body.MerchantID != own {
			err = musika.Errorf(musika.CodeNotFound, "There is no such product.")
		}
		return err
	})
	return out, err
}
