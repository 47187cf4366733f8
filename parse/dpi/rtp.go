package dpi

import (
	"encoding/binary"
	"slices"
	"strconv"
)

// RTPDetail is what a session of RTP (RFC 3550) says of itself, one entry of each
// list for each direction that was seen.
type RTPDetail struct {
	Version      int      `json:"version"`
	PayloadTypes []int    `json:"payload_types,omitempty"`
	Codecs       []string `json:"codecs,omitempty"`  // of the payload types that RFC 3551 fixes
	Sources      []string `json:"sources,omitempty"` // SSRCs in hexadecimal
}

// Protocol returns RTP.
func (*RTPDetail) Protocol() Protocol { return RTP }

// Key returns "rtp".
func (*RTPDetail) Key() string { return "rtp" }

// Subject returns the codec of what flows first.
func (d *RTPDetail) Subject() string {
	if len(d.Codecs) > 0 {
		return d.Codecs[0]
	}
	return ""
}

func (d *RTPDetail) clone() Detail {
	c := *d
	return &c
}

var rtpSignature = signature{
	proto: RTP, stream: func(s *sample) match { return s.both(rtpStreamMatch) }, packet: func(s *sample) match {
		if rtpShape(s.datagram(), s.wire) {
			return likely
		}
		return no
	},
	new: func() decoder { return &rtpDecoder{} },
}

// rtpShape reports whether a datagram can be of RTP: two bits of version and a
// payload type are all that its header fixes, so this says little.
func rtpShape(b []byte, wire int) bool {
	if len(b) < 12 || b[0]>>6 != 2 || b[1] >= 192 && b[1] < 224 {
		return false // RFC 5761: these second bytes are RTCP's
	}
	kind := b[1] & 0x7f
	if kind >= 35 && kind < 96 && (kind < 64 || kind >= 72) || kind >= 72 && kind < 77 {
		return false // unassigned
	}
	head := 12 + 4*int(b[0]&0xf)
	if b[0]&0x10 != 0 {
		if len(b) >= head+4 {
			head += 4 * int(binary.BigEndian.Uint16(b[head+2:]))
		}
		head += 4
	}
	return head < wire
}

// rtpStreamMatch tells packets behind a length each (RFC 4571) by two that follow
// each other.
func rtpStreamMatch(b []byte) match {
	if len(b) < 4 {
		return more
	}
	size := int(binary.BigEndian.Uint16(b))
	if size < 13 || size > 1500 || !rtpShape(b[2:min(len(b), 2+size)], size) {
		if len(b) < 14 && size >= 13 && size <= 1500 && b[2]>>6 == 2 {
			return more
		}
		return no
	}
	next := b[min(len(b), 2+size):]
	if len(next) < 14 {
		return more
	}
	if first := b[2:]; rtpShape(next[2:], int(binary.BigEndian.Uint16(next))) && string(first[8:12]) == string(next[10:14]) &&
		binary.BigEndian.Uint16(first[2:])+1 == binary.BigEndian.Uint16(next[4:]) {
		return sure
	}
	return no
}

// rtpCodecs are the payload types of RFC 3551, table 4 and 5.
var rtpCodecs = [...]string{0: "PCMU", 3: "GSM", 4: "G723", 5: "DVI4", 6: "DVI4", 7: "LPC", 8: "PCMA", 9: "G722", 10: "L16", 11: "L16",
	12: "QCELP", 13: "CN", 14: "MPA", 15: "G728", 16: "DVI4", 17: "DVI4", 18: "G729", 25: "CelB", 26: "JPEG", 28: "nv",
	31: "H261", 32: "MPV", 33: "MP2T", 34: "H263"}

const (
	rtpRun   = 3 // packets of one source in a row that prove it
	rtpTries = 12
	rtpEnds  = 16 // packets after which a direction that is silent is not waited for
)

// rtpDecoder waits until one direction's packets continue each other.
type rtpDecoder struct {
	d     RTPDetail
	ways  [2]rtpWay
	seen  int
	shown bool
}

// rtpWay is one direction's last packet.
type rtpWay struct {
	source, stamp uint32
	seq           uint16
	kind          byte
	run           int
	told          bool
}

func (t *rtpDecoder) datagram(c *conv, dir Dir, b []byte, wire int) {
	t.seen++
	if !rtpShape(b, wire) {
		if !t.shown && !rtpNeighbor(b) {
			c.wrong()
		} else if t.seen > rtpEnds {
			t.finish(c)
		}
		return
	}
	w := &t.ways[dir]
	source, stamp, seq := binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint16(b[2:])
	switch step := int16(seq - w.seq); {
	case w.run == 0 || w.source != source:
		w.run = 1
	case step > 0 && step <= 16 && int32(stamp-w.stamp) >= -1<<20 && int32(stamp-w.stamp) <= 1<<20:
		w.run++
	case step > -16 && step <= 0: // again, or late: neither for nor against it
		return
	default:
		w.run = 1
	}
	w.source, w.stamp, w.seq, w.kind = source, stamp, seq, b[1]&0x7f
	if w.run >= rtpRun && !w.told {
		t.tell(c, w)
	}
	if t.ways[0].told && t.ways[1].told || t.seen > rtpEnds {
		t.finish(c)
	}
}

// rtpNeighbor reports whether a datagram is of what shares a port with RTP: STUN,
// DTLS, TURN (RFC 7983), and RTCP (RFC 5761).
func rtpNeighbor(b []byte) bool {
	return len(b) > 1 && (b[0] < 4 || b[0] >= 20 && b[0] < 80 || b[0]>>6 == 2 && b[1] >= 192 && b[1] < 224)
}

func (t *rtpDecoder) stream(c *conv, dir Dir, b []byte) int {
	read := 0
	for len(b)-read >= 2 {
		size := int(binary.BigEndian.Uint16(b[read:]))
		if len(b)-read < 2+size {
			return read
		}
		p := b[read+2 : read+2+size]
		read += 2 + size
		if t.datagram(c, dir, p, size); t.seen > rtpEnds {
			return read
		}
	}
	return read
}

// finish ends it: with what was found, or as something else.
func (t *rtpDecoder) finish(c *conv) {
	switch {
	case t.shown:
		c.done()
	case t.seen > rtpTries:
		c.wrong()
	}
}

func (t *rtpDecoder) tell(c *conv, w *rtpWay) {
	w.told = true
	t.d.Version = 2
	if !slices.Contains(t.d.PayloadTypes, int(w.kind)) {
		t.d.PayloadTypes = append(t.d.PayloadTypes, int(w.kind))
	}
	if int(w.kind) < len(rtpCodecs) {
		addOnce(&t.d.Codecs, rtpCodecs[w.kind])
	}
	addOnce(&t.d.Sources, "0x"+strconv.FormatUint(uint64(w.source), 16))
	if t.shown { // both directions
		c.changed()
		c.confirm()
		return
	}
	t.shown = true
	c.detail(&t.d)
}
