package cloudapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/musika/musika"
)

// zeros is an endless file that keeps no memory.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestUpload(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 5} { // unknown, and known
		b := setup(t)
		b.answers(200, `{"id":"9001"}`)
		m := musika.Media{MIME: "audio/ogg; codecs=opus", Filename: "a\"b\r\n.ogg", Size: size}
		id, err := b.client.Upload(t.Context(), number, m, strings.NewReader("hello"))
		if err != nil || id != "9001" {
			t.Fatal(id, err)
		}
		call := b.last(t)
		_, params, err := mime.ParseMediaType(call.contentType)
		if err != nil || call.path != "/v26.0/"+number+"/media" || call.auth != "Bearer "+testToken {
			t.Fatalf("%+v %v", call, err)
		}
		form, err := multipart.NewReader(bytes.NewReader(call.body), params["boundary"]).ReadForm(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		if form.Value["messaging_product"][0] != "whatsapp" || form.Value["type"][0] != m.MIME {
			t.Errorf("%v", form.Value)
		}
		file := form.File["file"][0]
		f, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, _ := io.ReadAll(f)
		if string(content) != "hello" || file.Header.Get("Content-Type") != m.MIME {
			t.Errorf("%q %v", content, file.Header)
		}
	}
}

func TestUploadRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.answers(400, `{"error":{"code":131053,"message":"(#131053) Media upload error"}}`)
	for name, tt := range map[string]struct {
		channel string
		m       musika.Media
		body    io.Reader
		want    musika.Code
		calls   int
	}{
		"type":            {number, musika.Media{MIME: "image/gif"}, strings.NewReader("x"), musika.CodeInvalid, 0},
		"no type":         {number, musika.Media{}, strings.NewReader("x"), musika.CodeInvalid, 0},
		"header in type":  {number, musika.Media{MIME: "image/png;\r\nX: y"}, strings.NewReader("x"), musika.CodeInvalid, 0},
		"channel":         {"a/b", musika.Media{MIME: "image/png"}, strings.NewReader("x"), musika.CodeInvalid, 0},
		"announced size":  {number, musika.Media{MIME: "image/png", Size: 5<<20 + 1}, strings.NewReader("x"), musika.CodeTooLarge, 0},
		"streamed size":   {number, musika.Media{MIME: "image/png"}, io.LimitReader(zeros{}, 5<<20+1), musika.CodeTooLarge, -1},
		"Meta refuses it": {number, musika.Media{MIME: "image/png"}, strings.NewReader("x"), musika.CodeInvalid, -1},
	} {
		before := b.count()
		_, err := b.client.Upload(t.Context(), tt.channel, tt.m, tt.body)
		if musika.CodeOf(err) != tt.want {
			t.Errorf("%s: %v", name, err)
		}
		if tt.calls == 0 && b.count() != before {
			t.Errorf("%s: it left", name)
		}
		if name == "Meta refuses it" {
			if e, ok := errors.AsType[*musika.SendError](err); !ok || e.Code != "131053" {
				t.Errorf("%s: no SendError in %v", name, err)
			}
		}
	}
	b.server.Close()
	_, err := b.client.Upload(t.Context(), number, musika.Media{MIME: "image/png"}, strings.NewReader("x"))
	if e := musika.AsSendError(err); musika.CodeOf(err) != musika.CodeUnavailable || e.Disposition != retry {
		t.Errorf("no network: %v", err)
	}
}

// library makes the API keep one file and returns it. about writes its
// description; expired says how many times its address has run out.
func (b *bundle) library(about string, content []byte, expired int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer "+testToken:
			w.WriteHeader(http.StatusUnauthorized)
		case strings.HasPrefix(r.URL.Path, "/v26.0/"):
			_, _ = io.WriteString(w, strings.ReplaceAll(about, "URL", b.server.URL+"/cdn/9001?sig=1"))
		case expired > 0:
			expired--
			w.WriteHeader(http.StatusNotFound)
		default:
			_, _ = w.Write(content)
		}
	}
}

func TestDownload(t *testing.T) {
	t.Parallel()
	content := []byte("a picture")
	sum := sha256.Sum256(content)
	inHex, inBase64 := hex.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(sum[:])
	about := func(hash, size string) string {
		return fmt.Sprintf(`{"messaging_product":"whatsapp","url":"URL","mime_type":"image/jpeg","sha256":%q,"file_size":%s,"id":"9001"}`, hash, size)
	}
	for name, tt := range map[string]struct {
		about   string
		expired int
		open    musika.Code
		read    musika.Code
	}{
		"hex, number":         {about(inHex, "9"), 0, "", ""},
		"upper hex":           {about(strings.ToUpper(inHex), "9"), 0, "", ""},
		"base64, string":      {about(inBase64, `"9"`), 0, "", ""},
		"no hash":             {about("", "9"), 0, "", ""},
		"neither":             {about("", "null"), 0, "", ""},
		"expired once":        {about(inHex, "9"), 1, "", ""},
		"expired twice":       {about(inHex, "9"), 2, musika.CodeNotFound, ""},
		"damaged":             {about(strings.Repeat("0", 64), "9"), 0, "", musika.CodeUnavailable},
		"short":               {about("", "10"), 0, "", musika.CodeUnavailable},
		"announced too large": {about(inHex, "101"), 0, musika.CodeTooLarge, ""},
		"no address":          {`{"id":"9001"}`, 0, musika.CodeUnavailable, ""},
		"file address":        {`{"url":"file:///etc/passwd"}`, 0, musika.CodeUnavailable, ""},
		"no JSON":             {`<html>`, 0, musika.CodeUnavailable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(c *Config) { c.MaxDownload = 100 })
			b.library(tt.about, content, tt.expired)
			r, m, err := b.client.Download(t.Context(), number, "9001")
			if musika.CodeOf(err) != tt.open {
				t.Fatal(err)
			}
			if err != nil {
				return
			}
			got, err := io.ReadAll(r)
			if musika.CodeOf(err) != tt.read {
				t.Fatalf("reading: %v", err)
			}
			if cerr := r.Close(); cerr != nil {
				t.Error(cerr)
			}
			if err == nil && (!bytes.Equal(got, content) || m.ID != "9001" || m.MIME != "image/jpeg" || m.Type != musika.MediaImage ||
				m.SHA256 != "" && m.SHA256 != inHex || m.Size != 0 && m.Size != 9) {
				t.Errorf("%q %+v", got, m)
			}
			if q := b.calls[0].query; q != "phone_number_id="+number {
				t.Errorf("query %s", q)
			}
		})
	}
}

func TestDownloadRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.MaxDownload = 100 })
	for _, id := range []string{"", "a/b", "..", "1?x=2"} {
		if _, _, err := b.client.Download(t.Context(), number, id); musika.CodeOf(err) != musika.CodeInvalid {
			t.Errorf("%q: %v", id, err)
		}
	}
	if b.count() != 0 {
		t.Error("a bad id left")
	}
	b.library(`{"url":"URL"}`, bytes.Repeat([]byte("x"), 101), 0)
	r, _, err := b.client.Download(t.Context(), number, "9001")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if musika.CodeOf(err) != musika.CodeTooLarge || len(got) > 100 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	_ = r.Close()
	b.answers(400, `{"error":{"code":100,"error_subcode":33,"message":"gone"}}`)
	if _, _, err := b.client.Download(t.Context(), number, "9001"); musika.CodeOf(err) != musika.CodeNotFound {
		t.Error(err)
	}
	b.answers(401, `{"error":{"code":190,"message":"expired"}}`)
	if _, _, err := b.client.Download(t.Context(), number, "9001"); musika.CodeOf(err) != musika.CodeForbidden {
		t.Error(err)
	}
}

// TestTokenStaysEncrypted: with an https API the token is not taken to a plain
// address, named outright or by a redirect.
func TestTokenStaysEncrypted(t *testing.T) {
	t.Parallel()
	plain := setup(t)
	for name, api := range map[string]roundTrip{
		"outright": func(*http.Request) (int, string) { return 200, `{"url":"` + plain.server.URL + `/x"}` },
	} {
		c := paced(t, func(r *http.Request) (int, string) {
			if r.Body != nil {
				_ = r.Body.Close()
			}
			return api(r)
		})
		if _, _, err := c.Download(t.Context(), number, "9001"); musika.CodeOf(err) != musika.CodeUnavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := paced(t, ok)
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x.example", nil)
	if c.checkRedirect(req, nil) == nil {
		t.Error("a redirect to http passes")
	}
	if plain.count() != 0 {
		t.Error("the token went out in the clear")
	}
}

func TestHexHash(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte("x"))
	want := hex.EncodeToString(sum[:])
	for _, s := range []string{want, strings.ToUpper(want), base64.StdEncoding.EncodeToString(sum[:]), base64.RawStdEncoding.EncodeToString(sum[:]), base64.URLEncoding.EncodeToString(sum[:])} {
		if hexHash(s) != want {
			t.Errorf("%s: %s", s, hexHash(s))
		}
	}
	for _, s := range []string{"", "x", strings.Repeat("z", 64), want[:62], base64.StdEncoding.EncodeToString(sum[:31])} {
		if hexHash(s) != "" {
			t.Errorf("%s: %s", s, hexHash(s))
		}
	}
}
