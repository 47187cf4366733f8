package ui

import "sockeye/ui/tab"

// trail is the way on which a person came to what is shown, from one row to what is
// within it: Esc goes it back.
type trail []mark

// mark is where something was opened.
type mark struct {
	tab   int // to go back to; -1 where a person went elsewhere meanwhile, who stays there
	steps int // of the drill-down then
}

// open goes to where a tab asks for, and marks where that was.
func (t *trail) open(a *App, r tab.Request) {
	m := &a.model
	here := mark{m.Tab, len(m.Drill)}
	if r.Drill != nil {
		m.Drill = append(m.Drill, *r.Drill)
	}
	if r.Tab >= 0 && r.Tab < tab.NumTabs {
		a.turnTo(r.Tab)
	}
	if m.Tab != here.tab || len(m.Drill) != here.steps {
		*t = append(*t, here)
	}
}

// leave forgets the tabs of the way: a person chose another one. The steps of the
// drill-down stay, to be taken back.
func (t *trail) leave(a *App) {
	*t = (*t)[:0]
	for steps := range a.model.Drill {
		*t = append(*t, mark{-1, steps})
	}
}

// back goes back to the last mark. It reports whether there is one.
func (t *trail) back(a *App) bool {
	n := len(*t) - 1
	if n < 0 {
		return false
	}
	last := (*t)[n]
	*t = (*t)[:n]
	m := &a.model
	m.Drill = m.Drill[:min(last.steps, len(m.Drill))]
	if last.tab >= 0 {
		a.turnTo(last.tab)
	}
	return true
}
