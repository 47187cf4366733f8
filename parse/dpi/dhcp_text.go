package dpi

import "strconv"

// wireName turns labels into text; they need no final empty one.
func wireName(out, b []byte) []byte {
	for len(b) > 0 && b[0] > 0 && b[0] < 64 && 1+int(b[0]) <= len(b) {
		if len(out) > 0 {
			out = append(out, '.')
		}
		out = appendLabel(out, b[1:1+b[0]], true)
		b = b[1+b[0]:]
	}
	return out
}

// trimZero drops the zeros (and the final dot) that some put behind a text.
func trimZero(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	if len(b) > 1 && b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	return b
}

// userClass returns the first class of option 77, which should have its length
// before it (RFC 3004 §4), and often has not.
func userClass(b []byte) []byte {
	if n := int(b[0]); n > 0 && 1+n <= len(b) && n < ' ' {
		return b[1 : 1+n]
	}
	return b
}

// clientID returns an identifier: a hardware address, a text, or in hexadecimal.
func clientID(b []byte) string {
	if b[0] == 1 && len(b) == 7 {
		return macText(b[1:])
	}
	if b[0] == 0 && len(b) > 1 && plainText(b[1:]) {
		return text(b[1:])
	}
	return hexText(b)
}

// hexText returns b in hexadecimal, as much of it as is kept.
func hexText(b []byte) string {
	var out []byte
	for _, c := range b[:min(len(b), maxText/2)] {
		out = append(out, hexByte[c]...)
	}
	return string(out)
}

// numberList returns numbers of one byte each, joined by commas.
func numberList(b []byte) string {
	out := make([]byte, 0, maxText)
	for i, c := range b {
		if i > 0 {
			out = append(out, ',')
		}
		if out = strconv.AppendUint(out, uint64(c), 10); len(out) > maxText-4 {
			break
		}
	}
	return string(out)
}
