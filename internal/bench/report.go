package bench

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is the outcome of a run.
type Report struct{ Chats []Chat }

// rows are the table's lines: what was measured, on each engine, and the goal.
func (r Report) rows() [][]string {
	head := []string{"measure", "goal"}
	lines := [][]string{
		{"turns a second, sustained", "100 SQLite, 400 Postgres"},
		{"turns measured", ""},
		{"load of the next two lines, turns a second", "half"},
		{"webhook acknowledged p50 / p95 / p99 / max", "p99 ≤ 250 ms"},
		{"answer p50 / p95 / p99 / max", "p95 ≤ 200 ms"},
		{"start to ready", "≤ 1 s"},
		{"memory resident, idle", "≤ 60 MB"},
		{"memory resident, after the sustained load", ""},
	}
	for _, c := range r.Chats {
		head = append(head, c.Engine)
		for i, v := range []string{
			fmt.Sprintf("%.0f", c.Rate), fmt.Sprint(c.Turns), fmt.Sprintf("%.0f", c.HalfRate),
			c.Ack.String(), c.Reply.String(), ms(c.Ready), mb(c.IdleMemory), mb(c.PeakMemory),
		} {
			lines[i] = append(lines[i], v)
		}
	}
	return append([][]string{head}, lines...)
}

// String writes the quantiles in milliseconds.
func (q Quantiles) String() string {
	return strings.Join([]string{num(q.P50), num(q.P95), num(q.P99), num(q.Max)}, " / ") + " ms"
}

func num(d time.Duration) string { return fmt.Sprintf("%.0f", float64(d)/float64(time.Millisecond)) }
func ms(d time.Duration) string  { return num(d) + " ms" }
func mb(n int64) string          { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }

// Table is the report for a terminal.
func (r Report) Table() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range r.rows() {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	_ = w.Flush() // a strings.Builder takes everything
	return b.String()
}

// Page is the report as a page of the documentation, with the machine.
func (r Report) Page() (string, error) {
	machine, err := machine()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `# Benchmarks

Written by `+"`make bench`"+` on %s, %s.

A turn is one message of a customer: the webhook is acknowledged, the message handled, the answer sent and its three
statuses (sent, delivered, read) taken in. Customers go from greeting to a placed order in %d turns. Program, database,
simulator and customers share the machine. The database writes every commit to the disk.

`, time.Now().UTC().Format(time.DateOnly), machine, len(scripts[0]))
	for i, row := range r.rows() {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			fmt.Fprintf(&b, "|%s\n", strings.Repeat("---|", len(row)))
		}
	}
	fmt.Fprintf(&b, "\nSettings that differ from the defaults: `%s`.\n\n", strings.Join(settings, "`, `"))
	b.WriteString(limits)
	return b.String(), nil
}

// machine describes processor, cores and memory (Linux).
func machine() (string, error) {
	name, err := field("/proc/cpuinfo", "model name")
	if err != nil {
		return "", err
	}
	memory, err := field("/proc/meminfo", "MemTotal")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d cores of %s, memory %s, %s", runtime.NumCPU(), name, memory, runtime.Version()), nil
}

func field(file, name string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value), nil
		}
	}
	return "", fmt.Errorf("no %q in %s: %w", name, file, lines.Err())
}
