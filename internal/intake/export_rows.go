package intake

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/member"
	"tongpin/internal/names"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// errEnough says that whoever reads the rows wants no more.
var errEnough = errors.New("enough")

func (p *printer) each(put func(map[string]string) error) error {
	switch p.x.Entity {
	case Members:
		return p.people(put)
	case Enterprises:
		return p.enterprises(put)
	}
	return p.orgs(put)
}

// spell finds how each organisation is to be written so that importing finds
// it alone: by its name, else behind the name of the one above it.
func (p *printer) spell() {
	all := p.tree.Under(p.under.ID)
	p.spelled = make(map[core.OrgID]string, len(all))
	named := map[string]int{}
	short := make(map[core.OrgID]string, len(all))
	for _, id := range all {
		n, _ := p.tree.Find(id)
		short[id] = n.Name
		named[names.Fold(n.Name)]++
	}
	for _, id := range all {
		s := short[id]
		if named[names.Fold(s)] > 1 && id != p.under.ID {
			s = p.full(id)
		}
		p.spelled[id] = s
	}
}

// full writes an organisation behind all those above it, up to the one that the
// list is of.
func (p *printer) full(id core.OrgID) string {
	var line []string
	for _, n := range p.tree.Line(id) {
		if len(line) > 0 || n.ID == p.under.ID {
			line = append(line, n.Name)
		}
	}
	return strings.Join(line, "/")
}

// part is for how many records the facts around them are read at once.
const part = 500

// orgs gives the organisations, those above before those below.
func (p *printer) orgs(put func(map[string]string) error) error {
	for ids := range slices.Chunk(p.tree.Under(p.under.ID), part) {
		terms, err := org.TermsNow(p.ctx, p.tx, p.who.Realm, ids)
		if err != nil {
			return err
		}
		hostings, err := enterprise.HostingsNow(p.ctx, p.tx, p.who.Realm, ids)
		if err != nil {
			return err
		}
		firm := map[core.OrgID]core.EnterpriseID{}
		var firms []core.EnterpriseID
		for _, h := range hostings {
			if firm[h.Org] == 0 {
				firm[h.Org] = h.Enterprise
				firms = append(firms, h.Enterprise)
			}
		}
		about, err := p.about(firms)
		if err != nil {
			return err
		}
		for _, id := range ids {
			n, _ := p.tree.Find(id)
			items := map[string]string{
				"name": n.Name, "type": p.word(n.Kind.Title(), string(n.Kind)), "founded_on": n.FoundedOn.String(), "term_ends_on": terms[id].EndsOn.String(),
			}
			if id != p.under.ID {
				items["parent"] = p.spelled[n.Parent]
			}
			for k, v := range about[firm[id]] {
				items[k] = v
			}
			if err := put(items); err != nil {
				return err
			}
		}
	}
	return nil
}

// about returns what the ledger says of enterprises.
func (p *printer) about(ids []core.EnterpriseID) (map[core.EnterpriseID]map[string]string, error) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	all := make(map[core.EnterpriseID]map[string]string, len(ids))
	found, err := enterprise.Some(p.ctx, p.tx, p.who.Realm, ids)
	if err != nil {
		return nil, err
	}
	for _, e := range found {
		t, _ := rule.FindEnterpriseType(e.Type)
		items := map[string]string{"enterprise": e.Name, "credit_code": e.CreditCode, "enterprise_type": p.word(t.Title(), t.Code)}
		if e.Employees != nil {
			items["employees"] = strconv.Itoa(*e.Employees)
		}
		all[e.ID] = items
	}
	joinings, err := enterprise.JoiningsNow(p.ctx, p.tx, p.who.Realm, ids)
	for _, j := range joinings {
		if j.Kind == enterprise.Chain || j.Kind == enterprise.Building {
			items := all[j.Enterprise]
			if items[j.Kind] != "" {
				items[j.Kind] += "、"
			}
			items[j.Kind] += j.Name
		}
	}
	return all, err
}

// people gives the members, organisation by organisation.
func (p *printer) people(put func(map[string]string) error) error {
	return member.Each(p.ctx, p.tx, p.who.Realm, access.Below(p.under.Path), p.x.day(p.s.Now()), func(m member.Person) error {
		if _, told := slices.BinarySearch(p.in, core.ID(m.ID)); !told || m.Kind == member.None {
			return nil
		}
		items := map[string]string{
			"name": m.Name, "sex": p.word(core.M("person_sex."+m.Sex), m.Sex), "ethnicity": m.Ethnicity, "born_on": m.BornOn.String(), "education": m.Education,
			"joined_on": m.JoinedOn.String(), "confirmed_on": m.ConfirmedOn.String(), "category": p.word(member.KindTitle(m.Kind), m.Kind),
			"unit": p.spelled[m.Org], "position": m.Position, "note": m.Note,
		}
		if p.x.Sensitive {
			var err error
			if items["id_number"], items["phone"], err = m.Numbers(p.s.Keys); err != nil {
				return err
			}
		}
		return put(items)
	})
}

// enterprises gives the enterprises, organisation by organisation.
func (p *printer) enterprises(put func(map[string]string) error) error {
	all, err := enterprise.Below(p.ctx, p.tx, p.who.Realm, access.Below(p.under.Path))
	if err != nil {
		return err
	}
	for part := range slices.Chunk(all, part) {
		ids := make([]core.EnterpriseID, len(part))
		for i, e := range part {
			ids[i] = e.ID
		}
		about, err := p.about(ids)
		if err != nil {
			return err
		}
		for _, e := range part {
			items := about[e.ID]
			items["name"], items["type"], items["unit"], items["industry"] = e.Name, items["enterprise_type"], p.spelled[e.Org], e.Industry
			items["state"], items["verified_on"] = p.word(enterprise.StateTitle(e.State), e.State), e.VerifiedOn.String()
			for key, n := range map[string]*int{"foreign_share": e.ForeignShare, "members_found": e.MembersFound} {
				if n != nil {
					items[key] = strconv.Itoa(*n)
				}
			}
			if err := put(items); err != nil {
				return err
			}
		}
	}
	return nil
}
