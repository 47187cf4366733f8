package dpi

import (
	"encoding/hex"
	"net/netip"
	"strconv"
)

// appendData appends a record's data as zone files write it (RFC 1035 §5.1),
// or as RFC 3597 §5 where the type is not read. What is longer than maxText is
// cut; ok is unset where the data has not the form of its type.
func (m *dnsMessage) appendData(out []byte, r *dnsRecord, free bool) (text []byte, ok bool) {
	start := len(out)
	out, ok = m.appendTyped(out, r, free)
	if !ok {
		out = appendUnknown(out[:start], m.dataOf(r))
	}
	return out[:min(len(out), start+maxText)], ok
}

func (m *dnsMessage) appendTyped(out []byte, r *dnsRecord, free bool) ([]byte, bool) {
	b, at := m.dataOf(r), int(r.data)
	switch r.typ {
	case typeA, typeAAAA:
		addr, ok := m.address(r)
		if !ok {
			return out, false
		}
		return addr.AppendTo(out), true
	case typeNS, typeCNAME, typePTR, typeDNAME:
		return appendName(out, m.b, at, free)
	case typeMX:
		return m.appendNumbered(out, r, 1, free)
	case typeSRV:
		return m.appendNumbered(out, r, 3, free)
	case typeSOA:
		return m.appendSOA(out, r)
	case typeTXT, typeSPF:
		return appendStrings(out, b)
	case typeCAA:
		return appendCAA(out, b)
	case typeURI:
		if len(b) < 5 {
			return out, false
		}
		out = appendNumber(appendNumber(out, be16(b), ' '), be16(b[2:]), ' ')
		return appendQuoted(out, b[4:]), true
	case typeSVCB, typeHTTPS:
		return m.appendService(out, r)
	}
	return m.appendSigned(out, r)
}

// address returns the address in an A or AAAA record.
func (m *dnsMessage) address(r *dnsRecord) (netip.Addr, bool) {
	b := m.dataOf(r)
	if r.class != classIN || r.typ == typeA && len(b) != 4 || r.typ == typeAAAA && len(b) != 16 {
		return netip.Addr{}, false
	}
	return netip.AddrFromSlice(b)
}

// appendNumbered appends n 16-bit numbers and a name.
func (m *dnsMessage) appendNumbered(out []byte, r *dnsRecord, n int, free bool) ([]byte, bool) {
	b := m.dataOf(r)
	if len(b) < 2*n+1 {
		return out, false
	}
	for i := range n {
		out = appendNumber(out, be16(b[2*i:]), ' ')
	}
	return appendName(out, m.b, int(r.data)+2*n, free)
}

// appendSOA appends the two names and five numbers of a SOA (RFC 1035 §3.3.13).
func (m *dnsMessage) appendSOA(out []byte, r *dnsRecord) ([]byte, bool) {
	at := int(r.data)
	for range 2 {
		end, ok, broken := nameEnd(m.b, at)
		if !ok || broken {
			return out, false
		}
		if out, ok = appendName(out, m.b, at, false); !ok {
			return out, false
		}
		out, at = append(out, ' '), end
	}
	if at+20 != int(r.data)+int(r.size) {
		return out, false
	}
	for i := range 5 {
		out = strconv.AppendUint(out, uint64(be32(m.b[at+4*i:])), 10)
		out = append(out, ' ')
	}
	return out[:len(out)-1], true
}

// appendStrings appends character strings, each in quotes (RFC 1035 §3.3.14).
func appendStrings(out, b []byte) ([]byte, bool) {
	for first := true; len(b) > 0; first = false {
		n := int(b[0])
		if 1+n > len(b) {
			return out, false
		}
		if !first {
			out = append(out, ' ')
		}
		out = appendQuoted(out, b[1:1+n])
		b = b[1+n:]
		if len(out) > maxScratch {
			break // more than is kept
		}
	}
	return out, true
}

// maxScratch is how long a text gets before no more is added to it.
const maxScratch = 1 << 13

// appendQuoted appends a text in quotes; what is no ASCII letter is escaped.
func appendQuoted(out, b []byte) []byte {
	out = append(out, '"')
	for _, c := range b[:min(len(b), maxText)] {
		switch {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c >= ' ' && c < 0x7f:
			out = append(out, c)
		default:
			out = append(out, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
		}
	}
	return append(out, '"')
}

// appendCAA appends a certification authority's rule (RFC 8659 §4.1).
func appendCAA(out, b []byte) ([]byte, bool) {
	if len(b) < 2 || 2+int(b[1]) > len(b) {
		return out, false
	}
	out = appendNumber(out, uint16(b[0]), ' ')
	for _, c := range b[2 : 2+int(b[1])] {
		if c <= ' ' || c >= 0x7f {
			return out, false
		}
		out = append(out, c)
	}
	return appendQuoted(append(out, ' '), b[2+int(b[1]):]), true
}

// appendSigned appends what matters of the records of DNSSEC and of keys in DNS
// (RFC 4034, 5155, 4255, 6698): numbers and names, and the digests, but neither
// keys nor signatures.
func (m *dnsMessage) appendSigned(out []byte, r *dnsRecord) ([]byte, bool) {
	b := m.dataOf(r)
	switch {
	case (r.typ == typeDS || r.typ == typeCDS) && len(b) >= 4:
		out = appendNumber(out, be16(b), ' ')
		out = appendNumber(appendNumber(out, uint16(b[2]), ' '), uint16(b[3]), ' ')
		return hex.AppendEncode(out, b[4:min(len(b), 68)]), true
	case (r.typ == typeKEY || r.typ == typeCKEY) && len(b) >= 4:
		out = appendNumber(out, be16(b), ' ')
		out = appendNumber(appendNumber(out, uint16(b[2]), ' '), uint16(b[3]), ' ')
		return append(appendNumber(append(out, "; tag "...), keyTag(b), ' '), "key left out"...), true
	case r.typ == typeRRSIG && len(b) >= 19:
		return m.appendSignature(out, r)
	case r.typ == typeNSEC:
		end, ok, broken := nameEnd(m.b, int(r.data))
		if !ok || broken || end > int(r.data)+len(b) {
			return out, false
		}
		if out, ok = appendName(out, m.b, int(r.data), false); !ok {
			return out, false
		}
		return appendTypes(out, m.b[end:int(r.data)+len(b)])
	case r.typ == typeSSHFP && len(b) > 2:
		out = appendNumber(appendNumber(out, uint16(b[0]), ' '), uint16(b[1]), ' ')
		return hex.AppendEncode(out, b[2:min(len(b), 66)]), true
	case r.typ == typeTLSA && len(b) > 3:
		out = appendNumber(appendNumber(out, uint16(b[0]), ' '), uint16(b[1]), ' ')
		return hex.AppendEncode(appendNumber(out, uint16(b[2]), ' '), b[3:min(len(b), 67)]), true
	}
	return out, false
}

// appendSignature appends an RRSIG without the signature itself: the type that
// it covers, algorithm, labels, original TTL, expiration, inception, key tag and
// signer (RFC 4034 §3.2), times as seconds since 1970.
func (m *dnsMessage) appendSignature(out []byte, r *dnsRecord) ([]byte, bool) {
	b := m.dataOf(r)
	out = append(out, typeName(be16(b))...)
	out = append(out, ' ')
	out = appendNumber(appendNumber(out, uint16(b[2]), ' '), uint16(b[3]), ' ')
	for i := range 3 {
		out = strconv.AppendUint(out, uint64(be32(b[4+4*i:])), 10)
		out = append(out, ' ')
	}
	out = appendNumber(out, be16(b[16:]), ' ')
	return appendName(out, m.b, int(r.data)+18, false)
}

// keyTag computes the tag by which signatures name a key (RFC 4034 appendix B).
func keyTag(b []byte) uint16 {
	var sum uint32
	for i, c := range b {
		if i&1 == 0 {
			sum += uint32(c) << 8
		} else {
			sum += uint32(c)
		}
	}
	return uint16(sum + sum>>16)
}

// appendTypes appends the types of an NSEC's bitmap (RFC 4034 §4.1.2).
func appendTypes(out, b []byte) ([]byte, bool) {
	for len(b) >= 2 {
		window, n := uint16(b[0])<<8, int(b[1])
		if n == 0 || n > 32 || 2+n > len(b) {
			return out, false
		}
		for i := range 8 * n {
			if b[2+i/8]&(0x80>>(i%8)) != 0 && len(out) < maxScratch {
				out = append(append(out, ' '), typeName(window|uint16(i))...)
			}
		}
		b = b[2+n:]
	}
	return out, len(b) == 0
}

// appendUnknown appends data as RFC 3597 §5 has it.
func appendUnknown(out, b []byte) []byte {
	out = append(out, `\# `...)
	out = appendNumber(out, uint16(len(b)), ' ')
	return hex.AppendEncode(out, b[:min(len(b), maxText/2)])
}

func appendNumber(out []byte, n uint16, after byte) []byte {
	return append(strconv.AppendUint(out, uint64(n), 10), after)
}
