package capture

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
	"sockeye/internal/testkit/pcapfile"
	"sockeye/parse"
	"sockeye/parse/filter"
)

func newFilter(t *testing.T, text string) *Filter {
	t.Helper()
	f, err := NewFilter(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return f
}

func TestNewFilter(t *testing.T) {
	for _, text := range []string{"", "tcp", "wlan type mgt subtype beacon", "inbound", "ifindex 3", "action pass", "vpi 3", "fisu"} {
		if f := newFilter(t, text); f.String() != text {
			t.Errorf("got %q want %q", f, text)
		}
	}
	for text, offset := range map[string]int{"tcp prot 80": 4, "tcp and": 7, "inbound and action pass and vpi 3": 12} {
		_, err := NewFilter(text)
		if bad, ok := errors.AsType[*filter.Error](err); !ok || bad.Text != text || bad.Offset != offset {
			t.Errorf("%q: got %#v, want an error at %d", text, err, offset)
		}
	}
}

// countingResolver knows one host.
type countingResolver struct{ asked int }

func (r *countingResolver) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	r.asked++
	return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
}

// TestFilterAsksOnce: however often and for whatever a filter is compiled, a
// host is looked up once for each family at most.
func TestFilterAsksOnce(t *testing.T) {
	f := newFilter(t, "")
	resolver := new(countingResolver)
	f.text, f.hosts.ask = "host www.example.org", resolver
	clear(f.programs)
	for range 2 {
		for _, link := range []parse.LinkType{parse.LinkEthernet, parse.LinkRaw, parse.LinkCooked} {
			if _, err := f.Compile(filter.Options{Link: link}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if resolver.asked == 0 || resolver.asked > 2 {
		t.Errorf("asked %d times", resolver.asked)
	}
}

// TestViewsAreThoseOfTheWalker: the filter takes frames for what the reader of
// the ring takes them for.
func TestViewsAreThoseOfTheWalker(t *testing.T) {
	for hatype := range 1 << 16 {
		i := slices.IndexFunc(views, func(v view) bool { return v.holds(uint16(hatype)) })
		if i < 0 || views[i].link != linkOf(uint16(hatype)) {
			t.Errorf("type %d: got view %d want link type %v", hatype, i, linkOf(uint16(hatype)))
		}
	}
}

func TestSocketNetmask(t *testing.T) {
	f := newFilter(t, "ip broadcast")
	with := func(addrs ...string) []bpf.RawInstruction {
		var all []netip.Prefix
		for _, a := range addrs {
			all = append(all, netip.MustParsePrefix(a))
		}
		prog, err := f.Socket(Target{Name: "eth0", Type: arphrdEther, Netmask: netmask(all)})
		if err != nil {
			t.Fatal(err)
		}
		return prog
	}
	if !slices.Equal(with("fd00::1/64", "10.0.0.1/24", "10.1.0.1/16"), with("192.0.2.7/24")) {
		t.Error("the first IPv4 address does not count")
	}
	if slices.Equal(with("10.0.0.1/24"), with("10.0.0.1/25")) || slices.Equal(with("10.0.0.1/32"), with()) {
		t.Error("the prefix length makes no difference")
	}
}

// TestSocketOfAllIsLimited: what is short enough for one interface may be too
// long for all.
func TestSocketOfAllIsLimited(t *testing.T) {
	var hosts []string
	for i := range 500 {
		hosts = append(hosts, fmt.Sprintf("host 10.%d.%d.7", i%250, i%256))
	}
	f := newFilter(t, strings.Join(hosts[:100], " or "))
	one, err := f.Socket(Target{Name: "eth0", Type: arphrdEther})
	if err != nil {
		t.Fatal(err)
	}
	all, err := f.Socket(Target{Name: AnyName, Any: true})
	if err != nil || len(all) > maxSocket || len(all) < len(views)*len(one)/2 {
		t.Errorf("got %d instructions, %v; for Ethernet it is %d", len(all), err, len(one))
	}
	_, err = newFilter(t, strings.Join(hosts, " or ")).Socket(Target{Name: AnyName, Any: true})
	if bad, ok := errors.AsType[*filter.Error](err); !ok || !strings.Contains(bad.Hint, "-i") {
		t.Errorf("got %v, want an error with a way out", err)
	}
}

func TestFromNetwork(t *testing.T) {
	for _, tt := range []struct {
		name     string
		in, want bpf.RawInstruction
	}{
		{"ld [9]", bpf.RawInstruction{Op: 0x20, K: 9}, bpf.RawInstruction{Op: 0x20, K: 0xfff00009}},
		{"ldh [9]", bpf.RawInstruction{Op: 0x28, K: 9}, bpf.RawInstruction{Op: 0x28, K: 0xfff00009}},
		{"ldxb 4*([0]&0xf)", bpf.RawInstruction{Op: 0xb1}, bpf.RawInstruction{Op: 0xb1, K: 0xfff00000}},
		{"ldb [x + 2]", bpf.RawInstruction{Op: 0x50, K: 2}, bpf.RawInstruction{Op: 0x50, K: 0xfff00002}},
		{"ldb [x - 2]", bpf.RawInstruction{Op: 0x50, K: ^uint32(1)}, bpf.RawInstruction{Op: 0x50, K: 0xffeffffe}},
		{"ancillary load", bpf.RawInstruction{Op: 0x20, K: 0xfffff000}, bpf.RawInstruction{Op: 0x20, K: 0xfffff000}},
		{"load far behind any packet", bpf.RawInstruction{Op: 0x20, K: 0x1ff000}, bpf.RawInstruction{Op: 0x20, K: 0xffffefff}},
		{"ld #9", bpf.RawInstruction{K: 9}, bpf.RawInstruction{K: 9}},
		{"ld M[9]", bpf.RawInstruction{Op: 0x60, K: 9}, bpf.RawInstruction{Op: 0x60, K: 9}},
		{"ld #pktlen", bpf.RawInstruction{Op: 0x80}, bpf.RawInstruction{Op: 0x80}},
		{"jset #9", bpf.RawInstruction{Op: 0x45, K: 9}, bpf.RawInstruction{Op: 0x45, K: 9}},
		{"rsh #9", bpf.RawInstruction{Op: 0x74, K: 9}, bpf.RawInstruction{Op: 0x74, K: 9}},
	} {
		in := []bpf.RawInstruction{tt.in}
		if got := fromNetwork(in)[0]; got != tt.want {
			t.Errorf("%s: got %#v want %#v", tt.name, got, tt.want)
		}
		if in[0] != tt.in {
			t.Errorf("%s: the program itself was changed", tt.name)
		}
	}
}

// mixedFile is a pcapng file of two interfaces, Ethernet with three packets and
// then raw IP with two, of which one each is TCP.
func mixedFile() []byte {
	ip, tcp, udp := packet.IPv4{}, packet.TCP{Src: 1, Dst: 80}, packet.UDP{Src: 1, Dst: 53}
	f := pcapfile.NewNg(binary.LittleEndian)
	f.Section(binary.LittleEndian).Interface(1, 0).Interface(101, 0)
	for i, data := range [][]byte{
		packet.Build(packet.Ethernet{}, ip, tcp),
		packet.Build(packet.Ethernet{}, ip, udp),
		packet.Build(packet.Ethernet{}, packet.ARP{}),
		packet.Build(ip, tcp),
		packet.Build(ip, udp),
	} {
		f.Enhanced(uint32(i/3), uint64(i), uint32(len(data)), data)
	}
	return f.Bytes()
}

func TestFilterOfFile(t *testing.T) {
	for _, tt := range []struct {
		text     string
		count    uint64   // Config.Count
		packets  []uint64 // taken, by interface
		excluded []uint64
	}{
		{"", 0, []uint64{3, 2}, []uint64{0, 0}},
		{"tcp", 0, []uint64{1, 1}, []uint64{2, 1}},
		{"not tcp", 0, []uint64{2, 1}, []uint64{1, 1}},
		{"udp or arp", 0, []uint64{2, 1}, []uint64{1, 1}},
		{"ip6", 0, []uint64{0, 0}, []uint64{3, 2}},
		{"udp", 1, []uint64{1, 0}, []uint64{1, 0}},                              // what follows is not read
		{"not ether host 02:00:00:00:00:77", 0, []uint64{3, 0}, []uint64{0, 2}}, // cannot apply to raw IP
	} {
		t.Run(tt.text, func(t *testing.T) {
			f := openFile(t, writeFile(t, "a.pcapng", mixedFile()))
			e, err := NewEngine(Config{Count: tt.count, Options: Options{Filter: newFilter(t, tt.text)}})
			if err != nil {
				t.Fatal(err)
			}
			sink := new(fakeSink)
			if err := e.RunSource(t.Context(), f, sink); err != nil {
				t.Fatal(err)
			}
			sum := uint64(0)
			for i, s := range e.Interfaces() {
				if s.Packets != tt.packets[i] || s.Excluded != tt.excluded[i] || s.Stats.Received != s.Packets+s.Excluded {
					t.Errorf("interface %d: got %d packets, %d excluded, %d received, want %d and %d, and their sum",
						i, s.Packets, s.Excluded, s.Stats.Received, tt.packets[i], tt.excluded[i])
				}
				sum += s.Packets
			}
			if sink.count() != sum {
				t.Errorf("the sink got %d packets want %d", sink.count(), sum)
			}
		})
	}
}

// TestFilterThatCannotApply ends the reading at the first packet.
func TestFilterThatCannotApply(t *testing.T) {
	for _, tt := range []struct {
		name    string
		content []byte
	}{{"pcap", captureOf(3000)}, {"pcapng", mixedFile()}} {
		t.Run(tt.name, func(t *testing.T) {
			f := openFile(t, writeFile(t, "a", tt.content))
			e, err := NewEngine(Config{Options: Options{Filter: newFilter(t, "type mgt subtype beacon")}})
			if err != nil {
				t.Fatal(err)
			}
			sink := new(fakeSink)
			err = e.RunSource(t.Context(), f, sink)
			if bad, ok := errors.AsType[*filter.Error](err); !ok || bad.Offset != 0 {
				t.Errorf("got %v, want a filter's error", err)
			}
			if read := e.Interfaces()[0].Stats.Received; sink.count() != 0 || read > batch {
				t.Errorf("got %d packets, and %d were read", sink.count(), read)
			}
		})
	}
}

// TestFilterBySection: the header of LINKTYPE_NULL is in the order of the
// machine that captured.
func TestFilterBySection(t *testing.T) {
	for _, order := range []pcapfile.Order{binary.LittleEndian, binary.BigEndian} {
		f := pcapfile.NewPcap(order, pcapfile.Header{Magic: 0xa1b2c3d4, Link: 0})
		for _, family := range []uint32{2, 30, 30} { // AF_INET, AF_INET6 of macOS
			data := make([]byte, 4, 44)
			order.PutUint32(data, family)
			ip := packet.Build(packet.IPv6{}, packet.UDP{Src: 1, Dst: 53})
			if family == 2 {
				ip = packet.Build(packet.IPv4{}, packet.UDP{Src: 1, Dst: 53})
			}
			f.Packet(1, 0, append(data, ip...))
		}
		for text, want := range map[string]uint64{"ip": 1, "ip6": 2, "udp port 53": 3} {
			e, err := NewEngine(Config{Options: Options{Filter: newFilter(t, text)}})
			if err != nil {
				t.Fatal(err)
			}
			sink := new(fakeSink)
			if err := e.RunSource(t.Context(), openFile(t, writeFile(t, "a", f.Bytes())), sink); err != nil {
				t.Fatal(err)
			}
			if sink.count() != want {
				t.Errorf("%v, %s: got %d packets want %d", order, text, sink.count(), want)
			}
		}
	}
}

func TestMatcherDoesNotAllocate(t *testing.T) {
	m := matcher{filter: newFilter(t, "tcp port 80 and host 10.0.0.1")}
	p := parse.Packet{Link: parse.LinkEthernet, Data: packet.Build(packet.Ethernet{}, packet.IPv4{}, packet.TCP{})}
	testkit.ZeroAllocs(t, "takes", func() { m.takes(&p) })
}
