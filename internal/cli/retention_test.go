package cli

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// TestRetentionOnTheCommandLine: what is due is listed without being touched,
// then done, once.
func TestRetentionOnTheCommandLine(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if code, _, stderr := run(t, data, "", "", "init", "--realm", "Suzhou"); code != exitDone {
		t.Fatal(stderr)
	}
	spoil(t, data, `INSERT INTO jobs (realm_id, id, kind, state, done, total, message, cancel, tries, created_at, ended_at) VALUES (1, 7, 'x', 'done', 0, 0, '', 0, 0, 0, 1)`)
	jobs := func(args ...string) retentionLine {
		code, out, stderr := run(t, data, "", "", append([]string{"retention", "--json"}, args...)...)
		var all []retentionLine
		if err := json.Unmarshal([]byte(out), &all); code != exitDone || err != nil {
			t.Fatalf("%d %s %s", code, out, stderr)
		}
		for _, l := range all {
			if l.Class == "jobs" {
				return l
			}
		}
		return retentionLine{}
	}
	for range 2 {
		if l := jobs("--dry-run"); l.Due != 1 || l.Done != 0 || l.Days != 90 {
			t.Errorf("listed: %+v", l)
		}
	}
	if l := jobs(); l.Done != 1 {
		t.Errorf("done: %+v", l)
	}
	if l := jobs("--dry-run"); l.Due != 0 || l.Last == "" {
		t.Errorf("afterwards: %+v", l)
	}
	if code, out, _ := run(t, data, "", "", "retention"); code != exitDone || !strings.Contains(out, "Finished jobs") || !strings.Contains(out, "erased by rule: 0") {
		t.Errorf("%d %s", code, out)
	}
	if code, out, _ := run(t, data, "", "", "audit", "verify"); code != exitDone {
		t.Errorf("the chain: %d %s", code, out)
	}
}
