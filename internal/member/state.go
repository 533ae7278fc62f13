package member

// items are the parts of a person that the journal may show. Never an id
// number or a phone.
func (p Person) items() map[string]any {
	return map[string]any{
		"name": p.Name, "sex": p.Sex, "ethnicity": p.Ethnicity, "born_on": p.BornOn, "education": p.Education,
		"joined_on": p.JoinedOn, "confirmed_on": p.ConfirmedOn, "kind": p.Kind, "position": p.Position, "note": p.Note,
	}
}

// state is what the journal keeps of a new person: of the id number, the phone
// and the note only that there is one.
func (p Person) state() map[string]any {
	m := p.items()
	m["org"] = p.Org
	delete(m, "note")
	for field, kept := range map[string]bool{"id_number": p.HasIDNumber(), "phone": p.HasPhone(), "note": p.Note != ""} {
		if kept {
			m[field] = "kept"
		}
	}
	return m
}

// standing is what the journal keeps of a membership.
func (p Person) standing() map[string]any {
	return map[string]any{"kind": p.Kind, "org": p.Org, "confirmed_on": p.ConfirmedOn, "version": p.Version}
}
