package tests

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sockeye/parse"
)

// expectedPacket is what tshark's table of packets says of one packet.
type expectedPacket struct {
	length   uint64 // on the wire
	proto    protocol
	src, dst netip.AddrPort // not valid for what is not IP
	datagram string         // names the datagram of a fragment
	later    bool           // a fragment without ports
}

// expectedPackets reads tshark's tables of packets, by capture.
func expectedPackets(t *testing.T, dir string) map[string][]expectedPacket {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "expected", "packets", "*.tsv.gz"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no tables of expected packets in %s (%v)", dir, err)
	}
	all := map[string][]expectedPacket{}
	for _, path := range paths {
		for file, frames := range readDissections(t, path) {
			ps := make([]expectedPacket, len(frames))
			for n, d := range frames {
				ps[n-1] = expectPacket(d)
			}
			joinFragments(ps)
			all[file] = ps
		}
	}
	return all
}

// expectPacket takes the outermost protocols and addresses.
func expectPacket(d dissection) expectedPacket {
	p := expectedPacket{length: uint64(d.number("frame.len"))}
	layers := strings.Split(d.first("frame.protocols"), ":")
	network := slices.IndexFunc(layers, func(s string) bool { return s == "ip" || s == "ipv6" || s == "arp" })
	if network < 0 || layers[network] == "arp" {
		p.proto = protocol{"link", expectEtherType(layers, d)}
		return p
	}
	transport := transportLayer(layers[network+1:])
	if layers[network] == "ip" {
		p.proto = protocol{"ipv4", behind(d.number("ip.proto"), transport)}
		p.setEnds(d, "ip", transport)
		offset := d.number("ip.frag_offset")
		if offset > 0 || d.number("ip.flags.mf") == 1 {
			p.later = offset > 0
			p.datagram = strings.Join([]string{d.first("ip.src"), d.first("ip.dst"), d.first("ip.proto"), d.first("ip.id")}, " ")
		}
		return p
	}
	p.proto = protocol{"ipv6", behind(d.number("ipv6.nxt"), transport)}
	p.setEnds(d, "ipv6", transport)
	if slices.Contains(layers[network+1:], "ipv6.fraghdr") {
		p.later = transport == "data"
		p.datagram = d.first("ipv6.src") + " " + d.first("ipv6.dst") // there is no column for the identification
	}
	return p
}

// behind returns the IP protocol where the header says number. Those within
// extension headers are in no column: they follow from the name of the layer.
func behind(number int64, layer string) uint16 {
	switch number {
	case parse.ProtoHopByHop, parse.ProtoRouting, parse.ProtoFragment, parse.ProtoDestOpts, parse.ProtoAH:
		return map[string]uint16{
			"icmp": parse.ProtoICMP, "ip": parse.ProtoIPIP, "tcp": parse.ProtoTCP, "udp": parse.ProtoUDP,
			"ipv6": parse.ProtoIPv6, "esp": parse.ProtoESP, "icmpv6": parse.ProtoICMPv6,
			"ospf": 89, "ipcomp": 108, "eth": 143,
		}[layer]
	}
	return uint16(number)
}

// setEnds sets addresses and ports. A header that could not be read has none:
// the packet counts under its EtherType.
func (p *expectedPacket) setEnds(d dissection, network, transport string) {
	src, err := netip.ParseAddr(d.first(network + ".src"))
	dst, err2 := netip.ParseAddr(d.first(network + ".dst"))
	if err != nil || err2 != nil {
		etherTypes := map[string]uint16{"ip": parse.EtherTypeIPv4, "ipv6": parse.EtherTypeIPv6}
		p.proto = protocol{"link", etherTypes[network]}
		return
	}
	var sport, dport uint16
	if table := portTables[p.proto.number]; table == transport && d.first(table+".srcport") != "" {
		sport, dport = uint16(d.number(table+".srcport")), uint16(d.number(table+".dstport"))
	}
	p.src, p.dst = netip.AddrPortFrom(src, sport), netip.AddrPortFrom(dst, dport)
}

// expectEtherType returns what a frame that is not IP counts under. Only that
// of Ethernet II has a column; others follow from the names of the layers.
func expectEtherType(layers []string, d dissection) uint16 {
	const etherTypeMin = 0x600 // below, it is the length of an 802.3 frame
	has := func(layer string) bool { return slices.Contains(layers, layer) }
	et := d.number("eth.type")
	switch {
	case has("arp"):
		if et == 0x8035 {
			return 0x8035 // tshark shows RARP as ARP
		}
		return parse.EtherTypeARP
	case has("eapol"):
		return 0x888e
	case has("slarp"):
		return 0x8035
	case has("chdlc") && has("cdp"):
		return 0x2000
	case has("chdlc") && has("osi"):
		return 0xfefe
	case has("sll") && has("can"):
		return 0x000c // ETH_P_CAN of if_ether.h
	case has("llc"), et < etherTypeMin && has("eth") && d.number("frame.cap_len") >= 14:
		return parse.EtherTypeLLC
	case et > 0:
		return uint16(et)
	case has("wlan"):
		return parse.EtherType80211
	case has("ppp"):
		return parse.EtherTypePPP
	}
	return 0
}

// joinFragments gives later fragments the ports of their datagram's first
// one: the last before them, or else the next.
func joinFragments(ps []expectedPacket) {
	firsts := map[string][]int{}
	for i := range ps {
		if p := &ps[i]; p.datagram != "" && !p.later {
			firsts[p.datagram] = append(firsts[p.datagram], i)
		}
	}
	for i := range ps {
		p := &ps[i]
		of := firsts[p.datagram]
		if !p.later || len(of) == 0 {
			continue
		}
		first := of[0]
		for _, f := range of {
			if f < i {
				first = f
			}
		}
		p.proto, p.src, p.dst = ps[first].proto, ps[first].src, ps[first].dst
	}
}

// expectedConversations reads tshark's tables of conversations, by capture. A
// pair of ports that was used again has several rows there.
func expectedConversations(t *testing.T, dir string) map[string]tables {
	t.Helper()
	type row struct {
		A         netip.Addr `json:"a"`
		B         netip.Addr `json:"b"`
		APort     uint16     `json:"aport"`
		BPort     uint16     `json:"bport"`
		PacketsAB uint64     `json:"pkts_ab"`
		PacketsBA uint64     `json:"pkts_ba"`
		BytesAB   uint64     `json:"bytes_ab"`
		BytesBA   uint64     `json:"bytes_ba"`
	}
	all := map[string]tables{}
	for line := range bytes.Lines(readGzip(t, filepath.Join(dir, "expected", "flows.jsonl.gz"))) {
		var v struct {
			File string `json:"file"`
			TCP  []row  `json:"tcp"`
			UDP  []row  `json:"udp"`
			SCTP []row  `json:"sctp"`
			IPv4 []row  `json:"ipv4"`
			IPv6 []row  `json:"ipv6"`
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("flows.jsonl.gz: %v", err)
		}
		c := tables{}
		for name, rows := range map[string][]row{"tcp": v.TCP, "udp": v.UDP, "sctp": v.SCTP, "ipv4": v.IPv4, "ipv6": v.IPv6} {
			for _, r := range rows {
				a, b := netip.AddrPortFrom(r.A, r.APort), netip.AddrPortFrom(r.B, r.BPort)
				c.add(name, a, b, volume{r.PacketsAB, r.BytesAB})
				c.add(name, b, a, volume{r.PacketsBA, r.BytesBA})
			}
		}
		all[v.File] = c
	}
	return all
}

// readGzip reads a compressed file of the corpora.
func readGzip(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err == nil {
		b, err = io.ReadAll(z)
	}
	if err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	return b
}
