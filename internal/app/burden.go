package app

import (
	"context"

	"tongpin/internal/burden"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/figure"
	"tongpin/internal/intake"
	"tongpin/internal/text"
	"tongpin/internal/web"
)

// Inventory returns what the product is made of, for the checks of package
// burden: the columns are those of the database, the rest is the program's.
func Inventory(ctx context.Context, d *db.DB) (in burden.Inventory, err error) {
	if in.Columns, err = d.Columns(ctx); err != nil {
		return in, err
	}
	in.Fields, in.Texts, in.Sources = burden.Fields(), map[string]string{}, map[string]string{}
	for _, key := range text.Keys() {
		in.Texts[key] = text.T(core.Hans, key)
	}
	for _, f := range figure.Definitions {
		for _, table := range f.Sources {
			in.Sources[f.ID] += table + " "
		}
	}
	for _, e := range []intake.Entity{intake.Orgs, intake.Members, intake.Enterprises} {
		in.Exports = append(in.Exports, string(e))
	}
	site := &web.Server{}
	site.Handler()
	return in, site.Inventory(&in)
}
