package privacy

import "strings"

// Left is left, for the test of copies.
var Left = left

// Queries is the text of every query of a copy.
func Queries() string {
	var all strings.Builder
	for _, p := range copied {
		all.WriteString(p.query + " ")
	}
	return all.String()
}
