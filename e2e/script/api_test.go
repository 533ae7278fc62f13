package script

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// served makes a realm with a registrar and the token of a program that may
// list and import, fills in the units of the ledger, and serves it.
func served(t *testing.T, env []string) (base, tokenFile string) {
	t.Helper()
	dir := t.TempDir()
	data, tokenFile := filepath.Join(dir, "d"), filepath.Join(dir, "token")
	run(t, env, "init", "--realm", "Suzhou", "--data", data)
	units := exec.Command(program, "import", "orgs", filepath.Join(rosters, "units.xlsx"), "--data", data, "--json")
	units.Env = append(append(os.Environ(), "TONGPIN_LANG=en"), env...)
	if out, err := units.Output(); err == nil {
		t.Fatalf("the ledger has rows that are refused: %s", out)
	}
	add := exec.Command(program, "user", "add", "sync", "--name", "Sync", "--role", "registrar", "--data", data)
	add.Env = append(append(os.Environ(), "TONGPIN_LANG=en"), env...)
	add.Stdin = strings.NewReader("correct horse battery\n")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	run(t, env, "token", "make", "sync", "--name", "roster", "--scope", "orgs:read,people:read,people:write,me:read,imports:read,imports:write,figures:read", "--out", tokenFile, "--data", data)
	if info, err := os.Stat(tokenFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the token's file: %v %v", info, err)
	}
	if out := run(t, env, "token", "list", "sync", "--data", data); !strings.Contains(string(out), "roster") || strings.Contains(string(out), "tongpin_") {
		t.Fatalf("token list: %s", out)
	}
	return serve(t, env, "serve", "--data", data, "--addr", "127.0.0.1:0"), tokenFile
}

// TestAClientOfAnotherLanguage runs e2e/client, whose types a second tool made
// of docs/openapi.json: it lists organisations and imports a roster.
func TestAClientOfAnotherLanguage(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("node is not there; run scripts/need.sh")
		}
		t.Skip("node is not there")
	}
	doc, err := os.ReadFile("../../docs/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(doc)
	if made, err := os.ReadFile("../client/api.sha256"); err != nil || strings.TrimSpace(string(made)) != hex.EncodeToString(sum[:]) {
		t.Errorf("e2e/client was generated from another docs/openapi.json; run make client (%v)", err)
	}
	engines(t, func(t *testing.T, env []string) {
		base, token := served(t, env)
		cmd := exec.Command(node, "../client/roster.mjs", base, token, filepath.Join(rosters, "members.xlsx"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var got struct {
			Names   []string       `json:"names"`
			State   string         `json:"state"`
			Counts  map[string]int `json:"counts"`
			People  int            `json:"people"`
			Missing string         `json:"missing"`
		}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if len(got.Names) < 10 || got.State != "written" || got.Counts["new"] == 0 || got.People != got.Counts["new"] || got.Missing != "error.not_found" {
			t.Errorf("%s", out)
		}
	})
}

// TestTheCommandLineSpeaksToAServer runs the generated Go client.
func TestTheCommandLineSpeaksToAServer(t *testing.T) {
	engines(t, func(t *testing.T, env []string) {
		base, token := served(t, env)
		away := []string{"--server", base, "--token", token}
		var orgs []map[string]any
		if err := json.Unmarshal(run(t, env, append([]string{"orgs", "list", "--json"}, away...)...), &orgs); err != nil || len(orgs) < 10 {
			t.Fatalf("%d organisations: %v", len(orgs), err)
		}
		name := orgs[0]["name"].(string)
		cmd := exec.Command(program, append([]string{"import", "members", filepath.Join(rosters, "members.xlsx"), "--json"}, away...)...)
		cmd.Env = append(append(os.Environ(), "TONGPIN_LANG=en"), env...)
		out, err := cmd.Output()
		if code := cmd.ProcessState.ExitCode(); code != 2 { // some rows of the roster are refused
			t.Fatalf("exit %d: %v %s", code, err, out)
		}
		var batch struct {
			State  string         `json:"state"`
			Counts map[string]int `json:"counts"`
		}
		if err := json.Unmarshal(out, &batch); err != nil || batch.State != "written" || batch.Counts["new"] == 0 {
			t.Errorf("imported: %v %s", err, out)
		}
		var c struct {
			Total struct {
				Members int `json:"members"`
			} `json:"total"`
		}
		if err := json.Unmarshal(run(t, env, append([]string{"figure", "coverage", "--json", "--by", "tree"}, away...)...), &c); err != nil || c.Total.Members == 0 {
			t.Errorf("coverage: %v %d", err, c.Total.Members)
		}
		run(t, env, append([]string{"orgs", "list", "--under", name}, away...)...)
		var found []map[string]any
		if err := json.Unmarshal(run(t, env, append([]string{"search", "张", "--json"}, away...)...), &found); err != nil || len(found) == 0 {
			t.Fatalf("found: %v %v", err, found)
		}
		person := found[len(found)-1]["id"].(string)
		run(t, env, append([]string{"consent", "give", person, "contact.name", "--paper", "binder 3"}, away...)...)
		if out := run(t, env, append([]string{"consent", "list", person}, away...)...); !regexp.MustCompile(`contact\.name +agreed`).Match(out) {
			t.Errorf("consents: %s", out)
		}
		run(t, env, append([]string{"consent", "withdraw", person, "contact.name"}, away...)...)
		bad := filepath.Join(t.TempDir(), "bad")
		if err := os.WriteFile(bad, []byte("tongpin_nothing"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			args []string
			want string
		}{
			{[]string{"orgs", "list", "--server", base, "--token", bad}, "unknown, expired or revoked"},
			{[]string{"orgs", "list", "--server", base}, "Name the file with the token"},
			{[]string{"orgs", "list"}, "name it with --server"},
			{[]string{"orgs", "list", "--server", "ftp://x", "--token", token}, "is not the address of a server"},
			{[]string{"orgs", "list", "--server", "http://127.0.0.1:1", "--token", token}, "does not answer"},
			{[]string{"consent", "list", "me", "--server", base, "--token", token}, "tongpin: "}, // the account has no record
			{[]string{"user", "list", "--server", base, "--token", token}, "works on a data folder alone"},
		} {
			cmd := exec.Command(program, tt.args...)
			cmd.Env = append(append(os.Environ(), "TONGPIN_LANG=en"), env...)
			if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), tt.want) {
				t.Errorf("%v: %s", tt.args, out)
			}
		}
	})
}
