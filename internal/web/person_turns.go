package web

import (
	"errors"
	"net/http"
	"strconv"

	"tongpin/internal/core"
	"tongpin/internal/member"
)

// A turn is a change of somebody's membership, on a day.
type turn struct {
	name   string // of the address, and of its catalog keys: person.NAME.title
	reason bool   // asks why
	fits   func(member.Person) bool
}

// turns are those that have a form. A transfer also asks where to.
var turns = []turn{
	{"transfer", true, func(m member.Person) bool { return true }},
	{"confirm", false, func(m member.Person) bool { return m.Kind == member.Probationary }},
	{"end", true, func(m member.Person) bool { return member.Formal(m.Kind) }},
}

// turnLinks leads to the forms that fit a person.
func (s Shell) turnLinks(view member.View, base string) (all []Link) {
	for _, t := range turns {
		if t.fits(view.Person) {
			all = append(all, Link{s.T("person." + t.name), base + "/" + t.name})
		}
	}
	return all
}

func (s *Server) turnForm(t turn) handler {
	return func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		p, _, _, err := s.turnPage(r, v, t, new(core.Fields))
		if err != nil {
			return err
		}
		return p.finish(w, http.StatusOK, nil)
	}
}

// turnPage returns the form of a turn, and for a transfer the organisation
// chosen.
func (s *Server) turnPage(r *http.Request, v Viewer, t turn, bad *core.Fields) (PersonForm, member.View, core.OrgID, error) {
	p, view, err := s.formOf(r, v, "person."+t.name+".title")
	if err != nil {
		return p, view, 0, err
	}
	p.Go, p.Button, p.Note = "/people/"+view.ID.String()+"/"+t.name, p.T("person."+t.name+".go"), p.T("person."+t.name+".note")
	p.here = p.Go
	var to core.OrgID
	if t.name == "transfer" {
		pick, err := s.pickOrg(r.Context(), r, v, p.Shell, bad, "person.transfer.to", 0)
		if err != nil {
			return p, view, 0, err
		}
		to, p.Fields = pick.id, pick.fields
		p.Hidden = append(p.Hidden, Option{Value: r.PostFormValue("org_q"), Text: "org_was"})
	}
	on := p.field(r, nil, "on", "person."+t.name+".on", "date")
	on.Short, on.Max = true, core.DateOf(s.Now()).String()
	if r.Method != http.MethodPost {
		on.Value = on.Max
	}
	p.Fields = append(p.Fields, on)
	if t.reason {
		p.Fields = append(p.Fields, p.field(r, nil, "reason", "person.form.reason", "text"))
	}
	return p, view, to, nil
}

func (s *Server) turnPerson(t turn) handler {
	return func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		var bad core.Fields
		p, view, to, err := s.turnPage(r, v, t, &bad)
		if err != nil {
			return err
		}
		on := dateIn(r, &bad, "on")
		version, err := strconv.Atoi(r.PostFormValue("version"))
		if err != nil || version < 1 {
			return core.Fail(core.Invalid, "web.form.unreadable")
		}
		bad.If(t.name == "transfer" && to == 0, "org_q", "membership.org_missing")
		if bad != nil {
			return p.finish(w, http.StatusUnprocessableEntity, bad)
		}
		err = s.turnTo(r, v, t, view.ID, to, on, version)
		if gone, ok := errors.AsType[*member.Stale](err); ok {
			return p.stale(w, err, gone.Theirs, s.outcome(r, v, p, t, view, to, on))
		}
		if bad := wrong(err); bad != nil {
			return p.finish(w, status[core.KindOf(err)], renamed(bad, "to", "org_q"))
		}
		if err != nil {
			return err
		}
		return s.redirect(w, r, "/people/"+view.ID.String(), "person."+t.name+".done")
	}
}

// outcome is what a turn would make of the membership, beside how it stands.
func (s *Server) outcome(r *http.Request, v Viewer, p PersonForm, t turn, view member.View, to core.OrgID, on core.Date) []BothRow {
	at, kind := view.At, view.Kind
	switch t.name {
	case "transfer":
		if h, err := s.Org.Head(r.Context(), v.Actor, to); err == nil {
			at = h.Org.Name
		}
	case "confirm":
		kind = member.Full
	default:
		kind = member.None
	}
	since := ""
	if len(view.Affiliations) > 0 {
		since = p.Day(view.Affiliations[0].From)
	}
	return []BothRow{
		{p.T("sheet.member.unit"), at, view.At},
		{p.T("sheet.member.category"), p.say(member.KindTitle(kind)), p.say(member.KindTitle(view.Kind))},
		{p.T("person.both.since"), p.masked(p.day(on)), p.masked(since)},
	}
}

func (s *Server) turnTo(r *http.Request, v Viewer, t turn, id core.PersonID, to core.OrgID, on core.Date, version int) (err error) {
	why := r.PostFormValue("reason")
	switch t.name {
	case "transfer":
		_, err = s.Member.Transfer(r.Context(), v.Actor, id, member.Move{To: to, On: on, Reason: why, Version: version})
	case "confirm":
		_, err = s.Member.Confirm(r.Context(), v.Actor, id, member.End{On: on, Version: version})
	default:
		_, err = s.Member.EndMembership(r.Context(), v.Actor, id, member.End{On: on, Reason: why, Version: version})
	}
	return err
}
