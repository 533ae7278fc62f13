package intake

import (
	"encoding/json"
	"fmt"

	"tongpin/internal/core"
)

// A step is one thing that was written for a row: what taking it back needs.
type step struct {
	Do         string          `json:"do"`
	Org        int64           `json:"org,omitempty"`
	Enterprise int64           `json:"ent,omitempty"`
	Person     int64           `json:"person,omitempty"`
	Kind       string          `json:"kind,omitempty"`    // of a grouping
	Name       string          `json:"name,omitempty"`    // of a grouping
	On         core.Date       `json:"on,omitzero"`       // since when, or the end of the term before
	Version    int             `json:"version,omitempty"` // of the record afterwards
	Code       *string         `json:"code,omitempty"`    // of an enterprise, as it was before
	Record     json.RawMessage `json:"record,omitempty"`  // of a person, as it was before
}

// What steps do.
const (
	stepOrg        = "org"
	stepTerm       = "term"
	stepEnterprise = "enterprise"
	stepHost       = "host"
	stepUnhost     = "unhost"
	stepJoin       = "join"
	stepLeave      = "leave"
	stepPerson     = "person"
)

// did notes a step.
func (l *line) did(s step) { l.steps = append(l.steps, s) }

// A memo is what a batch keeps of a row besides its verdict: the versions that
// the verdict is about, and what was done. It is sealed, because a person's old
// values may be in it.
type memo struct {
	Seen  [2]int `json:"seen,omitzero"`
	Steps []step `json:"steps,omitempty"`
}

const memoField = "batch_rows.undo"

// sealMemo returns the memo of a line as it is stored; nothing for none.
func (r *run) sealMemo(l *line) ([]byte, error) {
	m := memo{l.seen, l.steps}
	if m.Seen == [2]int{} && len(m.Steps) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return r.keys.Seal(memoField, r.batch, b), nil
}

// openMemo reads what sealMemo stored.
func (s *Service) openMemo(batch core.ID, sealed []byte) (m memo, err error) {
	b, err := s.Keys.Open(memoField, batch, sealed)
	if err != nil || len(b) == 0 {
		return m, err
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, fmt.Errorf("memo of a row: %w", err)
	}
	return m, nil
}
