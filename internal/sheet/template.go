package sheet

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// A Template is an empty list for people to fill in.
type Template struct {
	List                          // Rows are not used
	Choices   map[string][]string // what may be chosen, by the column's key
	Example   map[string]string   // a row that shows how, by the column's key
	Marker    string              // marks that row in the column of running numbers: the sentence sheet.example
	GuideName string              // of the sheet that explains
	Guide     []string            // its lines
}

// choicesSheet holds what the drop-downs offer; people do not see it.
const choicesSheet = "_choices"

// templateRows is for how many rows the drop-downs are laid out.
const templateRows = 5000

// Write writes the workbook: the list with its header frozen, an example row
// that reading skips, drop-downs and columns formatted as text, and a sheet
// that explains.
func (t Template) Write(w io.Writer) error {
	f := excelize.NewFile()
	defer f.Close()
	name := sheetName(t.Name)
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	if err := pageLayout(f, name, t.Footer); err != nil {
		return err
	}
	st, err := newStyles(f)
	if err != nil {
		return err
	}
	columns := append([]OutColumn{{Header: t.Serial, Width: 8}}, t.Columns...)
	if err := t.head(f, name, columns, st); err != nil {
		return err
	}
	if err := t.dropDowns(f, name, columns); err != nil {
		return err
	}
	if err := t.guide(f); err != nil {
		return err
	}
	f.SetActiveSheet(0)
	return f.Write(w)
}

// head writes title, header and example.
func (t Template) head(f *excelize.File, name string, columns []OutColumn, st styles) error {
	row := 1
	if t.Title != "" {
		if err := f.SetCellStr(name, "A1", t.Title); err != nil {
			return err
		}
		if err := f.SetCellStyle(name, "A1", "A1", st.title); err != nil {
			return err
		}
		row = 2
	}
	if err := freeze(f, nil, name, row); err != nil {
		return err
	}
	plain, err := f.NewStyle(&excelize.Style{NumFmt: asText})
	if err != nil {
		return err
	}
	for i, c := range columns {
		if c.Width == 0 {
			c.Width = 16
		}
		if err := f.SetColWidth(name, letters(i), letters(i), c.Width); err != nil {
			return err
		}
		if !c.Number && i > 0 { // dates too: what is typed stays what it is
			if err := f.SetColStyle(name, letters(i), plain); err != nil {
				return err
			}
		}
		example := t.Example[c.Key]
		if i == 0 {
			example = t.Marker
		}
		for r, v := range []struct {
			text  string
			style int
		}{{c.Header, st.header}, {example, st.example}} {
			if err := f.SetCellStr(name, at(i, row+r), v.text); err != nil {
				return err
			}
			if err := f.SetCellStyle(name, at(i, row+r), at(i, row+r), v.style); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropDowns offers the choices of each column that has some, from a hidden
// sheet, because a list within the rule itself ends at 255 characters.
func (t Template) dropDowns(f *excelize.File, name string, columns []OutColumn) error {
	n := 0
	for i, c := range columns {
		choices := t.Choices[c.Key]
		if c.Key == "" || len(choices) == 0 {
			continue
		}
		if n == 0 {
			if _, err := f.NewSheet(choicesSheet); err != nil {
				return err
			}
			if err := f.SetSheetVisible(choicesSheet, false); err != nil {
				return err
			}
		}
		for j, v := range choices {
			if err := f.SetCellStr(choicesSheet, at(n, j+1), v); err != nil {
				return err
			}
		}
		first := 2
		if t.Title != "" {
			first = 3
		}
		v := excelize.NewDataValidation(true)
		v.Sqref = at(i, first) + ":" + at(i, templateRows)
		v.SetSqrefDropList(fmt.Sprintf("%[1]s!$%[2]s$1:$%[2]s$%[3]d", choicesSheet, letters(n), len(choices)))
		v.SetError(excelize.DataValidationErrorStyleWarning, "", strings.Join(choices[:min(len(choices), 10)], " / "))
		if err := f.AddDataValidation(name, v); err != nil {
			return err
		}
		n++
	}
	return nil
}

// guide writes the lines that explain, one below the other.
func (t Template) guide(f *excelize.File) error {
	if len(t.Guide) == 0 {
		return nil
	}
	name := sheetName(t.GuideName)
	if _, err := f.NewSheet(name); err != nil {
		return err
	}
	if err := f.SetColWidth(name, "A", "A", 90); err != nil {
		return err
	}
	wrap, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	for i, line := range t.Guide {
		if err := f.SetCellStr(name, at(0, i+1), line); err != nil {
			return err
		}
		if err := f.SetCellStyle(name, at(0, i+1), at(0, i+1), wrap); err != nil {
			return err
		}
	}
	return nil
}
