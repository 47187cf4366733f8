package track

import (
	"maps"

	"sockeye/parse"
)

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
	bytes   int                // in pieces, see gather.go
	homes   fragHomes
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
	gathering
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

// join gives a fragment the key of its datagram's flow, and returns what of it
// counts there: nothing of a copy. Known is false when the flow is not known yet;
// then what counts is held back.
func (sh *Shard) join(p *parse.Packet) (d *datagram, c Count, known bool) {
	if sh.frags.sets == nil {
		sh.frags.sets = new([fragSets]fragSet)
	}
	name, swapped := portless(p.Key, p.Swapped)
	// No seed: which set fills up decides when a datagram is given up, and a file
	// shall read the same twice. Who makes keys collide on purpose gains no more
	// than that fragments lose their ports, which he can have for less.
	h := name.Hash(parse.Seed{}) ^ uint64(p.FragID)*0x9e3779b97f4a7c15
	set := &sh.frags.sets[(h^h>>32)%fragSets]
	d = set.find(&name, p.FragID, swapped)
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
	if sh.frags.homes.has(fragWay{name, swapped}, p) {
		c = countOf(p)
	} else {
		sh.copied(p)
	}
	switch {
	case p.Status&parse.FirstFrag != 0:
		d.known, d.flow, d.turned = true, p.Key, p.Swapped
		sh.release(d)
		return d, c, true
	case d.known:
		p.Key, p.Swapped = d.flow, d.turned
		return d, c, true
	}
	if c.Packets > 0 {
		d.held.Add(c)
		sh.frags.waiting.Add(c)
		d.sample = *p
		d.sample.Data = nil
	}
	return d, c, false
}

// fragHomes says on which interface the fragments from one address to another
// count: that which brought the first, until it has been silent for rehomeAfter.
// All of them come to one queue, whichever interface they pass.
type fragHomes struct {
	by    map[fragWay]fragHome
	swept int64 // when the silent ones were last looked for
}

// maxFragHomes bounds fragHomes. Where more addresses send fragments within a
// second, copies may count.
const maxFragHomes = 1 << 14

type fragWay struct {
	name    parse.Key // without ports
	swapped bool
}

type fragHome struct {
	iface uint16
	last  int64 // newest fragment there
}

// has reports whether a fragment passed its home.
func (h *fragHomes) has(w fragWay, p *parse.Packet) bool {
	home, ok := h.by[w]
	switch {
	case ok && home.iface == p.Iface:
		home.last = max(home.last, p.Time)
	case ok && p.Time-home.last <= rehomeAfter:
		return false
	default:
		if len(h.by) >= maxFragHomes && !h.sweep(p.Time) {
			return true
		}
		home = fragHome{p.Iface, p.Time}
	}
	if h.by == nil {
		h.by = make(map[fragWay]fragHome)
	}
	h.by[w] = home
	return true
}

// sweep forgets homes that have been silent, at most once in rehomeAfter, and
// reports whether that made room.
func (h *fragHomes) sweep(now int64) bool {
	if now-h.swept <= rehomeAfter {
		return false
	}
	h.swept = now
	maps.DeleteFunc(h.by, func(_ fragWay, old fragHome) bool { return now-old.last > rehomeAfter })
	return len(h.by) < maxFragHomes
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
	sh.letGo(d)
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
