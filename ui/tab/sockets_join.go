package tab

import (
	"sockeye/track"
	"sockeye/track/proc"
)

// socketJoin finds the sockets that flows are on. The zero value finds none.
type socketJoin struct{ index *proc.SocketIndex }

// socketPlace is a socket by its place in the list. It is turned for one at the remote
// end of a flow: what the flow received is what it sent.
type socketPlace struct {
	socket int
	turned bool
}

// socketItems joins the sockets with the flows that are theirs.
func socketItems(m *Model, own uint64) ([]socketItem, socketJoin) {
	items := make([]socketItem, len(m.Sockets))
	like := make(map[socketKey]int, len(m.Sockets)) // how many have the same ends
	for i := range m.Sockets {
		items[i] = socketItem{Socket: &m.Sockets[i], place: i}
		like[endsOfSocket(&m.Sockets[i])]++
	}
	for i := range items {
		switch s := &items[i]; {
		case !isNear(s.Socket, own):
			s.unknown = "they are in another network namespace"
		case s.Local.Port() != 0 && like[endsOfSocket(s.Socket)] > 1:
			s.unknown = "several sockets have these ends"
		}
	}
	join := socketJoin{proc.NewSocketIndex(m.Sockets, own)}
	if m.Snap == nil || len(items) == 0 {
		return items, join
	}
	for i := range m.Snap.Flows {
		r := &m.Snap.Flows[i]
		places, n := join.places(r)
		if n == 0 {
			continue
		}
		a := amountsOf(r, m.Snap.Time)
		turned := a
		turned.turn()
		for _, at := range places[:n] {
			if at.turned {
				items[at.socket].take(&turned)
			} else {
				items[at.socket].take(&a)
			}
		}
	}
	return items, join
}

// endsOfSocket tells a socket from all but those that share its ends (SO_REUSEPORT).
func endsOfSocket(s *proc.Socket) socketKey {
	return socketKey{netns: s.NetNS, proto: s.Proto, local: s.Local, remote: s.Remote}
}

func (s *socketItem) take(a *amounts) {
	s.flows++
	s.amounts.add(a)
}

// places returns the n sockets that a flow counts for, each once: that which it is on
// and that which accepted it, over loopback those of both ends.
func (j socketJoin) places(r *track.Row) (all [4]socketPlace, n int) {
	if j.index == nil || !r.HasPorts() || r.Class == track.Forwarded {
		return all, 0
	}
	add := func(i int, ok, turned bool) {
		for _, at := range all[:n] {
			ok = ok && at.socket != i
		}
		if ok {
			all[n] = socketPlace{i, turned}
			n++
		}
	}
	here, there := plainAddr(&r.Local), plainAddr(&r.Remote)
	i, ok := j.index.Find(r.Proto, here, there)
	add(i, ok, false)
	if !r.InitiatorKnown || r.Class == track.Incoming { // who began a flow did not accept it
		i, ok = j.index.Listener(r.Proto, here)
		add(i, ok, false)
	}
	if r.Class == track.Loopback {
		i, ok = j.index.Find(r.Proto, there, here)
		add(i, ok, true)
		i, ok = j.index.Listener(r.Proto, there)
		add(i, ok, true)
	}
	return all, n
}

// turn makes what was sent what was received.
func (a *amounts) turn() {
	a.bytes[track.Sent], a.bytes[track.Received] = a.bytes[track.Received], a.bytes[track.Sent]
	for k := range a.rate {
		a.rate[k][track.Sent], a.rate[k][track.Received] = a.rate[k][track.Received], a.rate[k][track.Sent]
	}
}
