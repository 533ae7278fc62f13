package sheet

// Read makes the cell that a file holding s as text gives.
func Read(s string) Cell { return Cell{Raw: s, Text: clean(s)} }
