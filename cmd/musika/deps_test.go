package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/musika/musika"

// layers says what each part of the program may import of the others, itself
// and the root package apart. A part that is missing here may import nothing,
// so a new one must find its place. docs/ARCHITECTURE.md has the picture.
var layers = map[string][]string{
	"":                   {},
	"simulator":          {},
	"internal/config":    {},
	"internal/transport": {},
	"internal/db":        {},
	"internal/store":     {"internal/db"},
	"internal/template":  {},
	"internal/seed":      {"internal/store", "internal/db"},
	"internal/auth":      {"internal/store", "internal/db"},
	"internal/commerce":  {"internal/store", "internal/db"},
	"internal/inbox":     {"internal/store", "internal/db"},
	"internal/bot":       {"internal/inbox", "internal/commerce", "internal/store", "internal/db"},
	"internal/api":       {"internal/auth", "internal/store", "internal/db"},
	"internal/app": {
		"internal/api", "internal/bot", "internal/inbox", "internal/commerce", "internal/transport",
		"internal/store", "internal/db", "internal/config",
	},
	// What plays people against the program from outside.
	"internal/play":  {"simulator"},
	"internal/lab":   {"simulator"},
	"internal/bench": {"internal/lab", "internal/play", "internal/db", "simulator"},
	"internal/demo": {
		"internal/app", "internal/config", "internal/seed", "internal/auth", "internal/store", "internal/db",
		"internal/transport", "internal/play", "simulator",
	},
	"cmd": {
		"internal/app", "internal/api", "internal/demo", "internal/bench", "internal/lab", "internal/auth", "internal/seed", "internal/store",
		"internal/db", "internal/config", "simulator",
	},
}

// only says who may import what has one owner.
var only = map[string]string{
	"github.com/jackc/pgx/":                       "internal/db",
	"modernc.org/sqlite":                          "internal/db",
	"github.com/riverqueue/river/riverdriver":     "internal/db",
	"database/sql":                                "internal/db",
	"github.com/danielgtaylor/huma/":              "internal/api",
	"github.com/go-chi/chi/":                      "internal/api",
	"github.com/prometheus/":                      "internal/api",
	"github.com/alecthomas/kong":                  "cmd",
	"os/signal":                                   "cmd",
	"github.com/musika/musika/internal/db/dbtest": "", // tests only
}

type listed struct {
	ImportPath string
	Imports    []string
}

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Imports"}, args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as the program is built
	out, err := cmd.Output()
	if err != nil {
		if e, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("go list: %v\n%s", err, e.Stderr)
		}
		t.Fatal(err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// part is the part of the program that a package of it belongs to.
func part(path string) string {
	rest := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
	pieces := strings.SplitN(rest, "/", 3)
	if pieces[0] == "internal" {
		return strings.Join(pieces[:min(2, len(pieces))], "/")
	}
	return pieces[0]
}

// TestImports proves that imports run downwards only.
func TestImports(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, module+"/...") {
		if strings.HasPrefix(p.ImportPath, module+"/internal/db/dbtest") {
			continue // the tests' harness starts servers and uses drivers
		}
		own := part(p.ImportPath)
		may, known := layers[own]
		if !known {
			t.Errorf("%s has no place in the layers: add it to them and to docs/ARCHITECTURE.md", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if imported == module || strings.HasPrefix(imported, module+"/") {
				if other := part(imported); other != own && other != "" && !slices.Contains(may, other) {
					t.Errorf("%s imports %s, which its layer may not", p.ImportPath, imported)
				}
			} else if strings.Contains(strings.Split(imported, "/")[0], ".") && (own == "" || own == "simulator" || own == "internal/config") {
				t.Errorf("%s imports %s: it may use the standard library only", p.ImportPath, imported)
			}
			for owned, owner := range only {
				if (imported == strings.TrimSuffix(owned, "/") || strings.HasPrefix(imported, owned)) && own != owner {
					t.Errorf("%s imports %s, which only %q may", p.ImportPath, imported, owner)
				}
			}
		}
	}
}

// TestBinaryImports proves that nothing of the tests ends up in the program.
func TestBinaryImports(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "-deps", ".") {
		for _, unwanted := range []string{"testing", "net/http/httptest", module + "/internal/db/dbtest", "runtime/cgo"} {
			if p.ImportPath == unwanted {
				t.Errorf("the program depends on %s", unwanted)
			}
		}
	}
}
