package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/screen"
	"sockeye/track"
	"sockeye/ui/tab"
	"sockeye/ui/term"
)

// runs is a dashboard whose loop goes by itself.
type runs struct {
	source *screen.Source
	canvas *screen.Canvas
	stop   context.CancelFunc
	end    chan any // what Run returned, or panicked with
}

func startRun(t *testing.T, change ...func(*Options)) *runs {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r := &runs{source: screen.New(), canvas: screen.NewCanvas(100, 30), stop: stop, end: make(chan any, 1)}
	o := Options{Screen: r.canvas, Source: r.source, Prefs: tab.DefaultPrefs()}
	for _, f := range change {
		f(&o)
	}
	go func() {
		defer func() {
			if v := recover(); v != nil {
				r.end <- fmt.Sprint("panic: ", v)
			}
		}()
		r.end <- Run(ctx, o)
	}()
	t.Cleanup(stop)
	return r
}

func (r *runs) press(k term.Key) { r.canvas.Send(term.Event{Kind: term.KeyPress, Key: k}) }

func (r *runs) text() string {
	var b strings.Builder
	for _, c := range r.canvas.Last().Cells {
		if c.Rune != 0 {
			b.WriteRune(c.Rune)
		}
	}
	return b.String()
}

func (r *runs) wait(t *testing.T) any {
	t.Helper()
	select {
	case v := <-r.end:
		return v
	case <-time.After(10 * time.Second):
		t.Fatal("the dashboard does not end")
		return nil
	}
}

func TestRunShowsFlowsAndEndsByKey(t *testing.T) {
	r := startRun(t)
	testkit.Eventually(t, 5*time.Second, "flows on the screen", func() bool { return strings.Contains(r.text(), "firefox") })
	r.press(term.Key{Rune: 'q'})
	if v := r.wait(t); v != nil {
		t.Errorf("got %v, want no error", v)
	}
	if !r.canvas.Closed() {
		t.Error("the terminal is not restored")
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	r := startRun(t)
	testkit.Eventually(t, 5*time.Second, "a frame", func() bool { return r.canvas.Frames() > 0 })
	r.stop()
	if v := r.wait(t); v != nil {
		t.Errorf("got %v, want no error", v)
	}
	if !r.canvas.Closed() {
		t.Error("the terminal is not restored")
	}
}

func TestRunEndsWhenTheTerminalIsGone(t *testing.T) {
	gone := errors.New("the terminal hung up")
	r := startRun(t)
	r.canvas.Send(term.Event{Kind: term.Failed, Err: gone})
	if v := r.wait(t); v != gone {
		t.Errorf("got %v, want %v", v, gone)
	}
	r = startRun(t)
	r.canvas.Fail(gone)
	if v := r.wait(t); v != gone {
		t.Errorf("a frame fails: got %v, want %v", v, gone)
	}
}

// explosive panics in a goroutine that is not the loop's.
type explosive struct{ *screen.Source }

func (explosive) Neighbors([]track.Neighbor) []track.Neighbor { panic("boom") }

func (explosive) Clear() error { panic("boom") }

func TestAPanicRestoresTheTerminalFirst(t *testing.T) {
	for name, keys := range map[string][]term.Key{
		"of the collector":  {{Code: term.F3}},
		"in the background": {{Rune: 'X'}, {Rune: 'X'}},
	} {
		t.Run(name, func(t *testing.T) {
			r := startRun(t, func(o *Options) { o.Source = explosive{o.Source.(*screen.Source)} })
			for _, k := range keys {
				r.press(k)
			}
			v := fmt.Sprint(r.wait(t))
			if !strings.HasPrefix(v, "panic: ") || !strings.Contains(v, "boom") || !strings.Contains(v, "goroutine") {
				t.Errorf("got %.200s, want the panic with its trace", v)
			}
			if !r.canvas.Closed() {
				t.Error("the terminal is not restored")
			}
		})
	}
}

// TestNothingIsDrawnWhenNothingHappens counts frames: what does not change is not drawn.
func TestNothingIsDrawnWhenNothingHappens(t *testing.T) {
	s := newStage(t, 100, 30, func(o *Options) { o.Prefs.HeaderBar = false })
	frames := s.canvas.Frames()
	for range 100 {
		s.wait(time.Second)
	}
	if got := s.canvas.Frames() - frames; got != 0 {
		t.Errorf("got %d frames of a picture that stands still, want none", got)
	}
	if rest := s.rest(); rest < time.Minute {
		t.Errorf("the loop wakes up after %v although nothing is due", rest)
	}
}

func TestEveryViewDrawsAtEverySize(t *testing.T) {
	sizes := [][2]int{{1, 1}, {2, 1}, {1, 40}, {200, 1}, {3, 3}, {7, 5}, {20, 9}, {40, 10}, {60, 15}, {80, 24}, {120, 40}, {200, 60}}
	windows := map[string][]string{
		"none": nil, "help": {"h"}, "query": {"/", "x"}, "filter": {"|"}, "themes": {"c"}, "editor": {"c", "e"}, "columns": {"V"},
		"interfaces": {"i"}, "export": {"e"}, "threshold": {"A"}, "clear": {"X"}, "row tip": {"home", "m"}, "header tip": {"l"},
	}
	for place := range tab.NumTabs {
		for name, keys := range windows {
			s := newStage(t, 120, 40)
			s.goTo(place)
			s.press(keys...)
			for _, size := range sizes {
				s.canvas.Resize(size[0], size[1])
				<-s.canvas.Events()
				s.send(term.Event{Kind: term.Resize, X: size[0], Y: size[1]})
				s.refresh()
				if got := s.canvas.Last(); got.W != size[0] || got.H != size[1] {
					t.Fatalf("tab %d, %s: got a picture of %dx%d at %v", place, name, got.W, got.H, size)
				}
				s.send(term.Event{Kind: term.MousePress, Button: term.RightButton, X: size[0] / 2, Y: size[1] / 2})
			}
		}
	}
}

func TestTheScreenIsNeverBlank(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*screen.Source)
		want   []string
	}{
		"no traffic": {func(s *screen.Source) { s.Flows = nil }, []string{"Waiting for traffic on eth0"}},
		"a filter": {func(s *screen.Source) { s.Flows, s.State.Filter = nil, "udp port 9" },
			[]string{"Waiting for traffic on eth0", "udp port 9", "| changes it"}},
		"no interface": {func(s *screen.Source) {
			s.Flows = nil
			s.Devices = s.Devices[1:]
			s.Devices[0].Err = errors.New("network is down")
		}, []string{"No interface can be captured", "wlan0: network is down", "i chooses another"}},
		"a note": {func(s *screen.Source) {
			s.Flows = nil
			s.Remarks = []string{"owners are unknown: setcap cap_bpf+ep sockeye"}
		}, []string{"setcap cap_bpf+ep"}},
		"a file": {func(s *screen.Source) { s.Flows, s.State.Kind, s.State.Name = nil, tab.File, "day.pcap" },
			[]string{"No packets in day.pcap"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, 100, 24)
			s.source.Change(func(src *screen.Source) { c.change(src); src.Ended = nil })
			s.refresh()
			s.shows(c.want...)
		})
	}
	s := newStage(t, 100, 24)
	s.model.Snap = nil
	s.redraw()
	s.shows("Starting the capture")
}

// TestCollectorWaitsForNobody lets the loop take nothing for a while.
func TestCollectorWaitsForNobody(t *testing.T) {
	s := newStage(t, 100, 24)
	for range 50 {
		s.source.Change(func(src *screen.Source) { src.Happened = append(src.Happened, track.Event{Kind: track.FlowOpened}) })
		s.collect.fetch()
	}
	b := s.collect.receive()
	if len(b.events) != 50 {
		t.Errorf("got %d events, want those of all 50 batches", len(b.events))
	}
	if len(s.collect.free) > 2 {
		t.Errorf("%d batches are kept, want as many as are needed", len(s.collect.free))
	}
	if s.collect.receive() != nil {
		t.Error("a batch was given twice")
	}
}

func TestManyFlowsAreAddedUpOnlyWhereThatIsShown(t *testing.T) {
	s := newStage(t, 100, 24)
	if s.model.Snap.Groups == nil {
		t.Fatal("a few flows are not added up")
	}
	s.source.Change(func(src *screen.Source) { src.Flows = crowd(manyFlows) })
	s.refresh()
	s.refresh()
	if s.model.Snap.Groups != nil {
		t.Error("many flows are added up although nothing shows it")
	}
	s.press("f3")
	s.shows("Adding up 50000 flows")
	s.refresh()
	if s.model.Snap.Groups == nil {
		t.Error("many flows are not added up for Hosts")
	}
	s.press("f1")
	s.refresh()
	s.press("P", "f3")
	s.shows("P lets it go on")
}

func TestSettingsThatCannotBeSavedAreSaidOnce(t *testing.T) {
	s := newStage(t, 100, 24)
	s.disk.wrong = errors.New("write configuration: read-only file system")
	s.press("x")
	s.settle()
	s.shows("read-only file system")
	s.wait(time.Minute)
	s.press("x")
	s.settle()
	s.hides("read-only file system")
}

// alerts is an Alerts that says what the test wants.
type alerts struct {
	now       []tab.Alarm
	threshold float64
}

func (a *alerts) Observe(*track.Snapshot, tab.Naming, time.Time) []tab.Alarm { return a.now }
func (a *alerts) SetThreshold(rate float64)                                  { a.threshold = rate }

func TestAnAlarmRingsOnceAndFlashes(t *testing.T) {
	w := &alerts{}
	s := newStage(t, 100, 24, func(o *Options) { o.Alerts = w })
	calm := s.picture()
	w.now = []tab.Alarm{{Text: "curl to example.org: 1.2 MB/s", Flow: 3, Time: s.now, Bell: true, Flash: true}}
	s.refresh()
	s.shows("⚠ ALERT: curl to example.org")
	lit := s.picture()
	if lit == calm {
		t.Error("the border does not flash")
	}
	w.now[0].Text = "curl to example.org: 1.3 MB/s"
	s.refresh()
	if s.canvas.Bells() != 1 {
		t.Errorf("got %d bells, want 1", s.canvas.Bells())
	}
	s.wait(flashFor + time.Second)
	s.shows("1.3 MB/s")
	w.now[0].Over = true
	s.refresh()
	s.hides("ALERT")
	if got := len(s.model.Log.Alarms()); got != 2 {
		t.Errorf("got %d entries in the log, want beginning and end", got)
	}
	s.press("A")
	s.typed("10MB")
	s.press("enter")
	s.refresh()
	if w.threshold != 10e6 {
		t.Errorf("got threshold %v, want 10e6", w.threshold)
	}
}
