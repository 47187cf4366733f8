package query

import (
	"math"
	"net/netip"
	"strconv"
)

// Test is what a query asks of the values of a field. Its methods are for Field.Any:
// each reports whether one value passes. They keep nothing.
type Test struct {
	known bool // every value passes
	texts []pattern
	spans []span
	nets  []addrSpan

	inNum, inAddr, colon bool // one of texts has these
}

// seek adds a pattern.
func (t *Test) seek(p pattern) *Test {
	t.texts = append(t.texts, p)
	t.inNum, t.inAddr, t.colon = t.inNum || p.inNum, t.inAddr || p.inAddr, t.colon || p.colon
	return t
}

// span is a range of numbers.
type span struct {
	from, to           float64
	fromOpen, untoOpen bool // without the end itself
}

func (s *span) has(v float64) bool {
	return (v > s.from || v == s.from && !s.fromOpen) && (v < s.to || v == s.to && !s.untoOpen)
}

// addrSpan is a range of addresses of one family.
type addrSpan struct{ from, to netip.Addr }

func (s *addrSpan) has(a netip.Addr) bool {
	return a.BitLen() == s.from.BitLen() && a.Compare(s.from) >= 0 && a.Compare(s.to) <= 0
}

// Text tests a text; "" is no value, and never passes.
func (t *Test) Text(s string) bool {
	if s == "" {
		return false
	}
	for i := range t.texts {
		p := &t.texts[i]
		if p.how == contains && !p.wide {
			if isIn(s, p.text) {
				return true
			}
		} else if fits(p, s) {
			return true
		}
	}
	return t.known
}

// Worded reports whether a text may pass: names that take time need not be looked up
// where only networks or numbers are sought.
func (t *Test) Worded() bool { return t.known || len(t.texts) > 0 }

// Seeks reports whether a text of so many bytes may be what is sought, and not just have
// that in it.
func (t *Test) Seeks(n int) bool {
	for i := range t.texts {
		if p := &t.texts[i]; p.how == matches || len(p.text) == n {
			return true
		}
	}
	return false
}

// Bytes is Text for bytes.
func (t *Test) Bytes(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	for i := range t.texts {
		if fits(&t.texts[i], b) {
			return true
		}
	}
	return t.known
}

// Number tests a number: a count, a port, bytes, bytes per second, seconds or hundredths.
// Where digits are sought, only whole numbers have some.
func (t *Test) Number(v float64) bool {
	for i := range t.spans {
		if t.spans[i].has(v) {
			return true
		}
	}
	if t.inNum && v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		var room [24]byte
		return t.Bytes(strconv.AppendInt(room[:0], int64(v), 10))
	}
	return t.known
}

// Addr tests an address, also by its text. One that is not valid never passes.
func (t *Test) Addr(a netip.Addr) bool {
	switch {
	case !a.IsValid():
		return false
	case t.known, t.inNets(a):
		return true
	case !t.inAddr:
		return false
	}
	var room [64]byte
	return t.Bytes(a.AppendTo(room[:0]))
}

// AddrPort tests an address with its port, as they are written together; without the
// port where that is 0.
func (t *Test) AddrPort(a netip.Addr, port uint16) bool {
	switch {
	case port == 0 || !a.IsValid():
		return t.Addr(a)
	case t.known, t.inNets(a):
		return true
	case !t.inAddr:
		return false
	}
	var room [80]byte
	return t.Bytes(netip.AddrPortFrom(a, port).AppendTo(room[:0]))
}

// NamePort tests a name, and where that makes a difference the name with its port.
func (t *Test) NamePort(name string, port uint16) bool {
	if !t.colon || name == "" || port == 0 {
		return t.Text(name)
	}
	var room [300]byte // a name of 255
	b := append(append(room[:0], name...), ':')
	return t.Text(name) || t.Bytes(strconv.AppendUint(b, uint64(port), 10))
}

func (t *Test) inNets(a netip.Addr) bool {
	if len(t.nets) == 0 {
		return false
	}
	a = a.WithZone("")
	for i := range t.nets {
		if t.nets[i].has(a) {
			return true
		}
	}
	return false
}
