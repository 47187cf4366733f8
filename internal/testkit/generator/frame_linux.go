package generator

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit/packet"
)

// ping sends echo requests through a raw socket, or one for ping, and counts the
// answers.
func (p *program) ping() error {
	request, reply, proto := byte(8), byte(0), unix.IPPROTO_ICMP
	if p.to.Addr().Is6() {
		request, reply, proto = 128, 129, unix.IPPROTO_ICMPV6 // RFC 4443
	}
	f := Flow{Proto: uint8(proto), ID: uint16(os.Getpid()), Remote: p.to, Began: time.Now().UnixNano()}
	d, err := p.openPing(proto, &f)
	if err != nil {
		return err
	}
	p.ready()
	b := make([]byte, 8+p.size)
	b[0], b[4], b[5] = request, byte(f.ID>>8), byte(f.ID)
	if p.to.Addr().Is4() { // else the kernel puts it in
		sum := packet.Checksum(b)
		b[2], b[3] = byte(sum>>8), byte(sum)
	}
	err = p.exchange(d, &f, b, func(b []byte) bool {
		own := len(b) >= 8 && b[0] == reply && b[4] == byte(f.ID>>8) && b[5] == byte(f.ID)
		if own {
			f.Received += uint64(len(b) - 8)
		}
		return own
	})
	p.tell(&f)
	return err
}

// openPing makes the socket. One for ping has an identifier of its own.
func (p *program) openPing(proto int, f *Flow) (*datagrams, error) {
	if p.how != "socket" {
		p.proto, p.unconnected = proto, true
		f.Local = netip.AddrPortFrom(unspecified(p.to.Addr()), 0)
		return p.openDatagrams(p.to)
	}
	fd, err := p.open(unix.SOCK_DGRAM, proto, p.to)
	if err != nil {
		return nil, err
	}
	if err := unix.Connect(fd, sockaddr(p.to)); err != nil {
		return nil, os.NewSyscallError("connect", err)
	}
	own, err := unix.Getsockname(fd)
	if err != nil {
		return nil, os.NewSyscallError("getsockname", err)
	}
	local := addrPort(own)
	f.ID, f.Local = local.Port(), netip.AddrPortFrom(local.Addr(), 0)
	return &datagrams{fd: fd, joined: true, in: make([]byte, 1<<16)}, nil
}

func unspecified(like netip.Addr) netip.Addr {
	if like.Is4() {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

// inject sends datagrams as frames through AF_PACKET, which no UDP socket knows of.
func (p *program) inject() error {
	src, err := net.ParseMAC(p.mac)
	if err != nil {
		return err
	}
	dst, err := net.ParseMAC(p.peer)
	if err != nil {
		return err
	}
	link, err := net.InterfaceByName(p.device)
	if err != nil {
		return err
	}
	// Protocol 0: the socket itself takes nothing in.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket AF_PACKET", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: link.Index}); err != nil {
		return fmt.Errorf("bind to %s: %w", p.device, err)
	}
	var ip packet.Layer = packet.IPv4{Src: p.at.Addr(), Dst: p.to.Addr()}
	if p.to.Addr().Is6() {
		ip = packet.IPv6{Src: p.at.Addr(), Dst: p.to.Addr()}
	}
	frame := packet.Build(packet.Ethernet{Src: [6]byte(src), Dst: [6]byte(dst)}, ip,
		packet.UDP{Src: p.at.Port(), Dst: p.to.Port()}, packet.Zeros(p.size))
	f := Flow{Proto: unix.IPPROTO_UDP, Local: p.at, Remote: p.to, Began: time.Now().UnixNano()}
	p.ready()
	for i := range p.count {
		if err := unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: link.Index}); err != nil {
			return os.NewSyscallError("sendto", err)
		}
		f.Sent += uint64(p.size)
		f.Frames += uint64(len(frame))
		if (i+1)%p.batch == 0 {
			time.Sleep(p.every)
		}
	}
	p.said()
	p.tell(&f)
	return nil
}
