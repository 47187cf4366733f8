package proc

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// life is a socket in the model: what it was for a while.
type life struct {
	cookie     uint64
	at         tuple
	made, gone int64 // gone 0 while it lasts
	late       bool  // it was told of later than it was born
	maker      Ref
	users      []Ref
}

// model is watched as one would write it without thought for memory or speed.
type model struct{ lives []life }

func (m *model) open(cookie uint64) *life {
	for i := range m.lives {
		if l := &m.lives[i]; l.cookie == cookie && l.gone == 0 {
			return l
		}
	}
	return nil
}

func (m *model) apply(e *Event, ref Ref) {
	l := m.open(e.Cookie)
	if e.Kind == SocketGone {
		if l != nil {
			l.gone = e.Time
		}
		return
	}
	at, _ := tupleOf(e)
	switch {
	case l == nil:
		m.lives = append(m.lives, life{cookie: e.Cookie, at: at, made: e.Time, late: e.Kind != SocketBound})
		l = &m.lives[len(m.lives)-1]
	case l.at != at && (at.proto != tcp || l.at.remote != anyAddress):
		old := *l
		old.gone = e.Time
		l.made, l.at = e.Time, at
		m.lives = append(m.lives, old)
		l = m.open(e.Cookie)
	case l.at != at:
		l.at = at
	}
	if e.Kind == SocketUsed {
		for _, u := range l.users {
			if u == ref {
				return
			}
		}
		l.users = append(l.users[:len(l.users):len(l.users)], ref)
		return
	}
	l.maker = ref
}

// agrees is how well a life agrees with a flow's beginning: 3 that it was there, 2 that
// it was told of later, 1 that it had just ended.
func (l *life) agrees(first int64) int {
	switch {
	case first >= l.made-skew && (l.gone == 0 || first <= l.gone):
		return 3
	case first < l.made-skew && l.late && l.made-first <= lateBirth:
		return 2
	case first >= l.made-skew && l.gone != 0 && first-l.gone <= lateDeath:
		return 1
	}
	return 0
}

// connected returns the maker of the life that has a flow.
func (m *model) connected(at tuple, first int64) (best *life) {
	rank := 0
	for i := range m.lives {
		l := &m.lives[i]
		r := l.agrees(first)
		if l.at != at || r == 0 || r < rank {
			continue
		}
		if r > rank || r == 2 && l.made < best.made || r != 2 && l.made > best.made {
			best, rank = l, r
		}
	}
	return best
}

// bound returns the owners of the lives that take what comes to an end, or of those that
// may have begun something there: they were used.
func (m *model) bound(at tuple, first int64, began bool) (owners map[Ref]bool) {
	rank := 0
	for i := range m.lives {
		l := &m.lives[i]
		r := l.agrees(first)
		if l.at != at || r == 0 || r < rank || began && len(l.users) == 0 {
			continue
		}
		if r > rank {
			rank, owners = r, map[Ref]bool{}
		}
		if len(l.users) > 0 {
			owners[l.users[0]] = true
		} else {
			owners[l.maker] = true
		}
	}
	return owners
}

// FuzzWatched holds the table of sockets against a model that does not forget: the same
// events, the same questions, the same answers.
func FuzzWatched(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, uint16(300))
	}
	f.Fuzz(func(t *testing.T, seed uint64, steps uint16) {
		r := rand.New(rand.NewPCG(seed, 0))
		who := newRegistry()
		var refs [4]Ref
		for i := range refs {
			refs[i], _ = who.add(Process{ID: ID{PID: int32(i + 1), Start: uint64(i)}, Exe: string(rune('a' + i))})
		}
		w, m := newWatched(64, who), &model{}
		ends := [...]netip.AddrPort{port("10.0.0.1:1"), port("10.0.0.1:2"), port("127.0.0.1:1")}
		far := [...]netip.AddrPort{port("9.9.9.9:443"), port("8.8.8.8:53")}
		clock := int64(1e18)
		for range steps % 512 {
			clock += r.Int64N(20e6)
			e := Event{Time: clock, Cookie: 1 + r.Uint64N(24), NetNS: ownNS, Family: afInet, Proto: udp, Type: sockDgram, Process: ID{PID: 1}}
			if e.Cookie%2 == 0 {
				e.Proto, e.Type = tcp, sockStream
			}
			e.Local = ends[r.IntN(len(ends))]
			switch r.IntN(5) {
			case 0:
				e.Kind, e.Local = SocketGone, netip.AddrPort{}
			case 1:
				e.Kind = SocketBound
			case 2:
				e.Kind, e.Remote = SocketUsed, far[r.IntN(len(far))]
			default:
				e.Kind, e.Remote = SocketCalls, far[r.IntN(len(far))]
			}
			// A connection of TCP keeps its ends.
			if l := m.open(e.Cookie); l != nil && e.Proto == tcp && l.at.remote != anyAddress && e.Kind != SocketGone {
				continue
			}
			ref := refs[e.Cookie%uint64(len(refs))]
			w.mu.Lock()
			w.apply(&e, ref)
			w.mu.Unlock()
			m.apply(&e, ref)
			compare(t, r, w, m, clock, ends[:], far[:])
		}
	})
}

// compare asks both the same question about some time in the last second.
func compare(t *testing.T, r *rand.Rand, w *watched, m *model, clock int64, ends, far []netip.AddrPort) {
	t.Helper()
	q := sought{space: ownNS, proto: udp, local: ends[r.IntN(len(ends))], remote: far[r.IntN(len(far))], first: clock - r.Int64N(1e9), began: r.IntN(2) == 0}
	if r.IntN(2) == 0 {
		q.proto = tcp
	}
	got := w.find(&q)
	at := tuple{space: ownNS, proto: q.proto, local: addressOf(q.local.Addr()), lport: q.local.Port(), remote: addressOf(q.remote.Addr()), rport: q.remote.Port()}
	if l := m.connected(at, q.first); l != nil {
		want := l.maker
		if want == 0 {
			want = l.users[0]
		}
		if got.match != matchExact || got.ref != want {
			t.Fatalf("%+v: got match %d of %d, want an exact one of %d", q, got.match, got.ref, want)
		}
		return
	}
	at.remote, at.rport = address{}, 0
	owners := m.bound(at, q.first, q.began)
	if q.proto == tcp || len(owners) == 0 {
		if got.match != matchNone {
			t.Fatalf("%+v: got match %d, want none", q, got.match)
		}
		return
	}
	if len(owners) == 1 && (got.match != matchBound || !owners[got.ref]) || len(owners) > 1 && got.reason != Several {
		t.Fatalf("%+v: got match %d of %d (%v), want one of %v", q, got.match, got.ref, got.reason, owners)
	}
}

// TestWatchedBounded: the table keeps as many sockets as it may, and forgets those
// first that are closed for longest.
func TestWatchedBounded(t *testing.T) {
	who := newRegistry()
	ref, _ := who.add(Process{ID: ID{PID: 1}})
	w := newWatched(100, who)
	at := func(n int) netip.AddrPort { return netip.AddrPortFrom(addr("10.0.0.1"), uint16(n)) }
	apply := func(e Event) {
		e.NetNS, e.Proto, e.Type, e.Process, e.Remote = ownNS, tcp, sockStream, ID{PID: 1}, port("9.9.9.9:443")
		w.apply(&e, ref)
	}
	find := func(n int, first int64) match {
		f := w.find(&sought{space: ownNS, proto: tcp, local: at(n), remote: port("9.9.9.9:443"), first: first, began: true})
		return f.match
	}
	for n := 1; n <= 300; n++ {
		apply(Event{Kind: SocketCalls, Time: int64(n) * 1e9, Cookie: uint64(n), Local: at(n)})
		apply(Event{Kind: SocketGone, Time: int64(n)*1e9 + 5e8, Cookie: uint64(n)})
	}
	if find(300, 300e9) != matchExact || find(201, 201e9) != matchExact || find(200, 200e9) != matchNone {
		t.Errorf("got other than the last hundred kept")
	}
	w.sweep(301e9)
	if find(291, 291e9) != matchExact || find(290, 290e9) != matchNone {
		t.Errorf("got other than those of the last ten seconds kept")
	}
	for n := 301; n <= 500; n++ {
		apply(Event{Kind: SocketCalls, Time: 301e9, Cookie: uint64(n), Local: at(n)})
	}
	if w.open != 100 || w.full != 100 || len(w.byCookie) != 100 {
		t.Errorf("got %d open, %d refused, %d by cookie, want 100 each", w.open, w.full, len(w.byCookie))
	}
	if len(w.sockets) > 202 {
		t.Errorf("got room for %d sockets, want 201 and one", len(w.sockets))
	}
}

// busyWatched has n connections, and one question.
func busyWatched(n int) (*watched, *sought) {
	who := newRegistry()
	ref, _ := who.add(Process{ID: ID{PID: 1}})
	w := newWatched(0, who)
	for i := range n {
		e := Event{
			Kind: SocketCalls, Time: 1e9, Cookie: uint64(i + 1), NetNS: ownNS, Proto: tcp, Type: sockStream, Process: ID{PID: 1},
			Local:  netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 16), 1}), uint16(i)+1),
			Remote: port("9.9.9.9:443"),
		}
		w.apply(&e, ref)
	}
	return w, &sought{space: ownNS, proto: tcp, local: port("10.0.0.1:7"), remote: port("9.9.9.9:443"), first: 1e9, began: true}
}

func TestWatchedAllocates(t *testing.T) {
	w, q := busyWatched(1000)
	if f := w.find(q); f.match != matchExact {
		t.Fatalf("got match %d, want an exact one", f.match)
	}
	testkit.ZeroAllocs(t, "find", func() { w.find(q) })
	e := Event{Kind: SocketUsed, Time: 2e9, Cookie: 7, NetNS: ownNS, Proto: tcp, Type: sockStream, Process: ID{PID: 1}, Local: q.local, Remote: q.remote}
	testkit.ZeroAllocs(t, "apply", func() { w.apply(&e, 1<<16) })
}

func BenchmarkWatchedFind(b *testing.B) {
	w, q := busyWatched(10_000)
	b.ReportAllocs()
	for b.Loop() {
		w.find(q)
	}
}

// BenchmarkWatchedApply measures a connection from its beginning to its end.
func BenchmarkWatchedApply(b *testing.B) {
	w, q := busyWatched(10_000)
	e := Event{NetNS: ownNS, Family: afInet, Proto: parse.ProtoTCP, Type: sockStream, Process: ID{PID: 1}, Local: port("10.0.0.2:9"), Remote: q.remote}
	b.ReportAllocs()
	for b.Loop() {
		e.Cookie, e.Time, e.Kind = e.Cookie+1e6, e.Time+1e6, SocketCalls
		w.apply(&e, 1<<16)
		e.Kind = SocketGone
		w.apply(&e, 0)
		w.sweep(e.Time)
	}
}
