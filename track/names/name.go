package names

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"sockeye/parse/dpi"
)

// Source says where a name is from. A lower one is believed before a higher one.
type Source uint8

const (
	SNI        Source = iota // the server name of this flow's TLS, over TCP, UDP or QUIC
	Host                     // the host of this flow's HTTP requests
	DNS                      // an answer to this client
	MDNS                     // what hosts say of themselves on the link
	LLMNR                    //
	NetBIOS                  //
	DHCP                     // a client's name, with the address that it was given
	HostsFile                // hosts(5)
	ReverseDNS               // the name that the owner of an address gives it
)

var sourceNames = [...]string{
	SNI: "sni", Host: "http", DNS: "dns", MDNS: "mdns", LLMNR: "llmnr", NetBIOS: "netbios", DHCP: "dhcp",
	HostsFile: "hosts", ReverseDNS: "rdns",
}

// String returns the name that JSON and queries have for it.
func (s Source) String() string {
	if int(s) < len(sourceNames) {
		return sourceNames[s]
	}
	return ""
}

// A Name is one name of an address or a flow.
type Name struct {
	Name    string
	Source  Source
	At      int64 // when it was last said, ns since the Unix epoch
	Expires int64 // until when it holds; 0 for no end
	// Outer is an SNI beside an encrypted hello: it may be that of a front for
	// many servers.
	Outer bool
}

// OfApp returns the name that a flow gives to its server; At is the flow's. An address
// is none: it would hide those that the address has.
func OfApp(app *dpi.App, at int64) (Name, bool) {
	if app == nil {
		return Name{}, false
	}
	var host Name
	for _, d := range app.Details {
		switch d := d.(type) {
		case *dpi.TLSDetail:
			if isName(d.SNI) {
				return Name{Name: canonical(d.SNI), Source: SNI, At: at, Outer: d.ECH}, true
			}
		case *dpi.HTTPDetail:
			if isName(d.Host) && host.Name == "" {
				host = Name{Name: canonical(d.Host), Source: Host, At: at}
			}
		}
	}
	return host, host.Name != ""
}

// isName reports whether a text is fit to be a host's name, and no address.
func isName(text string) bool {
	if !hostName(text) {
		return false
	}
	_, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return err != nil
}

// Order puts names in the order in which they are believed: by source, the newest
// first, then by name. An outer SNI comes behind the names of DNS, unless one of
// them is the same. Of equal names the one that is believed most stays.
func Order(all []Name) []Name {
	for i := range all {
		if all[i].Outer && slices.ContainsFunc(all, func(n Name) bool { return n.Source == DNS && n.Name == all[i].Name }) {
			all[i].Outer = false
		}
	}
	slices.SortFunc(all, func(a, b Name) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(b.At, a.At), cmp.Compare(a.Name, b.Name))
	})
	kept := all[:0]
	for _, n := range all {
		if !slices.ContainsFunc(kept, func(k Name) bool { return strings.EqualFold(k.Name, n.Name) }) {
			kept = append(kept, n)
		}
	}
	return kept
}

// Best returns the name that is believed most.
func Best(all []Name) (Name, bool) {
	if all = Order(slices.Clone(all)); len(all) > 0 {
		return all[0], true
	}
	return Name{}, false
}

// rank is where a name stands in the order of sources.
func (n *Name) rank() int {
	if n.Outer {
		return 2*int(DNS) + 1
	}
	return 2 * int(n.Source)
}

// canonical returns a name as it is compared and shown: DNS does not distinguish
// case, and the final dot says nothing.
func canonical(name string) string {
	if len(name) > 1 {
		name = strings.TrimSuffix(name, ".")
	}
	return strings.ToLower(name)
}
