package enterprise

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
)

// A Grouping stands beside the tree: an industry chain, a building with its
// floors, a park, a platform. Org leads it, if anybody does.
type Grouping struct {
	ID      core.ID
	Kind    string // one of GroupingKinds
	Name    string
	Parent  core.ID // the grouping in which it is nested; zero for none
	Org     core.OrgID
	Version int
}

const groupingColumns = `g.id, g.kind, g.name, g.parent_id, g.org_id, g.version`

func scanGrouping(r db.Row) (g Grouping, err error) {
	return g, r.Scan(&g.ID, &g.Kind, &g.Name, db.Null(&g.Parent), db.Null(&g.Org), &g.Version)
}

// FindGrouping returns the grouping of that id as it is now, or core.NotFound.
func FindGrouping(ctx context.Context, q db.Querier, realm core.RealmID, id core.ID) (Grouping, error) {
	return db.One(ctx, q, scanGrouping, `SELECT `+groupingColumns+` FROM groupings g WHERE g.realm_id = $1 AND g.id = $2`, realm, id)
}

// Groupings returns the groupings of a kind, or all when kind is empty, in
// order of kind and reading.
func Groupings(ctx context.Context, q db.Querier, realm core.RealmID, kind string) ([]Grouping, error) {
	return db.All(ctx, q, scanGrouping, `
		SELECT `+groupingColumns+` FROM groupings g WHERE g.realm_id = $1 AND ($2 = '' OR g.kind = $2) ORDER BY g.kind, g.name_key, g.id`, realm, kind)
}

// GroupingsAt returns the groupings as their names and nesting were on a day,
// in the same order. One that did not exist is left out.
func GroupingsAt(ctx context.Context, q db.Querier, realm core.RealmID, kind string, m core.Moment) ([]Grouping, error) {
	all, err := db.All(ctx, q, scanGrouping, `
		SELECT g.id, g.kind, f.name, f.parent_id, g.org_id, g.version
		FROM groupings g JOIN grouping_facts f ON f.realm_id = g.realm_id AND f.grouping_id = g.id
		WHERE g.realm_id = $1 AND ($2 = '' OR g.kind = $2) AND f.recorded_at <= $3 AND (f.superseded_at IS NULL OR f.superseded_at > $3)
			AND f.valid_from <= $4 AND f.valid_to > $4
		ORDER BY g.kind, g.name_key, g.id`, realm, kind, knownAt(m), db.Date(m.On))
	return all, err
}

// Within returns the grouping and those nested in it, at any depth.
func Within(all []Grouping, top core.ID) []core.ID {
	in := []core.ID{top}
	for i := 0; i < len(in); i++ {
		for _, g := range all {
			if g.Parent == in[i] && !slices.Contains(in, g.ID) {
				in = append(in, g.ID)
			}
		}
	}
	return in
}

func (g Grouping) check() error {
	var bad core.Fields
	bad.If(!slices.Contains(GroupingKinds, g.Kind), "kind", "enterprise.grouping.unknown", g.Kind)
	bad.If(g.Name == "", "name", "enterprise.name.missing")
	bad.If(utf8.RuneCountInString(g.Name) > maxName, "name", "enterprise.name.long", maxName)
	return bad.Err()
}

// MakeGrouping makes a grouping that holds from a day on. One of the same kind
// and name in the same place is core.Conflict.
func MakeGrouping(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, g Grouping, from core.Date) (Grouping, error) {
	g.Name, g.Version = strings.TrimSpace(g.Name), 1
	if g.ID == 0 {
		g.ID = core.NewID(now)
	}
	if err := g.check(); err != nil {
		return Grouping{}, err
	}
	if from.After(core.DateOf(now)) {
		return Grouping{}, core.Fail(core.Invalid, "enterprise.date.future", from)
	}
	if err := groupingFree(ctx, tx, who.Realm, g); err != nil {
		return Grouping{}, err
	}
	if g.Parent != 0 {
		if _, err := FindGrouping(ctx, tx, who.Realm, g.Parent); err != nil {
			return Grouping{}, err
		}
	}
	if g.Org != 0 {
		if _, err := placeOf(ctx, tx, who.Realm, g.Org); err != nil {
			return Grouping{}, err
		}
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO groupings (realm_id, id, kind, name, name_key, parent_id, org_id, version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		who.Realm, g.ID, g.Kind, g.Name, names.Key(g.Name), db.Null(&g.Parent), db.Null(&g.Org), g.Version, db.Instant(now))
	if err != nil {
		return Grouping{}, err
	}
	if err := insertGroupingFact(ctx, tx, who.Realm, now, g, core.Since(from)); err != nil {
		return Grouping{}, err
	}
	return g, audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "grouping.make", Org: g.Org, Subject: "grouping", SubjectID: g.ID,
		After: map[string]any{"kind": g.Kind, "name": g.Name, "parent": g.Parent, "from": from},
	})
}

func groupingFree(ctx context.Context, q db.Querier, realm core.RealmID, g Grouping) error {
	same, err := db.All(ctx, q, scanGrouping, `
		SELECT `+groupingColumns+` FROM groupings g
		WHERE g.realm_id = $1 AND g.kind = $2 AND g.name_key = $3 AND coalesce(g.parent_id, 0) = $4 AND g.id <> $5`,
		realm, g.Kind, names.Key(g.Name), g.Parent, g.ID)
	if err == nil && len(same) > 0 {
		err = core.Fail(core.Conflict, "enterprise.grouping.exists", g.Name)
	}
	return err
}

func insertGroupingFact(ctx context.Context, tx *db.Tx, realm core.RealmID, now time.Time, g Grouping, p core.Period) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO grouping_facts (realm_id, id, grouping_id, name, parent_id, valid_from, valid_to, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		realm, core.NewID(now), g.ID, g.Name, db.Null(&g.Parent), db.Date(p.From), db.Date(p.To), db.Instant(now))
	return err
}

// A GroupingChange renames a grouping or nests it elsewhere, from a day on.
type GroupingChange struct {
	Name    *string
	Parent  *core.ID // zero: nested nowhere
	On      core.Date
	Version int // 0: do not compare
}

// ChangeGrouping applies a change to a grouping. Nesting it in itself or in
// one that is nested in it is refused, and so is a day before its last change.
func ChangeGrouping(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.ID, c GroupingChange) (Grouping, error) {
	was, err := FindGrouping(ctx, tx, who.Realm, id)
	if err != nil {
		return Grouping{}, err
	}
	if c.Version != 0 && c.Version != was.Version {
		return Grouping{}, core.Fail(core.Conflict, "enterprise.grouping.stale", was.Name, c.Version, was.Version)
	}
	g := was
	g.Version++
	if c.Name != nil {
		g.Name = strings.TrimSpace(*c.Name)
	}
	if c.Parent != nil {
		g.Parent = *c.Parent
	}
	if g.Name == was.Name && g.Parent == was.Parent {
		return was, nil
	}
	if err := g.check(); err != nil {
		return Grouping{}, err
	}
	if err := groupingFree(ctx, tx, who.Realm, g); err != nil {
		return Grouping{}, err
	}
	if g.Parent != 0 {
		all, err := Groupings(ctx, tx, who.Realm, "")
		if err != nil {
			return Grouping{}, err
		}
		if slices.Contains(Within(all, id), g.Parent) {
			return Grouping{}, core.Fail(core.Invalid, "enterprise.grouping.cycle", g.Name)
		}
		if !slices.ContainsFunc(all, func(o Grouping) bool { return o.ID == g.Parent }) {
			return Grouping{}, core.NotFound
		}
	}
	return g, writeGrouping(ctx, tx, who, now, was, g, c.On)
}

func writeGrouping(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, was, g Grouping, on core.Date) error {
	type fact struct {
		id   core.ID
		from core.Date
	}
	f, err := db.One(ctx, tx, func(r db.Row) (f fact, err error) { return f, r.Scan(&f.id, (*db.Date)(&f.from)) }, `
		SELECT f.id, f.valid_from FROM grouping_facts f
		WHERE f.realm_id = $1 AND f.grouping_id = $2 AND f.superseded_at IS NULL AND f.valid_to = '9999-12-31'`, who.Realm, g.ID)
	if err != nil {
		return err
	}
	if err := checkEnd(core.Since(f.from), on, core.DateOf(now), ""); err != nil {
		return err
	}
	if err := supersede(ctx, tx, `UPDATE grouping_facts SET superseded_at = $3 WHERE realm_id = $1 AND id = $2 AND superseded_at IS NULL`, now, who.Realm, f.id); err != nil {
		return err
	}
	if f.from.Before(on) {
		if err := insertGroupingFact(ctx, tx, who.Realm, now, was, core.Period{From: f.from, To: on}); err != nil {
			return err
		}
	}
	if err := insertGroupingFact(ctx, tx, who.Realm, now, g, core.Since(on)); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE groupings SET name = $3, name_key = $4, parent_id = $5, version = $6 WHERE realm_id = $1 AND id = $2`,
		who.Realm, g.ID, g.Name, names.Key(g.Name), db.Null(&g.Parent), g.Version)
	if err != nil {
		return err
	}
	return audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "grouping.change", Org: g.Org, Subject: "grouping", SubjectID: g.ID,
		Before: map[string]any{"name": was.Name, "parent": was.Parent}, After: map[string]any{"name": g.Name, "parent": g.Parent, "on": on},
	})
}
