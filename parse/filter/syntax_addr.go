package filter

import (
	"net/netip"
	"strconv"
	"strings"
)

// readRange turns a name into a range where it is two decimal numbers with a
// minus between them. Other names are looked up by the generator.
func (p *parser) readRange(id *identifier) {
	low, high, ok := strings.Cut(id.text, "-")
	if !ok || strings.Trim(low+high, "0123456789") != "" || low == "" || high == "" {
		return
	}
	from, errFrom := strconv.ParseUint(low, 10, 32)
	to, errTo := strconv.ParseUint(high, 10, 32)
	if errFrom != nil || errTo != nil {
		p.failAt(id.at, "range %s has a number that does not fit in 32 bits", quote(id.text))
		return
	}
	id.form, id.num, id.high = formRange, uint32(from), uint32(to)
}

// readDotted reads an IPv4 address or the start of one, with the prefix length or
// mask behind it. Behind "decnet" such text is an address of that family.
func (p *parser) readDotted(id *identifier, q qualifiers) {
	slash, mask := p.tok.is("/"), p.tok.isRole(roleMask)
	if q.proto == protoDECnet && !slash && !mask {
		id.form = formDECnet
		return
	}
	id.form = formIPv4
	var parts int
	id.addr, parts = p.readIPv4(id.at, id.text)
	if parts < 4 {
		id.bits = 8 * parts
	}
	id.masked = slash || mask
	switch {
	case slash:
		id.bits = p.prefixLength(32)
	case mask:
		p.advance()
		t := p.tok
		if t.kind != tokenDotted {
			p.unexpected("a mask such as 255.255.255.0")
			return
		}
		p.advance()
		id.mask, _ = p.readIPv4(t.at, t.text)
	}
}

// readIPv4 reads one to four decimal numbers; those left out are 0.
func (p *parser) readIPv4(where int, text string) (addr netip.Addr, parts int) {
	var b [4]byte
	for part := range strings.SplitSeq(text, ".") {
		n, ok := decimalByte(part)
		if !ok {
			p.failAt(where, "%s is no IPv4 address: its parts are decimal numbers up to 255", quote(text))
			return netip.Addr{}, 0
		}
		b[parts] = n
		parts++
	}
	return netip.AddrFrom4(b), parts
}

// decimalByte reads a decimal number; zeros in front do not make it octal.
func decimalByte(s string) (byte, bool) {
	n := 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
		if n = n*10 + int(s[i]-'0'); n > 255 {
			return 0, false
		}
	}
	return byte(n), true
}

// readIPv6 reads an IPv6 address with the prefix length behind it.
func (p *parser) readIPv6(id *identifier) {
	addr, err := netip.ParseAddr(id.text)
	if err != nil {
		p.failAt(id.at, "%s is no IPv6 address", quote(id.text))
		return
	}
	id.form, id.addr = formIPv6, addr
	if p.tok.is("/") {
		id.masked = true
		id.bits = p.prefixLength(128)
	}
}

// prefixLength reads a slash and a number of bits.
func (p *parser) prefixLength(most uint32) int {
	p.advance()
	t := p.tok
	n := p.count()
	if n.num > most {
		p.failAt(t.at, "prefix length %d is greater than %d", n.num, most)
	}
	return int(n.num)
}

// readMAC reads the bytes of an address in any of the forms that spanMAC knows.
func readMAC(text string) (mac [6]byte) {
	n := 0
	for rest := text; rest != ""; {
		if !isHex(rest[0]) {
			rest = rest[1:]
			continue
		}
		digits := spanHex(rest, 2)
		for _, c := range []byte(rest[:digits]) {
			mac[n] = mac[n]<<4 | hexDigit(c)
		}
		n++
		rest = rest[digits:]
	}
	return mac
}
