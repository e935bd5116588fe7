package simulator

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

const (
	linkCacheLife = 10 * time.Minute // Meta's cache per exact URL
	linkCacheSize = 1000
	linkTimeout   = 10 * time.Second
)

// linkCache fetches the assets that messages link to and remembers how it went.
type linkCache struct {
	client *http.Client
	slots  chan struct{}

	mu sync.Mutex
	m  map[string]*linkResult
}

type linkResult struct {
	until time.Time     // on the simulated clock
	done  chan struct{} // closed when the rest is set
	code  int           // HTTP status, 0 without an answer
	mime  string
	size  int64
}

func (c *linkCache) init() {
	c.client = &http.Client{Timeout: linkTimeout}
	c.slots = make(chan struct{}, 4)
	c.m = map[string]*linkResult{}
}

// get fetches a link, unless it did within ten minutes.
func (c *linkCache) get(link string, now time.Time) *linkResult {
	c.mu.Lock()
	if r := c.m[link]; r != nil && now.Before(r.until) {
		c.mu.Unlock()
		<-r.done
		return r
	}
	if len(c.m) >= linkCacheSize {
		clear(c.m)
	}
	r := &linkResult{until: now.Add(linkCacheLife), done: make(chan struct{})}
	c.m[link] = r
	c.mu.Unlock()
	c.slots <- struct{}{}
	defer func() { <-c.slots }()
	c.fetch(link, r)
	close(r.done)
	if r.code != http.StatusOK {
		c.mu.Lock()
		if c.m[link] == r {
			delete(c.m, link) // only what was fetched is cached
		}
		c.mu.Unlock()
	}
	return r
}

func (c *linkCache) fetch(link string, r *linkResult) {
	ctx, cancel := context.WithTimeout(context.Background(), linkTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return
	}
	req.Header.Set("User-Agent", "WhatsApp/2")
	resp, err := c.client.Do(req)
	if err != nil {
		return
	}
	defer func() { _ = resp.Body.Close() }()
	r.mime = resp.Header.Get("Content-Type")
	if r.size, err = io.Copy(io.Discard, io.LimitReader(resp.Body, maxUpload)); err == nil {
		r.code = resp.StatusCode
	}
}

// checkLink refuses what cannot be a link; fetching it comes later.
func checkLink(link string) *graphError {
	u, err := url.Parse(link)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return failParam("Param link is not a valid URI.")
	}
	return nil
}

// fetchLink says whether a link gives what its message type needs.
func (s *Simulator) fetchLink(kind, link string) *graphError {
	r := s.links.get(link, s.clock.now())
	rule := mediaRules[kind]
	switch {
	case r.code == 0:
		return fail(131053, "Downloading media from weblink failed: no answer")
	case r.code != http.StatusOK:
		return fail(131053, "Downloading media from weblink failed with http code %d, status message %s", r.code, http.StatusText(r.code))
	case kind != "document" && !slices.Contains(rule.kinds, baseType(r.mime)):
		return fail(131053, "Media file has type %s, which %s messages do not take", baseType(r.mime), kind)
	case r.size > rule.max:
		return fail(131053, "Media file size too big. Max file size we currently support: %d bytes.", rule.max)
	}
	return nil
}
