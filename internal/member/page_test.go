package member_test

import (
	"errors"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/member"
	"tongpin/internal/org"
)

func TestAPageMasksTheNumbersAndTellsWhereTheRecordIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := zhang(w.a)
		p := w.enrol(e)
		if _, err := w.transfer(p.ID, w.b, day(2026, 3, 1), 0); err != nil {
			t.Fatal(err)
		}
		v, err := w.service().Page(t.Context(), w.user(1, 301, access.Secretary, w.b, 0), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if v.MaskedIDNumber != "320599********"+e.IDNumber[14:] || v.MaskedPhone != "199****0417" || v.At != "二支部" || v.Own {
			t.Errorf("got %s, %s, at %s, own %v", v.MaskedIDNumber, v.MaskedPhone, v.At, v.Own)
		}
		if len(v.Affiliations) != 2 || v.Affiliations[0].OrgName != "二支部" || v.Affiliations[1].OrgName != "一支部" || v.Affiliations[1].To != day(2026, 3, 1) {
			t.Errorf("affiliations: %+v", v.Affiliations)
		}
	})
}

func TestAPageNamesTheDuties(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p, other := w.enrol(zhang(w.a)), w.enrol(member.Enrolment{Name: "王芳", Kind: member.Full, Org: w.a})
		w.do(func(tx *db.Tx) error {
			for code, person := range map[string]core.PersonID{"deputy": p.ID, "publicity": other.ID} {
				if _, err := org.Appoint(t.Context(), tx, access.Machine(1), now, org.Duty{Org: w.a, Person: person, Code: code, From: day(2026, 3, 1)}); err != nil {
					return err
				}
			}
			return nil
		})
		v, err := w.service().Page(t.Context(), access.Machine(1), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(v.Duties) != 1 || v.Duties[0].Duty != "deputy" || v.Duties[0].OrgName != "一支部" || v.Duties[0].Period != core.Since(day(2026, 3, 1)) {
			t.Errorf("duties: %+v", v.Duties)
		}
	})
}

func TestWhoSeesAPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		p := w.enrol(zhang(w.a))
		someone := w.enrol(member.Enrolment{Name: "王芳", Kind: member.Full, Org: w.a})
		for i, tt := range []struct {
			name   string
			role   access.Role
			at     core.OrgID
			person core.PersonID // of the account
			want   error
		}{
			{"the secretary", access.Secretary, w.a, 0, nil},
			{"the registrar above", access.Registrar, w.root, 0, nil},
			{"the department", access.Department, w.root, 0, core.Forbidden},
			{"another branch", access.Secretary, w.b, 0, core.NotFound},
			{"the person", access.Member, w.a, p.ID, nil},
			{"the person, with a role elsewhere", access.Member, w.b, p.ID, nil},
			{"a member beside", access.Member, w.a, someone.ID, core.Forbidden},
		} {
			v, err := s.Page(t.Context(), w.user(1, core.UserID(310+i), tt.role, tt.at, tt.person), p.ID)
			if !errors.Is(err, tt.want) || (err == nil) != (v.Name == "张敏") || v.Own != (tt.person == p.ID) {
				t.Errorf("%s: got %q, own %v, %v; want %v", tt.name, v.Name, v.Own, err, tt.want)
			}
		}
		far := w.user(2, 330, access.Registrar, w.farRoot, p.ID)
		if _, err := s.Page(t.Context(), far, p.ID); !errors.Is(err, core.NotFound) {
			t.Errorf("another realm: got %v", err)
		}
		own := w.user(1, 331, access.Member, w.a, someone.ID)
		w.do(func(tx *db.Tx) error {
			return member.Remove(t.Context(), tx, w.machine, now, []core.PersonID{someone.ID}, "", 0)
		})
		for _, who := range []access.Actor{own, w.machine} {
			if _, err := s.Page(t.Context(), who, someone.ID); !errors.Is(err, core.NotFound) {
				t.Errorf("a removed record: got %v", err)
			}
		}
	})
}

func TestOpeningAFieldIsJournalledWithItsPurpose(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		e := zhang(w.a)
		p := w.enrol(e)
		bare := w.enrol(member.Enrolment{Name: "王芳", Kind: member.Full, Org: w.a})
		secretary := w.user(1, 401, access.Secretary, w.a, 0)
		owner := w.user(1, 402, access.Member, w.a, p.ID)
		why := member.Purpose{Code: "transfer", Words: " 开介绍信 "}
		for _, tt := range []struct {
			name  string
			who   access.Actor
			id    core.PersonID
			field string
			why   member.Purpose
			value string
			kind  error
			key   string
		}{
			{"the id number", secretary, p.ID, member.IDNumber, why, e.IDNumber, nil, ""},
			{"the phone", secretary, p.ID, member.Phone, member.Purpose{Code: "contact"}, e.Phone, nil, ""},
			{"no purpose", secretary, p.ID, member.Phone, member.Purpose{}, "", core.Invalid, "person.purpose.missing"},
			{"a purpose of one's own", secretary, p.ID, member.Phone, member.Purpose{Code: "好奇"}, "", core.Invalid, "person.purpose.missing"},
			{"other without words", secretary, p.ID, member.Phone, member.Purpose{Code: "other", Words: "　"}, "", core.Invalid, "person.purpose.words_missing"},
			{"a purpose with a phone", secretary, p.ID, member.Phone, member.Purpose{Code: "other", Words: "打 199-0000-0417"}, "", core.Invalid, "person.reason.number"},
			{"another item", secretary, p.ID, "name", why, "", core.Invalid, "person.field.unknown"},
			{"nothing recorded", secretary, bare.ID, member.Phone, why, "", core.Invalid, "person.field.empty"},
			{"the person", owner, p.ID, member.Phone, why, "", core.Forbidden, "access.open.fields"},
			{"the department", w.user(1, 403, access.Department, w.root, 0), p.ID, member.Phone, why, "", core.Forbidden, "access.open.fields"},
			{"another branch", w.user(1, 404, access.Secretary, w.b, 0), p.ID, member.Phone, why, "", core.NotFound, ""},
			{"another realm", w.user(2, 405, access.Registrar, w.farRoot, 0), p.ID, member.Phone, why, "", core.NotFound, ""},
		} {
			entries := w.int(`SELECT count(*) FROM journal`)
			got, err := s.OpenField(t.Context(), tt.who, tt.id, tt.field, tt.why)
			if got != tt.value || !errors.Is(err, tt.kind) || tt.key != "" && complains(err, fieldOf(err)) != tt.key {
				t.Errorf("%s: got %q, %v; want %q, %s", tt.name, got, err, tt.value, tt.key)
			}
			written := w.int(`SELECT count(*) FROM journal`) - entries
			if want := map[bool]int{true: 0, false: 1}[tt.kind == core.Invalid]; written != want {
				t.Errorf("%s: %d entries, want %d", tt.name, written, want)
			}
		}
		if n := w.int(`SELECT count(*) FROM journal WHERE action = 'person.open_field' AND outcome = 'done' AND subject_id = $1 AND org_id = $2`, p.ID, w.a); n != 2 {
			t.Errorf("%d openings in the journal", n)
		}
		if n := w.int(`SELECT count(*) FROM journal j JOIN journal_bodies b ON b.id = j.id WHERE j.action = 'person.open_field' AND b.body LIKE '%开介绍信%' AND b.body LIKE '%id_number%' AND b.body LIKE '%transfer%'`); n != 1 {
			t.Errorf("the purpose is not kept")
		}
		if n := w.int(`SELECT count(*) FROM journal WHERE realm_id = 1 AND action = 'person.open_field' AND outcome = 'denied'`); n != 3 {
			t.Errorf("%d denied openings in the journal of the realm", n)
		}
		w.view(func(tx *db.Tx) error {
			all, err := audit.Of(t.Context(), tx, 1, core.ID(p.ID), 50)
			for _, a := range all {
				if s := said(a.Before) + said(a.After) + a.Note; strings.Contains(s, e.Phone) || strings.Contains(s, e.IDNumber) {
					t.Errorf("the journal holds a number: %s", s)
				}
			}
			return err
		})
	})
}

func TestWhatCannotBeJournalledIsNotOpened(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.enrol(zhang(w.a))
		w.do(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `ALTER TABLE journal RENAME TO journal_away`)
			return err
		})
		got, err := w.service().OpenField(t.Context(), w.machine, p.ID, member.Phone, member.Purpose{Code: "contact"})
		if got != "" || err == nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}
