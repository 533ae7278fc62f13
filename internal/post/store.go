package post

import (
	"context"
	"errors"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

const columns = `p.id, p.realm_id, p.org_id, o.name, p.enterprise_id, coalesce(e.name, ''), p.kind, p.theme, p.title, p.place, p.duty, p.promise,
	p.holder_id, coalesce(h.name, ''), p.team_id, coalesce(t.name, ''), p.months, p.state, coalesce(p.number, ''), coalesce(p.slug, ''), p.check_code,
	p.notice_from, p.notice_to, p.starts_on, p.review_on, p.ends_on, p.ended_on, p.talk_on, p.reason, p.version`

const from = ` FROM posts p
	JOIN orgs o ON o.realm_id = p.realm_id AND o.id = p.org_id
	LEFT JOIN enterprises e ON e.realm_id = p.realm_id AND e.id = p.enterprise_id
	LEFT JOIN persons h ON h.realm_id = p.realm_id AND h.id = p.holder_id
	LEFT JOIN teams t ON t.realm_id = p.realm_id AND t.id = p.team_id`

func scan(r db.Row) (p Post, err error) {
	return p, r.Scan(&p.ID, &p.Realm, &p.Org, &p.OrgName, db.Null(&p.Enterprise), &p.EnterpriseName, &p.Kind, &p.Theme, &p.Title, &p.Place, &p.Duty, &p.Promise,
		db.Null(&p.Holder), &p.HolderName, db.Null(&p.Team), &p.TeamName, &p.Months, &p.State, &p.Number, &p.Slug, &p.Check,
		(*db.Date)(&p.NoticeFrom), (*db.Date)(&p.NoticeTo), (*db.Date)(&p.From), (*db.Date)(&p.ReviewOn), (*db.Date)(&p.To), (*db.Date)(&p.EndedOn),
		(*db.Date)(&p.TalkOn), &p.Reason, &p.Version)
}

func find(ctx context.Context, q db.Querier, realm core.RealmID, id core.ID) (Post, error) {
	return db.One(ctx, q, scan, `SELECT `+columns+from+` WHERE p.realm_id = $1 AND p.id = $2`, realm, id)
}

func (p Post) values() []any {
	return []any{
		p.Realm, p.ID, p.Org, db.Null(&p.Enterprise), p.Kind, p.Theme, p.Title, p.Place, p.Duty, p.Promise, db.Null(&p.Holder), db.Null(&p.Team), p.Months, p.State,
		db.Null(&p.Number), db.Null(&p.Slug), p.Check, db.Date(p.NoticeFrom), db.Date(p.NoticeTo), db.Date(p.From), db.Date(p.ReviewOn), db.Date(p.To), db.Date(p.EndedOn),
		db.Date(p.TalkOn), p.Reason,
	}
}

func insert(ctx context.Context, tx *db.Tx, p Post, by core.UserID, at db.Instant) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO posts (realm_id, id, org_id, enterprise_id, kind, theme, title, place, duty, promise, holder_id, team_id, months, state,
			number, slug, check_code, notice_from, notice_to, starts_on, review_on, ends_on, ended_on, talk_on, reason, created_by, created_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, 1)`,
		append(p.values(), db.Null(&by), at)...)
	return taken(err)
}

// save writes a post over the version that was read.
func save(ctx context.Context, tx *db.Tx, p Post) error {
	n, err := tx.Exec(ctx, `
		UPDATE posts SET org_id = $3, enterprise_id = $4, kind = $5, theme = $6, title = $7, place = $8, duty = $9, promise = $10, holder_id = $11, team_id = $12,
			months = $13, state = $14, number = $15, slug = $16, check_code = $17, notice_from = $18, notice_to = $19, starts_on = $20, review_on = $21,
			ends_on = $22, ended_on = $23, talk_on = $24, reason = $25, version = version + 1
		WHERE realm_id = $1 AND id = $2 AND version = $26`, append(p.values(), p.Version)...)
	if err == nil && n != 1 {
		return core.Fail(core.Conflict, "post.stale")
	}
	return taken(err)
}

// taken says what a second live post of one person, or a number that is in use,
// looks like to the database.
func taken(err error) error {
	if errors.Is(err, core.Conflict) && core.MsgOf(err).Key == "error.exists" {
		return core.Fail(core.Conflict, "post.holder.taken")
	}
	return err
}

func goals(ctx context.Context, q db.Querier, realm core.RealmID, post core.ID) ([]Goal, error) {
	return db.All(ctx, q, func(r db.Row) (g Goal, err error) {
		return g, r.Scan(&g.ID, &g.Post, &g.Metric, &g.Unit, &g.Baseline, &g.Target, (*db.Date)(&g.Due))
	}, `SELECT id, post_id, metric, unit, baseline, target, due_on FROM post_goals WHERE realm_id = $1 AND post_id = $2 ORDER BY due_on, id`, realm, post)
}

func reviews(ctx context.Context, q db.Querier, realm core.RealmID, post core.ID) ([]Review, error) {
	return db.All(ctx, q, func(r db.Row) (v Review, err error) {
		return v, r.Scan(&v.ID, (*db.Date)(&v.On), &v.Panel, &v.Opinion, &v.Text, &v.Decision)
	}, `SELECT id, reviewed_on, panel, opinion, findings, decision FROM post_reviews WHERE realm_id = $1 AND post_id = $2 ORDER BY reviewed_on DESC, id DESC`, realm, post)
}
