package simulator

import (
	"bytes"
	"encoding/json"
	"unicode/utf16"
	"unicode/utf8"
)

// marshalPHP encodes v as PHP's json_encode does, which is what Meta's webhooks
// carry: code points above U+007F as lower-case \u escapes (surrogate pairs
// beyond the BMP), "/" as "\/", and "<", ">", "&" as they are. The signature is
// made over exactly these bytes.
func marshalPHP(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		// Everything encoded here is made of strings, numbers, maps and checked
		// raw JSON, so this is a programming error.
		panic("simulator: encoding: " + err.Error())
	}
	return escapePHP(bytes.TrimSuffix(buf.Bytes(), []byte("\n")))
}

const lowerHex = "0123456789abcdef"

// escapePHP rewrites JSON made by encoding/json, parts of which may have been
// rewritten before. Outside of strings such JSON has neither slashes nor bytes
// above 0x7f.
func escapePHP(src []byte) []byte {
	extra := 0
	for _, b := range src {
		if b == '/' || b >= utf8.RuneSelf {
			extra += 4
		}
	}
	if extra == 0 {
		return src
	}
	dst := make([]byte, 0, len(src)+extra)
	for i := 0; i < len(src); {
		b := src[i]
		switch {
		case b == '\\':
			dst = append(dst, b, src[i+1]) // an escape, perhaps "\/", stays as it is
			i += 2
		case b == '/':
			dst = append(dst, '\\', '/')
			i++
		case b < utf8.RuneSelf:
			dst = append(dst, b)
			i++
		default:
			r, n := utf8.DecodeRune(src[i:])
			if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
				dst = appendEscape(appendEscape(dst, hi), lo)
			} else {
				dst = appendEscape(dst, r)
			}
			i += n
		}
	}
	return dst
}

func appendEscape(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', lowerHex[r>>12&0xf], lowerHex[r>>8&0xf], lowerHex[r>>4&0xf], lowerHex[r&0xf])
}

// reencode turns JSON from outside into the form marshalPHP gives, so that no
// foreign escapes survive in webhook bytes. Numbers keep their digits.
func reencode(raw json.RawMessage) (json.RawMessage, error) {
	var v any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return marshalPHP(v), nil
}
