package dpi

import (
	"encoding/binary"
)

// WireGuardDetail is what the shape of WireGuard's messages shows: all else is
// encrypted.
type WireGuardDetail struct {
	Messages    []string `json:"messages,omitempty"` // kinds that were seen: "initiation", "response", "cookie", "data"
	Established bool     `json:"established,omitempty"`
	Cookie      bool     `json:"under_load,omitempty"` // the responder asked for a cookie: it is under load
}

// Protocol returns WireGuard.
func (*WireGuardDetail) Protocol() Protocol { return WireGuard }

// Key returns "wireguard".
func (*WireGuardDetail) Key() string { return "wireguard" }

// Subject returns nothing.
func (*WireGuardDetail) Subject() string { return "" }

func (d *WireGuardDetail) clone() Detail {
	c := *d
	return &c
}

var wireguardSignature = signature{
	proto: WireGuard, ports: []uint16{51820}, packet: func(s *sample) match {
		b := s.datagram()
		switch wireguardKind(b, s.wire) {
		case wgInitiation:
			if len(b) >= 148 && zeros(b[132:148]) { // no cookie was asked for
				return sure
			}
			return likely
		case wgResponse:
			if len(b) >= 92 && zeros(b[76:92]) {
				return sure
			}
			return likely
		case wgCookie, wgData:
			return likely
		}
		return no
	},
	new: func() decoder { return &wireguardDecoder{} },
}

// Kinds of message: WireGuard's white paper, section 5.4.
const (
	wgInitiation = 1
	wgResponse   = 2
	wgCookie     = 3
	wgData       = 4
)

var wgNames = [5]string{wgInitiation: "initiation", wgResponse: "response", wgCookie: "cookie", wgData: "data"}

// wgRun is how many messages of data must continue each other where no handshake was
// seen. That is no proof: other protocols count as well.
const wgRun = 3

// wireguardKind returns a message's kind if its length is that kind's, else 0.
func wireguardKind(b []byte, wire int) byte {
	if len(b) < 16 || b[1]|b[2]|b[3] != 0 {
		return 0
	}
	switch b[0] {
	case wgInitiation:
		if wire == 148 {
			return wgInitiation
		}
	case wgResponse:
		if wire == 92 {
			return wgResponse
		}
	case wgCookie:
		if wire == 64 {
			return wgCookie
		}
	case wgData:
		// Padded to 16 bytes, and a counter that a key never brings far.
		if wire >= 32 && wire%16 == 0 && binary.LittleEndian.Uint64(b[8:]) < 1<<44 {
			return wgData
		}
	}
	return 0
}

type wireguardDecoder struct {
	d     WireGuardDetail
	shown bool
	index [2]uint32 // that each end chose for itself in its last handshake message
	known [2]bool
	last  [2]struct { // data of each direction
		index   uint32
		counter uint64
		run     int
	}
	tries int
}

func (w *wireguardDecoder) datagram(c *conv, dir Dir, b []byte, wire int) {
	kind := wireguardKind(b, wire)
	if kind == 0 {
		if w.tries++; !w.shown {
			c.wrong()
		} else if w.tries > 16 {
			c.done()
		}
		return
	}
	changed := addOnce(&w.d.Messages, wgNames[kind])
	agreed, first := w.agrees(kind, dir, b)
	run := w.last[dir].run >= wgRun
	switch {
	case !w.shown && (agreed || run || first && len(b) >= 92):
		w.shown = true
		c.detail(&w.d)
	case w.shown && changed:
		c.changed()
	}
	if w.shown && agreed {
		c.confirm()
	}
	if w.tries++; !w.shown && w.tries > 16 {
		c.wrong()
	} else if w.d.Established || w.tries > 64 {
		c.done()
	}
}

// agrees notes a message, and reports whether it continues what was seen before;
// first says that it is a handshake message, which needs nothing before it.
func (w *wireguardDecoder) agrees(kind byte, dir Dir, b []byte) (agreed, first bool) {
	other := dir.other()
	sender := binary.LittleEndian.Uint32(b[4:])
	switch kind {
	case wgInitiation:
		w.index[dir], w.known[dir] = sender, true
		return false, true
	case wgResponse:
		to := binary.LittleEndian.Uint32(b[8:])
		agreed = w.known[other] && w.index[other] == to
		w.index[dir], w.known[dir] = sender, true
		return agreed, true
	case wgCookie: // its index is the receiver's
		w.d.Cookie = true
		return w.known[other] && w.index[other] == sender, false
	}
	counter, l := binary.LittleEndian.Uint64(b[8:]), &w.last[dir]
	if l.run > 0 && l.index == sender && counter > l.counter && counter-l.counter < 1<<16 {
		l.run++
	} else {
		l.run = 1
	}
	l.index, l.counter = sender, counter
	agreed = w.known[other] && w.index[other] == sender
	if agreed || l.run >= wgRun {
		w.d.Established = true
	}
	return agreed, false
}
