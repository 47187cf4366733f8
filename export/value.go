package export

import (
	"math"
	"math/bits"
	"slices"
)

// text appends a string. One that needs an escape is rare.
func (e *Encoder) text(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x80 || c == '"' || c == '\\' {
			return e.other(b, s)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// float appends a number. Nearly all are whole thousandths, as rounded makes
// them. Below 1e12 those have at most 15 digits, and of decimals that short no
// two are the same float64 (DBL_DIG of C): so the text of the thousandths is the
// one and shortest that reads as v, which is what encoding/json writes.
func (e *Encoder) float(b []byte, v float64) []byte {
	// Floats from 0 on have the order of their bits; -0, what is below, and NaN
	// have larger ones.
	if math.Float64bits(v) >= math.Float64bits(1e12) {
		return e.other(b, v)
	}
	if whole := uint64(v); float64(whole) == v { // no division: most rates are 0
		return appendUint(b, whole)
	}
	n := uint64(v*1e3 + 0.5)
	if float64(n)/1e3 != v {
		return e.other(b, v)
	}
	b = append(appendUint(b, n/1e3), '.')
	b = appendDigits(b, n%1e3, 3) // not 0: v is not whole
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

var powersOf10 = [...]uint64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// appendUint does what strconv.AppendUint does in base 10, in place.
func appendUint(b []byte, n uint64) []byte {
	if n < 10 {
		return append(b, byte('0'+n))
	}
	// 1233/4096 is log10(2), a little less: width is right, or one too low.
	width := bits.Len64(n) * 1233 >> 12
	if width < len(powersOf10) && n >= powersOf10[width] {
		width++
	}
	return appendDigits(b, n, width)
}

// appendDigits appends n with zeros before it, to a width.
func appendDigits(b []byte, n uint64, width int) []byte {
	b = slices.Grow(b, width)
	b = b[:len(b)+width]
	at := b[len(b)-width:]
	for ; len(at) >= 2; at = at[:len(at)-2] {
		pair := n % 100
		n /= 100
		at[len(at)-1] = byte('0' + pair%10)
		at[len(at)-2] = byte('0' + pair/10)
	}
	if len(at) == 1 {
		at[0] = byte('0' + n)
	}
	return b
}
