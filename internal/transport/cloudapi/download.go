package cloudapi

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"
	"strings"

	"github.com/musika/musika"
)

// download is a file on its way in. It counts and hashes what passes, and
// says at the end whether it was the file that Meta described.
type download struct {
	body   io.ReadCloser
	cancel context.CancelFunc
	want   musika.Media
	limit  int64
	seen   int64
	sum    hash.Hash
	err    error // set once the file has ended, well or not
}

func newDownload(body io.ReadCloser, cancel context.CancelFunc, want musika.Media, limit int64) *download {
	return &download{body: body, cancel: cancel, want: want, limit: limit, sum: sha256.New()}
}

// Read implements io.Reader.
func (d *download) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.body.Read(p)
	d.seen += int64(n)
	if d.seen > d.limit {
		d.err = tooLarge(d.want.Type, d.limit)
		return 0, d.err
	}
	_, _ = d.sum.Write(p[:n]) // a hash never fails
	switch {
	case err == io.EOF:
		d.err = d.verdict()
	case err != nil:
		d.err = musika.Errorf(musika.CodeUnavailable, "The file did not arrive whole. Try again.").Wrap(err)
	}
	return n, d.err
}

// verdict is io.EOF for the file that was described. The hash decides; the
// size stands in where Meta gave no hash.
func (d *download) verdict() error {
	if d.want.SHA256 != "" {
		if got := hex.EncodeToString(d.sum.Sum(nil)); got != d.want.SHA256 {
			return musika.Errorf(musika.CodeUnavailable, "The file arrived damaged: its SHA-256 is %s, not %s. Try again.", got, d.want.SHA256)
		}
		return io.EOF
	}
	if d.want.Size > 0 && d.seen != d.want.Size {
		return musika.Errorf(musika.CodeUnavailable, "The file arrived with %d bytes, not %d. Try again.", d.seen, d.want.Size)
	}
	return io.EOF
}

// Close implements io.Closer.
func (d *download) Close() error {
	d.cancel()
	return d.body.Close()
}

// hexHash returns a SHA-256, written in hex or in any base64, as lower-case
// hex; "" when it is neither.
func hexHash(s string) string {
	if len(s) == 2*sha256.Size {
		if _, err := hex.DecodeString(s); err == nil {
			return strings.ToLower(s)
		}
	}
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	if sum, err := base64.RawStdEncoding.DecodeString(plain); err == nil && len(sum) == sha256.Size {
		return hex.EncodeToString(sum)
	}
	return ""
}
