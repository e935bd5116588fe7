package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/musika/musika"
)

// Setting describes one setting and its present value.
type Setting struct {
	Group   string // heading that it stands under
	Name    string // the variable's name
	Doc     string
	Default string // empty: none
	Example string
	Values  string // what values there are, empty when any
	Secret  bool
	Value   string // present value; hidden when secret
	Source  string // "default", "environment", the file's path, or "" when not set
}

type field struct {
	Setting
	def      string
	check    string
	min, max string
	value    reflect.Value
}

// Settings lists every setting with its present value, in the order of the
// reference. Secrets are hidden.
func (c *Config) Settings() []Setting {
	var out []Setting
	for _, f := range c.fields() {
		f.Source = c.sources[f.Name]
		f.Value = show(f.value)
		if f.Secret && f.Value != "" {
			f.Value = hidden
		}
		out = append(out, f.Setting)
	}
	return out
}

// fields walks the struct; the values it returns set c's fields.
func (c *Config) fields() []field {
	var out []field
	groups := reflect.ValueOf(c).Elem()
	for i := range groups.NumField() {
		title, ok := groups.Type().Field(i).Tag.Lookup("title")
		if !ok {
			continue
		}
		group := groups.Field(i)
		for j := range group.NumField() {
			tag := group.Type().Field(j).Tag
			f := field{
				Setting: Setting{
					Group:   title,
					Name:    tag.Get("env"),
					Doc:     tag.Get("doc"),
					Default: tag.Get("default"),
					Example: tag.Get("example"),
					Secret:  tag.Get("secret") == "true" || group.Field(j).Type() == reflect.TypeFor[Secret](),
				},
				def: tag.Get("default"), check: tag.Get("check"), min: tag.Get("min"), max: tag.Get("max"),
				value: group.Field(j),
			}
			if f.Example == "" {
				f.Example = f.Default
			}
			f.Values = f.values()
			out = append(out, f)
		}
	}
	return out
}

// values says which values f takes.
func (f field) values() string {
	if list, ok := strings.CutPrefix(f.check, "oneof "); ok {
		return strings.ReplaceAll(list, " ", ", ")
	}
	if f.min != "" {
		return f.min + " to " + f.max
	}
	return ""
}

// set reads text into the field. Its error completes the sentence "value …".
func (f field) set(text string) error {
	text = strings.TrimSpace(text)
	if err := f.parse(text); err != nil {
		return err
	}
	name, arg, _ := strings.Cut(f.check, " ")
	if check, ok := checks[name]; ok {
		items := []string{text}
		if f.value.Kind() == reflect.Slice {
			items = split(text)
		}
		for _, item := range items {
			if err := check(item, arg); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f field) parse(text string) error {
	switch p := f.value.Addr().Interface().(type) {
	case *string:
		*p = text
	case *Secret:
		*p = Secret(text)
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return errors.New("is not a whole number")
		}
		lo, _ := strconv.Atoi(f.min)
		hi, _ := strconv.Atoi(f.max)
		if n < lo || n > hi {
			return fmt.Errorf("is not within %s to %s", f.min, f.max)
		}
		*p = n
	case *time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return errors.New("is not a time like 500ms, 6s or 2m")
		}
		lo, _ := time.ParseDuration(f.min)
		hi, _ := time.ParseDuration(f.max)
		if d < lo || d > hi {
			return fmt.Errorf("is not within %s to %s", f.min, f.max)
		}
		*p = d
	case *slog.Level:
		return p.UnmarshalText([]byte(text)) // the check has the person's words
	case *musika.Phone:
		phone, err := musika.ParsePhone(text)
		if err != nil {
			return errors.New("is not a phone number with its country code")
		}
		*p = phone
	case *[]string:
		*p = split(text)
	case *[]musika.Phone:
		*p = nil
		for _, item := range split(text) {
			phone, err := musika.ParsePhone(item)
			if err != nil {
				return errors.New("is not a list of phone numbers with their country codes")
			}
			*p = append(*p, phone)
		}
	default:
		panic("config: no reader for " + f.value.Type().String())
	}
	return nil
}

// split cuts a list at its commas and drops what is empty.
func split(text string) []string {
	var out []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

// show writes a value as it would be set.
func show(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		if x == 0 {
			return ""
		}
		return x.String()
	case slog.Level:
		return strings.ToLower(x.String())
	case []string:
		return strings.Join(x, ",")
	case []musika.Phone:
		var out []string
		for _, p := range x {
			out = append(out, string(p))
		}
		return strings.Join(out, ",")
	default:
		return fmt.Sprint(x)
	}
}

// prefixes are the characters that may start a command: what nobody starts a
// sentence with.
const prefixes = "!#$%&*+./:;=?@^_~-"

var (
	digitsPattern  = regexp.MustCompile(`^[0-9]{1,32}$`)
	versionPattern = regexp.MustCompile(`^v[0-9]{1,3}\.[0-9]{1,3}$`)
)

// checks are the rules that a check tag names; arg is what follows the name.
var checks = map[string]func(value, arg string) error{
	"hostport": func(v, _ string) error {
		_, port, err := net.SplitHostPort(v)
		n, bad := strconv.Atoi(port)
		if err != nil || bad != nil || n < 0 || n > 65535 {
			return errors.New("is not a host and a port")
		}
		return nil
	},
	"url": func(v, _ string) error {
		u, err := url.Parse(v)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
			return errors.New("is not an address that starts with http:// or https://")
		}
		if u.User != nil {
			return errors.New("must not hold a password")
		}
		return nil
	},
	"postgres": func(v, _ string) error {
		u, err := url.Parse(v)
		if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Host == "" && u.Query().Get("host") == "" {
			return errors.New("is not a PostgreSQL address")
		}
		return nil
	},
	"oneof": func(v, list string) error {
		for item := range strings.SplitSeq(list, " ") {
			if v == item {
				return nil
			}
		}
		return errors.New("is not one of " + strings.ReplaceAll(list, " ", ", "))
	},
	"level": func(v, _ string) error {
		switch strings.ToLower(v) {
		case "debug", "info", "warn", "error":
			return nil
		}
		return errors.New("is not one of debug, info, warn, error")
	},
	"digits": func(v, _ string) error {
		if !digitsPattern.MatchString(v) {
			return errors.New("is not made of digits only")
		}
		return nil
	},
	"version": func(v, _ string) error {
		if !versionPattern.MatchString(v) {
			return errors.New("is not a version")
		}
		return nil
	},
	"line": func(v, _ string) error {
		if utf8.RuneCountInString(v) > 80 || !utf8.ValidString(v) || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' }) {
			return errors.New("is not one line of at most 80 characters")
		}
		return nil
	},
	"prefix": func(v, _ string) error {
		if len(v) != 1 || !strings.Contains(prefixes, v) {
			return errors.New("is not one of " + strings.Join(strings.Split(prefixes, ""), " "))
		}
		return nil
	},
}
