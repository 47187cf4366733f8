package dpi

import "encoding/binary"

// Kinds of element that are read (bsonspec.org).
const (
	bsonString   = 0x02
	bsonDocument = 0x03
	bsonBinary   = 0x05
	bsonTime     = 0x11
)

// bsonEach calls f for each element of a document, which may be cut, until it
// returns false. Value is a string without its zero, a document with its length,
// the bytes of what is binary, and what there is of any other kind.
func bsonEach(b []byte, f func(kind byte, name, value []byte) bool) {
	if len(b) < 5 {
		return
	}
	r := cursor{b: b[4:min(len(b), max(int(binary.LittleEndian.Uint32(b)&(1<<30-1)), 4))]}
	for n := 0; n < 64; n++ {
		kind := r.u8()
		name := r.cstring()
		if kind == 0 || r.short {
			return
		}
		value := r.bsonValue(kind)
		if r.short && len(value) == 0 || !f(kind, name, value) || r.short {
			return
		}
	}
}

// bsonValue reads the value of a kind. Of a document that is cut it returns what
// there is.
func (r *cursor) bsonValue(kind byte) []byte {
	switch kind {
	case 0x01, 0x09, 0x11, 0x12:
		return r.take(8)
	case bsonString, 0x0d, 0x0e:
		v := r.take(int(r.le32() & (1<<30 - 1)))
		return v[:max(len(v)-1, 0)]
	case bsonDocument, 0x04:
		if len(r.b) < 4 {
			return r.take(4)
		}
		size := int(binary.LittleEndian.Uint32(r.b) & (1<<30 - 1))
		if size > len(r.b) {
			v := r.b
			r.b, r.short = nil, true
			return v
		}
		return r.take(max(size, 4))
	case bsonBinary:
		size := int(r.le32() & (1<<30 - 1))
		r.skip(1)
		return r.take(size)
	case 0x06, 0x0a, 0xff, 0x7f:
		return nil
	case 0x07:
		return r.take(12)
	case 0x08:
		return r.take(1)
	case 0x0b:
		r.cstring()
		return r.cstring()
	case 0x10:
		return r.take(4)
	case 0x13:
		return r.take(16)
	}
	r.b, r.short = nil, true
	return nil
}
