package member_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/member"
)

func ptr[T any](v T) *T { return &v }

func (w *world) update(id core.PersonID, c member.Change) (p member.Person, err error) {
	err = w.tx(func(tx *db.Tx) (err error) {
		p, err = member.Update(w.t.Context(), tx, keys, w.machine, now, id, c)
		return err
	})
	return p, err
}

// journal returns the newest entry about a person.
func (w *world) journal(id core.PersonID) (e audit.Entry) {
	w.t.Helper()
	w.view(func(tx *db.Tx) error {
		all, err := audit.Of(w.t.Context(), tx, 1, core.ID(id), 1)
		if len(all) > 0 {
			e = all[0]
		}
		return err
	})
	return e
}

func said(v any) string {
	if raw, ok := v.(interface{ MarshalJSON() ([]byte, error) }); ok {
		b, _ := raw.MarshalJSON()
		return string(b)
	}
	return ""
}

func TestEveryItemCanBeChanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.enrol(zhang(w.a))
		newNumber := number(1990, 5, 20, 456)
		got, err := w.update(p.ID, member.Change{
			Name: ptr("张明 "), Sex: ptr("male"), Ethnicity: ptr("回族"), BornOn: ptr(day(1990, 5, 21)), Education: ptr("硕士"), IDNumber: &newNumber,
			JoinedOn: ptr(day(2018, 7, 1)), ConfirmedOn: ptr(day(2019, 7, 1)), Position: ptr("组长"), Phone: ptr("19911112222"), Note: ptr("电话 19911112222"),
			Reason: "核对名册", Version: p.Version,
		})
		if err != nil {
			t.Fatal(err, core.FieldsOf(err))
		}
		kept := w.find(p.ID)
		for _, q := range []member.Person{got, kept} {
			if q.Name != "张明" || q.Sex != "male" || q.Ethnicity != "回族" || q.BornOn != day(1990, 5, 21) || q.Education != "硕士" || !q.IDNumberIs(keys, newNumber) ||
				q.JoinedOn != day(2018, 7, 1) || q.ConfirmedOn != day(2019, 7, 1) || q.Position != "组长" || !q.PhoneIs(keys, "19911112222") || q.Note == "" || q.Version != 2 {
				t.Errorf("got %+v", q)
			}
		}
		e := w.journal(p.ID)
		after := said(e.After)
		if e.Action != "person.change" || !strings.Contains(after, `"id_number":"changed"`) || !strings.Contains(after, `"name":"张明"`) || !strings.Contains(said(e.Before), "张敏") {
			t.Errorf("journal: %s, before %s, after %s", e.Action, said(e.Before), after)
		}
		for _, secret := range []string{newNumber, zhang(0).IDNumber, "19911112222", "19900000417"} {
			if strings.Contains(after+said(e.Before)+e.Note, secret) {
				t.Errorf("the journal holds %s", secret)
			}
		}
		for search, n := range map[string]int{"张明": 1, "张敏": 0, "zm": 1, newNumber: 1, zhang(0).IDNumber: 0} {
			l, err := w.service().List(t.Context(), w.machine, member.Query{Under: w.root, Search: search})
			if err != nil || len(l.Rows) != n {
				t.Errorf("%s: %d found, %v", search, len(l.Rows), err)
			}
		}
	})
}

func TestAChangeThatChangesNothingWritesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := zhang(w.a)
		p := w.enrol(e)
		before := w.int(`SELECT count(*) FROM journal`)
		got, err := w.update(p.ID, member.Change{Name: &e.Name, IDNumber: ptr(strings.ToLower(e.IDNumber)), Phone: &e.Phone, Kind: &e.Kind, BornOn: &e.BornOn})
		if err != nil || got.Version != 1 || w.find(p.ID).Version != 1 || w.int(`SELECT count(*) FROM journal`) != before {
			t.Errorf("got version %d, %v", got.Version, err)
		}
	})
}

func TestUpdateRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.enrol(zhang(w.a))
		other := zhang(w.b)
		other.IDNumber = number(1988, 8, 8, 888)
		w.enrol(other)
		for _, tt := range []struct {
			name string
			c    member.Change
			kind error
			key  string
		}{
			{"a name that is none", member.Change{Name: ptr("=1")}, core.Invalid, "person.name.invalid"},
			{"an unknown kind", member.Change{Kind: ptr("boss")}, core.Invalid, "person.kind.unknown"},
			{"the id number of somebody else", member.Change{IDNumber: &other.IDNumber}, core.Conflict, "person.id_number.taken"},
			{"a wrong id number", member.Change{IDNumber: ptr("123")}, core.Invalid, "person.id_number.format"},
			{"joining before 18", member.Change{JoinedOn: ptr(day(2008, 5, 19))}, core.Invalid, "person.joined_on.before_18"},
			{"joining after the membership began", member.Change{JoinedOn: ptr(day(2020, 1, 2)), ConfirmedOn: ptr(day(2021, 1, 2))}, core.Invalid, "person.joined_on.after_membership"},
			{"a kind from tomorrow", member.Change{Kind: ptr(member.None), On: today.AddDays(1)}, core.Invalid, "membership.future"},
			{"a kind from before the membership", member.Change{Kind: ptr(member.None), On: day(2019, 12, 31)}, core.Invalid, "membership.ends_before"},
			{"a reason with a phone", member.Change{Name: ptr("张明"), Reason: "打 199 0000 0417 核实"}, core.Invalid, "person.reason.number"},
		} {
			_, err := w.update(p.ID, tt.c)
			if !errors.Is(err, tt.kind) || complains(err, fieldOf(err)) != tt.key {
				t.Errorf("%s: got %v, want %s", tt.name, err, tt.key)
			}
		}
		if _, err := w.update(p.ID, member.Change{Name: ptr("张明"), Version: 1}); err != nil {
			t.Fatal(err)
		}
		_, err := w.update(p.ID, member.Change{Name: ptr("张强"), Version: 1})
		stale, ok := errors.AsType[*member.Stale](err)
		if !errors.Is(err, core.Conflict) || !ok || stale.Theirs.Name != "张明" {
			t.Errorf("an old version: got %v", err)
		}
		if err := w.tx(func(tx *db.Tx) error {
			_, err := member.Update(t.Context(), tx, keys, w.stranger, now, p.ID, member.Change{Name: ptr("张强")})
			return err
		}); !errors.Is(err, core.NotFound) {
			t.Errorf("from another realm: got %v", err)
		}
		if got := w.find(p.ID); got.Name != "张明" || got.Kind != member.Full || got.Version != 2 {
			t.Errorf("a refusal changed something: %+v", got)
		}
	})
}

func TestAChangedKindTurnsTheMembership(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.enrol(member.Enrolment{Name: "王芳", Kind: member.Activist, Org: w.a})
		turn := func(c member.Change) {
			t.Helper()
			if _, err := w.update(p.ID, c); err != nil {
				t.Fatal(err, core.FieldsOf(err))
			}
		}
		turn(member.Change{Kind: ptr(member.Probationary), JoinedOn: ptr(day(2025, 5, 1)), On: day(2025, 5, 1)})
		turn(member.Change{Kind: ptr(member.Full), ConfirmedOn: ptr(day(2026, 5, 1))})
		turn(member.Change{ConfirmedOn: ptr(day(2026, 6, 1))}) // it was a month later
		turn(member.Change{Kind: ptr(member.None), On: day(2026, 9, 1)})
		want := member.Timeline{
			{Org: w.a, Kind: member.Probationary, From: day(2025, 5, 1), To: day(2026, 6, 1)},
			{Org: w.a, Kind: member.Full, From: day(2026, 6, 1), To: day(2026, 9, 1)},
		}
		if diff := cmp.Diff(want, bare(w.history(p.ID))); diff != "" {
			t.Error(diff)
		}
		for kind, n := range map[string]int{member.Activist: 0, member.Probationary: 0, member.Full: 0, member.None: 1} {
			if got := w.tally(w.root, kind); got != n {
				t.Errorf("counter of %s: got %d, want %d", kind, got, n)
			}
		}
	})
}

func TestServicesAskForTheRight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s, ctx := w.service(), t.Context()
		p := w.enrol(zhang(w.a))
		secretary := w.user(1, 201, access.Secretary, w.a, 0)
		department := w.user(1, 202, access.Department, w.root, 0)
		elsewhere := w.user(1, 203, access.Secretary, w.other, 0)
		registrar := w.user(1, 204, access.Registrar, w.committee, 0)
		far := w.user(2, 205, access.Registrar, w.farRoot, 0)
		calls := map[string]func(who access.Actor) error{
			"enrol": func(who access.Actor) error {
				_, err := s.Enrol(ctx, who, member.Enrolment{Name: "王芳", Kind: member.Applicant, Org: w.a})
				return err
			},
			"change": func(who access.Actor) error {
				_, err := s.Change(ctx, who, p.ID, member.Change{Position: ptr("组长")})
				return err
			},
			"confirm": func(who access.Actor) error { _, err := s.Confirm(ctx, who, p.ID, member.End{}); return err },
			"correct": func(who access.Actor) error {
				_, err := s.Correct(ctx, who, p.ID, member.Correction{Row: w.history(p.ID)[0].ID, Became: &member.Affiliation{Org: w.a, Kind: member.Full, From: day(2020, 1, 1)}})
				return err
			},
		}
		for name, call := range calls {
			for who, want := range map[access.Actor]error{department: core.Forbidden, elsewhere: core.NotFound, far: core.NotFound, secretary: nil} {
				err := call(who)
				if name == "confirm" && want == nil {
					want = core.Invalid // a full member
				}
				if !errors.Is(err, want) {
					t.Errorf("%s by %d: got %v, want %v", name, who.User, err, want)
				}
			}
		}
		for who, want := range map[access.Actor]error{department: core.Forbidden, elsewhere: core.NotFound, far: core.NotFound, secretary: core.NotFound, registrar: nil} {
			if _, err := s.Transfer(ctx, who, p.ID, member.Move{To: w.b, On: today}); !errors.Is(err, want) {
				t.Errorf("transfer by %d: got %v, want %v", who.User, err, want)
			}
		}
		for who, want := range map[access.Actor]error{department: core.Forbidden, secretary: core.NotFound, far: core.NotFound, registrar: nil} {
			if _, err := s.EndMembership(ctx, who, p.ID, member.End{On: today, Reason: "出国"}); !errors.Is(err, want) {
				t.Errorf("end by %d: got %v, want %v", who.User, err, want)
			}
		}
		if n := w.int(`SELECT count(*) FROM journal WHERE outcome = 'denied' AND action = 'membership.transfer' AND subject_id = $1`, p.ID); n != 4 {
			t.Errorf("%d denied transfers in the journal", n)
		}
	})
}
