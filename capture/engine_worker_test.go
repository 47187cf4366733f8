package capture

import (
	"io"
	"sync"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// nullSink throws packets away.
type nullSink struct{ packets int }

func (s *nullSink) Packets(ps []parse.Packet) { s.packets += len(ps) }
func (s *nullSink) EndBlock()                 {}

// newTestWorker returns a worker on a source, with the limit of count.
func newTestWorker(tb testing.TB, src Source, sink Sink, count uint64, o Options) *worker {
	tb.Helper()
	e, err := NewEngine(Config{Count: count, Options: o})
	if err != nil {
		tb.Fatal(err)
	}
	return e.newWorker(src, &lane{sink: sink})
}

func TestWorkerAllocatesNothing(t *testing.T) {
	for name, o := range map[string]Options{"both ways": {}, "in": {Direction: DirIn}} {
		sink := new(nullSink)
		w := newTestWorker(t, NewGenerator(Traffic{Flows: 1000, Block: 1000}), sink, 1<<40, o)
		ps := make([]parse.Packet, batch)
		if err := w.block(ps); err != nil { // the first one makes a page of tallies
			t.Fatal(err)
		}
		testkit.ZeroAllocs(t, name, func() {
			if err := w.block(ps); err != nil {
				t.Fatal(err)
			}
		})
		if sink.packets == 0 {
			t.Errorf("%s: nothing came through", name)
		}
	}
}

func TestLimitIsSharedExactly(t *testing.T) {
	l := newLimit(10_000)
	var wg sync.WaitGroup
	got := make([]int, 4)
	for i := range got {
		wg.Go(func() {
			for n := 1; ; n = n%70 + 1 {
				granted := l.take(n)
				got[i] += granted
				if granted < n {
					return
				}
			}
		})
	}
	wg.Wait()
	<-l.reached
	if sum := got[0] + got[1] + got[2] + got[3]; sum != 10_000 {
		t.Errorf("got %d, want 10000", sum)
	}
	if n := l.take(1); n != 0 {
		t.Errorf("after the end: got %d, want 0", n)
	}
}

func TestTalliesReachTheLastSlot(t *testing.T) {
	var a, b tallies
	for _, slot := range []uint16{0, 1, 255, 256, 65535} {
		a.at(slot).packets.Add(uint64(slot) + 1)
		b.at(slot).excluded.Add(2)
	}
	a.fold(&b)
	for _, slot := range []uint16{0, 1, 255, 256, 65535} {
		var s InterfaceStatus
		b.addSlot(slot, &s)
		if s.Packets != uint64(slot)+1 || s.Excluded != 2 {
			t.Errorf("slot %d: got %d packets and %d excluded", slot, s.Packets, s.Excluded)
		}
	}
	var none, all InterfaceStatus
	b.addSlot(300, &none)
	b.addAll(&all)
	if none.Packets != 0 || all.Packets != 1+2+256+257+65536 || all.Excluded != 10 {
		t.Errorf("got %+v for an empty slot, %+v for all", none, all)
	}
}

func TestGeneratorIsTheSameInAnyBatches(t *testing.T) {
	traffic := Traffic{Packets: 1000, Flows: 7, Sizes: []int{60, 590, 1514}, Block: 100, Step: 1000, Drops: 10, Iface: 3}
	type packet struct {
		data [frameRoom]byte
		time int64
		wire uint32
		hint parse.Hint
	}
	read := func(size int) (out []packet, blocks int) {
		g := NewGenerator(traffic)
		ps := make([]parse.Packet, size)
		for {
			n, more, err := g.Read(ps)
			for i := range ps[:n] {
				out = append(out, packet{[frameRoom]byte(ps[i].Data), ps[i].Time, ps[i].WireLen, ps[i].Hint})
			}
			if !more {
				blocks++
			}
			if err == io.EOF {
				break
			}
		}
		s, err := g.Stats()
		if err != nil || s.Received-s.Dropped != 1000 || s.Dropped != 111 {
			t.Errorf("stats: got %+v, %v, want 111 dropped and 1000 others", s, err)
		}
		return out, blocks
	}
	one, _ := read(1)
	many, blocks := read(1000)
	if len(one) != 1000 || len(many) != 1000 || blocks != 11 {
		t.Fatalf("got %d and %d packets in %d blocks, want 1000 in 10 and an end", len(one), len(many), blocks)
	}
	for i := range one {
		if one[i] != many[i] {
			t.Fatalf("packet %d: got %+v one by one and %+v in batches", i, one[i], many[i])
		}
	}
}

func TestGeneratorMakesFlowsOfTwoDirections(t *testing.T) {
	g := NewGenerator(Traffic{Packets: 400, Flows: 100, Sizes: []int{1000}})
	ps := make([]parse.Packet, batch)
	flows := make(map[parse.Key][2]int)
	for {
		n, _, err := g.Read(ps)
		for i := range ps[:n] {
			p := &ps[i]
			p.Decode()
			if p.Family != parse.FamilyIPv4 || p.Proto != 17 || p.IPLen != 986 || p.PayLen != 958 || p.Status&parse.Malformed != 0 {
				t.Fatalf("packet: got %+v", p)
			}
			ways := flows[p.Key]
			if p.Swapped != (p.Hint == parse.HintHost) {
				t.Fatalf("hint %d of a packet that is swapped %v", p.Hint, p.Swapped)
			}
			if p.Swapped {
				ways[1]++
			} else {
				ways[0]++
			}
			flows[p.Key] = ways
		}
		if err == io.EOF {
			break
		}
	}
	if len(flows) != 100 {
		t.Errorf("got %d flows, want 100", len(flows))
	}
	for key, ways := range flows {
		if ways != [2]int{2, 2} {
			t.Errorf("flow %+v: got %v packets each way, want 2 and 2", key, ways)
		}
	}
}

func BenchmarkWorker(b *testing.B) {
	const perBlock = 1000
	sink := new(nullSink)
	w := newTestWorker(b, NewGenerator(Traffic{Flows: 1000, Block: perBlock}), sink, 0, Options{})
	ps := make([]parse.Packet, batch)
	b.ReportAllocs()
	b.SetBytes(perBlock * frameRoom)
	for b.Loop() {
		if err := w.block(ps); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(sink.packets), "ns/packet")
}

func BenchmarkGenerator(b *testing.B) {
	g := NewGenerator(Traffic{Flows: 1000, Block: batch})
	ps := make([]parse.Packet, batch)
	b.ReportAllocs()
	b.SetBytes(batch * frameRoom)
	for b.Loop() {
		if _, _, err := g.Read(ps); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batch, "ns/packet")
}
