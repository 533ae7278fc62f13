package ical

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	other "github.com/arran4/golang-ical"

	"tongpin/internal/core"
)

var stamp = time.Date(2026, 11, 20, 8, 0, 0, 0, time.FixedZone("Shanghai", 8*3600))

func event(summary string) Event {
	return Event{
		UID: "clock-0AMJRZJ866014@tongpin", On: core.NewDate(2026, 12, 31), Summary: summary, Text: "一、\n二；", Category: "任期",
		URL: "https://tongpin.example/clocks/0AMJRZJ866014", Status: Tentative, Sequence: 1, Stamp: stamp,
	}
}

// Another library reads back what was written, whatever the text holds.
func TestAnotherLibraryReadsIt(t *testing.T) {
	for _, summary := range []string{
		"换届：保税港务党支部", `a;b,c\d:e"f`, strings.Repeat("长", 200), strings.Repeat("a中", 100), "x\r\nBEGIN:VEVENT\r\nUID:evil", "x\u2028y\x00z\u0085", "é́́", "", `\n\\n`,
	} {
		b := Calendar{Name: "同频：时限", Lang: core.Hans, Events: []Event{event(summary), event("second")}}.Write()
		for _, line := range bytes.SplitAfter(b, []byte("\r\n")) {
			text := bytes.TrimSuffix(line, []byte("\r\n"))
			if len(text) > 75 || !utf8.Valid(text) || bytes.ContainsAny(text, "\r\n\x00") || len(line) > 0 && len(text) == len(line) {
				t.Errorf("%q: a line of %d octets: %q", summary, len(text), line)
			}
		}
		c, err := other.ParseCalendar(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%q: %v\n%s", summary, err, b)
		}
		if len(c.Events()) != 2 {
			t.Fatalf("%q: %d events", summary, len(c.Events()))
		}
		e := c.Events()[0]
		want := strings.NewReplacer("\r\n", "\n", "\u2028", "", "\x00", "", "\u0085", "").Replace(summary)
		for p, want := range map[other.ComponentProperty]string{
			other.ComponentPropertySummary: want, other.ComponentPropertyDescription: "一、\n二；", other.ComponentPropertyUniqueId: "clock-0AMJRZJ866014@tongpin",
			other.ComponentPropertyDtStart: "20261231", other.ComponentPropertyDtEnd: "20270101", other.ComponentPropertyStatus: "TENTATIVE",
			other.ComponentPropertySequence: "1", other.ComponentPropertyDtstamp: "20261120T000000Z", other.ComponentPropertyUrl: "https://tongpin.example/clocks/0AMJRZJ866014",
		} {
			got := e.GetProperty(p)
			if got == nil || other.FromText(got.Value) != want && got.Value != want {
				t.Errorf("%q: %s is %+v, want %q", summary, p, got, want)
			}
		}
		if kind := e.GetProperty(other.ComponentPropertyDtStart).ICalParameters["VALUE"]; len(kind) != 1 || kind[0] != "DATE" {
			t.Errorf("DTSTART is of %v", kind)
		}
	}
}

func TestAFeedSaysWhenToComeAgain(t *testing.T) {
	b := string(Calendar{Name: "a,b", Lang: core.En}.Write())
	for _, want := range []string{"METHOD:PUBLISH\r\n", "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n", "X-PUBLISHED-TTL:PT1H\r\n", `NAME:a\,b` + "\r\n", "PRODID:-//Tongpin//Deadlines//EN\r\n"} {
		if !strings.Contains(b, want) {
			t.Errorf("no %q in %s", want, b)
		}
	}
	if !strings.HasPrefix(b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") || !strings.HasSuffix(b, "END:VCALENDAR\r\n") {
		t.Error(b)
	}
}
