package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sockeye/capture/link"
	"sockeye/parse"
)

func TestRunCannotBegin(t *testing.T) {
	down := ether("eth1", 3)
	down.Up = false
	denied := &fs.PathError{Op: "open", Path: "ring", Err: syscall.EPERM}
	for _, tc := range []struct {
		name  string
		names []string
		view  []link.Interface
		fail  error
		check func(error) bool
		text  string
	}{
		{
			"no such interface", []string{"eth0", "eht1"}, []link.Interface{ether("eth0", 2), down}, nil,
			func(err error) bool {
				e, ok := errors.AsType[*NoSuchInterfaceError](err)
				return ok && e.Name == "eht1" && slices.Equal(e.All, []string{"eth0", "eth1"})
			},
			`no interface "eht1": did you mean eth1?`,
		},
		{
			"no name like it", []string{"tailscale0"}, []link.Interface{ether("eth0", 2)}, nil,
			func(err error) bool { return err != nil }, `no interface "tailscale0"`,
		},
		{
			"named and down", []string{"eth0", "eth1"}, []link.Interface{ether("eth0", 2), down}, nil,
			func(err error) bool {
				e, ok := errors.AsType[*InterfaceDownError](err)
				return ok && e.Name == "eth1" && errors.Is(err, ErrInterfaceDown)
			},
			"capture eth1: interface is down",
		},
		{
			"nothing is up", nil, []link.Interface{down}, nil,
			func(err error) bool { return errors.Is(err, ErrNoInterface) }, "no interface is up",
		},
		{
			"no rights", nil, []link.Interface{carrying("lo", 1), carrying("eth0", 2)}, denied,
			func(err error) bool { return errors.Is(err, fs.ErrPermission) },
			"open ring: operation not permitted",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Config{Names: tc.names}, tc.view...)
				r.setFail(tc.fail)
				r.start()
				if err := <-r.ended; !tc.check(err) || err.Error() != tc.text {
					t.Errorf("got %v, want %s", err, tc.text)
				}
				if len(r.opened) > 0 {
					t.Errorf("opened %+v", r.opened)
				}
				if len(r.notices) > 0 {
					t.Errorf("got the notices %q beside the error, want none", r.notices)
				}
			})
		})
	}
}

func TestRunClosesWhatItOpenedWhenTheNextFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"eth0", "eth1"}}, ether("eth0", 2), ether("eth1", 3))
		open := r.e.cfg.Open
		r.e.cfg.Open = func(t Target, o Options) ([]Source, error) {
			if t.Name == "eth1" {
				return nil, fs.ErrPermission
			}
			return open(t, o)
		}
		r.start()
		if err := <-r.ended; !errors.Is(err, fs.ErrPermission) {
			t.Errorf("got %v, want the opener's error", err)
		}
		if !r.source("eth0").isReleased() {
			t.Error("eth0 is still open")
		}
	})
}

func TestRunCountsAndAddsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"eth0", "lo", "eth0"}, Options: Options{Queues: 2}},
			carrying("lo", 1), ether("eth0", 2))
		r.start()
		if got, want := r.names(), []string{"0 eth0 capturing", "1 lo capturing"}; !slices.Equal(got, want) {
			t.Errorf("interfaces: got %q, want %q", got, want)
		}
		eth := r.sources["eth0"]
		eth[0].push(eth[0].block(3))
		eth[1].push(eth[1].block(200))
		r.source("lo").push(r.source("lo").block(5))
		eth[0].received.Add(4)
		eth[0].dropped.Add(4)
		r.stop()

		got := r.status("eth0")
		if got.Packets != 203 || got.Bytes != 20300 || got.Stats != (Stats{Received: 207, Dropped: 4}) || got.Index != 2 {
			t.Errorf("eth0: got %+v", got)
		}
		if got := r.status("lo").Packets; got != 5 {
			t.Errorf("lo: got %d packets, want 5", got)
		}
		if len(r.sinks) != 2 || r.sinks[0].count() != 8 || r.sinks[1].count() != 200 {
			t.Errorf("sinks: got %+v, want 8 and 200 packets", r.sinks)
		}
		r.addsUp()
	})
}

func TestWorkersDoNotMixBlocksInASharedSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"eth0", "eth1"}}, ether("eth0", 2), ether("eth1", 3))
		r.start()
		for range 50 {
			for _, name := range []string{"eth0", "eth1"} {
				r.source(name).push(r.source(name).block(3*batch + 1))
			}
		}
		r.stop()
		if s := r.sinks[0]; s.mixed || s.blocks != 100 || s.inBlock {
			t.Errorf("got %d blocks, mixed %v, open %v; want 100, false, false", s.blocks, s.mixed, s.inBlock)
		}
	})
}

func TestCountIsExact(t *testing.T) {
	for _, count := range []uint64{1, 63, 64, 65, 1000, 12345} {
		e, err := NewEngine(Config{
			Names: []string{"eth0", "eth1"}, Count: count,
			Links:   &fakeLinks{view: []link.Interface{ether("eth0", 2), ether("eth1", 3)}},
			Options: Options{Queues: 2},
			Open: func(t Target, _ Options) ([]Source, error) {
				slot, _ := t.Slot(t.Index)
				traffic := Traffic{Flows: 10, Iface: slot}
				return []Source{NewGenerator(traffic), NewGenerator(traffic)}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		e.cfg.Notify = func(n Notice) {
			if n.Kind != NoticeOpened {
				t.Errorf("Count %d: told %q", count, n)
			}
		}
		sinks := []*fakeSink{{}, {}}
		e.cfg.Sink = func(queue int) Sink { return sinks[queue] }
		if err := e.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		status := e.Interfaces()
		if got := sinks[0].count() + sinks[1].count(); got != count || status[0].Packets+status[1].Packets != count {
			t.Errorf("Count %d: sinks got %d, counters say %d", count, got, status[0].Packets+status[1].Packets)
		}
	}
}

func TestDirection(t *testing.T) {
	hints := []parse.Hint{
		parse.HintHost, parse.HintOutgoing, parse.HintBroadcast, parse.HintMulticast, parse.HintOther, parse.HintNone,
	}
	lo := link.Interface{Name: "lo", Index: 1, Up: true, Loopback: true}
	for _, tc := range []struct {
		direction             Direction
		packets, excluded     uint64
		loPackets, loExcluded uint64
	}{
		{DirInOut, 60, 0, 6, 0},
		{DirIn, 50, 10, 6, 0},
		{DirOut, 20, 40, 6, 0},
	} {
		t.Run(tc.direction.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Config{Names: []string{"eth0", "lo"}, Options: Options{Direction: tc.direction}},
					lo, ether("eth0", 2))
				r.start()
				r.source("eth0").push(r.source("eth0").block(60, hints...))
				r.source("lo").push(r.source("lo").block(6, hints...))
				r.stop()
				if got := r.status("eth0"); got.Packets != tc.packets || got.Excluded != tc.excluded {
					t.Errorf("eth0: got %d and %d excluded, want %d and %d", got.Packets, got.Excluded, tc.packets, tc.excluded)
				}
				if got := r.status("lo"); got.Packets != tc.loPackets || got.Excluded != tc.loExcluded {
					t.Errorf("lo: got %d and %d excluded, want %d and %d", got.Packets, got.Excluded, tc.loPackets, tc.loExcluded)
				}
				if got, want := r.sinks[0].count(), tc.packets+tc.loPackets; got != want {
					t.Errorf("sink: got %d packets, want %d", got, want)
				}
				r.addsUp()
			})
		})
	}
}

func TestStatsArePolled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"eth0"}}, ether("eth0", 2))
		r.start()
		src := r.source("eth0")
		time.Sleep(pollTime / 2)
		src.received.Add(7)
		src.dropped.Add(7)
		time.Sleep(pollTime)
		synctest.Wait()
		if got, want := r.status("eth0").Stats, (Stats{Received: 7, Dropped: 7}); got != want {
			t.Errorf("after a second: got %+v, want %+v", got, want)
		}
		before := src.polls.Load()
		time.Sleep(10 * time.Second)
		if got := src.polls.Load() - before; got < 10 || got > 11 {
			t.Errorf("in 10 s: got %d polls, want 10", got)
		}
		src.received.Add(1)
		src.dropped.Add(1)
		r.stop()
		if got, want := r.status("eth0").Stats, (Stats{Received: 8, Dropped: 8}); got != want {
			t.Errorf("at the end: got %+v, want %+v", got, want)
		}
	})
}

// What the kernel took before the stop is counted, even where it hands it over
// only later.
func TestStopDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"eth0"}}, ether("eth0", 2))
		r.start()
		src := r.source("eth0")
		src.received.Add(150) // in a block that is not full yet
		go func() {
			time.Sleep(60 * time.Millisecond)
			src.blocks <- src.block(100)
			src.received.Add(1000) // came after the stop
			src.blocks <- src.block(50)
		}()
		if took := r.stop(); took != 60*time.Millisecond {
			t.Errorf("the stop took %v, want the 60 ms of the block", took)
		}
		got := r.status("eth0")
		if got.Packets != 150 || got.Unread != 1000 {
			t.Errorf("got %d packets and %d unread, want 150 and 1000", got.Packets, got.Unread)
		}
		if r.sinks[0].inBlock {
			t.Error("the sink's last block has no end")
		}
		r.addsUp()
	})
}

// Queues share out the flows: none ends while another still takes what would then be
// new there.
func TestStopQuietsAllQueues(t *testing.T) {
	for _, tc := range []struct {
		name string
		end  func(r *rig)
	}{
		{"the run ends", func(r *rig) { r.stop() }},
		{"the interface goes down", func(r *rig) {
			down := ether("eth0", 2)
			down.Up = false
			r.links.set(down)
			synctest.Wait()
			r.stop()
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Config{Names: []string{"eth0"}, Options: Options{Queues: 2}}, ether("eth0", 2))
				r.start()
				both := r.sources["eth0"]
				both[0].beside, both[1].beside = both[1], both[0]
				both[1].received.Add(1) // keeps it open for longer
				tc.end(r)
				if !both[0].isClosed() || both[0].passedOn.Load() || both[1].passedOn.Load() {
					t.Errorf("got closed %v, flows passed on %v %v, want true, false false",
						both[0].isClosed(), both[0].passedOn.Load(), both[1].passedOn.Load())
				}
			})
		})
	}
}

func TestStopIsBounded(t *testing.T) {
	for _, tc := range []struct {
		name    string
		missing uint64
		atMost  time.Duration
	}{
		{"quiet", 0, 0},
		{"packets that never come", 5, drainTime + 250*time.Millisecond},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Config{Names: []string{"eth0"}}, ether("eth0", 2))
				r.start()
				r.source("eth0").received.Add(tc.missing)
				if took := r.stop(); took > tc.atMost {
					t.Errorf("took %v, want at most %v", took, tc.atMost)
				}
				if got := r.status("eth0"); got.Unread != tc.missing || got.Queues != 1 {
					t.Errorf("got %d unread and %d queues, want %d and 1", got.Unread, got.Queues, tc.missing)
				}
			})
		})
	}
}

func TestInterfaceVanishesAndReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"eth0", "wg0"}}, ether("eth0", 2), ether("wg0", 3))
		r.start()
		if d := cmp.Diff([]string{"interface eth0: capturing", "interface wg0: capturing"}, r.told()); d != "" {
			t.Errorf("notices (-want +got):\n%s", d)
		}
		first := r.source("wg0")
		first.push(first.block(10))
		synctest.Wait()
		first.received.Add(2) // not handed over when the interface goes
		time.Sleep(100 * time.Millisecond)

		first.errs <- syscall.ENETDOWN
		go func() {
			time.Sleep(60 * time.Millisecond)
			first.blocks <- first.block(2)
		}()
		r.links.later(ether("eth0", 2))
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if got := r.names(); !slices.Equal(got, []string{"0 eth0 capturing", "1 wg0 gone"}) {
			t.Errorf("after it vanished: got %q", got)
		}
		if got := r.told(); !slices.Equal(got, []string{"interface wg0 is gone: waiting for its return"}) {
			t.Errorf("notices: got %q", got)
		}
		if got := r.status("wg0").Packets; got != 12 {
			t.Errorf("before it vanished: got %d packets, want 12", got)
		}

		time.Sleep(3140 * time.Millisecond)
		if got := r.status("wg0"); got.Gaps != 1 || got.GapTime != 3180*time.Millisecond {
			t.Errorf("in the gap: got %d gaps of %v, want 1 of 3.18 s", got.Gaps, got.GapTime)
		}
		r.links.set(ether("eth0", 2), ether("wg0", 9))
		synctest.Wait()
		if got := r.told(); !slices.Equal(got, []string{"interface wg0: resumed after 3.2 s"}) {
			t.Errorf("notices: got %q", got)
		}
		again := r.source("wg0")
		again.push(again.block(5))
		r.stop()
		got := r.status("wg0")
		if again.slot != first.slot || got.Index != 9 || got.Packets != 17 || got.Stats.Received != 17 ||
			got.Gaps != 1 || got.GapTime != 3180*time.Millisecond || got.State != StateCapturing {
			t.Errorf("after its return: got %+v", got)
		}
		r.addsUp()
	})
}

func TestInterfaceIsMadeAgainBetweenTwoLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"wg0"}}, ether("wg0", 3))
		r.start()
		first := r.source("wg0")
		r.told()
		r.links.set(ether("wg0", 4))
		synctest.Wait()
		if r.source("wg0") == first || !first.isReleased() || r.opened[1].Index != 4 {
			t.Errorf("the new interface is not captured: opened %+v", r.opened)
		}
		want := []string{"interface wg0 is gone: waiting for its return", "interface wg0: resumed after 0.0 s"}
		if got := r.told(); !slices.Equal(got, want) {
			t.Errorf("notices: got %q, want %q", got, want)
		}
		r.stop()
	})
}

func TestInterfaceGoesDownAndUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"eth0"}}, ether("eth0", 2))
		r.start()
		r.told()
		down := ether("eth0", 2)
		down.Up = false
		r.links.set(down)
		time.Sleep(time.Second)
		if got := r.status("eth0"); got.State != StateDown || got.Queues != 0 || got.RingBytes != 0 || got.Err != nil {
			t.Errorf("down: got %+v", got)
		}
		r.links.set()
		time.Sleep(time.Second)
		r.links.set(ether("eth0", 2))
		synctest.Wait()
		want := []string{
			"interface eth0 is down: waiting for it", "interface eth0 is gone: waiting for its return",
			"interface eth0: resumed after 2.0 s",
		}
		if got := r.told(); !slices.Equal(got, want) {
			t.Errorf("notices: got %q, want %q", got, want)
		}
		if got := r.status("eth0"); got.Gaps != 1 || got.GapTime != 2*time.Second {
			t.Errorf("got %d gaps of %v, want 1 of 2 s", got.Gaps, got.GapTime)
		}
		r.stop()
	})
}

func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"eth0"}}, ether("eth0", 2))
		r.start()
		r.told()
		r.attempts()
		r.setFail(errors.New("no memory"))
		r.begun = time.Now()
		r.source("eth0").errs <- syscall.EIO
		time.Sleep(20 * time.Second)
		synctest.Wait()

		ms := func(n ...int) (out []time.Duration) {
			for _, n := range n {
				out = append(out, time.Duration(n)*time.Millisecond)
			}
			return out
		}
		if got, want := r.attempts(), ms(250, 750, 1750, 3750, 7750, 12750, 17750); !slices.Equal(got, want) {
			t.Errorf("attempts: got %v, want %v", got, want)
		}
		if got := r.status("eth0"); got.State != StateFailed || got.Err == nil || got.Err.Error() != "no memory" {
			t.Errorf("status: got %+v", got)
		}
		want := []string{
			"interface eth0 failed: input/output error: trying again",
			"interface eth0 failed: no memory: trying again",
		}
		if got := r.told(); !slices.Equal(got, want) {
			t.Errorf("notices: got %q, want %q", got, want)
		}

		// The link's return is no reason to wait.
		r.setFail(nil)
		r.links.set()
		synctest.Wait()
		r.links.set(ether("eth0", 2))
		synctest.Wait()
		if got := r.attempts(); !slices.Equal(got, ms(20000)) {
			t.Errorf("after the link's return: got attempts %v, want one at once", got)
		}
		if got := r.status("eth0"); got.State != StateCapturing || got.Err != nil || got.Gaps != 1 {
			t.Errorf("after the link's return: got %+v", got)
		}
		r.stop()
	})
}

// The source's word counts where the interface's event is late.
func TestSourceKnowsFirstThatTheInterfaceIsGone(t *testing.T) {
	for err, want := range map[error][]string{
		ErrInterfaceGone: {"interface eth0 is gone: waiting for its return", "interface eth0: resumed after 1.0 s"},
		ErrInterfaceDown: {"interface eth0 is down: waiting for it", "interface eth0: resumed after 1.0 s"},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, Config{Names: []string{"eth0"}}, ether("eth0", 2))
			r.start()
			r.told()
			r.setFail(fmt.Errorf("open eth0: %w", err))
			r.source("eth0").errs <- err
			time.Sleep(400 * time.Millisecond)
			if got := r.status("eth0"); got.State != failureState(err) {
				t.Errorf("%v: got state %s", err, got.State)
			}
			time.Sleep(600 * time.Millisecond)
			r.setFail(nil)
			r.links.set(ether("eth0", 3))
			synctest.Wait()
			if got := r.told(); !slices.Equal(got, want) {
				t.Errorf("%v: notices: got %q, want %q", err, got, want)
			}
			r.stop()
		})
	}
}

// A gap that lasts until the end ends with it.
func TestGapEndsWithTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"eth0"}}, ether("eth0", 2))
		r.start()
		r.links.set()
		time.Sleep(3 * time.Second)
		r.stop()
		time.Sleep(time.Hour)
		if got := r.status("eth0"); got.Gaps != 1 || got.GapTime != 3*time.Second || got.State != StateGone {
			t.Errorf("got %d gaps of %v, state %s; want 1 of 3 s, gone", got.Gaps, got.GapTime, got.State)
		}
	})
}

// A source that opens well and fails at once must not be opened four times a
// second for ever.
func TestBackoffGrowsWhenSourcesFailAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Names: []string{"eth0"}}, ether("eth0", 2))
		open := r.e.cfg.Open
		r.e.cfg.Open = func(t Target, o Options) ([]Source, error) {
			sources, err := open(t, o)
			sources[0].(*fakeSource).errs <- syscall.EIO
			return sources, err
		}
		r.start()
		time.Sleep(30 * time.Second)
		if got := len(r.attempts()); got > 12 {
			t.Errorf("in 30 s: got %d attempts", got)
		}
		r.stop()
	})
}

func TestRunSource(t *testing.T) {
	broken := errors.New("broken")
	for _, tc := range []struct {
		name    string
		count   uint64
		prepare func(src *fakeSource, cancel func())
		want    uint64
		err     error
	}{
		{"to its end", 0, func(src *fakeSource, _ func()) { src.errs <- io.EOF }, 100, nil},
		{"limit", 42, func(src *fakeSource, _ func()) { src.errs <- io.EOF }, 42, nil},
		{"damaged", 0, func(src *fakeSource, _ func()) { src.errs <- broken }, 100, broken},
		{"stopped", 0, func(_ *fakeSource, cancel func()) { time.AfterFunc(time.Second, cancel) }, 100, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, err := NewEngine(Config{Count: tc.count})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				src, sink := newFakeSource(0), new(fakeSink)
				src.push(src.block(100))
				tc.prepare(src, cancel)
				if err := e.RunSource(ctx, src, sink); !errors.Is(err, tc.err) {
					t.Errorf("got %v, want %v", err, tc.err)
				}
				status := e.Interfaces()
				if len(status) != 1 || status[0].Packets != tc.want || sink.count() != tc.want ||
					status[0].State != StateEnded || status[0].Stats.Received != 100 {
					t.Errorf("got %+v and %d packets in the sink, want %d", status, sink.count(), tc.want)
				}
				if !src.isReleased() || sink.inBlock {
					t.Errorf("released %v, block open %v", src.isReleased(), sink.inBlock)
				}
			})
		})
	}
}

func TestNewEngineRefusesNegativeSizes(t *testing.T) {
	for _, o := range []Options{{RingBytes: -1}, {Queues: -1}, {Snaplen: -1}} {
		if _, err := NewEngine(Config{Options: o}); err == nil {
			t.Errorf("%+v: got no error", o)
		}
	}
}
