// Hot path: no allocation.

package track

import "sync"

// A meter counts what one interface, or the whole capture, carries: totals, a
// ring of 250 ms buckets for the rates, and the fullest second. All queues add
// to it, so they gather packets in a tally of their own first and lock the
// meter once a block or a bucket, never for a packet.
type meter struct {
	mu    sync.Mutex
	count [2]Count
	head  uint32 // the newest bucket
	used  bool
	ring  [denseBuckets]meterCell
	peak  [3]float64
	parse Parse
}

type meterCell struct {
	bytes, packets [2]uint64
}

// tally is one queue's share of a meter since it was last flushed. All of it
// belongs to one bucket.
type tally struct {
	count [2]Count
	parse Parse
	dirty bool
}

func (t *tally) add(c [2]Count) {
	t.dirty = true
	for w := range c {
		t.count[w].Add(c[w])
	}
}

// flush moves the tally into the meter, as of bucket b.
func (t *tally) flush(m *meter, b uint32) {
	if !t.dirty {
		return
	}
	m.mu.Lock()
	m.add(t, b)
	m.mu.Unlock()
	*t = tally{}
}

func (m *meter) add(t *tally, b uint32) {
	for w := range t.count {
		m.count[w].Add(t.count[w])
	}
	m.parse.Malformed += t.parse.Malformed
	m.parse.Truncated += t.parse.Truncated

	if !m.used {
		m.used, m.head = true, b
	}
	ahead := int32(b - m.head)
	switch {
	case ahead > 0:
		m.advance(b, ahead)
	case ahead <= -denseBuckets:
		return // outside every window
	}
	c := &m.ring[b%denseBuckets]
	for w := range t.count {
		c.bytes[w] += t.count[w].Bytes
		c.packets[w] += t.count[w].Packets
	}
	if sec := b / secondBuckets; sec != m.head/secondBuckets {
		m.notePeak(sec) // a late packet into a second that is over
	}
}

func (m *meter) advance(b uint32, ahead int32) {
	if b/secondBuckets != m.head/secondBuckets {
		m.notePeak(m.head / secondBuckets)
	}
	if ahead >= denseBuckets {
		m.ring = [denseBuckets]meterCell{}
	} else {
		for i := m.head + 1; i != b+1; i++ {
			m.ring[i%denseBuckets] = meterCell{}
		}
	}
	m.head = b
}

// notePeak holds the second against the peaks.
func (m *meter) notePeak(sec uint32) {
	var bytes [2]uint64
	for b := sec * secondBuckets; b < (sec+1)*secondBuckets; b++ {
		if back := int32(m.head - b); back >= 0 && back < denseBuckets {
			c := &m.ring[b%denseBuckets]
			bytes[0] += c.bytes[0]
			bytes[1] += c.bytes[1]
		}
	}
	m.peak[0] = max(m.peak[0], float64(bytes[0]))
	m.peak[1] = max(m.peak[1], float64(bytes[1]))
	m.peak[2] = max(m.peak[2], float64(bytes[0]+bytes[1]))
}

// read takes the totals and the rates in the clock's windows.
func (m *meter) read(c *clock) (count [2]Count, rate [3][2]Rate, peak [3]float64, p Parse) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.used {
		var held [3]amount
		m.sum(c, &held)
		for k := range held {
			for w := range 2 {
				rate[k][w] = c.rate(k, held[k].bytes[w], held[k].packets[w])
			}
		}
		if sec := m.head / secondBuckets; sec < c.done {
			m.notePeak(sec)
		}
	}
	return m.count, rate, m.peak, m.parse
}

func (m *meter) sum(c *clock, out *[3]amount) {
	for back := range uint32(denseBuckets) {
		b := m.head - back
		if b > m.head || float64(b)+1 <= c.oldest {
			return
		}
		e := &m.ring[b%denseBuckets]
		c.add(out, float64(b), 1, [2]float64{float64(e.bytes[0]), float64(e.bytes[1])},
			[2]float64{float64(e.packets[0]), float64(e.packets[1])})
	}
}
