package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/intake"
	"tongpin/internal/member"
	"tongpin/internal/sheet"
)

// onBatch is a step of an import that needs nothing but the batch.
func (a *API) onBatch(f func(context.Context, access.Actor, core.ID) (intake.Batch, error)) handler[OneBatch, Batch] {
	return func(ctx context.Context, c *Call, in *OneBatch) (Batch, error) {
		b, err := f(ctx, c.Actor, core.ID(in.Batch))
		return a.batchOf(b), err
	}
}

// upload takes a file from a form.
func (a *API) upload(ctx context.Context, c *Call, in *uploadAsk) (Batch, error) {
	if in.Entity == "" {
		return Batch{}, wrong("entity", "api.query.enum", "orgs, members, enterprises")
	}
	under, err := a.under(ctx, c, in.Under)
	if err != nil {
		return Batch{}, err
	}
	name, data, err := formFile(c.r)
	if err != nil {
		return Batch{}, err
	}
	b, err := a.Intake.Upload(ctx, c.Actor, intake.Upload{Entity: intake.Entity(in.Entity), Under: under, Name: name, Sheet: in.Sheet, Data: data})
	c.at("imports", b.ID.String())
	return a.batchOf(b), err
}

// formFile reads the one file of a form.
func formFile(r *http.Request) (string, []byte, error) {
	unfit := refusal{http.StatusUnsupportedMediaType, core.M("api.body.form")}
	parts, err := r.MultipartReader()
	if err != nil {
		return "", nil, unfit
	}
	p, err := parts.NextPart()
	if err != nil {
		return "", nil, tooBig(err, unfit)
	}
	if p.FormName() != "file" || p.FileName() == "" {
		return "", nil, unfit
	}
	data, err := io.ReadAll(io.LimitReader(p, sheet.DefaultLimits.Bytes+1))
	if err != nil {
		return "", nil, tooBig(err, bad("api.body.unreadable"))
	}
	if _, err := parts.NextPart(); !errors.Is(err, io.EOF) {
		return "", nil, tooBig(err, unfit)
	}
	return p.FileName(), data, nil
}

func tooBig(err, unless error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return unless
}

func (a *API) batchRows(ctx context.Context, c *Call, in *rowsAsk) (Page[BatchRow], error) {
	p, err := a.page(c, in.Listed)
	if err != nil {
		return Page[BatchRow]{}, err
	}
	rows, err := a.Intake.Rows(ctx, c.Actor, core.ID(in.Batch), intake.Filter{Verdict: intake.Verdict(in.Verdict), ToSee: in.ToSee}, p)
	if err != nil {
		return Page[BatchRow]{}, err
	}
	return listOf(a, c, p, rows.Total, rows.Rows, rowOf(c)), nil
}

func (a *API) setColumns(ctx context.Context, c *Call, in *batchWith[ColumnItems]) (Batch, error) {
	keys := map[int]string{}
	for text, item := range in.Body.Columns {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > sheet.DefaultLimits.Columns {
			return Batch{}, wrong("columns", "api.query.number", 0, sheet.DefaultLimits.Columns)
		}
		keys[n] = item
	}
	b, err := a.Intake.SetMapping(ctx, c.Actor, core.ID(in.Batch), keys)
	return a.batchOf(b), err
}

// send writes a whole file or nothing.
func send(w http.ResponseWriter, kind, name string, f func(io.Writer) error) error {
	var b bytes.Buffer
	if err := f(&b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = b.WriteTo(w) // a caller who has left is not our error
	return nil
}

// An ExportAsk asks for the roster as a file.
type ExportAsk struct {
	Under     ID     `json:"under,omitzero"`
	On        Day    `json:"on,omitzero"`
	As        string `json:"as,omitzero" enum:"xlsx,csv"`
	Sensitive bool   `json:"sensitive,omitzero" doc:"With id numbers and phones; the token needs people:open."`
	Purpose   string `json:"purpose,omitzero" enum:"contact,verify,transfer,report,request,other" doc:"Why; of a sensitive one. Each person in it can read it."`
	Words     string `json:"words,omitzero" doc:"In your own words; needed for other."`
}

func (a *API) mountExports() {
	type ask struct {
		Entity string `path:"entity" enum:"orgs,enterprises"`
		Under  ID     `query:"under"`
		On     Day    `query:"on"`
		As     string `query:"as" enum:"xlsx,csv"`
	}
	stream(a, "GET /exports/{entity}", "exports_get", scope("exports:read"), func(w http.ResponseWriter, c *Call, in *ask) error {
		return a.export(w, c, intake.Entity(in.Entity), ExportAsk{Under: in.Under, On: in.On, As: in.As})
	}, files(workbook, "text/csv"))
	stream(a, "POST /exports/members", "exports_members", scope("people:read"), func(w http.ResponseWriter, c *Call, in *struct{ Body ExportAsk }) error {
		if in.Body.Sensitive && !c.allows("people:open") {
			return core.Fail(core.Forbidden, "api.scope", "people:open")
		}
		return a.export(w, c, intake.Members, in.Body)
	}, files(workbook, "text/csv"), looks)
	stream(a, "GET /templates/{entity}", "templates_get", scope("imports:read"), func(w http.ResponseWriter, c *Call, in *struct {
		Entity string `path:"entity" enum:"orgs,members,enterprises"`
	}) error {
		return send(w, workbook, in.Entity+".xlsx", func(w io.Writer) error { return intake.WriteTemplate(w, intake.Entity(in.Entity), c.Lang) })
	}, files(workbook))
}

func (a *API) export(w http.ResponseWriter, c *Call, e intake.Entity, x ExportAsk) error {
	if !slices.Contains([]string{"", "xlsx", "csv"}, x.As) {
		return wrong("as", "api.query.enum", "xlsx, csv")
	}
	under, err := a.under(c.r.Context(), c, x.Under)
	if err != nil {
		return err
	}
	kind, name := workbook, string(e)+".xlsx"
	if x.As == "csv" {
		kind, name = "text/csv", string(e)+".csv"
	}
	return send(w, kind, name, func(w io.Writer) error {
		return a.Intake.Export(c.r.Context(), c.Actor, intake.Export{
			Entity: e, Under: under, On: core.Date(x.On), Sensitive: x.Sensitive, Why: member.Purpose{Code: x.Purpose, Words: x.Words}, Lang: c.Lang, CSV: x.As == "csv",
		}, w)
	})
}
