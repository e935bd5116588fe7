package musika

import "strconv"

// Currency is an ISO 4217 code.
type Currency string

const (
	USD Currency = "USD"
	ZWG Currency = "ZWG" // Zimbabwe Gold, since 2024
	ZAR Currency = "ZAR"
	ZWL Currency = "ZWL" // Zimbabwe dollar until 2024: read, never offered
)

// Valid reports whether prices may be set in c.
func (c Currency) Valid() bool { return c == USD || c == ZWG || c == ZAR }

// Money is an amount in minor units (cents) of a currency. All four currencies
// have two decimals. The zero value is no money in no currency.
type Money struct {
	Amount   int64    `json:"amount"` // minor units
	Currency Currency `json:"currency"`
}

// MaxAmount bounds a single price or total: ten million in major units. Sums
// of bounded lines stay far from overflow.
const MaxAmount = 10_000_000_00

// Add returns m+n. Adding different currencies is a defect and panics; an
// empty Money takes the other's currency.
func (m Money) Add(n Money) Money {
	switch {
	case m.Currency == "":
		m.Currency = n.Currency
	case n.Currency != "" && n.Currency != m.Currency:
		panic("musika: adding " + string(n.Currency) + " to " + string(m.Currency))
	}
	m.Amount += n.Amount
	return m
}

// Sub returns m-n under the same rule as Add.
func (m Money) Sub(n Money) Money { n.Amount = -n.Amount; return m.Add(n) }

// Times returns m × quantity.
func (m Money) Times(quantity int) Money { m.Amount *= int64(quantity); return m }

// BasisPoints returns points/10,000 of m, rounded half up: 1500 is 15 %.
func (m Money) BasisPoints(points int) Money {
	m.Amount = (m.Amount*int64(points) + 5000) / 10000
	return m
}

// IsZero reports whether there is no amount.
func (m Money) IsZero() bool { return m.Amount == 0 }

// Format writes m as a person who reads lang expects it: $12.50, R12,50 in
// Afrikaans, ZWG 12.50. Thousands are set apart from 1,000 up.
func (m Money) Format(lang Language) string { return string(m.AppendFormat(nil, lang)) }

// AppendFormat appends what Format returns to b.
func (m Money) AppendFormat(b []byte, lang Language) []byte {
	amount := uint64(m.Amount)
	if m.Amount < 0 {
		b = append(b, '-')
		amount = -amount
	}
	switch m.Currency {
	case USD:
		b = append(b, '$')
	case ZAR:
		b = append(b, 'R')
	default:
		b = append(b, m.Currency...)
		b = append(b, ' ')
	}
	var digits [20]byte
	b = lang.AppendNumber(b, strconv.AppendUint(digits[:0], amount/100, 10))
	return append(b, lang.decimalPoint(), byte('0'+amount/10%10), byte('0'+amount%10))
}

// String formats m in English.
func (m Money) String() string { return m.Format(English) }
