package musika

import "strings"

// Phone is a number in E.164 form: "+" and 8 to 15 digits.
type Phone string

// ParsePhone reads a number as people and transports write it: spaces, dashes,
// dots and brackets are dropped, a leading "00" is a "+", and digits alone are
// taken to be international, as Meta's wa_id is. A national number (leading 0)
// is refused: its country is unknown.
func ParsePhone(s string) (Phone, error) {
	var b strings.Builder
	for i, r := range strings.TrimSpace(s) {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '+' && i == 0, strings.ContainsRune(" -.()\u00a0", r):
		default:
			return "", Errorf(CodeInvalid, "%q is not a phone number. Write it with its country code, like +263771234567.", s)
		}
	}
	digits := strings.TrimPrefix(b.String(), "00")
	if len(digits) < 8 || len(digits) > 15 || digits[0] == '0' {
		return "", Errorf(CodeInvalid, "%q is not a phone number. Write it with its country code, like +263771234567.", s)
	}
	return Phone("+" + digits), nil
}

// Digits returns the number without its "+", the form of Meta's wa_id.
func (p Phone) Digits() string { return strings.TrimPrefix(string(p), "+") }

// Masked hides all but the country code's start and the last three digits, for
// logs: +263…001.
func (p Phone) Masked() string {
	if len(p) < 8 {
		return "…"
	}
	return string(p[:4]) + "…" + string(p[len(p)-3:])
}
