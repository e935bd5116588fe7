package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// text is a string parameter. Graph takes a number or a boolean where it wants
// a string, and so does this.
type text string

// UnmarshalJSON accepts a JSON string, number or boolean; null is "".
func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case len(b) > 0 && b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(s)
	case bytes.Equal(b, []byte("null")):
	case len(b) > 0 && (b[0] == '{' || b[0] == '['):
		return errors.New("must be a string")
	default:
		*t = text(b)
	}
	return nil
}

// flag is a boolean parameter; Graph takes "true", "false", 1 and 0 for it.
type flag bool

// UnmarshalJSON accepts a JSON boolean or what stands for one.
func (f *flag) UnmarshalJSON(b []byte) error {
	switch strings.Trim(string(b), `"`) {
	case "true", "1":
		*f = true
	case "false", "0", "", "null":
		*f = false
	default:
		return errors.New("must be a boolean")
	}
	return nil
}

// decode reads the parameter called name into dst; a wrong shape is code 100.
func decode(raw json.RawMessage, name string, dst any) *graphError {
	if isNull(raw) {
		return nil
	}
	if err := json.Unmarshal(raw, dst); err != nil {
		if typeErr := new(json.UnmarshalTypeError); errors.As(err, &typeErr) && typeErr.Field != "" {
			return failParam("Param %s['%s'] must be of type %s.", name, strings.ReplaceAll(typeErr.Field, ".", "']['"), jsonType(typeErr.Type.Kind().String()))
		}
		return failParam("Param %s is not of the expected type.", name)
	}
	return nil
}

func isNull(raw json.RawMessage) bool {
	return len(raw) == 0 || bytes.Equal(bytes.TrimSpace(raw), []byte("null"))
}

func jsonType(kind string) string {
	switch kind {
	case "struct", "map", "ptr":
		return "object"
	case "slice", "array":
		return "array"
	case "bool":
		return "boolean"
	case "string":
		return "string"
	}
	return "number"
}

// str reads a string parameter; absent is "".
func str(params map[string]json.RawMessage, name string) (string, *graphError) {
	var t text
	if gerr := decode(params[name], name, &t); gerr != nil {
		return "", gerr
	}
	return string(t), nil
}

// wantProduct refuses a call without messaging_product=whatsapp.
func wantProduct(params map[string]json.RawMessage) *graphError {
	product, gerr := str(params, "messaging_product")
	if gerr != nil {
		return gerr
	}
	return checkProduct(product)
}

func checkProduct(product string) *graphError {
	if product == "" {
		return failParam("The parameter messaging_product is required.")
	}
	if product != "whatsapp" {
		return failParam("Param messaging_product must be one of {WHATSAPP} - got \"%s\".", product)
	}
	return nil
}

// runes counts characters as Meta counts them: code points, not bytes.
func runes(s string) int { return utf8.RuneCountInString(s) }
