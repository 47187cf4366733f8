package dpi

import (
	"bytes"
	"encoding/hex"
)

// quicMaxDatagrams bounds how many datagrams are looked at for a handshake that
// does not come to its end.
const quicMaxDatagrams = 64

// quicMaxTries bounds how often keys are derived.
const quicMaxTries = 8

// quicFlow follows the handshake of a connection. It reads Initial packets, and of
// all others only the header. Once the client sends 1-RTT packets it is done:
// what follows is encrypted, and costs nothing.
type quicFlow struct {
	d     *QUICDetail
	hello handshake

	version *quicVersion // of keys
	origin  []byte       // the connection ID from which keys come
	keys    [2]*quicKeys // of the sender, by Dir
	crypto  [2]quicCrypto
	largest [2]uint64 // packet numbers, of Initial packets
	tries   int

	ids     [2][]byte // what the receiver of a Dir is called: ToServer has the server's ID
	known   [2]bool   // that it was seen
	offered []byte    // the connection ID that the client chose first

	guesses   [2]quicGuess
	legacy    bool // the packets are those of Google's first versions
	datagrams int
	came      [2]bool // whether there was one of that Dir
	greased   bool    // the fixed bit of short headers may be 0
	asked     int64   // when the client's newest Initial came
	askedPN   uint64
}

func newQUICFlow() *quicFlow {
	q := new(quicFlow)
	q.reuse()
	return q
}

func (q *quicFlow) reuse() {
	crypto := q.crypto
	crypto[0].reset()
	crypto[1].reset()
	*q = quicFlow{hello: handshake{over: 'q'}, crypto: crypto}
}

// datagram reads the packets of a datagram: RFC 9000, section 12.2.
func (q *quicFlow) datagram(c *conv, dir Dir, b []byte, wire int) {
	midway := b[0]&0x80 == 0 || q.datagrams > 0
	if q.d == nil && midway && matchQUIC(&sample{head: [2][]byte{b}, wire: wire}) < likely {
		q.guess(c, dir, b)
		return
	}
	if q.d == nil {
		q.d = &QUICDetail{Phase: quicStateInitial}
		c.detail(q.d)
	}
	q.datagrams++
	if q.legacy || isGoogleQUIC(b) {
		q.google(c, dir, b)
	} else {
		q.packets(c, dir, b, wire)
	}
	if q.datagrams >= quicMaxDatagrams {
		q.end(c)
		c.done()
	}
}

// size returns the bytes of the keys and of the hello.
func (q *quicFlow) size() int {
	const keys, hello = 48, 512
	return 2*keys + hello
}

func (q *quicFlow) packets(c *conv, dir Dir, b []byte, wire int) {
	var h quicLong
	for len(b) > 0 && b[0]&0x80 != 0 && h.parse(b, wire) {
		at := h.end
		dir = q.long(c, dir, &h, b[:min(at, len(b))])
		q.came[dir] = true
		b, wire = b[min(at, len(b)):], wire-at
	}
	if len(b) > 0 && b[0]&0x80 == 0 {
		q.short(c, dir, b)
		q.came[dir] = true
	}
}

// end tells of a handshake that nothing more will be seen of.
func (q *quicFlow) end(c *conv) { q.hello.end(c) }

// long reads a packet with a long header. It returns the packet's direction, which
// may turn out to be another than was thought.
func (q *quicFlow) long(c *conv, dir Dir, h *quicLong, pkt []byte) Dir {
	switch h.kind {
	case quicNegotiation:
		q.negotiation(c, dir, h)
	case quicRetry:
		q.retry(c, dir, h, pkt)
	case quicInitial:
		dir = q.initial(c, dir, h, pkt)
	case quicZeroRTT:
		q.see(c, dir, h)
		if !q.d.ZeroRTT {
			q.d.ZeroRTT = true
			c.changed()
		}
	case quicHandshake:
		q.see(c, dir, h)
		q.advance(c, quicStateHandshake)
	case quicOpaque:
		q.see(c, dir, h)
	}
	return dir
}

// see notes the version and the connection IDs of a packet.
func (q *quicFlow) see(c *conv, dir Dir, h *quicLong) {
	if dir == ToServer && q.offered == nil && (h.kind <= quicZeroRTT || h.kind == quicOpaque) {
		q.offered = bytes.Clone(h.dcid)
		q.d.DCID = hex.EncodeToString(h.dcid)
		c.changed()
	}
	if q.d.Version == "" || h.version != nil && q.d.Version != h.version.name {
		q.d.Version = quicName(h.number)
		c.changed()
	}
	// The sender of dir is the receiver of the other one.
	q.learn(c, dir.other(), h.scid)
	if h.kind == quicHandshake {
		q.learn(c, dir, h.dcid)
	}
}

// learn notes what the receiver of a direction is called.
func (q *quicFlow) learn(c *conv, dir Dir, id []byte) {
	if q.known[dir] && bytes.Equal(q.ids[dir], id) || len(id) > quicMaxID {
		return
	}
	q.ids[dir], q.known[dir] = bytes.Clone(id), true
	if dir == ToServer {
		q.d.Server = hex.EncodeToString(id)
	} else {
		q.d.SCID = hex.EncodeToString(id)
	}
	c.changed()
}

// advance moves on to a later state.
func (q *quicFlow) advance(c *conv, state string) {
	if quicRank(state) > quicRank(q.d.Phase) {
		q.d.Phase = state
		c.changed()
	}
}

func quicRank(state string) int {
	switch state {
	case quicStateHandshake:
		return 1
	case quicStateConnected:
		return 2
	case quicStateDraining:
		return 3
	case quicStateClosed:
		return 4
	}
	return 0
}

// negotiation reads the list of versions that a server offers instead of the
// client's: RFC 8999, section 6. It proves itself by the client's connection IDs.
func (q *quicFlow) negotiation(c *conv, dir Dir, h *quicLong) {
	if q.offered != nil && (dir != ToClient || !bytes.Equal(h.scid, q.offered) || !bytes.Equal(h.dcid, q.ids[ToClient])) {
		return
	}
	var offered []string
	for b := h.rest; len(b) >= 4 && len(offered) < maxList; b = b[4:] {
		offered = append(offered, quicName(uint32(b[0])<<24|uint32(b[1])<<16|uint32(b[2])<<8|uint32(b[3])))
	}
	q.d.Offered = offered
	q.offered = nil // the client begins anew
	if q.came[ToServer] {
		c.confirm()
	}
	c.changed()
}

// retry reads a server's demand that the client proves its address: it begins
// anew, with keys from the connection ID that the server chose.
func (q *quicFlow) retry(c *conv, dir Dir, h *quicLong, pkt []byte) {
	if dir != ToClient || len(pkt) < h.end || q.d.Retry { // there is one at most: RFC 9000, section 17.2.5.2
		return
	}
	if key := h.version.retry; key != nil && q.offered != nil {
		if !key.valid(pkt, q.offered) {
			return
		}
		c.confirm()
	}
	q.see(c, dir, h)
	q.d.Retry = true
	q.restart(h.version, h.scid)
	c.changed()
}

// restart has keys derived from another connection ID.
func (q *quicFlow) restart(v *quicVersion, origin []byte) {
	q.version, q.origin = v, bytes.Clone(origin)
	q.keys = [2]*quicKeys{}
	q.crypto[0].reset()
	q.crypto[1].reset()
	q.largest = [2]uint64{}
}

// short reads a packet with a short header: RFC 9000, section 17.3. Only the
// client's shows that the handshake is complete: a server may send 1-RTT data
// before. Where the capture has only the server's packets, those must do.
func (q *quicFlow) short(c *conv, dir Dir, b []byte) {
	id := q.ids[dir]
	if b[0]&0x40 == 0 && !q.greased || len(b) < 1+len(id)+quicTagLen || !bytes.Equal(b[1:1+len(id)], id) {
		return
	}
	if dir == ToServer && q.known[ToServer] || dir == ToClient && !q.came[ToServer] {
		q.connected(c)
	}
}

// connected ends the inspection of a connection that was made.
func (q *quicFlow) connected(c *conv) {
	q.advance(c, quicStateConnected)
	q.hello.established(c)
	q.hello.end(c)
	c.done()
}
