package track

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"sockeye/parse"
	"sockeye/track/proc"
)

// natted is a flow that is translated: its ends inside and outside.
type natted struct{ src, dst, outSrc, outDst string }

// keys returns the key inside and outside, and whether their ends are in another order.
func (n natted) keys() (in, out parse.Key, swapped bool) {
	p, q := pkt{src: n.src, dst: n.dst}.packet(), pkt{src: n.outSrc, dst: n.outDst}.packet()
	return p.Key, q.Key, p.Swapped != q.Swapped
}

// tell answers a question about either side: owner has the flow at src, or at dst.
func (n natted) tell(t *Table, q proc.Question, atSrc, atDst proc.Found) {
	in, out, swapped := n.keys()
	a := proc.Answer{Flow: q.Flow, Place: q.Place, Translated: true, Swapped: swapped}
	from, to := n.src, n.dst
	if a.Other = out; q.Key == out {
		a.Other, from, to = in, n.outSrc, n.outDst
	}
	a.Ends = [2]proc.Found{atSrc, atDst}
	if (pkt{src: from, dst: to}).packet().Swapped {
		a.Ends = [2]proc.Found{atDst, atSrc}
	}
	t.Answer([]proc.Answer{a})
}

var (
	masqueraded = natted{"172.17.0.2:40000", "192.0.2.1:443", "10.0.0.1:40000", "192.0.2.1:443"}
	published   = natted{"192.0.2.9:50000", "172.17.0.2:80", "192.0.2.9:50000", "10.0.0.1:8080"}
)

// pass feeds a packet as a router reads it: inside on interface 0, outside on 1, in the
// order in which it passes them.
func (n natted) pass(t *Table, inside, outside int, at int64, out bool) {
	in := pkt{src: n.src, dst: n.dst, at: at, hint: parse.HintHost, n: 100}
	ex := pkt{src: n.outSrc, dst: n.outDst, at: at, hint: parse.HintOutgoing, iface: 1, n: 100}
	if !out {
		in.src, in.dst, ex.src, ex.dst = in.dst, in.src, ex.dst, ex.src
	}
	feed(t, inside, in)
	feed(t, outside, ex)
}

// The two names of a flow are one row, in whatever order the answers come and
// whichever of them comes at all.
func TestTranslated(t *testing.T) {
	for _, c := range []struct {
		name     string
		flow     natted
		atSrc    bool // the container's end
		answered string
		nat      string
		owners   string
	}{
		{"inside first", masqueraded, true, "in out", "10.0.0.1:40000 192.0.2.1:443", "curl -"},
		{"outside first", masqueraded, true, "out in", "10.0.0.1:40000 192.0.2.1:443", "curl -"},
		{"inside only", masqueraded, true, "in", "10.0.0.1:40000 192.0.2.1:443", "curl -"},
		{"outside only", masqueraded, true, "out", "10.0.0.1:40000 192.0.2.1:443", "curl -"},
		{"published port", published, false, "in out", "192.0.2.9:50000 10.0.0.1:8080", "(other host) curl"},
		{"published port, outside only", published, false, "out", "192.0.2.9:50000 10.0.0.1:8080", "- curl"},
	} {
		for shards := range 3 {
			t.Run(fmt.Sprintf("%s/shards=%d", c.name, shards+1), func(t *testing.T) {
				tab, r := ownedTable(t, Config{Shards: shards + 1, Limits: allLimits(time.Minute)})
				r.wants = true
				tab.SetLocal(ownAddrs)
				curl := r.process(7, "curl")
				inside, outside := 0, shards
				for i := range int64(3) {
					c.flow.pass(tab, inside, outside, i*ms, i%2 == 0)
				}
				qs := map[string]proc.Question{}
				inKey, _, _ := c.flow.keys()
				for _, q := range r.take() {
					name := "out"
					if q.Key == inKey {
						name = "in"
					}
					qs[name] = q
				}
				atSrc, atDst := curl, proc.Found{}
				if !c.atSrc {
					atSrc, atDst = proc.Found{}, curl
				}
				for side := range strings.FieldsSeq(c.answered) {
					c.flow.tell(tab, qs[side], atSrc, atDst)
				}
				for i := range int64(10) {
					c.flow.pass(tab, inside, outside, (10+i)*ms, i%2 == 0)
				}
				s := byOwners(t, tab, Request{Now: t0 + 100*ms}, GroupProcess)
				row := only(t, s)
				if row.NAT == nil {
					t.Fatal("the row has no other name")
				}
				if got := fmt.Sprintf("%s:%d %s:%d", row.NAT.Local.Addr, row.NAT.Local.Port, row.NAT.Remote.Addr, row.NAT.Remote.Port); got != c.nat {
					t.Errorf("other name: got %s, want %s", got, c.nat)
				}
				if got := owners(row); got != strings.Replace(c.owners, "- curl", "(pending) curl", 1) {
					t.Errorf("owners: got %q, want %q", got, c.owners)
				}
				if n := row.Count[Sent].Packets + row.Count[Received].Packets; n != 13 || row.Class != Forwarded || row.Ifaces != 3 {
					t.Errorf("got %d packets of class %d on %b, want 13, forwarded, on 11", n, row.Class, row.Ifaces)
				}
				if tot := &s.Totals; tot.All.Packets != 16 || tot.Copies.Packets != 10 || tot.Other.Flows != 1 || s.Live != 1 {
					t.Errorf("got %d packets, %d copies, %d others, %d flows; want 16, 10, 1, 1", tot.All.Packets, tot.Copies.Packets, tot.Other.Flows, s.Live)
				}
			})
		}
	}
}

// Flows of which it cannot be said which is inside, and those whose other side was not
// captured, stay, and say what they are called there.
func TestTranslatedAlone(t *testing.T) {
	for _, c := range []struct {
		name string
		flow natted
		feed [2]bool // inside, outside
		want []string
	}{
		{"outside only", masqueraded, [2]bool{false, true}, []string{"172.17.0.2:40000 192.0.2.1:443"}},
		{"inside only", masqueraded, [2]bool{true, false}, []string{"10.0.0.1:40000 192.0.2.1:443"}},
		{"both forwarded", natted{"172.17.0.2:1", "203.0.113.1:2", "172.17.0.2:1", "172.17.0.3:2"}, [2]bool{true, true},
			[]string{"172.17.0.2:1 172.17.0.3:2", "172.17.0.2:1 203.0.113.1:2"}},
		{"both this machine's", natted{"10.0.0.1:1", "192.0.2.1:80", "10.0.0.1:1", "192.0.2.9:3128"}, [2]bool{true, true},
			[]string{"10.0.0.1:1 192.0.2.9:3128", "10.0.0.1:1 192.0.2.1:80"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab, r := ownedTable(t, Config{})
			r.wants = true
			tab.SetLocal(ownAddrs)
			if c.feed[0] {
				feed(tab, 0, pkt{src: c.flow.src, dst: c.flow.dst, hint: parse.HintHost})
			}
			if c.feed[1] {
				feed(tab, 0, pkt{src: c.flow.outSrc, dst: c.flow.outDst, hint: parse.HintHost})
			}
			for _, q := range r.take() {
				c.flow.tell(tab, q, unknown(proc.NoSocket), unknown(proc.NoSocket))
			}
			s := snapshot(tab, ms)
			addsUp(t, s)
			var got []string
			for i := range s.Flows {
				n := s.Flows[i].NAT
				if n == nil {
					t.Fatalf("no other name: %+v", s.Flows[i])
				}
				got = append(got, fmt.Sprintf("%s:%d %s:%d", n.Local.Addr, n.Local.Port, n.Remote.Addr, n.Remote.Port))
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A shadow leaves with its flow; what comes under its name after that is a flow again.
func TestShadowLeaves(t *testing.T) {
	tab, r := ownedTable(t, Config{Shards: 2, Limits: allLimits(10 * time.Second)})
	r.wants = true
	tab.SetLocal(ownAddrs)
	masqueraded.pass(tab, 0, 1, 0, true)
	for _, q := range r.take() {
		masqueraded.tell(tab, q, proc.Found{Ref: 1}, proc.Found{})
	}
	only(t, snapshot(tab, 0))
	outside := pkt{src: masqueraded.outSrc, dst: masqueraded.outDst, hint: parse.HintOutgoing, iface: 1}
	for at := int64(0); at < 9000*ms; at += 1000 * ms { // the shadow lives on, unseen
		outside.at = at
		feed(tab, 1, outside)
	}
	s := snapshot(tab, 9000*ms)
	addsUp(t, s)
	if only(t, s).Local.Addr.String() != "172.17.0.2" || tab.live.Load() != 2 {
		t.Fatalf("got %+v, %d records", s.Flows[0], tab.live.Load())
	}
	snapshot(tab, 12_000*ms) // the flow leaves
	s = snapshot(tab, 12_000*ms)
	addsUp(t, s)
	if len(s.Flows) != 0 || s.Live != 0 || tab.live.Load() != 0 {
		t.Fatalf("got %d rows, %d live, %d records; want none", len(s.Flows), s.Live, tab.live.Load())
	}
	outside.at = 13_000 * ms
	feed(tab, 1, outside)
	s = snapshot(tab, 13_000*ms)
	addsUp(t, s)
	if row := only(t, s); row.Local.Addr.String() != "10.0.0.1" || row.NAT != nil {
		t.Errorf("got %+v, want the flow outside", row)
	}
}

// The outer flow is not told of where the answer comes in time, and else has an end.
func TestEventsOfTranslated(t *testing.T) {
	for _, late := range []bool{false, true} {
		tab, r := ownedTable(t, Config{Events: true})
		r.wants = true
		tab.SetLocal(ownAddrs)
		masqueraded.pass(tab, 0, 0, 0, true)
		tell := func() {
			for _, q := range r.take() {
				masqueraded.tell(tab, q, proc.Found{Ref: 1}, proc.Found{})
			}
		}
		if !late {
			tell()
		}
		var got []string
		for _, at := range []int64{1000 * ms, 2000 * ms} {
			for _, e := range tab.Events(nil, t0+at, false) {
				got = append(got, fmt.Sprintf("%d %s %s", e.Kind, e.Row.Local.Addr, e.Row.Closed))
			}
			tell()
		}
		want := "[0 172.17.0.2 ]"
		if late {
			want = "[0 172.17.0.2  0 10.0.0.1  2 10.0.0.1 reused]"
		}
		if fmt.Sprint(got) != want {
			t.Errorf("late %t: got %q, want %q", late, got, want)
		}
	}
}

// What was to be told of the outer flow is not, when the answer comes before anybody has
// fetched it.
func TestShadowIsUntold(t *testing.T) {
	tab, r := ownedTable(t, Config{Events: true, Inspect: true})
	r.wants = true
	tab.SetLocal(ownAddrs[:1])
	n := natted{"172.17.0.2:4000", "10.0.0.2:53", "10.0.0.1:4000", "10.0.0.2:53"}
	count(tab, 0, dnsQuery(0, 4000, 1), answer(ms, 4000, 1))
	feed(tab, 0, pkt{src: n.src, dst: n.dst, at: ms, hint: parse.HintHost})
	if len(tab.shards[0].events.queue) == 0 {
		t.Fatal("there is nothing to take back")
	}
	for _, q := range r.take() {
		n.tell(tab, q, proc.Found{Ref: 1}, proc.Found{})
	}
	var got []string
	for _, e := range tab.Events(nil, t0+2000*ms, false) {
		got = append(got, fmt.Sprintf("%d %s", e.Kind, e.Row.Local.Addr))
	}
	if want := "[0 172.17.0.2]"; fmt.Sprint(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A shadow is no QUIC connection that has moved.
func TestShadowDoesNotMigrate(t *testing.T) {
	before, after := pkt{src: "10.0.0.1:1", dst: "192.0.2.1:443"}.packet(), pkt{src: "10.0.0.1:2", dst: "192.0.2.1:443"}.packet()
	for _, life := range []lifeFlags{0, shadow} {
		f, g := flow{key: after.Key, life: life}, flow{key: before.Key, life: life}
		if _, ok := sameServer(&f, &g, after.Swapped); ok != (life == 0) {
			t.Errorf("life %b: the same is %t", life, ok)
		}
	}
}

// Fragments of a shadow are copies, whatever shard they come to.
func TestFragmentsOfShadow(t *testing.T) {
	tab, r := ownedTable(t, Config{Shards: 2})
	r.wants = true
	tab.SetLocal(ownAddrs)
	masqueraded.pass(tab, 0, 0, 0, true)
	for _, q := range r.take() {
		masqueraded.tell(tab, q, proc.Found{Ref: 1}, proc.Found{})
	}
	for i := range int64(10) {
		k := pkt{src: masqueraded.outSrc, dst: masqueraded.outDst, at: i * ms, hint: parse.HintOutgoing, iface: 1, status: firstFrag, fragID: uint32(i)}
		feed(tab, int(i%2), k)
		k.src, k.dst, k.status = "10.0.0.1:0", "192.0.2.1:0", laterFrag
		feed(tab, int(i%2), k)
	}
	s := new(Snapshot)
	tab.Snapshot(s, Request{Now: t0 + 20*ms, Final: true})
	addsUp(t, s)
	if row := only(t, s); row.Count[Sent].Packets != 1 || s.Totals.Copies.Packets != 20 {
		t.Errorf("got %d packets and %d copies, want 1 and 20", row.Count[Sent].Packets, s.Totals.Copies.Packets)
	}
}

// Flows with and without translation come and go in a table that is too small, with
// answers that are late or never come: all sums hold, no flow has more than was its
// own, and nothing is left of those that have left.
func TestTranslatedAtRandom(t *testing.T) {
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(41, seed))
		shards := 1 + rng.IntN(3)
		tab, r := ownedTable(t, Config{Shards: shards, MaxFlows: 40 + rng.IntN(200), Limits: allLimits(2 * time.Second), Events: true, ShowLoopback: true})
		r.wants = true
		tab.SetLocal(ownAddrs)
		curl := r.process(7, "curl")
		byKey := map[parse.Key]natted{}
		var late []proc.Question
		inside := map[uint16]Count{} // by port, since the flow's first packet
		var events []Event
		s := NewSnapshot(NewGrouping(GroupProcess, nil), NewGrouping(GroupHost, nil))
		for i := range 2000 {
			at := int64(i) * 5 * ms
			port := uint16(1000 + rng.IntN(150))
			n := natted{fmt.Sprintf("172.17.0.%d:%d", 2+port%3, port), "192.0.2.1:443", fmt.Sprintf("10.0.0.1:%d", port), "192.0.2.1:443"}
			if port%5 == 0 {
				n = natted{"192.0.2.9:50000", fmt.Sprintf("172.17.0.2:%d", port), "192.0.2.9:50000", fmt.Sprintf("10.0.0.1:%d", port+5000)}
			}
			in, out, _ := n.keys()
			byKey[in], byKey[out] = n, n
			n.pass(tab, int(port)%shards, int(port/2)%shards, at, rng.IntN(2) == 0)
			c := inside[port]
			c.Add(Count{Packets: 1, Bytes: 100, IPBytes: 86, Payload: 58})
			inside[port] = c
			qs := append(late, r.take()...)
			late = nil
			for _, q := range qs {
				switch rng.IntN(8) {
				case 0:
				case 1, 2:
					late = append(late, q)
				default:
					byKey[q.Key].tell(tab, q, curl, proc.Found{})
				}
			}
			if rng.IntN(30) != 0 {
				continue
			}
			tab.Snapshot(s, Request{Now: t0 + at})
			addsUp(t, s)
			groupsAddUp(t, s)
			if len(s.Flows) != s.Live {
				t.Fatalf("seed %d: %d rows, %d live", seed, len(s.Flows), s.Live)
			}
			for j := range s.Flows {
				row := &s.Flows[j]
				if row.Class != Forwarded {
					continue
				}
				got := row.Count[Sent]
				got.Add(row.Count[Received])
				end := row.Local
				if strings.HasPrefix(row.Remote.Addr.String(), "172.17.") {
					end = row.Remote
				}
				if want := inside[end.Port]; got.Packets > want.Packets {
					t.Fatalf("seed %d: a flow inside has %d packets of %d", seed, got.Packets, want.Packets)
				}
			}
			events = tab.Events(events[:0], t0+at, false)
		}
		for range 3 { // until all have left
			tab.Snapshot(s, Request{Now: t0 + 60_000*ms})
			addsUp(t, s)
			groupsAddUp(t, s)
		}
		if tab.live.Load() != 0 || s.Live != 0 {
			t.Errorf("seed %d: %d records, %d flows are left", seed, tab.live.Load(), s.Live)
		}
		for _, sh := range tab.shards {
			if sh.shadows != 0 || len(sh.owned.translations) != 0 || len(sh.owned.peers) != 0 || len(sh.elsewhere) != 0 {
				t.Errorf("seed %d: left behind: %d shadows, %d names, %d peers, %d elsewhere",
					seed, sh.shadows, len(sh.owned.translations), len(sh.owned.peers), len(sh.elsewhere))
			}
		}
	}
}
