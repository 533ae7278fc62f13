package privacy_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/intake"
	"tongpin/internal/member"
	"tongpin/internal/privacy"
	"tongpin/internal/text"
)

// proved signs somebody in who proved it is him or her at an instant, and
// returns the cookie.
func (w *world) proved(who access.Actor, at time.Time) string {
	w.t.Helper()
	link, err := w.accounts.Link(w.t.Context(), access.Machine(who.Realm), who.User)
	if err != nil {
		w.t.Fatal(err)
	}
	in, err := w.accounts.SignInByLink(w.t.Context(), link, account.Peer{Addr: "192.0.2.1"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.do(func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), `UPDATE sessions SET proved_at = $2 WHERE user_id = $1`, who.User, db.Instant(at))
		return err
	})
	return in.Session
}

func TestEverythingAboutAPersonIsInTheFile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		if _, err := w.people.OpenField(ctx, w.secretary, w.zhang.ID, member.Phone, member.Purpose{Code: "contact", Words: "通知开会"}); err != nil {
			t.Fatal(err)
		}
		if err := w.lists.Export(ctx, w.head, intake.Export{Entity: intake.Members, Under: w.top.ID, Lang: core.Hans}, io.Discard); err != nil {
			t.Fatal(err)
		}
		c, err := w.Copy(ctx, w.own, privacy.Ask{Numbers: true, Cookie: w.proved(w.own, w.at)})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := c.Zip(&b, core.Hans); err != nil {
			t.Fatal(err)
		}
		z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil || len(z.File) != 2 {
			t.Fatal(err, len(z.File))
		}
		data := map[string]string{}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			all, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			data[f.Name] = string(all)
		}
		book, err := excelize.OpenReader(strings.NewReader(data["data.xlsx"]))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := book.GetRows(book.GetSheetList()[0])
		if err != nil {
			t.Fatal(err)
		}
		table := ""
		for _, r := range rows {
			table += strings.Join(r, "\t") + "\n"
		}
		for _, want := range []string{"张敏", idNumber, phone, "档案备注", "甲支部", "名lin", "通知开会", "名chen", "1990-05-20", "zhang", "session.begin"} {
			if !strings.Contains(data["data.json"], want) {
				t.Errorf("data.json does not hold %s", want)
			}
			if !strings.Contains(table, want) && want != "session.begin" {
				t.Errorf("data.xlsx does not hold %s", want)
			}
		}
		for _, other := range []string{"王芳", "19900000418", "外地支部"} {
			if strings.Contains(data["data.json"]+table, other) {
				t.Errorf("the file holds %s, who is somebody else", other)
			}
		}
		if seen := w.seen(w.own)[0]; !strings.HasPrefix(seen, "person.copy done") || !strings.HasSuffix(seen, "true") {
			t.Errorf("the copy is told as %s", seen)
		}
	})
}

func TestNumbersComeSoonAfterSigningIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ask := func(who access.Actor, a privacy.Ask) (string, error) {
			c, err := w.Copy(t.Context(), who, a)
			if err != nil {
				return "", err
			}
			b, err := c.JSON()
			return string(b), err
		}
		for _, tt := range []struct {
			name  string
			since time.Duration
			want  error
		}{{"14 minutes 59", 14*time.Minute + 59*time.Second, nil}, {"15 minutes 1", 15*time.Minute + time.Second, core.Forbidden}} {
			cookie := w.proved(w.own, w.at.Add(-tt.since))
			if _, err := ask(w.own, privacy.Ask{Numbers: true, Cookie: cookie}); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if _, err := ask(w.own, privacy.Ask{Numbers: true, Cookie: w.proved(w.colleague, w.at)}); !errors.Is(err, core.Forbidden) {
			t.Errorf("with somebody else's session: %v", err)
		}
		masked, err := ask(w.own, privacy.Ask{})
		if err != nil || strings.Contains(masked, phone) || strings.Contains(masked, idNumber) || !strings.Contains(masked, "199****0417") {
			t.Errorf("without the numbers: %v", err)
		}
		_, absent := ask(w.own, privacy.Ask{Person: 12345})
		for name, who := range map[string]access.Actor{"a colleague": w.colleague, "the registrar": w.head, "another realm": w.stranger} {
			if _, err := ask(who, privacy.Ask{Person: w.zhang.ID}); err == nil || err.Error() != absent.Error() {
				t.Errorf("%s: %v, not %v", name, err, absent)
			}
		}
		if got, err := ask(w.secretary, privacy.Ask{}); err != nil || !strings.Contains(got, "名lin") || strings.Contains(got, "张敏") || strings.Contains(got, `"record"`) {
			t.Errorf("an account without a record: %v %s", err, got)
		}
		if got, err := ask(access.Machine(1), privacy.Ask{Person: w.zhang.ID, Numbers: true}); err != nil || !strings.Contains(got, idNumber) || !strings.Contains(got, `"zhang"`) || strings.Contains(got, `"wang"`) {
			t.Errorf("the machine's administrator: %v", err)
		}
		if _, err := ask(access.Machine(1), privacy.Ask{}); !errors.Is(err, core.NotFound) {
			t.Errorf("of nobody: %v", err)
		}
	})
}

// TestACopyLeavesNothingOut looks for tables that name a person or an account
// and that no section reads.
func TestACopyLeavesNothingOut(t *testing.T) {
	d := dbtest.SQLite(t)
	columns, err := d.Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range columns {
		table, name, _ := strings.Cut(c, ".")
		if name != "person_id" && name != "user_id" || privacy.Left[c] != "" {
			continue
		}
		if !strings.Contains(privacy.Queries(), " "+table+" ") {
			t.Errorf("%s is in no section of a copy; add it, or say why it is left", c)
		}
	}
	w := newWorld(t, dbtest.SQLite(t))
	c, err := w.Copy(t.Context(), access.Machine(1), privacy.Ask{Person: w.zhang.ID})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Sections {
		for _, l := range s.Lines {
			for _, v := range l {
				for _, key := range []string{"privacy.section." + s.Name, "privacy.item." + v.Name} {
					if !text.Has(key) {
						t.Errorf("no words for %s", key)
					}
				}
			}
		}
	}
}
