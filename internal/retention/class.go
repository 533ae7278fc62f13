// Package retention says how long each kind of record is kept, lists what is
// due, and deletes or erases it by rule. The journal tells of every run with
// the ids of records and no word of theirs.
package retention

import (
	"time"

	"tongpin/internal/core"
	"tongpin/internal/rule"
)

// What happens to a record when its period is over.
const (
	Delete = "delete" // the rows go
	Erase  = "erase"  // what tells of a person goes; what figures of past days need stays
	Keep   = "keep"   // the record holds nobody's data, or is the proof of the others
)

// LogFloor is how many days logs and what the journal says are kept at the
// least (Cybersecurity Law art. 23 (3): six months).
const LogFloor = 180

// A Class is a kind of record with one period. Its words are in the catalogs:
// retention.class.KEY and retention.class.KEY.after.
type Class struct {
	Key     string
	Deed    string
	Years   int // the period that the program comes with, in years or in days
	Days    int
	Floor   int    // days below which no setting may lead; zero for none
	Setting string // the setting of the realm that holds the period; "" for a fixed one
	Basis   string // what the period rests on, in Chinese as it is cited; "" for a choice of ours
	Tables  []string

	years  func(rule.Settings) int
	people string   // the query for people who are due, see person.go
	sweeps []string // of simple rows, see sweep.go
}

// period returns the years and days of a class in a realm.
func (c Class) period(s rule.Settings) (years, days int) {
	if c.years != nil {
		return c.years(s), 0
	}
	return c.Years, c.Days
}

// until returns the last day whose records are due on a day: a record of that
// day has been kept for the whole period. No period is shorter than the floor.
func (c Class) until(s rule.Settings, today core.Date) core.Date {
	years, days := c.period(s)
	last := today.AddDays(-days)
	if years > 0 {
		last = last.AddMonths(-12 * years)
	}
	if floor := today.AddDays(-c.Floor); c.Floor > 0 && last.After(floor) {
		return floor
	}
	return last
}

// before returns the instant before which records are due.
func before(last core.Date, zone *time.Location) time.Time {
	next := last.AddDays(1)
	return time.Date(next.Year, next.Month, next.Day, 0, 0, 0, 0, zone)
}

const (
	pipl  = "个人信息保护法 第十九、四十七条"
	csl23 = "网络安全法 第二十三条第（三）项（不少于六个月）"
)

// All are the classes, in the order in which they are shown. Each table of the
// schema belongs to one; TestNoTableWithoutAClass looks.
var All = []Class{
	{
		Key: "member_ended", Deed: Erase, Years: 10, Floor: LogFloor, Setting: "retention.member_years", Basis: pipl,
		years: func(s rule.Settings) int { return s.KeepMemberYears }, people: endedMembers,
		Tables: []string{"persons", "memberships", "person_search", "officers", "appointments", "consents", "journal_bodies"},
	},
	{Key: "never_member", Deed: Erase, Years: 2, Floor: LogFloor, Basis: pipl, people: neverMembers},
	{Key: "mistaken", Deed: Erase, Days: LogFloor, Floor: LogFloor, Basis: pipl, people: mistaken},
	{Key: "imports", Deed: Erase, Days: 91, Basis: pipl, Tables: []string{"batches", "batch_rows", "files"}},
	{Key: "jobs", Deed: Delete, Days: 90, Basis: pipl, Tables: []string{"jobs"}, sweeps: []string{"jobs"}},
	{
		Key: "sign_in", Deed: Delete, Days: 30, Basis: pipl, Tables: []string{"sessions", "tokens", "pending_logins", "sign_in_failures", "answers"},
		sweeps: []string{"sessions", "tokens", "pending_logins", "sign_in_failures", "answers"},
	},
	{
		Key: "tokens", Deed: Delete, Days: LogFloor, Floor: LogFloor, Basis: csl23, Tables: []string{"bearer_tokens", "recovery_codes"},
		sweeps: []string{"bearer_tokens", "recovery_codes"},
	},
	{
		Key: "opinions", Deed: Delete, Years: 2, Floor: LogFloor, Setting: "retention.case_years", Basis: pipl,
		years: func(s rule.Settings) int { return s.KeepCaseYears }, Tables: []string{"opinions"}, sweeps: []string{"opinions"},
	},
	{
		Key: "corrections", Deed: Delete, Years: 2, Floor: LogFloor, Setting: "retention.case_years", Basis: pipl,
		years: func(s rule.Settings) int { return s.KeepCaseYears }, Tables: []string{"corrections"}, sweeps: []string{"corrections"},
	},
	{Key: "holds", Deed: Delete, Years: 3, Floor: LogFloor, Basis: pipl, Tables: []string{"holds"}, sweeps: []string{"holds"}},
	{Key: "accounts", Deed: Keep, Basis: pipl, Tables: []string{"users", "grants", "totps", "passkeys"}},
	{
		Key: "journal", Deed: Keep, Floor: LogFloor, Basis: csl23,
		Tables: []string{"journal", "journal_links", "journal_checkpoints", "journal_subjects"},
	},
	{
		Key: "structure", Deed: Keep,
		Tables: []string{
			"realms", "settings", "orgs", "org_facts", "org_events", "org_search", "terms", "tallies", "clocks", "mappings", "reported_figures",
			"enterprises", "enterprise_facts", "enterprise_search", "hostings", "teams", "groupings", "grouping_facts", "grouping_members",
			"visits", "mass_bodies", "coverage_plans", "projects", "project_people", "project_search", "milestones", "readings", "amendments", "uses", "numbers",
			"posts", "post_goals", "post_reviews", "duty_areas", "duty_holders",
			"skills", "mentor_offers", "mentorings", "mentoring_skills", "mentoring_evidence", "mentoring_notes", "mentor_answers", "growth_admissions",
			"fronts", "front_orgs", "front_people", "problems", "problem_numbers", "problem_tries", "problem_asks",
		},
	},
}

// Title names the class.
func (c Class) Title() core.Msg { return core.M("retention.class." + c.Key) }

// After says from when the period counts and what happens then.
func (c Class) After() core.Msg { return core.M("retention.class." + c.Key + ".after") }

// Find returns the class of a key; core.NotFound if there is none.
func Find(key string) (Class, error) {
	for _, c := range All {
		if c.Key == key {
			return c, nil
		}
	}
	return Class{}, core.NotFound
}

// Kept says how long the class is kept where these settings hold.
func (c Class) Kept(s rule.Settings) core.Msg {
	d := Due{Class: c}
	d.PeriodYears, d.PeriodDays = c.period(s)
	return d.Period()
}
