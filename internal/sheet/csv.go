package sheet

import (
	"bytes"
	"context"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"tongpin/internal/core"
)

// openCSV reads the bytes as text: UTF-8 or UTF-16 with its mark, UTF-8
// without, else GB18030, which holds GBK.
func (b *Book) openCSV(ctx context.Context) error {
	data, err := decodeText(b.data)
	if err != nil {
		return err
	}
	if strings.HasPrefix(strings.TrimSpace(data), "<") {
		return core.Fail(core.Invalid, "sheet.old_xls") // a web page or XML that calls itself a workbook
	}
	b.texts.all = data
	name := strings.TrimSuffix(path.Base(strings.ReplaceAll(b.name, `\`, "/")), path.Ext(b.name))
	s := &Sheet{Name: name, book: b, comma: separator(data)}
	b.Sheets = []*Sheet{s}
	cells, columns := 0, b.limits.Columns
	return s.scanCSV(func(row int, line []Cell) error {
		if row%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		filled := 0
		for i := range line {
			if line[i].blank() {
				continue
			}
			filled++
			if utf8.RuneCountInString(line[i].Raw) > b.limits.CellLength {
				return core.Fail(core.Invalid, "sheet.cell_too_long", s.Name, row, letters(i))
			}
			if i >= columns {
				return core.Fail(core.Invalid, "sheet.too_many_columns", s.Name, columns, letters(i))
			}
		}
		if filled == 0 {
			return nil
		}
		s.Rows++
		if cells += filled; s.Rows > b.limits.Rows {
			return core.Fail(core.Invalid, "sheet.too_many_rows", s.Name, b.limits.Rows)
		}
		if cells > b.limits.Cells {
			return core.Fail(core.Invalid, "sheet.too_many_cells", s.Name, b.limits.Cells)
		}
		return nil
	})
}

// decodeText returns the file as text, or core.Invalid if it is none.
func decodeText(data []byte) (string, error) {
	bom := bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff"))
	if bom {
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
			return "", core.Fail(core.Invalid, "sheet.encoding")
		}
		return string(out), nil
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(data, 0) >= 0 {
		return "", core.Fail(core.Invalid, "sheet.not_workbook")
	}
	if utf8.Valid(data) {
		return string(data), nil
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return "", core.Fail(core.Invalid, "sheet.encoding")
	}
	return string(out), nil
}

// separator returns the character that separates most fields of the first
// lines: a comma, a tab or a semicolon.
func separator(s string) byte {
	head := s[:min(len(s), 8<<10)]
	best, most := byte(','), 0
	for _, c := range []byte{',', '\t', ';'} {
		if n := strings.Count(head, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

// scanCSV gives the records, numbered as a spreadsheet would: a line without
// anything is a row, and a quoted field with line ends in it is within one.
func (s *Sheet) scanCSV(yield func(int, []Cell) error) error {
	rest := s.book.texts.all
	for row := 1; rest != ""; row++ {
		var line []Cell
		for more := true; more; {
			var field string
			field, rest, more = cutField(rest, s.comma)
			if len(line) > 1<<14 {
				return core.Fail(core.Invalid, "sheet.not_workbook")
			}
			field = unguard(field)
			line = append(line, Cell{Raw: field, Text: clean(field), Column: letters(len(line))})
		}
		if err := yield(row, line); err != nil {
			return err
		}
	}
	return nil
}

// cutField takes the first field off s. more says that another field of the
// same record follows.
func cutField(s string, comma byte) (field, rest string, more bool) {
	quoted := ""
	if strings.HasPrefix(s, `"`) {
		quoted, s = cutQuoted(s[1:])
	}
	end := strings.IndexAny(s, string(comma)+"\r\n")
	if end < 0 {
		return quoted + s, "", false
	}
	field, more = quoted+s[:end], s[end] == comma
	rest = s[end+1:]
	if s[end] == '\r' {
		rest = strings.TrimPrefix(rest, "\n")
	}
	return field, rest, more
}

// cutQuoted returns what stands before the closing quote, doubled quotes made
// single, and what follows it. Without a closing quote all of s is inside.
func cutQuoted(s string) (inside, rest string) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return b.String() + s, ""
		}
		if !strings.HasPrefix(s[i+1:], `"`) {
			if b.Len() == 0 {
				return s[:i], s[i+1:]
			}
			return b.String() + s[:i], s[i+1:]
		}
		b.WriteString(s[:i+1])
		s = s[i+2:]
	}
}

// guard puts a quote before a text that a spreadsheet would run as a formula
// (ASVS 1.2.10), and before one that already has such a quote, so that unguard
// always gives back what was there.
func guard(s string) string {
	if guarded(s) {
		return "'" + s
	}
	return s
}

func unguard(s string) string {
	if strings.HasPrefix(s, "'") && guarded(s) {
		return s[1:]
	}
	return s
}

func guarded(s string) bool {
	s = strings.TrimLeft(s, "'")
	return s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0
}
