package sheet

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tongpin/internal/core"
)

const lastRow = 1 << 20 // of any worksheet

// texts are the texts that cells of a workbook share, one after another.
type texts struct {
	all  string
	ends []uint32
}

func (t texts) at(i int) (string, bool) {
	if i < 0 || i >= len(t.ends) {
		return "", false
	}
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.all[from:t.ends[i]], true
}

func (b *Book) readTexts(f *zip.File, count *budget) error {
	r, err := count.open(f)
	if err != nil {
		return err
	}
	defer r.Close()
	x := newXMLReader(r, b.limits.CellLength*12)
	var all strings.Builder
	for {
		k, err := x.next()
		if errors.Is(err, io.EOF) {
			b.texts.all = all.String()
			return nil
		}
		if err != nil {
			return err
		}
		if k != startTag || string(x.name) != "si" {
			continue
		}
		s, err := readRich(x)
		if err != nil {
			return err
		}
		all.WriteString(s)
		if all.Len() > b.limits.Strings || len(b.texts.ends) >= b.limits.Cells {
			return errBomb
		}
		b.texts.ends = append(b.texts.ends, uint32(all.Len()))
	}
}

// readRich reads a text with or without formatting, up to the end of the
// element whose start was just given. Reading aids (rPh) are not part of it.
func readRich(x *xmlReader) (string, error) {
	var b []byte
	in := false
	for depth := 1; ; {
		k, err := x.next()
		if err != nil {
			return "", noEOF(err)
		}
		switch k {
		case startTag:
			if string(x.name) == "rPh" {
				if err := x.skip(); err != nil {
					return "", err
				}
				continue
			}
			depth++
			in = string(x.name) == "t"
		case endTag:
			in = false
			if depth--; depth == 0 {
				return decode(string(b)), nil
			}
		case chars:
			if in {
				if b = append(b, x.text...); len(b) > x.maxText {
					return "", errXML
				}
			}
		}
	}
}

// decode resolves _x000D_, the way in which workbooks write a character that
// XML cannot hold.
func decode(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i:]
		if isEscape(s) {
			if n, _ := strconv.ParseUint(s[2:6], 16, 16); utf8.ValidRune(rune(n)) {
				b.WriteRune(rune(n))
				s = s[7:]
				continue
			}
		}
		b.WriteString("_x")
		s = s[2:]
	}
}

// A merge is a range of cells that show the value of the first one.
type merge struct{ row1, col1, row2, col2 int } // rows from 1, columns from 0

// measure reads a sheet once: it counts the rows that hold anything, notes the
// merged ranges, and fails at the first limit that is passed.
func (s *Sheet) measure(count *budget) error {
	cells := 0
	err := s.scan(count, func(row int, line []Cell) error {
		filled := 0
		for i := range line {
			c := &line[i]
			if c.blank() {
				continue
			}
			filled++
			if len(c.Raw) > s.book.limits.CellLength && utf8.RuneCountInString(c.Raw) > s.book.limits.CellLength {
				return core.Fail(core.Invalid, "sheet.cell_too_long", s.Name, row, letters(i))
			}
			if i >= s.book.limits.Columns {
				return core.Fail(core.Invalid, "sheet.too_many_columns", s.Name, s.book.limits.Columns, letters(i))
			}
		}
		if filled == 0 {
			return nil
		}
		s.Rows++
		cells += filled
		if s.Rows > s.book.limits.Rows {
			return core.Fail(core.Invalid, "sheet.too_many_rows", s.Name, s.book.limits.Rows)
		}
		if cells > s.book.limits.Cells {
			return core.Fail(core.Invalid, "sheet.too_many_cells", s.Name, s.book.limits.Cells)
		}
		return nil
	}, func(m merge) error {
		if len(s.merges) >= s.book.limits.Merges {
			return errBomb
		}
		s.merges = append(s.merges, m)
		return nil
	})
	slices.SortStableFunc(s.merges, func(a, b merge) int { return a.row1 - b.row1 })
	return err
}

// errStop ends a scan early.
var errStop = errors.New("stop")

// lines gives each row of the sheet that holds a cell, with its number and its
// cells from column A on; the slice is the callee's to keep. errStop ends it
// without failing.
func (s *Sheet) lines(yield func(row int, line []Cell) error) error {
	var err error
	if s.part == nil {
		err = s.scanCSV(yield)
	} else {
		l := s.book.limits
		err = s.scan(&budget{ctx: context.Background(), left: l.Unzipped, ratio: l.Ratio}, yield, nil)
	}
	if errors.Is(err, errStop) || err == nil {
		return nil
	}
	return explain(err, s.book.limits)
}

// scan reads the rows and, if merged is given, the merged ranges behind them.
func (s *Sheet) scan(count *budget, row func(int, []Cell) error, merged func(merge) error) error {
	r, err := count.open(s.part)
	if err != nil {
		return err
	}
	defer r.Close()
	x := newXMLReader(r, s.book.limits.CellLength*12)
	number, like := 0, 0
	for {
		k, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if k == endTag && merged == nil && string(x.name) == "sheetData" {
			return nil
		}
		if k != startTag {
			continue
		}
		switch string(x.name) {
		case "row":
			if number, err = rowNumber(x, number); err != nil {
				return err
			}
			line, err := s.readRow(x, like)
			if err != nil {
				return err
			}
			like = len(line)
			if err := row(number, line); err != nil {
				return err
			}
		case "mergeCell":
			if m, ok := parseRange(x); ok && merged != nil {
				if err := merged(m); err != nil {
					return err
				}
			}
		}
	}
}

// rowNumber returns the number of the row whose start was just given; last is
// the number of the row above it.
func rowNumber(x *xmlReader, last int) (int, error) {
	n := last + 1
	if a, ok := x.attr("r"); ok {
		v, err := strconv.Atoi(a)
		if err != nil || v <= last {
			return 0, errXML
		}
		n = v
	}
	if n > lastRow {
		return 0, errXML
	}
	return n, nil
}

// readRow reads the cells up to the end of the row. Cells beyond the widest
// column of a worksheet do not exist; empty ones are kept for their looks.
// like is how many cells to expect.
func (s *Sheet) readRow(x *xmlReader, like int) ([]Cell, error) {
	line := make([]Cell, 0, min(like, s.book.limits.Columns))
	col := -1
	for {
		k, err := x.next()
		if err != nil {
			return nil, noEOF(err)
		}
		if k == endTag {
			return line, nil
		}
		if k != startTag {
			continue
		}
		if string(x.name) != "c" {
			if err := x.skip(); err != nil {
				return nil, err
			}
			continue
		}
		col++
		if a, ok := x.attr("r"); ok {
			if c, _, ok := parseCell(a); ok {
				col = c
			}
		}
		if col >= 1<<14 {
			return nil, errXML
		}
		kind, _ := x.attr("t")
		look, _ := x.attr("s")
		c, err := s.readCell(x, kind)
		if err != nil {
			return nil, err
		}
		if c.Raw == "" && !c.Formula && (look == "" || col >= s.book.limits.Columns) {
			continue
		}
		n, _ := strconv.ParseUint(look, 10, 32)
		c.style = uint32(n)
		if col < len(line) {
			return nil, errXML // two cells in one place
		}
		for len(line) < col {
			line = append(line, Cell{Column: letters(len(line))})
		}
		c.Column = letters(col)
		line = append(line, c)
	}
}

// readCell reads the value up to the end of the cell.
func (s *Sheet) readCell(x *xmlReader, kind string) (Cell, error) {
	var c Cell
	var b []byte
	in := ""
	for depth := 1; ; {
		k, err := x.next()
		if err != nil {
			return c, noEOF(err)
		}
		switch k {
		case startTag:
			switch string(x.name) {
			case "is":
				if c.Raw, err = readRich(x); err != nil {
					return c, err
				}
				continue
			case "f":
				c.Formula = true
			}
			depth++
			in = ""
			if string(x.name) == "v" {
				in = "v"
			}
		case endTag:
			in = ""
			if depth--; depth == 0 {
				if kind != "inlineStr" {
					err = s.setValue(&c, kind, b)
				}
				c.Text = clean(c.Raw)
				return c, err
			}
		case chars:
			if in == "v" {
				b = append(b, x.text...)
			}
		}
	}
}

// setValue fills Raw with what a cell of that kind shows.
func (s *Sheet) setValue(c *Cell, kind string, v []byte) error {
	if len(v) == 0 {
		return nil
	}
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(string(v)))
		if err != nil {
			return errXML
		}
		raw, ok := s.book.texts.at(i)
		if !ok {
			return errXML
		}
		c.Raw = raw
	case "", "n":
		c.Raw = strings.TrimSpace(string(v))
		c.Numeric = true
		if f, err := strconv.ParseFloat(c.Raw, 64); err == nil {
			c.Raw = strconv.FormatFloat(f, 'f', -1, 64)
		}
	case "b":
		c.Raw = map[string]string{"0": "FALSE", "1": "TRUE"}[string(v)]
	case "str":
		c.Raw = decode(string(v))
	default: // an error such as #REF!, or an ISO date
		c.Raw = string(v)
	}
	return nil
}

// parseCell reads a place such as AB12: column from 0, row from 1.
func parseCell(a string) (col, row int, ok bool) {
	i := 0
	for ; i < len(a) && a[i] >= 'A' && a[i] <= 'Z' && i < 4; i++ {
		col = col*26 + int(a[i]-'A') + 1
	}
	row, err := strconv.Atoi(a[i:])
	return col - 1, row, i > 0 && err == nil && row > 0 && row <= lastRow
}

func parseRange(x *xmlReader) (merge, bool) {
	ref, _ := x.attr("ref")
	from, to, ok := strings.Cut(ref, ":")
	if !ok {
		return merge{}, false
	}
	c1, r1, ok1 := parseCell(from)
	c2, r2, ok2 := parseCell(to)
	return merge{r1, c1, r2, c2}, ok1 && ok2 && r1 <= r2 && c1 <= c2
}
