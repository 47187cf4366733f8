package filter

import (
	_ "embed"
	"io"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"sockeye/parse"
)

//go:generate go run mknames.go "Debian's netbase 6.4"

// The built-in tables are for systems without the files, and for what the files
// leave out.
var (
	//go:embed services.txt
	builtinServices string
	//go:embed protocols.txt
	builtinProtocols string
)

// ports are what a service has in each protocol, -1 where nothing.
type ports struct{ tcp, udp int32 }

// serviceTable is read once: a process sees the files as they were at its first
// look-up.
var serviceTable = sync.OnceValue(func() map[string]ports {
	table := readServices(builtinServices)
	maps.Copy(table, readServices(systemFile("/etc/services")))
	return table
})

// lookupPort returns the port of a service of services(5), and the protocol where
// it is one of TCP or UDP alone.
func lookupPort(name string) (port uint32, of proto, ok bool) {
	p, ok := serviceTable()[name]
	if !ok {
		return 0, protoNone, false
	}
	port, of = p.choose()
	return port, of, true
}

// choose returns the port that the name of the service means. One that has
// different ports in TCP and UDP is TCP's, as in libpcap.
func (p ports) choose() (port uint32, of proto) {
	switch {
	case p.tcp == p.udp:
		return uint32(p.tcp), protoNone
	case p.tcp >= 0:
		return uint32(p.tcp), protoTCP
	}
	return uint32(p.udp), protoUDP
}

// readServices reads the form of services(5): "name port/proto alias … # comment".
// Of several lines for a name and a protocol the first counts; lines of another
// form are passed over, as getservent(3) does.
func readServices(text string) map[string]ports {
	table := make(map[string]ports, 512)
	for fields := range tableLines(text) {
		number, proto, _ := strings.Cut(fields[1], "/")
		port, err := strconv.ParseUint(number, 10, 16)
		if err != nil || proto != "tcp" && proto != "udp" {
			continue
		}
		for i, name := range fields {
			if i == 1 {
				continue
			}
			p, known := table[name]
			if !known {
				p = ports{-1, -1}
			}
			if proto == "tcp" && p.tcp < 0 {
				p.tcp = int32(port)
			}
			if proto == "udp" && p.udp < 0 {
				p.udp = int32(port)
			}
			table[name] = p
		}
	}
	return table
}

// protocolTable has the numbers of protocols(5), and is read once, too.
var protocolTable = sync.OnceValue(func() map[string]uint32 {
	table := readProtocols(builtinProtocols)
	maps.Copy(table, readProtocols(systemFile("/etc/protocols")))
	return table
})

// readProtocols reads the form of protocols(5): "name number alias … # comment".
func readProtocols(text string) map[string]uint32 {
	table := make(map[string]uint32, 128)
	for fields := range tableLines(text) {
		number, err := strconv.ParseUint(fields[1], 10, 8)
		if err != nil {
			continue
		}
		for i, name := range fields {
			if _, known := table[name]; i != 1 && !known {
				table[name] = uint32(number)
			}
		}
	}
	return table
}

// linkProtocols are the names that "ether proto" takes, those of libpcap: first
// the EtherTypes, then the 802.2 service access points.
var linkProtocols = map[string]uint32{
	"ip":       parse.EtherTypeIPv4,
	"arp":      parse.EtherTypeARP,
	"mopdl":    etherMOPDL,
	"moprc":    etherMOPRC,
	"decnet":   etherDECnet,
	"lat":      etherLAT,
	"sca":      etherSCA,
	"rarp":     etherRARP,
	"atalk":    etherATalk,
	"aarp":     etherAARP,
	"ip6":      parse.EtherTypeIPv6,
	"slow":     0x8809,
	"lldp":     0x88cc,
	"loopback": 0x9000,

	"stp":     sapSTP,
	"ipx":     sapIPX,
	"netbeui": sapNetBEUI,
	"iso":     sapISO,
}

// isoProtocols are the names that "iso proto" takes.
var isoProtocols = map[string]uint32{"clnp": isoCLNP, "esis": isoESIS, "isis": isoISIS}

// protocolNames returns the names that may stand behind "proto" of a protocol,
// with their numbers.
func protocolNames(of proto) map[string]uint32 {
	switch of {
	case protoLink:
		return linkProtocols
	case protoISO:
		return isoProtocols
	case protoNone, protoIP, protoIPv6:
		return protocolTable()
	}
	return nil
}

// lookupNet returns the address of a network of networks(5).
func lookupNet(name string) (netip.Addr, bool) {
	return findNet(systemFile("/etc/networks"), name)
}

// findNet looks a name up in the form of networks(5): "name number alias …". A
// number may leave out parts that are 0.
func findNet(text, name string) (netip.Addr, bool) {
	for fields := range tableLines(text) {
		if fields[0] != name && !slices.Contains(fields[2:], name) {
			continue
		}
		number := fields[1] + strings.Repeat(".0", max(0, 3-strings.Count(fields[1], ".")))
		if addr, err := netip.ParseAddr(number); err == nil && addr.Is4() && !addr.IsUnspecified() {
			return addr, true
		}
	}
	return netip.Addr{}, false
}

// lookupEther returns the address of a host of ethers(5).
func lookupEther(name string) (mac [6]byte, ok bool) {
	return findEther(systemFile("/etc/ethers"), name)
}

// findEther looks a name up in the form of ethers(5): "address name".
func findEther(text, name string) (mac [6]byte, ok bool) {
	for fields := range tableLines(text) {
		if fields[1] == name && spanBytes(fields[0], ':') == len(fields[0]) {
			return readMAC(fields[0]), true
		}
	}
	return mac, false
}

// tableLines cuts a table into lines and those into fields, at least two.
func tableLines(text string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(text) {
			line, _, _ = strings.Cut(line, "#")
			if fields := strings.Fields(line); len(fields) > 1 && !yield(fields) {
				return
			}
		}
	}
}

// largestTable is how much of a system's file is read, in bytes.
const largestTable = 1 << 20

// systemFile returns what a file has, nothing where it cannot be read.
func systemFile(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, largestTable))
	if err != nil {
		return ""
	}
	return string(b)
}
