//go:build unix

package dbtest

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) {
	if os.Getenv("MUSIKA_TEST_CHILD") != "" {
		c, err := StartCluster("", false)
		if err != nil {
			panic(err)
		}
		os.Stdout.WriteString(c.URL + "\n")
		select {}
	}
	Main(m)
}

func ask(t *testing.T, url, sql string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	var out string
	if sql == "" {
		return "", nil
	}
	err = c.QueryRow(ctx, sql).Scan(&out)
	return out, err
}

func TestDurableClusterKeepsItsData(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/pg"
	for i, sql := range []string{`CREATE TABLE kept AS SELECT 'x' AS x`, ``} {
		c, err := StartCluster(dir, true)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			conn, err := pgx.Connect(t.Context(), c.URL)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
			conn.Close(t.Context())
		}
		for sql, want := range map[string]string{`SHOW fsync`: "on", `SHOW synchronous_commit`: "on", `SELECT x FROM kept`: "x"} {
			if got, err := ask(t, c.URL, sql); err != nil || got != want {
				t.Errorf("%s: %q, %v", sql, got, err)
			}
		}
		c.Stop()
		if _, err := ask(t, c.URL, ""); err == nil {
			t.Error("the server answers after Stop")
		}
	}
}

// A server does not outlive the tests, even when they are killed.
func TestServerEndsWithItsProcess(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "MUSIKA_TEST_CHILD=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	url, err := bufio.NewReader(out).ReadString('\n')
	url = strings.TrimSpace(url)
	if err == nil {
		_, err = ask(t, url, "")
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, err := ask(t, url, ""); err != nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the server outlived its process")
		}
	}
}
