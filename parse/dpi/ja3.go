package dpi

import (
	"crypto/md5"
	"encoding/hex"
	"strconv"
)

// ja3 returns a client's JA3 fingerprint (github.com/salesforce/ja3) and the text
// that it is the MD5 of: version, ciphers, extensions, groups and point formats,
// in decimal, in the order of the hello, without GREASE.
func (s *shared) ja3(h *clientHello) (full, sum string) {
	b := make([]byte, 0, 512)
	b = strconv.AppendUint(b, uint64(h.version), 10)
	b = appendJA3(append(b, ','), appendNumbers(make([]uint16, 0, 64), h.ciphers))
	b = appendJA3(append(b, ','), h.extensions)
	b = appendJA3(append(b, ','), appendNumbers(make([]uint16, 0, 64), h.groups))
	b = append(b, ',')
	for i, p := range h.points {
		if i > 0 {
			b = append(b, '-')
		}
		b = strconv.AppendUint(b, uint64(p), 10)
	}
	return s.md5(b)
}

// ja3s returns a server's: version, cipher, extensions.
func (s *shared) ja3s(h *serverHello) (full, sum string) {
	b := make([]byte, 0, 64)
	b = strconv.AppendUint(b, uint64(h.legacy), 10)
	b = strconv.AppendUint(append(b, ','), uint64(h.cipher), 10)
	return s.md5(appendJA3(append(b, ','), h.extensions))
}

func appendJA3(b []byte, list []uint16) []byte {
	for i, v := range list {
		if i > 0 {
			b = append(b, '-')
		}
		b = strconv.AppendUint(b, uint64(v), 10)
	}
	return b
}

// md5Text returns a text and its MD5, in one string for both.
func md5Text(b []byte) (full, sum string) {
	const digits = 2 * md5.Size
	m := md5.Sum(b)
	var space [1 << 10]byte
	all := string(append(hex.AppendEncode(space[:0], m[:]), b...))
	return all[digits:], all[:digits]
}
