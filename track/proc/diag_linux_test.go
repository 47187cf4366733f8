package proc

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// finder is what diag and tables are to those who ask.
type finder interface {
	find(proto uint8, local, remote netip.AddrPort) (Socket, match, error)
	findAll(proto uint8, local, remote netip.AddrPort, dst []Socket) ([]Socket, match, error)
	dump(each func(*Socket)) error
	close() error
}

// finders opens the network namespace of the calling thread both ways.
func finders(t *testing.T) map[string]finder {
	t.Helper()
	d, err := newDiag()
	if err != nil {
		t.Fatal(err)
	}
	tb, err := newTables("/proc", int32(unix.Gettid()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.close()
		tb.close()
	})
	return map[string]finder{"sock_diag": d, "text": tb}
}

// option sets socket options before a socket is bound.
type option struct{ level, name, value int }

// bound opens a socket for the length of the test: "tcp" ones listen.
func bound(t *testing.T, network, at string, options ...option) syscall.Conn {
	t.Helper()
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		control := c.Control(func(fd uintptr) {
			for _, o := range options {
				err = errors.Join(err, os.NewSyscallError("setsockopt", unix.SetsockoptInt(int(fd), o.level, o.name, o.value)))
			}
		})
		return errors.Join(err, control)
	}}
	if strings.HasPrefix(network, "tcp") {
		l, err := config.Listen(context.Background(), network, at)
		if err != nil {
			lacksIPv6(t, err)
		}
		t.Cleanup(func() { l.Close() })
		return l.(*net.TCPListener)
	}
	p, err := config.ListenPacket(context.Background(), network, at)
	if err != nil {
		lacksIPv6(t, err)
	}
	t.Cleanup(func() { p.Close() })
	return p.(*net.UDPConn)
}

// connected dials for the length of the test.
func connected(t *testing.T, network, to string) net.Conn {
	t.Helper()
	c, err := net.Dial(network, to)
	if err != nil {
		lacksIPv6(t, err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func lacksIPv6(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EADDRNOTAVAIL) {
		testkit.KernelLacks(t, "IPv6: "+err.Error())
	}
	t.Fatal(err)
}

// accept takes the next connection, for the length of the test.
func accept(t *testing.T, l syscall.Conn) net.Conn {
	t.Helper()
	c, err := l.(*net.TCPListener).Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// inode returns the inode of a socket, as /proc/PID/fd has it.
func inode(t *testing.T, c any) uint64 {
	t.Helper()
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := raw.Control(func(fd uintptr) { err = unix.Fstat(int(fd), &st) }); err != nil {
		t.Fatal(err)
	}
	return st.Ino
}

func portOf(c any) string {
	var a net.Addr
	if l, ok := c.(net.Listener); ok {
		a = l.Addr()
	} else {
		a = c.(interface{ LocalAddr() net.Addr }).LocalAddr()
	}
	_, port, _ := net.SplitHostPort(a.String())
	return port
}

// TestFind asks for sockets of this process, in the namespace in which it runs.
func TestFind(t *testing.T) {
	v6only := option{unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1}
	stranger4, stranger6 := "192.0.2.9:9", "[2001:db8::9]:9"
	for _, tt := range []struct {
		name    string
		network string
		at      string // a socket is bound there
		options []option
		to      string // an address of it
		dial    string // connects there, and the end with this name is asked for
		remote  string // of those that are not connected
		want    match
		text    match // what the text tables can tell
	}{
		{"TCP, the end that called", "tcp4", "127.0.0.1:0", nil, "127.0.0.1", "client", "", matchExact, matchExact},
		{"TCP, the end that was called", "tcp4", "127.0.0.1:0", nil, "127.0.0.1", "server", "", matchExact, matchExact},
		{"TCP over IPv6", "tcp6", "[::1]:0", nil, "::1", "server", "", matchExact, matchExact},
		{"TCP over IPv4 at a socket for both", "tcp", "[::]:0", nil, "127.0.0.1", "server", "", matchExact, matchExact},
		{"TCP that listens", "tcp4", "127.0.0.1:0", nil, "127.0.0.1", "", stranger4, matchListener, matchListener},
		{"TCP that listens anywhere", "tcp4", "0.0.0.0:0", nil, "127.0.0.1", "", stranger4, matchListener, matchListener},
		{"TCP that listens for both", "tcp", "[::]:0", nil, "127.0.0.1", "", stranger4, matchListener, matchUnsure},
		{"TCP that listens for IPv6 alone", "tcp6", "[::]:0", []option{v6only}, "127.0.0.1", "", stranger4, matchNone, matchUnsure},
		{"TCP that listens for IPv4 alone", "tcp4", "0.0.0.0:0", nil, "::1", "", stranger6, matchNone, matchNone},
		{"UDP", "udp4", "127.0.0.1:0", nil, "127.0.0.1", "", stranger4, matchBound, matchBound},
		{"UDP of another address", "udp4", "127.0.0.1:0", nil, "127.0.0.2", "", stranger4, matchNone, matchNone},
		{"UDP from anywhere", "udp4", "0.0.0.0:0", nil, "127.0.0.1", "", stranger4, matchBound, matchBound},
		{"UDP over IPv6", "udp6", "[::1]:0", nil, "::1", "", stranger6, matchBound, matchBound},
		{"UDP for both", "udp", "[::]:0", nil, "127.0.0.1", "", stranger4, matchBound, matchUnsure},
		{"UDP for both over IPv6", "udp", "[::]:0", nil, "::1", "", stranger6, matchBound, matchBound},
		{"UDP for IPv6 alone", "udp6", "[::]:0", []option{v6only}, "127.0.0.1", "", stranger4, matchNone, matchUnsure},
		{"UDP, connected", "udp4", "127.0.0.1:0", nil, "127.0.0.1", "client", "", matchExact, matchExact},
		{"UDP, connected over IPv6", "udp6", "[::1]:0", nil, "::1", "client", "", matchExact, matchExact},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var asked any = bound(t, tt.network, tt.at, tt.options...)
			local := end(net.JoinHostPort(tt.to, portOf(asked)))
			var remote netip.AddrPort
			if tt.dial != "" {
				client := connected(t, tt.network, local.String())
				remote = end(client.LocalAddr().String())
				if tt.dial == "client" {
					asked, local, remote = client, remote, local
				} else {
					asked = accept(t, asked.(syscall.Conn))
				}
			} else {
				remote = end(tt.remote)
			}
			proto := uint8(parse.ProtoTCP)
			if strings.HasPrefix(tt.network, "udp") {
				proto = parse.ProtoUDP
			}
			for source, f := range finders(t) {
				want := tt.want
				if source == "text" {
					want = tt.text
				}
				got, m, err := f.find(proto, local, remote)
				if err != nil || m != want {
					t.Fatalf("%s: got match %d, %v, want %d", source, m, err, want)
				}
				if m == matchNone {
					continue
				}
				if number := inode(t, asked); got.Inode != number || got.UID != uint32(os.Geteuid()) || got.NetNS == 0 {
					t.Errorf("%s: got inode %d, uid %d, namespace %d, want %d, %d and one", source, got.Inode, got.UID, got.NetNS, number, os.Geteuid())
				}
				if source == "sock_diag" && got.Cookie == 0 {
					t.Error("got no cookie")
				}
			}
		})
	}
}

// TestFindNobody: of a connection that is over, the kernel keeps the ends for a
// minute, and neither who had it nor his user.
func TestFindNobody(t *testing.T) {
	l := bound(t, "tcp4", "127.0.0.1:0")
	client, server := connected(t, "tcp4", "127.0.0.1:"+portOf(l)), accept(t, l)
	local, remote := end(client.LocalAddr().String()), end(client.RemoteAddr().String())
	client.Close()
	server.Close()
	for source, f := range finders(t) {
		var got Socket
		var m match
		testkit.Eventually(t, 5*time.Second, "TIME_WAIT", func() bool {
			var err error
			if got, m, err = f.find(parse.ProtoTCP, local, remote); err != nil {
				t.Fatal(err)
			}
			return got.State == stateTimeWait
		})
		if m != matchExact || got.Inode != 0 || got.UID != 0 {
			t.Errorf("%s: got match %d, inode %d, uid %d, want %d, 0, 0", source, m, got.Inode, got.UID, matchExact)
		}
	}
}

// TestFindAll: several sockets share a port, or are bound to an interface.
func TestFindAll(t *testing.T) {
	share := option{unix.SOL_SOCKET, unix.SO_REUSEPORT, 1}
	for _, tt := range []struct {
		name, network string
		proto         uint8
		want          match
	}{
		{"UDP", "udp4", parse.ProtoUDP, matchBound},
		{"TCP", "tcp4", parse.ProtoTCP, matchListener},
	} {
		t.Run("group of "+tt.name, func(t *testing.T) {
			one := bound(t, tt.network, "127.0.0.1:0", share)
			two := bound(t, tt.network, "127.0.0.1:"+portOf(one), share)
			want := []uint64{inode(t, one), inode(t, two)}
			slices.Sort(want)
			for source, f := range finders(t) {
				found, m, err := f.findAll(tt.proto, end("127.0.0.1:"+portOf(one)), end("192.0.2.9:9"), nil)
				var got []uint64
				for _, s := range found {
					got = append(got, s.Inode)
				}
				slices.Sort(got)
				if err != nil || m != tt.want || !slices.Equal(got, want) {
					t.Errorf("%s: got %v by %d, %v, want %v by %d", source, got, m, err, want, tt.want)
				}
			}
		})
	}
}

// TestFindBoundToInterface: the kernel passes over such sockets unless it is told of
// their interface.
func TestFindBoundToInterface(t *testing.T) {
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	toLo := option{unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX, lo.Index}
	d, err := newDiag()
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	u, l := bound(t, "udp4", "127.0.0.1:0", toLo), bound(t, "tcp4", "127.0.0.1:0", toLo)
	client := connected(t, "tcp4", "127.0.0.1:"+portOf(l))
	server := accept(t, l) // bound as the one that listens
	for _, tt := range []struct {
		name          string
		proto         uint8
		local, remote netip.AddrPort
		inode         uint64
		want          match
	}{
		{"UDP", parse.ProtoUDP, end("127.0.0.1:" + portOf(u)), end("192.0.2.9:9"), inode(t, u), matchBound},
		{"TCP that listens", parse.ProtoTCP, end("127.0.0.1:" + portOf(l)), end("192.0.2.9:9"), inode(t, l), matchListener},
		{"TCP, connected", parse.ProtoTCP, end(server.LocalAddr().String()), end(client.LocalAddr().String()), inode(t, server), matchExact},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, m, err := d.find(tt.proto, tt.local, tt.remote)
			if err != nil || m != tt.want || got.Inode != tt.inode || got.Device != "lo" {
				t.Errorf("got inode %d on %q by %d, %v, want %d on lo by %d", got.Inode, got.Device, m, err, tt.inode, tt.want)
			}
			found, m, err := d.findAll(tt.proto, tt.local, tt.remote, nil)
			if err != nil || m != tt.want || len(found) != 1 || found[0].Inode != tt.inode {
				t.Errorf("all: got %+v by %d, %v, want inode %d by %d", found, m, err, tt.inode, tt.want)
			}
		})
	}
}

// TestFindLinkLocal: the sockets of such a connection are bound to their interface.
func TestFindLinkLocal(t *testing.T) {
	n := testkit.NewNetns(t)
	n.IP(t, "-6", "addr", "add", "fe80::1/64", "dev", "lo", "nodad")
	n.Do(func() {
		l := bound(t, "tcp6", "[fe80::1%lo]:0")
		var client net.Conn
		testkit.Eventually(t, 5*time.Second, "the route to an address that was just added", func() (ok bool) {
			var err error
			client, err = net.DialTimeout("tcp6", "[fe80::1%lo]:"+portOf(l), 200*time.Millisecond)
			return err == nil
		})
		defer client.Close()
		bare := func(a net.Addr) netip.AddrPort {
			at := end(a.String())
			return netip.AddrPortFrom(at.Addr().WithZone(""), at.Port())
		}
		for source, f := range finders(t) {
			got, m, err := f.find(parse.ProtoTCP, bare(client.LocalAddr()), bare(client.RemoteAddr()))
			if err != nil || m != matchExact || got.Inode != inode(t, client) {
				t.Errorf("%s: got inode %d by %d, %v, want %d by %d", source, got.Inode, m, err, inode(t, client), matchExact)
			}
		}
	})
}

func TestFindAllocates(t *testing.T) {
	l := bound(t, "tcp4", "127.0.0.1:0")
	client := connected(t, "tcp4", "127.0.0.1:"+portOf(l))
	local, remote := end(client.LocalAddr().String()), end(client.RemoteAddr().String())
	d, err := newDiag()
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	testkit.ZeroAllocs(t, "find", func() { _, _, _ = d.find(parse.ProtoTCP, local, remote) })
	testkit.ZeroAllocs(t, "find without an answer", func() { _, _, _ = d.find(parse.ProtoTCP, remote, remote) })
}
