// Package sheet reads and writes the spreadsheets that people keep: it finds
// the header in a ledger of any layout, reads dates, names and numbers in the
// ways people write them, and writes workbooks that read back unchanged. It
// knows nothing of organisations or members but the names of their columns.
package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"unicode/utf16"

	"tongpin/internal/core"
)

// A Book is an opened file. It holds the file's bytes and its shared texts;
// rows are read from them each time they are asked for.
type Book struct {
	Sheets   []*Sheet // in the file's order; those without any content too
	Date1904 bool     // serial dates count from 1904

	name   string
	data   []byte
	limits Limits
	zip    *zip.Reader // nil for CSV
	texts  texts
}

// A Sheet is one table of a Book.
type Sheet struct {
	Name   string
	Rows   int  // rows that hold anything, titles and totals among them
	Hidden bool // the file hides it

	book   *Book
	part   *zip.File // nil for CSV
	merges []merge
	comma  byte // what separates fields, for CSV
}

// Name returns the name that the file was opened with.
func (b *Book) Name() string { return b.name }

// Sheet returns the sheet of that name, or core.Invalid.
func (b *Book) Sheet(name string) (*Sheet, error) {
	for _, s := range b.Sheets {
		if s.Name == name {
			return s, nil
		}
	}
	return nil, core.Fail(core.Invalid, "sheet.no_sheet", name)
}

// Filled returns the sheets that hold anything. The person chooses when there
// is more than one.
func (b *Book) Filled() []*Sheet {
	var all []*Sheet
	for _, s := range b.Sheets {
		if s.Rows > 0 {
			all = append(all, s)
		}
	}
	return all
}

var (
	oleMagic = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") // the old binary files, and encrypted new ones
	zipMagic = []byte("PK\x03\x04")
)

// Open reads an xlsx workbook or a CSV file, whatever its name says, and
// checks every sheet against the limits before anything else sees it. What it
// does not read is core.Invalid with a sentence that says what to do.
func Open(ctx context.Context, data []byte, name string, l Limits) (*Book, error) {
	ctx, cancel := context.WithTimeout(ctx, l.Time)
	defer cancel()
	switch {
	case len(data) == 0:
		return nil, core.Fail(core.Invalid, "sheet.empty")
	case int64(len(data)) > l.Bytes:
		return nil, core.Fail(core.Invalid, "sheet.too_big", l.Bytes>>20)
	case bytes.HasPrefix(data, oleMagic):
		if bytes.Contains(data, wide("EncryptedPackage")) {
			return nil, core.Fail(core.Invalid, "sheet.encrypted")
		}
		return nil, core.Fail(core.Invalid, "sheet.old_xls")
	}
	b := &Book{name: name, data: data, limits: l}
	var err error
	if bytes.HasPrefix(data, zipMagic) {
		err = b.openWorkbook(ctx)
	} else {
		err = b.openCSV(ctx)
	}
	if err != nil {
		return nil, explain(err, l)
	}
	if len(b.Filled()) == 0 {
		return nil, core.Fail(core.Invalid, "sheet.empty")
	}
	return b, nil
}

// explain turns an error of reading into a sentence.
func explain(err error, l Limits) error {
	if _, ok := errors.AsType[*core.Error](err); ok {
		return err
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return core.Fail(core.Invalid, "sheet.too_slow", int(l.Time.Seconds()))
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, errBomb):
		return &core.Error{Kind: core.Invalid, Msg: core.M("sheet.bomb"), Err: err}
	}
	return &core.Error{Kind: core.Invalid, Msg: core.M("sheet.damaged"), Err: err}
}

// wide returns s as the old binary files store it.
func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}
