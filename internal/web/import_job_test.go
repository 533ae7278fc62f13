package web

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/dbtest"
	"tongpin/internal/intake"
	"tongpin/internal/job"
)

// queue gives the desk a queue that works only while the returned function
// runs: until the batch at an address has gone on to another page.
func (k *desk) queue() (work func(address string)) {
	k.t.Helper()
	q := &job.Queue{DB: k.db, Now: time.Now, Log: slog.New(slog.DiscardHandler), Alone: true}
	k.s.Intake.Queue = q
	k.s.Intake.Handle(q)
	return func(address string) {
		k.t.Helper()
		ctx, stop := context.WithCancel(k.t.Context())
		defer stop()
		done := make(chan struct{})
		go func() {
			defer close(done)
			q.Run(ctx)
		}()
		for until := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
			r := k.try(address)
			if r.Code == 303 || document(k.t, r).Find("[data-poll]").Length() == 0 {
				break
			}
			if time.Now().After(until) {
				k.t.Fatalf("%s: the job does not end", address)
			}
		}
		stop()
		<-done
	}
}

// many is a ledger that is too long to be read while somebody waits.
func (k *desk) many(n int) []byte {
	var b strings.Builder
	b.WriteString("党组织名称,上级党组织,党组织类别,成立日期\n")
	for i := range n {
		fmt.Fprintf(&b, "第%d支部,%s,党支部,2020-01-01\n", i+1, k.root.Name)
	}
	return []byte(b.String())
}

func TestALongFileIsReadAndWrittenByJobs(t *testing.T) {
	k := newDesk(t, dbtest.SQLite(t))
	work := k.queue()
	k.s.Intake.PartSize = 100
	rows := k.check(intake.Orgs, "台账.csv", k.many(600))
	doc := k.get(rows)
	if doc.Find(".job").AttrOr("data-poll", "") != rows || !strings.Contains(doc.Find("noscript").Text(), "refresh") {
		t.Fatal("the page of a job neither asks again nor reloads")
	}
	if doc.Find("#write").Length() != 0 {
		t.Error("what is not read yet can be written")
	}
	work(rows)
	if got := counts(t, k.get(rows)); got != [5]int{600} {
		t.Fatalf("counts %v", got)
	}
	batch := strings.TrimSuffix(rows, "rows")
	writing := k.post(batch + "write")
	if writing != batch+"writing" {
		t.Fatalf("writing leads to %s", writing)
	}
	if got := k.get(writing).Find(".job").AttrOr("data-poll", ""); got != writing {
		t.Errorf("the page of writing asks %q", got)
	}
	if to := k.ask(303, "GET", strings.TrimSuffix(batch, "/"), "").Header().Get("Location"); to != writing {
		t.Errorf("the batch leads to %s", to)
	}
	k.ask(409, "POST", batch+"write", "")
	if got := k.post(batch + "stop"); got != batch+"result" {
		t.Fatalf("stopping leads to %s", got)
	}
	if doc := k.get(batch + "result"); doc.Find("h1").Text() != "停在半路" || doc.Find("form[action$='/write']").Length() != 1 {
		t.Errorf("%s", doc.Find("main").Text())
	}
	k.post(batch + "write")
	work(writing)
	result := k.get(batch + "result")
	if got := result.Find("h1").Text(); got != "写好了：600 行" {
		t.Fatal(got)
	}
	if got := result.Find("a[href^='/import/new']").AttrOr("href", ""); got != "/import/new?entity=members" {
		t.Errorf("what comes next: %q", got)
	}
	k.post(batch + "undo")
	if k.get(batch+"result").Find("[data-poll]").Length() != 1 {
		t.Error("taking back shows no progress")
	}
	work(batch + "result")
	if got := k.get(batch + "result").Find("h1").Text(); got != "已整批撤回" {
		t.Error(got)
	}
	if doc := k.get("/import"); doc.Find("tbody tr").Length() != 1 || !strings.Contains(doc.Find("tbody").Text(), "已撤回") {
		t.Errorf("the list: %s", doc.Find("table").Text())
	}
}

func TestABatchIsTakenBackUnlessSomebodyWentOn(t *testing.T) {
	k := newStaff(t, dbtest.SQLite(t))
	csv := []byte("姓名,人员类别,入党日期,转正日期,所在党支部\n何霞,正式党员,2012-06-01,2013-06-01,物流支部\n李明,正式党员,2012-06-01,2013-06-01,物流支部\n")
	rows := k.check(intake.Members, "名册.csv", csv)
	batch := strings.TrimSuffix(rows, "rows")
	k.post(batch + "write")
	var he string
	k.get("/people").Find("table a[href^='/people/']").Each(func(_ int, a *goquery.Selection) {
		if a.Text() == "何霞" {
			he = a.AttrOr("href", "")
		}
	})
	change := he + "/change"
	k.post(change, filledIn(k.get(change), "position", "班长")...)
	w := k.ask(409, "POST", batch+"undo", "")
	doc := document(t, w)
	if got := doc.Find("table.imp tbody th").Map(func(_ int, s *goquery.Selection) string { return s.Nodes[0].FirstChild.Data }); !slices.Equal(got, []string{"何霞"}) {
		t.Errorf("rows in the way: %v", got)
	}
	if got := doc.Find(".errors li").Text(); got != "有 1 行在导入后又被改动，不能整批撤回：何霞" {
		t.Errorf("%q", got)
	}
	if got := len(namesOf(k.get("/people"))); got != 6 {
		t.Errorf("%d people, want 6: nothing was to be taken back", got)
	}

	rows = k.check(intake.Members, "名册二.csv", []byte("姓名,人员类别,入党日期,转正日期,所在党支部\n赵云,正式党员,2012-06-01,2013-06-01,物流支部\n"))
	batch = strings.TrimSuffix(rows, "rows")
	k.post(batch + "write")
	if to := k.post(batch + "undo"); to != batch+"result" {
		t.Fatalf("taking back leads to %s", to)
	}
	if doc := k.get(batch + "result"); doc.Find("h1").Text() != "已整批撤回" || doc.Find("form[action$='/undo']").Length() != 0 {
		t.Error(doc.Find("main").Text())
	}
	if got := namesOf(k.get("/people")); len(got) != 6 || slices.Contains(got, "赵云") {
		t.Errorf("after taking back: %v", got)
	}
	k.tick.Add(8 * 24 * 3600 * 1000)
	first := strings.TrimSuffix(k.get("/import").Find("tbody tr").Last().Find("a").AttrOr("href", ""), "/")
	if k.get(first+"/result").Find("form[action$='/undo']").Length() != 0 {
		t.Error("after eight days taking back is still offered")
	}
	if doc := document(t, k.ask(409, "POST", first+"/undo", "")); !strings.Contains(doc.Find(".errors").Text(), "超过 7 天") {
		t.Error(doc.Find(".errors").Text())
	}
}

func TestAChangeIsShownFromOldToNew(t *testing.T) {
	k := newStaff(t, dbtest.SQLite(t))
	csv := "姓名,身份证号码,人员类别,入党日期,转正日期,所在党支部,岗位,手机号码\n张敏," + canaryID + ",正式党员,2012-06-01,2013-06-01,物流支部,主任工程师,19900002296\n"
	doc := k.get(k.check(intake.Members, "名册.csv", []byte(csv)))
	if got := counts(t, doc); got != [5]int{1: 1} {
		t.Fatalf("counts %v", got)
	}
	row := doc.Find("#r2 .diff")
	text := func(tag string) []string {
		return row.Find(tag).Map(func(_ int, s *goquery.Selection) string { return s.Text() })
	}
	if was, is := text("del"), text("ins"); !slices.Equal(was, []string{"工程师", "尾号 0417", "维修支部"}) || !slices.Equal(is, []string{"主任工程师", "尾号 2296", "物流支部"}) {
		t.Errorf("from %v to %v", was, is)
	}
	if got := doc.Find("a.chip[aria-current]").Text(); got != "要看的 1 行" {
		t.Errorf("shown: %q", got)
	}
	at := doc.Find(".counts a").Eq(2).AttrOr("href", "")
	if empty := k.get(at); empty.Find("table.imp").Length() != 0 || empty.Find(".empty").Length() != 1 {
		t.Error("a filter without rows is not empty")
	}
}
