package track

import (
	"math/rand/v2"
	"sync"
	"testing"

	"sockeye/parse"
)

// A flow passes several interfaces, each with a ring for its whole packets and
// one for its fragments, which are read in any order: every packet counts once.
func TestFragmentsOnSeveralInterfaces(t *testing.T) {
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(9, seed))
		shards, ifaces := 2+rng.IntN(3), 2+rng.IntN(2)
		tab := newTable(t, Config{Shards: shards})
		type ring struct {
			shard int
			ks    []pkt
		}
		rings := make([]ring, 2*ifaces)
		own, frag := rng.IntN(shards), rng.IntN(shards)
		const events = 60 // within copyDelay
		var packets uint64
		for i := range events {
			k := pkt{src: "10.0.0.1:5000", dst: "10.0.0.2:2049", at: int64(i) * 3 * ms}
			if rng.IntN(2) == 0 {
				k.src, k.dst = k.dst, k.src
			}
			packets++
			fragmented := rng.IntN(3) == 0
			if fragmented {
				packets++
			}
			for iface := range ifaces {
				k := k
				k.iface, k.at = uint16(iface), k.at+int64(iface)*10_000
				whole, pieces := &rings[2*iface], &rings[2*iface+1]
				whole.shard, pieces.shard = own, frag
				if !fragmented {
					whole.ks = append(whole.ks, k)
					continue
				}
				k.status, k.fragID = firstFrag, uint32(i)
				pieces.ks = append(pieces.ks, k)
				k.src, k.dst, k.status = k.src[:8]+":0", k.dst[:8]+":0", laterFrag
				pieces.ks = append(pieces.ks, k)
			}
		}
		for len(rings) > 0 {
			i := rng.IntN(len(rings))
			r := &rings[i]
			n := min(len(r.ks), 1+rng.IntN(20))
			feed(tab, r.shard, r.ks[:n]...)
			for shard := range shards {
				if rng.IntN(2) == 0 {
					tab.Shard(shard).EndBlock() // mail arrives
				}
			}
			if r.ks = r.ks[n:]; len(r.ks) == 0 {
				rings = append(rings[:i], rings[i+1:]...)
			}
		}
		s := new(Snapshot)
		tab.Snapshot(s, Request{Now: t0 + 1000*ms, Final: true})
		addsUp(t, s)
		if len(s.Flows) != 1 || s.Totals.All.Packets != packets {
			t.Errorf("seed %d, %d shards, %d interfaces, queues %d and %d: got %d flows, %d packets want 1, %d",
				seed, shards, ifaces, own, frag, len(s.Flows), s.Totals.All.Packets, packets)
		}
	}
}

// Tunnels reach any queue: all their packets must meet in one row.
func TestStraysMeet(t *testing.T) {
	for _, shards := range []int{1, 2, 3, 8} {
		rng := rand.New(rand.NewPCG(7, uint64(shards)))
		tab := newTable(t, Config{Shards: shards})
		for i := range 2000 {
			src, dst := host(i % 20)
			k := pkt{src: src, dst: dst, proto: 47, status: parse.Stray, at: int64(i) * ms}
			if rng.IntN(2) == 0 {
				k.src, k.dst = dst, src
			}
			feed(tab, rng.IntN(shards), k)
		}
		s := new(Snapshot)
		tab.Snapshot(s, Request{Now: t0 + 3000*ms, Final: true})
		addsUp(t, s)
		if len(s.Flows) != 20 || s.Totals.All.Packets != 2000 || s.Totals.Other.Count.Packets != 0 {
			t.Errorf("%d shards: got %d flows, %d packets, %d of them in no row; want 20, 2000, 0",
				shards, len(s.Flows), s.Totals.All.Packets, s.Totals.Other.Count.Packets)
		}
	}
}

// Fragments of a flow are hashed into another queue than its whole packets,
// whichever come first.
func TestFragmentsInAnotherQueue(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(8, seed))
		shards := 2 + rng.IntN(3)
		tab := newTable(t, Config{Shards: shards})
		own, frag := rng.IntN(shards), rng.IntN(shards)
		var bytes, packets uint64
		for i := range 200 {
			k := pkt{src: "10.0.0.1:5000", dst: "10.0.0.2:2049", at: int64(i) * 20 * ms, n: uint32(100 + rng.IntN(1000))}
			to := own
			if rng.IntN(2) == 0 {
				k.src, k.dst = k.dst, k.src
			}
			if rng.IntN(3) == 0 {
				k.status, k.fragID, to = firstFrag, uint32(i), frag
			}
			feed(tab, to, k)
			bytes += uint64(k.n)
			packets++
			if k.status != 0 {
				k.src, k.dst, k.status = "10.0.0.1:0", "10.0.0.2:0", laterFrag
				if k.packet().Swapped != (pkt{src: "10.0.0.1:5000", dst: "10.0.0.2:2049"}).packet().Swapped {
					t.Fatal("the builder turned the packet")
				}
				bytes += uint64(k.n)
				packets++
				feed(tab, to, k)
			}
		}
		s := new(Snapshot)
		tab.Snapshot(s, Request{Now: t0 + 4000*ms, Final: true})
		addsUp(t, s)
		var rows int
		for _, r := range s.Flows {
			if r.Local.Port != 0 {
				rows++
			}
		}
		if rows != 1 || s.Totals.All.Bytes != bytes || s.Totals.All.Packets != packets {
			t.Fatalf("seed %d: got %d rows, %d packets, %d bytes; want 1, %d, %d", seed, rows, s.Totals.All.Packets, s.Totals.All.Bytes, packets, bytes)
		}
	}
}

// A table may have more shards than there are queues. Those have nobody who
// reads their mail: no stray may be sent there.
func TestStraysStayAmongQueues(t *testing.T) {
	tab, err := New(Config{Shards: 8, MaxFlows: 1 << 12})
	if err != nil {
		t.Fatal(err)
	}
	defer tab.Close()
	w := []*Writer{tab.Shard(0), tab.Shard(1)}
	const each = 2 * mailboxSize
	for i := range each {
		src, dst := host(i % 64)
		for _, q := range w {
			q.Packets([]parse.Packet{pkt{src: src, dst: dst, proto: 50, status: parse.Stray}.packet()})
			q.EndBlock()
		}
	}
	s := new(Snapshot)
	tab.Snapshot(s, Request{Now: t0 + 1000*ms, Final: true})
	addsUp(t, s)
	if len(s.Flows) != 64 || s.Losses.Handoff != 0 || s.Totals.All.Packets != 2*each {
		t.Errorf("got %d flows, %d lost, %d packets; want 64, 0, %d", len(s.Flows), s.Losses.Handoff, s.Totals.All.Packets, 2*each)
	}
}

// The history of a flow moves with it.
func TestGrantKeepsRates(t *testing.T) {
	tab := newTable(t, Config{Shards: 2, Start: t0})
	k := pkt{src: "10.0.0.1:5000", dst: "10.0.0.2:2049", status: firstFrag}
	p := k.packet()
	reg := tab.shards[0].registrar(p.Key.Hash(tab.seed))
	for at := int64(0); at < 38_000; at += 100 {
		k.at, k.fragID = at*ms, uint32(at)
		feed(tab, reg, k)
	}
	tab.settle(false)
	k.at, k.status = 38_000*ms, 0
	feed(tab, 1-reg, k)
	s := snapshot(tab, 40_000*ms)
	addsUp(t, s)
	r := only(t, s)
	if r.Count[Sent].Packets != 381 {
		t.Errorf("got %d packets, want 381", r.Count[Sent].Packets)
	}
	within(t, "40 s rate", r.Rate[2][Sent].Bytes, 381*1000/40, 0.02)
}

// While a snapshot goes from shard to shard, a flow stays where it is.
func TestGrantWaitsForSnapshots(t *testing.T) {
	tab := newTable(t, Config{Shards: 2, Start: t0})
	k := pkt{src: "10.0.0.1:5000", dst: "10.0.0.2:2049", status: firstFrag}
	p := k.packet()
	reg := tab.shards[0].registrar(p.Key.Hash(tab.seed))
	feed(tab, reg, k)
	tab.settle(false)
	k.at, k.status = 10*ms, 0
	for _, walked := range []bool{true, false} {
		tab.walked.Store(walked)
		for range 4 { // the claim, and the grant or the claim again
			feed(tab, 1-reg, k)
			feed(tab, reg)
		}
		if lives := tab.shards[reg].live; lives == 1 != walked {
			t.Errorf("a snapshot is taken: %v; the registrar has %d flows", walked, lives)
		}
	}
	addsUp(t, snapshot(tab, 1000*ms))
}

// A mailbox that nobody reads fills up: what finds no room is counted and
// stays in the totals.
func TestMailboxFull(t *testing.T) {
	tab := newTable(t, Config{Shards: 2})
	var k pkt
	for i := 0; ; i++ { // a flow whose registrar is shard 1
		k.src, k.dst = host(i)
		k.proto, k.status = 47, parse.Stray
		p := k.packet()
		if tab.shards[0].registrar(p.Key.Hash(tab.seed)) == 1 {
			break
		}
	}
	for range mailboxSize + 100 {
		feed(tab, 0, k)
	}
	s := new(Snapshot)
	tab.Snapshot(s, Request{Now: t0 + 1000*ms})
	addsUp(t, s)
	if s.Totals.All.Packets != mailboxSize+100 || s.Losses.Handoff != 100 || s.Totals.Other.Count.Packets != 100 {
		t.Errorf("got %d packets, %d lost on the way, %d in no row; want %d, 100, 100",
			s.Totals.All.Packets, s.Losses.Handoff, s.Totals.Other.Count.Packets, mailboxSize+100)
	}
}

// Writers of all shards, two to a shard, strays and snapshots at the same
// time; the end is exact. The race detector watches.
func TestConcurrentWriters(t *testing.T) {
	const shards, writers, each = 3, 6, 3000
	tab := newTable(t, Config{Shards: shards, MaxFlows: 300, Start: t0})
	stop := make(chan struct{})
	var readers, wg sync.WaitGroup
	readers.Go(func() {
		var s Snapshot
		var last uint64
		for {
			select {
			case <-stop:
				return
			default:
			}
			tab.Snapshot(&s, Request{Now: t0 + 1000*ms, Top: 10})
			if s.Totals.All.Packets > writers*each {
				t.Errorf("a snapshot holds %d packets, more than there are", s.Totals.All.Packets)
				return
			}
			last = max(last, s.Totals.All.Packets)
		}
	})
	for n := range writers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(9, uint64(n)))
			w := tab.Shard(n)
			var ps [8]parse.Packet
			for range each / len(ps) {
				for i := range ps {
					f := rng.IntN(1000)
					src, dst := host(f*shards + n%shards)
					k := pkt{src: src, dst: dst, at: rng.Int64N(1000) * ms, iface: uint16(n)}
					if f < 20 {
						k.src, k.dst = host(f)
						k.proto, k.status = 47, parse.Stray
					}
					ps[i] = k.packet()
				}
				w.Packets(ps[:])
				w.EndBlock()
			}
		})
	}
	wg.Wait()
	close(stop)
	readers.Wait()
	s := new(Snapshot)
	tab.Snapshot(s, Request{Now: t0 + 1000*ms, Final: true})
	addsUp(t, s)
	var ifaces uint64
	for _, i := range s.Interfaces {
		ifaces += i.Count[Sent].Packets + i.Count[Received].Packets
	}
	if s.Totals.All.Packets != ifaces-copies(s) || ifaces != writers*each {
		t.Errorf("got %d packets, %d on the interfaces; want %d", s.Totals.All.Packets, ifaces, writers*each)
	}
}

// copies: the test's strays pass several interfaces, and each counts at home
// only.
func copies(s *Snapshot) uint64 {
	var on, counted uint64
	for _, i := range s.Interfaces {
		on += i.Count[Sent].Packets + i.Count[Received].Packets
	}
	counted = s.Totals.All.Packets
	return on - counted
}
