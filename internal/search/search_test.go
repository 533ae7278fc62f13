package search_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/search"
	"tongpin/internal/secret"
)

var now = dbtest.Day(2026, 11, 20)

// A world is a city with two parks, each with a branch, an enterprise and a
// person of the same name; the second realm has all of it once more.
type world struct {
	*testing.T
	*search.Service
	city, east, west, branch, other core.OrgID
	mill, far                       core.EnterpriseID // of the west, and of the second realm
	users                           core.UserID
}

func newWorld(t *testing.T, d *db.DB) *world {
	keys := secret.Fixed(secret.AES)
	w := &world{T: t}
	clock := func() time.Time { return now }
	w.Service = &search.Service{
		DB: d, Org: &org.Service{DB: d, Now: clock}, Enterprise: &enterprise.Service{DB: d, Now: clock},
		Member: &member.Service{DB: d, Now: clock, Keys: keys},
	}
	for _, realm := range []core.RealmID{1, 2} {
		dbtest.Realm(t, d, realm, fmt.Sprint("realm ", realm))
		city := w.found(realm, 0, "苏州市委", rule.Committee)
		var parks [2]core.OrgID
		for i, name := range []string{"东区党工委", "西区党工委"} {
			parks[i] = w.found(realm, city, name, rule.Committee)
			branch := w.found(realm, parks[i], "纺织厂党支部", rule.Branch)
			w.do(func(tx *db.Tx) error {
				e, err := enterprise.Register(t.Context(), tx, access.Machine(realm), now, enterprise.Registration{Name: "纺织厂", Org: parks[i], Type: "private"})
				if err != nil {
					return err
				}
				w.far = e.ID
				if realm == 1 {
					w.mill = e.ID
				}
				_, err = member.Enrol(t.Context(), tx, keys, access.Machine(realm), now, member.Enrolment{
					Name: "纺小织", Kind: member.Full, Org: branch, Position: name, JoinedOn: core.NewDate(2018, 6, 1), ConfirmedOn: core.NewDate(2019, 6, 1), From: core.NewDate(2020, 1, 1),
				})
				return err
			})
			if realm == 1 && i == 0 {
				w.branch = branch
			}
		}
		if realm == 1 {
			w.city, w.east, w.west = city, parks[0], parks[1]
		} else {
			w.other = city
		}
	}
	return w
}

func (w *world) do(f func(tx *db.Tx) error) {
	w.Helper()
	if err := w.DB.Tx(w.Context(), f); err != nil {
		w.Fatalf("%v %v", err, core.FieldsOf(err))
	}
}

func (w *world) found(realm core.RealmID, parent core.OrgID, name string, kind rule.OrgKind) (id core.OrgID) {
	w.do(func(tx *db.Tx) error {
		o, err := org.Found(w.Context(), tx, access.Machine(realm), now, org.Founding{Parent: parent, Name: name, Kind: kind, FoundedOn: core.NewDate(2015, 1, 1)})
		id = o.ID
		return err
	})
	return id
}

func (w *world) user(realm core.RealmID, places ...access.Place) access.Actor {
	w.users++
	id := w.users
	w.do(func(tx *db.Tx) error {
		_, err := tx.Exec(w.Context(), `INSERT INTO users (realm_id, id, login, login_key, name, password, lang, theme, disabled, epoch, created_at)
			VALUES ($1, $2, $3, $3, 'n', '', '', '', $4, 0, 0)`, realm, id, fmt.Sprint("u", id), false)
		for _, p := range places {
			if err == nil {
				err = access.Grant(w.Context(), tx, access.Machine(realm), id, p, core.NewDate(2026, 1, 1), now)
			}
		}
		return err
	})
	return access.Actor{Realm: realm, User: id, Via: "page"}
}

// ask returns what is found, as "orgs enterprises people" with the places of
// each.
func (w *world) ask(who access.Actor, words string) string {
	w.Helper()
	r, err := w.Find(w.Context(), who, search.Query{Words: words, Orgs: true, Enterprises: true, People: true})
	if err != nil {
		w.Fatal(err)
	}
	var out []string
	for _, o := range r.Orgs {
		out = append(out, "o:"+o.Where)
	}
	for _, e := range r.Enterprises {
		out = append(out, "e:"+e.OrgName)
	}
	for _, p := range r.People {
		out = append(out, "p:"+p.Position)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

const (
	east = "e:东区党工委 o:东区党工委"
	west = "e:西区党工委 o:西区党工委"
	both = "e:东区党工委 e:西区党工委 o:东区党工委 o:西区党工委"
)

func TestASearchFindsWhatTheListsShow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		at := func(role access.Role, org core.OrgID) access.Place { return access.Place{Role: role, Org: org} }
		for _, tt := range []struct {
			name  string
			who   access.Actor
			words string
			want  string
		}{
			{"a department sees no names", w.user(1, at(access.Department, w.city)), "纺", both},
			{"a registrar of one park", w.user(1, at(access.Registrar, w.east)), "纺", east + " p:东区党工委"},
			{"initials find all three kinds", w.user(1, at(access.Registrar, w.west)), "f", west + " p:西区党工委"},
			{"two characters", w.user(1, at(access.Registrar, w.east)), "纺织", east},
			{"three characters", w.user(1, at(access.Registrar, w.east)), "纺织厂", east},
			{"a whole name", w.user(1, at(access.Registrar, w.east)), "纺小织", "p:东区党工委"},
			{"two places look from both", w.user(1, at(access.Registrar, w.east), at(access.Department, w.west)), "纺", both + " p:东区党工委"},
			{"a place below another finds nothing twice", w.user(1, at(access.Registrar, w.city), at(access.Registrar, w.east)), "纺", both + " p:东区党工委 p:西区党工委"},
			{"names below a department", w.user(1, at(access.Department, w.city), at(access.Secretary, w.branch)), "纺", both + " p:东区党工委"},
			{"a member sees the branch alone", w.user(1, at(access.Member, w.branch)), "纺", "o:东区党工委"},
			{"a manager sees the own enterprise", w.user(1, access.Place{Role: access.Manager, Enterprise: w.mill}), "fzc", "e:西区党工委"},
			{"a manager sees nothing else", w.user(1, access.Place{Role: access.Manager, Enterprise: w.mill}), "东", ""},
			{"an administrator sees organisations", w.user(1, at(access.Security, w.city)), "纺", "o:东区党工委 o:西区党工委"},
			{"the second realm has its own", w.user(2, at(access.Department, w.other)), "纺", both},
			{"the machine", access.Machine(1), "纺小", "p:东区党工委 p:西区党工委"},
			{"nothing is called so", access.Machine(1), "zzz", ""},
			{"signs", access.Machine(1), "%_'\"", ""},
			{"blanks", access.Machine(1), "  ", ""},
		} {
			if got := w.ask(tt.who, tt.words); got != sorted(tt.want) {
				t.Errorf("%s, %q: found %q, want %q", tt.name, tt.words, got, sorted(tt.want))
			}
		}
	})
}

func sorted(s string) string {
	all := strings.Fields(s)
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestASearchIsForWhoHoldsARole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		if _, err := w.Find(t.Context(), w.user(1), search.Query{Words: "纺", Orgs: true}); !errors.Is(err, core.NotFound) {
			t.Errorf("without a role: got %v", err)
		}
		foreign := access.Place{Role: access.Registrar, Org: w.other}
		who := w.user(2, foreign)
		who.Realm = 1
		if _, err := w.Find(t.Context(), who, search.Query{Words: "纺", Orgs: true}); !errors.Is(err, core.NotFound) {
			t.Errorf("a role of another realm: got %v", err)
		}
		long := strings.Repeat("纺", 101)
		if _, err := w.Find(t.Context(), access.Machine(1), search.Query{Words: long}); core.FieldsOf(err)["q"].Key != "search.long" {
			t.Errorf("%d characters: got %v", 101, err)
		}
	})
}

func TestASearchTellsThatThereIsMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r, err := w.Find(t.Context(), access.Machine(1), search.Query{Words: "纺", Orgs: true, Enterprises: true, People: true, Most: 1})
		if err != nil || len(r.Orgs) != 1 || len(r.Enterprises) != 1 || len(r.People) != 1 || !r.MoreOrgs || !r.MoreEnterprises || !r.MorePeople {
			t.Errorf("got %+v, %v", r, err)
		}
		who := w.user(1, access.Place{Role: access.Registrar, Org: w.east}, access.Place{Role: access.Registrar, Org: w.west})
		if r, err = w.Find(t.Context(), who, search.Query{Words: "纺", Orgs: true, Most: 1}); err != nil || len(r.Orgs) != 1 || !r.MoreOrgs || len(r.People) != 0 {
			t.Errorf("from two places: got %+v, %v", r, err)
		}
		if r, err = w.Find(t.Context(), access.Machine(1), search.Query{Words: "纺", Orgs: true, Most: 2}); err != nil || r.MoreOrgs {
			t.Errorf("all are told: got %+v, %v", r, err)
		}
	})
}
