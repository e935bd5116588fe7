// Package template makes messages from words that a merchant wrote once and
// values that differ each time. It parses and checks what is written, renders
// it for each transport, and writes it the way Meta wants it submitted.
//
// Values are data, never code: braces or WhatsApp's formatting marks inside a
// value reach the person as the characters typed.
package template

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/musika/musika"
)

// Bounds on what is read at all. WhatsApp's own limits are far below; these
// keep a hostile text from costing time.
const (
	MaxSource    = 16 << 10 // bytes of one text
	MaxVariables = 50       // places where variables stand, in one text
	MaxName      = 40       // characters of a variable's name
)

// Text is one parsed text: a body, a label, an address. It never changes after
// Parse and may be used by several goroutines.
type Text struct {
	parts []part
	size  int // bytes of literals
}

// part is a stretch of literal words, or a variable when name is set.
type part struct {
	literal string
	variable
}

// variable is a place where a value goes.
type variable struct {
	name     string
	kind     musika.VariableKind // as declared; empty takes any
	offset   int                 // of the opening braces, in bytes of the source
	inline   string              // of {{name|default}}, as the author wrote it
	fallback *Value              // the declared default
}

// SyntaxError tells what is wrong with a text, and where.
type SyntaxError struct {
	Rule    Rule
	Offset  int // bytes
	Line    int // from 1
	Column  int // characters, from 1
	Problem string
}

// Error says what and where.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s (line %d, column %d)", e.Problem, e.Line, e.Column)
}

// locate fills in line and column.
func (e *SyntaxError) locate(source string) *SyntaxError {
	before := source[:e.Offset]
	e.Line = 1 + strings.Count(before, "\n")
	e.Column = 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return e
}

func syntax(source string, offset int, rule Rule, format string, args ...any) *SyntaxError {
	return (&SyntaxError{Rule: rule, Offset: offset, Problem: fmt.Sprintf(format, args...)}).locate(source)
}

// Parse reads a text: {{name}} and {{name|default}} are variables, \{{ stands
// for two braces (and the }} that closes them for two more), \\{{name}} for a
// backslash before a variable; elsewhere a backslash is itself. The error is a
// *SyntaxError.
func Parse(source string) (*Text, error) {
	if err := readable(source); err != nil {
		return nil, err
	}
	t := &Text{}
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			t.parts = append(t.parts, part{literal: literal.String()})
			t.size += literal.Len()
			literal.Reset()
		}
	}
	open, variables := 0, 0 // open counts literal {{ that wait for their }}
	for at := 0; at < len(source); {
		next := strings.IndexAny(source[at:], `\{}`)
		if next < 0 {
			literal.WriteString(source[at:])
			break
		}
		literal.WriteString(source[at : at+next])
		at += next
		rest := source[at:]
		switch {
		case rest[0] == '\\':
			run := len(rest) - len(strings.TrimLeft(rest, `\`))
			at += run
			if !strings.HasPrefix(source[at:], "{{") {
				literal.WriteString(rest[:run])
				continue
			}
			literal.WriteString(rest[:run/2])
			if run%2 == 1 {
				literal.WriteString("{{")
				open++
				at += 2
			}
		case strings.HasPrefix(rest, "{{"):
			v, length, err := parseVariable(source, at)
			if err != nil {
				return nil, err
			}
			if variables++; variables > MaxVariables {
				return nil, syntax(source, at, RuleTooManyVariables, "there are more than %d variables; use fewer", MaxVariables)
			}
			flush()
			t.parts = append(t.parts, part{variable: v})
			at += length
		case strings.HasPrefix(rest, "}}"):
			if open == 0 {
				return nil, syntax(source, at, RuleBraces, "}} has no {{ before it; write {{name}}, or remove it")
			}
			open--
			literal.WriteString("}}")
			at += 2
		default:
			literal.WriteByte(rest[0])
			at++
		}
	}
	flush()
	return t, nil
}

// readable refuses what cannot be shown or would cost too much to read.
func readable(source string) *SyntaxError {
	if len(source) > MaxSource {
		return &SyntaxError{Rule: RuleTooLarge, Line: 1, Column: 1, Problem: fmt.Sprintf("it has %d bytes, and may have %d at most", len(source), MaxSource)}
	}
	for at, r := range source {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(source[at:], "\uFFFD"):
			return syntax(source, at, RuleEncoding, "it is not valid UTF-8")
		case r == '\n':
		case r < ' ', r == 0x7f, r >= 0x80 && r < 0xa0, turns(r):
			return syntax(source, at, RuleControl, "it holds the control character U+%04X, which cannot be shown; remove it", r)
		}
	}
	return nil
}

// parseVariable reads the variable at source[at:], which begins with {{, and
// returns its length too.
func parseVariable(source string, at int) (variable, int, error) {
	rest := source[at+2:]
	end := strings.Index(rest, "}}")
	if end < 0 {
		return variable{}, 0, syntax(source, at, RuleBraces, `{{ is never closed; write {{name}}, or \{{ for the braces themselves`)
	}
	inside := rest[:end]
	if i := strings.IndexAny(inside, "{}"); i >= 0 {
		return variable{}, 0, syntax(source, at+2+i, RuleBraces, "there is a brace inside {{ }}; close one variable before the next begins")
	}
	name, fallback, has := strings.Cut(inside, "|")
	name = strings.TrimSpace(name)
	if !variableName(name) {
		return variable{}, 0, syntax(source, at, RuleVariableName, "%q is no variable's name: a small letter first, then small letters, digits and _, %d at most", shorten(name), MaxName)
	}
	fallback = strings.TrimSpace(fallback)
	if has && fallback == "" {
		return variable{}, 0, syntax(source, at, RuleDefault, "the default of {{%s|}} is empty; write one after the |, or leave the | out", name)
	}
	if strings.Contains(fallback, "\n") {
		return variable{}, 0, syntax(source, at, RuleDefault, "the default of {{%s|…}} has a line break; write it on one line", name)
	}
	return variable{name: name, inline: fallback, offset: at}, end + 4, nil
}

// variableName reports whether s is a small letter, then small letters, digits
// and _: what Meta takes as the name of a parameter.
func variableName(s string) bool {
	if s == "" || len(s) > MaxName || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

// shorten keeps a text that is repeated to its author readable.
func shorten(s string) string {
	if utf8.RuneCountInString(s) <= MaxName {
		return s
	}
	return string([]rune(s)[:MaxName]) + "…"
}

// String writes t so that Parse reads the same again.
func (t *Text) String() string {
	var b strings.Builder
	for i, p := range t.parts {
		if p.name != "" {
			b.WriteString(p.source())
			continue
		}
		beforeVariable := i+1 < len(t.parts)
		writeLiteral(&b, p.literal, beforeVariable)
	}
	return b.String()
}

// source writes the variable as in a text.
func (v *variable) source() string {
	if v.inline == "" {
		return "{{" + v.name + "}}"
	}
	return "{{" + v.name + "|" + v.inline + "}}"
}

// writeLiteral escapes what would be read as a variable: pairs of braces, and
// backslashes before them. Of an odd number of braces the first goes bare, so
// that none is left beside a variable's.
func writeLiteral(b *strings.Builder, s string, beforeVariable bool) {
	for s != "" {
		next := strings.IndexAny(s, `\{`)
		if next < 0 {
			b.WriteString(s)
			return
		}
		b.WriteString(s[:next])
		s = s[next:]
		after := strings.TrimLeft(s, `\`)
		backslashes := s[:len(s)-len(after)]
		s = strings.TrimLeft(after, "{")
		braces := len(after) - len(s)
		b.WriteString(backslashes)
		switch {
		case braces%2 == 1:
			b.WriteByte('{')
		case braces > 0, s == "" && beforeVariable:
			b.WriteString(backslashes)
		}
		b.WriteString(strings.Repeat(`\{{`, braces/2))
	}
}

// Place is where a variable stands in a text.
type Place struct {
	Name    string
	Default string // of {{name|default}}
	Offset  int    // of the opening braces, in bytes
	Line    int    // from 1
	Column  int    // characters, from 1
}

// Places lists where the variables of the text that source was parsed into
// stand, in order of appearance; one that is used twice is there twice.
func (t *Text) Places(source string) []Place {
	var out []Place
	for _, p := range t.parts {
		if p.name != "" {
			at := syntax(source, p.offset, "", "")
			out = append(out, Place{Name: p.name, Default: p.inline, Offset: p.offset, Line: at.Line, Column: at.Column})
		}
	}
	return out
}

// Names lists the variables in order of first appearance.
func (t *Text) Names() []string {
	var out []string
	seen := map[string]bool{}
	for _, p := range t.parts {
		if p.name != "" && !seen[p.name] {
			seen[p.name] = true
			out = append(out, p.name)
		}
	}
	return out
}

// hasVariables reports whether a value goes anywhere into t.
func (t *Text) hasVariables() bool {
	for _, p := range t.parts {
		if p.name != "" {
			return true
		}
	}
	return false
}
