package front_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/fact"
	"tongpin/internal/front"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

var walk = flag.Int("walk", 400, "steps of the random walk; the full run takes 100,000")

// A world is a committee with branches A and B, people in both, and a stranger.
type world struct {
	*front.Service
	t                            *testing.T
	top, a, b, c                 org.Org
	secA, secB, head, dept, far  access.Actor
	convener, owner, helper, out access.Actor // people: convener and owner of A, helper of B, out of the committee only
	person                       map[string]core.PersonID
	at                           time.Time
}

func newWorld(t *testing.T, d *db.DB) *world {
	w := &world{t: t, at: dbtest.Day(2026, 11, 24), person: map[string]core.PersonID{}}
	w.Service = &front.Service{DB: d, Now: func() time.Time { return w.at }, Calendars: rule.EmbeddedCalendars()}
	dbtest.Realm(t, d, 1, "Suzhou")
	dbtest.Realm(t, d, 2, "Elsewhere")
	w.do(func(tx *db.Tx) error {
		found := func(realm core.RealmID, name string, kind rule.OrgKind, parent core.OrgID) org.Org {
			o, err := org.Found(t.Context(), tx, access.Machine(realm), w.at, org.Founding{Name: name, Kind: kind, Parent: parent, FoundedOn: core.NewDate(2020, 1, 1)})
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		w.top = found(1, "钢厂党委", rule.Committee, 0)
		w.a = found(1, "甲支部", rule.Branch, w.top.ID)
		w.b = found(1, "乙支部", rule.Branch, w.top.ID)
		w.c = found(1, "丙支部", rule.Branch, w.top.ID)
		far := found(2, "外地党委", rule.Committee, 0)
		user := func(realm core.RealmID, login string, role access.Role, at core.OrgID, member bool) access.Actor {
			u, err := account.Add(t.Context(), tx, access.Machine(realm), w.at, account.NewUser{Login: login, Name: "名" + login})
			if err == nil {
				err = access.Grant(t.Context(), tx, access.Machine(realm), u.ID, access.Place{Role: role, Org: at}, core.DateOf(w.at), w.at)
			}
			if err == nil && member {
				p := core.PersonID(core.NewID(w.at))
				w.person[login] = p
				err = db.Insert(t.Context(), tx, "persons", "realm_id, id, name, name_key, initials, sex, ethnicity, education, position, note, kind, at_path, created_at, version", [][]any{
					{realm, p, "名" + login, login, login, "", "", "", "", "", "full", "", db.Instant(w.at), 1}})
				if err == nil {
					err = db.Insert(t.Context(), tx, "memberships", "realm_id, id, person_id, org_id, kind, valid_from, valid_to, recorded_at, reason", [][]any{
						{realm, core.NewID(w.at), p, at, "full", "2020-01-01", "9999-12-31", db.Instant(w.at), ""}})
				}
				if err == nil {
					_, err = tx.Exec(t.Context(), `UPDATE users SET person_id = $3 WHERE realm_id = $1 AND id = $2`, realm, u.ID, p)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			return access.Actor{Realm: realm, User: u.ID, Via: "page"}
		}
		w.secA, w.secB = user(1, "seca", access.Secretary, w.a.ID, false), user(1, "secb", access.Secretary, w.b.ID, false)
		w.head, w.dept = user(1, "head", access.Secretary, w.top.ID, false), user(1, "dept", access.Department, w.top.ID, false)
		w.far = user(2, "far", access.Secretary, far.ID, false)
		w.convener, w.owner = user(1, "convener", access.Member, w.a.ID, true), user(1, "owner", access.Member, w.a.ID, true)
		w.helper, w.out = user(1, "helper", access.Member, w.b.ID, true), user(1, "out", access.Member, w.b.ID, true)
		return nil
	})
	return w
}

func (w *world) do(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Tx(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) fails(err error, kind core.Kind, key string) {
	w.t.Helper()
	got := core.MsgOf(err).Key
	if f := core.FieldsOf(err); f != nil {
		for _, m := range f {
			if m.Key == key {
				got = key
			}
		}
	}
	if core.KindOf(err) != kind || key != "" && got != key {
		w.t.Errorf("%v (%s %s), want %s %s", err, core.KindOf(err), got, kind, key)
	}
}

func (w *world) count(query string, args ...any) int {
	w.t.Helper()
	var n int
	w.do(func(tx *db.Tx) (err error) {
		n, err = db.One(w.t.Context(), tx, db.Int, query, args...)
		return err
	})
	return n
}

func (w *world) proposal() front.New {
	return front.New{Org: w.a.ID, Title: "一线攻坚", Theme: "technology", Convener: w.person["convener"], Orgs: []core.OrgID{w.b.ID},
		Charter: "把硬度差压下来", StartsOn: core.NewDate(2026, 11, 24), EndsOn: core.NewDate(2026, 12, 20)}
}

// active returns a front at work in which the helper of the other branch takes part.
func (w *world) active() front.Front {
	w.t.Helper()
	f, err := w.Propose(w.t.Context(), w.head, w.proposal())
	w.ok(err)
	w.ok(w.Decide(w.t.Context(), w.head, f.ID, 1, true, ""))
	w.ok(w.Start(w.t.Context(), w.convener, f.ID, 2))
	w.ok(w.Join(w.t.Context(), w.convener, f.ID, w.person["helper"]))
	w.ok(w.Join(w.t.Context(), w.convener, f.ID, w.person["owner"]))
	return f
}

func TestAnActionBranchFromProposalToReport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, ctx := newWorld(t, d), t.Context()
		bad := w.proposal()
		bad.EndsOn = core.NewDate(2026, 11, 23)
		_, err := w.Propose(ctx, w.secA, bad)
		w.fails(err, core.Invalid, "front.ends.before")
		bad.EndsOn = core.Date{}
		_, err = w.Propose(ctx, w.secA, bad)
		w.fails(err, core.Invalid, "front.ends.missing")
		_, err = w.Propose(ctx, w.secB, w.proposal())
		w.fails(err, core.NotFound, "")
		_, err = w.Propose(ctx, w.dept, w.proposal())
		w.fails(err, core.Forbidden, "")
		one := w.proposal()
		one.Orgs = nil
		one.Convener = w.person["helper"]
		_, err = w.Propose(ctx, w.secA, one)
		w.fails(err, core.Invalid, "front.person.elsewhere")
		_, err = w.Propose(ctx, w.secA, w.proposal()) // who cannot see the other branch
		w.fails(err, core.NotFound, "")
		members := w.count(`SELECT count(*) FROM memberships WHERE superseded_at IS NULL AND valid_to = '9999-12-31'`)
		f := w.active()
		w.fails(w.Decide(ctx, w.secA, f.ID, 0, true, ""), core.Forbidden, "front.approve.above")
		w.fails(w.Start(ctx, w.convener, f.ID, 1), core.Conflict, "front.stale")
		v, err := w.Find(ctx, w.helper, f.ID)
		w.ok(err)
		if v.Taking != 3 || len(v.People) != 3 || v.State != front.Active || !slices.ContainsFunc(v.People, func(p front.Person) bool { return p.HomeName == "乙支部" }) {
			t.Errorf("the helper sees %+v", v)
		}
		if v, err = w.Find(ctx, w.dept, f.ID); err != nil || v.People != nil || v.ConvenerName != "" || v.Taking != 3 {
			t.Errorf("a department sees names: %+v, %v", v.People, err)
		}
		_, err = w.Find(ctx, w.far, f.ID)
		w.fails(err, core.NotFound, "")
		w.fails(w.Extend(ctx, w.convener, f.ID, 0, core.NewDate(2026, 12, 20), "没做完"), core.Invalid, "front.extend.later")
		w.fails(w.Extend(ctx, w.convener, f.ID, 0, core.NewDate(2026, 12, 31), " "), core.Invalid, "front.reason.missing")
		w.at = dbtest.Day(2026, 12, 20)
		w.ok(w.Extend(ctx, w.convener, f.ID, 0, core.NewDate(2026, 12, 31), "没做完"))
		w.fails(w.Extend(ctx, w.convener, f.ID, 0, core.NewDate(2027, 1, 31), "没做完"), core.Invalid, "front.extended_twice")
		w.at = dbtest.Day(2027, 1, 1)
		if v, err = w.Find(ctx, w.convener, f.ID); err != nil || v.State != front.Closing {
			t.Errorf("after its last day it is %s, %v", v.State, err)
		}
		w.fails(w.Close(ctx, w.convener, f.ID, 0, front.Report{Reached: "到 18 HB", Reuse: "二炼"}), core.Invalid, "front.not_reached.missing")
		w.ok(w.Close(ctx, w.convener, f.ID, 0, front.Report{Reached: "到 18 HB", Missed: "无", Reuse: "二炼"}))
		_, err = w.Raise(ctx, w.secA, f.ID, 0, 0, front.Fields{Title: "再来一个"})
		w.fails(err, core.Conflict, "problem.front_closed")
		if n := w.count(`SELECT count(*) FROM clocks WHERE subject_id = $1 AND ended_at IS NULL`, f.ID); n != 0 {
			t.Errorf("%d clocks of a closed front run", n)
		}
		if n := w.count(`SELECT count(*) FROM memberships WHERE superseded_at IS NULL AND valid_to = '9999-12-31'`); n != members {
			t.Errorf("memberships went from %d to %d", members, n)
		}
	})
}

func TestAnActionBranchEndsOnItsDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, ctx := newWorld(t, d), t.Context()
		f := w.active()
		w.at = dbtest.Day(2026, 12, 21)
		w.fails(w.Extend(ctx, w.convener, f.ID, 0, core.NewDate(2026, 12, 31), "没做完"), core.Conflict, "front.move")
		rows, err := w.List(ctx, w.secB, w.b.ID, 0, 10) // people of b take part
		if err != nil || len(rows) != 1 || rows[0].State != front.Closing || rows[0].Taking != 3 || rows[0].ConvenerName != "" {
			t.Errorf("the other branch lists %+v, %v", rows, err)
		}
		_, err = w.List(ctx, w.far, w.a.ID, 0, 10)
		w.fails(err, core.NotFound, "")
	})
}

func TestAnActionBranchAdmitsNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, ctx := newWorld(t, d), t.Context()
		f := w.active()
		for _, a := range []rule.Action{rule.AcceptMember, rule.RegulariseMember, rule.DisciplineMember, rule.DisposeMember, rule.CollectDues, rule.ElectDelegates, rule.TermElection} {
			v, err := w.Deed(ctx, w.convener, f.ID, a)
			w.fails(err, core.Invalid, "front.deed.refused")
			if args := core.MsgOf(err).Args; v.Citation == "" || len(args) != 2 || args[1] != v.Citation {
				t.Errorf("%s is refused without its article: %v", a, args)
			}
		}
		if _, err := w.Deed(ctx, w.convener, f.ID, rule.Study); err != nil {
			t.Error(err)
		}
		_, err := w.Deed(ctx, w.convener, f.ID, "anything")
		w.fails(err, core.Invalid, "front.deed.unknown")
		_, err = w.Deed(ctx, w.far, f.ID, rule.Study)
		w.fails(err, core.NotFound, "")
	})
}

func TestAProblemFromPhenomenonToFact(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, ctx := newWorld(t, d), t.Context()
		f := w.active()
		_, err := w.Raise(ctx, w.helper, f.ID, 0, 0, front.Fields{Title: " "})
		w.fails(err, core.Invalid, "problem.title.missing")
		_, err = w.Raise(ctx, w.out, f.ID, 0, 0, front.Fields{Title: "外面的人"})
		w.fails(err, core.Forbidden, "")
		_, err = w.Raise(ctx, w.far, f.ID, 0, 0, front.Fields{Title: "外地的人"})
		w.fails(err, core.NotFound, "")
		p, err := w.Raise(ctx, w.helper, f.ID, 0, 0, front.Fields{Title: "芯部硬度偏低", Owner: w.person["owner"], DueOn: core.NewDate(2026, 12, 1)})
		w.ok(err)
		got, err := w.Quick(ctx, w.helper, p.ID, "昨天 提高冷却速度 无效 @名owner")
		if err != nil || got.Person != w.person["owner"] || got.Text != "提高冷却速度" || got.Result != front.Not || got.On != core.NewDate(2026, 11, 23) {
			t.Errorf("read %+v, %v", got, err)
		}
		if got, err = w.Quick(ctx, w.helper, p.ID, "换喷嘴 @张工"); err != nil || got.Person != 0 || got.Text != "换喷嘴 @张工" {
			t.Errorf("an unknown name is read as %+v, %v", got, err)
		}
		got.Result, got.Text = front.Works, "换了喷嘴"
		if _, err = w.Try(ctx, w.helper, p.ID, got); err != nil {
			t.Error(err)
		}
		w.fails(w.Found(ctx, w.owner, p.ID, "换喷嘴", ""), core.Invalid, "problem.evidence.missing")
		w.fails(w.Settle(ctx, w.helper, p.ID, true), core.Conflict, "problem.move")
		w.ok(w.Found(ctx, w.owner, p.ID, "换喷嘴", "报告 1142"))
		w.fails(w.Verify(ctx, w.owner, p.ID, true), core.Forbidden, "problem.forbidden.verify")
		w.ok(w.Verify(ctx, w.convener, p.ID, true))
		w.fails(w.Settle(ctx, w.owner, p.ID, true), core.Forbidden, "problem.forbidden.close")
		w.ok(w.Settle(ctx, w.helper, p.ID, true))
		v, err := w.Problem(ctx, w.secA, p.ID)
		if err != nil || v.Step != front.Solved || len(v.Tries) != 2 || v.Number != 1 || v.VerifierName != "名convener" {
			t.Errorf("the problem is %+v, %v", v, err)
		}
		if v, err = w.Problem(ctx, w.dept, p.ID); err != nil || v.OwnerName+v.RaiserName+v.VerifierName+v.Tries[0].Name+v.Tries[1].Name != "" || v.People != nil {
			t.Errorf("a department sees names: %+v, %v", v, err)
		}
		w.do(func(tx *db.Tx) error {
			got, err := fact.Find(ctx, tx, 1, fact.Problem, p.ID)
			if err != nil || got.Number != "#1" || !got.Over || got.Changed != "换喷嘴" || got.Page() != "/problems/"+p.ID.String() {
				t.Errorf("the fact is %+v, %v", got, err)
			}
			return nil
		})
		if n := w.count(`SELECT count(*) FROM clocks WHERE subject_id = $1 AND ended_at IS NULL`, p.ID); n != 0 {
			t.Errorf("%d clocks of a closed problem run", n)
		}
		w.at = dbtest.Day(2026, 12, 25)
		w.fails(w.Reopen(ctx, w.convener, p.ID, "又来了"), core.Invalid, "problem.reopen.late")
		w.at = dbtest.Day(2026, 12, 24) // the 30th day
		w.ok(w.Reopen(ctx, w.convener, p.ID, "又来了"))
		_, err = w.Problem(ctx, w.far, p.ID)
		w.fails(err, core.NotFound, "")
	})
}

func TestAnOrganisationThatWasAskedAnswers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, ctx := newWorld(t, d), t.Context()
		f := w.active()
		p, err := w.Raise(ctx, w.convener, f.ID, 0, 0, front.Fields{Title: "缺合金"})
		w.ok(err)
		w.fails(w.Ask(ctx, w.convener, p.ID, w.b.ID, "", 3), core.Invalid, "problem.ask.missing")
		w.fails(w.Ask(ctx, w.convener, p.ID, w.c.ID, "要合金", 3), core.NotFound, "") // neither seen nor above nor of the front
		w.ok(w.Ask(ctx, w.convener, p.ID, w.b.ID, "要两炉试验钢", 5))                    // Tuesday the 24th
		w.fails(w.Ask(ctx, w.convener, p.ID, w.b.ID, "再要两炉", 3), core.Conflict, "problem.waiting")
		if n := w.count(`SELECT count(*) FROM clocks WHERE kind = $1 AND subject_id = $2 AND org_id = $3 AND due_on = '2026-12-01' AND ended_at IS NULL`, clock.ProblemAsk, p.ID, w.b.ID); n != 1 {
			t.Errorf("the clock of the answer is not the other branch's for the fifth working day")
		}
		all, err := w.Problems(ctx, w.dept, front.Query{Under: w.top.ID, Filter: front.Waiting})
		if err != nil || len(all) != 1 || all[0].RaiserName != "" {
			t.Errorf("waiting are %+v, %v", all, err)
		}
		w.fails(w.Answer(ctx, w.secA, p.ID, "好", core.Date{}), core.Forbidden, "problem.forbidden.answer")
		w.fails(w.Answer(ctx, w.secB, p.ID, "好", core.NewDate(2026, 11, 23)), core.Invalid, "problem.due.past")
		w.ok(w.Answer(ctx, w.secB, p.ID, "同意", core.NewDate(2026, 11, 24)))
		w.fails(w.Answer(ctx, w.secB, p.ID, "同意", core.Date{}), core.Conflict, "problem.answered")
	})
}

func TestTwoWhoEditOneProblemLoseNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, ctx := newWorld(t, d), t.Context()
		f := w.active()
		base := front.Fields{Title: "甲", Phenomenon: "乙"}
		p, err := w.Raise(ctx, w.convener, f.ID, 0, 0, base)
		w.ok(err)
		one, two, three := base, base, base
		one.Title, two.Phenomenon, two.Owner, three.Title = "一", "二", w.person["helper"], "三"
		w.ok(w.Edit(ctx, w.convener, p.ID, base, one))
		w.ok(w.Edit(ctx, w.helper, p.ID, base, two))
		v, err := w.Problem(ctx, w.convener, p.ID)
		want := front.Fields{Title: "一", Phenomenon: "二", Owner: w.person["helper"]}
		if err != nil || v.Fields != want {
			t.Errorf("merged to %+v, %v", v.Fields, err)
		}
		err = w.Edit(ctx, w.helper, p.ID, base, three)
		w.fails(err, core.Conflict, "problem.clash")
		var clash *front.Clash
		if !errors.As(err, &clash) || clash.Theirs != want || clash.Merged.Title != "三" || clash.Merged.Phenomenon != "二" || strings.Join(clash.Names, " ") != "title" {
			t.Errorf("the clash is %+v", clash)
		}
		if v, err = w.Problem(ctx, w.convener, p.ID); err != nil || v.Fields != want {
			t.Errorf("a clash wrote %+v, %v", v.Fields, err)
		}
	})
}

func TestProblemsRaisedAtOnceGetTheirNumbers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, ctx := newWorld(t, d), t.Context()
		f := w.active()
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() {
				if _, err := w.Raise(ctx, w.helper, f.ID, 0, 0, front.Fields{Title: "同时"}); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if n := w.count(`SELECT count(DISTINCT number) + max(number) FROM problems WHERE front_id = $1`, f.ID); n != 16 {
			t.Errorf("numbers are not 1 to 8: %d", n)
		}
		w.at = w.at.AddDate(0, 0, 7)
		if old, err := w.Problems(ctx, w.helper, front.Query{Front: f.ID, Filter: front.Old}); err != nil || len(old) != 0 {
			t.Errorf("on the seventh day %d are old, %v", len(old), err)
		}
		w.at = w.at.AddDate(0, 0, 1)
		if old, err := w.Problems(ctx, w.helper, front.Query{Front: f.ID, Filter: front.Old}); err != nil || len(old) != 8 {
			t.Errorf("on the eighth day %d are old, %v", len(old), err)
		}
		l, err := w.LogOf(ctx, w.dept, f.ID, 0)
		if err != nil || l.Strip != (front.Strip{Open: 8, Oldest: 8}) {
			t.Errorf("the strip is %+v, %v", l.Strip, err)
		}
		w.do(func(tx *db.Tx) error {
			open, err := front.OpenProblems(ctx, tx, 1, f.ID)
			if err != nil || len(open) != 8 || open[0].Number != 1 {
				t.Errorf("the agenda is %d, %v", len(open), err)
			}
			counts, err := front.CountOpen(ctx, tx, 1, []core.ID{f.ID})
			if err != nil || len(counts) != 0 {
				t.Errorf("a front counts as a project: %v, %v", counts, err)
			}
			return nil
		})
	})
}

// A random walk with every deed by everybody: what is refused changes nothing,
// what is done follows the table, and no closed problem lacks way, evidence and
// a verifier who is not its owner.
func TestARandomWalkKeepsTheInvariants(t *testing.T) {
	d := dbtest.SQLite(t)
	w, ctx := newWorld(t, d), t.Context()
	f := w.active()
	p, err := w.Raise(ctx, w.helper, f.ID, 0, 0, front.Fields{Title: "走", Owner: w.person["owner"]})
	w.ok(err)
	people := []access.Actor{w.helper, w.owner, w.convener, w.secA, w.secB, w.out, w.far}
	r := rand.New(rand.NewPCG(1, 2))
	step := front.Open
	for i := range *walk {
		who := people[r.IntN(len(people))]
		var err error
		deed := r.IntN(8)
		switch deed {
		case 0:
			err = w.Found(ctx, who, p.ID, "办法", "证据")
		case 1:
			err = w.Verify(ctx, who, p.ID, r.IntN(3) > 0)
		case 2:
			err = w.Settle(ctx, who, p.ID, r.IntN(3) > 0)
		case 3:
			err = w.Drop(ctx, who, p.ID, "不是问题")
		case 4:
			err = w.Reopen(ctx, who, p.ID, "又来了")
		case 5:
			err = w.Ask(ctx, who, p.ID, w.b.ID, fmt.Sprint("求助", i), 2)
		case 6:
			err = w.Answer(ctx, who, p.ID, "好", core.Date{})
		default:
			_, err = w.Quick(ctx, who, p.ID, "今天 试试 有效")
		}
		v, ferr := w.Problem(ctx, access.Machine(1), p.ID)
		w.ok(ferr)
		open := w.count(`SELECT count(*) FROM problem_asks WHERE problem_id = $1 AND answered_on IS NULL`, p.ID)
		switch {
		case err != nil && v.Step != step:
			t.Fatalf("step %d, deed %d: refused with %v and moved from %s to %s", i, deed, err, step, v.Step)
		case v.Step != step && !slices.Contains(front.ProblemMoves[step], v.Step):
			t.Fatalf("step %d, deed %d: moved from %s to %s", i, deed, step, v.Step)
		case v.Step == front.Solved && (v.Way == "" || v.Evidence == "" || v.VerifiedOn.IsZero() || v.VerifiedBy == v.Owner):
			t.Fatalf("step %d: closed as %+v", i, v.Problem)
		case v.Step.Live() != v.ClosedOn.IsZero() || v.Waiting != (open == 1) || v.Waiting && !v.Step.Live():
			t.Fatalf("step %d: %+v with %d asks open", i, v.Problem, open)
		}
		step = v.Step
	}
}
