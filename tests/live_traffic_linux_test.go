package tests

import (
	"net"
	"net/netip"
	"testing"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
)

// Lengths of headers.
const (
	etherHeader = 14
	ip4Header   = 20
	ip6Header   = 40
	udpHeader   = 8
)

// talk is two UDP sockets that send to each other, each in its namespace.
type talk struct {
	t    *testing.T
	a, b *net.UDPConn
}

// newTalk binds a socket to an address in each namespace.
func newTalk(t *testing.T, a, b *testkit.Netns, addrA, addrB string) *talk {
	t.Helper()
	return &talk{t, listen(t, a, addrA), listen(t, b, addrB)}
}

// vethTalk is newTalk between the ends of testkit.Veth.
func vethTalk(t *testing.T, a, b *testkit.Netns, v6 bool) *talk {
	t.Helper()
	if v6 {
		return newTalk(t, a, b, testkit.AddrA6, testkit.AddrB6)
	}
	return newTalk(t, a, b, testkit.AddrA4, testkit.AddrB4)
}

// listen binds a UDP socket to a free port of an address. The test's end
// closes it.
func listen(t *testing.T, ns *testkit.Netns, addr string) *net.UDPConn {
	t.Helper()
	return listenAt(t, ns, net.JoinHostPort(addr, "0"))
}

// listenAt is listen for an address with its port.
func listenAt(t *testing.T, ns *testkit.Netns, addrPort string) *net.UDPConn {
	t.Helper()
	var c *net.UDPConn
	ns.Do(func() {
		var err error
		c, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(addrPort)))
		if err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() { c.Close() })
	return c
}

// send sends n datagrams of size bytes of payload from a to b.
func (k *talk) send(n, size int) { sendUDP(k.t, k.a, k.b, n, size) }

// reply sends n datagrams from b to a.
func (k *talk) reply(n, size int) { sendUDP(k.t, k.b, k.a, n, size) }

// ends returns a's and b's ends of the flow as records show them.
func (k *talk) ends() (a, b string) { return k.a.LocalAddr().String(), k.b.LocalAddr().String() }

func sendUDP(t *testing.T, from, to *net.UDPConn, n, size int) {
	t.Helper()
	dst := to.LocalAddr().(*net.UDPAddr).AddrPort()
	payload := make([]byte, size)
	for range n {
		if _, err := from.WriteToUDPAddrPort(payload, dst); err != nil {
			t.Fatal(err)
		}
	}
}

// udp4 and udp6 return what one datagram counts on an Ethernet link.
func udp4(payload int) export.Volume { return datagram(ip4Header, payload) }
func udp6(payload int) export.Volume { return datagram(ip6Header, payload) }

func datagram(ipHeader, payload int) export.Volume {
	ip := ipHeader + udpHeader + payload
	return export.Volume{Packets: 1, Bytes: uint64(etherHeader + ip), IP: uint64(ip), Payload: uint64(payload)}
}

// udpOf is udp6 or udp4.
func udpOf(v6 bool, payload int) export.Volume {
	if v6 {
		return udp6(payload)
	}
	return udp4(payload)
}

// frames is n times the same frame.
func frames(n int, frame []byte) [][]byte {
	all := make([][]byte, n)
	for i := range all {
		all[i] = frame
	}
	return all
}

// udpFrame is a datagram with a payload of 10 bytes, from port 4000 to 5000.
func udpFrame(srcMAC, dstMAC, src, dst string) []byte {
	return packet.Build(packet.Ethernet{Src: macOf(srcMAC), Dst: macOf(dstMAC)},
		packet.IPv4{Src: packet.IP(src), Dst: packet.IP(dst)}, packet.UDP{Src: 4000, Dst: 5000}, packet.Zeros(10))
}
