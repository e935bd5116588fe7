package config

import (
	"fmt"
	"strings"
)

// Reference is the page docs/configuration.md.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# Settings

<!-- Made from internal/config/config.go by "make generate". Do not edit. -->

Settings come from the environment, and from a file of ` + "`KEY=value`" + ` lines when ` + "`" + FileVariable + "`" + ` names one.
The environment wins over the file, and a value that is empty counts as not set. A name that starts with
` + "`MUSIKA_`" + ` and is not listed here is refused, so that a typing mistake does not pass unnoticed.
` + "`musika doctor`" + ` shows what is in force and what to do about what is wrong.
`)
	group := ""
	for _, s := range (&Config{}).Settings() {
		if s.Group != group {
			group = s.Group
			fmt.Fprintf(&b, "\n## %s\n", group)
		}
		fmt.Fprintf(&b, "\n### `%s`\n\n%s\n\n", s.Name, s.Doc)
		switch {
		case s.Default != "":
			fmt.Fprintf(&b, "- Default: `%s`\n", s.Default)
		default:
			b.WriteString("- Default: not set\n")
		}
		if s.Values != "" {
			fmt.Fprintf(&b, "- Values: %s\n", s.Values)
		}
		if s.Example != s.Default {
			fmt.Fprintf(&b, "- Example: `%s=%s`\n", s.Name, s.Example)
		}
		if s.Secret {
			b.WriteString("- Secret: never shown or logged\n")
		}
	}
	return b.String()
}
