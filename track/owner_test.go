package track

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"sockeye/internal/testkit"
	"sockeye/parse"
	"sockeye/track/proc"
)

var ownAddrs = []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")}

// Which flows are asked about, which of their ends, and what rows say before there is
// an answer.
func TestAsked(t *testing.T) {
	prefixes := func(s string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(s)} }
	for _, c := range []struct {
		name   string
		config Config
		wants  bool
		packet pkt
		ends   uint8 // of the question: bit 0 for A
		fromB  bool
		row    string // empty: no row, and no question
		silent bool   // no question
	}{
		{name: "outgoing", packet: pkt{src: "10.0.0.1:40000", dst: "192.0.2.1:53", hint: parse.HintOutgoing}, ends: 1, row: "(pending) -"},
		{name: "outgoing, the local end is B", packet: pkt{src: "10.0.0.1:40000", dst: "9.0.0.1:53", hint: parse.HintOutgoing}, ends: 2, fromB: true, row: "(pending) -"},
		{name: "incoming", packet: pkt{src: "192.0.2.1:40000", dst: "10.0.0.1:53", hint: parse.HintHost}, ends: 1, fromB: true, row: "(pending) -"},
		{name: "incoming to a group", packet: pkt{src: "192.0.2.1:5353", dst: "224.0.0.251:5353", hint: parse.HintMulticast}, ends: 2, row: "(pending) -"},
		{name: "loopback", config: Config{ShowLoopback: true}, packet: pkt{src: "10.0.0.1:40000", dst: "10.0.0.2:53"}, ends: 3, row: "(pending) (pending)"},
		{name: "loopback without a row", packet: pkt{src: "10.0.0.1:40000", dst: "10.0.0.2:53"}},
		{name: "forwarded", packet: pkt{src: "192.0.2.1:40000", dst: "198.51.100.1:53", hint: parse.HintHost}, row: "(other host) -", silent: true},
		{name: "forwarded and wanted", wants: true, packet: pkt{src: "192.0.2.1:40000", dst: "198.51.100.1:53", hint: parse.HintHost}, row: "(pending) -"},
		{name: "this program's own", config: Config{Own: func(port uint16) bool { return port == 40000 }}, packet: pkt{src: "10.0.0.1:40000", dst: "192.0.2.1:53", hint: parse.HintOutgoing}},
		{name: "within a boundary, this machine inside", config: Config{Boundary: prefixes("10.0.0.0/24")}, packet: pkt{src: "10.0.0.9:40000", dst: "10.0.0.1:53"}, ends: 1, fromB: true, row: "(pending) -"},
		{name: "within a boundary, this machine outside", config: Config{Boundary: prefixes("192.0.2.0/24")}, packet: pkt{src: "10.0.0.1:40000", dst: "192.0.2.1:53"}, ends: 1, row: "(pending) -"},
		{name: "within a boundary, others", config: Config{Boundary: prefixes("192.0.2.0/24")}, packet: pkt{src: "192.0.2.9:40000", dst: "198.51.100.1:53"}, row: "(other host) -", silent: true},
		{name: "within a boundary, to a group", config: Config{Boundary: prefixes("192.0.2.0/24")}, packet: pkt{src: "192.0.2.9:5353", dst: "224.0.0.251:5353"}, ends: 2, row: "(pending) -"},
		{name: "outside the boundary", config: Config{Boundary: prefixes("203.0.113.0/24")}, packet: pkt{src: "10.0.0.1:40000", dst: "192.0.2.1:53"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.config.Shards = 3
			tab, r := ownedTable(t, c.config)
			r.wants = c.wants
			tab.SetLocal(ownAddrs)
			feed(tab, 2, c.packet, c.packet)
			s := snapshot(tab, 0)
			addsUp(t, s)
			if c.row == "" {
				if qs := r.take(); len(qs) != 0 || len(s.Flows) != 0 {
					t.Errorf("got %d questions and %d rows, want none", len(qs), len(s.Flows))
				}
				return
			}
			row := only(t, s)
			if got := owners(row); got != c.row {
				t.Errorf("owners: got %q, want %q", got, c.row)
			}
			if c.silent {
				if qs := r.take(); len(qs) != 0 {
					t.Errorf("got %d questions, want none", len(qs))
				}
				return
			}
			p := c.packet.packet()
			want := proc.Question{Flow: row.ID, Place: 2 << 32, Key: p.Key, Ends: c.ends, FromB: c.fromB, First: t0}
			if q := r.one(t); q != want {
				t.Errorf("question: got %+v, want %+v", q, want)
			}
		})
	}
}

// What rows say once there are answers.
func TestAnswered(t *testing.T) {
	tab, r := ownedTable(t, Config{ShowLoopback: true})
	tab.SetLocal(ownAddrs)
	curl, nginx := r.process(7, "curl"), r.process(8, "nginx")
	r.wants = true
	for i, c := range []struct {
		name     string
		src, dst string
		a, b     proc.Found
		want     string
	}{
		{"the local end is A", "10.0.0.1:1", "192.0.2.1:1", curl, proc.Found{}, "curl -"},
		{"the local end is B", "10.0.0.1:2", "9.0.0.1:2", proc.Found{}, curl, "curl -"},
		{"loopback", "10.0.0.1:3", "10.0.0.2:3", curl, nginx, "curl nginx"},
		{"loopback from B", "10.0.0.2:4", "10.0.0.1:4", curl, nginx, "nginx curl"},
		{"loopback, one end known", "10.0.0.1:5", "10.0.0.2:5", unknown(proc.NoRights), nginx, "(no rights) nginx"},
		{"loopback, the other end known", "10.0.0.1:6", "10.0.0.2:6", curl, unknown(proc.NoSocket), "curl (no socket)"},
		{"a container calls", "172.17.0.2:7", "192.0.2.1:7", curl, proc.Found{}, "curl -"},
		{"a container is called", "192.0.2.1:8", "172.17.0.2:8", nginx, proc.Found{}, "(other host) nginx"},
		{"nobody", "10.0.0.1:9", "192.0.2.1:9", unknown(proc.NoSocket), proc.Found{}, "(no socket) -"},
		{"forgotten", "10.0.0.1:10", "192.0.2.1:10", proc.Found{Ref: 99}, proc.Found{}, "(exited before seen) -"},
	} {
		k := pkt{src: c.src, dst: c.dst, at: int64(i) * ms}
		if strings.HasPrefix(c.name, "a container") {
			k.hint = parse.HintHost
		}
		feed(tab, 0, k)
		answerTo(tab, r.one(t), c.a, c.b)
		s := snapshot(tab, 100*ms)
		if got := owners(&s.Flows[i]); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// Answers that come in parts say nothing of the end that is still open.
func TestAnsweredInParts(t *testing.T) {
	none := proc.Found{}
	for _, c := range []struct {
		name     string
		src, dst string
		parts    [][2]proc.Found // of A and B
		want     []string
	}{
		{"loopback", "10.0.0.1:3", "10.0.0.2:3", [][2]proc.Found{{none, {Ref: 2}}, {{Ref: 1}, {Ref: 2}}}, []string{"(pending) nginx", "curl nginx"}},
		{"only its translation", "10.0.0.1:1", "192.0.2.1:1", [][2]proc.Found{{}, {{Ref: 1}}}, []string{"(pending) -", "curl -"}},
		{"a reason, then the owner", "10.0.0.1:1", "192.0.2.1:1", [][2]proc.Found{{unknown(proc.NoRights)}, {}, {{Ref: 1}}},
			[]string{"(no rights) -", "(no rights) -", "curl -"}},
		{"a remote end that is another host's after all", "10.0.0.1:1", "192.0.2.1:1",
			[][2]proc.Found{{{Ref: 1}, unknown(proc.Pending)}, {{Ref: 1}, unknown(proc.OtherHost)}}, []string{"curl (pending)", "curl -"}},
		{"nobody had the time for a flow between others", "192.0.2.7:1", "192.0.2.1:1",
			[][2]proc.Found{{unknown(proc.Busy), unknown(proc.Busy)}}, []string{"(too many flows) -"}},
		{"a container's, its translation first", "172.17.0.2:1", "192.0.2.1:1", [][2]proc.Found{{}, {none, {Ref: 2}}}, []string{"(pending) -", "(other host) nginx"}},
	} {
		tab, r := ownedTable(t, Config{ShowLoopback: true})
		r.wants = true
		r.process(7, "curl")
		r.process(8, "nginx")
		tab.SetLocal(ownAddrs)
		feed(tab, 0, pkt{src: c.src, dst: c.dst, hint: parse.HintHost})
		q := r.one(t)
		for i, part := range c.parts {
			tab.Answer([]proc.Answer{{Flow: q.Flow, Place: q.Place, Ends: part}})
			if got := owners(only(t, snapshot(tab, ms))); got != c.want[i] {
				t.Errorf("%s, part %d: got %q, want %q", c.name, i, got, c.want[i])
			}
		}
	}
}

// Owners are asked for the names of rows, and of no other flow.
func TestOnlyRowsAreNamed(t *testing.T) {
	tab, r := ownedTable(t, Config{})
	curl := r.process(7, "curl")
	for i := range 100 {
		src, dst := host(i)
		feed(tab, 0, pkt{src: src, dst: dst})
	}
	for _, q := range r.take() {
		answerTo(tab, q, curl, curl)
	}
	s := new(Snapshot)
	tab.Snapshot(s, Request{Now: t0 + ms, Top: 3})
	if len(s.Flows) != 3 || r.named > 6 {
		t.Errorf("%d rows took %d names", len(s.Flows), r.named)
	}
}

// Nobody takes an answer about a flow that has left, or about one that is not there.
func TestAnswerComesLate(t *testing.T) {
	tab, r := ownedTable(t, Config{MaxFlows: 1})
	curl := r.process(7, "curl")
	feed(tab, 0, pkt{src: "10.0.0.1:1", dst: "192.0.2.1:1", hint: parse.HintOutgoing})
	first := r.one(t)
	feed(tab, 0, pkt{src: "10.0.0.1:2", dst: "192.0.2.1:1", hint: parse.HintOutgoing, at: ms})
	if second := r.one(t); second.Place != first.Place || second.Flow == first.Flow {
		t.Fatalf("the second flow is not where the first was: %+v, %+v", first, second)
	}
	answerTo(tab, first, curl, curl)
	elsewhere := first
	elsewhere.Place += 1 << 20
	answerTo(tab, elsewhere, curl, curl)
	elsewhere.Place = 9 << 32
	answerTo(tab, elsewhere, curl, curl)
	if got := owners(only(t, snapshot(tab, 2*ms))); got != "(pending) -" {
		t.Errorf("the second flow got the first one's owner: %q", got)
	}
}

// An owner leaves with its flow, and is not the next one's in its place.
func TestOwnerLeavesWithFlow(t *testing.T) {
	tab, r := ownedTable(t, Config{MaxFlows: 1, ShowLoopback: true, History: 10})
	curl, nginx := r.process(7, "curl"), r.process(8, "nginx")
	feed(tab, 0, pkt{src: "127.0.0.1:1", dst: "127.0.0.1:2"})
	answerTo(tab, r.one(t), curl, nginx)
	feed(tab, 0, pkt{src: "127.0.0.1:3", dst: "127.0.0.1:4", at: ms})
	if got := owners(only(t, snapshot(tab, 2*ms))); got != "(pending) (pending)" {
		t.Errorf("the next flow: got %q", got)
	}
	delete(r.processes, curl.Ref)
	delete(r.processes, nginx.Ref)
	past := tab.History(nil)
	if len(past) != 1 || owners(&past[0]) != "curl nginx" {
		t.Errorf("history: got %+v", past)
	}
}

// A connection that was answered before it was there is asked about once more.
func TestAskedAgain(t *testing.T) {
	for _, c := range []struct {
		name        string
		first, then proc.Found
		again       bool
		want        string
	}{
		{"no socket, then one", unknown(proc.NoSocket), proc.Found{Ref: 1}, true, "curl -"},
		{"too many, then none", unknown(proc.Busy), unknown(proc.NoSocket), true, "(no socket) -"},
		{"the listener, then the one", proc.Found{Ref: 2, Source: proc.Listener}, proc.Found{Ref: 1}, true, "curl -"},
		{"the listener, then none", proc.Found{Ref: 2, Source: proc.Listener}, unknown(proc.NoSocket), true, "nginx -"},
		{"no rights", unknown(proc.NoRights), proc.Found{}, false, "(no rights) -"},
		{"known", proc.Found{Ref: 1, Source: proc.FromDiag}, proc.Found{}, false, "curl -"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab, r := ownedTable(t, Config{})
			r.process(7, "curl")
			r.process(8, "nginx")
			ps := play{}.packets(t, handshake)
			count(tab, 0, ps[0])
			answerTo(tab, r.one(t), c.first, c.first)
			count(tab, 0, ps[0]) // once more
			if qs := r.take(); len(qs) != 0 {
				t.Fatalf("asked %d times before the connection was there", len(qs))
			}
			for i := range ps[1:] { // a while later
				ps[1+i].Time += earlyPause
			}
			count(tab, 0, ps[1:]...)
			qs := r.take()
			if len(qs) != b2i(c.again) {
				t.Fatalf("got %d questions, want %d", len(qs), b2i(c.again))
			}
			for _, q := range qs {
				answerTo(tab, q, c.then, c.then)
			}
			if got := owners(only(t, snapshot(tab, 2*earlyPause))); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			later := play{}.packets(t, "c A 1 1")
			later[0].Time = t0 + 5*earlyPause
			count(tab, 0, later...)
			if qs := r.take(); len(qs) != 0 {
				t.Errorf("asked %d times more", len(qs))
			}
		})
	}
}

// An address turns out to be this machine's after its flows were answered.
func TestAskedWhenAddressComes(t *testing.T) {
	for _, c := range []struct {
		name  string
		local string
		ends  uint8
		want  string
	}{
		{"the end that began", "192.0.2.1", 1, "curl -"},
		{"the other end", "198.51.100.1", 2, "nginx -"},
	} {
		tab, r := ownedTable(t, Config{})
		curl, nginx := r.process(7, "curl"), r.process(8, "nginx")
		tab.SetLocal(ownAddrs)
		feed(tab, 0, pkt{src: "192.0.2.1:4000", dst: "198.51.100.1:53", hint: parse.HintHost})
		if got := owners(only(t, snapshot(tab, ms))); got != "(other host) -" {
			t.Errorf("%s: before: got %q", c.name, got)
		}
		tab.SetLocal([]netip.Addr{netip.MustParseAddr(c.local)})
		s := snapshot(tab, ms)
		addsUp(t, s)
		if got := owners(only(t, s)); got != "(pending) -" {
			t.Errorf("%s: afterwards: got %q", c.name, got)
		}
		q := r.one(t)
		if q.Ends != c.ends {
			t.Errorf("%s: asked for the ends %b, want %b", c.name, q.Ends, c.ends)
		}
		answerTo(tab, q, curl, nginx)
		if got, _, _ := strings.Cut(owners(only(t, snapshot(tab, ms))), " "); got+" -" != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// A flow that moves to another shard takes along what was answered, and is asked about
// under its new place.
func TestOwnerMovesWithFlow(t *testing.T) {
	for _, answered := range []bool{false, true} {
		tab, r := ownedTable(t, Config{Shards: 2})
		curl := r.process(7, "curl")
		k := pkt{src: "10.0.0.1:5000", dst: "192.0.2.1:2049", hint: parse.HintOutgoing}
		p := k.packet()
		registrar := tab.shards[0].registrar(p.Key.Hash(tab.seed))
		stray := k
		stray.status = parse.Stray
		feed(tab, 1-registrar, stray)
		for range 3 {
			feed(tab, registrar)
			feed(tab, 1-registrar)
		}
		q := r.one(t)
		if got := int(q.Place >> 32); got != registrar {
			t.Fatalf("the flow is in shard %d, want the registrar %d", got, registrar)
		}
		if answered {
			answerTo(tab, q, curl, curl)
		}
		feed(tab, 1-registrar, k) // a whole packet: the flow is this queue's
		for range 3 {
			feed(tab, registrar)
			feed(tab, 1-registrar)
		}
		s := snapshot(tab, ms)
		addsUp(t, s)
		row := only(t, s)
		if answered && row.Owner.Process == nil {
			t.Error("the owner did not move")
		}
		qs := r.take()
		last := qs[len(qs)-1]
		if int(last.Place>>32) != 1-registrar || last.Flow != row.ID {
			t.Fatalf("the last question is %+v, want about flow %d in shard %d", last, row.ID, 1-registrar)
		}
		answerTo(tab, q, proc.Found{Ref: 99}, proc.Found{Ref: 99}) // nobody takes it
		answerTo(tab, last, curl, curl)
		if got := owners(only(t, snapshot(tab, ms))); !strings.HasPrefix(got, "curl ") {
			t.Errorf("answered %t: got %q", answered, got)
		}
	}
}

// A QUIC connection whose client gets another port keeps its owner.
func TestOwnerOfMigrated(t *testing.T) {
	const server = "10.0.0.1:443"
	tab, r := ownedTable(t, Config{Shards: 2, Inspect: true})
	nginx := r.process(8, "nginx")
	clients := []string{"192.0.2.1:50000", "192.0.2.1:50001"}
	all := connection(server, quicServer, 0, clients...)
	feedQUIC(tab, all[:len(all)/2+1])
	answerTo(tab, r.one(t), nginx, nginx)
	feedQUIC(tab, all[len(all)/2+1:])
	row := only(t, snapshot(tab, 2000*ms))
	if row.Migrated != 1 || row.Owner.Process == nil || row.Owner.Process.Name != "nginx" {
		t.Errorf("migrated %d times, owned by %+v", row.Migrated, row.Owner)
	}
	feedQUIC(tab, nil)
	for i := range tab.shards {
		feed(tab, i)
	}
	qs := r.take()
	if last := qs[len(qs)-1]; last.Flow != row.ID {
		t.Errorf("the last question is about flow %d, want %d", last.Flow, row.ID)
	}
}

// A flow is told of with its owner, unless that takes too long.
func TestEventsWaitForOwners(t *testing.T) {
	tell := func(es []Event) (all []string) {
		for i := range es {
			kind := map[EventKind]string{FlowOpened: "opened", AppMessage: "message", FlowClosed: "closed"}[es[i].Kind]
			all = append(all, fmt.Sprintf("%s %d %s", kind, es[i].Row.Local.Port, ownerName(&es[i].Row.Owner)))
		}
		return all
	}
	tab, r := ownedTable(t, Config{Events: true, Inspect: true, Limits: allLimits(time.Minute)})
	curl := r.process(7, "curl")
	check := func(at int64, final bool, want ...string) {
		t.Helper()
		var got []string
		for es := tab.Events(nil, t0+at, final); len(es) > 0; es = tab.Events(nil, t0+at, final) {
			got = append(got, tell(es)...)
			if !final {
				break
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d ms: got %q, want %q", at/ms, got, want)
		}
	}
	count(tab, 0, dnsQuery(0, 4000, 1), dnsQuery(ms, 4001, 1))
	qs := r.take()
	check(10*ms, false)
	pending := proc.Found{Reason: proc.Pending}
	tab.Answer([]proc.Answer{{Flow: qs[0].Flow, Place: qs[0].Place, Ends: [2]proc.Found{pending, pending}}})
	check(15*ms, false)
	answerTo(tab, qs[0], curl, curl)
	check(20*ms, false, "opened 4000 curl") // 4001 waits
	count(tab, 0, answer(30*ms, 4000, 1), dnsQuery(100*ms, 4002, 1))
	check(200*ms, false) // behind 4001
	check(ms+ownerWait, false, "opened 4001 (pending)", "message 4000 curl")
	count(tab, 0, answer(510*ms, 4001, 1))
	answerTo(tab, qs[1], curl, curl)
	check(520*ms, true, "opened 4002 (pending)", "message 4001 curl", "message 4002 (pending)",
		"closed 4000 curl", "closed 4001 curl", "closed 4002 (pending)")
}

func TestAskingAllocatesNothing(t *testing.T) {
	tab := newTable(t, Config{MaxFlows: 1 << 10, Owners: quiet{}})
	w := tab.Shard(0)
	p := pkt{src: "10.0.0.0:40000", dst: "192.0.2.1:443"}.packet()
	next := 0
	more := func() {
		for range 300 { // more than are asked at once; each makes another one leave
			spread(&p, next%20_000, t0+int64(next))
			next++
			w.Packets([]parse.Packet{p})
		}
		w.EndBlock()
	}
	for range 100 {
		more()
	}
	testkit.ZeroAllocs(t, "asking", more)
	as := []proc.Answer{{Flow: uint64(tab.shards[0].made), Ends: [2]proc.Found{{Ref: 1}, {Ref: 2}}}}
	testkit.ZeroAllocs(t, "answering", func() { tab.Answer(as) })
}

// quiet is an Owners that never answers.
type quiet struct{}

func (quiet) Ask([]proc.Question)           {}
func (quiet) Wants(*parse.Key) bool         { return true }
func (quiet) Owner(f proc.Found) proc.Owner { return proc.Owner{Source: f.Source, Reason: f.Reason} }

// Writers, answers, snapshots and events at the same time: every flow gets its own
// owner, whose pid is the flow's port.
func TestOwnersWhileCounting(t *testing.T) {
	const ports = 500
	tab, r := ownedTable(t, Config{Shards: 2, MaxFlows: 300, Limits: allLimits(time.Second), Events: true})
	var byPort [ports]proc.Found
	for port := range ports {
		byPort[port] = r.process(int32(port), fmt.Sprint(port))
	}
	var all, writers sync.WaitGroup
	stop := make(chan struct{})
	reply := func() {
		for _, q := range r.take() {
			found := byPort[max(q.Key.APort, q.Key.BPort)-1000]
			answerTo(tab, q, found, found)
		}
	}
	for shard := range 2 {
		writers.Go(func() {
			rng := rand.New(rand.NewPCG(1, uint64(shard)))
			for i := range 2000 {
				port := rng.IntN(ports/2)*2 + shard
				feed(tab, shard, pkt{src: fmt.Sprintf("10.0.0.1:%d", 1000+port), dst: "192.0.2.1:53", at: int64(i) * 3 * ms, hint: parse.HintOutgoing})
			}
		})
	}
	check := func(row *Row) {
		if p := row.Owner.Process; p != nil && int(p.PID) != int(row.Local.Port)-1000 {
			t.Errorf("port %d is owned by %d", row.Local.Port, p.PID)
		}
	}
	all.Go(func() {
		for s := new(Snapshot); ; {
			select {
			case <-stop:
				return
			default:
			}
			reply()
			tab.Snapshot(s, Request{Now: t0 + 6000*ms, Top: 50})
			for i := range s.Flows {
				check(&s.Flows[i])
			}
			es := tab.Events(nil, t0+6000*ms, false)
			for i := range es {
				check(&es[i].Row)
			}
		}
	})
	writers.Wait()
	close(stop)
	all.Wait()
	reply()
	s := snapshot(tab, 6000*ms)
	addsUp(t, s)
	for i := range s.Flows {
		if s.Flows[i].Owner.Process == nil {
			t.Errorf("port %d has no owner: %v", s.Flows[i].Local.Port, s.Flows[i].Owner.Reason)
		}
		check(&s.Flows[i])
	}
}

// Tables that were read when another connection had a flow's ends say nothing of the
// flow, whether they were read before that was seen or after.
func TestOwnerIsTheSuccessors(t *testing.T) {
	const (
		soon   = 200  // units of 100 µs after the first packet
		late   = 4000 // when the other one had begun
		others = "+300ms\nc S 9000000"
	)
	found := func(s proc.Source, took uint16) proc.Found { return proc.Found{Ref: 1, Source: s, Took: took} }
	for _, c := range []struct {
		name  string
		found proc.Found
		want  string
	}{
		{"sock_diag, in time", found(proc.FromDiag, soon), "curl -"},
		{"sock_diag, late", found(proc.FromDiag, late), "(no socket) -"},
		{"just before the other's first packet", found(proc.FromDiag, 2900), "(no socket) -"},
		{"/proc, late", found(proc.FromProc, late), "(no socket) -"},
		{"who listens, late", found(proc.Listener, late), "(no socket) -"},
		{"later than can be told", found(proc.FromDiag, math.MaxUint16), "(no socket) -"},
		{"events, late", found(proc.FromEBPF, late), "curl -"},
		{"nobody, late", proc.Found{Reason: proc.NoRights, Took: late}, "(no rights) -"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, before := range []bool{true, false} {
				tab, r := ownedTable(t, Config{})
				r.process(7, "curl")
				ps := play{}.packets(t, handshake+fins+others)
				last := len(ps) - 1
				count(tab, 0, ps[:last]...)
				q := r.one(t)
				if before {
					answerTo(tab, q, c.found, c.found)
				}
				count(tab, 0, ps[last])
				if !before {
					answerTo(tab, q, c.found, c.found)
				}
				s := snapshot(tab, 400*ms)
				if len(s.Flows) != 2 {
					t.Fatalf("got %d flows, want 2", len(s.Flows))
				}
				if got := owners(&s.Flows[0]); got != c.want {
					t.Errorf("answered before it was seen %v: got %q, want %q", before, got, c.want)
				}
			}
		})
	}
}
