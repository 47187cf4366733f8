// Hot path: no allocation in the steady state.

package track

import (
	"sync"
	"unsafe"

	"sockeye/internal/prefetch"
	"sockeye/parse"
)

// Shard holds the flows that one fanout queue carries. Everything in it is
// guarded by mu, which a writer takes once a block and a snapshot for at most
// a few hundred microseconds at a time.
type Shard struct {
	mu sync.Mutex
	t  *Table
	n  int // its number

	flows *slab[flow]
	dense *slab[dense]
	conns *conns // of TCP
	// reports are by slot, too: of flows that have the flag.
	reports *slab[report]
	index   *index
	live    int    // flows in it, with shadows
	shadows int    // of them, see translate.go
	made    uint64 // flows made so far: their ids are made*shards+n+1

	hand        uint32 // where eviction looks next
	threshold   int64  // it takes flows that have been idle since then
	sinceSample int    // evictions since the threshold was set
	rng         uint64 // for sampling; not random, so that a file reads the same twice
	idleHand    uint32 // where the search for expired flows goes on
	denseHand   uint32 // where the search for unused histories goes on
	denseAgain  int64  // when it may go on

	clock  int64  // the newest packet's time
	lo, hi int64  // the bucket that is counted in: [lo, hi)
	bucket uint32 // its number

	books  *accounts
	ifaces []tally  // by slot
	meters []*meter // the same, shared; nil until there is something for it

	journal   journal
	moves     migrations
	apps      apps
	seen      slots                 // by the snapshot that goes through the shard
	top       ranking               // of a snapshot, with Config.Split
	judged    *localAddrs           // the addresses that forwarded flows were last held against
	elsewhere map[uint32]*elsewhere // by slot, of flows with manyIfaces
	copies    Count                 // packets that counted on another interface
	frags     fragments
	post      post
	losses    Losses

	owned     *owned // nil where nobody finds out whose flows are
	events    events
	history   history
	late      late
	neighbors neighbors

	hashes  [batchMax]uint64
	guesses [batchMax]uint32
}

// batchMax is the largest batch that is hashed ahead; larger ones are split.
const batchMax = 64

// staleNs is the age at which a flow's history is outside every window.
const staleNs = denseBuckets * bucketNs

func newShard(t *Table, n int) (*Shard, error) {
	flows, err := newSlab[flow](uint32(t.cfg.MaxFlows))
	if err != nil {
		return nil, err
	}
	histories, err := newSlab[dense](uint32(t.cfg.HistoryBytes / t.cfg.Shards / denseBytes))
	if err != nil {
		flows.release()
		return nil, err
	}
	conns, err := newConns(uint32(t.cfg.MaxFlows))
	if err != nil {
		flows.release()
		histories.release()
		return nil, err
	}
	reports, err := newSlab[report](uint32(t.cfg.MaxFlows))
	if err != nil {
		flows.release()
		histories.release()
		conns.release()
		return nil, err
	}
	sh := &Shard{
		t: t, n: n, flows: flows, dense: histories, conns: conns, reports: reports, index: newIndex(),
		rng:       uint64(n)*0x9e3779b97f4a7c15 + 1,
		books:     newAccounts(),
		elsewhere: make(map[uint32]*elsewhere),
		history:   history{most: (t.cfg.History + t.cfg.Shards - 1) / t.cfg.Shards},
	}
	sh.post.init(t.cfg.Shards)
	sh.apps.begin(t.cfg.AppBytes/t.cfg.Shards, t.cfg.Events)
	return sh, nil
}

func (sh *Shard) packets(ps []parse.Packet) {
	for len(ps) > 0 {
		n := min(len(ps), batchMax)
		sh.batch(ps[:n])
		ps = ps[n:]
	}
}

func (sh *Shard) batch(ps []parse.Packet) {
	large := sh.flows.n >= prefetchFrom
	for i := range ps {
		h := ps[i].Key.Hash(sh.t.seed)
		sh.hashes[i] = h
		if large {
			s := sh.index.segment(h)
			prefetch.Line(unsafe.Pointer(&s.entries[uint32(h)&s.mask]))
		}
	}
	sh.guess(ps)
	if large {
		sh.fetch(sh.guesses[:len(ps)])
		sh.fetchConns(ps)
	}
	for i := range ps {
		p := &ps[i]
		if p.Status&(parse.Fragment|parse.Stray|aside) != 0 {
			sh.stray(p)
			continue
		}
		slot := sh.guesses[i]
		f := sh.flows.at(slot)
		if !f.current() || !sameKey(&f.key, &p.Key) {
			f, slot = sh.find(&p.Key, sh.hashes[i])
		} else if sh.hit(f, slot, p) {
			if p.Process != 0 {
				sh.told(f, slot, p)
			}
			continue
		}
		if f == nil && sh.isLate(p, sh.hashes[i]) {
			sh.onInterface(p, nil)
			continue
		}
		if f == nil || sh.succeeded(f, slot, p) {
			f, slot = sh.create(p, sh.hashes[i])
		}
		sh.onInterface(p, f)
		if f.home[wayOf(p.Swapped)] == p.Iface && f.flags&manyIfaces == 0 || sh.carried(f, slot, p) {
			sh.count(f, slot, p)
		}
		if p.Process != 0 {
			sh.told(f, slot, p)
		}
	}
}

// hit counts a packet the way nearly every packet counts: its flow has had one
// in this bucket before, on this interface, and none that is newer. It does what
// onInterface and count do, at once (BenchmarkUpdate/flows=1000: 26 ns instead of
// 29). It returns false, and has done nothing, where the packet is of another sort.
func (sh *Shard) hit(f *flow, slot uint32, p *parse.Packet) bool {
	way := wayOf(p.Swapped)
	if f.home[way] != p.Iface || f.flags&manyIfaces != 0 || int(p.Iface) >= len(sh.ifaces) ||
		p.Time < sh.lo || p.Time >= sh.hi || uint64(p.Time-f.last) >= bucketNs || sh.clock-p.Time > staleNs ||
		p.TCPFlags&parse.FlagSYN != 0 || maybeInitial(p) {
		return false
	}
	s := &f.recent[(f.spans-1)%maxSpans]
	if f.spans == 0 || s.at != sh.bucket&atMask {
		return false
	}
	f.last = p.Time
	f.tag = f.tag&^vlanMask | p.VLAN
	sh.clock = max(sh.clock, p.Time)
	f.count[way].addPacket(p)
	addSat(&s.bytes[way], p.WireLen)
	s.packets[way] += uint32(max(p.Segs, 1))
	local := f.way(p.Swapped)
	sh.books.of(f).count[local].addPacket(p)

	t := &sh.ifaces[p.Iface]
	t.dirty = true
	t.count[wayOn(p, local)].addPacket(p)
	if p.Status&(parse.Malformed|parse.Truncated) != 0 {
		t.parse.note(p)
	}
	if f.tag&followed != 0 {
		sh.follow(f, slot, p)
	}
	return true
}

// guess looks up the whole batch before any of it is counted: the loads of one
// packet do not depend on those of another, so that their cache misses overlap.
// In a small table this takes 5 ns off every packet, at a million flows 30.
// A guess is the first slot whose entry has the hash's low half; it is almost
// always right, and batch makes sure.
func (sh *Shard) guess(ps []parse.Packet) {
	for i := range ps {
		h := sh.hashes[i]
		s := sh.index.segment(h)
		at := uint32(h) & s.mask
		e := s.entries[at]
		for e != 0 && uint32(e>>32) != uint32(h) {
			at = (at + 1) & s.mask
			e = s.entries[at]
		}
		sh.guesses[i] = uint32(max(e&0xffffffff, 1)) - 1
	}
}

// fetch asks for the lines of flows that counting and ranking look at.
func (sh *Shard) fetch(slots []uint32) {
	for _, slot := range slots {
		prefetch.Lines(unsafe.Pointer(sh.flows.at(slot)))
	}
}

// fetchConns asks for the records of the connections that a batch belongs to.
func (sh *Shard) fetchConns(ps []parse.Packet) {
	for i := range ps {
		if ps[i].Key.Proto == parse.ProtoTCP {
			sh.conns.fetch(sh.guesses[i])
		}
	}
}

// prefetchFrom is the size of a table that does not fit into the processor's
// second cache.
const prefetchFrom = 4096

// find returns the flow of a key, or nil.
func (sh *Shard) find(k *parse.Key, h uint64) (*flow, uint32) {
	s := sh.index.segment(h)
	i := uint32(h) & s.mask
	for {
		e := s.entries[i]
		if e == 0 {
			return nil, 0
		}
		if uint32(e>>32) == uint32(h) {
			slot := uint32(e) - 1
			if f := sh.flows.at(slot); sameKey(&f.key, k) {
				return f, slot
			}
		}
		i = (i + 1) & s.mask
	}
}

// sameKey compares word by word: the compiler's own comparison calls a
// function, which takes a third of the time of find.
func sameKey(a, b *parse.Key) bool {
	// Proof: a Key is 40 bytes of integers without padding, aligned to 8.
	x, y := (*[5]uint64)(unsafe.Pointer(a)), (*[5]uint64)(unsafe.Pointer(b))
	return x[1] == y[1] && x[3] == y[3] && x[4] == y[4] && x[0] == y[0] && x[2] == y[2]
}

// create makes the flow of a packet.
func (sh *Shard) create(p *parse.Packet, h uint64) (*flow, uint32) {
	slot := sh.take()
	f := sh.flows.at(slot)
	sh.made++
	// Free records are zero. Only what is not is written, so that the lines of
	// the counters are not fetched for nothing.
	f.key, f.last, f.first = p.Key, p.Time, p.Time
	f.id = p.Number
	if f.id == 0 {
		f.id = (sh.made-1)*uint64(sh.t.cfg.Shards) + uint64(sh.n) + 1
	}
	f.home = [2]uint16{noHome, noHome}
	f.sec = sh.bucketOf(p.Time) / secondBuckets
	f.tag = inUse
	sh.begin(f, slot, p)
	f.judge(sh.t.classify(p), p.Swapped, sh.t.cfg.ShowLoopback)
	if sh.t.cfg.Own != nil && sh.t.asked(&f.key) {
		f.flags |= filtered
	}
	sh.books.open(f)
	sh.journal.note(f.sec, slot)
	sh.index.insert(h, slot)
	if sh.t.strays.Load() != 0 && p.Status&(parse.Fragment|parse.Stray) == 0 {
		sh.claim(&p.Key, h)
	}
	sh.ask(f, slot)
	return f, slot
}

// judge writes a verdict into the flow.
func (f *flow) judge(v verdict, swapped, showLoopback bool) {
	f.flags &^= classMask | localB | knownStart | startedFrom | filtered
	f.setClass(v.class)
	if v.localIsSrc == swapped {
		f.flags |= localB
	}
	if v.startedBySrc == swapped {
		f.flags |= startedFrom
	}
	if v.known {
		f.flags |= knownStart
	}
	if v.outside || v.class == Loopback && !showLoopback {
		f.flags |= filtered
	}
}

// take finds room for a flow, by eviction where the table is full.
func (sh *Shard) take() uint32 {
	if sh.full() && sh.evict() {
		sh.losses.Evicted++
	}
	slot, ok := sh.flows.get()
	for !ok {
		// This shard alone has used up its slots: the count of all shards was
		// just below the cap.
		sh.evict()
		sh.losses.Evicted++
		slot, ok = sh.flows.get()
	}
	sh.live++
	sh.t.live.Add(1)
	return slot
}

// full reports whether the flow cap is reached: that of all shards together, but
// where each goes its own way its share, so that it alone decides.
func (sh *Shard) full() bool {
	if sh.t.cfg.Split {
		return sh.live >= max(1, sh.t.cfg.MaxFlows/sh.t.cfg.Shards)
	}
	return sh.t.live.Load() >= int64(sh.t.cfg.MaxFlows)
}

// onInterface adds the packet to what its interface carried.
func (sh *Shard) onInterface(p *parse.Packet, f *flow) {
	way := Received
	if f != nil {
		way = f.way(p.Swapped)
	}
	way = wayOn(p, way)
	if int(p.Iface) >= len(sh.ifaces) {
		sh.addInterface(p.Iface)
	}
	sh.bucketOf(p.Time) // which gives the meters what belongs to another one
	t := &sh.ifaces[p.Iface]
	t.dirty = true
	t.count[way].addPacket(p)
	if p.Status&(parse.Malformed|parse.Truncated) != 0 {
		t.parse.note(p)
	}
}

// wayOn returns the way of a packet on its interface: out of it or into it, which
// the kernel knows, else the flow's.
func wayOn(p *parse.Packet, flowWay int) int {
	switch p.Hint {
	case parse.HintNone:
		return flowWay
	case parse.HintOutgoing:
		return Sent
	}
	return Received
}

func (sh *Shard) addInterface(slot uint16) {
	for len(sh.ifaces) <= int(slot) {
		sh.meters = append(sh.meters, nil)
		sh.ifaces = append(sh.ifaces, tally{})
	}
}

// bucketOf returns the bucket of a time and makes it the one that is counted in.
func (sh *Shard) bucketOf(ns int64) uint32 {
	if ns >= sh.lo && ns < sh.hi {
		return sh.bucket
	}
	return sh.seekBucket(ns)
}

func (sh *Shard) seekBucket(ns int64) uint32 {
	if sh.t.start.Load() == 0 {
		sh.t.begin(max(ns, 1))
	}
	base := sh.t.rebase(ns)
	b := max(0, ns-base) / bucketNs
	sh.publish() // what was counted belongs to the bucket before
	for top := sh.t.newest.Load(); uint32(b) > top && !sh.t.newest.CompareAndSwap(top, uint32(b)); {
		top = sh.t.newest.Load()
	}
	sh.bucket = uint32(b)
	sh.lo = base + b*bucketNs
	sh.hi = sh.lo + bucketNs
	return sh.bucket
}

// count adds the packet to its flow.
func (sh *Shard) count(f *flow, slot uint32, p *parse.Packet) {
	way := wayOf(p.Swapped)
	b := sh.bucketOf(p.Time)
	f.count[way].addPacket(p)
	sh.books.of(f).count[f.way(p.Swapped)].addPacket(p)
	f.tag = f.tag&^vlanMask | p.VLAN

	if p.Time-f.last > staleNs {
		sh.forget(f)
	}
	if p.Time > f.last {
		f.last = p.Time
	} else if p.Time < f.first {
		f.first = p.Time
	}
	if f.tag&followed != 0 {
		sh.follow(f, slot, p)
	}
	if p.Time > sh.clock {
		sh.clock = p.Time
	} else if sh.clock-p.Time > staleNs {
		sh.losses.Untimely++
		return
	}
	if sec := b / secondBuckets; sec > f.sec {
		f.peak = sh.peaks(f)
		f.sec = sec
		sh.journal.note(sec, slot)
	}
	sh.note(f, b, way, p.WireLen, uint32(max(p.Segs, 1)))
}

// publish gives the meters what they do not have yet.
func (sh *Shard) publish() {
	sh.meter(sh.bucket)
	for i := range sh.ifaces {
		if !sh.ifaces[i].dirty {
			continue
		}
		if sh.meters[i] == nil {
			sh.meters[i] = sh.t.meterFor(uint16(i))
		}
		sh.ifaces[i].flush(sh.meters[i], sh.bucket)
	}
}

// forget drops a history that is outside every window.
func (sh *Shard) forget(f *flow) {
	f.peak = sh.peaks(f)
	if f.dense != 0 {
		sh.dense.put(f.dense - 1)
		f.dense = 0
	}
	f.spans = 0
}

// endBlock publishes the tallies, passes on what belongs to other shards, and asks
// whose the new flows are.
func (sh *Shard) endBlock() {
	sh.publish()
	sh.receive()
	sh.send()
	sh.askBlock()
}
