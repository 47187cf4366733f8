package dpi

import "bytes"

// initial reads an Initial packet. When the packet of the end that was taken for
// the server can be read with the client's keys, the ends are the other way round.
func (q *quicFlow) initial(c *conv, dir Dir, h *quicLong, pkt []byte) Dir {
	if h.version.salt == nil {
		q.see(c, dir, h)
		return dir
	}
	s := quicScratches.Get().(*quicScratch)
	defer quicScratches.Put(s)
	plain, pn, exact, ok := q.open(s, dir, h, pkt)
	if !ok && q.keys[ToServer] == nil && q.hello.d == nil {
		// Maybe the first packet of the flow that was captured is the server's.
		if plain, pn, exact, ok = q.open(s, dir.other(), h, pkt); ok {
			c.swap()
			q.swap()
			dir = dir.other()
		}
	}
	q.see(c, dir, h)
	if !ok {
		return dir
	}
	if exact {
		c.confirm()
		q.largest[dir] = max(q.largest[dir], pn)
	} else if !q.d.Unverified {
		q.d.Unverified = true
		c.changed()
	}
	if dir == ToServer {
		q.asked, q.askedPN = c.time, pn
	}
	q.frames(c, dir, plain, exact)
	return dir
}

// swap exchanges what is known of the two ends.
func (q *quicFlow) swap() {
	q.crypto[0], q.crypto[1] = q.crypto[1], q.crypto[0]
	q.largest[0], q.largest[1] = q.largest[1], q.largest[0]
	q.ids[0], q.ids[1] = q.ids[1], q.ids[0]
	q.known[0], q.known[1] = q.known[1], q.known[0]
	q.came[0], q.came[1] = q.came[1], q.came[0]
	q.d.SCID, q.d.Server = q.d.Server, q.d.SCID
	q.offered, q.d.DCID = nil, ""
}

// open decrypts an Initial packet with the keys of the connection. Where that does
// not work and it is the client's, its own connection ID may give them: it is the
// first packet then, or the capture missed a Retry.
func (q *quicFlow) open(s *quicScratch, dir Dir, h *quicLong, pkt []byte) (plain []byte, pn uint64, exact, ok bool) {
	if q.origin != nil {
		// A server may choose another version than the client began with, and the
		// connection ID stays: RFC 9368, section 2.3.
		k := q.key(h.version, q.origin, dir)
		if plain, pn, exact, ok = q.try(k, s, dir, h, pkt); ok {
			if h.version != q.version {
				q.version, q.keys = h.version, [2]*quicKeys{}
			}
			q.keys[dir] = k
			return plain, pn, exact, true
		}
	}
	if dir == ToClient || len(h.dcid) == 0 || bytes.Equal(h.dcid, q.origin) {
		return nil, 0, false, false
	}
	k := q.key(h.version, h.dcid, dir)
	if plain, pn, exact, ok = q.try(k, s, dir, h, pkt); ok {
		q.restart(h.version, h.dcid)
		q.keys[dir] = k
	}
	return plain, pn, exact, ok
}

// key returns the keys of one side, derived if they are not there; nil where that
// was done too often.
func (q *quicFlow) key(v *quicVersion, origin []byte, dir Dir) *quicKeys {
	if q.keys[dir] != nil && v == q.version && bytes.Equal(origin, q.origin) {
		return q.keys[dir]
	}
	if q.tries == quicMaxTries {
		return nil
	}
	q.tries++
	return newQUICKeys(v, origin, dir)
}

// try decrypts with keys. A packet whose tag was not captured must read like the
// beginning of a handshake.
func (q *quicFlow) try(k *quicKeys, s *quicScratch, dir Dir, h *quicLong, pkt []byte) (plain []byte, pn uint64, exact, ok bool) {
	if k == nil {
		return nil, 0, false, false
	}
	plain, pn, exact, ok = k.open(s, pkt, h.pn, h.end, q.largest[dir])
	if ok && !exact && !quicBegins(plain, dir, h.version) {
		return nil, 0, false, false
	}
	return plain, pn, exact, ok
}
