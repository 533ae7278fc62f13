package post

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/rule"
	"tongpin/internal/setting"
)

// A Service is what pages and programs call. Calendars count the working days
// of a public notice.
type Service struct {
	DB        *db.DB
	Now       core.Now
	Calendars func() (rule.Calendars, error)
}

// require says what the actor may do with a post: see it at all (else
// core.NotFound), change it, read names.
func require(ctx context.Context, q db.Querier, who access.Actor, p Post) (change, names bool, err error) {
	me, err := access.Person(ctx, q, who)
	if err != nil {
		return false, false, err
	}
	own := me != 0 && me == p.Holder
	seen := access.Require(ctx, q, who, access.SeeWork, p.Org)
	if seen != nil && p.Enterprise != 0 {
		seen = access.RequireEnterprise(ctx, q, who, access.SeeWork, p.Enterprise)
	}
	switch {
	case seen != nil && !errors.Is(seen, core.NotFound) && !errors.Is(seen, core.Forbidden):
		return false, false, seen
	case seen != nil && !own:
		return false, false, core.NotFound
	}
	change = access.Require(ctx, q, who, access.ChangeWork, p.Org) == nil
	names = own || access.Require(ctx, q, who, access.SeePeople, p.Org) == nil
	return change, names, nil
}

func (s *Service) requirePost(ctx context.Context, q db.Querier, who access.Actor, id core.ID) (p Post, change, names bool, err error) {
	if p, err = find(ctx, q, who.Realm, id); err != nil {
		return Post{}, false, false, err
	}
	if change, names, err = require(ctx, q, who, p); err != nil {
		return Post{}, false, false, err
	}
	return p, change, names, nil
}

// requireChange returns a post that the actor may change, in the version that
// was seen; zero is whichever there is.
func (s *Service) requireChange(ctx context.Context, q db.Querier, who access.Actor, id core.ID, version int) (Post, error) {
	p, change, _, err := s.requirePost(ctx, q, who, id)
	switch {
	case err != nil:
		return Post{}, err
	case !change:
		return Post{}, core.Fail(core.Forbidden, "access.change.work")
	case version != 0 && version != p.Version:
		return Post{}, core.Fail(core.Conflict, "post.stale")
	}
	return p, nil
}

// requireHolder is requireChange for what the holder may do as well.
func (s *Service) requireHolder(ctx context.Context, q db.Querier, who access.Actor, id core.ID) (Post, error) {
	p, change, _, err := s.requirePost(ctx, q, who, id)
	if err != nil {
		return Post{}, err
	}
	me, err := access.Person(ctx, q, who)
	switch {
	case err != nil:
		return Post{}, err
	case !change && (me == 0 || me != p.Holder):
		return Post{}, core.Fail(core.Forbidden, "access.change.work")
	}
	return p, nil
}

// Apply asks for a post. Whoever changes work in the organisation may ask for
// anybody there; everybody else there for himself or herself alone.
func (s *Service) Apply(ctx context.Context, who access.Actor, a Application) (Post, error) {
	now := s.Now()
	var p Post
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := requireApplicant(ctx, tx, who, &a); err != nil {
			return err
		}
		if err := a.check(); err != nil {
			return err
		}
		if err := fits(ctx, tx, who.Realm, a); err != nil {
			return err
		}
		p = Post{
			ID: core.NewID(now), Realm: who.Realm, Org: a.Org, Enterprise: a.Enterprise, Kind: a.Kind, Theme: a.Theme, Title: a.Title, Place: a.Place, Duty: a.Duty,
			Promise: a.Promise, Holder: a.Holder, Team: a.Team, Months: a.Months, State: Applied, Version: 1,
		}
		if err := insert(ctx, tx, p, who.User, db.Instant(now)); err != nil {
			return err
		}
		return tell(ctx, tx, who, now, p, "post.apply", "", map[string]any{"kind": p.Kind, "theme": p.Theme})
	})
	return p, err
}

func requireApplicant(ctx context.Context, q db.Querier, who access.Actor, a *Application) error {
	if err := access.Require(ctx, q, who, access.SeeWork, a.Org); err != nil {
		return err
	}
	err := access.Require(ctx, q, who, access.ChangeWork, a.Org)
	if err == nil || !errors.Is(err, core.Forbidden) {
		return err
	}
	me, failed := access.Person(ctx, q, who)
	if failed != nil {
		return failed
	}
	if me == 0 || a.Kind == Collective || a.Holder != 0 && a.Holder != me {
		return err
	}
	a.Holder = me
	return nil
}

// fits looks that holder, team and enterprise belong to the organisation.
func fits(ctx context.Context, q db.Querier, realm core.RealmID, a Application) error {
	var f core.Fields
	if a.Holder != 0 {
		ok, err := inside(ctx, q, realm, a.Org, a.Holder)
		if err != nil {
			return err
		}
		f.If(!ok, "holder", "post.holder.unknown")
	}
	if a.Enterprise != 0 {
		n, err := db.One(ctx, q, db.Int, `
			SELECT count(*) FROM enterprises e JOIN orgs o ON o.realm_id = e.realm_id AND o.id = $3
			WHERE e.realm_id = $1 AND e.id = $2 AND (substr(e.path, 1, length(o.path)) = o.path OR substr(o.path, 1, length(e.path)) = e.path)`, realm, a.Enterprise, a.Org)
		if err != nil {
			return err
		}
		f.If(n == 0, "enterprise", "post.enterprise.unknown")
	}
	if a.Team != 0 {
		n, err := db.One(ctx, q, db.Int, `SELECT count(*) FROM teams WHERE realm_id = $1 AND id = $2 AND enterprise_id = $3 AND ended_on IS NULL`, realm, a.Team, a.Enterprise)
		if err != nil {
			return err
		}
		f.If(n == 0, "team", "post.team.unknown")
	}
	return f.Err()
}

// inside reports whether a person's record is kept in the organisation or below.
func inside(ctx context.Context, q db.Querier, realm core.RealmID, org core.OrgID, person core.PersonID) (bool, error) {
	n, err := db.One(ctx, q, db.Int, `
		SELECT count(*) FROM persons p JOIN orgs o ON o.realm_id = p.realm_id AND o.id = $3
		WHERE p.realm_id = $1 AND p.id = $2 AND p.removed_at IS NULL AND substr(p.at_path, 1, length(o.path)) = o.path`, realm, person, org)
	return n > 0, err
}

// A Step moves a post on. Which of its fields are needed depends on To.
type Step struct {
	To      State
	On      core.Date // of BranchOK, PublicNotice, Named, Active, Ended; today if zero
	Until   core.Date // last day of the term, of Named
	Number  string    // of the plate, of Named
	Reason  string    // of Refused, Ended, and of a review before its day
	Version int
}

// Move takes a step that is not a review. A step that Moves does not know is
// core.Conflict.
func (s *Service) Move(ctx context.Context, who access.Actor, id core.ID, step Step) (p Post, err error) {
	now := s.Now()
	today := core.DateOf(now)
	step.Reason, step.Number = strings.TrimSpace(step.Reason), strings.TrimSpace(step.Number)
	if step.On.IsZero() {
		step.On = today
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if p, err = s.requireChange(ctx, tx, who, id, step.Version); err != nil {
			return err
		}
		was := p.State
		at := p.On(today)
		if !slices.Contains(States, step.To) || slices.Contains(Decisions, step.To) || !was.may(step.To) && !at.may(step.To) {
			return core.Fail(core.Conflict, "post.step.impossible", p.State.Title(), step.To.Title())
		}
		if err := step.check(p, today); err != nil {
			return err
		}
		if err := s.apply(ctx, tx, now, &p, step); err != nil {
			return err
		}
		p.State = step.To
		if err := save(ctx, tx, p); err != nil {
			return err
		}
		p.Version++
		if err := clocks(ctx, tx, now, p, who.User); err != nil {
			return err
		}
		return tell(ctx, tx, who, now, p, "post."+string(step.To), was, map[string]any{"on": step.On})
	})
	return p, err
}

func (step Step) check(p Post, today core.Date) error {
	var f core.Fields
	f.If(step.On.After(today), "on", "post.day.future", today)
	f.If((step.To == Refused || step.To == Ended) && step.Reason == "", "reason", "post.reason.missing")
	f.If(utf8.RuneCountInString(step.Reason) > 300, "reason", "post.words.long", 300)
	switch step.To {
	case Named:
		f.If(!step.On.After(p.NoticeTo), "on", "post.notice.running", p.NoticeTo)
		f.If(step.Until.IsZero(), "until", "post.to.missing")
		f.If(!step.Until.IsZero() && !step.Until.After(step.On), "until", "post.to.before")
		f.If(step.Number == "", "number", "post.number.missing")
		f.If(utf8.RuneCountInString(step.Number) > 30, "number", "post.words.long", 30)
	case Active:
		f.If(step.On.Before(p.From), "on", "post.day.before", p.From)
	case ReviewDue:
		f.If(step.Reason == "" && !p.ReviewOn.IsZero() && today.Before(p.ReviewOn), "reason", "post.review.early", p.ReviewOn)
	case Ended:
		f.If(!p.From.IsZero() && step.On.Before(p.From), "on", "post.day.before", p.From)
	}
	return f.Err()
}

// apply writes what a step changes besides the state.
func (s *Service) apply(ctx context.Context, tx *db.Tx, now time.Time, p *Post, step Step) error {
	switch step.To {
	case PublicNotice:
		cs, err := s.Calendars()
		if err != nil {
			return err
		}
		rules, err := setting.Rules(ctx, tx, p.Realm)
		if err != nil {
			return err
		}
		c := clock.PublicNoticeOf(clock.OfPost, p.ID, p.Org, step.On, rules.PostNoticeDays, rule.Exclude, cs)
		p.NoticeFrom, p.NoticeTo = step.On, c.DueOn
		return clock.Start(ctx, tx, now, p.Realm, c)
	case Named:
		n, err := db.One(ctx, tx, db.Int, `SELECT count(*) FROM posts WHERE realm_id = $1 AND number = $2`, p.Realm, step.Number)
		if err != nil {
			return err
		}
		var f core.Fields
		f.If(n > 0, "number", "post.number.taken", step.Number)
		if err := f.Err(); err != nil {
			return err
		}
		p.From, p.To, p.Number = step.On, step.Until, step.Number
		p.ReviewOn = p.From.AddMonths(p.Months)
		p.Slug, p.Check = strings.ToLower(rand.Text()), checkCode() // rand.Text has at least 128 bits
	case Active:
		if p.State == Rested {
			p.ReviewOn = step.On.AddMonths(p.Months)
		}
	case Refused, Ended:
		p.Reason, p.EndedOn = step.Reason, step.On
	}
	return nil
}

// checkCode is what is printed beside the address, to compare by eye: eight
// characters without those that look alike.
func checkCode() string {
	const letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ" // 32: no bias below
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	for i := range b {
		b[i] = letters[b[i]&31]
	}
	return string(b[:4]) + "-" + string(b[4:])
}

// clocks starts and stops the deadlines that belong to a post's state.
func clocks(ctx context.Context, tx *db.Tx, now time.Time, p Post, by core.UserID) error {
	if p.State != PublicNotice {
		if err := clock.Stop(ctx, tx, now, p.Realm, clock.PublicNotice, p.ID, clock.Done, by); err != nil {
			return err
		}
	}
	if !p.State.Holds() {
		for _, k := range []clock.Kind{clock.PostReview, clock.PostEnd} {
			if err := clock.Stop(ctx, tx, now, p.Realm, k, p.ID, clock.Done, by); err != nil {
				return err
			}
		}
		return nil
	}
	if err := clock.Start(ctx, tx, now, p.Realm, clock.PostReviewOf(p.ID, p.Org, p.From, p.ReviewOn)); err != nil {
		return err
	}
	return clock.Start(ctx, tx, now, p.Realm, clock.PostEndOf(p.ID, p.Org, p.From, p.To))
}

// Review records a review and its decision. A post whose review day has not
// come is core.Conflict until somebody calls the review with Move.
func (s *Service) Review(ctx context.Context, who access.Actor, id core.ID, r Review) (p Post, err error) {
	now := s.Now()
	today := core.DateOf(now)
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if p, err = s.requireChange(ctx, tx, who, id, r.Version); err != nil {
			return err
		}
		was := p.State
		if at := p.On(today); at != ReviewDue {
			return core.Fail(core.Conflict, "post.review.not_due", p.State.Title())
		}
		if err := r.check(p, today); err != nil {
			return err
		}
		r.ID = core.NewID(now)
		_, err := tx.Exec(ctx, `
			INSERT INTO post_reviews (realm_id, id, post_id, reviewed_on, panel, opinion, findings, decision, recorded_by, recorded_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			who.Realm, r.ID, id, db.Date(r.On), r.Panel, r.Opinion, r.Text, r.Decision, db.Null(&who.User), db.Instant(now))
		if err != nil {
			return err
		}
		p.State = r.Decision
		switch r.Decision {
		case Renewed:
			p.To, p.ReviewOn = r.To, r.On.AddMonths(p.Months)
		case Withdrawn:
			p.TalkOn, p.EndedOn, p.Reason = r.TalkOn, r.On, r.Text
		}
		if err := save(ctx, tx, p); err != nil {
			return err
		}
		p.Version++
		if err := clocks(ctx, tx, now, p, who.User); err != nil {
			return err
		}
		return tell(ctx, tx, who, now, p, "post."+string(r.Decision), was, map[string]any{"reviewed_on": r.On})
	})
	return p, err
}

func tell(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, p Post, action string, was State, after map[string]any) error {
	e := audit.Entry{By: who.By(), Action: action, Org: p.Org, Subject: "post", SubjectID: p.ID, After: after}
	if was != "" && was != p.State {
		e.Before = map[string]any{"state": was}
		after["state"] = p.State
	}
	return audit.Write(ctx, tx, now, e)
}
