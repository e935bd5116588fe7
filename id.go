package musika

import (
	"crypto/rand"
	"encoding/binary"
	"time"
)

// Identifiers are text: a prefix that says what they name, an underscore, and
// 26 characters that sort by the millisecond of creation. A distinct type per
// noun keeps an order's id from being passed as a product's.
type (
	// UserID and the others name one noun each.
	UserID         string // usr_…
	MerchantID     string // mer_…
	ProductID      string // prd_…
	CustomerID     string // cus_…
	AddressID      string // adr_… a delivery address
	ChannelID      string // chn_…
	ConversationID string // cnv_…
	MessageID      string // msg_…
	CartID         string // crt_…
	OrderID        string // ord_…
	PaymentID      string // pay_…
	DeliveryID     string // dlv_…
	PromotionID    string // prm_…
	EventID        string // evt_…
	APIKeyID       string // key_…
	TemplateID     string // tpl_…
)

// idAlphabet is Crockford's base 32 in lower case: no i, l, o, u, so that an
// id read aloud or typed from paper is not mistaken.
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// NewID returns prefix + "_" + 26 characters: 48 bits of milliseconds, then 80
// random bits. Ids made in the same millisecond sort in no particular order.
func NewID(prefix string, now time.Time) string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], uint64(now.UnixMilli())<<16)
	_, _ = rand.Read(raw[6:]) // crypto/rand.Read never fails (Go 1.24+)
	out := make([]byte, 0, len(prefix)+27)
	out = append(out, prefix...)
	out = append(out, '_')
	hi, lo := binary.BigEndian.Uint64(raw[:8]), binary.BigEndian.Uint64(raw[8:])
	for shift := 125; shift >= 0; shift -= 5 {
		out = append(out, idAlphabet[bitsAt(hi, lo, shift)])
	}
	return string(out)
}

// bitsAt returns the five bits at shift of the 128-bit number hi:lo.
func bitsAt(hi, lo uint64, shift int) uint64 {
	switch {
	case shift >= 64:
		return hi >> (shift - 64) & 31
	case shift > 59:
		return (hi<<(64-shift) | lo>>shift) & 31
	default:
		return lo >> shift & 31
	}
}

// codeAlphabet leaves out vowels and look-alikes: a code is never a word, and
// is typed on a small keyboard without mistakes.
const codeAlphabet = "23456789BCDFGHJKMNPQRSTVWXYZ"

// CodeLength is the number of characters of a code that people read and type,
// such as an order's. 28^6 is 481 million.
const CodeLength = 6

// NewCode returns a random code of CodeLength characters. It is not unique by
// itself: whoever stores it checks.
func NewCode() string {
	var out [CodeLength]byte
	for i := range out {
		out[i] = codeAlphabet[randBelow(len(codeAlphabet))]
	}
	return string(out[:])
}

// randBelow returns an unbiased random number in [0, n), n ≤ 256.
func randBelow(n int) int {
	limit := 256 - 256%n
	var b [1]byte
	for {
		_, _ = rand.Read(b[:])
		if int(b[0]) < limit {
			return int(b[0]) % n
		}
	}
}
