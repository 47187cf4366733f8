package proc

import (
	"net/netip"
	"testing"
	"time"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// manyQuestions are about n flows that this machine began.
func manyQuestions(n int) []Question {
	qs := make([]Question, n)
	for i := range qs {
		from := netip.AddrPortFrom(addr("10.0.0.1"), uint16(i+1))
		k, swapped := parse.KeyOf(from, port("9.9.9.9:443"), tcp)
		qs[i] = Question{Flow: uint64(i), Key: k, FromB: swapped, Ends: 3, First: 1e9}
	}
	return qs
}

func TestAskAllocates(t *testing.T) {
	q, qs := newQueue(), manyQuestions(256)
	var asked []Question
	var refused []refusal
	turn := func() {
		q.put(qs)
		asked, refused = q.take(asked, refused)
	}
	turn()
	turn() // both slices have their room now
	testkit.ZeroAllocs(t, "put", turn)
}

func TestWantsAllocates(t *testing.T) {
	r, k := busyReach()
	if !r.wants(&k) {
		t.Fatal("got a container's flow that is not wanted")
	}
	testkit.ZeroAllocs(t, "wants", func() { r.wants(&k) })
}

// busyReach knows a hundred containers.
func busyReach() (*reach, parse.Key) {
	r := newReach(ownNS, func() ([]otherSpace, error) { return nil, nil })
	for i := range 100 {
		r.learn(&Event{NetNS: otherNS + uint64(i), Local: netip.AddrPortFrom(netip.AddrFrom4([4]byte{172, 17, 0, byte(i)}), 1)})
	}
	k, _ := parse.KeyOf(port("172.17.0.7:1"), port("9.9.9.9:443"), tcp)
	return r, k
}

func BenchmarkAsk(b *testing.B) {
	q, qs := newQueue(), manyQuestions(16)
	var asked []Question
	var refused []refusal
	b.ReportAllocs()
	for b.Loop() {
		q.put(qs)
		asked, refused = q.take(asked, refused)
	}
}

// BenchmarkWants measures flows of nobody here, as a router has them.
func BenchmarkWants(b *testing.B) {
	r, _ := busyReach()
	k, _ := parse.KeyOf(port("192.0.2.1:1"), port("9.9.9.9:443"), tcp)
	b.ReportAllocs()
	for b.Loop() {
		r.wants(&k)
	}
}

// BenchmarkAnswer measures a question from the queue to its answer, 256 at a time, of
// 10,000 sockets that are watched.
func BenchmarkAnswer(b *testing.B) {
	a := assemble(Config{Mode: OnlyEBPF, Watcher: newFakeWatcher()}, sources{ownSpace: ownNS})
	e := Event{Kind: SocketCalls, Time: 1e9, NetNS: ownNS, Family: afInet, Type: sockStream, Proto: tcp, Process: ID{PID: 1}, Remote: port("9.9.9.9:443")}
	for i := range 10_000 {
		e.Cookie, e.Local = uint64(i+1), netip.AddrPortFrom(addr("10.0.0.1"), uint16(i+1))
		a.take([]Event{e}, nil)
	}
	answered := 0
	w := a.answerer(func(as []Answer) { answered += len(as) })
	qs := manyQuestions(256)
	for i := range qs {
		if qs[i].Ends = 1; qs[i].Key.A() == port("9.9.9.9:443") {
			qs[i].Ends = 2
		}
	}
	at := time.Unix(0, 2e9)
	b.ReportAllocs()
	for b.Loop() {
		a.queue.put(qs)
		w.turn(at)
	}
	if want := 256 * b.N; answered < want {
		b.Fatalf("got %d answers, want %d", answered, want)
	}
}
