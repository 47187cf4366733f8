package link

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fakeSystem is a system whose interfaces a test sets.
type fakeSystem struct {
	mu      sync.Mutex
	all     []Interface
	err     error
	full    int // full lists asked for
	changed chan func()
}

func newFakeSystem(all ...Interface) *fakeSystem {
	return &fakeSystem{all: all, changed: make(chan func(), 1)}
}

// set replaces the interfaces; watch tells of it only if the test says so.
func (f *fakeSystem) set(all ...Interface) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = all
}

func (f *fakeSystem) list(full bool) ([]Interface, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return nil, f.err
	}
	all := slices.Clone(f.all)
	if full {
		f.full++
		return all, nil
	}
	for i := range all {
		all[i].Addrs, all[i].DefaultRoute, all[i].Speed, all[i].Duplex = nil, false, 0, ""
	}
	return all, nil
}

func (f *fakeSystem) watch(ctx context.Context, changed func()) error {
	f.changed <- changed
	<-ctx.Done()
	return nil
}

func (f *fakeSystem) close() error { return nil }

var (
	testLo  = Interface{Name: "lo", Index: 1, Up: true, Addrs: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8")}}
	testEth = Interface{
		Name: "eth0", Index: 2, Up: true, DefaultRoute: true, Speed: 1000, Duplex: "full",
		Addrs: []netip.Prefix{netip.MustParsePrefix("2001:db8::1/64"), netip.MustParsePrefix("192.0.2.1/24")},
	}
)

func mustMonitor(t *testing.T, sys system) *Monitor {
	t.Helper()
	m, err := newMonitor(sys)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// record collects the changes that a monitor tells of.
func record(m *Monitor) (changes func() []string, cancel func()) {
	var mu sync.Mutex
	var got []string
	cancel = m.Subscribe(func(c []Change) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, summary(c)...)
	})
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(got)
	}, cancel
}

func TestMonitorAddrs(t *testing.T) {
	again := testEth
	again.Name, again.Index = "eth1", 3
	m := mustMonitor(t, newFakeSystem(testLo, testEth, again))
	want := []netip.Addr{
		netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1"),
	}
	if got := m.Addrs(); !slices.Equal(got, want) {
		t.Errorf("Addrs: got %v, want %v", got, want)
	}
}

func TestMonitorRefreshKeepsWhatAShortListLeavesOut(t *testing.T) {
	sys := newFakeSystem(testLo, testEth)
	m := mustMonitor(t, sys)
	changes, cancel := record(m)
	defer cancel()

	busy := testEth
	busy.RxPackets = 7
	sys.set(testLo, busy)
	if err := m.Refresh(); err != nil {
		t.Fatal(err)
	}
	got, _ := ByName(m.Interfaces(), "eth0")
	if got.RxPackets != 7 || len(got.Addrs) != 2 || !got.DefaultRoute || got.Speed != 1000 || got.Duplex != "full" {
		t.Errorf("after Refresh: got %+v", got)
	}
	if c := changes(); len(c) > 0 || sys.full != 1 {
		t.Errorf("counters alone: got changes %q and %d full lists, want none and 1", c, sys.full)
	}

	down := busy
	down.Up, down.Addrs = false, nil
	sys.set(testLo, down)
	if err := m.Refresh(); err != nil {
		t.Fatal(err)
	}
	if got, want := changes(), []string{"eth0 went down", "eth0 changed addresses"}; !slices.Equal(got, want) {
		t.Errorf("a change seen by Refresh: got %q, want %q", got, want)
	}
}

func TestMonitorRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := newFakeSystem(testLo)
		m := mustMonitor(t, sys)
		changes, unsubscribe := record(m)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		sys.set(testLo, testEth) // between the first list and the watch
		go func() { ended <- m.Run(ctx) }()
		changed := <-sys.changed
		synctest.Wait()
		if got, want := changes(), []string{"eth0 appeared"}; !slices.Equal(got, want) {
			t.Errorf("before the watch: got %q, want %q", got, want)
		}

		full := sys.full
		sys.set(testLo)
		for range 1000 {
			changed()
		}
		time.Sleep(quietTime + time.Millisecond)
		synctest.Wait()
		if got, want := changes(), []string{"eth0 appeared", "eth0 is gone"}; !slices.Equal(got, want) {
			t.Errorf("after an event: got %q, want %q", got, want)
		}
		if got := sys.full - full; got > 2 {
			t.Errorf("a storm of 1000 events: got %d lists, want at most 2", got)
		}

		unsubscribe()
		sys.set(testLo, testEth)
		changed()
		time.Sleep(2 * quietTime)
		if got := changes(); len(got) != 2 {
			t.Errorf("after cancel: got %q", got)
		}
		if _, ok := ByName(m.Interfaces(), "eth0"); !ok {
			t.Error("the view does not have eth0")
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
	})
}

func TestMonitorRunTriesAnInterruptedListAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sys := newFakeSystem(testLo)
		m := mustMonitor(t, sys)
		sys.err = errors.New("changed while it was read")
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		<-sys.changed
		synctest.Wait()
		sys.mu.Lock()
		sys.all, sys.err = []Interface{testLo, testEth}, nil
		sys.mu.Unlock()
		time.Sleep(2 * quietTime)
		synctest.Wait()
		if _, ok := ByName(m.Interfaces(), "eth0"); !ok {
			t.Error("the view does not have eth0 after a list that failed once")
		}
		cancel()
		<-ended
	})
}

func TestMonitorByIndex(t *testing.T) {
	sys := newFakeSystem(testLo)
	m := mustMonitor(t, sys)
	sys.set(testLo, testEth)
	if i, ok := m.ByIndex(2); !ok || i.Name != "eth0" || !i.DefaultRoute {
		t.Errorf("an interface newer than the view: got %+v, %v", i, ok)
	}
	if i, ok := m.ByIndex(9); ok {
		t.Errorf("no such index: got %+v", i)
	}
}
