package tab

import "math"

// What there is a curve of.
const (
	sampleSent = iota // bytes/s
	sampleReceived
	sampleAll
	sampleOpened // a second
	sampleClosed
	sampleRTT  // seconds
	sampleLost // packets a second
	sampleKinds
)

// mostSamples is how many values a curve has at the most, shortestSample the least time
// (ns) between two: half a second, so that points a second apart, more or less, are all
// seen.
const (
	mostSamples    = 1200
	shortestSample = 500_000_000
)

// samples are curves over a stretch of time, in steps of the same length. A value is NaN
// where nothing is known.
type samples struct {
	from, to, step int64 // ns
	n              int
	values         [sampleKinds][]float64
	weights        [sampleKinds][]float64 // for how many seconds of each value it is known
	all, own       uint64                 // bytes: of everything, and of this machine's traffic with others
}

// others reports whether there was traffic worth a curve besides this machine's with
// others: a hundredth at least.
func (d *samples) others() bool { return d.all-min(d.own, d.all) > d.all/100 }

// fill takes the stretch from..to of a series. A point that is longer than a step gives
// the steps whose middle lies in it what it says; shorter ones are shared among the steps
// by time.
func (d *samples) fill(s *Series, from, to int64) {
	d.fillSteps(s, from, to, max(shortestSample, (to-from+mostSamples-1)/mostSamples))
}

// fillSteps is fill with steps of a given length, ns.
func (d *samples) fillSteps(s *Series, from, to, step int64) {
	d.from, d.to, d.n, d.all, d.own, d.step = from, to, 0, 0, 0, step
	if to <= from {
		return
	}
	d.n = int((to - from + d.step - 1) / d.step)
	for kind := range d.values {
		d.values[kind] = zeros(d.values[kind], d.n)
		d.weights[kind] = zeros(d.weights[kind], d.n)
	}
	s.Each(from, to, func(p *Point) bool {
		d.add(p)
		return true
	})
	for kind := range d.values {
		for i, w := range d.weights[kind] {
			if w > 0 {
				d.values[kind][i] /= w
			} else {
				d.values[kind][i] = math.NaN()
			}
		}
	}
}

func zeros(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// end returns the time at which sample i ends. The last one ends with the stretch; of the
// first a part may lie before it.
func (d *samples) end(i int) int64 { return d.to - int64(d.n-1-i)*d.step }

// index returns the sample that a time is in, -1 for none.
func (d *samples) index(ns int64) int {
	if d.n == 0 || ns > d.to || ns <= d.end(0)-d.step {
		return -1
	}
	return d.n - 1 - int((d.to-ns)/d.step)
}

// add shares a point among the samples that it is about.
func (d *samples) add(p *Point) {
	d.all += p.All.Bytes
	d.own += p.Own[0].Bytes + p.Own[1].Bytes
	if p.Span <= 0 {
		return
	}
	whole := float64(p.Span) / 1e9
	rtt := float64(p.RTTSpan) / float64(p.Span) // the part of the point for which it is known
	amounts := [sampleKinds]float64{
		sampleSent: float64(p.Own[0].Bytes), sampleReceived: float64(p.Own[1].Bytes), sampleAll: float64(p.All.Bytes),
		sampleOpened: float64(p.Opened), sampleClosed: float64(p.Closed),
		sampleRTT: p.RTT.Seconds() * rtt * whole, sampleLost: float64(p.Lost),
	}
	begin := p.Time - p.Span
	for i := max(0, d.index(max(begin+1, d.end(0)-d.step+1))); i < d.n && d.end(i)-d.step < p.Time; i++ {
		overlap := float64(min(p.Time, d.end(i))-max(begin, d.end(i)-d.step)) / 1e9
		if p.Span >= d.step {
			overlap = 0
			if middle := d.middle(i); begin < middle && middle <= p.Time {
				overlap = float64(d.step) / 1e9
			}
		}
		if overlap <= 0 {
			continue
		}
		for kind, amount := range amounts {
			weight := overlap
			if kind == sampleRTT {
				weight *= rtt
			}
			d.values[kind][i] += amount * overlap / whole
			d.weights[kind][i] += weight
		}
	}
}

// middle returns the time in the middle of sample i.
func (d *samples) middle(i int) int64 { return d.end(i) - d.step/2 }

// read returns what a series says of the time of sample i: the point from which the
// sample was taken, or the sum of those that end in it.
func (d *samples) read(s *Series, i int) (Point, bool) {
	if p := s.At(d.middle(i)); p != nil && p.Span >= d.step {
		return *p, true
	}
	return s.Sum(d.end(i)-d.step, d.end(i))
}

// known returns a value, or 0 where it is not known.
func known(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}
