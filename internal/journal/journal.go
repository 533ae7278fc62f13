// Package journal is what those who may read the journal find in it: entries by
// who, what, where and when, and what each of them changed.
package journal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Service is what pages call. Now tells the time in the realm's zone.
type Service struct {
	DB  *db.DB
	Now core.Now
}

// Families are what actions begin with, in the order in which they are offered.
var Families = []string{
	"session", "user", "grant", "factor", "token", "page", "org", "term", "officer", "enterprise", "hosting", "grouping", "appointment", "mass_body", "plan",
	"visit", "team", "person", "membership", "import", "export", "clock", "opinion", "project", "front", "problem", "mentoring", "fact", "post", "duty_area", "figure", "job", "correction", "setting", "retention",
}

// Outcomes are what may come of an action.
var Outcomes = []string{audit.Done, audit.Denied, audit.Failed}

// A Query says which entries are meant. What is zero is no condition, but for
// Under.
type Query struct {
	Under    core.OrgID // and everything below it; at the top also what belongs to no organisation
	User     core.UserID
	Family   string // of Families
	Outcome  string // of Outcomes
	Subject  core.ID
	From, To core.Date // both days included
	Before   core.ID   // entries older than this one
	Size     int       // rows of a page
}

// Check returns what is wrong with a query.
func (q Query) Check() error {
	var f core.Fields
	f.If(q.Family != "" && !slices.Contains(Families, q.Family), "family", "journal.family.unknown")
	f.If(q.Outcome != "" && !slices.Contains(Outcomes, q.Outcome), "outcome", "journal.outcome.unknown")
	f.If(!q.From.IsZero() && !q.To.IsZero() && q.To.Before(q.From), "to", "journal.to.before")
	return f.Err()
}

// A Row is an entry with the names of what it speaks of.
type Row struct {
	ID          core.ID
	At          time.Time
	Via         string
	User        core.UserID
	Who         string // name of the account; "" for nobody of the realm
	Action      string
	Outcome     string
	Org         core.OrgID
	OrgName     string
	Subject     string
	SubjectID   core.ID
	SubjectName string // of an organisation, enterprise or account; never of a person
	Changes     []Change
	Note        string
	Seq         int64 // of its link; zero while it waits for one
	Whole       bool  // it is as it was written
	Erased      bool  // what it said of a person was erased by rule
}

// A Change is one value that is not what it was before.
type Change struct {
	Field    string
	From, To string
	Hidden   bool // a person's: whoever reads the journal sees that it changed, not what it is
}

// open is what may be read of a person's record: where, as what, from when, and
// why it was opened.
var open = []string{"org", "from", "to", "on", "kind", "field", "purpose", "count", "batch"}

// dull is what says nothing to a reader.
var dull = []string{"path", "version", "subjects_hash"}

// changes compares the two states of an entry.
func changes(e audit.Entry) []Change {
	before, after := fields(e.Before), fields(e.After)
	var all []Change
	for name := range union(before, after) {
		c := Change{Field: name, From: before[name], To: after[name]}
		if c.From == c.To || slices.Contains(dull, name) {
			continue
		}
		if e.Subject == "person" && !slices.Contains(open, name) {
			c.From, c.To, c.Hidden = "", "", true
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Change) int { return cmp.Compare(a.Field, b.Field) })
	return all
}

func union(a, b map[string]string) map[string]bool {
	all := map[string]bool{}
	for name := range a {
		all[name] = true
	}
	for name := range b {
		all[name] = true
	}
	return all
}

// fields reads a state as it was written: an object, or one value.
func fields(state any) map[string]string {
	b, _ := state.(json.RawMessage)
	if b == nil {
		return nil
	}
	var object map[string]any
	if json.Unmarshal(b, &object) != nil {
		var v any
		if json.Unmarshal(b, &v) != nil {
			return nil // Row.Whole says so
		}
		return map[string]string{"value": word(v)}
	}
	all := map[string]string{}
	for name, v := range object {
		all[name] = word(v)
	}
	return all
}

// word writes a value as it stands in JSON, text without its quotes.
func word(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
