package tests

import (
	"math"
	"slices"
	"syscall"
	"testing"
	"time"

	"sockeye/export"
	"sockeye/internal/testkit"
	"sockeye/internal/testkit/xdpgen"
)

// steadySource notes when it sent what, so that the rates can be compared with what
// was really sent, however late the machine let it send.
type steadySource struct{ log []sending }

type sending struct {
	before, after int64 // wall clock, ns
	bytes         float64
}

// steady calls send at the given pace for as long as said, and notes that bytes
// were sent each time.
func (s *steadySource) steady(d, every time.Duration, bytes int, send func()) {
	begin := time.Now()
	for next := begin; next.Sub(begin) < d && time.Since(begin) < d+every; next = next.Add(every) {
		time.Sleep(time.Until(next))
		e := sending{before: time.Now().UnixNano(), bytes: float64(bytes)}
		send()
		e.after = time.Now().UnixNano()
		s.log = append(s.log, e)
	}
}

// follow notes what a generator sends. The function that it returns ends that.
func (s *steadySource) follow(t *testing.T, g *xdpgen.Generator, size int) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		var sent uint64
		before := time.Now().UnixNano()
		for last := false; !last; {
			select {
			case <-done:
				last = true
			case <-time.After(time.Millisecond):
			}
			at := time.Now().UnixNano()
			n, err := g.Sent()
			if err != nil {
				t.Error(err)
				return
			}
			after := time.Now().UnixNano()
			s.log = append(s.log, sending{before, after, float64(n-sent) * float64(size)})
			before, sent = at, n
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// between returns the least and the most that can have been sent in a stretch of
// time.
func (s *steadySource) between(from, to int64) (least, most float64) {
	for _, e := range s.log {
		if e.before >= from && e.after <= to {
			least += e.bytes
		}
		if e.after >= from && e.before <= to {
			most += e.bytes
		}
	}
	return least, most
}

// Where the windows of a record end: packets may be that old when the ring hands
// them over, and the windows end on a mark of this grid before that.
const (
	windowLag  = 100 * time.Millisecond
	windowGrid = 250 * time.Millisecond
)

// check compares a rate with what was sent in a window that ends some time
// before the record: it may differ by 1 %.
func (s *steadySource) check(t *testing.T, what string, r *export.Record, window, rate float64) {
	t.Helper()
	if window < 1 {
		return // too short to tell
	}
	least, most := math.Inf(1), 0.0
	last := int64(r.Time) - int64(windowLag)
	for end := last - int64(windowGrid); end <= last; end += int64(5 * time.Millisecond) {
		lo, hi := s.between(end-int64(window*1e9), end)
		least, most = min(least, lo), max(most, hi)
	}
	if got := rate * window; got < 0.99*least || got > 1.01*most {
		t.Errorf("%s of the record of %v: got %.0f bytes in %.2f s want %.0f to %.0f ± 1 %%", what, time.Unix(0, int64(r.Time)), got, window, least, most)
	}
}

// checkAll checks all rates of a record: over all, of the interface, and of the
// flows together.
func (s *steadySource) checkAll(t *testing.T, r *export.Record) {
	t.Helper()
	windows := []float64{r.Windows.W2, r.Windows.W10, r.Windows.W40}
	in := r.Interfaces[0]
	flows := []float64{r.Other.Rate2, r.Other.Rate10, r.Other.Rate40}
	for _, f := range r.Flows {
		for i, rate := range []float64{f.Rate2, f.Rate10, f.Rate40} {
			flows[i] += rate
		}
	}
	for i, name := range []string{"2 s rate", "10 s rate", "40 s rate"} {
		s.check(t, name, r, windows[i], []float64{r.Totals.Rate2, r.Totals.Rate10, r.Totals.Rate40}[i])
		s.check(t, "interface's "+name, r, windows[i], []float64{in.Rate2, in.Rate10, in.Rate40}[i])
		s.check(t, "flows' "+name, r, windows[i], flows[i])
	}
}

// TestLiveRatesSlow: 1 Mbit/s for longer than the longest window.
func TestLiveRatesSlow(t *testing.T) {
	t.Parallel()
	a, b, ifA, _ := testkit.Veth(t)
	k := vethTalk(t, a, b, false)
	w := live(t, a, "-i", ifA, "-r", "500")
	const wire, rate = 1250, 125_000 // bytes
	payload := wire - int(udp4(0).Bytes)
	var s steadySource
	s.steady(44*time.Second, time.Second*wire/rate, wire, func() { k.send(1, payload) })
	r := w.end(uint64(len(s.log)))
	checkLossless(t, r)
	records := running(w)
	for _, r := range records {
		s.checkAll(t, r)
	}
	last := records[len(records)-1]
	if want := (export.Windows{W2: 2, W10: 10, W40: 40}); last.Windows != want {
		t.Errorf("got windows %+v want %+v", last.Windows, want)
	}
	for name, got := range map[string]float64{"2 s": median(records), "10 s": last.Totals.Rate10, "40 s": last.Totals.Rate40} {
		if math.Abs(got-rate) > rate/100 {
			t.Errorf("%s: got %.0f bytes/s want %d ± 1 %%", name, got, rate)
		}
	}
	if r.Totals.Sent2 != r.Totals.Rate2 || r.Totals.Received2 != 0 {
		t.Errorf("got %v sent, %v received want all of %v sent", r.Totals.Sent2, r.Totals.Received2, r.Totals.Rate2)
	}
}

// running returns the records that were written while the source ran.
func running(w *watch) []*export.Record {
	all := w.all()
	return all[:len(all)-2] // the last ones may have come after its end
}

// median returns the median 2 s rate of the records from the second half.
func median(records []*export.Record) float64 {
	var rates []float64
	for _, r := range records[len(records)/2:] {
		rates = append(rates, r.Totals.Rate2)
	}
	slices.Sort(rates)
	return rates[len(rates)/2]
}

// TestLiveRatesFast: frames of 3000 bytes at 10 Gbit/s.
func TestLiveRatesFast(t *testing.T) {
	testkit.Root(t) // to load the generator's program
	a, _, ifA, _ := testkit.Veth(t)
	w := live(t, a, "-i", ifA, "-r", "500", "--ring-size", "256MiB")
	const size, batch = 3000, 50_000 // a call of the generator takes 30 ms for itself
	const pace = time.Second * batch * size * 8 / 10_000_000_000
	var g *xdpgen.Generator
	a.Do(func() {
		var err error
		if g, err = xdpgen.Open(xdpgen.Options{Iface: ifA, Size: size, Flows: 100}); err != nil {
			t.Fatal(err)
		}
	})
	defer g.Close()
	var s, calls steadySource
	stop := s.follow(t, g, size)
	calls.steady(14*time.Second, pace, size*batch, func() {
		if n, _, err := g.Send(batch, 0); err != nil || n != batch {
			t.Errorf("sent %d of %d: %v", n, batch, err)
		}
	})
	stop()
	r := w.end(uint64(len(calls.log)) * batch)
	checkLossless(t, r)
	records := running(w)
	for _, r := range records {
		s.checkAll(t, r)
	}
	t.Logf("%.2f Gbit/s", 8*median(records)/1e9)
}

// TestLiveStopped stops the program for 10 s. What came meanwhile belongs to the
// time when it came. The kernel hands over a block of the ring every 60 ms when
// there is a packet in it, so that 256 blocks hold it all, and the default ring
// only the first second; then it says so.
func TestLiveStopped(t *testing.T) {
	t.Parallel()
	a, b, ifA, _ := testkit.Veth(t)
	k := vethTalk(t, a, b, false)
	large := live(t, a, "-i", ifA, "-r", "250", "--queues", "1", "--ring-size", "256MiB")
	standard := live(t, a, "-i", ifA, "-r", "250")
	const wire, every = 1000, 5 * time.Millisecond
	payload := wire - int(udp4(0).Bytes)
	var s steadySource
	send := func() { k.send(1, payload) }
	s.steady(3*time.Second, every, wire, send)
	for _, w := range []*watch{large, standard} {
		w.signal(syscall.SIGSTOP)
	}
	s.steady(10*time.Second, every, wire, send)
	for _, w := range []*watch{large, standard} {
		w.signal(syscall.SIGCONT)
	}
	s.steady(3*time.Second, every, wire, send)
	sent := uint64(len(s.log))

	r := large.end(sent)
	checkLossless(t, r)
	longest := 0.0
	for _, r := range running(large) {
		longest = max(longest, r.Interval)
		if r.Interval < 1 { // the first one after the stop may have overtaken its packets
			s.checkAll(t, r)
		}
	}
	if longest < 9 {
		t.Errorf("got intervals of at most %.1f s want one of 10 s", longest)
	}
	checkPeak(t, r, wire*float64(time.Second/every))

	r = standard.await("every packet accounted for", func(r *export.Record) bool {
		k := r.Interfaces[0].Kernel
		return k.Received == sent && k.Delivered+k.Dropped == sent
	})
	r = standard.end(sent - r.Drops.Kernel)
	if r.Drops.Kernel == 0 || !r.LowerBounds {
		t.Errorf("got %d packets dropped, lower bounds %v want some, true", r.Drops.Kernel, r.LowerBounds)
	}
	checkPeak(t, r, wire*float64(time.Second/every))
}

// checkPeak checks that the fullest second is not ten seconds at once.
func checkPeak(t *testing.T, r *export.Record, rate float64) {
	t.Helper()
	if r.Totals.Peak < 0.9*rate || r.Totals.Peak > 2*rate {
		t.Errorf("got a peak of %.0f bytes/s want about %.0f", r.Totals.Peak, rate)
	}
}
