package privacy_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/consent"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/privacy"
	"tongpin/internal/purpose"
	"tongpin/internal/setting"
)

func (w *world) agreed(p core.PersonID) (yes bool) {
	w.t.Helper()
	w.do(func(tx *db.Tx) (err error) {
		yes, err = consent.Given(w.t.Context(), tx, 1, p, purpose.ContactName)
		return err
	})
	return yes
}

// raise gives the purpose a new text until the test ends.
func raise(t *testing.T) {
	i := slices.IndexFunc(purpose.All, func(p purpose.Purpose) bool { return p.Key == purpose.ContactName })
	purpose.All[i].Version++
	t.Cleanup(func() { purpose.All[i].Version-- })
}

func TestAConsentIsGivenAndWithdrawn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		name := consent.Giving{Purpose: purpose.ContactName, Version: 1}
		give := func(who access.Actor, id core.PersonID, g consent.Giving) error { return w.Consent(ctx, who, id, g) }
		paper := consent.Giving{Purpose: purpose.ContactName, Paper: "文件盒 2026-3"}
		for _, tt := range []struct {
			name string
			err  error
			want string
		}{
			{"an unknown purpose", give(w.own, 0, consent.Giving{Purpose: "post.badge"}), "error.not_found"},
			{"one that rests on something else", give(w.own, 0, consent.Giving{Purpose: "roster"}), "error.not_found"},
			{"another text", give(w.own, 0, consent.Giving{Purpose: purpose.ContactName, Version: 2}), "consent.stale"},
			{"without a record", give(w.secretary, 0, name), "error.not_found"},
			{"a colleague", give(w.colleague, w.zhang.ID, paper), "error.not_found"},
			{"the branch beside", give(w.beside, w.zhang.ID, paper), "error.not_found"},
			{"another realm", give(w.stranger, w.zhang.ID, paper), "error.not_found"},
			{"without a paper", give(w.secretary, w.zhang.ID, name), "paper consent.paper.missing"},
			{"a number in the place", give(w.secretary, w.zhang.ID, consent.Giving{Purpose: purpose.ContactName, Paper: phone}), "paper person.reason.number"},
			{"a long place", give(w.secretary, w.zhang.ID, consent.Giving{Purpose: purpose.ContactName, Paper: strings.Repeat("盒", 2001)}), "paper person.too_long"},
			{"withdrawn by another realm", w.WithdrawConsent(ctx, w.stranger, w.zhang.ID, purpose.ContactName), "error.not_found"},
			{"an unknown one withdrawn", w.WithdrawConsent(ctx, w.own, 0, "post.badge"), "error.not_found"},
		} {
			got := core.MsgOf(tt.err).Key
			for f, m := range core.FieldsOf(tt.err) {
				got = f + " " + m.Key
			}
			if tt.err == nil || got != tt.want {
				t.Errorf("%s: %s %v, want %s", tt.name, got, tt.err, tt.want)
			}
		}
		if w.agreed(w.zhang.ID) {
			t.Fatal("agreed before anybody did")
		}
		told := w.count(`SELECT count(*) FROM journal WHERE action LIKE 'consent.%' AND outcome = 'done'`)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(give(w.own, 0, name))
		must(give(w.own, 0, name)) // twice is as once
		if !w.agreed(w.zhang.ID) || w.agreed(w.wang.ID) {
			t.Error("the wrong one agreed")
		}
		must(w.WithdrawConsent(ctx, w.own, 0, purpose.ContactName))
		must(w.WithdrawConsent(ctx, w.own, 0, purpose.ContactName))
		if w.agreed(w.zhang.ID) {
			t.Error("withdrawn, and still used")
		}
		must(give(w.secretary, w.zhang.ID, paper))
		if !w.agreed(w.zhang.ID) {
			t.Error("a paper does not count")
		}
		if n := w.count(`SELECT count(*) FROM journal WHERE action LIKE 'consent.%' AND outcome = 'done'`) - told; n != 3 {
			t.Errorf("%d entries, not 3", n)
		}
		if n := w.count(`SELECT count(*) FROM journal_bodies WHERE body LIKE '%2026-3%'`); n != 0 {
			t.Error("the journal holds the place of the paper")
		}
		if n := w.count(`SELECT count(*) FROM journal WHERE action LIKE 'consent.%' AND outcome = 'denied'`); n < 6 {
			t.Errorf("%d refusals are journalled", n)
		}
		for _, who := range []access.Actor{w.own, w.secretary, w.head, access.Machine(1)} {
			p, all, err := w.Consents(ctx, who, w.zhang.ID)
			if err != nil || p.ID != w.zhang.ID || len(all) != len(purpose.Asked()) || !all[0].Given || len(all[0].History) != 2 || all[0].History[0].Paper != "文件盒 2026-3" || all[0].History[0].GivenBy != "名lin" {
				t.Errorf("%v %+v", err, all)
			}
		}
		for _, who := range []access.Actor{w.colleague, w.beside, w.stranger} {
			if _, _, err := w.Consents(ctx, who, w.zhang.ID); core.KindOf(err) != core.NotFound {
				t.Errorf("somebody else reads them: %v", err)
			}
		}
		raise(t)
		if _, all, err := w.Consents(ctx, w.own, 0); w.agreed(w.zhang.ID) || err != nil || all[0].Given || !all[0].Old {
			t.Errorf("a new text does not ask again: %v %+v", err, all)
		}
		if err := give(w.own, 0, name); !errors.Is(err, core.Conflict) {
			t.Errorf("the old text was agreed to: %v", err)
		}
		must(w.WithdrawConsent(ctx, w.own, 0, purpose.ContactName))
		must(give(w.own, 0, consent.Giving{Purpose: purpose.ContactName, Version: 2}))
		if !w.agreed(w.zhang.ID) {
			t.Error("the new text cannot be agreed to")
		}
		if c, err := w.Copy(ctx, w.own, privacy.Ask{}); err != nil || !slices.ContainsFunc(c.Sections, func(s privacy.Section) bool { return s.Name == "consents" && len(s.Lines) == 3 }) {
			t.Errorf("the copy leaves consents out: %v", err)
		}
	})
}

// TestConsentsRace gives and withdraws at the same time: what stands is one
// consent or none, and the journal tells of each turn once.
func TestConsentsRace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		fixed := w.at
		w.Now = func() time.Time { return fixed }
		var wg sync.WaitGroup
		for i := range 24 {
			wg.Go(func() {
				err := error(nil)
				if i%3 == 0 {
					err = w.WithdrawConsent(t.Context(), w.own, 0, purpose.ContactName)
				} else {
					err = w.Consent(t.Context(), w.own, 0, consent.Giving{Purpose: purpose.ContactName, Version: 1})
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		stands, rows := w.count(`SELECT count(*) FROM consents WHERE withdrawn_at IS NULL`), w.count(`SELECT count(*) FROM consents`)
		gives, ends := w.count(`SELECT count(*) FROM journal WHERE action = 'consent.give'`), w.count(`SELECT count(*) FROM journal WHERE action = 'consent.withdraw'`)
		if stands > 1 || rows != gives || gives-ends != stands || w.agreed(w.zhang.ID) != (stands == 1) {
			t.Errorf("%d stand of %d; the journal tells of %d given and %d withdrawn", stands, rows, gives, ends)
		}
	})
}

func TestTheNoticeNamesWhoProcesses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		n, err := w.Notice(ctx, w.colleague)
		if err != nil || n.Processor != "苏州市" || n.Contact != "" || len(n.Purposes) != len(purpose.All) {
			t.Errorf("%v %+v", err, n)
		}
		set := &setting.Service{DB: d, Now: w.Now}
		if _, err := set.Change(ctx, access.Machine(1), setting.PrivacyContact, setting.Change{Value: "组织部信息科，0512-60000000", Reason: "公布"}); err != nil {
			t.Fatal(err)
		}
		if n, err = w.Notice(ctx, w.own); err != nil || n.Contact != "组织部信息科，0512-60000000" {
			t.Errorf("%v %+v", err, n)
		}
		if n, err = w.Notice(ctx, w.stranger); err != nil || n.Processor != "无锡市" || n.Contact != "" {
			t.Errorf("the other realm reads %v %+v", err, n)
		}
		if _, err := w.Notice(ctx, access.Actor{Realm: 1, User: 12345}); core.KindOf(err) != core.NotFound {
			t.Errorf("nobody: %v", err)
		}
		if n := w.count(`SELECT (SELECT count(*) FROM journal WHERE before_state || after_state || note LIKE '%60000000%') + (SELECT count(*) FROM journal_bodies WHERE body LIKE '%60000000%')`); n != 0 {
			t.Error("the journal holds a number")
		}
	})
}
