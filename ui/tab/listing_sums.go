package tab

import (
	"strings"
	"time"

	"sockeye/track"
	"sockeye/ui/term"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// The tabs that add flows up: what their rows carried, and what that is of the whole.

// sumRate returns bytes/s of a row over a window of track.Windows, with those of its peer.
func sumRate(r *track.GroupRow, window int, w ways) float64 {
	sent, received := r.Rate[window][track.Sent].Bytes, r.Rate[window][track.Received].Bytes
	if p := r.Peer; p != nil {
		sent += p.Rate[window][track.Sent].Bytes
		received += p.Rate[window][track.Received].Bytes
	}
	switch w {
	case onlySent:
		return sent
	case onlyReceived:
		return received
	}
	return sent + received
}

// sumCount returns what a row carried, with what its peer did.
func sumCount(r *track.GroupRow, w ways) track.Count {
	var c track.Count
	for way := range r.Count {
		if w == onlySent && way != track.Sent || w == onlyReceived && way != track.Received {
			continue
		}
		c.Add(r.Count[way])
		if r.Peer != nil {
			c.Add(r.Peer.Count[way])
		}
	}
	return c
}

// sumFlows returns how many flows a row is of: those that have left the table, too, where
// they are in the other numbers.
func sumFlows(r *track.GroupRow) uint64 {
	n := r.Flows + r.Gone
	if r.Peer != nil {
		n += r.Peer.Flows
	}
	return n
}

// sumAmounts returns the amounts of a row at a time on the capture's clock.
func sumAmounts(r *track.GroupRow, now int64) amounts {
	a := amounts{first: r.First, until: max(now, r.First)}
	for way := range r.Count {
		w := onlySent + ways(way)
		a.bytes[way] = sumCount(r, w).Bytes
		for k := range a.rate {
			a.rate[k][way] = sumRate(r, k, w)
		}
	}
	return a
}

// addRow adds a flow to a row.
func addRow(to *track.GroupRow, r *track.Row) {
	if to.Flows == 0 || r.First < to.First {
		to.First = r.First
	}
	to.Last = max(to.Last, r.Last)
	to.Flows++
	for way := range r.Count {
		to.Count[way].Add(r.Count[way])
		for k := range r.Rate {
			to.Rate[k][way].Bytes += r.Rate[k][way].Bytes
			to.Rate[k][way].Packets += r.Rate[k][way].Packets
		}
	}
}

// volume is a part of the traffic: the bytes, and over 2 s the rate.
type volume struct {
	bytes uint64
	rate  float64
}

// sums is what the rows of a listing are of the whole traffic: rows - twice + other = all,
// unless only some of the flows were added up.
type sums struct {
	rows, twice, other, all volume
	highest                 float64 // rate of a row one way over 2 s
}

// add takes a row in. What belongs to it as the peer of another is in that one's row, too.
func (s *sums) add(r *track.GroupRow) {
	sent, received := sumRate(r, 0, onlySent), sumRate(r, 0, onlyReceived)
	s.highest = max(s.highest, sent, received)
	s.rows.bytes += r.Count[track.Sent].Bytes + r.Count[track.Received].Bytes
	s.rows.rate += sent + received
	if p := r.Peer; p != nil {
		s.rows.bytes += p.Count[track.Sent].Bytes + p.Count[track.Received].Bytes
		s.twice.bytes += p.Count[track.Sent].Bytes + p.Count[track.Received].Bytes
		s.twice.rate += p.Rate[0][track.Sent].Bytes + p.Rate[0][track.Received].Bytes
	}
}

// ofAll notes what all traffic was.
func (s *sums) ofAll(snap *track.Snapshot) {
	s.all = volume{snap.Totals.All.Bytes, snap.Totals.Rate[0].Bytes}
}

// fold notes what is in no row.
func (s *sums) fold(f *track.Fold) { s.other = volume{f.Count.Bytes, f.Rate[0].Bytes} }

// rest notes that what is in no row is all else.
func (s *sums) rest() {
	const rounding = 1e-6
	if own := s.rows.bytes - s.twice.bytes; s.all.bytes > own {
		s.other.bytes = s.all.bytes - own
	}
	if rate := s.all.rate - s.rows.rate + s.twice.rate; rate > rounding*s.all.rate {
		s.other.rate = rate
	}
}

// text words a sum: "3.9MB + 1kB hidden = 3.9MB", or of some flows only "3.9MB of 12MB".
func (s *sums) text(other string, some bool, of func(volume) float64, word func(float64) string) string {
	rows, twice, rest, all := of(s.rows), of(s.twice), of(s.other), of(s.all)
	if some {
		return word(max(0, rows-twice)) + " of " + word(all)
	}
	text := word(rows)
	if twice > 0 {
		text += " - " + word(twice) + " between them"
	}
	if rest > 0 {
		text += " + " + word(rest) + " " + other
	}
	if twice > 0 || rest > 0 {
		text += " = " + word(all)
	}
	return text
}

// draw draws the line above a listing: how many rows of which kind, what they are of the
// whole, and as much of the rest as there is room for.
func (s *sums) draw(p term.Pane, m *Model, count, other string, some bool, notes ...string) {
	x := p.Text(0, 0, count, m.Style(theme.Title)) + 2
	parts := []string{
		"total " + s.text(other, some, func(v volume) float64 { return float64(v.bytes) }, func(n float64) string { return widget.Bytes(uint64(n)) }),
		"2s " + s.text(other, some, func(v volume) float64 { return v.rate }, func(r float64) string { return rateText(m, r) }),
	}
	if some {
		parts = append([]string{"only flows in the table that match"}, parts...)
	}
	between := sign(m, " · ")
	for i, text := range append(parts, notes...) {
		if text == "" {
			continue
		}
		if i > 0 {
			text = between + text
		}
		if x+term.Width(text) > p.W {
			if i == 0 {
				p.Text(x, 0, term.Cut(text, max(0, p.W-x)), m.Style(theme.Muted))
			}
			return
		}
		x += p.Text(x, 0, text, m.Style(theme.Muted))
	}
}

// groupOf returns a group of the snapshot, nil where that has none such.
func groupOf(m *Model, by track.GroupBy) *track.Group {
	for i := range m.Snap.Groups {
		if g := &m.Snap.Groups[i]; g.By() == by {
			return g
		}
	}
	return nil
}

// barsOfSum returns how a row looks: with what it sends and receives over 2 s behind it.
func barsOfSum(m *Model, scale *rateScale, r *track.GroupRow) widget.RowLook {
	return widget.RowLook{
		Style: widget.BarStyle(m.Prefs.BarStyle),
		Bars:  [2]float64{scale.share(sumRate(r, 0, onlySent)), scale.share(sumRate(r, 0, onlyReceived))},
	}
}

// laySums parts a pane: a line above the table, and where there is room and there are
// bars one for their scale.
func laySums(p term.Pane, m *Model) (title, ruler, rest term.Rect) {
	rest = p.Local()
	if p.H < 4 {
		return title, ruler, rest
	}
	title, rest = rest.Top(1)
	const tall = 20
	if p.H >= tall && m.Prefs.BarStyle != NoBars {
		ruler, rest = rest.Top(1)
	}
	return title, ruler, rest
}

// drawScale draws the scale of the bars.
func drawScale(p term.Pane, m *Model, s *rateScale) {
	widget.Ruler(p, m.Theme, s.to, s.log, func(v float64) string { return rateText(m, v) })
}

// sumLines words rates, totals and times of a row.
func sumLines(m *Model, r *track.GroupRow) []TipLine {
	a := sumAmounts(r, m.Snap.Time)
	lines := amountLines(m, &a)
	lines = lines[:len(lines)-1] // the age, of which there are two
	when := func(ns int64) string {
		return time.Unix(0, ns).In(m.Now.Location()).Format(time.DateTime) + ", " + agoText(m, ns) + " ago"
	}
	return append(lines, TipLine{"Share", shareText(m, r) + " of all, 2 s"}, TipLine{"First seen", when(r.First)}, TipLine{"Last seen", when(r.Last)})
}

// rowObject is what a row carried, in an export.
type rowObject struct {
	Flows   uint64     `json:"flows"`
	Packets uint64     `json:"packets"`
	Bytes   [2]uint64  `json:"bytes"`   // sent, received
	Rate2   [2]float64 `json:"rate_2s"` // bytes/s
	Rate10  [2]float64 `json:"rate_10s"`
	Rate40  [2]float64 `json:"rate_40s"`
	First   time.Time  `json:"first"`
	Last    time.Time  `json:"last"`
}

func rowObjectOf(r *track.GroupRow) rowObject {
	a := sumAmounts(r, r.Last)
	return rowObject{
		Flows: sumFlows(r), Packets: sumCount(r, bothWays).Packets, Bytes: a.bytes,
		Rate2: a.rate[0], Rate10: a.rate[1], Rate40: a.rate[2],
		First: time.Unix(0, r.First).UTC(), Last: time.Unix(0, r.Last).UTC(),
	}
}

// copied joins the parts of a row that is copied; those that are empty are left out.
func copied(parts ...string) string {
	kept := parts[:0]
	for _, s := range parts {
		if s = term.Printable(s); s != "" {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, " ")
}
