// Package opinion keeps what people have to say: complaints, suggestions and
// faults, each answered by one organisation before a day. The rules against
// formalism on the fingertips ask for such a function (国办函〔2026〕12号).
package opinion

import (
	"strings"
	"time"
	"unicode/utf8"

	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Kind says what an opinion is.
type Kind string

// The kinds.
const (
	Complaint  Kind = "complaint"  // something is wrong or too much
	Suggestion Kind = "suggestion" // something could be better
	Fault      Kind = "fault"      // the program does not work as it says
)

// Kinds lists them in the order in which they are offered.
var Kinds = []Kind{Complaint, Suggestion, Fault}

// Title names the kind.
func (k Kind) Title() core.Msg { return core.M("opinion.kind." + string(k)) }

// A State says what became of an opinion.
type State string

// The states.
const (
	Open      State = "open"
	Answered  State = "answered"
	Withdrawn State = "withdrawn" // by whoever gave it
)

// An Opinion is what somebody said, and what was answered.
type Opinion struct {
	Realm     core.RealmID
	ID        core.ID
	Org       core.OrgID // asked to answer
	OrgName   string
	User      core.UserID // who gave it
	Author    string      // the name, if it is named; else ""
	Named     bool
	Kind      Kind
	Page      string
	Words     string
	State     State
	DueOn     core.Date
	Answer    string
	By        core.UserID
	CreatedAt time.Time
	EndedAt   time.Time
	Version   int
}

// New is what somebody wants to say.
type New struct {
	Kind  Kind
	Words string
	Page  string // the pattern of the page, such as "GET /orgs/{org}"; may be empty
	Named bool   // whoever answers sees the name
}

const maxWords = 2000 // characters

func tidy(s string) string { return strings.TrimSpace(s) }

func (n New) check() error {
	var bad core.Fields
	known := false
	for _, k := range Kinds {
		known = known || k == n.Kind
	}
	bad.If(!known, "kind", "opinion.kind.missing")
	bad.If(n.Words == "", "words", "opinion.words.missing")
	bad.If(utf8.RuneCountInString(n.Words) > maxWords, "words", "opinion.words.long", maxWords)
	return bad.Err()
}

func checkAnswer(answer string) error {
	var bad core.Fields
	bad.If(answer == "", "answer", "opinion.answer.missing")
	bad.If(utf8.RuneCountInString(answer) > maxWords, "answer", "opinion.words.long", maxWords)
	return bad.Err()
}

// Totals are what the realm may know of all opinions: numbers, no words.
type Totals struct {
	Given, Open, Overdue, InTime, Late int
}

const columns = `o.realm_id, o.id, o.org_id, g.name, o.user_id, u.name, o.named, o.kind, o.page, o.words, o.state, o.due_on, o.answer,
	o.answered_by, o.created_at, o.ended_at, o.version`

const from = ` FROM opinions o
	JOIN orgs g ON g.realm_id = o.realm_id AND g.id = o.org_id
	JOIN users u ON u.realm_id = o.realm_id AND u.id = o.user_id`

func scan(r db.Row) (o Opinion, err error) {
	err = r.Scan(&o.Realm, &o.ID, &o.Org, &o.OrgName, &o.User, &o.Author, &o.Named, &o.Kind, &o.Page, &o.Words, &o.State, (*db.Date)(&o.DueOn),
		&o.Answer, db.Null(&o.By), (*db.Instant)(&o.CreatedAt), (*db.Instant)(&o.EndedAt), &o.Version)
	if !o.Named {
		o.Author = ""
	}
	return o, err
}

// answerIn is how long an organisation has to answer, in days.
const answerIn = clock.OpinionDays
