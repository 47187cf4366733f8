package proc

import (
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"sockeye/parse"
)

// TestSharedPort: sockets that are bound to one port at different addresses.
func TestSharedPort(t *testing.T) {
	narrow, wide := "10.0.0.1:53", "0.0.0.0:53"
	for _, tt := range []struct {
		name     string
		left     bool // the socket at the narrow address has just been connected to somebody
		used     bool // somebody has used it
		from, to string
		want     int32
	}{
		{"what comes in goes to the address's own", false, false, "9.9.9.9:1", narrow, 10},
		{"what goes out may be from both", false, true, narrow, "9.9.9.9:1", 0},
		{"what goes out is not from one that nobody used", false, false, narrow, "9.9.9.9:1", 20},
		{"one that was there before yields to one that is", true, false, "9.9.9.9:1", narrow, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, OnlyEBPF, nil, func(b *bench) {
				one, two := b.process(10, "narrow", "/n"), b.process(20, "wide", "/w")
				b.push(event(SocketBound, 1, udp, narrow, "", one), event(SocketBound, 2, udp, wide, "", two))
				if tt.used {
					b.push(event(SocketUsed, 1, udp, narrow, "", one))
				}
				if tt.from == narrow {
					b.push(event(SocketUsed, 2, udp, wide, "", two))
				}
				if tt.left {
					b.push(event(SocketUsed, 1, udp, narrow, "9.9.9.9:53", one))
					time.Sleep(10 * time.Millisecond)
				}
				source, reason := FromEBPF, None
				if tt.want == 0 {
					source, reason = NoSource, Several
				}
				b.wantOwner(udp, tt.from, tt.to, now(), "10.0.0.1:53", tt.want, source, reason)
			})
			if tt.left || tt.from == narrow && !tt.used {
				return // tables know of no before, and of no use
			}
			inBubble(t, OnlyDiag, nil, func(b *bench) {
				b.holds(7, b.process(10, "narrow", "/n"))
				b.holds(8, b.process(20, "wide", "/w"))
				b.have(datagram(wide, 8), datagram(narrow, 7))
				source, reason := FromDiag, None
				if tt.want == 0 {
					source, reason = NoSource, Several
				}
				b.wantOwner(udp, tt.from, tt.to, now(), "10.0.0.1:53", tt.want, source, reason)
			})
		})
	}
}

// datagram is a UDP socket that is bound.
func datagram(at string, inode uint64) Socket {
	return Socket{
		Family: afInet, Type: sockDgram, Proto: udp, State: stateUnconnected, UID: 1000, Cookie: 1, Inode: inode,
		Local: port(at), Remote: netip.AddrPortFrom(netip.IPv4Unspecified(), 0),
	}
}

// TestTranslatedEnds: which end of a translated flow is which of its other name.
func TestTranslatedEnds(t *testing.T) {
	for _, peer := range []string{"9.9.9.9:443", "50.0.0.9:443", "200.0.0.9:443"} { // before, between and after both addresses
		inside, outside := "172.17.0.2:500", "10.0.0.1:60500"
		prepare := func(b *bench) {
			b.nat = fakeNAT{{inside, peer}: {outside, peer}}
			b.others = []otherSpace{{id: otherNS, addrs: []netip.Addr{addr("172.17.0.2")}, open: func() (socketTables, error) { return &fakeTables{}, nil }}}
		}
		inBubble(t, OnlyEBPF, prepare, func(b *bench) {
			e := event(SocketCalls, 1, tcp, inside, peer, b.process(10, "app", "/app"))
			e.NetNS = otherNS
			b.push(e)
			b.wantOwner(tcp, outside, peer, now(), outside, 10, FromEBPF, None)
			k, first := parse.KeyOf(port(outside), port(peer), tcp)
			want, second := parse.KeyOf(port(inside), port(peer), tcp)
			as := b.answers[1]
			if a := as[len(as)-1]; !a.Translated || a.Other != want || a.Swapped != (first != second) {
				t.Errorf("%v > %v: got %v, %v > %v, swapped %v, want %v > %v, %v", k.A(), k.B(),
					a.Translated, a.Other.A(), a.Other.B(), a.Swapped, want.A(), want.B(), first != second)
			}
		})
	}
}

// TestUnfinishedAnswer: while one end of a flow is known, the other one is not said to
// be nobody's.
func TestUnfinishedAnswer(t *testing.T) {
	inBubble(t, Auto, nil, func(b *bench) {
		b.push(event(SocketListens, 1, tcp, "127.0.0.1:80", "", b.process(10, "server", "/s")))
		b.wantOwner(tcp, "127.0.0.1:4000", "127.0.0.1:80", now(), "127.0.0.1:4000", 0, NoSource, NoSocket)
		as := b.answers[1]
		if got := as[0].Ends[1].Reason; len(as) < 2 || got != Pending {
			t.Errorf("got reason %v in the first of %d answers, want pending, and one more", got, len(as))
		}
	})
}

// TestOtherEnd: of a flow of this machine's with an address that other namespaces have,
// which another host may have as well.
func TestOtherEnd(t *testing.T) {
	const here, there = "10.0.0.1:40000", "172.17.0.2:80"
	prepare := func(b *bench) {
		for _, id := range []uint64{otherNS, thirdNS} {
			b.others = append(b.others, otherSpace{id: id, addrs: []netip.Addr{addr("172.17.0.2")}, open: func() (socketTables, error) { return &fakeTables{}, nil }})
		}
	}
	in := func(ns uint64, e Event) Event { e.NetNS = ns; return e }
	inBubble(t, OnlyEBPF, prepare, func(b *bench) {
		client, one, two := b.process(5, "client", "/c"), b.process(10, "one", "/one"), b.process(20, "two", "/two")
		b.push(event(SocketCalls, 1, tcp, here, there, client), in(otherNS, event(SocketListens, 2, tcp, "0.0.0.0:80", "", one)))
		b.wantOwner(tcp, here, there, now(), there, 0, NoSource, OtherHost) // who listens may not be meant
		b.wantOwner(tcp, here, there, now(), here, 5, FromEBPF, None)

		b.push(in(otherNS, event(SocketTaken, 3, tcp, there, here, one)), in(otherNS, event(SocketUsed, 3, tcp, there, here, one)))
		b.wantOwner(tcp, here, there, now(), there, 10, FromEBPF, None)

		// Another namespace has the same connection, and tells of it later.
		q := question(tcp, here, there, now())
		q.Flow = uint64(len(b.answers) + 1)
		b.a.Ask([]Question{q})
		time.Sleep(100 * time.Millisecond)
		b.push(in(thirdNS, event(SocketTaken, 4, tcp, there, here, two)), in(thirdNS, event(SocketUsed, 4, tcp, there, here, two)))
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		for _, a := range b.answers[q.Flow] {
			for e := range a.Ends {
				if o := b.a.Owner(a.Ends[e]); o.Known() && o.Process.PID != 5 {
					t.Errorf("got pid %d for the end that two have", o.Process.PID)
				}
			}
		}
	})
}

// TestSpaceAnew: a namespace that is not reached by the process that was in it when it
// was listed is reached by another one.
func TestSpaceAnew(t *testing.T) {
	tables := &fakeTables{sockets: []Socket{{
		Family: afInet, Type: sockStream, Proto: tcp, State: stateEstablished, Inode: 7,
		Local: port("172.17.0.2:500"), Remote: port("9.9.9.9:443"),
	}}}
	prepare := func(b *bench) {
		dead := true
		b.others = []otherSpace{{id: otherNS, addrs: []netip.Addr{addr("172.17.0.2")}, open: func() (socketTables, error) {
			if dead {
				dead = false
				return nil, errors.New("open: no such process")
			}
			return tables, nil
		}}}
	}
	inBubble(t, OnlyDiag, prepare, func(b *bench) {
		b.holds(7, b.process(10, "app", "/app"))
		time.Sleep(time.Second)
		b.wantOwner(tcp, "172.17.0.2:500", "9.9.9.9:443", now(), "172.17.0.2:500", 10, FromDiag, None)
	})
}

// TestReachAgain: namespaces are listed anew at once, unless that takes too much.
func TestReachAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const cost, each = 10 * time.Millisecond, 100 * time.Millisecond
		listed := 0
		r := newReach(ownNS, func() ([]otherSpace, error) {
			listed++
			time.Sleep(cost)
			return nil, nil
		})
		for range 5 {
			r.refresh(time.Now())
			time.Sleep(each)
		}
		if listed != 5 {
			t.Errorf("got %d listings of the first five, want all", listed)
		}
		for range 1000 {
			r.refresh(time.Now())
			time.Sleep(each)
		}
		if most := int((1000*(each+cost)+reachSaved)/(reachShare*cost)) + 6; listed > most || listed < most/2 {
			t.Errorf("got %d listings in %v, want about %d", listed, 1000*each, most)
		}
	})
}

// TestKernelOrClosed: a socket of root's that nobody has is the kernel's as long as it
// is there. One that is not was closed after it had been found.
func TestKernelOrClosed(t *testing.T) {
	const local, remote = "10.0.0.1:40000", "9.9.9.9:443"
	s := Socket{Family: afInet, Type: sockStream, Proto: tcp, State: stateEstablished, Local: port(local), Remote: port(remote), Inode: 7}
	other := s // with the same ends
	other.Inode = 8
	for _, tt := range []struct {
		name string
		now  []Socket
		want Reason
	}{
		{"there", []Socket{s}, Kernel},
		{"closed", nil, Exited},
		{"closed, and another one made", []Socket{other}, Exited},
	} {
		b := idle(t, OnlyDiag)
		b.tables.sockets = tt.now
		u := lookup{t: &attempt{q: question(tcp, local, remote, now()), tries: uint8(len(tries) - 1)}, match: matchExact, sockets: []Socket{s}}
		if u.t.q.Key.A() != port(local) {
			u.e = 1
		}
		b.a.rung.answer(&u, nil, None)
		if got := u.t.answer.Ends[u.e].Reason; got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
