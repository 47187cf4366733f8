package track

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sockeye/internal/testkit"
	"sockeye/parse"
	"sockeye/parse/dpi"
)

// traffic makes packets of some hosts: both ways, on two interfaces, fragments
// with and without their first, a little out of order. far says that the time
// leaps now and then, by more than any window, both ways.
func traffic(rng *rand.Rand, n int, far bool) []parse.Packet {
	ps := make([]parse.Packet, 0, n)
	at := int64(0)
	for i := range n {
		at += rng.Int64N(20 * ms)
		if far && rng.IntN(500) == 0 {
			at += rng.Int64N(200_000*ms) - 60_000*ms
		}
		ends := [2]string{fmt.Sprintf("10.0.0.%d:%d", rng.IntN(20), 4000+rng.IntN(3)), fmt.Sprintf("192.0.2.%d:443", rng.IntN(20))}
		if rng.IntN(4) == 0 {
			ends = [2]string{fmt.Sprintf("[2001:db8::%x]:53", rng.IntN(20)), "[2001:db8::ffff]:53"}
		}
		if rng.IntN(2) == 0 {
			slices.Reverse(ends[:])
		}
		k := pkt{src: ends[0], dst: ends[1], at: max(0, at-rng.Int64N(300*ms)), n: uint32(100 + rng.IntN(1400)), iface: uint16(rng.IntN(2))}
		if rng.IntN(10) == 0 {
			k.status, k.fragID = parse.Fragment|parse.FirstFrag, uint32(i)
			ps = append(ps, k.packet())
			k.src, k.dst = netip.MustParseAddrPort(k.src).Addr().String(), netip.MustParseAddrPort(k.dst).Addr().String()
			k.src, k.dst = netip.AddrPortFrom(netip.MustParseAddr(k.src), 0).String(), netip.AddrPortFrom(netip.MustParseAddr(k.dst), 0).String()
			k.status = parse.Fragment | parse.NoPorts
		}
		ps = append(ps, k.packet())
	}
	for i := range ps {
		ps[i].Number = uint64(i) + 1
	}
	return ps
}

// through counts packets by a Feed, in batches and blocks of odd sizes, and
// returns what a snapshot shows in the middle and at the end.
func through(tb testing.TB, ps []parse.Packet, shards int) (out [2]*Snapshot) {
	tab := newTable(tb, Config{Shards: shards, Split: true})
	f := tab.NewFeed(2)
	defer f.Close()
	newest := int64(0)
	for i, k := 0, 0; i < len(ps); k++ {
		n := min(1+k%97, len(ps)-i)
		for _, p := range ps[i : i+n] {
			newest = max(newest, p.Time)
		}
		f.Packets(ps[i : i+n])
		if k%5 == 0 {
			f.EndBlock()
		}
		if half := len(ps) / 2; i < half && i+n >= half {
			f.Sync()
			out[0] = new(Snapshot)
			tab.Snapshot(out[0], Request{Now: newest})
		}
		i += n
	}
	f.Sync()
	out[1] = new(Snapshot)
	tab.Snapshot(out[1], Request{Now: newest, Final: true})
	return out
}

// plain are the options by which snapshots are compared.
var plain = gocmp.Options{cmpopts.EquateComparable(netip.Addr{}), cmpopts.IgnoreUnexported(Snapshot{}, dpi.App{}), cmpopts.EquateEmpty()}

// TestFeedAgainstOneShard checks that two shards show what one does.
func TestFeedAgainstOneShard(t *testing.T) {
	for seed := range uint64(6) {
		ps := traffic(rand.New(rand.NewPCG(1, seed)), 5_000, seed%2 == 1)
		one, two := through(t, ps, 1), through(t, ps, 2)
		for i := range one {
			for _, s := range []*Snapshot{one[i], two[i]} {
				addsUp(t, s)
			}
			if diff := gocmp.Diff(one[i], two[i], plain, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
				t.Fatalf("seed %d, snapshot %d: one shard (-), two (+):\n%s", seed, i, diff)
			}
		}
	}
}

// TestFeedRepeats checks that the same packets give the same snapshots, to the
// last digit, whoever is faster, whatever the times do.
func TestFeedRepeats(t *testing.T) {
	for seed := range uint64(3) {
		ps := traffic(rand.New(rand.NewPCG(2, seed)), 5_000, true)
		want := through(t, ps, 2)
		for range 5 {
			if got := through(t, ps, 2); !reflect.DeepEqual(got, want) { // gocmp takes a second
				t.Fatalf("seed %d: first (-), another time (+):\n%s", seed, gocmp.Diff(want, got, plain))
			}
		}
	}
}

// TestFeedUntimely checks that a packet is untimely by the newest one of the file,
// not by the newest that came to its shard.
func TestFeedUntimely(t *testing.T) {
	var ps []parse.Packet
	for i := range 41 {
		k := pkt{src: fmt.Sprintf("10.0.0.%d:4000", i), dst: "192.0.2.1:443", at: int64(i) * ms}
		if i == 20 {
			k.at = 100_000 * ms
		}
		ps = append(ps, k.packet())
	}
	for shards := 1; shards <= 3; shards++ {
		s := through(t, ps, shards)[1]
		addsUp(t, s)
		if s.Losses.Untimely != 20 {
			t.Errorf("%d shards: got %d untimely packets, want the 20 behind the one that is 100 s ahead", shards, s.Losses.Untimely)
		}
	}
}

// TestFeedRebase has the times go over the border behind which the table counts
// from another base: where that is must not depend on which shard is there first.
func TestFeedRebase(t *testing.T) {
	const border = (1<<31 - baseBuckets) * bucketNs // after the first packet
	for seed := range uint64(3) {
		rng := rand.New(rand.NewPCG(5, seed))
		ps := traffic(rng, 3_000, false)
		for i := range ps {
			if i >= 500 {
				ps[i].Time += border - 15_000*ms
			}
		}
		want := through(t, ps, 2)
		for range 5 {
			if got := through(t, ps, 2); !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d: first (-), another time (+):\n%s", seed, gocmp.Diff(want, got, plain))
			}
		}
	}
}

// TestFeedKeepsNothingTooLong checks that no packet waits for longer than its
// data stays valid.
func TestFeedKeepsNothingTooLong(t *testing.T) {
	const kept = 3
	tab := newTable(t, Config{Shards: 2, Split: true})
	f := tab.NewFeed(kept)
	defer f.Close()
	ps := traffic(rand.New(rand.NewPCG(3, 1)), 10_000, false)
	for i := range ps {
		f.Packets(ps[i : i+1])
		if i%4 != 0 {
			continue
		}
		f.EndBlock()
		for k := range f.lanes {
			l := &f.lanes[k]
			blocks := slices.Clone(l.sent)
			if len(l.fill.ps) > 0 {
				blocks = append(blocks, l.fill.block)
			}
			for _, b := range blocks {
				if f.block > b+kept {
					t.Fatalf("%d blocks have ended and a packet of block %d is not counted", f.block, b)
				}
			}
		}
	}
}

// TestFeedCap checks that eviction does not depend on whose turn it is.
func TestFeedCap(t *testing.T) {
	count := func() *Snapshot {
		tab := newTable(t, Config{Shards: 2, Split: true, MaxFlows: 200})
		f := tab.NewFeed(0)
		defer f.Close()
		for i := range 5000 {
			src, dst := fmt.Sprintf("10.0.%d.%d:1", i>>8, i&255), "192.0.2.1:443"
			f.Packets([]parse.Packet{pkt{src: src, dst: dst, at: int64(i) * ms}.packet()})
		}
		f.Sync()
		return snapshot(tab, 5000*ms)
	}
	want := count()
	addsUp(t, want)
	if len(want.Flows) != 200 || want.Losses.Evicted != 4800 {
		t.Errorf("got %d flows and %d evicted, want 200 and 4800", len(want.Flows), want.Losses.Evicted)
	}
	if diff := gocmp.Diff(want, count(), plain); diff != "" {
		t.Errorf("first (-), another time (+):\n%s", diff)
	}
}

func TestFeedAllocs(t *testing.T) {
	tab := newTable(t, Config{Shards: 2, Split: true})
	f := tab.NewFeed(1)
	defer f.Close()
	ps := traffic(rand.New(rand.NewPCG(4, 1)), 500, false)
	ps = slices.DeleteFunc(ps, func(p parse.Packet) bool { return p.Status != 0 })
	f.Packets(ps)
	testkit.ZeroAllocs(t, "feed", func() {
		for range 20 {
			f.Packets(ps)
		}
		f.EndBlock()
		f.Sync()
	})
}

func BenchmarkFeed(b *testing.B) {
	tab := newTable(b, Config{Shards: 2, Split: true})
	f := tab.NewFeed(8)
	defer f.Close()
	ps := make([]parse.Packet, 64)
	for i := range ps {
		src, dst := host(i * 7)
		ps[i] = pkt{src: src, dst: dst}.packet()
	}
	for b.Loop() {
		f.Packets(ps)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(ps)), "ns/packet")
}
