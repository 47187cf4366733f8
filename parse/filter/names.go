package filter

import (
	_ "embed"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
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

// portProto says which protocols a port name is for.
type portProto uint8

const (
	portBoth portProto = iota
	portTCP
	portUDP
)

// ports are what a service has in each protocol, -1 where nothing.
type ports struct{ tcp, udp int32 }

// serviceTable is read once: a process sees the files as they were at its first
// look-up.
var serviceTable = sync.OnceValue(func() map[string]ports {
	table := readServices(systemFile("/etc/services"))
	for name, p := range readServices(builtinServices) {
		if _, known := table[name]; !known {
			table[name] = p
		}
	}
	return table
})

// lookupPort returns the port of a service of services(5), or of a decimal number.
// A name that has different ports in TCP and UDP is TCP's, as in libpcap.
func lookupPort(name string) (port uint16, proto portProto, ok bool) {
	if n, err := strconv.ParseUint(name, 10, 16); err == nil {
		return uint16(n), portBoth, true
	}
	p, ok := serviceTable()[name]
	if !ok {
		return 0, portBoth, false
	}
	port, proto = p.choose()
	return port, proto, true
}

// choose returns the port that the name of the service means.
func (p ports) choose() (uint16, portProto) {
	switch {
	case p.tcp == p.udp:
		return uint16(p.tcp), portBoth
	case p.tcp >= 0:
		return uint16(p.tcp), portTCP
	}
	return uint16(p.udp), portUDP
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

var protocolTable = sync.OnceValue(func() map[string]uint8 {
	table := readProtocols(systemFile("/etc/protocols"))
	for name, n := range readProtocols(builtinProtocols) {
		if _, known := table[name]; !known {
			table[name] = n
		}
	}
	return table
})

// lookupIPProto returns the number of a protocol of protocols(5).
func lookupIPProto(name string) (number uint8, ok bool) {
	number, ok = protocolTable()[name]
	return number, ok
}

// readProtocols reads the form of protocols(5): "name number alias … # comment".
func readProtocols(text string) map[string]uint8 {
	table := make(map[string]uint8, 128)
	for fields := range tableLines(text) {
		number, err := strconv.ParseUint(fields[1], 10, 8)
		if err != nil {
			continue
		}
		for i, name := range fields {
			if _, known := table[name]; i != 1 && !known {
				table[name] = uint8(number)
			}
		}
	}
	return table
}

// etherTypeNames are the names that "ether proto" takes: those of libpcap. The numbers
// are IEEE's.
var etherTypeNames = map[string]uint16{
	"ip":       0x0800,
	"arp":      0x0806,
	"mopdl":    0x6001,
	"moprc":    0x6002,
	"decnet":   0x6003,
	"lat":      0x6004,
	"sca":      0x6007,
	"rarp":     0x8035,
	"atalk":    0x809b,
	"aarp":     0x80f3,
	"ip6":      0x86dd,
	"slow":     0x8809,
	"lldp":     0x88cc,
	"loopback": 0x9000,
}

// lookupEtherType returns the EtherType of a name.
func lookupEtherType(name string) (number uint16, ok bool) {
	number, ok = etherTypeNames[name]
	return number, ok
}

// serviceAccessPoints are the names of IEEE 802.2's.
var serviceAccessPoints = map[string]uint8{
	"stp":     0x42,
	"ipx":     0xe0,
	"netbeui": 0xf0,
	"iso":     0xfe,
}

// lookupLLC returns the service access point of a name.
func lookupLLC(name string) (number uint8, ok bool) {
	number, ok = serviceAccessPoints[name]
	return number, ok
}

// lookupNet returns the address of a network of networks(5).
func lookupNet(name string) (netip.Addr, bool) {
	return findNet(systemFile("/etc/networks"), name)
}

// findNet looks a name up in the form of networks(5): "name number alias …". A
// number may leave out parts that are 0.
func findNet(text, name string) (netip.Addr, bool) {
	for fields := range tableLines(text) {
		if !names(fields, 1, name) {
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
			b := readMAC(fields[0])
			return [6]byte(b[:6]), true
		}
	}
	return mac, false
}

// names reports whether a line has a name, in any field but the one given.
func names(fields []string, but int, name string) bool {
	for i, f := range fields {
		if i != but && f == name {
			return true
		}
	}
	return false
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
