package config_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/config"
)

var update = flag.Bool("update", false, "write docs/configuration.md")

func TestReferenceIsFresh(t *testing.T) {
	const path = "../../docs/configuration.md"
	if *update {
		if err := os.WriteFile(path, []byte(config.Reference()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != config.Reference() {
		t.Error("docs/configuration.md is not what the settings say: run make generate")
	}
}

func TestDefaults(t *testing.T) {
	c, err := config.Load([]string{"PATH=/bin", "HOME=/root", "MUSIKA_TEST_ANYTHING=1"})
	if err != nil {
		t.Fatal(err)
	}
	if c.HTTP.Addr != "127.0.0.1:8080" || c.Storage.DataDir != "./musika-data" || c.Storage.SQLiteSynchronous != "FULL" ||
		c.Queue.MessageSending != 5 || c.CloudAPI.PairInterval != 6*time.Second || c.Log.Level != slog.LevelInfo || c.CloudAPI.Configured() {
		t.Errorf("defaults are %+v", c)
	}
	for _, s := range c.Settings() {
		if s.Doc == "" || s.Example == "" || s.Name == "" {
			t.Errorf("setting %+v lacks its name, its meaning or an example", s)
		}
		if s.Value != s.Default || (s.Source == "default") != (s.Default != "") {
			t.Errorf("%s is %q from %q, and its default is %q", s.Name, s.Value, s.Source, s.Default)
		}
	}
}

func TestEveryExampleIsTaken(t *testing.T) {
	var env []string
	for _, s := range config.Default().Settings() {
		env = append(env, s.Name+"="+s.Example)
	}
	if _, err := config.Load(env); err != nil {
		t.Errorf("the examples of the settings are refused: %v", err)
	}
}

func TestLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "musika.env")
	content := "\ufeff# a comment\r\n\r\nexport MUSIKA_ADDR=0.0.0.0:9000\r\nMUSIKA_PLATFORM_NAME=\"Market Day\"\nMUSIKA_OPERATOR_NAME='Rudo'\nMUSIKA_PREFIX=/\n"
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load([]string{
		"MUSIKA_CONFIG=" + file,
		"MUSIKA_PREFIX=#",                 // wins over the file
		"MUSIKA_OPERATOR_NAME=",           // empty: the file's stands
		"MUSIKA_ADMINS= +263771234567 , ", // spaces and a stray comma
		"MUSIKA_LOG_LEVEL=DEBUG",
		"MUSIKA_CLOUDAPI_TOKEN=t", "MUSIKA_CLOUDAPI_APP_SECRET=s", "MUSIKA_CLOUDAPI_VERIFY_TOKEN=v", "MUSIKA_CLOUDAPI_NUMBERS=1,2",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := []any{c.HTTP.Addr, c.Bot.PlatformName, c.Bot.OperatorName, c.Bot.Prefix, c.Bot.Admins, c.Log.Level, c.CloudAPI.Numbers, c.CloudAPI.Configured()}
	want := []any{"0.0.0.0:9000", "Market Day", "Rudo", "#", []musika.Phone{"+263771234567"}, slog.LevelDebug, []string{"1", "2"}, true}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	for _, s := range c.Settings() {
		switch {
		case s.Name == "MUSIKA_ADDR" && s.Source != file, s.Name == "MUSIKA_PREFIX" && s.Source != "environment":
			t.Errorf("%s came from %q", s.Name, s.Source)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ env, field, message string }{
		{"MUSIKA_ADDR=8080", "MUSIKA_ADDR", `"8080" is not a host and a port. Example: MUSIKA_ADDR=127.0.0.1:8080`},
		{"MUSIKA_ADDR=localhost:http", "MUSIKA_ADDR", "is not a host and a port"},
		{"MUSIKA_ADRR=x", "MUSIKA_ADRR", "is not a setting. Did you mean MUSIKA_ADDR? Example: MUSIKA_ADDR=127.0.0.1:8080"},
		{"MUSIKA_SOMETHING_ELSE_ENTIRELY=x", "MUSIKA_SOMETHING_ELSE_ENTIRELY", "is not a setting. `musika doctor --settings` lists all"},
		{"MUSIKA_PUBLIC_URL=shop.example.com", "MUSIKA_PUBLIC_URL", "is not an address that starts with http"},
		{"MUSIKA_PUBLIC_URL=https://a:b@shop.example.com", "MUSIKA_PUBLIC_URL", "must not hold a password"},
		{"MUSIKA_SHUTDOWN_TIMEOUT=20", "MUSIKA_SHUTDOWN_TIMEOUT", "is not a time like"},
		{"MUSIKA_SHUTDOWN_TIMEOUT=1ms", "MUSIKA_SHUTDOWN_TIMEOUT", "is not within 1s to 10m"},
		{"DATABASE_URL=mysql://root:hunter2@db/x", "DATABASE_URL", "the value is not a PostgreSQL address. Example: DATABASE_URL=postgres://"},
		{"MUSIKA_SQLITE_SYNCHRONOUS=OFF", "MUSIKA_SQLITE_SYNCHRONOUS", "is not one of FULL, NORMAL"},
		{"MUSIKA_CLOUDAPI_VERSION=26", "MUSIKA_CLOUDAPI_VERSION", "is not a version. Example: MUSIKA_CLOUDAPI_VERSION=v26.0"},
		{"MUSIKA_CLOUDAPI_NUMBERS=1,+263", "MUSIKA_CLOUDAPI_NUMBERS", "is not made of digits only"},
		{"MUSIKA_CLOUDAPI_TOKEN=hunter2", "MUSIKA_CLOUDAPI_APP_SECRET", "is needed as well, since MUSIKA_CLOUDAPI_TOKEN is set"},
		{"MUSIKA_CLOUDAPI_RATE=0", "MUSIKA_CLOUDAPI_RATE", "is not within 1 to 1000"},
		{"MUSIKA_WORKERS_MESSAGE_SENDING=five", "MUSIKA_WORKERS_MESSAGE_SENDING", "is not a whole number"},
		{"MUSIKA_OPERATOR_PHONE=0771234567", "MUSIKA_OPERATOR_PHONE", "is not a phone number with its country code"},
		{"MUSIKA_ADMINS=+263771234567,boss", "MUSIKA_ADMINS", "is not a list of phone numbers"},
		{"MUSIKA_PREFIX=go", "MUSIKA_PREFIX", "is not one of !"},
		{"MUSIKA_PLATFORM_NAME=a\nb", "MUSIKA_PLATFORM_NAME", "is not one line"},
		{"MUSIKA_LOG_LEVEL=info+2", "MUSIKA_LOG_LEVEL", "is not one of debug, info, warn, error"},
		{"MUSIKA_LOG_LEVEL=loud", "MUSIKA_LOG_LEVEL", "loud"},
		{"MUSIKA_LOG_FORMAT=xml", "MUSIKA_LOG_FORMAT", "is not one of text, json"},
		{"MUSIKA_CONFIG=/no/such/file", "MUSIKA_CONFIG", "cannot be read"},
	} {
		t.Run(test.env, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, []string{test.env}, test.field, test.message)
		})
	}
}

func TestFileRefusals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, content, field, message string }{
		{"no equals sign", "\nMUSIKA_ADDR", "musika.env line 2", "is not KEY=value"},
		{"unknown", "MUSIKA_DATADIR=x", "MUSIKA_DATADIR", "Did you mean MUSIKA_DATA_DIR?"},
		{"foreign", "PATH=/bin", "PATH", "is not a setting"},
		{"twice", "MUSIKA_ADDR=:1\nMUSIKA_ADDR=:2", "MUSIKA_ADDR", "is set twice"},
		{"bad value", "MUSIKA_ADDR=x", "MUSIKA_ADDR", "is not a host and a port"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "musika.env")
			if err := os.WriteFile(file, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			wantRefusal(t, []string{"MUSIKA_CONFIG=" + file}, test.field, test.message)
		})
	}
}

func wantRefusal(t *testing.T, env []string, field, message string) {
	t.Helper()
	_, err := config.Load(env)
	if musika.CodeOf(err) != musika.CodeInvalid {
		t.Fatalf("got %v, want a refusal", err)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the refusal shows a secret: %v", err)
	}
	for _, f := range err.(*musika.Error).Fields { //nolint:errorlint // CodeOf proved it
		if strings.HasSuffix(f.Field, field) && strings.Contains(f.Message, message) {
			return
		}
	}
	t.Errorf("got %v\nwant %s: …%s…", err, field, message)
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, err := config.Load([]string{"MUSIKA_ADDR=x", "MUSIKA_PREFIX=xx", "MUSIKA_NOPE=1"})
	if n := len(err.(*musika.Error).Fields); n != 3 { //nolint:errorlint // Load returns nothing else
		t.Errorf("%d problems reported, want 3: %v", n, err)
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	const secret = "hunter2"
	c, err := config.Load([]string{
		"DATABASE_URL=postgres://u:" + secret + "@h/d", "MUSIKA_CLOUDAPI_TOKEN=" + secret,
		"MUSIKA_CLOUDAPI_APP_SECRET=" + secret, "MUSIKA_CLOUDAPI_VERIFY_TOKEN=" + secret, "MUSIKA_CLOUDAPI_NUMBERS=1",
	})
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(c.CloudAPI)
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "token", c.CloudAPI.Token, "all", c.CloudAPI)
	for _, text := range []string{
		fmt.Sprintf("%v %+v %#v %s", c.CloudAPI, c.CloudAPI, c.CloudAPI, c.CloudAPI.Token),
		fmt.Sprintf("%+v", c.Settings()), string(encoded), logged.String(),
	} {
		if strings.Contains(text, secret) {
			t.Errorf("a secret is shown: %s", text)
		}
	}
	if c.CloudAPI.Token.Reveal() != secret {
		t.Error("the secret is lost")
	}
}
