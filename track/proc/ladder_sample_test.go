package proc

import (
	"testing"
	"time"

	"sockeye/parse"
)

// hold puts up one connection, and lets the time pass in which it is sampled. It
// returns when a packet of it may have passed.
func (b *bench) hold(from, to string, inode uint64, by ...ID) int64 {
	b.holds(inode, by...)
	b.have(Socket{
		Family: afInet, Type: sockStream, Proto: tcp, State: stateEstablished, Local: port(from), Remote: port(to), Inode: inode, UID: 1000,
	})
	time.Sleep(time.Millisecond)
	at := now()
	time.Sleep(2 * sampleLook)
	return at
}

// TestSampled: what was open when a sample was taken is known when it is no more.
func TestSampled(t *testing.T) {
	const from, to = "10.0.0.1:40000", "9.9.9.9:443"
	inBubble(t, OnlyDiag, nil, func(b *bench) {
		at := b.hold(from, to, 7, b.process(10, "curl", "/curl"))
		b.have()
		b.wantOwner(tcp, from, to, at, from, 10, FromDiag, None)
		b.wantOwner(tcp, from, to, now(), from, 0, NoSource, NoSocket)
	})
}

// TestSampledReuse: ends that one process after the other has, each flow with its own.
func TestSampledReuse(t *testing.T) {
	const from, to = "10.0.0.1:40000", "9.9.9.9:443"
	inBubble(t, OnlyDiag, nil, func(b *bench) {
		one, two := b.process(10, "one", "/one"), b.process(20, "two", "/two")
		first := b.hold(from, to, 7, one)
		second := b.hold(from, to, 8, two)
		b.have()
		b.wantOwner(tcp, from, to, first, from, 10, FromDiag, None)
		b.wantOwner(tcp, from, to, second, from, 20, FromDiag, None)
	})
}

// TestSampledExited: nobody holds a socket whose process has ended since it was seen;
// that is no lack of rights.
func TestSampledExited(t *testing.T) {
	const from, to = "10.0.0.1:40000", "9.9.9.9:443"
	prepare := func(b *bench) { b.facts.lacks = NoRights }
	inBubble(t, OnlyDiag, prepare, func(b *bench) {
		at := b.hold(from, to, 7)
		b.have()
		b.wantOwner(tcp, from, to, at, from, 0, FromDiag, NoRights) // it was seen more than once
		s := b.a.sampler
		s.known, s.alone = map[uint64]bool{}, map[uint64]bool{}
		if refs := s.refs(&Socket{Inode: 9, UID: 1000}, nil, NoRights); refs != nil {
			t.Errorf("got %v of a socket that was seen once, want nobody yet", refs)
		}
	})
}

func TestBudget(t *testing.T) {
	var b budget
	at := time.Unix(1e9, 0)
	if !b.open(at, shareMost) {
		t.Fatal("got no time at the start")
	}
	b.spend(saved + 30*time.Millisecond)
	if b.open(at, shareMost) {
		t.Error("got time that was spent")
	}
	if at = at.Add(time.Second); !b.open(at, 0.05) {
		t.Error("got no time after a second that gave 50 ms")
	}
	if b.open(at.Add(time.Hour), 0.05); b.left != saved {
		t.Errorf("got %v saved up, want %v", b.left, saved)
	}
}

func TestPace(t *testing.T) {
	var p pace
	at := time.Unix(1e9, 0)
	p.note(0, at)
	p.note(500, at.Add(500*time.Millisecond))
	if p.rate < 999 || p.rate > 1001 {
		t.Errorf("got %v questions a second, want 1000", p.rate)
	}
	idle, busy := new(pace).share(0), p.share(0)
	if waiting := new(pace).share(1000); idle != shareLeast || busy <= idle || waiting != busy || p.share(1e6) != shareMost {
		t.Errorf("got shares %v, %v, %v, %v", idle, busy, waiting, p.share(1e6))
	}
}

// TestPatience: a flow that a source was not asked about is tried again while few wait.
func TestPatience(t *testing.T) {
	k, _ := parse.KeyOf(port("10.0.0.1:1"), port("9.9.9.9:2"), tcp)
	l := &ladder{reach: newReach(ownNS, nil)}
	for _, tt := range []struct {
		name string
		open int
		age  time.Duration
		over bool
	}{
		{"few wait", 10, time.Second, false},
		{"many wait", patience + 1, time.Second, true},
		{"it waited for long", 10, patienceFor, true},
	} {
		a := &attempt{q: Question{Key: k, Ends: 3}, busy: true, tries: uint8(len(tries) - 1)}
		if over := l.next(a, int64(tt.age), tt.open); over != tt.over {
			t.Errorf("%s: got given up %v, want %v", tt.name, over, tt.over)
		}
		if tt.over && a.answer.Ends[0].Reason != Busy {
			t.Errorf("%s: got reason %q, want %q", tt.name, a.answer.Ends[0].Reason, Busy)
		}
	}
}
