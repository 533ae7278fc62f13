package job

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

// places makes a park with one branch and their users, and jobs of each.
func (w *world) places(t *testing.T, q *Queue) map[string]ID {
	t.Helper()
	const org = `INSERT INTO orgs (realm_id, id, number, parent_id, path, depth, name, name_key, initials, kind, setup_mode, host_situation, approval_document, founded_on, version, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, 'x', 'x', '', 'branch', '', '', '', '2020-01-01', 1, 0)`
	const user = `INSERT INTO users (realm_id, id, login, login_key, name, password, lang, theme, disabled, epoch, created_at) VALUES ($1, $2, $3, $3, $3, '', '', '', $4, 0, 0)`
	var none core.OrgID
	park := core.OrgID(100)
	ids := map[string]ID{}
	err := w.d.Tx(t.Context(), func(tx *db.Tx) error {
		exec := func(query string, args ...any) error {
			_, err := tx.Exec(t.Context(), query, args...)
			return err
		}
		err := errors.Join(
			exec(org, 1, 100, 1, db.Null(&none), "1.", 0), exec(org, 1, 101, 2, db.Null(&park), "1.2.", 1), exec(org, 2, 200, 1, db.Null(&none), "1.", 0),
			exec(user, 1, 7, "anna", false), exec(user, 1, 8, "dept", false), exec(user, 1, 9, "secretary", false), exec(user, 1, 10, "member", false), exec(user, 2, 21, "foreign", false),
		)
		for id, p := range map[core.UserID]access.Place{8: {Role: access.Department, Org: 100}, 9: {Role: access.Secretary, Org: 101}, 10: {Role: access.Member, Org: 101}} {
			err = errors.Join(err, access.Grant(t.Context(), tx, access.Machine(1), id, p, core.NewDate(2026, 1, 1), w.time()))
		}
		err = errors.Join(err, access.Grant(t.Context(), tx, access.Machine(2), 21, access.Place{Role: access.Department, Org: 200}, core.NewDate(2026, 1, 1), w.time()))
		for name, at := range map[string]core.OrgID{"park": 100, "branch": 101, "nowhere": 0} {
			id, qerr := q.Enqueue(t.Context(), tx, anna, "count", 0, at, 10)
			ids[name], err = id, errors.Join(err, qerr)
		}
		id, qerr := q.Enqueue(t.Context(), tx, access.Actor{Realm: 2, User: 21}, "count", 0, 200, 10)
		ids["abroad"] = id
		return errors.Join(err, qerr)
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func user(id core.UserID) access.Actor { return access.Actor{Realm: 1, User: id, Via: audit.Page} }

func TestWhoSeesWhichJobs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := &Service{DB: d, Now: w.time}
		ids := w.places(t, w.queue(nil))
		foreign := access.Actor{Realm: 2, User: 21, Via: audit.Page}
		for _, tt := range []struct {
			name  string
			who   access.Actor
			under core.OrgID
			kinds map[string]error // of Find, by job
			list  int
			err   error // of List
		}{
			{"who asked for them", anna, 0, map[string]error{"park": nil, "branch": nil, "nowhere": nil, "abroad": core.NotFound}, 3, nil},
			{"the department", user(8), 100, map[string]error{"park": nil, "branch": nil, "nowhere": core.NotFound, "abroad": core.NotFound}, 2, nil},
			{"the department at the branch", user(8), 101, nil, 1, nil},
			{"the department, its own alone", user(8), 0, nil, 0, nil},
			{"the secretary", user(9), 101, map[string]error{"park": core.NotFound, "branch": nil}, 1, nil},
			{"the secretary above", user(9), 100, nil, 0, core.NotFound},
			{"a member", user(10), 101, map[string]error{"branch": core.Forbidden}, 0, nil},
			{"another realm", foreign, 200, map[string]error{"park": core.NotFound, "abroad": nil}, 1, nil},
			{"another realm, at this one's park", foreign, 100, nil, 0, core.NotFound},
			{"nobody", access.Actor{Realm: 1}, 0, map[string]error{"park": core.NotFound}, 0, core.NotFound},
			{"the machine", access.Machine(1), 100, map[string]error{"park": nil, "nowhere": nil, "abroad": core.NotFound}, 2, nil},
		} {
			for name, want := range tt.kinds {
				if _, err := s.Find(t.Context(), tt.who, ids[name]); !errors.Is(err, want) {
					t.Errorf("%s, %s: got %v, want %v", tt.name, name, err, want)
				}
				if want == nil {
					continue
				}
				if err := s.Cancel(t.Context(), tt.who, ids[name]); !errors.Is(err, want) {
					t.Errorf("%s, cancelling %s: got %v, want %v", tt.name, name, err, want)
				}
			}
			l, err := s.List(t.Context(), tt.who, tt.under, core.Page{})
			if !errors.Is(err, tt.err) || len(l.Rows) != tt.list || l.Total != tt.list {
				t.Errorf("%s: lists %d of %d, %v; want %d, %v", tt.name, len(l.Rows), l.Total, err, tt.list, tt.err)
			}
		}
	})
}

func TestCancelling(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := &Service{DB: d, Now: w.time}
		var running, settled atomic.Int32
		q := w.queue(func(ctx context.Context, _ Job, _ func(int)) error {
			running.Add(1)
			<-ctx.Done()
			if errors.Is(context.Cause(ctx), ErrCancelled) {
				settled.Add(1)
			}
			return nil // a handler may return nil when it has nothing more to do
		})
		waiting := w.enqueue(t, q, anna)
		if err := s.Cancel(t.Context(), anna, waiting); err != nil {
			t.Fatal(err)
		}
		w.until(t, w.ended(t, waiting), q)
		if j := w.find(t, waiting); j.State != Cancelled || settled.Load() != 1 {
			t.Errorf("before it started: got %s, settled %d times", j.State, settled.Load())
		}
		q.Handle("count", func(ctx context.Context, _ Job, _ func(int)) error {
			running.Add(1)
			<-ctx.Done()
			return context.Cause(ctx)
		})
		inTheMiddle := w.enqueue(t, q, anna)
		w.until(t, func() bool {
			if running.Load() == 2 && !w.find(t, inTheMiddle).Cancel {
				if err := s.Cancel(t.Context(), anna, inTheMiddle); err != nil {
					t.Error(err)
				}
			}
			return w.ended(t, inTheMiddle)()
		}, q)
		if j := w.find(t, inTheMiddle); j.State != Cancelled || j.Message.Key != "" {
			t.Errorf("in the middle: got %s %v", j.State, j.Message)
		}
		if err := s.Cancel(t.Context(), anna, inTheMiddle); core.MsgOf(err).Key != "job.ended" {
			t.Errorf("when it has ended: got %v", err)
		}
	})
}
