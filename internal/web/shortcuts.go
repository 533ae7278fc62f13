package web

import "net/http"

// A shortcut is what keys do on a part of the site. Its keys are named as
// browsers name them, after what is held.
type shortcut struct {
	place, does string
	keys        []string
}

// shortcuts are all keys that the scripts listen to, in the order of the list.
var shortcuts = []shortcut{
	{"any", "search", []string{"Ctrl k", "⌘ k", "/"}},
	{"any", "list", []string{"?"}},
	{"any", "close", []string{"Escape"}},
	{"search", "choose", []string{"ArrowUp", "ArrowDown"}},
	{"search", "open", []string{"Enter"}},
	{"tree", "row", []string{"ArrowUp", "ArrowDown"}},
	{"tree", "unfold", []string{"ArrowRight"}},
	{"tree", "fold", []string{"ArrowLeft"}},
	{"tree", "ends", []string{"Home", "End"}},
	{"tree", "open", []string{"Enter"}},
}

// caps are the names on the keyboard, where the browser's is another.
var caps = map[string]string{"Ctrl k": "Ctrl K", "⌘ k": "⌘ K", "Escape": "Esc", "ArrowUp": "↑", "ArrowDown": "↓", "ArrowLeft": "←", "ArrowRight": "→"}

// Keys are the shortcuts of one part of the site.
type Keys struct {
	Title string
	Rows  []KeyRow
}

// A KeyRow is one of them.
type KeyRow struct {
	Caps []string
	Does string
}

// Shortcuts is the list for the dialog, which is on every page, and for the
// page that leads there without scripts.
func (s Shell) Shortcuts() []Keys {
	var all []Keys
	place := ""
	for _, k := range shortcuts {
		if k.place != place {
			place = k.place
			all = append(all, Keys{Title: s.T("shortcuts.in." + place)})
		}
		row := KeyRow{Does: s.T("shortcuts." + place + "." + k.does)}
		for _, key := range k.keys {
			if c, ok := caps[key]; ok {
				key = c
			}
			row.Caps = append(row.Caps, key)
		}
		at := &all[len(all)-1]
		at.Rows = append(at.Rows, row)
	}
	return all
}

// A ShortcutsView is the page.
type ShortcutsView struct{ Shell }

var shortcutsPage = newPage[ShortcutsView]("shortcuts.html")

func (s *Server) mountShortcuts(m *http.ServeMux) {
	s.route(m, "GET /shortcuts", signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		sh := s.shell(r, v, "help", "shortcuts.title")
		sh.Lead, sh.Narrow = sh.T("shortcuts.lead"), true
		return shortcutsPage.write(w, http.StatusOK, ShortcutsView{sh})
	})
}
