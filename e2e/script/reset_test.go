package script

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestACodeOfTheCommandLineLetsItsOwnerIn makes a code, enters it on the page as
// its owner would, and signs in with the password that it set. A code before it
// is void, and it works once.
func TestACodeOfTheCommandLineLetsItsOwnerIn(t *testing.T) {
	engines(t, func(t *testing.T, env []string) {
		data := filepath.Join(t.TempDir(), "d")
		run(t, env, "init", "--realm", "Suzhou", "--data", data)
		add := exec.Command(program, "user", "add", "lin", "--name", "Lin", "--role", "secretary", "--data", data)
		add.Env = append(append(os.Environ(), "TONGPIN_LANG=en"), env...)
		add.Stdin = strings.NewReader("a forgotten secret\n")
		if out, err := add.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		shape := regexp.MustCompile(`([0-9A-Z]{4}-)+[0-9A-Z]{4}`)
		reset := func(more ...string) string {
			out := run(t, env, append([]string{"user", "reset", "lin", "--data", data}, more...)...)
			code := shape.Find(out)
			if code == nil {
				t.Fatalf("no code: %s", out)
			}
			return string(code)
		}
		old, code := reset(), reset("--factors")
		base := serve(t, env, "serve", "--data", data, "--addr", "127.0.0.1:0")
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		post := func(path string, want int, values url.Values) {
			t.Helper()
			res, err := client.PostForm(base+path, values)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != want {
				t.Errorf("%s: status %d, want %d", path, res.StatusCode, want)
			}
		}
		fresh := "a remembered secret"
		enter := func(code string) url.Values {
			return url.Values{"login": {"lin"}, "code": {code}, "password": {fresh}}
		}
		post("/reset", 422, enter(old))
		post("/reset", 303, enter(code))
		post("/reset", 422, enter(code))
		post("/sign-in", 422, url.Values{"name": {"lin"}, "password": {"a forgotten secret"}})
		post("/sign-in", 303, url.Values{"name": {"lin"}, "password": {fresh}})
	})
}
