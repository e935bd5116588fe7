package musika_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/musika/musika"
)

func TestNewIDSortsByTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var ids []string
	for i := range 1000 {
		ids = append(ids, musika.NewID("ord", at.Add(time.Duration(i)*time.Millisecond)))
	}
	if !slices.IsSorted(ids) {
		t.Error("ids of later milliseconds sort earlier")
	}
	if len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Error("two ids are the same")
	}
	for _, id := range ids {
		if len(id) != len("ord_")+26 || !strings.HasPrefix(id, "ord_") {
			t.Fatalf("id %q: want ord_ and 26 characters", id)
		}
	}
}

func TestNewIDKeepsTheTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := time.UnixMilli(rapid.Int64Range(0, 1<<47).Draw(t, "a"))
		b := time.UnixMilli(rapid.Int64Range(0, 1<<47).Draw(t, "b"))
		if a.Equal(b) {
			return
		}
		if (musika.NewID("x", a) < musika.NewID("x", b)) != a.Before(b) {
			t.Fatalf("ids of %v and %v sort the wrong way", a, b)
		}
	})
}

func TestNewCodeHasNoLookalikes(t *testing.T) {
	t.Parallel()
	for range 1000 {
		if c := musika.NewCode(); len(c) != musika.CodeLength || strings.ContainsAny(c, "01AEIOUL") {
			t.Fatalf("code %q", c)
		}
	}
}

func TestMoneyFormat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		money musika.Money
		lang  musika.Language
		want  string
	}{
		{musika.Money{Amount: 1250, Currency: musika.USD}, musika.English, "$12.50"},
		{musika.Money{Amount: 5, Currency: musika.USD}, musika.English, "$0.05"},
		{musika.Money{Amount: -123456789, Currency: musika.USD}, musika.English, "-$1,234,567.89"},
		{musika.Money{Amount: 100000, Currency: musika.ZAR}, musika.Afrikaans, "R1\u00a0000,00"},
		{musika.Money{Amount: 99900, Currency: musika.ZWG}, musika.Shona, "ZWG 999.00"},
	} {
		if got := tt.money.Format(tt.lang); got != tt.want {
			t.Errorf("%+v in %s is %q, want %q", tt.money, tt.lang, got, tt.want)
		}
	}
}

func TestNumbersAndMonthsByLanguage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		number string
		lang   musika.Language
		want   string
	}{
		{"0", musika.English, "0"},
		{"999", musika.English, "999"},
		{"1234567.5", musika.Shona, "1,234,567.5"},
		{"-1000", musika.Zulu, "-1,000"},
		{"-1000.25", musika.Afrikaans, "-1\u00a0000,25"},
	} {
		if got := string(tt.lang.AppendNumber(nil, []byte(tt.number))); got != tt.want {
			t.Errorf("%s in %s is %q, want %q", tt.number, tt.lang, got, tt.want)
		}
	}
	for _, lang := range append(slices.Clone(musika.Languages), "fr") {
		seen := map[string]bool{}
		for m := time.January; m <= time.December; m++ {
			seen[lang.Month(m)] = true
		}
		if len(seen) != 12 || seen[""] {
			t.Errorf("%s has the months %v", lang, seen)
		}
	}
	if got := (musika.Money{Amount: math.MinInt64, Currency: musika.USD}).String(); got != "-$92,233,720,368,547,758.08" {
		t.Errorf("the smallest amount is %s", got)
	}
}

func TestMoneyArithmetic(t *testing.T) {
	t.Parallel()
	usd := func(n int64) musika.Money { return musika.Money{Amount: n, Currency: musika.USD} }
	if got := usd(250).Times(3).Add(usd(1)).Sub(usd(51)); got != usd(700) {
		t.Errorf("got %v", got)
	}
	if got := usd(1005).BasisPoints(1500); got != usd(151) { // 150.75
		t.Errorf("15 %% of 10.05 is %v", got)
	}
	if got := (musika.Money{}).Add(usd(5)); got != usd(5) {
		t.Errorf("nothing plus 0.05 is %v", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("adding rand to dollars did not panic")
		}
	}()
	usd(1).Add(musika.Money{Amount: 1, Currency: musika.ZAR})
}

func TestParsePhone(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]musika.Phone{
		"+263 77 123 4567": "+263771234567", "263771234567": "+263771234567", "00263771234567": "+263771234567",
		"+27 (82) 123-4567": "+27821234567", "0771234567": "", "hello": "", "": "", "+2637": "", "1234567890123456": "",
		"+26377\u0000123456": "", "26377+1234567": "",
	} {
		got, err := musika.ParsePhone(in)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q is %q, %v; want %q", in, got, err, want)
		}
	}
	if got := musika.Phone("+263771234567").Masked(); got != "+263…567" {
		t.Errorf("masked %q", got)
	}
}

func TestStoreHours(t *testing.T) {
	t.Parallel()
	at := func(hour, minute int) time.Time { // Harare is two hours ahead of UTC
		return time.Date(2026, 3, 1, hour, minute, 0, 0, time.FixedZone("CAT", 2*3600))
	}
	m := musika.Merchant{State: musika.MerchantApproved, StoreState: musika.StoreOpen, TimeZone: "Africa/Harare"}
	for _, tt := range []struct {
		open, close int
		at          time.Time
		want        bool
	}{
		{8 * 60, 17 * 60, at(8, 0), true}, {8 * 60, 17 * 60, at(7, 59), false}, {8 * 60, 17 * 60, at(17, 0), false},
		{18 * 60, 2 * 60, at(1, 59), true}, {18 * 60, 2 * 60, at(2, 0), false}, {18 * 60, 2 * 60, at(18, 0), true},
		{0, 0, at(3, 0), true},
	} {
		m.Hours = musika.Hours{Open: tt.open, Close: tt.close}
		if got := m.OpenAt(tt.at); got != tt.want {
			t.Errorf("open %d to %d at %v: %v, want %v", tt.open, tt.close, tt.at, got, tt.want)
		}
	}
	m.Hours = musika.Hours{}
	for _, change := range []func(){
		func() { m.StoreState = musika.StoreClosed },
		func() { m.StoreState, m.State = musika.StoreOpen, musika.MerchantSuspended },
	} {
		if change(); m.OpenAt(at(12, 0)) {
			t.Errorf("a store that is %s and %s takes orders", m.State, m.StoreState)
		}
	}
}

func TestOrderMoves(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status     musika.OrderStatus
		fulfilment musika.Fulfilment
		side       musika.Side
		want       []musika.OrderStatus
	}{
		{musika.OrderPending, musika.Delivery, musika.CustomerSide, []musika.OrderStatus{musika.OrderCancelled}},
		{musika.OrderConfirmed, musika.Delivery, musika.CustomerSide, nil},
		{musika.OrderPending, musika.Delivery, musika.MerchantSide, []musika.OrderStatus{musika.OrderConfirmed, musika.OrderRejected, musika.OrderCancelled}},
		{musika.OrderReady, musika.Delivery, musika.MerchantSide, []musika.OrderStatus{musika.OrderOutForDelivery, musika.OrderCancelled}},
		{musika.OrderReady, musika.Pickup, musika.MerchantSide, []musika.OrderStatus{musika.OrderDelivered, musika.OrderCancelled}},
		{musika.OrderOutForDelivery, musika.Delivery, musika.MerchantSide, []musika.OrderStatus{musika.OrderDelivered}},
		{musika.OrderDelivered, musika.Delivery, musika.MerchantSide, nil},
	} {
		o := musika.Order{Status: tt.status, Fulfilment: tt.fulfilment}
		if got := o.Next(tt.side); !slices.Equal(got, tt.want) {
			t.Errorf("%s of a %s order leads to %v for the %s, want %v", tt.status, tt.fulfilment, got, tt.side, tt.want)
		}
	}
}

func TestLateStatusNeverLowersAState(t *testing.T) {
	t.Parallel()
	order := []musika.MessageState{musika.StateQueued, musika.StateSending, musika.StateSent, musika.StateFailed, musika.StateDelivered, musika.StateRead}
	for i := 1; i < len(order); i++ {
		if order[i-1].Rank() >= order[i].Rank() {
			t.Errorf("%s does not rank below %s", order[i-1], order[i])
		}
	}
}

func TestFallbackDropsNoChoice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := musika.Message{Kind: musika.KindList, Body: "Choose", List: &musika.List{Button: "Menu"}}
		for range rapid.IntRange(1, 4).Draw(t, "sections") {
			s := musika.Section{Title: rapid.StringMatching(`[a-z]{0,5}`).Draw(t, "section")}
			for range rapid.IntRange(1, 3).Draw(t, "rows") {
				s.Rows = append(s.Rows, musika.Row{ID: rapid.StringMatching(`[a-z]{1,9}`).Draw(t, "id"), Title: rapid.StringMatching(`[A-Z][a-z]{1,9}`).Draw(t, "title")})
			}
			m.List.Sections = append(m.List.Sections, s)
		}
		shown, options := m.Fallback(musika.Capabilities{})
		if shown.Kind != musika.KindText || !slices.Equal(options, m.Options()) {
			t.Fatalf("shown as %s with %v", shown.Kind, options)
		}
		for _, o := range options {
			if !strings.Contains(shown.Body, ". "+o.Title) {
				t.Fatalf("%q is missing from %q", o.Title, shown.Body)
			}
		}
		same, _ := m.Fallback(musika.Capabilities{ListRows: 12})
		if same.Kind != musika.KindList {
			t.Fatal("a list that fits became text")
		}
	})
}

func TestErrorTellsPeopleOnlyWhatTheyMayKnow(t *testing.T) {
	t.Parallel()
	inner := musika.Errorf(musika.CodeOutOfStock, "Only 2 left.")
	if got := musika.MessageOf(inner); got != "Only 2 left." {
		t.Errorf("got %q", got)
	}
	hidden := musika.Errorf(musika.CodeInternal, "table orders is broken")
	if got := musika.MessageOf(hidden); strings.Contains(got, "table") {
		t.Errorf("an internal error shows %q", got)
	}
	var c musika.Check
	c.That(false, "price", "must be above 0")
	if err := c.Err("The product"); musika.CodeOf(err) != musika.CodeInvalid || !strings.Contains(err.Error(), "price") {
		t.Errorf("got %v", err)
	}
}
