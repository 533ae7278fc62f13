// Package clock is the one mechanism for every deadline of the product. A clock
// is started by a fact, computed by a rule, and runs until a fact or a person
// ends it; exactly one organisation is responsible for it at every moment.
package clock

import (
	"context"
	"encoding/json"
	"maps"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Kind says what a clock waits for.
type Kind string

// The kinds. kinds.go computes their days.
const (
	Term            Kind = "term"             // a term of office ends
	Establish       Kind = "establish"        // an enterprise with three full members has no organisation of its own
	FirstVisit      Kind = "first_visit"      // a registered enterprise has not been visited
	Recheck         Kind = "recheck"          // what is known of an enterprise grows old
	AppointmentEnd  Kind = "appointment_end"  // an instructor's or liaison's appointment ends
	Visit           Kind = "visit"            // an instructor's next visit
	Plan            Kind = "plan"             // the day on which an enterprise is planned to be covered
	Committee       Kind = "committee"        // a branch of seven full members has no committee
	JointSplit      Kind = "joint_split"      // a unit of a joint branch has three full members of its own
	PublicNotice    Kind = "public_notice"    // a public notice is up
	Opinion         Kind = "opinion"          // somebody's complaint or suggestion waits for an answer
	Correction      Kind = "correction"       // somebody asks to have an item of the own record corrected
	WorkEnd         Kind = "work_end"         // the day on which a project or topic ends by its charter
	FrontEnd        Kind = "front_end"        // the last day of an action branch
	ProblemDue      Kind = "problem_due"      // the day by which a problem is to be solved
	ProblemAsk      Kind = "problem_ask"      // an organisation was asked for help with a problem
	PostReview      Kind = "post_review"      // a demonstration post is to be reviewed
	PostEnd         Kind = "post_end"         // the term of a demonstration post ends
	MentorObjection Kind = "mentor_objection" // the first month of a mentor's agreement, in which either side may object
	MentorNote      Kind = "mentor_note"      // the note of the month that mentor and apprentice confirm
	MentorReview    Kind = "mentor_review"    // half of a mentor's agreement is over
	MentorEnd       Kind = "mentor_end"       // a mentor's agreement ends
)

// Kinds lists them in the order in which they are offered.
var Kinds = []Kind{Term, Establish, JointSplit, Committee, FirstVisit, Visit, Plan, AppointmentEnd, Recheck, PublicNotice, Opinion, Correction, WorkEnd, FrontEnd, ProblemDue, ProblemAsk, PostReview, PostEnd, MentorObjection, MentorNote, MentorReview, MentorEnd}

// Title names the kind, in the words of a list.
func (k Kind) Title() core.Msg { return core.M("clock_kind." + string(k)) }

// What a clock is about.
const (
	OfOrg         = "org"
	OfEnterprise  = "enterprise"
	OfAppointment = "appointment"
	OfOpinion     = "opinion"
	OfCorrection  = "correction"
	OfProject     = "project"
	OfFront       = "front"
	OfProblem     = "problem"
	OfPost        = "post"
	OfMentoring   = "mentoring"
)

// titled is every subject whose name is a column of its own table; a new one is
// a line here and its address in package web.
var titled = []struct{ subject, table, column string }{
	{OfProject, "projects", "title"},
	{OfFront, "fronts", "title"},
	{OfProblem, "problems", "title"},
	{OfPost, "posts", "title"},
	{OfMentoring, "mentorings", "title"},
}

// A State says whether a clock runs.
type State string

// The states.
const (
	Running State = "running"
	Done    State = "done"    // what it waited for has happened
	Dropped State = "dropped" // it no longer applies
)

// New is a clock to start. The functions of kinds.go make it from facts.
type New struct {
	Kind      Kind
	Subject   string // OfOrg, OfEnterprise, one of the above
	SubjectID core.ID
	Org       core.OrgID // responsible
	StartedOn core.Date  // the day of the fact that started it
	RemindOn  core.Date  // it is shown from this day
	DueOn     core.Date  // the last day
	Rule      string     // a rule of package rule, or one of ours: clock.KIND
	Version   string
	Input     map[string]any // the facts, so that the days can be computed again
	// Provisional days rest on a calendar whose notice is not out yet.
	Provisional bool
}

// Start starts a clock. A running clock of the same kind and subject gives way
// to it; if the last day stays the same, it is the same deadline and keeps its
// snooze and whoever it was handed to, unless another organisation than before
// is responsible by the facts.
func Start(ctx context.Context, tx *db.Tx, now time.Time, realm core.RealmID, n New) error {
	running, err := db.All(ctx, tx, scanBase, `
		SELECT id, org_id, due_on, input FROM clocks
		WHERE realm_id = $1 AND kind = $2 AND subject_id = $3 AND ended_at IS NULL`,
		realm, n.Kind, n.SubjectID)
	if err != nil {
		return err
	}
	if len(running) == 0 {
		return insert(ctx, tx, now, realm, []New{n})
	}
	was := running[0]
	if was.due == n.DueOn {
		return renew(ctx, tx, realm, was, n)
	}
	_, err = tx.Exec(ctx, `
		UPDATE clocks SET state = $3, ended_at = $4 WHERE realm_id = $1 AND id = $2`,
		realm, was.id, Dropped, db.Instant(now))
	if err != nil {
		return err
	}
	return insert(ctx, tx, now, realm, []New{n})
}

// StartMany starts clocks of subjects that are known to have none of the kind
// yet, such as freshly imported ones; core.Conflict if one has.
func StartMany(ctx context.Context, tx *db.Tx, now time.Time, realm core.RealmID, all []New) error {
	return insert(ctx, tx, now, realm, all)
}

// Stop ends the running clock of that kind and subject, if there is one.
func Stop(ctx context.Context, tx *db.Tx, now time.Time, realm core.RealmID, kind Kind, subject core.ID, state State, by core.UserID) error {
	_, err := tx.Exec(ctx, `
		UPDATE clocks SET state = $4, ended_at = $5, ended_by = $6
		WHERE realm_id = $1 AND kind = $2 AND subject_id = $3 AND ended_at IS NULL`,
		realm, kind, subject, state, db.Instant(now), db.Null(&by))
	return err
}

// StopAll ends every running clock of a subject, as when it is dissolved.
func StopAll(ctx context.Context, tx *db.Tx, now time.Time, realm core.RealmID, subject core.ID, by core.UserID) error {
	for _, kind := range Kinds {
		if err := Stop(ctx, tx, now, realm, kind, subject, Dropped, by); err != nil {
			return err
		}
	}
	return nil
}

// Reassign hands every running clock of one organisation to another: a merger,
// a dissolution.
func Reassign(ctx context.Context, tx *db.Tx, realm core.RealmID, from, to core.OrgID) error {
	_, err := tx.Exec(ctx, `
		UPDATE clocks SET org_id = $3, user_id = NULL WHERE realm_id = $1 AND org_id = $2 AND ended_at IS NULL`,
		realm, from, to)
	return err
}

// Follow hands the running clocks of a subject to the organisation that looks
// after it now. Clocks of an appointment follow under the appointment's id.
func Follow(ctx context.Context, tx *db.Tx, realm core.RealmID, subject core.ID, to core.OrgID) error {
	for _, kind := range Kinds {
		_, err := tx.Exec(ctx, `
			UPDATE clocks SET org_id = $4, user_id = NULL
			WHERE realm_id = $1 AND kind = $2 AND subject_id = $3 AND org_id <> $4 AND ended_at IS NULL`,
			realm, kind, subject, to)
		if err != nil {
			return err
		}
	}
	return nil
}

// base is what Start needs to know of a running clock.
type base struct {
	id    core.ID
	org   core.OrgID
	due   core.Date
	input string
}

func scanBase(r db.Row) (b base, err error) {
	return b, r.Scan(&b.id, &b.org, (*db.Date)(&b.due), &b.input)
}

// renew writes the facts of n into a running clock with the same last day.
func renew(ctx context.Context, tx *db.Tx, realm core.RealmID, was base, n New) error {
	var old struct {
		Org string `json:"org"`
	}
	if err := json.Unmarshal([]byte(was.input), &old); err != nil {
		return err
	}
	input, err := n.input()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE clocks SET rule = $3, version = $4, started_on = $5, input = $6, remind_on = $7, provisional = $8
		WHERE realm_id = $1 AND id = $2`,
		realm, was.id, n.Rule, n.Version, db.Date(n.StartedOn), input, db.Date(n.RemindOn), n.Provisional)
	if err != nil || n.Org.String() == old.Org || n.Org == was.org {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE clocks SET org_id = $3, user_id = NULL WHERE realm_id = $1 AND id = $2`, realm, was.id, n.Org)
	return err
}

// input is the facts as JSON, with the organisation that they make responsible.
func (n New) input() (string, error) {
	facts := maps.Clone(n.Input)
	if facts == nil {
		facts = map[string]any{}
	}
	facts["org"] = n.Org
	b, err := json.Marshal(facts)
	return string(b), err
}

const insertColumns = `id, realm_id, kind, rule, version, subject, subject_id, org_id, started_on, input, remind_on, due_on, provisional, state, reason, created_at`

func insert(ctx context.Context, tx *db.Tx, now time.Time, realm core.RealmID, all []New) error {
	rows := make([][]any, len(all))
	for i, n := range all {
		input, err := n.input()
		if err != nil {
			return err
		}
		rows[i] = []any{
			core.NewID(now), realm, n.Kind, n.Rule, n.Version, n.Subject, n.SubjectID, n.Org, db.Date(n.StartedOn), input,
			db.Date(n.RemindOn), db.Date(n.DueOn), n.Provisional, Running, "", db.Instant(now),
		}
	}
	return db.Insert(ctx, tx, "clocks", insertColumns, rows)
}
