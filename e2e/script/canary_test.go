package script

import (
	"archive/zip"
	"bytes"
	"database/sql"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // reads PostgreSQL's rows as text
)

// personal are an id number and a mobile phone as they are written in rosters.
var personal = regexp.MustCompile(`\b\d{17}[\dXx]\b|\b1[3-9]\d{9}\b`)

// canaries returns every id number and phone of the roster.
func canaries(t *testing.T) [][]byte {
	t.Helper()
	seen, all := map[string]bool{}, [][]byte(nil)
	for _, part := range unpacked(t, filepath.Join(rosters, "members.xlsx")) {
		for _, m := range personal.FindAll(part, -1) {
			if !seen[string(m)] {
				seen[string(m)] = true
				all = append(all, m)
			}
		}
	}
	if len(all) < 400 {
		t.Fatalf("only %d canaries", len(all))
	}
	return all
}

// unpacked returns the parts of a workbook, or the file itself.
func unpacked(t *testing.T, path string) (parts [][]byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parts = append(parts, b)
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return parts
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		part, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, part)
	}
	return parts
}

// TestNoIDNumberOrPhoneStandsInTheOpen brings a roster in, kills a second import
// in the middle so that the log of the database stays, and looks for every id
// number and phone in all that was left behind: database, log, sealed files,
// what the program printed, and an export without the right to them.
func TestNoIDNumberOrPhoneStandsInTheOpen(t *testing.T) {
	engines(t, func(t *testing.T, env []string) {
		work := t.TempDir()
		if err := copyRosters(work); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(work, "d")
		run(t, env, "init", "--realm", "Suzhou", "--data", dir)
		var printed bytes.Buffer
		for _, args := range [][]string{
			{"import", "orgs", filepath.Join(work, "units.xlsx")}, {"import", "members", filepath.Join(work, "members.xlsx")},
			{"import", "members", filepath.Join(work, "members.xlsx"), "--json"}, {"figure", "coverage", "--json"}, {"doctor"},
		} {
			out, stderr, _ := try(env, append(args, "--data", dir)...)
			printed.Write(out)
			printed.Write(stderr)
		}
		for _, name := range []string{"plain.xlsx", "plain.csv"} {
			run(t, env, "export", "members", "--data", dir, "--out", filepath.Join(work, name))
		}
		serveAndKill(t, env, dir)
		all := canaries(t)
		look := func(where string, b []byte) {
			t.Helper()
			for _, c := range all {
				if bytes.Contains(b, c) || bytes.Contains(b, []byte(hex.EncodeToString(c))) { // PostgreSQL writes bytes so
					t.Errorf("%s holds %s…", where, c[:6])
					return
				}
			}
		}
		look("what was printed", printed.Bytes())
		for _, name := range []string{"plain.xlsx", "plain.csv"} {
			for _, part := range unpacked(t, filepath.Join(work, name)) {
				look(name, part)
			}
		}
		files := 0
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			look(filepath.Base(path), b)
			files++
			return err
		})
		if err != nil || files < 3 {
			t.Errorf("%d files in the folder, %v", files, err)
		}
		for _, e := range env {
			if url, ok := strings.CutPrefix(e, "TONGPIN_DATABASE="); ok {
				look("PostgreSQL", everyRow(t, url))
			}
		}
		run(t, env, "export", "members", "--data", dir, "--sensitive", "--purpose", "verify", "--out", filepath.Join(work, "all.csv"))
		b, err := os.ReadFile(filepath.Join(work, "all.csv"))
		if err != nil || !bytes.Contains(b, all[0]) {
			t.Errorf("with the right to them they come out: %v", err)
		}
	})
}

// serveAndKill starts a server and kills it, so that nothing is tidied up.
func serveAndKill(t *testing.T, env []string, dir string) {
	t.Helper()
	cmd := exec.Command(program, "serve", "--data", dir, "--addr", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // it may be anywhere
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
}

// everyRow returns all rows of all tables as text.
func everyRow(t *testing.T, url string) []byte {
	t.Helper()
	d, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	list := func(query string) (all []string) {
		rows, err := d.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			all = append(all, s)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return all
	}
	var b bytes.Buffer
	for _, table := range list(`SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = current_schema()`) {
		b.WriteString(strings.Join(list(`SELECT CAST(x AS text) FROM `+table+` x`), "\n"))
	}
	if b.Len() == 0 {
		t.Error("PostgreSQL holds nothing")
	}
	return b.Bytes()
}
