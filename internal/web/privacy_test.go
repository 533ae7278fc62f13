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
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/privacy"
)

// be seats the person of a record before the desk.
func (k *staff) be(p member.Person, at org.Org) {
	k.t.Helper()
	v := k.sit(access.Member, at)
	k.tx(func(tx *db.Tx) error {
		_, err := tx.Exec(k.t.Context(), `UPDATE users SET person_id = $2 WHERE id = $1`, v.Actor.User, p.ID)
		return err
	})
	k.v.Person = p.ID
	k.v.user = account.User{ID: v.Actor.User, Person: p.ID}
}

// correction asks for a correction of the record of somebody new.
func (k *door) correction(realm core.RealmID, at org.Org) core.ID {
	k.t.Helper()
	person := k.enrol(realm, at.ID)
	var u account.User
	k.tx(func(tx *db.Tx) (err error) {
		machine := access.Machine(realm)
		if u, err = account.Add(k.t.Context(), tx, machine, k.s.Now(), account.NewUser{Login: core.NewID(k.s.Now()).String(), Name: "申", Person: person}); err != nil {
			return err
		}
		return access.Grant(k.t.Context(), tx, machine, u.ID, access.Place{Role: access.Member, Org: at.ID}, k.today(), k.s.Now())
	})
	c, err := k.s.Privacy.Ask(k.t.Context(), access.Actor{Realm: realm, User: u.ID, Via: "page"}, privacy.Request{Item: "position", Wanted: "工段长"})
	if err != nil {
		k.t.Fatal(err)
	}
	return c.ID
}

func TestThePageOfWhoOpenedMyRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newStaff(t, d)
		k.sit(access.Secretary, k.a)
		k.ask(200, "POST", k.path(k.zhang, "/open"), form("field", "phone", "purpose", "other", "words", "<b>补登记</b>"))
		k.ask(200, "POST", "/export/members", form("sensitive", "yes", "under", k.a.ID.String(), "purpose", "report"))
		k.sit(access.Secretary, k.b)
		k.ask(404, "POST", k.path(k.zhang, "/open"), form("field", "phone", "purpose", "contact"))
		if text := k.get("/me/record").Find("main").Text(); !strings.Contains(text, "没有连到人员档案") {
			t.Errorf("an account without a record reads %s", text)
		}
		k.be(k.zhang, k.a)
		doc := k.get("/me/record")
		events := doc.Find("ol.trail li").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
		for i, want := range [][]string{{"想打开手机", "被拒绝"}, {"导出了维修支部的名册", "身份证号、手机", "填写上级要求的表册"}, {"（维修支部，书记）：打开了手机", "<b>补登记</b>"}} {
			for _, part := range want {
				if len(events) <= i || !strings.Contains(events[i], part) {
					t.Errorf("line %d does not say %q: %q", i, part, events)
				}
			}
		}
		if n := doc.Find("ol.trail b").Length(); n != 0 {
			t.Error("the words are markup")
		}
		page := doc.Find("main").Text()
		if strings.Contains(page, canaryPhone) || strings.Contains(page, canaryID) || strings.Contains(page, "王敏") {
			t.Error("the page shows a number, or somebody else")
		}
		if to := k.get(k.path(k.zhang, "")).Find(`a[href="/me/record"]`).Length(); to == 0 {
			t.Error("the own record does not lead there")
		}
	})
}

func TestOpeningsArePaged(t *testing.T) {
	k := newStaff(t, dbtest.SQLite(t))
	k.sit(access.Secretary, k.a)
	for range core.PageSize + 1 {
		k.ask(200, "POST", k.path(k.zhang, "/open"), form("field", "phone", "purpose", "contact"))
	}
	k.be(k.zhang, k.a)
	first, second := k.get("/me/record"), k.get("/me/record?page=2")
	if n, m := first.Find("ol.trail li").Length(), second.Find("ol.trail li").Length(); n != core.PageSize || m != 2 {
		t.Errorf("%d and %d lines", n, m)
	}
}

func TestThePageOfEverythingAboutMe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newStaff(t, d)
		k.be(k.zhang, k.a)
		who := k.v.Actor
		if k.get("/me/data").Find(`main form`).Length() != 0 {
			t.Error("a session that was not proved a short while ago is offered the file")
		}
		k.ask(403, "POST", "/me/data", "")
		link, err := k.s.Account.Link(t.Context(), access.Machine(1), who.User)
		if err != nil {
			t.Fatal(err)
		}
		in, err := k.s.Account.SignInByLink(t.Context(), link, account.Peer{Addr: "192.0.2.1"})
		if err != nil {
			t.Fatal(err)
		}
		cookie := header("Cookie", sessionCookie+"="+in.Session)
		if document(t, k.ask(200, "GET", "/me/data", "", cookie)).Find(`main form[action="/me/data"]`).Length() != 1 {
			t.Error("the file is not offered")
		}
		got := k.ask(200, "POST", "/me/data", "", cookie)
		if h := got.Header(); h.Get("Content-Type") != "application/zip" || !strings.Contains(h.Get("Content-Disposition"), "attachment") || got.Body.Len() < 1000 {
			t.Errorf("%v, %d bytes", h, got.Body.Len())
		}
		if line := k.get("/me/record").Find("ol.trail li").First().Text(); !strings.Contains(line, "你自己：下载了全部数据") {
			t.Errorf("it is told as %s", line)
		}
	})
}

func TestACorrectionOnThePages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newStaff(t, d)
		k.be(k.zhang, k.a)
		if doc := k.get("/corrections"); doc.Find(`a[href="/corrections/new?item=phone"]`).Length() != 1 || strings.Contains(doc.Text(), canaryPhone) {
			t.Error("the record does not offer its items, or shows the number")
		}
		k.get("/corrections/new?item=sex")
		k.ask(404, "GET", "/corrections/new?item=kind", "")
		bad := k.again("/corrections/new", "item", "phone", "wanted", "12", "why", "换号")
		if bad.Find("#wanted-err").Length() != 1 || bad.Find("textarea[name=why]").Text() != "换号" {
			t.Error("what was typed is lost, or not complained of")
		}
		to := k.post("/corrections/new", "item", "phone", "wanted", "19900000499", "why", "<b>换号</b>")
		k.ask(409, "POST", "/corrections/new", form("item", "phone", "wanted", "19900000498"))
		own := k.get(to)
		if own.Find("main form").Length() != 1 || own.Find(`form[action$="/withdraw"]`).Length() != 1 || strings.Contains(own.Text(), "19900000499") {
			t.Error("who asked is offered more than to take it back, or reads the number in full")
		}
		k.ask(403, "POST", to+"/answer", form("state", "accepted"))
		k.sit(access.Secretary, k.b)
		if a, b := k.try(to), k.try("/corrections/06F2QW0000001"); a.Code != 404 || document(t, a).Find("main").Text() != document(t, b).Find("main").Text() {
			t.Error("beside, it can be told from one that is missing")
		}
		k.sit(access.Secretary, k.a)
		if doc := k.get("/corrections"); doc.Find(`a[href="`+to+`"]`).Length() != 1 || doc.Find("h1").Text() != "更正申请" {
			t.Error("who keeps the record does not find it, or reads the title of who asks")
		}
		if page := k.get(to); page.Find("main b").Length() != 0 {
			t.Error("the words are markup")
		}
		if doc := k.again(to+"/answer", "state", "declined", "answer", ""); doc.Find("#answer-err").Length() != 1 {
			t.Error("declined without a reason")
		}
		k.post(to+"/answer", "state", "accepted", "answer", "见过本人")
		k.be(k.zhang, k.a)
		if text := k.get(to).Find("main").Text(); !strings.Contains(text, "已改") || !strings.Contains(text, "见过本人") {
			t.Errorf("the person reads %s", text)
		}
	})
}

func TestConsentsOnThePages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newStaff(t, d)
		k.be(k.zhang, k.a)
		if doc := k.get("/me/consents"); doc.Find(`form[action="/me/consents/give"]`).Length() != 3 || doc.Find(`form[action$="/withdraw"]`).Length() != 0 {
			t.Error("the page does not ask")
		}
		k.ask(409, "POST", "/me/consents/give", form("purpose", "contact.name"))
		k.post("/me/consents/give", "purpose", "contact.name", "version", "1")
		doc := k.get("/me/consents")
		if doc.Find(`form[action="/me/consents/withdraw"] button`).Length() != 1 || !strings.Contains(doc.Find("main .tag").Text(), "已同意") {
			t.Error("it cannot be withdrawn by one tap")
		}
		k.post("/me/consents/withdraw", "purpose", "contact.name")
		if got := k.get("/me/consents").Find("main .trail").Text(); !strings.Contains(got, "撤回") || !strings.Contains(got, "本人同意") {
			t.Errorf("what happened: %s", got)
		}
		own := k.path(k.zhang, "/consents")
		k.sit(access.Secretary, k.a)
		if k.get(k.path(k.zhang, "")).Find(`a[href="`+own+`"]`).Length() != 1 {
			t.Error("the person's page does not lead there")
		}
		bad := k.again(own+"/give", "purpose", "contact.name", "paper", "")
		if bad.Find("#paper-err").Length() != 1 || bad.Find("input[name=purpose][checked]").Length() != 1 {
			t.Error("a missing place is not complained of, or the choice is lost")
		}
		if bad = k.again(own+"/give", "paper", "盒 3"); bad.Find("#purpose-err").Length() != 1 {
			t.Error("a missing purpose is not complained of")
		}
		if bad = k.again(own+"/give", "purpose", "contact.name", "paper", canaryPhone); bad.Find("#paper-err").Length() != 1 {
			t.Error("a number is taken")
		}
		k.post(own+"/give", "purpose", "contact.name", "paper", "<b>盒 3</b>")
		if doc := k.get(own); doc.Find("main .trail b").Length() != 0 || !strings.Contains(doc.Find("main .trail").Text(), "<b>盒 3</b>") || doc.Find(`input[type=radio][value="contact.name"]`).Length() != 0 {
			t.Error("the paper is not shown as written")
		}
		k.sit(access.Secretary, k.b)
		if a, b := k.try(own), k.try("/people/06F2QW0000001/consents"); a.Code != 404 || document(t, a).Find("main").Text() != document(t, b).Find("main").Text() {
			t.Error("beside, it can be told from one that is missing")
		}
		k.ask(404, "POST", own+"/withdraw", form("purpose", "contact.name"))
		k.be(k.zhang, k.a)
		if text := k.get("/me/consents").Find("main").Text(); !strings.Contains(text, "盒 3") {
			t.Errorf("the person reads %s", text)
		}
	})
}

func TestThePageOfWhatIsDoneWithData(t *testing.T) {
	k := newStaff(t, dbtest.SQLite(t))
	k.be(k.zhang, k.a)
	doc := k.get("/privacy")
	for _, to := range []string{"/me/record", "/me/data", "/corrections", "/me/consents", "/opinions/new"} {
		if doc.Find(`main a[href="`+to+`"]`).Length() == 0 {
			t.Errorf("no way to %s", to)
		}
	}
	text := doc.Find("main").Text()
	for _, want := range []string{"还没有写明由谁答复", "身份证号（加密）", "第十三条第一款第三项", "上传的名册和没有导入的行：91 天", "组织关系已经结束的人：10 年"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
}
