package widget

import (
	"strings"

	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// Item is an entry of a List.
type Item struct {
	Text, Note string // Note stands at the right edge
	Role       theme.Role
	Marked     bool // chosen already: it has a mark before it
	Marks      bool // it can be marked: there is room for the mark
}

// List shows entries to choose from, and scrolls. A filter leaves those that contain it.
type List struct {
	Items    []Item
	Selected int // in Items; -1 for none
	Top      int
	Empty    string // said where there is no entry

	filter string
	shown  []int // the entries that the filter leaves, if there is one
	lines  int
}

// Filter returns what the entries are filtered by.
func (l *List) Filter() string { return l.filter }

// SetFilter leaves the entries whose text or note contains s, whatever the case. If the
// selected one is not among them the first that is gets selected.
func (l *List) SetFilter(s string) {
	l.filter = s
	l.refresh()
	if at := l.position(); at < 0 {
		l.Selected = -1
		l.Move(1)
	} else {
		l.Top = revealed(l.Top, at, at+1, max(1, l.lines))
	}
}

// Key takes what moves about in the list and what changes the filter: characters, and
// Backspace. It returns false for other keys.
func (l *List) Key(k term.Key) bool {
	if n, ok := l.motion(k); ok {
		l.Move(n)
		return true
	}
	switch {
	case k.Code == term.Char && k.Mod&(term.Ctrl|term.Alt) == 0:
		l.SetFilter(l.filter + string(k.Rune))
	case k.Code == term.Backspace && l.filter != "":
		runes := []rune(l.filter)
		l.SetFilter(string(runes[:len(runes)-1]))
	default:
		return false
	}
	return true
}

// motion returns by how many entries a key moves.
func (l *List) motion(k term.Key) (int, bool) {
	all := len(l.Items)
	switch k.Code {
	case term.Up:
		return -1, true
	case term.Down:
		return 1, true
	case term.PageUp:
		return -l.Page(), true
	case term.PageDown:
		return l.Page(), true
	case term.Home:
		return -all, true
	case term.End:
		return all, true
	}
	return 0, false
}

// Move moves the selection by n of the entries that are left, and shows it.
func (l *List) Move(n int) {
	l.refresh()
	count := l.count()
	if count == 0 {
		return
	}
	at := l.position()
	switch n = max(-count, min(n, count)); {
	case at >= 0:
		at += n
	case n < 0:
		at = count - 1
	default:
		at = 0
	}
	at = max(0, min(at, count-1))
	l.Selected = l.item(at)
	l.Top = revealed(l.Top, at, at+1, max(1, l.lines))
}

// Page returns how many entries are seen: at least 1.
func (l *List) Page() int { return max(1, l.lines) }

// ItemAt returns the entry that was drawn on a line.
func (l *List) ItemAt(y int) (item int, ok bool) {
	if y < 0 || y >= l.lines || l.Top+y >= l.count() {
		return 0, false
	}
	return l.item(l.Top + y), true
}

// Draw draws the entries on the style of popups.
func (l *List) Draw(p term.Pane, t *theme.Theme) {
	l.lines = p.H
	l.refresh()
	ground := t.Style(theme.Popup)
	p.Fill(p.Local(), ' ', ground)
	if l.count() == 0 {
		line{t: t, style: t.Style(theme.Muted).On(ground.BG)}.draw(p, 0, 0, p.W, l.Empty)
		return
	}
	l.Top = clampTop(l.Top, p.H, l.count())
	p = drawScrollbar(p, t, l.Top, p.H, l.count())
	for y := 0; y < p.H && l.Top+y < l.count(); y++ {
		i := l.item(l.Top + y)
		style := ground
		if role := l.Items[i].Role; role != theme.Text {
			style = t.Style(role).On(ground.BG)
		}
		note := t.Style(theme.Muted).On(ground.BG)
		if i == l.Selected {
			style = t.Style(theme.Selected)
			note = style
		}
		l.drawItem(p.Sub(term.Rect{X: 0, Y: y, W: p.W, H: 1}), t, &l.Items[i], style, note)
	}
}

func (l *List) drawItem(p term.Pane, t *theme.Theme, it *Item, style, note term.Style) {
	p.Fill(p.Local(), ' ', style)
	x := 0
	if it.Marks {
		if it.Marked {
			p.Set(0, 0, markSign(t), style)
		}
		x = 2
	}
	w := min(term.Width(it.Note), max(0, p.W-x)/2)
	line{t: t, style: note, right: true}.draw(p, p.W-w, 0, w, it.Note)
	text := line{t: t, style: style, match: l.matchIn(it.Text)}
	if w > 0 {
		w++
	}
	text.draw(p, x, 0, p.W-x-w, it.Text)
}

func markSign(t *theme.Theme) rune {
	if t.ASCII {
		return '*'
	}
	return '✓'
}

// matchIn returns the bytes of a text that the filter finds. Where letters change their
// length with their case none are marked.
func (l *List) matchIn(text string) [2]int {
	lower := strings.ToLower(text)
	if l.filter == "" || len(lower) != len(text) {
		return [2]int{}
	}
	needle := strings.ToLower(l.filter)
	at := strings.Index(lower, needle)
	if at < 0 {
		return [2]int{}
	}
	return [2]int{at, at + len(needle)}
}

// refresh finds the entries that the filter leaves.
func (l *List) refresh() {
	l.shown = l.shown[:0]
	if l.filter == "" {
		return
	}
	needle := strings.ToLower(l.filter)
	for i := range l.Items {
		it := &l.Items[i]
		if strings.Contains(strings.ToLower(it.Text), needle) || strings.Contains(strings.ToLower(it.Note), needle) {
			l.shown = append(l.shown, i)
		}
	}
}

func (l *List) count() int {
	if l.filter == "" {
		return len(l.Items)
	}
	return len(l.shown)
}

// item returns which of Items is the one at a place.
func (l *List) item(at int) int {
	if l.filter == "" {
		return at
	}
	return l.shown[at]
}

// position returns the place of the selected entry, -1 where it is not shown.
func (l *List) position() int {
	for at := range l.count() {
		if l.item(at) == l.Selected {
			return at
		}
	}
	return -1
}
