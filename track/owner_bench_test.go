package track

import (
	"fmt"
	"testing"

	"sockeye/parse"
	"sockeye/track/proc"
)

// thousands is an Owners of which each process has a thousand flows, with its answers.
type thousands []*proc.Process

func newThousands(flows int) thousands {
	k := make(thousands, flows/1000+1)
	for i := range k {
		k[i] = &proc.Process{ID: proc.ID{PID: int32(i + 1)}, Ref: proc.Ref(i + 1)}
	}
	return k
}

func (thousands) Ask([]proc.Question)   {}
func (thousands) Wants(*parse.Key) bool { return false }
func (k thousands) Owner(f proc.Found) proc.Owner {
	return proc.Owner{Process: k[f.Ref-1], Source: f.Source}
}

// own answers for every flow of a table with one shard.
func (k thousands) own(t *Table) {
	for slot := range t.shards[0].flows.n {
		f := proc.Found{Ref: proc.Ref(slot/1000 + 1), Source: proc.FromEBPF}
		t.Answer([]proc.Answer{{Flow: uint64(slot) + 1, Place: uint64(slot), Ends: [2]proc.Found{f}}})
	}
}

// BenchmarkOwned is what it costs that flows have owners: for packets, for new flows,
// for snapshots, and for adding up by process.
func BenchmarkOwned(b *testing.B) {
	for _, flows := range []int{1000, 100_000, 1_000_000} {
		for _, on := range []bool{false, true} {
			name := fmt.Sprintf("flows=%d/owners=%t", flows, on)
			make := func(b *testing.B) (*Table, parse.Packet) {
				c := Config{MaxFlows: 1 << 20, Start: t0}
				k := newThousands(flows)
				if on {
					c.Owners = k
				}
				t, p := fill(b, c, flows)
				if on {
					k.own(t)
				}
				return t, p
			}
			b.Run("update/"+name, func(b *testing.B) {
				t, p := make(b)
				update(b, t, p, flows)
			})
			for _, by := range [][]*Grouping{nil, {NewGrouping(GroupHost, nil)}, {NewGrouping(GroupProcess, nil)}} {
				kind := []string{"snapshot/", "host/", "process/"}[b2i(by != nil)+b2i(by != nil && by[0].by == GroupProcess)]
				b.Run(kind+name, func(b *testing.B) {
					t, _ := make(b)
					s := NewSnapshot(by...)
					b.ReportAllocs()
					for b.Loop() {
						t.Snapshot(s, Request{Now: t0 + 1000*ms, Top: 1000})
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(flows), "ns/flow")
				})
			}
		}
	}
	for _, on := range []bool{false, true} {
		b.Run(fmt.Sprintf("new/owners=%t", on), func(b *testing.B) {
			c := Config{MaxFlows: 10_000, Start: t0, History: -1}
			if on {
				c.Owners = quiet{}
			}
			t, p := fill(b, c, 10_000)
			w := t.Shard(0)
			next := 10_000
			b.ReportAllocs()
			for b.Loop() {
				spread(&p, next%60_000, t0+int64(next))
				next++
				w.Packets([]parse.Packet{p})
				w.EndBlock()
			}
		})
	}
}
