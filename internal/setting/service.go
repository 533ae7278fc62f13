package setting

import (
	"context"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/rule"
)

// Rules returns the numbers by which the rules judge in a realm.
func Rules(ctx context.Context, q db.Querier, realm core.RealmID) (rule.Settings, error) {
	s := rule.Defaults()
	err := db.Each(ctx, q, func(r db.Row) error {
		var key, value string
		if err := r.Scan(&key, &value); err != nil {
			return err
		}
		if at, err := Find(key); err == nil { // one that the program no longer knows changes nothing
			at.apply(&s, value)
		}
		return nil
	}, `SELECT name, value FROM settings WHERE realm_id = $1 AND superseded_at IS NULL AND value <> ''`, realm)
	return s, err
}

// Words returns the words that a realm has set under a key; "" if none.
func Words(ctx context.Context, q db.Querier, realm core.RealmID, key string) (words string, err error) {
	err = db.Each(ctx, q, func(r db.Row) error { return r.Scan(&words) },
		`SELECT value FROM settings WHERE realm_id = $1 AND name = $2 AND superseded_at IS NULL`, realm, key)
	return words, err
}

// A Service is what pages and commands call.
type Service struct {
	DB  *db.DB
	Now core.Now
}

// A Change is a value to set; "" goes back to what the program comes with.
// Version is which version was seen, 0 for whichever there is.
type Change struct {
	Value, Reason string
	Version       int
}

// require asks for the right at the top of the realm: a setting holds for all of
// it.
func require(ctx context.Context, q db.Querier, who access.Actor) error {
	top, err := db.One(ctx, q, func(r db.Row) (id core.OrgID, err error) { return id, r.Scan(&id) },
		`SELECT id FROM orgs WHERE realm_id = $1 AND parent_id IS NULL ORDER BY number LIMIT 1`, who.Realm)
	if err != nil {
		return err
	}
	return access.Require(ctx, q, who, access.ManageSettings, top)
}

// List returns every setting as it stands, with its history.
func (s *Service) List(ctx context.Context, who access.Actor) ([]Value, error) {
	all := make([]Value, 0, len(All))
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := require(ctx, tx, who); err != nil {
			return err
		}
		for _, at := range All {
			v, err := read(ctx, tx, who.Realm, at, s.Now().Location())
			if err != nil {
				return err
			}
			all = append(all, v)
		}
		return nil
	})
	return all, err
}

// Get returns one setting as it stands, with its history.
func (s *Service) Get(ctx context.Context, who access.Actor, key string) (v Value, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := require(ctx, tx, who); err != nil {
			return err
		}
		at, err := Find(key)
		if err == nil {
			v, err = read(ctx, tx, who.Realm, at, s.Now().Location())
		}
		return err
	})
	return v, err
}

func read(ctx context.Context, q db.Querier, realm core.RealmID, at Setting, zone *time.Location) (Value, error) {
	v := Value{Setting: at, Now: at.Default()}
	var err error
	v.History, err = db.All(ctx, q, func(r db.Row) (t Turn, err error) {
		err = r.Scan((*db.Instant)(&t.At), &t.Value, &t.Reason, &t.By)
		t.At = t.At.In(zone)
		return t, err
	}, `
		SELECT s.recorded_at, s.value, s.reason, coalesce(u.name, '')
		FROM settings s LEFT JOIN users u ON u.realm_id = s.realm_id AND u.id = s.set_by
		WHERE s.realm_id = $1 AND s.name = $2 ORDER BY s.id DESC`, realm, at.Key)
	if len(v.History) > 0 && v.History[0].Value != "" {
		v.Now, v.Set = v.History[0].Value, true
	}
	return v, err
}

// Change sets a value for the whole realm from now on, or goes back to what the
// program comes with. It always asks why.
func (s *Service) Change(ctx context.Context, who access.Actor, key string, c Change) (v Value, err error) {
	now := s.Now()
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := require(ctx, tx, who); err != nil {
			return err
		}
		at, err := Find(key)
		if err != nil {
			return err
		}
		if c.Value != "" {
			if c.Value, err = at.clean(c.Value); err != nil {
				return err
			}
		}
		if err := checkReason(c.Reason); err != nil {
			return err
		}
		before, err := read(ctx, tx, who.Realm, at, now.Location())
		if err != nil {
			return err
		}
		switch {
		case c.Version != 0 && c.Version != before.Version():
			return &core.Error{Kind: core.Conflict, Msg: core.M("setting.stale"), Err: &Stale{before}}
		case c.Value == before.Now && before.Set, c.Value == "" && !before.Set:
			return core.Fail(core.Invalid, "setting.same")
		}
		if err := write(ctx, tx, who, now, before, c); err != nil {
			return err
		}
		v, err = read(ctx, tx, who.Realm, at, now.Location())
		return err
	})
	if k := core.KindOf(err); err != nil && (k == core.Forbidden || k == core.NotFound) {
		if jerr := audit.Refused(ctx, s.DB, now, audit.Entry{By: who.By(), Action: "setting.change", Subject: "setting"}, err); jerr != nil {
			return v, jerr
		}
	}
	return v, err
}

// Stale is the cause of a core.Conflict: the value was set since it was seen.
type Stale struct{ Theirs Value }

func (s *Stale) Error() string { return "changed meanwhile" }

func write(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, at Value, c Change) error {
	if _, err := tx.Exec(ctx, `UPDATE settings SET superseded_at = $3 WHERE realm_id = $1 AND name = $2 AND superseded_at IS NULL`, who.Realm, at.Key, db.Instant(now)); err != nil {
		return err
	}
	reason := strings.TrimSpace(c.Reason)
	if _, err := tx.Exec(ctx, `INSERT INTO settings (realm_id, id, name, value, reason, set_by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		who.Realm, core.NewID(now), at.Key, c.Value, reason, db.Null(&who.User), db.Instant(now)); err != nil {
		return err
	}
	after := c.Value
	if after == "" {
		after = at.Default()
	}
	return audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "setting.change", Subject: "setting", Note: reason,
		Before: map[string]string{at.Key: at.told(at.Now)}, After: map[string]string{at.Key: at.told(after)},
	})
}
