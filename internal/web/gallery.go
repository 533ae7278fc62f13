package web

import (
	"net/http"

	"tongpin/internal/core"
)

// A Samples page shows every component with its states, so that the browser
// tests see each of them. It is mounted for tests only.
type Samples struct {
	Shell
	Problems ErrorSummary
	Fields   []Field
	Tags     []Tag
	Seals    []Seal
	Tasks    Tasks
	Facts    Facts
	Filters  Chips
	Pivot    Chips
	Columns  []Column
	Rows     []SampleRow
	Pager    Pager
	Figures  Figures
	Notices  []Notice
	Empty    Empty
	Steps    Steps
	Counts   Counts
	Jobs     []Progress
	Trail    Trail
	Growth   Growth
	Note     Note
}

// A SampleRow is a row of the sample tree.
type SampleRow struct {
	Depth   int
	Name    string
	Fold    Fold
	HasFold bool
	Members string
	Rate    Rate
	Tag     Tag
}

var samplesPage = newPage[Samples]("gallery.html")

func (s *Server) gallery(w http.ResponseWriter, r *http.Request, v Viewer) error {
	sh := s.shell(r, v, "orgs", "gallery.title")
	sh.Lead = sh.T("gallery.lead")
	sh.Path = []Link{{sh.T("gallery.city"), "/gallery#1"}, {sh.T("gallery.park"), "/gallery#2"}, {Text: sh.Title}}
	sh.Flash = Notice{Kind: "info", Text: sh.T("gallery.flash"), Link: Link{sh.T("gallery.undo"), "/gallery#undo"}, Say: true}
	p := Samples{Shell: sh}
	p.forms(r, sh)
	p.marks(sh)
	p.lists(sh)
	p.work(sh)
	return samplesPage.write(w, http.StatusOK, p)
}

func (p *Samples) forms(r *http.Request, sh Shell) {
	var bad core.Fields
	bad.If(true, "idn", "gallery.idn.wrong")
	bad.If(true, "day", "gallery.day.wrong")
	bad.If(true, "elsewhere", "error.exists")
	name := sh.field(r, nil, "name", "gallery.name", "text")
	idn := sh.field(r, bad, "idn", "gallery.idn", "text")
	idn.Inputmode, idn.Value = "numeric", "32058219900101001"
	day := sh.field(r, bad, "day", "gallery.day", "date")
	day.Short, day.Value = true, "2027-06-24"
	kinds := []Option{{Value: "a", Text: sh.T("gallery.committee")}, {Value: "b", Text: sh.T("gallery.branch"), Chosen: true}}
	file := sh.field(r, nil, "file", "gallery.file", "file")
	file.Accept = ".xlsx"
	agree := sh.field(r, nil, "agree", "gallery.agree", "checkbox")
	agree.Value, agree.Chosen = "yes", true
	p.Fields = []Field{
		name, idn, day,
		sh.choice(r, nil, "kind", "gallery.kind", "select", kinds),
		sh.choice(r, nil, "way", "gallery.kind", "radio", kinds),
		sh.field(r, nil, "note", "gallery.note", "textarea"),
		file, agree,
	}
	p.Problems = sh.problems(bad, p.Fields...)
}

func (p *Samples) marks(sh Shell) {
	for _, k := range []TagKind{Late, Wait, New, OK, Off, Done} {
		p.Tags = append(p.Tags, Tag{k, sh.T("gallery.tag." + string(k))})
	}
	p.Seals = []Seal{
		{Text: sh.T("gallery.seal"), Title: sh.T("gallery.seal.title")},
		{Text: sh.T("gallery.seal"), Title: sh.T("gallery.seal.title"), Ended: true},
		{Text: sh.T("gallery.seal"), Title: sh.T("gallery.seal.title"), Tall: true},
	}
	p.Steps = Steps{sh.T("gallery.steps"), []Step{
		{Text: sh.T("gallery.step.1"), Past: true}, {Text: sh.T("gallery.step.2"), Past: true},
		{Text: sh.T("gallery.step.3"), Current: true}, {Text: sh.T("gallery.step.4")},
	}}
	p.Notices = []Notice{{Text: sh.T("gallery.offline")}, {Kind: "warn", Text: sh.T("gallery.unsent"), Link: Link{sh.T("gallery.send"), "/gallery#send"}}}
	p.Note = sh.definition(sh.T("gallery.definition"), Link{sh.T("gallery.rows"), "/gallery#rows"})
	p.Empty = Empty{sh.T("gallery.empty"), sh.T("gallery.empty.text"), Link{sh.T("gallery.import"), "/gallery#import"}, Link{sh.T("gallery.new"), "/gallery#new"}}
}

func (p *Samples) lists(sh Shell) {
	act := []Link{{sh.T("gallery.snooze"), "/gallery#snooze"}, {sh.T("gallery.handover"), "/gallery#over"}}
	p.Tasks = Tasks{[]TaskRow{
		{ID: "t1", Title: sh.T("gallery.task.1"), Reason: sh.T("gallery.task.1.why"), Href: "/gallery#a", Tag: p.Tags[0], Menu: sh.T("gallery.menu", sh.T("gallery.task.1")), Actions: act},
		{ID: "t2", Title: sh.T("gallery.task.2"), Reason: sh.T("gallery.task.2.why"), Href: "/gallery#b", Tag: p.Tags[1], Menu: sh.T("gallery.menu", sh.T("gallery.task.2")), Actions: act},
		{ID: "t3", Title: sh.T("gallery.task.3"), Reason: sh.T("gallery.task.3.why"), Href: "/gallery#c", Tag: p.Tags[5], Done: true},
	}}
	p.Facts = Facts{[]Fact{
		{Label: sh.T("gallery.kind"), Value: sh.T("gallery.branch"), Action: Link{sh.T("gallery.change"), "/gallery#f"}, What: sh.T("gallery.kind")},
		{Label: sh.T("gallery.term"), Value: sh.Day(core.NewDate(2028, 6, 18)), Note: sh.T("gallery.term.left"), Tag: p.Tags[1]},
		{Label: sh.T("gallery.host"), Value: sh.T("gallery.enterprise"), Href: "/gallery#e"},
	}}
	p.Filters = Chips{sh.T("gallery.filters"), []Chip{{Text: sh.T("gallery.branch"), Href: "/gallery#g", Remove: sh.T("gallery.filter.off")}, {Text: sh.T("gallery.clear"), Href: "/gallery#h"}}, false}
	p.Pivot = Chips{sh.T("gallery.pivot"), []Chip{{Text: sh.T("gallery.by.tree"), Href: "/gallery#i", Current: true}, {Text: sh.T("gallery.by.chain"), Href: "/gallery#j"}, {Text: sh.T("gallery.by.building"), Href: "/gallery#k"}}, true}
	p.Columns = []Column{{Text: sh.T("web.nav.orgs"), Href: "/gallery#sort", Sorted: "ascending"}, {Text: sh.T("gallery.members"), Number: true}, {Text: sh.T("gallery.rate")}, {Text: sh.T("gallery.state")}}
	for i, n := range []core.Share{{Num: 3377, Den: 4018}, {Num: 954, Den: 1207}, {Num: 0, Den: 0}} {
		p.Rows = append(p.Rows, SampleRow{
			Depth: min(i+1, 3), Name: sh.T([]string{"gallery.city", "gallery.park", "gallery.host.branch"}[i]),
			Fold: Fold{Href: "/gallery#o", Label: sh.T("gallery.open", sh.T("gallery.park")), Open: i == 0}, HasFold: i < 2,
			Members: sh.N(n.Den), Rate: sh.rate(n, "/gallery#r"), Tag: p.Tags[i],
		})
	}
	p.Pager = sh.pager(core.Page{Number: 2}, 187, func(int) string { return "/gallery#page" })
}

func (p *Samples) work(sh Shell) {
	p.Figures = Figures{sh.T("gallery.figures"), []Figure{
		{Label: sh.T("gallery.rate"), Value: "84.0%", Of: "3,377/4,018", Href: "/gallery#x", Note: p.Note},
		{Label: sh.T("gallery.two_new"), Value: "52.2%", Of: "1,295/2,481", Href: "/gallery#y", Was: sh.T("gallery.was"), Note: p.Note},
		{Label: sh.T("gallery.few"), Value: sh.T("gallery.few.value"), Of: sh.T("gallery.few.of")},
	}}
	p.Counts = Counts{sh.T("gallery.filters"), []Count{
		{"38", sh.T("gallery.new_rows"), "/gallery#1", true}, {"27", sh.T("gallery.changed"), "/gallery#2", false},
		{"331", sh.T("gallery.same"), "/gallery#3", false}, {"16", sh.T("gallery.refused"), "/gallery#4", false},
	}}
	p.Jobs = []Progress{
		{ID: "job-1", Name: "units.xlsx", Done: 4597, Total: 7532, Percent: "61%", Counted: "4,597/7,532", Text: sh.T("gallery.left"), Action: Link{sh.T("gallery.stop"), "/gallery#stop"}},
		{ID: "job-2", Name: "members.xlsx", Counted: "0", Text: sh.T("gallery.waiting")},
	}
	p.Trail = Trail{[]Event{
		{Kind: "next", Day: sh.Day(core.NewDate(2028, 6, 18)), When: "2028-06-18", Text: sh.T("gallery.event.next")},
		{Day: sh.Day(core.NewDate(2026, 7, 1)), When: "2026-07-01", Text: sh.T("gallery.event.split"), Note: sh.T("gallery.event.by"), Link: Link{sh.T("gallery.rows"), "/gallery#ev"}},
		{Kind: "turn", Day: sh.Day(core.NewDate(2023, 6, 18)), When: "2023-06-18", Text: sh.T("gallery.event.election")},
		{Kind: "system", Day: sh.Day(core.NewDate(2019, 3, 5)), When: "2019-03-05", Text: sh.T("gallery.event.fix"), From: "106", To: "104", Note: sh.T("gallery.event.both")},
	}}
	p.Growth = Growth{[]Stage{
		{Day: sh.Day(core.NewDate(2003, 5, 20)), When: "2003-05-20", Head: sh.T("gallery.stage.1"), Text: sh.T("gallery.stage.1.text"), Source: sh.T("gallery.source")},
		{Day: sh.Day(core.NewDate(2011, 6, 30)), When: "2011-06-30", Head: sh.T("gallery.stage.2"), Text: sh.T("gallery.stage.2.text")},
		{Day: sh.Day(core.NewDate(2018, 6, 18)), When: "2018-06-18", Head: sh.T("gallery.stage.3"), Text: sh.T("gallery.stage.3.text"), Now: true},
	}}
}
