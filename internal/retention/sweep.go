package retention

import (
	"context"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A sweep is two statements over one table: how many rows ended before an
// instant ($2) in a realm ($1), and their deletion, which returns their ids, or
// 0 where a row has none.
type sweep struct{ count, delete string }

var sweeps = map[string]sweep{
	"jobs": {
		`SELECT count(*) FROM jobs WHERE realm_id = $1 AND ended_at < $2`,
		`DELETE FROM jobs WHERE realm_id = $1 AND ended_at < $2 RETURNING id`,
	},
	"sessions": {
		`SELECT count(*) FROM sessions WHERE realm_id = $1 AND expires_at < $2`,
		`DELETE FROM sessions WHERE realm_id = $1 AND expires_at < $2 RETURNING 0`,
	},
	"tokens": {
		`SELECT count(*) FROM tokens WHERE realm_id = $1 AND (used_at < $2 OR expires_at < $2)`,
		`DELETE FROM tokens WHERE realm_id = $1 AND (used_at < $2 OR expires_at < $2) RETURNING 0`,
	},
	"pending_logins": {
		`SELECT count(*) FROM pending_logins WHERE realm_id = $1 AND expires_at < $2`,
		`DELETE FROM pending_logins WHERE realm_id = $1 AND expires_at < $2 RETURNING 0`,
	},
	"sign_in_failures": {
		`SELECT count(*) FROM sign_in_failures WHERE realm_id = $1 AND last_at < $2`,
		`DELETE FROM sign_in_failures WHERE realm_id = $1 AND last_at < $2 RETURNING 0`,
	},
	"answers": {
		`SELECT count(*) FROM answers WHERE realm_id = $1 AND created_at < $2`,
		`DELETE FROM answers WHERE realm_id = $1 AND created_at < $2 RETURNING id`,
	},
	"bearer_tokens": {
		`SELECT count(*) FROM bearer_tokens WHERE realm_id = $1 AND (revoked_at < $2 OR expires_at < $2)`,
		`DELETE FROM bearer_tokens WHERE realm_id = $1 AND (revoked_at < $2 OR expires_at < $2) RETURNING id`,
	},
	"recovery_codes": {
		`SELECT count(*) FROM recovery_codes WHERE realm_id = $1 AND used_at < $2`,
		`DELETE FROM recovery_codes WHERE realm_id = $1 AND used_at < $2 RETURNING 0`,
	},
	"opinions": {
		`SELECT count(*) FROM opinions WHERE realm_id = $1 AND ended_at < $2`,
		`DELETE FROM opinions WHERE realm_id = $1 AND ended_at < $2 RETURNING id`,
	},
	"corrections": {
		`SELECT count(*) FROM corrections c WHERE realm_id = $1 AND ended_at < $2
			AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.realm_id = c.realm_id AND h.person_id = c.person_id AND h.lifted_at IS NULL AND h.until >= $3)`,
		`DELETE FROM corrections WHERE realm_id = $1 AND ended_at < $2
			AND person_id NOT IN (SELECT h.person_id FROM holds h WHERE h.realm_id = $1 AND h.lifted_at IS NULL AND h.until >= $3) RETURNING id`,
	},
	"holds": {
		`SELECT count(*) FROM holds WHERE realm_id = $1 AND (lifted_at < $2 OR until < $3)`,
		`DELETE FROM holds WHERE realm_id = $1 AND (lifted_at < $2 OR until < $3) RETURNING id`,
	},
}

// args are the arguments of a sweep's statements.
func (r *run) args(table string, last core.Date) []any {
	all := []any{r.who.Realm, db.Instant(before(last, r.zone()))}
	switch table {
	case "corrections":
		all = append(all, db.Date(r.today))
	case "holds": // a hold that nobody lifted ends with its day
		all = append(all, db.Date(last.AddDays(1)))
	}
	return all
}

func (r *run) zone() *time.Location { return r.now.Location() }

// count returns how many rows of a class are over on a day.
func (r *run) count(ctx context.Context, q db.Querier, c Class, last core.Date) (n int, err error) {
	for _, table := range c.sweeps {
		m, err := db.One(ctx, q, db.Int, sweeps[table].count, r.args(table, last)...)
		if err != nil {
			return 0, err
		}
		n += m
	}
	return n, nil
}

// sweep deletes the rows of a class that are over.
func (r *run) sweep(ctx context.Context, tx *db.Tx, c Class, last core.Date) (n int, ids []core.ID, err error) {
	for _, table := range c.sweeps {
		gone, err := db.All(ctx, tx, func(r db.Row) (id core.ID, err error) { return id, r.Scan(&id) }, sweeps[table].delete, r.args(table, last)...)
		if err != nil {
			return 0, nil, err
		}
		n += len(gone)
		for _, id := range gone {
			if id != 0 {
				ids = append(ids, id)
			}
		}
	}
	return n, ids, nil
}
