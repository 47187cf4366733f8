package proc

import (
	"fmt"
	"net/netip"
	"sync"

	"github.com/mdlayher/netlink"

	"sockeye/parse"
)

// netlinkSockDiag is NETLINK_SOCK_DIAG of linux/netlink.h, sockDiagByFamily the type
// of its requests (linux/sock_diag.h).
const (
	netlinkSockDiag  = 4
	sockDiagByFamily = 20
)

// Sockets asks the kernel for single sockets of this network namespace, whoever owns
// them. It may be used from any goroutine.
type Sockets struct {
	mu   sync.Mutex
	conn *netlink.Conn
}

// NewSockets opens a netlink socket (sock_diag(7)), which takes no rights.
func NewSockets() (*Sockets, error) {
	conn, err := netlink.Dial(netlinkSockDiag, nil)
	if err != nil {
		return nil, fmt.Errorf("open sock_diag: %w", err)
	}
	return &Sockets{conn: conn}, nil
}

// Close closes the netlink socket.
func (s *Sockets) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn.Close()
}

// Open reports whether either end of a TCP or UDP flow is a socket of this machine
// that is open and connected to the other end. It takes some 10 µs.
func (s *Sockets) Open(k *parse.Key) bool {
	proto := uint8(k.Proto)
	if k.Family != parse.FamilyIPv4 && k.Family != parse.FamilyIPv6 || proto != parse.ProtoTCP && proto != parse.ProtoUDP {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connected(proto, k.A(), k.B()) || s.connected(proto, k.B(), k.A())
}

func (s *Sockets) connected(proto uint8, local, remote netip.AddrPort) bool {
	answers, err := s.conn.Execute(netlink.Message{
		Header: netlink.Header{Type: sockDiagByFamily, Flags: netlink.Request},
		Data:   diagRequest(proto, local, remote),
	})
	if err != nil {
		return false // ENOENT: there is none
	}
	for _, m := range answers {
		if m.Header.Type == sockDiagByFamily && diagOpen(m.Data, remote) {
			return true
		}
	}
	return false
}
