package proc

import (
	"bytes"
	"net/netip"
)

// Addresses of a network namespace come from two text tables, which unlike rtnetlink
// take no rights and no visit to the namespace.

// readFibTrie appends the IPv4 addresses in the routing table of /proc/PID/net/fib_trie:
// each leaf is a line with the address, and the local ones have a route to themselves.
//
//	|-- 127.0.0.1
//	   /32 host LOCAL
func readFibTrie(text []byte, addrs []netip.Addr) []netip.Addr {
	var leaf []byte
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, newline)
		f := fields{rest: line}
		switch first := f.next(); {
		case string(first) == "|--":
			leaf = f.next()
		case string(first) == "/32" && string(f.next()) == "host" && string(f.next()) == "LOCAL":
			if a, err := netip.ParseAddr(string(leaf)); err == nil && a.Is4() {
				addrs = appendNew(addrs, a)
			}
		}
	}
	return addrs
}

// readIfInet6 appends the addresses in /proc/PID/net/if_inet6: a line begins with one,
// in 32 hexadecimal digits.
func readIfInet6(text []byte, addrs []netip.Addr) []netip.Addr {
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, newline)
		f := fields{rest: line}
		digits := f.next()
		if len(digits) != 32 {
			continue
		}
		var raw [16]byte
		good := true
		for i := range raw {
			n, ok := tableHex(digits[2*i : 2*i+2])
			raw[i], good = byte(n), good && ok
		}
		if good {
			addrs = appendNew(addrs, netip.AddrFrom16(raw))
		}
	}
	return addrs
}

// appendNew appends an address that is not there yet: the trie has each in two tables,
// and an IPv6 one may be on several interfaces.
func appendNew(addrs []netip.Addr, a netip.Addr) []netip.Addr {
	for _, have := range addrs {
		if have == a {
			return addrs
		}
	}
	return append(addrs, a)
}
