package tab

import (
	"slices"
	"time"
)

// Series keeps Points: as they came for ten minutes, then ever coarser, for as long as
// the run lasts, in bounded memory. Sums and peaks stay exact; only the times become
// coarse. The zero value is ready.
type Series struct {
	tiers  [seriesTiers]tier
	coarse int64 // ns: the width of the last tier, which doubles when it is full
	view   []Point
	reader seriesReader
}

// tier holds points of one width: a ring, from the oldest to the newest.
type tier struct {
	points []Point
	oldest int // place of the oldest, once the ring is full
}

// seriesTiers is how many widths there are.
const seriesTiers = 4

// tierSizes are how many points each tier keeps, tierWidths their widths. The first
// keeps points as they come, a second apart or more: at most that many. The last one's
// width is the first that it has.
var (
	tierSizes  = [seriesTiers]int{600, 360, 720, 720}
	tierWidths = [seriesTiers]int64{
		int64(time.Second), int64(10 * time.Second), int64(time.Minute), int64(10 * time.Minute),
	}
)

// NewSeries returns an empty Series.
func NewSeries() *Series { return new(Series) }

// Reset forgets all points, and what the last reading was.
func (s *Series) Reset() {
	*s = Series{view: s.view[:0], reader: seriesReader{before: s.reader.before[:0], now: s.reader.now[:0]}}
}

// Clone returns a copy that shares no memory with s, to be drawn. It cannot Observe.
func (s *Series) Clone() *Series {
	c := &Series{coarse: s.coarse}
	for n := range s.tiers {
		c.tiers[n] = tier{points: slices.Clone(s.tiers[n].points), oldest: s.tiers[n].oldest}
	}
	c.reader.slots.all = slices.Clone(s.reader.slots.all)
	c.reader.protos.all = slices.Clone(s.reader.protos.all)
	c.reader.apps.all = slices.Clone(s.reader.apps.all)
	return c
}

// Add appends a point. It is about what came after the one before.
func (s *Series) Add(p *Point) {
	if last := s.tiers[0].last(); last != nil && last.Span+p.Span <= tierWidths[0] {
		last.join(p)
		return
	}
	s.push(0, p)
}

// push appends a point to a tier. The oldest there moves on to the next.
func (s *Series) push(n int, p *Point) {
	t := &s.tiers[n]
	if len(t.points) < tierSizes[n] {
		t.points = append(t.points, *p)
		return
	}
	if n == seriesTiers-1 {
		s.widen()
		s.age(n, p)
		return
	}
	s.age(n+1, &t.points[t.oldest])
	t.points[t.oldest] = *p
	t.oldest = (t.oldest + 1) % len(t.points)
}

// age takes a point into a tier of coarser ones: into the newest there while both are of
// the same stretch of the clock.
func (s *Series) age(n int, p *Point) {
	width := tierWidths[n]
	if n == seriesTiers-1 {
		s.coarse = max(s.coarse, width)
		width = s.coarse
	}
	if last := s.tiers[n].last(); last != nil && stretch(last.Time, width) == stretch(p.Time, width) {
		last.join(p)
		return
	}
	s.push(n, p)
}

// stretch numbers the stretches of the clock of a width by a time at their end.
func stretch(ns, width int64) int64 { return (ns - 1) / width }

// widen doubles the width of the last tier, which is full, until that makes room.
func (s *Series) widen() {
	t := &s.tiers[seriesTiers-1]
	for full := len(t.points); len(t.points) == full; {
		s.coarse *= 2
		kept := t.points[:1] // the last tier is no ring: its points never move on
		for i := 1; i < full; i++ {
			p := &t.points[i]
			if last := &kept[len(kept)-1]; stretch(last.Time, s.coarse) == stretch(p.Time, s.coarse) {
				last.join(p)
			} else {
				kept = append(kept, *p)
			}
		}
		t.points = kept
	}
}

// last returns the newest point of a tier, nil where there is none.
func (t *tier) last() *Point {
	if len(t.points) == 0 {
		return nil
	}
	return t.at(len(t.points) - 1)
}

// at returns point n of a tier, counted from the oldest.
func (t *tier) at(n int) *Point { return &t.points[(t.oldest+n)%len(t.points)] }

// Each calls f with the points that are about the time from..to, or a part of it (ns
// since the Unix epoch), the oldest first, until it returns false. The points are not to
// be written to.
func (s *Series) Each(from, to int64, f func(*Point) bool) {
	for n := seriesTiers - 1; n >= 0; n-- {
		t := &s.tiers[n]
		for i := range t.points {
			p := t.at(i)
			if p.Time <= from {
				continue
			}
			if p.Time-p.Span >= to || !f(p) {
				return
			}
		}
	}
}

// Last returns the points of the last n seconds, the oldest first. They are valid until
// the next call, and not to be written to.
func (s *Series) Last(n int) []Point {
	s.view = s.view[:0]
	if last := s.tiers[0].last(); last != nil {
		s.Each(last.Time-int64(n)*int64(time.Second), last.Time, func(p *Point) bool {
			s.view = append(s.view, *p)
			return true
		})
	}
	return s.view
}

// Span returns the times of the beginning and the end of what is kept, 0 and 0 while
// there is nothing.
func (s *Series) Span() (from, to int64) {
	for n := seriesTiers - 1; n >= 0; n-- {
		if t := &s.tiers[n]; len(t.points) > 0 {
			if from == 0 {
				from = t.at(0).Time - t.at(0).Span
			}
			to = t.last().Time
		}
	}
	return from, to
}

// Sum adds up the points that end in the time from..to: those of two stretches that
// follow each other have no point in common. The sum's own Time and Span say what time it
// is about. It returns false where there is none.
func (s *Series) Sum(from, to int64) (sum Point, ok bool) {
	s.Each(from, to, func(p *Point) bool {
		switch {
		case p.Time > to:
		case ok:
			sum.join(p)
		default:
			sum, ok = *p, true
		}
		return true
	})
	return sum, ok
}

// At returns the point that a time is in, nil where none is. It is not to be written to.
func (s *Series) At(ns int64) (at *Point) {
	s.Each(ns-1, ns, func(p *Point) bool {
		at = p
		return false
	})
	return at
}
