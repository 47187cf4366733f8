package screen

import (
	"cmp"
	"slices"
	"time"

	"sockeye/parse"
	"sockeye/track"
)

// Fill makes a snapshot of rows whose sums add up: all is shown, there is no Other.
func Fill(s *track.Snapshot, rows []track.Row, now time.Time) {
	s.Time, s.Until = now.UnixNano(), now.UnixNano()
	s.Start = now.Add(-2 * time.Hour).UnixNano()
	s.Window = track.Windows
	s.Live = len(rows)
	s.Flows = append(s.Flows[:0], rows...)
	slices.SortFunc(s.Flows, func(a, b track.Row) int { return cmp.Compare(a.ID, b.ID) })
	s.Totals = totals(s.Flows)
	s.Interfaces = append(s.Interfaces[:0], track.InterfaceMeter{Meter: s.Totals.Own})
	s.Protocols = protocols(s.Protocols[:0], s.Flows)
	for i := range s.Groups {
		fillGroup(&s.Groups[i], s.Flows)
	}
}

func totals(rows []track.Row) track.Totals {
	var t track.Totals
	for i := range rows {
		r := &rows[i]
		for way := range 2 {
			t.All.Add(r.Count[way])
			for w := range t.Rate {
				t.Rate[w].Bytes += r.Rate[w][way].Bytes
				t.Rate[w].Packets += r.Rate[w][way].Packets
			}
			switch r.Class {
			case track.Loopback:
				t.Loopback.Add(r.Count[way])
			case track.Forwarded:
				t.Forwarded.Add(r.Count[way])
			default:
				t.Own.Count[way].Add(r.Count[way])
				t.Own.Peak[way] += r.Peak[way]
				for w := range t.Own.Rate {
					t.Own.Rate[w][way].Bytes += r.Rate[w][way].Bytes
					t.Own.Rate[w][way].Packets += r.Rate[w][way].Packets
				}
			}
		}
		t.Peak += r.Peak[2]
	}
	t.Own.Peak[2] = t.Own.Peak[0] + t.Own.Peak[1]
	return t
}

func protocols(to []track.ProtocolTotal, rows []track.Row) []track.ProtocolTotal {
	for i := range rows {
		r := &rows[i]
		at := slices.IndexFunc(to, func(p track.ProtocolTotal) bool { return p.Family == r.Family && p.Proto == r.Proto })
		if at < 0 {
			at = len(to)
			to = append(to, track.ProtocolTotal{Family: r.Family, Proto: r.Proto})
		}
		to[at].Flows++
		for way := range 2 {
			to[at].Count.Add(r.Count[way])
		}
	}
	slices.SortFunc(to, func(a, b track.ProtocolTotal) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Proto, b.Proto))
	})
	return to
}

// fillGroup adds rows up as a table would: the highest rate of 2 s comes first.
func fillGroup(g *track.Group, rows []track.Row) {
	g.Rows, g.Other = g.Rows[:0], track.Fold{}
	at := map[any]int{}
	remotes := map[any]map[any]bool{}
	for i := range rows {
		r := &rows[i]
		row, key, ok := groupOf(g.By(), r)
		if !ok {
			fold(&g.Other, r)
			continue
		}
		n, known := at[key]
		if !known {
			n = len(g.Rows)
			at[key], remotes[key] = n, map[any]bool{}
			row.First, row.Last = r.First, r.Last
			g.Rows = append(g.Rows, row)
		}
		sum(&g.Rows[n], r)
		remotes[key][r.Remote.Addr] = true
		if g.By() >= track.GroupProcess {
			g.Rows[n].Remotes = uint64(len(remotes[key]))
		}
	}
	slices.SortStableFunc(g.Rows, func(a, b track.GroupRow) int {
		return cmp.Compare(b.Rate[0][0].Bytes+b.Rate[0][1].Bytes, a.Rate[0][0].Bytes+a.Rate[0][1].Bytes)
	})
}

func fold(f *track.Fold, r *track.Row) {
	f.Flows++
	for way := range 2 {
		f.Count.Add(r.Count[way])
		for w := range f.Rate {
			f.Rate[w].Bytes += r.Rate[w][way].Bytes
			f.Rate[w].Packets += r.Rate[w][way].Packets
		}
	}
}

func sum(g *track.GroupRow, r *track.Row) {
	g.Flows++
	g.First, g.Last = min(g.First, r.First), max(g.Last, r.Last)
	for way := range 2 {
		g.Count[way].Add(r.Count[way])
		for w := range g.Rate {
			g.Rate[w][way].Bytes += r.Rate[w][way].Bytes
			g.Rate[w][way].Packets += r.Rate[w][way].Packets
		}
	}
}

// groupOf returns the row that a flow counts in and what tells it from others.
func groupOf(by track.GroupBy, r *track.Row) (row track.GroupRow, key any, ok bool) {
	p := r.Owner.Process
	if by >= track.GroupProcess && p == nil {
		return track.GroupRow{Reason: r.Owner.Reason}, r.Owner.Reason, true
	}
	row = track.GroupRow{Process: p}
	switch by {
	case track.GroupHost:
		row = track.GroupRow{Family: r.Family, Host: track.Endpoint{Addr: r.Remote.Addr, MAC: r.Remote.MAC}}
		return row, r.Remote.Addr, r.Family != parse.FamilyNone
	case track.GroupPort:
		return track.GroupRow{Proto: r.Proto, Port: r.ServicePort(nil)}, [2]uint16{r.Proto, r.ServicePort(nil)}, r.HasPorts()
	case track.GroupProcess:
		return row, p.ID, true
	case track.GroupContainer:
		if p.Container == nil {
			return track.GroupRow{}, nil, false
		}
		return row, p.Container.ID, true
	case track.GroupUser:
		return row, p.UID, true
	case track.GroupUnit:
		return row, p.Unit, true
	}
	return row, *p.Package, true
}
