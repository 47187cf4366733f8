package main

import (
	"net/netip"
	"sync"

	"sockeye/capture"
	"sockeye/parse"
	"sockeye/track"
	"sockeye/track/proc"
)

// counting is the table that a capture counts into. Another, empty one may take its
// place while packets come. Its methods may be called from any goroutine.
type counting struct {
	config track.Config // of every table

	mu    sync.RWMutex // held for writing while another table takes the place
	table *track.Table
	local []netip.Addr
	sinks []*countingSink
	round uint64 // tables before this one

	taken   sync.Mutex
	roundOf map[*track.Snapshot]uint64 // which table each was of last
}

// newCounting makes the first table.
func newCounting(config track.Config) (*counting, error) {
	c := &counting{config: config}
	var err error
	c.table, err = c.newTable()
	return c, err
}

// newTable makes a table for the round that comes.
func (c *counting) newTable() (*track.Table, error) {
	config := c.config
	if c.round > 0 && config.Owners != nil {
		config.Owners = roundOwners{config.Owners, c.round}
	}
	return track.New(config)
}

// Clear puts an empty table in the place of the one that counts; start is the clock
// there. Every packet is counted in one of the two.
func (c *counting) Clear(start int64) error {
	return c.renew(func(config *track.Config) { config.Start = start })
}

// renew puts an empty table in the place of the one that counts, with other settings.
func (c *counting) renew(change func(*track.Config)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.round++
	change(&c.config)
	fresh, err := c.newTable()
	if err != nil {
		c.round--
		return err
	}
	fresh.SetLocal(c.local)
	for i, s := range c.sinks {
		s.turnTo(fresh.Shard(i))
	}
	c.table.Close()
	c.table = fresh
	return nil
}

// showsLoopback reports whether loopback flows get rows.
func (c *counting) showsLoopback() bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.config.ShowLoopback
}

// showLoopback gives loopback flows rows, in an empty table.
func (c *counting) showLoopback(start int64) error {
	return c.renew(func(config *track.Config) { config.Start, config.ShowLoopback = start, true })
}

// Sink returns the sink of a queue. It is called in the order of queues.
func (c *counting) Sink(queue int) capture.Sink {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &countingSink{w: c.table.Shard(queue)}
	c.sinks = append(c.sinks, s)
	return s
}

// SetLocal tells which addresses are this machine's.
func (c *counting) SetLocal(addrs []netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.local = addrs
	c.table.SetLocal(addrs)
}

// Answer takes the answers to what the table asked; those to an earlier table's
// questions are dropped.
func (c *counting) Answer(as []proc.Answer) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.round > 0 {
		as = ofRound(as, c.round)
	}
	c.table.Answer(as)
}

// Snapshot is track.Table's. A grouping is of one table: a snapshot that was of another
// one gets fresh ones.
func (c *counting) Snapshot(s *track.Snapshot, r track.Request) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.round > 0 && c.isForeign(s) {
		by := make([]*track.Grouping, len(s.Groups))
		for i := range s.Groups {
			by[i] = track.NewGrouping(s.Groups[i].By(), systemServices())
		}
		*s = *track.NewSnapshot(by...)
	}
	c.table.Snapshot(s, r)
}

// isForeign reports whether a snapshot was taken of an earlier table last. It takes it
// for one of this table from then on.
func (c *counting) isForeign(s *track.Snapshot) bool {
	c.taken.Lock()
	defer c.taken.Unlock()
	const most = 64
	if c.roundOf == nil || len(c.roundOf) > most {
		c.roundOf = map[*track.Snapshot]uint64{}
	}
	round := c.roundOf[s]
	c.roundOf[s] = c.round
	return round != c.round
}

// Events is track.Table's.
func (c *counting) Events(to []track.Event, now int64, final bool) []track.Event {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.table.Events(to, now, final)
}

// Recent is track.Table's.
func (c *counting) Recent(to []track.Spark, ids []uint64, r track.Request) []track.Spark {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.table.Recent(to, ids, r)
}

// History is track.Table's.
func (c *counting) History(to []track.Row) []track.Row {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.table.History(to)
}

// Neighbors is track.Table's.
func (c *counting) Neighbors(to []track.Neighbor) []track.Neighbor {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.table.Neighbors(to)
}

// Close gives the memory back. Nothing may be used afterwards.
func (c *counting) Close() { c.table.Close() }

// countingSink is a writer into the table that counts. It keeps its lock, as the writer
// keeps the shard's, to the end of a block: one lock a block more.
type countingSink struct {
	mu   sync.Mutex
	held bool // of the goroutine that writes
	w    *track.Writer
}

// Packets counts a batch.
func (s *countingSink) Packets(ps []parse.Packet) {
	if !s.held {
		s.held = true
		s.mu.Lock()
	}
	s.w.Packets(ps)
}

// EndBlock ends a block.
func (s *countingSink) EndBlock() {
	if !s.held {
		s.mu.Lock()
	}
	s.held = false
	s.w.EndBlock()
	s.mu.Unlock()
}

// turnTo has what comes from now on written by another writer.
func (s *countingSink) turnTo(w *track.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.w = w
}

// roundOwners are the owners of a table that took another one's place. Slots and IDs of
// flows are the same in all of them, so each question says which table asks: above the
// number of the shard, which is far below 65,536.
type roundOwners struct {
	track.Owners
	round uint64
}

const roundShift = 48

// Ask passes questions on.
func (o roundOwners) Ask(qs []proc.Question) {
	for i := range qs {
		qs[i].Place |= o.round << roundShift
	}
	o.Owners.Ask(qs)
}

// ofRound returns the answers to questions of one table, in memory of its own.
func ofRound(as []proc.Answer, round uint64) []proc.Answer {
	var out []proc.Answer
	for _, a := range as {
		if a.Place>>roundShift == round&(1<<(64-roundShift)-1) {
			a.Place &= 1<<roundShift - 1
			out = append(out, a)
		}
	}
	return out
}
