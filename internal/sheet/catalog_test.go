package sheet_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"tongpin/internal/sheet"
	"tongpin/internal/text"
)

func TestEveryKeyHasItsSentence(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	key := regexp.MustCompile(`"(sheet\.[a-z_.]+)"`)
	seen := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		src, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(src), -1) {
			seen++
			if !text.Has(m[1]) {
				t.Errorf("%s: no sentence for %s", f.Name(), m[1])
			}
		}
	}
	if seen < 20 {
		t.Errorf("found %d keys only", seen)
	}
	for _, c := range []sheet.Confidence{sheet.Given, sheet.Exact, sheet.Synonym, sheet.Fuzzy, sheet.None} {
		if !text.Has("sheet.match." + string(c)) {
			t.Errorf("no words for %s", c)
		}
	}
}

func TestEveryProblemHasItsSentence(t *testing.T) {
	for _, code := range strings.Fields(`name.missing name.invalid name.duplicate_in_file id_number.checksum id_number.format id_number.digits_lost
		id_number.duplicate_in_file date.unreadable date.in_future joined_on.before_18 phone.invalid category.unknown type.unknown unit.unknown
		parent.unknown credit_code.checksum credit_code.digits_lost sex.differs_from_id_number cell.formula number.invalid text.too_long
		org.conflict membership.overlaps date.before_founding`) {
		if m := sheet.Problem(code).Msg("x"); !text.Has(m.Key) {
			t.Errorf("no sentence for %s", m.Key)
		}
	}
}

// TestOurOwnHeadingsAreKnown holds the words that exports and templates put
// into a header to the names by which importing finds the columns.
func TestOurOwnHeadingsAreKnown(t *testing.T) {
	for noun, known := range map[string][]sheet.Column{"org": sheet.OrgColumns, "member": sheet.MemberColumns} {
		for _, lang := range text.Langs {
			h := sheet.Header{Row: 1, Depth: 1}
			for _, c := range known {
				h.Names = append(h.Names, text.T(lang, "sheet."+noun+"."+c.Key))
			}
			for i, m := range h.Match(known) {
				if m.Key != known[i].Key || m.Confidence == sheet.Fuzzy {
					t.Errorf("%s %s: %q is taken for %q by %s", lang, noun, m.Heading, m.Key, m.Confidence)
				}
			}
			with := h
			with.Names = append(with.Names[:len(with.Names):len(with.Names)], text.T(lang, "sheet.errors"))
			if with.Fingerprint() != h.Fingerprint() || with.Match(known)[len(known)].Key != "" {
				t.Errorf("%s %s: the column of reasons must not count", lang, noun)
			}
		}
	}
}
