package sheet

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// An OutColumn is one column of a file that is written.
type OutColumn struct {
	Key    string
	Header string
	Text   bool    // formatted as text, so that what is typed there later keeps its digits
	Number bool    // counts; every other value is a text, dates too
	Width  float64 // in characters; 0 is 16
}

// A List is a table to be written. The values of a row stand in the order of
// Columns. Rows are asked for once and may be many: they are not kept.
type List struct {
	Name    string // of the sheet
	Title   string // above the header; may be ""
	Source  string // below the title: until when, counted how, from where; may be ""
	Serial  string // heading of a running number in front; "" for none
	Footer  string // of the printed page; &P is its number, &N the count
	Columns []OutColumn
	Rows    iter.Seq2[[]string, error]
}

// all gives the header's values and then each row's, with the running number.
func (l List) all(header func([]string) error, row func([]string) error) error {
	lead := 0
	if l.Serial != "" {
		lead = 1
	}
	line := make([]string, lead, lead+len(l.Columns))
	if lead == 1 {
		line[0] = l.Serial
	}
	for _, c := range l.Columns {
		line = append(line, c.Header)
	}
	if err := header(line); err != nil {
		return err
	}
	n := 0
	for values, err := range l.Rows {
		if err != nil {
			return err
		}
		if len(values) != len(l.Columns) {
			return fmt.Errorf("sheet: a row of %d values for %d columns", len(values), len(l.Columns))
		}
		n++
		line = line[:lead]
		if lead == 1 {
			line[0] = strconv.Itoa(n)
		}
		if err := row(append(line, values...)); err != nil {
			return err
		}
	}
	return nil
}

// WriteCSV writes the list as CSV in UTF-8 with its mark, which spreadsheets
// need. A text that would run as a formula gets a quote in front, which Open
// takes away again (ASVS 1.2.10). Title and source are left out.
func WriteCSV(w io.Writer, l List) error {
	b := bufio.NewWriter(w)
	_, _ = b.WriteString("\ufeff")
	line := func(values []string) error {
		for i, v := range values {
			if i > 0 {
				_ = b.WriteByte(',')
			}
			_, _ = b.WriteString(quoted(guard(v)))
		}
		_, err := b.WriteString("\r\n")
		return err
	}
	if err := l.all(line, line); err != nil {
		return err
	}
	return b.Flush()
}

func quoted(s string) string {
	if s != "" && !strings.ContainsAny(s, ",\"\r\n;\t") && strings.TrimSpace(s) == s {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// Write writes the list as a workbook of text cells, never formulas: header
// frozen and repeated on each printed page, A4 landscape, one page wide.
func Write(w io.Writer, l List) error {
	f := excelize.NewFile()
	defer f.Close()
	name := sheetName(l.Name)
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	if err := pageLayout(f, name, l.Footer); err != nil {
		return err
	}
	st, err := newStyles(f)
	if err != nil {
		return err
	}
	s, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := l.stream(f, s, st); err != nil {
		return err
	}
	if err := s.Flush(); err != nil {
		return err
	}
	return f.Write(w)
}

// stream writes columns, title, header and rows in the order in which a
// streamed sheet wants them.
func (l List) stream(f *excelize.File, s *excelize.StreamWriter, st styles) error {
	columns := l.Columns
	if l.Serial != "" {
		columns = append([]OutColumn{{Number: true, Width: 6}}, columns...)
	}
	for i, c := range columns {
		if c.Width == 0 {
			c.Width = 16
		}
		if err := s.SetColWidth(i+1, i+1, c.Width); err != nil {
			return err
		}
		if err := s.SetColStyle(i+1, i+1, st.of(c)); err != nil {
			return err
		}
	}
	row := 1
	above := []struct {
		text  string
		style int
	}{{l.Title, st.title}, {l.Source, st.source}}
	header := 1
	for _, a := range above {
		if a.text != "" {
			header++
		}
	}
	if err := freeze(f, s, s.Sheet, header); err != nil {
		return err
	}
	for _, a := range above {
		if a.text == "" {
			continue
		}
		if err := s.SetRow(at(0, row), []any{excelize.Cell{StyleID: a.style, Value: a.text}}); err != nil {
			return err
		}
		row++
	}
	cells := make([]any, len(columns))
	put := func(values []string, style func(OutColumn) int, head bool) error {
		for i, v := range values {
			c := excelize.Cell{StyleID: style(columns[i]), Value: v}
			if n, err := strconv.Atoi(v); err == nil && columns[i].Number && !head {
				c.Value = n
			}
			cells[i] = c
		}
		row++
		return s.SetRow(at(0, row-1), cells)
	}
	return l.all(
		func(v []string) error { return put(v, func(OutColumn) int { return st.header }, true) },
		func(v []string) error { return put(v, st.of, false) },
	)
}

// freeze keeps the rows down to the header in view and repeats the header on
// each printed page. s is nil for a sheet that is not streamed.
func freeze(f *excelize.File, s *excelize.StreamWriter, name string, header int) error {
	p := &excelize.Panes{Freeze: true, YSplit: header, TopLeftCell: at(0, header+1), ActivePane: "bottomLeft"}
	err := f.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Titles", Scope: name,
		RefersTo: fmt.Sprintf("'%s'!$%d:$%d", strings.ReplaceAll(name, "'", "''"), header, header),
	})
	switch {
	case err != nil:
		return err
	case s != nil:
		return s.SetPanes(p)
	}
	return f.SetPanes(name, p)
}

func pageLayout(f *excelize.File, name, footer string) error {
	fit, a4, landscape, wide, high := true, 9, "landscape", 1, 0
	if err := f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	if err := f.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &a4, Orientation: &landscape, FitToWidth: &wide, FitToHeight: &high}); err != nil {
		return err
	}
	if footer == "" {
		return nil
	}
	return f.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddFooter: "&C" + footer})
}

// The looks of cells, as the workbook numbers them.
type styles struct{ title, source, header, text, words, number, example int }

func (s styles) of(c OutColumn) int {
	switch {
	case c.Number:
		return s.number
	case c.Text:
		return s.text
	}
	return s.words
}

const asText = 49 // the number format @

func newStyles(f *excelize.File) (styles, error) {
	var s styles
	var border []excelize.Border
	for _, side := range []string{"left", "right", "top", "bottom"} {
		border = append(border, excelize.Border{Type: side, Color: "BFBFBF", Style: 1})
	}
	top := &excelize.Alignment{Vertical: "top", WrapText: true}
	fill := func(colour string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
	}
	for _, d := range []struct {
		id    *int
		style excelize.Style
	}{
		{&s.title, excelize.Style{Font: &excelize.Font{Bold: true, Size: 14}}},
		{&s.source, excelize.Style{Font: &excelize.Font{Size: 9, Color: "595959"}}},
		{&s.header, excelize.Style{Font: &excelize.Font{Bold: true}, Fill: fill("F2F2F2"), Border: border, Alignment: top, NumFmt: asText}},
		{&s.text, excelize.Style{Border: border, Alignment: top, NumFmt: asText}},
		{&s.words, excelize.Style{Border: border, Alignment: top, NumFmt: asText}},
		{&s.number, excelize.Style{Border: border, Alignment: &excelize.Alignment{Vertical: "top"}}},
		{&s.example, excelize.Style{Font: &excelize.Font{Italic: true, Color: "7F7F7F"}, Border: border, Alignment: top, NumFmt: asText}},
	} {
		id, err := f.NewStyle(&d.style)
		if err != nil {
			return s, err
		}
		*d.id = id
	}
	return s, nil
}

// at names the cell in a column from 0 and a row from 1.
func at(col, row int) string { return letters(col) + strconv.Itoa(row) }

// sheetName makes a name that a workbook allows: 31 characters, none of []:*?/\.
func sheetName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\'`, r) || r < ' ' {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 31 {
		s = string(r[:31])
	}
	if s = strings.TrimSpace(s); s == "" {
		return "1"
	}
	return s
}
