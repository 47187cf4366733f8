package dpi

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// ja4 returns a client's JA4 fingerprint, as FoxIO's technical_details/JA4.md
// defines it: what carried it, version, whether a name was given, the numbers of
// ciphers and extensions, the ends of the first ALPN name; a hash of the sorted
// ciphers; a hash of the sorted extensions and the signature algorithms.
func (s *shared) ja4(h *clientHello, over byte) string {
	list := appendNumbers(make([]uint16, 0, 128), h.ciphers)
	b := make([]byte, 0, 36)
	b = append(b, over)
	b = append(b, ja4Version(h.highest())...)
	if h.named {
		b = append(b, 'd')
	} else {
		b = append(b, 'i')
	}
	b = appendCount(appendCount(b, len(list)), len(h.extensions))
	b = appendALPNEnds(b, h.alpn)

	text := make([]byte, 0, 1024)
	slices.Sort(list)
	b = appendHash(append(b, '_'), appendHex(text, list))

	list = list[:0]
	for _, e := range h.extensions {
		if e != extServerName && e != extALPN {
			list = append(list, e)
		}
	}
	slices.Sort(list)
	text = appendHex(text[:0], list)
	if signatures := appendNumbers(list[:0], h.signatures); len(text) > 0 && len(signatures) > 0 {
		text = appendHex(append(text, '_'), signatures)
	}
	return s.text(appendHash(append(b, '_'), text))
}

func ja4Version(v uint16) string {
	switch v {
	case version13:
		return "13"
	case version12:
		return "12"
	case version11:
		return "11"
	case version10:
		return "10"
	case versionSSL3:
		return "s3"
	case versionSSL2:
		return "s2"
	case versionDTLS10:
		return "d1"
	case versionDTLS12:
		return "d2"
	case versionDTLS13:
		return "d3"
	}
	return "00"
}

// appendCount appends n in two digits, 99 for all above.
func appendCount(b []byte, n int) []byte {
	n = min(n, 99)
	return append(b, '0'+byte(n/10), '0'+byte(n%10))
}

// appendALPNEnds appends the first and the last character of the first name, or
// the first and the last hexadecimal digit of it where either is neither letter
// nor digit; "00" without a name.
func appendALPNEnds(b []byte, list tlsBytes) []byte {
	name := list.vector(1)
	if len(name) == 0 {
		return append(b, "00"...)
	}
	first, last := name[0], name[len(name)-1]
	if !isAlphanumeric(first) || !isAlphanumeric(last) {
		const digits = "0123456789abcdef"
		first, last = digits[first>>4], digits[last&15]
	}
	return append(b, first, last)
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// appendHex appends numbers in four digits each, with commas between.
func appendHex(b []byte, list []uint16) []byte {
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = hex.AppendEncode(b, []byte{byte(v >> 8), byte(v)})
	}
	return b
}

// appendHash appends the first twelve digits of the hash of text; zeros for an
// empty one.
func appendHash(b, text []byte) []byte {
	if len(text) == 0 {
		return append(b, "000000000000"...)
	}
	sum := sha256.Sum256(text)
	return hex.AppendEncode(b, sum[:6])
}
