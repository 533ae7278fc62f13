package bench

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/secret"
)

// Options say how much to measure.
type Options struct {
	Dir      string                // an empty folder for both databases
	Members  int                   // 1,000,000 for the table of the documentation
	Rounds   int                   // pairs of each measurement; at least 3
	Progress func(done, total int) // lines of the table; nil to stay silent
}

// A Result is one line of the table. The times are medians over the rounds;
// Ratio is the median of the paired ratios. Wanted says which side of Goal it
// must lie on: "≥" for rates, "≤" for times.
type Result struct {
	Work   string  `json:"work"`
	Unit   string  `json:"unit"`
	Ours   float64 `json:"ours"`
	Floor  float64 `json:"floor"`
	Ratio  float64 `json:"ratio"`
	Wanted string  `json:"wanted"`
	Goal   float64 `json:"goal"`
	OK     bool    `json:"ok"`
}

// A bench holds both sides over the same data.
type bench struct {
	Options
	tree  []node
	floor *floor
	db    *db.DB
	ids   []core.OrgID
	who   access.Actor
	svc   *member.Service
	orgs  *org.Service
	some  []core.PersonID // one in a hundred, to be read

	people *people // those who were enrolled, and then more of them
}

// Run builds the data set on both sides and measures.
func Run(ctx context.Context, o Options) (all []Result, err error) {
	b := &bench{Options: o, tree: tree()}
	if b.floor, err = openFloor(ctx, filepath.Join(o.Dir, "floor.db")); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.floor.db.Close()) }()
	if b.db, err = db.Open(ctx, filepath.Join(o.Dir, "tongpin.db")); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.db.Close()) }()
	load, err := b.load(ctx)
	if err != nil {
		return nil, err
	}
	all = append(all, load)
	measures := b.measures()
	for i, m := range measures {
		if o.Progress != nil {
			o.Progress(i+1, len(measures)+1)
		}
		r, err := b.measure(ctx, m)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	over, err := b.overHTTP(ctx)
	return append(all, over...), err
}

// load imports the same people on both sides, indexes included, and compares
// rows a second.
func (b *bench) load(ctx context.Context) (Result, error) {
	start := time.Now()
	if err := b.floor.load(ctx, b.tree, b.Members); err != nil {
		return Result{}, err
	}
	floor := float64(b.Members) / time.Since(start).Seconds()
	if err := b.floor.search(ctx); err != nil {
		return Result{}, err
	}
	if err := b.prepare(ctx); err != nil {
		return Result{}, err
	}
	start = time.Now()
	if err := b.enrol(ctx); err != nil {
		return Result{}, err
	}
	ours := float64(b.Members) / time.Since(start).Seconds()
	r := Result{Work: "import", Unit: "rows/s", Ours: ours, Floor: floor, Ratio: ours / floor, Wanted: "≥", Goal: 0.25}
	r.OK = r.Ratio >= r.Goal
	return r, b.db.Analyze(ctx)
}

// prepare founds the organisations and makes a registrar at the top, so that
// every measurement passes the check of the right.
func (b *bench) prepare(ctx context.Context) error {
	if err := b.db.Migrate(ctx); err != nil {
		return err
	}
	machine, now := access.Machine(1), time.Now()
	keys := secret.Fixed(secret.AES)
	b.svc = &member.Service{DB: b.db, Keys: keys, Now: time.Now}
	b.orgs = &org.Service{DB: b.db, Now: time.Now}
	return b.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO realms (id, name, zone, synthetic, created_at) VALUES (1, 'bench', 'UTC', $1, $2)`, true, db.Instant(now)); err != nil {
			return err
		}
		fs := make([]org.Founding, len(b.tree))
		kinds := []rule.OrgKind{rule.Committee, rule.Committee, rule.Committee, rule.Committee, rule.GeneralBranch, rule.Branch}
		for i, o := range b.tree {
			fs[i] = org.Founding{Name: o.name, Kind: kinds[o.level], Within: o.parent + 1, FoundedOn: core.NewDate(1949, 10, 1)}
		}
		made, err := org.FoundMany(ctx, tx, machine, now, fs)
		if err != nil {
			return err
		}
		for _, o := range made {
			b.ids = append(b.ids, o.ID)
		}
		u, err := account.Add(ctx, tx, machine, now, account.NewUser{Login: "registrar", Name: "Registrar"})
		if err != nil {
			return err
		}
		b.who = access.Actor{Realm: 1, User: u.ID, Via: "page"}
		return access.Grant(ctx, tx, machine, u.ID, access.Place{Role: access.Registrar, Org: b.ids[0]}, core.DateOf(now), now)
	})
}

// enrol brings a whole realm's people in at once, as the first import of a new
// installation does.
func (b *bench) enrol(ctx context.Context) error {
	b.people = newPeople(b.tree)
	rows := make([]member.Enrolment, b.Members)
	for i := range rows {
		e, at := b.people.next()
		e.Org = b.ids[at]
		rows[i] = e
	}
	return b.db.Tx(ctx, func(tx *db.Tx) error {
		ids, err := member.EnrolMany(ctx, tx, b.svc.Keys, access.Machine(1), time.Now(), rows)
		for i := 0; i < len(ids); i += 100 {
			b.some = append(b.some, ids[i])
		}
		return err
	})
}

// A measure does the same work on both sides, n times a round, and says how
// far apart they may be.
type measure struct {
	work        string
	n           int
	goal        float64
	ours, floor func(ctx context.Context, r *rand.Rand) error
}

func (b *bench) measures() []measure {
	page := func(level int) func(context.Context, *rand.Rand) error {
		return func(ctx context.Context, r *rand.Rand) error { return b.pageOf(ctx, b.pick(r, level), 10) }
	}
	floorPage := func(ctx context.Context, r *rand.Rand) error {
		_, err := b.floor.page(ctx, 2+r.IntN(20))
		return err
	}
	search := func(level, n int) func(context.Context, *rand.Rand) error {
		return func(ctx context.Context, r *rand.Rand) error {
			_, err := b.svc.List(ctx, b.who, member.Query{Under: b.pick(r, level), Search: given(r, n), Page: core.Page{Number: 1, Size: 50}})
			return err
		}
	}
	floorSearch := func(n int) func(context.Context, *rand.Rand) error {
		return func(ctx context.Context, r *rand.Rand) error {
			_, err := b.floor.find(ctx, given(r, n))
			return err
		}
	}
	return []measure{
		{"page 10 of the whole realm", 200, 3, page(0), floorPage},
		{"page 10 of a district (50,000)", 200, 3, page(1), floorPage},
		{"page 10 of a park (5,500)", 200, 3, page(2), floorPage},
		{"page 10 of a committee (550)", 200, 3, page(3), floorPage},
		{"search one character", 200, 5, search(0, 1), floorSearch(1)},
		{"search two characters", 200, 5, search(0, 2), floorSearch(2)},
		{"search three characters", 200, 5, search(0, 3), floorSearch(3)},
		{"search one character in a district", 200, 5, search(1, 1), floorSearch(1)},
		{"search two characters in a district", 200, 5, search(1, 2), floorSearch(2)},
		{"roll-up of districts by kind", 5, 0.05, func(ctx context.Context, _ *rand.Rand) error { return b.rollup(ctx) },
			func(ctx context.Context, _ *rand.Rand) error { _, err := b.floor.rollup(ctx); return err }},
		{"read one person", 500, 0, b.read,
			func(ctx context.Context, r *rand.Rand) error {
				_, err := b.floor.read(ctx, 1+r.IntN(b.Members))
				return err
			}},
	}
}

// pick returns an organisation of a level.
func (b *bench) pick(r *rand.Rand, level int) core.OrgID {
	from := 0
	for _, n := range levels[:level] {
		from += n
	}
	return b.ids[from+r.IntN(levels[level])]
}

func given(r *rand.Rand, n int) string {
	s := []rune{}
	if n == 3 {
		s = append(s, surnames[r.IntN(len(surnames))])
	}
	for len(s) < n {
		s = append(s, givens[r.IntN(len(givens))])
	}
	return string(s)
}

// pageOf reads a page of 50 full members, as the list of people does.
func (b *bench) pageOf(ctx context.Context, under core.OrgID, number int) error {
	_, err := b.svc.List(ctx, b.who, member.Query{Under: under, Kind: member.Full, Page: core.Page{Number: number, Size: 50}})
	return err
}

// rollup reads the members of every district by kind.
func (b *bench) rollup(ctx context.Context) error {
	return b.db.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, b.who, access.SeeFigures, b.ids[0]); err != nil {
			return err
		}
		_, err := org.Tallies(ctx, tx, 1, b.ids[1:1+levels[1]])
		return err
	})
}

func (b *bench) read(ctx context.Context, r *rand.Rand) error {
	return b.db.View(ctx, func(tx *db.Tx) error {
		p, err := member.Find(ctx, tx, 1, b.some[r.IntN(len(b.some))])
		if err == nil {
			err = access.Require(ctx, tx, b.who, access.SeePeople, p.Org)
		}
		return err
	})
}

// warmUp is how many rounds come before those that count: a server's caches
// are full, and here each side's fill with its own first thousand calls.
const warmUp = 4

// measure runs both sides in turn and takes medians.
func (b *bench) measure(ctx context.Context, m measure) (Result, error) {
	var ours, floor, ratios []float64
	for round := range warmUp + b.Rounds {
		seed := uint64(round)
		a, err := timed(ctx, m.n, seed, m.ours)
		if err != nil {
			return Result{}, err
		}
		f, err := timed(ctx, m.n, seed, m.floor)
		if err != nil {
			return Result{}, err
		}
		if round >= warmUp {
			ours, floor, ratios = append(ours, a), append(floor, f), append(ratios, a/f)
		}
	}
	r := Result{Work: m.work, Unit: "ms", Ours: median(ours), Floor: median(floor), Ratio: median(ratios), Wanted: "≤", Goal: m.goal}
	r.OK = m.goal == 0 || r.Ratio <= m.goal
	return r, nil
}

// timed returns the median time of one call, in milliseconds.
func timed(ctx context.Context, n int, seed uint64, f func(context.Context, *rand.Rand) error) (float64, error) {
	r := rand.New(rand.NewPCG(seed, 7))
	all := make([]float64, n)
	for i := range all {
		start := time.Now()
		if err := f(ctx, r); err != nil {
			return 0, err
		}
		all[i] = float64(time.Since(start).Microseconds()) / 1000
	}
	return median(all), nil
}

func median(all []float64) float64 {
	s := slices.Sorted(slices.Values(all))
	return s[len(s)/2]
}
