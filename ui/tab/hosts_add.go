package tab

import "sockeye/track"

// hostAdder adds flows up by the domain of their remote end, or by its address where it has
// no name.
type hostAdder struct {
	grouper
	places map[hostKey]int32
	sums   []hostSum
	of     []int32 // the place of each flow's sum, in the order of the flows that were added
}

type hostSum struct {
	track.GroupRow
	domain string
}

func (a *hostAdder) reset() {
	clear(a.places)
	a.sums, a.of = a.sums[:0], a.of[:0]
}

// add adds flows of the snapshot up. Flows without any address are in none.
func (a *hostAdder) add(m *Model, flows []ref) {
	a.reset()
	if a.places == nil {
		a.places = make(map[hostKey]int32)
	}
	for _, n := range flows {
		r := &m.Snap.Flows[n]
		k, ok := a.keyOf(m, r)
		if !ok {
			a.of = append(a.of, -1)
			continue
		}
		i, known := a.places[k]
		if !known {
			i = int32(len(a.sums))
			a.places[k] = i
			a.sums = append(a.sums, hostSum{domain: k.domain})
			s := &a.sums[i]
			s.Family, s.Host = r.Family, track.Endpoint{Addr: k.addr, MAC: k.mac}
		}
		addRow(&a.sums[i].GroupRow, r)
		a.of = append(a.of, i)
	}
}

func (a *hostAdder) keyOf(m *Model, r *track.Row) (k hostKey, ok bool) {
	if name := remoteName(m, r); name != "" {
		return hostKey{domain: a.domain(name)}, true
	}
	return keyOfRemote(r)
}

// keyOfRemote returns the key of a flow's remote end; ok is false where it has no address.
func keyOfRemote(r *track.Row) (k hostKey, ok bool) {
	if r.Remote.Addr.IsValid() {
		return hostKey{addr: r.Remote.Addr.WithZone("")}, true
	}
	k.mac = r.Remote.MAC
	return k, k.mac != [6]byte{}
}
