package intake

import (
	"io"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/sheet"
	"tongpin/internal/text"
)

// writeRefused writes the rows back in the person's own workbook.
func writeRefused(w io.Writer, lang core.Lang, t *sheet.Table, rows []Row) error {
	var all []sheet.Refusal
	for _, row := range rows {
		x := sheet.Refusal{Row: row.Number}
		for _, p := range row.Faults() {
			x.Problems = append(x.Problems, sheet.Reason{Key: p.Column, Text: p.Say(lang)})
		}
		all = append(all, x)
	}
	return sheet.Refused(w, t, text.T(lang, "sheet.errors"), all)
}

// Say returns the sentence about the problem, with the names that may have
// been meant.
func (p Problem) Say(lang core.Lang) string {
	s := text.Say(lang, p.Msg())
	if len(p.Near) > 0 {
		s += text.T(lang, "intake.near", strings.Join(p.Near, text.T(lang, "intake.near.or")))
	}
	return s
}
