package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"

	"tongpin/internal/core"
)

//go:embed static/*.css static/*.js static/*.svg
var staticFiles embed.FS

// A file is an asset with its hash, plain and compressed.
type file struct {
	hash, kind   string
	plain, small []byte
}

var assets = loadAssets()

// loadAssets reads, flattens and compresses the assets once. What is embedded
// is ours: that it cannot be read is a mistake of the programmer.
func loadAssets() map[string]file {
	out := map[string]file{}
	entries, err := staticFiles.ReadDir("static")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		b, err := staticFiles.ReadFile("static/" + e.Name())
		if err != nil {
			panic(err)
		}
		if path.Ext(e.Name()) == ".css" {
			flat, err := flatten(string(b))
			if err != nil {
				panic(err)
			}
			b = []byte(flat)
		}
		var small bytes.Buffer
		z, err := gzip.NewWriterLevel(&small, gzip.BestCompression)
		if err != nil {
			panic(err)
		}
		if _, err := z.Write(b); err != nil {
			panic(err)
		}
		if err := z.Close(); err != nil {
			panic(err)
		}
		sum := sha256.Sum256(b)
		kind := mime.TypeByExtension(path.Ext(e.Name()))
		out[e.Name()] = file{hex.EncodeToString(sum[:6]), kind, b, small.Bytes()}
	}
	return out
}

// assetPath returns the address of an asset, which changes with its bytes.
func assetPath(name string) (string, error) {
	f, ok := assets[name]
	if !ok {
		return "", fmt.Errorf("no asset %s", name)
	}
	return "/static/" + f.hash + "/" + name, nil
}

func (s *Server) mountStatic(m *http.ServeMux) {
	s.route(m, "GET /static/{hash}/{name}", asset, s.static)
}

// static serves an asset for ever. An old hash is gone: the page that names it
// is too.
func (s *Server) static(w http.ResponseWriter, r *http.Request, _ Viewer) error {
	f, ok := assets[r.PathValue("name")]
	if !ok || f.hash != r.PathValue("hash") {
		return core.NotFound
	}
	h, b := w.Header(), f.plain
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		b = f.small
	}
	h.Set("Content-Length", strconv.Itoa(len(b)))
	_, _ = w.Write(b) // a visitor who has left is not our error
	return nil
}
