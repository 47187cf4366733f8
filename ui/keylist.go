package ui

// KeyChapter is a chapter of the help: actions that belong together.
type KeyChapter struct {
	Title string
	Keys  []KeyHelp
}

// KeyHelp says what the keys of one action do.
type KeyHelp struct {
	Keys  []string // as people read them, without characters beyond ASCII: "j", "Down"
	Name  string   // in the configuration
	Does  string   // a sentence
	Saves string   // the key of the configuration that it changes; "" for none
}

// KeyChapters returns what all keys do, from the table of actions.
func KeyChapters() []KeyChapter {
	all := make([]KeyChapter, groups)
	for g := range groups {
		all[g].Title = groupNames[g]
	}
	for _, row := range actions() {
		h := KeyHelp{Name: row.name, Does: row.tip, Saves: row.saves}
		for _, key := range row.keys {
			h.Keys = append(h.Keys, asciiArrows.Replace(keyLabel(key)))
		}
		all[row.group].Keys = append(all[row.group].Keys, h)
	}
	return all
}
