package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/intake"
	"tongpin/internal/sheet"
)

// A Batch is one import of one file.
type Batch struct {
	ID        ID             `json:"id"`
	Entity    string         `json:"entity" enum:"orgs,members,enterprises"`
	Under     ID             `json:"under"`
	Name      string         `json:"name" doc:"Of the file."`
	Sheet     string         `json:"sheet,omitzero" doc:"Missing while it must be chosen."`
	Sheets    []string       `json:"sheets" doc:"To choose from."`
	Columns   []Column       `json:"columns"`
	State     string         `json:"state" enum:"uploaded,mapped,checking,checked,writing,stopped,written,undoing,undone"`
	Rows      int            `json:"rows"`
	Done      int            `json:"done" doc:"Rows checked or written."`
	Job       ID             `json:"job,omitzero" doc:"Does the work where it takes long; see /jobs."`
	Counts    map[string]int `json:"counts" doc:"Rows by verdict."`
	CreatedAt time.Time      `json:"created_at"`
	UndoUntil time.Time      `json:"undo_until,omitzero"`
}

// A Column is a column of the file and the item that it holds.
type Column struct {
	Column int    `json:"column" doc:"From 0."`
	Head   string `json:"heading"`
	Item   string `json:"item,omitzero" doc:"Missing: left out."`
}

func (a *API) batchOf(b intake.Batch) Batch {
	out := Batch{
		ID: ID(b.ID), Entity: string(b.Entity), Under: ID(b.Under), Name: b.Name, Sheet: b.Sheet, Sheets: b.Sheets, Columns: []Column{}, State: string(b.State),
		Rows: b.Rows, Done: b.Done, Job: ID(b.Job), Counts: map[string]int{}, CreatedAt: b.CreatedAt,
	}
	for _, m := range b.Mapping {
		out.Columns = append(out.Columns, Column{m.Column, m.Heading, m.Key})
	}
	for v, n := range b.Counts {
		out.Counts[string(v)] = n
	}
	if b.CanUndo(a.Now()) {
		out.UndoUntil = b.UndoUntil()
	}
	return out
}

// A BatchRow is one row of the file and what importing it does.
type BatchRow struct {
	Number   int           `json:"number" doc:"As the spreadsheet numbers it."`
	Title    string        `json:"title,omitzero"`
	Place    string        `json:"place,omitzero"`
	Verdict  string        `json:"verdict" enum:"new,changed,unchanged,conflict,refused"`
	Problems []RowProblem  `json:"problems"`
	Changes  []FieldChange `json:"changes"`
	Subject  ID            `json:"subject,omitzero" doc:"The record, once it is written."`
}

// A RowProblem is something wrong with a row.
type RowProblem struct {
	Column  string `json:"column,omitzero"`
	Letter  string `json:"letter,omitzero"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
	Warning bool   `json:"warning" doc:"It lets the row pass."`
}

// A FieldChange is one field that a row changes.
type FieldChange struct {
	Column string `json:"column"`
	Was    string `json:"was,omitzero"`
	Is     string `json:"is,omitzero"`
}

func rowOf(c *Call) func(intake.Row) BatchRow {
	return func(r intake.Row) BatchRow {
		out := BatchRow{Number: r.Number, Title: r.Title, Place: r.Place, Verdict: string(r.Verdict), Subject: ID(r.Subject)}
		for _, p := range r.Problems {
			out.Problems = append(out.Problems, RowProblem{p.Column, p.Letter, p.Code, p.Say(c.Lang), p.Warning})
		}
		for _, x := range r.Changes {
			out.Changes = append(out.Changes, FieldChange{x.Column, c.say(x.Was.Msg()), c.say(x.Is.Msg())})
		}
		return out
	}
}

// OneBatch names a batch.
type OneBatch struct {
	Batch ID `path:"batch"`
}

// uploadAsk says what a file is.
type uploadAsk struct {
	Entity string `query:"entity" enum:"orgs,members,enterprises" required:"true"`
	Under  ID     `query:"under" doc:"Where its rows belong; else your highest place."`
	Sheet  string `query:"sheet" doc:"Where the file has several."`
}

// rowsAsk asks for rows of a batch.
type rowsAsk struct {
	OneBatch
	Verdict string `query:"verdict" enum:"new,changed,unchanged,conflict,refused"`
	ToSee   bool   `query:"to_see" doc:"All that are not unchanged."`
	Listed
}

// WriteHow says how to write.
type WriteHow struct {
	Whole bool `json:"whole,omitzero" doc:"All rows or none."`
}

// ChosenSheet names a sheet.
type ChosenSheet struct {
	Sheet string `json:"sheet"`
}

// ColumnItems says what columns hold.
type ColumnItems struct {
	Columns map[string]string `json:"columns" doc:"Item by number of the column, from 0; an empty text leaves it out."`
}

// batchWith is a batch and a body about it.
type batchWith[B any] struct {
	Batch ID `path:"batch"`
	Body  B
}

const workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func (a *API) mountImports() {
	read, write := scope("imports:read"), scope("imports:write")
	handle(a, "POST /imports", "imports_upload", write, a.upload, made, uploads, body(sheet.DefaultLimits.Bytes+defaultBody))
	handle(a, "GET /imports", "imports_list", read, func(ctx context.Context, c *Call, in *struct {
		Under ID `query:"under"`
	}) (Page[Batch], error) {
		under, err := a.under(ctx, c, in.Under)
		if err != nil {
			return Page[Batch]{}, err
		}
		all, err := a.Intake.Batches(ctx, c.Actor, under, 100)
		return whole(all, a.batchOf), err
	})
	handle(a, "GET /imports/{batch}", "imports_get", read, func(ctx context.Context, c *Call, in *OneBatch) (Batch, error) {
		b, err := a.Intake.Find(ctx, c.Actor, core.ID(in.Batch))
		return a.batchOf(b), err
	})
	handle(a, "GET /imports/{batch}/rows", "imports_rows", read, a.batchRows)
	handle(a, "PUT /imports/{batch}/sheet", "imports_sheet", write, func(ctx context.Context, c *Call, in *batchWith[ChosenSheet]) (Batch, error) {
		b, err := a.Intake.ChooseSheet(ctx, c.Actor, core.ID(in.Batch), in.Body.Sheet)
		return a.batchOf(b), err
	})
	handle(a, "PUT /imports/{batch}/columns", "imports_columns", write, a.setColumns)
	handle(a, "POST /imports/{batch}/check", "imports_check", write, a.onBatch(a.Intake.Check))
	handle(a, "POST /imports/{batch}/write", "imports_write", write, func(ctx context.Context, c *Call, in *batchWith[WriteHow]) (Batch, error) {
		b, err := a.Intake.Write(ctx, c.Actor, core.ID(in.Batch), intake.Options{Whole: in.Body.Whole, Lang: c.Lang})
		return a.batchOf(b), err
	})
	handle(a, "POST /imports/{batch}/stop", "imports_stop", write, a.onBatch(a.Intake.Stop))
	handle(a, "POST /imports/{batch}/undo", "imports_undo", write, a.onBatch(a.Intake.Undo))
	stream(a, "GET /imports/{batch}/refused.xlsx", "imports_refused", read, func(w http.ResponseWriter, c *Call, in *OneBatch) error {
		return send(w, workbook, "refused.xlsx", func(w io.Writer) error {
			return a.Intake.Refused(c.r.Context(), c.Actor, core.ID(in.Batch), c.Lang, w)
		})
	}, files(workbook))
}
