package web

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// fileTypes are the media types of the files that we send, by their ending.
var fileTypes = map[string]string{
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".csv":  "text/csv; charset=utf-8",
}

// sendFile sends a whole file or nothing. The name travels in both ways that
// RFC 6266 has: in UTF-8, and in ASCII for old programs.
func sendFile(w http.ResponseWriter, name string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", fileTypes[path.Ext(name)])
	h.Set("Content-Disposition", disposition(name))
	_, _ = b.WriteTo(w) // a visitor who has left is not our error
	return nil
}

// disposition says that a file is to be saved under a name.
func disposition(name string) string {
	ascii := strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || strings.ContainsRune(`"\%/`, c) {
			return '_'
		}
		return c
	}, name)
	return `attachment; filename="` + ascii + `"; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}
