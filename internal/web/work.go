package web

// workLists are the lists of work, one line each, in the order in which a row of
// chips at the head of each offers them: catalog key work.list.NAME.
var workLists = []struct{ name, href string }{
	{"projects", "/projects"},
	{"posts", "/posts"},
	{"mentoring", "/mentoring"},
	{"fronts", "/fronts"},
	{"problems", "/problems"},
}

// WorkLists leads from one list of work to the others. current is its name.
func (s Shell) WorkLists(current string) Chips {
	c := Chips{Label: s.T("work.lists")}
	for _, l := range workLists {
		c.Items = append(c.Items, Chip{Text: s.T("work.list." + l.name), Href: l.href, Current: l.name == current})
	}
	return c
}
