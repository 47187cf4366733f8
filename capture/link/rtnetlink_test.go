package link

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sockeye/parse"
)

// unhex reads hex digits; what follows "//" in a line is a remark. The rows are
// little-endian, as netlink is on every machine that the project is built for.
func unhex(tb testing.TB, text string) []byte {
	tb.Helper()
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		tb.Fatal("the messages are of a little-endian machine")
	}
	var digits strings.Builder
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "//")
		digits.WriteString(strings.Join(strings.Fields(line), ""))
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

const (
	vethMessage = `
		00 00 0100 04000000 43100100 00000000 // ether, index 4, up broadcast running multicast lower_up
		0a00 0300 76657468 3000 0000          // IFLA_IFNAME veth0
		0a00 0100 020000770001 0000           // IFLA_ADDRESS
		0800 0400 dc050000                    // IFLA_MTU 1500
		0800 0500 09000000                    // IFLA_LINK 9: the other end
		0800 0a00 03000000                    // IFLA_MASTER 3
		0500 1000 06 000000                   // IFLA_OPERSTATE up
		4400 1700 0500000000000000 0700000000000000 e803000000000000 d007000000000000
		          0100000000000000 0200000000000000 0300000000000000 0400000000000000 // IFLA_STATS64: 5 and 7 packets, 1000 and 2000 bytes, 1 and 2 errors, 3 and 4 drops
		1000 1280 0900 0100 76657468 00 000000 // IFLA_LINKINFO: IFLA_INFO_KIND veth`
	tunMessage = `
		00 00 feff 05000000 d1100000 00000000 // none, index 5, up ptp running noarp multicast
		0900 0300 74756e30 00 000000          // IFLA_IFNAME tun0
		0c00 1280 0800 0100 74756e00          // IFLA_LINKINFO: IFLA_INFO_KIND tun`
	tapMessage = `
		00 00 0100 06000000 02100000 00000000 // ether, index 6, down
		0900 0300 74617030 00 000000          // IFLA_IFNAME tap0
		0500 1000 02 000000                   // IFLA_OPERSTATE down
		0c00 1280 0800 0100 74756e00          // IFLA_LINKINFO: IFLA_INFO_KIND tun`
	loMessage = `
		00 00 0403 01000000 49000100 00000000 // loopback, index 1, up loopback running lower_up
		0700 0300 6c6f 00 00                  // IFLA_IFNAME lo
		0a00 0100 000000000000 0000           // IFLA_ADDRESS
		0500 1000 00 000000                   // IFLA_OPERSTATE unknown`
	foreignMessage = `
		00 00 0100 07000000 43100100 00000000
		0900 0300 65746830 00 000000          // IFLA_IFNAME eth0
		0800 0500 09000000                    // IFLA_LINK 9 …
		0800 2500 00000000                    // IFLA_LINK_NETNSID: … of another namespace
		1000 1280 0900 0100 76657468 00 000000`
)

func TestDecodeLink(t *testing.T) {
	for _, tc := range []struct {
		name, hex string
		want      Interface
	}{
		{"veth in a bridge", vethMessage, Interface{
			Name: "veth0", Index: 4, Type: TypeEther, Kind: "veth", Link: parse.LinkEthernet,
			Up: true, Running: true, OperState: "up", MTU: 1500, MAC: []byte{2, 0, 0, 0x77, 0, 1},
			Master: 3, Parent: 9, RxPackets: 5, TxPackets: 7, RxBytes: 1000, TxBytes: 2000,
			RxErrors: 1, TxErrors: 2, RxDropped: 3, TxDropped: 4,
		}},
		{"tun", tunMessage, Interface{
			Name: "tun0", Index: 5, Type: TypeNone, Kind: "tun", Link: parse.LinkRaw,
			Up: true, Running: true, PointToPoint: true, OperState: "unknown",
		}},
		{"tap", tapMessage, Interface{
			Name: "tap0", Index: 6, Type: TypeEther, Kind: "tap", Link: parse.LinkEthernet, OperState: "down",
		}},
		{"loopback", loMessage, Interface{
			Name: "lo", Index: 1, Type: TypeLoopback, Kind: "loopback", Link: parse.LinkEthernet,
			Up: true, Running: true, Loopback: true, OperState: "unknown",
		}},
		{"other end in another namespace", foreignMessage, Interface{
			Name: "eth0", Index: 7, Type: TypeEther, Kind: "veth", Link: parse.LinkEthernet,
			Up: true, Running: true, OperState: "unknown",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := decodeLink(unhex(t, tc.hex))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Errorf("interface (-want +got):\n%s", d)
			}
			if got.Layer3() != (tc.name == "tun") {
				t.Errorf("Layer3: got %v", got.Layer3())
			}
		})
	}
}

const (
	addr4Message = `02 18 80 00 04000000                  // inet, /24, permanent, index 4
		0800 0100 c0000202                    // IFA_ADDRESS
		0800 0200 c0000202                    // IFA_LOCAL
		0800 0400 c00002ff                    // IFA_BROADCAST
		0900 0300 65746830 00 000000          // IFA_LABEL eth0`
	peerMessage = `02 20 80 00 05000000                   // inet, /32, index 5
		0800 0100 0a000002                    // IFA_ADDRESS: the peer
		0800 0200 0a000001                    // IFA_LOCAL`
	addr6Message = `0a 40 82 00 04000000                  // inet6, /64, permanent nodad, index 4
		1400 0100 fd00000000000000 0000000000000002 // IFA_ADDRESS
		0800 0800 82000000                    // IFA_FLAGS`
	badBitsMessage = `02 21 80 00 04000000 0800 0100 c0000202` // /33
	noAddrMessage  = `02 18 80 00 04000000`
)

func TestDecodeAddr(t *testing.T) {
	for _, tc := range []struct {
		name, hex string
		index     int
		want      string // "" for an error
	}{
		{"IPv4", addr4Message, 4, "192.0.2.2/24"},
		{"point to point", peerMessage, 5, "10.0.0.1/32"},
		{"IPv6", addr6Message, 4, "fd00::2/64"},
		{"impossible prefix", badBitsMessage, 0, ""},
		{"no address", noAddrMessage, 0, ""},
		{"cut short", "02 18 80", 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			index, addr, err := decodeAddr(unhex(t, tc.hex))
			if tc.want == "" {
				if err == nil {
					t.Errorf("got %v, want an error", addr)
				}
				return
			}
			if err != nil || index != tc.index || addr != netip.MustParsePrefix(tc.want) {
				t.Errorf("got %d %v %v, want %d %s", index, addr, err, tc.index, tc.want)
			}
		})
	}
}

const (
	route4Message = `02 00 00 00 fe 03 00 01 00000000      // inet, /0, table main, unicast
		0800 0f00 fe000000                    // RTA_TABLE
		0800 0500 c0000201                    // RTA_GATEWAY
		0800 0400 04000000                    // RTA_OIF 4`
	multipathMessage = `0a 00 00 00 fe 03 00 01 00000000
		2c00 0900                             // RTA_MULTIPATH
		1000 00 00 04000000 0800 0500 c0000201 // struct rtnexthop: index 4, a gateway
		1000 00 00 07000000 0800 0500 c0000301 // index 7
		0800 00 00 09000000                    // index 9, on link`
	unreachableMessage = `0a 00 00 00 00 02 00 07 00000000 0800 0400 01000000` // unreachable default dev lo
	subnetMessage      = `02 18 00 00 fe 02 fd 01 00000000 0800 0400 04000000` // 192.0.2.0/24 dev 4
)

func TestDecodeDefaultRoute(t *testing.T) {
	for _, tc := range []struct {
		name, hex string
		want      []int
	}{
		{"one gateway", route4Message, []int{4}},
		{"several gateways", multipathMessage, []int{4, 7, 9}},
		{"unreachable", unreachableMessage, nil},
		{"not the default", subnetMessage, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := decodeDefaultRoute(unhex(t, tc.hex))
			if err != nil || !slices.Equal(got, tc.want) {
				t.Errorf("got %v, %v, want %v", got, err, tc.want)
			}
		})
	}
	if _, err := decodeDefaultRoute([]byte{2, 0, 0}); err == nil {
		t.Error("cut short: got no error")
	}
}

// Every cut of a message is either decoded or an error: it never claims what is
// not there.
func TestDecodeCutShort(t *testing.T) {
	whole := unhex(t, vethMessage)
	full, err := decodeLink(whole)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		got, err := decodeLink(whole[:n])
		if err != nil {
			continue
		}
		if (got.Name != "" && got.Name != full.Name) || (got.MTU != 0 && got.MTU != full.MTU) ||
			got.RxPackets > full.RxPackets || got.Master > full.Master {
			t.Errorf("first %d bytes: got %+v", n, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, m := range []string{
		vethMessage, tunMessage, tapMessage, loMessage, foreignMessage,
		addr4Message, peerMessage, addr6Message, badBitsMessage, noAddrMessage,
		route4Message, multipathMessage, unreachableMessage, subnetMessage,
	} {
		f.Add(unhex(f, m))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if i, err := decodeLink(b); err == nil {
			if i.Kind == "" || i.OperState == "" {
				t.Errorf("link without kind or state: %+v", i)
			}
			if len(i.Name) > len(b) || len(i.MAC) > len(b) {
				t.Errorf("link with more than the message: %+v", i)
			}
		}
		if _, p, err := decodeAddr(b); err == nil && !p.IsValid() {
			t.Errorf("address %v is not valid and there is no error", p)
		}
		if via, err := decodeDefaultRoute(b); err == nil && len(via)*nextHopLen > len(b) {
			t.Errorf("%d ways out of %d bytes", len(via), len(b))
		}
	})
}

func BenchmarkDecodeLink(b *testing.B) {
	m := unhex(b, vethMessage)
	b.ReportAllocs()
	b.SetBytes(int64(len(m)))
	for b.Loop() {
		if _, err := decodeLink(m); err != nil {
			b.Fatal(err)
		}
	}
}
