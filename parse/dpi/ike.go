package dpi

import (
	"encoding/binary"
	"encoding/hex"
)

// IKEDetail is what the negotiation of an IPsec association says in the clear (RFC
// 2408, 2409, 7296).
type IKEDetail struct {
	Version      string   `json:"version"` // "1.0", "2.0"
	Exchanges    []string `json:"exchanges,omitempty"`
	InitiatorSPI string   `json:"initiator_spi,omitempty"` // in hexadecimal
	ResponderSPI string   `json:"responder_spi,omitempty"`
	Vendors      []string `json:"vendors,omitempty"` // what vendor IDs stand for: "strongSwan", "DPD"
	Cipher       string   `json:"cipher,omitempty"`  // version 2: that the responder chose
	PRF          string   `json:"prf,omitempty"`
	Integrity    string   `json:"integrity,omitempty"`
	Group        string   `json:"group,omitempty"` // of Diffie and Hellman
	Notify       []string `json:"notify,omitempty"`
	NATTraversal bool     `json:"nat_traversal,omitempty"` // wrapped in UDP behind a marker (RFC 3948)
	ESP          bool     `json:"esp,omitempty"`           // encrypted traffic shares the flow
}

// Protocol returns IKE.
func (*IKEDetail) Protocol() Protocol { return IKE }

// Key returns "ike".
func (*IKEDetail) Key() string { return "ike" }

// Subject returns nothing.
func (*IKEDetail) Subject() string { return "" }

func (d *IKEDetail) clone() Detail {
	c := *d
	return &c
}

var ikeSignature = signature{
	proto: IKE, ports: []uint16{500, 4500}, packet: func(s *sample) match {
		b, wire, _ := ikeUnwrap(s.datagram(), s.wire)
		return ikeMatch(b, wire)
	},
	new: func() decoder { return &ikeDecoder{} },
}

const ikeHead = 28

// ikeUnwrap takes the marker away that tells IKE from ESP on port 4500.
func ikeUnwrap(b []byte, wire int) ([]byte, int, bool) {
	if len(b) >= 4+ikeHead && zeros(b[:4]) {
		return b[4:], wire - 4, true
	}
	return b, wire, false
}

// ikeExchange names an exchange; "" for what is none of the version.
func ikeExchange(version, kind byte) string {
	if version == 1 {
		switch kind {
		case 1:
			return "base"
		case 2:
			return "main_mode"
		case 3:
			return "authentication_only"
		case 4:
			return "aggressive"
		case 5:
			return "informational"
		case 6:
			return "transaction"
		case 32:
			return "quick_mode"
		case 33:
			return "new_group"
		}
		return ""
	}
	switch kind {
	case 34:
		return "IKE_SA_INIT"
	case 35:
		return "IKE_AUTH"
	case 36:
		return "CREATE_CHILD_SA"
	case 37:
		return "INFORMATIONAL"
	case 38:
		return "IKE_SESSION_RESUME"
	case 43:
		return "IKE_INTERMEDIATE"
	case 44:
		return "IKE_FOLLOWUP_KE"
	}
	return ""
}

// ikeMatch checks a header: version, exchange, flags, and the length.
func ikeMatch(b []byte, wire int) match {
	if len(b) < ikeHead || zeros(b[:8]) {
		return no
	}
	version := b[17] >> 4
	if version != 1 && version != 2 || b[17]&0xf != 0 || ikeExchange(version, b[18]) == "" ||
		binary.BigEndian.Uint32(b[24:]) != uint32(wire) {
		return no
	}
	if version == 1 && b[19]&^7 != 0 || version == 2 && b[19]&^0x38 != 0 {
		return no
	}
	return sure
}

type ikeDecoder struct {
	d     IKEDetail
	shown bool
	seen  int
}

// ikeEnough is how many datagrams are read; the rest is encrypted.
const ikeEnough = 32

func (k *ikeDecoder) datagram(c *conv, dir Dir, b []byte, wire int) {
	if k.seen++; k.seen > ikeEnough {
		c.done()
		return
	}
	m, size, marked := ikeUnwrap(b, wire)
	if ikeMatch(m, size) == no {
		if !k.d.ESP && wire > 16 && k.shown {
			k.d.ESP = true
			c.changed()
		}
		return
	}
	version := m[17] >> 4
	k.d.Version = itoa(uint32(version)) + ".0"
	k.d.NATTraversal = k.d.NATTraversal || marked
	addOnce(&k.d.Exchanges, ikeExchange(version, m[18]))
	setText(&k.d.InitiatorSPI, hex.EncodeToString(m[:8]))
	if !zeros(m[8:16]) {
		setText(&k.d.ResponderSPI, hex.EncodeToString(m[8:16]))
	}
	response := version == 2 && m[19]&0x20 != 0
	if version == 2 || m[19]&1 == 0 { // of version 1 flag 1 says that all is encrypted
		k.payloads(version, m[16], m[ikeHead:], response)
	}
	if !k.shown {
		k.shown = true
		c.detail(&k.d)
		if response && dir == ToServer && m[18] == 34 {
			c.swap()
		}
		return
	}
	c.changed()
}

// payloads walks the chain up to what is encrypted.
func (k *ikeDecoder) payloads(version, kind byte, b []byte, response bool) {
	for n := 0; n < 64 && kind != 0 && len(b) >= 4; n++ {
		next, size := b[0], int(binary.BigEndian.Uint16(b[2:]))
		if size < 4 || size > len(b) {
			return
		}
		body := b[4:size]
		switch {
		case version == 1 && kind == 13, version == 2 && kind == 43:
			addOnce(&k.d.Vendors, ikeVendor(body))
		case version == 1 && kind == 11 && len(body) >= 8:
			addOnce(&k.d.Notify, ikeNotify(1, binary.BigEndian.Uint16(body[6:])))
		case version == 2 && kind == 41 && len(body) >= 4:
			addOnce(&k.d.Notify, ikeNotify(2, binary.BigEndian.Uint16(body[2:])))
		case version == 2 && kind == 33 && response:
			k.chosen(body)
		case version == 2 && (kind == 46 || kind == 53):
			return
		}
		kind, b = next, b[size:]
	}
}

// chosen reads the proposal that the responder took: one transform of each type.
func (k *ikeDecoder) chosen(b []byte) {
	r := cursor{b: b}
	r.skip(6)
	spi, count := int(r.u8()), int(r.u8())
	for r.skip(spi); count > 0 && !r.short; count-- {
		r.skip(2)
		t := cursor{b: r.take(int(r.be16()) - 4)}
		kind := t.u8()
		t.skip(1)
		id := t.be16()
		if t.short {
			return
		}
		switch kind {
		case 1:
			k.d.Cipher = ikeCipher(id)
			if attr, bits := t.be16(), t.be16(); attr == 0x800e && !t.short {
				k.d.Cipher += "-" + itoa(uint32(bits))
			}
		case 2:
			k.d.PRF = ikePRF(id)
		case 3:
			k.d.Integrity = ikeIntegrity(id)
		case 4:
			k.d.Group = ikeGroup(id)
		}
	}
}
