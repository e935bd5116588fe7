package commerce

import (
	"fmt"
	"time"

	"github.com/musika/musika"
)

func refuseQuantity() error {
	return musika.Errorf(musika.CodeInvalid, "Choose a quantity from 1 to %d.", musika.MaxQuantity)
}

// refuseStock says how many of p are left for a customer who has some in the
// cart already.
func refuseStock(p musika.Product, inCart int) error {
	switch {
	case p.Stock == 0:
		return musika.Errorf(musika.CodeOutOfStock, "%s is sold out. Choose something else.", p.Name)
	case inCart > 0:
		return musika.Errorf(musika.CodeOutOfStock, "Only %d %s left, and %d in your cart already.", p.Stock, p.Name, inCart)
	}
	return musika.Errorf(musika.CodeOutOfStock, "Only %d %s left. Choose %d or fewer.", p.Stock, p.Name, min(p.Stock, musika.MaxQuantity))
}

// refuseClosed returns a CodeStoreClosed error that says when m takes orders
// again, or nil when it takes them now.
func refuseClosed(m musika.Merchant, now time.Time) error {
	switch {
	case m.OpenAt(now):
		return nil
	case m.State != musika.MerchantApproved:
		return musika.Errorf(musika.CodeStoreClosed, "%s does not take orders. Choose another store.", m.Name)
	case m.StoreState == musika.StoreClosed:
		return musika.Errorf(musika.CodeStoreClosed, "%s takes no orders until further notice. Choose another store or try later.", m.Name)
	}
	local := now.In(m.Zone())
	day := "today"
	if local.Hour()*60+local.Minute() >= m.Hours.Open {
		day = "tomorrow"
	}
	return musika.Errorf(musika.CodeStoreClosed, "%s is closed now. It opens %s at %s.", m.Name, day, clockTime(m.Hours.Open))
}

// clockTime writes minutes after midnight as 08:30.
func clockTime(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }
