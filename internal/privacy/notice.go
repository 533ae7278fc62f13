package privacy

import (
	"context"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/purpose"
	"tongpin/internal/retention"
	"tongpin/internal/rule"
	"tongpin/internal/setting"
)

// A Notice is what a person is told before the own data is used (个人信息保护法
// 第十七条): who processes it, whom to ask, and the register of purposes.
type Notice struct {
	Processor string
	Contact   string // "" where the realm has named nobody
	Purposes  []purpose.Purpose
	rules     rule.Settings
}

// A Keeping says how long one class of records is kept.
type Keeping struct{ Title, Period core.Msg }

// Kept returns how long the data of a purpose is kept in the realm, by the
// classes that it names.
func (n Notice) Kept(p purpose.Purpose) []Keeping {
	var all []Keeping
	for _, key := range p.Keep {
		if c, err := retention.Find(key); err == nil {
			all = append(all, Keeping{c.Title(), c.Kept(n.rules)})
		}
	}
	return all
}

// Usual is the register with the periods that the program comes with, for who
// has no account.
func Usual() Notice { return Notice{Purposes: purpose.All, rules: rule.Defaults()} }

// Notice returns it to everybody who has an account.
func (s *Service) Notice(ctx context.Context, who access.Actor) (n Notice, err error) {
	n.Purposes = purpose.All
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := requireAccount(ctx, tx, who); err != nil {
			return err
		}
		if n.Processor, err = db.One(ctx, tx, db.Text, `SELECT name FROM realms WHERE id = $1`, who.Realm); err != nil {
			return err
		}
		if n.rules, err = setting.Rules(ctx, tx, who.Realm); err != nil {
			return err
		}
		n.Contact, err = setting.Words(ctx, tx, who.Realm, setting.PrivacyContact)
		return err
	})
	return n, err
}

func requireAccount(ctx context.Context, q db.Querier, who access.Actor) error {
	if who.Machine {
		return nil
	}
	n, err := db.One(ctx, q, db.Int, `SELECT count(*) FROM users WHERE realm_id = $1 AND id = $2 AND disabled = $3`, who.Realm, who.User, false)
	if err == nil && n == 0 {
		err = core.NotFound
	}
	return err
}
