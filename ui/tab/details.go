package tab

import (
	"strings"

	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// detailsTab shows all that is known of one flow: what it carried lately as curves, and
// below them its facts on cards.
type detailsTab struct {
	flow  shownFlow
	rates flowRates
	app   appCards
	facts factCards
	chart rateCharts
	own   uint64 // this process's network namespace
}

// NewDetails returns the tab of the selected flow.
func NewDetails() Tab {
	return &detailsTab{facts: newFactCards(), own: proc.OwnNetNS()}
}

func (*detailsTab) Name() string { return "Details" }

// Draw draws a line that names the flow, the curves, and the cards.
func (d *detailsTab) Draw(p term.Pane, m *Model) {
	m.SortText = ""
	r := d.update(m)
	if r == nil {
		widget.Message(p, m.Theme, d.lacking(m))
		return
	}
	top, rest := p.Local().Top(1)
	d.title(p.Sub(top), m, r)
	curves, rest := rest.Top(chartLines(p.H))
	d.chart.draw(p, m, &d.rates, curves)
	d.facts.draw(p, m, rest)
}

// chartLines returns the lines that curves get of a screen: where it is low, facts come
// first.
func chartLines(height int) int {
	const least, most, from = 4, 12, 12
	if height < from {
		return 0
	}
	return min(max(least, height/5), most)
}

// update brings the tab up to the model. It returns the flow, nil where there is none.
func (d *detailsTab) update(m *Model) *track.Row {
	if d.flow.id != m.Selected { // another one begins at its beginning
		d.facts.cards.Top, d.chart.cursor = 0, 0
	}
	r := d.flow.find(m)
	if r == nil {
		d.facts.show(nil)
		return nil
	}
	if d.flow.here {
		d.rates.observe(m, r)
	} else {
		d.rates.keep(r.ID)
	}
	d.facts.show(d.cards(m, r))
	return r
}

// lacking says why there is nothing to see.
func (d *detailsTab) lacking(m *Model) string {
	if m.Selected == 0 {
		return "No flow is selected.\nSelect one in Flows, and open it with Enter."
	}
	return "Nothing is known any more of the flow that was selected.\nSelect another one in Flows, and open it with Enter."
}

// title names the flow, and says whether it has left.
func (d *detailsTab) title(p term.Pane, m *Model, r *track.Row) {
	x := p.Text(0, 0, protoText(r)+" ", m.Style(theme.Muted))
	x += p.Text(x, 0, endText(m, r, track.Sent), m.Style(theme.Local))
	x += p.Text(x, 0, " "+sign(m, wayMark(r))+" ", m.Style(theme.Muted))
	x += p.Text(x, 0, endText(m, r, track.Received), m.Style(theme.Remote))
	text, role := stateText(r), staleRole(r)
	if !d.flow.here {
		text, role = "has left: "+closedWhy(r), theme.Warn
	}
	p.Text(x, 0, "  "+term.Cut(text, max(0, p.W-x-2)), m.Style(role))
}

// cards returns all facts of a flow.
func (d *detailsTab) cards(m *Model, r *track.Row) []widget.Card {
	cards := []widget.Card{d.connectionCard(m, r)}
	cards = append(cards, ownerCards(m, r)...)
	cards = append(cards, d.trafficCard(m, r), networkCard(m, r))
	cards = append(cards, d.app.of(r.App)...)
	cards = append(cards, healthCard(m, r))
	return append(cards, socketCards(m, r, d.own)...)
}

// Act implements Tab.
func (d *detailsTab) Act(m *Model, a Action) bool {
	d.update(m)
	switch a {
	case DoCursorLeft:
		d.chart.move(-1)
	case DoCursorRight:
		d.chart.move(1)
	case DoReset:
		d.chart.cursor, d.facts.cards.Selected, d.facts.cards.Top = 0, -1, 0
	case DoBack:
		if d.chart.cursor != 0 {
			d.chart.cursor = 0
			return true
		}
		return d.facts.act(a)
	default:
		return d.facts.act(a)
	}
	return true
}

// Mouse implements Tab. The left button reads the curves, or copies a fact.
func (d *detailsTab) Mouse(m *Model, e term.Event) bool {
	if e.Kind == term.MousePress && d.chart.read(e.X, e.Y) {
		return true
	}
	if !d.facts.mouse(e) {
		return false
	}
	if text := d.Copy(m, false); e.Kind == term.MousePress && e.Button == term.LeftButton && text != "" {
		fact, _ := d.facts.cards.Fact()
		m.Send(Request{Tab: -1, Copy: text, What: strings.ToLower(term.Printable(fact.Label))})
	}
	return true
}

// Tip implements Tab.
func (d *detailsTab) Tip(_ *Model, x, y int) func(*Model) *Tip {
	return d.facts.tip(x, y, func(m *Model) []widget.Card {
		r := d.update(m)
		if r == nil {
			return nil
		}
		return d.facts.cards.Cards
	})
}

// Copy implements Tab: the selected fact without its name, or all that the first line
// says.
func (d *detailsTab) Copy(m *Model, remote bool) string {
	r := d.update(m)
	if r == nil {
		return ""
	}
	if remote {
		return plainEnd(r, track.Received)
	}
	if fact, ok := d.facts.cards.Fact(); ok {
		return term.Printable(strings.TrimSpace(fact.Value))
	}
	return term.Printable(words(protoText(r), plainEnd(r, track.Sent), wayMark(r), plainEnd(r, track.Received),
		remoteName(m, r), ownerText(ownerOf(r)), appText(r.App), stateText(r)))
}

// Sheet implements Tab.
func (d *detailsTab) Sheet(m *Model) *Sheet {
	d.update(m)
	return sheetOf("details", d.facts.cards.Cards)
}
