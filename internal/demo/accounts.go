package demo

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/member"
)

// A Person is somebody of the example who can sign in by a link.
type Person struct {
	Key   string // the name of what he or she is: demo.person.KEY
	Token string
}

// linkLasts is how long the links of the example work.
const linkLasts = 30 * 24 * time.Hour

// accounts makes the nine people of the example, each with a role in one place.
func (b *builder) accounts(ctx context.Context) ([]Person, error) {
	at := func(name string) core.OrgID { return b.orgIDs[b.at[name]-1] }
	var manager core.EnterpriseID
	for i, e := range b.enterprises {
		if e.name == dow {
			manager = b.enterpriseIDs[i]
		}
	}
	people := []struct {
		key, name string
		lang      core.Lang
		place     access.Place
	}{
		{"city", "顾明远", core.Hans, access.Place{Role: access.Department, Org: b.orgIDs[0]}},
		{"park", "沈知远", core.Hans, access.Place{Role: access.Registrar, Org: b.orgIDs[b.park-1]}},
		{"committee", "周启明", core.Hans, access.Place{Role: access.Secretary, Org: at(dow + "党支部")}},
		{"branch", "黄以宁", core.Hans, access.Place{Role: access.Secretary, Org: at(port + "党支部")}},
		{"member", "林若川", core.Hans, access.Place{Role: access.Member, Org: at(dow + "生产一支部")}},
		{"manager", "Ingrid Vogel", core.En, access.Place{Role: access.Manager, Enterprise: manager}},
		{"security", "陆安然", core.Hans, access.Place{Role: access.Security, Org: b.orgIDs[0]}},
		{"auditor", "秦明鉴", core.Hans, access.Place{Role: access.Auditor, Org: b.orgIDs[0]}},
		{"system", "严维新", core.Hans, access.Place{Role: access.System, Org: b.orgIDs[0]}},
	}
	var all []Person
	err := b.db.Tx(ctx, func(tx *db.Tx) error {
		all = all[:0] // the function may run again
		for _, p := range people {
			n := account.NewUser{Login: "demo-" + p.key, Name: p.name, Lang: p.lang}
			if p.key == "member" {
				record, err := b.record(ctx, tx, p.name, p.place.Org)
				if err != nil {
					return err
				}
				n.Person = record
			}
			u, err := account.Add(ctx, tx, b.who, b.now, n)
			if err != nil {
				return err
			}
			if err := access.Grant(ctx, tx, b.who, u.ID, p.place, b.today, b.now); err != nil {
				return err
			}
			token, err := account.IssueLink(ctx, tx, b.who.Realm, u.ID, b.now.Add(linkLasts))
			if err != nil {
				return err
			}
			all = append(all, Person{p.key, token})
		}
		return nil
	})
	return all, err
}

// record enrols the member who signs in.
func (b *builder) record(ctx context.Context, tx *db.Tx, name string, at core.OrgID) (core.PersonID, error) {
	born := core.NewDate(1988, 4, 12)
	p, err := member.Enrol(ctx, tx, b.keys, b.who, b.now, member.Enrolment{
		Name: name, Sex: "male", Ethnicity: "汉族", BornOn: born, Education: "本科", IDNumber: idNumber(b.r, born, true), Phone: phone(b.r),
		JoinedOn: core.NewDate(2012, 6, 20), ConfirmedOn: core.NewDate(2013, 6, 20), Kind: member.Full, Org: at, Position: "生产经理", From: core.NewDate(2012, 6, 20),
	})
	return p.ID, err
}
