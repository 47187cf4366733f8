package capture

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestSetInterfaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"eth0", "eth1"}}, ether("eth0", 2), ether("eth1", 3), ether("eth2", 4))
		r.start()
		kept, left := r.source("eth0"), r.source("eth1")
		left.push(left.block(3))
		if err := r.e.SetInterfaces(t.Context(), []string{"eth0", "eth2"}); err != nil {
			t.Fatal(err)
		}
		r.wantNames("changed", "0 eth0 capturing", "1 eth1 ended", "2 eth2 capturing")
		if kept.isClosed() || !left.isReleased() {
			t.Errorf("eth0 closed: %v, eth1 released: %v; want the first to go on and the other to end", kept.isClosed(), left.isReleased())
		}
		if s := r.status("eth1"); s.Packets != 3 || s.Gaps != 0 {
			t.Errorf("eth1: got %d packets and %d gaps, want 3 and none", s.Packets, s.Gaps)
		}
		if r.e.budget.free < 0 || r.e.budget.free > 2 {
			t.Errorf("%d bytes of ring memory are free, want none", r.e.budget.free)
		}

		// What comes back has the slot that it had.
		if err := r.e.SetInterfaces(t.Context(), []string{"eth1"}); err != nil {
			t.Fatal(err)
		}
		r.wantNames("back", "0 eth0 ended", "1 eth1 capturing", "2 eth2 ended")
		again := r.source("eth1")
		again.push(again.block(4))
		r.stop()
		if s := r.status("eth1"); s.Packets != 7 || s.Gaps != 0 {
			t.Errorf("eth1: got %d packets and %d gaps, want 7 and none", s.Packets, s.Gaps)
		}
		r.addsUp()
		if err := r.e.SetInterfaces(t.Context(), nil); !errors.Is(err, ErrClosed) {
			t.Errorf("after the run: got %v want ErrClosed", err)
		}
	})
}

// TestSetInterfacesFails: after an error it is captured from what it was before.
func TestSetInterfacesFails(t *testing.T) {
	down := ether("eth9", 9)
	down.Up = false
	for name, c := range map[string]struct {
		names []string
		fail  error
		want  func(error) bool
	}{
		"no such interface": {[]string{"eth7"}, nil, func(err error) bool { _, ok := errors.AsType[*NoSuchInterfaceError](err); return ok }},
		"down":              {[]string{"eth1", "eth9"}, nil, func(err error) bool { return errors.Is(err, ErrInterfaceDown) }},
		"cannot be opened":  {[]string{"eth1"}, errors.New("no memory"), func(err error) bool { return err != nil }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Config{Names: []string{"eth0"}}, ether("eth0", 2), ether("eth1", 3), down)
				r.start()
				src := r.source("eth0")
				r.setFail(c.fail)
				if err := r.e.SetInterfaces(t.Context(), c.names); !c.want(err) {
					t.Errorf("got %v", err)
				}
				if src.isClosed() {
					t.Error("the old interface is not captured any more")
				}
				if s := r.status("eth0"); s.State != StateCapturing {
					t.Errorf("eth0: got %v", s.State)
				}
				r.setFail(nil)
				synctest.Wait()
				if !slices.Equal(r.e.cfg.Names, []string{"eth0"}) {
					t.Errorf("the names are %q", r.e.cfg.Names)
				}
				r.stop()
				r.addsUp()
			})
		})
	}
}

// TestSetInterfacesAny goes from a single interface to all of them and back.
func TestSetInterfacesAny(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"eth0"}}, ether("eth0", 2), ether("eth1", 3))
		r.start()
		single := r.source("eth0")
		if err := r.e.SetInterfaces(t.Context(), []string{AnyName}); err != nil {
			t.Fatal(err)
		}
		r.wantNames("any", "0 eth0 capturing", "1 any capturing")
		if s := r.status("eth0"); s.Through != AnyName || s.Gaps != 1 || !single.isReleased() {
			t.Errorf("eth0: through %q with %d gaps, source released: %v; want any, 1, true", s.Through, s.Gaps, single.isReleased())
		}
		all := r.source(AnyName)
		if err := r.e.SetInterfaces(t.Context(), []string{"eth0"}); err != nil {
			t.Fatal(err)
		}
		r.wantNames("back", "0 eth0 capturing", "1 any ended")
		if s := r.status("eth0"); s.Through != "" || !all.isReleased() {
			t.Errorf("eth0: through %q, any released: %v", s.Through, all.isReleased())
		}
		// And once more: "any" keeps its slot, too.
		if err := r.e.SetInterfaces(t.Context(), []string{AnyName}); err != nil {
			t.Fatal(err)
		}
		r.wantNames("any again", "0 eth0 capturing", "1 any capturing")
		r.stop()
	})
}

// TestSetInterfacesDefault: without names the default set is captured, and grows.
func TestSetInterfacesDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"eth2"}}, routed("eth0", 2), ether("eth1", 3), ether("eth2", 4))
		r.start()
		if err := r.e.SetInterfaces(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		r.wantNames("default", "0 eth2 ended", "1 eth0 capturing")
		r.links.set(routed("eth0", 2), ether("eth1", 3), carrying("eth2", 4))
		synctest.Wait()
		r.wantNames("grown", "0 eth2 capturing", "1 eth0 capturing")
		if r.e.budget.free < 0 {
			t.Errorf("the rings take %d bytes more than they may", -r.e.budget.free)
		}
		r.stop()
		r.addsUp()
	})
}

// TestSetInterfacesAnyFails: where the socket for all cannot be opened, the single
// interfaces are opened again, and tried until that works.
func TestSetInterfacesAnyFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"eth0"}}, ether("eth0", 2))
		r.start()
		r.setFail(errors.New("no memory"))
		if err := r.e.SetInterfaces(t.Context(), []string{AnyName}); err == nil {
			t.Error("got no error")
		}
		r.wantNames("failed", "0 eth0 failed", "1 any ended")
		r.setFail(nil)
		time.Sleep(2 * firstBackoff)
		r.wantNames("tried again", "0 eth0 capturing", "1 any ended")
		r.stop()
	})
}
