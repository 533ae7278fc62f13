package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/setting"
	"tongpin/internal/text"
)

// A Problem says why there is no answer (RFC 9457). Code is stable and the same
// in every language; Title, Detail and Hint are in the caller's.
type Problem struct {
	Status  int     `json:"status"`
	Code    string  `json:"code" doc:"Stable name of the sentence in detail."`
	Title   string  `json:"title"`
	Detail  string  `json:"detail"`
	Hint    string  `json:"hint,omitzero" doc:"What to do about it."`
	Field   string  `json:"field,omitzero" doc:"The first field to correct."`
	Errors  []Wrong `json:"errors,omitzero" doc:"Every field to correct."`
	Request string  `json:"request,omitzero" doc:"Number of the request in the server's log, where the fault is the server's."`
}

// A Wrong is one field to correct.
type Wrong struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// A refusal is a failure with a status of its own, for what is refused before a
// service was asked.
type refusal struct {
	status int
	msg    core.Msg
}

func (r refusal) Error() string { return strconv.Itoa(r.status) + " " + r.msg.Key }

// bad refuses a request that cannot be read: 400.
func bad(key string, args ...any) error { return refusal{http.StatusBadRequest, core.M(key, args...)} }

// status is the only place where a kind of error becomes a status of the API.
var status = map[core.Kind]int{
	core.Invalid:     http.StatusUnprocessableEntity,
	core.NotFound:    http.StatusNotFound,
	core.Forbidden:   http.StatusForbidden,
	core.Conflict:    http.StatusConflict,
	core.Unavailable: http.StatusServiceUnavailable,
	core.Internal:    http.StatusInternalServerError,
}

// stale reports whether somebody changed the thing since the caller saw it.
func stale(err error) bool {
	_, o := errors.AsType[*org.Stale](err)
	_, t := errors.AsType[*org.StaleTerm](err)
	_, e := errors.AsType[*enterprise.Stale](err)
	_, p := errors.AsType[*member.Stale](err)
	_, u := errors.AsType[*account.Stale](err)
	_, s := errors.AsType[*setting.Stale](err)
	return o || t || e || p || u || s
}

// fail writes why there is no answer. Only errors of ours reach the log.
func (a *API) fail(w http.ResponseWriter, r *http.Request, c Caller, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // the caller has left
	}
	lang := c.Lang
	if lang == "" {
		lang = text.Match(r.Header.Get("Accept-Language"))
	}
	var code int
	msg := core.MsgOf(err)
	if ref, ok := errors.AsType[refusal](err); ok {
		code, msg = ref.status, ref.msg
	} else if big, ok := errors.AsType[*http.MaxBytesError](err); ok {
		code, msg = http.StatusRequestEntityTooLarge, core.M("api.body.large", int(big.Limit>>10))
	} else {
		kind := core.KindOf(err)
		code = status[kind]
		if kind == core.Conflict && r.Header.Get("If-Match") != "" && stale(err) {
			code = http.StatusPreconditionFailed
		}
		if kind == core.Internal {
			a.Log.ErrorContext(r.Context(), "request failed", "request", w.Header().Get("X-Request-Id"), "method", r.Method, "route", r.Pattern, "err", err)
		}
	}
	p := Problem{
		Status: code, Code: msg.Key, Title: text.T(lang, "api.title."+strconv.Itoa(code)), Detail: text.Say(lang, msg), Hint: text.T(lang, "api.hint."+strconv.Itoa(code)),
		Errors: wrongs(lang, core.FieldsOf(err)),
	}
	if len(p.Errors) > 0 {
		p.Field = p.Errors[0].Field
	}
	p.send(w)
}

// wrongs lists the fields to correct by name.
func wrongs(lang core.Lang, f core.Fields) []Wrong {
	var all []Wrong
	for name, m := range f {
		all = append(all, Wrong{name, m.Key, text.Say(lang, m)})
	}
	slices.SortFunc(all, func(a, b Wrong) int { return strings.Compare(a.Field, b.Field) })
	return all
}

func (p Problem) send(w http.ResponseWriter) {
	h := w.Header()
	for _, name := range []string{"ETag", "Location", "Content-Disposition"} {
		h.Del(name)
	}
	h.Set("Content-Type", "application/problem+json")
	h.Set("Vary", "Accept-Language")
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="tongpin"`)
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "30")
	case http.StatusInternalServerError:
		p.Request = h.Get("X-Request-Id")
	}
	b, err := encode(p)
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(b)
}

// Fail writes a failure of the server around the API, such as an address with a
// second spelling, as the API does.
func (a *API) Fail(w http.ResponseWriter, r *http.Request, code int, m core.Msg) {
	a.fail(w, r, Caller{}, refusal{code, m})
}
