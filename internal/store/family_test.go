package store_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
	"github.com/musika/musika/internal/store"
)

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

func TestMerchant(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.write(func(ctx context.Context, tx db.Tx) error {
			got, err := store.Merchant(ctx, tx, b.mine.ID)
			same(t, "read back", got, b.mine)
			bySlug, ok, err2 := store.MerchantBySlug(ctx, tx, "mine")
			same(t, "by slug", bySlug, b.mine)
			_, none, err3 := store.MerchantBySlug(ctx, tx, "nobody")
			if !ok || none {
				t.Error("by slug", ok, none)
			}
			return errors.Join(err, err2, err3)
		})
		b.refused(musika.CodeConflict, func(ctx context.Context, tx db.Tx) error {
			return store.InsertMerchant(ctx, tx, merchant("mine", tx.Now()))
		})
		b.write(func(ctx context.Context, tx db.Tx) error {
			m := b.mine
			m.Name, m.State, m.Featured, m.Hours = "New", musika.MerchantSuspended, false, musika.Hours{Open: 5, Close: 6}
			if err := store.UpdateMerchant(ctx, tx, m); err != nil {
				return err
			}
			if err := store.AddRating(ctx, tx, m.ID, 9, 2); err != nil {
				return err
			}
			m.RatingSum, m.RatingCount, m.UpdatedAt = 9, 2, tx.Now()
			got, err := store.Merchant(ctx, tx, m.ID)
			same(t, "updated", got, m)
			approved, err2 := store.Merchants(ctx, tx, musika.MerchantApproved)
			same(t, "approved", approved, []musika.Merchant{b.theirs})
			return errors.Join(err, err2)
		})
		b.refused(musika.CodeNotFound, func(ctx context.Context, tx db.Tx) error {
			return store.UpdateMerchant(ctx, tx, musika.Merchant{ID: "mer_none"})
		})
	})
}

func TestProduct(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.write(func(ctx context.Context, tx db.Tx) error {
			got, err := store.Product(ctx, tx, b.bread.ID)
			same(t, "read back", got, b.bread)
			bySKU, err2 := store.ProductBySKU(ctx, tx, b.mine.ID, "SKU-1")
			same(t, "by SKU", bySKU, b.bread)
			both, err3 := store.LockProducts(ctx, tx, []musika.ProductID{b.pizza.ID, "prd_none", b.bread.ID})
			same(t, "locked", both, []musika.Product{b.pizza, b.bread})
			page, total, err4 := store.SellableProducts(ctx, tx, store.ProductFilter{Limit: 1, Offset: 1})
			same(t, "second page", page, []musika.Product{b.pizza})
			same(t, "total", total, 2)
			inCategory, total, err5 := store.SellableProducts(ctx, tx, store.ProductFilter{Merchant: b.mine.ID, Category: "Pizza", Limit: 5})
			same(t, "none in category", len(inCategory)+total, 0)
			categories, err6 := store.SellableCategories(ctx, tx, "")
			same(t, "categories", categories, []store.CategoryCount{{Name: "Bread", Count: 1}, {Name: "Pizza", Count: 1}})
			names, err7 := store.SellableNames(ctx, tx, b.mine.ID)
			same(t, "names", names, []store.Searchable{{ID: b.bread.ID, SearchName: "brown bread", Category: "Bread", Store: b.mine.Name}})
			return errors.Join(err, err2, err3, err4, err5, err6, err7)
		})
		b.write(func(ctx context.Context, tx db.Tx) error {
			left, ok, err := store.TakeStock(ctx, tx, b.mine.ID, b.bread.ID, 9)
			same(t, "left", left.Stock, 1)
			_, more, err2 := store.TakeStock(ctx, tx, b.mine.ID, b.bread.ID, 2)
			low, err3 := store.LowStock(ctx, tx, b.mine.ID)
			if !ok || more || len(low) != 1 {
				t.Error("take", ok, more, low)
			}
			back, err4 := store.ReturnStock(ctx, tx, b.mine.ID, b.bread.ID, 4)
			same(t, "returned", back.Stock, 5)
			return errors.Join(err, err2, err3, err4)
		})
		b.write(func(ctx context.Context, tx db.Tx) error {
			p := b.bread
			p.Name, p.Active, p.Price.Amount, p.UpdatedAt = "Crème Brûlée", false, 99, tx.Now()
			if err := store.UpdateProduct(ctx, tx, p); err != nil {
				return err
			}
			all, err := store.MerchantProducts(ctx, tx, b.mine.ID)
			same(t, "updated", all, []musika.Product{p})
			names, err2 := store.SellableNames(ctx, tx, b.mine.ID)
			same(t, "inactive is hidden", len(names), 0)
			return errors.Join(err, err2)
		})
	})
}

func TestUserAndChannel(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.write(func(ctx context.Context, tx db.Tx) error {
			u := musika.User{ID: "usr_1", Phone: "+263771000001", Name: "Rudo", Role: musika.RoleOwner, MerchantID: b.mine.ID, CreatedAt: tx.Now()}
			if err := store.InsertUser(ctx, tx, u); err != nil {
				return err
			}
			byPhone, ok, err := store.UserByPhone(ctx, tx, u.Phone)
			same(t, "by phone", byPhone, u)
			of, err2 := store.MerchantUsers(ctx, tx, b.mine.ID)
			same(t, "of merchant", of, []musika.User{u})
			c, person, err3 := store.Person(ctx, tx, b.customer.ID)
			same(t, "person", person, &u)
			same(t, "person's customer", c.ID, b.customer.ID)
			u.Role, u.MerchantID = musika.RoleDriver, ""
			err4 := store.UpdateUser(ctx, tx, u)
			drivers, err5 := store.UsersByRole(ctx, tx, musika.RoleDriver)
			same(t, "drivers", drivers, []musika.User{u})
			err6 := store.DeleteUser(ctx, tx, u.ID)
			_, person, err7 := store.Person(ctx, tx, b.customer.ID)
			if !ok || person != nil {
				t.Error("person", ok, person)
			}
			return errors.Join(err, err2, err3, err4, err5, err6, err7)
		})
		b.write(func(ctx context.Context, tx db.Tx) error {
			got, ok, err := store.ChannelByExternalID(ctx, tx, "cloudapi", "2")
			same(t, "channel", got, b.another)
			_, none, err2 := store.ChannelByExternalID(ctx, tx, "waweb", "2")
			if err := store.SetPrefix(ctx, tx, b.channel.ID, "."); err != nil {
				return err
			}
			again, err3 := store.EnsureChannel(ctx, tx, musika.Channel{Kind: "cloudapi", ExternalID: "1", Name: "Renamed", Phone: "+1555"})
			want := b.channel
			want.Name, want.Phone, want.Prefix = "Renamed", "+1555", "."
			same(t, "ensured again", again, want)
			all, err4 := store.Channels(ctx, tx)
			if !ok || none || len(all) != 2 {
				t.Error("channels", ok, none, all)
			}
			return errors.Join(err, err2, err3, err4)
		})
	})
}

func TestCart(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.write(func(ctx context.Context, tx db.Tx) error {
			id, err := store.TouchCart(ctx, tx, b.customer.ID, b.mine.ID)
			if err != nil {
				return err
			}
			if again, err := store.TouchCart(ctx, tx, b.customer.ID, b.mine.ID); err != nil || again != id {
				t.Errorf("touched %s, then %s: %v", id, again, err)
			}
			if err := store.SetCartLine(ctx, tx, id, b.bread.ID, 3, musika.Money{Amount: 100}); err != nil {
				return err
			}
			if err := store.SetCartLine(ctx, tx, id, b.bread.ID, 4, b.bread.Price); err != nil {
				return err
			}
			if err := store.SetCartPromotion(ctx, tx, id, "TEN"); err != nil {
				return err
			}
			c, ok, err := store.CartOf(ctx, tx, b.customer.ID, b.mine.ID)
			want := musika.Cart{ID: id, CustomerID: b.customer.ID, MerchantID: b.mine.ID, Promotion: "TEN", UpdatedAt: tx.Now(), Lines: []musika.CartLine{
				{ProductID: b.bread.ID, Name: "Brown Bread", Category: "Bread", Price: b.bread.Price, SeenPrice: b.bread.Price, Quantity: 4, Stock: 10, Active: true}}}
			same(t, "cart", c, want)
			open, err2 := store.OpenCarts(ctx, tx, b.mine.ID)
			carts, err3 := store.CartsOf(ctx, tx, b.customer.ID)
			same(t, "carts", carts, []musika.Cart{want})
			err4 := store.EmptyCart(ctx, tx, id)
			carts, err5 := store.CartsOf(ctx, tx, b.customer.ID)
			if !ok || open != 1 || len(carts) != 0 {
				t.Error("carts", ok, open, carts)
			}
			return errors.Join(err, err2, err3, err4, err5, store.LockCarts(ctx, tx, b.customer.ID))
		})
	})
}

func TestOrderFamily(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.write(func(ctx context.Context, tx db.Tx) error {
			o := b.order(tx.Now())
			if err := store.InsertOrder(ctx, tx, o, "key"); err != nil {
				return err
			}
			pickup := b.order(tx.Now().Add(time.Second))
			pickup.Location, pickup.Fulfilment, pickup.Promotion = nil, musika.Pickup, ""
			if err := store.InsertOrder(ctx, tx, pickup, "key2"); err != nil {
				return err
			}
			got, err := store.LockOrder(ctx, tx, o.ID)
			same(t, "read back", got, o)
			byCode, err2 := store.OrderByCode(ctx, tx, o.Code)
			same(t, "by code", byCode, o)
			byKey, ok, err3 := store.OrderByKey(ctx, tx, b.mine.ID, "key")
			same(t, "by key", byKey, o)
			taken, err4 := store.OrderCodeTaken(ctx, tx, o.Code)
			of, err5 := store.CustomerOrders(ctx, tx, b.customer.ID, 10)
			same(t, "of customer", of, []musika.Order{pickup, o})
			n, err6 := store.CountCustomerOrders(ctx, tx, b.customer.ID, "TEN")
			if !ok || !taken || n != 1 {
				t.Error("order", ok, taken, n)
			}
			page, err7 := store.MerchantOrders(ctx, tx, b.mine.ID, store.OrderFilter{
				Statuses: []musika.OrderStatus{musika.OrderPending, musika.OrderReady}, Since: tx.Now(), Limit: 1, Offset: 1})
			same(t, "page", page, []musika.Order{o})
			o.Status, o.Reason = musika.OrderDelivered, "because"
			err8 := store.SetOrderStatus(ctx, tx, o)
			unrated, err9 := store.UnratedOrders(ctx, tx, b.customer.ID, 10)
			same(t, "unrated", unrated, []musika.Order{o})
			if err := store.MarkRated(ctx, tx, b.customer.ID, o.ID); err != nil {
				return err
			}
			first := musika.StatusChange{To: musika.OrderPending, Actor: musika.System, At: tx.Now()}
			second := musika.StatusChange{From: musika.OrderPending, To: musika.OrderDelivered, Actor: musika.Actor{Kind: "user", ID: "u"}, Reason: "r", At: tx.Now()}
			if err := store.AppendHistory(ctx, tx, o, first); err != nil {
				return err
			}
			if err := store.AppendHistory(ctx, tx, o, second); err != nil {
				return err
			}
			steps, err10 := store.OrderHistory(ctx, tx, o.ID)
			same(t, "history", steps, []musika.StatusChange{first, second})
			sold, err11 := store.BestSellers(ctx, tx, tx.Now().Add(-time.Hour), 5)
			same(t, "sold", sold, []store.UnitsSold{{ProductID: b.bread.ID, Units: 6}})
			return errors.Join(err, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11)
		})
	})
}

func TestPaymentDeliveryPromotionFeedback(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setup(t, d)
		b.write(func(ctx context.Context, tx db.Tx) error {
			o := b.order(tx.Now())
			o.Status = musika.OrderConfirmed
			if err := store.InsertOrder(ctx, tx, o, "key"); err != nil {
				return err
			}
			p := musika.Payment{ID: "pay_1", OrderID: o.ID, MerchantID: b.mine.ID, Method: musika.PayCash, Status: musika.PaymentPending,
				Amount: o.Totals.Total, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
			err := store.InsertPayment(ctx, tx, p)
			p.Status = musika.PaymentPaid
			err2 := store.SetPaymentStatus(ctx, tx, p)
			paid, err3 := store.LockPaymentOf(ctx, tx, o.ID)
			same(t, "payment", paid, p)

			driver := musika.User{ID: "usr_1", Phone: "+263771000077", Name: "D", Role: musika.RoleDriver, CreatedAt: tx.Now()}
			task := musika.DeliveryTask{ID: "dlv_1", OrderID: o.ID, MerchantID: b.mine.ID, Status: musika.DeliveryPending, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
			err4 := errors.Join(store.InsertUser(ctx, tx, driver), store.InsertDelivery(ctx, tx, task))
			open, err5 := store.DriverDeliveries(ctx, tx, driver.ID, 5)
			same(t, "open tasks", open, []musika.DeliveryTask{task})
			task.DriverID, task.Status = driver.ID, musika.DeliveryAccepted
			err6 := store.UpdateDelivery(ctx, tx, task)
			mine, err7 := store.DriverDeliveries(ctx, tx, driver.ID, 5)
			same(t, "my tasks", mine, []musika.DeliveryTask{task})
			_, none, err8 := store.DeliveryOf(ctx, tx, "ord_none")

			f := musika.Feedback{OrderID: o.ID, MerchantID: b.mine.ID, CustomerID: b.customer.ID, Stars: 4, Text: "nice", CreatedAt: tx.Now()}
			once, err9 := store.InsertFeedback(ctx, tx, f)
			twice, err10 := store.InsertFeedback(ctx, tx, musika.Feedback{OrderID: o.ID, MerchantID: b.mine.ID, CustomerID: b.customer.ID, Stars: 1, CreatedAt: tx.Now()})
			said, err11 := store.MerchantFeedback(ctx, tx, b.mine.ID, 5)
			same(t, "feedback", said, []musika.Feedback{f})
			if none || !once || twice {
				t.Error("feedback", none, once, twice)
			}
			return errors.Join(err, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11)
		})
		b.write(func(ctx context.Context, tx db.Tx) error {
			p := musika.Promotion{ID: "prm_1", MerchantID: b.mine.ID, Code: "TEN", Title: "t", Kind: musika.PromotionPercent, Value: 1000,
				Currency: musika.USD, Cap: 1, Minimum: 2, Category: "Bread", Weekdays: 65, FirstOrder: true, Premium: true, MaxUses: 3,
				StartsAt: tx.Now().Add(-time.Hour), EndsAt: tx.Now().Add(time.Hour), Active: true}
			err := store.InsertPromotion(ctx, tx, p)
			platform := p
			platform.ID, platform.MerchantID, platform.Code, platform.EndsAt = "prm_2", "", "ALL", tx.Now().Add(2*time.Hour)
			over := p
			over.ID, over.Code, over.EndsAt = "prm_3", "OVER", tx.Now()
			err2 := errors.Join(store.InsertPromotion(ctx, tx, platform), store.InsertPromotion(ctx, tx, over))
			got, ok, err3 := store.PromotionByCode(ctx, tx, "TEN")
			same(t, "promotion", got, p)
			running, err4 := store.RunningPromotions(ctx, tx, b.mine.ID)
			same(t, "running", running, []musika.Promotion{p, platform})
			elsewhere, err5 := store.RunningPromotions(ctx, tx, b.theirs.ID)
			same(t, "elsewhere", elsewhere, []musika.Promotion{platform})
			all, err6 := store.RunningPromotions(ctx, tx, "")
			same(t, "everywhere", all, []musika.Promotion{p, platform})
			err7 := store.SetPromotionActive(ctx, tx, b.mine.ID, p.ID, false)
			own, err8 := store.MerchantPromotions(ctx, tx, b.mine.ID)
			if !ok || len(own) != 2 || own[1].Active {
				t.Error("own", ok, own)
			}
			return errors.Join(err, err2, err3, err4, err5, err6, err7, err8)
		})
		b.refused(musika.CodeConflict, func(ctx context.Context, tx db.Tx) error {
			return store.InsertPromotion(ctx, tx, musika.Promotion{ID: "prm_9", Code: "TEN"})
		})
	})
}
