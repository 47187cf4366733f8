package proc

import "sockeye/parse"

// Sockets asks the kernel for single sockets of this network namespace, whoever owns
// them. It may be used from any goroutine.
type Sockets struct{ diag *diag }

// NewSockets opens a netlink socket (sock_diag(7)), which takes no rights.
func NewSockets() (*Sockets, error) {
	d, err := newDiag()
	if err != nil {
		return nil, err
	}
	return &Sockets{d}, nil
}

// Close closes the netlink socket.
func (s *Sockets) Close() error { return s.diag.close() }

// Open reports whether either end of a TCP or UDP flow is a socket of this machine
// that is open and connected to the other end. It takes some 10 µs.
func (s *Sockets) Open(k *parse.Key) bool {
	proto := uint8(k.Proto)
	if k.Family != parse.FamilyIPv4 && k.Family != parse.FamilyIPv6 || proto != parse.ProtoTCP && proto != parse.ProtoUDP {
		return false
	}
	a, b := k.A(), k.B()
	for range 2 {
		if socket, m, err := s.diag.find(proto, a, b); err == nil && m == matchExact && socket.State != stateTimeWait {
			return true
		}
		a, b = b, a
	}
	return false
}
