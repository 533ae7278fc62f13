package core

// A Page asks for part of a list: Number counts from 1, Size rows each.
type Page struct{ Number, Size int }

// PageSize is how many rows a list shows unless told.
const PageSize = 20

// Clean returns the page with a sensible number (at least 1) and size (1–200).
func (p Page) Clean() Page {
	if p.Size < 1 {
		p.Size = PageSize
	}
	return Page{max(p.Number, 1), min(p.Size, 200)}
}

// Offset returns how many rows stand before the page.
func (p Page) Offset() int { return (p.Number - 1) * p.Size }

// Lang is one of the three languages, as a BCP 47 tag.
type Lang string

// The languages.
const (
	Hans Lang = "zh-Hans"
	Hant Lang = "zh-Hant"
	En   Lang = "en"
)
