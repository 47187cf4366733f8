package capture

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sockeye/capture/link"
	"sockeye/parse"
)

// routed returns an interface with a default route.
func routed(name string, index int) link.Interface {
	i := ether(name, index)
	i.DefaultRoute = true
	return i
}

func member(i link.Interface, master int) link.Interface {
	i.Master = master
	return i
}

func kind(i link.Interface, kind string) link.Interface {
	i.Kind = kind
	return i
}

func TestFirstSet(t *testing.T) {
	down := carrying("eth9", 9)
	down.Up = false
	lo := link.Interface{Name: "lo", Index: 1, Up: true, Loopback: true, TxPackets: 1}
	for _, tc := range []struct {
		name string
		view []link.Interface
		want []string
	}{
		{"default route, even if quiet", []link.Interface{routed("eth0", 2), ether("eth1", 3)}, []string{"eth0"}},
		{"traffic, loopback too", []link.Interface{lo, routed("eth0", 2), carrying("wg0", 3)}, []string{"lo", "eth0", "wg0"}},
		{"down", []link.Interface{down, routed("eth0", 2)}, []string{"eth0"}},
		{"all quiet", []link.Interface{ether("eth0", 2), ether("eth1", 3)}, []string{"eth0", "eth1"}},
		{"all down", []link.Interface{down}, nil},
		{
			"members of a bond", []link.Interface{
				member(carrying("eth0", 2), 4), member(carrying("eth1", 3), 4), kind(routed("bond0", 4), "bond"),
			}, []string{"bond0"},
		},
		{
			"members of a quiet bond", []link.Interface{member(carrying("eth0", 2), 4), kind(ether("bond0", 4), "bond")},
			[]string{"eth0"},
		},
		{
			"ports of a bridge", []link.Interface{member(carrying("veth0", 2), 4), kind(carrying("br0", 4), "bridge")},
			[]string{"veth0", "br0"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, i := range firstSet(tc.view) {
				got = append(got, i.Name)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// wantNames checks the interfaces: slot, name and state of each.
func (r *rig) wantNames(when string, want ...string) {
	r.t.Helper()
	if got := r.names(); !slices.Equal(got, want) {
		r.t.Errorf("%s: got %q want %q", when, got, want)
	}
}

func TestDefaultSetGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{}, routed("eth0", 2), ether("wg0", 3))
		r.start()
		r.wantNames("at the start", "0 eth0 capturing")
		r.links.later(routed("eth0", 2), carrying("wg0", 3))
		time.Sleep(pollTime)
		synctest.Wait()
		r.wantNames("after wg0 carried a packet", "0 eth0 capturing", "1 wg0 capturing")
		r.links.set(routed("eth0", 2), carrying("wg0", 3), routed("wlan0", 7))
		synctest.Wait()
		r.wantNames("after wlan0 got a default route", "0 eth0 capturing", "1 wg0 capturing", "2 wlan0 capturing")
		want := []string{"interface eth0: capturing", "interface wg0: capturing", "interface wlan0: capturing"}
		if got := r.told(); !slices.Equal(got, want) {
			t.Errorf("notices: got %q, want %q", got, want)
		}
		r.stop()
	})
}

func TestDefaultSetToleratesAnInterfaceThatCannotBeOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{}, routed("eth0", 2), carrying("usb0", 3))
		open := r.e.cfg.Open
		r.e.cfg.Open = func(t Target, o Options) ([]Source, error) {
			if t.Name == "usb0" {
				return nil, errors.New("no such device")
			}
			return open(t, o)
		}
		r.start()
		r.wantNames("at the start", "0 eth0 capturing", "1 usb0 failed")
		r.stop()
	})
}

// many returns n interfaces that carry traffic.
func many(n int) []link.Interface {
	var out []link.Interface
	for i := range n {
		out = append(out, carrying(fmt.Sprintf("veth%d", i), 10+i))
	}
	return out
}

// Where "any" cannot be opened, each interface is opened, however many.
func TestManyInterfacesWithoutAny(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{NoAny: true}, many(maxPorts+4)...)
		r.start()
		if len(r.opened) != maxPorts+4 || r.opened[0].Any {
			t.Errorf("opened %d, the first %+v; want each of %d", len(r.opened), r.opened[0], maxPorts+4)
		}
		r.stop()
	})
}

func TestManyInterfacesAtTheStartShareOneSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{}, many(maxPorts+1)...)
		r.start()
		if len(r.opened) != 1 || !r.opened[0].Any || r.opened[0].RingBytes != DefaultRingBytes {
			t.Fatalf("opened %+v, want any alone with all the memory", r.opened)
		}
		slot, ok := r.opened[0].Slot(12)
		if again, _ := r.opened[0].Slot(12); !ok || again != slot {
			t.Errorf("slot of index 12: got %d, %v, then %d", slot, ok, again)
		}
		src := r.source(AnyName)
		ps := src.block(10)
		for i := range ps[:7] {
			ps[i].Iface = slot
		}
		other, _ := r.opened[0].Slot(99) // gone before anyone knew its name
		for i := range ps[7:] {
			ps[7+i].Iface = other
		}
		src.push(ps)
		r.stop()
		if got := r.status("veth2"); got.Packets != 7 || got.Bytes != 700 || got.Through != AnyName || got.State != StateCapturing {
			t.Errorf("veth2: got %+v", got)
		}
		if got := r.status("if99"); got.Packets != 3 || got.Through != AnyName {
			t.Errorf("index 99: got %+v", got)
		}
		if got := r.status(AnyName); got.Packets != 10 || got.Stats.Received != 10 || got.Through != "" {
			t.Errorf("any: got %+v", got)
		}
		r.addsUp()
	})
}

func TestManyInterfacesLaterShareOneSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{}, many(maxPorts)...)
		r.start()
		if len(r.opened) != maxPorts {
			t.Fatalf("opened %d, want %d", len(r.opened), maxPorts)
		}
		single := r.source("veth0")
		single.push(single.block(3))
		r.told()
		r.links.set(many(maxPorts + 1)...)
		synctest.Wait()

		last := r.opened[len(r.opened)-1]
		if !last.Any || last.RingBytes != DefaultRingBytes || !single.isReleased() {
			t.Fatalf("opened %+v at last, want any with all the memory; single closed: %v", last, single.isReleased())
		}
		if slot, _ := last.Slot(10); slot != single.slot {
			t.Errorf("veth0 had slot %d and has %d", single.slot, slot)
		}
		src := r.source(AnyName)
		ps := src.block(4)
		for i := range ps {
			ps[i].Iface = single.slot
		}
		src.push(ps)
		r.links.set(many(maxPorts)[1:]...)
		synctest.Wait()
		got := r.status("veth0")
		if got.Packets != 7 || got.State != StateGone || got.Through != AnyName || got.Gaps != 1 || got.GapTime != 0 {
			t.Errorf("veth0: got %+v", got)
		}
		if got := r.status(AnyName); got.Packets != 4 || got.State != StateCapturing {
			t.Errorf("any: got %+v", got)
		}
		want := []string{
			"many interfaces carry traffic: capturing all of them through one socket", "interface any: capturing",
		}
		if told := r.told(); !slices.Equal(told, want) {
			t.Errorf("notices: got %q, want %q", told, want)
		}
		time.Sleep(time.Minute)
		if got := r.status("veth0").GapTime; got != 0 {
			t.Errorf("veth0 is captured through any: got a gap of %v", got)
		}
		r.stop()
		r.addsUp()
	})
}

func TestAnyByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"eth0", AnyName}}, ether("eth0", 2))
		r.start()
		if len(r.opened) != 1 || !r.opened[0].Any || r.opened[0].Index != 0 {
			t.Errorf("opened %+v, want any alone", r.opened)
		}
		slot, _ := r.opened[0].Slot(2)

		// The index belongs to another interface from now on.
		r.links.set(ether("wg0", 2))
		synctest.Wait()
		if now, ok := r.opened[0].Slot(2); !ok || now == slot || r.status("wg0").Slot != now {
			t.Errorf("index 2 after eth0 became wg0: got slot %d, before %d", now, slot)
		}
		if got := r.status("eth0").State; got != StateGone {
			t.Errorf("eth0: got %s", got)
		}
		r.stop()
	})
}

func TestTargetDescribesTheInterface(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tun := link.Interface{
			Name: "tun0", Index: 5, Type: link.TypeNone, Link: parse.LinkCooked, Up: true,
		}
		r := newRig(t, Config{Names: []string{"tun0"}}, tun)
		r.start()
		got := r.opened[0]
		if got.Name != "tun0" || got.Index != 5 || got.Type != link.TypeNone || got.Link != parse.LinkCooked || got.Any {
			t.Errorf("got %+v", got)
		}
		if _, ok := got.Slot(6); ok {
			t.Error("another interface's packets are taken")
		}
		r.stop()
	})
}

// However interfaces come and go, the rings stay inside the budget.
func TestBudgetIsNeverExceeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const total = 64 << 20
		r := newRig(t, Config{Options: Options{RingBytes: total}}, routed("eth0", 2), carrying("lo", 1))
		r.start()
		check := func(when string) {
			sum := 0
			for _, s := range r.e.Interfaces() {
				sum += s.RingBytes
			}
			if sum > total {
				t.Errorf("%s: the rings have %d bytes, want at most %d", when, sum, total)
			}
		}
		check("at the start")
		if eth, lo := r.status("eth0").RingBytes, r.status("lo").RingBytes; eth != mainWeight*lo || eth+lo != total/4*3/5*5 {
			t.Errorf("at the start: got %d for eth0 and %d for lo", eth, lo)
		}
		for n := range 20 {
			r.links.set(carrying("lo", 1), routed("eth0", 2), carrying(fmt.Sprintf("veth%d", n), 10+n))
			synctest.Wait()
			check(fmt.Sprintf("with container %d", n))
			if got := r.status(fmt.Sprintf("veth%d", n)).RingBytes; got < total/4/8/2 {
				t.Errorf("container %d: got %d bytes: those of the ones before were not given back", n, got)
			}
		}
		r.links.set(carrying("lo", 1))
		synctest.Wait()
		before := r.opened[0].RingBytes + r.opened[1].RingBytes
		r.links.set(carrying("lo", 1), ether("eth0", 50))
		synctest.Wait()
		if got := r.status("eth0").RingBytes; got < before/4 {
			t.Errorf("eth0 after its return: got %d bytes", got)
		}
		check("at the end")
		r.stop()
	})
}

func TestNamedInterfacesShareTheMemoryEvenly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"eth0", "eth1"}}, routed("eth0", 2), ether("eth1", 3))
		r.start()
		for _, target := range r.opened {
			if target.RingBytes != DefaultRingBytes/2 {
				t.Errorf("%s: got %d bytes, want half of %d", target.Name, target.RingBytes, DefaultRingBytes)
			}
		}
		r.stop()
	})
}

func TestQueues(t *testing.T) {
	for _, tc := range []struct {
		name  string
		asked int
		bytes int
		most  int
	}{
		{"little memory", 0, queueBytes - 1, 1},
		{"memory for two", 0, 2*queueBytes + 1, 2},
		{"asked for", 5, 1 << 20, 5},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := queues(Options{Queues: tc.asked}, tc.bytes); got < 1 || got > tc.most || (tc.asked > 0 && got != tc.asked) {
				t.Errorf("got %d, want at most %d", got, tc.most)
			}
		})
	}
}
