package clock

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/rule"
)

// A Service is what pages and commands call. Now tells the time in the realm's
// zone.
type Service struct {
	DB  *db.DB
	Now core.Now
}

// A Seen clock is the one that a person acts on, as the page showed it.
type Seen struct {
	ID    core.ID
	Org   core.OrgID // responsible; zero if it was not shown
	DueOn core.Date  // zero if it was not shown
}

// Find returns one clock.
func (s *Service) Find(ctx context.Context, who access.Actor, id core.ID) (Clock, error) {
	var c Clock
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if c, err = Find(ctx, tx, who.Realm, id); err != nil {
			return err
		}
		return access.Require(ctx, tx, who, access.HandleClocks, c.Org)
	})
	if err != nil {
		return Clock{}, err
	}
	return c, nil
}

// LastSnooze returns the last day to which a clock may be put off today; if it
// has passed, the clock cannot be put off any more.
func (s *Service) LastSnooze(c Clock) core.Date { return c.lastSnooze(core.DateOf(s.Now())) }

// Snooze puts a clock off to a later day: at most to its last day, and once
// that has come, to 30 days after it. A clock that has ended, or that somebody
// else handed over meanwhile, is core.Conflict; so it is for HandOver, NotMine
// and Done.
func (s *Service) Snooze(ctx context.Context, who access.Actor, seen Seen, to core.Date, reason string) error {
	return s.requireThen(ctx, who, seen, "snooze", reason, false, func(tx *db.Tx, c *Clock, now time.Time) error {
		today := core.DateOf(now)
		first, last := today.AddDays(1), c.lastSnooze(today)
		var f core.Fields
		f.If(last.Before(first), "to", "clock.snooze.over", snoozeDays)
		f.If(to.Before(first) || to.After(last), "to", "clock.snooze.range", first, last)
		c.SnoozedTo = to
		return f.Err()
	})
}

// HandOver makes another organisation responsible, or one user of it by name.
// The organisation must be visible to the actor; the user must have the right
// to handle clocks there.
func (s *Service) HandOver(ctx context.Context, who access.Actor, seen Seen, to core.OrgID, user core.UserID, reason string) error {
	return s.requireThen(ctx, who, seen, "hand_over", reason, false, func(tx *db.Tx, c *Clock, _ time.Time) error {
		if to == c.Org && user == c.User {
			return core.Fail(core.Invalid, "clock.hand_over.same")
		}
		if err := access.Require(ctx, tx, who, access.SeeOrgs, to); err != nil {
			return err
		}
		if err := alive(ctx, tx, who.Realm, to); err != nil {
			return err
		}
		if user != 0 {
			taker := access.Actor{Realm: who.Realm, User: user}
			if err := access.Require(ctx, tx, taker, access.HandleClocks, to); err != nil {
				return core.Fail(core.Invalid, "clock.hand_over.user")
			}
		}
		c.Org, c.User = to, user
		return nil
	})
}

// NotMine gives a clock up to the organisation above, which is responsible from
// then on. It needs a reason; the topmost organisation cannot give up.
func (s *Service) NotMine(ctx context.Context, who access.Actor, seen Seen, reason string) error {
	return s.requireThen(ctx, who, seen, "not_mine", reason, true, func(tx *db.Tx, c *Clock, _ time.Time) error {
		parent, err := parentOf(ctx, tx, who.Realm, c.Org)
		if err != nil {
			return err
		}
		if parent == 0 {
			return core.Fail(core.Invalid, "clock.not_mine.top")
		}
		c.Org, c.User, c.SnoozedTo = parent, 0, core.Date{}
		return nil
	})
}

// Done ends a clock by hand, because what it waited for has happened or no
// longer applies (state Done or Dropped). It needs a reason.
func (s *Service) Done(ctx context.Context, who access.Actor, seen Seen, state State, reason string) error {
	return s.requireThen(ctx, who, seen, "end", reason, true, func(_ *db.Tx, c *Clock, _ time.Time) error {
		if state != Done && state != Dropped {
			return core.Fail(core.Invalid, "clock.state_unknown")
		}
		c.State = state
		return nil
	})
}

const reasonMax = 300 // characters

// requireThen runs one action of a person on a running clock: right, staleness, change
// and journal in one transaction. What was denied is journalled on its own.
func (s *Service) requireThen(ctx context.Context, who access.Actor, seen Seen, verb, reason string, needsReason bool, change func(*db.Tx, *Clock, time.Time) error) error {
	now := s.Now()
	reason = strings.TrimSpace(reason)
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		c, err := Find(ctx, tx, who.Realm, seen.ID)
		if err != nil {
			return err
		}
		if err := access.Require(ctx, tx, who, access.HandleClocks, c.Org); err != nil {
			return err
		}
		switch {
		case c.State != Running:
			return core.Fail(core.Conflict, "clock.ended")
		case seen.Org != 0 && seen.Org != c.Org, !seen.DueOn.IsZero() && seen.DueOn != c.DueOn:
			return core.Fail(core.Conflict, "clock.stale", c.OrgName, c.DueOn)
		}
		var f core.Fields
		f.If(needsReason && reason == "", "reason", "clock.reason.missing")
		f.If(utf8.RuneCountInString(reason) > reasonMax, "reason", "clock.reason.long", reasonMax)
		if err := f.Err(); err != nil {
			return err
		}
		was := c
		if err := change(tx, &c, now); err != nil {
			return err
		}
		c.Reason = reason
		return save(ctx, tx, who, now, verb, was, c)
	})
	if k := core.KindOf(err); err != nil && (k == core.Forbidden || k == core.NotFound) {
		e := audit.Entry{By: who.By(), Action: "clock." + verb, Subject: "clock", SubjectID: seen.ID}
		if jerr := audit.Refused(ctx, s.DB, now, e, err); jerr != nil {
			return jerr
		}
	}
	return err
}

// state is what the journal tells of a clock.
func (c Clock) state() map[string]any {
	return map[string]any{
		"kind": c.Kind, "subject": c.SubjectID, "org": c.Org, "user": c.User, "due_on": c.DueOn, "snoozed_to": c.SnoozedTo,
		"state": c.State, "provisional": c.Provisional,
	}
}

func save(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, verb string, was, c Clock) error {
	var ended db.Instant
	var by core.UserID
	if c.State != Running {
		ended, by = db.Instant(now), who.User
	}
	n, err := tx.Exec(ctx, `
		UPDATE clocks SET org_id = $3, user_id = $4, remind_on = $5, due_on = $6, snoozed_to = $7, provisional = $8,
			state = $9, reason = $10, ended_at = $11, ended_by = $12
		WHERE realm_id = $1 AND id = $2 AND ended_at IS NULL`,
		c.Realm, c.ID, c.Org, db.Null(&c.User), db.Date(c.RemindOn), db.Date(c.DueOn), db.Date(c.SnoozedTo), c.Provisional,
		c.State, c.Reason, ended, db.Null(&by))
	if err != nil {
		return err
	}
	if n != 1 {
		return core.Fail(core.Conflict, "clock.ended")
	}
	return audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "clock." + verb, Org: was.Org, Subject: "clock", SubjectID: c.ID,
		Before: was.state(), After: c.state(), Note: c.Reason,
	})
}

func alive(ctx context.Context, q db.Querier, realm core.RealmID, org core.OrgID) error {
	_, err := db.One(ctx, q, db.Int, `SELECT depth FROM orgs WHERE realm_id = $1 AND id = $2 AND dissolved_on IS NULL`, realm, org)
	if core.KindOf(err) == core.NotFound {
		return core.Fail(core.Invalid, "clock.hand_over.dissolved")
	}
	return err
}

func parentOf(ctx context.Context, q db.Querier, realm core.RealmID, org core.OrgID) (core.OrgID, error) {
	return db.One(ctx, q, func(r db.Row) (parent core.OrgID, err error) {
		return parent, r.Scan(db.Null(&parent))
	}, `SELECT parent_id FROM orgs WHERE realm_id = $1 AND id = $2`, realm, org)
}

// Recompute computes the running provisional clocks of the realm again, after
// a calendar has arrived, and journals each that changes. It returns how many
// did. It is for who administers the realm.
func (s *Service) Recompute(ctx context.Context, who access.Actor, cs rule.Calendars) (changed int, err error) {
	now := s.Now()
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		changed = 0
		if err := access.RequireRealm(ctx, tx, who, access.ManageSettings); err != nil {
			return err
		}
		waiting, err := db.All(ctx, tx, scan, `SELECT `+columns+joins+`
			WHERE c.realm_id = $1 AND c.ended_at IS NULL AND c.provisional = $2 ORDER BY c.id`, who.Realm, true)
		if err != nil {
			return err
		}
		for _, was := range waiting {
			c, err := was.recomputed(cs)
			if err != nil {
				return err
			}
			if c == was {
				continue
			}
			if err := save(ctx, tx, who, now, "recompute", was, c); err != nil {
				return err
			}
			changed++
		}
		return nil
	})
	return changed, err
}

// recomputed returns the clock with the days that the calendars give now. A
// snooze beyond what the new last day allows falls away.
func (c Clock) recomputed(cs rule.Calendars) (Clock, error) {
	var f facts
	if err := json.Unmarshal([]byte(c.input), &f); err != nil {
		return c, fmt.Errorf("clock %s: %w", c.ID, err)
	}
	if c.Kind != PublicNotice && c.Kind != ProblemAsk { // these count working days
		return c, nil
	}
	p := cs.PublicityEnd(f.PostedOn, f.Workdays, f.Mode)
	c.DueOn, c.Provisional = p.LastDay, p.Provisional
	if c.SnoozedTo.After(c.DueOn.AddDays(snoozeDays)) {
		c.SnoozedTo = core.Date{}
	}
	return c, nil
}
