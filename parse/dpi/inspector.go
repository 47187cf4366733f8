// Hot path: no allocation in the steady state.

package dpi

import (
	"net/netip"

	"sockeye/parse"
	"sockeye/parse/stream"
)

// An Inspector follows one flow. It is used under its owner's lock.
type Inspector struct {
	c     conv
	sink  Sink
	stage stage
	flip  Dir   // 1: the ends are the other way round than the owner says
	hops  uint8 // times that the flow began to speak something else
	turns uint8 // times that a decoder was chosen or given up

	// The decoder. It stays when the inspection ends.
	sig   *candidate
	dec   decoder
	next  Confidence // the flow's, once this decoder has said something
	moved bool       // it has read: what it read is gone
	base  int        // its details are those from here on
	op    op         // what it asked for during the call
	to    Protocol
	turn  bool // it asked for a swap of the ends
	was   known

	look   look
	pool   *Pool
	halves *[2]half // of a TCP connection, by the owner's direction; else nil

	known
	details []Detail
	app     *App
	stale   bool // app is older than the details
}

// known is what is told of the flow's protocol.
type known struct {
	proto Protocol
	conf  Confidence
}

// stage is what an Inspector is at.
type stage uint8

const (
	looking  stage = iota // for the signature that matches
	reading               // with a decoder
	finished              // nothing that comes is looked at
)

// op is what a decoder wants done when its call has returned.
type op uint8

const (
	opNone op = iota
	opDone
	opWrong
	opBecome
	opAgain
)

// half is one direction of a connection.
type half struct {
	stream.Half
	need   int    // unread bytes that make another call worth while
	shown  int    // unread bytes that the decoder has seen
	wasted uint32 // bytes that it was shown again and again, and did not take
}

const (
	maxHops    = 8  // a flow that changes its protocol more often is not followed further
	maxTurns   = 64 // likewise, with all that was tried in vain
	maxDetails = maxHops * 2
)

// New returns an Inspector for a flow whose ends are from (which began it, as far
// as is known) and to. sink may be nil.
func New(from, to netip.AddrPort, sink Sink) *Inspector {
	p := &Pool{mem: stream.NewMemory(2 * stream.Limit)}
	return p.Get(from, to, sink)
}

// connection makes the flow one of TCP.
func (i *Inspector) connection() {
	if i.halves == nil {
		i.halves = i.pool.connection()
	}
}

// Start tells the sequence number of the first byte of a direction: its SYN passed
// before the Inspector was made.
func (i *Inspector) Start(dir Dir, seq uint32) {
	i.connection()
	i.halves[dir].Syn(seq - 1)
	i.look.begun = true
}

// Done reports whether no further packet is wanted. The App stays.
func (i *Inspector) Done() bool { return i.stage == finished }

// App returns what is known, nil while that is nothing. It is not changed later.
func (i *Inspector) App() *App {
	if i.stale {
		i.stale = false
		i.app = i.build()
	}
	return i.app
}

// View fills a with what is known, for a moment: it is not copied, and changes with
// the next packet. It returns nil while nothing is known.
func (i *Inspector) View(a *App) *App {
	if !i.stale {
		return i.app
	}
	if i.proto == Unknown {
		return nil
	}
	a.Protocol, a.Confidence, a.Details = i.proto, i.conf, i.details
	return a
}

func (i *Inspector) build() *App {
	if i.proto == Unknown {
		return nil
	}
	a := newApp(i.proto, i.conf, len(i.details))
	for n, d := range i.details {
		if _, ok := d.(loose); !ok || i.stage != finished {
			d = d.clone()
		}
		a.Details[n] = d
	}
	return a
}

// Segment reads a TCP packet. SYNs and FINs are wanted, too.
func (i *Inspector) Segment(p *parse.Packet, dir Dir) {
	if i.stage == finished || p.Status&parse.NoPorts != 0 {
		return
	}
	i.c.time = p.Time
	i.connection()
	h, o := &i.halves[dir], &i.halves[1-dir]
	if p.TCPFlags&parse.FlagACK != 0 {
		if i.acked(o, p, 1-dir); i.stage == finished {
			return
		}
	}
	seq := p.Seq
	if p.TCPFlags&parse.FlagSYN != 0 {
		i.orient(dir, p.TCPFlags&parse.FlagACK != 0)
		h.Syn(seq)
		i.look.begun = true
		seq++
	}
	if p.PayLen != 0 {
		if i.stage == looking {
			if padding(p) {
				return
			}
			i.look.note(dir, p.PayLen)
			i.look.ran(p, dir)
		}
		if h.Add(seq, p.PayloadBytes(), p.PayLen); !h.Quiet() {
			i.takeAll(h, dir)
		}
	}
	if p.TCPFlags&(parse.FlagFIN|parse.FlagRST) != 0 && i.stage != finished {
		i.ending(h, o, p, seq)
	}
}

// acked tells the other direction what this one acknowledges.
func (i *Inspector) acked(o *half, p *parse.Packet, dir Dir) {
	if p.TCPFlags&parse.FlagSYN != 0 && !o.Started() {
		o.Syn(p.Ack - 1)
	}
	if o.Acked(p.Ack); o.Missing() != 0 {
		i.takeAll(o, dir)
	}
}

// ending takes a FIN, or an RST with the number that is next: any other may be
// anybody's. One before all payload may be, too; the owner knows what became of it.
func (i *Inspector) ending(h, o *half, p *parse.Packet, seq uint32) {
	if p.TCPFlags&parse.FlagRST != 0 {
		if seq == h.Edge() && (i.moved || i.look.opened) {
			i.End(p.Time)
		}
		return
	}
	h.Fin(seq + p.PayLen)
	if h.Ended() && o.Ended() {
		i.End(p.Time)
	}
}

// orient takes the side from a SYN: its sender began the flow.
func (i *Inspector) orient(dir Dir, fromServer bool) {
	at := dir
	if fromServer {
		at = 1 - dir
	}
	if i.stage == looking && i.look.packets == [2]uint16{} && at != i.flip {
		i.turnRound()
	}
}

// Datagram reads a UDP packet.
func (i *Inspector) Datagram(p *parse.Packet, dir Dir) {
	b := p.PayloadBytes()
	if i.stage == finished || len(b) == 0 {
		return
	}
	i.c.time = p.Time
	if i.stage == looking {
		i.look.note(dir, p.PayLen)
	}
	for i.stage == reading || i.stage == looking && i.lookAt(dir, b, int(p.PayLen)) {
		i.dec.(datagramDecoder).datagram(&i.c, dir^i.flip, b, int(p.PayLen))
		next := i.op == opWrong || i.op == opBecome
		if i.obey(); !next {
			return // else another decoder reads it
		}
	}
}

// End tells that the flow is over: nothing will come after now, ns since the Unix
// epoch. What waits for its other half is passed to the Sink. The App stays.
func (i *Inspector) End(now int64) {
	i.c.time, i.look.last = now, true
	if i.halves != nil && i.stage != finished {
		first := i.look.first
		i.flush(first)
		i.flush(1 - first)
	}
	i.finish()
}

// flush gives out the last of a direction: what would be too little with more to
// come, and what lies behind holes.
func (i *Inspector) flush(dir Dir) {
	h := &i.halves[dir]
	h.need = 0
	i.takeAll(h, dir)
	for i.stage != finished && h.GiveUp() {
		i.takeAll(h, dir)
	}
}

// padding reports whether a segment is an acknowledgement to which some driver has
// counted the zeros that fill up a short Ethernet frame: its bytes would hide the
// first ones of the stream, which have the same numbers.
func padding(p *parse.Packet) bool {
	if p.PayLen > 6 || p.TCPFlags != parse.FlagACK {
		return false
	}
	for _, x := range p.PayloadBytes() {
		if x != 0 {
			return false
		}
	}
	return true
}

// takeAll takes what a packet brought or made clear.
func (i *Inspector) takeAll(h *half, dir Dir) {
	i.take(dir)
	for i.stage != finished && h.Keep() {
		i.take(dir)
	}
}

// take gives out what is unread of one direction; when there is another decoder,
// of both: from the one on that spoke first.
func (i *Inspector) take(dir Dir) {
	all := false
	for i.stage != finished {
		turns := i.turns
		if i.stage == looking {
			if !i.lookStream(dir) {
				return
			}
			all = true
			continue
		}
		if !all {
			i.readStream(dir)
		} else if i.readStream(i.look.first); i.turns == turns {
			i.readStream(1 - i.look.first)
		}
		if i.turns == turns {
			return
		}
		all = true
	}
}

// readStream gives the decoder what is unread of one direction, once.
func (i *Inspector) readStream(dir Dir) {
	h := &i.halves[dir]
	for turns := i.turns; i.stage == reading; {
		if b := h.Unread(); len(b) > h.shown && (len(b) >= h.need || h.Ended()) {
			i.show(h, dir, b)
			if i.turns != turns || i.stage != reading {
				return
			}
		}
		if h.Missing() == 0 {
			return
		}
		i.gap(h, dir)
		if i.turns != turns {
			return
		}
	}
}

// show calls the decoder.
func (i *Inspector) show(h *half, dir Dir, b []byte) {
	h.need = 0
	n := i.dec.(streamDecoder).stream(&i.c, dir^i.flip, b)
	if i.op == opWrong {
		i.obey()
		return
	}
	left := len(b) - n
	h.Read(n)
	h.shown = max(left, 0)
	i.moved = i.moved || n > 0
	if i.op != opNone || i.turn {
		i.obey()
		return
	}
	if left >= stream.Limit || h.need > stream.Limit {
		i.gap(h, dir) // it will not fit
		return
	}
	h.waste(n, left)
}

func (h *half) begin(m *stream.Memory) {
	h.Reset(m)
	h.fresh()
}

// fresh forgets what a decoder has seen.
func (h *half) fresh() { h.need, h.shown, h.wasted = 0, 0, 0 }

// waste makes a decoder that looks at the same bytes over and over wait for more
// of them, so that a message in many small segments takes linear time.
func (h *half) waste(n, left int) {
	if n > 0 {
		h.wasted = 0
	}
	h.wasted += uint32(max(left, 0))
	if h.wasted > maxWaste {
		h.need = max(h.need, left+left/8)
	}
}

// maxWaste is far more than segments of usual size cause, and takes less than a
// millisecond.
const maxWaste = 1 << 20

// gap tells the decoder what is missing, or ends with one that cannot go on.
func (i *Inspector) gap(h *half, dir Dir) {
	h.fresh()
	n := h.Pass()
	i.moved = true
	g, ok := i.dec.(gapDecoder)
	if !ok {
		i.finish()
		return
	}
	g.gap(&i.c, dir^i.flip, n)
	i.obey()
}
