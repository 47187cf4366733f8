package tab

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sockeye/internal/testkit"
)

const aSecond = int64(time.Second)

// randomPoint returns what may have passed in span, with counters that do not add up to
// anything: only sums are to be compared.
func randomPoint(r *rand.Rand, at, span int64) Point {
	p := Point{Time: at, Span: span, Active: r.IntN(100)}
	p.MostActive = p.Active
	for way := range p.Own {
		p.Own[way] = Volume{r.Uint64N(1e9), r.Uint64N(1e6)}
		p.Peak[way] = p.Rate(way)
	}
	p.All = Volume{r.Uint64N(2e9), r.Uint64N(2e6)}
	p.Peak[2] = p.AllRate()
	p.Opened, p.Closed, p.Retransmits, p.Spurious, p.TCP = r.Uint64N(9), r.Uint64N(9), r.Uint64N(9), r.Uint64N(9), r.Uint64N(99)
	p.OutOfOrder, p.Missed, p.Lost, p.Queue, p.Evicted = r.Uint64N(9), r.Uint64N(9), r.Uint64N(9), r.Uint64N(9), r.Uint64N(9)
	p.Unrowed = r.Uint64N(9)
	p.Apps[r.IntN(maxPointApps)] = r.Uint64N(1e9)
	p.Protocols[r.IntN(maxPointProtocols)] = Volume{r.Uint64N(1e9), r.Uint64N(1e6)}
	p.Interfaces[r.IntN(maxPointInterfaces)][r.IntN(2)] = Volume{r.Uint64N(1e9), r.Uint64N(1e6)}
	if r.IntN(3) > 0 {
		p.RTT, p.RTTSpan = time.Duration(r.IntN(1e8)), span
		p.HighestRTT = p.RTT
	}
	p.States[r.IntN(tcpStates)] = r.Uint32N(100)
	return p
}

// joined adds points up one by one.
func joined(all []Point) Point {
	sum := all[0]
	for i := range all[1:] {
		sum.join(&all[i+1])
	}
	sum.RTT = 0 // an average, that rounding may differ by a little
	return sum
}

// TestSeriesAgainstList has a Series say what a list of all points says, however coarse
// its points have become.
func TestSeriesAgainstList(t *testing.T) {
	for _, c := range []struct {
		name   string
		points int
		span   func(*rand.Rand) int64
	}{
		{"seconds", 30_000, func(*rand.Rand) int64 { return aSecond }},
		{"late and early", 20_000, func(r *rand.Rand) int64 { return aSecond/2 + r.Int64N(aSecond) }},
		{"every 10 s", 5_000, func(*rand.Rand) int64 { return 10 * aSecond }},
		{"often", 5_000, func(r *rand.Rand) int64 { return 1 + r.Int64N(aSecond/4) }},
		{"a file that jumps", 5_000, func(r *rand.Rand) int64 { return 1 + r.Int64N(3000*aSecond) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			var s Series
			var list []Point
			at := 1_700_000_000 * aSecond
			for i := range c.points {
				span := c.span(r)
				at += span
				p := randomPoint(r, at, span)
				list = append(list, p)
				s.Add(&p)
				if i%997 == 0 || i == c.points-1 {
					compareSeries(t, &s, list)
				}
			}
		})
	}
}

func compareSeries(t *testing.T, s *Series, list []Point) {
	t.Helper()
	from, to := s.Span()
	first, last := &list[0], &list[len(list)-1]
	if from != first.Time-first.Span || to != last.Time {
		t.Fatalf("after %d points: got the time %d..%d, want %d..%d", len(list), from, to, first.Time-first.Span, last.Time)
	}
	n, end, rest := 0, from, list
	s.Each(from, to, func(p *Point) bool {
		n++
		if p.Time-p.Span != end {
			t.Fatalf("point %d begins at %d, want %d, where the one before ends", n, p.Time-p.Span, end)
		}
		end = p.Time
		i := slices.IndexFunc(rest, func(q Point) bool { return q.Time == p.Time })
		if i < 0 {
			t.Fatalf("no point ends at %d", p.Time)
		}
		got := *p
		got.RTT = 0
		if want := joined(rest[:i+1]); got != want {
			t.Fatalf("point %d of %d others: got %+v, want %+v", n, i+1, got, want)
		}
		rest = rest[i+1:]
		return true
	})
	if most := tierSizes[0] + tierSizes[1] + tierSizes[2] + tierSizes[3]; n > most {
		t.Fatalf("got %d points after %d, want at most %d", n, len(list), most)
	}
	if len(rest) > 0 {
		t.Fatalf("%d points are in none", len(rest))
	}
}

// TestSeriesKeepsSeconds has the last ten minutes in seconds, and asks for a part of them.
func TestSeriesKeepsSeconds(t *testing.T) {
	var s Series
	for i := range int64(5000) {
		s.Add(&Point{Time: (i + 1) * aSecond, Span: aSecond, All: Volume{Bytes: uint64(i)}})
	}
	got := s.Last(60)
	if len(got) != 60 || got[0].All.Bytes != 4940 || got[59].All.Bytes != 4999 {
		t.Fatalf("got %d points from %v to %v, want 60 from 4940 to 4999", len(got), got[0].All.Bytes, got[len(got)-1].All.Bytes)
	}
	for _, p := range s.Last(600) {
		if p.Span != aSecond {
			t.Fatalf("a point of the last ten minutes is %v long", time.Duration(p.Span))
		}
	}
	if sum, ok := s.Sum(4990*aSecond, 5000*aSecond); !ok || sum.Span != 10*aSecond || sum.All.Bytes != 49945 {
		t.Errorf("got %d bytes in %v, want 49945 in 10s", sum.All.Bytes, time.Duration(sum.Span))
	}
	if _, ok := s.Sum(6000*aSecond, 7000*aSecond); ok {
		t.Error("something is known of what is to come")
	}
}

func TestSeriesAllocations(t *testing.T) {
	var s Series
	r := rand.New(rand.NewPCG(1, 2))
	at := aSecond
	add := func(span int64) {
		at += span
		p := randomPoint(r, at, span)
		s.Add(&p)
	}
	for range 3000 {
		add(700 * aSecond)
	}
	testkit.ZeroAllocs(t, "Add", func() { add(aSecond) })
}

func TestSeriesClone(t *testing.T) {
	var s Series
	for i := range int64(2000) {
		s.Add(&Point{Time: (i + 1) * aSecond, Span: aSecond, All: Volume{Bytes: 1}})
	}
	c := s.Clone()
	s.Add(&Point{Time: 2001 * aSecond, Span: aSecond, All: Volume{Bytes: 1}})
	if sum, _ := c.Sum(0, 3000*aSecond); sum.All.Bytes != 2000 {
		t.Errorf("the copy has %d bytes, want 2000", sum.All.Bytes)
	}
	if sum, _ := s.Sum(0, 3000*aSecond); sum.All.Bytes != 2001 {
		t.Errorf("the original has %d bytes, want 2001", sum.All.Bytes)
	}
}
