package figure_test

import (
	"errors"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/figure"
)

func newClock() time.Time { return noon }

func TestWhatWasPrintedStandsBesideWhatIsComputed(t *testing.T) {
	for _, tt := range []struct {
		printed string
		is      core.Share
		agrees  bool
		gap     int
	}{
		{"53%", core.Share{Num: 1295, Den: 2481}, false, 8}, // 52.1967 %, as the article has it
		{"52%", core.Share{Num: 1295, Den: 2481}, true, -2},
		{"52.2%", core.Share{Num: 1295, Den: 2481}, true, 0},
		{"52.3%", core.Share{Num: 1295, Den: 2481}, false, 1},
		{"65.3 %", core.Share{Num: 52, Den: 91}, false, 82}, // forms cut from 91 to 39
		{"12.5%", core.Share{Num: 1, Den: 8}, true, 0},
		{"13%", core.Share{Num: 1, Den: 8}, true, 5}, // a tie may be rounded either way
		{"12%", core.Share{Num: 1, Den: 8}, true, -5},
		{"100%", core.Share{Num: 199, Den: 200}, true, 5},
		{"100%", core.Share{Num: 198, Den: 200}, false, 10},
		{"50％", core.Share{}, false, 0},
		{"2,481", core.Share{Num: 2481}, true, 0},
		{"2481", core.Share{Num: 2480}, false, 1},
		{"5.6", core.Share{Num: 5}, false, 51},
	} {
		c := figure.Compare(figure.Reported{Printed: tt.printed}, tt.is)
		if c.Agrees != tt.agrees || c.Gap != tt.gap {
			t.Errorf("%s beside %d/%d: got %v, gap %d", tt.printed, tt.is.Num, tt.is.Den, c.Agrees, c.Gap)
		}
	}
}

func TestReporting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		good := figure.Reported{
			Org: w.park, Figure: "two_new_share", On: on, Printed: " 34% ", Source: "年报", ReportedOn: core.NewDate(2026, 11, 1),
		}
		department, secretary := w.user(1, 1, access.Department, w.park), w.user(1, 2, access.Secretary, w.park)
		for _, tt := range []struct {
			name string
			who  access.Actor
			edit func(*figure.Reported)
			want error
		}{
			{"a department records what was printed", department, func(*figure.Reported) {}, nil},
			{"a secretary may only look", secretary, func(*figure.Reported) {}, core.Forbidden},
			{"a stranger cannot tell that it exists", access.Machine(2), func(*figure.Reported) {}, core.NotFound},
			{"a department of a park, about the city", department, func(r *figure.Reported) { r.Org = w.city }, core.NotFound},
			{"a figure that there is not", department, func(r *figure.Reported) { r.Figure = "happiness" }, core.Invalid},
			{"a share without its sign", department, func(r *figure.Reported) { r.Printed = "34" }, core.Invalid},
			{"a count with one", department, func(r *figure.Reported) { r.Figure = "members" }, core.Invalid},
			{"words", department, func(r *figure.Reported) { r.Printed = "一半以上" }, core.Invalid},
			{"nothing", department, func(r *figure.Reported) { r.Printed = "" }, core.Invalid},
			{"no source", department, func(r *figure.Reported) { r.Source = " " }, core.Invalid},
			{"printed on the day itself", department, func(r *figure.Reported) { r.ReportedOn = on }, nil},
			{"printed before the day", department, func(r *figure.Reported) { r.ReportedOn = on.AddDays(-1) }, core.Invalid},
			{"printed tomorrow", department, func(r *figure.Reported) { r.ReportedOn = core.NewDate(2026, 11, 21) }, core.Invalid},
			{"of a day to come", department, func(r *figure.Reported) { r.On = core.NewDate(2026, 11, 21) }, core.Invalid},
			{"of no day", department, func(r *figure.Reported) { r.On = core.Date{} }, core.Invalid},
		} {
			r := good
			tt.edit(&r)
			if _, err := w.Report(t.Context(), tt.who, r); !errors.Is(err, tt.want) {
				t.Errorf("%s: got %v %v, want %v", tt.name, err, core.FieldsOf(err), tt.want)
			}
		}
		c := w.coverage(nil)
		if len(c.Reported) != 2 || c.Reported[0].Printed != "34%" || c.Reported[0].Computed != (core.Share{Num: 2, Den: 6}) || c.Reported[0].Gap != 7 || c.Reported[0].Agrees {
			t.Errorf("got %+v", c.Reported)
		}
		sheet, err := w.Figures(t.Context(), department, figure.Query{Under: w.park, On: on})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range sheet.Values {
			if want := map[bool]int{true: 2}[v.ID == "two_new_share"]; len(v.Reported) != want {
				t.Errorf("%s: %d were printed, want %d", v.ID, len(v.Reported), want)
			}
			if v.ID == "work_coverage" && (v.Share != core.Share{Num: 6, Den: 9} || v.Was != core.Share{Num: 5, Den: 9}) {
				t.Errorf("work coverage: got %v, was %v", v.Share, v.Was)
			}
		}
		below, err := w.Coverage(t.Context(), department, figure.Query{Under: w.east, On: on})
		if err != nil || len(below.Reported) != 0 {
			t.Errorf("below: got %v, %v", below.Reported, err)
		}
	})
}

func TestReportsAreJournalled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r, err := w.Report(t.Context(), w.who, figure.Reported{
			Org: w.park, Figure: "organisations", On: on, Printed: "2,481", Source: "年报", ReportedOn: on,
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.View(t.Context(), func(tx *db.Tx) error {
			all, err := audit.Of(t.Context(), tx, 1, r.ID, 5)
			if len(all) != 1 || all[0].Action != "figure.report" || all[0].Org != w.park {
				t.Errorf("got %+v", all)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
