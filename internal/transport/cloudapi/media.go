package cloudapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/musika/musika"
)

// Upload sends a file and returns the id under which it can be sent for 30
// days (Meta's Cloud API: media). m.MIME must be one that Meta takes; m.Size,
// when known, lets a file that is too big be refused at once. body is streamed
// and not closed. Errors are *musika.Error: CodeInvalid, CodeTooLarge, or what
// Meta said with the *musika.SendError as cause. An upload can be repeated.
func (c *Client) Upload(ctx context.Context, channelExternalID string, m musika.Media, body io.Reader) (string, error) {
	if err := channelOK("channel", channelExternalID); err != nil {
		return "", err
	}
	mime := strings.TrimSpace(m.MIME)
	kind, ok := typeOfMIME(mime)
	if !ok || strings.ContainsAny(mime, "\r\n") {
		return "", musika.Errorf(musika.CodeInvalid,
			"WhatsApp does not take files of type %q. Send a JPEG or PNG picture, an MP4 video, an audio file or a PDF.", m.MIME)
	}
	limit := mediaRules[kind].max
	if m.Size > limit {
		return "", tooLarge(kind, limit)
	}

	head, tail, contentType, err := uploadFrame(mime, m.Filename)
	if err != nil {
		return "", musika.Errorf(musika.CodeInternal, "the upload cannot be written").Wrap(err)
	}
	file := &limited{r: body, left: limit}
	// net/http may read a request's body after the answer has come; the guard
	// ends that before body goes back to its owner.
	guard := &guarded{r: io.MultiReader(bytes.NewReader(head), file, bytes.NewReader(tail))}
	defer func() { _ = guard.Close() }()

	ctx, cancel := context.WithTimeout(ctx, c.fileTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.root+"/"+channelExternalID+"/media", guard)
	if err != nil {
		return "", asError(notSent(err))
	}
	req.Header.Set("Content-Type", contentType)
	if m.Size > 0 {
		req.ContentLength = int64(len(head)) + m.Size + int64(len(tail))
	}
	answer, failed := c.call(req)
	if failed != nil {
		if errors.Is(failed, errTooLarge) {
			return "", tooLarge(kind, limit)
		}
		return "", asError(failed)
	}
	var out struct {
		ID text `json:"id"`
	}
	if err := json.Unmarshal(answer, &out); err != nil || out.ID == "" {
		return "", musika.Errorf(musika.CodeUnavailable, "WhatsApp did not name the file. Upload it again.").Wrap(err)
	}
	return string(out.ID), nil
}

// uploadFrame returns what stands before and after the file in a multipart
// body.
func uploadFrame(mime, filename string) (head, tail []byte, contentType string, err error) {
	if filename == "" {
		filename = "file"
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	err = errors.Join(w.WriteField("messaging_product", "whatsapp"), w.WriteField("type", mime))
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", multipart.FileContentDisposition("file", filename))
	h.Set("Content-Type", mime)
	if _, perr := w.CreatePart(h); perr != nil {
		err = errors.Join(err, perr)
	}
	split := b.Len()
	err = errors.Join(err, w.Close())
	return b.Bytes()[:split:split], b.Bytes()[split:], w.FormDataContentType(), err
}

// Download returns the file behind an id that came with a message, and what is
// known of it. Meta keeps such files for seven days and names an address that
// works for five minutes; an address that has run out is asked for once more
// (Meta's Cloud API: media).
//
// The reader fails with CodeTooLarge above Config.MaxDownload, and with
// CodeUnavailable in place of io.EOF when size or SHA-256 do not match what Meta
// said: the file must not be used then. It must be closed.
func (c *Client) Download(ctx context.Context, channelExternalID, id string) (io.ReadCloser, musika.Media, error) {
	if err := errors.Join(channelOK("channel", channelExternalID), channelOK("media", id)); err != nil {
		return nil, musika.Media{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.fileTimeout)
	for again := true; ; again = false {
		about, m, err := c.describe(ctx, channelExternalID, id)
		if err != nil {
			cancel()
			return nil, musika.Media{}, err
		}
		resp, err := c.fetch(ctx, about.URL)
		if err != nil {
			cancel()
			return nil, musika.Media{}, err
		}
		if resp.StatusCode == http.StatusOK {
			return newDownload(resp.Body, cancel, m, c.maxDownload), m, nil
		}
		answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusNotFound && again {
			continue
		}
		cancel()
		if resp.StatusCode == http.StatusNotFound {
			return nil, musika.Media{}, goneError(nil)
		}
		return nil, musika.Media{}, asError(refusal(resp.StatusCode, resp.Header.Get("Retry-After"), answer))
	}
}

// mediaAnswer describes a file. The size is a string in Meta's documents and a
// number on the wire; the hash is hex here and base64 in webhooks.
type mediaAnswer struct {
	URL    string `json:"url"`
	MIME   text   `json:"mime_type"`
	SHA256 text   `json:"sha256"`
	Size   text   `json:"file_size"`
}

// describe asks what id is and where it lies. The channel is named so that
// Meta refuses a file of another number.
func (c *Client) describe(ctx context.Context, channel, id string) (mediaAnswer, musika.Media, error) {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.root+"/"+id+"?phone_number_id="+url.QueryEscape(channel), nil)
	if err != nil {
		return mediaAnswer{}, musika.Media{}, asError(notSent(err))
	}
	body, failed := c.call(req)
	if failed != nil {
		if failed.Code == "100" { // Meta's Cloud API: error codes, 100 with subcode 33: no such object
			return mediaAnswer{}, musika.Media{}, goneError(failed)
		}
		return mediaAnswer{}, musika.Media{}, asError(failed)
	}
	var about mediaAnswer
	if err := json.Unmarshal(body, &about); err != nil || about.URL == "" {
		return mediaAnswer{}, musika.Media{}, musika.Errorf(musika.CodeUnavailable, "WhatsApp did not say where the file lies.").Wrap(err)
	}
	kind, _ := typeOfMIME(string(about.MIME))
	m := musika.Media{Type: kind, ID: id, MIME: string(about.MIME), SHA256: hexHash(string(about.SHA256))}
	if n, err := strconv.ParseInt(string(about.Size), 10, 64); err == nil && n > 0 {
		m.Size = n
	}
	if m.Size > c.maxDownload {
		return mediaAnswer{}, musika.Media{}, tooLarge(kind, c.maxDownload)
	}
	return about, m, nil
}

// fetch asks for the file at the address that Meta gave, with our token.
func (c *Client) fetch(ctx context.Context, address string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err == nil {
		err = c.checkFileURL(req)
	}
	if err != nil {
		return nil, musika.Errorf(musika.CodeUnavailable, "WhatsApp gave an address for the file that cannot be used.").Wrap(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("User-Agent", "musika")
	req.Header.Set("Accept-Encoding", "identity") // the bytes that the hash is of
	resp, err := c.files.Do(req)
	if err != nil {
		return nil, asError(notSent(err))
	}
	return resp, nil
}

// goneError says that Meta no longer has a file, or not for this number.
func goneError(cause *musika.SendError) error {
	e := musika.Errorf(musika.CodeNotFound, "WhatsApp no longer has this file. Ask the customer to send it again.")
	if cause != nil {
		e.Err = cause
	}
	return e
}

// errTooLarge ends an upload that turns out to be over its limit.
var errTooLarge = errors.New("the file is over its limit")

func tooLarge(kind musika.MediaType, limit int64) error {
	return musika.Errorf(musika.CodeTooLarge, "The %s is too large for WhatsApp: %s at most. Make it smaller and send it again.", kind, sizeWords(limit)).Wrap(errTooLarge)
}

// sizeWords writes a limit for people.
func sizeWords(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d KB", n>>10)
}

// limited fails with errTooLarge once r has given more than left bytes.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.left -= int64(n)
	if l.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// guarded is a reader that can be closed while another goroutine reads: Close
// waits for a Read under way, and no later Read reaches r.
type guarded struct {
	mu     sync.Mutex
	r      io.Reader
	closed bool
}

func (g *guarded) Read(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return 0, io.ErrClosedPipe
	}
	return g.r.Read(p)
}

func (g *guarded) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	return nil
}
