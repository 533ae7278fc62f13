package api

import (
	"context"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/journal"
)

// An Entry is one line of the journal. What a person's record holds is hidden.
type Entry struct {
	ID      ID           `json:"id"`
	At      time.Time    `json:"at"`
	Via     string       `json:"via"`
	User    ID           `json:"user,omitzero"`
	Who     string       `json:"who,omitzero"`
	Action  string       `json:"action"`
	Outcome string       `json:"outcome" enum:"done,denied,failed"`
	Org     ID           `json:"org,omitzero"`
	OrgName string       `json:"org_name,omitzero"`
	Subject string       `json:"subject,omitzero"`
	About   ID           `json:"about,omitzero" doc:"The record of the subject's kind."`
	Name    string       `json:"name,omitzero" doc:"Of the record; never of a person."`
	Changes []FieldShift `json:"changes,omitzero"`
	Note    string       `json:"note,omitzero"`
	Link    int64        `json:"link,omitzero" doc:"Number of its link in the chain."`
	Whole   bool         `json:"whole" doc:"It is as it was written."`
	Erased  bool         `json:"erased,omitzero" doc:"What it said of a person was erased by rule."`
}

// A FieldShift is one value before and after.
type FieldShift struct {
	Field  string `json:"field"`
	From   string `json:"from,omitzero"`
	To     string `json:"to,omitzero"`
	Hidden bool   `json:"hidden,omitzero" doc:"A person's: it changed, and is not told."`
}

func entryOf(r journal.Row) Entry {
	e := Entry{
		ID(r.ID), r.At, r.Via, ID(r.User), r.Who, r.Action, r.Outcome, ID(r.Org), r.OrgName, r.Subject, ID(r.SubjectID), r.SubjectName, nil, r.Note, r.Seq, r.Whole, r.Erased,
	}
	for _, c := range r.Changes {
		e.Changes = append(e.Changes, FieldShift(c))
	}
	return e
}

// Entries is a page of the journal, newest first. Older holds the value of
// before for the page that follows; zero for none.
type Entries struct {
	Items []Entry `json:"items"`
	Older ID      `json:"older,omitzero"`
}

type journalAsk struct {
	Under   ID     `query:"under"`
	User    ID     `query:"user"`
	Family  string `query:"family"`
	Outcome string `query:"outcome" enum:"done,denied,failed"`
	Subject ID     `query:"subject"`
	From    Day    `query:"from"`
	To      Day    `query:"to"`
	Before  ID     `query:"before"`
}

func (a *API) mountJournal() {
	handle(a, "GET /journal", "journal_list", scope("journal:read"), func(ctx context.Context, c *Call, in *journalAsk) (Entries, error) {
		under, err := a.under(ctx, c, in.Under)
		if err != nil {
			return Entries{}, err
		}
		l, err := a.Journal.List(ctx, c.Actor, journal.Query{
			Under: under, User: core.UserID(in.User), Family: in.Family, Outcome: in.Outcome, Subject: core.ID(in.Subject),
			From: core.Date(in.From), To: core.Date(in.To), Before: core.ID(in.Before),
		})
		if err != nil {
			return Entries{}, err
		}
		out := Entries{Items: whole(l.Rows, entryOf).Items}
		if l.More {
			out.Older = out.Items[len(out.Items)-1].ID
		}
		return out, nil
	})
}
