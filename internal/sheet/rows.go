package sheet

import (
	"iter"
	"strings"

	"tongpin/internal/core"
)

// A Cell is one value as it stands in the file.
type Cell struct {
	Raw     string // as written; a number without rounding or exponent
	Text    string // Raw with half-width letters and digits and no blanks at the ends
	Numeric bool   // the file holds a number, not a text
	Formula bool   // the file holds a formula; Raw is what it last gave
	Column  string // the column's name, such as K; "" if the file has no column for the item

	style uint32 // as the workbook numbers it
}

func (c Cell) blank() bool { return !c.Formula && (c.Raw == "" || c.Text == "") }

// A Row is one data row.
type Row struct {
	Number int // as the spreadsheet numbers it
	cells  []Cell
	at     map[string]int
}

// Cell returns the value of an item, empty if the file has no such column.
func (r Row) Cell(key string) Cell {
	i, ok := r.at[key]
	switch {
	case !ok:
		return Cell{}
	case i >= len(r.cells):
		return Cell{Column: letters(i)}
	}
	return r.cells[i]
}

// A Skipped row is one below the header that holds no data, with the reason:
// total, signature or example.
type Skipped struct {
	Row int
	Why string
}

// A Table is a list in a sheet: its header, what its columns hold, and its data
// rows.
type Table struct {
	Sheet   *Sheet
	Header  Header
	Mapping Mapping // may be replaced before All is called
	Rows    int     // data rows
	Skipped []Skipped

	names nameIndex
	width int // columns that hold anything
}

// Table finds the list in the sheet of that name. With "" it is looked for in
// every sheet that holds anything, and must stand in exactly one. Errors are
// core.Invalid: no such sheet, no header (with the names looked for), several
// sheets to choose from, a second header among the rows (with its row number),
// no data row.
func (b *Book) Table(name string, known []Column) (*Table, error) {
	if name != "" {
		s, err := b.Sheet(name)
		if err != nil {
			return nil, err
		}
		return s.table(known)
	}
	var seen, hidden []*Sheet
	var missing error
	for _, s := range b.Filled() {
		switch _, err := s.header(known); {
		case core.MsgOf(err).Key == "sheet.no_header":
			missing = err
		case err != nil:
			return nil, err
		case s.Hidden:
			hidden = append(hidden, s)
		default:
			seen = append(seen, s)
		}
	}
	if len(seen) == 0 {
		seen = hidden
	}
	switch {
	case len(seen) == 1:
		return seen[0].table(known)
	case len(seen) > 1:
		return nil, core.Fail(core.Invalid, "sheet.choose", sheetNames(seen))
	case len(b.Filled()) > 1:
		return nil, core.Fail(core.Invalid, "sheet.wrong_sheet", headNames, lookedFor(known))
	}
	return nil, missing
}

func sheetNames(all []*Sheet) string {
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
	}
	return strings.Join(names, " / ")
}

// header finds the header in the first rows.
func (s *Sheet) header(known []Column) (Header, error) {
	head, err := s.head()
	if err != nil {
		return Header{}, err
	}
	h, err := FindHeader(head, known)
	if err != nil {
		return Header{}, err
	}
	s.deepen(&h, head)
	return h, nil
}

// table finds the header and reads all rows once, to count them and to find a
// second header before anything is written.
func (s *Sheet) table(known []Column) (*Table, error) {
	h, err := s.header(known)
	if err != nil {
		return nil, err
	}
	t := &Table{Sheet: s, Header: h, Mapping: h.Match(known), names: byName(known)}
	err = t.each(func(row int, line []Cell, why string) error {
		for i := len(line); i > t.width; i-- {
			if !line[i-1].blank() {
				t.width = i
			}
		}
		if why != "" {
			t.Skipped = append(t.Skipped, Skipped{row, why})
		} else {
			t.Rows++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if t.Rows == 0 {
		return nil, core.Fail(core.Invalid, "sheet.no_rows", s.Name, t.Header.Row)
	}
	return t, nil
}

// head returns the first rows of the sheet; a row that is not in the file is
// empty.
func (s *Sheet) head() ([][]string, error) {
	var head [][]string
	err := s.lines(func(row int, line []Cell) error {
		if row > headRows {
			return errStop
		}
		for len(head) < row {
			head = append(head, nil)
		}
		for _, c := range line {
			head[row-1] = append(head[row-1], c.Raw)
		}
		return nil
	})
	return head, err
}

// deepen takes the row below into a header of which a heading spans two rows,
// as in 入党 over 入党日期 and 转正日期.
func (s *Sheet) deepen(h *Header, head [][]string) {
	for _, m := range s.merges {
		if m.row1 == h.Row && m.row2 > m.row1 && m.row2 <= m.row1+2 && m.col1 < len(h.Names) && h.Names[m.col1] != "" {
			h.Depth = max(h.Depth, m.row2-m.row1+1)
		}
	}
	for row := h.Row; row < h.Row+h.Depth-1 && row < len(head); row++ {
		for col, n := range trimmed(head[row]) {
			for len(h.Names) <= col {
				h.Names = append(h.Names, "")
			}
			if n != "" {
				h.Names[col] = n
			}
		}
	}
}

// All gives every data row, with the items where Mapping says. A merged cell
// gives its value to every row and column that it covers. After an error,
// which has a sentence, the iteration is over.
func (t *Table) All() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		at := map[string]int{}
		for _, m := range t.Mapping {
			if m.Key != "" {
				at[m.Key] = m.Column
			}
		}
		err := t.each(func(row int, line []Cell, why string) error {
			if why == "" && !yield(Row{row, line, at}, nil) {
				return errStop
			}
			return nil
		})
		if err != nil {
			yield(Row{}, err)
		}
	}
}

// each gives the rows below the header that hold anything: the number, the
// cells with merged values filled in, and why it is no data row, if it is none.
func (t *Table) each(visit func(row int, line []Cell, why string) error) error {
	f := filler{merges: t.Sheet.merges}
	serial, reason := -1, -1
	for i, n := range t.Header.Names {
		switch {
		case isReason(n):
			reason = i
		case isSerial(n) && serial < 0:
			serial = i
		}
	}
	return t.Sheet.lines(func(row int, line []Cell) error {
		if row < t.Header.Row {
			return nil
		}
		filled, first := 0, ""
		for i := range line {
			if line[i].blank() || i == reason {
				continue
			}
			if first == "" {
				first = line[i].Text
			}
			if i != serial {
				filled++
			}
		}
		full := f.fill(row, line)
		if row < t.Header.Row+t.Header.Depth {
			return nil
		}
		why := notData(first)
		if filled == 0 && why == "" {
			return nil
		}
		if why == "" && t.names.mayBeHeader(line) && t.names.isHeader(written(line)) {
			return core.Fail(core.Invalid, "sheet.two_headers", t.Header.Row, row)
		}
		return visit(row, full, why)
	})
}

func written(line []Cell) []string {
	out := make([]string, len(line))
	for i, c := range line {
		out[i] = c.Text
	}
	return out
}

// A filler gives merged values to the cells that they cover, row by row from
// the top.
type filler struct {
	merges []merge // by first row
	next   int
	active []covered // by column
}

type covered struct {
	until int // the last row
	value Cell
}

// fill returns the line with the values of the merges that cover it. The rows
// of a sheet must pass in order; line may be changed.
func (f *filler) fill(row int, line []Cell) []Cell {
	for ; f.next < len(f.merges) && f.merges[f.next].row1 <= row; f.next++ {
		m := f.merges[f.next]
		if m.row2 < row || m.row1 != row || m.col1 >= len(line) || m.col1 >= 1<<10 {
			continue // its first cell is not in the file, so it has no value
		}
		for len(f.active) <= min(m.col2, 1<<10) {
			f.active = append(f.active, covered{})
		}
		for col := m.col1; col <= m.col2 && col < len(f.active); col++ {
			f.active[col] = covered{m.row2, line[m.col1]}
		}
	}
	for col, a := range f.active {
		if a.until < row || a.value.blank() {
			continue
		}
		for len(line) <= col {
			line = append(line, Cell{Column: letters(len(line))})
		}
		a.value.Column = letters(col)
		line[col] = a.value
	}
	return line
}

// notData returns why a row that begins with this text holds no data, or "".
func notData(first string) string {
	if len(first) > 200 {
		return ""
	}
	if i := strings.IndexAny(first, ":："); i > 0 {
		if signatures[fold(first[:i])] {
			return "signature"
		}
	}
	f := fold(first)
	switch {
	case examples[f]:
		return "example"
	case signatures[f]:
		return "signature"
	case totals[strings.TrimRight(f, "0123456789人名个条家户")]:
		return "total"
	}
	return ""
}

func set(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range names {
		m[fold(n)] = true
	}
	return m
}

var (
	totals     = set("合计", "总计", "小计", "共计", "总数", "合计数", "本页小计", "本页合计", "累计", "共", "以上共", "以上合计", "总人数", "人数合计", "Total", "Subtotal", "Grand total", "Sum")
	examples   = set("示例", "样例", "范例", "示范", "例", "Example", "Sample")
	signatures = set("填表人", "填报人", "制表", "制表人", "审核", "审核人", "复核", "复核人", "审批人", "负责人签字", "单位负责人", "党组织负责人",
		"填表单位", "填报单位", "填表日期", "填报日期", "填表时间", "填报时间", "制表日期", "联系人", "经办人", "党委书记签字", "书记签字", "签字", "盖章", "单位盖章",
		"说明", "填表说明", "备注说明", "注", "备注", "Prepared by", "Filled in by", "Checked by", "Approved by", "Signature", "Signed by", "Note", "Notes")
	serials = set("序号", "编号", "顺序号", "行号", "No", "No.", "#", "Number", "Serial", "S/N", "Serial number")
	reasons = set("错误说明", "Errors", "What to correct", "Error description")
)

// isSerial reports whether the heading is that of a running number.
func isSerial(heading string) bool { return serials[fold(heading)] && fold(heading) != "" }

// isReason reports whether the heading is that of the column which Refused
// adds.
func isReason(heading string) bool { return reasons[fold(heading)] }
