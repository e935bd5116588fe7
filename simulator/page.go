package simulator

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// page cuts rows, which keys name in the same order, to what ?limit=, ?after=
// and ?before= ask for. Cursors are opaque; one that cannot be is 131059. The
// "next" and "previous" links are there only when such a page is.
func (c *call) page(s *Simulator, rows []map[string]any, keys []string) (any, *graphError) {
	limit := 25
	if q := c.query.Get("limit"); q != "" {
		n, err := strconv.Atoi(q)
		if err != nil || n < 1 {
			return nil, failParam("Param limit must be a positive integer.")
		}
		limit = min(n, 1000)
	}
	start, end := 0, len(rows)
	if after := c.query.Get("after"); after != "" {
		i, gerr := findCursor(after, keys)
		if gerr != nil {
			return nil, gerr
		}
		start = i + 1
		end = min(end, start+limit)
	} else if before := c.query.Get("before"); before != "" {
		i, gerr := findCursor(before, keys)
		if gerr != nil {
			return nil, gerr
		}
		start, end = max(0, i-limit), i
	} else {
		end = min(end, limit)
	}
	out := map[string]any{"data": rows[start:end]}
	if start == end {
		return out, nil
	}
	paging := map[string]any{"cursors": map[string]string{"before": cursor(keys[start]), "after": cursor(keys[end-1])}}
	if end < len(rows) {
		paging["next"] = c.pageLink(s, "after", cursor(keys[end-1]))
	}
	if start > 0 {
		paging["previous"] = c.pageLink(s, "before", cursor(keys[start]))
	}
	out["paging"] = paging
	return out, nil
}

func (c *call) pageLink(s *Simulator, name, cur string) string {
	q := url.Values{}
	for k, v := range c.query {
		if k != "after" && k != "before" && k != "access_token" {
			q[k] = v
		}
	}
	q.Set(name, cur)
	return s.base(c.r) + c.r.URL.Path + "?" + q.Encode()
}

const cursorMark = "sim:"

func cursor(key string) string { return base64.URLEncoding.EncodeToString([]byte(cursorMark + key)) }

func findCursor(cur string, keys []string) (int, *graphError) {
	raw, err := base64.URLEncoding.DecodeString(cur)
	key, ok := strings.CutPrefix(string(raw), cursorMark)
	if err == nil && ok {
		if i := slices.Index(keys, key); i >= 0 {
			return i, nil
		}
	}
	return 0, fail(131059, "The cursor is not valid any more, start again from the first page")
}
