package track

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sockeye/parse"
	"sockeye/track/proc"
)

// byOwners returns a snapshot with the groups, and the sums' check.
func byOwners(tb testing.TB, t *Table, r Request, by ...GroupBy) *Snapshot {
	tb.Helper()
	var all []*Grouping
	for _, b := range by {
		all = append(all, NewGrouping(b, nil))
	}
	s := NewSnapshot(all...)
	t.Snapshot(s, r)
	addsUp(tb, s)
	groupsAddUp(tb, s)
	keysTell(tb, s)
	return s
}

// keysTell checks that the keys of rows are those of their flows' owners.
func keysTell(tb testing.TB, s *Snapshot) {
	tb.Helper()
	for i := range s.Groups {
		g := &s.Groups[i]
		flows := make(map[OwnerKey]uint64)
		for j := range s.Flows {
			r := &s.Flows[j]
			o := &r.Owner
			if o.Process == nil && o.Reason == proc.OtherHost && r.Peer != (proc.Owner{}) {
				o = &r.Peer
			}
			if k, ok := g.By().OwnerKey(o); ok {
				flows[k]++
			}
		}
		again := &NewSnapshot(NewGrouping(g.By(), nil)).Groups[0]
		again.AddUp(func(yield func(*Row) bool) {
			for j := range s.Flows {
				yield(&s.Flows[j])
			}
		})
		for j := range again.Rows {
			r := &again.Rows[j]
			k, ok := g.By().OwnerKey(&proc.Owner{Process: r.Process, Reason: r.Reason})
			if !ok || flows[k] != r.Flows {
				tb.Errorf("group %d: added up, row %+v has %d flows, want %d", g.By(), r, r.Flows, flows[k])
			}
		}
		for j := range g.Rows {
			r := &g.Rows[j]
			k, ok := g.By().OwnerKey(&proc.Owner{Process: r.Process, Reason: r.Reason})
			if !ok || flows[k] != r.Flows || k.Reason() != proc.None != (r.Process == nil) {
				tb.Errorf("group %d: got %d flows whose owner has the key of row %+v (%v), want %d", g.By(), flows[k], r, ok, r.Flows)
			}
			delete(flows, k)
		}
		if len(flows) > 0 {
			tb.Errorf("group %d: %d keys of flows are those of no row", g.By(), len(flows))
		}
	}
}

// ownerWords writes a group by owner as lines: the key, flows in the table and gone,
// remotes, bytes sent and received, and what it has as a peer.
func ownerWords(g *Group) []string {
	var all []string
	for i := range g.Rows {
		r := &g.Rows[i]
		key := "(" + r.Reason.String() + ")"
		if p := r.Process; p != nil {
			switch g.By() {
			case GroupProcess:
				key = fmt.Sprintf("%s %d", p.Name, p.PID)
			case GroupContainer:
				key = p.Container.ID
			case GroupUser:
				key = fmt.Sprintf("%s %d", p.User, p.UID)
			case GroupUnit:
				key = p.Unit
			case GroupPackage:
				key = p.Package.Name + " " + p.Package.Version
			}
			if r.Reason != proc.None {
				key += " (" + r.Reason.String() + ")"
			}
		}
		line := fmt.Sprintf("%s: %d+%d, %d, %d %d", key, r.Flows, r.Gone, r.Remotes, r.Count[Sent].Bytes, r.Count[Received].Bytes)
		if p := r.Peer; p != nil {
			line += fmt.Sprintf("; %d, %d %d", p.Flows, p.Count[Sent].Bytes, p.Count[Received].Bytes)
		}
		all = append(all, line)
	}
	return append(all, fmt.Sprintf("other: %d, %d", g.Other.Flows, g.Other.Count.Bytes))
}

// groupIs checks a group's lines, in any order but the last.
func groupIs(tb testing.TB, g *Group, want ...string) {
	tb.Helper()
	got := ownerWords(g)
	last := len(got) - 1
	slices.Sort(got[:last])
	slices.Sort(want[:len(want)-1])
	if !slices.Equal(got, want) {
		tb.Errorf("group %d: got\n  %s\nwant\n  %s", g.By(), strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// An owned flow is one of a test: packets from src to dst and back, and whose its ends
// are.
type ownedFlow struct {
	src, dst       string
	sent, received uint32
	from, to       proc.Found // the owners of src and dst
}

// feedOwned counts flows and has them answered.
func feedOwned(tb testing.TB, t *Table, r *registry, at int64, fs ...ownedFlow) {
	tb.Helper()
	for _, f := range fs {
		feed(t, 0, pkt{src: f.src, dst: f.dst, n: f.sent, at: at, hint: parse.HintHost})
		if f.received != 0 {
			feed(t, 0, pkt{src: f.dst, dst: f.src, n: f.received, at: at, hint: parse.HintHost})
		}
		for _, q := range r.take() {
			p := pkt{src: f.src, dst: f.dst}.packet()
			a, b := f.from, f.to
			if p.Swapped {
				a, b = b, a
			}
			if f.from.Reason != proc.Pending {
				answerTo(t, q, a, b)
			}
		}
	}
}

// Flows of every sort, and what they add up to by each key.
func TestGroupsByOwner(t *testing.T) {
	tab, r := ownedTable(t, Config{ShowLoopback: true, Limits: allLimits(time.Minute)})
	r.wants = true
	tab.SetLocal(ownAddrs)
	box := &proc.Container{Runtime: "docker", ID: "c0ffee"}
	curl := &proc.Package{Manager: "dpkg", Name: "curl", Version: "8.1"}
	shell := r.add(proc.Process{ID: proc.ID{PID: 10, Start: 1}, Name: "curl", UID: 1000, User: "ann", Unit: "session-3.scope", Package: curl})
	reused := r.add(proc.Process{ID: proc.ID{PID: 10, Start: 2}, Name: "wget", UID: 1000, User: "ann",
		Lacks: []proc.Lack{{Fact: "cgroup", Reason: proc.NoRights}, {Fact: "exe", Reason: proc.NoRights}}})
	boxed := r.add(proc.Process{ID: proc.ID{PID: 20, Start: 1}, Name: "nginx", UID: 0, User: "root", Container: box, Unit: "docker-c0ffee.scope"})
	helper := r.add(proc.Process{ID: proc.ID{PID: 21, Start: 1}, Name: "php", UID: 1000, User: "www", Container: box, Unit: "docker-c0ffee.scope", Package: curl})
	bob := r.add(proc.Process{UID: 1001, User: "bob"})
	bob.Reason = proc.NoRights
	none := proc.Found{}
	feedOwned(t, tab, r, 0,
		ownedFlow{"10.0.0.1:1000", "192.0.2.1:443", 100, 200, shell, none},
		ownedFlow{"10.0.0.1:1001", "192.0.2.1:80", 10, 0, shell, none},
		ownedFlow{"10.0.0.1:1002", "192.0.2.2:443", 1, 2, reused, none},
		ownedFlow{"192.0.2.7:5000", "172.17.0.2:80", 1000, 9000, none, boxed},                                // the container is called
		ownedFlow{"172.17.0.3:5000", "172.17.0.2:80", 70, 80, helper, boxed},                                 // by another one
		ownedFlow{"10.0.0.1:1003", "10.0.0.2:53", 33, 44, shell, bob},                                        // loopback
		ownedFlow{"127.0.0.1:1004", "127.0.0.1:1005", 5, 6, shell, shell},                                    // to itself
		ownedFlow{"192.0.2.8:1", "198.51.100.1:2", 500, 0, unknown(proc.OtherHost), unknown(proc.OtherHost)}, // through this machine
		ownedFlow{"10.0.0.1:1006", "192.0.2.1:443", 3, 0, unknown(proc.Busy), none},                          // nobody knows
		ownedFlow{"10.0.0.1:1007", "192.0.2.1:443", 4, 0, unknown(proc.Pending), none},                       // not answered
	)
	s := byOwners(t, tab, Request{Now: t0 + ms}, GroupProcess, GroupContainer, GroupUser, GroupUnit, GroupPackage)
	g := func(i int) *Group { return &s.Groups[i] }
	const passed, busy = "(other host): 1+0, 1, 500 0", "(too many flows): 1+0, 1, 3 0"
	groupIs(t, g(0),
		"curl 10: 4+0, 3, 148 250; 1, 6 5", "wget 10: 1+0, 1, 1 2", "nginx 20: 1+0, 2, 9000 1000; 1, 80 70",
		"php 21: 1+0, 1, 70 80", " 0 (no rights): 0+0, 1, 0 0; 1, 44 33", passed, busy,
		"(pending): 1+0, 1, 4 0", "other: 0, 0")
	groupIs(t, g(1), "c0ffee: 2+0, 3, 9070 1080; 1, 80 70", "(no rights): 1+0, 2, 1 2; 1, 44 33", passed, busy,
		"(pending): 1+0, 1, 4 0", "other: 4, 398")
	groupIs(t, g(2), "ann 1000: 5+0, 4, 149 252; 1, 6 5", "root 0: 1+0, 2, 9000 1000; 1, 80 70", "www 1000: 1+0, 1, 70 80",
		"bob 1001: 0+0, 1, 0 0; 1, 44 33", passed, busy, "(pending): 1+0, 1, 4 0", "other: 0, 0")
	groupIs(t, g(3), "session-3.scope: 4+0, 3, 148 250; 1, 6 5", "docker-c0ffee.scope: 2+0, 3, 9070 1080; 1, 80 70",
		"(no rights): 1+0, 2, 1 2; 1, 44 33", passed, busy, "(pending): 1+0, 1, 4 0", "other: 0, 0")
	groupIs(t, g(4), "curl 8.1: 5+0, 4, 218 330; 1, 6 5", "(no rights): 1+0, 2, 1 2; 1, 44 33", passed, busy,
		"(pending): 1+0, 1, 4 0", "other: 1, 10000")

	// The same once the flows are gone; of those the addresses of nobody's are not kept.
	s = byOwners(t, tab, Request{Now: t0 + 200_000*ms}, GroupProcess)
	for s.Live > 0 {
		s = byOwners(t, tab, Request{Now: t0 + 200_000*ms}, GroupProcess)
	}
	groupIs(t, g(0),
		"curl 10: 0+4, 3, 148 250; 1, 6 5", "wget 10: 0+1, 1, 1 2", "nginx 20: 0+1, 2, 9000 1000; 1, 80 70",
		"php 21: 0+1, 1, 70 80", " 0 (no rights): 0+0, 1, 0 0; 1, 44 33", "(other host): 0+1, 0, 500 0",
		"(too many flows): 0+1, 0, 3 0", "(pending): 0+1, 0, 4 0", "other: 0, 0")
}

// Without Owners all flows are nobody's, for that reason.
func TestGroupsWithoutOwners(t *testing.T) {
	tab := newTable(t, Config{})
	feed(tab, 0, pkt{src: "10.0.0.1:1000", dst: "192.0.2.1:443", n: 100})
	s := byOwners(t, tab, Request{Now: t0 + ms}, GroupProcess, GroupUser)
	for i := range s.Groups {
		groupIs(t, &s.Groups[i], "(off): 1+0, 1, 100 0", "other: 0, 0")
	}
	s.Select(func(*Row) bool { return true }, 0, By2s)
	for i := range s.Groups {
		groupIs(t, &s.Groups[i], "(off): 1+0, 1, 100 0", "other: 0, 0")
	}
}

// Random flows of random owners, in a table that is too small for them, over their
// time limits: what each process carried is exactly what its packets were, whenever
// somebody looks.
func TestGroupsByOwnerAgainstModel(t *testing.T) {
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(31, seed))
		shards := 1 + rng.IntN(3)
		tab, r := ownedTable(t, Config{Shards: shards, MaxFlows: 100 + rng.IntN(200), Limits: allLimits(2 * time.Second), ShowLoopback: true})
		tab.SetLocal(ownAddrs)
		var processes [20]proc.Found
		for i := range processes {
			processes[i] = r.process(int32(i+1), fmt.Sprint("p", i+1))
		}
		var want, wantPeer [21][2]Count // by pid
		var remotes [21]map[netip.Addr]bool
		for i := range remotes {
			remotes[i] = make(map[netip.Addr]bool)
		}
		grouping := NewGrouping(GroupProcess, nil)
		s := NewSnapshot(grouping)
		for i := range 3000 {
			port := rng.IntN(600)
			pid, peer := port%20+1, port/20%20+1
			k := pkt{src: fmt.Sprintf("10.0.0.1:%d", 1000+port), dst: fmt.Sprintf("192.0.2.%d:443", port%7), at: int64(i) * 5 * ms, n: uint32(60 + rng.IntN(1000))}
			loopback := port%3 == 0
			if loopback {
				k.dst = "10.0.0.2:443"
			}
			p := k.packet()
			way := Sent
			if rng.IntN(2) == 0 {
				k.src, k.dst, way = k.dst, k.src, Received
			}
			feed(tab, port%shards, k)
			for _, q := range r.take() {
				if p.Swapped {
					answerTo(tab, q, processes[peer-1], processes[pid-1])
				} else {
					answerTo(tab, q, processes[pid-1], processes[peer-1])
				}
			}
			c := countOf(&p)
			if loopback && !startedByPort(tab, port%shards, &p) {
				pid, peer, way = peer, pid, 1-way
			}
			want[pid][way].Add(c)
			local, remote, _ := strings.Cut(k.src+" "+k.dst, " ")
			if way == Received {
				local, remote = remote, local
			}
			remotes[pid][netip.MustParseAddrPort(remote).Addr()] = true
			if loopback {
				wantPeer[peer][1-way].Add(c)
				remotes[peer][netip.MustParseAddrPort(local).Addr()] = true
			}
			if i%97 != 0 {
				continue
			}
			tab.Snapshot(s, Request{Now: t0 + k.at})
			addsUp(t, s)
			groupsAddUp(t, s)
			g := &s.Groups[0]
			if g.Other.Count.Packets != 0 {
				t.Fatalf("seed %d: %d packets are no process's", seed, g.Other.Count.Packets)
			}
			for j := range g.Rows {
				row := &g.Rows[j]
				got := PeerSum{}
				if row.Peer != nil {
					got = *row.Peer
				}
				if pid := row.Process.PID; row.Count != want[pid] || got.Count != wantPeer[pid] {
					t.Fatalf("seed %d, packet %d, process %d: got %+v and %+v, want %+v and %+v",
						seed, i, pid, row.Count, got.Count, want[pid], wantPeer[pid])
				} else if row.Remotes != uint64(len(remotes[pid])) {
					t.Fatalf("seed %d, packet %d, process %d: got %d remotes, want %d", seed, i, pid, row.Remotes, len(remotes[pid]))
				}
			}
		}
	}
}

// startedByPort reports whether the flow of a packet was begun by the end at 10.0.0.1.
func startedByPort(t *Table, shard int, p *parse.Packet) bool {
	sh := t.shards[shard]
	f, _ := sh.find(&p.Key, p.Key.Hash(t.seed))
	return f.end(f.localEnd()).addr() == ownAddrs[0]
}

// busyOwners is a registry that does something when it is first asked for a name.
type busyOwners struct {
	*registry
	busy func()
}

func (b *busyOwners) Owner(f proc.Found) proc.Owner {
	if do := b.busy; do != nil {
		b.busy = nil
		do()
	}
	return b.registry.Owner(f)
}

// Flows leave while they are added up, some of which have been, and some not yet.
func TestGroupsByOwnerWhileFlowsLeave(t *testing.T) {
	const flows, first = 600, passGrouped
	r := new(registry)
	b := &busyOwners{registry: r}
	tab := newTable(t, Config{MaxFlows: flows, Owners: b})
	tab.SetLocal(ownAddrs)
	one, two := r.process(1, "one"), r.process(2, "two")
	feedAt := func(port int) {
		feed(tab, 0, pkt{src: fmt.Sprintf("10.0.0.1:%d", port), dst: "192.0.2.1:53", at: int64(port) * ms, hint: parse.HintOutgoing, n: 100})
	}
	for i := range flows { // every third is to leave soon: it is much older
		port := 2000 + i
		if i%3 == 0 {
			port -= 1500
		}
		feedAt(port)
		q := r.one(t)
		if q.Place < first {
			answerTo(tab, q, one, one)
		} else {
			answerTo(tab, q, two, two)
		}
	}
	b.busy = func() {
		for i := range flows / 4 {
			feedAt(10_000 + i)
		}
	}
	s := NewSnapshot(NewGrouping(GroupProcess, nil))
	var gone [2]uint64
	for range 2 {
		tab.Snapshot(s, Request{Now: t0 + 20_000*ms})
		addsUp(t, s)
		for _, row := range s.Groups[0].Rows {
			if row.Process == nil {
				continue
			}
			want := map[int32]uint64{1: first, 2: flows - first}[row.Process.PID]
			if row.Count[Sent].Packets != want || row.Flows+row.Gone != want {
				t.Errorf("%s: got %d packets, %d flows and %d that have left; want %d", row.Process.Name, row.Count[Sent].Packets, row.Flows, row.Gone, want)
			}
			gone[row.Process.PID-1] = row.Gone
		}
	}
	if gone[0] < 20 || gone[1] < 20 {
		t.Errorf("only %d flows have left, want more of each", gone)
	}
}

// Flows leave while a snapshot goes through the table: each counts once, in this one
// or in the next, and no sum ever falls.
func TestGroupsByOwnerWhileCounting(t *testing.T) {
	const packets, ports = 40_000, 4000
	tab := newTable(t, Config{Shards: 2, MaxFlows: 2000, Owners: quiet{}})
	tab.SetLocal(ownAddrs)
	var writers sync.WaitGroup
	for shard := range 2 {
		writers.Go(func() {
			w := tab.Shard(shard)
			for i := range packets {
				p := pkt{src: fmt.Sprintf("10.0.0.1:%d", 1000+(i*7)%ports), dst: fmt.Sprintf("192.0.2.%d:53", shard), at: int64(i) * 10_000, n: 100}.packet()
				w.Packets([]parse.Packet{p})
				if i%20 == 19 {
					w.EndBlock()
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	s := NewSnapshot(NewGrouping(GroupUser, nil), NewGrouping(GroupProcess, nil))
	var before uint64
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		tab.Snapshot(s, Request{Now: t0 + 1000*ms})
		groupsAddUpWhileCounting(t, s)
		sum := uint64(0)
		for _, row := range s.Groups[1].Rows {
			sum += row.Count[Sent].Packets
		}
		if sum < before {
			t.Fatalf("the sum fell from %d to %d", before, sum)
		}
		before = sum
	}
	if before != 2*packets {
		t.Errorf("got %d packets, want %d", before, 2*packets)
	}
}

// groupsAddUpWhileCounting is groupsAddUp without what comes between two sums.
func groupsAddUpWhileCounting(tb testing.TB, s *Snapshot) {
	tb.Helper()
	for i := range s.Groups {
		g := &s.Groups[i]
		sum := g.Other.Count
		for j := range g.Rows {
			sum.Add(g.Rows[j].Count[Sent])
			sum.Add(g.Rows[j].Count[Received])
		}
		if sum != s.Totals.All || g.Other.Count.Packets > s.Totals.All.Packets {
			tb.Errorf("group %d: rows and other make %+v, want the total %+v", g.By(), sum, s.Totals.All)
		}
	}
}
