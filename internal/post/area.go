package post

import (
	"context"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// Areas returns the duty areas of an organisation and all below it that are not
// ended, by name. Names of holders are left out for who may not see them.
func (s *Service) Areas(ctx context.Context, who access.Actor, under core.OrgID) (all []Area, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeeWork, under); err != nil {
			return err
		}
		in, err := access.RangeOf(ctx, tx, who.Realm, under)
		if err != nil {
			return err
		}
		names := access.Require(ctx, tx, who, access.SeePeople, under) == nil
		me, err := access.Person(ctx, tx, who)
		if err != nil {
			return err
		}
		at := map[core.ID]int{}
		all, err = db.All(ctx, tx, scanArea, `SELECT `+areaColumns+`
			WHERE a.realm_id = $1 AND o.path >= $2 AND o.path < $3 AND a.ended_on IS NULL ORDER BY o.path, a.title, a.id LIMIT 500`, who.Realm, in.Lo, in.Hi)
		if err != nil {
			return err
		}
		for i, a := range all {
			at[a.ID] = i
		}
		return db.Each(ctx, tx, func(r db.Row) error {
			var area core.ID
			var h Holder
			if err := r.Scan(&area, &h.ID, &h.Name); err != nil {
				return err
			}
			if !names && h.ID != me {
				h = Holder{}
			}
			if i, ok := at[area]; ok {
				all[i].Holders = append(all[i].Holders, h)
			}
			return nil
		}, `
			SELECT d.area_id, d.person_id, p.name FROM duty_holders d
			JOIN duty_areas a ON a.realm_id = d.realm_id AND a.id = d.area_id
			JOIN orgs o ON o.realm_id = a.realm_id AND o.id = a.org_id
			JOIN persons p ON p.realm_id = d.realm_id AND p.id = d.person_id
			WHERE d.realm_id = $1 AND o.path >= $2 AND o.path < $3 AND a.ended_on IS NULL ORDER BY d.area_id, d.person_id`, who.Realm, in.Lo, in.Hi)
	})
	return all, err
}

const areaColumns = `a.id, a.org_id, o.name, a.title, a.covers, a.starts_on, a.ended_on, a.version
	FROM duty_areas a JOIN orgs o ON o.realm_id = a.realm_id AND o.id = a.org_id`

func scanArea(r db.Row) (a Area, err error) {
	return a, r.Scan(&a.ID, &a.Org, &a.OrgName, &a.Title, &a.Covers, (*db.Date)(&a.From), (*db.Date)(&a.Ended), &a.Version)
}

// AddArea sets up a duty area with at least one holder.
func (s *Service) AddArea(ctx context.Context, who access.Actor, a Area) (Area, error) {
	now := s.Now()
	a.ID, a.Version = core.NewID(now), 1
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.ChangeWork, a.Org); err != nil {
			return err
		}
		if err := a.check(); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO duty_areas (realm_id, id, org_id, title, covers, starts_on, recorded_by, recorded_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)`,
			who.Realm, a.ID, a.Org, a.Title, a.Covers, db.Date(a.From), db.Null(&who.User), db.Instant(now))
		if err != nil {
			return err
		}
		for _, h := range a.Holders {
			ok, err := inside(ctx, tx, who.Realm, a.Org, h.ID)
			if err != nil {
				return err
			}
			var f core.Fields
			f.If(!ok, "holder", "post.holder.unknown")
			if err := f.Err(); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO duty_holders (realm_id, area_id, person_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, who.Realm, a.ID, h.ID); err != nil {
				return err
			}
		}
		return audit.Write(ctx, tx, now, audit.Entry{By: who.By(), Action: "duty_area.add", Org: a.Org, Subject: "duty_area", SubjectID: a.ID, After: map[string]any{"from": a.From}})
	})
	return a, err
}

// EndArea ends a duty area on a day; version is the one that was seen, 0 for
// whichever there is.
func (s *Service) EndArea(ctx context.Context, who access.Actor, id core.ID, on core.Date, version int) error {
	now := s.Now()
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := db.One(ctx, tx, scanArea, `SELECT `+areaColumns+` WHERE a.realm_id = $1 AND a.id = $2`, who.Realm, id)
		if err != nil {
			return err
		}
		if err := access.Require(ctx, tx, who, access.ChangeWork, a.Org); err != nil {
			return err
		}
		if !a.Ended.IsZero() || version != 0 && version != a.Version {
			return core.Fail(core.Conflict, "post.stale")
		}
		var f core.Fields
		f.If(on.IsZero(), "on", "post.day.missing")
		f.If(on.After(core.DateOf(now)), "on", "post.day.future", core.DateOf(now))
		f.If(!on.IsZero() && on.Before(a.From), "on", "post.day.before", a.From)
		if err := f.Err(); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE duty_areas SET ended_on = $3, version = version + 1 WHERE realm_id = $1 AND id = $2 AND version = $4`, who.Realm, id, db.Date(on), a.Version)
		if err == nil && n != 1 {
			return core.Fail(core.Conflict, "post.stale")
		}
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, now, audit.Entry{By: who.By(), Action: "duty_area.end", Org: a.Org, Subject: "duty_area", SubjectID: id, After: map[string]any{"ended_on": on}})
	})
}
