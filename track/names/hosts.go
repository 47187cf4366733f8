package names

import (
	"bufio"
	"io"
	"net/netip"
	"os"
	"strings"
)

// Hosts knows the names that hosts(5) gives to addresses. It asks nobody. It is
// not changed after it was made, and may be used from any goroutine.
type Hosts struct {
	names map[netip.Addr]string
}

// SystemHosts reads /etc/hosts; without that file it knows no names.
func SystemHosts() *Hosts {
	file, err := os.Open("/etc/hosts")
	if err != nil {
		return &Hosts{}
	}
	defer file.Close()
	return ReadHosts(file)
}

// ReadHosts reads a table in the form of hosts(5): "address name alias … #
// comment". The first name of an address stays; lines that do not have the form
// are passed over.
func ReadHosts(r io.Reader) *Hosts {
	h := &Hosts{names: map[netip.Addr]string{}}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		text, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(text)
		if len(fields) < 2 {
			continue
		}
		addr, err := netip.ParseAddr(fields[0])
		if err != nil {
			continue
		}
		addr = addr.Unmap().WithZone("")
		if _, taken := h.names[addr]; !taken {
			h.names[addr] = fields[1]
		}
	}
	return h
}

// Name returns the name of an address, or "" when it has none. A nil Hosts
// knows no names.
func (h *Hosts) Name(addr netip.Addr) string {
	if h == nil {
		return ""
	}
	return h.names[addr.Unmap().WithZone("")]
}
