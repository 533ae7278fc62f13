package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/job"
)

// A Job is work over time.
type Job struct {
	ID        ID        `json:"id"`
	Kind      string    `json:"kind"`
	Title     string    `json:"title"`
	Subject   ID        `json:"subject,omitzero" doc:"What it works on, such as an import."`
	State     string    `json:"state" enum:"waiting,running,done,failed,cancelled"`
	Done      int       `json:"done"`
	Total     int       `json:"total"`
	Message   string    `json:"message,omitzero" doc:"Why it failed."`
	Ended     bool      `json:"ended"`
	CreatedAt time.Time `json:"created_at"`
	StartedAt time.Time `json:"started_at,omitzero"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
}

func jobOf(c *Call) func(job.Job) Job {
	return func(j job.Job) Job {
		return Job{
			ID(j.ID), string(j.Kind), c.say(j.Title()), ID(j.Subject), string(j.State), j.Done, j.Total, c.say(j.Message), j.State.Ended(),
			j.CreatedAt, j.StartedAt, j.EndedAt,
		}
	}
}

// oneJob names a job.
type oneJob struct {
	Job ID `path:"job"`
}

// Events ask anew after pause, and say that they are alive after beat; write is
// how long a slow reader may take.
const (
	pause = 500 * time.Millisecond
	beat  = 15 * time.Second
	slow  = 30 * time.Second
)

func (a *API) mountJobs() {
	read := scope("jobs:read")
	type ask struct {
		Under ID `query:"under" doc:"Also the jobs there and below."`
		Listed
	}
	handle(a, "GET /jobs", "jobs_list", read, func(ctx context.Context, c *Call, in *ask) (Page[Job], error) {
		p, err := a.page(c, in.Listed)
		if err != nil {
			return Page[Job]{}, err
		}
		l, err := a.Jobs.List(ctx, c.Actor, core.OrgID(in.Under), p)
		if err != nil {
			return Page[Job]{}, err
		}
		return listOf(a, c, p, l.Total, l.Rows, jobOf(c)), nil
	})
	handle(a, "GET /jobs/{job}", "jobs_get", read, func(ctx context.Context, c *Call, in *oneJob) (Job, error) {
		j, err := a.Jobs.Find(ctx, c.Actor, core.ID(in.Job))
		return jobOf(c)(j), err
	})
	handle(a, "POST /jobs/{job}/cancel", "jobs_cancel", scope("jobs:write"), func(ctx context.Context, c *Call, in *oneJob) (None, error) {
		return None{}, a.Jobs.Cancel(ctx, c.Actor, core.ID(in.Job))
	})
	stream(a, "GET /jobs/{job}/events", "jobs_events", read, a.jobEvents, files("text/event-stream"))
}

// jobEvents tells each change of a job until it ends. Credential and right are
// asked anew for every event: who loses them meanwhile hears no more.
func (a *API) jobEvents(w http.ResponseWriter, c *Call, in *oneJob) error {
	ctx := c.r.Context()
	j, err := a.Jobs.Find(ctx, c.Actor, core.ID(in.Job))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	h.Set("No-Gzip-Compression", "1") // ours, taken off by the guard: an event must not wait in a buffer
	line := http.NewResponseController(w)
	last, quiet := "", time.Duration(0)
	for {
		b, err := encode(jobOf(c)(j))
		if err != nil {
			return err
		}
		text := "event: job\ndata: " + string(b) + "\n\n"
		if text == last {
			text = ": alive\n\n"
		} else {
			last, quiet = text, 0
		}
		if quiet%beat == 0 {
			_ = line.SetWriteDeadline(time.Now().Add(slow)) //nolint:forbidigo // of the connection, not of the realm
			if _, err := fmt.Fprint(w, text); err != nil || line.Flush() != nil {
				return nil // the caller has left
			}
		}
		if j.State.Ended() {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
			quiet += pause
		}
		if j, err = a.again(c, core.ID(in.Job)); err != nil {
			return nil // no longer: the stream ends
		}
	}
}

// again reads a job for whoever the credential still lets in.
func (a *API) again(c *Call, id core.ID) (job.Job, error) {
	fresh, err := a.caller(c.r)
	if err != nil {
		return job.Job{}, err
	}
	if fresh.User.ID != c.User.ID || !fresh.allows("jobs:read") {
		return job.Job{}, core.NotFound
	}
	return a.Jobs.Find(c.r.Context(), fresh.Actor, id)
}
