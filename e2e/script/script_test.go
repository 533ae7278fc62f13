// Package script runs the real program as people do: on the command line, on
// both engines, killed in the middle, and beside a second process.
package script

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"tongpin/internal/dbtest"
)

// program is the built binary.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "tongpin-script-")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "tongpin")
	build := exec.Command("go", "build", "-o", program, "tongpin/cmd/tongpin")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s\n", out)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// engines runs f with the environment of each engine.
func engines(t *testing.T, f func(t *testing.T, env []string)) {
	t.Run("sqlite", func(t *testing.T) { f(t, nil) })
	t.Run("postgres", func(t *testing.T) { f(t, []string{"TONGPIN_DATABASE=" + dbtest.PostgresURL(t)}) })
}

func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range scripts {
		engines(t, func(t *testing.T, env []string) {
			testscript.Run(t, testscript.Params{
				Files: []string{path},
				Setup: func(e *testscript.Env) error {
					e.Vars = append(e.Vars, env...)
					e.Setenv("PATH", filepath.Dir(program)+string(os.PathListSeparator)+e.Getenv("PATH"))
					e.Setenv("TONGPIN_LANG", "en")
					return copyRosters(e.WorkDir)
				},
				Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"json": compareJSON, "pick": pick},
			})
		})
	}
}

const rosters = "../../internal/sheet/testdata/rosters"

func copyRosters(to string) error {
	for _, name := range []string{"units.xlsx", "members.xlsx", "units.expected.json", "members.expected.json"} {
		b, err := os.ReadFile(filepath.Join(rosters, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// compareJSON checks that every key of the second file has the same value in
// the first: json FILE EXPECTED.
func compareJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: json FILE EXPECTED")
	}
	var got, want map[string]any
	for i, v := range []*map[string]any{&got, &want} {
		if err := json.Unmarshal([]byte(ts.ReadFile(args[i])), v); err != nil {
			ts.Fatalf("%s: %v", args[i], err)
		}
	}
	for key, value := range want {
		if diff := cmp.Diff(value, got[key]); diff != "" {
			ts.Fatalf("%s: want (-) and got (+) differ:\n%s", key, diff)
		}
	}
}

// pick puts the id of the first thing of a list that has a value into the
// environment: pick FILE KEY VALUE NAME.
func pick(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: pick FILE KEY VALUE NAME")
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &list); err != nil {
		ts.Fatalf("%s: %v", args[0], err)
	}
	for _, one := range list {
		if fmt.Sprint(one[args[1]]) == args[2] {
			ts.Setenv(args[3], fmt.Sprint(one["id"]))
			return
		}
	}
	ts.Fatalf("%s: none with %s %s", args[0], args[1], args[2])
}

// run runs the program and returns what it printed; a failure fails the test.
func run(t *testing.T, env []string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(append(os.Environ(), "TONGPIN_LANG=en"), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tongpin %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return out
}

// serve starts the program and returns the address that it says to open.
func serve(t *testing.T, env []string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(append(os.Environ(), "TONGPIN_LANG=en"), env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // ended by us
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, after, ok := strings.Cut(lines.Text(), "Open "); ok {
			go func() {
				for lines.Scan() { // a full pipe would stop the program
				}
			}()
			return strings.Fields(after)[0]
		}
	}
	t.Fatalf("tongpin %s never said what to open\n%s", strings.Join(args, " "), stderr.String())
	return ""
}
