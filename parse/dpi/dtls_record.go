package dpi

// maxStray is how many datagrams of something else are borne with: STUN and RTP
// share a port with DTLS (RFC 7983).
const maxStray = 64

func newDTLS() decoder { return &dtlsFlow{hs: handshake{over: 'd'}} }

// dtlsFlow takes the handshake messages out of the datagrams of a flow.
type dtlsFlow struct {
	hs     handshake
	ends   [2]dtlsEnd // by Dir
	opaque int        // encrypted records
	stray  int        // datagrams of something else
	over   bool       // nothing more is read
}

// dtlsEnd is one direction: messages that are not there whole.
type dtlsEnd struct {
	read     uint64 // numbers of the messages that were read, one bit each
	messages [2]dtlsMessage
}

func (t *dtlsFlow) datagram(c *conv, dir Dir, b []byte, wire int) {
	cut := len(b) < wire
	b = unwrapCAPWAP(b)
	for len(b) > 0 && !t.over {
		n := t.record(c, &dir, b, cut)
		if n == 0 {
			t.stray++
			break
		}
		b = b[min(n, len(b)):]
	}
	if t.stray >= maxStray || t.opaque >= maxOpaque || t.hs.d == nil && t.opaque >= 2 {
		t.hs.missed(c)
		t.hs.end(c)
	}
	if t.hs.told && !t.over {
		t.over = true
		c.done()
	}
}

// record reads the record at b and returns its length, 0 if it is none. It turns
// dir where the ends are the other way round.
func (t *dtlsFlow) record(c *conv, dir *Dir, b []byte, cut bool) int {
	if isUnified(b[0]) {
		return t.unified(c, *dir, b)
	}
	if len(b) < dtlsHeader || !isRecordDTLS(b) {
		return 0
	}
	n := dtlsHeader + length16(b[11:])
	if n > len(b) && !cut {
		return 0
	}
	body := b[dtlsHeader:min(n, len(b))]
	if dtlsEpoch(b) > 0 {
		t.opaque++
		if b[0] != recordAlert {
			t.hs.encrypted(c, *dir, n-dtlsHeader)
		}
		return n
	}
	switch b[0] {
	case recordHandshake:
		t.fragments(c, dir, body)
	case recordCipher:
		t.hs.changedCipher(c, *dir)
	case recordAlert:
		if len(body) == 2 {
			t.hs.alert(c, body[0], body[1], *dir)
		}
	}
	return n
}

// unified passes over an encrypted record of DTLS 1.3 (RFC 9147 4). Where it has a
// connection id, whose length is not known, it takes the rest of the datagram.
func (t *dtlsFlow) unified(c *conv, dir Dir, b []byte) int {
	const withID, longNumber, withLength, epochs = 0x10, 0x08, 0x04, 0x03
	if t.hs.d == nil {
		return 0 // nothing but three bits speak for it
	}
	header, n := 2, len(b)
	if b[0]&longNumber != 0 {
		header = 3
	}
	if b[0]&(withLength|withID) == withLength {
		if len(b) < header+2 {
			return 0
		}
		n = header + 2 + length16(b[header:])
	}
	// A client's record of the handshake's epoch is taken for its Finished unless
	// it is shorter: an acknowledgement or an alert.
	const shortest = dtlsFragment + 32 + 1 + 8
	if epoch := b[0] & epochs; epoch == 3 || dir == ToClient || n-header >= shortest {
		t.hs.encrypted(c, dir, n)
	}
	t.opaque++
	return n
}

// fragments reads the handshake messages of a record, or parts of them.
func (t *dtlsFlow) fragments(c *conv, dir *Dir, b []byte) {
	for len(b) >= dtlsFragment {
		whole, seq, off, n := number24(b[1:]), length16(b[4:]), number24(b[6:]), number24(b[9:])
		kind, body := b[0], b[dtlsFragment:]
		cut := n > len(body)
		body = body[:min(n, len(body))]
		b = b[dtlsFragment+len(body):]
		if off+n > whole {
			return
		}
		if t.hs.d == nil && (kind == msgClientHello && *dir == ToClient || kind == msgServerHello && *dir == ToServer) {
			c.swap()
			*dir = dir.other()
			t.ends[0], t.ends[1] = t.ends[1], t.ends[0]
		}
		t.fragment(c, *dir, dtlsPart{kind: kind, seq: seq, whole: whole, off: off, body: body, cut: cut})
	}
}

func (t *dtlsFlow) fragment(c *conv, dir Dir, p dtlsPart) {
	e := &t.ends[dir]
	bit := uint64(1) << (p.seq & 63)
	if p.seq > 63 || e.read&bit != 0 {
		return // repeated, or far from any handshake
	}
	if p.off == 0 && (p.cut || len(p.body) == p.whole) {
		e.read |= bit
		t.hs.read(c, dir, p.kind, tlsBytes{b: p.body, cut: p.cut})
		return
	}
	if m := e.message(p); m != nil && m.add(p) {
		e.read |= bit
		t.hs.read(c, dir, p.kind, tlsBytes{b: m.kept, cut: m.whole > len(m.kept)})
		*m = dtlsMessage{}
	}
}

// end is called when no more is coming.
func (t *dtlsFlow) end(c *conv) {
	if t.opaque > 0 {
		t.hs.missed(c)
	}
	t.hs.end(c)
}
