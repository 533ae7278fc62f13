package privacy

import (
	"archive/zip"
	"context"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/member"
	"tongpin/internal/sheet"
	"tongpin/internal/text"
)

// A Copy is everything that the instance holds about a person and about the
// account (个人信息保护法 第四十五条): sections of lines, each a few values by name.
type Copy struct {
	MadeAt   time.Time
	Sections []Section
}

// A Section is one kind of data. Its title is the catalog key
// "privacy.section." and Name.
type Section struct {
	Name  string
	Lines []Line
}

// A Line is one record of a section, in the order in which it is shown.
type Line []Value

// A Value is one item. Its title is the catalog key "privacy.item." and Name.
type Value struct{ Name, Text string }

// An Ask says whose copy is asked for: zero for one's own. Numbers asks for the
// id number and the phone in full, which takes a session that was proved a short
// while ago; else they are masked.
type Ask struct {
	Person  core.PersonID
	Numbers bool
	Cookie  string
}

// Copy gathers everything about a person and the account. It is journalled as
// an opening by the person. An account without a record gets its account.
func (s *Service) Copy(ctx context.Context, who access.Actor, ask Ask) (Copy, error) {
	now := s.Now()
	c := Copy{MadeAt: now}
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := requireOwn(ctx, tx, who, ask.Person)
		if err != nil && (core.KindOf(err) != core.NotFound || ask.Person != 0 || who.User == 0) {
			return err
		}
		if ask.Numbers && !who.Machine {
			if err := account.RequireFresh(ctx, tx, who, ask.Cookie, now); err != nil {
				return err
			}
		}
		g := gatherer{ctx: ctx, tx: tx, s: s, zone: now.Location(), realm: who.Realm, person: p, user: who.User}
		if c.Sections, err = g.all(ask.Numbers); err != nil {
			return err
		}
		e := audit.Entry{By: who.By(), Action: "person.copy", Org: p.Org, Subject: "person", SubjectID: core.ID(p.ID), After: map[string]any{"numbers": ask.Numbers}}
		if p.ID == 0 {
			e.Subject, e.SubjectID = "user", core.ID(who.User)
		}
		return audit.Write(ctx, tx, now, e)
	})
	if err != nil {
		return Copy{}, err
	}
	return c, nil
}

// A gatherer reads the sections of one copy.
type gatherer struct {
	ctx    context.Context
	tx     *db.Tx
	s      *Service
	zone   *time.Location
	realm  core.RealmID
	person member.Person // zero for an account without a record
	user   core.UserID   // zero: every account tied to the record
}

func (g gatherer) all(numbers bool) ([]Section, error) {
	var all []Section
	if g.person.ID != 0 {
		record, err := g.record(numbers)
		if err != nil {
			return nil, err
		}
		seen, err := g.sightings()
		if err != nil {
			return nil, err
		}
		asked, err := g.corrections()
		if err != nil {
			return nil, err
		}
		all = append(all, Section{"record", []Line{record}}, Section{"openings", seen}, Section{"corrections", asked})
	}
	for _, part := range copied {
		if !part.account && g.person.ID == 0 {
			continue
		}
		args := []any{g.realm, g.person.ID}
		switch {
		case part.account && g.user != 0:
			args = []any{g.realm, g.user, 0}
		case part.account:
			args = []any{g.realm, 0, g.person.ID}
		}
		lines, err := g.lines(part.columns, part.query, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, Section{part.name, lines})
	}
	return all, nil
}

func (g gatherer) record(numbers bool) (Line, error) {
	p := g.person
	idNumber, phone, err := p.Numbers(g.s.Keys)
	if err != nil {
		return nil, err
	}
	if !numbers {
		idNumber, phone = member.MaskIDNumber(idNumber), member.MaskPhone(phone)
	}
	return Line{
		{"id", p.ID.String()}, {"name", p.Name}, {"sex", p.Sex}, {"ethnicity", p.Ethnicity}, {"born_on", p.BornOn.String()}, {"education", p.Education},
		{"id_number", idNumber}, {"phone", phone}, {"kind", p.Kind}, {"joined_on", p.JoinedOn.String()}, {"confirmed_on", p.ConfirmedOn.String()},
		{"position", p.Position}, {"note", p.Note}, {"since", g.instant(p.CreatedAt)},
	}, nil
}

func (g gatherer) instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(g.zone).Format(time.RFC3339)
}

func (g gatherer) sightings() (lines []Line, err error) {
	for n := 1; ; n++ {
		entries, total, err := audit.About(g.ctx, g.tx, g.realm, "person", core.ID(g.person.ID), core.Page{Number: n, Size: 200})
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			v, err := sighting(g.ctx, g.tx, e, g.person)
			if err != nil {
				return nil, err
			}
			lines = append(lines, Line{
				{"at", g.instant(e.At)}, {"action", v.Action}, {"outcome", v.Outcome}, {"who", v.Who}, {"role", string(v.Role)}, {"place", v.Place},
				{"org", v.Under}, {"fields", strings.Join(v.Fields, " ")}, {"purpose", v.Purpose}, {"words", v.Words},
			})
		}
		if len(lines) >= total {
			return lines, nil
		}
	}
}

// corrections are the requests, with numbers masked.
func (g gatherer) corrections() (lines []Line, err error) {
	all, err := g.s.read(g.ctx, g.tx, `SELECT `+correctionColumns+correctionFrom+` WHERE c.realm_id = $1 AND c.person_id = $2 ORDER BY c.id`, g.realm, g.person.ID)
	for _, c := range all {
		lines = append(lines, Line{
			{"created_at", g.instant(c.CreatedAt)}, {"item", c.Item}, {"wanted", c.Wanted}, {"reason", c.Why}, {"org", c.OrgName}, {"state", string(c.State)},
			{"answer", c.Answer}, {"ended_at", g.instant(c.EndedAt)},
		})
	}
	return lines, err
}

// lines reads the columns of a query: a name ending in _at is an instant, other
// values are written as they are.
func (g gatherer) lines(columns, query string, args ...any) ([]Line, error) {
	names := strings.Fields(columns)
	return db.All(g.ctx, g.tx, func(r db.Row) (Line, error) {
		raw := make([]any, len(names))
		into := make([]any, len(names))
		for i := range raw {
			into[i] = &raw[i]
		}
		if err := r.Scan(into...); err != nil {
			return nil, err
		}
		l := make(Line, len(names))
		for i, name := range names {
			l[i] = Value{name, g.value(name, raw[i])}
		}
		return l, nil
	}, query, args...)
}

func (g gatherer) value(name string, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case int64:
		if strings.HasSuffix(name, "_at") {
			return g.instant(time.UnixMicro(v))
		}
		b, _ := json.Marshal(v) //nolint:errchkjson // a number always encodes
		return string(b)
	case time.Time:
		return core.DateOf(v).String()
	case []byte:
		return string(v)
	case string:
		if v == core.Forever.String() {
			return ""
		}
		return v
	}
	return ""
}

// Objects are the lines of a section by the names of their values.
func (s Section) Objects() []map[string]string {
	all := make([]map[string]string, len(s.Lines))
	for i, l := range s.Lines {
		all[i] = map[string]string{}
		for _, v := range l {
			all[i][v.Name] = v.Text
		}
	}
	return all
}

// JSON writes the copy for programs: an object of lists of objects.
func (c Copy) JSON() ([]byte, error) {
	out := map[string]any{"made_at": c.MadeAt.Format(time.RFC3339)}
	for _, s := range c.Sections {
		out[s.Name] = s.Objects()
	}
	b, err := json.MarshalIndent(out, "", "  ")
	return append(b, '\n'), err
}

// Zip writes the copy twice into one file: data.json for programs, and data.xlsx
// for people, in their language.
func (c Copy) Zip(w io.Writer, lang core.Lang) error {
	z := zip.NewWriter(w)
	create := func(name string) (io.Writer, error) {
		return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: c.MadeAt})
	}
	f, err := create("data.json")
	if err != nil {
		return err
	}
	b, err := c.JSON()
	if err != nil {
		return err
	}
	if _, err := f.Write(b); err != nil {
		return err
	}
	if f, err = create("data.xlsx"); err != nil {
		return err
	}
	if err := sheet.Write(f, c.list(lang)); err != nil {
		return err
	}
	return z.Close()
}

// list is the copy as one table: section, line, item, value.
func (c Copy) list(lang core.Lang) sheet.List {
	say := func(key string) string { return text.T(lang, key) }
	return sheet.List{
		Name: say("privacy.copy.name"), Title: say("privacy.copy.name"), Source: text.T(lang, "privacy.copy.source", c.MadeAt),
		Footer: text.T(lang, "sheet.page", "&P", "&N"),
		Columns: []sheet.OutColumn{
			{Key: "section", Header: say("privacy.copy.section"), Width: 22}, {Key: "line", Header: say("privacy.copy.line"), Number: true, Width: 8},
			{Key: "item", Header: say("privacy.copy.item"), Width: 22}, {Key: "value", Header: say("privacy.copy.value"), Text: true, Width: 60},
		},
		Rows: func(yield func([]string, error) bool) {
			for _, s := range c.Sections {
				for i, l := range s.Lines {
					for _, v := range l {
						if v.Text != "" && !yield([]string{say("privacy.section." + s.Name), strconv.Itoa(i + 1), say("privacy.item." + v.Name), v.Text}, nil) {
							return
						}
					}
				}
			}
		},
	}
}
