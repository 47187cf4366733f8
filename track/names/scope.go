package names

import (
	"net/netip"
	"strings"
)

// scopes are the special-purpose addresses of IANA's registries (IPv4 and IPv6
// Special-Purpose Address Registry, RFC 6890, as of 2026). Of nested prefixes the
// inner one comes first; what is globally reachable is PUBLIC.
var scopes = func() (all []scope) {
	for _, s := range []struct{ label, prefixes string }{
		{"UNSPECIFIED", "0.0.0.0/32 ::/128"},
		{"LOOPBACK", "127.0.0.0/8 ::1/128"},
		{"PRIVATE", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16"},
		{"CGNAT", "100.64.0.0/10"},
		{"LINK-LOCAL", "169.254.0.0/16 fe80::/10"},
		{"PUBLIC", "192.0.0.9/32 192.0.0.10/32"}, // anycast of PCP and TURN
		{"DOCUMENTATION", "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20"},
		{"BENCHMARKING", "198.18.0.0/15 2001:2::/48"},
		{"RESERVED", "0.0.0.0/8 192.0.0.0/24 192.88.99.0/24"},
		{"MULTICAST", "224.0.0.0/4 ff00::/8"},
		{"BROADCAST", "255.255.255.255/32"},
		{"RESERVED", "240.0.0.0/4"},
		{"DISCARD", "100::/64"},
		{"UNIQUE-LOCAL", "fc00::/7"},
		{"IPV4-MAPPED", "::ffff:0.0.0.0/96"},
		{"PUBLIC", "64:ff9b::/96"}, // NAT64
		// Teredo, anycast of PCP, TURN and DNS-SD, AMT, AS112, ORCHIDv2, drones.
		{"PUBLIC", "2001::/32 2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:3::/32 2001:4:112::/48 2001:20::/28 2001:30::/28"},
		{"RESERVED", "2001::/23"},
		{"PUBLIC", "2000::/3"},
		{"RESERVED", "::/0"},
		{"PUBLIC", "0.0.0.0/0"},
	} {
		for p := range strings.FieldsSeq(s.prefixes) {
			all = append(all, scope{netip.MustParsePrefix(p), s.label})
		}
	}
	return all
}()

type scope struct {
	prefix netip.Prefix
	label  string
}

// Scope says what kind of address it is, by the labels that RustNet has: PUBLIC
// LOOPBACK PRIVATE LINK-LOCAL CGNAT MULTICAST BROADCAST DOCUMENTATION BENCHMARKING
// UNSPECIFIED RESERVED UNIQUE-LOCAL DISCARD IPV4-MAPPED; "" for no address.
func Scope(addr netip.Addr) string {
	addr = addr.WithZone("")
	for i := range scopes {
		if s := &scopes[i]; s.prefix.Addr().BitLen() == addr.BitLen() && contains(s.prefix, addr) {
			return s.label
		}
	}
	return ""
}

// contains is Prefix.Contains, which takes no IPv4 address that is mapped into
// IPv6 for one of IPv6.
func contains(p netip.Prefix, addr netip.Addr) bool {
	q, err := addr.Prefix(p.Bits())
	return err == nil && q.Addr() == p.Addr()
}
