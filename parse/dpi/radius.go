package dpi

import "encoding/binary"

// RADIUSDetail is who asks for access, by which device, and the answer (RFC 2865,
// 2866, 5176). Passwords and what stands for them are not read.
type RADIUSDetail struct {
	Code       string `json:"code,omitempty"`       // of the last message: "Access-Request"
	Result     string `json:"result,omitempty"`     // of the last answer: "Access-Accept"
	User       string `json:"user,omitempty"`       // user name
	NAS        string `json:"nas,omitempty"`        // name or address of the device
	Called     string `json:"called,omitempty"`     // station: often an access point's MAC address and network
	Calling    string `json:"calling,omitempty"`    // station: often the user's MAC address
	Framed     string `json:"framed,omitempty"`     // address that the user was given
	EAP        bool   `json:"eap,omitempty"`        // EAP is carried
	Accounting string `json:"accounting,omitempty"` // status: "Start", "Stop", "Interim-Update"
}

// Protocol returns RADIUS.
func (*RADIUSDetail) Protocol() Protocol { return RADIUS }

// Key returns "radius".
func (*RADIUSDetail) Key() string { return "radius" }

// Subject returns the user.
func (d *RADIUSDetail) Subject() string { return d.User }

func (d *RADIUSDetail) clone() Detail {
	c := *d
	return &c
}

var radiusSignature = signature{
	proto: RADIUS, ports: []uint16{1812, 1813, 1645, 1646, 3799}, packet: func(s *sample) match { return radiusMatch(s.datagram(), s.wire) },
	new: func() decoder { return &radiusDecoder{} },
}

const radiusHead = 20

// radiusCode names a code; "" for what is none. An answer has the second result.
func radiusCode(code byte) (name string, answer bool) {
	switch code {
	case 1:
		return "Access-Request", false
	case 2:
		return "Access-Accept", true
	case 3:
		return "Access-Reject", true
	case 4:
		return "Accounting-Request", false
	case 5:
		return "Accounting-Response", true
	case 11:
		return "Access-Challenge", true
	case 12:
		return "Status-Server", false
	case 40:
		return "Disconnect-Request", false
	case 41:
		return "Disconnect-ACK", true
	case 42:
		return "Disconnect-NAK", true
	case 43:
		return "CoA-Request", false
	case 44:
		return "CoA-ACK", true
	case 45:
		return "CoA-NAK", true
	}
	return "", false
}

// radiusMatch checks the length and that the attributes add up to it.
func radiusMatch(b []byte, wire int) match {
	if len(b) < radiusHead {
		return no
	}
	name, answer := radiusCode(b[0])
	size := int(binary.BigEndian.Uint16(b[2:]))
	// What lies behind the length is padding (RFC 2865, section 3).
	if name == "" || size < radiusHead || size > 4096 || size > wire || wire > size+64 || zeros(b[4:radiusHead]) && b[0] != 4 && b[0] != 40 {
		return no
	}
	if size == radiusHead {
		if answer && wire == size {
			return likely
		}
		return no
	}
	n := 0
	for at := radiusHead; at < size; n++ {
		if len(b) < at+2 {
			if len(b) == wire {
				return no
			}
			return likely // cut by the capture
		}
		if b[at] == 0 || b[at+1] < 2 || at+int(b[at+1]) > size {
			return no
		}
		at += int(b[at+1])
	}
	if size != wire {
		return likely
	}
	return sure
}

type radiusDecoder struct {
	d     RADIUSDetail
	shown bool
	id    [2]byte // of the last request of each end
	asked [2]bool
}

func (t *radiusDecoder) datagram(c *conv, dir Dir, b []byte, wire int) {
	if radiusMatch(b, wire) == no {
		return
	}
	before := t.d
	name, answer := radiusCode(b[0])
	t.d.Code = name
	if answer {
		t.d.Result = name
		if t.asked[dir.other()] && t.id[dir.other()] == b[1] {
			c.confirm()
		}
	} else {
		t.asked[dir], t.id[dir] = true, b[1]
	}
	r := cursor{b: b[radiusHead:min(len(b), int(binary.BigEndian.Uint16(b[2:])))]}
	for len(r.b) > 2 && !r.short {
		kind := r.u8()
		t.attribute(kind, r.take(int(r.u8())-2))
	}
	if !t.shown {
		t.shown = true
		c.detail(&t.d)
		if answer == (dir == ToServer) {
			c.swap()
		}
	}
	if t.d != before {
		c.changed()
	}
}

func (t *radiusDecoder) attribute(kind byte, v []byte) {
	switch kind {
	case 79:
		t.d.EAP = true
	case 40:
		if len(v) == 4 {
			switch binary.BigEndian.Uint32(v) {
			case 1:
				t.d.Accounting = "Start"
			case 2:
				t.d.Accounting = "Stop"
			case 3:
				t.d.Accounting = "Interim-Update"
			case 7:
				t.d.Accounting = "Accounting-On"
			case 8:
				t.d.Accounting = "Accounting-Off"
			}
		}
	case 4, 95:
		if t.d.NAS == "" {
			t.d.NAS = addrText(v)
		}
	case 8:
		setText(&t.d.Framed, addrText(v))
	}
	if !plain(v) {
		return
	}
	switch kind {
	case 1:
		setText(&t.d.User, text(v))
	case 30:
		setText(&t.d.Called, text(v))
	case 31:
		setText(&t.d.Calling, text(v))
	case 32:
		setText(&t.d.NAS, text(v))
	}
}
