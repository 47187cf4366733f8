package dpi

import (
	"encoding/binary"
	"math"
	"net/netip"
)

// NTPDetail is what an NTP association says of itself (RFC 5905), and of modes 6
// and 7 that they are used.
type NTPDetail struct {
	Version     int      `json:"version"`
	Mode        string   `json:"mode"`                // of the last message: "client", "server", "symmetric_active", "control", …
	Operation   string   `json:"operation,omitempty"` // of mode 6: "read_variables"; of mode 7: "monlist"
	Stratum     int      `json:"stratum,omitempty"`   // of the server
	ReferenceID string   `json:"reference_id,omitempty"`
	Kiss        string   `json:"kiss,omitempty"`           // why the server refuses: "RATE", "DENY"
	Unsynced    bool     `json:"unsynchronized,omitempty"` // the server says that its clock is not set
	RootDelayMS float64  `json:"root_delay_ms,omitempty"`
	RootDispMS  float64  `json:"root_dispersion_ms,omitempty"`
	OffsetMS    *float64 `json:"offset_ms,omitempty"` // how much the server's clock is ahead of the one that stamped the capture
	DelayMS     *float64 `json:"delay_ms,omitempty"`  // to the server and back, without its own time
	NTS         bool     `json:"nts,omitempty"`       // RFC 8915: authenticated extension fields
	Signed      bool     `json:"signed,omitempty"`    // a message authentication code follows
	Exchanges   int      `json:"exchanges,omitempty"` // responses that answered a request
}

// Protocol returns NTP.
func (*NTPDetail) Protocol() Protocol { return NTP }

// Key returns "ntp".
func (*NTPDetail) Key() string { return "ntp" }

// Subject returns nothing: servers are known by their address.
func (*NTPDetail) Subject() string { return "" }

func (d *NTPDetail) clone() Detail {
	c := *d
	return &c
}

var ntpSignature = signature{
	proto: NTP, ports: []uint16{123}, packet: ntpMatch,
	new: func() decoder { return &ntpDecoder{} },
}

// Modes of RFC 5905, figure 10.
const (
	ntpActive    = 1
	ntpPassive   = 2
	ntpClient    = 3
	ntpServer    = 4
	ntpBroadcast = 5
	ntpControl   = 6
	ntpPrivate   = 7

	ntpSize = 48 // of the header
)

var ntpModes = [8]string{"reserved", "symmetric_active", "symmetric_passive", "client", "server", "broadcast", "control", "private"}

// ntpMatch tells NTP by what a header cannot say otherwise. A request of a careful
// client is random in its only field (draft-ietf-ntp-data-minimization), so that
// only the answer proves it.
func ntpMatch(s *sample) match {
	b := s.datagram()
	if len(b) < 4 || b[0]>>3&7 < 1 || b[0]>>3&7 > 4 {
		return no
	}
	switch mode := b[0] & 7; mode {
	case ntpControl:
		return ntpControlMatch(b, s.wire)
	case ntpPrivate:
		return ntpPrivateMatch(b, s.wire)
	case 0:
		return no
	default:
		return ntpTimeMatch(b, s.wire, mode)
	}
}

func ntpTimeMatch(b []byte, wire int, mode byte) match {
	if len(b) < ntpSize || b[1] > 16 || !ntpTail(b, wire) {
		return no
	}
	poll, precision := int8(b[2]), int8(b[3])
	// Precision is a power of two of seconds: none has a clock worse than 1 s but
	// for clients that say 32, which means nothing. Root delay and dispersion are
	// below 16 s, the limit at which a source is given up.
	if poll < -6 || poll > 20 || precision > 32 || precision > 0 && precision != 32 ||
		binary.BigEndian.Uint16(b[4:])+16 > 32 || binary.BigEndian.Uint16(b[8:]) > 16 {
		return no
	}
	received, sent := binary.BigEndian.Uint64(b[32:]), binary.BigEndian.Uint64(b[40:])
	switch mode {
	case ntpServer:
		if sent == 0 {
			return no
		}
		// The server took less than 32 s to answer: 26 bits agree by more than chance.
		if received != 0 && ntpSpan(received, sent) >= 0 && ntpSpan(received, sent) < 32 && received>>60 != 0 {
			return sure
		}
		return likely
	case ntpBroadcast:
		if sent == 0 || b[1] == 0 || binary.BigEndian.Uint64(b[24:]) != 0 || received != 0 {
			return no
		}
	}
	return likely
}

// ntpTail checks what may follow the header: a key with a digest, extension
// fields of version 4 (RFC 7822), or both.
func ntpTail(b []byte, wire int) bool {
	rest := wire - ntpSize
	if rest < 0 || rest%4 != 0 {
		return false
	}
	if b[0]>>3&7 < 4 {
		return rest == 0 || rest == 12 || rest == 20 || rest == 24
	}
	for at := ntpSize; rest > 24; {
		if len(b) < at+4 {
			return len(b) < wire // cut by the capture
		}
		size := int(binary.BigEndian.Uint16(b[at+2:]))
		if size < 16 && rest > size || size%4 != 0 || size == 0 || size > rest {
			return false
		}
		at, rest = at+size, rest-size
	}
	return true
}

// ntpDecoder follows one association.
type ntpDecoder struct {
	d     NTPDetail
	shown bool
	asked [2]struct { // the last request of each end
		stamp uint64 // its transmit timestamp, which the answer repeats
		time  int64
	}
}

func (n *ntpDecoder) datagram(c *conv, dir Dir, b []byte, wire int) {
	if ntpMatch(&sample{head: [2][]byte{b}, wire: wire}) == no {
		return
	}
	mode := b[0] & 7
	n.d.Version, n.d.Mode = int(b[0]>>3&7), ntpModes[mode]
	switch mode {
	case ntpControl:
		n.d.Operation = ntpControlName(b[1] & 0x1f)
	case ntpPrivate:
		n.d.Operation = ntpPrivateName(b[3])
	default:
		n.message(c, dir, b, wire, mode)
	}
	if !n.shown {
		n.shown = true
		c.detail(&n.d)
		if (mode == ntpServer) == (dir == ToServer) && mode >= ntpClient && mode <= ntpServer {
			c.swap()
		}
	}
	c.changed()
}

func (n *ntpDecoder) message(c *conv, dir Dir, b []byte, wire int, mode byte) {
	if len(b) < ntpSize {
		return
	}
	n.extensions(b, wire)
	if mode != ntpClient {
		n.server(b)
	}
	if mode == ntpServer || mode == ntpActive || mode == ntpPassive {
		n.answer(c, dir, b)
	}
	if mode == ntpClient || mode == ntpActive || mode == ntpPassive {
		a := &n.asked[dir]
		a.stamp, a.time = binary.BigEndian.Uint64(b[40:]), c.time
	}
}

// server keeps what the message says of its sender's clock.
func (n *ntpDecoder) server(b []byte) {
	d := &n.d
	d.Stratum, d.Unsynced = int(b[1]), b[0]>>6 == 3
	d.RootDelayMS = round3(float64(int32(binary.BigEndian.Uint32(b[4:]))) / 65.536)
	d.RootDispMS = round3(float64(binary.BigEndian.Uint32(b[8:])) / 65.536)
	id := b[12:16]
	switch {
	case d.Stratum > 1: // an IPv4 address, or a hash of an IPv6 one
		setText(&d.ReferenceID, netip.AddrFrom4([4]byte(id)).String())
	case d.Stratum == 0 && printable(id):
		setText(&d.Kiss, tidy(id))
	default:
		if name := tidy(id); printable([]byte(name)) {
			setText(&d.ReferenceID, name)
		}
	}
}

// answer matches a response with the other end's request, whose transmit
// timestamp it repeats as the time of origin.
func (n *ntpDecoder) answer(c *conv, dir Dir, b []byte) {
	q := n.asked[dir.other()]
	if q.time == 0 || q.stamp == 0 || binary.BigEndian.Uint64(b[24:]) != q.stamp {
		return
	}
	n.asked[dir.other()].time = 0
	n.d.Exchanges++
	c.confirm()
	received, sent := binary.BigEndian.Uint64(b[32:]), binary.BigEndian.Uint64(b[40:])
	if received == 0 || sent == 0 || b[0]>>6 == 3 {
		return
	}
	away, home := ntpSince(received, q.time), ntpSince(sent, c.time)
	offset := round3((away + home) / 2 * 1e3)
	delay := round3((away - home) * 1e3)
	n.d.OffsetMS, n.d.DelayMS = &offset, &delay
}

// extensions looks for the fields of NTS and for a digest behind the header.
func (n *ntpDecoder) extensions(b []byte, wire int) {
	if n.d.Version < 4 {
		n.d.Signed = n.d.Signed || wire > ntpSize
		return
	}
	at := ntpSize
	for wire-at > 24 && len(b) >= at+4 {
		kind, size := binary.BigEndian.Uint16(b[at:]), int(binary.BigEndian.Uint16(b[at+2:]))
		switch kind {
		case 0x0104, 0x0204, 0x0304, 0x0404: // RFC 8915, section 5.7
			n.d.NTS = true
		}
		if size < 4 {
			return
		}
		at += size
	}
	if rest := wire - at; rest == 20 || rest == 24 {
		n.d.Signed = true
	}
}

// ntpSpan returns the seconds from a to b, both NTP timestamps, across the end of
// an era (2036).
func ntpSpan(a, b uint64) float64 { return float64(int64(b-a)) / (1 << 32) }

// ntpSince returns the seconds from t, in ns since the Unix epoch, to an NTP
// timestamp.
func ntpSince(stamp uint64, t int64) float64 {
	const epochs = 2_208_988_800 // seconds from 1900 to 1970
	sec, ns := uint64(t/1e9), uint64(t%1e9)
	return ntpSpan((sec+epochs)<<32|ns<<32/1e9, stamp)
}

// round3 keeps three digits behind the point, and no sign of zero.
func round3(v float64) float64 { return math.Round(v*1e3)/1e3 + 0 }
