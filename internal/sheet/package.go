package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"tongpin/internal/core"
)

var errBomb = errors.New("unpacks to more than the limits allow")

// directorySignature begins each entry of a zip's directory.
var directorySignature = []byte("PK\x01\x02")

// openWorkbook reads the parts of a workbook that say where its sheets are,
// then every sheet once, and unpacks what is left only to count its bytes.
func (b *Book) openWorkbook(ctx context.Context) error {
	// Counted before the directory is read, because reading it is what a
	// directory of a million entries wants.
	if bytes.Count(b.data, directorySignature) > b.limits.Entries {
		return errBomb
	}
	z, err := zip.NewReader(bytes.NewReader(b.data), int64(len(b.data)))
	if err != nil {
		return err
	}
	b.zip = z
	parts, err := b.listParts()
	if err != nil {
		return err
	}
	count := &budget{ctx: ctx, left: b.limits.Unzipped, ratio: b.limits.Ratio}
	if err := b.readWorkbook(parts, count); err != nil {
		return err
	}
	for _, s := range b.Sheets {
		delete(parts, s.part.Name)
		if err := s.measure(count); err != nil {
			return err
		}
	}
	for _, f := range parts {
		if err := count.drain(f); err != nil {
			return err
		}
	}
	return nil
}

// listParts returns the entries by name. Names that lead out of the package,
// two entries of one name and what is no workbook are refused.
func (b *Book) listParts() (map[string]*zip.File, error) {
	parts := map[string]*zip.File{}
	for _, f := range b.zip.File {
		name := f.Name
		if strings.HasSuffix(name, "/") {
			continue
		}
		if strings.Contains(name, `\`) || path.IsAbs(name) || path.Clean(name) != name || strings.HasPrefix(name, "../") {
			return nil, fmt.Errorf("the entry name %q", name)
		}
		if parts[name] != nil {
			return nil, fmt.Errorf("two entries %q", name)
		}
		if f.Flags&1 != 0 {
			return nil, core.Fail(core.Invalid, "sheet.encrypted")
		}
		parts[name] = f
	}
	switch {
	case parts["xl/workbook.bin"] != nil, parts["mimetype"] != nil:
		return nil, core.Fail(core.Invalid, "sheet.old_xls")
	case parts["xl/vbaProject.bin"] != nil:
		return nil, core.Fail(core.Invalid, "sheet.macros")
	case parts["[Content_Types].xml"] == nil || parts["_rels/.rels"] == nil:
		return nil, core.Fail(core.Invalid, "sheet.not_workbook")
	}
	return parts, nil
}

// A budget counts the bytes that come out of a package.
type budget struct {
	ctx   context.Context
	left  int64
	ratio int64
}

// A counted reads one entry on a budget.
type counted struct {
	io.ReadCloser
	of     *budget
	read   int64
	packed int64
}

func (c *counted) Read(p []byte) (int, error) {
	if err := c.of.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.ReadCloser.Read(p)
	c.read += int64(n)
	c.of.left -= int64(n)
	if c.of.left < 0 || c.read > 1<<20 && c.read/max(c.packed, 1) > c.of.ratio {
		return 0, errBomb
	}
	return n, err
}

func (u *budget) open(f *zip.File) (io.ReadCloser, error) {
	if f.Method != zip.Store && f.Method != zip.Deflate {
		return nil, fmt.Errorf("packed by method %d", f.Method)
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	return &counted{ReadCloser: r, of: u, packed: int64(f.CompressedSize64)}, nil
}

// drain unpacks an entry to nowhere.
func (u *budget) drain(f *zip.File) error {
	r, err := u.open(f)
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err = io.Copy(io.Discard, r); errors.Is(err, zip.ErrChecksum) {
		return nil // a picture of which a byte has rotted says nothing about the rows
	}
	return err
}

// unpack decodes a small part into v.
func (u *budget) unpack(f *zip.File, v any) error {
	if f == nil {
		return core.Fail(core.Invalid, "sheet.not_workbook")
	}
	r, err := u.open(f)
	if err != nil {
		return err
	}
	defer r.Close()
	const most = 4 << 20
	d := xml.NewDecoder(io.LimitReader(r, most))
	if err := d.Decode(v); err != nil {
		return err
	}
	for { // what follows must be sound too, because Refused reads it
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

type relations struct {
	Relationship []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
		Mode   string `xml:"TargetMode,attr"`
	}
}

// target returns the part that a relation of a part in folder dir leads to.
func target(dir, to string) string {
	if strings.HasPrefix(to, "/") {
		return path.Clean(to[1:])
	}
	return path.Join(dir, to)
}

type workbook struct {
	Pr struct {
		Date1904 string `xml:"date1904,attr"`
	} `xml:"workbookPr"`
	Sheets []struct {
		Name  string `xml:"name,attr"`
		State string `xml:"state,attr"`
		ID    string `xml:"id,attr"` // r:id; sheetId has another name
	} `xml:"sheets>sheet"`
}

// readWorkbook fills Sheets and the shared texts.
func (b *Book) readWorkbook(parts map[string]*zip.File, count *budget) error {
	var top, rels relations
	var wb workbook
	if err := count.unpack(parts["_rels/.rels"], &top); err != nil {
		return err
	}
	main := ""
	for _, r := range top.Relationship {
		if strings.HasSuffix(r.Type, "/officeDocument") {
			main = target("", r.Target)
		}
	}
	if err := count.unpack(parts[main], &wb); err != nil {
		return err
	}
	dir := path.Dir(main)
	if err := count.unpack(parts[path.Join(dir, "_rels", path.Base(main)+".rels")], &rels); err != nil {
		return err
	}
	delete(parts, main)
	b.Date1904 = wb.Pr.Date1904 == "1" || wb.Pr.Date1904 == "true"
	byID := map[string]*zip.File{}
	for _, r := range rels.Relationship {
		f := parts[target(dir, r.Target)]
		switch {
		case f == nil || r.Mode == "External":
		case strings.HasSuffix(r.Type, "/worksheet"):
			byID[r.ID] = f
		case strings.HasSuffix(r.Type, "/sharedStrings"):
			delete(parts, f.Name)
			if err := b.readTexts(f, count); err != nil {
				return err
			}
		}
	}
	used := map[*zip.File]bool{}
	for _, s := range wb.Sheets {
		if f := byID[s.ID]; f != nil && !used[f] { // a chart sheet has no rows
			used[f] = true
			b.Sheets = append(b.Sheets, &Sheet{Name: s.Name, Hidden: s.State != "" && s.State != "visible", book: b, part: f})
		}
	}
	return nil
}
