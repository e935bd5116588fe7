package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tourBlock is a block of the README that is marked "tour": commands, or lines
// that the commands before it must print.
var tourBlock = regexp.MustCompile("(?ms)^```(sh|text) tour\n(.*?)^```$")

// startDemo stands in for `make demo`, which builds what is built here already
// and would not end.
const startDemo = `./bin/musika demo --no-open --addr 127.0.0.1:8080 --phone-addr 127.0.0.1:8900 >demo.log 2>&1 &
trap "kill $!; wait $!" EXIT
for i in $(seq 600); do curl -sf http://127.0.0.1:8080/readyz >/dev/null && grep -q ready demo.log && break; sleep 0.1; done
grep -q ready demo.log || { cat demo.log; exit 1; }`

// TestReadmeTour runs the commands of the README's tour in one shell, on free
// ports, and looks for what the README says they print.
func TestReadmeTour(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "bin", "musika"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}

	blocks := tourBlock.FindAllStringSubmatch(string(readme), -1)
	var script strings.Builder
	script.WriteString("set -eu\n")
	for i, b := range blocks {
		if b[1] == "sh" {
			fmt.Fprintf(&script, "echo '== block %d'\n%s", i, strings.Replace(b[2], "make demo\n", startDemo+"\n", 1))
		}
	}
	tour := strings.NewReplacer("127.0.0.1:8080", freeAddr(t), "127.0.0.1:8900", freeAddr(t)).Replace(script.String())
	cmd := exec.CommandContext(t.Context(), "bash", "-c", tour)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir}
	raw, err := cmd.CombinedOutput()
	out := string(raw)
	if err != nil {
		t.Fatalf("the tour ended with %v:\n%s", err, out)
	}

	checked := 0
	for i, b := range blocks {
		if b[1] != "text" {
			continue
		}
		_, printed, _ := strings.Cut(out, fmt.Sprintf("== block %d\n", i-1))
		printed, _, _ = strings.Cut(printed, "== block ")
		for line := range strings.Lines(b[2]) {
			checked++
			if !strings.Contains(printed, strings.TrimSpace(line)) {
				t.Errorf("the commands before it do not print %q but:\n%s", strings.TrimSpace(line), printed)
			}
		}
	}
	if len(blocks) < 8 || checked < 6 {
		t.Errorf("the tour has only %d blocks and %d lines to look for", len(blocks), checked)
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// TestPages checks the documents for people: the links lead somewhere, and
// the architecture fits in a head.
func TestPages(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	for _, page := range []string{"README.md", "CONTRIBUTING.md", "docs/ARCHITECTURE.md"} {
		content, err := os.ReadFile(filepath.Join("../..", page))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, m := range link.FindAllStringSubmatch(string(content), -1) {
			if _, err := os.Stat(filepath.Join("../..", filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
		if lines := strings.Count(string(content), "\n"); lines > 150 {
			t.Errorf("%s has %d lines, over 150", page, lines)
		}
	}
}
