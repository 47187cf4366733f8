package dpi

import (
	"encoding/binary"
	"encoding/hex"
)

// OpenVPNDetail is what the control channel's outer form shows; what it carries is
// TLS in pieces, or encrypted.
type OpenVPNDetail struct {
	Opcodes     []string `json:"opcodes,omitempty"`     // kinds of packet that were seen: "hard_reset_client_v2", "control", "ack", "data_v2"
	Control     string   `json:"control_key,omitempty"` // how the control channel is protected: "none", "tls-auth", "tls-crypt"
	Session     string   `json:"session_id,omitempty"`  // of the client, in hexadecimal
	Established bool     `json:"established,omitempty"` // data flows
}

// Protocol returns OpenVPN.
func (*OpenVPNDetail) Protocol() Protocol { return OpenVPN }

// Key returns "openvpn".
func (*OpenVPNDetail) Key() string { return "openvpn" }

// Subject returns nothing.
func (*OpenVPNDetail) Subject() string { return "" }

func (d *OpenVPNDetail) clone() Detail {
	c := *d
	return &c
}

var openvpnSignature = signature{
	proto: OpenVPN, ports: []uint16{1194},
	stream: func(s *sample) match { return s.both(openvpnStreamMatch) },
	packet: func(s *sample) match { return openvpnMatch(s.datagram(), s.wire) },
	new:    func() decoder { return &openvpnDecoder{} },
}

// Opcodes, the five high bits of a packet; the low three are a key's number.
const (
	ovpnResetClient1 = 1
	ovpnResetServer1 = 2
	ovpnControl      = 4
	ovpnAck          = 5
	ovpnData1        = 6
	ovpnResetClient2 = 7
	ovpnResetServer2 = 8
	ovpnData2        = 9
	ovpnResetClient3 = 10
)

var ovpnNames = [...]string{1: "hard_reset_client_v1", 2: "hard_reset_server_v1", 3: "soft_reset", 4: "control", 5: "ack", 6: "data",
	7: "hard_reset_client_v2", 8: "hard_reset_server_v2", 9: "data_v2", 10: "hard_reset_client_v3", 11: "control_wkc"}

// ovpnReset reads a packet that begins a session, and names how it is protected:
// opcode, session, [HMAC, number, time,] acknowledged numbers, own number 0. ok is
// false for what is none.
func ovpnReset(b []byte, wire int) (key string, ok bool) {
	if len(b) < 14 || b[0]&7 != 0 || zeros(b[1:9]) {
		return "", false
	}
	op := b[0] >> 3
	server := op == ovpnResetServer1 || op == ovpnResetServer2
	if !server && op != ovpnResetClient1 && op != ovpnResetClient2 && op != ovpnResetClient3 {
		return "", false
	}
	if ovpnTail(b[9:], wire-9, server) {
		return "none", true
	}
	for _, mac := range [...]int{20, 32, 64, 16, 28, 48} {
		if at := 9 + mac; len(b) >= at+13 && binary.BigEndian.Uint32(b[at:]) == 1 && ovpnTail(b[at+8:], wire-at-8, server) {
			return "tls-auth", true
		}
	}
	// Packet number 1, a time of this century, and all else encrypted.
	if n := binary.BigEndian.Uint32(b[9:]); wire >= 54 && (n == 1 || n == 0x0f000001) && len(b) >= 17 &&
		binary.BigEndian.Uint32(b[13:]) > 946_684_800 {
		return "tls-crypt", true
	}
	return "", false
}

// ovpnTail checks the acknowledgements and the number at the end of a reset: the
// client has nothing to acknowledge, the server the client's number 0.
func ovpnTail(b []byte, wire int, server bool) bool {
	if len(b) < 5 {
		return false
	}
	if !server {
		return wire == 5 && zeros(b[:5])
	}
	if b[0] == 0 {
		return wire == 5 && zeros(b[:5])
	}
	return b[0] <= 8 && wire == 1+4*int(b[0])+8+4 && len(b) >= wire && zeros(b[1:5]) && zeros(b[wire-4:wire])
}

func openvpnMatch(b []byte, wire int) match {
	switch key, ok := ovpnReset(b, wire); {
	case !ok:
		return no
	case key == "tls-crypt":
		return likely
	}
	return sure
}

// openvpnStreamMatch is openvpnMatch behind the length that TCP needs.
func openvpnStreamMatch(b []byte) match {
	if len(b) >= 1 && b[0] > 4 { // wrapped client keys make it up to 1 KiB long
		return no
	}
	if len(b) < 3 {
		return more
	}
	size := int(binary.BigEndian.Uint16(b))
	if op := b[2] >> 3; size < 14 || b[2]&7 != 0 || op != ovpnResetClient1 && op != ovpnResetServer1 && op != ovpnResetClient2 &&
		op != ovpnResetServer2 && op != ovpnResetClient3 {
		return no
	}
	if len(b) < 2+min(size, 54) {
		return more
	}
	return openvpnMatch(b[2:min(len(b), 2+size)], size)
}

type openvpnDecoder struct {
	d       OpenVPNDetail
	shown   bool
	session [2][8]byte
	known   [2]bool
	seen    int
}

func (o *openvpnDecoder) datagram(c *conv, dir Dir, b []byte, wire int) {
	o.packet(c, dir, b, wire)
}

func (o *openvpnDecoder) stream(c *conv, dir Dir, b []byte) int {
	read := 0
	for len(b)-read >= 3 {
		p := b[read:]
		size := int(binary.BigEndian.Uint16(p))
		if size == 0 {
			c.done()
			return read
		}
		if len(p) < 2+size {
			return read
		}
		read += 2 + size
		o.packet(c, dir, p[2:2+size], size)
		if o.d.Established || o.seen > 64 {
			return read
		}
	}
	return read
}

func (o *openvpnDecoder) packet(c *conv, dir Dir, b []byte, wire int) {
	if o.seen++; len(b) == 0 {
		return
	}
	op := b[0] >> 3
	if op == 0 || int(op) >= len(ovpnNames) {
		if !o.shown {
			c.wrong()
		}
		return
	}
	changed := addOnce(&o.d.Opcodes, ovpnNames[op])
	key, reset := ovpnReset(b, wire)
	if reset {
		o.reset(dir, op, b, key)
	}
	agreed := o.agrees(dir, op, b)
	switch {
	case !o.shown && (agreed || reset && key != "tls-crypt"):
		o.shown = true
		c.detail(&o.d)
		if reset && (op == ovpnResetServer1 || op == ovpnResetServer2) == (dir == ToServer) {
			c.swap()
		}
	case o.shown && changed:
		c.changed()
	}
	if agreed {
		c.confirm()
	}
	if o.shown && agreed && (op == ovpnData1 || op == ovpnData2) {
		o.d.Established = true
		c.changed()
		c.done()
		return
	}
	if o.seen > 64 {
		c.done()
	}
}

func (o *openvpnDecoder) reset(dir Dir, op byte, b []byte, key string) {
	o.session[dir], o.known[dir] = [8]byte(b[1:9]), true
	if setText(&o.d.Control, key) || o.d.Session == "" {
		if op != ovpnResetServer1 && op != ovpnResetServer2 {
			o.d.Session = hex.EncodeToString(b[1:9])
		}
	}
}

// agrees reports whether a packet continues the session of its sender, or answers
// that of the other end.
func (o *openvpnDecoder) agrees(dir Dir, op byte, b []byte) bool {
	other := dir.other()
	switch op {
	case ovpnResetServer1, ovpnResetServer2:
		return o.known[other] && len(b) >= 14
	case ovpnControl, ovpnAck:
		return o.known[dir] && len(b) >= 9 && [8]byte(b[1:9]) == o.session[dir]
	case ovpnData1, ovpnData2:
		return o.known[0] && o.known[1]
	}
	return false
}
