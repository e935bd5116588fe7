package simulator

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// tokenStore holds the access tokens and when each ends; zero means never.
type tokenStore struct {
	mu sync.RWMutex
	m  map[string]time.Time
}

func (t *tokenStore) add(token string, expires time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.m == nil {
		t.m = map[string]time.Time{}
	}
	t.m[token] = expires
}

func (t *tokenStore) get(token string) (time.Time, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	expires, ok := t.m[token]
	return expires, ok
}

// IssueToken makes an access token that works for ttl on the simulated clock
// and answers 401, code 190, subcode 463 afterwards. A ttl of zero never ends.
func (s *Simulator) IssueToken(ttl time.Duration) string {
	token := "EAA" + rand.Text() + rand.Text()
	var expires time.Time
	if ttl > 0 {
		expires = s.clock.now().Add(ttl)
	}
	s.tokens.add(token, expires)
	return token
}

// authorize checks the bearer token, or ?access_token= as Graph allows.
func (s *Simulator) authorize(r *http.Request, query url.Values) *graphError {
	token := query.Get("access_token")
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, rest, _ := strings.Cut(h, " ")
		if !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "OAuth") {
			return fail(190, "")
		}
		token = strings.TrimSpace(rest)
	}
	if token == "" {
		return fail(104, "")
	}
	expires, ok := s.tokens.get(token)
	if !ok {
		e := fail(190, "")
		e.Title = "Invalid OAuth access token - Cannot parse access token"
		return e
	}
	if now := s.clock.now(); !expires.IsZero() && !now.Before(expires) {
		e := fail(190, "")
		e.Subcode = 463
		e.Title = "Error validating access token: Session has expired on " + expires.UTC().Format(time.RFC1123) +
			". The current time is " + now.UTC().Format(time.RFC1123) + "."
		return e
	}
	return nil
}
