package track

import (
	"cmp"
	"math"
	"slices"
)

// SparkSeconds is how far back a Spark goes.
const SparkSeconds = keepBuckets / secondBuckets

// Spark is what a flow carried in each of the last whole seconds: wire bytes by way.
type Spark struct {
	Bytes [2][SparkSeconds]uint32 // the newest last; more than 4 GiB in a second is held at that
	Len   int                     // seconds that are known, at the end of Bytes
}

// Recent appends what the flows with these IDs carried in the last whole seconds before
// the end of r's windows (of r only Now and Lag count), in the order of ids. The seconds
// are the table's own, so that a second stays the same from call to call. Of a flow that
// had no row in the last Snapshot, and of one that has left since, it is the zero Spark.
//
// A flow with a dense history is exact. One without, which was active in a few buckets
// only or found the pool of histories empty, may have spans that reach over several
// seconds: each of them gets its share by time.
func (t *Table) Recent(to []Spark, ids []uint64, r Request) []Spark {
	t.snap.Lock()
	defer t.snap.Unlock()
	first := len(to)
	to = append(to, make([]Spark, len(ids))...)
	sparks := to[first:]
	if t.start.Load() == 0 {
		return to
	}
	c := t.clockAt(r.Now, r.Lag)
	began := (t.start.Load() - t.base.Load() + bucketNs*secondBuckets - 1) / (bucketNs * secondBuckets)
	known := int(min(max(int64(c.done)-began, 0), SparkSeconds))
	for _, sh := range t.shards {
		sh.sparks(sparks, ids, t.ranks, &c, known)
	}
	return to
}

// sparks fills in those of the flows that are the shard's. ranks are in the order of ID.
func (sh *Shard) sparks(to []Spark, ids []uint64, ranks []rank, c *clock, known int) {
	const pass = 256 // flows before writers may have the shard: some 50 µs
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for i, id := range ids {
		if i%pass == pass-1 {
			sh.yield()
		}
		at, ok := slices.BinarySearchFunc(ranks, id, func(r rank, id uint64) int { return cmp.Compare(r.id, id) })
		if !ok || ranks[at].shard != sh {
			continue
		}
		if f := sh.flows.at(ranks[at].slot); f.used() && f.id == id {
			to[i].Len = known
			sh.spark(f, c, &to[i])
		}
	}
}

// spark adds up a flow's history by seconds.
func (sh *Shard) spark(f *flow, c *clock, to *Spark) {
	if c.ns-f.last > staleNs {
		return
	}
	var sum [2][SparkSeconds]float64
	end := int64(c.done) * secondBuckets
	begin := end - int64(to.Len)*secondBuckets
	if f.dense != 0 {
		sh.dense.at(f.dense-1).spark(begin, end, f, &sum)
	}
	for i := range int(f.spans) {
		s := &f.recent[i]
		start := int64(c.now) - int64(age(c.now, s.start()))
		for w := range s.bytes {
			bytes := float64(math.Float32frombits(s.bytes[w]))
			if i == int(f.spans)-1 {
				bytes = float64(s.bytes[w])
			}
			shareOut(&sum[f.way(w == 1)], bytes, start, start+int64(s.length()), begin, end)
		}
	}
	for w := range sum {
		for i := range sum[w] {
			to.Bytes[w][i] = uint32(min(math.Round(sum[w][i]), math.MaxUint32))
		}
	}
}

// spark adds the buckets from begin to end, which is a whole number of seconds.
func (d *dense) spark(begin, end int64, f *flow, sum *[2][SparkSeconds]float64) {
	for b := max(begin, int64(d.head)-denseBuckets+1); b < min(end, int64(d.head)+1); b++ {
		e := &d.ring[b%denseBuckets]
		i := SparkSeconds - 1 - (end-1-b)/secondBuckets
		for w := range e.bytes {
			sum[f.way(w == 1)][i] += float64(e.bytes[w])
		}
	}
}

// shareOut shares out what passed in the buckets [from, to) among the seconds of
// [begin, end) by time.
func shareOut(sum *[SparkSeconds]float64, bytes float64, from, to, begin, end int64) {
	if bytes == 0 {
		return
	}
	each := bytes / float64(to-from)
	for b := max(from, begin); b < min(to, end); b++ {
		sum[SparkSeconds-1-(end-1-b)/secondBuckets] += each
	}
}
