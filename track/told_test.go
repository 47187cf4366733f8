package track

import (
	"testing"

	"sockeye/internal/testkit"
	"sockeye/parse"
	"sockeye/track/proc"
)

// toldPkt is a packet whose source tells a process: a slot, see processTable.
type toldPkt struct {
	pkt
	process uint32
}

// processTable has curl, nginx, launchd, sshd and the kernel in the slots 1 to 5.
func processTable() *parse.Processes {
	all := new(parse.Processes)
	for i, name := range []string{"curl", "nginx", "launchd", "sshd", "kernel_task"} {
		pid := int32(i + 1)
		if name == "kernel_task" {
			pid = 0
		}
		all.Slot(parse.Process{PID: pid, Name: name})
	}
	return all
}

const (
	curlSlot = iota + 1
	nginxSlot
	launchdSlot
	sshdSlot
	kernelSlot
)

// feedTold counts packets as one block of shard 0.
func feedTold(t *Table, ks ...toldPkt) {
	w := t.Shard(0)
	for _, k := range ks {
		p := k.packet()
		p.Process = k.process
		w.Packets([]parse.Packet{p})
	}
	w.EndBlock()
}

// TestTold: what rows of a file say of their owners.
func TestTold(t *testing.T) {
	const here, there = "10.0.0.1:40000", "192.0.2.1:443"
	out := pkt{src: here, dst: there, hint: parse.HintOutgoing}
	in := pkt{src: there, dst: here, hint: parse.HintHost}
	tcp := func(k pkt, flags uint8, payload uint32) pkt {
		k.proto, k.flags, k.n = parse.ProtoTCP, flags, payload+42
		return k
	}
	const syn, ack = parse.FlagSYN, parse.FlagACK
	call, called := tcp(out, syn, 0), tcp(in, syn, 0)
	for _, c := range []struct {
		name    string
		config  Config
		packets []toldPkt
		want    string
	}{
		{"sent", Config{}, []toldPkt{{out, curlSlot}}, "curl -"},
		{"received", Config{}, []toldPkt{{in, curlSlot}}, "curl -"},
		{"nothing is told", Config{}, []toldPkt{{out, 0}}, "- -"},
		{"a later packet tells", Config{}, []toldPkt{{out, 0}, {in, 0}, {in, curlSlot}}, "curl -"},
		{"the newest word counts", Config{}, []toldPkt{{out, launchdSlot}, {in, launchdSlot}, {out, curlSlot}, {in, 0}}, "curl -"},
		{"of the kernel", Config{}, []toldPkt{{out, kernelSlot}}, "(kernel) -"},
		{"to all", Config{}, []toldPkt{{pkt{src: there, dst: "10.0.0.255:137", hint: parse.HintBroadcast}, curlSlot}}, "- -"},
		{"to a group, which has many", Config{}, []toldPkt{{pkt{src: there, dst: "224.0.0.251:5353", hint: parse.HintHost}, curlSlot}}, "- -"},
		{"sent to a group", Config{}, []toldPkt{{pkt{src: here, dst: "224.0.0.251:5353", hint: parse.HintOutgoing}, curlSlot}}, "curl -"},
		{"for another machine", Config{}, []toldPkt{{pkt{src: there, dst: "10.0.0.9:80", hint: parse.HintOther}, curlSlot}}, "- -"},
		{"the tunnel's, not what is in it", Config{}, []toldPkt{{pkt{src: here, dst: there, hint: parse.HintOutgoing, status: parse.Inner}, curlSlot}}, "- -"},
		{"loopback, both ends", Config{ShowLoopback: true}, []toldPkt{
			{pkt{src: "127.0.0.1:40000", dst: "127.0.0.1:80", hint: parse.HintOutgoing}, curlSlot},
			{pkt{src: "127.0.0.1:40000", dst: "127.0.0.1:80", hint: parse.HintHost}, nginxSlot},
		}, "curl nginx"},
		{"loopback, one end", Config{ShowLoopback: true}, []toldPkt{
			{pkt{src: "127.0.0.1:80", dst: "127.0.0.1:40000", hint: parse.HintOutgoing}, nginxSlot},
		}, "- nginx"},
		{"a call", Config{}, []toldPkt{{call, curlSlot}}, "curl -"},
		{"called: who listens", Config{}, []toldPkt{{called, launchdSlot}, {tcp(out, syn|ack, 0), launchdSlot}}, "~launchd -"},
		{"called, and not yet taken", Config{}, []toldPkt{{called, launchdSlot}, {tcp(in, ack, 100), launchdSlot}}, "~launchd -"},
		{"called, and taken", Config{}, []toldPkt{{called, launchdSlot}, {tcp(out, ack, 100), sshdSlot}}, "sshd -"},
		{"called, taken and over", Config{}, []toldPkt{{called, launchdSlot}, {tcp(out, ack, 100), sshdSlot}, {tcp(out, ack|parse.FlagFIN, 0), launchdSlot}}, "sshd -"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := proc.NewRecorded(processTable())
			c.config.Owners, c.config.Told = r, r.Told
			tab := newTable(t, c.config)
			feedTold(tab, c.packets...)
			if row := only(t, snapshot(tab, 0)); toldOwners(row) != c.want {
				t.Errorf("got %q, want %q", toldOwners(row), c.want)
			}
		})
	}
}

// toldOwners is owners, with ~ before those that only listen.
func toldOwners(r *Row) string {
	mark := func(o *proc.Owner) string {
		if o.Source == proc.Listener {
			return "~" + ownerName(o)
		}
		return ownerName(o)
	}
	return mark(&r.Owner) + " " + mark(&r.Peer)
}

// TestToldEvents checks that flows of files are told of at once, and with their owner.
func TestToldEvents(t *testing.T) {
	r := proc.NewRecorded(processTable())
	tab := newTable(t, Config{Owners: r, Told: r.Told, Events: true})
	feedTold(tab,
		toldPkt{pkt{src: "10.0.0.1:40000", dst: "192.0.2.1:53", hint: parse.HintOutgoing}, curlSlot},
		toldPkt{pkt{src: "10.0.0.1:40001", dst: "192.0.2.1:53", hint: parse.HintOutgoing}, 0})
	events := tab.Events(nil, t0+int64(openAfter), false)
	if len(events) != 2 {
		t.Fatalf("got %d events, want 2", len(events))
	}
	for i, want := range []string{"curl -", "- -"} {
		if got := toldOwners(&events[i].Row); got != want {
			t.Errorf("event %d: got %q, want %q", i, got, want)
		}
	}
}

// TestToldGroups checks that flows of which nothing was told are a group of their own.
func TestToldGroups(t *testing.T) {
	r := proc.NewRecorded(processTable())
	tab := newTable(t, Config{Owners: r, Told: r.Told})
	w := tab.Shard(0)
	for i, process := range []uint32{curlSlot, nginxSlot, curlSlot, 0, kernelSlot} {
		k := pkt{src: "10.0.0.1:1", dst: "192.0.2.1:53", hint: parse.HintOutgoing}
		p := k.packet()
		p.Key.APort, p.Key.BPort = uint16(i+1), 53
		p.Process = process
		w.Packets([]parse.Packet{p})
	}
	w.EndBlock()
	s := NewSnapshot(NewGrouping(GroupProcess, nil))
	tab.Snapshot(s, Request{Now: t0})
	got := map[string]uint32{}
	for _, row := range s.Groups[0].Rows {
		name := "(" + row.Reason.String() + ")"
		if row.Process != nil {
			name = row.Process.Name
		}
		got[name] = uint32(row.Flows)
	}
	want := map[string]uint32{"curl": 2, "nginx": 1, "(off)": 1, "(kernel)": 1}
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%s: got %d flows, want %d", name, got[name], n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got the groups %v, want %v", got, want)
	}
}

// TestToldUser checks that no user is made up for a process of which packets alone told.
func TestToldUser(t *testing.T) {
	p := &proc.Process{ID: proc.ID{PID: 10}, Name: "curl", Told: 1, Lacks: []proc.Lack{{Fact: "user", Reason: proc.Exited}}}
	k, ok := GroupUser.keyOf(who{ref: 1}, proc.None, p)
	if want := (ownerKey{who: who{reason: proc.Exited}}); !ok || k != want {
		t.Errorf("got the key %+v, %v, want %+v, true", k, ok, want)
	}
}

// TestToldQuestions checks that live the first word of a packet goes with the question,
// and that it is asked again where it comes later, once.
func TestToldQuestions(t *testing.T) {
	out := pkt{src: "10.0.0.1:40000", dst: "192.0.2.1:443", hint: parse.HintOutgoing}
	in := pkt{src: "192.0.2.1:443", dst: "10.0.0.1:40000", hint: parse.HintHost}
	called := in
	called.proto, called.flags = parse.ProtoTCP, parse.FlagSYN
	answers := out
	answers.proto, answers.flags, answers.n = parse.ProtoTCP, parse.FlagSYN|parse.FlagACK, 42
	type question struct {
		process uint32
		b       bool
	}
	for _, c := range []struct {
		name    string
		packets []toldPkt
		want    []question
	}{
		{"nothing is told", []toldPkt{{out, 0}, {in, 0}}, []question{{0, false}}},
		{"with the first packet", []toldPkt{{out, 7}, {out, 7}, {out, 8}}, []question{{7, false}}},
		{"with the second", []toldPkt{{in, 0}, {out, 7}, {out, 7}}, []question{{7, false}}},
		{"of the other end, which is not here", []toldPkt{{in, 0}, {pkt{src: in.src, dst: in.dst}, 7}}, []question{{0, false}}},
		{"of who listens", []toldPkt{{called, 0}, {answers, 7}}, []question{{0, false}}},
		{"of B", []toldPkt{{pkt{src: "10.0.0.1:40000", dst: "9.9.9.9:53", hint: parse.HintOutgoing}, 7}}, []question{{7, true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab, r := ownedTable(t, Config{})
			tab.SetLocal(ownAddrs)
			feedTold(tab, c.packets...)
			var got []question
			for _, q := range r.take() {
				got = append(got, question{q.Process, q.ProcessB})
			}
			if len(got) != len(c.want) || got[0] != c.want[0] {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}

	tab, r := ownedTable(t, Config{})
	tab.SetLocal(ownAddrs)
	feedTold(tab, toldPkt{in, 0})
	feedTold(tab, toldPkt{out, 7})
	feedTold(tab, toldPkt{out, 7})
	if qs := r.take(); len(qs) != 2 || qs[0].Process != 0 || qs[1].Process != 7 || qs[1].Flow != qs[0].Flow {
		t.Errorf("in blocks of their own: got %+v, want the question, and once more with the process", qs)
	}
}

// TestToldAllocs checks that packets with processes cost no memory.
func TestToldAllocs(t *testing.T) {
	r := proc.NewRecorded(processTable())
	tab := newTable(t, Config{Owners: r, Told: r.Told})
	w := tab.Shard(0)
	p := pkt{src: "10.0.0.1:40000", dst: "192.0.2.1:53", hint: parse.HintOutgoing}.packet()
	ps := []parse.Packet{p}
	testkit.ZeroAllocs(t, "packets", func() {
		ps[0].Process = 3 - ps[0].Process%3
		w.Packets(ps)
		w.EndBlock()
	})
}
