package script

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// coverage is what figure coverage --json prints, as far as these tests look.
type coverage struct {
	Organisations int `json:"organisations"`
	TwoNew        int `json:"two_new_organisations"`
	Members       int `json:"members"`
}

func coverageOf(t *testing.T, env []string, args ...string) (c coverage) {
	t.Helper()
	out := run(t, env, append([]string{"figure", "coverage", "--json"}, args...)...)
	if err := json.Unmarshal(out, &c); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return c
}

func TestTheExampleCountsWhatTheReportSays(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	base := serve(t, nil, "demo", "--data", dir, "--addr", "127.0.0.1:0")
	res, err := http.Get(base + "/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil || res.StatusCode != http.StatusOK || !bytes.Contains(page, []byte("<html")) {
		t.Fatalf("got %d, %v", res.StatusCode, err)
	}
	at := []string{"--data", dir, "--under", "苏州工业园区党工委"}
	first := coverageOf(t, nil, append(at, "--on", "2022-12-31")...)
	if first.Organisations != 2481 || first.TwoNew != 1295 {
		t.Errorf("2022-12-31: got %+v", first)
	}
	second := coverageOf(t, nil, append(at, "--on", "2024-12-31")...)
	if second.Organisations != 2577 || second.Members != 56786 {
		t.Errorf("2024-12-31: got %+v", second)
	}
}

func TestACorrectionKeepsTheOldAnswer(t *testing.T) {
	engines(t, func(t *testing.T, env []string) {
		work := t.TempDir()
		if err := copyRosters(work); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(work, "d")
		run(t, env, "init", "--realm", "Suzhou", "--data", dir)
		refused(t, env, "import", "orgs", filepath.Join(work, "units.xlsx"), "--data", dir)
		before := coverageOf(t, env, "--data", dir)
		then := time.Now().Format(time.RFC3339Nano)
		refused(t, env, "import", "members", filepath.Join(work, "members.xlsx"), "--data", dir)
		after := coverageOf(t, env, "--data", dir)
		if before.Organisations != 26 || before.Members != 0 || after.Members != 329 {
			t.Errorf("got %+v, then %+v", before, after)
		}
		if again := coverageOf(t, env, "--data", dir, "--known-at", then); again != before {
			t.Errorf("as known before the roster came: got %+v, want %+v", again, before)
		}
	})
}

// refused runs a command of which some input is refused: exit code 2.
func refused(t *testing.T, env []string, args ...string) []byte {
	t.Helper()
	out, stderr, code := try(env, args...)
	if code != 2 {
		t.Fatalf("tongpin %s: exit code %d\n%s", strings.Join(args, " "), code, stderr)
	}
	return out
}

func try(env []string, args ...string) (out, stderr []byte, code int) {
	cmd := exec.Command(program, args...)
	cmd.Env = append(append(os.Environ(), "TONGPIN_LANG=en"), env...)
	var b bytes.Buffer
	cmd.Stderr = &b
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else if err != nil {
		code = -1
	}
	return out, b.Bytes(), code
}

func TestASecondProcessIsNamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	run(t, nil, "init", "--realm", "Suzhou", "--data", dir)
	serve(t, nil, "serve", "--data", dir, "--addr", "127.0.0.1:0")
	_, stderr, code := try(nil, "serve", "--data", dir, "--addr", "127.0.0.1:0")
	if code != 1 || !bytes.Contains(stderr, []byte("in use by process")) || !bytes.Contains(stderr, []byte("serve")) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if c := coverageOf(t, nil, "--data", dir); c.Organisations != 1 {
		t.Errorf("reading beside the server: got %+v", c)
	}
}

// kills is how often an import is killed before it may finish.
const kills = 20

func TestAKilledImportHasEachRowOnce(t *testing.T) {
	engines(t, func(t *testing.T, env []string) {
		work := t.TempDir()
		if err := copyRosters(work); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(work, "d")
		run(t, env, "init", "--realm", "Suzhou", "--data", dir)
		for i, file := range []string{"orgs units.xlsx", "members members.xlsx"} {
			noun, name, _ := strings.Cut(file, " ")
			args := []string{"import", noun, filepath.Join(work, name), "--data", dir, "--json"}
			for n := range kills {
				cmd := exec.Command(program, args...)
				cmd.Env = append(os.Environ(), env...)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Duration(20+n*n*3) * time.Millisecond) // deeper into the work each time
				_ = cmd.Process.Kill()                                 // it may have finished already
				_ = cmd.Wait()
			}
			refused(t, env, args...)
			var again struct{ Created, Updated, Unchanged int }
			if err := json.Unmarshal(refused(t, env, args...), &again); err != nil {
				t.Fatal(err)
			}
			if want := []int{25, 329}[i]; again.Created != 0 || again.Updated != 0 || again.Unchanged != want {
				t.Errorf("%s after %d kills: got %+v, want %d unchanged", name, kills, again, want)
			}
		}
		if c := coverageOf(t, env, "--data", dir); c.Organisations != 26 || c.Members != 329 {
			t.Errorf("got %+v, want 26 organisations and 329 members", c)
		}
	})
}

// vectors is the part of the rule specification's test vectors that concerns
// setting up, terms, months and working days.
type vectors struct {
	Months []struct {
		ID, Date, Result string
		N                int
	}
	Cal []struct {
		ID, Posted, Provisional string
		EndExclude              string `json:"end_exclude"`
		EndInclude              string `json:"end_include"`
		EarliestNext            string `json:"earliest_next"`
	}
}

func TestVectorsThroughTheProgram(t *testing.T) {
	b, err := os.ReadFile("../../internal/rule/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	day := func(s string) string { return s[:10] }
	for _, m := range v.Months {
		got := evaluate(t, "date.add_months", fmt.Sprintf(`{"date":%q,"months":%d}`, m.Date, m.N))
		if got.Values["date"] != m.Result {
			t.Errorf("%s: got %v, want %s", m.ID, got.Values, m.Result)
		}
	}
	for _, c := range v.Cal {
		for mode, want := range map[string]string{"exclude": c.EndExclude, "include": c.EndInclude} {
			got := evaluate(t, "cal.publicity_end", fmt.Sprintf(`{"posted":%q,"working_days":5,"mode":%q}`, day(c.Posted), mode))
			if got.Values["last_day"] != day(want) || got.Provisional != (c.Provisional == "yes") {
				t.Errorf("%s %s: got %+v, want %s", c.ID, mode, got, want)
			}
			if mode == "exclude" && got.Values["earliest_next"] != c.EarliestNext {
				t.Errorf("%s: got %v, want %s", c.ID, got.Values, c.EarliestNext)
			}
		}
	}
	if len(v.Months) == 0 || len(v.Cal) == 0 {
		t.Error("there are no vectors")
	}
}

type evaluated struct {
	Values      map[string]any
	Provisional bool
	Reason      map[string]string
}

func evaluate(t *testing.T, rule, input string) (e evaluated) {
	t.Helper()
	cmd := exec.Command(program, "rule", "eval", rule, "--input", "-")
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v", rule, input, err)
	}
	if err := json.Unmarshal(out, &e); err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"zh-Hans", "zh-Hant", "en"} {
		if e.Reason[lang] == "" {
			t.Errorf("%s says nothing in %s", rule, lang)
		}
	}
	return e
}
