package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/job"
)

func (s *Server) mountJobs(m *http.ServeMux) {
	s.route(m, "GET /jobs", signedIn, s.jobs)
	s.route(m, "GET /jobs/{job}", signedIn, s.job)
	s.route(m, "POST /jobs/{job}/cancel", signedIn, s.cancelJob)
}

// A Jobs page lists work over time, newest first.
type Jobs struct {
	Shell
	Rows  []JobRow
	Empty Empty
	Pager Pager
}

// A JobRow is one line of the list.
type JobRow struct {
	Link
	When string
	Rate Rate
	Tag  Tag
}

var jobsPage = newPage[Jobs]("jobs.html")

func (s *Server) jobs(w http.ResponseWriter, r *http.Request, v Viewer) error {
	number, _ := strconv.Atoi(r.FormValue("page")) // what is no number is page 1
	l, err := s.Jobs.List(r.Context(), v.Actor, v.Under, core.Page{Number: number})
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "jobs", "jobs.title")
	sh.Lead = sh.T("jobs.lead")
	p := Jobs{Shell: sh}
	for _, j := range l.Rows {
		p.Rows = append(p.Rows, JobRow{
			Link: Link{sh.say(j.Title()), "/jobs/" + j.ID.String()}, When: sh.When(j.CreatedAt.In(s.Now().Location())), Rate: sh.rate(j.Share(), ""), Tag: sh.jobTag(j),
		})
		if !j.State.Ended() {
			p.Refresh = 5
		}
	}
	p.Pager = sh.pager(l.Page, l.Total, func(n int) string { return "/jobs?page=" + strconv.Itoa(n) })
	if l.Total == 0 {
		p.Empty = Empty{Title: sh.T("jobs.empty"), Text: sh.T("jobs.empty.text"), Action: Link{sh.T("jobs.empty.go"), "/import"}}
	}
	return jobsPage.write(w, http.StatusOK, p)
}

// jobTag says how far a job is.
func (s Shell) jobTag(j job.Job) Tag {
	if j.Cancel && !j.State.Ended() {
		return Tag{Wait, s.T("jobs.stopping")}
	}
	kind := map[job.State]TagKind{job.Waiting: Off, job.Running: Wait, job.Done: OK, job.Failed: Late, job.Cancelled: Off}[j.State]
	return Tag{kind, s.say(j.State.Title())}
}

// A Job page is one job: how far it is, and what came of it. While it runs the
// script reads the page again and again; without scripts it reloads.
type Job struct {
	Shell
	Progress Progress
	Tag      Tag // what came of it; the progress says how it stands before
	Message  Notice
	Facts    Facts
	Result   Link
	Cancel   string // the address that stops it, or ""
}

var jobPage = newPage[Job]("job.html")

func (s *Server) job(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := core.ParseID(r.PathValue("job"))
	if err != nil {
		return err
	}
	j, err := s.Jobs.Find(r.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "jobs", "")
	sh.Title = sh.say(j.Title())
	sh.Path = []Link{{sh.T("jobs.title"), "/jobs"}, {Text: sh.Title}}
	p := Job{Shell: sh, Progress: sh.progress(j, s.Now()), Result: sh.jobResult(j)}
	zone := s.Now().Location()
	p.Facts.Rows = []Fact{{Label: sh.T("jobs.created"), Value: sh.When(j.CreatedAt.In(zone))}}
	if !j.StartedAt.IsZero() {
		p.Facts.Rows = append(p.Facts.Rows, Fact{Label: sh.T("jobs.started"), Value: sh.When(j.StartedAt.In(zone))})
	}
	if j.Tries > 1 {
		p.Facts.Rows = append(p.Facts.Rows, Fact{Label: sh.T("jobs.tries"), Value: sh.N(j.Tries), Note: sh.T("jobs.tries.note")})
	}
	if j.State.Ended() {
		p.Tag = sh.jobTag(j)
		p.Facts.Rows = append(p.Facts.Rows, Fact{Label: sh.T("jobs.ended"), Value: sh.When(j.EndedAt.In(zone))})
	} else {
		p.Refresh = 3
		if !j.Cancel {
			p.Cancel = "/jobs/" + j.ID.String() + "/cancel"
		}
	}
	if !j.Message.IsZero() {
		p.Message = Notice{Kind: "warn", Text: sh.say(j.Message)}
	}
	return jobPage.write(w, http.StatusOK, p)
}

// jobResult leads to what a job works on.
func (s Shell) jobResult(j job.Job) Link {
	if j.Subject != 0 && strings.HasPrefix(string(j.Kind), "intake.") {
		return Link{s.T("jobs.result.import"), "/import/" + j.Subject.String()}
	}
	return Link{}
}

// progress shows how far a job is, how fast it goes and how long it will take.
func (s Shell) progress(j job.Job, now time.Time) Progress {
	id := j.ID.String()
	p := Progress{ID: "job-" + id, Name: s.say(j.Title()), Done: j.Done, Total: j.Total, Percent: j.Share().Percent(), Text: s.jobTag(j).Text}
	p.Counted = s.N(j.Done)
	if j.Total > 0 {
		p.Counted = s.N(j.Done) + "/" + s.N(j.Total)
	}
	if !j.State.Ended() {
		p.Poll = "/jobs/" + id
	}
	if took := now.Sub(j.StartedAt); j.State == job.Running && !j.Cancel && j.Done > 0 && j.Done < j.Total && took >= time.Second {
		perSecond := max(int(float64(j.Done)/took.Seconds()), 1)
		p.Text = s.T("jobs.speed", p.Percent, perSecond, (j.Total-j.Done+perSecond-1)/perSecond)
	}
	return p
}

func (s *Server) cancelJob(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := core.ParseID(r.PathValue("job"))
	if err != nil {
		return err
	}
	if err := s.Jobs.Cancel(r.Context(), v.Actor, id); err != nil {
		return err
	}
	return s.redirect(w, r, "/jobs/"+id.String(), "jobs.cancelled")
}
