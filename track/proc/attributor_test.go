package proc

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sockeye/parse"
)

const (
	tcp  = parse.ProtoTCP
	udp  = parse.ProtoUDP
	icmp = parse.ProtoICMP
)

// TestEvents holds the rules of ownership against what the kernel's events tell.
func TestEvents(t *testing.T) {
	tests := []struct {
		name string
		run  func(b *bench)
	}{
		{"a connection out of here is who called's", func(b *bench) {
			curl := b.process(10, "curl", "/usr/bin/curl")
			b.push(event(SocketCalls, 1, tcp, "10.0.0.1:40000", "9.9.9.9:443", curl))
			b.wantOwner(tcp, "10.0.0.1:40000", "9.9.9.9:443", now(), "10.0.0.1:40000", 10, FromEBPF, None)
		}},
		{"UDP and TCP on one port are two sockets", func(b *bench) {
			one, two := b.process(10, "one", "/one"), b.process(20, "two", "/two")
			b.push(event(SocketBound, 1, udp, "0.0.0.0:5000", "", one), event(SocketListens, 2, tcp, "0.0.0.0:5000", "", two))
			b.wantOwner(udp, "9.9.9.9:1234", "10.0.0.1:5000", now(), "10.0.0.1:5000", 10, FromEBPF, None)
			b.wantOwner(tcp, "9.9.9.9:1234", "10.0.0.1:5000", now(), "10.0.0.1:5000", 20, Listener, None)
		}},
		{"who listens on :53 here does not ask 8.8.8.8:53", func(b *bench) {
			resolver, dig := b.process(10, "resolver", "/resolver"), b.process(20, "dig", "/dig")
			b.push(event(SocketBound, 1, udp, "0.0.0.0:53", "", resolver), event(SocketUsed, 2, udp, "0.0.0.0:41000", "", dig))
			b.wantOwner(udp, "10.0.0.1:41000", "8.8.8.8:53", now(), "10.0.0.1:41000", 20, FromEBPF, None)
			b.wantOwner(udp, "10.0.0.1:41001", "8.8.8.8:53", now(), "10.0.0.1:41001", 0, NoSource, NoSocket)
		}},
		{"each end of a loopback connection has its own", func(b *bench) {
			client, server, worker := b.process(10, "client", "/c"), b.process(20, "server", "/s"), b.process(30, "worker", "/w")
			at := now()
			b.push(event(SocketListens, 1, tcp, "127.0.0.1:80", "", server),
				event(SocketCalls, 2, tcp, "127.0.0.1:40000", "127.0.0.1:80", client),
				event(SocketTaken, 3, tcp, "127.0.0.1:80", "127.0.0.1:40000", server),
				event(SocketUsed, 3, tcp, "127.0.0.1:80", "127.0.0.1:40000", worker))
			b.wantOwner(tcp, "127.0.0.1:40000", "127.0.0.1:80", at, "127.0.0.1:40000", 10, FromEBPF, None)
			b.wantOwner(tcp, "127.0.0.1:40000", "127.0.0.1:80", at, "127.0.0.1:80", 30, FromEBPF, None)
		}},
		{"who began a connection does not listen at its end", func(b *bench) {
			server := b.process(20, "server", "/s")
			b.push(event(SocketListens, 1, tcp, "0.0.0.0:8080", "", server))
			b.wantOwner(tcp, "10.0.0.1:8080", "9.9.9.9:443", now(), "10.0.0.1:8080", 0, NoSource, NoSocket)
		}},
		{"a socket for IPv6 takes IPv4 where it says so", func(b *bench) {
			both, six := b.process(10, "both", "/both"), b.process(20, "six", "/six")
			e := event(SocketBound, 1, udp, "[::]:5000", "", both)
			e.Dual = true
			b.push(e, event(SocketBound, 2, udp, "[::]:5001", "", six))
			b.wantOwner(udp, "9.9.9.9:1", "10.0.0.1:5000", now(), "10.0.0.1:5000", 10, FromEBPF, None)
			b.wantOwner(udp, "9.9.9.9:1", "10.0.0.1:5001", now(), "10.0.0.1:5001", 0, NoSource, NoSocket)
			b.wantOwner(udp, "[2001:db8::9]:1", "[2001:db8::1]:5001", now(), "[2001:db8::1]:5001", 20, FromEBPF, None)
		}},
		{"the socket that is bound closest takes it", func(b *bench) {
			narrow, wide := b.process(10, "narrow", "/n"), b.process(20, "wide", "/w")
			b.push(event(SocketBound, 1, udp, "10.0.0.1:53", "", narrow), event(SocketBound, 2, udp, "0.0.0.0:53", "", wide))
			b.wantOwner(udp, "9.9.9.9:1", "10.0.0.1:53", now(), "10.0.0.1:53", 10, FromEBPF, None)
			b.wantOwner(udp, "127.0.0.1:9", "127.0.0.1:53", now(), "127.0.0.1:53", 20, FromEBPF, None)
		}},
		{"two processes at one end are nobody", func(b *bench) {
			one, two := b.process(10, "one", "/one"), b.process(20, "two", "/two")
			b.push(event(SocketBound, 1, udp, "0.0.0.0:5353", "", one), event(SocketBound, 2, udp, "0.0.0.0:5353", "", two))
			b.wantOwner(udp, "9.9.9.9:1", "10.0.0.1:5353", now(), "10.0.0.1:5353", 0, NoSource, Several)
		}},
		{"two sockets of one process are his", func(b *bench) {
			one := b.process(10, "one", "/one")
			b.push(event(SocketBound, 1, udp, "0.0.0.0:5353", "", one), event(SocketBound, 2, udp, "0.0.0.0:5353", "", one))
			b.wantOwner(udp, "9.9.9.9:1", "10.0.0.1:5353", now(), "10.0.0.1:5353", 10, FromEBPF, None)
		}},
		{"who uses a socket has it, not who bound it", func(b *bench) {
			systemd, service := b.process(1, "systemd", "/systemd"), b.process(20, "service", "/service")
			b.push(event(SocketBound, 1, udp, "0.0.0.0:69", "", systemd), event(SocketUsed, 1, udp, "0.0.0.0:69", "", service))
			b.wantOwner(udp, "9.9.9.9:1", "10.0.0.1:69", now(), "10.0.0.1:69", 20, FromEBPF, None)
		}},
		{"of workers that share a socket it is their parent's", func(b *bench) {
			master, worker := b.process(10, "dnsd", "/dnsd"), b.process(11, "dnsd", "/dnsd")
			b.push(event(SocketUsed, 1, udp, "0.0.0.0:53", "", worker), event(SocketUsed, 1, udp, "0.0.0.0:53", "", master))
			b.wantOwner(udp, "9.9.9.9:1", "10.0.0.1:53", now(), "10.0.0.1:53", 10, FromEBPF, None)
		}},
		{"programs that share a socket are nobody", func(b *bench) {
			one, two := b.process(10, "one", "/one"), b.process(20, "two", "/two")
			b.push(event(SocketUsed, 1, udp, "0.0.0.0:53", "", one), event(SocketUsed, 1, udp, "0.0.0.0:53", "", two))
			b.wantOwner(udp, "9.9.9.9:1", "10.0.0.1:53", now(), "10.0.0.1:53", 0, NoSource, Several)
		}},
		{"a socket of the kernel", func(b *bench) {
			b.push(event(SocketBound, 1, udp, "0.0.0.0:4789", "", ID{}))
			b.wantOwner(udp, "9.9.9.9:1", "10.0.0.1:4789", now(), "10.0.0.1:4789", 0, NoSource, Kernel)
		}},
		{"a raw socket of one process", func(b *bench) {
			one := b.process(10, "one", "/one")
			b.push(event(SocketUsed, 1, 253, "0.0.0.0:0", "0.0.0.0:0", one))
			b.wantOwner(253, "10.0.0.1:0", "9.9.9.9:0", now(), "10.0.0.1:0", 10, FromEBPF, None)
			b.wantOwner(254, "10.0.0.1:0", "9.9.9.9:0", now(), "10.0.0.1:0", 0, NoSource, NoSocket)
		}},
		{"echo by a ping socket, by its identifier", func(b *bench) {
			ping, other := b.process(10, "ping", "/ping"), b.process(20, "ping", "/ping")
			one, two := event(SocketUsed, 1, icmp, "0.0.0.0:7", "", ping), event(SocketUsed, 2, icmp, "0.0.0.0:8", "", other)
			one.Type, two.Type = sockDgram, sockDgram
			b.push(one, two)
			b.wantOwner(icmp, "10.0.0.1:7", "9.9.9.9:7", now(), "10.0.0.1:7", 10, FromEBPF, None)
			b.wantOwner(icmp, "10.0.0.1:8", "9.9.9.9:8", now(), "10.0.0.1:8", 20, FromEBPF, None)
		}},
		{"echo from elsewhere is answered by the kernel", func(b *bench) {
			monitor := b.process(10, "monitor", "/monitor")
			e := event(SocketUsed, 1, icmp, "0.0.0.0:0", "0.0.0.0:0", monitor)
			e.Sends = true
			b.push(e)
			b.wantOwner(icmp, "9.9.9.9:7", "10.0.0.1:7", now(), "10.0.0.1:7", 0, NoSource, Kernel)
			b.wantOwner(icmp, "10.0.0.1:7", "9.9.9.9:7", now(), "10.0.0.1:7", 10, FromEBPF, None)
		}},
		{"echo that two may have sent", func(b *bench) {
			one, two := b.process(10, "one", "/one"), b.process(20, "two", "/two")
			b.push(event(SocketUsed, 1, icmp, "0.0.0.0:0", "0.0.0.0:0", one), event(SocketUsed, 2, icmp, "0.0.0.0:0", "0.0.0.0:0", two))
			b.wantOwner(icmp, "10.0.0.1:7", "9.9.9.9:7", now(), "10.0.0.1:7", 0, NoSource, Several)
		}},
		{"a frame that was injected", func(b *bench) {
			one := b.process(10, "inject", "/inject")
			e := event(SocketUsed, 1, udp, "10.0.0.1:777", "9.9.9.9:888", one)
			e.Family, e.Sends = afPacket, true
			b.push(e)
			b.wantOwner(udp, "10.0.0.1:777", "9.9.9.9:888", now(), "10.0.0.1:777", 10, FromEBPF, None)
			b.wantOwner(udp, "10.0.0.1:778", "9.9.9.9:888", now(), "10.0.0.1:778", 0, NoSource, NoSocket)
		}},
		{"a socket goes before a frame that looks like its", func(b *bench) {
			spoofer, owner := b.process(10, "spoof", "/spoof"), b.process(20, "owner", "/owner")
			b.push(event(SocketCalls, 2, tcp, "10.0.0.1:777", "9.9.9.9:888", owner))
			e := event(SocketUsed, 1, tcp, "10.0.0.1:777", "9.9.9.9:888", spoofer)
			e.Family, e.Sends = afPacket, true
			b.push(e)
			b.wantOwner(tcp, "10.0.0.1:777", "9.9.9.9:888", now(), "10.0.0.1:777", 20, FromEBPF, None)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { inBubble(t, Auto, nil, tt.run) })
	}
}

// TestReuse: ends that one process after the other has, each flow with its own.
func TestReuse(t *testing.T) {
	inBubble(t, Auto, nil, func(b *bench) {
		const from, to = "10.0.0.1:40000", "9.9.9.9:443"
		var at [3]int64
		for i := range at {
			pid := int32(10 * (i + 1))
			by := b.process(pid, "client", "/client")
			b.push(event(SocketCalls, uint64(pid), tcp, from, to, by))
			time.Sleep(10 * time.Millisecond)
			at[i] = now()
			time.Sleep(500 * time.Millisecond)
			b.push(Event{Kind: SocketGone, Cookie: uint64(pid), Time: now()}, Event{Kind: ProcessEnded, Process: by, Time: now()})
			time.Sleep(20 * time.Millisecond)
		}
		for i, first := range at {
			b.wantOwner(tcp, from, to, first, from, int32(10*(i+1)), FromEBPF, None)
		}
		b.wantOwner(tcp, from, to, now(), from, 0, NoSource, NoSocket)
	})
}

// TestPidReuse: another process with the same pid is not the first.
func TestPidReuse(t *testing.T) {
	inBubble(t, Auto, nil, func(b *bench) {
		old := b.process(10, "old", "/old")
		b.push(event(SocketCalls, 1, tcp, "10.0.0.1:1", "9.9.9.9:443", old))
		next := old
		next.Start += 100
		b.facts.procs[10] = Process{ID: next, Name: "new", Comm: "new", Exe: "/new"}
		b.push(Event{Kind: ProcessEnded, Process: old}, event(SocketCalls, 2, tcp, "10.0.0.1:2", "9.9.9.9:443", next))
		for end, want := range map[string]string{"10.0.0.1:1": "old", "10.0.0.1:2": "new"} {
			flow := b.ask(tcp, end, "9.9.9.9:443", now())
			if o := b.last(flow, tcp, end, "9.9.9.9:443", end); o.Process == nil || o.Process.Name != want {
				t.Errorf("owner of %s: got %+v, want %s", end, o.Process, want)
			}
		}
	})
}

// TestExec: a process that becomes another program is two, and what was read too late
// of the first is not told of it.
func TestExec(t *testing.T) {
	inBubble(t, Auto, nil, func(b *bench) {
		id := b.process(10, "sh", "/bin/sh")
		name := func(local string) *Process {
			flow := b.ask(tcp, local, "9.9.9.9:443", now())
			return b.last(flow, tcp, local, "9.9.9.9:443", local).Process
		}
		b.push(event(SocketCalls, 1, tcp, "10.0.0.1:1", "9.9.9.9:443", id))
		before := name("10.0.0.1:1")
		time.Sleep(time.Second)
		b.process(10, "curl", "/usr/bin/curl")
		b.push(Event{Kind: ProcessBegan, Time: now(), Process: id, Comm: "curl"}, event(SocketCalls, 2, tcp, "10.0.0.1:2", "9.9.9.9:443", id))
		after := name("10.0.0.1:2")
		if before.Name != "sh" || after.Name != "curl" || before.Ref == after.Ref || before.ID != after.ID {
			t.Errorf("got %s as %d, then %s as %d, want sh, then curl as another", before.Name, before.Ref, after.Name, after.Ref)
		}
		if b.a.Process(before.Ref).Name != "sh" {
			t.Errorf("the first is now %s, want sh", b.a.Process(before.Ref).Name)
		}

		// It became ssh before anybody read what it was: that is told later.
		time.Sleep(time.Second)
		became := now()
		time.Sleep(time.Millisecond)
		late := b.process(20, "ssh", "/usr/bin/ssh")
		made := event(SocketCalls, 3, tcp, "10.0.0.1:3", "9.9.9.9:443", late)
		made.Comm = "git"
		b.push(made)
		b.push(Event{Kind: ProcessBegan, Time: became, Process: late, Comm: "ssh"})
		if p := name("10.0.0.1:3"); p.Name != "git" || p.Exe != "" {
			t.Errorf("got %s at %q, want git of which nothing more is known", p.Name, p.Exe)
		}
	})
}

// TestUpgrade: who listens is told at once, who accepted it when he uses it.
func TestUpgrade(t *testing.T) {
	inBubble(t, Auto, nil, func(b *bench) {
		server, worker := b.process(20, "server", "/s"), b.process(30, "worker", "/w")
		const from, to = "9.9.9.9:1234", "10.0.0.1:80"
		at := now()
		b.push(event(SocketListens, 1, tcp, "0.0.0.0:80", "", server))
		flow := b.ask(tcp, from, to, at)
		if o := b.last(flow, tcp, from, to, to); o.Process.PID != 20 || o.Source != Listener {
			t.Errorf("got pid %d by %v, want 20, who listens", o.Process.PID, o.Source)
		}
		time.Sleep(2 * time.Second)
		b.push(event(SocketTaken, 2, tcp, to, from, server))
		time.Sleep(50 * time.Millisecond)
		b.push(event(SocketUsed, 2, tcp, to, from, worker))
		time.Sleep(50 * time.Millisecond)
		synctest.Wait()
		if o := b.last(flow, tcp, from, to, to); o.Process.PID != 30 || o.Source != FromEBPF {
			t.Errorf("got pid %d by %v, want 30, who uses it", o.Process.PID, o.Source)
		}
		if n := len(b.answers[flow]); n != 2 {
			t.Errorf("got %d answers, want 2", n)
		}
	})
}

// TestLateEvents: what is told after the question still answers it, and quickly.
func TestLateEvents(t *testing.T) {
	inBubble(t, Auto, nil, func(b *bench) {
		client := b.process(10, "client", "/c")
		const from, to = "10.0.0.1:40000", "9.9.9.9:443"
		q := question(tcp, from, to, now())
		q.Flow = 1
		b.a.Ask([]Question{q})
		e := event(SocketCalls, 1, tcp, from, to, client)
		time.Sleep(30 * time.Millisecond)
		b.push(e)
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		if o := b.last(1, tcp, from, to, from); o.Process == nil || o.Process.PID != 10 || o.Took > 40*time.Millisecond {
			t.Errorf("got %+v, want pid 10 within 40 ms", o)
		}
	})
}

// TestSpaces: network namespaces do not mix, even with the same addresses.
func TestSpaces(t *testing.T) {
	there := &fakeTables{}
	prepare := func(b *bench) {
		for _, s := range []struct {
			id   uint64
			addr string
		}{{otherNS, "172.17.0.2"}, {thirdNS, "172.17.0.2"}, {otherNS, "172.17.0.3"}} {
			b.others = append(b.others, otherSpace{
				id: s.id, addrs: []netip.Addr{addr(s.addr)}, open: func() (socketTables, error) { return there, nil },
			})
		}
		b.others[0].addrs = append(b.others[0].addrs, addr("172.17.0.3"))
		b.others = b.others[:2]
	}
	in := func(e Event, ns uint64) Event { e.NetNS = ns; return e }
	inBubble(t, Auto, prepare, func(b *bench) {
		host, one, two := b.process(5, "host", "/h"), b.process(10, "one", "/one"), b.process(20, "two", "/two")
		b.push(event(SocketListens, 1, tcp, "0.0.0.0:80", "", host),
			in(event(SocketListens, 2, tcp, "0.0.0.0:80", "", one), otherNS),
			in(event(SocketListens, 3, tcp, "0.0.0.0:80", "", two), thirdNS),
			in(event(SocketCalls, 4, tcp, "172.17.0.2:500", "9.9.9.9:443", one), otherNS))
		k, _ := parse.KeyOf(port("172.17.0.2:500"), port("9.9.9.9:443"), tcp)
		if !b.a.Wants(&k) {
			t.Errorf("got a container's flow that is not wanted")
		}
		// Only one of the two has this connection.
		b.wantOwner(tcp, "172.17.0.2:500", "9.9.9.9:443", now(), "172.17.0.2:500", 10, FromEBPF, None)
		// Both listen there.
		b.wantOwner(tcp, "9.9.9.9:1", "172.17.0.2:80", now(), "172.17.0.2:80", 0, NoSource, Several)
		b.wantOwner(tcp, "9.9.9.9:1", "172.17.0.3:80", now(), "172.17.0.3:80", 10, Listener, None)
		b.wantOwner(tcp, "9.9.9.9:1", "10.0.0.1:80", now(), "10.0.0.1:80", 5, Listener, None)
		// Nobody's here.
		b.wantOwner(tcp, "9.9.9.9:1", "8.8.8.8:80", now(), "8.8.8.8:80", 0, NoSource, OtherHost)
	})
}

// TestTranslated: behind the address of this machine is a container's.
func TestTranslated(t *testing.T) {
	prepare := func(b *bench) {
		b.nat = fakeNAT{
			{"172.17.0.2:500", "9.9.9.9:443"}: {"10.0.0.1:60500", "9.9.9.9:443"},
			{"9.9.9.9:700", "10.0.0.1:8080"}:  {"9.9.9.9:700", "172.17.0.2:80"},
		}
		b.others = []otherSpace{{id: otherNS, addrs: []netip.Addr{addr("172.17.0.2")}, open: func() (socketTables, error) { return &fakeTables{}, nil }}}
	}
	inBubble(t, Auto, prepare, func(b *bench) {
		app, proxy := b.process(10, "app", "/app"), b.process(20, "docker-proxy", "/proxy")
		calls, listens, taken := event(SocketCalls, 1, tcp, "172.17.0.2:500", "9.9.9.9:443", app),
			event(SocketListens, 2, tcp, "0.0.0.0:80", "", app), event(SocketUsed, 4, tcp, "172.17.0.2:80", "9.9.9.9:700", app)
		calls.NetNS, listens.NetNS, taken.NetNS = otherNS, otherNS, otherNS
		b.push(calls, listens, taken, event(SocketListens, 3, tcp, "0.0.0.0:8080", "", proxy))
		b.wantOwner(tcp, "10.0.0.1:60500", "9.9.9.9:443", now(), "10.0.0.1:60500", 10, FromEBPF, None)
		b.wantOwner(tcp, "9.9.9.9:700", "10.0.0.1:8080", now(), "10.0.0.1:8080", 10, FromEBPF, None)
		as := b.answers[1]
		want, _ := parse.KeyOf(port("172.17.0.2:500"), port("9.9.9.9:443"), tcp)
		if a := as[len(as)-1]; !a.Translated || a.Other != want {
			t.Errorf("got translated %v to %v, want to %v", a.Translated, a.Other, want)
		}
	})
}

// TestTables holds the rules of ownership against the kernel's tables.
func TestTables(t *testing.T) {
	socket := func(typ, proto uint16, state, local, remote string, inode uint64) Socket {
		s := Socket{Family: afInet, Type: typ, Proto: proto, State: state, Local: port(local), Inode: inode, UID: 1000, Cookie: 1}
		s.Remote = netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
		if remote != "" {
			s.Remote = port(remote)
		}
		return s
	}
	tests := []struct {
		name string
		run  func(b *bench)
	}{
		{"a connection", func(b *bench) {
			b.holds(7, b.process(10, "curl", "/curl"))
			b.have(socket(sockStream, tcp, stateEstablished, "10.0.0.1:40000", "9.9.9.9:443", 7))
			b.wantOwner(tcp, "10.0.0.1:40000", "9.9.9.9:443", now(), "10.0.0.1:40000", 10, FromDiag, None)
		}},
		{"a connection that is over", func(b *bench) {
			b.have(socket(sockStream, tcp, stateTimeWait, "10.0.0.1:40000", "9.9.9.9:443", 0))
			b.wantOwner(tcp, "10.0.0.1:40000", "9.9.9.9:443", now(), "10.0.0.1:40000", 0, NoSource, NoSocket)
		}},
		{"a listening socket is the other end's to begin", func(b *bench) {
			b.holds(7, b.process(10, "sshd", "/sshd"))
			b.have(socket(sockStream, tcp, stateListen, "0.0.0.0:22", "", 7))
			b.wantOwner(tcp, "9.9.9.9:1", "10.0.0.1:22", now(), "10.0.0.1:22", 10, Listener, None)
			b.wantOwner(tcp, "10.0.0.1:22", "9.9.9.9:1", now(), "10.0.0.1:22", 0, NoSource, NoSocket)
		}},
		{"two sockets at one end", func(b *bench) {
			b.holds(7, b.process(10, "avahi", "/avahi"))
			b.holds(8, b.process(20, "chrome", "/chrome"))
			b.have(socket(sockDgram, udp, stateUnconnected, "0.0.0.0:5353", "", 7), socket(sockDgram, udp, stateUnconnected, "0.0.0.0:5353", "", 8))
			b.wantOwner(udp, "9.9.9.9:1", "10.0.0.1:5353", now(), "10.0.0.1:5353", 0, NoSource, Several)
		}},
		{"systemd keeps a service's socket", func(b *bench) {
			b.holds(7, b.process(1, "systemd", "/systemd"), b.process(10, "tftpd", "/tftpd"))
			b.have(socket(sockDgram, udp, stateUnconnected, "0.0.0.0:69", "", 7))
			b.wantOwner(udp, "9.9.9.9:1", "10.0.0.1:69", now(), "10.0.0.1:69", 10, FromDiag, None)
		}},
		{"another user's", func(b *bench) {
			b.facts.lacks = NoRights
			b.have(socket(sockStream, tcp, stateEstablished, "10.0.0.1:40000", "9.9.9.9:443", 7))
			b.wantOwner(tcp, "10.0.0.1:40000", "9.9.9.9:443", now(), "10.0.0.1:40000", 0, FromDiag, NoRights)
			o := b.last(1, tcp, "10.0.0.1:40000", "9.9.9.9:443", "10.0.0.1:40000")
			if o.Process == nil || o.Process.UID != 1000 || o.Process.User != "somebody" {
				t.Errorf("got %+v, want user 1000, somebody", o.Process)
			}
			if len(b.notices) != 1 || b.notices[0] != noRights {
				t.Errorf("got notices %v, want one", b.notices)
			}
		}},
		{"the kernel's own", func(b *bench) {
			s := socket(sockDgram, udp, stateUnconnected, "0.0.0.0:51820", "", 7)
			s.UID = 0
			b.have(s)
			b.wantOwner(udp, "9.9.9.9:1", "10.0.0.1:51820", now(), "10.0.0.1:51820", 0, NoSource, Kernel)
		}},
		{"a process that began after the flow", func(b *bench) {
			id := b.process(10, "late", "/late")
			p := b.facts.procs[10]
			p.Started = time.Now().Add(100 * time.Millisecond)
			b.facts.procs[10] = p
			b.holds(7, id)
			b.have(socket(sockStream, tcp, stateEstablished, "10.0.0.1:40000", "9.9.9.9:443", 7))
			b.wantOwner(tcp, "10.0.0.1:40000", "9.9.9.9:443", now(), "10.0.0.1:40000", 0, NoSource, Exited)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { inBubble(t, OnlyDiag, nil, tt.run) })
	}
}

// TestFalls: a source that fails is told of once, and the next takes its place.
func TestFalls(t *testing.T) {
	inBubble(t, Auto, nil, func(b *bench) {
		b.w.fails <- errors.New("the ring is gone")
		synctest.Wait()
		b.holds(7, b.process(10, "curl", "/curl"))
		b.have(Socket{Family: afInet, Type: sockStream, Proto: tcp, State: stateEstablished, Local: port("10.0.0.1:1"), Remote: port("9.9.9.9:2"), Inode: 7})
		b.a.rung.watcher = nil
		b.wantOwner(tcp, "10.0.0.1:1", "9.9.9.9:2", now(), "10.0.0.1:1", 10, FromDiag, None)
		if len(b.notices) != 1 || !strings.Contains(b.notices[0].Text, "the ring is gone") {
			t.Errorf("got notices %v, want one with the cause", b.notices)
		}
		if s := b.a.Stats(); len(s.Sources) != 0 && s.Sources[0].Usable {
			t.Errorf("got eBPF as usable, want not")
		}
	})
}

// TestOff: with attribution off every answer says so.
func TestOff(t *testing.T) {
	inBubble(t, NoneAtAll, nil, func(b *bench) {
		b.wantOwner(tcp, "10.0.0.1:1", "9.9.9.9:2", now(), "10.0.0.1:1", 0, NoSource, Off)
	})
}

// TestBusy: what there is no room for is refused, and counted.
func TestBusy(t *testing.T) {
	q := newQueue()
	qs := make([]Question, maxQueued+10)
	q.put(qs)
	asked, refused := q.take(nil, nil)
	if len(asked) != maxQueued || len(refused) != 10 {
		t.Errorf("got %d asked and %d refused, want %d and 10", len(asked), len(refused), maxQueued)
	}
	var s Stats
	if q.stats(&s); s.Asked != 0 {
		t.Errorf("got %d lost, want none", s.Asked)
	}
}
