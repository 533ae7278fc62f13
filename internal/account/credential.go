package account

import (
	"net/http"
	"strings"

	"tongpin/internal/core"
)

// SessionCookie names the cookie of somebody who has signed in.
const SessionCookie = "session"

// A Credential is what a request shows of who sends it: the value of a session's
// cookie, or of a bearer token.
type Credential struct {
	Bearer bool
	Value  string // "" for nobody
}

// ReadCredential is the only reader of credentials, for pages and programs
// alike. A request with an Authorization header is judged by that alone, so
// that a refused token never falls back to a cookie; another scheme, or two
// headers, are core.Invalid.
func ReadCredential(r *http.Request) (Credential, error) {
	if all := r.Header.Values("Authorization"); len(all) > 0 {
		scheme, value, _ := strings.Cut(all[0], " ")
		if len(all) > 1 || !strings.EqualFold(scheme, "Bearer") || value == "" || len(value) > 256 {
			return Credential{}, core.Fail(core.Invalid, "token.header")
		}
		return Credential{Bearer: true, Value: value}, nil
	}
	c, err := r.Cookie(SessionCookie)
	if err != nil {
		return Credential{}, nil
	}
	return Credential{Value: c.Value}, nil
}
