package enterprise_test

import (
	"context"
	"errors"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
)

func TestAnOrganisationKnowsItsHosts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		near := w.register("近邻纺织", func(r *enterprise.Registration) { r.Industry = "纺织" })
		far := w.register("远方物流", func(r *enterprise.Registration) { r.Org = w.zone.ID })
		from, ended := core.NewDate(2024, 3, 1), core.NewDate(2025, 3, 1)
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			return enterprise.HostMany(ctx, tx, w.who, w.now, []enterprise.Hosting{
				{Org: w.plaza.ID, Enterprise: near.ID, Period: core.Since(from)},
				{Org: w.plaza.ID, Enterprise: far.ID, Period: core.Period{From: from, To: ended}},
			})
		})
		for _, tt := range []struct {
			who  access.Actor
			on   core.Date
			want string // a star for those that may be opened
		}{
			{w.dept, core.Date{}, "近邻纺织* "},
			{w.dept, ended.AddDays(-1), "近邻纺织* 远方物流 "},
			{w.dept, ended, "近邻纺织* "},
			{w.who, ended.AddDays(-1), "近邻纺织* 远方物流* "},
			{w.dept, from.AddDays(-1), ""},
		} {
			all, err := w.HostsOf(t.Context(), tt.who, w.plaza.ID, core.Moment{On: tt.on})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, h := range all {
				got += h.Name
				if h.Seen {
					got += "*"
				}
				got += " "
			}
			if got != tt.want {
				t.Errorf("on %s: %q, want %q", tt.on, got, tt.want)
			}
		}
		before, err := w.HostsOf(t.Context(), w.dept, w.plaza.ID, core.Moment{On: from, KnownAt: noon.AddDate(0, 0, -1)})
		if err != nil || len(before) != 0 {
			t.Errorf("known a day before it was recorded: %v, %v", before, err)
		}
		for _, who := range []access.Actor{w.sec, w.other} {
			if _, err := w.HostsOf(t.Context(), who, w.plaza.ID, core.Moment{}); !errors.Is(err, core.NotFound) {
				t.Errorf("user %d: got %v", who.User, err)
			}
		}
	})
}
