package privacy_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/intake"
	"tongpin/internal/member"
)

// seen is what a person reads of the own record, one line each.
func (w *world) seen(who access.Actor) (lines []string) {
	w.t.Helper()
	all, total, err := w.Sightings(w.t.Context(), who, 0, core.Page{})
	if err != nil || total != len(all) {
		w.t.Fatal(total, err)
	}
	for _, g := range all {
		lines = append(lines, fmt.Sprint(g.Action, " ", g.Outcome, " ", g.Who, " ", g.Role, " ", g.Place, " ", g.Under, " ", g.Fields, " ", g.Purpose, " ", g.Words, " ", g.Own))
	}
	return lines
}

func TestAPersonSeesWhoOpenedTheRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		before := len(w.seen(w.own))
		open := func(who access.Actor, p member.Person, field string, why member.Purpose) error {
			_, err := w.people.OpenField(ctx, who, p.ID, field, why)
			return err
		}
		export := func(who access.Actor, under core.OrgID, sensitive bool) error {
			x := intake.Export{Entity: intake.Members, Under: under, Sensitive: sensitive, Lang: core.Hans, CSV: true}
			if sensitive {
				x.Why = member.Purpose{Code: "report", Words: "季报"}
			}
			return w.lists.Export(ctx, who, x, io.Discard)
		}
		for name, err := range map[string]error{
			"opened":           open(w.secretary, w.zhang, member.Phone, member.Purpose{Code: "contact", Words: "通知开会"}),
			"somebody else's":  open(w.secretary, w.wang, member.Phone, member.Purpose{Code: "verify"}),
			"the whole list":   export(w.head, w.top.ID, true),
			"a plain list":     export(w.secretary, w.a.ID, false),
			"another's list":   export(w.beside, w.b.ID, true),
			"the machine's":    export(access.Machine(1), w.top.ID, false),
			"in another realm": export(access.Machine(2), w.far.ID, true),
		} {
			if err != nil {
				t.Fatal(name, err)
			}
		}
		if err := open(w.beside, w.zhang, member.IDNumber, member.Purpose{Code: "verify"}); !errors.Is(err, core.NotFound) {
			t.Fatal(err)
		}
		got := w.seen(w.own)
		got = got[:len(got)-before]
		slices.Sort(got)
		want := []string{
			"export.members done    园区党委 [roster]   false",
			"export.members done 名chen registrar 园区党委 园区党委 [roster id_number phone] report 季报 false",
			"export.members done 名lin secretary 甲支部 甲支部 [roster]   false",
			"person.open_field denied 名gu secretary 乙支部  [id_number]   false",
			"person.open_field done 名lin secretary 甲支部  [phone] contact 通知开会 false",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if n := w.count(`SELECT count(*) FROM journal WHERE realm_id = 1 AND action = 'export.members'`); n != 4 {
			t.Errorf("%d entries for four exports", n)
		}
		if other := strings.Join(w.seen(w.stranger), "\n"); strings.Contains(other, "甲支部") || !strings.Contains(other, "外地支部") {
			t.Errorf("the namesake in another realm sees\n%s", other)
		}
	})
}

func TestTheRoleIsTheOneHeldThen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		if _, err := w.people.OpenField(t.Context(), w.secretary, w.zhang.ID, member.Phone, member.Purpose{Code: "contact"}); err != nil {
			t.Fatal(err)
		}
		w.do(func(tx *db.Tx) error {
			return access.Take(t.Context(), tx, access.Machine(1), w.secretary.User, access.Place{Role: access.Secretary, Org: w.a.ID}, w.Now())
		})
		if got := w.seen(w.own)[0]; !strings.Contains(got, "secretary 甲支部") {
			t.Errorf("after the role was taken: %s", got)
		}
	})
}

func TestSomebodyElsesOpeningsDoNotExist(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		missing := core.PersonID(12345)
		_, _, absent := w.Sightings(t.Context(), w.own, missing, core.Page{})
		for name, who := range map[string]access.Actor{"a colleague": w.colleague, "the secretary": w.secretary, "the registrar": w.head, "another realm": w.stranger} {
			all, _, err := w.Sightings(t.Context(), who, w.zhang.ID, core.Page{})
			if err == nil || err.Error() != absent.Error() || core.MsgOf(err).Key != core.MsgOf(absent).Key || len(all) != 0 {
				t.Errorf("%s: %v, not %v", name, err, absent)
			}
		}
		if _, _, err := w.Sightings(t.Context(), w.secretary, 0, core.Page{}); !errors.Is(err, core.NotFound) {
			t.Errorf("an account without a record: %v", err)
		}
		if all, _, err := w.Sightings(t.Context(), access.Machine(1), w.zhang.ID, core.Page{}); err != nil || len(all) == 0 {
			t.Errorf("the machine's administrator: %d, %v", len(all), err)
		}
		if _, _, err := w.Sightings(t.Context(), access.Machine(2), w.zhang.ID, core.Page{}); !errors.Is(err, core.NotFound) {
			t.Errorf("the machine's administrator of another realm: %v", err)
		}
	})
}

func TestNumbersLeaveWithAPurposeAlone(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	var b strings.Builder
	x := intake.Export{Entity: intake.Members, Under: w.a.ID, Lang: core.Hans, CSV: true}
	if err := w.lists.Export(t.Context(), w.secretary, x, &b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "张敏") || !strings.Contains(b.String(), "王芳") {
		t.Errorf("the list shows\n%s", b.String())
	}
	x.Sensitive = true
	if err := w.lists.Export(t.Context(), w.secretary, x, &b); core.FieldsOf(err)["purpose"].IsZero() {
		t.Errorf("numbers without a purpose: %v", err)
	}
	x.Why = member.Purpose{Code: "other", Words: "号码 " + phone}
	if err := w.lists.Export(t.Context(), w.secretary, x, &b); core.FieldsOf(err)["words"].IsZero() {
		t.Errorf("a number in the words: %v", err)
	}
}
