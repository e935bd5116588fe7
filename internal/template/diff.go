package template

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/musika/musika"
)

// Change is one field that differs between two contents.
type Change struct {
	At     string `json:"at"`   // JSON pointer; choices and variables are named by id and name
	What   string `json:"what"` // the field in words, such as: text of button "track"
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"` // empty: taken out
	Words  []Span `json:"words,omitempty"` // both, word by word, when the field was changed
}

// Span is a run of words that stayed, was taken out or was put in.
type Span struct {
	Op   SpanOp `json:"op"`
	Text string `json:"text"`
}

// SpanOp says what became of a Span.
type SpanOp string

const (
	SpanKept    SpanOp = "kept"
	SpanRemoved SpanOp = "removed"
	SpanAdded   SpanOp = "added"
)

// Diff lists what became of a in b, field by field, in the order a person reads
// them. Buttons and rows are the same when their ids are (links and telephone
// numbers: when they come in the same place), variables when their names are.
func Diff(a, b musika.TemplateContent) []Change {
	before, after := leaves(a), leaves(b)
	at := make(map[string]int, len(after))
	for i, l := range after {
		at[l.at] = i
	}
	var out []Change
	known := make(map[string]bool, len(before))
	for _, l := range before {
		known[l.at] = true
	}
	next := 0
	emit := func(until int) { // what was put in before the until-th field
		for ; next < until; next++ {
			if l := after[next]; !known[l.at] && !l.order {
				out = append(out, Change{At: l.at, What: l.what, After: l.text})
			}
		}
	}
	for _, l := range before {
		i, ok := at[l.at]
		if !ok {
			if !l.order {
				out = append(out, Change{At: l.at, What: l.what, Before: l.text})
			}
			continue
		}
		emit(i)
		if after[i].text != l.text && (!l.order || sameSet(l.text, after[i].text)) {
			out = append(out, Change{At: l.at, What: l.what, Before: l.text, After: after[i].text, Words: wordDiff(l.text, after[i].text)})
		}
	}
	emit(len(after))
	return out
}

// sameSet reports whether two orders are of the same ids.
func sameSet(a, b string) bool {
	x, y := strings.Split(a, ", "), strings.Split(b, ", ")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// leaf is one field of a content that holds something.
type leaf struct {
	at, what, text string
	order          bool // ids in order: of interest only when none came or went
}

func leaves(c musika.TemplateContent) []leaf {
	var out []leaf
	add := func(at, text, what string, args ...any) {
		if text != "" {
			out = append(out, leaf{at: at, text: text, what: fmt.Sprintf(what, args...)})
		}
	}
	addOrder := func(at, what string, ids []string) {
		out = append(out, leaf{at: at, text: strings.Join(ids, ", "), what: what, order: true})
	}
	add("/header", c.Header, "header")
	if m := c.Media; m != nil {
		add("/media/type", string(m.Type), "type of the file")
		add("/media/link", m.Link, "link of the file")
		add("/media/id", m.ID, "file")
		add("/media/filename", m.Filename, "name of the file")
	}
	add("/body", c.Body, "body")
	var order []string
	for i, b := range c.Buttons {
		key := b.ID
		if key == "" {
			key = strconv.Itoa(i)
		}
		order = append(order, key)
		at := "/buttons/" + pointer(key)
		add(at+"/kind", string(b.Kind), "kind of button %q", key)
		add(at+"/text", b.Text, "text of button %q", key)
		add(at+"/url", b.URL, "address of button %q", key)
		add(at+"/phone", b.Phone, "number of button %q", key)
	}
	addOrder("/buttons", "order of the buttons", order)
	if c.List != nil {
		add("/list/button", c.List.Button, "button of the list")
		order = nil
		for i, s := range c.List.Sections {
			at := "/list/sections/" + strconv.Itoa(i)
			add(at+"/title", s.Title, "title of section %d", i+1)
			for _, r := range s.Rows {
				order = append(order, r.ID)
				at := "/list/rows/" + pointer(r.ID)
				add(at+"/section", strconv.Itoa(i+1), "section of row %q", r.ID)
				add(at+"/title", r.Title, "title of row %q", r.ID)
				add(at+"/description", r.Description, "description of row %q", r.ID)
			}
		}
		addOrder("/list/rows", "order of the rows", order)
	}
	add("/footer", c.Footer, "footer")
	for _, v := range c.Variables {
		at := "/variables/" + pointer(v.Name)
		add(at+"/kind", string(v.Kind), "kind of {{%s}}", v.Name)
		add(at+"/example", v.Example, "example of {{%s}}", v.Name)
		add(at+"/default", v.Default, "default of {{%s}}", v.Name)
	}
	return out
}

// pointer writes s as a piece of a JSON pointer (RFC 6901).
func pointer(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
}

// maxDiffWords bounds the work of a word by word comparison, which grows with
// the square; longer texts are shown as taken out and put in whole.
const maxDiffWords = 1000

// wordDiff compares two texts word by word: the longest words in common stay.
func wordDiff(a, b string) []Span {
	x, y := splitWords(a), splitWords(b)
	if len(x) > maxDiffWords || len(y) > maxDiffWords {
		return []Span{{SpanRemoved, a}, {SpanAdded, b}}
	}
	// common[i][j] is the length of the longest common subsequence of x[i:] and
	// y[j:].
	common := make([][]int, len(x)+1)
	for i := range common {
		common[i] = make([]int, len(y)+1)
	}
	for i, word := range slices.Backward(x) {
		for j := len(y) - 1; j >= 0; j-- {
			if word == y[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out []Span
	add := func(op SpanOp, s string) {
		if n := len(out); n > 0 && out[n-1].Op == op {
			out[n-1].Text += s
			return
		}
		out = append(out, Span{op, s})
	}
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		switch {
		case i < len(x) && j < len(y) && x[i] == y[j]:
			add(SpanKept, x[i])
			i, j = i+1, j+1
		case j == len(y) || i < len(x) && common[i+1][j] >= common[i][j+1]:
			add(SpanRemoved, x[i])
			i++
		default:
			add(SpanAdded, y[j])
			j++
		}
	}
	return out
}

// splitWords cuts s into words and the space between them; a variable is one
// word.
func splitWords(s string) []string {
	var out []string
	for s != "" {
		n := 1
		switch {
		case strings.HasPrefix(s, "{{") && strings.Contains(s, "}}"):
			n = strings.Index(s, "}}") + 2
		case s[0] == ' ' || s[0] == '\n':
		default:
			if n = strings.IndexAny(s, " \n"); n < 0 {
				n = len(s)
			}
			if v := strings.Index(s[:n], "{{"); v > 0 {
				n = v
			}
		}
		out, s = append(out, s[:n]), s[n:]
	}
	return out
}

// DiffText writes changes for people: a line for each field, then what was in
// it with - and what is in it with +.
func DiffText(changes []Change) string {
	var b strings.Builder
	for _, c := range changes {
		b.WriteString(c.What + "\n")
		for _, side := range []struct{ sign, text string }{{"- ", c.Before}, {"+ ", c.After}} {
			if side.text == "" {
				continue
			}
			for line := range strings.SplitSeq(side.text, "\n") {
				b.WriteString(side.sign + line + "\n")
			}
		}
	}
	return b.String()
}
