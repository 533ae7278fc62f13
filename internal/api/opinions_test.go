package api

import (
	"testing"

	"tongpin/internal/access"
)

func TestAnOpinionIsGivenAnsweredAndWithdrawn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		member, park, far := w.as(access.Member, w.dow), w.as(access.Secretary, w.park), w.as(access.Registrar, w.other)
		if got := w.ask(422, "POST", "/opinions", member, `{"kind":"complaint","words":" "}`); got["field"] != "words" {
			t.Errorf("got %v", got)
		}
		w.ask(404, "POST", "/opinions", member, `{"kind":"complaint","words":"太多","org":"`+w.park.ID.String()+`"}`)
		o := w.ask(201, "POST", "/opinions", member, `{"kind":"complaint","words":"表太多"}`)
		at := "/opinions/" + o["id"].(string)
		if o["org"] != w.park.ID.String() || o["state"] != "open" || o["author"] != nil || o["may_answer"] != false {
			t.Errorf("given: %v", o)
		}
		if all := items(w.get("/opinions", park)); len(all) != 1 || all[0]["words"] != "表太多" {
			t.Errorf("the park is asked %v", all)
		}
		if all := items(w.get("/opinions/mine", member)); len(all) != 1 {
			t.Errorf("one's own: %v", all)
		}
		w.ask(404, "GET", at, far, "")
		w.ask(403, "POST", at+"/answer", member, `{"answer":"a"}`)
		w.ask(404, "POST", at+"/withdraw", park, "")
		w.ask(403, "GET", "/opinions", w.token(1, w.user(1, access.Place{Role: access.Secretary, Org: w.park.ID}), "orgs:read"), "")
		if got := w.ask(200, "POST", at+"/answer", park, `{"answer":"已并成一张"}`); got["state"] != "answered" || got["answer"] != "已并成一张" {
			t.Errorf("answered: %v", got)
		}
		w.ask(409, "POST", at+"/withdraw", member, "")
		second := w.ask(201, "POST", "/opinions", member, `{"kind":"fault","words":"打不开","named":true}`)
		if got := w.ask(200, "POST", "/opinions/"+second["id"].(string)+"/withdraw", member, ""); got["state"] != "withdrawn" {
			t.Errorf("withdrawn: %v", got)
		}
	})
}

func TestTheJournalIsReadByAProgramOfTheAuditor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		auditor := w.as(access.Auditor, w.park)
		w.ask(403, "GET", "/journal", w.as(access.Registrar, w.park), "")
		w.ask(404, "GET", "/journal?under="+w.root.ID.String(), auditor, "")
		w.ask(422, "GET", "/journal?family=nothing", auditor, "")
		all := items(w.get("/journal?family=org", auditor))
		if len(all) != 2 || all[0]["action"] != "org.found" || all[0]["name"] != "陶氏基地党支部" || all[0]["whole"] != true {
			t.Fatalf("the park's organisations: %v", all)
		}
		older := items(w.get("/journal?family=org&before="+all[0]["id"].(string), auditor))
		if len(older) != 1 || older[0]["name"] != "园区党工委" {
			t.Errorf("older: %v", older)
		}
	})
}

func TestWhatWouldBeWithTwelveMore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.as(access.Registrar, w.park)
		at := "/orgs/" + w.dow.ID.String()
		got := w.get(at+"/outlook?delta=12", tok)
		then, _ := got["then"].(map[string]any)
		if after, _ := got["after"].(map[string]any); after["full"] != 12.0 || then["kind"] != "branch" {
			t.Errorf("got %v", got)
		}
		if got := w.ask(422, "GET", at+"/outlook?delta=-1", tok, ""); got["field"] != "delta" {
			t.Errorf("fewer than there are: %v", got)
		}
		w.ask(404, "GET", "/orgs/"+w.other.ID.String()+"/outlook", tok, "")
		w.ask(404, "GET", "/orgs/"+w.foreign.ID.String()+"/hosts", tok, "")
		e := w.ask(201, "POST", "/enterprises", tok, `{"name":"陶氏化学","from":"2026-01-01","org":"`+w.park.ID.String()+`"}`)
		w.ask(204, "POST", "/enterprises/"+e["id"].(string)+"/host", tok, `{"org":"`+w.dow.ID.String()+`","from":"2026-01-05"}`)
		if all := items(w.get(at+"/hosts", tok)); len(all) != 1 || all[0]["name"] != "陶氏化学" || all[0]["seen"] != true {
			t.Errorf("hosts: %v", all)
		}
		g := w.ask(201, "POST", "/groupings", tok, `{"kind":"chain","name":"新材料","from":"2026-01-01"}`)
		if got := w.get("/groupings/"+g["id"].(string), tok); got["name"] != "新材料" {
			t.Errorf("the grouping: %v", got)
		}
	})
}
