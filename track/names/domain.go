package names

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Domain returns the registrable domain of a name: "example.co.uk" for
// "www.example.co.uk", by Mozilla's list of public suffixes with its private part
// ("me.github.io" is one, as each belongs to another person). An address, a single
// label, and a suffix itself are returned as they are; names of other alphabets
// should have the form of DNS (xn--…).
func Domain(name string) string {
	name = canonical(name)
	if !strings.Contains(name, ".") {
		return name
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return name
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(name)
	if err != nil {
		return name
	}
	return domain
}
