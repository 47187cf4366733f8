package names

import (
	"bufio"
	_ "embed"
	"io"
	"os"
	"strconv"
	"strings"
)

// Services knows the names of ports. It is not changed after it was made, and
// may be used from any goroutine.
type Services struct {
	names map[serviceKey]string
}

type serviceKey struct {
	proto uint8
	port  uint16
}

// IP protocol numbers of the protocols that services(5) names.
var serviceProtos = map[string]uint8{"tcp": 6, "udp": 17, "dccp": 33, "sctp": 132, "udplite": 136}

// builtin are the ports that people meet, for systems without /etc/services
// and for what theirs leaves out.
//
//go:embed services.txt
var builtin string

// SystemServices reads /etc/services; the built-in table fills in what that
// does not name.
func SystemServices() *Services {
	s := &Services{names: make(map[serviceKey]string, 512)}
	if file, err := os.Open("/etc/services"); err == nil {
		defer file.Close()
		s.read(file)
	}
	s.read(strings.NewReader(builtin))
	return s
}

// ReadServices reads a table in the form of services(5) and nothing else.
// Lines that do not have the form are passed over, as getservent(3) does.
func ReadServices(r io.Reader) *Services {
	s := &Services{names: map[serviceKey]string{}}
	s.read(r)
	return s
}

// read adds the entries of a services(5) table: "name port/proto alias … #
// comment". The first name of a port stays.
func (s *Services) read(r io.Reader) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		text, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(text)
		if len(fields) < 2 {
			continue
		}
		number, proto, _ := strings.Cut(fields[1], "/")
		port, err := strconv.ParseUint(number, 10, 16)
		p, known := serviceProtos[proto]
		if err != nil || !known {
			continue
		}
		k := serviceKey{p, uint16(port)}
		if _, taken := s.names[k]; !taken {
			s.names[k] = fields[0]
		}
	}
}

// Name returns the name of a port of an IP protocol, or "" when it has none.
// A nil Services knows no names.
func (s *Services) Name(proto uint8, port uint16) string {
	if s == nil || port == 0 {
		return ""
	}
	return s.names[serviceKey{proto, port}]
}

// Port returns which of a flow's ports is the service's where it is not known
// which one was called: the lower of those that have a name, since servers
// listen below the ports that kernels give to clients. Where neither has, it is
// the lower one; 0 is none.
func (s *Services) Port(proto uint8, a, b uint16) uint16 {
	low, high := min(a, b), max(a, b)
	if low == 0 || s.Name(proto, low) == "" && s.Name(proto, high) != "" {
		return high
	}
	return low
}
