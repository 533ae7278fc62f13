// Package purpose is the register of processing: which data of people is kept
// for what, on which basis, who gets it and for how long (个人信息保护法 第六、七、
// 十三、十七条). A column that is not in it cannot be stored: the test of this
// package reads the schema of the database.
package purpose

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"

	"tongpin/internal/core"
)

// A Basis is what allows a purpose.
type Basis string

// The bases. Rules of the Party are neither law nor administrative regulation, so
// that the roster rests on the consent in the papers of admission and transfer.
const (
	Consent   Basis = "consent"   // given and withdrawn in the program
	Admission Basis = "admission" // consent in the papers of admission and transfer
	Staff     Basis = "staff"     // what managing staff needs
	Duty      Basis = "duty"      // a duty by law
)

var articles = map[Basis]string{
	Consent:   "个人信息保护法 第十三条第一款第一项、第十四条、第十五条",
	Admission: "个人信息保护法 第十三条第一款第一项",
	Staff:     "个人信息保护法 第十三条第一款第二项",
	Duty:      "个人信息保护法 第十三条第一款第三项",
}

// Article is the place in the law.
func (b Basis) Article() string { return articles[b] }

// Title says the basis in words.
func (b Basis) Title() core.Msg { return core.M("purpose.basis." + string(b)) }

// A Purpose is one line of the register. Whose and To are keys of words:
// whose data it is and who gets it. Keep names the classes of retention that say
// how long it is kept.
// Version counts the texts that a person is shown; a new one asks again.
type Purpose struct {
	Key     string
	Basis   Basis
	Law     string // what imposes the duty, else ""
	Whose   []string
	To      []string
	Keep    []string
	Version int
}

// ContactName is the purpose that a person may consent to today.
const ContactName = "contact.name" // the enterprise's manager sees the name of instructor or liaison

// What the holder of a demonstration post may consent to.
const (
	PostPage  = "post.page"  // the name stands on the post's public page
	PostPlate = "post.plate" // the name is printed on plate and badge
)

// All is the register. A purpose stands here once something in the program
// serves it; one that rests on consent needs purpose.KEY.impact in the catalogs
// too, and its text under a new Version whenever it changes.
var All = []Purpose{
	{Key: "roster", Basis: Admission, Whose: []string{"members"}, To: []string{"self", "org", "above"}, Keep: []string{"member_ended", "never_member", "mistaken"}, Version: 1},
	{Key: "contacts", Basis: Staff, Whose: []string{"contacts"}, To: []string{"self", "org", "above"}, Keep: []string{"member_ended", "structure"}, Version: 1},
	{Key: ContactName, Basis: Consent, Whose: []string{"contacts"}, To: []string{"manager"}, Keep: []string{"member_ended"}, Version: 1},
	{Key: PostPage, Basis: Consent, Whose: []string{"members"}, To: []string{"everybody"}, Keep: []string{"member_ended", "structure"}, Version: 1},
	{Key: PostPlate, Basis: Consent, Whose: []string{"members"}, To: []string{"everybody"}, Keep: []string{"member_ended", "structure"}, Version: 1},
	{Key: "practice", Basis: Staff, Whose: []string{"members"}, To: []string{"self", "org", "above"}, Keep: []string{"member_ended", "structure"}, Version: 1},
	{Key: "account", Basis: Staff, Whose: []string{"users"}, To: []string{"self", "security"}, Keep: []string{"accounts", "sign_in", "tokens"}, Version: 1},
	{Key: "work", Basis: Staff, Whose: []string{"users"}, To: []string{"org", "above"}, Keep: []string{"jobs", "structure"}, Version: 1},
	{Key: "imports", Basis: Admission, Whose: []string{"members", "users"}, To: []string{"importer"}, Keep: []string{"imports"}, Version: 1},
	{Key: "journal", Basis: Duty, Law: "网络安全法；个人信息保护法 第五十一条", Whose: []string{"members", "users"}, To: []string{"self", "auditor"}, Keep: []string{"journal", "member_ended"}, Version: 1},
	{Key: "requests", Basis: Duty, Law: "个人信息保护法 第十五条、第四十四至五十条", Whose: []string{"members", "users"}, To: []string{"self", "asked"}, Keep: []string{"opinions", "corrections", "member_ended", "holds"}, Version: 1},
}

// Find returns the purpose of a key; core.NotFound if there is none.
func Find(key string) (Purpose, error) {
	i := slices.IndexFunc(All, func(p Purpose) bool { return p.Key == key })
	if i < 0 {
		return Purpose{}, core.NotFound
	}
	return All[i], nil
}

// Asked returns the purposes that need a consent in the program.
func Asked() []Purpose {
	return slices.DeleteFunc(slices.Clone(All), func(p Purpose) bool { return p.Basis != Consent })
}

// Article is where the law allows it, and what imposes the duty.
func (p Purpose) Article() string {
	if p.Law != "" {
		return p.Basis.Article() + "；" + p.Law
	}
	return p.Basis.Article()
}

// Title names the purpose.
func (p Purpose) Title() core.Msg { return core.M("purpose." + p.Key) }

// Text says what is done, in plain words.
func (p Purpose) Text() core.Msg { return core.M("purpose." + p.Key + ".text") }

// Impact says why a consent is asked and what follows without it.
func (p Purpose) Impact() core.Msg { return core.M("purpose." + p.Key + ".impact") }

// Words are the keys of every sentence of the purpose that a person is shown
// when a consent is asked.
func (p Purpose) Words() []core.Msg { return []core.Msg{p.Title(), p.Text(), p.Impact()} }

// Kinds are the kinds of data that are kept for a purpose, in the order of the
// list of columns.
func (p Purpose) Kinds() []string {
	var all []string
	for _, l := range lines() {
		if slices.Contains(l.purposes, p.Key) && !slices.Contains(all, l.kind) {
			all = append(all, l.kind)
		}
	}
	return all
}

// Columns are the columns that are kept for a purpose, as "table.column".
func (p Purpose) Columns() []string {
	var all []string
	for _, l := range lines() {
		if slices.Contains(l.purposes, p.Key) {
			for _, c := range l.columns {
				all = append(all, l.table+"."+c)
			}
		}
	}
	return all
}

//go:embed columns.tsv
var columnsTSV string

// A line says for what columns of a table are kept; without a kind they hold
// nothing of a person, for the reason in why.
type line struct {
	table, kind string
	purposes    []string
	why         string
	columns     []string
}

func lines() []line {
	var all []line
	for text := range strings.Lines(columnsTSV) {
		c := strings.Split(strings.TrimRight(text, "\n"), "\t")
		if strings.HasPrefix(text, "#") || len(c) != 4 {
			continue
		}
		l := line{table: c[0], kind: c[1], columns: strings.Fields(c[3])}
		if l.kind == "-" {
			l.kind, l.why = "", c[2]
		} else {
			l.purposes = strings.Fields(c[2])
		}
		all = append(all, l)
	}
	return all
}

// ofPeople are names of columns that hold somebody, whatever the table is said to
// hold.
var ofPeople = regexp.MustCompile(`^(person|user|member)(_id)?$|_by$|^(login|sex|ethnicity|born_on|birth.*|e?mail|address|education|religion|health)(_|$)|phone|mobile|id_number|id_card|photo`)

// Missing returns what the register does not know of the columns of a database,
// and what it tells of columns that are not there.
func Missing(columns []string) (unknown, gone []string) {
	known, whole, used := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, l := range lines() {
		for _, c := range l.columns {
			if c == "*" {
				whole[l.table] = true
			}
			known[l.table+"."+c] = true
		}
	}
	for _, c := range columns {
		table, name, _ := strings.Cut(c, ".")
		used[c], used[table+".*"], used["*."+name] = true, true, true
		if !known[c] && !known["*."+name] && (!whole[table] || ofPeople.MatchString(name)) {
			unknown = append(unknown, c)
		}
	}
	for c := range known {
		if !used[c] {
			gone = append(gone, c)
		}
	}
	slices.Sort(gone)
	return unknown, gone
}
