package api

import (
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/member"
)

// person enrols somebody at Dow's branch, with an account, and returns the
// record and a token.
func (w *world) person(name, number string, scopes ...string) (member.Person, string) {
	w.t.Helper()
	var p member.Person
	w.tx(func(tx *db.Tx) (err error) {
		p, err = member.Enrol(w.t.Context(), tx, w.a.Keys, access.Machine(1), w.a.Now(), member.Enrolment{
			Name: name, Kind: member.Full, Org: w.dow.ID, Phone: number, JoinedOn: core.NewDate(2015, 1, 1), ConfirmedOn: core.NewDate(2016, 1, 1), From: core.NewDate(2016, 1, 1),
		})
		return err
	})
	user := w.user(1, access.Place{Role: access.Member, Org: w.dow.ID})
	w.tx(func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), `UPDATE users SET person_id = $2 WHERE id = $1`, user, p.ID)
		return err
	})
	return p, w.token(1, user, scopes...)
}

func TestOnesOpenings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p, tok := w.person("张敏", "19900000417")
		_, other := w.person("王芳", "19900000418")
		registrar := w.as(access.Registrar, w.park)
		w.ask(200, "POST", "/people/"+p.ID.String()+"/open", registrar, `{"field":"phone","purpose":"contact","words":"开会"}`)
		w.ask(422, "POST", "/exports/members", registrar, `{"sensitive":true,"as":"csv","purpose":"other"}`)
		if rec := w.do("POST", "/exports/members", registrar, `{"sensitive":true,"as":"csv","purpose":"report"}`); rec.Code != 200 {
			t.Fatal(rec.Code, rec.Body)
		}
		list := w.get("/me/openings?limit=1", tok)
		if all := items(list); list["total"] != 3. || all[0]["action"] != "export.members" || all[0]["purpose"] != "report" || all[0]["place"] != "园区党工委" {
			t.Errorf("got %v", list)
		}
		next := w.get("/me/openings?limit=1&cursor="+list["next"].(string), tok)
		if all := items(next); all[0]["action"] != "person.open_field" || all[0]["words"] != "开会" || all[0]["role"] != "registrar" {
			t.Errorf("then %v", next)
		}
		if all := items(w.get("/me/openings", other)); len(all) != 2 {
			t.Errorf("the colleague sees %v", all)
		}
		w.ask(404, "GET", "/me/openings", registrar, "")
		_, narrow := w.person("李雷", "19900000419", "orgs:read")
		w.ask(403, "GET", "/me/openings", narrow, "")
	})
}

func TestOnesOwnDataByProgram(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, tok := w.person("张敏", "19900000417")
		w.person("王芳", "19900000418")
		rec := w.do("GET", "/me/data", tok, "")
		if body := rec.Body.String(); rec.Code != 200 || !strings.Contains(body, "张敏") || !strings.Contains(body, "199****0417") || strings.Contains(body, "19900000417") || strings.Contains(body, "王芳") {
			t.Errorf("%d %s", rec.Code, body)
		}
		w.ask(401, "GET", "/me/data", "", "")
	})
}

func TestCorrectionsByProgram(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, tok := w.person("张敏", "19900000417")
		_, other := w.person("王芳", "19900000418")
		registrar := w.as(access.Registrar, w.park)
		w.ask(422, "POST", "/me/corrections", tok, `{"item":"phone","wanted":"12"}`)
		made := w.ask(201, "POST", "/me/corrections", tok, `{"item":"phone","wanted":"19900000499","why":"换号"}`)
		path := "/corrections/" + made["id"].(string)
		if made["wanted"] != "199****0499" || made["state"] != "open" || made["due_on"] != "2026-12-09" {
			t.Errorf("got %v", made)
		}
		if a, b := w.do("GET", path, other, ""), w.do("GET", "/corrections/06F2QW0000001", other, ""); a.Code != 404 || a.Body.String() != b.Body.String() {
			t.Errorf("somebody else's: %s, missing: %s", a.Body, b.Body)
		}
		w.ask(403, "POST", path+"/answer", tok, `{"state":"accepted"}`)
		if all := items(w.get("/corrections", registrar)); len(all) != 1 {
			t.Errorf("the registrar is asked %v", all)
		}
		w.ask(204, "POST", path+"/answer", registrar, `{"state":"declined","answer":"请带证件来"}`)
		w.ask(409, "POST", path+"/withdraw", tok, "")
		if all := items(w.get("/me/corrections", tok)); all[0]["state"] != "declined" || all[0]["answer"] != "请带证件来" {
			t.Errorf("mine: %v", all)
		}
	})
}

func TestOnesConsentsByProgram(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, tok := w.person("张敏", "19900000417", "me:read", "people:write")
		one := items(w.get("/me/consents", tok))[0]
		if one["purpose"] != "contact.name" || one["given"] != false || one["impact"] == "" {
			t.Errorf("got %v", one)
		}
		w.ask(409, "POST", "/me/consents", tok, `{"purpose":"contact.name","version":7}`)
		w.ask(404, "POST", "/me/consents", tok, `{"purpose":"post.badge","version":1}`)
		w.ask(204, "POST", "/me/consents", tok, `{"purpose":"contact.name","version":1}`)
		if one = items(w.get("/me/consents", tok))[0]; one["given"] != true {
			t.Errorf("given: %v", one)
		}
		w.ask(204, "POST", "/me/consents/withdraw", tok, `{"purpose":"contact.name"}`)
		if one = items(w.get("/me/consents", tok))[0]; one["given"] != false || len(one["history"].([]any)) != 1 {
			t.Errorf("withdrawn: %v", one)
		}
		notice := w.get("/privacy", tok)
		if all := notice["purposes"].([]any); notice["processor"] == "" || notice["contact"] != nil || len(all) < 5 || !strings.Contains(all[0].(map[string]any)["article"].(string), "第十三条") {
			t.Errorf("the notice: %v", notice)
		}
		w.ask(401, "GET", "/privacy", "", "")
		lines := items(w.get("/burden", tok))
		if len(lines) != 2 || lines[0]["ok"] != true || lines[0]["title"] == "" || len(lines[0]["problems"].([]any)) != 0 || lines[1]["problems"].([]any)[0] != "column persons.likes" {
			t.Errorf("the burden check: %v", lines)
		}
		w.ask(401, "GET", "/burden", "", "")
	})
}
