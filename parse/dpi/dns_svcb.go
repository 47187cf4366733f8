package dpi

import (
	"encoding/base64"
	"net/netip"
	"strconv"
)

// Parameters of SVCB and HTTPS records (RFC 9460 §14.3.2, RFC 9461, RFC 9540).
var serviceKeys = [...]string{"mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint",
	"dohpath", "ohttp", "tls-supported-groups"}

func appendServiceKey(out []byte, key uint16) []byte {
	if int(key) < len(serviceKeys) {
		return append(out, serviceKeys[key]...)
	}
	return strconv.AppendUint(append(out, "key"...), uint64(key), 10)
}

// appendService appends an SVCB or HTTPS record (RFC 9460 §2): priority, target,
// parameters.
func (m *dnsMessage) appendService(out []byte, r *dnsRecord) ([]byte, bool) {
	stop := int(r.data) + int(r.size)
	if r.size < 3 {
		return out, false
	}
	out = appendNumber(out, be16(m.b[r.data:]), ' ')
	at, ok, broken := nameEnd(m.b, int(r.data)+2)
	if !ok || broken || at > stop {
		return out, false
	}
	if out, ok = appendName(out, m.b, int(r.data)+2, false); !ok {
		return out, false
	}
	for b := m.b[at:stop]; len(b) > 0; {
		if len(b) < 4 || 4+int(be16(b[2:])) > len(b) {
			return out, false
		}
		n := 4 + int(be16(b[2:]))
		if len(out) < maxScratch {
			if out, ok = appendParameter(append(out, ' '), be16(b), b[4:n]); !ok {
				return out, false
			}
		}
		b = b[n:]
	}
	return out, true
}

// appendParameter appends one parameter of a service.
func appendParameter(out []byte, key uint16, b []byte) ([]byte, bool) {
	out = appendServiceKey(out, key)
	if len(b) == 0 {
		return out, true
	}
	out = append(out, '=')
	switch key {
	case 0, 9: // mandatory keys, groups: lists of numbers
		for ; len(b) >= 2; b = b[2:] {
			if key == 0 {
				out = append(appendServiceKey(out, be16(b)), ',')
			} else {
				out = appendNumber(out, be16(b), ',')
			}
		}
		return out[:len(out)-1], len(b) == 0
	case 1:
		for len(b) > 0 {
			n := int(b[0])
			if 1+n > len(b) {
				return out, false
			}
			out = append(appendLabel(out, b[1:1+n], false), ',')
			b = b[1+n:]
		}
		return out[:len(out)-1], true
	case 3:
		if len(b) != 2 {
			return out, false
		}
		return strconv.AppendUint(out, uint64(be16(b)), 10), true
	case 4:
		return appendHints(out, b, 4)
	case 5:
		return base64.StdEncoding.AppendEncode(out, b[:min(len(b), maxText)]), true
	case 6:
		return appendHints(out, b, 16)
	}
	return appendQuoted(out, b), true
}

// appendHints appends addresses of size bytes each.
func appendHints(out, b []byte, size int) ([]byte, bool) {
	for ; len(b) >= size && len(out) < maxScratch; b = b[size:] {
		addr, _ := netip.AddrFromSlice(b[:size])
		out = append(addr.AppendTo(out), ',')
	}
	return out[:len(out)-1], len(b) == 0
}
