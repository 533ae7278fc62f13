package org

import (
	"context"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// TermsNow returns the current terms of the organisations that have one.
func TermsNow(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.OrgID) (map[core.OrgID]Term, error) {
	all := map[core.OrgID]Term{}
	err := eachOf(ctx, q, realm, ids, func(r db.Row) error {
		t, err := scanTerm(r)
		all[t.Org] = t
		return err
	}, `SELECT `+termColumns+` FROM terms t WHERE t.realm_id = $1 AND t.ended_on IS NULL AND t.org_id IN (`+inMany+`)`)
	return all, err
}

// Some returns the organisations of those ids that the realm has, dissolved
// ones too.
func Some(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.OrgID) (map[core.OrgID]Org, error) {
	return findMany(ctx, q, realm, ids)
}
