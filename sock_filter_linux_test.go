package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"sockeye/capture"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
	"sockeye/parse"
	"sockeye/parse/filter"
)

func newFilter(tb testing.TB, text string) *capture.Filter {
	tb.Helper()
	f, err := capture.NewFilter(text)
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return f
}

// TestKernelTakesFilters attaches what each expression of the corpora compiles
// to, alone and joined for all interfaces.
func TestKernelTakesFilters(t *testing.T) {
	n := testkit.NewNetns(t)
	expressions := corpusExpressions(t)
	var conn net.PacketConn
	n.Do(func() {
		var err error
		if conn, err = net.ListenPacket("udp4", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	})
	defer conn.Close()
	raw, err := conn.(*net.UDPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	targets := []capture.Target{{Name: capture.AnyName, Any: true}}
	for _, hardware := range []uint16{unix.ARPHRD_ETHER, unix.ARPHRD_NONE, unix.ARPHRD_IPGRE, unix.ARPHRD_IEEE80211, unix.ARPHRD_IEEE80211_RADIOTAP} {
		targets = append(targets, capture.Target{Name: "one", Type: hardware, Netmask: 0xffffff00})
	}
	taken := 0
	for _, text := range expressions {
		f, err := capture.NewFilter(text)
		if err != nil {
			continue // not every expression is right
		}
		for _, target := range targets {
			prog, err := f.Socket(target)
			if err != nil {
				continue // it cannot apply
			}
			insns := make([]unix.SockFilter, len(prog))
			for i, in := range prog {
				insns[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
			}
			fprog := unix.SockFprog{Len: uint16(len(insns)), Filter: &insns[0]}
			raw.Control(func(fd uintptr) {
				err = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &fprog)
			})
			if err != nil {
				t.Errorf("%q for devices of type %d: %d instructions: %v", text, target.Type, len(prog), err)
			}
			taken++
		}
	}
	if taken < len(expressions) {
		t.Errorf("the kernel got %d programs of %d expressions: most do not compile", taken, len(expressions))
	}
}

// corpusExpressions returns the expressions of the corpora's tables.
func corpusExpressions(t *testing.T) []string {
	t.Helper()
	file, err := os.Open(filepath.Join(testkit.Corpora(t), "filters", "expressions.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	lines := bufio.NewScanner(plain)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row struct{ Expr string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		all = append(all, row.Expr)
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		t.Fatalf("got %d expressions, %v", len(all), err)
	}
	return all
}

// Frames of several kinds from A to B, which nobody answers.
func filterFrames() map[string][]byte {
	eth := packet.Ethernet{Src: packet.MAC{2, 0, 0, 0x77, 0, 1}, Dst: packet.MAC{2, 0, 0, 0x77, 0, 2}}
	v4 := packet.IPv4{Src: packet.IP(silentA), Dst: packet.IP(silentB)}
	v6 := packet.IPv6{Src: packet.IP(silentA6), Dst: packet.IP(silentB6)}
	syn := packet.TCP{Src: 1000, Dst: 80, Flags: packet.SYN}
	dns := packet.UDP{Src: 1000, Dst: 53}
	return map[string][]byte{
		"tcp4":        packet.Build(eth, v4, syn),
		"tcp6":        packet.Build(eth, v6, syn),
		"udp4":        packet.Build(eth, v4, dns, packet.Zeros(100)),
		"udp6":        packet.Build(eth, v6, dns, packet.Zeros(100)),
		"arp":         packet.Build(eth, packet.ARP{}),
		"vlan100":     packet.Build(eth, packet.VLAN{ID: 100}, v4, syn),
		"vlan200":     packet.Build(eth, packet.VLAN{ID: 200}, v4, syn),
		"vlan100 six": packet.Build(eth, packet.VLAN{ID: 100}, v6, syn),
		"vlan100/7":   packet.Build(eth, packet.VLAN{ID: 100, TPID: 0x88a8}, packet.VLAN{ID: 7}, v4, syn),
	}
}

// TestLiveFilter sends frames of every kind, each another number of times, and
// takes what a filter leaves, at both ends. What is sent has its tags in the
// frame; of what is received the kernel has taken the outer one off, so that
// only "vlan" tells it from a frame without, as in libpcap.
func TestLiveFilter(t *testing.T) {
	tests := []struct {
		text     string
		want     []string // at both ends
		received []string // where the tag is taken off, too
	}{
		{"tcp port 80", []string{"tcp4", "tcp6"}, []string{"vlan100", "vlan200", "vlan100 six"}},
		{"ip6", []string{"tcp6", "udp6"}, []string{"vlan100 six"}},
		{"udp port 53 and ip", []string{"udp4"}, nil},
		{"host " + silentB6, []string{"tcp6", "udp6"}, []string{"vlan100 six"}},
		{"arp or udp", []string{"arp", "udp4", "udp6"}, nil},
		{"tcp[tcpflags] & tcp-syn != 0", []string{"tcp4"}, []string{"vlan100", "vlan200"}},
		{"vlan", []string{"vlan100", "vlan200", "vlan100 six", "vlan100/7"}, nil},
		{"not vlan", []string{"tcp4", "tcp6", "udp4", "udp6", "arp"}, nil},
		{"vlan 100", []string{"vlan100", "vlan100 six", "vlan100/7"}, nil},
		{"vlan 100 and tcp port 80", []string{"vlan100", "vlan100 six"}, nil},
		{"vlan 100 and ip6", []string{"vlan100 six"}, nil},
		{"vlan 100 and vlan 7 and tcp port 80", []string{"vlan100/7"}, nil},
		{"ether src 02:00:00:77:00:01 and greater 120", []string{"udp4", "udp6"}, nil},
		{"outbound and udp or inbound and arp", nil, []string{"arp"}},
	}
	frames := filterFrames()
	a, b, ifA, ifB := testkit.Veth(t)
	s := openSender(t, a, ifA)
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			f := newFilter(t, tt.text)
			out, in := openTap(t, a, ifA, capture.Options{Filter: f}), openTap(t, b, ifB, capture.Options{Filter: f}, queues(2))
			wantOut, wantIn := map[string]int{}, map[string]int{}
			times := 0
			for name, frame := range frames {
				times++
				for range times {
					s.send(frame)
				}
				if slices.Contains(tt.want, name) {
					wantOut[name], wantIn[name] = times, times
				}
				if slices.Contains(tt.received, name) {
					wantIn[name] = times
				}
			}
			checkFrames(t, "sent", out, wantOut)
			checkFrames(t, "received", in, wantIn)
		})
	}
}

// checkFrames reads as many frames as are wanted, and looks at which they are.
func checkFrames(t *testing.T, end string, tap *tap, want map[string]int) {
	t.Helper()
	sum := 0
	for _, n := range want {
		sum += n
	}
	got := map[string]int{}
	for _, p := range tap.read(sum) {
		got[frameName(&p.Packet)]++
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: want (-) got (+):\n%s", end, diff)
	}
}

// frameName tells which of the frames a captured packet was, with its tag put
// back.
func frameName(p *parse.Packet) string {
	data := p.Data
	if p.TagTPID != 0 {
		tag := []byte{byte(p.TagTPID >> 8), byte(p.TagTPID), byte(p.TagTCI >> 8), byte(p.TagTCI)}
		data = slices.Concat(data[:12], tag, data[12:])
	}
	for name, frame := range filterFrames() {
		if string(frame) == string(data) {
			return name
		}
	}
	return "something else"
}

// hiddenHeader makes a TAP interface, whose frames have an Ethernet header, of
// a type without one that is known: what is behind it must be found all the same.
func hiddenHeader(t *testing.T, n *testkit.Netns, name string) *os.File {
	t.Helper()
	tap := n.Tun(t, name, true)
	n.IP(t, "link", "set", name, "down")
	raw, err := tap.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) { err = unix.IoctlSetInt(int(fd), unix.TUNSETLINK, unix.ARPHRD_IPGRE) })
	if err != nil {
		t.Fatal(err)
	}
	n.IP(t, "link", "set", name, "up")
	return tap
}

// TestLiveFilterOfAll filters on all interfaces at once, whose frames start with
// Ethernet, an IP header, and a header that only the kernel knows.
func TestLiveFilterOfAll(t *testing.T) {
	const hidden = "sk-hidden"
	a, _, ifA, _ := testkit.Veth(t)
	tun, tap := a.Tun(t, "sk-tun", false), hiddenHeader(t, a, hidden)
	veth, out := openSender(t, a, ifA), openSender(t, a, hidden)
	frames := filterFrames()
	receive := func(by *os.File, frame []byte) {
		t.Helper()
		if _, err := by.Write(frame); err != nil {
			t.Fatal(err)
		}
	}
	send := func(t *testing.T) {
		veth.send(frames["udp4"])
		veth.send(frames["tcp4"])
		for _, port := range []uint16{53, 54} {
			receive(tun, packet.Build(packet.IPv6{}, packet.UDP{Src: 2000, Dst: port}, packet.Zeros(20)))
		}
		receive(tap, frames["udp4"])
		out.send(frames["udp4"])
		out.send(frames["tcp6"])
		a.Do(func() {
			for _, to := range []string{"127.0.0.1:53", "[::1]:53", "127.0.0.1:54"} {
				c, err := net.Dial("udp", to)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := c.Write([]byte("hello")); err != nil {
					t.Fatal(err)
				}
				c.Close()
			}
		})
	}
	for _, tt := range []struct {
		text                    string
		veth, tun, hidden, loop int
	}{
		{"udp dst port 53", 1, 1, 2, 2},
		{"ip6 and udp dst port 53", 0, 1, 0, 1},
		{"udp[2:2] = 53 and ip", 1, 0, 2, 1},
		{"ip6 proto 6 or ip proto 6", 1, 0, 1, 0},
		{"ip[(ip[0] & 0) + 9] = 17", 1, 0, 2, 2},            // an offset that is worked out
		{"ether src 02:00:00:77:00:01 and udp", 1, 0, 0, 0}, // of the others it cannot be said
		{fmt.Sprintf("ifindex %d", a.Index(t, hidden)), 0, 0, 3, 0},
		{"outbound and ip", 2, 0, 1, 0}, // the loopback interface shows what comes in
	} {
		t.Run(tt.text, func(t *testing.T) {
			f := newFilter(t, tt.text)
			all := openTap(t, a, capture.AnyName, capture.Options{Filter: f}, queues(2))
			one := openTap(t, a, "lo", capture.Options{Filter: f})
			send(t)
			got := map[int]int{}
			for _, p := range all.read(tt.veth + tt.tun + tt.hidden + tt.loop) {
				got[int(p.Iface)]++
			}
			want := map[int]int{}
			for name, n := range map[string]int{ifA: tt.veth, "sk-tun": tt.tun, hidden: tt.hidden, "lo": tt.loop} {
				if n > 0 {
					want[a.Index(t, name)] = n
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("by index: want (-) got (+):\n%s", diff)
			}
			one.read(tt.loop)
		})
	}
}

// TestLiveSetFilter changes the filter while packets come: none is lost that
// the old or the new filter takes, and none comes later that only the old one
// would have taken.
func TestLiveSetFilter(t *testing.T) {
	a, b, ifA, ifB := testkit.Veth(t)
	frames := filterFrames()
	s := openSender(t, a, ifA)
	in := openTap(t, b, ifB, capture.Options{}, queues(2))
	set := func(f *capture.Filter) {
		t.Helper()
		if err := in.srcs[1].(capture.FilterSetter).SetFilter(f); err != nil {
			t.Fatal(err)
		}
	}
	count := func(names ...string) {
		t.Helper()
		sum := 0
		for i, name := range []string{"tcp4", "udp4", "tcp6", "arp"} {
			for range i + 1 {
				s.send(frames[name])
			}
			if slices.Contains(names, name) {
				sum += i + 1
			}
		}
		for _, p := range in.read(sum) {
			if name := frameName(&p.Packet); !slices.Contains(names, name) {
				t.Errorf("got %s want only %v", name, names)
			}
		}
	}
	count("tcp4", "udp4", "tcp6", "arp")
	set(newFilter(t, "tcp"))
	count("tcp4", "tcp6")
	set(newFilter(t, "ip6 or arp"))
	count("tcp6", "arp")

	// One that cannot apply changes nothing.
	err := in.srcs[0].(capture.FilterSetter).SetFilter(newFilter(t, "type mgt subtype beacon"))
	if _, ok := errors.AsType[*filter.Error](err); !ok {
		t.Errorf("a filter for another link type: got %v", err)
	}
	count("tcp6", "arp")
	set(nil)
	count("tcp4", "udp4", "tcp6", "arp")

	// What comes all the time is all there: the filters before and after take it.
	stop, sent := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				sent <- n
				return
			default:
				s.send(frames["udp4"])
				n++
				time.Sleep(50 * time.Microsecond)
			}
		}
	}()
	got := 0
	for i := range 20 {
		text := "udp port 53"
		if i%2 == 0 {
			text = "ip and not tcp"
		}
		set(newFilter(t, text))
		got += len(in.poll())
	}
	close(stop)
	want := <-sent
	in.until(func(batch []captured) bool {
		got += len(batch)
		return got >= want
	})
	if st := in.stats(); got != want || st.Dropped != 0 {
		t.Errorf("got %d packets want %d; counters %+v", got, want, st)
	}
}

// TestLiveFilterErrors: what cannot apply is said before anything is opened.
func TestLiveFilterErrors(t *testing.T) {
	n := testkit.NewNetns(t)
	n.Tun(t, "sk-tun", false)
	for _, tt := range []struct {
		dev, text string
		applies   bool
	}{
		{"sk-tun", "ether host 02:00:00:77:00:01", false},
		{"lo", "ether host 02:00:00:77:00:01", true},
		{capture.AnyName, "ether host 02:00:00:77:00:01", true},
		{"lo", "type mgt subtype beacon", false},
		{capture.AnyName, "type mgt subtype beacon", true}, // on an interface in monitor mode
		{capture.AnyName, "action pass", false},
	} {
		n.Do(func() {
			srcs, err := openLive(targetOf(t, tt.dev), capture.Options{Filter: newFilter(t, tt.text)})
			for _, s := range srcs {
				s.Close()
			}
			_, unfit := errors.AsType[*filter.Error](err)
			if unfit == tt.applies || err != nil && !strings.HasPrefix(err.Error(), "open "+tt.dev+": filter, column 1: ") {
				t.Errorf("%s on %s: got %v, want it to apply: %v", tt.text, tt.dev, err, tt.applies)
			}
		})
	}
}
