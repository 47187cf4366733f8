package dpi

import "unicode/utf8"

// Domain names of DNS and its kin (RFC 1035 §3.1, §4.1.4). A name is known by
// its offset in the message that holds it.

const (
	maxNameLen = 255 // bytes of a name on the wire, RFC 1035 §2.3.4
	dnsPointer = 0xc0
)

// dnsLabel returns the label at off of the message b and where the next one is,
// following compression pointers. Those lead back, and no name takes more than
// maxNameLen bytes with each pointer counted as one: so no name is endless. used
// counts these bytes. The last label of a name is empty.
func dnsLabel(b []byte, off int, used *int) (text []byte, next int, ok bool) {
	for off < len(b) {
		n := int(b[off])
		switch n & dnsPointer {
		case 0:
			*used += n + 1
			if *used > maxNameLen || off+1+n > len(b) {
				return nil, 0, false
			}
			return b[off+1 : off+1+n], off + 1 + n, true
		case dnsPointer:
			if off+2 > len(b) {
				return nil, 0, false
			}
			to := (n&^dnsPointer)<<8 | int(b[off+1])
			*used++
			if to >= off || *used > maxNameLen {
				return nil, 0, false
			}
			off = to
		default:
			return nil, 0, false
		}
	}
	return nil, 0, false
}

// nameEnd returns the offset behind the name at off, which it does not follow
// into pointers; broken is set where no more bytes could make it a name.
func nameEnd(b []byte, off int) (end int, ok, broken bool) {
	for start := off; off < len(b); {
		n := int(b[off])
		switch {
		case n == 0:
			return off + 1, true, false
		case n&dnsPointer == dnsPointer:
			if off+2 > len(b) {
				return 0, false, false
			}
			return off + 2, true, (n&^dnsPointer)<<8|int(b[off+1]) >= off
		case n&dnsPointer != 0 || off+1+n-start > maxNameLen:
			return 0, false, true
		}
		off += 1 + n
	}
	return 0, false, false
}

// appendName appends a name as text: labels joined by dots without a final one,
// the root as ".", what would be ambiguous escaped as RFC 1035 §5.1 has it. With
// free, letters of UTF-8 and spaces stay as they are: those of mDNS (RFC 6762 §16).
func appendName(out, b []byte, off int, free bool) ([]byte, bool) {
	used, first := 0, true
	for {
		text, next, ok := dnsLabel(b, off, &used)
		if !ok {
			return out, false
		}
		if len(text) == 0 {
			if first {
				out = append(out, '.')
			}
			return out, true
		}
		if !first {
			out = append(out, '.')
		}
		out = appendLabel(out, text, free)
		first, off = false, next
	}
}

// appendLabel appends one label of a name as text.
func appendLabel(out, text []byte, free bool) []byte {
	free = free && utf8.Valid(text)
	for _, c := range text {
		switch {
		case c == '.' || c == '\\':
			out = append(out, '\\', c)
		case c > ' ' && c < 0x7f, free && (c == ' ' || c >= 0x80):
			out = append(out, c)
		default:
			out = append(out, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
		}
	}
	return out
}

// sameName reports whether two names of a message are equal, the case of ASCII
// letters aside.
func sameName(b []byte, x, y int) bool {
	usedX, usedY := 0, 0
	for x != y {
		var one, other []byte
		var ok, okToo bool
		one, x, ok = dnsLabel(b, x, &usedX)
		other, y, okToo = dnsLabel(b, y, &usedY)
		if !ok || !okToo || !foldEqual(one, other) {
			return false
		}
		if len(one) == 0 {
			return true
		}
	}
	return true
}

// foldEqual compares two texts, the case of ASCII letters aside.
func foldEqual[A, B []byte | string](a A, b B) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lowerASCII(a[i]) != lowerASCII(b[i]) {
			return false
		}
	}
	return true
}

func lowerASCII(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
