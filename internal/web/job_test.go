package web

import (
	"strings"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/job"
)

// enqueue asks for a job at an organisation.
func (k *door) enqueue(who access.Actor, at core.OrgID, total int) (id core.ID) {
	k.t.Helper()
	q := &job.Queue{DB: k.db, Now: k.s.Now}
	k.tx(func(tx *db.Tx) (err error) {
		id, err = q.Enqueue(k.t.Context(), tx, who, "intake.check", core.ID(1), at, total)
		return err
	})
	return id
}

func TestTheListOfJobs(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		g := k.enter("s", access.Secretary, k.alpha)
		says(t, g.get("/jobs"), ".empty .title", "没有任务")
		id := k.enqueue(access.Machine(1), k.alpha.ID, 100)
		k.enqueue(access.Machine(1), k.beta.ID, 100)
		k.enqueue(access.Machine(2), k.far.ID, 100)
		doc := g.get("/jobs")
		if doc.Find("tbody tr").Length() != 1 || doc.Find("tbody a").AttrOr("href", "") != "/jobs/"+id.String() {
			t.Errorf("the list is %s", doc.Find("tbody").Text())
		}
		says(t, doc, "tbody .tag", "排队")
		if doc.Find("noscript meta[http-equiv=refresh]").Length()+strings.Count(doc.Find("noscript").Text(), "refresh") == 0 {
			t.Error("without scripts the page stands still")
		}
	})
}

func TestAJobShowsHowFarItIs(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		g := k.enter("s", access.Secretary, k.alpha)
		id := k.enqueue(access.Machine(1), k.alpha.ID, 7532)
		page := "/jobs/" + id.String()
		doc := g.get(page)
		if doc.Find(".job").AttrOr("data-poll", "") != page || doc.Find(".job").AttrOr("id", "") != "job-"+id.String() {
			t.Error("the script does not know what to read")
		}
		began := k.s.Now().Add(-15 * time.Second)
		k.exec(`UPDATE jobs SET state = 'running', done = 4597, tries = 2, started_at = $2 WHERE id = $1`, id, db.Instant(began))
		doc = g.get(page)
		says(t, doc, ".job b", "4,597/7,532")
		says(t, doc, ".job .faint", "61.0%，每秒 306 行，约剩 10 秒")
		if got := doc.Find(".facts").Text(); !strings.Contains(got, "第几次2") {
			t.Errorf("the second attempt is not told: %s", got)
		}
		if said := g.post(page + "/cancel"); said != "已经要求停下，做完手上的一段就停。" {
			t.Errorf("the page says %q", said)
		}
		doc = g.get(page)
		says(t, doc, ".job .faint", "正在停下")
		if doc.Find("form[action$=cancel]").Length() != 0 {
			t.Error("it can be stopped twice")
		}
		k.exec(`UPDATE jobs SET state = 'cancelled', ended_at = $2 WHERE id = $1`, id, db.Instant(k.s.Now()))
		doc = g.get(page)
		if _, polls := doc.Find(".job").Attr("data-poll"); polls || doc.Find("noscript").Length() != 0 {
			t.Error("a job that has ended is read again and again")
		}
		says(t, document(t, g.ask(409, "POST", page+"/cancel", "")), ".head p", "这项任务已经结束。")
	})
}

func TestAFailedJobSaysWhy(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		id := k.enqueue(access.Machine(1), k.alpha.ID, 10)
		k.exec(`UPDATE jobs SET state = 'failed', message = '{"key":"job.gave_up","args":[{"number":5}]}', started_at = $2, ended_at = $2 WHERE id = $1`, id, db.Instant(k.s.Now()))
		doc := k.enter("s", access.Secretary, k.alpha).get("/jobs/" + id.String())
		says(t, doc, ".notice.warn", "试了5次都没有做完，已经停下。已写入的内容都在。")
		says(t, doc, ".tag.late", "没有完成")
	})
}
