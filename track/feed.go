// Hot path: no allocation.

package track

import "sockeye/parse"

// A Feed counts the packets of one source, a file, into all shards of a table
// with Config.Split, each of which has a goroutine of its own. It satisfies
// capture.Sink.
//
// A packet's two addresses alone say which shard it goes to. Everything between
// two hosts, fragments too, meets in one shard, so shards have nothing to tell
// one another, and each counts the same packets in the same order every time: a
// file gives the same records however the goroutines take turns. What shards
// share are the meters. Those add up in any order, as long as nobody is more than
// a meter's ring ahead; where time leaps, the shards wait for one another.
type Feed struct {
	t      *Table
	lanes  []feedLane
	kept   uint64
	block  uint64 // blocks that have ended
	begun  bool
	around int64 // times this close to it are no leap
}

// feedLane is the way into one shard.
type feedLane struct {
	w     Writer
	fill  *feedBatch      // what is being gathered
	spare []*feedBatch    // memory for more
	sent  []uint64        // the first block of each batch under way, oldest first
	full  chan *feedBatch // what is to be counted
	done  chan *feedBatch // what has been
	ended chan struct{}
}

type feedBatch struct {
	ps    []parse.Packet
	block uint64 // of the first packet
}

const (
	// feedPackets is the size of a batch: large, since each may cost the other
	// side a wake-up of some 5 µs. All batches of two lanes together
	// are 600 KB, which fit into a second cache of 1 MiB.
	feedPackets = 512
	feedBatches = 4

	// leapNs is how far times may be apart without a Sync: with the same the
	// other way, less than staleNs.
	leapNs = 15_000_000_000
)

// NewFeed returns a Feed and starts its goroutines; Close ends them. kept says
// for how many blocks after their own the Data of packets stays valid.
func (t *Table) NewFeed(kept int) *Feed {
	f := &Feed{t: t, kept: uint64(kept), lanes: make([]feedLane, len(t.shards))}
	for i := range f.lanes {
		l := &f.lanes[i]
		*l = feedLane{
			w:     Writer{sh: t.shards[i]},
			fill:  newFeedBatch(),
			spare: make([]*feedBatch, 0, feedBatches),
			sent:  make([]uint64, 0, feedBatches),
			full:  make(chan *feedBatch, feedBatches),
			done:  make(chan *feedBatch, feedBatches),
			ended: make(chan struct{}),
		}
		for range feedBatches - 1 {
			l.spare = append(l.spare, newFeedBatch())
		}
		go l.run()
	}
	return f
}

func newFeedBatch() *feedBatch { return &feedBatch{ps: make([]parse.Packet, 0, feedPackets)} }

// run counts what comes.
func (l *feedLane) run() {
	defer close(l.ended)
	for b := range l.full {
		l.w.Packets(b.ps)
		l.w.EndBlock()
		b.ps = b.ps[:0]
		l.done <- b
	}
}

// Packets shares a batch out.
func (f *Feed) Packets(ps []parse.Packet) {
	for i := range ps {
		p := &ps[i]
		if uint64(p.Time-f.around+leapNs) > 2*leapNs || !f.begun {
			f.leap(p.Time)
		}
		lane := f.lane(&p.Key)
		f.put(lane, p)
		if p.Status&parse.ICMPError != 0 && len(f.lanes) > 1 {
			f.putAside(lane, p)
		}
	}
}

// lane returns the number of the shard that counts a key.
func (f *Feed) lane(k *parse.Key) int { return int(k.HashHosts() % uint64(len(f.lanes))) }

func (f *Feed) put(lane int, p *parse.Packet) {
	l := &f.lanes[lane]
	b := l.fill
	if len(b.ps) == 0 {
		b.block = f.block
	}
	b.ps = append(b.ps, *p)
	if len(b.ps) == feedPackets {
		l.send()
	}
}

// putAside shows an ICMP error to the shard of the flow that it is about, where
// that is another one.
func (f *Feed) putAside(lane int, p *parse.Packet) {
	q, ok := quoted(p)
	if to := f.lane(&q.Key); ok && to != lane {
		seen := *p
		seen.Status |= aside
		f.put(to, &seen)
	}
}

// leap prepares the table for times around ns.
func (f *Feed) leap(ns int64) {
	f.Sync()
	f.t.expect(ns)
	f.begun, f.around = true, ns
}

// EndBlock ends a block: packets that are about to lose their Data are waited
// for.
func (f *Feed) EndBlock() {
	f.block++
	for i := range f.lanes {
		l := &f.lanes[i]
		if len(l.fill.ps) > 0 && l.fill.block+f.kept/2 < f.block {
			l.send()
		}
		if f.block > f.kept {
			l.await(f.block - f.kept - 1)
		}
	}
}

// Sync waits until all packets have been counted. Until the next ones nobody
// writes to the table.
func (f *Feed) Sync() {
	for i := range f.lanes {
		if l := &f.lanes[i]; len(l.fill.ps) > 0 {
			l.send()
		}
	}
	for i := range f.lanes {
		f.lanes[i].await(f.block)
	}
}

// Close counts what is left and ends the goroutines.
func (f *Feed) Close() {
	f.Sync()
	for i := range f.lanes {
		close(f.lanes[i].full)
		<-f.lanes[i].ended
	}
}

// send has the gathered batch counted and begins another.
func (l *feedLane) send() {
	l.sent = append(l.sent, l.fill.block)
	l.full <- l.fill
	if len(l.spare) == 0 {
		l.take()
	}
	last := len(l.spare) - 1
	l.fill, l.spare = l.spare[last], l.spare[:last]
}

// await waits for the batches that begin in the given block or before.
func (l *feedLane) await(block uint64) {
	for len(l.sent) > 0 && l.sent[0] <= block {
		l.take()
	}
}

// take takes back the oldest batch under way once it is counted.
func (l *feedLane) take() {
	l.spare = append(l.spare, <-l.done)
	l.sent = append(l.sent[:0], l.sent[1:]...)
}
