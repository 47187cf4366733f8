package proc

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
)

// opened opens a socket for the length of the test and returns its inode, 0 where the
// kernel has no such thing.
func opened(t *testing.T, family, typ, proto int, at unix.Sockaddr) uint64 {
	t.Helper()
	fd, err := unix.Socket(family, typ|unix.SOCK_CLOEXEC, proto)
	if errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.ESOCKTNOSUPPORT) {
		t.Logf("the kernel lacks sockets of family %d, protocol %d", family, proto)
		return 0
	}
	if err != nil {
		t.Fatal(os.NewSyscallError("socket", err))
	}
	t.Cleanup(func() { unix.Close(fd) })
	if at != nil {
		if err := unix.Bind(fd, at); err != nil {
			t.Fatal(os.NewSyscallError("bind", err))
		}
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		t.Fatal(err)
	}
	return st.Ino
}

// TestDump lists sockets of every kind, both ways.
func TestDump(t *testing.T) {
	n := testkit.NewNetns(t)
	n.Do(func() {
		l := bound(t, "tcp4", "127.0.0.1:0")
		client := connected(t, "tcp4", "127.0.0.1:"+portOf(l))
		server := accept(t, l)
		if _, err := client.Write([]byte("question")); err != nil {
			t.Fatal(err)
		}
		const all = 0x0300 // ETH_P_ALL in network byte order
		wants := map[string]uint64{
			"listener": inode(t, l), "client": inode(t, client), "server": inode(t, server),
			"UDP":      inode(t, bound(t, "udp4", "127.0.0.1:0")),
			"UDPLITE":  opened(t, unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_UDPLITE, &unix.SockaddrInet4{Port: 4000}),
			"raw":      opened(t, unix.AF_INET, unix.SOCK_RAW, 253, nil),
			"raw6":     opened(t, unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_ICMPV6, nil),
			"packet":   opened(t, unix.AF_PACKET, unix.SOCK_RAW, all, &unix.SockaddrLinklayer{Protocol: all, Ifindex: 1}),
			"datagram": opened(t, unix.AF_PACKET, unix.SOCK_DGRAM, 0, nil),
			"SCTP":     opened(t, unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_SCTP, &unix.SockaddrInet4{Port: 4000}),
		}
		for source, f := range finders(t) {
			got := map[uint64]Socket{}
			if err := f.dump(func(s *Socket) { got[s.Inode] = *s }); err != nil {
				t.Fatalf("%s: %v", source, err)
			}
			for name, number := range wants {
				if s, ok := got[number]; number != 0 && (!ok || s.NetNS == 0) {
					t.Errorf("%s: got no socket of inode %d, %s, in its namespace", source, number, name)
				}
			}
			if d := got[wants["packet"]].Device; d != "lo" && d != "if1" {
				t.Errorf("%s: packet socket: got device %q, want lo", source, d)
			}
			if q := got[wants["server"]].ReceiveQueue; q != uint32(len("question")) {
				t.Errorf("%s: server: got %d bytes in the receive queue, want %d", source, q, len("question"))
			}
			if number := wants["raw"]; got[number].Proto != 253 {
				t.Errorf("%s: raw: got protocol %d, want 253", source, got[number].Proto)
			}
		}
	})
}

// TestDumpTCP: what the kernel measures of a connection comes with it.
func TestDumpTCP(t *testing.T) {
	l := bound(t, "tcp4", "127.0.0.1:0")
	client, server := connected(t, "tcp4", "127.0.0.1:"+portOf(l)), accept(t, l)
	if _, err := client.Write([]byte("question")); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	d, err := newDiag()
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	number, found := inode(t, server), false
	err = d.dump(func(s *Socket) {
		if s.Inode != number {
			return
		}
		found = true
		if s.TCP == nil || s.TCP.Received != 8 || s.TCP.MSS == 0 || s.TCP.Window == 0 || s.TCP.Congestion == "" {
			t.Errorf("got %+v, want 8 bytes received, and a segment size, window and algorithm", s.TCP)
		}
	})
	if err != nil || !found {
		t.Errorf("got %v, %v, want the socket", found, err)
	}
}

// TestFindWithoutPorts: ping sockets by their identifier, raw ones by their protocol.
func TestFindWithoutPorts(t *testing.T) {
	n := testkit.NewNetns(t)
	n.Do(func() {
		raw, icmp := opened(t, unix.AF_INET, unix.SOCK_RAW, 253, nil), opened(t, unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP, nil)
		other := opened(t, unix.AF_INET, unix.SOCK_RAW, 253, nil)
		for source, f := range finders(t) {
			found, m, err := f.findAll(253, end("127.0.0.1:0"), end("127.0.0.2:0"), nil)
			if err != nil || m != matchBound || len(found) != 2 || !slices.ContainsFunc(found, func(s Socket) bool { return s.Inode == raw }) ||
				!slices.ContainsFunc(found, func(s Socket) bool { return s.Inode == other }) {
				t.Errorf("%s: raw: got %+v by %d, %v, want inodes %d and %d by %d", source, found, m, err, raw, other, matchBound)
			}
			one, m, err := f.find(unix.IPPROTO_ICMP, end("127.0.0.1:7"), end("127.0.0.2:7"))
			if err != nil || m != matchUnsure || one.Inode != icmp {
				t.Errorf("%s: raw ICMP: got inode %d by %d, %v, want %d by %d", source, one.Inode, m, err, icmp, matchUnsure)
			}
			if _, m, err = f.find(254, end("127.0.0.1:0"), end("127.0.0.2:0")); err != nil || m != matchNone {
				t.Errorf("%s: another protocol: got %d, %v, want none", source, m, err)
			}
		}
	})
}

// TestTablesSince: until it is told otherwise, the tables answer from one reading.
func TestTablesSince(t *testing.T) {
	tb, err := newTables("/proc", int32(unix.Gettid()))
	if err != nil {
		t.Fatal(err)
	}
	defer tb.close()
	share := option{unix.SOL_SOCKET, unix.SO_REUSEPORT, 1}
	one := bound(t, "udp4", "127.0.0.1:0", share)
	local := end("127.0.0.1:" + portOf(one))
	count := func() int {
		found, m, err := tb.findAll(unix.IPPROTO_UDP, local, end("192.0.2.9:9"), nil)
		if err != nil || m != matchBound {
			t.Fatalf("got match %d, %v", m, err)
		}
		return len(found)
	}
	tb.since(time.Now())
	if got := count(); got != 1 {
		t.Errorf("got %d sockets, want 1", got)
	}
	two := bound(t, "udp4", local.String(), share)
	if got := count(); got != 1 {
		t.Errorf("by the same reading: got %d sockets, want 1", got)
	}
	tb.since(time.Now())
	if got := count(); got != 2 {
		t.Errorf("by a new reading: got %d sockets, want 2, %d and %d", got, inode(t, one), inode(t, two))
	}
	if none, m, err := tb.find(unix.IPPROTO_UDP, end("127.0.0.1:1"), end("192.0.2.9:9")); m != matchNone || err != nil {
		t.Errorf("another port: got %+v by %d, %v", none, m, err)
	}
	tb.since(time.Time{})
	bound(t, "udp4", local.String(), share)
	if got := count(); got != 3 {
		t.Errorf("read for each question: got %d sockets, want 3", got)
	}
}

// TestTablesOfGone: a process that is gone takes its tables along, whoever has its
// number next.
// TestTablesOfOneThatMoved: they are the process's, but the answers must not become
// those of another namespace, which may have the same addresses.
func TestTablesOfOneThatMoved(t *testing.T) {
	n := testkit.NewNetns(t)
	cmd := exec.Command("sh", "-c", `echo; read x; exec nsenter --net="$1" sh -c 'echo; read x'`, "sh", n.Path())
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	testkit.Start(t, cmd)
	lines := bufio.NewReader(out)
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	tb, err := newTables("/proc", int32(cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	defer tb.close()
	if err := tb.dump(func(*Socket) {}); err != nil {
		t.Fatalf("before: %v", err)
	}
	if _, err := in.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := tb.dump(func(*Socket) {}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after it went to another namespace: got %v, want %v", err, fs.ErrNotExist)
	}
}

func TestTablesOfGone(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	testkit.Start(t, cmd)
	tb, err := newTables("/proc", int32(cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	defer tb.close()
	if err := tb.dump(func(*Socket) {}); err != nil {
		t.Fatalf("while it runs: %v", err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err := tb.dump(func(*Socket) {}); err == nil {
		t.Error("when it is gone: got no error")
	}
	if _, err := newTables("/proc", int32(cmd.Process.Pid)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opened when it is gone: got %v, want %v", err, fs.ErrNotExist)
	}
}
