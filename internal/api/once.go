package api

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/once"
)

// kept are the headers that belong to a stored answer.
var kept = []string{"Content-Type", "Location", "ETag", "Vary"}

// once runs a write. With an Idempotency-Key it happens once, and the same
// write sent again gets the same answer.
func (a *API) once(w http.ResponseWriter, r *http.Request, c *Call, s shape, h serve) error {
	all := r.Header.Values("Idempotency-Key")
	if len(all) == 0 {
		return h(w, r, c)
	}
	key := strings.Trim(all[0], `"`)
	if len(all) > 1 || key == "" || len(key) > 128 || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return refusal{http.StatusBadRequest, core.M("api.idempotency.key", 128)}
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return err
		}
		return bad("api.body.unreadable")
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	var what []byte
	for _, part := range [][]byte{[]byte(s.Method), []byte(r.URL.Path), []byte(r.URL.RawQuery), []byte(r.Header.Get("If-Match")), sameBody(r, raw)} {
		what = append(binary.BigEndian.AppendUint32(what, uint32(len(part))), part...)
	}
	var failed error
	call := once.Call{Who: c.Actor, Epoch: c.User.Epoch(), Key: key, Body: what}
	answer, err := a.Answers.Do(r.Context(), call, func() (once.Answer, bool, error) {
		rec := &recorder{header: http.Header{}, status: http.StatusOK}
		if failed = h(rec, r, c); failed != nil {
			a.fail(rec, r, c.Caller, failed)
		}
		got := once.Answer{Status: rec.status, Header: map[string]string{}, Body: rec.body.Bytes()}
		for _, name := range kept {
			if v := rec.header.Get(name); v != "" {
				got.Header[name] = v
			}
		}
		keep := rec.status < 300 || rec.status == http.StatusConflict || rec.status == http.StatusPreconditionFailed
		return got, keep, nil
	})
	if err != nil {
		return err
	}
	if failed != nil && answer.Status >= http.StatusInternalServerError {
		return failed // with the number of the request
	}
	for name, v := range answer.Header {
		w.Header().Set(name, v)
	}
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body)
	return nil
}

// sameBody is a body without what differs each time it is sent: the boundary of
// a form.
func sameBody(r *http.Request, raw []byte) []byte {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if b := params["boundary"]; err == nil && len(b) > 0 {
		return bytes.ReplaceAll(raw, []byte(b), []byte("-"))
	}
	return raw
}

// A recorder holds an answer until it is known to be kept.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(code int)        { r.status = code }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
