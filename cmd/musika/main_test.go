package main

import (
	"context"
	"encoding/json"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika/internal/config"
	"github.com/musika/musika/internal/demo"
)

// call runs the program in this process with data in dir.
func call(t *testing.T, dir string, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err strings.Builder
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	code = run(ctx, args, surroundings{out: &out, err: &err, environ: append([]string{"MUSIKA_DATA_DIR=" + dir}, env...)})
	return code, out.String(), err.String()
}

func TestCommands(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		env    []string
		args   string
		code   int
		stdout []string
		stderr []string
	}{
		{name: "help", args: "--help", stdout: []string{"musika demo", "serve", "doctor"}},
		{name: "help of a command", args: "demo --help", stdout: []string{"--fresh", "--script", "--no-open"}},
		{name: "unknown command", args: "serv", code: 80, stderr: []string{"serv", `did you mean one of "serve"`}},
		{name: "no command", args: "", code: 80, stderr: []string{"demo"}},
		{name: "version", args: "version", stdout: []string{"musika ", "go1."}},
		{name: "openapi", args: "openapi", stdout: []string{`"openapi": "3.1.0"`, `"/api/orders"`}},
		{
			name: "bad settings", args: "serve", env: []string{"MUSIKA_ADDR=8080", "MUSIKA_PREFIXX=!"}, code: 1,
			stderr: []string{"The settings cannot be used.", `  MUSIKA_ADDR: "8080" is not a host and a port`, "Did you mean MUSIKA_PREFIX?"},
		},
		{
			name: "settings listed", args: "doctor --settings", env: []string{"MUSIKA_LOG_LEVEL=debug"},
			stdout: []string{"MUSIKA_LOG_LEVEL", "debug", "environment", "not set"},
		},
		{
			name: "doctor without a channel", args: "doctor", code: 1,
			stdout: []string{"✔ settings", "✔ database    SQLite at", "which the first start makes", "✘ channel", "MUSIKA_CLOUDAPI_TOKEN", "– webhook"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := call(t, t.TempDir(), test.env, strings.Fields(test.args)...)
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			for _, words := range test.stdout {
				if !strings.Contains(stdout, words) {
					t.Errorf("standard output lacks %q", words)
				}
			}
			for _, words := range test.stderr {
				if !strings.Contains(stderr, words) {
					t.Errorf("standard error lacks %q", words)
				}
			}
			if t.Failed() {
				t.Logf("stdout: %s\nstderr: %s", stdout, stderr)
			}
		})
	}
}

func TestDatabaseCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must := func(args ...string) string {
		t.Helper()
		code, stdout, stderr := call(t, dir, nil, args...)
		if code != 0 {
			t.Fatalf("musika %s: exit code %d\n%s%s", strings.Join(args, " "), code, stdout, stderr)
		}
		return stdout
	}
	if out := must("migrate"); !strings.Contains(out, "applied 0001_core") {
		t.Errorf("migrate says %s", out)
	}
	if out := must("migrate"); !strings.Contains(out, "up to date") {
		t.Errorf("migrate again says %s", out)
	}
	if out := must("seed"); !strings.Contains(out, "Added 5 stores") {
		t.Errorf("seed says %s", out)
	}
	if out := must("seed"); !strings.Contains(out, "Added 0 stores") {
		t.Errorf("seed again says %s", out)
	}
	if out := must("apikey", "list"); !strings.Contains(out, "There are no keys") {
		t.Errorf("no keys are listed as %s", out)
	}
	if out := must("apikey", "create", "--name", "till", "--merchant", "mambo"); !strings.Contains(out, "msk_live_") || !strings.Contains(out, "It sees Mambo Pizza & Grill") {
		t.Errorf("create says %s", out)
	}
	key := must("apikey", "create", "-q")
	if !strings.HasPrefix(key, "msk_live_") || strings.Count(key, "\n") != 1 {
		t.Errorf("create -q says %s", key)
	}
	list := must("apikey", "list")
	if strings.Contains(list, strings.TrimSpace(key)) || strings.Count(list, "in force") != 2 || !strings.Contains(list, "till") {
		t.Errorf("the keys are listed as %s", list)
	}
	id := list[strings.Index(list, "key_"):][:len("key_")+26]
	must("apikey", "revoke", id)
	if list := must("apikey", "list"); strings.Count(list, "revoked") != 1 {
		t.Errorf("after revoking one: %s", list)
	}
	for _, args := range [][]string{{"apikey", "revoke", id}, {"apikey", "create", "--merchant", "nobody"}} {
		if code, _, stderr := call(t, dir, nil, args...); code != 1 || !strings.Contains(stderr, "There is no") {
			t.Errorf("musika %s: exit code %d, %s", strings.Join(args, " "), code, stderr)
		}
	}
	if _, out, _ := call(t, dir, nil, "doctor"); !strings.Contains(out, "✔ schema      up to date") || !strings.Contains(out, "✔ jobs        0 wait") {
		t.Errorf("doctor says %s", out)
	}
}

// TestDoctorOfAWorkingShop examines a running demo as if it were a shop.
func TestDoctorOfAWorkingShop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	d, err := demo.Start(ctx, demo.Options{DataDir: dir, Addr: "127.0.0.1:0", PhoneAddr: "127.0.0.1:0", Bot: config.Default().Bot})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Stop()
	who := d.Sim.Credentials()
	env := func(change ...string) []string {
		return append([]string{
			"MUSIKA_PUBLIC_URL=" + d.App.URL(), "MUSIKA_CLOUDAPI_URL=" + d.Sim.URL(), "MUSIKA_CLOUDAPI_TOKEN=" + who.AccessToken,
			"MUSIKA_CLOUDAPI_APP_SECRET=" + who.AppSecret, "MUSIKA_CLOUDAPI_VERIFY_TOKEN=" + who.VerifyToken, "MUSIKA_CLOUDAPI_NUMBERS=" + demo.Number,
		}, change...)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nowhere := "http://" + closed.Addr().String()
	closed.Close()
	for _, test := range []struct {
		name, change string
		code         int
		says         []string
	}{
		{"all well", "", 0, []string{"✔ channel     +263 77 000 0000", "✔ clock", "! webhook", "Meta calls https addresses only"}},
		{"wrong token", "MUSIKA_CLOUDAPI_TOKEN=wrong", 1, []string{"✘ channel     the token is not accepted", "system user"}},
		{"wrong number", "MUSIKA_CLOUDAPI_NUMBERS=1", 1, []string{"✘ channel     number 1 is not there"}},
		{"Graph API away", "MUSIKA_CLOUDAPI_URL=" + nowhere, 1, []string{"✘ channel", "does not answer"}},
		{"something else in its place", "MUSIKA_CLOUDAPI_URL=" + d.App.URL() + "/docs?", 1, nil},
		{"no public address", "MUSIKA_PUBLIC_URL=", 1, []string{"✘ webhook     WhatsApp has no address", "MUSIKA_PUBLIC_URL"}},
		{"public address away", "MUSIKA_PUBLIC_URL=" + nowhere, 1, []string{"✘ webhook", "does not answer"}},
		{"public address leads elsewhere", "MUSIKA_PUBLIC_URL=" + d.Sim.URL(), 1, []string{"✘ webhook", "answered by something else"}},
		{"another verify token", "MUSIKA_CLOUDAPI_VERIFY_TOKEN=wrong", 1, []string{"✘ webhook", "refuses the verify token"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, out, stderr := call(t, dir, env(test.change), "doctor")
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			for _, words := range test.says {
				if !strings.Contains(out, words) {
					t.Errorf("doctor does not say %q", words)
				}
			}
			for _, secret := range []string{who.AccessToken, who.AppSecret, who.VerifyToken} {
				if strings.Contains(out+stderr, secret) {
					t.Error("doctor tells a secret")
				}
			}
			if t.Failed() {
				t.Log(out + stderr)
			}
		})
	}
}

func TestOpenapiIsJSON(t *testing.T) {
	t.Parallel()
	_, out, _ := call(t, t.TempDir(), nil, "openapi")
	if !json.Valid([]byte(out)) {
		t.Error("the document is not JSON")
	}
}
