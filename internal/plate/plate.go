// Package plate prints the plates and badges of demonstration posts, in the
// words of a language.
package plate

import (
	"context"
	"slices"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/post"
	"tongpin/internal/print"
	"tongpin/internal/text"
)

// An Order says what to print: the posts named, or all of an organisation and
// below. Site is the public address of the instance, without a slash at its end.
type Order struct {
	Under core.OrgID
	Posts []core.ID
	Size  print.Size
	Lang  core.Lang
	Site  string
}

// Make returns the file. Without a public address it is core.Invalid, because
// the code on a plate must lead somewhere.
func Make(ctx context.Context, s *post.Service, who access.Actor, o Order) ([]byte, error) {
	all, err := s.Plates(ctx, who, o.Under, o.Posts)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(print.Sizes, o.Size) {
		return nil, core.Fail(core.Invalid, "post.plate.size")
	}
	if o.Site == "" {
		return nil, core.Fail(core.Invalid, "post.plate.no_address")
	}
	say := func(key string, args ...any) string { return text.T(o.Lang, key, args...) }
	out := make([]print.Plate, len(all))
	for i, p := range all {
		out[i] = print.Plate{
			Seal: say("post.seal"), Enterprise: p.Enterprise, Title: p.Title, Place: p.Place, Promise: p.Promise, Holder: p.Holder, Scan: say("post.plate.scan"),
			Facts: [][2]string{
				{say("post.by"), p.Org}, {say("post.term"), say("post.from_to", p.From.String(), p.To.String())}, {say("post.number"), p.Number}, {say("post.check"), p.Check},
			},
			Number: p.Number, Until: say("post.until", p.To.String()), Address: o.Site + "/p/" + p.Slug,
		}
		if p.Enterprise == "" {
			out[i].Enterprise = p.Org
		}
	}
	return print.Plates(say("post.seal"), s.Now(), o.Size, out)
}
