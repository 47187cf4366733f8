package theme

import (
	"slices"
	"strings"
	"sync"

	"sockeye/ui/term"
)

// The themes of those who chose none.
const (
	defaultDark  = "muted"
	defaultLight = "light"
)

// All returns every theme that the program has, in the order in which they are offered.
// The slice is the caller's, the themes are everyone's.
func All() []*Theme { return slices.Clone(all()) }

var all = sync.OnceValue(func() []*Theme {
	var themes []*Theme
	for _, p := range slices.Concat(ourPalettes, rustnetPalettes, iftoprsPalettes) {
		themes = append(themes, New(p))
	}
	return append(themes, ansi16(), mono())
})

// Find returns the theme of that name. Names are taken as the peers write them, too:
// "NeonSprawl" and "Neon Sprawl" are "neon-sprawl".
func Find(name string) (*Theme, bool) {
	name = plain(name)
	i := slices.IndexFunc(all(), func(t *Theme) bool { return plain(t.Name) == name })
	if i < 0 {
		return nil, false
	}
	return all()[i], true
}

// plain returns a name without what is spelled in different ways.
func plain(name string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
}

// Default returns the theme for those who chose none: a light one where the background
// of the terminal is known and is light, or else a dark one.
func Default(background term.Color, known bool) *Theme {
	name := defaultDark
	if l, ok := luminance(background); known && ok && ratioOf(l, 0) > ratioOf(l, 1) {
		name = defaultLight
	}
	t, _ := Find(name)
	return t
}
