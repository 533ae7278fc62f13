package api

import (
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/project"
)

func TestProjectsAreListedAndRead(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		half := core.Quantity(500)
		made, err := w.a.Project.Propose(t.Context(), access.Machine(1), project.New{
			Kind: project.OfBranch, Org: w.root.ID, Charter: project.Charter{Title: "靠泊到开工", Unit: "小时", Baseline: &half},
		})
		if err != nil {
			t.Fatal(err)
		}
		boss := w.as(access.Department, w.root)
		if all := items(w.get("/projects?group=ideas", boss)); len(all) != 1 || all[0]["number"] != "P-26-001" || all[0]["baseline"] != "0.5" {
			t.Errorf("listed: %v", all)
		}
		if all := items(w.get("/projects?group=live", boss)); len(all) != 0 {
			t.Errorf("an idea is live: %v", all)
		}
		path := "/projects/" + made.ID.String()
		if got := w.get(path, boss); got["title"] != "靠泊到开工" || got["state"] != "idea" || got["result"] != nil {
			t.Errorf("read: %v", got)
		}
		w.ask(404, "GET", path, w.as(access.Registrar, w.other), "")
		w.ask(404, "GET", "/projects/"+core.NewID(w.a.Now()).String(), boss, "")
		w.ask(422, "GET", "/projects?kind=dance", boss, "")
	})
}
