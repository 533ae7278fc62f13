package web

import (
	"net/http"
	"strconv"

	"tongpin/internal/access"
	"tongpin/internal/consent"
	"tongpin/internal/core"
	"tongpin/internal/privacy"
)

func (s *Server) mountConsents(m *http.ServeMux) {
	s.route(m, "GET /me/consents", signedIn, s.ownConsents)
	s.route(m, "POST /me/consents/give", signedIn, s.giveConsent)
	s.route(m, "POST /me/consents/withdraw", signedIn, s.withdrawConsent)
	s.route(m, "GET /people/{person}/consents", signedIn, s.consents)
	s.route(m, "POST /people/{person}/consents/give", signedIn, s.giveConsent)
	s.route(m, "POST /people/{person}/consents/withdraw", signedIn, s.withdrawConsent)
}

// A ConsentsView is what a person may agree to and did: one's own, or that of a
// record that the viewer keeps.
type ConsentsView struct {
	Shell
	Problems ErrorSummary
	Base     string
	Cards    []ConsentCard
	Purpose  Field // of a paper that is recorded, if there is one to record
	Paper    Field
	Empty    Empty
	Note     Note
}

// A ConsentCard is one purpose.
type ConsentCard struct {
	Key, Version   string
	Title, Text    string
	Impact         string
	Tag            Tag
	Old            Notice
	Give, Withdraw bool
	Trail          Trail
}

var consentsPage = newPage[ConsentsView]("consents.html")

func (s *Server) ownConsents(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeConsents(w, r, v, http.StatusOK, nil)
}

func (s *Server) consents(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeConsents(w, r, v, http.StatusOK, nil)
}

// whose is the person that the address names; zero for one's own.
func whose(r *http.Request) (core.PersonID, error) {
	if r.PathValue("person") == "" {
		return 0, nil
	}
	return personID(r)
}

func (s *Server) writeConsents(w http.ResponseWriter, r *http.Request, v Viewer, code int, bad core.Fields) error {
	id, err := whose(r)
	if err != nil {
		return err
	}
	sh := s.ownShell(r, v, "consents.title")
	sh.Lead, sh.Narrow, sh.here = sh.T("consents.lead"), true, "/me/consents"
	p := ConsentsView{Shell: sh, Base: "/me/consents", Note: Note{Text: sh.T("consents.note"), Link: Link{sh.T("web.privacy.title"), "/privacy"}}}
	person, all, err := s.Privacy.Consents(r.Context(), v.Actor, id)
	switch {
	case core.KindOf(err) == core.NotFound && err != nil && id == 0 && r.Method == http.MethodGet:
		p.Empty = Empty{Title: sh.T("sightings.no_record"), Text: sh.T("sightings.no_record.text")}
		return consentsPage.write(w, code, p)
	case err != nil:
		return err
	}
	kept := id != 0 && id != v.Person
	if kept {
		p.Shell, p.Base = s.shell(r, v, "people", "consents.of", person.Name), "/people/"+id.String()+"/consents"
		p.Narrow, p.here, p.Lead = true, p.Base, p.T("consents.of.lead")
		p.Path = []Link{{p.T("people.title"), "/people"}, {person.Name, "/people/" + id.String()}, {Text: p.T("consents.crumb")}}
	}
	var papers []Option
	for _, c := range all {
		card := p.card(c)
		if kept && !c.Given {
			papers = append(papers, Option{Value: c.Key, Text: card.Title, Chosen: r.PostFormValue("purpose") == c.Key})
		}
		card.Give = card.Give && !kept
		p.Cards = append(p.Cards, card)
	}
	if len(papers) > 0 {
		p.Purpose = p.choice(r, bad, "purpose", "consent.purpose", "radio", papers)
		p.Paper = p.field(r, bad, "paper", "consent.paper", "text")
		p.Paper.Autocomplete = "off"
	}
	p.Problems = p.problems(bad, p.Purpose, p.Paper)
	p.Wrong = !p.Problems.IsZero()
	return consentsPage.write(w, code, p)
}

// card shows one purpose with what the person did about it.
func (s Shell) card(c privacy.Consenting) ConsentCard {
	card := ConsentCard{
		Key: c.Key, Version: strconv.Itoa(c.Version), Title: s.say(c.Title()), Text: s.say(c.Text()), Impact: s.say(c.Impact()),
		Tag: Tag{Off, s.T("consent.off")}, Give: !c.Given, Withdraw: c.Given || c.Old,
	}
	if c.Given {
		card.Tag = Tag{OK, s.T("consent.on")}
	}
	if c.Old {
		card.Old = Notice{Kind: "warn", Text: s.T("consent.old")}
	}
	for _, h := range c.History {
		if !h.Stands() {
			card.Trail.Events = append(card.Trail.Events, Event{
				Day: s.When(h.WithdrawnAt), When: h.WithdrawnAt.Format("2006-01-02T15:04"), Kind: "turn", Text: s.T("consent.turn.withdrawn", s.by(h.WithdrawnBy)),
			})
		}
		e := Event{Day: s.When(h.GivenAt), When: h.GivenAt.Format("2006-01-02T15:04"), Text: s.T("consent.turn.self", h.Version)}
		if h.How == consent.Paper {
			e.Text, e.Note = s.T("consent.turn.paper", s.by(h.GivenBy), h.Version), s.T("consent.turn.place", h.Paper)
		}
		card.Trail.Events = append(card.Trail.Events, e)
	}
	return card
}

func (s *Server) giveConsent(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := whose(r)
	if err != nil {
		return err
	}
	in := answers{r: r}
	g := consent.Giving{Purpose: in.text("purpose"), Paper: in.text("paper")}
	if id == 0 { // the text that the person read
		g.Version = in.version()
	}
	err = s.Privacy.Consent(r.Context(), v.Actor, id, g)
	return s.consented(w, r, v, "consent.given", err)
}

func (s *Server) withdrawConsent(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := whose(r)
	if err != nil {
		return err
	}
	err = s.Privacy.WithdrawConsent(r.Context(), v.Actor, id, r.PostFormValue("purpose"))
	return s.consented(w, r, v, "consent.withdrawn", err)
}

func (s *Server) consented(w http.ResponseWriter, r *http.Request, v Viewer, key string, err error) error {
	if bad := wrong(err); bad != nil {
		return s.writeConsents(w, r, v, http.StatusUnprocessableEntity, bad)
	}
	if core.KindOf(err) == core.Conflict && err != nil {
		return s.writeConsents(w, r, v, http.StatusConflict, core.Fields{"": core.MsgOf(err)})
	}
	if err != nil {
		return err
	}
	to := "/me/consents"
	if id := r.PathValue("person"); id != "" {
		to = "/people/" + id + "/consents"
	}
	return s.redirect(w, r, to, key)
}

// A NoticeView tells what is done with people's data: who does it, the register
// of purposes, and how to use each right.
type NoticeView struct {
	Shell
	Who      Facts
	Purposes []PurposeCard
	Rights   Facts
	Sections []Section
}

// A PurposeCard is one line of the register.
type PurposeCard struct {
	ID, Title, Text string
	Facts           Facts
}

var noticePage = newPage[NoticeView]("privacy.html")

func (s *Server) notice(w http.ResponseWriter, r *http.Request, v Viewer) error {
	sh := s.shell(r, v, "privacy", "web.privacy.title")
	sh.Lead, sh.Narrow = sh.T("web.privacy.lead"), true
	sh.Description = description(sh.Lead)
	p, n := NoticeView{Shell: sh, Rights: sh.rights()}, privacy.Usual()
	if v.SignedIn {
		var err error
		n, err = s.Privacy.Notice(r.Context(), v.Actor)
		if err != nil {
			return err
		}
		contact := n.Contact
		if contact == "" {
			contact = sh.T("notice.contact.none")
		}
		p.Who.Rows = []Fact{{Label: sh.T("notice.processor"), Value: n.Processor}, {Label: sh.T("notice.contact"), Value: contact}}
		if v.may(access.ManageSettings) {
			p.Who.Rows[1].Action, p.Who.Rows[1].What = Link{sh.T("settings.change"), "/settings/privacy.contact"}, sh.T("notice.contact")
		}
	}
	p.Purposes = sh.purposes(n)
	for _, i := range []string{"2", "5"} {
		p.Sections = append(p.Sections, Section{sh.T("web.privacy." + i), sh.T("web.privacy." + i + ".text")})
	}
	return noticePage.write(w, http.StatusOK, p)
}
