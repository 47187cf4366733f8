package generator

import (
	"errors"
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// open makes a socket for the family of an address and binds it to the program's own
// end, where it has one.
func (p *program) open(kind, proto int, like netip.AddrPort) (int, error) {
	family := unix.AF_INET
	if like.Addr().Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, proto)
	switch {
	case errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.ESOCKTNOSUPPORT):
		return -1, &lackError{fmt.Sprintf("IP protocol %d", proto), err}
	case err != nil:
		return -1, os.NewSyscallError("socket", err)
	}
	if p.reuse {
		for _, option := range [...]int{unix.SO_REUSEADDR, unix.SO_REUSEPORT} {
			if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, option, 1); err != nil {
				return -1, os.NewSyscallError("setsockopt", err)
			}
		}
	}
	if p.at.IsValid() {
		if err := unix.Bind(fd, sockaddr(p.at)); err != nil {
			return -1, fmt.Errorf("bind to %v: %w", p.at, err)
		}
	}
	return fd, nil
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

// addrPort is the zero AddrPort for what is no address of IP.
func addrPort(s unix.Sockaddr) netip.AddrPort {
	switch s := s.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(s.Addr), uint16(s.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(s.Addr), uint16(s.Port))
	}
	return netip.AddrPort{}
}

// ends returns both ends of a connected socket, IPv4 addresses never in their mapped form.
func ends(fd int) (local, remote netip.AddrPort, err error) {
	own, err := unix.Getsockname(fd)
	if err != nil {
		return local, remote, os.NewSyscallError("getsockname", err)
	}
	peer, err := unix.Getpeername(fd)
	if err != nil {
		return local, remote, os.NewSyscallError("getpeername", err)
	}
	return unmapped(addrPort(own)), unmapped(addrPort(peer)), nil
}

func unmapped(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
