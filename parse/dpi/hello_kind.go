package dpi

import "hash/maphash"

// A helloKind is what the hellos of one program have in common: what it offers, and
// the fingerprints of that. Names, keys and random bytes are not in it.
type helloKind struct {
	key string // what it is made of; "" for none

	alpn, versions, groups []string
	postQuantum            bool
	ja3Full, ja3, ja4      string
}

// read makes the kind of a hello. Fingerprints are taken of whole ones only.
func (k *helloKind) read(c *conv, m *clientHello, over byte) {
	*k = helloKind{alpn: protocolNamesOf(c, m.alpn), versions: offeredVersions(m)}
	k.groups, k.postQuantum = offeredGroups(m)
	if !m.cut {
		s := &c.i.pool.shared
		k.ja3Full, k.ja3 = s.ja3(m)
		k.ja4 = s.ja4(m, over)
	}
}

// kindOf returns the kind of a hello. It is valid until the next call; the lists stay.
func (s *shared) kindOf(c *conv, m *clientHello, over byte) *helloKind {
	var space [512]byte
	key := m.appendKey(append(space[:0], over))
	if m.cut || len(key) > len(space) {
		s.other.read(c, m, over)
		return &s.other
	}
	k := &s.kinds[maphash.Bytes(sharedSeed, key)%uint64(len(s.kinds))]
	if k.key != string(key) {
		k.read(c, m, over)
		k.key = string(key)
	}
	return k
}

// appendKey appends all that the kind depends on, each part behind its length.
func (h *clientHello) appendKey(b []byte) []byte {
	flags := byte(0)
	for n, set := range [...]bool{h.named, h.alpn.cut, h.shares.cut} {
		if set {
			flags |= 1 << n
		}
	}
	b = append(b, byte(h.version>>8), byte(h.version), flags, byte(len(h.extensions)>>8), byte(len(h.extensions)))
	for _, e := range h.extensions {
		b = append(b, byte(e>>8), byte(e))
	}
	for _, part := range [...][]byte{h.ciphers, h.versions, h.groups, h.signatures, h.points, h.alpn.b} {
		b = append(append(b, byte(len(part)>>8), byte(len(part))), part...)
	}
	for shares := h.shares; len(shares.b) > 0; { // their groups
		group := shares.u16()
		shares.vector(2)
		b = append(b, byte(group>>8), byte(group), 0)
		if shares.cut {
			b[len(b)-1] = 1
		}
	}
	return b
}
