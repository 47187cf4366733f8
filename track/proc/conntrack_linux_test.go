package proc

import (
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// translated makes three namespaces: a client, a router that masquerades, and a
// server, which has no route to the client.
func translated(t *testing.T) (client, router, server *testkit.Netns) {
	t.Helper()
	client, router, server = testkit.NewNetns(t), testkit.NewNetns(t), testkit.NewNetns(t)
	for _, end := range []struct {
		ns                       *testkit.Netns
		dev, port                string
		own4, own6, gate4, gate6 string
	}{
		{client, "sk-c", "sk-rc", "10.78.0.2", "fd00:78::2", "10.78.0.1", "fd00:78::1"},
		{server, "sk-s", "sk-rs", "10.78.1.2", "fd00:78:1::2", "10.78.1.1", "fd00:78:1::1"},
	} {
		end.ns.IP(t, "link", "add", end.dev, "type", "veth", "peer", "name", end.port, "netns", router.Path())
		for _, half := range []struct {
			ns          *testkit.Netns
			dev, a4, a6 string
		}{{end.ns, end.dev, end.own4, end.own6}, {router, end.port, end.gate4, end.gate6}} {
			half.ns.IP(t, "addr", "add", half.a4+"/24", "dev", half.dev)
			half.ns.IP(t, "-6", "addr", "add", half.a6+"/64", "dev", half.dev, "nodad")
			half.ns.IP(t, "link", "set", half.dev, "up")
		}
	}
	client.IP(t, "route", "add", "default", "via", "10.78.0.1")
	client.IP(t, "-6", "route", "add", "default", "via", "fd00:78::1")
	router.Masquerade(t)
	return client, router, server
}

// TestConntrack: a flow has one name before the router and another behind it, and each
// leads to the other.
func TestConntrack(t *testing.T) {
	client, router, server := translated(t)
	var tracked *conntrack
	router.Do(func() {
		var err error
		tracked, err = newConntrack()
		if errors.Is(err, errors.ErrUnsupported) {
			testkit.KernelLacks(t, "connection tracking by netlink: "+err.Error())
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	defer tracked.close()
	for _, tt := range []struct {
		name, network, server, outside string
		proto                          uint8
	}{
		{"TCP", "tcp4", "10.78.1.2:4080", "10.78.1.1", parse.ProtoTCP},
		{"UDP", "udp4", "10.78.1.2:4053", "10.78.1.1", parse.ProtoUDP},
		{"TCP over IPv6", "tcp6", "[fd00:78:1::2]:4080", "fd00:78:1::1", parse.ProtoTCP},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var inside net.Conn
			var outside netip.AddrPort // of the client, as the server sees it
			var listener any
			server.Do(func() { listener = bound(t, tt.network, tt.server) })
			client.Do(func() { inside = connected(t, tt.network, tt.server) })
			if _, err := inside.Write([]byte("question")); err != nil {
				t.Fatal(err)
			}
			if l, ok := listener.(*net.TCPListener); ok {
				outside = end(accept(t, l).RemoteAddr().String())
			} else {
				_, from, err := listener.(*net.UDPConn).ReadFromUDPAddrPort(make([]byte, 8))
				if err != nil {
					t.Fatal(err)
				}
				outside = from
			}
			if got := outside.Addr().String(); got != tt.outside {
				t.Fatalf("the server sees %s, want %s: nothing is translated", got, tt.outside)
			}
			at := end(tt.server)
			k, firstIsB := parse.KeyOf(end(inside.LocalAddr().String()), at, tt.proto)
			want, secondIsB := parse.KeyOf(outside, at, tt.proto)
			got, swapped, ok, err := tracked.find(&k)
			if err != nil || !ok || got != want || swapped != (firstIsB != secondIsB) {
				t.Errorf("inside: got %v - %v, swapped %v, %v, %v, want %v - %v, %v", got.A(), got.B(), swapped, ok, err, want.A(), want.B(), firstIsB != secondIsB)
			}
			back, _, ok, err := tracked.find(&want)
			if err != nil || !ok || back != k {
				t.Errorf("outside: got %v - %v, %v, %v, want %v - %v", back.A(), back.B(), ok, err, k.A(), k.B())
			}
			testkit.ZeroAllocs(t, "find", func() { _, _, _, _ = tracked.find(&k) })
		})
	}
	k, _ := parse.KeyOf(end("10.78.0.2:1"), end("10.78.1.2:2"), parse.ProtoTCP)
	if _, _, ok, err := tracked.find(&k); ok || err != nil {
		t.Errorf("a flow that is not: got %v, %v, want false", ok, err)
	}
}

// TestConntrackPing: an echo is found by what the other side of the translation sends,
// too, of which the kernel knows the answer alone.
func TestConntrackPing(t *testing.T) {
	client, router, _ := translated(t)
	const id = 777 // nobody else's in the router, so that it is kept
	client.Do(func() {
		c := connected(t, "ip4:icmp", "10.78.1.2")
		echo := []byte{8, 0, 0xf7 - id>>8, 0xff - id&0xff, id >> 8, id & 0xff, 0, 0}
		if _, err := c.Write(echo); err != nil {
			t.Fatal(err)
		}
	})
	inside, _ := parse.KeyOf(end("10.78.0.2:777"), end("10.78.1.2:777"), parse.ProtoICMP)
	outside, _ := parse.KeyOf(end("10.78.1.1:777"), end("10.78.1.2:777"), parse.ProtoICMP)
	router.Do(func() {
		tracked, err := newConntrack()
		if errors.Is(err, errors.ErrUnsupported) {
			testkit.KernelLacks(t, "connection tracking by netlink: "+err.Error())
		}
		if err != nil {
			t.Fatal(err)
		}
		defer tracked.close()
		for k, want := range map[parse.Key]parse.Key{inside: outside, outside: inside} {
			if got, _, ok, err := tracked.find(&k); err != nil || !ok || got != want {
				t.Errorf("%v - %v: got %v - %v, %v, %v, want %v - %v", k.A(), k.B(), got.A(), got.B(), ok, err, want.A(), want.B())
			}
		}
	})
}

// TestConntrackUntranslated: a flow that is tracked and has one name alone.
func TestConntrackUntranslated(t *testing.T) {
	client, router, _ := translated(t)
	var k parse.Key
	router.Do(func() { bound(t, "udp4", "10.78.0.1:4053") })
	client.Do(func() {
		c := connected(t, "udp4", "10.78.0.1:4053")
		if _, err := c.Write([]byte("question")); err != nil {
			t.Fatal(err)
		}
		k, _ = parse.KeyOf(end(c.LocalAddr().String()), end("10.78.0.1:4053"), parse.ProtoUDP)
	})
	router.Do(func() {
		tracked, err := newConntrack()
		if errors.Is(err, errors.ErrUnsupported) {
			testkit.KernelLacks(t, "connection tracking by netlink: "+err.Error())
		}
		if err != nil {
			t.Fatal(err)
		}
		defer tracked.close()
		if other, _, ok, err := tracked.find(&k); ok || err != nil {
			t.Errorf("got %v - %v, %v, %v, want none", other.A(), other.B(), ok, err)
		}
	})
}

// TestConntrackRights: without CAP_NET_ADMIN it says so.
func TestConntrackRights(t *testing.T) {
	withoutRights(t, func() {
		_, err := newConntrack()
		if errors.Is(err, errors.ErrUnsupported) {
			testkit.KernelLacks(t, "connection tracking: "+err.Error())
		}
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("got %v, want %v", err, fs.ErrPermission)
		}
	})
}
