package simulator

import (
	crand "crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
)

// ids hands out the numeric ids of media, templates and the like.
type ids struct{ last atomic.Int64 }

func (i *ids) next() string {
	// Starts high enough to look like Meta's ids and stays below 2^53, since
	// message_template_id is a JSON number.
	return strconv.FormatInt(1_000_000_000_000_000+i.last.Add(1), 10)
}

// newWamid makes a message id of the shape that Meta's have: "wamid." and
// base64 of the other party's number and a random part. It is opaque to users.
func newWamid(waID string, out bool) string {
	var rnd [10]byte
	_, _ = crand.Read(rnd[:]) // never fails
	b := make([]byte, 0, 64)
	b = append(b, 0x1c, 0x18, byte(len(waID)&0x7f))
	b = append(b, waID...)
	direction := byte(0x12)
	if out {
		direction = 0x11
	}
	b = append(b, 0x15, 0x02, 0x00, direction, 0x18, 0x14)
	b = append(b, strings.ToUpper(hex.EncodeToString(rnd[:]))...)
	b = append(b, 0x00)
	return "wamid." + base64.StdEncoding.EncodeToString(b)
}

// newTraceID is the fbtrace_id of an error.
func newTraceID() string {
	var b [8]byte
	_, _ = crand.Read(b[:]) // never fails
	return "A" + base64.RawURLEncoding.EncodeToString(b[:])
}

// newQRCode is the code of a QR link: 14 of [A-Z2-7].
func newQRCode() string { return crand.Text()[:14] }

func newUserID(waID string) string {
	return countryOf(waID) + "." + strconv.FormatInt(1_000_000_000_000_000+randomN(8_000_000_000_000_000), 10)
}

func newPin() string { return fmt.Sprintf("%06d", randomN(1_000_000)) }

// randomN draws from 0 to n-1, for delays and numbers that guard nothing.
func randomN(n int64) int64 {
	return rand.Int64N(n)
}

// dialCountries maps calling codes to countries, for the country of a
// business-scoped user id and of a number written without "+".
var dialCountries = map[string]string{
	"1": "US", "7": "RU", "20": "EG", "27": "ZA", "30": "GR", "31": "NL", "32": "BE", "33": "FR", "34": "ES",
	"39": "IT", "41": "CH", "43": "AT", "44": "GB", "45": "DK", "46": "SE", "47": "NO", "48": "PL", "49": "DE",
	"51": "PE", "52": "MX", "53": "CU", "54": "AR", "55": "BR", "56": "CL", "57": "CO", "58": "VE", "60": "MY",
	"61": "AU", "62": "ID", "63": "PH", "64": "NZ", "65": "SG", "66": "TH", "81": "JP", "82": "KR", "84": "VN",
	"86": "CN", "90": "TR", "91": "IN", "92": "PK", "94": "LK", "98": "IR",
	"211": "SS", "212": "MA", "213": "DZ", "216": "TN", "218": "LY", "220": "GM", "221": "SN", "223": "ML",
	"224": "GN", "225": "CI", "226": "BF", "227": "NE", "228": "TG", "229": "BJ", "230": "MU", "231": "LR",
	"232": "SL", "233": "GH", "234": "NG", "235": "TD", "237": "CM", "241": "GA", "242": "CG", "243": "CD",
	"244": "AO", "249": "SD", "250": "RW", "251": "ET", "252": "SO", "254": "KE", "255": "TZ", "256": "UG",
	"257": "BI", "258": "MZ", "260": "ZM", "261": "MG", "263": "ZW", "264": "NA", "265": "MW", "266": "LS",
	"267": "BW", "268": "SZ", "351": "PT", "353": "IE", "358": "FI", "380": "UA", "420": "CZ", "593": "EC",
	"880": "BD", "966": "SA", "971": "AE", "972": "IL",
}

// callingCode is the country's calling code at the start of a number, or "".
func callingCode(waID string) string {
	for n := min(3, len(waID)); n > 0; n-- {
		if _, ok := dialCountries[waID[:n]]; ok {
			return waID[:n]
		}
	}
	return ""
}

func countryOf(waID string) string {
	if c, ok := dialCountries[callingCode(waID)]; ok {
		return c
	}
	return "ZZ"
}
