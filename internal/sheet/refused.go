package sheet

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/xuri/excelize/v2"
)

// A Refusal is a data row that was not taken, with what is wrong in it.
type Refusal struct {
	Row      int // as the spreadsheet numbers it
	Problems []Reason
}

// A Reason is a sentence about one item of a row, or about the row when Key is
// "" or no column holds the item.
type Reason struct{ Key, Text string }

// marked is how many refused rows get their colours and comments. More than
// that nobody reads, and each costs memory; the column of reasons is complete.
const marked = 2000

// A mark is a row of the new workbook with the cells to tint.
type mark struct {
	row     int
	reasons []cellReason
}

type cellReason struct {
	col  int
	text string
}

// Refused writes the person's own workbook with only the refused rows, in
// their columns and order, below the titles and the header, and a last column
// of reasons under that heading. Failing cells are tinted and commented. What
// the accepted rows held is not in it. Opened again once corrected, it has the
// same fingerprint and mapping. A CSV file comes back as a workbook.
//
// The heading is the sentence sheet.errors, which reading knows.
func Refused(w io.Writer, t *Table, heading string, refused []Refusal) error {
	if !isReason(heading) {
		return fmt.Errorf("refused rows: reading would take %q for data", heading)
	}
	r := &refusedBook{t: t, heading: heading, keep: map[int]Refusal{}}
	for _, x := range refused {
		r.keep[x.Row] = x
	}
	r.col = max(len(t.Header.Names), t.width)
	if i := slices.IndexFunc(t.Header.Names, isReason); i >= 0 {
		r.col = i
	}
	var plain bytes.Buffer
	var err error
	if t.Sheet.part == nil {
		err = r.fromCSV(&plain)
	} else {
		err = r.rewrite(&plain)
	}
	if err != nil {
		return fmt.Errorf("refused rows: %w", err)
	}
	// A workbook that cannot be coloured is right without colours.
	if tinted, err := r.decorate(plain.Bytes()); err == nil {
		_, err = w.Write(tinted)
		return err
	}
	_, err = w.Write(plain.Bytes())
	return err
}

// A refusedBook is the work of Refused.
type refusedBook struct {
	t       *Table
	heading string
	col     int // of the reasons
	keep    map[int]Refusal
	marks   []mark
}

// rows gives the titles, the header and the refused rows, each with its number
// in the new workbook and its text for the last column.
func (r *refusedBook) rows(put func(row int, line []Cell, reason string) error) error {
	f := filler{merges: r.t.Sheet.merges}
	first := r.t.Header.Row + r.t.Header.Depth
	next := first
	return r.t.Sheet.lines(func(row int, line []Cell) error {
		if row < first {
			f.fill(row, slices.Clone(line))
			reason := ""
			if row == r.t.Header.Row {
				reason = r.heading
			}
			return put(row, line, reason)
		}
		line = f.fill(row, line)
		x, ok := r.keep[row]
		if !ok {
			return nil
		}
		m := mark{row: next}
		var all []string
		for _, p := range x.Problems {
			col := r.t.Mapping.Index(p.Key)
			if col < 0 {
				all = append(all, p.Text)
				continue
			}
			m.reasons = append(m.reasons, cellReason{col, p.Text})
			all = append(all, labelled(r.t.Header.Names[col], p.Text))
		}
		if len(r.marks) < marked {
			r.marks = append(r.marks, m)
		}
		next++
		return put(next-1, line, strings.Join(all, "\n"))
	})
}

// labelled puts the column's heading before a sentence.
func labelled(heading, text string) string {
	if strings.ContainsFunc(heading, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return heading + "：" + text
	}
	return heading + ": " + text
}

// fromCSV writes the rows as a new workbook.
func (r *refusedBook) fromCSV(w io.Writer) error {
	f := excelize.NewFile()
	defer f.Close()
	name := sheetName(r.t.Sheet.Name)
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	text, err := f.NewStyle(&excelize.Style{NumFmt: asText})
	if err != nil {
		return err
	}
	s, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := s.SetColStyle(1, max(r.col, 1), text); err != nil {
		return err
	}
	err = r.rows(func(row int, line []Cell, reason string) error {
		cells := make([]any, max(len(line), r.col+1))
		for i, c := range line {
			cells[i] = excelize.Cell{StyleID: text, Value: c.Raw}
		}
		cells[r.col] = nil
		if reason != "" {
			cells[r.col] = reason
		}
		return s.SetRow(at(0, row), cells)
	})
	if err != nil {
		return err
	}
	if err := s.Flush(); err != nil {
		return err
	}
	return f.Write(w)
}

// decorate tints and comments the failing cells.
func (r *refusedBook) decorate(plain []byte) (out []byte, err error) {
	defer func() {
		if p := recover(); p != nil { // the library may stumble over what another program wrote
			err = fmt.Errorf("%v", p)
		}
	}()
	l := r.t.Sheet.book.limits
	f, err := excelize.OpenReader(bytes.NewReader(plain), excelize.Options{UnzipSizeLimit: l.Unzipped, UnzipXMLSizeLimit: l.Unzipped})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	name := r.t.Sheet.Name
	if r.t.Sheet.part == nil {
		name = sheetName(name)
	}
	t := tint{f: f, sheet: name, styles: map[int]int{}}
	for _, m := range r.marks {
		for _, c := range m.reasons {
			t.cell(at(c.col, m.row), false)
			t.note(at(c.col, m.row), r.heading, c.text)
		}
		t.cell(at(r.col, m.row), true)
	}
	column := letters(r.col)
	t.check(f.SetColWidth(name, column, column, 60))
	if r.col > 0 {
		id, err := f.GetCellStyle(name, at(r.col-1, r.t.Header.Row))
		t.check(err)
		t.check(f.SetCellStyle(name, at(r.col, r.t.Header.Row), at(r.col, r.t.Header.Row), id))
	}
	if t.err != nil {
		return nil, t.err
	}
	var b bytes.Buffer
	err = f.Write(&b)
	return b.Bytes(), err
}

// A tint colours cells and keeps their other looks. The first error stays.
type tint struct {
	f      *excelize.File
	sheet  string
	styles map[int]int // a style to its tinted twin; -1-id for the wrapped one
	err    error
}

func (t *tint) check(err error) {
	if t.err == nil {
		t.err = err
	}
}

func (t *tint) cell(cell string, wrap bool) {
	id, err := t.f.GetCellStyle(t.sheet, cell)
	t.check(err)
	key := id
	if wrap {
		key = -1 - id
	}
	twin, ok := t.styles[key]
	if !ok && t.err == nil {
		s, err := t.f.GetStyle(id)
		if t.check(err); err != nil {
			return
		}
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FCE4D6"}}
		if wrap {
			s.Alignment = &excelize.Alignment{WrapText: true, Vertical: "top"}
		}
		twin, err = t.f.NewStyle(s)
		t.check(err)
		t.styles[key] = twin
	}
	if t.err == nil {
		t.check(t.f.SetCellStyle(t.sheet, cell, cell, twin))
	}
}

func (t *tint) note(cell, author, text string) {
	if t.err == nil {
		t.check(t.f.AddComment(t.sheet, excelize.Comment{Cell: cell, Author: author, Paragraph: []excelize.RichTextRun{{Text: text}}}))
	}
}
