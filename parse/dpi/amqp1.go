package dpi

import "strings"

// performative reads the body of a frame of 1.0: a described list.
func (a *amqpDecoder) performative(c *conv, dir Dir, p []byte) (last bool) {
	at := int(p[4]) * 4
	if at < 8 || at+4 > len(p) {
		return false // empty: a heartbeat
	}
	r := cursor{b: p[at:]}
	if r.u8() != 0 || r.u8() != 0x53 { // described by a small number
		return false
	}
	code := r.u8()
	switch r.u8() { // list
	case 0xc0:
		r.skip(2)
	case 0xd0:
		r.skip(8)
	default:
		return false
	}
	switch code {
	case 0x40: // sasl-mechanisms
		a.d.Mechanisms = amqpSymbols(&r)
		c.confirm()
	case 0x41: // sasl-init
		_, name := r.amqpValue()
		_, response := r.amqpValue()
		a.d.Auth = saslName(name)
		a.d.User = saslUser(a.d.Auth, response)
	case 0x10: // open
		_, container := r.amqpValue()
		_, host := r.amqpValue()
		if !plain(container) || !plain(host) {
			return false
		}
		if dir == ToClient {
			a.d.Container = text(container)
			return true
		}
		a.d.Client, a.d.VHost = text(container), text(host)
	case 0x18: // close
		return true
	}
	return false
}

// amqpSymbols reads one symbol, or an array of them.
func amqpSymbols(r *cursor) string {
	kind, v := r.amqpValue()
	a := cursor{b: v}
	switch {
	case kind == 0xe0:
		return amqpArray(&a, int(a.u8()))
	case kind == 0xf0:
		return amqpArray(&a, int(a.be32()&0xffff))
	case printable(v):
		return text(v)
	}
	return ""
}

// amqpArray reads n symbols of one kind.
func amqpArray(r *cursor, n int) string {
	kind := r.u8()
	var names []string
	for ; n > 0 && len(names) < maxList; n-- {
		var v []byte
		if kind == 0xb3 {
			v = r.long32()
		} else {
			v = r.short8()
		}
		if r.short || !printable(v) {
			break
		}
		names = append(names, text(v))
	}
	return text([]byte(strings.Join(names, " ")))
}

// amqpValue reads a value of 1.0's type system: the high half of its kind says how
// it is stored.
func (r *cursor) amqpValue() (kind byte, v []byte) {
	switch kind = r.u8(); kind >> 4 {
	case 4:
	case 5:
		v = r.take(1)
	case 6:
		v = r.take(2)
	case 7:
		v = r.take(4)
	case 8:
		v = r.take(8)
	case 9:
		v = r.take(16)
	case 0xa, 0xc, 0xe:
		v = r.short8()
	case 0xb, 0xd, 0xf:
		v = r.long32()
	default:
		r.b, r.short = nil, true
	}
	return kind, v
}
