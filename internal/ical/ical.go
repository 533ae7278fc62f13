// Package ical writes calendars of whole days as RFC 5545 and RFC 7986 have
// them: lines of 75 octets at most, CRLF, text escaped. It is pure.
package ical

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tongpin/internal/core"
)

// A Calendar is a feed that programs fetch again every hour.
type Calendar struct {
	Name   string
	Lang   core.Lang
	Events []Event
}

// A Status is what stands behind STATUS.
type Status string

// The states of an event.
const (
	Confirmed Status = "CONFIRMED"
	Tentative Status = "TENTATIVE"
	Cancelled Status = "CANCELLED"
)

// An Event is one day with something due.
type Event struct {
	UID      string // stable, letters, digits, - and @
	On       core.Date
	Summary  string
	Text     string
	Category string
	URL      string // or ""
	Status   Status
	Sequence int       // rises with each change
	Stamp    time.Time // of the last change
}

// octets is the longest line, without its CRLF.
const octets = 75

// Write returns the calendar. The same calendar gives the same bytes.
func (c Calendar) Write() []byte {
	var w writer
	w.line("BEGIN", "VCALENDAR")
	w.line("VERSION", "2.0")
	w.line("PRODID", "-//Tongpin//Deadlines//"+strings.ToUpper(string(c.Lang)))
	w.line("CALSCALE", "GREGORIAN")
	w.line("METHOD", "PUBLISH")
	w.line("NAME", escape(c.Name))
	w.line("X-WR-CALNAME", escape(c.Name))
	w.line("REFRESH-INTERVAL;VALUE=DURATION", "PT1H")
	w.line("X-PUBLISHED-TTL", "PT1H")
	for _, e := range c.Events {
		w.event(e)
	}
	w.line("END", "VCALENDAR")
	return []byte(w.String())
}

type writer struct{ strings.Builder }

func (w *writer) event(e Event) {
	w.line("BEGIN", "VEVENT")
	w.line("UID", e.UID)
	w.line("DTSTAMP", e.Stamp.UTC().Format("20060102T150405Z"))
	w.line("LAST-MODIFIED", e.Stamp.UTC().Format("20060102T150405Z"))
	w.line("SEQUENCE", strconv.Itoa(e.Sequence))
	w.line("DTSTART;VALUE=DATE", day(e.On))
	w.line("DTEND;VALUE=DATE", day(e.On.AddDays(1)))
	w.line("SUMMARY", escape(e.Summary))
	w.line("DESCRIPTION", escape(e.Text))
	w.line("CATEGORIES", escape(e.Category))
	if e.URL != "" {
		w.line("URL", strings.Map(visible, e.URL))
	}
	w.line("STATUS", string(e.Status))
	w.line("TRANSP", "TRANSPARENT")
	w.line("END", "VEVENT")
}

// line writes a property, folded between characters, never inside one.
func (w *writer) line(name, value string) {
	s, room := name+":"+value, octets
	for len(s) > room {
		n := room
		for !utf8.RuneStart(s[n]) {
			n--
		}
		w.WriteString(s[:n] + "\r\n ")
		s, room = s[n:], octets-1
	}
	w.WriteString(s + "\r\n")
}

func day(d core.Date) string { return strings.ReplaceAll(d.String(), "-", "") }

var escaper = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\r", `\n`, "\n", `\n`)

// escape writes text so that nothing in it ends the line or begins a property.
func escape(s string) string {
	return strings.Map(visible, escaper.Replace(strings.ToValidUTF8(s, "")))
}

// visible drops control characters and the separators that some programs take
// for ends of lines.
func visible(r rune) rune {
	if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' {
		return -1
	}
	return r
}
