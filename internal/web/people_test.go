package web

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/xuri/excelize/v2"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/intake"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// The canaries: they stand in the record of one person, and on no page but the
// one that opens them.
const (
	canaryID    = "320599198212190898"
	canaryPhone = "19900000417"
)

// A staff is a desk with two branches and a few people.
type staff struct {
	*desk
	a, b  org.Org
	zhang member.Person // has both canaries
}

func newStaff(t *testing.T, d *db.DB) *staff {
	t.Helper()
	k := &staff{desk: newDesk(t, d)}
	since := core.NewDate(2010, 7, 1)
	k.a = k.found(1, org.Founding{Name: "维修支部", Kind: rule.Branch, Parent: k.root.ID, FoundedOn: since})
	k.b = k.found(1, org.Founding{Name: "物流支部", Kind: rule.Branch, Parent: k.root.ID, FoundedOn: since})
	k.zhang = k.add(member.Enrolment{
		Name: "张敏", Sex: "male", BornOn: core.NewDate(1982, 12, 19), IDNumber: canaryID, Phone: canaryPhone, Kind: member.Full, Org: k.a.ID,
		JoinedOn: core.NewDate(2012, 6, 1), ConfirmedOn: core.NewDate(2013, 6, 1), From: core.NewDate(2012, 6, 1), Position: "工程师",
	})
	for _, name := range []string{"王芳林", "王敏", "欧阳若兰"} {
		k.add(member.Enrolment{Name: name, Kind: member.Full, Org: k.b.ID, JoinedOn: core.NewDate(2015, 3, 1), ConfirmedOn: core.NewDate(2016, 3, 1), From: core.NewDate(2015, 3, 1)})
	}
	return k
}

func (k *staff) add(e member.Enrolment) (p member.Person) {
	k.t.Helper()
	k.tx(func(tx *db.Tx) (err error) {
		p, err = member.Enrol(k.t.Context(), tx, k.s.Member.Keys, access.Machine(1), k.s.Now(), e)
		return err
	})
	return p
}

func (k *staff) path(p member.Person, rest string) string { return "/people/" + p.ID.String() + rest }

// cells reads the cells of a row.
func cells(row *goquery.Selection) []string {
	return row.Find("th, td").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
}

// namesOf reads the names of a list.
func namesOf(doc *goquery.Document) []string {
	return doc.Find("table tbody th a").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
}

func TestPeopleAreFoundByEveryWayOfAsking(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newStaff(t, d)
		all := k.get("/people")
		if got := namesOf(all); len(got) != 4 || all.Find("h2").First().Text() != "名册，4 人" {
			t.Fatalf("the list shows %v under %q", got, all.Find("h2").First().Text())
		}
		for _, tt := range []struct {
			words string
			want  []string
		}{
			{"王", []string{"王芳林", "王敏"}}, {"芳林", []string{"王芳林"}}, {"阳若兰", []string{"欧阳若兰"}}, {"wfl", []string{"王芳林"}},
			{"zm", []string{"张敏"}}, {canaryID, []string{"张敏"}}, {canaryPhone, []string{"张敏"}}, {canaryID[:17], nil}, {"赵", nil},
		} {
			doc := document(t, k.ask(200, "POST", "/people", form("q", tt.words)))
			got := namesOf(doc)
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("%q: got %v, want %v", tt.words, got, tt.want)
			}
			if (doc.Find(".empty").Length() == 1) != (len(tt.want) == 0) {
				t.Errorf("%q: the page does not say whether anybody was found", tt.words)
			}
			doc.Find("a").Each(func(_ int, a *goquery.Selection) {
				if href, _ := url.QueryUnescape(a.AttrOr("href", "")); strings.Contains(href, tt.words) {
					t.Errorf("%q stands in the address %s", tt.words, href)
				}
			})
		}
		if strings.Contains(k.log.String(), canaryID) || strings.Contains(k.log.String(), canaryPhone) {
			t.Error("the log knows what was searched for")
		}
		if to := k.post("/people", "q", " ", "kind", "full"); to != "/people?kind=full" {
			t.Errorf("a search for nothing leads to %s", to)
		}
		if got := namesOf(k.get("/people?kind=activist")); len(got) != 0 {
			t.Errorf("activists: %v", got)
		}
		if got := namesOf(k.get("/people?under=" + k.a.ID.String())); !slices.Equal(got, []string{"张敏"}) {
			t.Errorf("under the branch: %v", got)
		}
	})
}

func TestASearchOfManyIsPagedByForms(t *testing.T) {
	k := newStaff(t, dbtest.SQLite(t))
	for range 45 {
		k.add(member.Enrolment{Name: "李明", Kind: member.Applicant, Org: k.a.ID})
	}
	doc := document(t, k.ask(200, "POST", "/people", form("q", "李明")))
	seen := 0
	for range 3 {
		seen += len(namesOf(doc))
		next := doc.Find("form.pager button").Last()
		if next.Text() != "下一页" {
			break
		}
		doc = document(t, k.ask(200, "POST", "/people", form("q", doc.Find("form.pager input[name=q]").AttrOr("value", ""), "page", next.AttrOr("value", ""))))
	}
	if seen != 45 {
		t.Errorf("the pages show %d people, want 45", seen)
	}
	if got := k.get("/people?page=3"); len(namesOf(got)) != 9 || got.Find("a[rel=next]").Length() != 0 {
		t.Errorf("page 3 of 49 shows %d", len(namesOf(got)))
	}
}

func TestWhoSeesNoNamesSeesCounts(t *testing.T) {
	k := newStaff(t, dbtest.SQLite(t))
	k.sit(access.Department, k.root)
	w := k.ask(200, "GET", "/people", "")
	doc := document(t, w)
	if strings.Contains(w.Body.String(), "张敏") || doc.Find("form.query").Length() != 0 {
		t.Error("a department sees names")
	}
	if got := cells(doc.Find("tbody tr").First()); !slices.Equal(got, []string{"正式党员", "0", "4"}) {
		t.Errorf("counts: %v", got)
	}
	if !strings.Contains(doc.Find(".notice").Text(), "只看人数，不看姓名") {
		t.Errorf("no reason: %q", doc.Find(".notice").Text())
	}
	k.ask(200, "POST", "/people", form("q", "张"))
	k.ask(403, "GET", k.path(k.zhang, ""), "")
	k.ask(403, "GET", "/export/members?under="+k.root.ID.String(), "")
}

// TestNumbersAreOnNoPageButTheOneThatOpensThem walks every page that tells of
// the person whose numbers are canaries.
func TestNumbersAreOnNoPageButTheOneThatOpensThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newStaff(t, d)
		clean := func(where string, body []byte) {
			t.Helper()
			for _, canary := range []string{canaryID, canaryPhone} {
				if bytes.Contains(body, []byte(canary)) {
					t.Errorf("%s holds %s", where, canary)
				}
			}
		}
		for _, at := range []string{"/people", "/people?kind=full", k.path(k.zhang, ""), k.path(k.zhang, "/change"), k.path(k.zhang, "/transfer"), k.path(k.zhang, "/end"),
			"/export/orgs", "/export/enterprises", "/export/members?as=csv", "/export/members?sensitive=yes"} {
			clean(at, k.ask(200, "GET", at, "").Body.Bytes())
		}
		var csv bytes.Buffer
		csv.WriteString("姓名,身份证号码,人员类别,入党日期,所在党支部,手机号码\n张敏," + canaryID + ",正式党员,2012-06-01,物流支部," + canaryPhone[:10] + "9\n")
		rows := k.check(intake.Members, "名册.csv", csv.Bytes())
		clean(rows, k.ask(200, "GET", rows, "").Body.Bytes())
		doc := k.get(k.path(k.zhang, ""))
		if text := doc.Find("main").Text(); !strings.Contains(text, "320599********0898") || !strings.Contains(text, "199****0417") {
			t.Error("the page does not show the masked numbers")
		}

		wrongs := []struct {
			values []string
			field  string
		}{
			{[]string{"field", "phone"}, "purpose"}, {[]string{"field", "phone", "purpose", "other"}, "words"}, {[]string{"field", "phone", "purpose", "contact", "words", canaryPhone}, "words"},
		}
		for _, tt := range wrongs {
			back := k.again(k.path(k.zhang, "/open"), tt.values...)
			if back.Find("#"+tt.field+"-err").Length() != 1 || !strings.HasPrefix(back.Find("title").Text(), "错误") {
				t.Errorf("%v: %s has no sentence", tt.values, tt.field)
			}
		}
		for field, canary := range map[string]string{"id_number": canaryID, "phone": canaryPhone} {
			w := k.ask(200, "POST", k.path(k.zhang, "/open"), form("field", field, "purpose", "contact"))
			if !strings.Contains(w.Body.String(), canary) || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s was not opened, or may be kept: %q", field, w.Header().Get("Cache-Control"))
			}
		}
		clean("the page afterwards", k.ask(200, "GET", k.path(k.zhang, ""), "").Body.Bytes())
		clean("the log", k.log.Bytes())
		k.tx(func(tx *db.Tx) error {
			n, err := db.One(t.Context(), tx, db.Int, `SELECT count(*) FROM journal WHERE realm_id = 1 AND action = 'person.open_field' AND outcome = 'done'`)
			if n != 2 {
				t.Errorf("%d openings in the journal, want 2", n)
			}
			return err
		})
	})
}

func TestOneOwnRecordIsSeenMaskedAndCannotBeChanged(t *testing.T) {
	k := newStaff(t, dbtest.SQLite(t))
	k.sit(access.Member, k.a)
	k.ask(403, "GET", k.path(k.zhang, ""), "")
	k.tx(func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE users SET person_id = $1 WHERE realm_id = 1 AND id = $2`, k.zhang.ID, k.v.Actor.User)
		return err
	})
	doc := k.get(k.path(k.zhang, ""))
	if !strings.Contains(doc.Find(".notice").Text(), "你自己的记录") || doc.Find("main form").Length() != 0 {
		t.Error("the page does not say whose record it is, or offers a form")
	}
	k.ask(403, "GET", k.path(k.zhang, "/change"), "")
	k.ask(403, "POST", k.path(k.zhang, "/open"), form("field", "phone", "purpose", "contact"))
}

func TestAnAbsentPersonAndAnotherRealmsLookAlike(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newStaff(t, d)
		rows := k.check(intake.Members, "名册.csv", []byte("姓名,人员类别,入党日期,所在党支部\n何霞,正式党员,2012-06-01,物流支部\n"))
		batch := strings.TrimSuffix(rows, "/rows")
		nobody := core.NewID(k.s.Now()).String()
		bare := func(body, id string) string { return strings.ReplaceAll(body, id, "") }
		for _, who := range []struct {
			name string
			sit  func()
		}{
			{"another realm", func() { k.sit(access.Registrar, k.other) }},
			{"out of scope", func() { k.sit(access.Secretary, k.b) }},
		} {
			who.sit()
			for _, rest := range []string{"", "/change", "/transfer", "/end"} {
				there := k.ask(404, "GET", k.path(k.zhang, rest), "").Body.String()
				absent := k.ask(404, "GET", "/people/"+nobody+rest, "").Body.String()
				if bare(there, k.zhang.ID.String()) != bare(absent, nobody) {
					t.Errorf("%s: %s tells that there is such a person", who.name, rest)
				}
			}
			k.ask(404, "POST", k.path(k.zhang, "/open"), form("field", "phone", "purpose", "contact"))
			k.ask(404, "POST", k.path(k.zhang, "/end"), form("on", "2026-11-01", "version", "1"))
			id := strings.TrimPrefix(batch, "/import/")
			for _, rest := range []string{"", "/columns", "/rows", "/refused.xlsx", "/writing", "/result"} {
				there, absent := k.ask(404, "GET", batch+rest, "").Body.String(), k.ask(404, "GET", "/import/"+nobody+rest, "").Body.String()
				if bare(there, id) != bare(absent, nobody) {
					t.Errorf("%s: %s tells that there is such a batch", who.name, rest)
				}
			}
			k.ask(404, "POST", batch+"/write", "")
			k.ask(404, "GET", "/people?under="+k.a.ID.String(), "")
			k.ask(404, "GET", "/export/members?under="+k.a.ID.String(), "")
			k.ask(404, "GET", "/import?under="+k.a.ID.String(), "")
		}
	})
}

func TestAPersonIsEnrolledWhereTheSearchFinds(t *testing.T) {
	k := newStaff(t, dbtest.SQLite(t))
	if doc := k.again("/people/new", "name", "何霞", "kind", "full"); doc.Find("#org_q-err").Length() != 1 {
		t.Error("no sentence about the organisation")
	}
	doc := k.again("/people/new", "name", "何霞", "kind", "full", "org_q", "支部")
	if n := doc.Find("input[name=org]").Length(); n != 2 || doc.Find("#org-err").Text() == "" || doc.Find("#name").AttrOr("value", "") != "何霞" {
		t.Fatalf("%d organisations to choose from, or what was typed is gone", n)
	}
	values := []string{"name", "何霞", "kind", "full", "joined_on", "2012-06-01", "confirmed_on", "2013-06-01", "from", "2012-06-01", "org_q", "支部", "org_was", "支部", "org", k.b.ID.String()}
	if doc := k.again("/people/new", append(values, "phone", "12")...); doc.Find("#phone-err").Length() != 1 {
		t.Error("no sentence about the phone")
	}
	at := k.post("/people/new", values...)
	if text := k.get(at).Find("main").Text(); !strings.Contains(text, "何霞") || !strings.Contains(text, "物流支部") {
		t.Errorf("the new page: %s", text)
	}
	w := k.ask(409, "POST", "/people/new", form("name", "别人", "kind", "full", "joined_on", "2012-06-01", "confirmed_on", "2013-06-01", "from", "2012-06-01", "org_q", "物流支部", "id_number", canaryID))
	if document(t, w).Find("#id_number-err").Text() != "这个身份证号已经登记在别人名下。" || strings.Contains(w.Body.String(), "张敏") {
		t.Error("a number that is taken has no sentence, or tells whose it is")
	}
	k.sit(access.Department, k.root)
	k.ask(403, "GET", "/people/new", "")
	k.ask(403, "POST", "/people/new", form(values...))
}

// filledIn returns what the form of a page would send, with changes.
func filledIn(doc *goquery.Document, change ...string) []string {
	var all []string
	doc.Find("main form.ask").Find("input, textarea, select").Each(func(_ int, s *goquery.Selection) {
		name, value := s.AttrOr("name", ""), s.AttrOr("value", "")
		switch {
		case goquery.NodeName(s) == "select":
			value = s.Find("option[selected]").AttrOr("value", "")
		case goquery.NodeName(s) == "textarea":
			value = s.Text()
		case s.AttrOr("type", "") == "radio":
			if _, on := s.Attr("checked"); !on {
				return
			}
		}
		all = append(all, name, value)
	})
	return append(all, change...)
}

func TestAChangeOfAStaleRecordShowsBothVersions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newStaff(t, d)
		at := k.path(k.zhang, "/change")
		mine, theirs := filledIn(k.get(at), "position", "主任工程师"), filledIn(k.get(at), "position", "车间主任")
		k.post(at, theirs...)
		w := k.ask(409, "POST", at, form(mine...))
		doc := document(t, w)
		if got := cells(doc.Find("table tbody tr")); !slices.Equal(got, []string{"工作岗位", "主任工程师", "车间主任"}) {
			t.Fatalf("both versions: %v", got)
		}
		if got := doc.Find("#position").AttrOr("value", ""); got != "主任工程师" {
			t.Errorf("what was typed is gone: %q", got)
		}
		k.post(at, filledIn(doc)...)
		if text := k.get(k.path(k.zhang, "")).Find("main").Text(); !strings.Contains(text, "主任工程师") || !strings.Contains(text, "320599********0898") {
			t.Error("sending it again did not settle it, or the number is gone")
		}
		if doc := k.again(at, filledIn(k.get(at), "joined_on", "2013-13-01")...); doc.Find("#joined_on-err").Length() != 1 {
			t.Error("a day that does not exist has no sentence")
		}
		if doc := k.again(at, filledIn(k.get(at), "confirmed_on", "2011-01-01")...); doc.Find("#confirmed_on-err").Length() != 1 {
			t.Error("confirmed before joining has no sentence")
		}
	})
}

func TestATransferEndsOneStayAndBeginsAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newStaff(t, d)
		at := k.path(k.zhang, "/transfer")
		if doc := k.again(at, filledIn(k.get(at))...); doc.Find("#org_q-err").Length() != 1 {
			t.Error("no sentence without an organisation")
		}
		if doc := k.again(at, filledIn(k.get(at), "org_q", "没有这个")...); doc.Find("#org_q-err").Length() != 1 {
			t.Error("no sentence for a name that nobody has")
		}
		if doc := k.again(at, filledIn(k.get(at), "org_q", "物流支部", "on", "2012-05-01")...); doc.Find(".errors li").Length() == 0 {
			t.Error("a day before the membership began was taken")
		}
		if doc := k.again(at, filledIn(k.get(at), "org_q", "维修支部")...); doc.Find("#org_q-err").Length() != 1 {
			t.Error("no sentence for the same organisation")
		}
		old := filledIn(k.get(at), "org_q", "物流支部", "on", "2026-11-01")
		k.post(at, old...)
		doc := k.get(k.path(k.zhang, ""))
		if got := doc.Find(".trail li").Length(); got != 3 || !strings.Contains(doc.Find(".trail li").First().Text(), "物流支部") {
			t.Errorf("%d stays, the first is %q", got, doc.Find(".trail li").First().Text())
		}
		w := document(t, k.ask(409, "POST", at, form(filledIn(k.get(at), append(old, "org_q", "维修支部")...)...)))
		if got := w.Find("table tbody tr").First().Find("td"); got.Length() != 2 || got.Eq(0).Text() != "维修支部" || got.Eq(1).Text() != "物流支部" {
			t.Errorf("a transfer that came too late: %q", w.Find("table").Text())
		}
		end := k.path(k.zhang, "/end")
		if doc := k.again(end, filledIn(k.get(end), "on", "2027-01-01")...); doc.Find("#on-err").Length() != 1 {
			t.Error("an end to come has no sentence")
		}
		k.post(end, filledIn(k.get(end), "on", "2026-11-20")...)
		if got := k.get(k.path(k.zhang, "")); !strings.Contains(got.Find("main").Text(), "不在册") || got.Find("a[href$='/end']").Length() != 0 {
			t.Error("the membership has not ended")
		}
	})
}

func TestAProbationaryMemberIsConfirmed(t *testing.T) {
	k := newStaff(t, dbtest.SQLite(t))
	p := k.add(member.Enrolment{Name: "何霞", Kind: member.Probationary, Org: k.a.ID, JoinedOn: core.NewDate(2025, 10, 1), From: core.NewDate(2025, 10, 1)})
	at := k.path(p, "/confirm")
	if doc := k.again(at, filledIn(k.get(at), "on", "2025-09-01")...); doc.Find("#on-err").Length() != 1 {
		t.Error("confirmed before joining has no sentence")
	}
	k.post(at, filledIn(k.get(at), "on", "2026-10-01")...)
	if doc := k.get(k.path(p, "")); !strings.Contains(doc.Find(".head").Text(), "正式党员") || doc.Find("a[href$='/confirm']").Length() != 0 {
		t.Error("not confirmed")
	}
}

func TestExportsComeBackUnchangedUnderTheirName(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newStaff(t, d)
		w := k.ask(200, "GET", "/export/members", "")
		want := `attachment; filename="_______ ____ 2026-11-24.xlsx"; filename*=UTF-8''` + url.PathEscape("苏州市委组织部 党员名册 2026-11-24.xlsx")
		if got := w.Header().Get("Content-Disposition"); got != want {
			t.Errorf("Content-Disposition\n%s, want\n%s", got, want)
		}
		if f, err := excelize.OpenReader(bytes.NewReader(w.Body.Bytes())); err != nil || w.Header().Get("Content-Type") != fileTypes[".xlsx"] {
			t.Errorf("no workbook: %v", err)
		} else {
			f.Close()
		}
		for _, tt := range []struct {
			entity intake.Entity
			path   string
			rows   int
		}{{intake.Members, "/export/members", 4}, {intake.Members, "/export/members?as=csv", 4}, {intake.Orgs, "/export/orgs", 3}} {
			data := k.ask(200, "GET", tt.path, "").Body.Bytes()
			if got := counts(t, k.get(k.check(tt.entity, "export", data))); got != [5]int{2: tt.rows} {
				t.Errorf("%s comes back as %v", tt.path, got)
			}
		}
		if doc := document(t, k.ask(422, "POST", "/export/members", form("sensitive", "yes", "under", k.root.ID.String()))); doc.Find("#purpose-err").Length() != 1 {
			t.Error("numbers without a purpose")
		}
		full := k.ask(200, "POST", "/export/members", form("sensitive", "yes", "under", k.root.ID.String(), "purpose", "report", "as", "csv"))
		if !bytes.Contains(full.Body.Bytes(), []byte(canaryID)) || !bytes.Contains(full.Body.Bytes(), []byte(canaryPhone)) {
			t.Error("the export with numbers has none")
		}
		k.ask(404, "GET", "/export/users", "")
		k.ask(422, "GET", "/export/orgs?on=x", "")
		k.sit(access.Member, k.a)
		k.ask(403, "GET", "/export/members", "")
		k.ask(403, "POST", "/export/members", form("sensitive", "yes", "purpose", "report"))
	})
}

func TestANameOfAFileTravelsSafely(t *testing.T) {
	for name, want := range map[string]string{
		"a.csv":              `attachment; filename="a.csv"; filename*=UTF-8''a.csv`,
		"a b\"\r\n%/\\;.csv": `attachment; filename="a b______;.csv"; filename*=UTF-8''a%20b%22%0D%0A%25%2F%5C%3B.csv`,
		"册.xlsx":             `attachment; filename="_.xlsx"; filename*=UTF-8''%E5%86%8C.xlsx`,
	} {
		if got := disposition(name); got != want {
			t.Errorf("%q: %s", name, got)
		}
	}
}
