// Package print makes PDF files: Chinese text in a font of its own, QR codes and
// cut marks. What is printed is told by the caller in the words of a language.
package print

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"rsc.io/qr"

	"tongpin/internal/core"
)

//go:embed font/NotoSansSC.ttf.gz
var fontGz []byte

//go:embed font/chars.txt
var fontChars string

var font = sync.OnceValues(func() ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(fontGz))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
})

var glyphs = sync.OnceValue(func() map[rune]bool {
	all := make(map[rune]bool, len(fontChars)/3)
	for _, r := range fontChars {
		all[r] = true
	}
	return all
})

// Missing returns the characters of texts that the font lacks, each once, in
// the order in which they come; "" for none.
func Missing(texts ...string) string {
	var b strings.Builder
	for _, text := range texts {
		for _, r := range text {
			if !glyphs()[r] && !unicode.IsControl(r) && !strings.ContainsRune(b.String(), r) {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// lacking is core.Invalid with the characters that cannot be printed.
func lacking(texts ...string) error {
	if s := Missing(texts...); s != "" {
		return core.Fail(core.Invalid, "print.missing", s)
	}
	return nil
}

// A Doc is a PDF file in the making. Measures are millimetres.
type Doc struct{ *fpdf.Fpdf }

// New returns an empty file of upright A4 pages that says when it was made.
func New(title string, now time.Time) (Doc, error) {
	b, err := font()
	if err != nil {
		return Doc{}, err
	}
	f := fpdf.New("P", "mm", "A4", "")
	f.SetAutoPageBreak(false, 0)
	f.SetMargins(0, 0, 0)
	f.SetTitle(title, true)
	f.SetCreationDate(now)
	f.SetModificationDate(now)
	f.SetCatalogSort(true)
	f.AddUTF8FontFromBytes("sc", "", b)
	f.SetFont("sc", "", 10)
	return Doc{f}, f.Error()
}

// Bytes ends the file and returns it.
func (d Doc) Bytes() ([]byte, error) {
	var b bytes.Buffer
	err := d.Output(&b)
	return b.Bytes(), err
}

// The colours: ink, a quieter ink, and the red of the seal, which prints as a
// clear grey.
var (
	ink   = [3]int{28, 25, 23}
	quiet = [3]int{87, 83, 78}
	red   = [3]int{142, 31, 26}
)

// put writes one line with its base at y; size is in points.
func (d Doc) put(x, y, size float64, colour [3]int, text string) {
	d.SetFontSize(size)
	d.SetTextColor(colour[0], colour[1], colour[2])
	d.Text(x, y, text)
}

// wrap breaks a text into lines no wider than width: Chinese between any two
// characters but not before a closing mark, Latin between words.
func (d Doc) wrap(text string, size, width float64) []string {
	d.SetFontSize(size)
	var lines []string
	line, last := "", -1 // last is where Latin may break
	for _, r := range text {
		if r == ' ' {
			last = len(line)
		} else if r > 0x2e7f && !strings.ContainsRune("，。、；：！？）》」』”’％", r) {
			last = len(line)
		}
		if line+string(r) != " " && d.GetStringWidth(line+string(r)) > width && line != "" {
			cut := len(line)
			if last > 0 {
				cut = last
			}
			rest := strings.TrimLeft(line[cut:], " ")
			lines = append(lines, strings.TrimRight(line[:cut], " "))
			line, last = rest, -1
		}
		if r != ' ' || line != "" {
			line += string(r)
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// qr draws the code of an address as a square with sides of side, its quiet
// zone of four modules included, black on white.
func (d Doc) qr(x, y, side float64, address string) error {
	code, err := qr.Encode(address, qr.M)
	if err != nil {
		return err
	}
	m := side / float64(code.Size+8)
	d.SetFillColor(0, 0, 0)
	for row := range code.Size {
		for col := 0; col < code.Size; col++ {
			from := col
			for col < code.Size && code.Black(col, row) {
				col++
			}
			if col > from {
				d.Rect(x+m*float64(from+4), y+m*float64(row+4), m*float64(col-from), m, "F")
			}
		}
	}
	return nil
}

// cut marks the corners of a piece to be cut out, outside of it.
func (d Doc) cut(x, y, w, h float64) {
	const gap, long = 1, 4
	d.SetDrawColor(120, 120, 120)
	d.SetLineWidth(0.1)
	for _, cx := range []float64{x, x + w} {
		d.Line(cx, y-gap, cx, y-gap-long)
		d.Line(cx, y+h+gap, cx, y+h+gap+long)
	}
	for _, cy := range []float64{y, y + h} {
		d.Line(x-gap, cy, x-gap-long, cy)
		d.Line(x+w+gap, cy, x+w+gap+long, cy)
	}
}
