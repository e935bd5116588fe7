package simulator

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	uploadLife   = 30 * 24 * time.Hour // of an uploaded media id
	inboundLife  = 7 * 24 * time.Hour  // of a media id from a webhook
	mediaURLLife = 5 * time.Minute
	mediaPath    = "whatsapp_business" // first segment of media urls
)

// mediaRule says which MIME types a message type takes and how large they may be.
type mediaRule struct {
	kinds []string
	max   int64
}

// mediaRules are Meta's supported media types. Documents of other types are
// refused at upload; a link may point to any document.
var mediaRules = map[string]mediaRule{
	"audio": {[]string{"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus"}, 16 << 20},
	"image": {[]string{"image/jpeg", "image/png"}, 5 << 20},
	"video": {[]string{"video/mp4", "video/3gpp", "video/3gp"}, 16 << 20},
	"document": {[]string{"text/plain", "application/pdf", "application/msword", "application/vnd.ms-excel",
		"application/vnd.ms-powerpoint", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"application/vnd.openxmlformats-officedocument.presentationml.presentation"}, 100 << 20},
	"sticker": {[]string{"image/webp"}, 500 << 10},
}

// ruleFor finds the rule that a MIME type falls under.
func ruleFor(mimeType string) (mediaRule, bool) {
	base := baseType(mimeType)
	for _, r := range mediaRules {
		if slices.Contains(r.kinds, base) {
			return r, true
		}
	}
	return mediaRule{}, false
}

func baseType(mimeType string) string {
	base, _, err := mime.ParseMediaType(mimeType)
	if err != nil {
		base, _, _ = strings.Cut(strings.ToLower(mimeType), ";")
	}
	return strings.TrimSpace(base)
}

// medium is a stored file.
type medium struct {
	id      string
	number  *number // that it was uploaded to, or came in through
	mime    string
	data    []byte
	sum     [sha256.Size]byte
	expires time.Time
}

// mediaStore keeps the media, oldest dropped first when they are too many bytes.
type mediaStore struct {
	key [32]byte // signs urls
	max int64

	mu    sync.RWMutex
	byID  map[string]*medium
	order []*medium
	total int64
}

func (st *mediaStore) init(maxBytes int64) {
	st.max, st.byID = maxBytes, map[string]*medium{}
	_, _ = rand.Read(st.key[:]) // never fails
}

func (st *mediaStore) get(id string, now time.Time) *medium {
	st.mu.RLock()
	defer st.mu.RUnlock()
	if m := st.byID[id]; m != nil && now.Before(m.expires) {
		return m
	}
	return nil
}

func (st *mediaStore) put(m *medium) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.byID[m.id] = m
	st.order = append(st.order, m)
	st.total += int64(len(m.data))
	for st.total > st.max && len(st.order) > 1 {
		st.forget(st.order[0])
		st.order = st.order[1:]
	}
}

func (st *mediaStore) drop(id string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if m := st.byID[id]; m != nil {
		st.forget(m)
		st.order = slices.DeleteFunc(st.order, func(x *medium) bool { return x == m })
	}
}

// forget drops a medium, once. st.mu is held.
func (st *mediaStore) forget(m *medium) {
	if st.byID[m.id] == m {
		delete(st.byID, m.id)
		st.total -= int64(len(m.data))
	}
}

// storeMedia keeps bytes under a new id.
func (s *Simulator) storeMedia(n *number, mimeType string, data []byte, life time.Duration) *medium {
	m := &medium{id: s.ids.next(), number: n, mime: mimeType, data: data, sum: sha256.Sum256(data), expires: s.clock.now().Add(life)}
	s.media.put(m)
	return m
}

func (m *medium) base64Sum() string { return base64.StdEncoding.EncodeToString(m.sum[:]) }

// Media returns the bytes and MIME type of a media id, as the phone page shows
// them. The error wraps ErrUnknown.
func (s *Simulator) Media(id string) (data []byte, mimeType string, err error) {
	m := s.media.get(id, s.clock.now())
	if m == nil {
		return nil, "", unknownf("media %q", id)
	}
	return m.data, m.mime, nil
}

// base is the address that a request came to.
func (s *Simulator) base(r *http.Request) string {
	if r != nil && r.Host != "" {
		if r.TLS != nil {
			return "https://" + r.Host
		}
		return "http://" + r.Host
	}
	return s.URL()
}

// mediaURL makes a url that works for 5 minutes.
func (s *Simulator) mediaURL(base string, m *medium) string {
	ext := strconv.FormatInt(s.clock.now().Add(mediaURLLife).Unix(), 10)
	return base + "/" + mediaPath + "/attachments/?mid=" + m.id + "&source=getMedia&ext=" + ext + "&hash=" + s.media.sign(m.id, ext)
}

func (st *mediaStore) sign(id, ext string) string {
	mac := hmac.New(sha256.New, st.key[:])
	mac.Write([]byte(id + "." + ext))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// serveMedia answers a media url: 401 without a good token, 404 once the url or
// the media has expired.
func (s *Simulator) serveMedia(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	if s.authorize(r, url.Values{}) != nil {
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
		return
	}
	id, ext := q.Get("mid"), q.Get("ext")
	until, err := strconv.ParseInt(ext, 10, 64)
	m := s.media.get(id, s.clock.now())
	if err != nil || m == nil || s.clock.now().Unix() >= until || !hmac.Equal([]byte(q.Get("hash")), []byte(s.media.sign(id, ext))) {
		http.Error(w, "Not Found", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", m.mime)
	h.Set("Content-Length", strconv.Itoa(len(m.data)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(m.data)
	}
}

// checkOwner refuses a media call that names another number.
func checkOwner(c *call) *graphError {
	if want := c.query.Get("phone_number_id"); want != "" && want != c.media.number.id {
		return failMissing(c.r.Method, c.id)
	}
	return nil
}

func getMedia(s *Simulator, c *call) (any, *graphError) {
	if gerr := checkOwner(c); gerr != nil {
		return nil, gerr
	}
	m := c.media
	// file_size is a number and sha256 hex, as captured answers have them; the
	// sha256 of webhooks is base64.
	return noError(c.fieldsOf("WhatsAppBusinessMedia", map[string]any{
		"messaging_product": "whatsapp", "url": s.mediaURL(s.base(c.r), m), "mime_type": m.mime,
		"sha256": hex.EncodeToString(m.sum[:]), "file_size": len(m.data), "id": m.id,
	}, "messaging_product", "url", "mime_type", "sha256", "file_size"))
}

func deleteMedia(s *Simulator, c *call) (any, *graphError) {
	if gerr := checkOwner(c); gerr != nil {
		return nil, gerr
	}
	s.media.drop(c.media.id)
	return success, nil
}
