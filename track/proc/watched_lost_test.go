package proc

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestLostEvents: of a socket whose end may not have been told nobody has the next
// flow with its ends, unless it is still there.
func TestLostEvents(t *testing.T) {
	const gone, there, waits, to = "10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:80", "9.9.9.9:443"
	inBubble(t, OnlyEBPF, nil, func(b *bench) {
		by := b.process(10, "client", "/client")
		b.push(event(SocketCalls, 1, tcp, gone, to, by), event(SocketCalls, 2, tcp, there, to, by), event(SocketTaken, 3, tcp, waits, to, by))
		b.w.holdings = []Holding{{Event: event(SocketUsed, 2, tcp, there, to, by)}}
		time.Sleep(2 * keepHouseEvery)
		b.wantOwner(tcp, gone, to, now(), gone, 10, FromEBPF, None)
		b.w.lost.Store(5)
		time.Sleep(2 * keepHouseEvery)
		synctest.Wait()
		b.wantOwner(tcp, gone, to, now(), gone, 0, NoSource, NoSocket)
		b.wantOwner(tcp, there, to, now(), there, 10, FromEBPF, None)
		b.wantOwner(tcp, to, waits, now(), waits, 10, Listener, None)
	})
}

// TestBlind: when the events have ended, what they told holds for what was before.
func TestBlind(t *testing.T) {
	const from, to = "10.0.0.1:1", "9.9.9.9:443"
	inBubble(t, Auto, nil, func(b *bench) {
		b.push(event(SocketCalls, 1, tcp, from, to, b.process(10, "client", "/client")))
		at := now()
		time.Sleep(time.Second)
		b.w.fails <- errors.New("the ring is gone")
		synctest.Wait()
		b.wantOwner(tcp, from, to, at, from, 10, FromEBPF, None)
		time.Sleep(time.Second)
		b.wantOwner(tcp, from, to, now(), from, 0, NoSource, NoSocket)
	})
}

// TestNeglected: a process that was not read since too many were to be says so.
func TestNeglected(t *testing.T) {
	p := newPeople(&fakeFacts{}, files{}, true)
	for pid := range int32(cap(p.reads) + 1) {
		p.meet(&Event{Process: ID{PID: pid + 1}, Comm: "many"})
	}
	lacks := func(pid int32) Reason { return p.process(p.find(identity{ID: ID{PID: pid}})).Lacks[0].Reason }
	if first, last := lacks(1), lacks(int32(cap(p.reads)+1)); first != Pending || last != Busy {
		t.Errorf("got exe %q of the first and %q of the last, want %q and %q", first, last, Pending, Busy)
	}
}
