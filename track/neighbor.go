// Hot path: no allocation but for a neighbour that is new.

package track

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"

	"sockeye/parse"
)

// A Neighbor is a host on a link of this machine's, as ARP or neighbour discovery
// tells of it.
type Neighbor struct {
	Addr        netip.Addr
	MAC         [6]byte // the one that it was last seen with
	First, Last int64   // capture time, ns since the Unix epoch, of the first and last message by which it made itself known with any MAC address
	Iface       uint16  // slot of the interface where it was last
	VLAN        uint16  // 0 when untagged
	Router      bool    // it says that it is one; of IPv6
	// Others counts the other MAC addresses that it was seen with on its link: more than 0 when
	// the card was changed, when routers share the address, or when someone pretends
	// to be the neighbour.
	Others int
}

// maxNeighbors bounds what a shard keeps. The one that was silent for longest makes
// room.
const maxNeighbors = 4096

// neighbors are those of one shard, linked from the newest to the oldest.
type neighbors struct {
	at     map[neighborKey]int32 // place in list
	list   []neighbor
	newest int32
	oldest int32
}

type neighborKey struct {
	hi, lo uint64
	mac    [6]byte
	family parse.Family
	_      uint8
}

type neighbor struct {
	key          neighborKey
	first, last  int64
	newer, older int32
	iface, vlan  uint16
	router       bool
}

// note keeps that a message told of a neighbour.
func (n *neighbors) note(k neighborKey, p *parse.Packet, router bool) *neighbor {
	i, ok := n.at[k]
	if !ok {
		i = n.make(k, p.Time)
	}
	e := &n.list[i]
	if n.newest != i {
		n.unlink(i)
		n.link(i)
	}
	e.first, e.last = min(e.first, p.Time), max(e.last, p.Time)
	e.iface, e.vlan, e.router = p.Iface, p.VLAN, e.router || router
	return e
}

// make adds a neighbour, in the place of the oldest where there is no other.
func (n *neighbors) make(k neighborKey, ns int64) int32 {
	if n.at == nil {
		n.at = make(map[neighborKey]int32)
		n.newest, n.oldest = -1, -1
	}
	i := int32(len(n.list))
	if i == maxNeighbors {
		i = n.oldest
		delete(n.at, n.list[i].key)
		n.unlink(i)
	} else {
		n.list = append(n.list, neighbor{})
	}
	n.list[i] = neighbor{key: k, first: ns, last: ns}
	n.at[k] = i
	n.link(i)
	return i
}

// link makes a place the newest.
func (n *neighbors) link(i int32) {
	e := &n.list[i]
	e.newer, e.older = -1, n.newest
	if n.newest >= 0 {
		n.list[n.newest].newer = i
	} else {
		n.oldest = i
	}
	n.newest = i
}

func (n *neighbors) unlink(i int32) {
	e := &n.list[i]
	if e.newer >= 0 {
		n.list[e.newer].older = e.older
	} else {
		n.newest = e.older
	}
	if e.older >= 0 {
		n.list[e.older].newer = e.newer
	} else {
		n.oldest = e.newer
	}
}

// setBack shifts times to a clock that was set back.
func (n *neighbors) setBack(shift func(*int64)) {
	for i := range n.list {
		shift(&n.list[i].first)
		shift(&n.list[i].last)
	}
}

// meet looks for a neighbour in a packet of ARP or of neighbour discovery.
func (sh *Shard) meet(p *parse.Packet) {
	switch {
	case p.Key.Family == parse.FamilyARP:
		sh.arpNeighbor(p)
	case p.Key.Family == parse.FamilyIPv6 && p.Key.Proto == parse.ProtoICMPv6 && p.ICMPType >= ndFirst && p.ICMPType <= ndLast:
		sh.ndNeighbor(p)
	}
}

// arpNeighbor takes the sender of an ARP message (RFC 826) for a neighbour if it is
// one: request and reply name both its addresses. One that is finding out
// whether an address is free (RFC 5227) has none yet. A frame that says to come from
// another station than the message inside is not believed.
func (sh *Shard) arpNeighbor(p *parse.Packet) {
	const message = 28 // over Ethernet, about IPv4
	b := at(p, int(p.L3), message)
	if b == nil || p.Status&(parse.Inner|parse.Malformed) != 0 {
		return
	}
	const ethernet, macLen, ipLen = 1, 6, 4
	if binary.BigEndian.Uint16(b) != ethernet || b[4] != macLen || b[5] != ipLen {
		return
	}
	if op := binary.BigEndian.Uint16(b[6:]); op != 1 && op != 2 {
		return
	}
	if p.Link == parse.LinkEthernet && !bytes.Equal(b[8:14], p.Data[6:12]) {
		return
	}
	from := end{lo: uint64(binary.BigEndian.Uint32(b[14:])), family: parse.FamilyIPv4}
	sh.neighbor(p, from, b[8:14], false)
}

// The types of neighbour discovery that name a link address (RFC 4861, 4).
const (
	ndRouterSolicitation    = 133
	ndRouterAdvertisement   = 134
	ndNeighborSolicitation  = 135
	ndNeighborAdvertisement = 136

	ndFirst = ndRouterSolicitation
	ndLast  = ndNeighborAdvertisement
)

// ndNeighbor takes the link address that a message of neighbour discovery names.
// The hop limit proves that no router passed it on (RFC 4861, 7.1), and fragments
// are not allowed (RFC 6980).
func (sh *Shard) ndNeighbor(p *parse.Packet) {
	const hopLimit, ipv6Header = 7, 40
	ip := at(p, int(p.L3), ipv6Header)
	body := p.PayloadBytes()
	if ip == nil || ip[0]>>4 != 6 || ip[hopLimit] != 255 || p.ICMPCode != 0 || p.L3 >= p.L4 ||
		p.Status&(parse.Fragment|parse.Inner|parse.Malformed|parse.Truncated) != 0 {
		return
	}
	src := end{hi: binary.BigEndian.Uint64(ip[8:]), lo: binary.BigEndian.Uint64(ip[16:]), family: parse.FamilyIPv6}
	const sourceAddress, targetAddress, target = 1, 2, 16
	switch p.ICMPType {
	case ndRouterSolicitation:
		sh.ndOption(p, body, sourceAddress, src, false)
	case ndRouterAdvertisement:
		const timers = 8 // reachable time, retransmission timer
		if len(body) >= timers {
			sh.ndOption(p, body[timers:], sourceAddress, src, true)
		}
	case ndNeighborSolicitation:
		if len(body) >= target {
			sh.ndOption(p, body[target:], sourceAddress, src, false)
		}
	case ndNeighborAdvertisement:
		if len(body) >= target {
			router := p.Data[p.L4+4]&0x80 != 0
			of := end{hi: binary.BigEndian.Uint64(body), lo: binary.BigEndian.Uint64(body[8:]), family: parse.FamilyIPv6}
			sh.ndOption(p, body[target:], targetAddress, of, router)
		}
	}
}

// ndOption finds the option with a link address among those of a message.
func (sh *Shard) ndOption(p *parse.Packet, b []byte, want uint8, of end, router bool) {
	const unit, macOption = 8, 1 // an option's length is in units of eight bytes
	for len(b) >= unit {
		n := int(b[1])
		if n == 0 || n*unit > len(b) {
			return
		}
		if b[0] == want && n == macOption {
			sh.neighbor(p, of, b[2:8], router)
			return
		}
		b = b[n*unit:]
	}
}

// neighbor notes a neighbour whose addresses are those of one host.
func (sh *Shard) neighbor(p *parse.Packet, of end, mac []byte, router bool) {
	const group = 1 // the bit of a MAC address
	if of.unspecified() || of.group() || of.loopback() || mac[0]&group != 0 || [6]byte(mac) == [6]byte{} {
		return
	}
	if of.family == parse.FamilyIPv6 && of.hi == 0 {
		return // ::ffff:0:0/96 and its like are on no link
	}
	sh.neighbors.note(neighborKey{hi: of.hi, lo: of.lo, family: of.family, mac: [6]byte(mac)}, p, router)
}

// Neighbors appends the hosts on the links of this machine's that made themselves
// known, by address, then by link: one address may stand for a host on each. They are
// bounded: of each shard, the last 4096 pairs of addresses.
func (t *Table) Neighbors(to []Neighbor) []Neighbor {
	begin := len(to)
	for _, sh := range t.shards {
		sh.mu.Lock()
		for i := range sh.neighbors.list {
			to = append(to, sh.neighbors.list[i].export())
		}
		sh.mu.Unlock()
	}
	// What several shards know of a pair comes first, since the link is the newest.
	found := sumUp(to[begin:], func(a, b *Neighbor) int {
		return cmp.Or(a.Addr.Compare(b.Addr), bytes.Compare(a.MAC[:], b.MAC[:]))
	})
	found = sumUp(found, func(a, b *Neighbor) int {
		return cmp.Or(a.Addr.Compare(b.Addr), cmp.Compare(a.Iface, b.Iface), cmp.Compare(a.VLAN, b.VLAN))
	})
	return to[:begin+len(found)]
}

// sumUp sorts neighbours and makes one of those that are equal.
func sumUp(all []Neighbor, compare func(a, b *Neighbor) int) []Neighbor {
	slices.SortStableFunc(all, func(a, b Neighbor) int { return compare(&a, &b) })
	kept := all[:0]
	for i := range all {
		if last := len(kept) - 1; last >= 0 && compare(&kept[last], &all[i]) == 0 {
			kept[last] = kept[last].join(all[i])
		} else {
			kept = append(kept, all[i])
		}
	}
	return kept
}

// join returns what both say of one address: the newest, and how many other MAC
// addresses there are. Those of e are not among those of n.
func (n Neighbor) join(e Neighbor) Neighbor {
	first, router, others := min(n.First, e.First), n.Router || e.Router, n.Others
	if e.MAC != n.MAC {
		others++
	}
	if e.Last > n.Last {
		n = e
	}
	n.First, n.Router, n.Others = first, router, others
	return n
}

func (e *neighbor) export() Neighbor {
	k := &e.key
	return Neighbor{
		Addr: end{hi: k.hi, lo: k.lo, family: k.family}.addr(), MAC: k.mac,
		First: e.first, Last: e.last, Iface: e.iface, VLAN: e.vlan, Router: e.router,
	}
}
