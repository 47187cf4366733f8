package tests

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"sockeye/export"
	"sockeye/parse"
)

// volume is a number of packets and their bytes on the wire.
type volume struct{ Packets, Bytes uint64 }

func (v *volume) add(packets, bytes uint64) {
	v.Packets += packets
	v.Bytes += bytes
}

// covers reports whether v is at least w.
func (v volume) covers(w volume) bool { return v.Packets >= w.Packets && v.Bytes >= w.Bytes }

// protocol is a network layer and the number of what it carries; for "link"
// the EtherType.
type protocol struct {
	family string // ipv4, ipv6, link
	number uint16
}

// conversation is a pair of ends in one of the tables tcp, udp, sctp, ipv4 and
// ipv6. The lower end is a.
type conversation struct {
	table string
	a, b  netip.AddrPort
}

func (c conversation) String() string { return fmt.Sprintf("%s %v %v", c.table, c.a, c.b) }

// traffic is what went from a to b, and from b to a.
type traffic struct{ AB, BA volume }

// tables are the conversations of a capture.
type tables map[conversation]traffic

// add adds what went from src to dst.
func (c tables) add(table string, src, dst netip.AddrPort, v volume) {
	if v == (volume{}) {
		return
	}
	turned := dst.Compare(src) < 0
	if turned {
		src, dst = dst, src
	}
	k := conversation{table, src, dst}
	sum := c[k]
	if turned {
		sum.BA.add(v.Packets, v.Bytes)
	} else {
		sum.AB.add(v.Packets, v.Bytes)
	}
	c[k] = sum
}

// addTo adds the same to the table of addresses and, where the protocol has
// one, to that of ports.
func (c tables) addTo(family, transport string, src, dst netip.AddrPort, v volume) {
	c.add(family, netip.AddrPortFrom(src.Addr(), 0), netip.AddrPortFrom(dst.Addr(), 0), v)
	if transport != "" {
		c.add(transport, src, dst, v)
	}
}

// portTables are the tables with ports, by IP protocol.
var portTables = map[uint16]string{parse.ProtoTCP: "tcp", parse.ProtoUDP: "udp", parse.ProtoSCTP: "sctp"}

// tablesOf makes the tables from the flows of a record.
func tablesOf(t *testing.T, r *export.Record) tables {
	t.Helper()
	all := tables{}
	for i := range r.Flows {
		f := &r.Flows[i]
		if f.Family != "ipv4" && f.Family != "ipv6" {
			continue
		}
		transport := ""
		if f.Proto == "tcp" || f.Proto == "udp" || f.Proto == "sctp" {
			transport = f.Proto
		}
		local, remote := addrPort(t, f.Local), addrPort(t, f.Remote)
		all.addTo(f.Family, transport, local, remote, volume{f.PacketsSent, f.BytesSent})
		all.addTo(f.Family, transport, remote, local, volume{f.PacketsReceived, f.BytesReceived})
	}
	return all
}

// tablesOfPackets makes the tables from what tshark saw in each packet.
func tablesOfPackets(ps []expectedPacket) tables {
	all := tables{}
	for i := range ps {
		if p := &ps[i]; p.proto.family != "link" {
			all.addTo(p.proto.family, portTables[p.proto.number], p.src, p.dst, volume{1, p.length})
		}
	}
	return all
}

func addrPort(t *testing.T, e export.Endpoint) netip.AddrPort {
	t.Helper()
	a, err := netip.ParseAddr(e.IP)
	if err != nil {
		t.Fatalf("address of a flow: %v", err)
	}
	return netip.AddrPortFrom(a, e.Port)
}

// differing says for each key on which two maps differ how they do.
func differing[K, V comparable](got, want map[K]V) (all []string) {
	for k, v := range want {
		if got[k] != v {
			all = append(all, fmt.Sprintf("%v: got %v, want %v", k, got[k], v))
		}
	}
	for k, v := range got {
		if _, ok := want[k]; !ok {
			all = append(all, fmt.Sprintf("%v: got %v, want none", k, v))
		}
	}
	slices.Sort(all)
	return all
}
