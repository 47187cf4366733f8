package tab

import (
	"net/netip"
	"slices"
	"strings"

	"sockeye/track"
)

// pins are the pinned pairs in a form that is compared quickly. A pair is a process, by
// name, and a remote host, by a name of it or its address: it holds after a restart, when
// numbers of processes and flows are others.
type pins struct {
	pairs []PinnedPair
	addrs []netip.Addr // of Remote, where it is an address
}

// set takes the pins over, and reports whether they are others than before.
func (p *pins) set(pairs []PinnedPair) bool {
	if slices.Equal(p.pairs, pairs) {
		return false
	}
	p.pairs = append(p.pairs[:0], pairs...)
	p.addrs = p.addrs[:0]
	for i := range pairs {
		addr, _ := netip.ParseAddr(pairs[i].Remote) // not valid of a name
		p.addrs = append(p.addrs, addr)
	}
	return true
}

// has reports whether a flow is pinned.
func (p *pins) has(m *Model, r *track.Row) bool {
	for i := range p.pairs {
		if p.holds(i, m, r) {
			return true
		}
	}
	return false
}

// holds reports whether pin i is about a flow.
func (p *pins) holds(i int, m *Model, r *track.Row) bool {
	if p.pairs[i].Process != processName(ownerOf(r).Process) {
		return false
	}
	if p.addrs[i].IsValid() {
		return r.Remote.Addr.WithZone("") == p.addrs[i].WithZone("")
	}
	remote := p.pairs[i].Remote
	for j := range r.Names {
		if strings.EqualFold(r.Names[j].Name, remote) {
			return true
		}
	}
	if m.Naming != nil && strings.EqualFold(m.Naming.Host(r), remote) {
		return true
	}
	return !r.Remote.Addr.IsValid() && remote == addressText(r, &r.Remote)
}

// pairOf returns the pin for a flow: by the name of its remote end where one is known.
func pairOf(m *Model, r *track.Row) PinnedPair {
	name := ""
	if m.Naming != nil {
		name = m.Naming.Host(r)
	}
	if name == "" {
		name = addressText(r, &r.Remote)
	}
	return PinnedPair{Process: processName(ownerOf(r).Process), Remote: name}
}

// togglePin takes all pins of a flow away, or pins it if it has none. It reports whether
// the flow is pinned now.
func togglePin(m *Model, r *track.Row) bool {
	var p pins
	p.set(m.Prefs.Pins)
	var left []PinnedPair
	for i := range p.pairs {
		if !p.holds(i, m, r) {
			left = append(left, p.pairs[i])
		}
	}
	pinned := len(left) == len(p.pairs)
	if pinned {
		left = append(left, pairOf(m, r))
	}
	m.Prefs.Pins = left
	return pinned
}
