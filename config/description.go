package config

// Description is what there is to know of a key, in plain text.
type Description struct {
	Name    string
	What    string // what it does, as a sentence
	Value   string // what a value looks like
	Default string // its default, or what holds without it
}

// Describe returns the descriptions of all keys, in the order of docs/config.md.
func Describe() []Description {
	all := make([]Description, len(keys))
	for i, k := range keys {
		all[i] = Description{k.name, withoutMarkup(k.what), withoutMarkup(k.form), k.def}
		if k.def == "" {
			all[i].Default = withoutMarkup(k.without)
		}
	}
	return all
}
