package alert

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sockeye/config"
	"sockeye/track"
	"sockeye/track/proc"
	"sockeye/track/query"
)

// t0 is when the tests begin: a time of no special meaning.
var t0 = time.Unix(1_700_000_000, 0)

// row returns a flow of a process, "" for none that is known, with an address, at a rate.
func row(id uint64, process, remote string, rate float64) track.Row {
	r := track.Row{ID: id, Remote: track.Endpoint{Addr: netip.MustParseAddr(remote)}}
	r.Local.Addr = netip.MustParseAddr("10.0.0.1")
	if process != "" {
		r.Owner.Process = &proc.Process{ID: proc.ID{PID: int32(len(process)), Start: 7}, Name: process}
	}
	r.Rate[0][track.Sent].Bytes = rate / 2
	r.Rate[0][track.Received].Bytes = rate / 2
	r.Count[track.Sent].Bytes = uint64(rate)
	return r
}

// look looks after so many seconds, and returns what was told in words: "+" before what
// holds, "-" before what has ended.
func look(w *Watch, second float64, s Sight, rows ...track.Row) string {
	s.Now = t0.Add(time.Duration(second * float64(time.Second)))
	if s.Snapshot == nil {
		s.Snapshot = &track.Snapshot{}
	}
	s.Snapshot.Flows = rows
	for i := range rows {
		for way := range 2 {
			s.Snapshot.Totals.Rate[0].Bytes += rows[i].Rate[0][way].Bytes
			s.Snapshot.Totals.All.Bytes += rows[i].Count[way].Bytes
		}
	}
	var told []string
	for _, a := range w.Look(&s) {
		sign := "+"
		if a.Over {
			sign = "-"
		}
		told = append(told, sign+a.Text())
	}
	return strings.Join(told, "; ")
}

// step is one look of a test, and what it has to tell.
type step struct {
	at   float64
	rows []track.Row
	want string
}

func check(t *testing.T, rules []Rule, steps []step) {
	t.Helper()
	w := NewWatch(rules)
	for _, s := range steps {
		if got := look(w, s.at, Sight{}, s.rows...); got != s.want {
			t.Errorf("at %v s:\ngot  %q\nwant %q", s.at, got, s.want)
		}
	}
}

func TestRate(t *testing.T) {
	at := func(rate float64) []track.Row { return []track.Row{row(9, "curl", "192.0.2.1", rate)} }
	const holds = "+curl (4) to 192.0.2.1: "
	t.Run("threshold", func(t *testing.T) {
		check(t, []Rule{Threshold(1e6)}, []step{
			{0, at(1e6), ""}, // not more than it
			{1, at(2e6), holds + "2.0 MB/s, more than 1.0 MB/s"},
			{2, at(9e5), holds + "900.0 kB/s, more than 1.0 MB/s"}, // within the hysteresis
			{3, at(7e5), "-curl (4) to 192.0.2.1: 700.0 kB/s, more than 1.0 MB/s"},
			{4, at(7e5), ""},
			{5, at(3e6), holds + "3.0 MB/s, more than 1.0 MB/s"},
			{6, nil, "-curl (4) to 192.0.2.1: 0 B/s, more than 1.0 MB/s"},
		})
	})
	t.Run("hold time", func(t *testing.T) {
		rule := Threshold(1e6)
		rule.For = 3 * time.Second
		const text = "2.0 MB/s, more than 1.0 MB/s for 3s"
		check(t, []Rule{rule}, []step{
			{0, at(2e6), ""}, {1, at(2e6), ""}, {2, at(5e5), ""}, // too short
			{3, at(2e6), ""}, {5, at(2e6), ""}, {6, at(2e6), holds + text},
			{7, at(0), holds + "0 B/s, more than 1.0 MB/s for 3s"},
			{9, at(2e6), holds + text}, // it was below for 2 s only
			{10, nil, holds + "0 B/s, more than 1.0 MB/s for 3s"},
			{13, nil, "-curl (4) to 192.0.2.1: 0 B/s, more than 1.0 MB/s for 3s"},
		})
	})
	t.Run("clock set back", func(t *testing.T) {
		rule := Threshold(1e6)
		rule.For = 2 * time.Second
		check(t, []Rule{rule}, []step{
			{100, at(2e6), ""}, {50, at(2e6), ""}, {51, at(2e6), ""},
			{52, at(2e6), holds + "2.0 MB/s, more than 1.0 MB/s for 2s"},
		})
	})
}

// Flows of a process, or to a host, count together.
func TestSums(t *testing.T) {
	rows := []track.Row{
		row(1, "curl", "192.0.2.1", 6e5), row(2, "curl", "192.0.2.2", 6e5), row(3, "nginx", "192.0.2.2", 6e5), row(4, "", "192.0.2.3", 9e6),
	}
	for on, want := range map[Subject]string{
		OfFlow:    "+10.0.0.1 to 192.0.2.3: 9.0 MB/s, more than 1.0 MB/s",
		OfProcess: "+curl (4): 1.2 MB/s, more than 1.0 MB/s",
		OfRemote:  "+192.0.2.2: 1.2 MB/s, more than 1.0 MB/s; +192.0.2.3: 9.0 MB/s, more than 1.0 MB/s",
		OfTotal:   "+all traffic: 10.8 MB/s, more than 1.0 MB/s",
	} {
		r := Threshold(1e6)
		r.On = on
		if got := look(NewWatch([]Rule{r}), 0, Sight{}, rows...); got != want {
			t.Errorf("%v:\ngot  %q\nwant %q", on, got, want)
		}
	}
}

func TestVolume(t *testing.T) {
	check(t, []Rule{{On: OfFlow, Metric: Volume, Above: 1000, Below: 800}}, []step{
		{0, []track.Row{row(1, "curl", "192.0.2.1", 900)}, ""},
		{1, []track.Row{row(1, "curl", "192.0.2.1", 1500)}, "+curl (4) to 192.0.2.1: 1.5 kB, more than 1.0 kB"},
		{2, nil, "-curl (4) to 192.0.2.1: 1.5 kB, more than 1.0 kB"},
	})
}

// Of a process what its flows carried that have left counts, too.
func TestVolumeOfProcess(t *testing.T) {
	tab, err := track.New(track.Config{MaxFlows: 16})
	if err != nil {
		t.Fatal(err)
	}
	defer tab.Close()
	s := track.NewSnapshot(track.NewGrouping(track.GroupProcess, nil))
	tab.Snapshot(s, track.Request{Now: t0.UnixNano()})
	gone := track.GroupRow{Process: &proc.Process{ID: proc.ID{PID: 4, Start: 7}, Name: "curl"}}
	gone.Count[track.Received].Bytes = 5000
	s.Groups[0].Rows = []track.GroupRow{gone, {Reason: proc.NoSocket}}
	w := NewWatch([]Rule{{On: OfProcess, Metric: Volume, Above: 1000}})
	if got, want := look(w, 0, Sight{Snapshot: s}), "+curl (4): 5.0 kB, more than 1.0 kB"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestInterfaces(t *testing.T) {
	s := Sight{Snapshot: &track.Snapshot{}, Interface: func(slot uint16) string { return [...]string{"eth0", "wg0"}[slot] }}
	for slot, rate := range []float64{5e5, 2e6} {
		m := track.InterfaceMeter{Slot: uint16(slot)}
		m.Rate[0][track.Received].Bytes = rate
		s.Snapshot.Interfaces = append(s.Snapshot.Interfaces, m)
	}
	r := Threshold(1e6)
	r.On, r.Name = OfInterface, "busy"
	if got, want := look(NewWatch([]Rule{r}), 0, s), "+busy: interface wg0: 2.0 MB/s, more than 1.0 MB/s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What is there at the first look is known.
func TestNews(t *testing.T) {
	for name, c := range map[string]struct {
		rule Rule
		want string
	}{
		"destination of all":       {Rule{On: OfTotal, Metric: NewDestination}, "+new destination: nginx (5) to 192.0.2.2"},
		"destination of a program": {Rule{On: OfProcess, Metric: NewDestination}, "+new destination: nginx (5) to 192.0.2.1; +new destination: nginx (5) to 192.0.2.2"},
		"program":                  {Rule{On: OfTotal, Metric: NewProcess}, "+new process: nginx (5) to 192.0.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			first, caller := row(1, "curl", "192.0.2.1", 1), row(5, "nginx", "192.0.2.9", 1)
			caller.Class = track.Incoming
			all := []track.Row{first, row(2, "nginx", "192.0.2.1", 1), row(3, "nginx", "192.0.2.2", 1), row(4, "", "224.0.0.1", 1), caller}
			check(t, []Rule{c.rule}, []step{
				{0, []track.Row{first}, ""}, {1, all, c.want}, {2, all, c.want},
				{12, all, strings.ReplaceAll(c.want, "+", "-")}, {13, all, ""},
			})
		})
	}
}

// Who is told of something new wants to see the flow by which it was met.
func TestNewsHaveTheirFlow(t *testing.T) {
	w := NewWatch([]Rule{{On: OfTotal, Metric: NewDestination}})
	w.Look(&Sight{Snapshot: &track.Snapshot{}, Now: t0})
	s := &Sight{Snapshot: &track.Snapshot{Flows: []track.Row{row(9, "curl", "192.0.2.1", 1)}}, Now: t0}
	if all := w.Look(s); len(all) != 1 || all[0].Flow != 9 {
		t.Errorf("got %+v, want an alert about flow 9", all)
	}
}

func TestDrops(t *testing.T) {
	total := NewWatch([]Rule{{On: OfTotal, Metric: Drops}})
	each := NewWatch([]Rule{{On: OfInterface, Metric: Drops, Above: 10}})
	for _, s := range []struct {
		at              float64
		eth0, queues    uint64
		want, wantsEach string
	}{
		{0, 500, 3, "", ""}, // lost before anybody looked
		{1, 500, 3, "", ""},
		{2, 505, 4, "+the capture: 6 packets lost", ""},
		{3, 525, 4, "+the capture: 26 packets lost", "+interface eth0: 20 packets lost"},
		{4, 525, 4, "+the capture: 26 packets lost", "+interface eth0: 20 packets lost"},
		{14, 525, 4, "-the capture: 26 packets lost", "-interface eth0: 20 packets lost"},
		{15, 2, 4, "", ""}, // another capture: it counts from 0
	} {
		sight := Sight{Lost: []Loss{{"eth0", s.eth0}, {"", s.queues}}}
		if got := look(total, s.at, sight); got != s.want {
			t.Errorf("total at %v s: got %q, want %q", s.at, got, s.want)
		}
		if got := look(each, s.at, sight); got != s.wantsEach {
			t.Errorf("interface at %v s: got %q, want %q", s.at, got, s.wantsEach)
		}
	}
}

// However many flows are above a limit, memory is bounded.
func TestBounds(t *testing.T) {
	var rows []track.Row
	for i := range 3 * mostAlerts {
		rows = append(rows, row(uint64(i+1), "curl", "192.0.2.1", 2e6))
	}
	w := NewWatch([]Rule{Threshold(1e6)})
	s := &Sight{Snapshot: &track.Snapshot{Flows: rows}, Now: t0}
	if got := len(w.Look(s)); got != mostAlerts {
		t.Errorf("got %d alerts, want %d", got, mostAlerts)
	}
	var met seen
	for i := range 5 * seenMost / 2 {
		met.add(key{flow: uint64(i)})
	}
	if n := len(met.young) + len(met.old); n > 2*seenMost {
		t.Errorf("%d are remembered, want %d at most", n, 2*seenMost)
	}
	if met.add(key{flow: 5*seenMost/2 - 1}) || !met.add(key{flow: 0}) {
		t.Error("the last one is forgotten, or the first is not")
	}
}

func TestParse(t *testing.T) {
	compile := func(text string) (*query.Query[track.Row], error) {
		if text == "bad" {
			return nil, errors.New("no such field")
		}
		return new(query.Query[track.Row]), nil
	}
	limit := config.Amount(500)
	for _, c := range []struct {
		from config.Alert
		want string
	}{
		{config.Alert{On: "flow", Metric: "rate", Above: 1000}, "flow rate >1000 <800 0s true true true"},
		{config.Alert{On: "total", Metric: "rate", Above: 1000, Below: &limit, For: time.Minute, Actions: []string{"log"}}, "total rate >1000 <500 1m0s false false true"},
		{config.Alert{On: "process", Metric: "new-destination", Actions: []string{}}, "process new-destination >0 <0 0s false false false"},
		{config.Alert{On: "total", Metric: "drops"}, "total drops >0 <0 0s true true true"},
		{config.Alert{On: "remote", Metric: "volume", Above: 1e9, Query: "dir:out"}, "remote volume >1e+09 <8e+08 0s true true true query"},
		{config.Alert{On: "remote", Metric: "volume", Query: "bad"}, "error: query of an alert: no such field"},
		{config.Alert{On: "process", Metric: "drops"}, "error: alert on process by drops: packets are lost of an interface, or of the total"},
		{config.Alert{On: "total", Metric: "drops", Query: "tcp"}, "error: alert by drops with a query: nobody knows whose lost packets are"},
		{config.Alert{On: "flow", Metric: "new-destination"}, "error: alert on flow by new-destination: want on: process, remote or total"},
		{config.Alert{On: "interface", Metric: "new-process"}, "error: alert on interface by new-process: want on: process or total"},
		{config.Alert{On: "moon", Metric: "rate"}, `error: alert on "moon" by "rate": no such rule`},
	} {
		r, err := Parse(&c.from, compile)
		got := fmt.Sprintf("%v %v >%v <%v %v %v %v %v", r.On, r.Metric, r.Above, r.Below, r.For, r.Bell, r.Flash, r.Log)
		if r.Query != nil {
			got += " query"
		}
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != c.want {
			t.Errorf("%+v:\ngot  %s\nwant %s", c.from, got, c.want)
		}
	}
	// What the configuration may say is what rules know.
	if !slices.Equal(subjects[:], config.AlertSubjects) || !slices.Equal(metrics[:], config.AlertMetrics) {
		t.Errorf("rules know %q and %q, the configuration %q and %q", subjects, metrics, config.AlertSubjects, config.AlertMetrics)
	}
}

func TestBytesText(t *testing.T) {
	for n, want := range map[float64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 999_940: "999.9 kB", 999_960: "1.0 MB", 2.5e9: "2.5 GB", 4e15: "4000.0 TB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%v: got %q, want %q", n, got, want)
		}
	}
}

// A hundred thousand flows are looked at in little time and memory.
func BenchmarkLook(b *testing.B) {
	rows := make([]track.Row, 100_000)
	for i := range rows {
		rows[i] = row(uint64(i+1), "curl", "192.0.2.1", float64(i%1000))
	}
	process := Threshold(1e9)
	process.On = OfProcess
	w := NewWatch([]Rule{Threshold(1e6), process})
	s := &Sight{Snapshot: &track.Snapshot{Flows: rows}, Now: t0}
	b.ReportAllocs()
	for b.Loop() {
		w.Look(s)
	}
}
