package burden

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

var checks = []struct {
	id   string
	look func(Inventory, *Line)
}{
	{"B1", presence.look}, {"B2", usage}, {"B3", applause}, {"B4", traces}, {"B5", asking},
	{"B6", appraisal.look}, {"B7", opinions}, {"B8", reading}, {"B9", leaving}, {"B10", sealed},
}

// saysNo are texts that name a thing to say that the product does not do it.
var saysNo = map[string]string{
	"burden.b1": "names what the check forbids", "burden.b2": "names what the check forbids",
	"burden.b3": "names what the check forbids", "burden.b6": "names what the check forbids",
	"notice.right.explain.text": "promises that there are none",
}

// presence is B1: no compulsory check-in, no points, no time on line.
var presence = deny{
	words:   names(`points?|scores?|check[-_]?ins?|clock[-_]?ins?|streaks?|online_(time|minutes|seconds)|(minutes|seconds|hours)_online|dwell|stay_(time|seconds)|leaderboards?`),
	text:    regexp.MustCompile(`打卡|积分|在线时长|签到率|停留时间`),
	allowed: saysNo,
}

// usage is B2: nobody is counted by how often he or she uses the program.
func usage(in Inventory, l *Line) {
	deny{
		words:   names(`last_(login|seen|active)(_at|_on)?|logins?_count|count_logins?|active_(users|members)|installs?|install_rate|usage(_rate)?|adoption`),
		text:    regexp.MustCompile(`活跃度|登录次数|登录率|安装率|使用率|活跃用户`),
		allowed: saysNo,
	}.look(in, l)
	sources(in, l, "sessions", "sign_in_failures", "tokens")
}

// applause is B3: likes, forwards, views and time of study measure nothing.
func applause(in Inventory, l *Line) {
	deny{
		words:   names(`likes?|like_count|upvotes?|forwards|reposts?|(view|share|read|play|download)_counts?|study_(time|minutes|seconds)|popularity`),
		text:    regexp.MustCompile(`点赞|转发量|阅读量|浏览量|学习时长|热度`),
		allowed: saysNo,
	}.look(in, l)
	sources(in, l, "requests", "request_log", "visits_log")
}

// sources finds figures that are computed from tables they must not see.
func sources(in Inventory, l *Line, forbidden ...string) {
	for figure, tables := range in.Sources {
		l.Looked++
		for _, t := range strings.Fields(tables) {
			if slices.Contains(forbidden, t) {
				l.find("figure %s from %s", figure, t)
			}
		}
	}
}

// theWorkItself are the forms whose file is what the person came to bring.
var theWorkItself = map[string]bool{"/import/new": true}

// traces is B4: no photographs, places or tracks for their own sake.
func traces(in Inventory, l *Line) {
	deny{words: names(`latitude|longitude|lat|lng|lon|geo|gps|coordinates?|locations?|tracks?|photos?|videos?|selfies?`)}.look(in, l)
	for _, f := range in.Fields {
		if f.Type == "file" && f.Required && !theWorkItself[f.Form] {
			l.find("required file %s %s", f.Form, f.Name)
		}
	}
	for name, script := range in.Scripts {
		l.Looked++
		for _, call := range []string{"geolocation", "getUserMedia", "watchPosition", "Accelerometer"} {
			if strings.Contains(script, call) {
				l.find("script %s calls %s", name, call)
			}
		}
	}
}

// mostRequired is how many answers a form may insist on.
const mostRequired = 12

// asking is B5: each question has one fact, which no other question of the form
// asks for, and no form insists on more than twelve answers.
func asking(in Inventory, l *Line) {
	known := map[string]bool{}
	for _, c := range in.Columns {
		known[c] = true
	}
	seen, required := map[[2]string]string{}, map[string]int{}
	for _, f := range in.Fields {
		l.Looked++
		if !strings.HasPrefix(f.Fact, "=") {
			if !known[f.Fact] {
				l.find("field %s %s has no fact %s", f.Form, f.Name, f.Fact)
			}
			at := [2]string{f.Form, f.Fact}
			if first, twice := seen[at]; twice {
				l.find("form %s asks %s twice: %s, %s", f.Form, f.Fact, first, f.Name)
			}
			seen[at] = f.Name
		}
		if f.Required {
			required[f.Form]++
		}
	}
	for _, form := range slices.Sorted(maps.Keys(required)) {
		if n := required[form]; n > mostRequired {
			l.find("form %s insists on %d answers", form, n)
		}
	}
}

// appraisal is B6: no marks, no order of merit.
var appraisal = deny{
	words:   names(`ranks?|rankings?|ratings?|grades?|appraisals?|marks_given|top_(orgs|members|branches)|merit`),
	text:    regexp.MustCompile(`排名|排行|名次|考核得分|打分|评分`),
	allowed: saysNo,
}

// opinions is B7: a word of complaint or advice is one tap away, and has a
// deadline.
func opinions(in Inventory, l *Line) {
	l.Looked = len(in.Routes) + 1
	for _, want := range []string{"GET /opinions", "GET /opinions/new", "POST /opinions/new"} {
		if !slices.Contains(in.Routes, want) {
			l.find("no route %s", want)
		}
	}
	if !strings.Contains(in.Frame, `href="/opinions/new`) {
		l.find("the frame of the pages has no link to /opinions/new")
	}
	if !slices.Contains(in.Columns, "opinions.due_on") {
		l.find("no column opinions.due_on")
	}
}

var (
	smallType = regexp.MustCompile(`font(-size)?:\s*[^;{}]*?(^|[^\d.])(\d|1[0-2])(\.\d+)?px`)
	noZoom    = regexp.MustCompile(`user-scalable\s*=\s*(no|0)|maximum-scale`)
)

// reading is B8: letters can be read and made larger.
func reading(in Inventory, l *Line) {
	l.Looked = 2
	for _, m := range smallType.FindAllString(in.Style, -1) {
		l.find("style %s", m)
	}
	if noZoom.MatchString(in.Frame) {
		l.find("the frame of the pages forbids zooming")
	}
	if !strings.Contains(in.Frame, "lang=") {
		l.find("the frame of the pages names no language")
	}
}

// leaving is B9: what was put in can be taken out.
func leaving(in Inventory, l *Line) {
	for _, want := range []string{"orgs", "members", "enterprises"} {
		l.Looked++
		if !slices.Contains(in.Exports, want) {
			l.find("no export of %s", want)
		}
	}
}

// sealedColumns are the only places of an id number or a phone.
var sealedColumns = []string{"persons.id_number", "persons.id_number_hash", "persons.phone", "persons.phone_hash"}

var personal = names(`id_number(_hash)?|id_?card|identity_number|phones?(_hash|_number)?|mobiles?|telephone`)

// sealed is B10: an id number or a phone has one place, which is sealed.
func sealed(in Inventory, l *Line) {
	for _, c := range in.Columns {
		l.Looked++
		_, column, _ := strings.Cut(c, ".")
		if personal.MatchString(column) && !slices.Contains(sealedColumns, c) {
			l.find("column %s", c)
		}
	}
}
