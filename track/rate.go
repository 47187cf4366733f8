// Hot path: no allocation.

package track

import (
	"math"
	"unsafe"
)

// History of a flow. Time runs in buckets of 250 ms on the capture's clock,
// numbered from the table's base. A new flow keeps up to four spans of buckets
// in its own record: exact for a flow that was active in no more than four
// buckets of the last 40 s, which most are. A flow that needs more gets a
// dense ring of 168 buckets from a capped pool; when the pool is empty its
// spans are merged, the older the coarser, so that it loses resolution, never
// bytes. Rates over a span that the window cuts through take the span's share
// by time.

const (
	bucketNs      = 250_000_000
	secondBuckets = 4
	keepBuckets   = 160 // 40 s
	denseBuckets  = 168 // 40 s, the bucket that is being filled, and room for late packets
	maxSpans      = 4
	maxSpan       = 200 // buckets in one span: it must fit a byte
)

// recent is the history inside a flow's record: spans in the order of time,
// the newest last.
type recent [maxSpans]span

// span counts what passed in a run of buckets. The bytes of the newest span
// are plain numbers while its bucket is filled (4 GiB in 250 ms are 137
// Gbit/s; more is held at that); in closed spans they are float32 bits, which
// hold any sum to one part in 16 million.
type span struct {
	at      uint32 // first bucket, modulo 2^24, and the number of buckets - 1 in the top byte
	bytes   [2]uint32
	packets [2]uint32
}

const atMask = 1<<24 - 1

func (s *span) start() uint32  { return s.at & atMask }
func (s *span) length() uint32 { return s.at>>24 + 1 }
func (s *span) set(start, length uint32) {
	s.at = start&atMask | (length-1)<<24
}

// age returns how many buckets lie from start to b; negative when start is
// later. Both are modulo 2^24: half of that is 24 days, and callers have made
// sure by flow.last that the history is no older.
func age(b, start uint32) int32 { return int32((b-start)<<8) >> 8 }

func (s *span) close() {
	for w := range s.bytes {
		s.bytes[w] = math.Float32bits(float32(s.bytes[w]))
	}
}

// merge adds the closed span t, which follows s, to s.
func (s *span) merge(t *span) {
	length := uint32(age(t.start()+t.length(), s.start()))
	if length > maxSpan {
		s.trim(length - maxSpan)
		length = maxSpan
	}
	for w := range s.bytes {
		s.bytes[w] = math.Float32bits(math.Float32frombits(s.bytes[w]) + math.Float32frombits(t.bytes[w]))
		s.packets[w] += t.packets[w]
	}
	s.set(s.start(), length)
}

// trim takes the oldest n buckets off a closed span, and their share by time
// of what it counted: they are about to leave every window.
func (s *span) trim(n uint32) {
	keep := max(0, 1-float64(n)/float64(s.length()))
	for w := range s.bytes {
		s.bytes[w] = math.Float32bits(float32(keep * float64(math.Float32frombits(s.bytes[w]))))
		s.packets[w] = uint32(keep * float64(s.packets[w]))
	}
	s.set(s.start()+n, s.length())
}

// addSat adds n to *p and stays at the top when that is passed.
func addSat(p *uint32, n uint32) {
	if s := *p + n; s >= n {
		*p = s
	} else {
		*p = math.MaxUint32
	}
}

// note adds a packet to the flow's history: n wire bytes in pk wire packets,
// the way w, in bucket b.
func (sh *Shard) note(f *flow, b uint32, w int, n, pk uint32) {
	if f.spans != 0 {
		if s := &f.recent[f.spans-1]; s.at == b&atMask { // still in the newest bucket
			addSat(&s.bytes[w], n)
			s.packets[w] += pk
			return
		}
		if !sh.turn(f, b, w, n, pk) {
			return
		}
	}
	s := &f.recent[f.spans]
	s.set(b, 1)
	s.bytes = [2]uint32{}
	s.packets = [2]uint32{}
	s.bytes[w], s.packets[w] = n, pk
	f.spans++
}

// turn closes the newest bucket and makes room for b. It returns false when b
// is older: the packet has been counted then.
func (sh *Shard) turn(f *flow, b uint32, w int, n, pk uint32) bool {
	s := &f.recent[f.spans-1]
	if age(b, s.start()) < 0 {
		sh.noteLate(f, b, w, n, pk)
		return false
	}
	if f.dense != 0 {
		sh.dense.at(f.dense-1).close(s, b)
		f.spans = 0
		return true
	}
	s.close()
	if f.spans == maxSpans {
		sh.makeRoom(f, b)
	}
	return true
}

// makeRoom frees a place among the four spans, all closed, for bucket b.
func (sh *Shard) makeRoom(f *flow, b uint32) {
	old := 0
	for old < maxSpans && age(b, f.recent[old].start()+f.recent[old].length()) >= keepBuckets {
		old++
	}
	if old > 0 {
		copy(f.recent[:], f.recent[old:])
		f.spans = uint8(maxSpans - old)
		return
	}
	if slot, ok := sh.takeDense(); ok {
		d := sh.dense.at(slot)
		*d = dense{head: b, owner: sh.flows.slot(f)}
		for i := range f.recent {
			d.addSpan(&f.recent[i])
		}
		f.dense, f.spans = slot+1, 0
		return
	}
	// Merge the two neighbours whose union is shortest for its age, so that
	// resolution falls off evenly into the past.
	best, bestScore := 0, float32(math.MaxFloat32)
	for i := range maxSpans - 1 {
		s, t := &f.recent[i], &f.recent[i+1]
		end := t.start() + t.length()
		score := float32(age(end, s.start())) / float32(age(b, end)+1)
		if score < bestScore {
			best, bestScore = i, score
		}
	}
	f.recent[best].merge(&f.recent[best+1])
	copy(f.recent[best+1:], f.recent[best+2:])
	f.spans = maxSpans - 1
}

// takeDense takes a history from the pool. When that is empty it looks at a few
// of the owners: one that has been idle for long does not need its own. After a
// round without any it waits a second: each look is a miss of the cache.
func (sh *Shard) takeDense() (slot uint32, ok bool) {
	const look, pause = 8, 1_000_000_000
	if slot, ok = sh.dense.get(); ok || sh.clock < sh.denseAgain {
		return slot, ok
	}
	for range min(look, sh.dense.n) {
		if sh.denseHand++; sh.denseHand >= sh.dense.n {
			sh.denseHand, sh.denseAgain = 0, sh.clock+pause
		}
		f := sh.flows.at(sh.dense.at(sh.denseHand).owner)
		if f.dense == sh.denseHand+1 && sh.clock-f.last > staleNs {
			sh.forget(f)
			return sh.dense.get()
		}
	}
	return 0, false
}

// noteLate adds a packet that is older than the flow's newest bucket: another
// queue's clock, a file out of order.
func (sh *Shard) noteLate(f *flow, b uint32, w int, n, pk uint32) {
	if f.dense != 0 {
		sh.dense.at(f.dense-1).add(b, w, n, pk)
		return
	}
	i := int(f.spans) - 1
	for i > 0 && age(b, f.recent[i].start()) < 0 {
		i--
	}
	s := &f.recent[i]
	if before := -age(b, s.start()); before > 0 && uint32(before)+s.length() <= maxSpan {
		if i == int(f.spans)-1 {
			// The newest span is open: it stands for one bucket only. The packet
			// counts there, later than it was, rather than that it is stretched.
			addSat(&s.bytes[w], n)
			s.packets[w] += pk
			return
		}
		s.set(b, s.length()+uint32(before))
	}
	if i == int(f.spans)-1 {
		addSat(&s.bytes[w], n)
	} else {
		s.bytes[w] = math.Float32bits(math.Float32frombits(s.bytes[w]) + float32(n))
	}
	s.packets[w] += pk
}

// closedBytes is what a closed span counted, held at the top of a uint32.
func (s *span) closedBytes(w int) uint32 {
	return uint32(min(math.Float32frombits(s.bytes[w]), math.MaxUint32-1<<8))
}

// dense is a ring of buckets: bucket b is at b modulo denseBuckets, and
// everything up to head is valid. The bucket that is being filled is kept in
// the flow's record until it is over: that is in the cache already.
type dense struct {
	head  uint32
	owner uint32 // slot of the flow
	ring  [denseBuckets]cell
}

type cell struct {
	bytes   [2]uint32
	packets [2]uint32
}

func (d *dense) add(b uint32, w int, n, pk uint32) {
	if ahead := int32(b - d.head); ahead > 0 {
		d.advance(b, ahead)
	} else if ahead <= -denseBuckets {
		return // outside every window
	}
	c := &d.ring[b%denseBuckets]
	addSat(&c.bytes[w], n)
	c.packets[w] += pk
}

// close takes over the open bucket s, and makes b the newest one.
func (d *dense) close(s *span, b uint32) {
	at := b - uint32(age(b, s.start()))
	for w := range s.bytes {
		if s.packets[w] != 0 {
			d.add(at, w, s.bytes[w], s.packets[w])
		}
	}
	if ahead := int32(b - d.head); ahead > 0 {
		d.advance(b, ahead)
	}
}

func (d *dense) advance(b uint32, ahead int32) {
	if ahead >= denseBuckets {
		d.ring = [denseBuckets]cell{}
	} else {
		for i := d.head + 1; i != b; i++ {
			d.ring[i%denseBuckets] = cell{}
		}
		d.ring[b%denseBuckets] = cell{}
	}
	d.head = b
}

// addSpan spreads a closed span evenly over its buckets.
func (d *dense) addSpan(s *span) {
	n := s.length()
	first := d.head - uint32(age(d.head, s.start()))
	for w := range s.bytes {
		bytes, packets := s.closedBytes(w), s.packets[w]
		for k := range n {
			d.add(first+k, w, bytes/n, packets/n)
		}
		d.add(first, w, bytes%n, packets%n)
	}
}

// peaks returns the flow's peaks with its newest second taken for full.
func (sh *Shard) peaks(f *flow) [3]float32 {
	var bytes [2]float32
	if f.dense != 0 {
		d := sh.dense.at(f.dense - 1)
		for b := f.sec * secondBuckets; b < (f.sec+1)*secondBuckets; b++ {
			if back := int32(d.head - b); back >= 0 && back < denseBuckets {
				bytes[0] += float32(d.ring[b%denseBuckets].bytes[0])
				bytes[1] += float32(d.ring[b%denseBuckets].bytes[1])
			}
		}
	}
	for i := int(f.spans) - 1; i >= 0; i-- {
		s := &f.recent[i]
		from, length := age(s.start(), f.sec*secondBuckets), int32(s.length())
		if from+length <= 0 {
			break // before the second, as are all that are older
		}
		over := min(from+length, secondBuckets) - max(from, 0)
		switch {
		case over <= 0:
		case i == int(f.spans)-1:
			bytes[0] += float32(s.bytes[0])
			bytes[1] += float32(s.bytes[1])
		default:
			// Its share of the second: all of it, unless it was merged.
			share := float32(1)
			if over != length {
				share = float32(over) / float32(length)
			}
			bytes[0] += share * math.Float32frombits(s.bytes[0])
			bytes[1] += share * math.Float32frombits(s.bytes[1])
		}
	}
	return [3]float32{max(f.peak[0], bytes[0]), max(f.peak[1], bytes[1]), max(f.peak[2], bytes[0]+bytes[1])}
}

// denseBytes is the size of a dense history, for the pool's budget.
const denseBytes = int(unsafe.Sizeof(dense{}))

// fold writes the ring into closed spans of a quarter of it each and returns
// how many there are.
func (d *dense) fold(r *recent) uint8 {
	const each = denseBuckets / maxSpans
	for i := range r {
		s := &r[i]
		first := d.head - denseBuckets + 1 + uint32(i)*each
		s.set(first, each)
		var bytes [2]float32
		s.packets = [2]uint32{}
		for b := first; b != first+each; b++ {
			c := &d.ring[b%denseBuckets]
			for w := range bytes {
				bytes[w] += float32(c.bytes[w])
				s.packets[w] += c.packets[w]
			}
		}
		for w := range bytes {
			s.bytes[w] = math.Float32bits(bytes[w])
		}
	}
	return maxSpans
}

// sum adds up what the clock's windows hold of the flow's history.
func (sh *Shard) sum(f *flow, c *clock, out *[3]amount) {
	*out = [3]amount{}
	if c.ns-f.last > staleNs {
		return
	}
	if f.dense != 0 {
		sh.dense.at(f.dense-1).sum(c, out)
	}
	for i := range int(f.spans) {
		s := &f.recent[i]
		var bytes, packets [2]float64
		for w := range bytes {
			packets[w] = float64(s.packets[w])
			if i == int(f.spans)-1 {
				bytes[w] = float64(s.bytes[w])
			} else {
				bytes[w] = float64(math.Float32frombits(s.bytes[w]))
			}
		}
		if age(c.now, s.start()+s.length()) > keepBuckets {
			continue
		}
		start := int64(c.now) - int64(age(c.now, s.start()))
		c.add(out, float64(start), float64(s.length()), bytes, packets)
	}
}

func (d *dense) sum(c *clock, out *[3]amount) {
	for back := range uint32(denseBuckets) {
		b := d.head - back
		if b > d.head || float64(b)+1 <= c.oldest {
			return
		}
		e := &d.ring[b%denseBuckets]
		if e.packets[0]|e.packets[1] == 0 {
			continue
		}
		c.add(out, float64(b), 1, [2]float64{float64(e.bytes[0]), float64(e.bytes[1])},
			[2]float64{float64(e.packets[0]), float64(e.packets[1])})
	}
}

// windowBytes is what window k holds of the flow's bytes, both ways together: the
// part of sum by which flows are ranked.
func (sh *Shard) windowBytes(f *flow, c *clock, k int) (sum float64) {
	if c.ns-f.last > staleNs {
		return 0
	}
	if f.dense != 0 {
		sum = sh.dense.at(f.dense-1).windowBytes(c, k)
	}
	for i := int(f.spans) - 1; i >= 0; i-- {
		s := &f.recent[i]
		start := float64(int64(c.now) - int64(age(c.now, s.start())))
		length := float64(s.length())
		if start+length <= c.win[k].from {
			break // outside, as are all that are older
		}
		share := c.share(k, start, length)
		if i == int(f.spans)-1 {
			sum += share * (float64(s.bytes[0]) + float64(s.bytes[1]))
		} else {
			sum += share * (float64(math.Float32frombits(s.bytes[0])) + float64(math.Float32frombits(s.bytes[1])))
		}
	}
	return sum
}

func (d *dense) windowBytes(c *clock, k int) (sum float64) {
	for back := range uint32(denseBuckets) {
		b := d.head - back
		if b > d.head || float64(b)+1 <= c.win[k].from {
			break
		}
		if e := &d.ring[b%denseBuckets]; e.packets[0]|e.packets[1] != 0 {
			sum += c.share(k, float64(b), 1) * (float64(e.bytes[0]) + float64(e.bytes[1]))
		}
	}
	return sum
}
