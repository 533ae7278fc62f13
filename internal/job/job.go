// Package job does work that takes longer than a page may: it is queued in the
// transaction that asks for it, leased by one worker at a time, taken up again
// when a worker dies, and shows how far it is.
package job

import (
	"encoding/json"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// An ID names a job.
type ID = core.ID

// A Kind says what a job does. Whoever handles a kind gives it a name in the
// catalogs: job_kind.KIND.
type Kind string

// A State says how far a job is.
type State string

// The states.
const (
	Waiting   State = "waiting"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Title returns the word for the state.
func (s State) Title() core.Msg { return core.M("job_state." + string(s)) }

// Ended reports whether the state is final.
func (s State) Ended() bool { return s == Done || s == Failed || s == Cancelled }

// A Job is one piece of work.
type Job struct {
	Realm     core.RealmID
	ID        ID
	Kind      Kind
	Subject   core.ID    // what it works on, such as a batch
	Org       core.OrgID // where; zero if nowhere in particular
	State     State
	Done      int
	Total     int
	Message   core.Msg // why it failed
	Cancel    bool     // somebody asked it to stop
	Tries     int      // how often a worker has taken it; it numbers the run
	CreatedBy core.UserID
	CreatedAt time.Time
	StartedAt time.Time
	EndedAt   time.Time
}

// Title names what the job does.
func (j Job) Title() core.Msg { return core.M("job_kind." + string(j.Kind)) }

// Share returns how much is done.
func (j Job) Share() core.Share { return core.Share{Num: min(j.Done, j.Total), Den: j.Total} }

// Actor returns on whose behalf the job works: the user who asked for it, with
// the rights of now, or the machine's administrator. Every step of a handler
// asks access anew.
func (j Job) Actor() access.Actor {
	return access.Actor{Realm: j.Realm, User: j.CreatedBy, Via: audit.Server, Machine: j.CreatedBy == 0}
}

const columns = `j.realm_id, j.id, j.kind, j.subject_id, j.org_id, j.state, j.done, j.total, j.message, j.cancel, j.tries, j.created_by, j.created_at, j.started_at, j.ended_at`

func scan(r db.Row) (j Job, err error) {
	var message string
	err = r.Scan(&j.Realm, &j.ID, &j.Kind, db.Null(&j.Subject), db.Null(&j.Org), &j.State, &j.Done, &j.Total, &message, &j.Cancel, &j.Tries,
		db.Null(&j.CreatedBy), (*db.Instant)(&j.CreatedAt), (*db.Instant)(&j.StartedAt), (*db.Instant)(&j.EndedAt))
	if err == nil {
		j.Message = decode(message)
	}
	return j, err
}

// sentence is a core.Msg on its way to or from the database.
type sentence struct {
	Key  string `json:"key"`
	Args []arg  `json:"args,omitempty"`
}

// arg is one argument, by its type.
type arg struct {
	Text   *string    `json:"text,omitempty"`
	Number *int       `json:"number,omitempty"`
	Day    *core.Date `json:"day,omitempty"`
	Msg    *sentence  `json:"msg,omitempty"`
}

func encode(m core.Msg) string {
	if m.IsZero() {
		return ""
	}
	b, err := json.Marshal(pack(m))
	if err != nil {
		panic(err) // strings, numbers and days always encode
	}
	return string(b)
}

func pack(m core.Msg) sentence {
	s := sentence{Key: m.Key}
	for _, a := range m.Args {
		switch v := a.(type) {
		case int:
			s.Args = append(s.Args, arg{Number: &v})
		case core.Date:
			s.Args = append(s.Args, arg{Day: &v})
		case core.Msg:
			inner := pack(v)
			s.Args = append(s.Args, arg{Msg: &inner})
		default:
			text := textOf(v)
			s.Args = append(s.Args, arg{Text: &text})
		}
	}
	return s
}

func textOf(v any) string {
	switch t := v.(type) {
	case string:
		return t
	case interface{ String() string }:
		return t.String()
	}
	return ""
}

func decode(message string) core.Msg {
	var s sentence
	if message == "" || json.Unmarshal([]byte(message), &s) != nil {
		return core.Msg{}
	}
	return unpack(s)
}

func unpack(s sentence) core.Msg {
	m := core.M(s.Key)
	for _, a := range s.Args {
		switch {
		case a.Number != nil:
			m.Args = append(m.Args, *a.Number)
		case a.Day != nil:
			m.Args = append(m.Args, *a.Day)
		case a.Msg != nil:
			m.Args = append(m.Args, unpack(*a.Msg))
		case a.Text != nil:
			m.Args = append(m.Args, *a.Text)
		}
	}
	return m
}
