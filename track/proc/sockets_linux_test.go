package proc

import (
	"net"
	"net/netip"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

func TestOpen(t *testing.T) {
	s, err := NewSockets()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	open := func(proto uint8, c net.Conn) bool {
		a, b := netip.MustParseAddrPort(c.LocalAddr().String()), netip.MustParseAddrPort(c.RemoteAddr().String())
		k, _ := parse.KeyOf(a, b, proto)
		return s.Open(&k)
	}
	for _, tt := range []struct{ name, listen, dial string }{
		{"IPv4", "127.0.0.1:0", "127.0.0.1"},
		{"IPv6", "[::1]:0", "::1"},
		{"IPv4 at a socket for both", "[::]:0", "127.0.0.1"},
	} {
		t.Run("TCP over "+tt.name, func(t *testing.T) {
			l, err := net.Listen("tcp", tt.listen)
			if err != nil {
				testkit.KernelLacks(t, "IPv6: "+err.Error())
			}
			defer l.Close()
			_, port, _ := net.SplitHostPort(l.Addr().String())
			c, err := net.Dial("tcp", net.JoinHostPort(tt.dial, port))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			server, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			if !open(parse.ProtoTCP, c) {
				t.Error("connected: got false")
			}
			for _, end := range []net.Conn{c, server} {
				_ = end.(*net.TCPConn).SetLinger(0) // no TIME-WAIT
				end.Close()
			}
			if open(parse.ProtoTCP, c) {
				t.Error("closed, with a socket that listens: got true")
			}
		})
	}
	t.Run("UDP", func(t *testing.T) {
		l, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		c, err := net.Dial("udp", l.LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		if !open(parse.ProtoUDP, c) {
			t.Error("connected: got false")
		}
		c.Close()
		if open(parse.ProtoUDP, c) {
			t.Error("closed, with a socket that takes from anybody: got true")
		}
	})
}
