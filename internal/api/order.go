package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/store"
)

type orderListInput struct {
	PageInput
	Merchant musika.MerchantID  `query:"merchant_id" maxLength:"40" doc:"Only this merchant's."`
	Customer musika.CustomerID  `query:"customer_id" maxLength:"40" doc:"Only this customer's."`
	Status   musika.OrderStatus `query:"status" enum:"pending,confirmed,preparing,ready,out_for_delivery,delivered,rejected,cancelled" doc:"Only with this status."`
}

type orderInput struct {
	ID musika.OrderID `path:"id" maxLength:"40" doc:"The order's id." example:"ord_01jd3r8k7m5xw2v9tq6ncz4yhb"`
}

// OrderDetail is an order with what happened to it.
type OrderDetail struct {
	musika.Order
	History []musika.StatusChange `json:"history" nullable:"false" doc:"Every move of the order, the first being its creation."`
}

type orderOutput struct{ Body OrderDetail }

func (a *API) registerOrders() {
	register(a, huma.Operation{
		OperationID: "list-orders", Method: http.MethodGet, Path: "/api/orders", Tags: []string{"Orders"}, Security: withKey,
		Summary: "List orders", Description: "Newest first.",
	}, a.listOrders)
	register(a, huma.Operation{
		OperationID: "get-order", Method: http.MethodGet, Path: "/api/orders/{id}", Tags: []string{"Orders"}, Security: withKey,
		Summary: "Get an order with its history",
	}, a.getOrder)
}

func (a *API) listOrders(ctx context.Context, in *orderListInput) (*pageOutput[musika.Order], error) {
	l := newList("/api/orders", map[string]string{
		"merchant_id": string(in.Merchant), "customer_id": string(in.Customer), "status": string(in.Status),
	})
	after, err := in.position(l)
	if err != nil {
		return nil, err
	}
	var orders []musika.Order
	err = a.read(ctx, func(tx db.Tx, own musika.MerchantID) (err error) {
		orders, err = store.ListOrders(ctx, tx, store.OrderQuery{
			Owner: own, Merchant: in.Merchant, Customer: in.Customer, Status: in.Status, After: after, Limit: in.Limit + 1,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return newPage(in.PageInput, l, orders, func(o musika.Order) store.Position {
		return store.Position{At: o.CreatedAt, ID: string(o.ID)}
	})
}

func (a *API) getOrder(ctx context.Context, in *orderInput) (*orderOutput, error) {
	out := &orderOutput{}
	err := a.read(ctx, func(tx db.Tx, own musika.MerchantID) error {
		o, err := store.Order(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		if own != "" && o.MerchantID != own {
			return musika.Errorf(musika.CodeNotFound, "There is no such order.")
		}
		out.Body.Order = o
		out.Body.History, err = store.OrderHistory(ctx, tx, in.ID)
		return err
	})
	return out, err
}
