package track

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"

	"sockeye/parse"
)

// countSlowly counts a packet of a flow in all its steps, as batch does where hit
// declines.
func (sh *Shard) countSlowly(p *parse.Packet) {
	if p.Status&(parse.Fragment|parse.Stray) != 0 {
		sh.stray(p)
		return
	}
	h := p.Key.Hash(sh.t.seed)
	f, slot := sh.find(&p.Key, h)
	if f == nil || sh.succeeded(f, slot, p) {
		f, slot = sh.create(p, h)
	}
	sh.onInterface(p, f)
	if sh.carried(f, slot, p) {
		sh.count(f, slot, p)
	}
}

// mixture makes packets of a few flows that differ in all that counting looks at.
// Most follow the one before within milliseconds.
func mixture(rng *rand.Rand, n int) []parse.Packet {
	ends := []string{"10.0.0.1", "10.0.0.2", "192.0.2.1", "192.0.2.2", "198.51.100.1", "127.0.0.1"}
	var ps []parse.Packet
	at := int64(0)
	for range n {
		switch rng.IntN(500) {
		case 0:
			at += rng.Int64N(60_000 * ms)
		case 1:
			at -= rng.Int64N(60_000 * ms)
		case 2, 3, 4, 5:
			at += rng.Int64N(1500 * ms)
		default:
			at += rng.Int64N(2 * ms)
		}
		k := pkt{at: at, n: uint32(60 + rng.IntN(1440)), flags: uint8(rng.Uint32()) &^ parse.FlagSYN, hint: parse.Hint(rng.IntN(int(parse.HintOutgoing) + 1))}
		a := rng.IntN(len(ends) - 1)
		k.src, k.dst = fmt.Sprintf("%s:%d", ends[a], 1000+rng.IntN(3)), fmt.Sprintf("%s:80", ends[a+1])
		if rng.IntN(2) == 0 {
			k.src, k.dst = k.dst, k.src
		}
		if k.proto = parse.ProtoUDP; a%2 == 0 {
			k.proto = parse.ProtoTCP
		} else {
			k.flags = 0
		}
		switch rng.IntN(200) {
		case 0:
			k.iface = uint16(rng.IntN(3)) // for good: from then on hit leaves the flow alone
		case 1:
			k.n = math.MaxUint32 - uint32(rng.IntN(3000)) // a span stays at the top
		case 2:
			k.at -= rng.Int64N(1000 * ms)
		case 3:
			k.status = parse.Fragment | parse.FirstFrag
		case 4:
			k.status = parse.Malformed
		case 5:
			k.status = parse.Truncated
		case 6:
			k.vlan = uint16(rng.IntN(3))
		case 7:
			k.segs = uint16(rng.IntN(5))
		case 8:
			if k.proto == parse.ProtoTCP {
				k.flags |= parse.FlagSYN
			}
		case 9:
			if rng.IntN(10) == 0 {
				k.at += 60_000 * ms // all others are untimely then
			}
		}
		ps = append(ps, k.packet())
	}
	return ps
}

// TestHit holds the short way of counting against the long one: all that
// shards hold is the same after it, and so is what snapshots show.
func TestHit(t *testing.T) {
	hits, all := 0, 0
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(6, seed))
		ps := mixture(rng, 4_000)
		all += len(ps)
		c := Config{MaxFlows: 10 + 3*int(seed), HistoryBytes: int(1+seed%3) * 3 * denseBytes, ShowLoopback: seed%2 == 0}
		var tabs [3]*Table // long way; hit where it counts; batches
		for i := range tabs {
			tabs[i] = newTable(t, c)
			tabs[i].seed = parse.Seed{1, 2}
			tabs[i].SetLocal([]netip.Addr{netip.MustParseAddr("10.0.0.1")})
		}
		long, short, batches := tabs[0].shards[0], tabs[1].shards[0], tabs[2].shards[0]
		for from := 0; from < len(ps); {
			to := min(from+1+rng.IntN(2*batchMax), len(ps))
			for _, p := range ps[from:to] {
				q := p
				long.countSlowly(&q)
				f, slot := short.find(&p.Key, p.Key.Hash(short.t.seed))
				if p.Status&parse.Fragment == 0 && f != nil && short.hit(f, slot, &p) {
					hits++
				} else {
					short.countSlowly(&p)
				}
			}
			batches.packets(ps[from:to])
			now := Request{Now: ps[to-1].Time}
			from = to
			if rng.IntN(5) != 0 && from < len(ps) {
				continue
			}
			sameShards(t, long, short)
			sameShards(t, long, batches)
			var shown [3]Snapshot
			for i := range tabs {
				tabs[i].Snapshot(&shown[i], now)
			}
			if !reflect.DeepEqual(shown[0], shown[1]) || !reflect.DeepEqual(shown[0], shown[2]) {
				t.Fatalf("seed %d: after packet %d snapshots differ: the long way\n%+v\nby hit\n%+v\nin batches\n%+v", seed, from, shown[0], shown[1], shown[2])
			}
		}
	}
	if hits < all/8 {
		t.Errorf("hit counted %d of %d packets, want an eighth at least", hits, all)
	}
}

// sameShards compares all that counting changes.
func sameShards(t *testing.T, want, got *Shard) {
	t.Helper()
	if got.flows.n != want.flows.n || got.dense.n != want.dense.n {
		t.Fatalf("got %d flows and %d histories, want %d and %d", got.flows.n, got.dense.n, want.flows.n, want.dense.n)
	}
	for slot := range want.flows.n {
		if g, w := got.flows.at(slot), want.flows.at(slot); *g != *w {
			t.Fatalf("flow %d: got\n%+v, want\n%+v", slot, *g, *w)
		}
	}
	for slot := range want.dense.n {
		if g, w := got.dense.at(slot), want.dense.at(slot); *g != *w {
			t.Fatalf("history %d: got\n%+v, want\n%+v", slot, *g, *w)
		}
	}
	type rest struct {
		clock, lo, hi int64
		bucket        uint32
		made          uint64
		losses        Losses
		copies        Count
	}
	g := rest{got.clock, got.lo, got.hi, got.bucket, got.made, got.losses, got.copies}
	w := rest{want.clock, want.lo, want.hi, want.bucket, want.made, want.losses, want.copies}
	if g != w {
		t.Fatalf("got %+v, want %+v", g, w)
	}
	for what, pair := range map[string][2]any{
		"books":      {got.books, want.books},
		"journal":    {got.journal, want.journal},
		"elsewhere":  {got.elsewhere, want.elsewhere},
		"tallies":    {got.ifaces, want.ifaces},
		"interfaces": {got.meters, want.meters},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Fatalf("%s: got\n%+v, want\n%+v", what, pair[0], pair[1])
		}
	}
}
