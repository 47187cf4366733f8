package capture

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sockeye/capture/link"
	"sockeye/parse"
	"sockeye/parse/filter"
)

// tun returns an interface without a link header, that is up and has carried
// packets.
func tun(name string, index int) link.Interface {
	i := carrying(name, index)
	i.Type, i.Kind, i.Link = link.TypeNone, "tun", parse.LinkRaw
	return i
}

// filterRig is a rig whose opener and sources do what real ones do with filters.
type filterRig struct{ *rig }

func newFilterRig(t *testing.T, cfg Config, view ...link.Interface) filterRig {
	r := newRig(t, cfg, view...)
	open := r.e.cfg.Open
	r.e.cfg.Open = func(t Target, o Options) ([]Source, error) {
		if _, err := o.Filter.Socket(t); err != nil {
			return nil, err
		}
		sources, err := open(t, o)
		for i, s := range sources {
			sources[i] = &filteredSource{fakeSource: s.(*fakeSource), target: t, filter: o.Filter}
		}
		return sources, err
	}
	return filterRig{r}
}

// filteredSource is a fakeSource that keeps its filter.
type filteredSource struct {
	*fakeSource
	target Target
	filter *Filter
	fail   error
}

func (s *filteredSource) SetFilter(f *Filter) error {
	if s.fail != nil {
		return s.fail
	}
	if _, err := f.Socket(s.target); err != nil {
		return err
	}
	s.filter = f
	return nil
}

// captured returns the source of an interface that is being captured.
func (r filterRig) captured(name string) *filteredSource {
	r.t.Helper()
	for _, p := range r.e.ports {
		if p.name == name && len(p.workers) > 0 {
			return p.workers[0].src.(*filteredSource)
		}
	}
	r.t.Fatalf("%s is not captured", name)
	return nil
}

func TestSetFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tcp, udp := newFilter(t, "tcp"), newFilter(t, "udp")
		r := newFilterRig(t, Config{Names: []string{"eth0", "tun0"}, Options: Options{Filter: tcp}}, ether("eth0", 2), tun("tun0", 3))
		r.start()
		eth, lan := r.captured("eth0"), r.captured("tun0")
		if eth.filter != tcp || lan.filter != tcp {
			t.Error("the first filter is not that of the options")
		}
		if err := r.e.SetFilter(t.Context(), udp); err != nil || eth.filter != udp || lan.filter != udp {
			t.Errorf("got %v, filters %v and %v", err, eth.filter, lan.filter)
		}
		// Another interface with the same name has it, too.
		r.links.set(ether("eth0", 4), tun("tun0", 3))
		synctest.Wait()
		if got := r.captured("eth0"); got == eth || got.filter != udp {
			t.Errorf("opened again: got filter %v want udp", got.filter)
		}
		if err := r.e.SetFilter(t.Context(), nil); err != nil || lan.filter != nil {
			t.Errorf("no filter: got %v, %v", err, lan.filter)
		}
		r.stop()
		r.addsUp()
		if err := r.e.SetFilter(t.Context(), tcp); !errors.Is(err, ErrClosed) {
			t.Errorf("after the run: got %v want ErrClosed", err)
		}
	})
}

// TestSetFilterHandsOver: what the old filter took is with the sinks when
// SetFilter returns, and a ring that never hands over delays it by 200 ms only.
func TestSetFilterHandsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFilterRig(t, Config{Names: []string{"eth0"}}, ether("eth0", 2))
		r.start()
		src := r.captured("eth0")
		src.received.Add(5) // they are in the ring
		go func() {
			time.Sleep(60 * time.Millisecond)
			src.blocks <- src.block(5)
		}()
		begun := time.Now()
		if err := r.e.SetFilter(t.Context(), newFilter(t, "tcp")); err != nil {
			t.Fatal(err)
		}
		if got := r.sinks[0].count(); got != 5 {
			t.Errorf("the sink has %d packets want 5", got)
		}
		if took := time.Since(begun); took < 60*time.Millisecond || took > 70*time.Millisecond {
			t.Errorf("it took %v want 60 ms", took)
		}
		src.received.Add(1)
		begun = time.Now()
		if err := r.e.SetFilter(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took < drainTime || took > drainTime+10*time.Millisecond {
			t.Errorf("it took %v want %v", took, drainTime)
		}
		src.blocks <- src.block(1)
		r.stop()
		r.addsUp()
	})
}

// TestFilterLeavesInterfacesOut: in the default set, interfaces to which the
// filter cannot apply are left out until another filter comes.
func TestFilterLeavesInterfacesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ethers := newFilter(t, "ether host 02:00:00:00:00:01")
		r := newFilterRig(t, Config{Options: Options{Filter: ethers}}, carrying("eth0", 2), tun("tun0", 3))
		r.start()
		r.wantNames("at the start", "0 eth0 capturing", "1 tun0 failed")
		told := r.told()
		if len(told) != 2 || !strings.HasPrefix(told[1], "interface tun0 is left out: filter, column 1: ") {
			t.Errorf("got the notices %q", told)
		}
		r.attempts()
		time.Sleep(time.Minute)
		if got := r.attempts(); len(got) > 0 {
			t.Errorf("tried again after %v", got)
		}

		if err := r.e.SetFilter(t.Context(), newFilter(t, "tcp")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.wantNames("with a filter for all", "0 eth0 capturing", "1 tun0 capturing")
		if err := r.e.SetFilter(t.Context(), ethers); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.wantNames("with the first again", "0 eth0 capturing", "1 tun0 failed")
		r.stop()
		r.addsUp()
	})
}

// TestSetFilterFails: after an error all is as it was.
func TestSetFilterFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tcp := newFilter(t, "tcp")
		r := newFilterRig(t, Config{Names: []string{"eth0", "tun0"}, Options: Options{Filter: tcp}}, ether("eth0", 2), tun("tun0", 3))
		r.start()
		eth, lan := r.captured("eth0"), r.captured("tun0")
		check := func(what string, err error, right bool) {
			t.Helper()
			if !right || eth.filter != tcp || lan.filter != tcp || r.e.cfg.Options.Filter != tcp {
				t.Errorf("%s: got %v, filters %v and %v, want tcp", what, err, eth.filter, lan.filter)
			}
		}
		err := r.e.SetFilter(t.Context(), newFilter(t, "ether host 02:00:00:00:00:01"))
		_, unfit := errors.AsType[*filter.Error](err)
		check("one that cannot apply to a named interface", err, unfit)

		lan.fail = errors.New("no memory")
		err = r.e.SetFilter(t.Context(), newFilter(t, "udp"))
		check("one that the kernel refuses", err, errors.Is(err, lan.fail))

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r.stop()
		err = r.e.SetFilter(ctx, newFilter(t, "udp"))
		check("after the end", err, errors.Is(err, ErrClosed) || errors.Is(err, context.Canceled))
	})
}

// TestFilterOfNoInterface: the default set has an interface, but none that the
// filter can apply to.
func TestFilterOfNoInterface(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newFilterRig(t, Config{Options: Options{Filter: newFilter(t, "action pass")}}, carrying("eth0", 2), tun("tun0", 3))
		r.start()
		if err := <-r.ended; !isUnfit(err) {
			t.Errorf("got %v want a filter's error", err)
		}
		if told := r.told(); len(told) > 0 {
			t.Errorf("got the notices %q beside the error, want none", told)
		}
	})
}
