package clock

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// An Event is something that was done to a clock. Its verb is snooze,
// hand_over, not_mine, end or recompute.
type Event struct {
	At       time.Time
	Verb     string
	By       string // name of the account; empty for the machine's administrator
	Reason   string
	From, To string    // names of the organisations, where responsibility passed
	Day      core.Date // put off to, or due on since
	State    State     // after it
}

const historyRows = 50

// History returns what was done to a clock, newest first, for who may act on
// it. What was refused is not told.
func (s *Service) History(ctx context.Context, who access.Actor, id core.ID) ([]Event, error) {
	var all []Event
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		all = nil
		c, err := Find(ctx, tx, who.Realm, id)
		if err != nil {
			return err
		}
		if err := access.Require(ctx, tx, who, access.HandleClocks, c.Org); err != nil {
			return err
		}
		entries, err := audit.Of(ctx, tx, who.Realm, id, historyRows)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Outcome != audit.Done {
				continue
			}
			ev, err := told(ctx, tx, e, s.Now().Location())
			if err != nil {
				return fmt.Errorf("clock %s: %w", id, err)
			}
			all = append(all, ev)
		}
		return nil
	})
	return all, err
}

// told reads an entry of the journal back.
func told(ctx context.Context, q db.Querier, e audit.Entry, zone *time.Location) (Event, error) {
	ev := Event{At: e.At.In(zone), Reason: e.Note}
	_, ev.Verb, _ = strings.Cut(e.Action, ".")
	was, err := stateOf(e.Before)
	if err != nil {
		return ev, err
	}
	is, err := stateOf(e.After)
	if err != nil {
		return ev, err
	}
	ev.State = is.State
	switch ev.Verb {
	case "snooze":
		ev.Day = is.SnoozedTo
	case "recompute":
		ev.Day = is.DueOn
	}
	if was.Org != is.Org {
		if ev.From, err = nameOf(ctx, q, e.By.Realm, was.Org); err != nil {
			return ev, err
		}
		if ev.To, err = nameOf(ctx, q, e.By.Realm, is.Org); err != nil {
			return ev, err
		}
	}
	if e.By.User != 0 {
		ev.By, err = db.One(ctx, q, db.Text, `SELECT name FROM users WHERE realm_id = $1 AND id = $2`, e.By.Realm, e.By.User)
	}
	return ev, err
}

// journalled is what the journal tells of a clock; Org is its id as text.
type journalled struct {
	Org       string    `json:"org"`
	DueOn     core.Date `json:"due_on"`
	SnoozedTo core.Date `json:"snoozed_to"`
	State     State     `json:"state"`
}

func stateOf(told any) (j journalled, err error) {
	raw, _ := told.(json.RawMessage)
	return j, json.Unmarshal(raw, &j)
}

func nameOf(ctx context.Context, q db.Querier, realm core.RealmID, org string) (string, error) {
	id, err := core.ParseID(org)
	if err != nil {
		return "", err
	}
	return db.One(ctx, q, db.Text, `SELECT name FROM orgs WHERE realm_id = $1 AND id = $2`, realm, id)
}
