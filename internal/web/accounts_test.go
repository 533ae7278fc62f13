package web

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/text"
)

// fresh makes the realm one that nobody has set up: no example, no accounts.
func (k *door) fresh() {
	k.s.Synthetic = false
	k.exec(`UPDATE realms SET synthetic = $1`, false)
	k.exec(`DELETE FROM grants`)
}

// accountOf finds the address of an account in the list.
func (g *guest) accountOf(name string) string {
	g.k.t.Helper()
	doc := document(g.k.t, g.ask(200, "POST", "/accounts", form("q", name)))
	at := doc.Find("main td, main th").Find("a[href^='/accounts/']").AttrOr("href", "")
	if at == "" {
		g.k.t.Fatalf("%s is not in the list", name)
	}
	return at
}

// handOver makes a sign-in link for an account, as it is shown once.
func (g *guest) handOver(at string) string {
	g.k.t.Helper()
	doc := document(g.k.t, g.ask(200, "POST", at+"/link", ""))
	_, token, ok := strings.Cut(doc.Find(".secret code").Text(), "/sign-in?token=")
	if !ok {
		g.k.t.Fatalf("no link: %q", doc.Find("main").Text())
	}
	return token
}

// TestAFreshInstanceIsRunByPagesAlone walks from the token on the console to a
// secretary who has signed in with a password of her own.
func TestAFreshInstanceIsRunByPagesAlone(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		k.fresh()
		token, err := k.s.Account.SetupToken(t.Context(), access.Machine(1))
		if err != nil {
			t.Fatal(err)
		}
		boss := k.stranger()
		boss.ask(303, "POST", "/setup", form("token", token, "login", "boss", "name", "陆安然", "password", password))
		boss.ask(303, "GET", "/language?to=zh-Hans", "")
		if n := boss.get("/").Find(".menu a[href='/accounts']").Length(); n != 1 {
			t.Error("the navigation does not lead to the accounts")
		}
		at := map[access.Role]string{}
		for _, p := range []struct {
			role              access.Role
			login, name, word string
		}{
			{access.System, "system", "严维新", "苏州市委组织部"}, {access.Auditor, "audit", "审其实", "苏州市委组织部"},
			{access.Department, "department", "组织部", "苏州市委组织部"}, {access.Secretary, "secretary", "林若川", "甲支部"},
		} {
			said := boss.post("/accounts/new", "login", p.login, "name", p.name, "role", string(p.role), "where", p.word, "reason", "组〔2026〕3号")
			if said != p.name+"的账号已经建立。下一步：给登录链接。" {
				t.Errorf("%s: the page says %q", p.role, said)
			}
			at[p.role] = boss.accountOf(p.name)
		}
		for role, first := range map[access.Role]string{access.System: "system", access.Auditor: "audit", access.Department: "department", access.Secretary: "secretary"} {
			g := k.stranger()
			g.ask(303, "POST", "/sign-in", form("token", boss.handOver(at[role])))
			g.ask(303, "GET", "/language?to=zh-Hans", "")
			if doc := g.get("/me"); doc.Find("#old").Length() != 0 {
				t.Errorf("%s: the page asks for a password that there is not", role)
			}
			if said := g.post("/me/password", "password", password+string(role)); said != "密码已改，别处的登录都已退出。" {
				t.Errorf("%s: the page says %q", role, said)
			}
			again := k.stranger()
			again.ask(303, "POST", "/sign-in", form("name", first, "password", password+string(role)))
			again.get("/me")
			want := 404
			if role == access.Security {
				want = 200
			}
			for _, path := range []string{"/accounts", "/accounts/new", at[access.Secretary], at[access.Secretary] + "/grant"} {
				again.ask(want, "GET", path, "")
			}
			again.ask(404, "POST", at[access.Secretary]+"/close", form("reason", "x"))
		}
		doc := boss.get(at[access.Secretary])
		says(t, doc, ".head .tag", "在用")
		if got := doc.Find("#history").Text(); !strings.Contains(got, "给角色“书记”：甲支部") || !strings.Contains(got, "陆安然：组〔2026〕3号") || !strings.Contains(got, "改密码") {
			t.Errorf("the history says %q", strings.Join(strings.Fields(got), " "))
		}
		if w := boss.ask(422, "POST", at[access.Secretary]+"/link", ""); !strings.Contains(w.Body.String(), "林若川已经登录过") {
			t.Error("a second link is made for somebody who has signed in")
		}
	})
}

func TestRolesThatStayApartAreRefusedInTheirSentences(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		boss := k.enter("boss", access.Security, k.root)
		k.person("sys", access.Place{Role: access.System, Org: k.root.ID})
		k.person("shen", access.Place{Role: access.Secretary, Org: k.alpha.ID})
		const apart = "一个账号不能兼任两种管理员，也不能又当管理员又经办名册。请用另一个账号。"
		for name, tt := range map[string]struct {
			code             int
			who, role, where string
			reason, want     string
		}{
			"two administrators":             {409, "sys", "auditor", "苏州市委组织部", "r", apart},
			"an administrator and a roster":  {409, "sys", "secretary", "甲支部", "r", apart},
			"a roster and an administrator":  {409, "shen", "security", "苏州市委组织部", "r", apart},
			"the same role twice":            {409, "shen", "secretary", "甲支部", "r", "已经有这个角色。"},
			"no reason":                      {422, "shen", "member", "甲支部", " ", "请写明原因。"},
			"no role":                        {422, "shen", "emperor", "甲支部", "r", "请选一个角色。"},
			"no place":                       {422, "shen", "member", " ", "r", "请写明在哪里。"},
			"a place of the other realm":     {422, "shen", "member", "无锡市委组织部", "r", "你的管理范围里没有找到“无锡市委组织部”，换个写法。"},
			"an organisation for a manager":  {422, "shen", "manager", "甲支部", "r", "你的管理范围里没有找到“甲支部”，换个写法。"},
			"words that mean more than one":  {422, "shen", "member", "支部", "r", "有2个都叫这个，请选一个。"},
			"markup, which is only a string": {422, "shen", "member", "<b>x</b>", "r", "你的管理范围里没有找到“<b>x</b>”，换个写法。"},
		} {
			at := boss.accountOf("user-" + tt.who)
			v := boss.get(at+"/grant").Find("input[name=version]").AttrOr("value", "")
			doc := document(t, boss.ask(tt.code, "POST", at+"/grant", form("role", tt.role, "where", tt.where, "reason", tt.reason, "version", v)))
			says(t, doc, ".errors li", tt.want)
			if doc.Find("#where").AttrOr("value", "") != tt.where {
				t.Errorf("%s: what was typed is lost", name)
			}
		}
		own := boss.accountOf("user-boss")
		v := boss.get(own+"/grant").Find("input[name=version]").AttrOr("value", "")
		says(t, document(t, boss.ask(403, "POST", own+"/grant", form("role", "department", "where", "甲支部", "reason", "r", "version", v))), ".head p", "不能给自己角色，请另一位安全管理员来给。")
		at := boss.accountOf("user-shen")
		v = boss.get(at+"/grant").Find("input[name=version]").AttrOr("value", "")
		doc := boss.again(at+"/grant", "role", "member", "where", "支部", "reason", "r", "version", v)
		choice := doc.Find("input[name=at]").Last().AttrOr("value", "")
		boss.ask(303, "POST", at+"/grant", form("role", "member", "where", "支部", "at", choice, "reason", "r", "version", v))
		stale := document(t, boss.ask(409, "POST", at+"/close", form("reason", "r", "version", v)))
		says(t, stale, ".errors li", "这期间有人改过shen的账号，请看看现在的样子再改。")
	})
}

func TestAnAccountIsClosedReopenedAndItsRoleTakenBack(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		boss := k.enter("boss", access.Security, k.root)
		shen := k.enter("shen", access.Secretary, k.alpha)
		manager := k.person("mill", access.Place{Role: access.Manager, Enterprise: k.mill.ID})
		at := boss.accountOf("user-shen")
		does := func(turn string, more ...string) string {
			t.Helper()
			page := boss.get(at + "/" + turn + "?" + form(more...))
			return boss.post(at+"/"+turn, append(more, "reason", "调离", "version", page.Find("input[name=version]").AttrOr("value", ""))...)
		}
		if n := boss.get(at).Find("form[action$='/sessions'] input[name=id]").Length(); n != 1 {
			t.Errorf("%d sessions are listed", n)
		}
		if said := boss.post(at + "/sessions"); said != "shen的登录已经退出。" {
			t.Errorf("the page says %q", said)
		}
		shen.ask(303, "GET", "/me", "")
		if said := does("close"); said != "shen的账号已经停用。" {
			t.Errorf("the page says %q", said)
		}
		says(t, boss.get(at), ".head .tag", "已停用")
		if said := does("reopen"); said != "shen的账号已经启用。" {
			t.Errorf("the page says %q", said)
		}
		if said := does("take", "role", "secretary", "at", "o"+k.alpha.ID.String()); said != "shen的角色已经收回。" {
			t.Errorf("the page says %q", said)
		}
		boss.ask(404, "GET", at+"/take?role=secretary&at=o"+k.alpha.ID.String(), "")
		doc := boss.get(at)
		if got := doc.Find("#history").Text(); strings.Count(got, "boss：调离") != 3 {
			t.Errorf("the history says %q", strings.Join(strings.Fields(got), " "))
		}
		if n := doc.Find("form[action='/accounts/reset'] input[name=login][value='user-shen']").Length(); n != 1 {
			t.Error("no reset code can be made")
		}
		said := boss.get("/accounts/" + manager.ID.String()).Find(".facts").First().Text()
		if !strings.Contains(said, "纺织厂") {
			t.Errorf("the manager's role: %q", said)
		}
	})
}

// TestAccountsOutOfReachAreAbsent: an administrator of the park sees neither the
// city's people nor the other realm's, by whichever way they are asked for.
func TestAccountsOutOfReachAreAbsent(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		local := k.enter("local", access.Security, k.park)
		near := k.person("near", access.Place{Role: access.Member, Org: k.alpha.ID})
		above := k.person("above", access.Place{Role: access.Member, Org: k.root.ID})
		var away account.User
		k.tx(func(tx *db.Tx) (err error) {
			away, err = account.Add(t.Context(), tx, access.Machine(2), k.s.Now(), account.NewUser{Login: "away", Name: "away"})
			return err
		})
		doc := local.get("/accounts")
		for name, want := range map[string]bool{"near": true, "above": false, "away": false} {
			if got := strings.Contains(doc.Find("main .ledger").Text(), name); got != want {
				t.Errorf("%s is listed: %v", name, got)
			}
		}
		local.get("/accounts/" + near.ID.String())
		for _, id := range []core.UserID{above.ID, away.ID} {
			at := "/accounts/" + id.String()
			for _, path := range []string{at, at + "/grant", at + "/take?role=member&at=o" + k.root.ID.String(), at + "/close", at + "/reopen"} {
				local.ask(404, "GET", path, "")
			}
			for _, path := range []string{"/grant", "/take", "/close", "/reopen", "/link", "/sessions"} {
				local.ask(404, "POST", at+path, form("role", "member", "where", "甲支部", "reason", "r", "at", "o"+k.root.ID.String(), "version", "1"))
			}
		}
		if n := k.count(`SELECT count(*) FROM grants WHERE user_id = $1 OR user_id = $2`, above.ID, away.ID); n != 1 {
			t.Errorf("%d grants", n)
		}
	})
}

// TestTheTableOfRolesIsTheTableOfRights reads the page back and compares it,
// line by line, with what the program allows.
func TestTheTableOfRolesIsTheTableOfRights(t *testing.T) {
	k := newDoor(t, dbtest.SQLite(t))
	g := k.enter("m", access.Member, k.alpha)
	doc := g.get("/roles")
	sh := Shell{Lang: core.Hans}
	for _, role := range access.Roles {
		card := doc.Find("section#" + string(role))
		may := map[string]bool{}
		card.Find("h3 + ul li").Each(func(_ int, li *goquery.Selection) { may[li.Text()] = true })
		n := 0
		for _, do := range access.Actions() {
			key := "right." + string(do)
			if !text.Has(key) {
				t.Errorf("there are no words for %s", key)
			}
			if got := may[sh.T(key)]; got != access.Allows(role, do) {
				t.Errorf("%s: the page says that it may %s: %v", role, do, got)
			}
			if access.Allows(role, do) {
				n++
			}
		}
		if n != len(may) {
			t.Errorf("%s: %d lines, want %d", role, len(may), n)
		}
		if apart := card.Find(".note").Text(); strings.Contains(apart, sh.T("role.auditor")) != access.Apart(role, access.Auditor) {
			t.Errorf("%s: %q", role, apart)
		}
	}
}
