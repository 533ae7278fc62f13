package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/member"
	"tongpin/internal/mentoring"
	"tongpin/internal/opinion"
	"tongpin/internal/org"
	"tongpin/internal/post"
	"tongpin/internal/project"
	"tongpin/internal/secret"
)

const password = "correct horse battery"

func TestSigningInAndOut(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		u, err := k.s.Account.Add(t.Context(), access.Machine(1), account.NewUser{Login: "huang", Name: "黄以宁", Password: password})
		if err != nil {
			t.Fatal(err)
		}
		if err := k.s.Account.Grant(t.Context(), access.Machine(1), u.ID, access.Place{Role: access.Secretary, Org: k.alpha.ID}, account.Decision{}); err != nil {
			t.Fatal(err)
		}
		g := k.stranger()
		if to := g.ask(303, "GET", "/clocks?page=2", "").Header().Get("Location"); to != "/sign-in?next=%2Fclocks%3Fpage%3D2" {
			t.Errorf("a stranger is sent to %s", to)
		}
		for _, bad := range [][]string{{"huang", "wrong password"}, {"nobody", password}, {"", ""}} {
			doc := g.again("/sign-in", "name", bad[0], "password", bad[1], "next", "/clocks")
			says(t, doc, ".errors li", "登录名或者密码不对。")
			if doc.Find("#name").AttrOr("value", "") != bad[0] || doc.Find("#password").AttrOr("value", "") != "" {
				t.Errorf("%v: the form does not come back as it was", bad)
			}
		}
		if len(g.jar) != 0 {
			t.Fatalf("a refused person has cookies: %v", g.jar)
		}
		w := g.ask(303, "POST", "/sign-in", form("name", " Huang", "password", password, "next", "/clocks"))
		c := g.jar[sessionCookie]
		if w.Header().Get("Location") != "/clocks" || c == nil || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure || c.Path != "/" || c.MaxAge != 7*24*3600 {
			t.Fatalf("got %s and %+v", w.Header().Get("Location"), c)
		}
		says(t, g.get("/clocks"), ".top .wide-only", "我的 黄以宁")
		says(t, g.get("/clocks"), ".switch summary", "甲支部 切换组织")
		old := *g
		old.jar = map[string]*http.Cookie{sessionCookie: c}
		if to := g.ask(303, "POST", "/sign-out", "").Header().Get("Location"); to != "/sign-in" || g.jar[sessionCookie] != nil {
			t.Errorf("signing out leads to %s and leaves %v", to, g.jar)
		}
		says(t, g.get("/sign-in"), ".notice", "已经退出登录。")
		old.ask(303, "GET", "/clocks", "")
		g.jar[sessionCookie] = &http.Cookie{Name: sessionCookie, Value: "forged"}
		g.ask(303, "GET", "/clocks", "")
	})
}

func TestTooManyAttemptsAreToldToWaitInTheForm(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		g := k.stranger()
		for range 5 {
			g.again("/sign-in", "name", "boss", "password", "wrong")
		}
		doc := document(t, g.ask(503, "POST", "/sign-in", form("name", "boss", "password", "wrong")))
		if got := doc.Find(".errors li").Text(); !strings.HasPrefix(got, "试错次数太多") || doc.Find("#password").Length() != 1 {
			t.Errorf("the page says %q", got)
		}
	})
}

func TestCookiesStayOnHTTPS(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		k.s.Secure = true
		if c := k.enter("huang", access.Secretary, k.alpha).jar[sessionCookie]; !c.Secure {
			t.Errorf("got %+v", c)
		}
	})
}

func TestALinkIsUsedByItsButtonAlone(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		k.exec(`UPDATE realms SET synthetic = $1`, false)
		u := k.person("林若川", access.Place{Role: access.Member, Org: k.alpha.ID})
		token := k.link(u)
		for range 2 {
			doc := k.stranger().get("/sign-in?token=" + token + "&next=/help")
			says(t, doc, "h1", "以林若川的身份登录")
			if doc.Find("form input:not([type=hidden])").Length() != 0 || doc.Find("form button").Length() != 1 {
				t.Error("the page asks for more than the button")
			}
		}
		g := k.enter("boss", access.Security, k.root)
		before := g.jar[sessionCookie].Value
		says(t, g.get("/sign-in?token="+token), ".head p", "你现在以boss的身份登录，继续就会先退出。")
		if to := g.ask(303, "POST", "/sign-in", form("token", token, "next", "/help")).Header().Get("Location"); to != "/help" {
			t.Errorf("leads to %s", to)
		}
		says(t, g.get("/help"), ".top .wide-only", "我的 林若川")
		if n := k.count(`SELECT count(*) FROM sessions`); n != 1 || g.jar[sessionCookie].Value == before {
			t.Errorf("%d sessions live, want the new one alone", n)
		}
		for _, method := range []string{"GET", "POST"} {
			w := k.stranger().ask(404, method, "/sign-in?token="+token, form("token", token))
			says(t, document(t, w), ".head p", "这个登录链接用过了，或者已经过期。请管理员再发一个。")
		}
	})
}

func TestTheFirstAdministratorIsMadeOnce(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		token, err := k.s.Account.SetupToken(t.Context(), access.Machine(1))
		if err != nil {
			t.Fatal(err)
		}
		g := k.stranger()
		g.ask(404, "GET", "/setup", "")
		g.ask(404, "GET", "/setup?token=x", "")
		g.ask(404, "POST", "/setup", form("token", "x", "login", "boss", "name", "B", "password", password))
		g.get("/setup?token=" + token)
		doc := g.again("/setup", "token", token, "login", "boss", "name", "", "password", "too short")
		says(t, doc, "#password-err", "密码至少10个字符。")
		if doc.Find("#login").AttrOr("value", "") != "boss" || doc.Find("#password").AttrOr("value", "") != "" || doc.Find("input[name=token]").AttrOr("value", "") != token {
			t.Error("the form does not come back as it was")
		}
		says(t, g.again("/setup", "token", token, "login", "boss", "name", " ", "password", password), "#name-err", "请填写姓名。")
		if to := g.ask(303, "POST", "/setup", form("token", token, "login", "boss", "name", "Boss", "password", password)).Header().Get("Location"); to != "/" {
			t.Errorf("leads to %s", to)
		}
		says(t, g.get("/"), "h1", "中午好，Boss")
		g.ask(404, "GET", "/setup?token="+token, "")
		k.stranger().ask(404, "POST", "/setup", form("token", token, "login", "second", "name", "B", "password", password))
		if n := k.count(`SELECT count(*) FROM users WHERE realm_id = 1 AND login IN ('boss', 'second')`); n != 1 {
			t.Errorf("%d administrators, want 1", n)
		}
	})
}

func TestAPersonActsForOneOfTheirPlaces(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		u := k.person("u", access.Place{Role: access.Secretary, Org: k.beta.ID}, access.Place{Role: access.Member, Org: k.park.ID}, access.Place{Role: access.Manager, Enterprise: k.mill.ID})
		g := k.seat(u)
		doc := g.get("/help")
		says(t, doc, ".switch summary", "园区党工委 切换组织")
		var lines []string
		doc.Find(".switch li a[href^='/switch']").Each(func(_ int, s *goquery.Selection) { lines = append(lines, s.Text()) })
		if want := []string{"园区党工委苏州市委组织部", "乙支部苏州市委组织部 / 园区党工委", "纺织厂苏州市委组织部 / 园区党工委"}; !slices.Equal(lines, want) {
			t.Errorf("the switcher offers %q, want %q", lines, want)
		}
		if nav := menu(doc); !slices.Equal(nav, []string{"今天", "组织", "工作"}) {
			t.Errorf("a member is led to %q", nav)
		}
		g.ask(303, "GET", "/switch?to=o"+k.beta.ID.String()+"&next=/help", "")
		doc = g.get("/help")
		says(t, doc, ".switch summary", "乙支部 切换组织")
		if nav := menu(doc); !slices.Equal(nav, []string{"今天", "覆盖", "组织", "企业", "工作", "人员", "导入", "数字", "任务"}) {
			t.Errorf("a secretary is led to %q", nav)
		}
		g.ask(303, "GET", "/switch?to=e"+k.mill.ID.String(), "")
		if href := g.get("/help").Find(".menu a[href^='/enterprises']").AttrOr("href", ""); href != "/enterprises/"+k.mill.ID.String() {
			t.Errorf("a manager is led to %s", href)
		}
		for _, to := range []string{"o" + k.alpha.ID.String(), "o" + k.far.ID.String(), "", "=", "x"} {
			g.ask(404, "GET", "/switch?to="+to, "")
		}
		g.jar[placeCookie] = &http.Cookie{Name: placeCookie, Value: "o" + k.alpha.ID.String()}
		says(t, g.get("/help"), ".switch summary", "园区党工委 切换组织")
	})
}

func menu(doc *goquery.Document) (all []string) {
	doc.Find(".menu a").Each(func(_ int, s *goquery.Selection) { all = append(all, s.Text()) })
	return all
}

func TestARoleAboveCountsBelow(t *testing.T) {
	v := Viewer{}
	v.act([]access.Place{
		{Role: access.Registrar, Org: 1, Path: "1."}, {Role: access.Member, Org: 2, Path: "1.2."}, {Role: access.Secretary, Org: 3, Path: "1.3."},
	}, "o0000000000002")
	if !slices.Equal(v.Roles, []access.Role{access.Registrar, access.Member}) || !v.may(access.ChangeOrgs) || v.may(access.ManageUsers) {
		t.Errorf("roles are %v", v.Roles)
	}
}

func TestSomebodyWithoutARoleIsToldWhomToAsk(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		doc := k.seat(k.person("new")).get("/")
		if got := doc.Find("main").Text(); !strings.Contains(got, "还没有给你角色，请找管理员。") || len(menu(doc)) != 1 {
			t.Errorf("the page says %q", got)
		}
	})
}

func TestTasteIsTheAccountsBeforeTheBrowsers(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		u := k.person("u", access.Place{Role: access.Member, Org: k.alpha.ID})
		g := k.seat(u)
		lang := func(g *guest) string {
			doc := document(t, g.ask(200, "GET", "/help", "", header("Accept-Language", "zh-TW")))
			return doc.Find("html").AttrOr("lang", "") + " " + doc.Find("html").AttrOr("data-theme", "-")
		}
		if got := lang(g); got != "zh-Hans -" {
			t.Errorf("the account prefers Hans, the page is %s", got)
		}
		g.ask(303, "GET", "/language?to=en", "")
		g.ask(303, "GET", "/theme?to=dark", "")
		if got := lang(g); got != "en dark" {
			t.Errorf("chosen en and dark, the page is %s", got)
		}
		if got := lang(k.seat(u)); got != "en dark" {
			t.Errorf("another browser of the same person has %s", got)
		}
		g.ask(303, "GET", "/theme?to=system", "")
		if got := lang(g); got != "en -" {
			t.Errorf("after the system's, the page is %s", got)
		}
		if got := lang(k.stranger()); got != "zh-Hant -" {
			t.Errorf("a stranger with a Taiwanese browser has %s", got)
		}
		g.ask(422, "GET", "/language?to=fr", "")
		g.ask(422, "GET", "/theme?to=pink", "")
	})
}

func TestWhatWasRefusedIsJournalledOnce(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		g := k.enter("u", access.Member, k.alpha)
		denied := func() int { return k.count(`SELECT count(*) FROM journal WHERE outcome = 'denied'`) }
		for _, step := range []struct {
			code           int
			method, target string
			want           int
		}{
			{404, "GET", "/clocks/" + core.NewID(k.s.Now()).String(), 1},
			{403, "GET", "/clocks", 2},
			{404, "GET", "/no/such/page", 2},
			{404, "POST", "/clocks/" + core.NewID(k.s.Now()).String() + "/end", 3},
		} {
			values := ""
			if step.method == "POST" {
				values = form("org", k.alpha.ID.String(), "due", "2026-12-01", "end_state", "done", "end_reason", "r")
			}
			g.ask(step.code, step.method, step.target, values)
			if n := denied(); n != step.want {
				t.Errorf("after %s %s: %d entries, want %d", step.method, step.target, n, step.want)
			}
		}
		if n := k.count(`SELECT count(*) FROM journal WHERE note = 'GET /clocks/{clock}' AND subject = 'page'`); n != 1 {
			t.Errorf("%d entries name the route", n)
		}
		k.stranger().ask(303, "GET", "/clocks", "")
		if n := denied(); n != 3 {
			t.Errorf("a stranger was journalled: %d", n)
		}
	})
}

func TestOnesOwnPage(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		u, err := k.s.Account.Add(t.Context(), access.Machine(1), account.NewUser{Login: "huang", Name: "黄以宁", Password: password, Lang: core.Hans})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []access.Place{{Role: access.Secretary, Org: k.alpha.ID}, {Role: access.Manager, Enterprise: k.mill.ID}} {
			if err := k.s.Account.Grant(t.Context(), access.Machine(1), u.ID, p, account.Decision{}); err != nil {
				t.Fatal(err)
			}
		}
		g, elsewhere := k.seat(u), k.seat(u)
		doc := g.get("/me")
		says(t, doc, ".facts:first-of-type dt", "书记企业管理方姓名用户名动态码通行密钥打开的登录")
		if doc.Find("a[href='/switch?to=e"+k.mill.ID.String()+"']").Length() == 0 || doc.Find("a[href^='/people/']").Length() != 0 {
			t.Error("the other place cannot be chosen, or there is a record of nobody")
		}
		says(t, g.again("/me/password", "old", "wrong", "password", "another long one"), "#old-err", "原密码不对。")
		says(t, g.again("/me/password", "old", password, "password", "short"), "#password-err", "密码至少10个字符。")
		if said := g.post("/me/password", "old", password, "password", "another long one"); said != "密码已改，别处的登录都已退出。" {
			t.Errorf("the page says %q", said)
		}
		elsewhere.ask(303, "GET", "/me", "")
		k.stranger().ask(303, "POST", "/sign-in", form("name", "huang", "password", "another long one"))
	})
}

// TestOutOfScopeLooksLikeAbsent: what exists out of reach and what does not
// exist at all are the same page, letter by letter.
func TestOutOfScopeLooksLikeAbsent(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		g := k.enter("u", access.Secretary, k.alpha)
		g.ask(303, "GET", "/language?to=en", "")
		asked := 0
		for _, r := range k.s.Routes() {
			if r.Method != "GET" || !strings.Contains(r.Path, "{") || r.Policy != "signed in" {
				continue
			}
			for _, id := range k.hidden(r.Path) {
				page := func(id string) string {
					w := g.ask(404, "GET", fill(r.Path, func(string) string { return id }), "")
					return strings.ReplaceAll(w.Body.String(), id, "ID")
				}
				if page(id) != page(core.NewID(k.s.Now()).String()) {
					t.Errorf("%s tells that %s exists", r.Path, id)
				}
				asked++
			}
		}
		if asked < 6 {
			t.Errorf("only %d pages were asked for", asked)
		}
	})
}

// hidden returns records that a secretary of alpha must not know of, for the
// hole in a path: one of the same realm where there is one, and one of another.
func (k *door) hidden(path string) []string {
	k.t.Helper()
	id := func(ids ...core.ID) (all []string) {
		for _, i := range ids {
			all = append(all, i.String())
		}
		return all
	}
	switch {
	case strings.Contains(path, "{org}"):
		return id(core.ID(k.beta.ID), core.ID(k.far.ID))
	case strings.Contains(path, "{enterprise}"):
		return id(core.ID(k.mill.ID), core.ID(k.away.ID))
	case strings.Contains(path, "{clock}"):
		return id(k.recheck(1, k.mill.ID, k.beta.ID, k.today()).ID, k.recheck(2, k.away.ID, k.far.ID, k.today()).ID)
	case strings.Contains(path, "{job}"):
		return id(k.enqueue(access.Machine(1), k.beta.ID, 10), k.enqueue(access.Machine(2), k.far.ID, 10))
	case strings.Contains(path, "{person}"):
		return id(core.ID(k.enrol(1, k.beta.ID)), core.ID(k.enrol(2, k.far.ID)))
	case strings.Contains(path, "{batch}"):
		return id(k.batch(1, k.beta.ID), k.batch(2, k.far.ID))
	case strings.Contains(path, "{grouping}"): // seen all over a realm
		var g enterprise.Grouping
		k.tx(func(tx *db.Tx) (err error) {
			g, err = enterprise.MakeGrouping(k.t.Context(), tx, access.Machine(2), k.s.Now(), enterprise.Grouping{Kind: enterprise.Chain, Name: "链" + core.NewID(k.s.Now()).String()}, k.today())
			return err
		})
		return id(g.ID)
	case strings.Contains(path, "{account}"):
		u := k.person(core.NewID(k.s.Now()).String(), access.Place{Role: access.Member, Org: k.beta.ID})
		var away account.User
		k.tx(func(tx *db.Tx) (err error) {
			away, err = account.Add(k.t.Context(), tx, access.Machine(2), k.s.Now(), account.NewUser{Login: core.NewID(k.s.Now()).String(), Name: "何"})
			return err
		})
		return id(core.ID(u.ID), core.ID(away.ID))
	case strings.Contains(path, "{mentoring}"):
		return id(k.paired(1, k.beta), k.paired(2, k.far))
	case strings.Contains(path, "{front}"):
		return id(k.front(1, k.beta.ID), k.front(2, k.far.ID))
	case strings.Contains(path, "{problem}"):
		return id(k.problem(1, k.beta.ID), k.problem(2, k.far.ID))
	case strings.Contains(path, "{project}"):
		return id(k.proposed(1, k.beta), k.proposed(2, k.far))
	case strings.Contains(path, "{opinion}"):
		return id(k.complain(1, k.beta), k.complain(2, k.far))
	case strings.Contains(path, "{post}"), strings.Contains(path, "{area}"):
		return id(k.postAt(1, k.beta), k.postAt(2, k.far))
	case strings.Contains(path, "{correction}"):
		return id(k.correction(1, k.beta), k.correction(2, k.far))
	case path == "/{$}", path == "/settings/{setting}", path == "/figures/{id}", path == "/export/{entity}": // of the program, not of a realm
		return nil
	}
	k.t.Errorf("%s: which records must this page not tell of?", path)
	return nil
}

// enrol adds a person to an organisation.
func (k *door) enrol(realm core.RealmID, at core.OrgID) core.PersonID {
	k.t.Helper()
	var p member.Person
	k.tx(func(tx *db.Tx) (err error) {
		p, err = member.Enrol(k.t.Context(), tx, secret.Fixed(secret.AES), access.Machine(realm), k.s.Now(), member.Enrolment{Name: "何田", Kind: member.Activist, Org: at})
		return err
	})
	return p.ID
}

// proposed proposes a project of an organisation.
func (k *door) proposed(realm core.RealmID, at org.Org) core.ID {
	k.t.Helper()
	p, err := k.s.Project.Propose(k.t.Context(), access.Machine(realm), project.New{Kind: project.OfBranch, Org: at.ID, Charter: project.Charter{Title: "别人的项目"}})
	if err != nil {
		k.t.Fatal(err)
	}
	return p.ID
}

// postAt applies for a demonstration post at an organisation.
func (k *door) postAt(realm core.RealmID, at org.Org) core.ID {
	k.t.Helper()
	p, err := k.s.Post.Apply(k.t.Context(), access.Machine(realm), post.Application{
		Org: at.ID, Kind: "person", Theme: "safety", Title: "岗", Duty: "责", Promise: "诺", Holder: k.enrol(realm, at.ID), Months: 6,
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return p.ID
}

// front adds an action branch of an organisation.
func (k *door) front(realm core.RealmID, at core.OrgID) core.ID {
	k.t.Helper()
	id := core.NewID(k.s.Now())
	k.exec(`INSERT INTO fronts (realm_id, id, org_id, title, theme, place, charter, starts_on, ends_on, state, reason, reached, not_reached, reuse, created_at, version)
		VALUES ($1, $2, $3, '攻坚', 'safety', '', '', '2026-01-01', '2030-01-01', 'active', '', '', '', '', 0, 1)`, realm, id, at)
	return id
}

// problem adds one to an action branch of an organisation.
func (k *door) problem(realm core.RealmID, at core.OrgID) core.ID {
	id := core.NewID(k.s.Now())
	k.exec(`INSERT INTO problems (realm_id, id, number, front_id, org_id, title, phenomenon, raised_on, state, waiting, way, evidence, reason, version)
		VALUES ($1, $2, 1, $3, $4, '漏水', '', '2026-01-01', 'open', 0, '', '', '', 1)`, realm, id, k.front(realm, at), at)
	return id
}

// complain gives an opinion as somebody of an organisation.
func (k *door) complain(realm core.RealmID, at org.Org) core.ID {
	k.t.Helper()
	var who access.Actor
	k.tx(func(tx *db.Tx) error {
		u, err := account.Add(k.t.Context(), tx, access.Machine(realm), k.s.Now(), account.NewUser{Login: core.NewID(k.s.Now()).String(), Name: "何"})
		who = access.Actor{Realm: realm, User: u.ID, Via: "page"}
		if err != nil {
			return err
		}
		return access.Grant(k.t.Context(), tx, access.Machine(realm), u.ID, access.Place{Role: access.Member, Org: at.ID}, k.today(), k.s.Now())
	})
	o, err := k.s.Opinion.Give(k.t.Context(), who, access.Place{Org: at.ID}, opinion.New{Kind: opinion.Complaint, Words: "太多"})
	if err != nil {
		k.t.Fatal(err)
	}
	return o.ID
}

// paired adds a mentor's agreement.
func (k *door) paired(realm core.RealmID, at org.Org) core.ID {
	k.t.Helper()
	mentor, apprentice := k.enrol(realm, at.ID), k.enrol(realm, at.ID)
	var a mentoring.Agreement
	k.tx(func(tx *db.Tx) (err error) {
		skill := mentoring.Skill{Name: "吊具维护", Levels: []string{"会查", "能修"}}
		if err := mentoring.AddSkill(k.t.Context(), tx, access.Machine(realm), core.NewID(k.s.Now()), &skill); err != nil {
			return err
		}
		a, err = mentoring.Propose(k.t.Context(), tx, access.Machine(realm), k.s.Now(), mentoring.Terms{
			Title: "吊具维护", Mentor: mentor, Apprentice: apprentice, Org: at.ID, StartsOn: k.today(), EndsOn: k.today().AddMonths(12),
			Goals: "独立维护", Skills: []mentoring.Aim{{Skill: skill.ID, Target: 2}},
		}, 0)
		return err
	})
	return a.ID
}

// batch adds an import that waits for its answers.
func (k *door) batch(realm core.RealmID, at core.OrgID) core.ID {
	k.t.Helper()
	id := core.NewID(k.s.Now())
	k.exec(`INSERT INTO files (realm_id, id, name, size, sha256, created_at) VALUES ($1, $2, 'a.xlsx', 1, '', 0)`, realm, id)
	k.exec(`INSERT INTO batches (realm_id, id, entity, org_id, file_id, sheet, mapping, fingerprint, state, whole, rows_total, rows_done, created_at)
		VALUES ($1, $2, 'orgs', $3, $2, '', '{}', '', 'mapped', $4, 0, 0, 0)`, realm, id, at, false)
	return id
}
