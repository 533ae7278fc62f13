package project_test

import (
	"errors"
	"flag"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/project"
)

var (
	now   = dbtest.Day(2026, 11, 20)
	today = core.DateOf(now)
	walk  = flag.Int("walk", 2000, "steps of the random walk")
)

// A world is a park with two branches; the first has an enterprise with two
// teams. Ids are numbers that a reader can follow.
type world struct {
	*project.Service
	t *testing.T
}

const (
	park   core.OrgID        = 1
	branch core.OrgID        = 11
	beside core.OrgID        = 12
	steel  core.EnterpriseID = 500
	teamA  core.ID           = 701
	teamB  core.ID           = 702
	song   core.PersonID     = 801 // leads topics
	lu     core.PersonID     = 802
)

var secretary, department, manager, leader, neighbour, stranger = as(1, 1), as(1, 2), as(1, 3), as(1, 4), as(1, 5), as(2, 6)

func as(realm core.RealmID, user core.UserID) access.Actor {
	return access.Actor{Realm: realm, User: user, Via: "page"}
}

func newWorld(t *testing.T, d *db.DB) *world {
	w := &world{&project.Service{DB: d, Now: func() time.Time { return now }}, t}
	dbtest.Realm(t, d, 1, "Suzhou")
	dbtest.Realm(t, d, 2, "Elsewhere")
	org := func(realm, id, parent int, path, kind string) {
		w.exec(`INSERT INTO orgs (realm_id, id, number, parent_id, path, depth, name, name_key, initials, kind, setup_mode, host_situation, approval_document, founded_on, version, created_at)
			VALUES ($1, $2, $2, $3, $4, $5, $6, 'n', 'n', $7, '', '', '', '2020-01-01', 1, 0)`, realm, id, db.Null(&parent), path, strings.Count(path, ".")-1, path, kind)
	}
	org(1, 1, 0, "1.", "committee")
	org(1, 11, 1, "1.11.", "branch")
	org(1, 12, 1, "1.12.", "branch")
	org(2, 21, 0, "1.", "committee")
	w.exec(`INSERT INTO enterprises (realm_id, id, name, name_key, initials, org_id, path, type, industry, state, version, created_at)
		VALUES (1, 500, '永卓', 'y', 'y', 11, '1.11.', 'private', '', 'operating', 1, 0)`)
	for _, id := range []core.ID{teamA, teamB} {
		w.exec(`INSERT INTO teams (realm_id, id, enterprise_id, org_id, name, version, created_at) VALUES (1, $1, 500, 11, $2, 1, 0)`, id, "班"+id.String()[11:])
	}
	for _, id := range []core.PersonID{song, lu} {
		w.exec(`INSERT INTO persons (realm_id, id, name, name_key, initials, kind, at_org, at_path, at_1, at_2, version, created_at, sex, ethnicity, education, position, note)
			VALUES (1, $1, $2, 'n', 'n', 'full', 11, '1.11.', 1, 11, 1, 0, '', '', '', '', '')`, id, map[core.PersonID]string{song: "宋知行", lu: "陆小满"}[id])
	}
	user := func(who access.Actor, role access.Role, at core.OrgID, e core.EnterpriseID, person core.PersonID) {
		w.exec(`INSERT INTO users (realm_id, id, login, login_key, name, password, lang, theme, disabled, epoch, created_at, person_id)
			VALUES ($1, $2, $3, $3, 'n', '', '', '', $4, 0, 0, $5)`, who.Realm, who.User, who.User.String(), false, db.Null(&person))
		w.tx(func(tx *db.Tx) error {
			return access.Grant(t.Context(), tx, access.Machine(who.Realm), who.User, access.Place{Role: role, Org: at, Enterprise: e}, today, now)
		})
	}
	user(secretary, access.Secretary, branch, 0, 0)
	user(department, access.Department, park, 0, 0)
	user(manager, access.Manager, 0, steel, 0)
	user(leader, access.Member, branch, 0, song)
	user(neighbour, access.Secretary, beside, 0, 0)
	user(stranger, access.Secretary, 21, 0, 0)
	return w
}

func (w *world) tx(f func(*db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Tx(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) exec(text string, args ...any) {
	w.t.Helper()
	w.tx(func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), text, args...)
		return err
	})
}

func (w *world) count(text string, args ...any) (n int) {
	w.t.Helper()
	w.tx(func(tx *db.Tx) (err error) {
		n, err = db.One(w.t.Context(), tx, db.Int, text, args...)
		return err
	})
	return n
}

func q(s string) *core.Quantity {
	n, err := core.ParseQuantity(s)
	if err != nil {
		panic(err)
	}
	return &n
}

func charter(title string) project.Charter {
	return project.Charter{
		Title: title, Why: "每船等待太久", Leader: song, Measure: "换一次锁销的时间", Unit: "分钟", Baseline: q("38"), Target: q("15"),
		Acceptance: "连续十二船计时", StartsOn: today.AddDays(-70), EndsOn: today.AddDays(30),
	}
}

func topic(title string, team core.ID) project.New {
	return project.New{Kind: project.OfTeam, Org: branch, Team: team, Charter: charter(title)}
}

// running brings a new topic or project as far as running.
func (w *world) running(n project.New) project.Project {
	w.t.Helper()
	p, err := w.Propose(w.t.Context(), secretary, n)
	for _, to := range []project.State{project.Reviewed, project.Chartered, project.Running} {
		if err == nil {
			p, err = w.Move(w.t.Context(), secretary, p.ID, p.Version, to, "")
		}
	}
	if err == nil {
		err = w.Join(w.t.Context(), secretary, p.ID, lu, true)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func wants(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) || (want == nil) != (err == nil) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func done(state project.State, result string) project.Finish {
	return project.Finish{Outcome: project.Outcome{State: state, Result: q(result), Changed: "作业指导书 ZD-014 V3", WorkHours: 600, OwnHours: 800, Cost: 230000, Evidence: "12 船计时表", CheckedBy: lu, On: today}}
}

func TestOneFinishedTopicIsOneRow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		parent := w.running(project.New{Kind: project.OfBranch, Org: branch, Enterprise: steel, Charter: charter("靠泊到开工 45 分钟")})
		p := w.running(topic("吊具锁销快换", teamA))
		if p.Parent != parent.ID || p.Enterprise != steel || p.Number != "K-26-001" || parent.Number != "P-26-001" {
			t.Errorf("the topic is %+v", p)
		}
		got, err := w.Finish(t.Context(), leader, p.ID, done(project.Achieved, "11"))
		wants(t, "the leader finishes", err, nil)
		if got.State != project.Achieved || got.Lane != project.Settled || *got.Outcome.Result != 11_000 {
			t.Errorf("finished as %+v", got)
		}
		sh, err := w.Page(t.Context(), secretary, parent.ID)
		if err != nil || len(sh.Topics) != 1 || *sh.Topics[0].Outcome.Result != 11_000 || sh.Topics[0].LeaderName != "宋知行" {
			t.Errorf("the project reads %+v, %v", sh.Topics, err)
		}
		lines, err := w.Window(t.Context(), manager, steel, today.AddDays(-30))
		if err != nil || len(lines) != 1 || *lines[0].Outcome.Result != 11_000 || lines[0].LeaderName != "" || lines[0].Leader != 0 || lines[0].CheckedName != "" {
			t.Errorf("the window reads %+v, %v", lines, err)
		}
		if n := w.count(`SELECT count(*) FROM projects WHERE realm_id = 1 AND result = 11000`); n != 1 {
			t.Errorf("the result stands in %d rows", n)
		}
		// A mistake is corrected in that row, with its reason; every reader follows.
		again := done(project.Partly, "16")
		_, err = w.Finish(t.Context(), leader, p.ID, again)
		wants(t, "a correction without a reason", err, core.Invalid)
		again.Reason = "两船没有算进去"
		_, err = w.Finish(t.Context(), leader, p.ID, again)
		wants(t, "a correction", err, nil)
		if lines, _ := w.Window(t.Context(), manager, steel, today); len(lines) != 1 || *lines[0].Outcome.Result != 16_000 {
			t.Errorf("after the correction the window reads %+v", lines)
		}
		if sh, _ := w.Page(t.Context(), secretary, p.ID); len(sh.Amendments) != 1 || !strings.Contains(sh.Amendments[0].Was, "11 分钟") {
			t.Errorf("what it was is %+v", sh.Amendments)
		}
	})
}

func TestBadOutcomesAndCharters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.running(topic("吊具锁销快换", teamA))
		for name, spoil := range map[string]func(*project.Finish){
			"reached, but short of the target": func(f *project.Finish) { f.Result = q("15.001") },
			"no result":                        func(f *project.Finish) { f.Result = nil },
			"no evidence":                      func(f *project.Finish) { f.Evidence = " " },
			"tomorrow":                         func(f *project.Finish) { f.On = today.AddDays(1) },
			"before the start":                 func(f *project.Finish) { f.On = p.StartsOn.AddDays(-1) },
			"checked by the leader":            func(f *project.Finish) { f.CheckedBy = song },
			"less than no cost":                func(f *project.Finish) { f.Cost = -1 },
			"no outcome":                       func(f *project.Finish) { f.State = project.Stopped },
		} {
			f := done(project.Achieved, "11")
			spoil(&f)
			_, err := w.Finish(t.Context(), leader, p.ID, f)
			wants(t, name, err, core.Invalid)
		}
		for name, f := range map[string]func(*project.Charter){
			"ends before it starts":   func(c *project.Charter) { c.EndsOn = c.StartsOn.AddDays(-1) },
			"no title":                func(c *project.Charter) { c.Title = " " },
			"markup in the title":     func(c *project.Charter) { c.Title = "<b>" },
			"a leader of nowhere":     func(c *project.Charter) { c.Leader = 999 },
			"lasts longer than three": func(c *project.Charter) { c.EndsOn = c.StartsOn.AddDays(3*366 + 1) },
		} {
			n := topic("另一个", teamB)
			f(&n.Charter)
			_, err := w.Propose(t.Context(), secretary, n)
			wants(t, name, err, core.Invalid)
		}
		for name, f := range map[string]func(*project.Charter){
			"no baseline": func(c *project.Charter) { c.Baseline = nil }, "no target": func(c *project.Charter) { c.Target = nil },
			"no test": func(c *project.Charter) { c.Acceptance = "" }, "no end": func(c *project.Charter) { c.EndsOn = core.Date{} },
			"target as baseline": func(c *project.Charter) { c.Target = c.Baseline },
		} {
			n := topic("还没想好", teamB)
			f(&n.Charter)
			made, err := w.Propose(t.Context(), secretary, n)
			wants(t, name+" as an idea", err, nil)
			made, err = w.Move(t.Context(), secretary, made.ID, 0, project.Reviewed, "")
			wants(t, name+" reviewed", err, nil)
			_, err = w.Move(t.Context(), secretary, made.ID, 0, project.Chartered, "")
			wants(t, name+" chartered", err, core.Invalid)
		}
	})
}

func TestOneBranchOneProjectOneTeamOneTopic(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var all []project.Project
		for range 6 {
			p, err := w.Propose(t.Context(), secretary, topic("一个题目", teamA))
			if err == nil {
				p, err = w.Move(t.Context(), secretary, p.ID, 0, project.Reviewed, "")
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, p)
		}
		var wg sync.WaitGroup
		errs := make([]error, len(all))
		for i, p := range all {
			wg.Go(func() { _, errs[i] = w.Move(t.Context(), secretary, p.ID, 0, project.Chartered, "") })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, core.Conflict) {
				t.Errorf("the loser is told %v", err)
			}
		}
		if won != 1 {
			t.Errorf("%d topics of one team are live", won)
		}
		w.running(topic("别的班可以", teamB))
	})
}

func TestWhatIsLockedChangesWithAReason(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.running(topic("吊具锁销快换", teamA))
		e := project.Edit{Charter: p.Charter, Version: p.Version}
		e.Target = q("20")
		_, err := w.Edit(t.Context(), leader, p.ID, e)
		wants(t, "another target without a reason", err, core.Invalid)
		e.Reason = "新吊具晚到"
		p, err = w.Edit(t.Context(), leader, p.ID, e)
		wants(t, "with a reason", err, nil)
		sh, err := w.Page(t.Context(), secretary, p.ID)
		if err != nil || len(sh.Amendments) != 1 || sh.Amendments[0] != (project.Amendment{Field: "target", Was: "15", Became: "20", Reason: "新吊具晚到", At: sh.Amendments[0].At}) {
			t.Errorf("the amendments are %+v, %v", sh.Amendments, err)
		}
		// Two people edit: what each changed alone is kept, what both changed is shown.
		base, mine, theirs := p.Charter, p.Charter, p.Charter
		theirs.Title, mine.Why = "吊具锁销更快换", "每船等三刻钟"
		_, err = w.Edit(t.Context(), secretary, p.ID, project.Edit{Charter: theirs, Base: &base})
		wants(t, "the first", err, nil)
		p, err = w.Edit(t.Context(), leader, p.ID, project.Edit{Charter: mine, Base: &base})
		if err != nil || p.Title != theirs.Title || p.Why != mine.Why {
			t.Errorf("merged to %q, %q, %v", p.Title, p.Why, err)
		}
		mine.Title = "第三个名字"
		_, err = w.Edit(t.Context(), leader, p.ID, project.Edit{Charter: mine, Base: &base})
		wants(t, "both changed the title", err, core.Conflict)
		if stale, ok := errors.AsType[*project.Stale](err); !ok || !slices.Equal(stale.Fields, []string{"title"}) || stale.Theirs.Title != theirs.Title {
			t.Errorf("told %v", err)
		}
		// A card moved from a column where it no longer is does not move.
		_, err = w.Shift(t.Context(), leader, p.ID, "waiting", "trying", "")
		wants(t, "the first to move it", err, nil)
		_, err = w.Shift(t.Context(), secretary, p.ID, "waiting", "solving", "")
		wants(t, "the second", err, core.Conflict)
		_, err = w.Shift(t.Context(), secretary, p.ID, "trying", project.Settled, " ")
		wants(t, "settled without what changed", err, core.Invalid)
		// The end moves its clock, and both are there once.
		if n := w.count(`SELECT count(*) FROM clocks WHERE subject_id = $1 AND ended_at IS NULL`, p.ID); n != 1 {
			t.Errorf("%d clocks run", n)
		}
	})
}

func TestWhoSeesAndChanges(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.running(topic("吊具锁销快换", teamA))
		for name, c := range map[string]struct {
			who           access.Actor
			sees, changes error
			named         bool
		}{
			"secretary":  {secretary, nil, nil, true},
			"leader":     {leader, nil, nil, true},
			"department": {department, nil, core.Forbidden, false},
			"manager":    {manager, nil, core.Forbidden, false},
			"neighbour":  {neighbour, core.NotFound, core.NotFound, false},
			"stranger":   {stranger, core.NotFound, core.NotFound, false},
		} {
			sh, err := w.Page(t.Context(), c.who, p.ID)
			wants(t, name+" sees", err, c.sees)
			if sh.Named != c.named || (sh.LeaderName != "") != c.named {
				t.Errorf("%s reads the names: %v, %q", name, sh.Named, sh.LeaderName)
			}
			wants(t, name+" measures", w.Measure(t.Context(), c.who, p.ID, today, q("30")), c.changes)
			_, err = w.Move(t.Context(), c.who, 99, 0, project.Paused, "x")
			wants(t, name+" moves what is not there", err, core.NotFound)
		}
		w.exec(`UPDATE persons SET at_org = 12, at_path = '1.12.' WHERE id = $1`, lu)
		wants(t, "somebody whose name the secretary may not read takes part", w.Join(t.Context(), secretary, p.ID, lu, true), core.Invalid)
		n := topic("成员自己提的", teamB)
		_, err := w.Propose(t.Context(), leader, n)
		wants(t, "a member proposes a topic to lead", err, nil)
		n.Leader = lu
		_, err = w.Propose(t.Context(), leader, n)
		wants(t, "and one that somebody else leads", err, core.Forbidden)
	})
}

func TestSimilarWorkAndCover(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		good := w.running(topic("吊具锁销快换", teamA))
		if _, err := w.Finish(t.Context(), secretary, good.ID, done(project.Achieved, "11")); err != nil {
			t.Fatal(err)
		}
		bad := w.running(topic("吊具锁销加装传感器", teamA))
		if _, err := w.Finish(t.Context(), secretary, bad.ID, done(project.NotAchieved, "38")); err != nil {
			t.Fatal(err)
		}
		other := topic("食堂排队", teamB)
		other.Measure = "排队几分钟"
		w.running(other)
		all, err := w.Similar(t.Context(), neighbour, "换吊具锁销", 0)
		if err != nil || len(all) != 2 || all[0].ID != bad.ID || all[1].ID != good.ID || all[0].LeaderName != "" {
			t.Errorf("found %+v, %v", all, err)
		}
		all, err = w.Similar(t.Context(), stranger, "换吊具锁销", 0)
		if err != nil || len(all) != 0 {
			t.Errorf("another realm finds %+v, %v", all, err)
		}
		c, err := w.Cover(t.Context(), department, park)
		if err != nil || c.Branches != (core.Share{Num: 0, Den: 2}) || c.Teams != (core.Share{Num: 1, Den: 2}) {
			t.Errorf("cover is %+v, %v", c, err)
		}
		rows, err := w.CoverRows(t.Context(), department, park, project.OfTeam, core.Page{})
		if err != nil || len(rows) != 2 || rows[0].Project != 0 || rows[1].Title != "食堂排队" {
			t.Errorf("rows are %+v, %v", rows, err)
		}
		_, err = w.Learn(t.Context(), secretary, bad.ID, 0, project.Lessons{Reached: "装上了", NotReached: " ", Reuse: "堆场"})
		wants(t, "two lines of three", err, core.Invalid)
		p, err := w.Learn(t.Context(), secretary, bad.ID, 0, project.Lessons{Reached: "装上了", NotReached: "进水", Reuse: "堆场"})
		if err != nil || p.State != project.Learned || p.Outcome.State != project.NotAchieved {
			t.Errorf("learned %+v, %v", p, err)
		}
		if _, err := w.List(t.Context(), neighbour, project.Query{Under: branch}); !errors.Is(err, core.NotFound) {
			t.Errorf("the neighbour lists: %v", err)
		}
		l, err := w.List(t.Context(), department, project.Query{Under: park, Group: "over"})
		if err != nil || l.Total != 2 || l.Named || l.Rows[0].LeaderName != "" {
			t.Errorf("over: %+v, %v", l, err)
		}
	})
}

// TestAnyWalkKeepsWhatHolds takes random steps, allowed or not, and looks that
// nothing but the table of moves happens and that what must hold does.
func TestAnyWalkKeepsWhatHolds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r := rand.New(rand.NewPCG(4, 15))
		var all []project.Project
		for i := range 6 {
			n := topic("走一走", []core.ID{teamA, teamB}[i%2])
			if i > 3 {
				n = project.New{Kind: project.OfBranch, Org: branch, Enterprise: steel, Charter: charter("走一走")}
			}
			p, err := w.Propose(t.Context(), secretary, n)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, p)
		}
		steps := *walk
		if d.Engine() != "sqlite" {
			steps /= 10
		}
		for range steps {
			i := r.IntN(len(all))
			p, to := all[i], project.States[r.IntN(len(project.States))]
			var got project.Project
			var err error
			switch to {
			case project.Achieved, project.Partly, project.NotAchieved:
				got, err = w.Finish(t.Context(), secretary, p.ID, done(to, "11"))
			case project.Learned:
				got, err = w.Learn(t.Context(), secretary, p.ID, 0, project.Lessons{Reached: "a", NotReached: "b", Reuse: "c"})
			default:
				got, err = w.Move(t.Context(), secretary, p.ID, 0, to, "因为")
			}
			if err != nil && !errors.Is(err, core.Conflict) && !errors.Is(err, core.Invalid) {
				t.Fatalf("%s → %s: %v", p.State, to, err)
			}
			if err == nil {
				if !slices.Contains(project.Moves[p.State], got.State) {
					t.Fatalf("%s became %s", p.State, got.State)
				}
				all[i] = got
			}
			if len(project.Moves[all[i].State]) == 0 { // a new one in its place
				n := topic("再走", teamA)
				if all[i].Kind == project.OfBranch {
					n = project.New{Kind: project.OfBranch, Org: branch, Enterprise: steel, Charter: charter("再走")}
				}
				if all[i], err = w.Propose(t.Context(), secretary, n); err != nil {
					t.Fatal(err)
				}
			}
		}
		for what, text := range map[string]string{
			"two live of one team":           `SELECT count(*) FROM (SELECT team_id FROM projects WHERE kind = 'topic' AND state IN ('chartered','running','paused','finishing') GROUP BY team_id HAVING count(*) > 1) x`,
			"live without its clock":         `SELECT count(*) FROM projects p WHERE state IN ('chartered','running','paused','finishing') AND NOT EXISTS (SELECT 1 FROM clocks c WHERE c.subject_id = p.id AND c.kind = 'work_end' AND c.ended_at IS NULL)`,
			"a clock of what is not live":    `SELECT count(*) FROM clocks c JOIN projects p ON p.id = c.subject_id WHERE c.ended_at IS NULL AND p.state NOT IN ('chartered','running','paused','finishing')`,
			"over without a day":             `SELECT count(*) FROM projects WHERE ended_as <> '' AND finished_on IS NULL`,
			"learned without how it ended":   `SELECT count(*) FROM projects WHERE state = 'learned' AND (ended_as = '' OR reached = '')`,
			"a number given twice":           `SELECT count(*) FROM (SELECT number FROM projects GROUP BY number HAVING count(*) > 1) x`,
			"a paused one without a reason":  `SELECT count(*) FROM projects WHERE state = 'paused' AND reason = ''`,
			"changes that the journal lacks": `SELECT count(*) FROM projects p WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.subject_id = p.id)`,
		} {
			if n := w.count(text); n != 0 {
				t.Errorf("%s: %d", what, n)
			}
		}
	})
}
