package template

import (
	"sync"

	"github.com/musika/musika"
)

// usual is room for most messages, taken from the stack.
const usual = 512

// scratch holds buffers for longer ones. A text is written before its length
// is known, and still a rendering allocates its result and nothing else.
var scratch = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}

// Render writes t with its values; line breaks in values are kept. The error is
// a *musika.Error that names every variable that is missing or of the wrong
// kind.
func (t *Text) Render(v Values, e Env) (string, error) {
	var f faults
	s := t.render(v, &e, lines, &f)
	if err := f.err(); err != nil {
		return "", err
	}
	return s, nil
}

// render writes t; what is wrong with the values goes into f.
func (t *Text) render(v Values, e *Env, s style, f *faults) string {
	if len(t.parts) == 0 {
		return ""
	}
	if len(t.parts) == 1 && t.parts[0].name == "" {
		return t.parts[0].literal
	}
	if t.size <= usual/2 {
		var buffer [usual]byte
		return string(t.append(buffer[:0], v, e, s, f))
	}
	buffer := scratch.Get().(*[]byte)
	b := t.append((*buffer)[:0], v, e, s, f)
	out := string(b)
	if cap(b) <= 4*MaxSource {
		*buffer = b
	}
	scratch.Put(buffer)
	return out
}

// append writes t into b.
func (t *Text) append(b []byte, v Values, e *Env, s style, f *faults) []byte {
	for i := range t.parts {
		p := &t.parts[i]
		if p.name == "" {
			b = append(b, p.literal...)
			continue
		}
		b = p.appendTo(b, v, e, s, f)
	}
	return b
}

// appendTo writes the variable's value, or what stands in for it.
func (p *variable) appendTo(b []byte, v Values, e *Env, s style, f *faults) []byte {
	value := v.get(p.name)
	switch {
	case !value.missing():
		if p.kind != "" && value.kind != p.kind {
			f.add(p.name, "must be %s, and is %s", kindForm[p.kind], kindNoun[value.kind])
			return b
		}
		return e.appendValue(b, value, s)
	case p.inline != "":
		if s == address {
			return appendEscaped(b, p.inline)
		}
		if s == param {
			return squeeze(append(b, p.inline...), len(b))
		}
		return append(b, p.inline...)
	case p.fallback != nil:
		return e.appendValue(b, p.fallback, s)
	}
	f.add(p.name, "is missing")
	return b
}

// kindNoun names a kind in a sentence.
var kindNoun = map[musika.VariableKind]string{
	musika.VariableText:   "a text",
	musika.VariableNumber: "a number",
	musika.VariableMoney:  "an amount",
	musika.VariableDate:   "a date",
	musika.VariableURL:    "an address",
	musika.VariablePhone:  "a telephone number",
}
