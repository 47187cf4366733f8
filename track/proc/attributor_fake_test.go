package proc

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sockeye/parse"
)

// ownNS and otherNS are the inodes of network namespaces in tests.
const (
	ownNS   = 1000
	otherNS = 2000
	thirdNS = 3000
)

// fakeWatcher hands over the events that a test pushes.
type fakeWatcher struct {
	batches  chan []Event
	holdings []Holding
	fails    chan error
	lost     atomic.Uint64
	closed   sync.Once
}

func newFakeWatcher() *fakeWatcher {
	return &fakeWatcher{batches: make(chan []Event), fails: make(chan error, 1)}
}

func (w *fakeWatcher) Run(events func([]Event)) error {
	for {
		select {
		case b, ok := <-w.batches:
			if !ok {
				return nil
			}
			events(b)
		case err := <-w.fails:
			return err
		}
	}
}

func (w *fakeWatcher) Holders(each func(Holding)) error {
	for _, h := range w.holdings {
		each(h)
	}
	return nil
}

func (w *fakeWatcher) Stats() WatcherStats { return WatcherStats{Lost: w.lost.Load()} }

func (w *fakeWatcher) Close() error {
	w.closed.Do(func() { close(w.batches) })
	return nil
}

// fakeTables are sockets that a test put up.
type fakeTables struct {
	mu      sync.Mutex
	sockets []Socket
	err     error
	finds   int
	closing bool // the sockets are gone once they were listed
}

func (f *fakeTables) find(proto uint8, local, remote netip.AddrPort) (Socket, match, error) {
	found, m, err := f.findAll(proto, local, remote, nil)
	if len(found) == 0 {
		return Socket{}, matchNone, err
	}
	return found[0], m, err
}

func (f *fakeTables) findAll(proto uint8, local, remote netip.AddrPort, dst []Socket) ([]Socket, match, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.finds++
	b := best{proto: proto, local: local, remote: remote, from: len(dst), found: dst}
	for i := range f.sockets {
		b.add(&f.sockets[i])
	}
	return b.found, b.match, f.err
}

func (f *fakeTables) dump(each func(*Socket)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.sockets {
		each(&f.sockets[i])
	}
	if f.closing {
		f.sockets = nil
	}
	return f.err
}

func (f *fakeTables) close() error { return nil }

// fakeFacts are processes that a test put up.
type fakeFacts struct {
	mu    sync.Mutex
	procs map[int32]Process
	held  map[uint64][]ID
	asked func() // at each call of holders; nil for nothing
	lacks Reason
	reads int
}

func (f *fakeFacts) read(pid int32) (*Process, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	p, ok := f.procs[pid]
	if !ok {
		return nil, errors.New("read process: there is none")
	}
	return &p, nil
}

func (f *fakeFacts) identify(pid int32) (ID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p, ok := f.procs[pid]
	if !ok {
		return ID{}, errors.New("identify process: there is none")
	}
	return p.ID, nil
}

func (f *fakeFacts) holders(inodes []uint64) (map[uint64][]ID, Reason) {
	if f.asked != nil {
		f.asked()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	found := make(map[uint64][]ID)
	for _, n := range inodes {
		if ids := f.held[n]; len(ids) > 0 {
			found[n] = ids
		}
	}
	return found, f.lacks
}

func (f *fakeFacts) user(uid uint32) string {
	if uid == 0 {
		return "root"
	}
	return "somebody"
}

func (f *fakeFacts) fromKernel(e *Event) *Process {
	p := bare(e)
	p.Lacks = []Lack{{"exe", Exited}}
	return &p
}

// bench is an Attributor over fakes, in a bubble of fake time.
type bench struct {
	t       *testing.T
	a       *Attributor
	w       *fakeWatcher // nil where there is none
	tables  *fakeTables
	facts   *fakeFacts
	others  []otherSpace
	nat     fakeNAT
	told    *parse.Processes
	notices []Notice

	mu      sync.Mutex
	answers map[uint64][]Answer
	stop    func()
}

// fakeNAT translates flows from one end to another: from, to ► from, to.
type fakeNAT map[[2]string][2]string

func (f fakeNAT) find(k *parse.Key) (other parse.Key, swapped, ok bool, err error) {
	for here, there := range f {
		one, a := parse.KeyOf(port(here[0]), port(here[1]), uint8(k.Proto))
		two, b := parse.KeyOf(port(there[0]), port(there[1]), uint8(k.Proto))
		switch *k {
		case one:
			return two, a != b, true, nil
		case two:
			return one, a != b, true, nil
		}
	}
	return other, false, false, nil
}

func (f fakeNAT) close() error { return nil }

// inBubble runs a test over an Attributor that is running. Prepare may change what it
// is made of.
func inBubble(t *testing.T, mode Mode, prepare func(b *bench), test func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{
			t: t, answers: make(map[uint64][]Answer),
			tables: &fakeTables{}, facts: &fakeFacts{procs: make(map[int32]Process), held: make(map[uint64][]ID)},
		}
		if mode == Auto || mode == OnlyEBPF {
			b.w = newFakeWatcher()
		}
		if prepare != nil {
			prepare(b)
		}
		b.begin(mode)
		defer b.end()
		test(b)
	})
}

func (b *bench) begin(mode Mode) {
	cfg := Config{Mode: mode, Told: b.told, Local: isOurs, Notify: func(n Notice) { b.notices = append(b.notices, n) }}
	if b.w != nil {
		cfg.Watcher = b.w
	}
	from := sources{facts: b.facts, ownSpace: ownNS}
	if mode == Auto || mode == OnlyDiag {
		from.own, from.source = b.tables, FromDiag
	}
	if mode == OnlyProc {
		from.own, from.source = b.tables, FromProc
	}
	if b.others != nil {
		from.spaces = func() ([]otherSpace, error) { return slices.Clone(b.others), nil }
	}
	if b.nat != nil {
		from.nat = b.nat
	}
	b.a = assemble(cfg, from)
	ctx, cancel := context.WithCancel(b.t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := b.a.Run(ctx, b.take); err != nil {
			b.t.Errorf("got %v from Run, want nothing", err)
		}
	})
	b.stop = func() { cancel(); wg.Wait() }
	synctest.Wait()
}

func (b *bench) end() {
	b.stop()
	if err := b.a.Close(); err != nil {
		b.t.Errorf("got %v from Close, want nothing", err)
	}
}

func (b *bench) take(as []Answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range as {
		b.answers[a.Flow] = append(b.answers[a.Flow], a)
	}
}

// isOurs: the machine's addresses in tests.
func isOurs(a netip.Addr) bool {
	return a.IsLoopback() || a == addr("10.0.0.1") || a == addr("2001:db8::1") || a == addr("172.17.0.1")
}

func addr(s string) netip.Addr     { return netip.MustParseAddr(s) }
func port(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// now is the bubble's time as the kernel's clock has it.
func now() int64 { return time.Now().UnixNano() }

// push hands over events, and waits until they were taken.
func (b *bench) push(es ...Event) {
	b.w.batches <- es
	synctest.Wait()
}

// process puts up a process that /proc shows.
func (b *bench) process(pid int32, name, exe string) ID {
	id := ID{PID: pid, Start: uint64(pid) * 10}
	b.facts.mu.Lock()
	defer b.facts.mu.Unlock()
	b.facts.procs[pid] = Process{ID: id, Name: name, Comm: name, Exe: exe}
	return id
}

// have puts up the sockets that the tables show.
func (b *bench) have(sockets ...Socket) {
	b.tables.mu.Lock()
	defer b.tables.mu.Unlock()
	b.tables.sockets = sockets
}

// holds puts up who has a socket open.
func (b *bench) holds(inode uint64, ids ...ID) {
	b.facts.mu.Lock()
	defer b.facts.mu.Unlock()
	b.facts.held[inode] = ids
}

// ask asks about the flow that from began with to, and lets the time pass that the
// answer may take. It returns the flow's number.
func (b *bench) ask(proto uint8, from, to string, first int64) uint64 {
	q := question(proto, from, to, first)
	q.Flow = uint64(len(b.answers) + 1)
	b.a.Ask([]Question{q})
	time.Sleep(300 * time.Millisecond)
	synctest.Wait()
	return q.Flow
}

// question is about the flow that from began with to.
func question(proto uint8, from, to string, first int64) Question {
	k, swapped := parse.KeyOf(port(from), port(to), proto)
	q := Question{Key: k, FromB: swapped, First: first}
	for e, a := range [...]netip.Addr{k.AddrA(), k.AddrB()} {
		if isOurs(a) {
			q.Ends |= 1 << e
		}
	}
	return q
}

// last returns the last answer for an end of a flow, by its address.
func (b *bench) last(flow uint64, proto uint8, from, to, end string) Owner {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	as := b.answers[flow]
	if len(as) == 0 {
		b.t.Fatalf("got no answer about %s to %s", from, to)
	}
	k, _ := parse.KeyOf(port(from), port(to), proto)
	e := 0
	if k.A() != port(end) {
		e = 1
	}
	return b.a.Owner(as[len(as)-1].Ends[e])
}

// wantOwner asks and compares whose an end of a flow is.
func (b *bench) wantOwner(proto uint8, from, to string, first int64, end string, want int32, source Source, reason Reason) {
	b.t.Helper()
	flow := b.ask(proto, from, to, first)
	o := b.last(flow, proto, from, to, end)
	got := int32(0)
	if o.Process != nil {
		got = o.Process.PID
	}
	if got != want || o.Source != source || o.Reason != reason {
		b.t.Errorf("owner of %s in %s to %s: got pid %d by %q reason %q, want pid %d by %q reason %q",
			end, from, to, got, o.Source, o.Reason, want, source, reason)
	}
}

// event makes an event of a socket.
func event(kind EventKind, cookie uint64, proto uint8, local, remote string, by ID) Event {
	e := Event{Kind: kind, Time: now(), Cookie: cookie, NetNS: ownNS, Family: afInet, Type: sockStream, Proto: proto, Process: by, Comm: "comm"}
	switch proto {
	case parse.ProtoUDP:
		e.Type = sockDgram
	case parse.ProtoTCP:
	default:
		e.Type = sockRaw
	}
	if local != "" {
		e.Local = port(local)
		if e.Local.Addr().Is6() {
			e.Family = afInet6
		}
	}
	if remote != "" {
		e.Remote = port(remote)
	}
	return e
}
