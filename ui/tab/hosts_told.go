package tab

import (
	"cmp"
	"slices"

	"sockeye/track"
)

// hostTold is what the flows of a host tell of it.
type hostTold struct {
	names  []told // as it is called
	owners []told // processes that talk to it
	addrs  []told // of a domain
	reason string // of a flow without a process, why
	done   bool   // all flows were looked at
}

// told is something that flows tell, and how many do.
type told struct {
	text  string
	flows int
	key   groupKey
	end   track.Endpoint
}

// maxTold is how many different things are remembered of each kind.
const maxTold = 32

// addTold takes a thing in.
func addTold(all []told, t told) []told {
	for i := range all {
		if all[i].key == t.key && all[i].text == t.text {
			all[i].flows++
			return all
		}
	}
	if len(all) == maxTold {
		return all
	}
	t.flows = 1
	return append(all, t)
}

// rankTold puts what most flows tell first, of equals what was told first.
func rankTold(all []told) {
	slices.SortStableFunc(all, func(a, b told) int { return cmp.Compare(b.flows, a.flows) })
}

// take takes in what a flow tells.
func (t *hostTold) take(m *Model, r *track.Row) {
	if name := remoteName(m, r); name != "" {
		t.names = addTold(t.names, told{text: name})
	}
	o := ownerOf(r)
	if o.Process != nil {
		t.owners = addTold(t.owners, told{text: processText(o.Process), key: ownerKey(o)})
	} else if t.reason == "" {
		t.reason = ownerText(o)
	}
	t.addrs = addTold(t.addrs, told{key: addressKey(r), text: addressText(r, &r.Remote), end: r.Remote})
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
	wanted := make(map[hostKey]int32)
	want := func(t *hostItem) {
		if h.told[t.place] == nil {
			h.told[t.place] = new(hostTold)
			wanted[t.key()] = t.place
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
			k, _ := keyOfRemote(r)
			n, ok := wanted[k]
			if !ok {
				return
			}
			place = n
		}
		if x := h.told[place]; x != nil && !x.done {
			x.take(m, r)
		}
	})
	for _, n := range wanted {
		x := h.told[n]
		x.done = true
		rankTold(x.names)
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
