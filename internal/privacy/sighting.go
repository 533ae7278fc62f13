package privacy

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/member"
)

// A Sighting is one time that somebody opened, took away or changed a person's
// record, or tried to, as that person may read it. It tells of nobody else.
type Sighting struct {
	ID      core.ID
	At      time.Time // in the realm's zone
	Action  string    // as the journal has it, such as "person.open_field"
	Outcome string    // audit.Done, audit.Denied, audit.Failed
	Via     string
	Who     string      // the name of the account; "" for the machine's administrator
	Own     bool        // by the person
	Role    access.Role // that the account held where the record was; "" if none is known
	Place   string      // name of the organisation where it held that role
	Under   string      // of an export: the organisation whose list it was
	Fields  []string    // items opened, taken away or changed: "id_number", "phone", "roster", "name", …
	Purpose string      // one of member.Purposes, or "" where none is asked
	Words   string      // what was said about the purpose, or the reason of a change
}

// Denied reports whether it was refused.
func (g Sighting) Denied() bool { return g.Outcome == audit.Denied }

// Failed reports whether it came to nothing without being refused.
func (g Sighting) Failed() bool { return g.Outcome == audit.Failed }

// ByServer reports whether it was done by work over time.
func (g Sighting) ByServer() bool { return g.Via == audit.Server }

// Sightings returns what the journal tells of a person's record, newest first,
// and how many entries there are in all: openings of the id number and the
// phone, exports of lists that the person stands in, changes, and attempts that
// were refused. Lists on pages show no number and are not journalled.
func (s *Service) Sightings(ctx context.Context, who access.Actor, id core.PersonID, page core.Page) (all []Sighting, total int, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		all = nil
		p, err := requireOwn(ctx, tx, who, id)
		if err != nil {
			return err
		}
		var entries []audit.Entry
		if entries, total, err = audit.About(ctx, tx, who.Realm, "person", core.ID(p.ID), page); err != nil {
			return err
		}
		for _, e := range entries {
			g, err := sighting(ctx, tx, e, p)
			if err != nil {
				return err
			}
			g.At = e.At.In(s.Now().Location())
			g.Own = g.Own && !who.Machine
			all = append(all, g)
		}
		return nil
	})
	return all, total, err
}

// sighting reads an entry. Where it names no organisation, the record's counts.
func sighting(ctx context.Context, q db.Querier, e audit.Entry, p member.Person) (Sighting, error) {
	g := Sighting{ID: e.ID, Action: e.Action, Outcome: e.Outcome, Via: e.By.Via, Words: e.Note}
	g.read(e)
	at := e.Org
	if at == 0 {
		at = p.Org
	}
	if e.Subject == "org" {
		name, err := db.One(ctx, q, db.Text, `SELECT name FROM orgs WHERE realm_id = $1 AND id = $2`, e.By.Realm, e.Org)
		if err != nil {
			return g, err
		}
		g.Under = name
	}
	if e.By.User == 0 {
		return g, nil
	}
	err := db.Each(ctx, q, func(r db.Row) error {
		var own core.PersonID
		if err := r.Scan(&g.Who, db.Null(&own)); err != nil {
			return err
		}
		g.Own = own == p.ID
		return nil
	}, `SELECT name, person_id FROM users WHERE realm_id = $1 AND id = $2`, e.By.Realm, e.By.User)
	if err != nil {
		return g, err
	}
	return g, g.role(ctx, q, e, at)
}

// read takes from an entry what it says of fields and purpose.
func (g *Sighting) read(e audit.Entry) {
	raw, _ := e.After.(json.RawMessage)
	var said map[string]any
	if json.Unmarshal(raw, &said) != nil {
		return
	}
	g.Purpose, _ = said["purpose"].(string)
	switch {
	case e.Action == "person.open_field":
		if field, _ := said["field"].(string); field != "" {
			g.Fields = []string{field}
		}
	case e.Subject == "org": // an export
		g.Fields = []string{"roster"}
		if said["sensitive"] == true {
			g.Fields = append(g.Fields, "id_number", "phone")
		}
	case e.Action == "person.change":
		for field := range said {
			g.Fields = append(g.Fields, field)
		}
		slices.Sort(g.Fields)
	}
}

// role fills in the role that the account held then, nearest to the
// organisation, and where.
func (g *Sighting) role(ctx context.Context, q db.Querier, e audit.Entry, at core.OrgID) error {
	return db.Each(ctx, q, func(r db.Row) error { return r.Scan(&g.Role, &g.Place) }, `
		SELECT g.role, o.name FROM grants g
		JOIN orgs o ON o.realm_id = g.realm_id AND o.id = g.org_id
		LEFT JOIN orgs a ON a.realm_id = g.realm_id AND a.id = $4
		WHERE g.realm_id = $1 AND g.user_id = $2 AND g.recorded_at <= $3 AND (g.superseded_at IS NULL OR g.superseded_at > $3)
		ORDER BY CASE WHEN substr(a.path, 1, length(o.path)) = o.path THEN 0 ELSE 1 END, o.depth DESC, g.role DESC
		LIMIT 1`, e.By.Realm, e.By.User, db.Instant(e.At), at)
}
