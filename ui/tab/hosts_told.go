package tab

import (
	"cmp"
	"net/netip"
	"slices"

	"sockeye/track"
)

// hostTold is what the flows of a host tell of it.
type hostTold struct {
	names  []told // as it is called, in the order of the flows
	owners []told // processes that talk to it, the one with most flows first
	addrs  []told // of a domain, likewise
	reason string // of a flow without a process, why
	done   bool   // all flows were looked at
}

// told is something that flows tell, and how many do.
type told struct {
	text  string
	flows int
	key   groupKey
	end   track.Endpoint // of an address
}

// maxTold is how many different things are remembered of each kind.
const maxTold = 32

// addTold takes a thing in. One that has a key is worded when it is new.
func addTold(all []told, t told, word func() string) []told {
	for i := range all {
		if all[i].key == t.key && (word != nil || all[i].text == t.text) {
			all[i].flows++
			return all
		}
	}
	if len(all) == maxTold {
		return all
	}
	if word != nil {
		t.text = word()
	}
	t.flows = 1
	return append(all, t)
}

// rankTold puts what most flows tell first, of equals what was told first.
func rankTold(all []told) {
	slices.SortStableFunc(all, func(a, b told) int { return cmp.Compare(b.flows, a.flows) })
}

// take takes in what a flow tells; its address, too, if it is one of several.
func (t *hostTold) take(m *Model, r *track.Row, several bool) {
	if name := remoteName(m, r); name != "" {
		t.names = addTold(t.names, told{text: name}, nil)
	}
	o := ownerOf(r)
	if o.Process != nil {
		t.owners = addTold(t.owners, told{key: ownerKey(o)}, func() string { return processText(o.Process) })
	} else if t.reason == "" {
		t.reason = ownerText(o)
	}
	if several {
		t.addrs = addTold(t.addrs, told{key: addressKey(r), end: r.Remote}, func() string { return addressText(r, &r.Remote) })
	}
}

// hostPlaces finds the places of hosts by their addresses.
type hostPlaces struct {
	addrs map[netip.Addr]int32
	macs  map[[6]byte]int32
}

func newHostPlaces() hostPlaces {
	return hostPlaces{make(map[netip.Addr]int32), make(map[[6]byte]int32)}
}

func (p hostPlaces) put(t *hostItem) {
	if t.Host.Addr.IsValid() {
		p.addrs[t.Host.Addr] = t.place
	} else {
		p.macs[t.Host.MAC] = t.place
	}
}

// of returns the place of a flow's remote end.
func (p hostPlaces) of(r *track.Row) (place int32, ok bool) {
	if a := r.Remote.Addr; a.IsValid() {
		place, ok = p.addrs[a.WithZone("")]
	} else {
		place, ok = p.macs[r.Remote.MAC]
	}
	return place, ok
}

// named returns the first name that a flow gives a host, which is that of its row; "" for
// none. It is for an order: the names of all are looked for at once.
func (h *hostsTab) named(m *Model, t *hostItem) string {
	if len(h.names) == 0 {
		h.names = slices.Grow(h.names, len(h.items))[:len(h.items)]
		clear(h.names)
		if h.index.addrs == nil {
			h.index = newHostPlaces()
		}
		clear(h.index.addrs)
		clear(h.index.macs)
		for i := range h.items {
			h.index.put(&h.items[i])
		}
		h.each(m, func(r *track.Row, place int32) {
			if place < 0 {
				n, ok := h.index.of(r)
				if !ok {
					return
				}
				place = n
			}
			if h.names[place] == "" {
				h.names[place] = remoteName(m, r)
			}
		})
	}
	return h.names[t.place]
}

// about returns what is told of a row. It is looked for when first asked about, together
// with all rows that are seen: flows are gone through once for all of them.
func (h *hostsTab) about(m *Model, t *hostItem) *hostTold {
	if h.told[t.place] == nil {
		h.ask(m, t)
	}
	return h.told[t.place]
}

// ask looks at the flows of a row, and of those that are on the screen with it.
func (h *hostsTab) ask(m *Model, t *hostItem) {
	places := newHostPlaces()
	var wanted []*hostTold
	want := func(t *hostItem) {
		if h.told[t.place] == nil {
			h.told[t.place] = new(hostTold)
			wanted = append(wanted, h.told[t.place])
			if t.domain == "" {
				places.put(t)
			}
		}
	}
	seen := h.items
	if !h.whole {
		from := min(h.list.table.Top, len(h.list.items))
		seen = h.list.items[from:min(len(h.list.items), from+h.list.table.Page()+1)]
	}
	for i := range seen {
		want(&seen[i])
	}
	want(t)
	h.each(m, func(r *track.Row, place int32) {
		if place < 0 {
			n, ok := places.of(r)
			if !ok {
				return
			}
			place = n
		}
		if x := h.told[place]; x != nil && !x.done {
			x.take(m, r, h.view == hostsByDomain)
		}
	})
	for _, x := range wanted {
		x.done = true
		rankTold(x.owners)
		rankTold(x.addrs)
	}
}

// each calls f for the flows that were added up, with the place of the sum of each; -1
// where that has to be looked for.
func (h *hostsTab) each(m *Model, f func(r *track.Row, place int32)) {
	switch {
	case h.view == hostsByDomain:
		for i, n := range h.some.found {
			if place := h.adder.of[i]; place >= 0 {
				f(&m.Snap.Flows[n], place)
			}
		}
	case narrowed(m):
		for _, n := range h.some.found {
			f(&m.Snap.Flows[n], -1)
		}
	default:
		for i := range m.Snap.Flows {
			f(&m.Snap.Flows[i], -1)
		}
	}
}
