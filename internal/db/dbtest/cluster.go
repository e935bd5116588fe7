//go:build unix

package dbtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Cluster is a private Postgres server, reached through a Unix socket that
// only this machine's processes can open. It ends with the process that
// started it, however that ends.
type Cluster struct {
	// URL of the superuser's database.
	URL string

	guard *exec.Cmd
	alive io.Closer
}

// guardScript runs the server ("$@") until its own standard input ends, which
// happens when the process that holds the other end stops it or dies.
const guardScript = `"$@" </dev/null & pid=$!
cat >/dev/null
kill -INT $pid; wait $pid
rm -rf "$MUSIKA_SOCKETS"; [ -z "$MUSIKA_REMOVE" ] || rm -rf "$MUSIKA_REMOVE"`

// StartCluster starts a server with its data in dir, which is made when it is
// missing and kept afterwards; with an empty dir the data is temporary. A
// durable server writes every commit to the disk, as in production; any other
// is faster and loses its data in a power cut. Started as root, the server
// runs as the user postgres, or nobody.
func StartCluster(dir string, durable bool) (*Cluster, error) {
	bin, err := findPostgres()
	if err != nil {
		return nil, err
	}
	who, err := serverUser()
	if err != nil {
		return nil, err
	}
	remove := ""
	if dir == "" {
		if dir, err = os.MkdirTemp("/tmp", "musika-pg-"); err != nil {
			return nil, err
		}
		remove = dir
	}
	// The path of a socket may have 107 bytes: it has its own short directory.
	sockets, err := os.MkdirTemp("/tmp", "musika-ps-")
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	if err := errors.Join(os.MkdirAll(data, 0o700), who.own(dir), who.own(data), who.own(sockets)); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err != nil {
		args := []string{"-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions"}
		if !durable {
			args = append(args, "--no-sync")
		}
		initdb := exec.CommandContext(context.Background(), filepath.Join(bin, "initdb"), args...)
		initdb.Dir = dir
		initdb.SysProcAttr = who.attr()
		if out, err := initdb.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("initdb: %w\n%s", err, out)
		}
	}
	settings := []string{"listen_addresses=", "unix_socket_directories=" + sockets, "max_connections=300", "log_min_messages=fatal", "timezone=UTC"}
	if !durable {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_wal_size=4GB")
	}
	args := []string{"-c", guardScript, "sh", filepath.Join(bin, "postgres"), "-D", data}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	c := &Cluster{guard: exec.CommandContext(context.Background(), "/bin/sh", args...)}
	logPath := filepath.Join(dir, "postgres.log")
	log, err := os.Create(logPath)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c.guard.Dir = dir
	c.guard.Stdout, c.guard.Stderr = log, log
	c.guard.Env = append(os.Environ(), "MUSIKA_SOCKETS="+sockets, "MUSIKA_REMOVE="+remove)
	c.guard.SysProcAttr = who.attr()
	c.guard.SysProcAttr.Setpgid = true // Ctrl-C is for the tests, not for the server
	if c.alive, err = c.guard.StdinPipe(); err != nil {
		return nil, err
	}
	if err := c.guard.Start(); err != nil {
		return nil, fmt.Errorf("starting Postgres: %w", err)
	}
	c.URL = (&url.URL{Scheme: "postgres", Path: "/postgres", RawQuery: url.Values{"host": {sockets}, "user": {"postgres"}}.Encode()}).String()
	if err := c.await(); err != nil {
		text, _ := os.ReadFile(logPath)
		c.Stop()
		return nil, fmt.Errorf("starting Postgres: %w\n%s", err, text)
	}
	return c, nil
}

// await returns when the server answers.
func (c *Cluster) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.URL)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop stops the server and waits for its end.
func (c *Cluster) Stop() {
	_ = c.alive.Close()
	_ = c.guard.Wait()
}

// findPostgres returns the directory of the newest server's programs.
func findPostgres() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), "postgres")); err == nil {
				return filepath.Dir(path), nil
			}
		}
	}
	var found []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/initdb", "/usr/pgsql-*/bin/initdb", "/opt/homebrew/opt/postgresql@*/bin/initdb", "/usr/local/opt/postgresql@*/bin/initdb"} {
		matches, _ := filepath.Glob(pattern)
		found = append(found, matches...)
	}
	if len(found) == 0 {
		return "", errors.New("no Postgres was found to test with: apt-get install postgresql (or put initdb and postgres on the PATH, or name a server in MUSIKA_TEST_POSTGRES_URL)")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// account is whom the server runs as; nil is whoever runs the tests.
type account struct{ uid, gid int }

func serverUser() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		return &account{uid, gid}, nil
	}
	return nil, errors.New("Postgres does not run as root, and there is neither a user postgres nor nobody")
}

func (a *account) attr() *syscall.SysProcAttr {
	if a == nil {
		return &syscall.SysProcAttr{}
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}}
}

// own gives dir to the account, and lets it pass through the directories
// above that a test made for itself alone.
func (a *account) own(dir string) error {
	if a == nil {
		return nil
	}
	for up := filepath.Dir(dir); strings.HasPrefix(up, os.TempDir()+"/"); up = filepath.Dir(up) {
		info, err := os.Stat(up)
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o001 == 0 {
			if err := os.Chmod(up, info.Mode().Perm()|0o011); err != nil {
				return err
			}
		}
	}
	return os.Chown(dir, a.uid, a.gid)
}
