package musika

import (
	"bytes"
	"time"
)

// Language is the BCP 47 tag of a language that the bot speaks.
type Language string

const (
	English   Language = "en"
	Shona     Language = "sn"
	Zulu      Language = "zu"
	Afrikaans Language = "af"
)

// Languages lists those that the bot speaks, English, the complete one, first.
var Languages = []Language{English, Shona, Zulu, Afrikaans}

// Valid reports whether the bot speaks l.
func (l Language) Valid() bool {
	return l == English || l == Shona || l == Zulu || l == Afrikaans
}

// months are the short names of months, as dates in messages write them.
var months = map[Language][12]string{
	English:   {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	Shona:     {"Ndi", "Kuk", "Kur", "Kub", "Chi", "Chk", "Chg", "Nya", "Gun", "Gum", "Mbu", "Zvi"},
	Zulu:      {"Jan", "Feb", "Mas", "Eph", "Mey", "Jun", "Jul", "Aga", "Sep", "Okt", "Nov", "Dis"},
	Afrikaans: {"Jan", "Feb", "Mrt", "Apr", "Mei", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Des"},
}

// Month returns m's short name in l, the English one where l is not spoken.
func (l Language) Month(m time.Month) string {
	names, ok := months[l]
	if !ok {
		names = months[English]
	}
	return names[m-1]
}

// decimalPoint stands between units and fractions.
func (l Language) decimalPoint() byte {
	if l == Afrikaans {
		return ','
	}
	return '.'
}

// AppendNumber appends a decimal number, written with digits, an optional sign
// and an optional point, as l writes it: thousands apart, and its own point.
func (l Language) AppendNumber(b, number []byte) []byte {
	comma := ","
	if l == Afrikaans {
		comma = "\u00a0"
	}
	if len(number) > 0 && number[0] == '-' {
		b, number = append(b, '-'), number[1:]
	}
	whole, fraction, has := bytes.Cut(number, []byte("."))
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b = append(b, comma...)
		}
		b = append(b, d)
	}
	if has {
		b = append(append(b, l.decimalPoint()), fraction...)
	}
	return b
}
