package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sockeye/capture"
	"sockeye/parse"
	"sockeye/track"
)

// demoStart is when the demonstration begins in tests: its past, and all that follows, is
// over by now.
var demoStart = time.Unix(1_700_000_000, 0)

// openDemo returns the source of a demonstration that began then.
func openDemo(t *testing.T, filter string) (*demoMachine, capture.Source) {
	t.Helper()
	m := newDemoMachine(demoStart.Add(demoPast))
	var wanted *capture.Filter
	if filter != "" {
		var err error
		if wanted, err = capture.NewFilter(filter); err != nil {
			t.Fatal(err)
		}
	}
	all, err := m.open(capture.Target{Name: demoInterface, Index: 2, Slot: func(int) (uint16, bool) { return 0, true }}, capture.Options{Filter: wanted})
	if err != nil {
		t.Fatal(err)
	}
	return m, all[0]
}

// readDemo hands packets to use until one comes after so long.
func readDemo(t *testing.T, src capture.Source, d time.Duration, use func([]parse.Packet)) {
	t.Helper()
	ps := make([]parse.Packet, demoBatch)
	end := demoStart.Add(d).UnixNano()
	for {
		n, _, err := src.Read(ps)
		if err != nil {
			t.Fatal(err)
		}
		for i := range ps[:n] {
			if ps[i].Time > end {
				use(ps[:i])
				return
			}
			ps[i].Decode()
		}
		use(ps[:n])
	}
}

// The demonstration is the same each time.
func TestDemoIsDeterministic(t *testing.T) {
	var sums [2]string
	for i := range sums {
		h := sha256.New()
		_, src := openDemo(t, "")
		packets, last := 0, int64(0)
		readDemo(t, src, time.Minute, func(ps []parse.Packet) {
			for j := range ps {
				packets++
				if ps[j].Time < last {
					t.Fatalf("packet %d is %v older than the one before", packets, time.Duration(last-ps[j].Time))
				}
				last = ps[j].Time
				fmt.Fprint(h, ps[j].Time, ps[j].WireLen, ps[j].Hint, ps[j].Process)
				h.Write(ps[j].Data)
			}
		})
		if packets < 10_000 {
			t.Errorf("got %d packets in a minute, want many", packets)
		}
		sums[i] = hex.EncodeToString(h.Sum(nil))
	}
	if sums[0] != sums[1] {
		t.Errorf("got %s and %s", sums[0], sums[1])
	}
}

// What the demonstration shows is what its conversations say: to the table it is traffic
// like any other.
func TestDemoShows(t *testing.T) {
	owners := newDemoOwners()
	table, err := track.New(track.Config{
		MaxFlows: 1 << 12, Inspect: true, Owners: owners, Told: demoTold, Start: demoStart.UnixNano(), Limits: new(track.Limits),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	m, src := openDemo(t, "")
	table.SetLocal(m.Addrs())
	w := table.Shard(0)
	const length = 20 * time.Second
	readDemo(t, src, length, func(ps []parse.Packet) {
		w.Packets(ps)
		w.EndBlock()
	})
	s := new(track.Snapshot)
	table.Snapshot(s, track.Request{Now: demoStart.Add(length).UnixNano()})
	var got []string
	for i := range s.Flows {
		r := &s.Flows[i]
		if r.Closed != track.Open && r.Remote.Port != 3389 && r.Local.Port != 3389 || r.Proto == parse.ProtoUDP {
			continue
		}
		name, app, owner := r.Remote.Addr.String(), "", "-"
		if len(r.Names) > 0 {
			name = r.Names[0].Name
		}
		if r.App != nil {
			app = r.App.Protocol.String()
		}
		if p := r.Owner.Process; p != nil {
			owner = p.Name
		}
		line := fmt.Sprintf("%s %s %s %s", owner, name, app, r.State[0])
		if !slices.Contains(got, line) {
			got = append(got, line)
		}
	}
	slices.Sort(got)
	golden(t, "demo.txt", strings.Join(got, "\n")+"\n")
	if c := s.Totals.Own; c.Rate[1][track.Received].Bytes < 100e3 || s.Losses != (track.Losses{Expired: s.Losses.Expired}) {
		t.Errorf("got %v received and losses %+v", c.Rate[1][track.Received], s.Losses)
	}
}

// A capture filter chooses among the demonstration's packets as among others.
func TestDemoFilter(t *testing.T) {
	_, src := openDemo(t, "udp port 53")
	n := 0
	readDemo(t, src, 5*time.Second, func(ps []parse.Packet) {
		for i := range ps {
			if n++; ps[i].Proto != parse.ProtoUDP {
				t.Errorf("got a packet of protocol %d", ps[i].Proto)
			}
		}
	})
	if n == 0 {
		t.Error("got no packet")
	}
}

// Who chooses other interfaces meanwhile has no packet twice.
func TestDemoIsOpenedAgain(t *testing.T) {
	m, first := openDemo(t, "")
	readDemo(t, first, time.Second, func([]parse.Packet) {})
	begin := time.Now().UnixNano()
	all, err := m.open(capture.Target{Name: capture.AnyName, Any: true, Slot: func(int) (uint16, bool) { return 1, true }}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ps := make([]parse.Packet, demoBatch)
	n, _, err := all[0].Read(ps)
	if err != nil || n > 0 && ps[0].Time < begin {
		t.Errorf("got %d packets from %v ago on, %v", n, time.Duration(begin-ps[0].Time), err)
	}
}
