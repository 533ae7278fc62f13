package figure

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Reported figure is a number as somebody published it, kept as it was
// printed.
type Reported struct {
	ID         core.ID
	Org        core.OrgID
	Figure     string    // the id of a definition
	On         core.Date // the day of which it tells
	Printed    string    // "53%", "2,481"
	Source     string    // who printed it, and where
	ReportedOn core.Date
}

// A Compared figure is a reported one beside what is computed for its day.
type Compared struct {
	Reported
	Computed core.Share
	Agrees   bool // the computed number, rounded as the printed one is, is the same
	Gap      int  // printed minus computed: tenths of a percentage point, or units of a count
}

// A number is what Printed says: value over 10^places.
type number struct {
	value   int64
	places  int
	percent bool
}

// read reads "53%", "52.2 %", "2,481". It returns false for anything else.
func read(s string) (number, bool) {
	s = strings.TrimSpace(strings.NewReplacer("％", "%", ",", "", "，", "", " ", "", "\u00a0", "", "\u202f", "").Replace(s))
	var n number
	s, n.percent = strings.CutSuffix(s, "%")
	whole, after, dotted := strings.Cut(s, ".")
	n.places = len(after)
	if whole == "" || dotted && after == "" || len(whole) > 9 || n.places > 4 {
		return n, false
	}
	for _, c := range whole + after {
		if c < '0' || c > '9' {
			return n, false
		}
	}
	v, err := strconv.ParseInt(whole+after, 10, 64)
	n.value = v
	return n, err == nil
}

// Compare puts a printed number beside a computed share or count. It works in
// whole numbers: the gap is that of the exact quotient, rounded once.
func Compare(r Reported, is core.Share) Compared {
	c := Compared{Reported: r, Computed: is}
	n, ok := read(r.Printed)
	if !ok {
		return c
	}
	if !n.percent {
		c.Agrees, c.Gap = n.places == 0 && n.value == int64(is.Num), int(n.value)-is.Num
		return c
	}
	if is.Den == 0 {
		return c
	}
	scale := int64(1)
	for range n.places {
		scale *= 10
	}
	num, den := int64(is.Num), int64(is.Den)
	above := n.value*den - 100*num*scale // printed minus computed, in 1/(den·scale) of a point
	c.Agrees = 2*max(above, -above) <= den
	c.Gap = int(rounded(10*above, den*scale))
	return c
}

// rounded divides, half away from zero.
func rounded(a, b int64) int64 {
	if a < 0 {
		return -rounded(-a, b)
	}
	return (2*a + b) / (2 * b)
}

const (
	longestPrinted = 20
	longestSource  = 200
)

func (r Reported) check(today core.Date) error {
	var bad core.Fields
	d, err := Find(r.Figure)
	bad.If(err != nil, "figure", "figure.unknown", r.Figure)
	n, ok := read(r.Printed)
	bad.If(r.Printed == "", "printed", "figure.printed.missing")
	bad.If(!ok || utf8.RuneCountInString(r.Printed) > longestPrinted, "printed", "figure.printed.unreadable", r.Printed)
	bad.If(err == nil && n.percent != d.Share, "printed", "figure.printed.kind")
	bad.If(r.Source == "", "source", "figure.source.missing")
	bad.If(utf8.RuneCountInString(r.Source) > longestSource, "source", "figure.source.long", longestSource)
	bad.If(r.On.IsZero(), "on", "figure.on.missing")
	bad.If(r.On.After(today), "on", "figure.on.future", today)
	bad.If(r.ReportedOn.IsZero(), "reported_on", "figure.on.missing")
	bad.If(r.ReportedOn.After(today), "reported_on", "figure.on.future", today)
	bad.If(!r.ReportedOn.IsZero() && r.ReportedOn.Before(r.On), "reported_on", "figure.reported_on.early", r.On)
	return bad.Err()
}

// Report records a number as it was printed.
func Report(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, r Reported) (Reported, error) {
	r.Printed, r.Source = strings.TrimSpace(r.Printed), strings.TrimSpace(r.Source)
	if err := r.check(core.DateOf(now)); err != nil {
		return Reported{}, err
	}
	r.ID = core.NewID(now)
	_, err := tx.Exec(ctx, `
		INSERT INTO reported_figures (realm_id, id, org_id, figure, on_day, printed, source, reported_on)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		who.Realm, r.ID, r.Org, r.Figure, db.Date(r.On), r.Printed, r.Source, db.Date(r.ReportedOn))
	if err != nil {
		return Reported{}, err
	}
	return r, audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "figure.report", Org: r.Org, Subject: "figure", SubjectID: r.ID,
		After: map[string]any{"figure": r.Figure, "on": r.On, "printed": r.Printed, "source": r.Source, "reported_on": r.ReportedOn},
	})
}

// Report records a number as it was printed about an organisation. It takes the
// right to see figures there and to change the organisation.
func (s *Service) Report(ctx context.Context, who access.Actor, r Reported) (Reported, error) {
	now := s.Now()
	err := s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		for _, do := range []access.Action{access.SeeFigures, access.ChangeOrgs} {
			if err := access.Require(ctx, tx, who, do, r.Org); err != nil {
				return err
			}
		}
		r, err = Report(ctx, tx, who, now, r)
		return err
	})
	if k := core.KindOf(err); err != nil && (k == core.NotFound || k == core.Forbidden) {
		_ = audit.Refused(ctx, s.DB, now, audit.Entry{By: who.By(), Action: "figure.report", Org: r.Org}, err)
	}
	return r, err
}

// reportedOf returns what was printed about an organisation, the latest day
// first.
func reportedOf(ctx context.Context, q db.Querier, realm core.RealmID, at core.OrgID) ([]Reported, error) {
	return db.All(ctx, q, func(r db.Row) (f Reported, err error) {
		return f, r.Scan(&f.ID, &f.Org, &f.Figure, (*db.Date)(&f.On), &f.Printed, &f.Source, (*db.Date)(&f.ReportedOn))
	}, `SELECT f.id, f.org_id, f.figure, f.on_day, f.printed, f.source, f.reported_on FROM reported_figures f
		WHERE f.realm_id = $1 AND f.org_id = $2 ORDER BY f.on_day DESC, f.id`, realm, at)
}
