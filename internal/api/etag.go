package api

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"tongpin/internal/core"
)

// etag names an answer about one resource: its version, which a write may ask
// for, and a digest of what this caller was told, since much of that does not
// raise the version.
func etag(version int, body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + strconv.Itoa(version) + "." + base64.RawURLEncoding.EncodeToString(sum[:9]) + `"`
}

// ifMatch returns the version that the caller saw, or 0 without an If-Match.
func (c *Call) ifMatch() (int, error) {
	all := c.r.Header.Values("If-Match")
	if len(all) == 0 {
		return 0, nil
	}
	text := strings.TrimSuffix(strings.TrimPrefix(all[0], `"`), `"`)
	number, _, _ := strings.Cut(text, ".")
	n, err := strconv.Atoi(number)
	if len(all) > 1 || err != nil || n < 1 || len(text)+2 != len(all[0]) {
		return 0, refusal{http.StatusBadRequest, core.M("api.if_match")}
	}
	return n, nil
}
