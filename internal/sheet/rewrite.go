package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
)

// rewrite copies the workbook part by part and changes only what the removed
// rows touch: the sheet itself, the shared texts (those of removed rows become
// empty), comments at places that have moved, and the order of calculation.
func (r *refusedBook) rewrite(w io.Writer) error {
	b := r.t.Sheet.book
	l := b.limits
	count := &budget{ctx: context.Background(), left: 4 * l.Unzipped, ratio: l.Ratio}
	sheetRels := relsOf(r.t.Sheet.part.Name)
	gone, err := r.stale(count, sheetRels)
	if err != nil {
		return err
	}
	used, err := r.textsInUse(count)
	if err != nil {
		return err
	}
	out := zip.NewWriter(w)
	for _, f := range b.zip.File {
		var change func(*xmlReader, *bufio.Writer) error
		switch {
		case gone[f.Name]:
			continue
		case f.Name == r.t.Sheet.part.Name:
			change = r.rewriteSheet
		case strings.EqualFold(path.Base(f.Name), "sharedStrings.xml"):
			change = func(x *xmlReader, w *bufio.Writer) error { return rewriteTexts(x, w, used) }
		case f.Name == "[Content_Types].xml":
			change = func(x *xmlReader, w *bufio.Writer) error {
				return without(x, w, func() bool { n, _ := x.attr("PartName"); return gone[strings.TrimPrefix(n, "/")] })
			}
		case strings.HasSuffix(f.Name, ".rels"):
			dir := path.Dir(path.Dir(f.Name))
			change = func(x *xmlReader, w *bufio.Writer) error {
				return without(x, w, func() bool { to, ok := x.attr("Target"); return ok && gone[target(dir, to)] })
			}
		default:
			if err := out.Copy(f); err != nil {
				return err
			}
			continue
		}
		if err := rewritePart(count, f, out, l, change); err != nil {
			return err
		}
	}
	return out.Close()
}

func rewritePart(count *budget, f *zip.File, out *zip.Writer, l Limits, change func(*xmlReader, *bufio.Writer) error) error {
	in, err := count.open(f)
	if err != nil {
		return err
	}
	defer in.Close()
	part, err := out.Create(f.Name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(part)
	_, _ = w.WriteString(xml.Header)
	if err := change(newXMLReader(in, l.CellLength*12), w); err != nil {
		return err
	}
	return w.Flush()
}

func relsOf(name string) string {
	return path.Join(path.Dir(name), "_rels", path.Base(name)+".rels")
}

// stale returns the parts that speak of cells by their place: comments of the
// sheet and the order of calculation.
func (r *refusedBook) stale(count *budget, sheetRels string) (map[string]bool, error) {
	gone := map[string]bool{}
	for _, f := range r.t.Sheet.book.zip.File {
		if path.Base(f.Name) == "calcChain.xml" {
			gone[f.Name] = true
		}
		if f.Name != sheetRels {
			continue
		}
		var rels relations
		if err := count.unpack(f, &rels); err != nil {
			return nil, err
		}
		for _, rel := range rels.Relationship {
			switch path.Base(rel.Type) {
			case "comments", "vmlDrawing", "threadedComment":
				gone[target(path.Dir(r.t.Sheet.part.Name), rel.Target)] = true
			}
		}
	}
	return gone, nil
}

// textsInUse returns the shared texts that the other sheets use.
func (r *refusedBook) textsInUse(count *budget) (map[int]bool, error) {
	used := map[int]bool{}
	for _, s := range r.t.Sheet.book.Sheets {
		if s == r.t.Sheet {
			continue
		}
		if err := s.textsInUse(count, used); err != nil {
			return nil, err
		}
	}
	return used, nil
}

func (s *Sheet) textsInUse(count *budget, used map[int]bool) error {
	in, err := count.open(s.part)
	if err != nil {
		return err
	}
	defer in.Close()
	x := newXMLReader(in, s.book.limits.CellLength*12)
	shared, value := false, false
	for {
		k, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case k == startTag && string(x.name) == "c":
			t, _ := x.attr("t")
			shared = t == "s"
		case k == startTag:
			value = shared && string(x.name) == "v"
		case k == endTag:
			value = false
		case value:
			if i, err := strconv.Atoi(strings.TrimSpace(string(x.text))); err == nil {
				used[i] = true
			}
		}
	}
}

// copyTokens copies a part tag by tag; start may take an element over and says
// so, having read it to its end.
func copyTokens(x *xmlReader, w *bufio.Writer, start func() (bool, error)) error {
	for {
		k, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if k == startTag {
			done, err := start()
			if err != nil {
				return err
			}
			if done {
				continue
			}
		}
		if k == endTag && !bytes.HasPrefix(x.raw, []byte("</")) {
			continue // the end of <x/>
		}
		_, _ = w.Write(x.raw)
	}
}

// without leaves out the elements for which gone is true.
func without(x *xmlReader, w *bufio.Writer, gone func() bool) error {
	return copyTokens(x, w, func() (bool, error) {
		if !gone() {
			return false, nil
		}
		return true, x.skip()
	})
}

// rewriteTexts empties the shared texts that nothing uses; their numbers stay.
func rewriteTexts(x *xmlReader, w *bufio.Writer, used map[int]bool) error {
	n := -1
	return copyTokens(x, w, func() (bool, error) {
		if string(x.name) != "si" {
			return false, nil
		}
		if n++; used[n] {
			return false, nil
		}
		p := prefix(x)
		_, _ = w.WriteString("<" + p + "si><" + p + "t/></" + p + "si>")
		return true, x.skip()
	})
}

// prefix returns the prefix of the tag just given, with its colon.
func prefix(x *xmlReader) string {
	b := x.raw[1:]
	if i := bytes.IndexAny(b, " \t\r\n/>"); i >= 0 {
		b = b[:i]
	}
	if i := bytes.IndexByte(b, ':'); i >= 0 {
		return string(b[:i+1])
	}
	return ""
}

// rewriteSheet copies the sheet with the rows of r in place of its own.
// Everything that points at single rows goes.
func (r *refusedBook) rewriteSheet(x *xmlReader, w *bufio.Writer) error {
	return copyTokens(x, w, func() (bool, error) {
		switch string(x.name) {
		case "dimension", "autoFilter", "sortState", "hyperlinks", "legacyDrawing", "rowBreaks", "customSheetViews", "ignoredErrors", "protectedRanges":
			return true, x.skip()
		case "mergeCells":
			return true, r.keepMerges(x, w)
		case "sheetData":
			p := prefix(x)
			_, _ = w.WriteString("<" + p + "sheetData>")
			if err := r.rows(func(row int, line []Cell, reason string) error { return r.writeRow(w, p, row, line, reason) }); err != nil {
				return true, err
			}
			_, _ = w.WriteString("</" + p + "sheetData>")
			return true, x.skip()
		}
		return false, nil
	})
}

// keepMerges writes the merged ranges of the titles and the header. Those among
// the rows have given their value to each row.
func (r *refusedBook) keepMerges(x *xmlReader, w *bufio.Writer) error {
	p := prefix(x)
	var kept []string
	for depth := 1; depth > 0; {
		k, err := x.next()
		if err != nil {
			return noEOF(err)
		}
		switch k {
		case startTag:
			depth++
			if m, ok := parseRange(x); ok && m.row2 < r.t.Header.Row+r.t.Header.Depth {
				ref, _ := x.attr("ref")
				kept = append(kept, "<"+p+`mergeCell ref="`+ref+`"/>`)
			}
		case endTag:
			depth--
		}
	}
	if len(kept) > 0 {
		_, _ = w.WriteString("<" + p + `mergeCells count="` + strconv.Itoa(len(kept)) + `">` + strings.Join(kept, "") + "</" + p + "mergeCells>")
	}
	return nil
}

// writeRow writes the cells with their looks and without formulas; numbers stay
// numbers and everything else is a text.
func (r *refusedBook) writeRow(w *bufio.Writer, p string, row int, line []Cell, reason string) error {
	_, _ = w.WriteString("<" + p + `row r="` + strconv.Itoa(row) + `">`)
	for i, c := range line {
		switch {
		case i == r.col && row >= r.t.Header.Row:
			continue
		case i > r.col && reason != "":
			writeText(w, p, at(r.col, row), 0, reason)
			reason = ""
		}
		switch {
		case c.Raw == "" && c.style == 0:
		case c.Raw == "":
			_, _ = w.WriteString("<" + p + `c r="` + at(i, row) + `" s="` + strconv.Itoa(int(c.style)) + `"/>`)
		case c.Numeric:
			_, _ = w.WriteString("<" + p + `c r="` + at(i, row) + `" s="` + strconv.Itoa(int(c.style)) + `"><` + p + "v>")
			if err := xml.EscapeText(w, []byte(c.Raw)); err != nil {
				return err
			}
			_, _ = w.WriteString("</" + p + "v></" + p + "c>")
		default:
			writeText(w, p, at(i, row), int(c.style), c.Raw)
		}
	}
	if reason != "" {
		writeText(w, p, at(r.col, row), 0, reason)
	}
	_, err := w.WriteString("</" + p + "row>")
	return err
}

func writeText(w *bufio.Writer, p, place string, style int, s string) {
	_, _ = w.WriteString("<" + p + `c r="` + place + `" s="` + strconv.Itoa(style) + `" t="inlineStr"><` + p + "is><" + p + `t xml:space="preserve">`)
	_ = xml.EscapeText(w, []byte(encode(s)))
	_, _ = w.WriteString("</" + p + "t></" + p + "is></" + p + "c>")
}

// encode protects what decode would take for an escape.
func encode(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if s[i] == '_' && isEscape(s[i:]) {
			b.WriteString("_x005F")
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// isEscape reports whether s begins like _x000D_.
func isEscape(s string) bool {
	if len(s) < 7 || s[1] != 'x' || s[6] != '_' {
		return false
	}
	_, err := strconv.ParseUint(s[2:6], 16, 16)
	return err == nil
}
