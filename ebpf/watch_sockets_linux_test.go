package ebpf

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
	"sockeye/track/proc"
)

var addrPort = netip.MustParseAddrPort

// unmapped is how events have an address.
func unmapped(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

func TestWatcherTellsTCP(t *testing.T) {
	s := newScene(t, WatchOptions{})
	for _, tt := range []struct {
		name   string
		family int
		bind   string
		to     string // address to connect to
		any    string // the remote end of who listens
	}{
		{"IPv4", unix.AF_INET, "127.0.0.1:0", "127.0.0.1", "0.0.0.0:0"},
		{"IPv6", unix.AF_INET6, "[::1]:0", "::1", "[::]:0"},
		{"IPv4 through an IPv6 socket", unix.AF_INET6, "[::]:0", "::ffff:127.0.0.1", "[::]:0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var server, client *sock
			s.Do(func() {
				server = socket(t, tt.family, unix.SOCK_STREAM, 0)
				client = socket(t, tt.family, unix.SOCK_STREAM, 0)
			})
			server.bind(addrPort(tt.bind))
			server.listen()
			at := netip.AddrPortFrom(netip.MustParseAddr(tt.to), server.local().Port())
			client.connect(at)
			accepted := server.accept()
			client.write()
			accepted.read()

			tcp := proc.Event{Family: uint8(tt.family), Type: unix.SOCK_STREAM, Proto: unix.IPPROTO_TCP}
			event := func(k proc.EventKind, local, remote netip.AddrPort) proc.Event {
				e := tcp
				e.Kind, e.Local, e.Remote = k, unmapped(local), unmapped(remote)
				e.Dual = local.Addr() == netip.IPv6Unspecified()
				return e
			}
			own := client.local()
			s.expect(t, server, event(proc.SocketListens, server.local(), addrPort(tt.any)))
			s.expect(t, client, event(proc.SocketCalls, own, at))
			s.expect(t, accepted, event(proc.SocketTaken, at, own))
			s.expect(t, accepted, event(proc.SocketUsed, at, own))

			client.close()
			accepted.close()
			server.close()
			for _, sk := range []*sock{client, accepted, server} {
				s.expect(t, sk, event(proc.SocketGone, netip.AddrPort{}, netip.AddrPort{}))
			}
			if n := s.count(func(e proc.Event) bool { return e.Cookie == client.cookie }); n != 2 {
				t.Errorf("got %d events of the caller's socket, want 2", n)
			}
		})
	}
}

// count counts the events that f likes.
func (s *scene) count(f func(e proc.Event) bool) (n int) {
	for _, e := range s.all() {
		if f(e) {
			n++
		}
	}
	return n
}

func TestWatcherTellsRefusedCalls(t *testing.T) {
	s := newScene(t, WatchOptions{})
	var client *sock
	s.Do(func() { client = socket(t, unix.AF_INET, unix.SOCK_STREAM, 0) })
	if err := unix.Connect(client.fd, sockaddr(addrPort("127.0.0.1:9"))); err != unix.ECONNREFUSED {
		t.Fatalf("connect: got %v, want a refusal", err)
	}
	e := s.wait(t, "a call", func(e proc.Event) bool { return e.Kind == proc.SocketCalls && e.Cookie == client.cookie })
	if e.Remote != addrPort("127.0.0.1:9") || e.Local.Port() == 0 || e.Process != identity(t, os.Getpid()) {
		t.Errorf("got %v > %v by %v, want a local port, 127.0.0.1:9 and this process", e.Local, e.Remote, e.Process)
	}
	s.wait(t, "its end", func(e proc.Event) bool { return e.Kind == proc.SocketGone && e.Cookie == client.cookie })
}

// TestWatcherTellsMPTCP looks at the TCP connection inside of an MPTCP one, which the
// kernel makes: it is the process's all the same.
func TestWatcherTellsMPTCP(t *testing.T) {
	s := newScene(t, WatchOptions{})
	var server, client *sock
	s.Do(func() {
		if fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP); err != nil {
			testkit.KernelLacks(t, "MPTCP: "+err.Error())
		} else {
			unix.Close(fd)
		}
		server = socket(t, unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP)
		client = socket(t, unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP)
	})
	server.bind(addrPort("127.0.0.1:0"))
	server.listen()
	client.connect(server.local())
	accepted := server.accept()
	client.write()
	accepted.read()

	me := identity(t, os.Getpid())
	for _, kind := range []proc.EventKind{proc.SocketCalls, proc.SocketTaken} {
		local, remote := client.local(), server.local()
		if kind == proc.SocketTaken {
			local, remote = remote, local
		}
		e := s.wait(t, fmt.Sprintf("kind %d of %v > %v", kind, local, remote), func(e proc.Event) bool {
			return e.Kind == kind && e.Local == local && e.Remote == remote
		})
		if e.Process != me || e.Proto != unix.IPPROTO_TCP {
			t.Errorf("kind %d: got process %v, protocol %d, want %v, 6", kind, e.Process, e.Proto, me)
		}
	}
	if n := s.count(func(e proc.Event) bool { return e.Kind < proc.ProcessBegan && e.Process != me }); n != 0 {
		t.Errorf("got %d events of others than this process, want none", n)
	}
}

func TestWatcherTellsUDP(t *testing.T) {
	s := newScene(t, WatchOptions{})
	for _, tt := range []struct {
		name      string
		family    int
		addr, any string
	}{
		{"IPv4", unix.AF_INET, "127.0.0.1:0", "0.0.0.0:0"},
		{"IPv6", unix.AF_INET6, "[::1]:0", "[::]:0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var receiver, sender *sock
			s.Do(func() {
				receiver = socket(t, tt.family, unix.SOCK_DGRAM, 0)
				sender = socket(t, tt.family, unix.SOCK_DGRAM, 0)
			})
			udp := proc.Event{Family: uint8(tt.family), Type: unix.SOCK_DGRAM, Proto: unix.IPPROTO_UDP}
			event := func(k proc.EventKind, local, remote netip.AddrPort, sends bool) proc.Event {
				e := udp
				e.Kind, e.Local, e.Remote, e.Sends = k, local, remote, sends
				e.Dual = local.Addr() == netip.IPv6Unspecified()
				return e
			}
			anywhere := addrPort(tt.any)

			receiver.bind(addrPort(tt.addr))
			at := receiver.local()
			s.expect(t, receiver, event(proc.SocketBound, at, netip.AddrPort{}, false))
			for range 100 {
				sender.sendTo(at, 1)
				receiver.read()
			}
			s.expect(t, receiver, event(proc.SocketUsed, at, anywhere, false))
			s.expect(t, sender, event(proc.SocketUsed, netip.AddrPortFrom(anywhere.Addr(), sender.local().Port()), anywhere, true))

			sender.connect(at)
			sender.write()
			s.expect(t, sender, event(proc.SocketUsed, sender.local(), at, true))
			sender.close()
			s.expect(t, sender, event(proc.SocketGone, netip.AddrPort{}, netip.AddrPort{}, false))
			if n := s.count(func(e proc.Event) bool { return e.Cookie == sender.cookie }); n != 3 {
				t.Errorf("got %d events of the sender's socket, want 3", n)
			}
		})
	}
}

func TestWatcherTellsIPv6Only(t *testing.T) {
	s := newScene(t, WatchOptions{})
	var sk *sock
	s.Do(func() { sk = socket(t, unix.AF_INET6, unix.SOCK_STREAM, 0) })
	sk.must("setsockopt", unix.SetsockoptInt(sk.fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1))
	sk.bind(addrPort("[::]:0"))
	sk.listen()
	s.expect(t, sk, proc.Event{Kind: proc.SocketListens, Local: sk.local(), Remote: addrPort("[::]:0"),
		Family: unix.AF_INET6, Type: unix.SOCK_STREAM, Proto: unix.IPPROTO_TCP})
}

// echo is an ICMP echo request.
func echo(id uint16) []byte {
	b := []byte{8, 0, 0, 0, 0, 0, 0, 1}
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[2:], ^(8<<8 + id + 1))
	return b
}

func TestWatcherTellsRawSockets(t *testing.T) {
	s := newScene(t, WatchOptions{})
	var sk *sock
	s.Do(func() { sk = socket(t, unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP) })
	raw := proc.Event{Kind: proc.SocketMade, Family: unix.AF_INET, Type: unix.SOCK_RAW, Proto: unix.IPPROTO_ICMP}
	s.expect(t, sk, raw)

	raw.Kind, raw.Local, raw.Remote, raw.Sends = proc.SocketUsed, addrPort("0.0.0.0:0"), addrPort("0.0.0.0:0"), true
	sk.sendTo(addrPort("127.0.0.1:0"), echo(4321)...)
	s.expect(t, sk, raw)
	if s.w.has("tp_btf/net_dev_start_xmit") {
		packet := raw
		packet.Local, packet.Remote = addrPort("127.0.0.1:4321"), addrPort("127.0.0.1:4321")
		s.expect(t, sk, packet)
	}
	raw.Sends = false
	sk.read()
	s.expect(t, sk, raw)
}

func TestWatcherTellsPingSockets(t *testing.T) {
	s := newScene(t, WatchOptions{})
	var sk *sock
	s.Do(func() {
		if err := os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte("0 0"), 0); err != nil {
			t.Fatal(err)
		}
		sk = socket(t, unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP)
	})
	ping := proc.Event{Kind: proc.SocketMade, Family: unix.AF_INET, Type: unix.SOCK_DGRAM, Proto: unix.IPPROTO_ICMP}
	s.expect(t, sk, ping)
	sk.sendTo(addrPort("127.0.0.1:0"), echo(0)...)
	ping.Kind, ping.Local, ping.Remote, ping.Sends = proc.SocketUsed, sk.local(), addrPort("0.0.0.0:0"), true
	if ping.Local.Port() == 0 {
		t.Error("got identifier 0, want the one that the kernel chose")
	}
	s.expect(t, sk, ping)
}

func TestWatcherTellsInjectedFrames(t *testing.T) {
	s := newScene(t, WatchOptions{})
	if !s.w.has("tp_btf/net_dev_start_xmit") {
		testkit.KernelLacks(t, "frames in tracepoints (Linux 6.12)")
	}
	var sk *sock
	s.Do(func() { sk = socket(t, unix.AF_PACKET, unix.SOCK_RAW, 0) })
	to := &unix.SockaddrLinklayer{Ifindex: 1, Protocol: 0x0008} // ETH_P_IP in network byte order
	for _, tt := range []struct {
		name          string
		frame         []byte
		proto         uint8
		local, remote string
	}{
		{"UDP", packet.Build(packet.Ethernet{}, packet.IPv4{Src: packet.IP("10.1.1.1"), Dst: packet.IP("10.1.1.2")},
			packet.UDP{Src: 1234, Dst: 53}, packet.Zeros(20)), unix.IPPROTO_UDP, "10.1.1.1:1234", "10.1.1.2:53"},
		{"TCP with options of IP", packet.Build(packet.Ethernet{}, packet.IPv4{Src: packet.IP("10.1.1.1"), Dst: packet.IP("10.1.1.2"), Options: make([]byte, 8)},
			packet.TCP{Src: 1234, Dst: 443}), unix.IPPROTO_TCP, "10.1.1.1:1234", "10.1.1.2:443"},
		{"a later fragment", packet.Build(packet.Ethernet{}, packet.IPv4{Src: packet.IP("10.1.1.3"), Dst: packet.IP("10.1.1.2"), Proto: 17, FragOffset: 1480},
			packet.Zeros(40)), unix.IPPROTO_UDP, "10.1.1.3:0", "10.1.1.2:0"},
		{"another protocol", packet.Build(packet.Ethernet{}, packet.IPv4{Src: packet.IP("10.1.1.1"), Dst: packet.IP("10.1.1.2"), Proto: 253},
			packet.Zeros(40)), 253, "10.1.1.1:0", "10.1.1.2:0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for range 3 {
				sk.must("sendto", unix.Sendto(sk.fd, tt.frame, 0, to))
			}
			frame := proc.Event{Kind: proc.SocketUsed, Family: unix.AF_PACKET, Type: unix.SOCK_RAW, Proto: tt.proto, Sends: true,
				Local: addrPort(tt.local), Remote: addrPort(tt.remote)}
			s.expect(t, sk, frame)
			if n := s.count(func(e proc.Event) bool { return e.Local == frame.Local && e.Proto == frame.Proto }); n != 1 {
				t.Errorf("got %d events, want 1", n)
			}
		})
	}
	t.Run("IPv6", func(t *testing.T) {
		b := packet.Build(packet.Ethernet{}, packet.IPv6{Src: packet.IP("fd00::1"), Dst: packet.IP("fd00::2")}, packet.UDP{Src: 1234, Dst: 53}, packet.Zeros(20))
		sk.must("sendto", unix.Sendto(sk.fd, b, 0, &unix.SockaddrLinklayer{Ifindex: 1, Protocol: 0xdd86}))
		s.expect(t, sk, proc.Event{Kind: proc.SocketUsed, Family: unix.AF_PACKET, Type: unix.SOCK_RAW, Proto: unix.IPPROTO_UDP, Sends: true,
			Local: addrPort("[fd00::1]:1234"), Remote: addrPort("[fd00::2]:53")})
	})
}

// TestWatcherLimitsFrames sends frames of more flows than are told in a second: each
// is told, or counted as lost.
func TestWatcherLimitsFrames(t *testing.T) {
	s := newScene(t, WatchOptions{})
	if !s.w.has("tp_btf/net_dev_start_xmit") {
		testkit.KernelLacks(t, "frames in tracepoints (Linux 6.12)")
	}
	var sk *sock
	s.Do(func() { sk = socket(t, unix.AF_PACKET, unix.SOCK_RAW, 0) })
	to := &unix.SockaddrLinklayer{Ifindex: 1, Protocol: 0x0008} // ETH_P_IP in network byte order
	const flows = 3000
	begin := time.Now()
	for port := range uint16(flows) {
		b := packet.Build(packet.Ethernet{}, packet.IPv4{Src: packet.IP("10.1.1.1"), Dst: packet.IP("10.1.1.2")}, packet.UDP{Src: port, Dst: 53})
		sk.must("sendto", unix.Sendto(sk.fd, b, 0, to))
	}
	seconds := int(time.Since(begin)/time.Second) + 1
	var told int
	testkit.Eventually(t, 5*time.Second, "all flows to be told or lost", func() bool {
		told = s.count(func(e proc.Event) bool { return e.Cookie == sk.cookie && e.Local.IsValid() })
		return told+int(s.w.Stats().Lost) >= flows
	})
	if told > 1000*seconds {
		t.Errorf("got %d flows in %d s, want at most 1000 a second", told, seconds)
	}
}
