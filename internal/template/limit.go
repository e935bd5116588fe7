package template

import (
	"unicode/utf16"

	"github.com/musika/musika"
)

// Limits that no transport's Capabilities carry. Sources: Meta's Cloud API:
// interactive messages; message templates, components.
const (
	maxButtons      = 10 // of a template at Meta
	maxReplies      = 3
	maxLinks        = 2
	maxPhones       = 1
	maxSections     = 10
	maxRows         = 10
	maxSectionTitle = 24
	maxListButton   = 20
	maxLabel        = 25 // of a button of a template at Meta
	maxAddress      = 2000
	maxPhone        = 20

	maxMetaBody   = 1024
	maxMetaHeader = 60
	maxMetaFooter = 60
	maxPayload    = 256

	maxTemplateName = 64 // ours: it is typed in commands; Meta takes 512
)

// Target is a transport that messages leave by, as data.
type Target struct {
	Name         string
	Capabilities musika.Capabilities
}

// units is the length of s as limits count it. Whether WhatsApp counts emoji as
// one character or as two UTF-16 units is not known: the larger is safe.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}
