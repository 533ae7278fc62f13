package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongpin/internal/db"
)

// run runs a command in English over a data folder with a file of checkpoints.
func run(t *testing.T, data, points, in string, args ...string) (code int, out, stderr string) {
	t.Helper()
	var o, e bytes.Buffer
	env := map[string]string{"TONGPIN_DATA": data, "TONGPIN_CHECKPOINTS": points}
	code = Run(t.Context(), args, func(k string) string { return env[k] }, strings.NewReader(in), &o, &e)
	return code, o.String(), e.String()
}

func TestTheJournalIsVerifiedOnTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	data, points := filepath.Join(dir, "data"), filepath.Join(dir, "points")
	if code, _, stderr := run(t, data, filepath.Join(data, "points"), "", "init", "--realm", "Suzhou"); code != exitRefused || !strings.Contains(stderr, "lies in the data folder") {
		t.Fatalf("a file in the data folder: %d %s", code, stderr)
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("what was refused left a folder behind")
	}
	if code, _, stderr := run(t, data, points, "", "init", "--realm", "Suzhou"); code != exitDone {
		t.Fatal(stderr)
	}
	if code, _, stderr := run(t, data, points, "a long password", "user", "add", "lin", "--role", "auditor"); code != exitDone {
		t.Fatal(stderr)
	}
	if code, out, stderr := run(t, data, points, "", "audit", "verify"); code != exitDone || !strings.Contains(out, "chained entries 3, entries waiting for the chain 0") {
		t.Errorf("sound: %d %s %s", code, out, stderr)
	}
	if code, out, _ := run(t, data, "", "", "audit", "verify"); code != exitDone || !strings.Contains(out, "No file of checkpoints was given") {
		t.Errorf("without the file: %d %s", code, out)
	}
	if code, _, stderr := run(t, data, filepath.Join(dir, "absent"), "", "audit", "verify"); code != exitFailed || !strings.Contains(stderr, "cannot be read") {
		t.Errorf("an absent file: %d %s", code, stderr)
	}
	spoil(t, data, `DELETE FROM journal WHERE id = (SELECT id FROM journal_links WHERE seq = 2)`)
	code, out, stderr := run(t, data, points, "", "audit", "verify", "--json")
	var v checked
	if err := json.Unmarshal([]byte(out), &v); err != nil || code != exitFailed || v.OK || len(v.Findings) != 2 || v.Findings[0].Seq != 2 || v.Findings[0].Code != "audit.found.removed" || v.Findings[1].Code != "audit.found.body_stray" {
		t.Errorf("an entry removed: %d %s %s", code, out, stderr)
	}
	spoil(t, data, `DELETE FROM journal_links WHERE seq > 1`)
	spoil(t, data, `DELETE FROM journal_checkpoints WHERE seq > 1`)
	spoil(t, data, `DELETE FROM journal WHERE id NOT IN (SELECT id FROM journal_links)`)
	spoil(t, data, `DELETE FROM journal_bodies WHERE id NOT IN (SELECT id FROM journal)`)
	if code, out, _ := run(t, data, "", "", "audit", "verify"); code != exitDone {
		t.Errorf("cut off, without the file: %d %s", code, out)
	}
	if code, out, _ := run(t, data, points, "", "audit", "verify"); code != exitFailed || !strings.Contains(out, "proves that there was a link 3") {
		t.Errorf("cut off: %d %s", code, out)
	}
}

func spoil(t *testing.T, data, query string) {
	t.Helper()
	d, err := db.Open(t.Context(), filepath.Join(data, "tongpin.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), query)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
