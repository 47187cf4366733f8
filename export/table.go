package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sockeye/track"
)

// table is one table of a text: the flows, or what they add up to.
type table struct {
	head  string // of the host column
	pairs []pair
	cut   Fold // what is not shown
}

// pair is two lines of a table: what was sent, and what was received.
type pair struct {
	proto         string // in the number's column of the second line
	first, second string // in the host column
	owners        [2]string
	bytes         *Ways
	rates         *WayRates
}

// fill makes the tables of a record, each sorted and cut to Lines.
func (t *Text) fill(r *Record) {
	t.tables = t.tables[:0]
	for i := range r.Groups {
		t.tables = append(t.tables, t.groupTable(&r.Groups[i], r))
	}
	if len(r.Groups) == 0 {
		t.tables = append(t.tables, t.flowTable(r))
	}
}

func (t *Text) flowTable(r *Record) table {
	t.flows = t.flows[:0]
	for i := range r.Flows {
		t.flows = append(t.flows, &r.Flows[i])
	}
	slices.SortStableFunc(t.flows, t.compareFlows) // stable: equal ones stay in the order of id
	to := table{head: "host", cut: r.Other}
	for i, f := range t.flows {
		if !t.shown(i) {
			to.cut.add(1, &f.Volume, &f.Rates)
			continue
		}
		to.pairs = append(to.pairs, pair{f.Proto, t.host(&f.Local), t.host(&f.Remote), t.owners(f), &f.Ways, &f.WayRates})
	}
	return to
}

// groupTable makes the table of a group. What is filtered or unmatched has a line of its
// own below, so it is taken out of what is not shown.
func (t *Text) groupTable(g *Group, r *Record) table {
	entries := make([]*Entry, len(g.Entries))
	for i := range g.Entries {
		entries[i] = &g.Entries[i]
	}
	slices.SortStableFunc(entries, t.compareEntries) // stable: as they were ranked
	to := table{head: g.By, cut: g.Other.less(&r.Filtered)}
	if r.Unmatched != nil {
		to.cut = to.cut.less(r.Unmatched)
	}
	if g.By == groupTexts[track.GroupHost] {
		to.head = "remote host"
	}
	for i, e := range entries {
		if !t.shown(i) {
			to.cut.add(e.Flows, &e.Volume, &e.Rates)
			continue
		}
		all := e.whole()
		to.pairs = append(to.pairs, pair{proto: e.Proto, first: e.text(), second: all.about(), bytes: &all.Ways, rates: &all.WayRates})
	}
	return to
}

// owners words whose a flow is: beside the local end its process, beside the remote one
// that end's where it is here, too, else the container.
func (t *Text) owners(f *Flow) (two [2]string) {
	if !t.owned {
		return two
	}
	two[0], two[1] = ownerText(f.Process, f.Attribution), ownerText(f.ProcessRemote, f.AttributionRemote)
	if p := f.Process; two[1] == "" && p != nil && p.Container != nil {
		two[1] = "in " + p.Container.text()
	}
	return two
}

// shown reports whether row i, from 0 on, is within Lines.
func (t *Text) shown(i int) bool { return t.Lines <= 0 || i < t.Lines }

// add takes flows into the fold, with all that text output shows of them.
func (d *Fold) add(flows uint64, v *Volume, r *Rates) {
	d.Flows += flows
	d.Bytes += v.Bytes
	d.Rate2 += r.Rate2
	d.Rate10 += r.Rate10
	d.Rate40 += r.Rate40
}

// less returns the same of the fold without a part of it. Rounding must not
// make a rate negative.
func (d *Fold) less(part *Fold) (rest Fold) {
	rest.Flows, rest.Bytes = d.Flows-part.Flows, d.Bytes-part.Bytes
	rest.Rate2 = max(0, d.Rate2-part.Rate2)
	rest.Rate10 = max(0, d.Rate10-part.Rate10)
	rest.Rate40 = max(0, d.Rate40-part.Rate40)
	return rest
}

func (t *Text) compareFlows(a, b *Flow) int {
	switch t.Order {
	case "source":
		return strings.Compare(a.Local.sortKey(), b.Local.sortKey())
	case "destination":
		return strings.Compare(a.Remote.sortKey(), b.Remote.sortKey())
	}
	return cmp.Compare(t.score(&b.Volume, &b.Rates), t.score(&a.Volume, &a.Rates))
}

// compareEntries orders by the key where flows are ordered by one of their ends.
func (t *Text) compareEntries(a, b *Entry) int {
	if t.Order == "source" || t.Order == "destination" {
		return a.compareKeys(b)
	}
	return cmp.Compare(t.entryScore(b), t.entryScore(a))
}

// entryScore is what entries are ordered by: what whole shows.
func (t *Text) entryScore(e *Entry) float64 {
	score := t.score(&e.Volume, &e.Rates)
	if p := e.Peer; p != nil {
		score += t.score(&p.Volume, &p.Rates)
	}
	return score
}

// score is what flows are ordered by, the highest first.
func (t *Text) score(v *Volume, r *Rates) float64 {
	switch t.Order {
	case "10s":
		return r.Rate10
	case "40s":
		return r.Rate40
	case "total":
		return float64(v.Bytes)
	default:
		return r.Rate2
	}
}

// sortKey orders ends as they are read: by name or address, then by port.
func (e *Endpoint) sortKey() string {
	return fmt.Sprintf("%s %5d", cmp.Or(e.Name, e.IP, e.MAC), e.Port)
}

// table writes a table, down to the rule below it. Where there are several each
// says itself what it does not show; else that is said with the sums.
func (t *Text) table(from *table) {
	t.row("    #", from.head, "", t.pickRates("last 2s", "last 10s", "last 40s"), "total")
	if t.owned {
		t.tail("process", 0)
	}
	t.rule('-')
	for i := range from.pairs {
		t.pair(i+1, &from.pairs[i])
	}
	if len(t.tables) > 1 {
		t.fold("not shown", &from.cut)
	}
	t.rule('-')
}

// pair writes two lines.
func (t *Text) pair(number int, p *pair) {
	t.row(fmt.Sprintf("%*d", numberWidth, number), p.first, "=>",
		t.rates(p.rates.Sent2, p.rates.Sent10, p.rates.Sent40), quantity(float64(p.bytes.BytesSent), "B"))
	t.tail(p.owners[0], p.rates.Sent10)
	t.row(fmt.Sprintf("%*.*s", numberWidth, numberWidth, p.proto), p.second, "<=",
		t.rates(p.rates.Received2, p.rates.Received10, p.rates.Received40), quantity(float64(p.bytes.BytesReceived), "B"))
	t.tail(p.owners[1], p.rates.Received10)
}
