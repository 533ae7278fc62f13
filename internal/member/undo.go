package member

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/org"
)

// Remove takes people out of every list, as if they had not been enrolled: the
// undo of an import. What was known of them before stays answerable; the id
// number and the phone are cleared for good. It counts once and journals once.
func Remove(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, people []core.PersonID, reason string, batch core.ID) error {
	if err := checkReason("reason", reason); err != nil || len(people) == 0 {
		return err
	}
	deltas := map[core.OrgID]map[string]int{}
	for _, id := range people {
		p, err := present(ctx, tx, who.Realm, id, 0)
		if err != nil {
			return err
		}
		was, err := History(ctx, tx, who.Realm, id)
		if err != nil {
			return err
		}
		if err := supersede(ctx, tx, now, who.Realm, was); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			UPDATE persons SET kind = 'none', at_org = NULL, at_path = '', at_1 = NULL, at_2 = NULL, name_key = '', initials = '',
				id_number = NULL, id_number_hash = NULL, phone = NULL, phone_hash = NULL, removed_at = $3, version = version + 1
			WHERE realm_id = $1 AND id = $2`, who.Realm, id, db.Instant(now)); err != nil {
			return err
		}
		if err := db.PersonSearch.Unindex(ctx, tx, int64(id)); err != nil {
			return err
		}
		tally(deltas, p.Org, p.Kind, -1)
	}
	if err := org.Count(ctx, tx, who.Realm, deltas); err != nil {
		return err
	}
	entry := audit.Entry{By: who.By(), Action: "person.remove", Subject: "batch", SubjectID: batch, Note: reason, Before: map[string]any{"count": len(people)}}
	if batch == 0 && len(people) == 1 {
		entry.Subject, entry.SubjectID = "person", core.ID(people[0])
	}
	return audit.Write(ctx, tx, now, entry)
}

// A saved record is what Save writes. The two numbers stay sealed.
type saved struct {
	Name, Sex, Ethnicity               string
	BornOn                             core.Date
	Education                          string
	JoinedOn, ConfirmedOn              core.Date
	Kind, Position, Note               string
	Org                                int64
	IDNumber, IDHash, Phone, PhoneHash []byte
	Facts                              []savedFact
}

type savedFact struct {
	Org      int64
	Kind     string
	From, To core.Date
}

// Save returns a person's record and affiliations as Restore takes them. The
// id number and the phone in it are sealed.
func Save(ctx context.Context, q db.Querier, realm core.RealmID, id core.PersonID) ([]byte, error) {
	p, err := Find(ctx, q, realm, id)
	if err != nil {
		return nil, err
	}
	t, err := History(ctx, q, realm, id)
	if err != nil {
		return nil, err
	}
	s := saved{
		p.Name, p.Sex, p.Ethnicity, p.BornOn, p.Education, p.JoinedOn, p.ConfirmedOn, p.Kind, p.Position, p.Note,
		int64(p.Org), p.idNumber, p.idHash, p.phone, p.phoneHash, nil,
	}
	for _, a := range t {
		s.Facts = append(s.Facts, savedFact{int64(a.Org), a.Kind, a.From, a.To})
	}
	return json.Marshal(s)
}

// Restore makes a person again what Save kept, also after Remove: the undo of a
// change. What was known meanwhile stays answerable. It returns core.Conflict
// with a Stale when version is not 0 and not the present one, core.Conflict
// when the id number has become another person's, and core.Invalid when the
// organisation was dissolved.
func Restore(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.PersonID, record []byte, reason string, version int, batch core.ID) (Person, error) {
	p, err := present(ctx, tx, who.Realm, id, version)
	removed := !p.RemovedAt.IsZero()
	if err != nil && !(removed && errors.Is(err, core.Invalid)) {
		return Person{}, err
	}
	if !p.ErasedAt.IsZero() {
		return Person{}, core.Fail(core.Invalid, "person.erased")
	}
	if err := checkReason("reason", reason); err != nil {
		return Person{}, err
	}
	var s saved
	if err := json.Unmarshal(record, &s); err != nil {
		return Person{}, err
	}
	at, err := placeOf(ctx, tx, who.Realm, core.OrgID(s.Org))
	if err != nil {
		return Person{}, err
	}
	if !at.dissolved.IsZero() {
		return Person{}, core.Fail(core.Invalid, "membership.org_dissolved", at.dissolved)
	}
	was, err := History(ctx, tx, who.Realm, id)
	if err != nil {
		return Person{}, err
	}
	after := s.person(p, at)
	is := s.facts(was)
	if err := rewrite(ctx, tx, now, p, was, is, reason, batch); err != nil {
		return Person{}, err
	}
	if err := after.keep(ctx, tx, at, is); err != nil {
		return Person{}, err
	}
	formerly := p.Name
	if removed {
		formerly, p.Org = "", 0 // in no list and no count
	}
	if err := after.write(ctx, tx, formerly); err != nil {
		return Person{}, err
	}
	after.Version++
	if err := recount(ctx, tx, p, after); err != nil {
		return Person{}, err
	}
	return after, audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "person.restore", Org: after.Org, Subject: "person", SubjectID: core.ID(id), Note: reason,
		Before: p.standing(), After: after.standing(),
	})
}

func (s saved) person(p Person, at place) Person {
	return Person{
		Realm: p.Realm, ID: p.ID, Name: s.Name, Sex: s.Sex, Ethnicity: s.Ethnicity, BornOn: s.BornOn, Education: s.Education,
		JoinedOn: s.JoinedOn, ConfirmedOn: s.ConfirmedOn, Kind: s.Kind, Position: s.Position, Note: s.Note, Org: at.org, Path: at.path,
		Version: p.Version, CreatedAt: p.CreatedAt, idNumber: s.IDNumber, idHash: s.IDHash, phone: s.Phone, phoneHash: s.PhoneHash,
	}
}

// facts returns the saved affiliations; those that still hold keep their row.
func (s saved) facts(live Timeline) Timeline {
	var t Timeline
	for _, f := range s.Facts {
		t = append(t, Affiliation{0, core.OrgID(f.Org), f.Kind, f.From, f.To})
	}
	return t.rowsOf(live)
}
