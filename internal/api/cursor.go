package api

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"tongpin/internal/core"
)

// Listed are the parameters of every list.
type Listed struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Rows of one answer."`
	Cursor string `query:"cursor" doc:"The next of the answer before. It holds for the same parameters alone."`
}

// A Page is a part of a list. Next is missing on the last one.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitzero" doc:"Cursor of the answer that follows."`
	Total int    `json:"total,omitzero" doc:"Rows of the whole list, where they are counted."`
}

// page returns which part of a list is asked for. A cursor that we did not
// make, or not for this list, is refused.
func (a *API) page(c *Call, l Listed) (core.Page, error) {
	p := core.Page{Number: 1, Size: l.Limit}
	if p.Size == 0 {
		p.Size = 50
	}
	if l.Cursor == "" {
		return p, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(l.Cursor)
	if err != nil || len(raw) != 20 || subtle.ConstantTimeCompare(raw[4:], a.seal(c, raw[:4])) != 1 {
		return p, bad("api.cursor")
	}
	p.Number = int(binary.BigEndian.Uint32(raw))
	return p, nil
}

// next returns the cursor of the page after p, or "" when total ends before it;
// a total of -1 is not known, and more says whether one follows.
func (a *API) next(c *Call, p core.Page, more bool) string {
	if !more {
		return ""
	}
	raw := binary.BigEndian.AppendUint32(nil, uint32(p.Number+1))
	return base64.RawURLEncoding.EncodeToString(append(raw, a.seal(c, raw)...))
}

// seal binds a cursor to its route, its caller and everything that was asked.
func (a *API) seal(c *Call, raw []byte) []byte {
	q := c.r.URL.Query()
	q.Del("cursor")
	return a.Keys.Hash("api.cursor", strings.Join([]string{c.r.Pattern, c.r.URL.Path, c.User.ID.String(), q.Encode(), c.asked, string(raw)}, "\n"))
}

// listOf fills a page of a list.
func listOf[F, T any](a *API, c *Call, p core.Page, total int, rows []F, fill func(F) T) Page[T] {
	out := Page[T]{Items: make([]T, len(rows)), Total: max(total, 0), Next: a.next(c, p, p.Offset()+len(rows) < total)}
	for i, r := range rows {
		out.Items[i] = fill(r)
	}
	return out
}
