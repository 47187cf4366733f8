package dpi

// tlsBytes reads numbers and vectors as TLS writes them (RFC 8446 3). When less
// is there than was asked for, it gives what there is and is cut from then on.
type tlsBytes struct {
	b   []byte
	cut bool
}

// take returns the next n bytes, fewer if it is cut. They are borrowed.
func (r *tlsBytes) take(n int) []byte {
	if n > len(r.b) {
		n, r.cut = len(r.b), true
	}
	t := r.b[:n:n]
	r.b = r.b[n:]
	return t
}

// number returns the next n bytes as a number, 0 if they are not all there.
func (r *tlsBytes) number(n int) int {
	t, v := r.take(n), 0
	if len(t) < n {
		return 0
	}
	for _, x := range t {
		v = v<<8 | int(x)
	}
	return v
}

func (r *tlsBytes) u8() uint8   { return uint8(r.number(1)) }
func (r *tlsBytes) u16() uint16 { return uint16(r.number(2)) }

// vector returns what stands behind a length of n bytes.
func (r *tlsBytes) vector(n int) []byte { return r.take(r.number(n)) }

// sub is vector for what has a structure of its own.
func (r *tlsBytes) sub(n int) tlsBytes {
	v := r.number(n)
	t := r.take(v)
	return tlsBytes{b: t, cut: len(t) < v}
}

// isGREASE reports whether v is one of the values that mean nothing and are sent
// to keep peers tolerant (RFC 8701): 0x0a0a, 0x1a1a, … 0xfafa.
func isGREASE(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }

// appendNumbers appends the 16-bit numbers of list to to, without GREASE. An odd
// byte at the end is no number.
func appendNumbers(to []uint16, list []byte) []uint16 {
	for ; len(list) >= 2; list = list[2:] {
		if v := uint16(list[0])<<8 | uint16(list[1]); !isGREASE(v) {
			to = append(to, v)
		}
	}
	return to
}
