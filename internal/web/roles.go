package web

import (
	"net/http"

	"tongpin/internal/access"
)

// Roles says in words what each role may and may not. Every line is read from
// the table of rights, so that the page says what the program does.
type Roles struct {
	Shell
	Roles []RoleCard
	Note  Note
}

// A RoleCard is one role.
type RoleCard struct {
	ID, Name, What string
	May, Not       []string
	Apart          string // with which roles one account cannot hold it, or ""
}

var rolesPage = newPage[Roles]("roles.html")

func (s *Server) roles(w http.ResponseWriter, r *http.Request, v Viewer) error {
	sh := s.shell(r, v, "roles", "roles.title")
	sh.Lead = sh.T("roles.lead")
	if v.may(access.ManageUsers) {
		sh.At = "accounts"
		sh.Path = []Link{{sh.T("accounts.title"), "/accounts"}, {Text: sh.Title}}
	}
	p := Roles{Shell: sh, Note: Note{Text: sh.T("roles.note")}}
	for _, role := range access.Roles {
		c := RoleCard{ID: string(role), Name: p.T("role." + string(role)), What: p.T("roles." + string(role))}
		for _, do := range access.Actions() {
			line := p.T("right." + string(do))
			if access.Allows(role, do) {
				c.May = append(c.May, line)
			} else {
				c.Not = append(c.Not, line)
			}
		}
		apart := ""
		for _, other := range access.Roles {
			if access.Apart(role, other) {
				if apart != "" {
					apart += p.T("roles.and")
				}
				apart += p.T("role." + string(other))
			}
		}
		if apart != "" {
			c.Apart = p.T("roles.apart", apart)
		}
		p.Roles = append(p.Roles, c)
	}
	return rolesPage.write(w, http.StatusOK, p)
}
