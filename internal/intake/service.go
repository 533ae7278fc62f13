package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/file"
	"tongpin/internal/job"
	"tongpin/internal/org"
	"tongpin/internal/secret"
	"tongpin/internal/sheet"
)

// A Service is what the page's wizard and the command line call.
type Service struct {
	DB     *db.DB
	Keys   *secret.Keyring
	Files  *file.Store
	Queue  *job.Queue
	Now    core.Now
	Limits sheet.Limits // of a file; the zero value means sheet.DefaultLimits

	PartSize int // rows of one transaction; 0 means 500
	Inline   int // rows that are done while the person waits, more are a job's; 0 means 2,000 of a roster and 500 of other lists
}

// partSize is how many rows one transaction writes: what a kill can undo, and
// how long others may have to wait.
const partSize = 500

func (s *Service) limits() sheet.Limits {
	if s.Limits == (sheet.Limits{}) {
		return sheet.DefaultLimits
	}
	return s.Limits
}

// known returns the columns that a file of the entity may have.
func (e Entity) known() []sheet.Column {
	switch e {
	case Members:
		return sheet.MemberColumns
	case Enterprises:
		return firmColumns
	}
	return sheet.OrgColumns
}

func (e Entity) fresh() kind {
	switch e {
	case Members:
		return newRoster()
	case Enterprises:
		return newFirms()
	}
	return newLedger()
}

// small reports whether so many rows are done while the person waits.
func (s *Service) small(e Entity, rows int) bool {
	limit := s.Inline
	switch {
	case s.Queue == nil:
		return true
	case limit > 0:
	case e == Members:
		limit = 2000
	default:
		limit = 500
	}
	return rows <= limit
}

func (e Entity) check() error {
	if e != Orgs && e != Members && e != Enterprises {
		return core.Fail(core.Invalid, "intake.entity_unknown", string(e))
	}
	return nil
}

// require asks for the right to import what the entity lists.
func require(ctx context.Context, q db.Querier, who access.Actor, e Entity, under core.OrgID) error {
	return access.Require(ctx, q, who, e.fresh().needs(), under)
}

// open reads the file of a batch and finds its list.
func (s *Service) open(ctx context.Context, e Entity, name, sheetName string, data []byte) (*sheet.Book, *sheet.Table, error) {
	b, err := sheet.Open(ctx, data, name, s.limits())
	if err != nil {
		return nil, nil, err
	}
	t, err := b.Table(sheetName, e.known())
	return b, t, err
}

// needsChoice reports whether reading failed only because several sheets hold
// a list.
func needsChoice(err error) bool {
	return err != nil && core.MsgOf(err).Key == "sheet.choose"
}

// Upload takes a file, finds its list and proposes what its columns mean; a
// mapping that was used for such a header before comes first. When several
// sheets hold a list the batch waits for ChooseSheet. What cannot be read, or
// holds no list, is core.Invalid with a sentence that says what to do.
func (s *Service) Upload(ctx context.Context, who access.Actor, u Upload) (Batch, error) {
	if err := u.Entity.check(); err != nil {
		return Batch{}, err
	}
	err := s.DB.View(ctx, func(tx *db.Tx) error { return require(ctx, tx, who, u.Entity, u.Under) })
	if err != nil {
		return Batch{}, s.denied(ctx, who, "import.upload", u.Under, 0, err)
	}
	book, table, err := s.open(ctx, u.Entity, u.Name, u.Sheet, u.Data)
	if err != nil && (book == nil || !needsChoice(err)) {
		return Batch{}, err
	}
	now := s.Now()
	b := Batch{
		ID: core.NewID(now), Realm: who.Realm, Entity: u.Entity, Under: u.Under, Name: u.Name,
		CreatedBy: who.User, CreatedAt: now, Counts: map[Verdict]int{},
	}
	state := Mapped
	if table == nil {
		state = Uploaded
		for _, f := range book.Filled() {
			b.Sheets = append(b.Sheets, f.Name)
		}
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := require(ctx, tx, who, u.Entity, u.Under); err != nil {
			return err
		}
		return s.insert(ctx, tx, who, &b, state, table, u.Data)
	})
	return b, err
}

// insert stores a new batch and its file.
func (s *Service) insert(ctx context.Context, tx *db.Tx, who access.Actor, b *Batch, state State, table *sheet.Table, data []byte) error {
	at, err := org.Find(ctx, tx, who.Realm, b.Under)
	if err != nil {
		return err
	}
	b.UnderName = at.Name
	if table != nil {
		if err := b.lay(ctx, tx, table); err != nil {
			return err
		}
	}
	b.State = state
	if b.File, err = s.Files.Save(ctx, tx, who, b.Name, data); err != nil {
		return err
	}
	if err := insertBatch(ctx, tx, b); err != nil {
		return err
	}
	return audit.Write(ctx, tx, b.CreatedAt, audit.Entry{
		By: who.By(), Action: "import.upload", Org: b.Under, Subject: "batch", SubjectID: b.ID,
		After: map[string]any{"entity": b.Entity, "file": b.Name, "sheet": b.Sheet, "rows": b.Rows},
	})
}

// lay takes over what is known of the list, with the mapping that was last
// used for such a header here.
func (b *Batch) lay(ctx context.Context, q db.Querier, t *sheet.Table) error {
	b.Sheet, b.Header, b.Skipped, b.Mapping, b.Rows = t.Sheet.Name, t.Header.Row, t.Skipped, t.Mapping, t.Rows
	b.Fingerprint, b.Sheets, b.State, b.Done = t.Header.Fingerprint(), nil, Mapped, 0
	keys, err := remembered(ctx, q, b.Realm, b.Under, b.Entity, b.Fingerprint)
	if err != nil || keys == nil {
		return err
	}
	b.Mapping, b.Remembered = t.Mapping.With(keys), true
	return nil
}

// ChooseSheet says which sheet of an uploaded file holds the list.
func (s *Service) ChooseSheet(ctx context.Context, who access.Actor, id core.ID, name string) (Batch, error) {
	b, err := s.Find(ctx, who, id)
	if err != nil {
		return b, err
	}
	data, err := s.data(ctx, b)
	if err != nil {
		return b, err
	}
	_, table, err := s.open(ctx, b.Entity, b.Name, name, data)
	if err != nil {
		return b, err
	}
	return s.requireThen(ctx, who, id, func(tx *db.Tx, b *Batch, now time.Time) error {
		if b.State != Uploaded && b.State != Mapped && b.State != Checked {
			return core.Fail(core.Conflict, "intake.moved_on")
		}
		return b.lay(ctx, tx, table)
	})
}

// SetMapping says what the columns of the file mean, by their numbers from 0;
// "" leaves a column out. It is core.Invalid for an item that does not exist
// or stands twice, and without a column of names.
func (s *Service) SetMapping(ctx context.Context, who access.Actor, id core.ID, keys map[int]string) (Batch, error) {
	return s.requireThen(ctx, who, id, func(tx *db.Tx, b *Batch, now time.Time) error {
		if b.State != Mapped && b.State != Checked {
			return core.Fail(core.Conflict, "intake.moved_on")
		}
		seen := map[string]bool{}
		for _, k := range keys {
			if k == "" {
				continue
			}
			if !slices.ContainsFunc(b.Entity.known(), func(c sheet.Column) bool { return c.Key == k }) {
				return core.Fail(core.Invalid, "intake.item_unknown", k)
			}
			if seen[k] {
				return core.Fail(core.Invalid, "intake.item_twice", b.Entity.Heading(k))
			}
			seen[k] = true
		}
		b.Mapping = b.Mapping.With(keys)
		if b.Mapping.Index("name") < 0 {
			return core.Fail(core.Invalid, "intake.no_name_column")
		}
		b.State, b.Done = Mapped, 0
		return rememberMapping(ctx, tx, *b, now)
	})
}

// Items returns the items that a column of the entity's file may hold, in the
// order in which they are offered.
func (e Entity) Items() []string {
	var all []string
	for _, c := range e.known() {
		all = append(all, c.Key)
	}
	return all
}

// Heading returns the usual heading of an item.
func (e Entity) Heading(key string) core.Msg {
	switch e {
	case Members:
		return core.M("sheet.member." + key)
	case Enterprises:
		return core.M("intake.enterprise." + key)
	}
	return core.M("sheet.org." + key)
}

// requireThen changes a batch in one transaction, if the actor still may.
func (s *Service) requireThen(ctx context.Context, who access.Actor, id core.ID, f func(tx *db.Tx, b *Batch, now time.Time) error) (Batch, error) {
	var b Batch
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		var err error
		if b, err = s.requireBatch(ctx, tx, who, id); err != nil {
			return err
		}
		was := b.State
		if err := f(tx, &b, s.Now()); err != nil {
			return err
		}
		return b.save(ctx, tx, was)
	})
	return b, err
}

// requireBatch returns a batch if the actor may import for its organisation.
func (s *Service) requireBatch(ctx context.Context, q db.Querier, who access.Actor, id core.ID) (Batch, error) {
	b, err := findBatch(ctx, q, who.Realm, id)
	if err != nil {
		return b, err
	}
	return b, require(ctx, q, who, b.Entity, b.Under)
}

// denied journals that something was denied and returns why.
func (s *Service) denied(ctx context.Context, who access.Actor, action string, at core.OrgID, id core.ID, cause error) error {
	if k := core.KindOf(cause); k != core.Forbidden && k != core.NotFound {
		return cause
	}
	return errors.Join(cause, audit.Refused(ctx, s.DB, s.Now(), audit.Entry{By: who.By(), Action: action, Org: at, Subject: "batch", SubjectID: id}, cause))
}

// data returns the bytes of a batch's file.
func (s *Service) data(ctx context.Context, b Batch) (data []byte, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		data, _, err = s.Files.Open(ctx, tx, b.Realm, b.File)
		return err
	})
	return data, err
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
