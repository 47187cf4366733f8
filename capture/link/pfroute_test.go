package link

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sockeye/parse"
)

// bsdHex reads hex digits. What follows // on a line is a comment, and XX*n is
// a byte n times.
func bsdHex(tb testing.TB, text string) []byte {
	tb.Helper()
	var digits strings.Builder
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "//")
		for _, word := range strings.Fields(line) {
			what, times, _ := strings.Cut(word, "*")
			n, err := strconv.Atoi(times)
			if err != nil {
				n = 1
			}
			digits.WriteString(strings.Repeat(what, n))
		}
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		tb.Fatalf("decode hex: %v", err)
	}
	return b
}

// What the sysctl NET_RT_IFLIST2 gives, one message each.
const (
	infoLoopback = `
		b4 00 05 12  10 00 00 00  // length 180, RTM_IFINFO2, RTA_IFP
		49 80 00 00  01 00 00 00  // UP LOOPBACK RUNNING MULTICAST, index 1
		00*16                     // send queue
		18 00*7                   // IFT_LOOP
		00 40 00 00  00*4         // MTU 16384, metric
		00*8                      // baud rate
		e8 03 00*6  00*8          // 1000 packets in, errors
		e8 03 00*6  00*8 00*8     // 1000 packets out, errors, collisions
		00 00 01 00*5             // 65536 bytes in
		00 00 01 00*5             // 65536 bytes out
		00*48
		14 12 01 00 18 03 00 00  6c 6f 30 00*9  // sockaddr_dl: lo0, no address`
	addrLoopback4 = `
		3c 00 05 0c  a4 00 00 00  01 00 00 00  01 00 00 00  00*4  // RTM_NEWADDR, index 1
		05 00 00 00 ff 00 00 00                                   // netmask, cut behind its last byte
		10 02 00 00 7f 00 00 01 00*8                              // 127.0.0.1
		10 02 00 00 7f 00 00 01 00*8`
	addrLoopbackLocal = `
		40 00 05 0c  24 00 00 00  01 00 00 00  01 00 00 00  00*4
		10 1e 00 00 00 00 00 00 ff*8                              // netmask of 64 bits
		1c 1e 00 00 00 00 00 00 fe 80 00 01 00*11 01 00*4         // fe80::1 with scope 1 inside`
	infoEthernet = `
		b4 00 05 12  10 00 00 00
		63 88 00 00  04 00 00 00  // UP BROADCAST RUNNING SIMPLEX MULTICAST, index 4
		00*16
		06 00*7                   // IFT_ETHER
		dc 05 00 00  00*4         // MTU 1500
		00 ca 9a 3b 00*4          // 1 Gbit/s
		0a 00*7  00*8
		14 00*7  00*8 00*8
		00 04 00*6
		00 08 00*6
		00*48
		14 12 04 00 06 03 06 00  65 6e 30  a4 83 e7 01 02 03  00*3  // en0`
	addrEthernet = `
		3c 00 05 0c  a4 00 00 00  01 00 00 00  04 00 00 00  00*4
		07 00 00 00 ff ff ff 00
		10 02 00 00 c0 a8 01 14 00*8                              // 192.168.1.20
		10 02 00 00 c0 a8 01 ff 00*8`
	addrGroup = `
		14 00 05 13  00*16                                   // RTM_NEWMADDR2`
	infoTunnel = `
		b4 00 05 12  10 00 00 00
		51 80 00 00  0c 00 00 00  // UP POINTOPOINT RUNNING MULTICAST, index 12
		00*16
		01 00*7                   // IFT_OTHER
		64 05 00 00  00*4         // MTU 1380
		00*8  00*16  00*24  00*16  00*48
		14 12 0c 00 01 05 00 00  75 74 75 6e 34 00*7  // utun4`
	addrTunnel = `
		3c 00 05 0c  a4 00 00 00  01 00 00 00  0c 00 00 00  00*4
		08 00 00 00 ff ff ff ff
		10 02 00 00 0a 08 00 02 00*8                              // 10.8.0.2
		10 02 00 00 0a 08 00 01 00*8                              // the other end`
	otherVersion = `
		08 00 04 12 00*4`
)

var (
	wantLoopback = Interface{
		Name: "lo0", Index: 1, Type: TypeLoopback, Kind: "loopback", Link: parse.LinkNull,
		Up: true, Running: true, OperState: "up", Loopback: true, MTU: 16384,
		Addrs:     []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8"), netip.MustParsePrefix("fe80::1/64")},
		RxPackets: 1000, TxPackets: 1000, RxBytes: 65536, TxBytes: 65536,
	}
	wantEthernet = Interface{
		Name: "en0", Index: 4, Type: TypeEther, Kind: "ethernet", Link: parse.LinkEthernet,
		Up: true, Running: true, OperState: "up", MTU: 1500, Speed: 1000,
		MAC:       net.HardwareAddr{0xa4, 0x83, 0xe7, 1, 2, 3},
		Addrs:     []netip.Prefix{netip.MustParsePrefix("192.168.1.20/24")},
		RxPackets: 10, TxPackets: 20, RxBytes: 1024, TxBytes: 2048,
	}
	wantTunnel = Interface{
		Name: "utun4", Index: 12, Type: TypeNone, Kind: "tun", Link: parse.LinkNull,
		Up: true, Running: true, OperState: "up", PointToPoint: true, MTU: 1380,
		Addrs: []netip.Prefix{netip.MustParsePrefix("10.8.0.2/32")},
	}
)

var comparePrefixes = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

func TestDecodeIfList(t *testing.T) {
	down := strings.Replace(infoEthernet, "63 88 00 00", "02 88 00 00", 1)
	wantDown := wantEthernet
	wantDown.Up, wantDown.Running, wantDown.OperState, wantDown.Addrs = false, false, "down", nil

	unknown := strings.Replace(infoTunnel, "01 00*7", "fe 00*7", 1)
	wantUnknown := wantTunnel
	wantUnknown.Kind, wantUnknown.Addrs = "other", nil

	tests := []struct {
		name string
		hex  string
		want []Interface
		err  error
	}{
		{name: "nothing"},
		{name: "a machine with a tunnel",
			hex:  infoLoopback + addrLoopback4 + addrLoopbackLocal + infoEthernet + addrEthernet + addrGroup + infoTunnel + addrTunnel,
			want: []Interface{wantLoopback, wantEthernet, wantTunnel}},
		{name: "an interface that is down", hex: down, want: []Interface{wantDown}},
		{name: "a type without a name", hex: unknown, want: []Interface{wantUnknown}},
		{name: "a message of another version", hex: otherVersion + addrGroup},
		{name: "the address of another interface", hex: addrTunnel},
		{name: "a message cut short", hex: "b4 00 05 12 10 00", err: errShort},
		{name: "a length of 0 does not loop", hex: "00 00 05 12", err: errShort},
		{name: "an interface without its data", hex: "10 00 05 12 00*12", err: errShort},
		{name: "an interface without its link address", hex: "a0 00 05 12  10 00 00 00  00*152", err: errShort},
		{name: "a name longer than its address", hex: "a8 00 05 12  10 00 00 00  00*152 08 12 00 00 00 09 00 00", err: errShort},
		{name: "an address without its address", hex: "14 00 05 0c  20 00 00 00  00*12", err: errShort},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeIfList(bsdHex(t, tt.hex))
			if !errors.Is(err, tt.err) {
				t.Fatalf("error: got %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got, comparePrefixes); diff != "" {
				t.Errorf("interfaces (-want +got):\n%s", diff)
			}
		})
	}
}

// routeHex is a message of the routing table: struct rt_msghdr, with what
// follows it.
func routeHex(typ byte, index byte, flags string, mask byte, addrs string) string {
	return fmt.Sprintf("LL LL 05 %02x  %02x 00 00 00  %s  %02x 00 00 00  00*76 %s", typ, index, flags, mask, addrs)
}

const (
	flagsGateway = "03 08 01 40" // UP GATEWAY STATIC PRCLONING GLOBAL
	any4         = " 10 02 00*14"
	any6         = " 1c 1e 00*26"
	gateway      = " 10 02 00 00 c0 a8 01 01 00*8"
	linkGateway  = " 14 12 0c 00 00*16"
	noMask       = " 00 00 00 00"
)

// routesHex joins messages and sets their lengths.
func routesHex(tb testing.TB, messages ...string) []byte {
	tb.Helper()
	var out []byte
	for _, m := range messages {
		b := bsdHex(tb, strings.Replace(m, "LL LL", "00 00", 1))
		b[0], b[1] = byte(len(b)), byte(len(b)>>8)
		out = append(out, b...)
	}
	return out
}

func TestDecodeRoutes(t *testing.T) {
	tests := []struct {
		name string
		msg  string
		want []int
	}{
		{"IPv4, through a gateway", routeHex(rtmGet, 4, flagsGateway, 7, any4+gateway+noMask), []int{4}},
		{"IPv6, through a tunnel", routeHex(rtmGet, 12, "01 09 00 00", 7, any6+linkGateway+noMask), []int{12}},
		{"a mask that is left out", routeHex(rtmGet, 4, flagsGateway, 3, any4+gateway), []int{4}},
		{"only for sockets bound to the interface", routeHex(rtmGet, 12, "03 08 00 01", 7, any6+linkGateway+noMask), nil},
		{"a blackhole", routeHex(rtmGet, 1, "03 18 00 00", 7, any4+gateway+noMask), nil},
		{"rejected", routeHex(rtmGet, 1, "0b 08 00 00", 7, any4+gateway+noMask), nil},
		{"not up", routeHex(rtmGet, 4, "02 08 00 00", 7, any4+gateway+noMask), nil},
		{"to one host", routeHex(rtmGet, 4, "07 08 00 00", 3, any4+gateway), nil},
		{"to half of the world", routeHex(rtmGet, 12, flagsGateway, 7, any4+gateway+" 05 00 00 00 80 00 00 00"), nil},
		{"to a network", routeHex(rtmGet, 4, flagsGateway, 7,
			" 10 02 00 00 0a 00 00 00 00*8"+gateway+" 05 00 00 00 ff 00 00 00"), nil},
		{"to a link address", routeHex(rtmGet, 4, flagsGateway, 3, linkGateway+linkGateway), nil},
		{"an event is not in the table", routeHex(rtmAdd, 4, flagsGateway, 7, any4+gateway+noMask), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeRoutes(routesHex(t, tt.msg))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("interfaces (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a route cut short", func(t *testing.T) {
		if _, err := decodeRoutes(bsdHex(t, "10 00 05 04 00*12")); !errors.Is(err, errShort) {
			t.Errorf("error: got %v, want %v", err, errShort)
		}
	})
}

func TestRouteMatters(t *testing.T) {
	tests := []struct {
		name string
		msg  []byte
		want bool
	}{
		{"an interface changed", bsdHex(t, "70 00 05 0e 00*108"), true},
		{"an address was added", bsdHex(t, addrEthernet), true},
		{"the default route was added", routesHex(t, routeHex(rtmAdd, 4, flagsGateway, 7, any4+gateway+noMask)), true},
		{"the default route was deleted", routesHex(t, routeHex(rtmDelete, 4, flagsGateway, 7, any4+gateway+noMask)), true},
		{"a neighbour was found", routesHex(t, routeHex(rtmAdd, 4, "05 04 13 00", 3, gateway+linkGateway)), false},
		{"somebody asked for a route", routesHex(t, routeHex(rtmGet, 4, flagsGateway, 7, any4+gateway+noMask)), false},
		{"a route cut short", bsdHex(t, "08 00 05 01 00*4"), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			typ, msg, _, err := nextMessage(tt.msg)
			if err != nil {
				t.Fatal(err)
			}
			if got := routeMatters(typ, msg); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSetMedia(t *testing.T) {
	tests := []struct {
		name           string
		status, active uint32
		kind           string
		running        bool
		state, duplex  string
	}{
		{"Ethernet with a cable", 3, 0x00100030, "ethernet", true, "up", "full"},
		{"Ethernet without a cable", 1, 0x00000022, "ethernet", false, "down", ""},
		{"Ethernet on a hub", 3, 0x00200023, "ethernet", true, "up", "half"},
		{"Wi-Fi, associated", 3, 0x00000080, "wifi", true, "up", ""},
		{"Wi-Fi, off", 1, 0x00000080, "wifi", false, "down", ""},
		{"a driver that does not know", 0, 0, "ethernet", true, "up", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			i := Interface{Kind: "ethernet", Up: true, Running: true, OperState: "up"}
			i.setMedia(tt.status, tt.active)
			want := Interface{Kind: tt.kind, Up: true, Running: tt.running, OperState: tt.state, Duplex: tt.duplex}
			if diff := cmp.Diff(want, i); diff != "" {
				t.Errorf("interface (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzRouteMessages: whatever the kernel said, what comes out is valid and none
// of it is more than the messages could hold.
func FuzzRouteMessages(f *testing.F) {
	f.Add(bsdHex(f, infoLoopback+addrLoopback4+addrLoopbackLocal+addrGroup))
	f.Add(bsdHex(f, infoEthernet+addrEthernet+otherVersion+infoTunnel+addrTunnel))
	f.Add(routesHex(f, routeHex(rtmGet, 4, flagsGateway, 7, any4+gateway+noMask)))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := decodeIfList(b)
		if err != nil && all != nil {
			t.Errorf("an error and %d interfaces", len(all))
		}
		if len(all)*ifMsgLen > len(b) {
			t.Errorf("%d interfaces in %d bytes", len(all), len(b))
		}
		for _, i := range all {
			if i.Name == "" || i.Kind == "" || i.OperState == "" || len(i.MAC) > len(b) {
				t.Errorf("interface %+v", i)
			}
			for _, p := range i.Addrs {
				if !p.IsValid() || p.Addr().Zone() != "" {
					t.Errorf("address %v", p)
				}
			}
		}
		via, err := decodeRoutes(b)
		if err == nil && len(via)*rtmLen > len(b) {
			t.Errorf("%d default routes in %d bytes", len(via), len(b))
		}
		if typ, msg, rest, err := nextMessage(b); err == nil {
			routeMatters(typ, msg)
			if len(msg)+len(rest) != len(b) {
				t.Errorf("split %d bytes into %d and %d", len(b), len(msg), len(rest))
			}
		}
	})
}

func BenchmarkDecodeIfList(b *testing.B) {
	list := bsdHex(b, strings.Repeat(infoEthernet+addrEthernet+addrGroup, 20))
	b.ReportAllocs()
	b.SetBytes(int64(len(list)))
	for b.Loop() {
		if all, err := decodeIfList(list); err != nil || len(all) != 20 {
			b.Fatalf("got %d interfaces and %v", len(all), err)
		}
	}
}
