package link

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// deadline bounds the wait for an event of the kernel.
const deadline = 10 * time.Second

// liveMonitor runs a monitor in the namespace until the test ends, and returns
// it with the channel of its changes.
func liveMonitor(t *testing.T, ns *testkit.Netns) (*Monitor, <-chan Change) {
	t.Helper()
	var m *Monitor
	var err error
	ns.Do(func() { m, err = NewMonitor() })
	if err != nil {
		t.Fatal(err)
	}
	changes := make(chan Change, 1000)
	m.Subscribe(func(cs []Change) {
		for _, c := range cs {
			changes <- c
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		if err := m.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return m, changes
}

// wait waits for a change of an interface.
func wait(t *testing.T, changes <-chan Change, name string, kind ChangeKind) Interface {
	t.Helper()
	return waitFor(t, changes, name, kind, func(Interface) bool { return true })
}

// waitFor waits for a change that makes the interface as wanted: the kernel may
// add addresses and routes of its own before.
func waitFor(t *testing.T, changes <-chan Change, name string, kind ChangeKind, wanted func(Interface) bool) Interface {
	t.Helper()
	timer := time.After(deadline)
	for {
		select {
		case c := <-changes:
			if c.Interface.Name == name && c.Kind == kind && wanted(c.Interface) {
				return c.Interface
			}
		case <-timer:
			t.Fatalf("no such change: %s %s", name, kind)
		}
	}
}

func TestMonitorLive(t *testing.T) {
	ns := testkit.NewNetns(t)
	m, changes := liveMonitor(t, ns)

	ns.IP(t, "link", "add", "sk-link-a", "type", "veth", "peer", "name", "sk-link-b")
	first := wait(t, changes, "sk-link-a", Appeared)
	if first.Up || first.Kind != "veth" || first.Link != parse.LinkEthernet {
		t.Errorf("new veth: got %+v", first)
	}

	ns.IP(t, "link", "set", "sk-link-a", "up")
	wait(t, changes, "sk-link-a", WentUp)
	ns.IP(t, "link", "set", "sk-link-b", "up")
	wait(t, changes, "sk-link-b", WentUp)

	ns.IP(t, "addr", "add", "192.0.2.7/24", "dev", "sk-link-a")
	own := netip.MustParseAddr("192.0.2.7")
	waitFor(t, changes, "sk-link-a", AddrsChanged, func(i Interface) bool {
		return slices.Contains(i.Addrs, netip.PrefixFrom(own, 24))
	})
	if !slices.Contains(m.Addrs(), own) {
		t.Errorf("Addrs: got %v, want %v among them", m.Addrs(), own)
	}

	ns.IP(t, "route", "add", "default", "via", "192.0.2.1")
	if got := wait(t, changes, "sk-link-a", RouteChanged); !got.DefaultRoute {
		t.Error("after route add: no default route")
	}
	ns.IP(t, "route", "del", "default")
	if got := wait(t, changes, "sk-link-a", RouteChanged); got.DefaultRoute {
		t.Error("after route del: a default route")
	}
	ns.IP(t, "-6", "route", "add", "default", "dev", "sk-link-a")
	if got := wait(t, changes, "sk-link-a", RouteChanged); !got.DefaultRoute {
		t.Error("after IPv6 route add: no default route")
	}

	ns.IP(t, "link", "set", "sk-link-a", "down")
	if got := wait(t, changes, "sk-link-a", WentDown); got.Index != first.Index {
		t.Errorf("down: got index %d, want %d", got.Index, first.Index)
	}
	ns.IP(t, "link", "del", "sk-link-a")
	wait(t, changes, "sk-link-a", Gone)
	ns.IP(t, "link", "add", "sk-link-a", "type", "veth", "peer", "name", "sk-link-b")
	if got := wait(t, changes, "sk-link-a", Appeared); got.Index == first.Index {
		t.Errorf("made again: got the index %d of before", got.Index)
	}
}

func TestListLive(t *testing.T) {
	ns := testkit.NewNetns(t)
	ns.Tun(t, "sk-tun", false)
	ns.Tun(t, "sk-tap", true)
	for _, args := range [][]string{
		{"link", "add", "sk-br", "type", "bridge"},
		{"link", "add", "sk-a", "type", "veth", "peer", "name", "sk-b"},
		{"link", "set", "sk-a", "master", "sk-br"},
		{"addr", "add", "10.9.0.1", "peer", "10.9.0.2", "dev", "sk-tun"},
	} {
		ns.IP(t, args...)
	}
	var all []Interface
	var err error
	ns.Do(func() { all, err = List() })
	if err != nil {
		t.Fatal(err)
	}
	get := func(name string) Interface {
		i, ok := ByName(all, name)
		if !ok {
			t.Fatalf("no %s in %+v", name, all)
		}
		return i
	}
	for name, want := range map[string]struct {
		kind   string
		layer3 bool
	}{
		"lo": {"loopback", false}, "sk-br": {"bridge", false}, "sk-a": {"veth", false},
		"sk-tun": {"tun", true}, "sk-tap": {"tap", false},
	} {
		if got := get(name); got.Kind != want.kind || got.Layer3() != want.layer3 {
			t.Errorf("%s: got kind %s, layer 3 %v, want %s, %v", name, got.Kind, got.Layer3(), want.kind, want.layer3)
		}
	}
	if got, want := get("sk-a").Master, get("sk-br").Index; got != want {
		t.Errorf("master of a bridge port: got %d, want %d", got, want)
	}
	if got, want := get("sk-a").Parent, get("sk-b").Index; got != want {
		t.Errorf("other end of a veth: got %d, want %d", got, want)
	}
	if got, want := get("sk-tun").Addrs, []netip.Prefix{netip.MustParsePrefix("10.9.0.1/32")}; !slices.Equal(got, want) {
		t.Errorf("point-to-point address: got %v, want %v", got, want)
	}
	if lo := get("lo"); !lo.Loopback || !lo.Up || !slices.IsSortedFunc(all, func(a, b Interface) int { return a.Index - b.Index }) {
		t.Errorf("lo: got %+v", lo)
	}
}

func TestListLiveVLAN(t *testing.T) {
	ns := testkit.NewNetns(t)
	ns.IP(t, "link", "add", "sk-a", "type", "veth", "peer", "name", "sk-b")
	add := ns.Command("ip", "link", "add", "link", "sk-b", "name", "sk-b.7", "type", "vlan", "id", "7")
	if out, err := add.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "Unknown device type") {
			testkit.KernelLacks(t, "VLAN interfaces (CONFIG_VLAN_8021Q)")
		}
		t.Fatalf("%v: %s", err, out)
	}
	var all []Interface
	var err error
	ns.Do(func() { all, err = List() })
	if err != nil {
		t.Fatal(err)
	}
	vlan, _ := ByName(all, "sk-b.7")
	lower, _ := ByName(all, "sk-b")
	if vlan.Kind != "vlan" || vlan.Parent != lower.Index {
		t.Errorf("got kind %q over index %d, want vlan over %d", vlan.Kind, vlan.Parent, lower.Index)
	}
}

// When the kernel's queue of events overflows, the view is right nevertheless.
func TestMonitorLiveSurvivesLostEvents(t *testing.T) {
	ns := testkit.NewNetns(t)
	var sys system
	var err error
	ns.Do(func() { sys, err = openSystem() })
	if err != nil {
		t.Fatal(err)
	}
	defer sys.close()
	k := sys.(*kernel)
	if err := k.events.SetReadBuffer(1); err != nil { // the kernel's least
		t.Fatal(err)
	}
	for range 20 {
		ns.IP(t, "link", "add", "sk-link-a", "type", "veth", "peer", "name", "sk-link-b")
		ns.IP(t, "link", "del", "sk-link-a")
	}
	if _, err := k.events.Receive(); !errors.Is(err, unix.ENOBUFS) {
		t.Fatalf("the queue did not overflow: got %v", err)
	}
	for range 20 {
		ns.IP(t, "link", "add", "sk-link-a", "type", "veth", "peer", "name", "sk-link-b")
		ns.IP(t, "link", "del", "sk-link-a")
	}
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	told := make(chan struct{}, 1000)
	ended := make(chan error, 1)
	go func() { ended <- k.watch(ctx, func() { told <- struct{}{} }) }()
	select {
	case <-told:
	case err := <-ended:
		t.Fatalf("watch ended on an overflow: %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("watch: %v", err)
	}
}

func TestFromSysfs(t *testing.T) {
	root := t.TempDir()
	write := func(dev, file, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(root, dev), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, dev, file), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("eth0", "ifindex", "2\n")
	write("eth0", "speed", "2500\n")
	write("eth0", "duplex", "full\n")
	write("eth1", "ifindex", "3\n")
	write("eth1", "speed", "-1\n")
	write("eth1", "duplex", "unknown\n")
	write("wlan0", "ifindex", "4\n")
	write("wlan0", "phy80211", "")
	write("eth2", "ifindex", "55\n")
	write("eth2", "speed", "1000\n")

	for _, tc := range []struct {
		name  string
		index int
		want  Interface
	}{
		{"eth0", 2, Interface{Speed: 2500, Duplex: "full", Kind: "ethernet"}},
		{"eth1", 3, Interface{Kind: "ethernet"}},
		{"wlan0", 4, Interface{Kind: "wifi"}},
		{"eth2", 5, Interface{Kind: "ethernet"}}, // of another namespace
		{"eth9", 9, Interface{Kind: "ethernet"}},
	} {
		i := Interface{Name: tc.name, Index: tc.index, Kind: "ethernet"}
		i.fromSysfs(root)
		if i.Speed != tc.want.Speed || i.Duplex != tc.want.Duplex || i.Kind != tc.want.Kind {
			t.Errorf("%s: got %d Mbit/s, duplex %q, %s; want %d, %q, %s", tc.name,
				i.Speed, i.Duplex, i.Kind, tc.want.Speed, tc.want.Duplex, tc.want.Kind)
		}
	}
}
