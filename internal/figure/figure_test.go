package figure_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/figure"
	"tongpin/internal/text"
)

func TestTheFiguresOfAPark(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.coverage(nil)
		if c.Under.Name != "园区党工委" || c.On != on || c.From != from || !c.There {
			t.Errorf("got the figures of %s on %s against %s", c.Under.Name, c.On, c.From)
		}
		want := map[string]core.Share{
			"organisations": {Num: 6}, "two_new_organisations": {Num: 2}, "two_new_share": {Num: 2, Den: 6}, "members": {Num: 14},
			"operating": {Num: 9}, "work_coverage": {Num: 6, Den: 9}, "org_coverage": {Num: 4, Den: 9}, "own_rate": {Num: 2, Den: 9},
			"should_rate": {Num: 2, Den: 3}, "missed": {Num: 3}, "should_none": {Num: 1}, "nominal": {Num: 1}, "recheck": {Num: 1},
			"check": {Num: 1}, "evidence_age": {Num: 91},
		}
		got := map[string]core.Share{}
		for _, f := range figure.Definitions {
			got[f.ID] = f.Of(c.Table.Line)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if c.Table.Listed != 10 || c.Table.States["shell"] != 1 {
			t.Errorf("got %d listed, %v", c.Table.Listed, c.Table.States)
		}
		reasons := map[string]int{"should_build": 1, "not_eligible": 1, "new": 1}
		if diff := cmp.Diff(reasons, c.Table.Reasons); diff != "" {
			t.Error(diff)
		}
		if c.People != (figure.People{Total: 14, Full: 12, Probationary: 2}) {
			t.Errorf("got %+v", c.People)
		}
		if c.Table.Was != 5 || c.Table.Change() != 1 {
			t.Errorf("a month before: got %d, %d more now", c.Table.Was, c.Table.Change())
		}
	})
}

func TestOpeningPlusGainedMinusLostIsClosing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.coverage(func(q *figure.Query) { q.On = core.NewDate(2026, 11, 20); q.From = from })
		for _, r := range c.Flow.Rows {
			if r.Opening+len(r.Gained)-len(r.Lost) != r.Closing {
				t.Errorf("%s: %d + %d − %d is not %d", r.Kind, r.Opening, len(r.Gained), len(r.Lost), r.Closing)
			}
			if n := c.Table.Kinds[r.Kind]; n != r.Closing {
				t.Errorf("%s: the table says %d, the flow ends with %d", r.Kind, n, r.Closing)
			}
		}
		opening, gained, lost, closing := c.Flow.Total()
		if opening != 5 || gained != 1 || lost != 0 || closing != 6 {
			t.Errorf("got %d + %d − %d = %d", opening, gained, lost, closing)
		}
		r := w.rows(figure.Key{}, "gained.liaison", func(q *figure.Query) { q.From = from })
		if r.Total != 1 || r.Units[0].ID != w.direct || r.Units[0].Step.Reason != enterprise.Appointed {
			t.Errorf("gained: got %+v", r.Units)
		}
		if r := w.rows(figure.Key{}, "lost", nil); r.Total != 0 {
			t.Errorf("lost: got %d", r.Total)
		}
	})
}

func TestPivots(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		org := func(id core.OrgID) figure.Key { return figure.Key{Kind: figure.OfOrg, ID: core.ID(id)} }
		in := func(id core.ID) figure.Key { return figure.Key{Kind: figure.OfGrouping, ID: id} }
		type row struct {
			Key                figure.Key
			Listed, Operating  int
			Organised, Covered int
		}
		for _, tt := range []struct {
			by    figure.By
			open  []figure.Key
			twice int
			want  []row
		}{
			{figure.ByTree, nil, 0, []row{
				{org(w.park), 10, 9, 4, 6}, {org(w.east), 5, 5, 3, 4}, {org(w.west), 4, 3, 1, 1},
				{figure.Key{Kind: figure.OfItself, ID: core.ID(w.park)}, 1, 1, 0, 1},
			}},
			{figure.ByChain, nil, 1, []row{
				{figure.Key{}, 10, 9, 4, 6}, {in(w.nano), 1, 1, 1, 1}, {in(w.bio), 2, 2, 2, 2},
				{figure.Key{Kind: figure.OfNone, Code: enterprise.Chain}, 8, 7, 2, 4},
			}},
			{figure.ByBuilding, []figure.Key{in(w.house)}, 0, []row{
				{figure.Key{}, 10, 9, 4, 6}, {in(w.house), 2, 2, 0, 1}, {in(w.floor), 1, 1, 0, 0},
				{figure.Key{Kind: figure.OfRest, ID: w.house}, 1, 1, 0, 1}, {figure.Key{Kind: figure.OfNone, Code: enterprise.Building}, 8, 7, 4, 5},
			}},
			{figure.ByType, nil, 0, []row{
				{figure.Key{}, 10, 9, 4, 6}, {figure.Key{Kind: figure.OfType, Code: "private"}, 7, 6, 2, 3},
				{figure.Key{Kind: figure.OfType, Code: "foreign_owned"}, 1, 1, 1, 1}, {figure.Key{Kind: figure.OfType, Code: "mixed"}, 1, 1, 0, 1},
				{figure.Key{Kind: figure.OfType, Code: "institution"}, 1, 1, 1, 1},
			}},
			{figure.ByPlatform, nil, 0, []row{{figure.Key{}, 10, 9, 4, 6}, {figure.Key{Kind: figure.OfNone, Code: enterprise.Platform}, 10, 9, 4, 6}}},
		} {
			c := w.coverage(func(q *figure.Query) { q.By, q.Open = tt.by, tt.open })
			var got []row
			for _, g := range c.Table.Flat() {
				got = append(got, row{g.Key, g.Listed, g.Operating, g.Organised(), g.Covered()})
			}
			if tt.by == figure.ByChain { // the two chains stand in the order of their reading
				byKey := func(a, b row) int { return a.Listed%8 - b.Listed%8 }
				slices.SortStableFunc(got[1:3], byKey)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s: %s", tt.by, diff)
			}
			if c.Twice != tt.twice {
				t.Errorf("%s: %d are counted more than once, want %d", tt.by, c.Twice, tt.twice)
			}
		}
	})
}

func TestAnOpenRowWithoutRowsBelowShowsWhatIsUrgentFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.coverage(func(q *figure.Query) {
			q.Open = []figure.Key{{Kind: figure.OfOrg, ID: core.ID(w.west)}}
			q.At = figure.Key{Kind: figure.OfOrg, ID: core.ID(w.west)}
		})
		west := c.Table.Groups[1]
		if !west.Open || len(west.Groups) != 0 || len(west.Units) != 3 || west.Units[0].ID != w.muchuan || west.Units[1].ID != w.fresh {
			t.Errorf("got %+v", west.Units)
		}
		if c.AtName != "西区党委" || len(c.First) != 2 || c.First[0].ID != w.muchuan || c.First[0].Place != "西区党委" {
			t.Errorf("beside the table: got %q, %+v", c.AtName, c.First)
		}
	})
}

func TestTheMapHasATileForEachEnterpriseInOperation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m := w.coverage(nil).Map
		if m.Kind != enterprise.Street || m.Counts != [5]int{2, 2, 2, 2, 1} || m.Left != 0 {
			t.Errorf("got %s %v", m.Kind, m.Counts)
		}
		if len(m.Blocks) != 2 || m.Blocks[0].Name != "现代大道" || m.Blocks[0].Counts != [5]int{1, 2, 0, 1, 0} || m.Blocks[1].Counts != [5]int{1, 0, 2, 1, 1} {
			t.Errorf("got %+v", m.Blocks)
		}
		if n := m.Blocks[0].Size() + m.Blocks[1].Size(); n != 9 {
			t.Errorf("got %d tiles", n)
		}
	})
}

func TestQueriesThatCannotBe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, tt := range []struct {
			name   string
			change func(*figure.Query)
			want   error
		}{
			{"today", func(q *figure.Query) { q.On = core.NewDate(2026, 11, 20) }, nil},
			{"tomorrow", func(q *figure.Query) { q.On = core.NewDate(2026, 11, 21) }, core.Invalid},
			{"compared with the day before", func(q *figure.Query) { q.From = on.AddDays(-1) }, nil},
			{"compared with itself", func(q *figure.Query) { q.From = on }, core.Invalid},
			{"divided by nothing we know", func(q *figure.Query) { q.By = "floor" }, core.Invalid},
			{"an organisation that is not there", func(q *figure.Query) { q.Under = 12345 }, core.NotFound},
			{"one of another realm", func(q *figure.Query) { q.Under = w.elsewhere }, core.NotFound},
			{"a row of another realm", func(q *figure.Query) { q.At = figure.Key{Kind: figure.OfOrg, ID: core.ID(w.elsewhere)} }, core.NotFound},
			{"a row that is not below", func(q *figure.Query) { q.At = figure.Key{Kind: figure.OfOrg, ID: core.ID(w.city)} }, core.NotFound},
			{"a grouping that is not there", func(q *figure.Query) { q.At = figure.Key{Kind: figure.OfGrouping, ID: 7} }, core.NotFound},
		} {
			q := figure.Query{Under: w.park, On: on}
			tt.change(&q)
			if _, err := w.Coverage(t.Context(), w.who, q); !errors.Is(err, tt.want) {
				t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
			}
		}
		for _, show := range []figure.Show{"nothing", "reason.none", "state.", "lost_for", "two_new.x"} {
			if _, err := w.Rows(t.Context(), w.who, figure.Query{Under: w.park, On: on}, figure.Selector{Show: show}); !errors.Is(err, core.NotFound) {
				t.Errorf("rows of %q: got %v", show, err)
			}
		}
	})
}

func TestKeysAreReadBackAsWritten(t *testing.T) {
	id := core.NewID(noon)
	for _, k := range []figure.Key{
		{}, {Kind: figure.OfOrg, ID: id}, {Kind: figure.OfItself, ID: id}, {Kind: figure.OfGrouping, ID: id}, {Kind: figure.OfRest, ID: id},
		{Kind: figure.OfNone, Code: "chain"}, {Kind: figure.OfType, Code: "private"}, {Kind: figure.OfType},
	} {
		if got, err := figure.ParseKey(k.String()); err != nil || got != k {
			t.Errorf("%q: got %v, %v", k, got, err)
		}
	}
	for _, s := range []string{"org", "org-", "org-x", "city-06F2QW0000001", "'; --"} {
		if _, err := figure.ParseKey(s); !errors.Is(err, core.NotFound) {
			t.Errorf("%q: got %v", s, err)
		}
	}
}

func TestWhoSeesWhichFigures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		department := w.user(1, 1, access.Department, w.park)
		secretary := w.user(1, 2, access.Secretary, w.east)
		for _, tt := range []struct {
			name  string
			who   access.Actor
			under core.OrgID
			want  error
		}{
			{"a department sees its park", department, w.park, nil},
			{"and what is below", department, w.west, nil},
			{"but not the city above", department, w.city, core.NotFound},
			{"a secretary sees her committee", secretary, w.east, nil},
			{"but not the one beside it", secretary, w.west, core.NotFound},
			{"a member may not", w.user(1, 3, access.Member, w.park), w.park, core.Forbidden},
			{"an administrator sees no figures", w.user(1, 4, access.System, w.park), w.park, core.Forbidden},
			{"a stranger cannot tell that it exists", access.Actor{Realm: 1, User: 99}, w.park, core.NotFound},
			{"nor can somebody of another realm", w.user(2, 5, access.Department, w.elsewhere), w.park, core.NotFound},
		} {
			q := figure.Query{Under: tt.under, On: on}
			if _, err := w.Coverage(t.Context(), tt.who, q); !errors.Is(err, tt.want) {
				t.Errorf("%s: coverage: got %v", tt.name, err)
			}
			if _, err := w.Rows(t.Context(), tt.who, q, figure.Selector{}); !errors.Is(err, tt.want) {
				t.Errorf("%s: rows: got %v", tt.name, err)
			}
			if _, err := w.Figures(t.Context(), tt.who, q); !errors.Is(err, tt.want) {
				t.Errorf("%s: figures: got %v", tt.name, err)
			}
		}
		c, err := w.Coverage(t.Context(), department, figure.Query{Under: w.east, On: on})
		if err != nil || len(c.Path) != 1 || c.Path[0].Name != "园区党工委" {
			t.Errorf("the path shows what the person may look at: got %v, %v", c.Path, err)
		}
	})
}

func TestSmallPartsAreHiddenFromWhoSeesNoPeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		department, secretary := w.user(1, 1, access.Department, w.park), w.user(1, 2, access.Secretary, w.park)
		see := func(who access.Actor, under core.OrgID) figure.People {
			c, err := w.Coverage(t.Context(), who, figure.Query{Under: under, On: on})
			if err != nil {
				t.Fatal(err)
			}
			return c.People
		}
		for _, tt := range []struct {
			name  string
			who   access.Actor
			under core.OrgID
			want  figure.People
		}{
			{"two probationary members are too few", department, w.sigBranch, figure.People{Total: 7, Hidden: true}},
			{"who sees people sees the parts", secretary, w.sigBranch, figure.People{Total: 7, Full: 5, Probationary: 2}},
			{"one part alone tells nothing more", department, w.joint, figure.People{Total: 4, Full: 4}},
		} {
			if got := see(tt.who, tt.under); got != tt.want {
				t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
			}
		}
		w.enrol(w.sigBranch, 0, 2)
		if got := see(department, w.sigBranch); !got.Hidden {
			t.Errorf("four: got %+v", got)
		}
		w.enrol(w.sigBranch, 0, 1)
		if got := see(department, w.sigBranch); got != (figure.People{Total: 10, Full: 5, Probationary: 5}) {
			t.Errorf("five: got %+v", got)
		}
	})
}

func TestEverySentenceStandsInTheCatalog(t *testing.T) {
	var keys []string
	for _, b := range figure.Pivots {
		keys = append(keys, b.Title().Key, b.Column().Key)
	}
	for _, f := range figure.Definitions {
		keys = append(keys, f.Title().Key, f.Formula().Key, f.Numerator().Key, "figure.owner."+f.Owner, f.Rows.Title().Key)
		if f.Share {
			keys = append(keys, f.Denominator().Key, f.Whole.Title().Key)
		}
		for _, table := range f.Sources {
			keys = append(keys, "figure.table."+table)
		}
	}
	for _, tile := range figure.Tiles {
		keys = append(keys, "figure.tile."+tile)
	}
	for _, show := range []figure.Show{"listed", "joint", "work", "mass", "unverified", "gained", "lost", "gained.own", "lost_for.closed", "reason.new", "state.shell"} {
		keys = append(keys, show.Title().Key)
	}
	for _, key := range append(keys, "figure.row.none.chain", "figure.row.none.building", "figure.row.none.platform", "figure.row.rest", "figure.row.rest_of",
		"figure.row.itself", "figure.row.itself_of", "figure.row.type_unknown", "figure.block.none.street", "figure.block.none.building", "figure.block.none.all") {
		if !text.Has(key) {
			t.Errorf("the catalogs have no %s", key)
		}
	}
}
