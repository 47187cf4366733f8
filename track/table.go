package track

import (
	"math"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"

	"sockeye/parse"
	"sockeye/track/proc"
)

// Config is how a Table is set up. The zero value is a table of one shard with
// the defaults.
type Config struct {
	Shards       int            // one a queue; 0 means 1
	MaxFlows     int            // 0 lets the machine's memory decide, see DefaultMaxFlows
	HistoryBytes int            // memory for dense histories; 0 means 10 MiB
	AppBytes     int            // memory for what is known of applications; 0 lets the machine's memory decide, see DefaultAppBytes
	Boundary     []netip.Prefix // -F: the end inside is the local one; empty for no boundary
	ShowLoopback bool           // loopback flows get rows
	Limits       *Limits        // flows that are silent for longer leave the table for Totals.Other; nil keeps them
	History      int            // how many of those are remembered; 0 means 5000, less than 0 none
	Inspect      bool           // look into payload for what flows speak
	Events       bool           // gather Events
	Split        bool           // packets reach the shards by a Feed
	// Held reports whether the kernel has an open socket for a flow: then it stays
	// past its time limit. It is asked of a flow that is about to leave, with the
	// shard locked, so it must be quick and may not use the table. nil is never.
	Held func(*parse.Key) bool
	// Own reports whether a local port is one from which this program itself asks
	// DNS: flows from there have no rows. It may be called by several goroutines.
	Own func(port uint16) bool
	// Owners finds out whose the flows are; nil for nobody.
	Owners Owners
	// Told says whose a packet is by its Process alone, as files have it. Then nothing is
	// asked of Owners but to put that into words, and of what nothing was told nothing is
	// said. It is quick, and may be called by several goroutines. Nil asks Owners.
	Told  func(process uint32) proc.Found
	Start int64 // the clock when counting begins, ns since the Unix epoch; 0 takes the first packet's time
}

// Table holds the flows of one capture.
//
// Writers count packets into shards; Snapshot and SetLocal may be called from
// any goroutine at any time.
type Table struct {
	cfg    Config
	limits *Limits // nil for none
	shards []*Shard
	seed   parse.Seed

	base      atomic.Int64  // the beginning of bucket 0, ns; start less baseBuckets
	start     atomic.Int64  // 0 until the first packet; follows the clock where that is set back
	began     atomic.Int64  // start as it was
	newest    atomic.Uint32 // the newest bucket of any shard
	live      atomic.Int64  // flows in all shards
	strays    atomic.Int64  // flows that a registrar made, see handoff.go
	strangers atomic.Bool   // a shard has some, see migrate.go
	unpaired  atomic.Bool   // there is something for pair to do, see translate.go
	walked    atomic.Bool   // a snapshot goes through the shards: no flow moves
	fed       atomic.Int64  // shards from 0 on that have a writer

	local atomic.Pointer[localAddrs]

	all    meter // every packet once, as its first count
	own    meter // this machine's flows with others
	hidden meter // what is filtered

	mu     sync.Mutex // guards meters
	meters []*meter   // by interface slot; nil for those that carried nothing
	snap   sync.Mutex // one snapshot at a time; guards what follows
	now    int64      // the clock of the last one
	ranks  []rank     // its memory, for the next one
	whose  []whose
	naming naming

	parting sync.Mutex // guards shadows; no other lock is taken with it
	shadows []shadowOf // whose flows have left

	telling   sync.Mutex  // guards what follows
	told      []told      // memory for the next call of Events
	remaining []remaining // flows whose end is still to be told
}

// baseBuckets is how many buckets lie before the start, for packets that are
// older than the first one: a file out of order, a ring read late.
const baseBuckets = 1024

// DefaultMaxFlows is the flow cap where none is given: as many records as fit
// into a sixteenth of the machine's memory, at most 2^20.
func DefaultMaxFlows() int {
	const most, least = 1 << 20, 1 << 14
	mem := memoryBytes()
	if mem == 0 {
		return most
	}
	return int(max(least, min(most, mem/16/(flowBytes+32))))
}

// New makes a table. It reserves address space for every flow that the cap
// allows; the memory itself is taken as flows come.
func New(c Config) (*Table, error) {
	if c.Shards <= 0 {
		c.Shards = 1
	}
	if c.MaxFlows <= 0 {
		c.MaxFlows = DefaultMaxFlows()
	}
	if c.HistoryBytes <= 0 {
		c.HistoryBytes = 10 << 20
	}
	if c.AppBytes <= 0 {
		c.AppBytes = DefaultAppBytes()
	}
	switch {
	case c.History == 0:
		c.History = defaultHistory
	case c.History < 0:
		c.History = 0
	}
	t := &Table{cfg: c, seed: parse.Seed{rand.Uint64(), rand.Uint64()}}
	if c.Limits != nil {
		t.limits = c.Limits.withDefaults()
	}
	t.local.Store(newLocalAddrs(nil))
	t.naming = newNaming(&c, t.isLocal)
	if c.Start != 0 {
		t.begin(c.Start)
	}
	for i := range c.Shards {
		sh, err := newShard(t, i)
		if err != nil {
			t.Close()
			return nil, err
		}
		t.shards = append(t.shards, sh)
		if c.Owners == nil {
			continue
		}
		if sh.owned, err = newOwned(uint32(c.MaxFlows), c.Shards); err != nil {
			t.Close()
			return nil, err
		}
	}
	return t, nil
}

// Close gives the table's memory back. No writer may be in use, and nothing of
// the table may be used afterwards.
func (t *Table) Close() {
	for _, sh := range t.shards {
		sh.flows.release()
		sh.dense.release()
		sh.conns.release()
		sh.reports.release()
		sh.owned.release()
		sh.index.release()
	}
	t.shards = nil
}

// Shard returns a writer into shard i, modulo the number of shards. Each
// goroutine needs a writer of its own; several writers may share a shard.
// Writers are made in the order of shards, before packets come: shards without
// one take no part in what crosses from shard to shard.
func (t *Table) Shard(i int) *Writer {
	i %= len(t.shards)
	for fed := t.fed.Load(); int64(i) >= fed && !t.fed.CompareAndSwap(fed, int64(i)+1); {
		fed = t.fed.Load()
	}
	return &Writer{sh: t.shards[i]}
}

// SetLocal tells which addresses are this machine's own. Flows that were taken
// for forwarded before their address was known are put right by the next
// snapshot.
func (t *Table) SetLocal(addrs []netip.Addr) {
	t.local.Store(newLocalAddrs(addrs))
}

// isLocal reports whether an address is this machine's.
func (t *Table) isLocal(addr netip.Addr) bool {
	_, ok := t.local.Load().set[keyOfAddr(addr)]
	return ok
}

// begin starts the clock. The base is there first: who sees a start reads it.
func (t *Table) begin(ns int64) {
	if t.base.CompareAndSwap(0, ns-baseBuckets*bucketNs) {
		t.began.Store(ns)
		t.start.Store(ns)
	}
}

// expect tells, while no shard counts, of the time around which the next packets
// are: what it decides must not depend on which shard meets that time first, nor
// on how many there are.
func (t *Table) expect(ns int64) {
	if t.start.Load() == 0 {
		t.begin(max(ns, 1))
	}
	t.rebase(min(ns, math.MaxInt64-leapNs) + leapNs)
	clock := int64(0)
	for _, sh := range t.shards {
		sh.mu.Lock()
		clock = max(clock, sh.clock)
		sh.mu.Unlock()
	}
	for _, sh := range t.shards { // a packet is untimely by the newest of all
		sh.mu.Lock()
		sh.clock = clock
		sh.mu.Unlock()
	}
}

// rebase returns the base by which ns is to be read. Bucket numbers have 32
// bits, 34 years. A clock that leaps further ahead than half of that (a board
// that woke up in 1970 and then asked NTP) leaves all history outside every
// window, so the base leaps with it, to just behind the newest bucket.
func (t *Table) rebase(ns int64) int64 {
	const far, room = 1 << 31, 4 * denseBuckets
	base := t.base.Load()
	if (ns-base)/bucketNs < far {
		return base
	}
	t.base.CompareAndSwap(base, ns-(int64(t.newest.Load())+room)*bucketNs)
	return t.base.Load()
}

// setBack is told the clock of each snapshot. A clock that was set back (by
// hand, by NTP) takes the table's base with it: the buckets go on where they
// were, and rates and peaks do not notice. Set forward, it is as if the machine
// had slept. Steps of less than a second are not worth it: packets are a little
// late then. The caller holds snap.
func (t *Table) setBack(now int64) {
	const least = 1_000_000_000
	back := t.now - now
	t.now = now
	if back < least || t.start.Load() == 0 {
		return
	}
	t.base.Add(-back)
	t.start.Add(-back)
	for _, sh := range t.shards {
		sh.mu.Lock()
		sh.setBack(now+least, back)
		sh.mu.Unlock()
	}
}

// setBack takes times that lie after `ahead`, and so are of the clock before it
// was set back, to the new one.
func (sh *Shard) setBack(ahead, back int64) {
	sh.publish()
	sh.lo, sh.hi = 0, 0 // look the bucket up again
	shift := func(ns *int64) {
		if *ns > ahead {
			*ns -= back
		}
	}
	shift(&sh.clock)
	shift(&sh.threshold)
	shift(&sh.denseAgain)
	sh.neighbors.setBack(shift)
	if sh.owned != nil {
		sh.owned.gone.setBack(shift)
	}
	for _, e := range sh.elsewhere {
		for w := range e.last {
			shift(&e.last[w])
			shift(&e.since[w])
		}
	}
	if sh.frags.sets != nil {
		for i := range sh.frags.sets {
			for k := range sh.frags.sets[i] {
				shift(&sh.frags.sets[i][k].time)
			}
		}
	}
	for slot := range sh.flows.n {
		if slot%passFlows == passFlows-1 {
			sh.yield()
		}
		if f := sh.flows.at(slot); f.used() && f.last > ahead {
			f.last -= back
			f.first = min(f.first, f.last)
			shift(&f.ended)
			if f.isTCP() {
				sh.conns.setBack(slot, ahead, back)
			}
		}
	}
}

// meterFor returns the meter of an interface slot. A file may describe 65,536
// interfaces in a megabyte: only those that carry something get one.
func (t *Table) meterFor(slot uint16) *meter {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.meters) <= int(slot) {
		t.meters = append(t.meters, nil)
	}
	if t.meters[slot] == nil {
		t.meters[slot] = new(meter)
	}
	return t.meters[slot]
}

// A Writer takes the packets of one queue into a shard. It satisfies
// capture.Sink.
type Writer struct {
	sh   *Shard
	held bool
}

// Packets counts a batch. It keeps the shard locked until EndBlock.
func (w *Writer) Packets(ps []parse.Packet) {
	if !w.held {
		w.held = true
		w.sh.mu.Lock()
	}
	w.sh.packets(ps)
}

// EndBlock lets go of the shard and hands over what belongs to others.
func (w *Writer) EndBlock() {
	if !w.held {
		w.sh.mu.Lock()
	}
	w.held = false
	w.sh.endBlock()
	w.sh.mu.Unlock()
}
