package dpi

import (
	"encoding/binary"
	"strconv"
)

// RTCPDetail is what the reports about RTP sessions say (RFC 3550, section 6).
type RTCPDetail struct {
	Version int      `json:"version"`
	Packets []string `json:"packets,omitempty"` // kinds that were seen: "sender_report", "source_description", …
	Sources []string `json:"sources,omitempty"` // SSRCs of those who report, in hexadecimal
	Names   []string `json:"names,omitempty"`   // their canonical names: "user@host"
	Tool    string   `json:"tool,omitempty"`    // the program that sends
}

// Protocol returns RTCP.
func (*RTCPDetail) Protocol() Protocol { return RTCP }

// Key returns "rtcp".
func (*RTCPDetail) Key() string { return "rtcp" }

// Subject returns the first canonical name.
func (d *RTCPDetail) Subject() string {
	if len(d.Names) > 0 {
		return d.Names[0]
	}
	return ""
}

func (d *RTCPDetail) clone() Detail {
	c := *d
	return &c
}

var rtcpSignature = signature{
	proto: RTCP, packet: func(s *sample) match {
		switch n := rtcpChain(s.datagram(), s.wire); {
		case n >= 2:
			return sure
		case n == 1:
			return likely
		}
		return no
	},
	new: func() decoder { return &rtcpDecoder{} },
}

// rtcpKinds names packet types from 200 on (RFC 3550, 4585, 3611).
var rtcpKinds = [...]string{"sender_report", "receiver_report", "source_description", "goodbye", "application",
	"transport_feedback", "payload_feedback", "extended_report"}

const rtcpFirst = 200

// rtcpChain returns how many packets a compound datagram holds, 0 if it is none:
// their lengths must add up to it. Encrypted ones (RFC 3711) show only their first
// packet's head, and end with an index and a tag.
func rtcpChain(b []byte, wire int) int {
	if len(b) < 8 || wire%2 != 0 {
		return 0
	}
	n := 0
	for at := 0; at < wire; n++ {
		if len(b) < at+4 {
			if at < len(b) || len(b) == wire {
				return 0
			}
			return n // cut by the capture
		}
		kind, size := int(b[at+1])-rtcpFirst, 4+4*int(binary.BigEndian.Uint16(b[at+2:]))
		ok := b[at]>>6 == 2 && kind >= 0 && kind < len(rtcpKinds) && at+size <= wire && rtcpFits(b[at]&0x1f, kind, size)
		switch {
		case ok:
			at += size
		case n == 1 && b[1] <= rtcpFirst+1 && wire-at >= 14 && len(b) == wire && b[wire-14]&0x80 != 0:
			return 1 // encrypted: the index begins with a flag
		default:
			return 0
		}
	}
	return n
}

// rtcpFits reports whether a packet is long enough for the reports that it counts.
func rtcpFits(count byte, kind, size int) bool {
	switch rtcpFirst + kind {
	case 200:
		return size >= 28+24*int(count)
	case 201:
		return size >= 8+24*int(count)
	case 202, 203:
		return size >= 4+4*int(count)
	}
	return size >= 8 || kind == 4 && size >= 12
}

// rtcpDecoder reads reports until nothing new comes.
type rtcpDecoder struct {
	d     RTCPDetail
	first uint32 // who sent the first packet
	seen  int
	shown bool
}

// rtcpEnough is how many datagrams are read.
const rtcpEnough = 16

func (t *rtcpDecoder) datagram(c *conv, dir Dir, b []byte, wire int) {
	n := rtcpChain(b, wire)
	if n == 0 {
		if !t.shown {
			c.wrong()
		} else if t.seen++; t.seen > rtcpEnough {
			c.done()
		}
		return
	}
	t.seen++
	source := binary.BigEndian.Uint32(b[4:])
	again := t.first == source && t.seen > 1
	if t.seen == 1 {
		t.first = source
	}
	changed := addOnce(&t.d.Sources, "0x"+strconv.FormatUint(uint64(source), 16))
	if t.packets(b, wire, n) {
		changed = true
	}
	switch {
	case !t.shown && (n >= 2 || again || t.seen > 2):
		t.shown, t.d.Version = true, 2
		c.detail(&t.d)
	case changed && t.shown:
		c.changed()
	}
	if again {
		c.confirm()
	}
	if t.seen > rtcpEnough {
		c.done()
	}
}

func (t *rtcpDecoder) packets(b []byte, wire, n int) (changed bool) {
	for at := 0; n > 0 && len(b) >= at+4; n-- {
		kind, end := int(b[at+1])-rtcpFirst, at+4+4*int(binary.BigEndian.Uint16(b[at+2:]))
		if addOnce(&t.d.Packets, rtcpKinds[kind]) {
			changed = true
		}
		if kind == 2 && t.description(b[at+4:min(end, len(b))], int(b[at]&0x1f)) {
			changed = true
		}
		at = end
	}
	return changed
}

// description reads the chunks of a source description: names and tools. Other
// items are of persons, and are not kept.
func (t *rtcpDecoder) description(b []byte, chunks int) (changed bool) {
	r := cursor{b: b}
	for ; chunks > 0 && !r.short; chunks-- {
		start := len(r.b)
		r.skip(4)
		for !r.short {
			kind := r.u8()
			if kind == 0 {
				break
			}
			switch v := r.short8(); {
			case !plain(v):
			case kind == 1:
				changed = addOnce(&t.d.Names, tidy(v)) || changed
			case kind == 6:
				changed = setText(&t.d.Tool, tidy(v)) || changed
			}
		}
		if used := start - len(r.b); used%4 != 0 {
			r.skip(4 - used%4)
		}
	}
	return changed
}
