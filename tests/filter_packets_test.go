package tests

import (
	"encoding/binary"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sockeye/capture"
	"sockeye/internal/testkit/cbpf"
	"sockeye/internal/testkit/packet"
	"sockeye/internal/testkit/pcapfile"
	"sockeye/parse"
)

// dltNames are names of libpcap for link types that parse gives no name, since
// it does not look into them.
var dltNames = map[string]parse.LinkType{
	"ARCNET":               7,
	"SYMANTEC_FIREWALL":    99,
	"SLIP_BSDOS":           102,
	"PPP_BSDOS":            103,
	"JUNIPER_MFR":          134,
	"IEEE802_11_RADIO":     parse.LinkRadiotap,
	"IEEE802_11_RADIO_AVS": parse.LinkAVS,
}

// linkOf returns the link type of a name in the tables.
func linkOf(t *testing.T, name string) parse.LinkType {
	t.Helper()
	if l, ok := dltNames[name]; ok {
		return l
	}
	l, ok := parse.LinkTypeFor(name)
	if !ok {
		t.Fatalf("no link type is named %s", name)
	}
	return l
}

// capturePackets reads up to most packets of one link type from a capture.
func capturePackets(t *testing.T, path string, most int) (pkts []cbpf.Packet, link parse.LinkType) {
	t.Helper()
	f, err := capture.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ps := make([]parse.Packet, 64)
	for err == nil && len(pkts) < most {
		var n int
		n, _, err = f.Read(ps)
		for i := range ps[:n] {
			p := &ps[i]
			if len(pkts) == 0 {
				link = p.Link
			}
			if p.Link == link && len(pkts) < most {
				pkts = append(pkts, cbpf.Packet{Data: slices.Clone(p.Data), Wire: p.WireLen})
			}
		}
	}
	if err != nil && err != io.EOF {
		t.Fatalf("%s: %v", path, err)
	}
	return pkts, link
}

// poolCaptures are captures of the corpora for each link type of interest.
var poolCaptures = map[string][]string{
	"EN10MB":           {"filters/captures/mixed_en10mb.pcap", "pcaps/libpcap/llc.pcap", "pcaps/libpcap/geneve.pcap", "pcaps/tcpdump/pppoes.pcap"},
	"RAW":              {"filters/captures/mixed_raw.pcap"},
	"LINUX_SLL":        {"filters/captures/mixed_linux_sll.pcap"},
	"LINUX_SLL2":       {"filters/captures/mixed_linux_sll2.pcap"},
	"NULL":             {"filters/captures/mixed_null.pcap"},
	"PPP":              {"pcaps/zeek/quic__interop__quic-go_quic-go__zerortt.pcap"},
	"IEEE802_11_RADIO": {"pcaps/wireshark/wpa-eap-tls.pcap", "pcaps/arkime/80211http.pcap"},
	"C_HDLC":           {"pcaps/tcpdump/ISIS_p2p_adjacency.pcap"},
	"FRELAY":           {"pcaps/arkime/icmp-frame-relay.pcap"},
	"IPV4":             {"pcaps/wireshark/http-ooo.pcap"},
	"IPV6":             {"pcaps/tcpdump/ipv6_mobility_1.pcap"},
}

// packetPool returns packets of a link type, up to most: built ones, random
// ones, and those of the corpora where the folder is set.
func packetPool(t *testing.T, name string, most int, r *rand.Rand) []cbpf.Packet {
	t.Helper()
	var pool []cbpf.Packet
	for _, data := range builtPackets(name) {
		pool = append(pool, cbpf.Packet{Data: data, Wire: uint32(len(data))})
	}
	for range 20 {
		data := make([]byte, r.IntN(200))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		pool = append(pool, cbpf.Packet{Data: data, Wire: uint32(len(data) + r.IntN(2)*r.IntN(1500))})
	}
	dir := os.Getenv("SOCKEYE_CORPORA")
	if dir == "" {
		return pool
	}
	for _, file := range poolCaptures[name] {
		more, _ := capturePackets(t, filepath.Join(dir, filepath.FromSlash(file)), 3000)
		r.Shuffle(len(more), func(i, j int) { more[i], more[j] = more[j], more[i] })
		pool = append(pool, more[:min(len(more), most/len(poolCaptures[name]))]...)
	}
	return pool
}

// linkHeaders are what comes before the network layer, for those link types of
// which packets can be built from any other.
var linkHeaders = map[string]packet.Layer{
	"EN10MB":     packet.Ethernet{},
	"LINUX_SLL":  packet.SLL{},
	"LINUX_SLL2": packet.SLL2{},
	"PPP":        packet.PPP{},
	"RAW":        packet.Bytes{},
}

// builtPackets are packets of many protocols, with addresses and ports that the
// random expressions ask for.
func builtPackets(name string) (all [][]byte) {
	add := func(layers ...packet.Layer) {
		head := linkHeaders[name]
		if head == nil {
			head = packet.Bytes{} // steering finds the rest
		}
		all = append(all, packet.Build(append([]packet.Layer{head}, layers...)...))
	}
	a, b := packet.IP("10.0.0.1"), packet.IP("192.168.1.2")
	a6, b6 := packet.IP("2001:db8::1"), packet.IP("fe80::2")
	for _, ip := range []packet.Layer{
		packet.IPv4{Src: a, Dst: b}, packet.IPv4{Src: b, Dst: a},
		packet.IPv6{Src: a6, Dst: b6}, packet.IPv6{Src: b6, Dst: a6},
	} {
		for _, transport := range []packet.Layer{
			packet.TCP{Src: 40000, Dst: 80, Flags: packet.SYN}, packet.TCP{Src: 443, Dst: 40000, Flags: packet.ACK},
			packet.UDP{Src: 53, Dst: 5353}, packet.UDP{Src: 5353, Dst: 53}, packet.SCTP{Src: 80, Dst: 443},
			packet.ICMP{Type: 8}, packet.ICMPv6{Type: 128},
		} {
			add(ip, transport, packet.Zeros(20))
		}
	}
	ip := packet.IPv4{Src: a, Dst: b}
	add(packet.ARP{Src: a, Dst: b})
	add(packet.VLAN{ID: 100}, ip, packet.UDP{Src: 1, Dst: 53})
	add(packet.VLAN{ID: 100, TPID: 0x88a8}, packet.VLAN{ID: 7}, ip, packet.TCP{Src: 1, Dst: 80})
	add(packet.MPLS{Label: 1024}, packet.MPLS{Label: 3}, ip, packet.TCP{Src: 1, Dst: 80})
	add(packet.PPPoE{Session: 0x1234}, ip, packet.TCP{Src: 1, Dst: 80})
	add(ip, packet.UDP{Src: 9999, Dst: 6081}, packet.Geneve{}, packet.Ethernet{}, ip, packet.TCP{Src: 1, Dst: 80})
	return all
}

// mutated returns a copy of a packet, often with fewer bytes captured than there
// were, sometimes with a byte changed.
func mutated(pkt cbpf.Packet, r *rand.Rand) cbpf.Packet {
	pkt.Data = slices.Clone(pkt.Data)
	if n := len(pkt.Data); n > 0 && r.IntN(4) == 0 {
		pkt.Data[r.IntN(n)] = byte(r.Uint32())
	}
	if n := len(pkt.Data); n > 0 && r.IntN(6) == 0 {
		pkt.Data = pkt.Data[:r.IntN(n)]
	}
	return pkt
}

// writeCapture writes packets into a pcap file of this machine's byte order.
func writeCapture(t *testing.T, link parse.LinkType, pkts []cbpf.Packet) string {
	t.Helper()
	f := pcapfile.NewPcap(binary.LittleEndian, pcapfile.Header{Magic: 0xa1b2c3d4, Snap: 262144, Link: uint32(link)})
	for i, p := range pkts {
		f.Record(uint32(i), 0, uint32(len(p.Data)), p.Wire, nil, p.Data)
	}
	path := filepath.Join(t.TempDir(), strings.ToLower(link.String())+".pcap")
	if err := os.WriteFile(path, f.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// sorted returns the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
