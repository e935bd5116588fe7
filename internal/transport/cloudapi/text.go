package cloudapi

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// text is a string read leniently: a number becomes its digits, anything else
// is empty. It never fails, so that one field of an unforeseen type does not
// cost the rest. NUL, which databases refuse in text, becomes U+FFFD as invalid
// UTF-8 does.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(b []byte) error {
	*t = ""
	switch {
	case len(b) == 0:
	case b[0] == '"':
		if bytes.IndexByte(b, '\\') < 0 && utf8.Valid(b) { // the common case: nothing to decode
			*t = text(b[1 : len(b)-1])
			return nil
		}
		var s string
		if json.Unmarshal(b, &s) == nil {
			*t = text(strings.ReplaceAll(s, "\x00", "\uFFFD"))
		}
	case b[0] == '-', b[0] >= '0' && b[0] <= '9':
		*t = text(b)
	}
	return nil
}

// truth is a boolean read leniently: true, or the string "true".
type truth bool

// UnmarshalJSON implements json.Unmarshaler.
func (t *truth) UnmarshalJSON(b []byte) error {
	*t = truth(string(b) == "true" || string(b) == `"true"`)
	return nil
}

// cut shortens s to n characters and reports whether it had to.
func cut(s string, n int) (string, bool) {
	if len(s) <= n {
		return s, false
	}
	for i := range s {
		if n == 0 {
			return s[:i], true
		}
		n--
	}
	return s, false
}

// cleanRaw returns a copy of raw that a database can keep as JSON: valid UTF-8,
// without escaped NULs.
func cleanRaw(raw json.RawMessage) json.RawMessage {
	raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	if !bytes.Contains(raw, []byte(`\u0000`)) {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' || i+1 >= len(raw) {
			out = append(out, raw[i])
			continue
		}
		if bytes.HasPrefix(raw[i:], []byte(`\u0000`)) {
			out = append(out, `\ufffd`...)
			i += 5
			continue
		}
		out = append(out, raw[i], raw[i+1]) // an escape: its second byte begins no other
		i++
	}
	return out
}
