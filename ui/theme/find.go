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

// maker makes one theme, at first use: it takes about a millisecond, and people look at
// one theme at a time.
type maker struct {
	name string
	make func() *Theme
}

var makers = func() []maker {
	var all []maker
	for _, p := range slices.Concat(ourPalettes, rustnetPalettes, iftoprsPalettes) {
		all = append(all, maker{p.Name, sync.OnceValue(func() *Theme { return New(p) })})
	}
	return append(all, maker{"ansi16", sync.OnceValue(ansi16)}, maker{"mono", sync.OnceValue(mono)})
}()

// All returns every theme that the program has, in the order in which they are offered.
// The slice is the caller's, the themes are everyone's.
func All() []*Theme {
	themes := make([]*Theme, len(makers))
	for i, m := range makers {
		themes[i] = m.make()
	}
	return themes
}

// Find returns the theme of that name. Names are taken as the peers write them, too:
// "NeonSprawl" and "Neon Sprawl" are "neon-sprawl".
func Find(name string) (*Theme, bool) {
	name = plain(name)
	i := slices.IndexFunc(makers, func(m maker) bool { return plain(m.name) == name })
	if i < 0 {
		return nil, false
	}
	return makers[i].make(), true
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

// DefaultFor is Default, for terminals with fewer colors as well: what was mixed for more
// of them is hard to read in sixteen.
func DefaultFor(colors term.Colors, background term.Color, known bool) *Theme {
	name := ""
	switch colors {
	case term.Colors16:
		name = "ansi16"
	case term.NoColors:
		name = "mono"
	default:
		return Default(background, known)
	}
	t, _ := Find(name)
	return t
}
