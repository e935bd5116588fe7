package bot

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
	"github.com/musika/musika/internal/db/dbtest"
	"github.com/musika/musika/internal/store"
)

var update = flag.Bool("update", false, "rewrite the transcripts in testdata with what the bot says now")

// TestTranscripts replays the conversations in testdata on both engines. A
// file is a chat that a person can read:
//
//	> text            typed by the customer "me"; @friend > text by another
//	[tap Title]       a button or row, from the newest message that offers it
//	[tap oldest Title], [raw id], [location lat lon name], [media], [contact]
//	[native SKU 2 …], [group text], [repeat 3 text], [long n text]
//	[own store]       the number becomes this store's own
//	[clock +16m]      time passes
//	[price id cents], [stock id n], [retire id], [state store open], [block]
//	< reply           what the bot says to whoever wrote; @name < to others
//
// Order codes are written CODE1, CODE2, … in order of appearance, in what is
// typed as well. Only lines that begin with "<" or "@name <" are compared; go
// test -update rewrites them.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				got := (&replay{w: newWorld(t, dbtest.SQLite), codes: map[string]string{}}).run(string(raw))
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			each(t, func(t *testing.T, w *world) {
				r := &replay{w: w, codes: map[string]string{}}
				got := r.run(string(raw))
				if got != string(raw) {
					t.Errorf("the conversation went otherwise (-update rewrites it):\n%s", firstDifference(string(raw), got))
				}
				if w.most > maxStatements {
					t.Errorf("answering %q took %d statements", w.mostIn, w.most)
				}
			})
		})
	}
}

// maxStatements bounds the most expensive turn of any transcript: placing an
// order, with the notices that follow from it.
const maxStatements = 40

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			from := max(0, i-6)
			return fmt.Sprintf("line %d\nwant:\n%s\n\ngot:\n%s", i+1,
				strings.Join(a[from:min(i+12, len(a))], "\n"), strings.Join(b[from:min(i+12, len(b))], "\n"))
		}
	}
	return "more was said than the transcript has:\n" + strings.Join(b[len(a):], "\n")
}

// replay runs one transcript.
type replay struct {
	w     *world
	codes map[string]string // as written → real
}

var (
	codePattern   = regexp.MustCompile(`\b[2-9BCDFGHJKMNPQRSTVWXYZ]{6}\b`)
	sharedPattern = regexp.MustCompile(`^(?:@(\w+) )?(>|<|\[)(.*)$`)
)

// run replays script and returns it with the replies as they came.
func (r *replay) run(script string) string {
	var out []string
	for line := range strings.SplitSeq(strings.TrimRight(script, "\n"), "\n") {
		m := sharedPattern.FindStringSubmatch(line)
		if m == nil {
			out = append(out, line)
			continue
		}
		who := m[1]
		if who == "" {
			who = "me"
		}
		if m[2] == "<" {
			continue
		}
		out = append(out, line)
		if m[2] == ">" {
			r.w.text(who, r.real(strings.TrimPrefix(m[3], " ")))
		} else {
			r.do(who, strings.TrimSuffix(m[3], "]"))
		}
		out = append(out, r.heard(who)...)
	}
	return strings.Join(out, "\n") + "\n"
}

// heard writes what appeared on the screens since last time.
func (r *replay) heard(who string) []string {
	var out []string
	r.nameOrders()
	for _, name := range []string{who, "me", "friend", "merchant", "staff", "pizza"} {
		p := r.w.people[name]
		prefix := "<"
		if name != who {
			prefix = "@" + name + " <"
		}
		for i, m := range p.screen[p.fresh:] {
			if i > 0 {
				out = append(out, prefix+" ----")
			}
			for line := range strings.SplitSeq(show(m), "\n") {
				out = append(out, strings.TrimRight(prefix+" "+r.written(line), " "))
			}
		}
		p.fresh = len(p.screen)
	}
	return out
}

// nameOrders gives new orders their names.
func (r *replay) nameOrders() {
	r.w.write(func(ctx context.Context, tx db.Tx) error {
		codes, err := db.All(ctx, tx, db.Value[string], `SELECT code FROM orders ORDER BY created_at, id`)
		for i, code := range codes {
			r.codes["CODE"+strconv.Itoa(i+1)] = code
		}
		return err
	})
}

// written replaces real codes by the names that transcripts use.
func (r *replay) written(line string) string {
	return codePattern.ReplaceAllStringFunc(line, func(code string) string {
		for name, known := range r.codes {
			if known == code {
				return name
			}
		}
		return code
	})
}

var namePattern = regexp.MustCompile(`(?i)CODE[0-9]+`)

func (r *replay) real(text string) string {
	return namePattern.ReplaceAllStringFunc(text, func(name string) string {
		code, ok := r.codes[strings.ToUpper(name)]
		if !ok {
			r.w.t.Errorf("no order is called %s yet", name)
		}
		if name != strings.ToUpper(name) {
			return strings.ToLower(code)
		}
		return code
	})
}

// do runs a line in brackets.
func (r *replay) do(who, line string) {
	w := r.w
	verb, rest, _ := strings.Cut(line, " ")
	args := strings.Fields(rest)
	me := w.people[who]
	switch verb {
	case "tap":
		title, oldest := strings.CutPrefix(rest, "oldest ")
		w.tap(who, r.real(title), oldest)
	case "raw":
		w.raw(who, r.real(rest), "made up")
	case "clock":
		d, err := time.ParseDuration(strings.TrimPrefix(rest, "+"))
		if err != nil {
			w.t.Fatal(err)
		}
		w.advance(d)
	case "location":
		lat, _ := strconv.ParseFloat(args[0], 64)
		lon, _ := strconv.ParseFloat(args[1], 64)
		w.say(me, musika.Inbound{Kind: musika.InboundLocation, Location: &musika.Place{
			Point: musika.Point{Latitude: lat, Longitude: lon}, Name: strings.Join(args[2:], " "),
		}})
	case "media":
		w.say(me, musika.Inbound{Kind: musika.InboundMedia, Text: rest, Media: &musika.Media{Type: musika.MediaImage, ID: "1"}})
	case "contact":
		w.say(me, musika.Inbound{Kind: musika.InboundContacts})
	case "reaction":
		w.say(me, musika.Inbound{Kind: musika.InboundReaction, Reaction: &musika.Reaction{Emoji: "👍"}})
	case "group":
		w.say(me, musika.Inbound{Kind: musika.InboundText, Text: rest, Group: true})
	case "own":
		w.write(func(ctx context.Context, tx db.Tx) (err error) {
			w.channel.MerchantID = musika.MerchantID(args[0])
			w.channel, err = store.EnsureChannel(ctx, tx, w.channel)
			return err
		})
	case "native":
		var items []musika.NativeItem
		for i := 0; i+1 < len(args); i += 2 {
			n, _ := strconv.Atoi(args[i+1])
			items = append(items, musika.NativeItem{SKU: args[i], Quantity: n})
		}
		w.say(me, musika.Inbound{Kind: musika.InboundOrder, Order: &musika.NativeOrder{Items: items}})
	case "repeat":
		n, _ := strconv.Atoi(args[0])
		for range n {
			w.text(who, strings.Join(args[1:], " "))
			w.advance(-time.Second) // all within the same second
		}
	case "repeatmedia":
		n, _ := strconv.Atoi(args[0])
		for range n {
			w.say(me, musika.Inbound{Kind: musika.InboundMedia, Media: &musika.Media{Type: musika.MediaImage, ID: "1"}})
			w.advance(-time.Second)
		}
	case "long":
		n, _ := strconv.Atoi(args[0])
		w.text(who, strings.Repeat(args[1], n/len(args[1])))
	default:
		r.change(who, verb, args)
	}
}

// change makes the world other than it was.
func (r *replay) change(who, verb string, args []string) {
	w := r.w
	w.write(func(ctx context.Context, tx db.Tx) error {
		switch verb {
		case "price", "stock", "retire", "rename":
			p, err := store.Product(ctx, tx, musika.ProductID("prd_"+args[0]))
			if err != nil {
				return err
			}
			switch verb {
			case "price":
				p.Price.Amount, err = strconv.ParseInt(args[1], 10, 64)
			case "stock":
				p.Stock, err = strconv.Atoi(args[1])
			case "retire":
				p.Active = false
			case "rename":
				p.Name = strings.Join(args[1:], " ")
			}
			if err != nil {
				return err
			}
			return store.UpdateProduct(ctx, tx, p)
		case "state", "suspend":
			m, err := store.Merchant(ctx, tx, musika.MerchantID(args[0]))
			if err != nil {
				return err
			}
			if verb == "suspend" {
				m.State = musika.MerchantSuspended
			} else {
				m.StoreState = musika.StoreState(args[1])
			}
			return store.UpdateMerchant(ctx, tx, m)
		case "block", "speak":
			c, err := store.Customer(ctx, tx, w.people[who].id)
			if err != nil {
				return err
			}
			if verb == "block" {
				c.Blocked = true
			} else {
				c.Language = musika.Language(args[0])
			}
			return store.UpdateCustomer(ctx, tx, c)
		}
		return fmt.Errorf("a transcript has an unknown line [%s]", verb)
	})
}

// show writes a message as a person sees it.
func show(m musika.Message) string {
	var lines []string
	if m.Header != "" {
		lines = append(lines, "# "+m.Header)
	}
	if m.Body != "" {
		lines = append(lines, m.Body)
	}
	switch m.Kind {
	case musika.KindButtons:
		var titles []string
		for _, b := range m.Buttons {
			titles = append(titles, "["+b.Title+"]")
		}
		lines = append(lines, strings.Join(titles, " "))
	case musika.KindList:
		lines = append(lines, "[☰ "+m.List.Button+"]")
		for _, s := range m.List.Sections {
			if s.Title != "" {
				lines = append(lines, s.Title)
			}
			for _, row := range s.Rows {
				line := "- " + row.Title
				if row.Description != "" {
					line += " — " + row.Description
				}
				lines = append(lines, line)
			}
		}
	case musika.KindLocationRequest:
		lines = append(lines, "[📍 Send location]")
	case musika.KindContacts:
		lines = append(lines, "👤 "+m.Contacts[0].Name+" "+string(m.Contacts[0].Phone))
	}
	if m.Footer != "" && m.Footer != "Musika · !help" {
		lines = append(lines, "("+m.Footer+")")
	}
	return strings.Join(lines, "\n")
}
