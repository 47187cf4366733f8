package dpi

import (
	"encoding/binary"
	"net/netip"
	"strconv"
)

// stunAttributes calls f for each attribute.
func stunAttributes(b []byte, f func(kind uint16, v []byte)) {
	for len(b) >= 4 {
		kind, size := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if b = b[4:]; size > len(b) {
			return
		}
		f(kind, b[:size:size])
		b = b[min((size+3)&^3, len(b)):]
	}
}

func stunAddressKind(kind uint16) bool {
	switch kind {
	case 0x0001, 0x0002, 0x0004, 0x0005, 0x000b, 0x0012, 0x0016, 0x0020, 0x8020, 0x802b, 0x802c:
		return true
	}
	return false
}

// attribute keeps what one attribute says.
func (t *stunDecoder) attribute(dir Dir, class, kind uint16, v, b []byte) {
	d := &t.d
	switch kind {
	case 0x0006:
		d.HasUser = true
	case 0x0001:
		if d.Mapped == "" { // the other form cannot be changed on its way
			setText(&d.Mapped, stunAddress(v, nil))
		}
	case 0x0020, 0x8020:
		setText(&d.Mapped, stunAddress(v, b))
	case 0x0016:
		setText(&d.Relayed, stunAddress(v, b))
	case 0x0012:
		setText(&d.Peer, stunAddress(v, b))
	case 0x0014:
		if plain(v) {
			setText(&d.Realm, tidy(v))
		}
	case 0x8022:
		if name := tidy(v); plain([]byte(name)) {
			to := &d.Software
			if class >= 2 || dir == ToClient {
				to = &d.ServerSoftware
			}
			setText(to, name)
		}
	case 0x0009:
		if len(v) >= 4 {
			d.Error = strconv.Itoa(int(v[2]&7)*100 + int(v[3]))
			if reason := tidy(v[4:]); reason != "" && plain([]byte(reason)) {
				d.Error += " " + reason
			}
		}
	case 0x0024:
		if len(v) == 4 && dir == ToServer {
			d.ICE, d.Priority = true, binary.BigEndian.Uint32(v)
		}
	case 0x0025:
		d.ICE, d.Nominated = true, true
	case 0x8029, 0x802a:
		d.ICE = true
		if d.Role == "" {
			d.Role = "controlled"
			if (kind == 0x802a) == (dir == ToServer) {
				d.Role = "controlling"
			}
		}
	}
}

// stunAddress returns an address and port; of the kind that is hidden from
// rewriting relays, whose bytes are mixed with those of the header.
func stunAddress(v, header []byte) string {
	if len(v) != 8 && len(v) != 20 {
		return ""
	}
	var raw [18]byte
	n := copy(raw[:], v[2:])
	if header != nil {
		raw[0], raw[1] = raw[0]^header[4], raw[1]^header[5]
		for i := range raw[2:n] {
			raw[2+i] ^= header[4+i]
		}
	}
	a, ok := netip.AddrFromSlice(raw[2:n])
	if !ok {
		return ""
	}
	return netip.AddrPortFrom(a.Unmap(), binary.BigEndian.Uint16(raw[:])).String()
}
