package track

import (
	"cmp"
	"math"
	"slices"

	"sockeye/parse"
	"sockeye/parse/dpi"
)

// A QUIC connection goes on when its client gets another address or port: a NAT
// forgot it, or it changed its network (RFC 9000, section 9). Its packets name it
// by the connection ID that the server chose, which is known from the handshake.
// So a new flow that begins with a known ID, to the same server, is the old one:
// it takes over the old record, and its row keeps its ID and counts.
//
// That is done between packets, when somebody looks at the table. A packet is
// never held up for it, and a file comes out the same however many shards count it.
//
// A client that moves on purpose takes an ID of which it was told in an encrypted
// packet (section 9.5). That makes it a new flow to everybody but its server.

const (
	maxConnections = 1 << 14 // whose ID a shard knows
	maxStrangers   = 1 << 12 // flows of a shard that may be another's
	maxConnID      = 20      // bytes: RFC 9000, section 17.2
	minConnID      = 4       // shorter ones are met by chance too often
)

// connID is a connection ID.
type connID struct {
	n uint8
	b [maxConnID]byte
}

// migrations is what a shard knows of QUIC connections that may move.
type migrations struct {
	known     map[connID]slotOf
	lengths   uint32 // bit n: there was one of n bytes
	refused   int    // IDs for which there was no room since the last sweep
	strangers []stranger
}

// slotOf names a flow that may have left its slot since.
type slotOf struct {
	slot uint32
	id   uint64
}

// stranger is a flow that began with a packet that may be a QUIC connection's.
type stranger struct {
	slotOf
	shard *Shard
	first int64
	began bool            // the packet's Swapped
	head  [maxConnID]byte // what stands where the ID is
}

// knowConnection keeps how a client calls the server of a connection whose
// handshake is over.
func (sh *Shard) knowConnection(f *flow, slot uint32, app *dpi.App) {
	d, ok := app.Find("quic").(*dpi.QUICDetail)
	if !ok || d.State() != QUICConnected.String() {
		return
	}
	b := d.ServerID()
	if len(b) < minConnID || len(b) > maxConnID {
		return
	}
	id := connID{n: uint8(len(b))}
	copy(id.b[:], b)
	sh.moves.know(sh, id, slotOf{slot, f.id})
}

func (m *migrations) know(sh *Shard, id connID, s slotOf) {
	if m.known == nil {
		m.known = make(map[connID]slotOf)
	}
	if len(m.known) == maxConnections {
		if m.refused++; m.refused != 1 && m.refused < maxConnections/4 {
			return
		}
		m.refused = 1
		for k, old := range m.known {
			if sh.flowAt(old) == nil {
				delete(m.known, k)
			}
		}
		if len(m.known) == maxConnections {
			return
		}
		m.refused = 0
	}
	m.known[id] = s
	m.lengths |= 1 << id.n
}

// flowAt returns the flow, or nil if it has left its slot.
func (sh *Shard) flowAt(s slotOf) *flow {
	if f := sh.flows.at(s.slot); f.used() && f.id == s.id {
		return f
	}
	return nil
}

// maybeMigrated reports whether a packet looks like one of a QUIC connection that is
// under way: a short header (RFC 9000, section 17.3), an ID, and at least the sample
// that protects the header.
func maybeMigrated(p *parse.Packet) bool {
	b := p.PayloadBytes()
	return p.Key.Proto == parse.ProtoUDP && len(b) > maxConnID && b[0]&0xc0 == 0x40
}

// noteStranger notes a new flow whose first packet looks so, and shows nothing else.
func (sh *Shard) noteStranger(f *flow, slot uint32, p *parse.Packet) {
	if len(sh.moves.strangers) == maxStrangers {
		return
	}
	s := stranger{slotOf: slotOf{slot, f.id}, shard: sh, first: p.Time, began: p.Swapped}
	copy(s.head[:], p.PayloadBytes()[1:])
	sh.moves.strangers = append(sh.moves.strangers, s)
	sh.t.strangers.Store(true)
	f.life |= undecided
}

// match returns the connection to which a stranger's first packet belongs.
func (sh *Shard) match(s *stranger) (connID, slotOf, bool) {
	for n := minConnID; n <= maxConnID && sh.moves.lengths>>n != 0; n++ {
		if sh.moves.lengths&(1<<n) == 0 {
			continue
		}
		id := connID{n: uint8(n)}
		copy(id.b[:n], s.head[:])
		if at, ok := sh.moves.known[id]; ok {
			return id, at, true
		}
	}
	return connID{}, slotOf{}, false
}

// reunite finds the connections of all strangers that have come since it was last
// called. The caller holds snap, so that nobody goes through the shards meanwhile.
func (t *Table) reunite() {
	if !t.strangers.Swap(false) {
		return
	}
	var all []stranger
	for _, sh := range t.shards {
		sh.mu.Lock()
		for i := range sh.moves.strangers {
			if f := sh.flowAt(sh.moves.strangers[i].slotOf); f != nil {
				f.life &^= undecided
				all = append(all, sh.moves.strangers[i])
			}
		}
		sh.moves.strangers = sh.moves.strangers[:0]
		sh.mu.Unlock()
	}
	slices.SortFunc(all, func(a, b stranger) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.id, b.id))
	})
	for i := range all {
		for _, old := range t.shards {
			if t.migrate(&all[i], old) {
				break
			}
		}
	}
}

// migrate joins a stranger to its connection, if that is in a shard.
func (t *Table) migrate(s *stranger, from *Shard) bool {
	from.mu.Lock()
	defer from.mu.Unlock()
	id, at, ok := from.match(s)
	if !ok || at == s.slotOf && from == s.shard {
		return false
	}
	// No other goroutine takes two shards at once.
	if s.shard != from {
		s.shard.mu.Lock()
		defer s.shard.mu.Unlock()
	}
	f, g := s.shard.flowAt(s.slotOf), from.flowAt(at)
	if f == nil || g == nil {
		return false
	}
	turned, ok := sameServer(f, g, s.began)
	if !ok {
		return false
	}
	delete(from.moves.known, id)
	s.shard.takeOver(f, s.slot, from, at.slot, turned)
	s.shard.moves.know(s.shard, id, slotOf{s.slot, f.id})
	return true
}

// sameServer reports whether f, whose first packet was a client's, may be g with
// another client's end: the server's is the same, and the books have both in the
// same account. turned tells that the server is A in one key and B in the other.
func sameServer(f, g *flow, began bool) (turned, ok bool) {
	const judged = classMask | filtered
	if (f.life|g.life)&shadow != 0 {
		return false, false
	}
	if f.key.Family != g.key.Family || g.key.Proto != parse.ProtoUDP || f.flags&judged != g.flags&judged || f.first < g.first {
		return false, false
	}
	server := f.key.Dst(began)
	switch server {
	case g.key.A():
		turned = !began
	case g.key.B():
		turned = began
	default:
		return false, false
	}
	localF, localG := f.flags&localB != 0, g.flags&localB != 0
	return turned, turned == (localF != localG)
}

// takeOver makes the flow the one that had a slot in a shard, from before its
// client moved.
func (sh *Shard) takeOver(f *flow, slot uint32, from *Shard, old uint32, turned bool) {
	if f.life&announced != 0 { // live, between two looks
		sh.conclude(f, slot, BySuccessor, f.last)
	}
	if from.flows.at(old).flags&manyIfaces != 0 {
		from.settleHome(old)
	}
	g := from.record(from.flows.at(old))
	app := from.takeApp(from.flows.at(old))
	known := from.whose(old)
	if g.life&reported != 0 {
		*sh.reports.at(slot) = *from.reports.at(old)
	}
	from.books.of(&g).live-- // what it carried stays in the books
	from.drop(old)

	if turned {
		g.turn()
	}
	home := f.home // not the one of before: a way that nothing has passed has none yet
	sh.adopt(f, &g)
	f.home = home
	sh.forgetApp(f)
	sh.giveApp(f, slot, app)
	f.id = g.id
	f.flags |= g.flags & knownStart
	f.life = g.life & (announced | reported)
	f.moved = min(g.moved, math.MaxUint8-1) + 1
	sh.askAnew(f, slot, known)
}

// turn exchanges the two ways of a record.
func (f *flow) turn() {
	f.count[0], f.count[1] = f.count[1], f.count[0]
	f.home[0], f.home[1] = f.home[1], f.home[0]
	f.peak[0], f.peak[1] = f.peak[1], f.peak[0]
	for i := range f.recent {
		s := &f.recent[i]
		s.bytes[0], s.bytes[1] = s.bytes[1], s.bytes[0]
		s.packets[0], s.packets[1] = s.packets[1], s.packets[0]
	}
}
