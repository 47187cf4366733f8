package track

import (
	"sync"

	"sockeye/parse"
	"sockeye/parse/dpi"
)

// The kernel's fanout puts both directions of a flow into one queue, and so
// into one shard, with exceptions: fragments (hashed without ports), tunnels
// and ESP (hashed by what is inside, or by the SPI), and flows found inside a
// tunnel. Such packets are strays. A stray counts in the shard that has its
// flow: here, else in the key's registrar (the shard that the key's own hash
// names), else in whichever other shard knows it; if none does, the registrar
// makes the flow. Shards never touch one another: strays travel as messages in
// bounded mailboxes, handed over once a block.
//
// A flow that a registrar made (strayBorn) may turn out to be a queue's own
// when a whole packet of it arrives there. That shard then claims it, and the
// registrar grants it: the record moves.

type messageKind uint8

const (
	askCount   messageKind = iota // count the packet if you have its flow, else pass it on
	askMake                       // count it and make the flow: nobody has it
	askClaim                      // a registrar made this flow: claim it if it is yours too
	claim                         // give me this flow
	grant                         // here it is
	askReport                     // an ICMP error is about this flow: note it if you have it, else pass it on
	askInspect                    // look into a datagram that came in fragments, if you have its flow, else pass it on
)

type message struct {
	kind  messageKind
	hop   uint16       // askCount, askReport, askInspect: how many shards were asked before
	from  uint16       // claim: who asks
	p     parse.Packet // without data; askClaim and claim use only its key; askReport: the packet that is quoted; askInspect: with data of its own
	held  Count        // askCount, askMake: what to count, more than p where fragments were held back
	f     *flow        // grant: the record, its history in spans
	conn  *conn        // grant: of TCP
	app   *dpi.App     // grant
	about report       // askReport; grant: of a flow with reports

	whose whose // grant
}

// lastHop marks a message that is not passed on.
const lastHop = ^uint16(0)

// mailboxSize bounds the messages that wait for a shard. A message is 264
// bytes.
const mailboxSize = 1 << 14

// post is a shard's mail.
type post struct {
	out [][]message // by shard, until the block ends

	mu   sync.Mutex // guards in: other shards put messages there
	in   []message
	read []message // the batch that is being read; its memory is swapped with in

	// What packets in messages carried when they were sent and when they were
	// counted. The difference over all shards is on its way.
	posted, taken Count
	lost          Count // what found a mailbox full
}

func (p *post) init(shards int) { p.out = make([][]message, shards) }

// stray counts a packet whose flow may belong to another shard.
func (sh *Shard) stray(p *parse.Packet) {
	if p.Status&parse.ICMPError != 0 {
		sh.report(p)
	}
	if p.Status&aside != 0 {
		return
	}
	var f *flow
	var d *datagram
	c, known := countOf(p), true
	if p.Status&parse.Fragment != 0 {
		d, c, known = sh.join(p)
	}
	if known {
		f = sh.deliver(p, c)
	}
	sh.onInterface(p, f)
	if d != nil {
		sh.gather(d, p)
	}
}

// deliver counts c, of which p is a sample, in the flow that p names, wherever
// it is. It returns the flow if it is here.
func (sh *Shard) deliver(p *parse.Packet, c Count) *flow {
	h := p.Key.Hash(sh.t.seed)
	f, slot := sh.find(&p.Key, h)
	if f == nil && sh.isLate(p, h) {
		return nil
	}
	if f != nil && sh.succeeded(f, slot, p) {
		f, slot = sh.create(p, h)
	}
	if f == nil && sh.t.fed.Load() > 1 {
		m := message{kind: askCount, p: *p, held: c}
		m.p.Data = nil
		sh.post.posted.Add(c)
		sh.pass(&m, h)
		return nil
	}
	if f == nil {
		f, slot = sh.create(p, h)
	}
	sh.countAs(f, slot, p, c)
	return f
}

// countAs counts c in the flow as p would be counted.
func (sh *Shard) countAs(f *flow, slot uint32, p *parse.Packet, c Count) {
	if p.Status&parse.Fragment == 0 {
		if sh.carried(f, slot, p) {
			sh.count(f, slot, p)
		}
		return
	}
	if f.life&shadow != 0 {
		sh.shadowed(f, c, p.Time)
		return
	}
	// Whether it counts was found out where all fragments came by.
	sh.noticeOn(f, slot, p)
	switch c {
	case Count{}:
		return
	case countOf(p):
		sh.count(f, slot, p)
		return
	}
	way := wayOf(p.Swapped)
	f.last, f.first = max(f.last, p.Time), min(f.first, p.Time)
	sh.credit(f, way, c, p.Time)
}

// registrar is the shard that makes the flow of a hash when nobody has it: one
// of those that a writer feeds, since the others are not there to read mail.
func (sh *Shard) registrar(h uint64) int { return int(h % uint64(sh.t.fed.Load())) }

// pass sends m to the next shard on its round: the registrar, then the others,
// and at last the registrar again to make the flow. This shard has been asked.
func (sh *Shard) pass(m *message, h uint64) {
	n := int(sh.t.fed.Load())
	r := sh.registrar(h)
	for int(m.hop) < n && (r+int(m.hop))%n == sh.n {
		m.hop++
	}
	if int(m.hop) < n {
		to := (r + int(m.hop)) % n
		m.hop++
		sh.post.out[to] = append(sh.post.out[to], *m)
		return
	}
	switch m.kind {
	case askReport:
		return // nobody knows it
	case askInspect:
		m.hop = lastHop // the registrar is about to make the flow
	default:
		m.kind = askMake
	}
	if r == sh.n {
		sh.act(m)
		return
	}
	sh.post.out[r] = append(sh.post.out[r], *m)
}

// send hands the outgoing messages over.
func (sh *Shard) send() {
	for to, ms := range sh.post.out {
		if len(ms) == 0 {
			continue
		}
		box := &sh.t.shards[to].post
		box.mu.Lock()
		room := min(mailboxSize-len(box.in), len(ms))
		box.in = append(box.in, ms[:room]...)
		box.mu.Unlock()
		for i := range ms[room:] {
			sh.lose(&ms[room+i])
		}
		clear(ms)
		sh.post.out[to] = ms[:0]
	}
}

// lose accounts for a message that found no room.
func (sh *Shard) lose(m *message) {
	switch m.kind {
	case askCount, askMake:
		sh.losses.Handoff += m.held.Packets
		sh.post.taken.Add(m.held)
		sh.post.lost.Add(m.held)
	case grant:
		sh.books.open(m.f)
		sh.books.close(m.f)
	}
}

// receive acts on the messages that have come.
func (sh *Shard) receive() {
	p := &sh.post
	p.mu.Lock()
	p.in, p.read = p.read[:0], p.in
	p.mu.Unlock()
	for i := range p.read {
		sh.act(&p.read[i])
	}
	clear(p.read)
}

// act acts on one message.
func (sh *Shard) act(m *message) {
	h := m.p.Key.Hash(sh.t.seed)
	f, slot := sh.find(&m.p.Key, h)
	switch m.kind {
	case askCount, askMake:
		if f == nil && sh.isLate(&m.p, h) {
			sh.post.taken.Add(m.held)
			return
		}
		if f == nil && m.kind == askCount {
			sh.pass(m, h)
			return
		}
		if f == nil {
			f, slot = sh.create(&m.p, h)
			f.flags |= strayBorn
			sh.t.strays.Add(1)
			sh.announce(&m.p.Key)
		}
		sh.post.taken.Add(m.held)
		sh.countAs(f, slot, &m.p, m.held)
	case askInspect:
		switch {
		case f != nil:
			sh.inspectWhole(f, slot, &m.p)
		case m.hop != lastHop:
			sh.pass(m, h)
		}
	case askReport:
		if f == nil {
			sh.pass(m, h)
		} else {
			sh.reported(f, slot, &m.p, &m.about)
		}
	case askClaim:
		if f != nil {
			sh.claim(&m.p.Key, h)
		}
	case claim:
		switch {
		case f == nil || f.flags&strayBorn == 0:
		case sh.t.walked.Load():
			// A snapshot that has passed the one shard would meet the flow again
			// in the other: it moves afterwards.
			sh.post.out[sh.n] = append(sh.post.out[sh.n], *m)
		default:
			sh.grant(f, slot, int(m.from))
		}
	case grant:
		if f == nil {
			f, slot = sh.create(&m.p, h)
			f.judgeAs(m.f)
		}
		if m.conn != nil {
			var c conn
			sh.conns.load(&c, slot)
			c.adopt(m.conn)
			sh.conns.store(&c, slot)
		}
		sh.giveApp(f, slot, m.app)
		if m.f.life&reported != 0 && f.life&reported == 0 {
			f.life |= reported
			*sh.reports.at(slot) = m.about
		}
		sh.adopt(f, m.f)
		if m.f.localEnd() != f.localEnd() {
			m.whose = m.whose.turned()
		}
		sh.askAnew(f, slot, m.whose)
	}
}

// announce tells the other shards that this one has made a flow of strays.
func (sh *Shard) announce(k *parse.Key) {
	for to := range int(sh.t.fed.Load()) {
		if to != sh.n {
			sh.post.out[to] = append(sh.post.out[to], message{kind: askClaim, p: parse.Packet{Key: *k}})
		}
	}
}

// claim asks the registrar of a key for the flow that it may have made.
func (sh *Shard) claim(k *parse.Key, h uint64) {
	if to := sh.registrar(h); to != sh.n {
		sh.post.out[to] = append(sh.post.out[to], message{kind: claim, from: uint16(sh.n), p: parse.Packet{Key: *k}})
	}
}

// grant moves a flow to the shard that its queue feeds.
func (sh *Shard) grant(f *flow, slot uint32, to int) {
	copied := sh.record(f)
	m := message{kind: grant, f: &copied, p: parse.Packet{
		Key: f.key, Family: f.key.Family, Proto: uint8(f.key.Proto), Time: f.first, Swapped: f.flags&startedFrom != 0,
	}}
	if f.tag&isTCP != 0 {
		m.conn = new(conn)
		sh.conns.load(m.conn, slot)
	}
	m.app = sh.takeApp(f)
	if f.life&reported != 0 {
		m.about = *sh.reports.at(slot)
	}
	m.whose = sh.whose(slot)
	sh.post.out[to] = append(sh.post.out[to], m)
	sh.books.of(f).live-- // what it carried here stays in the books
	sh.drop(slot)
}

// record returns a copy of a flow that has all its history in spans.
func (sh *Shard) record(f *flow) flow {
	copied := *f
	if f.dense != 0 {
		d := sh.dense.at(f.dense - 1)
		if f.spans != 0 {
			d.close(&f.recent[0], d.head)
		}
		copied.spans = d.fold(&copied.recent)
		copied.dense = 0
	} else if f.spans != 0 {
		copied.recent[f.spans-1].close()
	}
	return copied
}

// adopt adds a granted record to the flow.
func (sh *Shard) adopt(f, g *flow) {
	f.id = min(f.id, g.id)
	f.first, f.last = min(f.first, g.first), max(f.last, g.last)
	f.ifaces |= g.ifaces
	f.life |= g.life & announced
	if f.stage == StateNone {
		f.stage, f.why, f.ended = g.stage, g.why, g.ended
	}
	for w := range g.count {
		f.count[w].Add(g.count[w])
		if f.home[w] == noHome {
			f.home[w] = g.home[w]
		}
	}
	for i := range f.peak {
		f.peak[i] = max(f.peak[i], g.peak[i])
	}
	for i := range int(g.spans) {
		s := &g.recent[i]
		b := sh.bucketOf(f.last)
		b -= uint32(age(b, s.start()))
		for w := range s.bytes {
			if s.packets[w] != 0 {
				sh.note(f, b, w, s.closedBytes(w), s.packets[w])
			}
		}
	}
}
