package track

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/packet"
	"sockeye/parse"
)

var (
	mac1 = packet.MAC{0x52, 0x54, 0, 0, 0, 1}
	mac2 = packet.MAC{0x52, 0x54, 0, 0, 0, 2}
)

// linkOption is an option of neighbour discovery with a link address.
func linkOption(kind byte, mac packet.MAC) packet.Bytes {
	return append(packet.Bytes{kind, 1}, mac[:]...)
}

func target(a netip.Addr, options ...byte) packet.Bytes {
	b := a.As16()
	return append(b[:], options...)
}

// neighborMessages are messages that make a neighbour known, and such that must not.
func neighborMessages() []struct {
	name  string
	p     parse.Packet
	addr  string // "" for none
	route bool
} {
	arp := func(eth packet.MAC, a packet.ARP) parse.Packet {
		return frame(0, packet.Ethernet{Src: eth, Type: 0x806}, a)
	}
	from1 := packet.ARP{SrcMAC: mac1, Src: packet.IP("192.0.2.7"), Dst: packet.IP("192.0.2.1")}
	with := func(a packet.ARP, change func(*packet.ARP)) packet.ARP {
		change(&a)
		return a
	}
	fe80 := packet.IP("fe80::7")
	nd := func(ip packet.IPv6, kind byte, flags uint16, body packet.Bytes) parse.Packet {
		if ip.HopLimit == 0 {
			ip.HopLimit = 255
		}
		return frame(0, packet.Ethernet{Src: mac1, Type: 0x86dd}, ip, packet.ICMPv6{Type: kind, ID: flags}, body)
	}
	ip := packet.IPv6{Src: fe80, Dst: packet.IP("ff02::1")}
	solicit := target(packet.IP("fe80::9"), linkOption(1, mac1)...)
	code := nd(ip, 135, 0, solicit)
	code.Data[55] = 1
	code.Decode()
	wrongSize := arp(mac1, from1)
	wrongSize.Data[18] = 8
	wrongSize.Decode()
	return []struct {
		name  string
		p     parse.Packet
		addr  string
		route bool
	}{
		{"ARP request", arp(mac1, from1), "192.0.2.7", false},
		{"ARP reply", arp(mac1, with(from1, func(a *packet.ARP) { a.Op = 2 })), "192.0.2.7", false},
		{"ARP announcement", arp(mac1, with(from1, func(a *packet.ARP) { a.Dst = a.Src })), "192.0.2.7", false},
		{"ARP probe", arp(mac1, with(from1, func(a *packet.ARP) { a.Src = packet.IP("0.0.0.0") })), "", false},
		{"ARP of another station", arp(mac2, from1), "", false},
		{"ARP from a group's MAC", arp(packet.MAC{1, 0, 0x5e, 0, 0, 1}, with(from1, func(a *packet.ARP) { a.SrcMAC = packet.MAC{1, 0, 0x5e, 0, 0, 1} })), "", false},
		{"ARP from a group", arp(mac1, with(from1, func(a *packet.ARP) { a.Src = packet.IP("224.0.0.1") })), "", false},
		{"ARP from everybody", arp(mac1, with(from1, func(a *packet.ARP) { a.Src = packet.IP("255.255.255.255") })), "", false},
		{"ARP of another kind", arp(mac1, with(from1, func(a *packet.ARP) { a.Op = 8 })), "", false},
		{"ARP with long MACs", wrongSize, "", false},
		{"neighbour solicitation", nd(ip, 135, 0, solicit), "fe80::7", false},
		{"neighbour solicitation without an option", nd(ip, 135, 0, target(fe80)), "", false},
		{"duplicate address detection", nd(packet.IPv6{Src: packet.IP("::"), Dst: ip.Dst}, 135, 0, solicit), "", false},
		{"neighbour advertisement", nd(packet.IPv6{Src: packet.IP("fe80::8"), Dst: ip.Dst}, 136, 0x6000, target(fe80, linkOption(2, mac1)...)), "fe80::7", false},
		{"neighbour advertisement of a router", nd(ip, 136, 0x8000, target(fe80, linkOption(2, mac1)...)), "fe80::7", true},
		{"neighbour advertisement with the wrong option", nd(ip, 136, 0, target(fe80, linkOption(1, mac1)...)), "", false},
		{"router solicitation", nd(ip, 133, 0, linkOption(1, mac1)), "fe80::7", false},
		{"router advertisement", nd(ip, 134, 0, append(make(packet.Bytes, 8), append(packet.Bytes{5, 1, 0, 0, 0, 0, 5, 0xdc}, linkOption(1, mac1)...)...)), "fe80::7", true},
		{"from beyond a router", nd(packet.IPv6{Src: fe80, Dst: ip.Dst, HopLimit: 254}, 135, 0, solicit), "", false},
		{"with a code", code, "", false},
		{"option without a length", nd(ip, 133, 0, packet.Bytes{1, 0, 0x52, 0x54, 0, 0, 0, 1}), "", false},
		{"option beyond the end", nd(ip, 133, 0, packet.Bytes{1, 2, 0x52, 0x54, 0, 0, 0, 1}), "", false},
		{"an echo", nd(ip, 128, 0, linkOption(1, mac1)), "", false},
	}
}

func TestNeighbors(t *testing.T) {
	for _, c := range neighborMessages() {
		t.Run(c.name, func(t *testing.T) {
			tab := newTable(t, Config{})
			c.p.Iface, c.p.VLAN = 3, 42
			count(tab, 0, c.p)
			got := tab.Neighbors(nil)
			if c.addr == "" {
				if len(got) != 0 {
					t.Errorf("got %+v, want none", got)
				}
				return
			}
			want := Neighbor{Addr: packet.IP(c.addr), MAC: mac1, First: t0, Last: t0, Iface: 3, VLAN: 42, Router: c.route}
			if len(got) != 1 || got[0] != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// Every cut of a message is either the message or nothing.
func TestNeighborsCutShort(t *testing.T) {
	for _, c := range neighborMessages() {
		for n := range c.p.Data {
			tab := newTable(t, Config{MaxFlows: 16})
			p := parse.Packet{Data: c.p.Data[:n], WireLen: c.p.WireLen, Link: c.p.Link, Time: t0}
			p.Decode()
			count(tab, 0, p)
			for _, got := range tab.Neighbors(nil) {
				if got.Addr.String() != c.addr || got.MAC != mac1 {
					t.Errorf("%s, cut to %d bytes: got %+v", c.name, n, got)
				}
			}
		}
	}
}

// What several shards know of one address is one neighbour, with the MAC address
// that was seen last.
func TestNeighborsOfAllShards(t *testing.T) {
	tab := newTable(t, Config{Shards: 3})
	say := func(shard int, ms64 int64, mac packet.MAC, ip string) {
		count(tab, shard, frame(ms64*ms, packet.Ethernet{Src: mac, Type: 0x806}, packet.ARP{SrcMAC: mac, Src: packet.IP(ip)}))
	}
	say(0, 5, mac1, "192.0.2.7")
	say(1, 1, mac1, "192.0.2.7")
	say(2, 9, mac2, "192.0.2.7")
	say(1, 3, mac2, "192.0.2.7")
	say(1, 2, mac1, "192.0.2.1")
	got := tab.Neighbors(nil)
	want := []Neighbor{
		{Addr: packet.IP("192.0.2.1"), MAC: mac1, First: t0 + 2*ms, Last: t0 + 2*ms},
		{Addr: packet.IP("192.0.2.7"), MAC: mac2, First: t0 + 1*ms, Last: t0 + 9*ms, Others: 1},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// The same address on two links is two hosts: fe80::1 is a usual one for routers, and
// so is 192.168.1.1. One host that is heard on a bridge and on its port is one.
func TestNeighborsByLink(t *testing.T) {
	tab := newTable(t, Config{Shards: 2})
	say := func(shard int, at int64, mac packet.MAC, iface, vlan uint16) {
		p := frame(at*ms, packet.Ethernet{Src: mac, Type: 0x806}, packet.ARP{SrcMAC: mac, Src: packet.IP("192.168.1.1"), Dst: packet.IP(fmt.Sprintf("192.168.1.%d", 1+at))})
		p.Iface, p.VLAN = iface, vlan
		count(tab, shard, p)
	}
	say(0, 1, mac1, 1, 0)
	say(1, 2, mac1, 2, 0)
	say(0, 3, mac2, 3, 0)
	say(0, 4, packet.MAC{4}, 3, 7)
	say(1, 5, packet.MAC{6}, 3, 7)
	got := tab.Neighbors(nil)
	addr := packet.IP("192.168.1.1")
	want := []Neighbor{
		{Addr: addr, MAC: mac1, First: t0 + 1*ms, Last: t0 + 2*ms, Iface: 2},
		{Addr: addr, MAC: mac2, First: t0 + 3*ms, Last: t0 + 3*ms, Iface: 3},
		{Addr: addr, MAC: packet.MAC{6}, First: t0 + 4*ms, Last: t0 + 5*ms, Iface: 3, VLAN: 7, Others: 1},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Two routers that say the same at the same time on two links are two, though their
// packets have one key and the second is taken for a copy of the first.
func TestNeighborsOfEqualMessages(t *testing.T) {
	tab := newTable(t, Config{})
	for i, mac := range []packet.MAC{mac1, mac2} {
		p := frame(ms, packet.Ethernet{Src: mac, Type: 0x806}, packet.ARP{SrcMAC: mac, Src: packet.IP("192.168.1.1"), Dst: packet.IP("192.168.1.9")})
		p.Iface = uint16(i)
		count(tab, 0, p)
	}
	if got := tab.Neighbors(nil); len(got) != 2 || got[0].MAC == got[1].MAC {
		t.Errorf("got %+v, want both", got)
	}
}

// Of more neighbours than are kept, those that were silent for longest are dropped.
func TestNeighborsAreBounded(t *testing.T) {
	tab := newTable(t, Config{})
	w := tab.Shard(0)
	say := func(n int) {
		var ip [4]byte
		binary.BigEndian.PutUint32(ip[:], 10<<24|uint32(n))
		w.Packets([]parse.Packet{frame(int64(n)*ms, packet.Ethernet{Src: mac1, Type: 0x806}, packet.ARP{SrcMAC: mac1, Src: netip.AddrFrom4(ip)})})
	}
	for n := range maxNeighbors + 100 {
		say(1 + n)
		if n%1000 == 0 {
			say(1) // who goes on talking stays
		}
	}
	w.EndBlock()
	got := tab.Neighbors(nil)
	if len(got) != maxNeighbors {
		t.Fatalf("got %d neighbours, want %d", len(got), maxNeighbors)
	}
	if got[0].Addr != packet.IP("10.0.0.1") || got[1].Addr.Less(packet.IP("10.0.0.100")) {
		t.Errorf("got %v and %v first, want 10.0.0.1 and one of the younger ones", got[0].Addr, got[1].Addr)
	}
}

func TestNeighborsAllocateNothing(t *testing.T) {
	tab := newTable(t, Config{})
	var ps []parse.Packet
	for _, c := range neighborMessages() {
		ps = append(ps, c.p)
	}
	w := tab.Shard(0)
	w.Packets(ps)
	testkit.ZeroAllocs(t, "messages of known neighbours", func() {
		w.Packets(ps)
		w.EndBlock()
	})
}
