package main

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// scribe writes down what it is told.
type scribe struct{ said []string }

func (s *scribe) Packets(ps []parse.Packet) {
	for _, p := range ps {
		s.said = append(s.said, fmt.Sprint(p.Time))
	}
}
func (s *scribe) EndBlock() { s.said = append(s.said, "end") }
func (s *scribe) Sync()     { s.said = append(s.said, "sync") }

func TestIntervalSink(t *testing.T) {
	const far = math.MaxInt64 - 50
	tests := []struct {
		name  string
		every int64
		times [][]int64 // batches
		want  []string
	}{
		{"within one interval", 10, [][]int64{{100, 105}, {109}}, []string{"100", "105", "109"}},
		{"the grid begins at the first packet", 10, [][]int64{{103, 112, 113}}, []string{"103", "112", "sync", "cut 113", "113"}},
		{"cut in the middle of a batch", 10, [][]int64{{100, 111, 112, 121}}, []string{"100", "sync", "cut 110", "111", "112", "sync", "cut 120", "121"}},
		{"cut before a batch", 10, [][]int64{{100}, {110}}, []string{"100", "sync", "cut 110", "110"}},
		{"empty intervals are passed over", 10, [][]int64{{100, 175, 180}}, []string{"100", "sync", "cut 110", "175", "sync", "cut 180", "180"}},
		{"older packets stay where they are met", 10, [][]int64{{100, 111, 102, 119}}, []string{"100", "sync", "cut 110", "111", "102", "119"}},
		{"no intervals", 0, [][]int64{{100, 1000}, {5}}, []string{"100", "1000", "5"}},
		{"the epoch", 10, [][]int64{{0, 9, 10}}, []string{"0", "9", "sync", "cut 10", "10"}},
		{"the end of time", 10, [][]int64{{100, math.MaxInt64, 101, math.MaxInt64}, {120}}, []string{"100", "sync", "cut 110", fmt.Sprint(math.MaxInt64), "101", fmt.Sprint(math.MaxInt64), "120"}},
		{"a first packet at the end of time", 10, [][]int64{{math.MaxInt64 - 3, 101, math.MaxInt64}}, []string{fmt.Sprint(math.MaxInt64 - 3), "101", fmt.Sprint(math.MaxInt64)}},
		{"from one end of time to the other", 10, [][]int64{{math.MinInt64 + 7, far, 101, far + 10}}, []string{
			fmt.Sprint(math.MinInt64 + 7), "sync", fmt.Sprintf("cut %d", math.MinInt64+17), fmt.Sprint(int64(far)), "101",
			"sync", fmt.Sprintf("cut %d", int64(far)+2), fmt.Sprint(int64(far) + 10),
		}},
		{"a time far off", 10, [][]int64{{100, far, 101}}, []string{"100", "sync", "cut 110", fmt.Sprint(int64(far)), "101"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			next := &scribe{}
			s := &intervalSink{next: next, every: tt.every}
			s.cut = func(end int64) { next.said = append(next.said, fmt.Sprintf("cut %d", end)) }
			newest := int64(math.MinInt64)
			for _, batch := range tt.times {
				ps := make([]parse.Packet, len(batch))
				for i, at := range batch {
					ps[i].Time = at
					newest = max(newest, at)
				}
				s.Packets(ps)
			}
			if !slices.Equal(next.said, tt.want) {
				t.Errorf("got  %q\nwant %q", next.said, tt.want)
			}
			if s.newest != newest {
				t.Errorf("newest: got %d, want %d", s.newest, newest)
			}
		})
	}
}

type nowhere struct{}

func (nowhere) Packets([]parse.Packet) {}
func (nowhere) EndBlock()              {}
func (nowhere) Sync()                  {}

func TestIntervalSinkAllocs(t *testing.T) {
	ps := make([]parse.Packet, 64)
	s := &intervalSink{next: nowhere{}, every: 10, cut: func(int64) {}}
	now := int64(0)
	testkit.ZeroAllocs(t, "Packets", func() {
		for i := range ps {
			now++
			ps[i].Time = now
		}
		s.Packets(ps)
	})
}

func BenchmarkIntervalSink(b *testing.B) {
	ps := make([]parse.Packet, 64)
	s := &intervalSink{next: nowhere{}, every: 1 << 40, cut: func(int64) {}}
	b.ReportAllocs()
	for b.Loop() {
		s.Packets(ps)
	}
}
