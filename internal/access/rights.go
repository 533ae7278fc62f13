package access

import (
	"context"
	"maps"
	"slices"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// Rights are what an actor may do in one organisation. They are for pages,
// which offer only what can be done; the methods that do it ask again.
type Rights map[Action]bool

// RightsAt returns what the actor may do in an organisation, or core.NotFound
// if the actor may not even know that it exists.
func RightsAt(ctx context.Context, q db.Querier, who Actor, where core.OrgID) (Rights, error) {
	all := make(Rights, len(allows))
	held, err := rolesAt(ctx, q, who, where)
	if err != nil {
		return nil, err
	}
	for do := range allows {
		switch err := decide(held, do); {
		case who.Machine || err == nil:
			all[do] = true
		case core.KindOf(err) == core.NotFound:
			return nil, err
		}
	}
	return all, nil
}

// told is the order in which rights are told; what is not in it comes last.
var told = []Action{
	SeeOrgs, SeeEnterprises, SeeFigures, SeePeople, OpenFields, ExportPeople, ImportPeople, ChangePeople, ImportOrgs, ChangeOrgs, PlaceOrgs,
	ChangeEnterprises, SeeWork, ChangeWork, HandleClocks, GiveOpinions, AnswerOpinions, ResetAccounts, ManageUsers, ManageSettings, SeeJournal, SeeRetention,
}

// Actions returns every action, in the order in which they are told.
func Actions() []Action {
	rest := slices.Sorted(maps.Keys(allows))
	rest = slices.DeleteFunc(rest, func(do Action) bool { return slices.Contains(told, do) })
	return append(slices.Clone(told), rest...)
}
