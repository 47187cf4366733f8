package track

import "sockeye/parse"

// Fragments carry ports only in the first one of a datagram (RFC 791; RFC 8200,
// 4.5). fragments remembers, for a while, the flow of each datagram that is on
// its way, and holds back fragments that come before their first.

const (
	fragSets    = 256
	fragWays    = 4
	fragTimeout = 30_000_000_000 // ns; the kernel's ipfrag_time
)

// fragments is a set-associative cache; the oldest of a set makes room.
type fragments struct {
	sets    *[fragSets]fragSet // allocated with the first fragment
	waiting Count              // held back, in no flow
}

type fragSet [fragWays]datagram

type datagram struct {
	name    parse.Key // without ports
	id      uint32
	swapped bool
	used    bool
	known   bool      // the first fragment was seen: flow and its direction are valid
	turned  bool      // the direction within flow
	flow    parse.Key // with ports
	time    int64     // newest fragment
	held    Count
	sample  parse.Packet // the newest of those held, without data
}

// portless is the key of all fragments between two ends but the first of each
// datagram.
func portless(k parse.Key, swapped bool) (parse.Key, bool) {
	k.APort, k.BPort = 0, 0
	if k.AHi == k.BHi && k.ALo == k.BLo {
		swapped = false // with equal addresses the ports gave the order
	}
	return k, swapped
}

// join gives a fragment the key of its datagram's flow. It returns false when
// that is not known yet: the fragment is held back.
func (sh *Shard) join(p *parse.Packet) bool {
	if sh.frags.sets == nil {
		sh.frags.sets = new([fragSets]fragSet)
	}
	name, swapped := portless(p.Key, p.Swapped)
	// No seed: which set fills up decides when a datagram is given up, and a file
	// shall read the same twice. Who makes keys collide on purpose gains no more
	// than that fragments lose their ports, which he can have for less.
	h := name.Hash(parse.Seed{}) ^ uint64(p.FragID)*0x9e3779b97f4a7c15
	set := &sh.frags.sets[(h^h>>32)%fragSets]
	d := set.find(&name, p.FragID, swapped)
	if d != nil && p.Time-d.time > fragTimeout {
		sh.abandon(d)
		d = nil
	}
	if d == nil {
		d = set.oldest()
		sh.abandon(d)
		*d = datagram{name: name, id: p.FragID, swapped: swapped, used: true}
	}
	d.time = max(d.time, p.Time)
	switch {
	case p.Status&parse.FirstFrag != 0:
		d.known, d.flow, d.turned = true, p.Key, p.Swapped
		sh.release(d)
		return true
	case d.known:
		p.Key, p.Swapped = d.flow, d.turned
		return true
	}
	if d.held.Packets == 0 || d.sample.Iface == p.Iface {
		d.held.Add(countOf(p))
		sh.frags.waiting.Add(countOf(p))
		d.sample = *p
		d.sample.Data = nil
	}
	return false
}

func (s *fragSet) find(name *parse.Key, id uint32, swapped bool) *datagram {
	for i := range s {
		if d := &s[i]; d.used && d.id == id && d.swapped == swapped && d.name == *name {
			return d
		}
	}
	return nil
}

func (s *fragSet) oldest() *datagram {
	best := &s[0]
	for i := range s {
		if !s[i].used {
			return &s[i]
		}
		if s[i].time < best.time {
			best = &s[i]
		}
	}
	return best
}

// release counts what a datagram held back, now that its flow is known.
func (sh *Shard) release(d *datagram) {
	if d.held.Packets == 0 {
		return
	}
	d.sample.Key, d.sample.Swapped = d.flow, d.turned
	sh.settleHeld(d)
}

// abandon gives up waiting for a first fragment: what was held back counts
// under the two addresses without ports.
func (sh *Shard) abandon(d *datagram) {
	if d.used && d.held.Packets != 0 {
		sh.settleHeld(d)
	}
	d.used = false
}

// abandonAll is for the end of the capture.
func (sh *Shard) abandonAll() {
	if sh.frags.sets == nil {
		return
	}
	for i := range sh.frags.sets {
		for k := range sh.frags.sets[i] {
			sh.abandon(&sh.frags.sets[i][k])
		}
	}
}

// settleHeld sends what was held back to the flow that sample names.
func (sh *Shard) settleHeld(d *datagram) {
	held := d.held
	d.held = Count{}
	sh.frags.waiting.Sub(held)
	sh.deliver(&d.sample, held)
}
