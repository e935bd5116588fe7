package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"strconv"
	"time"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/store"
)

// Page is one part of a list.
type Page[T any] struct {
	Data       []T    `json:"data" nullable:"false"`
	NextCursor string `json:"next_cursor,omitempty" doc:"Send as cursor to get what follows. Absent at the end."`
	HasMore    bool   `json:"has_more"`
}

// pageOutput is the answer of an operation that lists.
type pageOutput[T any] struct {
	Link string `header:"Link" doc:"The next page's address, RFC 8288."`
	Body Page[T]
}

// PageInput are the parameters of an operation that lists.
type PageInput struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Most entries on a page."`
	Cursor string `query:"cursor" maxLength:"300" doc:"next_cursor of the page before. It holds for the same filters only."`
}

// list is what a cursor belongs to: a path and the filters in force.
type list struct {
	path    string
	filters url.Values
}

// newList drops filters that are empty: they do not narrow the list.
func newList(path string, filters map[string]string) list {
	l := list{path: path, filters: url.Values{}}
	for name, value := range filters {
		if value != "" {
			l.filters.Set(name, value)
		}
	}
	return l
}

func (l list) hash() string {
	sum := sha256.Sum256([]byte(l.path + "?" + l.filters.Encode()))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// cursor is where a page starts: after the entry at this position of a list.
type cursor struct {
	Version int       `json:"v"`
	List    string    `json:"l"`
	At      time.Time `json:"t,omitzero"`
	ID      string    `json:"i"`
}

const cursorVersion = 1

// position decodes the page's cursor. A cursor of another list, of other
// filters or of another version is refused: it would skip entries silently.
func (in PageInput) position(l list) (store.Position, error) {
	if in.Cursor == "" {
		return store.Position{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(in.Cursor)
	var c cursor
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || c.Version != cursorVersion || c.List != l.hash() || c.ID == "" {
		return store.Position{}, &musika.Error{
			Code: musika.CodeInvalid, Message: "This cursor does not belong to this list with these filters. Start again without one.",
			Fields: []musika.FieldError{{Field: "query.cursor", Message: "does not belong to this list with these filters"}},
		}
	}
	return store.Position{At: c.At, ID: c.ID}, nil
}

// newPage makes a page of entries, which hold one more than in.Limit when
// there is more; at says where an entry stands in the list.
func newPage[T any](in PageInput, l list, entries []T, at func(T) store.Position) (*pageOutput[T], error) {
	out := &pageOutput[T]{Body: Page[T]{Data: entries}}
	if out.Body.Data == nil {
		out.Body.Data = []T{}
	}
	if len(entries) <= in.Limit {
		return out, nil
	}
	out.Body.Data = entries[:in.Limit]
	last := at(entries[in.Limit-1])
	raw, err := json.Marshal(cursor{Version: cursorVersion, List: l.hash(), At: last.At, ID: last.ID})
	if err != nil {
		return nil, err
	}
	out.Body.HasMore = true
	out.Body.NextCursor = base64.RawURLEncoding.EncodeToString(raw)
	next := url.Values{"cursor": {out.Body.NextCursor}, "limit": {strconv.Itoa(in.Limit)}}
	maps.Copy(next, l.filters)
	out.Link = "<" + l.path + "?" + next.Encode() + `>; rel="next"`
	return out, nil
}
