package mentoring

import (
	"context"
	"errors"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// requireDeed does something to an agreement in one transaction: f says whether
// this side may and changes the agreement.
func (s *Service) requireDeed(ctx context.Context, who access.Actor, id core.ID, action string, f func(tx *db.Tx, now time.Time, a *Agreement, side Side) error) error {
	now := s.Now()
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, side, err := requireSeen(ctx, tx, who, id, core.DateOf(now))
		if err != nil {
			return err
		}
		if a.State.Over() && action != "answer" {
			return core.Fail(core.Conflict, "mentoring.over")
		}
		was := a.State
		if err := f(tx, now, &a, side); err != nil {
			return err
		}
		if err := save(ctx, tx, who.Realm, &a); err != nil {
			return err
		}
		if err := clocks(ctx, tx, who, now, a); err != nil {
			return err
		}
		return tell(ctx, tx, who, now, a, action, was)
	})
	if core.KindOf(err) == core.Forbidden {
		e := audit.Entry{By: who.By(), Action: "mentoring." + action, Subject: "mentoring", SubjectID: id}
		return errors.Join(err, audit.Refused(ctx, s.DB, now, e, err))
	}
	return err
}

func notYours() error { return core.Fail(core.Forbidden, "mentoring.not_yours") }

func (a *Agreement) move(to State) error {
	if !a.State.May(to) {
		return core.Fail(core.Conflict, "mentoring.move", a.State.Title(), to.Title())
	}
	a.State = to
	return nil
}

func (a *Agreement) end(to State, why Ending, on core.Date) error {
	a.Ending, a.EndedOn = why, on
	return a.move(to)
}

// Sign signs for the actor's own side; whoever keeps the agreements records
// both signatures with the place of the paper. With both, the first month in
// which either may object begins on the day of the start, or today if that has passed.
func (s *Service) Sign(ctx context.Context, who access.Actor, id core.ID, paper string) error {
	tidy(&paper)
	return s.requireDeed(ctx, who, id, "sign", func(_ *db.Tx, now time.Time, a *Agreement, side Side) error {
		today := core.DateOf(now)
		if a.State != Proposed {
			return core.Fail(core.Conflict, "mentoring.signed")
		}
		switch {
		case side.Mentor:
			a.MentorSigned = today
		case side.Apprentice:
			a.ApprenticeSigned = today
		case side.Change && paper == "":
			return core.Fields{"paper": core.M("mentoring.paper.missing")}.Err()
		case side.Change && long(paper, maxTitle):
			return core.Fields{"paper": core.M("mentoring.long", maxTitle)}.Err()
		case side.Change:
			a.MentorSigned, a.ApprenticeSigned, a.Paper = today, today, paper
		default:
			return notYours()
		}
		if a.MentorSigned.IsZero() || a.ApprenticeSigned.IsZero() {
			return nil
		}
		begin := a.StartsOn
		if begin.Before(today) {
			begin = today
		}
		a.ObjectionEndsOn, a.ReviewOn = begin.AddMonths(1), middle(a.StartsOn, a.EndsOn)
		err := a.move(BothAgreed)
		a.settle(today)
		return err
	})
}

// Object ends an agreement in its first month. Either side may, and is asked for
// no reason; nothing says which side it was.
func (s *Service) Object(ctx context.Context, who access.Actor, id core.ID) error {
	return s.requireDeed(ctx, who, id, "object", func(_ *db.Tx, now time.Time, a *Agreement, side Side) error {
		switch {
		case !side.Mentor && !side.Apprentice:
			return notYours()
		case a.State != Proposed && a.State != BothAgreed && a.State != Objection:
			return core.Fail(core.Conflict, "mentoring.objection.over", a.ObjectionEndsOn)
		}
		return a.end(EndedOther, Objected, core.DateOf(now))
	})
}

// AskChange asks for another mentor. The apprentice alone may, at any time, and
// no reason is asked or kept.
func (s *Service) AskChange(ctx context.Context, who access.Actor, id core.ID) error {
	return s.requireDeed(ctx, who, id, "change", func(_ *db.Tx, _ time.Time, a *Agreement, side Side) error {
		if !side.Apprentice {
			return notYours()
		}
		return a.move(ChangeMentor)
	})
}

// Continue ends an agreement whose apprentice gets another mentor and proposes
// the new one: skills, targets and everything that was shown go on in it.
func (s *Service) Continue(ctx context.Context, who access.Actor, id core.ID, mentor core.PersonID, startsOn core.Date) (next Agreement, err error) {
	err = s.requireDeed(ctx, who, id, "continue", func(tx *db.Tx, now time.Time, a *Agreement, side Side) error {
		if !side.Change {
			return notYours()
		}
		if a.State != ChangeMentor {
			return core.Fail(core.Conflict, "mentoring.move", a.State.Title(), ChangeMentor.Title())
		}
		var bad core.Fields
		bad.If(mentor == a.Mentor, "mentor", "mentoring.mentor.old")
		bad.If(mentor == a.Checker && mentor != 0, "mentor", "mentoring.checker.same")
		if err := bad.Err(); err != nil {
			return err
		}
		t := a.Terms
		t.Mentor, t.StartsOn = mentor, startsOn
		if startsOn.IsZero() {
			t.StartsOn = core.DateOf(now)
		}
		t.EarliestOn = t.StartsOn
		if !t.EndsOn.After(t.StartsOn) {
			t.EndsOn = t.StartsOn.AddMonths(6)
		}
		if t.LatestOn.Before(t.EndsOn) {
			t.LatestOn = t.EndsOn
		}
		at, err := places(ctx, tx, who.Realm, *a)
		if err != nil {
			return err
		}
		t.Skills = nil
		for _, p := range at {
			t.Skills = append(t.Skills, Aim{p.Skill, p.Target})
		}
		if next, err = Propose(ctx, tx, who, now, t, a.Root); err != nil {
			return err
		}
		return a.end(EndedOther, Continued, core.DateOf(now))
	})
	return next, err
}

// Review records the mid-review. The third person may, and whoever keeps the
// agreements, but neither of the two.
func (s *Service) Review(ctx context.Context, who access.Actor, id core.ID, verdict State) error {
	return s.requireDeed(ctx, who, id, "review", func(_ *db.Tx, _ time.Time, a *Agreement, side Side) error {
		if side.Mentor || side.Apprentice || !side.Checker && !side.Change {
			return notYours()
		}
		if verdict != OnTrack && verdict != NeedsHelp && verdict != ChangeMentor {
			return core.Fields{"verdict": core.M("mentoring.verdict.missing")}.Err()
		}
		if a.State == Active { // held before its day
			a.State = MidReview
		}
		return a.move(verdict)
	})
}

// Examine records that the exam at the end is held.
func (s *Service) Examine(ctx context.Context, who access.Actor, id core.ID) error {
	return s.requireDeed(ctx, who, id, "exam", func(_ *db.Tx, _ time.Time, a *Agreement, side Side) error {
		if !side.Change {
			return notYours()
		}
		return a.move(Exam)
	})
}

// Finish ends an agreement after the exam: early, if every skill has reached its
// target and the earliest day has come; otherwise from the planned end on.
func (s *Service) Finish(ctx context.Context, who access.Actor, id core.ID, outcome string) error {
	tidy(&outcome)
	return s.requireDeed(ctx, who, id, "finish", func(tx *db.Tx, now time.Time, a *Agreement, side Side) error {
		if !side.Change {
			return notYours()
		}
		var bad core.Fields
		bad.If(outcome == "", "outcome", "mentoring.outcome.missing")
		bad.If(long(outcome, maxWords), "outcome", "mentoring.long", maxWords)
		if err := bad.Err(); err != nil {
			return err
		}
		today := core.DateOf(now)
		a.Outcome = outcome
		if !today.Before(a.EndsOn) {
			return a.end(Finished, "", today)
		}
		at, err := places(ctx, tx, who.Realm, *a)
		if err != nil {
			return err
		}
		if today.Before(a.EarliestOn) {
			return core.Fail(core.Invalid, "mentoring.early.day", a.EarliestOn)
		}
		if !(Profile{Places: at}).Reached() {
			return core.Fail(core.Invalid, "mentoring.early.level", a.EndsOn)
		}
		return a.end(FinishedEarly, "", today)
	})
}

// Extend moves the end, once, after an exam that showed that time is needed, up
// to the latest end of the agreement.
func (s *Service) Extend(ctx context.Context, who access.Actor, id core.ID, to core.Date, reason string) error {
	tidy(&reason)
	return s.requireDeed(ctx, who, id, "extend", func(_ *db.Tx, now time.Time, a *Agreement, side Side) error {
		if !side.Change {
			return notYours()
		}
		if !a.ExtendedOn.IsZero() {
			return core.Fail(core.Invalid, "mentoring.extended", a.ExtendedOn)
		}
		var bad core.Fields
		bad.If(to.IsZero() || !to.After(a.EndsOn), "extended_to", "mentoring.extended_to.before", a.EndsOn)
		bad.If(to.After(a.LatestOn), "extended_to", "mentoring.extended_to.late", a.LatestOn)
		bad.If(reason == "", "reason", "mentoring.reason.missing")
		bad.If(long(reason, maxWords), "reason", "mentoring.long", maxWords)
		if err := bad.Err(); err != nil {
			return err
		}
		a.EndsOn, a.ExtendedOn, a.Extension = to, core.DateOf(now), reason
		return a.move(Extended)
	})
}

// EndTogether says for the actor's side that the agreement ends; with the other
// side's word it does. No reason is asked.
func (s *Service) EndTogether(ctx context.Context, who access.Actor, id core.ID) error {
	return s.requireDeed(ctx, who, id, "end_together", func(_ *db.Tx, now time.Time, a *Agreement, side Side) error {
		today := core.DateOf(now)
		switch {
		case !side.Mentor && !side.Apprentice:
			return notYours()
		case !a.State.May(EndedMutual):
			return core.Fail(core.Conflict, "mentoring.move", a.State.Title(), EndedMutual.Title())
		case side.Mentor:
			a.MentorEnds = today
		default:
			a.ApprenticeEnds = today
		}
		if a.MentorEnds.IsZero() || a.ApprenticeEnds.IsZero() {
			return nil
		}
		return a.end(EndedMutual, "", today)
	})
}

// End ends an agreement for one of Endings.
func (s *Service) End(ctx context.Context, who access.Actor, id core.ID, why Ending) error {
	return s.requireDeed(ctx, who, id, "end", func(_ *db.Tx, now time.Time, a *Agreement, side Side) error {
		if !side.Change {
			return notYours()
		}
		fits := why == Left || why == NotSigned && a.State == Proposed || why == NotPassed && a.State == Exam
		if !fits {
			return core.Fields{"ending": core.M("mentoring.ending.missing")}.Err()
		}
		return a.end(EndedOther, why, core.DateOf(now))
	})
}

// SetChecker names the third person who looks at what was shown.
func (s *Service) SetChecker(ctx context.Context, who access.Actor, id core.ID, checker core.PersonID) error {
	return s.requireDeed(ctx, who, id, "checker", func(tx *db.Tx, _ time.Time, a *Agreement, side Side) error {
		if !side.Change {
			return notYours()
		}
		var bad core.Fields
		bad.If(checker == 0, "checker", "mentoring.checker.missing")
		bad.If(checker != 0 && (checker == a.Mentor || checker == a.Apprentice), "checker", "mentoring.checker.same")
		if err := bad.Err(); err != nil {
			return err
		}
		if err := seen(ctx, tx, who, checker); err != nil {
			return core.Fields{"checker": core.M("mentoring.person.gone")}.Err()
		}
		a.Checker = checker
		return nil
	})
}

// A Minute is what is written down for a month.
type Minute struct {
	MetOn       core.Date
	Topic, Next string
}

// WriteNote writes the note of the month of the day on which they met, or
// writes it anew; the writer confirms it by that, and the other side has to.
func (s *Service) WriteNote(ctx context.Context, who access.Actor, id core.ID, m Minute) error {
	tidy(&m.Topic, &m.Next)
	return s.requireDeed(ctx, who, id, "note", func(tx *db.Tx, now time.Time, a *Agreement, side Side) error {
		if !side.Mentor && !side.Apprentice {
			return notYours()
		}
		today := core.DateOf(now)
		var bad core.Fields
		bad.If(m.MetOn.IsZero(), "met_on", "mentoring.day.missing")
		bad.If(m.MetOn.After(today), "met_on", "mentoring.met_on.future")
		bad.If(!m.MetOn.IsZero() && m.MetOn.Before(a.StartsOn), "met_on", "mentoring.met_on.early", a.StartsOn)
		bad.If(m.Topic == "", "topic", "mentoring.topic.missing")
		bad.If(long(m.Topic, maxWords), "topic", "mentoring.long", maxWords)
		bad.If(long(m.Next, maxWords), "next_step", "mentoring.long", maxWords)
		if err := bad.Err(); err != nil {
			return err
		}
		if !a.State.Runs() {
			return core.Fail(core.Conflict, "mentoring.unsigned")
		}
		mentor, apprentice := core.Date{}, today
		if side.Mentor {
			mentor, apprentice = today, core.Date{}
		}
		month := core.NewDate(m.MetOn.Year, m.MetOn.Month, 1)
		_, err := tx.Exec(ctx, `
			INSERT INTO mentoring_notes (realm_id, id, mentoring_id, month, met_on, topic, next_step, mentor_on, apprentice_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (realm_id, mentoring_id, month) DO UPDATE SET met_on = excluded.met_on, topic = excluded.topic, next_step = excluded.next_step,
				mentor_on = excluded.mentor_on, apprentice_on = excluded.apprentice_on`,
			who.Realm, core.NewID(now), a.ID, db.Date(month), db.Date(m.MetOn), m.Topic, m.Next, db.Date(mentor), db.Date(apprentice))
		return err
	})
}

// ConfirmNote confirms a note for the actor's side.
func (s *Service) ConfirmNote(ctx context.Context, who access.Actor, id, note core.ID) error {
	return s.requireDeed(ctx, who, id, "note_confirm", func(tx *db.Tx, now time.Time, a *Agreement, side Side) error {
		column := "mentor_on"
		if side.Apprentice {
			column = "apprentice_on"
		} else if !side.Mentor {
			return notYours()
		}
		n, err := tx.Exec(ctx, `UPDATE mentoring_notes SET `+column+` = coalesce(`+column+`, $4) WHERE realm_id = $1 AND mentoring_id = $2 AND id = $3`,
			who.Realm, a.ID, note, db.Date(core.DateOf(now)))
		if err == nil && n == 0 {
			err = core.NotFound
		}
		return err
	})
}

// Answer takes what the apprentice says of mentors, once an agreement. It is
// added to the counts of the enterprise and the year and is kept nowhere else.
func (s *Service) Answer(ctx context.Context, who access.Actor, id core.ID, replies map[string]string) error {
	return s.requireDeed(ctx, who, id, "answer", func(tx *db.Tx, now time.Time, a *Agreement, side Side) error {
		switch {
		case !side.Apprentice:
			return notYours()
		case a.Answered:
			return core.Fail(core.Conflict, "mentoring.answered")
		case a.Enterprise == 0 || !a.State.Runs() && a.State != Finished && a.State != FinishedEarly:
			return core.Fail(core.Conflict, "mentoring.unsigned")
		}
		var bad core.Fields
		for _, q := range Questions {
			bad.If(!strings.Contains(" "+strings.Join(Replies, " ")+" ", " "+replies[q]+" ") || replies[q] == "", q, "mentoring.answer.missing")
		}
		if err := bad.Err(); err != nil {
			return err
		}
		a.Answered = true
		for _, q := range Questions {
			if _, err := tx.Exec(ctx, `
				INSERT INTO mentor_answers (realm_id, enterprise_id, year, question, answer, given) VALUES ($1, $2, $3, $4, $5, 1)
				ON CONFLICT (realm_id, enterprise_id, year, question, answer) DO UPDATE SET given = mentor_answers.given + 1`,
				who.Realm, a.Enterprise, core.DateOf(now).Year, q, replies[q]); err != nil {
				return err
			}
		}
		return nil
	})
}
