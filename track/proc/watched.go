package proc

import (
	"net/netip"
	"sync"

	"sockeye/parse"
)

// defaultSockets is how many sockets are kept where the Config does not say.
const defaultSockets = 1 << 16

// Times by which events and packets may miss each other, in ns.
const (
	// keepGone is how long a socket is kept once it is closed: its last packets are
	// still in the rings, and their readers may stall.
	keepGone = 10e9
	// skew is what the clocks of packets and of events may differ.
	skew = 1e6
	// lateBirth is how long after a flow's first packet its socket may be told of,
	// where that is not at its birth: an accepted one after the handshake.
	lateBirth = 3e9
	// lateDeath is how long after its end a socket may be said to have sent a packet
	// that a queue held back.
	lateDeath = 2e8
	// keepFrame is how long it is remembered who injected a flow. Each is told once.
	keepFrame = 60e9
)

// maxFrames bounds the injected flows that are remembered.
const maxFrames = 1 << 13

// address is an IP address without pointers; IPv4 is in its mapped form.
type address struct{ hi, lo uint64 }

const mapped4 = 0xffff << 32

var (
	anyAddress  = address{}           // ::
	any4Address = address{0, mapped4} // 0.0.0.0
)

func addressOf(a netip.Addr) address {
	switch {
	case a.Is4():
		b := a.As4()
		return address{0, mapped4 | uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])}
	case a.IsValid():
		b := a.As16()
		return address{be64(b[:8]), be64(b[8:])}
	}
	return address{}
}

func be64(b []byte) uint64 {
	var v uint64
	for _, c := range b[:8] {
		v = v<<8 | uint64(c)
	}
	return v
}

func (a address) is4() bool { return a.hi == 0 && a.lo>>32 == 0xffff }
func (a address) any() bool { return a == anyAddress || a == any4Address }

// tuple is what a socket is found by: its network namespace, its protocol and its
// ends. Of one that is not connected the remote end is zero; of a raw one that has no
// ends at all both are.
type tuple struct {
	space         uint64
	local, remote address
	lport, rport  uint16
	proto         uint8
}

// Flags of a watchedSocket.
const (
	listens    = 1 << iota // TCP and the like: takes connections
	taken                  // its connection came in
	dual                   // of IPv6, takes IPv4 too
	raw                    // SOCK_RAW
	injected               // not a socket but a frame that one sent which says nothing of its ends
	bornLate               // made is when it was first told of, not its birth
	ofKernel               // no process's
	moreUsers              // than fit
	wasIndexed             // it is found by its tuple
	sampled                // seen now and then: gone is when it was seen last
)

// maxUsers is how many processes that use one socket are told apart.
const maxUsers = 8

// watchedSocket is one socket, or what one was before it got other ends.
type watchedSocket struct {
	cookie     uint64
	at         tuple
	made, gone int64  // its life, ns since the Unix epoch; gone 0 while it lasts
	sent       int64  // raw: when it was first told to send, 0 for not yet
	prev, next uint32 // with the same tuple; next also where it is free
	flags      uint16
	n          uint8
	maker      Ref           // who made, bound or connected it; of an accepted one who listens
	users      [maxUsers]Ref // who sent, received or listened on it, in the order of their first time
}

// watched holds the sockets that a Watcher tells of, and for a while those that are
// gone: packets come later than events.
type watched struct {
	mu       sync.Mutex
	people   *registry
	most     int             // sockets that are open; as many that are gone
	sockets  []watchedSocket // the first is nobody
	free     uint32
	open     int
	byCookie map[uint64]uint32
	byTuple  map[tuple]uint32
	gone     fifo   // of those that are closed, the first first
	frames   fifo   // likewise of what was injected
	version  uint64 // rises with whatever may answer a question that found nothing
	full     uint64 // sockets for which there was no room
}

func newWatched(most int, people *registry) *watched {
	if most == 0 {
		most = defaultSockets
	}
	return &watched{
		people: people, most: most, sockets: make([]watchedSocket, 1),
		byCookie: make(map[uint64]uint32), byTuple: make(map[tuple]uint32),
	}
}

// apply takes one event; ref is its process. It returns the tuple for which more is
// known now than before, where there is one. The caller holds mu.
func (w *watched) apply(e *Event, ref Ref) (better tuple, ok bool) {
	switch e.Kind {
	case SocketMade, SocketBound, SocketListens, SocketCalls, SocketTaken, SocketUsed:
	case SocketGone:
		if i := w.byCookie[e.Cookie]; i != 0 {
			w.release(i, e.Time)
		}
		return tuple{}, false
	default:
		return tuple{}, false
	}
	if e.isFrame() {
		return w.inject(e, ref)
	}
	i := w.of(e)
	if i == 0 {
		return tuple{}, false
	}
	if at, known := tupleOf(e); known && (at != w.sockets[i].at || w.sockets[i].flags&wasIndexed == 0) {
		i = w.move(i, at, e.Time)
	}
	if i == 0 {
		return tuple{}, false
	}
	s := &w.sockets[i]
	s.take(e, ref)
	w.version++
	return s.at, s.flags&wasIndexed != 0
}

// of finds the socket of an event, and makes it where it is new: 0 where there is no
// room.
func (w *watched) of(e *Event) uint32 {
	if i := w.byCookie[e.Cookie]; i != 0 {
		return i
	}
	if w.open >= w.most {
		w.full++
		return 0
	}
	i := w.slot()
	s := &w.sockets[i]
	*s = watchedSocket{cookie: e.Cookie, made: e.Time}
	switch {
	case e.Type == typeRaw:
		s.flags |= raw
	case e.Kind != SocketMade && e.Kind != SocketBound:
		s.flags |= bornLate
	}
	w.byCookie[e.Cookie] = i
	w.open++
	return i
}

// typeRaw is SOCK_RAW of linux/net.h.
const typeRaw = 3

// take notes what an event says of its socket.
func (s *watchedSocket) take(e *Event, ref Ref) {
	if e.Dual {
		s.flags |= dual
	}
	if e.Process.PID == 0 {
		s.flags |= ofKernel
	}
	if e.Sends && s.sent == 0 {
		s.sent = max(e.Time, 1)
	}
	switch e.Kind {
	case SocketListens:
		s.flags |= listens
		s.use(ref)
	case SocketTaken:
		s.flags |= taken
		s.maker = ref
	case SocketUsed:
		s.use(ref)
	default:
		s.maker = ref
	}
}

// use notes that a process uses the socket.
func (s *watchedSocket) use(ref Ref) {
	for _, u := range s.users[:s.n] {
		if u == ref {
			return
		}
	}
	switch {
	case ref == 0:
	case s.n == maxUsers:
		s.flags |= moreUsers
	default:
		s.users[s.n] = ref
		s.n++
	}
}

// tupleOf returns where a socket is found from now on, and whether the event tells.
func tupleOf(e *Event) (at tuple, known bool) {
	at = tuple{space: e.NetNS, proto: e.Proto}
	if e.Type == typeRaw && e.Family != afPacket && e.Local.Port() == 0 && e.Remote.Port() == 0 {
		at.local, at.remote = rawAddress(e.Local.Addr()), rawAddress(e.Remote.Addr())
		return at, true
	}
	if !e.Local.IsValid() || e.Local.Port() == 0 && hasPorts(e.Proto) {
		return tuple{}, false
	}
	at.local, at.lport = addressOf(e.Local.Addr()), e.Local.Port()
	if a := addressOf(e.Remote.Addr()); !a.any() {
		at.remote, at.rport = a, e.Remote.Port()
	}
	return at, true
}

// rawAddress is the address of a raw socket's end, where it has one.
func rawAddress(a netip.Addr) address {
	if v := addressOf(a); !v.any() {
		return v
	}
	return anyAddress
}

func hasPorts(proto uint8) bool {
	switch proto {
	case parse.ProtoTCP, parse.ProtoUDP, parse.ProtoUDPLite, parse.ProtoSCTP, parse.ProtoDCCP:
		return true
	}
	return false
}

// move gives a socket other ends. Where packets may have passed between the old ones,
// what it was stays behind as a socket of its own that is gone.
func (w *watched) move(i uint32, at tuple, now int64) uint32 {
	s := &w.sockets[i]
	if s.flags&wasIndexed != 0 {
		connects := s.at.remote == anyAddress && at.proto == parse.ProtoTCP
		if !connects {
			w.leaveBehind(i, now)
		}
		w.unindex(i)
	}
	s = &w.sockets[i] // leaveBehind may have moved them
	s.at = at
	w.index(i)
	return i
}

// leaveBehind keeps what a socket was until now.
func (w *watched) leaveBehind(i uint32, now int64) {
	old := w.slot()
	s := &w.sockets[old]
	*s = w.sockets[i]
	s.cookie, s.gone, s.flags = 0, now, s.flags&^wasIndexed
	w.index(old)
	w.gone.push(old)
	w.sockets[i].made = now
}

// isFrame: of AF_PACKET and raw sockets the first frame of each flow that they send is
// told of. What says where a raw socket is connected to looks the same, and is true of
// the frames as well.
func (e *Event) isFrame() bool {
	return e.Family == afPacket ||
		e.Type == typeRaw && e.Kind == SocketUsed && e.Sends && e.Remote.IsValid() && !e.Remote.Addr().IsUnspecified()
}

// inject notes a frame. One whose ends are not told names no flow.
func (w *watched) inject(e *Event, ref Ref) (tuple, bool) {
	if e.Kind != SocketUsed || !e.Local.IsValid() || !e.Remote.IsValid() {
		return tuple{}, false
	}
	if w.frames.len() >= maxFrames {
		w.drop(w.frames.pop())
	}
	i := w.slot()
	s := &w.sockets[i]
	*s = watchedSocket{made: e.Time, gone: e.Time + keepFrame, flags: injected | bornLate}
	s.at = tuple{
		space: e.NetNS, proto: e.Proto,
		local: addressOf(e.Local.Addr()), lport: e.Local.Port(),
		remote: addressOf(e.Remote.Addr()), rport: e.Remote.Port(),
	}
	s.use(ref)
	w.index(i)
	w.frames.push(i)
	w.version++
	return s.at, true
}

// release notes that a socket is closed.
func (w *watched) release(i uint32, now int64) {
	s := &w.sockets[i]
	delete(w.byCookie, s.cookie)
	w.open--
	s.gone = max(now, 1)
	if s.flags&wasIndexed == 0 { // it never had ends that a packet could have
		w.giveBack(i)
		return
	}
	w.gone.push(i)
}

// sweep drops sockets that have been gone for long.
func (w *watched) sweep(now int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, q := range [...]*fifo{&w.gone, &w.frames} {
		for !q.empty() && w.sockets[q.first()].gone <= now-keepGone {
			w.drop(q.pop())
		}
	}
}

// drop forgets a socket that is found by its tuple.
func (w *watched) drop(i uint32) {
	w.unindex(i)
	w.giveBack(i)
}

// slot returns room for a socket, if need be that of the one that has been gone for
// longest.
func (w *watched) slot() uint32 {
	if i := w.free; i != 0 {
		w.free = w.sockets[i].next
		return i
	}
	if w.gone.len() >= w.most {
		i := w.gone.pop()
		w.unindex(i)
		return i
	}
	w.sockets = append(w.sockets, watchedSocket{})
	return uint32(len(w.sockets) - 1)
}

func (w *watched) giveBack(i uint32) {
	w.sockets[i] = watchedSocket{next: w.free}
	w.free = i
}

// index makes a socket be found by its tuple, before older ones that have the same.
func (w *watched) index(i uint32) {
	s := &w.sockets[i]
	s.flags |= wasIndexed
	s.prev, s.next = 0, w.byTuple[s.at]
	if s.next != 0 {
		w.sockets[s.next].prev = i
	}
	w.byTuple[s.at] = i
}

func (w *watched) unindex(i uint32) {
	s := &w.sockets[i]
	s.flags &^= wasIndexed
	if s.next != 0 {
		w.sockets[s.next].prev = s.prev
	}
	switch {
	case s.prev != 0:
		w.sockets[s.prev].next = s.next
	case s.next != 0:
		w.byTuple[s.at] = s.next
	default:
		delete(w.byTuple, s.at)
	}
}

// fifo is a queue of slots.
type fifo struct {
	slots []uint32
	head  int
}

func (q *fifo) len() int      { return len(q.slots) - q.head }
func (q *fifo) empty() bool   { return q.len() == 0 }
func (q *fifo) first() uint32 { return q.slots[q.head] }
func (q *fifo) push(i uint32) { q.slots = append(q.slots, i) }

func (q *fifo) pop() uint32 {
	i := q.slots[q.head]
	q.head++
	if q.head*2 >= len(q.slots) {
		q.slots = q.slots[:copy(q.slots, q.slots[q.head:])]
		q.head = 0
	}
	return i
}
