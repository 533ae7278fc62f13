package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	openapi "github.com/oapi-codegen/runtime/types"
	"github.com/spf13/cobra"

	"tongpin/internal/core"
	"tongpin/internal/gen/client"
	"tongpin/internal/intake"
)

// A remote speaks to a server, as the owner of a token.
type remote struct {
	*client.ClientWithResponses
	s *shell
}

// problem is what a server said was wrong, in the language of the command line.
type problem struct{ client.Problem }

func (p problem) Error() string {
	parts := []string{p.Detail}
	if p.Errors != nil {
		for _, e := range *p.Errors {
			parts = append(parts, e.Field+": "+e.Detail)
		}
	}
	if p.Request != nil {
		parts = append(parts, "("+*p.Request+")")
	}
	return strings.Join(parts, " ")
}

// Unwrap says whether the input was refused, for the exit code.
func (p problem) Unwrap() error {
	if p.Status == http.StatusUnprocessableEntity {
		return core.Invalid
	}
	return core.Unavailable
}

// remote returns the server of --server. The token comes from a file, since
// other people of the machine can read a command line.
func (s *shell) remote() (*remote, error) {
	u, err := url.Parse(s.server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return nil, core.Fail(core.Invalid, "cli.server.address", s.server)
	}
	if s.token == "" {
		return nil, core.Fail(core.Invalid, "cli.server.token_missing")
	}
	b, err := os.ReadFile(s.token)
	if err != nil {
		return nil, &core.Error{Kind: core.NotFound, Msg: core.M("cli.file_unreadable", s.token), Err: err}
	}
	token := strings.TrimSpace(string(b))
	if strings.ContainsAny(token, " \n\r\t") || token == "" || len(token) > 256 {
		return nil, core.Fail(core.Invalid, "cli.server.token_unfit", s.token)
	}
	plain := &http.Client{
		Timeout:       5 * time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a token goes to one server
	}
	c, err := client.NewClientWithResponses(strings.TrimSuffix(s.server, "/")+"/api/v1", client.WithHTTPClient(plain),
		client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Accept-Language", string(s.lang))
			return nil
		}))
	return &remote{c, s}, err
}

// said returns what is wrong with an answer of the server, or nil.
func (r *remote) said(err error, p *client.Problem, ok bool) error {
	switch {
	case err != nil:
		return &core.Error{Kind: core.Unavailable, Msg: core.M("cli.server.silent", r.s.server), Err: err}
	case p != nil && p.Code != "":
		return problem{*p}
	case !ok:
		return core.Fail(core.Unavailable, "cli.server.other", r.s.server)
	}
	return nil
}

// under returns the organisation of an id or a name, or nil for the highest
// place of the token's owner.
func (r *remote) under(ctx context.Context, name string) (*string, error) {
	if name == "" {
		return nil, nil
	}
	if id, err := core.ParseID(name); err == nil {
		text := id.String()
		return &text, nil
	}
	res, err := r.OrgsListWithResponse(ctx, &client.OrgsListParams{Q: &name})
	if err != nil {
		return nil, r.said(err, nil, false)
	}
	if err := r.said(nil, res.ApplicationproblemJSONDefault, res.JSON200 != nil); err != nil {
		return nil, err
	}
	var found []string
	for _, o := range res.JSON200.Items {
		if o.Name == name {
			found = append(found, o.Id)
		}
	}
	if len(found) != 1 {
		return nil, core.Fail(core.NotFound, "cli.org_unknown", name)
	}
	return &found[0], nil
}

func (s *shell) orgCommands() *cobra.Command {
	group := s.command("orgs", "orgs", nil, cobra.NoArgs)
	var under string
	list := s.asJSON(s.command("list", "orgs_list", func(cmd *cobra.Command, _ []string) error {
		if s.server == "" {
			return core.Fail(core.Invalid, "cli.server.needed")
		}
		r, err := s.remote()
		if err != nil {
			return err
		}
		return r.listOrgs(cmd.Context(), under)
	}, cobra.NoArgs))
	list.Flags().StringVar(&under, "under", "", s.t("cli.flag.under"))
	group.AddCommand(list)
	return group
}

// listOrgs prints every organisation, page after page.
func (r *remote) listOrgs(ctx context.Context, under string) error {
	from, err := r.under(ctx, under)
	if err != nil {
		return err
	}
	size, all := int64(200), []client.Counted{}
	for ask := (client.OrgsListParams{Under: from, Limit: &size}); ; {
		res, err := r.OrgsListWithResponse(ctx, &ask)
		if err != nil {
			return r.said(err, nil, false)
		}
		if err := r.said(nil, res.ApplicationproblemJSONDefault, res.JSON200 != nil); err != nil {
			return err
		}
		all = append(all, res.JSON200.Items...)
		if ask.Cursor = res.JSON200.Next; ask.Cursor == nil {
			break
		}
	}
	if r.s.json {
		return r.s.print(all)
	}
	rows := make([][]string, len(all))
	for i, o := range all {
		rows[i] = []string{clean(o.Name), o.Id, fmt.Sprint(o.FullMembers + o.ProbationaryMembers)}
	}
	r.s.table(rows)
	return nil
}

// coverage prints the two coverages as the server computes them.
func (r *remote) coverage(ctx context.Context, under, on, known, by string) error {
	ask := client.CoverageParams{}
	var err error
	if ask.Under, err = r.under(ctx, under); err != nil {
		return err
	}
	day, err := optionalDate(on)
	if err != nil {
		return err
	}
	if !day.IsZero() {
		ask.On = &openapi.Date{Time: time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, time.UTC)}
	}
	if known != "" {
		ask.KnownAt = &known
	}
	way := client.CoverageParamsBy(by)
	ask.By = &way
	res, err := r.CoverageWithResponse(ctx, &ask)
	if err != nil {
		return r.said(err, nil, false)
	}
	if err := r.said(nil, res.ApplicationproblemJSONDefault, res.JSON200 != nil); err != nil {
		return err
	}
	if r.s.json {
		return r.s.print(res.JSON200)
	}
	var rows [][]string
	for _, g := range append([]client.CoverageRow{res.JSON200.Total}, res.JSON200.Groups...) {
		rows = append(rows, []string{clean(g.Name), fmt.Sprint(g.Operating), fmt.Sprint(g.Covered), core.Share{Num: int(g.WorkCoverage.Num), Den: int(g.WorkCoverage.Den)}.Percent()})
	}
	r.s.table(rows)
	return nil
}

// importFile sends a file, lets the server check every row and, unless it is a
// dry run, write the good ones.
func (r *remote) importFile(ctx context.Context, entity intake.Entity, name string, data []byte, f importing) error {
	under, err := r.under(ctx, f.under)
	if err != nil {
		return err
	}
	b, err := r.upload(ctx, entity, under, name, data, f)
	if err != nil {
		return err
	}
	if b, err = r.settled(ctx, b.Id, func() (*client.Batch, error) {
		res, err := r.ImportsCheckWithResponse(ctx, b.Id, nil)
		if err != nil {
			return nil, r.said(err, nil, false)
		}
		return res.JSON200, r.said(nil, res.ApplicationproblemJSONDefault, res.JSON200 != nil)
	}); err != nil {
		return err
	}
	if !f.dryRun {
		if b, err = r.settled(ctx, b.Id, func() (*client.Batch, error) {
			whole := f.whole
			res, err := r.ImportsWriteWithResponse(ctx, b.Id, nil, client.WriteHow{Whole: &whole})
			if err != nil {
				return nil, r.said(err, nil, false)
			}
			return res.JSON200, r.said(nil, res.ApplicationproblemJSONDefault, res.JSON200 != nil)
		}); err != nil {
			return err
		}
	}
	return r.report(ctx, b, f)
}

func (r *remote) upload(ctx context.Context, entity intake.Entity, under *string, name string, data []byte, f importing) (*client.Batch, error) {
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", name)
	if err != nil {
		return nil, err
	}
	if _, err := part.Write(data); err != nil {
		return nil, err
	}
	if err := m.Close(); err != nil {
		return nil, err
	}
	ask := client.ImportsUploadParams{Entity: client.ImportsUploadParamsEntity(entity), Under: under}
	if f.sheet != "" {
		ask.Sheet = &f.sheet
	}
	res, err := r.ImportsUploadWithBodyWithResponse(ctx, &ask, m.FormDataContentType(), &form)
	if err != nil {
		return nil, r.said(err, nil, false)
	}
	return res.JSON201, r.said(nil, res.ApplicationproblemJSONDefault, res.JSON201 != nil)
}

// settled does a step and waits until its job, if it needs one, has ended.
func (r *remote) settled(ctx context.Context, id string, step func() (*client.Batch, error)) (*client.Batch, error) {
	b, err := step()
	bar := r.s.progress("cli.import.progress")
	defer bar.end()
	for err == nil && (b.State == "checking" || b.State == "writing") {
		bar.set(int(b.Done), int(b.Rows))
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
		var res *client.ImportsGetResponse
		if res, err = r.ImportsGetWithResponse(ctx, id); err != nil {
			return nil, r.said(err, nil, false)
		}
		b, err = res.JSON200, r.said(nil, res.ApplicationproblemJSONDefault, res.JSON200 != nil)
	}
	return b, err
}

// report prints what became of the rows.
func (r *remote) report(ctx context.Context, b *client.Batch, f importing) error {
	n := func(v string) int { return int(b.Counts[v]) }
	refused := n("refused") + n("conflict")
	if r.s.json {
		if err := r.s.print(b); err != nil {
			return err
		}
	} else {
		if err := r.sayRefused(ctx, b.Id); err != nil {
			return err
		}
		sheet := ""
		if b.Sheet != nil {
			sheet = *b.Sheet
		}
		r.s.say("cli.import.rows", sheet, int(b.Rows), int(b.Rows)-refused, refused)
		if f.dryRun {
			r.s.say("cli.import.dry")
		}
		r.s.say("cli.import.wrote", n("new"), n("changed"), n("unchanged"))
	}
	if refused > 0 {
		return errRefused
	}
	return nil
}

func (r *remote) sayRefused(ctx context.Context, id string) error {
	verdict, size := client.ImportsRowsParamsVerdict("refused"), int64(200)
	res, err := r.ImportsRowsWithResponse(ctx, id, &client.ImportsRowsParams{Verdict: &verdict, Limit: &size})
	if err != nil {
		return r.said(err, nil, false)
	}
	if err := r.said(nil, res.ApplicationproblemJSONDefault, res.JSON200 != nil); err != nil {
		return err
	}
	for _, row := range res.JSON200.Items {
		for _, p := range row.Problems {
			if !p.Warning {
				column := ""
				if p.Column != nil {
					column = *p.Column
				}
				fmt.Fprintln(r.s.err, clean(r.s.t("cli.import.row", fmt.Sprint(row.Number), column, p.Detail)))
			}
		}
	}
	return nil
}

func (s *shell) openapiCommand() *cobra.Command {
	return s.command("openapi", "openapi", func(*cobra.Command, []string) error {
		_, err := io.Copy(s.out, bytes.NewReader(apiDocument()))
		return err
	}, cobra.NoArgs)
}
