package web

import (
	"fmt"
	"strings"

	"tongpin/internal/figure"
)

// A CoverageMap draws one square for each enterprise in operation, by street or
// building. It needs no ground plan: shape tells the classes apart in print.
type CoverageMap struct {
	Title  string
	Blocks []MapBlock
	Key    []MapKey
	Left   string // how many are not drawn
	Note   string
}

// A MapBlock is a street or building.
type MapBlock struct {
	Name   Link
	Size   string
	Says   string // read aloud
	Box    string // the viewBox
	Shapes []Shape
}

// A Shape is the squares of one class, drawn in one path.
type Shape struct{ Class, Path string }

// A MapKey explains a class and counts it.
type MapKey struct {
	Shapes []Shape
	Text   string
}

// shapes are the classes of squares in the order of figure.Tiles: how they are
// named in the stylesheet and drawn from their corner.
var shapes = []struct{ class, square, inner string }{
	{"a", "h11v11h-11z", ""},
	{"b", "h11v11h-11z", ""},
	{"c", "h10v10h-10z", "h3v3h-3z"}, // a square with a dot in it
	{"d", "h10v10h-10z", ""},
	{"e", "h10v10h-10zm0,5l5-5m-5,10l10-10m-5,10l5-5", ""}, // hatched
}

// side is the room that one square takes, in units of the picture.
const side = 14

// columnsOf returns how many squares stand in a row: the more there are, the
// smaller they are drawn.
func columnsOf(m figure.Map) int {
	most := 0
	for _, b := range m.Blocks {
		most = max(most, b.Size())
	}
	switch {
	case most > 520:
		return 39
	case most > 130:
		return 26
	}
	return 13
}

func (s Shell) coverageMap(a ask, c figure.Coverage) CoverageMap {
	name := c.AtName
	if name == "" {
		name = s.say(c.AtTitle)
	}
	m := CoverageMap{Title: s.T("coverage.map", name), Note: s.T("coverage.map.note")}
	columns := columnsOf(c.Map)
	for _, b := range c.Map.Blocks {
		block := MapBlock{Name: Link{Text: b.Name}, Size: s.N(b.Size()), Shapes: squares(b.Counts, columns)}
		if b.Name == "" {
			block.Name.Text = s.say(b.Title)
		}
		if b.Key.Kind != "" && a.At == (figure.Key{}) {
			block.Name.Href = a.rows(b.Key, figure.ShowOperating)
		}
		block.Box = fmt.Sprintf("0,0,%d,%d", columns*side, (b.Size()+columns-1)/columns*side)
		block.Says = s.T("coverage.map.says", block.Name.Text, b.Counts[0], b.Counts[1], b.Counts[2], b.Counts[3], b.Counts[4])
		m.Blocks = append(m.Blocks, block)
	}
	for i, tile := range figure.Tiles {
		m.Key = append(m.Key, MapKey{Shapes: sample(i), Text: s.T("figure.tile."+tile) + " " + s.N(c.Map.Counts[i])})
	}
	if c.Map.Left > 0 {
		m.Left = s.T("coverage.map.left", c.Map.Left)
	}
	return m
}

// squares draws the classes one after the other, row by row.
func squares(counts [5]int, columns int) []Shape {
	var out []Shape
	at := 0
	for i, n := range counts {
		if n == 0 {
			continue
		}
		outline := shapes[i].square[1:3] == "10" // drawn by its line, half a unit inside
		var path, inner strings.Builder
		for k := range n {
			x, y := (at+k)%columns*side+1, (at+k)/columns*side+1
			if outline {
				fmt.Fprintf(&path, "M%d.5 %d.5%s", x, y, shapes[i].square)
			} else {
				fmt.Fprintf(&path, "M%d %d%s", x, y, shapes[i].square)
			}
			if shapes[i].inner != "" {
				fmt.Fprintf(&inner, "M%d %d%s", x+4, y+4, shapes[i].inner)
			}
		}
		out = append(out, Shape{shapes[i].class, path.String()})
		if inner.Len() > 0 {
			out = append(out, Shape{shapes[i].class + "2", inner.String()})
		}
		at += n
	}
	return out
}

// sample draws one square of a class, for the key.
func sample(i int) []Shape {
	all := []Shape{{shapes[i].class, "M.5.5" + shapes[i].square}}
	if shapes[i].inner != "" {
		all = append(all, Shape{shapes[i].class + "2", "M4 4" + shapes[i].inner})
	}
	return all
}
