package org

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/rule"
)

// A Term is a term of office. A ledger often gives its end only.
type Term struct {
	ID        core.ID
	Org       core.OrgID
	Number    int       // of the session; 0 when not known
	ElectedOn core.Date // the day of the members' meeting or congress; may be zero
	EndsOn    core.Date // computed from ElectedOn when zero
	EndedOn   core.Date // when the next one began; zero for the current one
	Document  string
	Batch     core.ID
	Version   int // of the current term that the person saw; 0 asks for no check
}

// A StaleTerm is the cause of a core.Conflict: somebody set the term since the
// person opened it. Theirs is the current one, to show beside what was typed.
type StaleTerm struct{ Theirs Term }

func (s *StaleTerm) Error() string { return "changed meanwhile" }

// Election judges the next re-election: before or after the end of the term it
// needs approval.
func (t Term) Election(on core.Date, approved bool) rule.Verdict {
	return rule.TermChange(t.Dates(), on, approved).AsOf(on)
}

// IsZero reports whether nothing is known of the term.
func (t Term) IsZero() bool { return t.ElectedOn.IsZero() && t.EndsOn.IsZero() }

// Dates returns the days of the term: when it ends, when to remind, how far a
// re-election may be early or late.
func (t Term) Dates() rule.TermDates { return rule.TermEnding(t.EndsOn) }

func (t Term) state() map[string]any {
	return map[string]any{"number": t.Number, "elected_on": t.ElectedOn, "ends_on": t.EndsOn, "document": t.Document}
}

// complete computes the end from the election.
func (t *Term) complete(o Org) {
	if t.EndsOn.IsZero() {
		t.EndsOn = rule.Term(o.Kind, o.Host(), t.ElectedOn).EndsOn
	}
}

// check returns a core.Invalid error that names each field to correct.
func (t Term) check(o Org, today core.Date) error {
	if err := o.Guard(rule.TermElection, today); err != nil {
		return err
	}
	var bad core.Fields
	bad.If(t.IsZero(), "elected_on", "org.term.missing")
	bad.If(t.ElectedOn.After(today), "elected_on", "org.term.future", today)
	bad.If(!t.ElectedOn.IsZero() && t.ElectedOn.Before(o.FoundedOn), "elected_on", "org.term.before_founding", o.FoundedOn)
	bad.If(!t.IsZero() && t.EndsOn.Before(o.FoundedOn), "ends_on", "org.term.before_founding", o.FoundedOn)
	bad.If(!t.ElectedOn.IsZero() && !t.EndsOn.After(t.ElectedOn), "ends_on", "org.term.ends_before", t.ElectedOn)
	bad.If(t.Number < 0 || t.Number > 999, "number", "org.term.number")
	checkTexts(&bad, t.Document, "")
	return bad.Err()
}

// replaces reports whether t is a later term than the current one c, rather
// than the same one better known. It fails for a term older than c.
func (t Term) replaces(c Term) (bool, error) {
	switch {
	case t.EndsOn == c.EndsOn || t.ElectedOn.IsZero() || t.ElectedOn == c.ElectedOn:
		return false, nil
	case t.ElectedOn.Before(c.ElectedOn):
		var bad core.Fields
		bad.If(true, "elected_on", "org.term.before_current", c.ElectedOn)
		return false, bad.Err()
	}
	return true, nil
}

// SetTerm records the term of office of an organisation and starts its clock.
// A later election ends the term before; the same term with other days or
// numbers is set right; the same again changes nothing. It is core.Invalid for
// a temporary branch and core.Conflict when somebody set it meanwhile.
func SetTerm(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.OrgID, t Term) error {
	o, err := Find(ctx, tx, who.Realm, id)
	if err != nil {
		return err
	}
	if err := o.fresh(0); err != nil {
		return err
	}
	t.Org = id
	t.complete(o)
	if err := t.check(o, core.DateOf(now)); err != nil {
		return err
	}
	current, err := termOf(ctx, tx, who.Realm, id)
	if err != nil {
		return err
	}
	if t.Version != 0 && t.Version != current.Version {
		return &core.Error{Kind: core.Conflict, Msg: core.M("org.term.stale", o.Name, current.EndsOn), Err: &StaleTerm{current}}
	}
	if err := t.write(ctx, tx, who.Realm, now, current); err != nil {
		return err
	}
	return t.announce(ctx, tx, who, now, current)
}

// write stores t beside or over the current term.
func (t Term) write(ctx context.Context, tx *db.Tx, realm core.RealmID, now time.Time, current Term) error {
	if current.IsZero() {
		return insertTerms(ctx, tx, realm, now, []Term{t})
	}
	next, err := t.replaces(current)
	if err != nil {
		return err
	}
	if next {
		if err := endTerm(ctx, tx, realm, t.Org, t.ElectedOn); err != nil {
			return err
		}
		return insertTerms(ctx, tx, realm, now, []Term{t})
	}
	return updateTerm(ctx, tx, realm, current.ID, t.over(current))
}

// over returns t with what only the current term knows.
func (t Term) over(c Term) Term {
	if t.ElectedOn.IsZero() {
		t.ElectedOn = c.ElectedOn
	}
	if t.Number == 0 {
		t.Number = c.Number
	}
	if t.Document == "" {
		t.Document = c.Document
	}
	return t
}

// announce starts the clock and writes the journal, unless nothing changed.
func (t Term) announce(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, was Term) error {
	is, err := termOf(ctx, tx, who.Realm, t.Org)
	if err != nil || is.ID == was.ID && is.Version == was.Version {
		return err
	}
	if err := clock.Start(ctx, tx, now, who.Realm, clock.TermOf(t.Org, is.ElectedOn, is.EndsOn)); err != nil {
		return err
	}
	e := audit.Entry{By: who.By(), Action: "term.set", Org: t.Org, Subject: "org", SubjectID: core.ID(t.Org), After: is.state()}
	if !was.IsZero() {
		e.Before = was.state()
	}
	return audit.Write(ctx, tx, now, e)
}

const termColumns = `t.id, t.org_id, coalesce(t.number, 0), t.elected_on, t.ends_on, t.ended_on, t.document, t.version`

func scanTerm(r db.Row) (t Term, err error) {
	return t, r.Scan(&t.ID, &t.Org, &t.Number, (*db.Date)(&t.ElectedOn), (*db.Date)(&t.EndsOn), (*db.Date)(&t.EndedOn), &t.Document, &t.Version)
}

// termOf returns the current term, or the zero Term.
func termOf(ctx context.Context, q db.Querier, realm core.RealmID, id core.OrgID) (Term, error) {
	all, err := db.All(ctx, q, scanTerm, `
		SELECT `+termColumns+` FROM terms t WHERE t.realm_id = $1 AND t.org_id = $2 AND t.ended_on IS NULL`, realm, id)
	if err != nil || len(all) == 0 {
		return Term{}, err
	}
	return all[0], nil
}

// termsOf returns every term, newest first.
func termsOf(ctx context.Context, q db.Querier, realm core.RealmID, id core.OrgID) ([]Term, error) {
	return db.All(ctx, q, scanTerm, `
		SELECT `+termColumns+` FROM terms t WHERE t.realm_id = $1 AND t.org_id = $2 ORDER BY t.ends_on DESC, t.id DESC`, realm, id)
}

func insertTerms(ctx context.Context, tx *db.Tx, realm core.RealmID, now time.Time, all []Term) error {
	rows := make([][]any, len(all))
	for i, t := range all {
		rows[i] = []any{
			core.NewID(now), realm, t.Org, db.Null(&t.Number), db.Date(t.ElectedOn), db.Date(t.EndsOn), db.Date(t.EndedOn),
			t.Document, db.Null(&t.Batch), 1, db.Instant(now),
		}
	}
	return db.Insert(ctx, tx, "terms", "id, realm_id, org_id, number, elected_on, ends_on, ended_on, document, batch_id, version, created_at", rows)
}

// updateTerm sets a term right. Nothing is written when nothing differs.
func updateTerm(ctx context.Context, tx *db.Tx, realm core.RealmID, id core.ID, t Term) error {
	_, err := tx.Exec(ctx, `
		UPDATE terms SET number = $3, elected_on = $4, ends_on = $5, document = $6, version = version + 1
		WHERE realm_id = $1 AND id = $2
			AND NOT (coalesce(number, 0) = $7 AND coalesce(elected_on, '9999-12-31') = $8 AND ends_on = $5 AND document = $6)`,
		realm, id, db.Null(&t.Number), db.Date(t.ElectedOn), db.Date(t.EndsOn), t.Document, t.Number, db.Date(orForever(t.ElectedOn)))
	return err
}

func orForever(d core.Date) core.Date {
	if d.IsZero() {
		return core.Forever
	}
	return d
}

// endTerm ends the current term on a day, if there is one.
func endTerm(ctx context.Context, tx *db.Tx, realm core.RealmID, id core.OrgID, on core.Date) error {
	_, err := tx.Exec(ctx, `
		UPDATE terms SET ended_on = $3, version = version + 1 WHERE realm_id = $1 AND org_id = $2 AND ended_on IS NULL`,
		realm, id, db.Date(on))
	return err
}
