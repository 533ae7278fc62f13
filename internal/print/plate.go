package print

import (
	"time"
)

// A Plate is what stands on the plate and the badge of a post, as it is printed.
type Plate struct {
	Seal       string // 示范岗
	Enterprise string
	Title      string
	Place      string
	Promise    string
	Holder     string // "" where the person did not agree
	Scan       string // what the code is for
	Facts      [][2]string
	Number     string
	Until      string
	Address    string // of the public page
}

// A Size is a shape of a plate.
type Size string

// The sizes: a page each, four to a page, ten to a page.
const (
	A4    Size = "a4"
	A6    Size = "a6"
	Badge Size = "badge"
)

// Sizes lists the sizes in the order in which they are offered.
var Sizes = []Size{A4, A6, Badge}

// Plates returns a file of plates with cut marks. A character that the font
// lacks is core.Invalid.
func Plates(title string, now time.Time, size Size, all []Plate) ([]byte, error) {
	for _, p := range all {
		texts := []string{p.Seal, p.Enterprise, p.Title, p.Place, p.Promise, p.Holder, p.Scan, p.Number, p.Until}
		for _, f := range p.Facts {
			texts = append(texts, f[0], f[1])
		}
		if err := lacking(texts...); err != nil {
			return nil, err
		}
	}
	d, err := New(title, now)
	if err != nil {
		return nil, err
	}
	for i, p := range all {
		switch size {
		case A6:
			if i%4 == 0 {
				d.AddPage()
			}
			x, y := 6+float64(i%2)*103, 9+float64(i/2%2)*143
			d.cut(x, y, 95, 136)
			err = d.plate(p, x, y, 95, 136)
		case Badge:
			if i%10 == 0 {
				d.AddPage()
			}
			x, y := 11+float64(i%2)*98, 8+float64(i/2%5)*57
			d.cut(x, y, 90, 52)
			err = d.badge(p, x, y, 90, 52)
		default:
			d.AddPage()
			d.cut(6, 6, 198, 285)
			err = d.plate(p, 6, 6, 198, 285)
		}
		if err != nil {
			return nil, err
		}
	}
	return d.Bytes()
}

// plate draws one plate, wall or desk, into a rectangle.
func (d Doc) plate(p Plate, x, y, w, h float64) error {
	u := w / 198 // of the wall plate
	pt := func(n float64) float64 { return max(n*u, 6) }
	left, width := x+20*u, w-40*u
	d.SetFillColor(red[0], red[1], red[2])
	d.Rect(x, y, w, 3*u, "F")
	at := y + 32*u
	d.put(left, at, pt(20), ink, p.Enterprise)
	d.seal(left, at+16*u, pt(54), u, p.Seal)
	at += 62 * u
	for _, line := range d.wrap(p.Title, pt(36), width) {
		d.put(left, at, pt(36), ink, line)
		at += 16 * u
	}
	at -= 2 * u
	for _, line := range d.wrap(p.Place, pt(17), width) {
		d.put(left, at, pt(17), quiet, line)
		at += 9 * u
	}
	d.rule(left, at, width, 0.5*u)
	at += 16 * u
	for _, line := range d.wrap(p.Promise, pt(28), width) {
		d.put(left, at, pt(28), ink, line)
		at += 14 * u
	}
	if p.Holder != "" {
		d.put(left, at, pt(18), quiet, p.Holder)
	}
	foot := y + h - 62*u
	d.rule(left, foot, width, 0.2*u)
	side := 50 * u
	if err := d.qr(left-4*u, foot+5*u, side, p.Address); err != nil {
		return err
	}
	col := left + side + 3*u
	d.put(col, foot+14*u, pt(15), ink, p.Scan)
	for i, f := range p.Facts {
		fy := foot + (23+float64(i)*7.5)*u
		d.put(col, fy, pt(11), quiet, f[0])
		d.put(col+24*u, fy, pt(11), ink, f[1])
	}
	return d.Error()
}

// badge draws what a person wears.
func (d Doc) badge(p Plate, x, y, w, h float64) error {
	d.SetFillColor(red[0], red[1], red[2])
	d.Rect(x, y, w, 2, "F")
	width := w - 38
	d.put(x+5, y+9, 8, quiet, first(d.wrap(p.Enterprise, 8, width)))
	at := y + 22
	if p.Holder != "" {
		d.put(x+5, at, 19, ink, first(d.wrap(p.Holder, 19, width)))
		at += 7
	}
	for i, line := range d.wrap(p.Title, 10, width) {
		if i < 2 {
			d.put(x+5, at, 10, ink, line)
		}
		at += 5
	}
	d.seal(x+5, y+h-11, 11, 0.35, p.Seal)
	if err := d.qr(x+w-33, y+3, 31, p.Address); err != nil {
		return err
	}
	d.put(x+w-31, y+h-9, 7, quiet, p.Number)
	d.put(x+w-31, y+h-5, 7, quiet, p.Until)
	return d.Error()
}

// seal draws the framed words at a corner; size in points.
func (d Doc) seal(x, y, size, u float64, words string) {
	d.SetFontSize(size)
	w, h := d.GetStringWidth(words), size*0.3528
	d.SetDrawColor(red[0], red[1], red[2])
	d.SetLineWidth(max(1*u, 0.3))
	d.Rect(x, y, w+h*0.6, h*1.45, "D")
	d.put(x+h*0.3, y+h*1.08, size, red, words)
}

func (d Doc) rule(x, y, w, thick float64) {
	d.SetDrawColor(ink[0], ink[1], ink[2])
	d.SetLineWidth(max(thick, 0.1))
	d.Line(x, y, x+w, y)
}

func first(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[0]
}
