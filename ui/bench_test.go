package ui

import (
	"fmt"
	"net/netip"
	"testing"

	"sockeye/internal/testkit/screen"
	"sockeye/track"
	"sockeye/ui/term"
)

// crowd returns n flows that differ in their ends and rates.
func crowd(n int) []track.Row {
	few := screen.Rows()
	all := make([]track.Row, n)
	for i := range all {
		r := few[i%len(few)]
		r.ID = uint64(i + 1)
		r.Remote.Addr = netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		r.Names = nil
		r.Rate[0][1].Bytes += float64(i*7919%100_000) * 10
		all[i] = r
	}
	return all
}

// BenchmarkKey measures from a key to the picture that it makes, terminal aside.
func BenchmarkKey(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		for _, c := range []struct {
			name string
			keys [2]string // in turn
		}{{"move", [2]string{"j", "k"}}, {"sort", [2]string{"1", "3"}}, {"group", [2]string{"a", "a"}}, {"tab", [2]string{"f6", "f1"}}} {
			b.Run(fmt.Sprintf("flows=%d/%s", n, c.name), func(b *testing.B) {
				s := newStage(b, 120, 40, func(o *Options) { o.Source.(*screen.Source).Flows = crowd(n) })
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					s.press(c.keys[i%2])
				}
			})
		}
		b.Run(fmt.Sprintf("flows=%d/query", n), func(b *testing.B) {
			s := newStage(b, 120, 40, func(o *Options) { o.Source.(*screen.Source).Flows = crowd(n) })
			s.press("/")
			s.typed("port:44")
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%2 == 0 {
					s.typed("3")
				} else {
					s.send(term.Event{Kind: term.KeyPress, Key: term.Key{Code: term.Backspace}})
				}
			}
		})
	}
}

// BenchmarkPicture measures what the loop does with each batch.
func BenchmarkPicture(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprintf("flows=%d", n), func(b *testing.B) {
			s := newStage(b, 120, 40, func(o *Options) { o.Source.(*screen.Source).Flows = crowd(n) })
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				s.collect.fetch()
				b.StartTimer()
				s.receive()
				s.turn()
			}
		})
	}
}
